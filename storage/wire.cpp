#include "storage/wire.h"

#include <string>

#include <google/protobuf/descriptor.h>

#include "core/text.h"

namespace vigie::storage {

namespace {

constexpr int kMostNested = 64;

bool readable_at(const google::protobuf::Descriptor& type, std::string_view bytes, int depth) {
  using Field = google::protobuf::FieldDescriptor;
  if (depth > kMostNested) return false;
  WireReader reader(bytes);
  while (reader.next()) {
    if (!reader.is_bytes()) continue;
    const auto* field = type.FindFieldByNumber(reader.field());
    if (!field) continue;
    if (field->type() == Field::TYPE_STRING && !text::valid_utf8(reader.bytes())) return false;
    if (field->type() == Field::TYPE_MESSAGE && !readable_at(*field->message_type(), reader.bytes(), depth + 1)) return false;
  }
  return reader.ok();
}

}  // namespace

bool WireReader::varint(std::uint64_t& number) {
  number = 0;
  for (std::size_t i = 0; i < 10 && i < rest_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    number |= std::uint64_t{byte & 0x7fu} << (7 * i);
    if (byte >= 0x80) continue;
    rest_.remove_prefix(i + 1);
    return true;
  }
  return false;
}

bool WireReader::take(std::size_t count) {
  if (count > rest_.size()) return false;
  bytes_ = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return true;
}

bool WireReader::next() {
  if (rest_.empty() || !ok_) return false;
  std::uint64_t tag = 0, size = 0;
  ok_ = varint(tag) && tag >> 3 > 0 && tag >> 3 < (1u << 29);
  if (!ok_) return false;
  field_ = static_cast<int>(tag >> 3);
  type_ = static_cast<int>(tag & 7);
  switch (type_) {
    case 0: ok_ = varint(number_); break;
    case 1: ok_ = take(8); break;
    case 2: ok_ = varint(size) && take(size); break;
    case 5: ok_ = take(4); break;
    default: ok_ = false;  // groups: none of ours
  }
  return ok_;
}

bool readable(const google::protobuf::Descriptor& type, std::string_view bytes) { return readable_at(type, bytes, 0); }

std::optional<Visit> visit_head(std::string_view bytes) {
  Visit visit;
  WireReader reader(bytes);
  while (reader.next()) {
    const auto number = static_cast<std::int64_t>(reader.number());
    switch (reader.field()) {
      case Visit::kUrlFieldNumber: visit.set_url(std::string(reader.bytes())); break;
      case Visit::kSiteFieldNumber: visit.set_site(std::string(reader.bytes())); break;
      case Visit::kHostFieldNumber: visit.set_host(std::string(reader.bytes())); break;
      case Visit::kPriorityFieldNumber: visit.set_priority(static_cast<std::int32_t>(number)); break;
      case Visit::kDueMsFieldNumber: visit.set_due_ms(number); break;
      case Visit::kParkedFieldNumber: visit.set_parked(number != 0); break;
      case Visit::kGenerationFieldNumber: visit.set_generation(static_cast<std::int32_t>(number)); break;
      default: break;
    }
  }
  if (!reader.ok()) return std::nullopt;
  return visit;
}

std::int64_t host_revision(std::string_view bytes) {
  WireReader reader(bytes);
  std::int64_t revision = 0;
  while (reader.next()) {
    if (reader.field() == HostRecord::kRevisionFieldNumber && reader.is_number()) revision = static_cast<std::int64_t>(reader.number());
  }
  return revision;
}

}  // namespace vigie::storage
