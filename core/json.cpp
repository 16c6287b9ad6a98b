#include "core/json.h"

#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "core/text.h"
#include "core/time.h"

namespace vigie {
namespace {

namespace pb = google::protobuf;

// Our own writer, because protobuf's puts single fields behind repeated ones, prints int64 as strings, and takes a
// detour through the wire format for every record. Records nest a few levels; only Value nests freely, so it is bounded.
constexpr int kMaxDepth = 64;

void write_message(std::string& out, const pb::Message& record, int depth);

void write_string(std::string& out, std::string_view s) {
  out += '"';
  for (const char c : s) {
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
  out += '"';
}

void write_text(std::string& out, const std::string& s) {
  if (text::valid_utf8(s)) return write_string(out, s);
  write_string(out, text::repair_utf8(s));
}

/// The shortest digits that read back as the same number. JSON knows no infinity: null.
void write_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// A measured quantity: 150.0 stays one when it is whole, so that readers with typed columns keep their type.
void write_double(std::string& out, double number) {
  const auto start = out.size();
  write_number(out, number);
  if (out.find_first_not_of("-0123456789", start) == std::string::npos) out += ".0";
}

void write_value(std::string& out, const pb::Value& value, int depth) {
  if (depth > kMaxDepth) {
    out += "null";
    return;
  }
  char separator = '[';
  switch (value.kind_case()) {
    case pb::Value::kNumberValue: return write_number(out, value.number_value());
    case pb::Value::kStringValue: return write_text(out, value.string_value());
    case pb::Value::kBoolValue: out += value.bool_value() ? "true" : "false"; return;
    case pb::Value::kListValue:
      for (const auto& item : value.list_value().values()) {
        out += separator;
        write_value(out, item, depth + 1);
        separator = ',';
      }
      out += value.list_value().values().empty() ? "[]" : "]";
      return;
    case pb::Value::kStructValue: return write_message(out, value.struct_value(), depth + 1);
    default: out += "null"; return;
  }
}

/// One value of a field; `index` below zero: the field is single.
void write_field(std::string& out, const pb::Message& m, const pb::FieldDescriptor& field, int index, int depth) {
  const auto& r = *m.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      out += std::to_string(one ? r.GetInt32(m, &field) : r.GetRepeatedInt32(m, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_INT64:
      out += std::to_string(one ? r.GetInt64(m, &field) : r.GetRepeatedInt64(m, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      out += std::to_string(one ? r.GetUInt32(m, &field) : r.GetRepeatedUInt32(m, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      out += std::to_string(one ? r.GetUInt64(m, &field) : r.GetRepeatedUInt64(m, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      write_double(out, one ? r.GetDouble(m, &field) : r.GetRepeatedDouble(m, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      write_double(out, static_cast<double>(one ? r.GetFloat(m, &field) : r.GetRepeatedFloat(m, &field, index)));
      break;
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      out += (one ? r.GetBool(m, &field) : r.GetRepeatedBool(m, &field, index)) ? "true" : "false";
      break;
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      write_string(out, (one ? r.GetEnum(m, &field) : r.GetRepeatedEnum(m, &field, index))->name());
      break;
    case pb::FieldDescriptor::CPPTYPE_STRING: {
      const auto s = one ? r.GetString(m, &field) : r.GetRepeatedString(m, &field, index);
      if (field.type() == pb::FieldDescriptor::TYPE_BYTES) {
        write_string(out, text::to_base64(s));
      } else {
        write_text(out, s);
      }
      break;
    }
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      write_message(out, one ? r.GetMessage(m, &field) : r.GetRepeatedMessage(m, &field, index), depth + 1);
      break;
  }
}

/// A map as an object, keys in byte order, so that the same record is the same line.
void write_map(std::string& out, const pb::Message& m, const pb::FieldDescriptor& field, int depth) {
  const auto& r = *m.GetReflection();
  std::vector<std::pair<std::string, const pb::Message*>> entries;
  for (int i = 0; i < r.FieldSize(m, &field); ++i) {
    const auto& entry = r.GetRepeatedMessage(m, &field, i);
    std::string key;
    const auto& key_field = *field.message_type()->map_key();
    if (key_field.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING) {
      key = entry.GetReflection()->GetString(entry, &key_field);
    } else {
      write_field(key, entry, key_field, -1, depth);
    }
    entries.emplace_back(std::move(key), &entry);
  }
  std::sort(entries.begin(), entries.end());
  out += '{';
  for (const auto& entry : entries) {
    if (out.back() != '{') out += ',';
    write_text(out, entry.first);
    out += ':';
    write_field(out, *entry.second, *field.message_type()->map_value(), -1, depth);
  }
  out += '}';
}

void write_list(std::string& out, const pb::Message& m, const pb::FieldDescriptor& field, int depth) {
  out += '[';
  for (int i = 0; i < m.GetReflection()->FieldSize(m, &field); ++i) {
    if (i > 0) out += ',';
    write_field(out, m, field, i, depth);
  }
  out += ']';
}

void write_message(std::string& out, const pb::Message& record, int depth) {
  const auto* type = record.GetDescriptor();
  if (type == pb::Timestamp::descriptor()) {
    return write_string(out, to_rfc3339(from_timestamp(static_cast<const pb::Timestamp&>(record))));
  }
  if (type == pb::Value::descriptor()) return write_value(out, static_cast<const pb::Value&>(record), depth);
  if (type == pb::Struct::descriptor()) return write_map(out, record, *type->FindFieldByName("fields"), depth);
  bool first = true;
  out += '{';
  for (int i = 0; i < type->field_count(); ++i) {
    const auto& field = *type->field(i);
    if (!field.is_repeated() && !record.GetReflection()->HasField(record, &field)) continue;
    if (!first) out += ',';
    first = false;
    write_string(out, field.name());
    out += ':';
    if (field.is_map()) {
      write_map(out, record, field, depth);
    } else if (field.is_repeated()) {
      write_list(out, record, field, depth);
    } else {
      write_field(out, record, field, -1, depth);
    }
  }
  out += '}';
}

}  // namespace

std::string to_json(const pb::Message& record) {
  std::string out;
  write_message(out, record, 0);
  return out;
}

Status from_json(std::string_view json, pb::Message& record) {
  pb::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = pb::util::JsonStringToMessage(pb::StringPiece(json.data(), json.size()), &record, options);
  if (status.ok()) return {};
  const auto message = std::string(status.message());
  return fail(Errc::malformed, "JSON: " + text::escape_control(text::cut_utf8(message, 200)));
}

std::string json_string(std::string_view s) {
  std::string out;
  write_text(out, std::string(s));
  return out;
}

}  // namespace vigie
