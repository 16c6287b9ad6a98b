#include "app/output.h"

#include <algorithm>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <unistd.h>

#include "core/json.h"
#include "core/records.pb.h"
#include "core/text.h"
#include "core/time.h"

namespace vigie::app {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::size_t kCellBytes = 60;

std::string scalar(const Message& record, const FieldDescriptor* field, int at) {
  const auto* r = record.GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? r->GetRepeatedString(record, field, at) : r->GetString(record, field);
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(many ? r->GetRepeatedInt32(record, field, at) : r->GetInt32(record, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(many ? r->GetRepeatedInt64(record, field, at) : r->GetInt64(record, field));
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      char text[32];
      std::snprintf(text, sizeof text, "%g", many ? r->GetRepeatedDouble(record, field, at) : r->GetDouble(record, field));
      return text;
    }
    case FieldDescriptor::CPPTYPE_BOOL: return r->GetBool(record, field) ? "yes" : "no";
    case FieldDescriptor::CPPTYPE_ENUM: return r->GetEnum(record, field)->name();
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const auto& inner = many ? r->GetRepeatedMessage(record, field, at) : r->GetMessage(record, field);
      if (const auto* stamp = dynamic_cast<const google::protobuf::Timestamp*>(&inner)) {
        return to_rfc3339(from_timestamp(*stamp));
      }
      if (const auto* contact = dynamic_cast<const Contact*>(&inner)) return contact->value();
      if (const auto* change = dynamic_cast<const Change*>(&inner)) return change->field();
      return to_json(inner);
    }
    default: return "";
  }
}

std::string csv_cell(std::string value) {
  // A spreadsheet runs what starts like a formula; a leading quote makes it text.
  if (!value.empty() && std::string_view("=+-@\t\r").find(value[0]) != std::string_view::npos) value.insert(0, "'");
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::size_t width(const std::string& s) {
  return static_cast<std::size_t>(std::count_if(s.begin(), s.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string cell(const Message& record, const std::string& path) {
  if (const auto* loose = dynamic_cast<const google::protobuf::Struct*>(&record)) {
    const auto found = loose->fields().find(path);
    return found == loose->fields().end() ? "" : found->second.string_value();
  }
  const auto dot = path.find('.');
  const auto* field = record.GetDescriptor()->FindFieldByName(path.substr(0, dot));
  if (!field) return "";
  const auto* reflection = record.GetReflection();
  if (field->is_repeated()) {
    std::string all;
    for (int i = 0; i < reflection->FieldSize(record, field); ++i) {
      if (i > 0) all += ", ";
      all += scalar(record, field, i);
    }
    return all;
  }
  if (!reflection->HasField(record, field)) return "";
  if (dot != std::string::npos) return cell(reflection->GetMessage(record, field), path.substr(dot + 1));
  return scalar(record, field, 0);
}

Output::Output(std::string format, std::vector<std::string> columns)
    : format_(std::move(format)), columns_(std::move(columns)) {
  if (format_.empty()) format_ = ::isatty(1) ? "table" : "jsonl";
  if (format_ == "table") table_.push_back(columns_);
  if (format_ == "csv") {
    std::string head;
    for (const auto& column : columns_) head += (head.empty() ? "" : ",") + csv_cell(column);
    std::printf("%s\r\n", head.c_str());
  }
}

void Output::row(const Message& record) {
  ++rows_;
  if (format_ == "jsonl") {
    std::printf("%s\n", to_json(record).c_str());
  } else if (format_ == "json") {
    std::printf("%s%s", rows_ == 1 ? "[" : ",\n", to_json(record).c_str());
  } else if (format_ == "csv") {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) line += (i ? "," : "") + csv_cell(cell(record, columns_[i]));
    std::printf("%s\r\n", line.c_str());
  } else {
    std::vector<std::string> cells;
    for (const auto& column : columns_) {
      auto shown = text::escape_control(text::fold_space(cell(record, column)));
      if (shown.size() > kCellBytes) shown = std::string(text::cut_utf8(shown, kCellBytes - 3)) + "…";
      cells.push_back(std::move(shown));
    }
    table_.push_back(std::move(cells));
  }
}

void Output::finish() {
  if (finished_) return;
  finished_ = true;
  if (format_ == "json") std::printf("%s\n", rows_ == 0 ? "[]" : "]");
  if (format_ != "table" || rows_ == 0) return;
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (const auto& cells : table_) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], width(cells[i]));
  }
  for (const auto& cells : table_) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line += cells[i];
      if (i + 1 < cells.size()) line += std::string(widths[i] - width(cells[i]) + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  }
}

}  // namespace vigie::app
