#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>

namespace vigie::app {

struct GzipStream;

/// Bytes of a WARC file, decompressed when it begins like a gzip file. Holds what is looked at, and little more.
class WarcSource {
 public:
  explicit WarcSource(std::istream& in);
  ~WarcSource();
  WarcSource(const WarcSource&) = delete;
  WarcSource& operator=(const WarcSource&) = delete;

  /// Bytes that can be looked at: `want` or more, fewer only at the end or before damage.
  std::string_view peek(std::uint64_t want);
  void skip(std::size_t count);
  /// Of the next byte, in the decompressed stream.
  std::uint64_t offset() const { return offset_; }

  /// Set when the compressed stream is damaged: no byte comes from behind the damage until recover().
  const std::string& error() const { return error_; }
  /// Drops what is left before the damage and goes on with the next gzip member; false: there is none.
  bool recover();
  /// Gzip members that were read to their end; 0 for plain files.
  std::uint64_t members() const { return members_; }

 private:
  bool fill();
  bool refill();  // compressed bytes
  bool inflate_some();
  void damage(std::string text);

  std::istream& in_;
  std::unique_ptr<GzipStream> gzip_;  // null: a plain file
  std::string buffer_, error_;
  std::size_t at_ = 0;
  std::uint64_t offset_ = 0, members_ = 0;
};

}  // namespace vigie::app
