#include "detector/ad_field.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "core/text.h"

namespace vigie::detector {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view kAttributes = "attributes.";

bool scalar(const FieldDescriptor& field) {
  return !field.is_repeated() && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
}

std::vector<std::string> names(const Descriptor& type, const std::string& prefix) {
  std::vector<std::string> found;
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    if (scalar(field)) found.push_back(prefix + field.name());
    // One level of records inside the ad: a price, a place.
    if (prefix.empty() && !field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const auto inner = names(*field.message_type(), field.name() + ".");
      found.insert(found.end(), inner.begin(), inner.end());
    }
  }
  return found;
}

void read(const Message& message, std::string_view name, std::vector<FieldValue>& found) {
  const auto* field = message.GetDescriptor()->FindFieldByName(std::string(name));
  if (field == nullptr || !scalar(*field)) return;
  const auto& reflection = *message.GetReflection();
  if (!reflection.HasField(message, field)) return;
  FieldValue value{true, 0, ""};
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      value.number = reflection.GetDouble(message, field);
      break;
    case FieldDescriptor::CPPTYPE_INT32:
      value.number = reflection.GetInt32(message, field);
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      value.number = static_cast<double>(reflection.GetInt64(message, field));
      break;
    case FieldDescriptor::CPPTYPE_STRING:
      value = {false, 0, reflection.GetString(message, field)};
      break;
    default:
      return;
  }
  found.push_back(std::move(value));
}

}  // namespace

Status check_field(std::string_view name) {
  if (name.starts_with(kAttributes) && name.size() > kAttributes.size()) return {};
  static const auto known = names(*Ad::descriptor(), "");
  for (const auto& one : known) {
    if (one == name) return {};
  }
  const auto near = text::did_you_mean(name, known);
  return fail(Errc::misconfigured,
              "no field \"" + std::string(name) + "\" in an ad" + (near ? "; did you mean \"" + *near + "\"?" : ""));
}

std::vector<FieldValue> values_of(const Ad& ad, std::string_view name) {
  std::vector<FieldValue> found;
  if (name.starts_with(kAttributes)) {
    const auto at = ad.attributes().find(std::string(name.substr(kAttributes.size())));
    if (at != ad.attributes().end()) found.push_back({false, 0, at->second});
    return found;
  }
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) {
    read(ad, name, found);
    return found;
  }
  const auto* outer = Ad::descriptor()->FindFieldByName(std::string(name.substr(0, dot)));
  if (outer == nullptr) return found;
  if (ad.GetReflection()->HasField(ad, outer))
    read(ad.GetReflection()->GetMessage(ad, outer), name.substr(dot + 1), found);
  if (outer->name() == "price") {
    for (const auto& price : ad.prices()) read(price, name.substr(dot + 1), found);
  }
  return found;
}

}  // namespace vigie::detector
