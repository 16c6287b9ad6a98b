#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace vigie::app {

/// One record of a WARC file (ISO 28500), block included.
struct WarcRecord {
  std::uint64_t offset = 0;  // where it begins in the (decompressed) stream
  std::string version;       // "1.0"
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case, in their order
  std::string block;
  const std::string* field(std::string_view lower_name) const;
};

/// What is wrong, and where: the byte of the header line that is meant, else of the record, in the (decompressed) stream.
/// A warning says that the record is as good as others all the same.
struct WarcFault {
  std::uint64_t offset = 0;
  bool warning = false;
  std::string text;
};

/// Reads a file from its beginning, gzipped (one member per record or one for all) or not, with bounded memory. Each
/// record that can be read whole goes to `each` (false stops); every fault goes to `fault`, record by record, at most
/// 1,000 of them. After a fault reading goes on with the next record that can be found, in the next gzip member if need be.
/// `not_found` when the file cannot be opened.
Status read_warc(const std::string& path, const std::function<bool(WarcRecord&&)>& each,
                 const std::function<void(const WarcFault&)>& fault);
Status read_warc(std::istream& in, const std::function<bool(WarcRecord&&)>& each,
                 const std::function<void(const WarcFault&)>& fault);

inline constexpr std::uint64_t kMostWarcBlock = 64ull << 20;  // larger blocks are skipped with a fault

}  // namespace vigie::app
