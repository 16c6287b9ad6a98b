#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/records.pb.h"

/// Stored records read field by field, for the few fields that small decisions need: making a whole message of a row costs
/// more than the decision. Pure.
namespace vigie::storage {

/// Walks the fields of one encoded message. Stops, and is not ok(), at the first thing that is none.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}
  bool next();  // false at the end
  int field() const { return field_; }
  bool is_number() const { return type_ == 0; }  // a varint: whole numbers and bools
  bool is_bytes() const { return type_ == 2; }   // texts, bytes and messages
  std::uint64_t number() const { return number_; }
  std::string_view bytes() const { return bytes_; }
  bool ok() const { return ok_; }

 private:
  bool varint(std::uint64_t& number);
  bool take(std::size_t count);

  std::string_view rest_, bytes_;
  std::uint64_t number_ = 0;
  int field_ = 0, type_ = 0;
  bool ok_ = true;
};

/// Can what was encoded be read back? Protobuf writes text that is not UTF-8, and refuses to read it.
bool readable(const google::protobuf::Descriptor& type, std::string_view bytes);

/// What placing a visit in the schedule needs of it (url, site, host, priority, due, parked) and its generation; empty: it cannot be read.
std::optional<Visit> visit_head(std::string_view bytes);

/// HostRecord.revision; 0: none.
std::int64_t host_revision(std::string_view bytes);

}  // namespace vigie::storage
