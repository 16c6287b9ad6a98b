#include "core/json.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <array>
#include <cstdio>

#include "core/text.h"

namespace vigie {

namespace pb = google::protobuf;

std::string to_json(const pb::Message& record) {
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  // Repeated fields are printed even when empty; single fields are `optional`, so those not known stay out.
  options.always_print_primitive_fields = true;
  std::string out;
  if (!pb::util::MessageToJsonString(record, &out, options).ok()) return "{}";
  return out;
}

Status from_json(std::string_view json, pb::Message& record) {
  pb::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = pb::util::JsonStringToMessage(pb::StringPiece(json.data(), json.size()), &record, options);
  if (!status.ok()) return fail(Errc::malformed, text::escape_control(std::string(status.message()).substr(0, 200)));
  return {};
}

std::string json_string(std::string_view s) {
  std::string out = "\"";
  for (const char c : text::valid_utf8(s) ? std::string(s) : text::repair_utf8(s)) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          std::array<char, 8> escaped{};
          std::snprintf(escaped.data(), escaped.size(), "\\u%04x", static_cast<unsigned>(c));
          out += escaped.data();
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

}  // namespace vigie
