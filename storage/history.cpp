#include "storage/history.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "core/hash.h"
#include "storage/links.h"
#include "storage/pictures.h"
#include "storage/schema.h"
#include "storage/sketch.h"
#include "storage/volatile.h"

namespace vigie::storage {

namespace {

namespace pb = google::protobuf;

constexpr int kFirstContentTag = 30;

pb::Value value_of(const pb::Message& message, const pb::FieldDescriptor& field, int index);

pb::Value struct_of(const pb::Message& message) {
  pb::Value value;
  auto& fields = *value.mutable_struct_value()->mutable_fields();
  const auto& reflection = *message.GetReflection();
  std::vector<const pb::FieldDescriptor*> present;
  reflection.ListFields(message, &present);
  for (const auto* field : present) {
    if (!field->is_repeated()) {
      fields[field->name()] = value_of(message, *field, -1);
      continue;
    }
    auto& list = *fields[field->name()].mutable_list_value();
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) *list.add_values() = value_of(message, *field, i);
  }
  return value;
}

/// One value; `index` < 0: a single field. Every type of the language, so that no new field can fall through.
pb::Value value_of(const pb::Message& message, const pb::FieldDescriptor& field, int index) {
  const auto& r = *message.GetReflection();
  const bool one = index < 0;
  pb::Value value;
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
      value.set_number_value(one ? r.GetInt32(message, &field) : r.GetRepeatedInt32(message, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_INT64:  // as text: a JSON number holds 53 bits
      value.set_string_value(std::to_string(one ? r.GetInt64(message, &field) : r.GetRepeatedInt64(message, &field, index)));
      break;
    case pb::FieldDescriptor::CPPTYPE_UINT32:
      value.set_number_value(one ? r.GetUInt32(message, &field) : r.GetRepeatedUInt32(message, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_UINT64:
      value.set_string_value(std::to_string(one ? r.GetUInt64(message, &field) : r.GetRepeatedUInt64(message, &field, index)));
      break;
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
      value.set_number_value(one ? r.GetDouble(message, &field) : r.GetRepeatedDouble(message, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      value.set_number_value(static_cast<double>(one ? r.GetFloat(message, &field) : r.GetRepeatedFloat(message, &field, index)));
      break;
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      value.set_bool_value(one ? r.GetBool(message, &field) : r.GetRepeatedBool(message, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      value.set_string_value((one ? r.GetEnum(message, &field) : r.GetRepeatedEnum(message, &field, index))->name());
      break;
    case pb::FieldDescriptor::CPPTYPE_STRING:
      value.set_string_value(one ? r.GetString(message, &field) : r.GetRepeatedString(message, &field, index));
      break;
    case pb::FieldDescriptor::CPPTYPE_MESSAGE:
      value = struct_of(one ? r.GetMessage(message, &field) : r.GetRepeatedMessage(message, &field, index));
      break;
  }
  return value;
}

/// One thing that can change: a field, or one key of a map.
struct Part {
  std::string name;
  pb::Value value;
  std::string canonical;  // equal exactly when the values are
};

/// A form in which equal values have equal bytes: struct fields in byte order, every part with its length. Its depth
/// is that of our own record definitions, so the recursion is bounded.
void append_canonical(std::string& out, const pb::Value& value) {
  switch (value.kind_case()) {
    case pb::Value::kNumberValue: {
      const double number = value.number_value() == 0 ? 0.0 : value.number_value();  // -0 is 0
      out += 'n';
      out.append(reinterpret_cast<const char*>(&number), sizeof number);
      break;
    }
    case pb::Value::kStringValue:
      out += 's';
      out += Key().s(value.string_value()).str();
      break;
    case pb::Value::kBoolValue:
      out += value.bool_value() ? 't' : 'f';
      break;
    case pb::Value::kListValue:
      out += '[';
      for (const auto& item : value.list_value().values()) append_canonical(out, item);
      out += ']';
      break;
    case pb::Value::kStructValue: {
      std::map<std::string, const pb::Value*> fields;
      for (const auto& [name, item] : value.struct_value().fields()) fields.emplace(name, &item);
      out += '{';
      for (const auto& [name, item] : fields) {
        out += Key().s(name).str();
        append_canonical(out, *item);
      }
      out += '}';
      break;
    }
    case pb::Value::kNullValue:
    case pb::Value::KIND_NOT_SET:
      out += '0';
      break;
  }
}

/// Contacts as a set of (kind, value): where one stands, and how it was written, is no change.
pb::Value contact_values(const Ad& ad) {
  std::set<std::pair<std::string, std::string>> sorted;
  for (const auto& contact : ad.contacts()) sorted.emplace(contact.kind(), contact.value());
  pb::Value value;
  for (const auto& [kind, text] : sorted) {
    auto& fields = *value.mutable_list_value()->add_values()->mutable_struct_value()->mutable_fields();
    fields["kind"].set_string_value(kind);
    fields["value"].set_string_value(text);
  }
  return value;
}

void add_part(std::vector<Part>& parts, std::string name, pb::Value value) {
  std::string canonical;
  const bool wording = name == "text" || name == "title" || name.starts_with("attributes.");
  if (wording && value.kind_case() == pb::Value::kStringValue) {
    // What moves by itself is no content; a value that is nothing but a counter is only there or not.
    pb::Value still;
    still.set_string_value(name.starts_with("attributes.") && names_counter(name) ? "" : steady(value.string_value()));
    append_canonical(canonical, still);
  } else {
    append_canonical(canonical, value);
  }
  parts.push_back({std::move(name), std::move(value), std::move(canonical)});
}

void add_map(std::vector<Part>& parts, const Ad& ad, const pb::FieldDescriptor& field) {
  std::map<std::string, pb::Value> sorted;
  const auto& reflection = *ad.GetReflection();
  const auto& key_field = *field.message_type()->map_key();
  const auto& value_field = *field.message_type()->map_value();
  for (int i = 0; i < reflection.FieldSize(ad, &field); ++i) {
    const auto& entry = reflection.GetRepeatedMessage(ad, &field, i);
    const auto key = value_of(entry, key_field, -1);
    const auto name = key.kind_case() == pb::Value::kStringValue ? key.string_value() : key.ShortDebugString();
    sorted[field.name() + "." + name] = value_of(entry, value_field, -1);
  }
  for (auto& [name, value] : sorted) add_part(parts, name, std::move(value));
}

/// The content of an ad in tag order; what it does not have is not there.
std::vector<Part> content_of(const Ad& ad) {
  static const pb::FieldDescriptor& contacts = *Ad::descriptor()->FindFieldByName("contacts");
  std::vector<const pb::FieldDescriptor*> present;
  ad.GetReflection()->ListFields(ad, &present);
  std::vector<Part> parts;
  for (const auto* field : present) {
    if (field->number() < kFirstContentTag) continue;
    if (field == &contacts) {
      add_part(parts, field->name(), contact_values(ad));
    } else if (field->is_map()) {
      add_map(parts, ad, *field);
    } else if (field->is_repeated()) {
      pb::Value list;
      for (int i = 0; i < ad.GetReflection()->FieldSize(ad, field); ++i) {
        *list.mutable_list_value()->add_values() = value_of(ad, *field, i);
      }
      add_part(parts, field->name(), std::move(list));
    } else {
      add_part(parts, field->name(), value_of(ad, *field, -1));
    }
  }
  return parts;
}

int tag_of(std::string_view name) {
  const auto* field = Ad::descriptor()->FindFieldByName(std::string(name.substr(0, name.find('.'))));
  return field ? field->number() : 0;
}

constexpr int kMostImages = 4;  // of one ad whose addresses are looked up

}  // namespace

std::vector<Change> compare(const Ad& before, const Ad& after) {
  // Both sides by (tag, name), so that fields come in tag order and keys of a map in byte order.
  std::map<std::pair<int, std::string>, std::pair<const Part*, const Part*>> sides;
  const auto old_parts = content_of(before);
  const auto new_parts = content_of(after);
  for (const auto& part : old_parts) sides[{tag_of(part.name), part.name}].first = &part;
  for (const auto& part : new_parts) sides[{tag_of(part.name), part.name}].second = &part;
  std::vector<Change> changes;
  for (const auto& [place, side] : sides) {
    const auto [old_part, new_part] = side;
    if (old_part && new_part && old_part->canonical == new_part->canonical) continue;
    auto& change = changes.emplace_back();
    change.set_field(place.second);
    if (old_part) *change.mutable_before() = old_part->value;
    if (new_part) *change.mutable_after() = new_part->value;
  }
  return changes;
}

std::string content_hash(const Ad& ad) {
  std::string bytes;
  for (const auto& part : content_of(ad)) bytes += Key().s(part.name).s(part.canonical).str();
  return sha256(bytes);
}

std::vector<ContactUse> uses_of(const StoredAd& stored) {
  const auto& ad = stored.ad();
  const auto masked = stored.has_sketch() ? stored.sketch().masked() : sketch_of(ad).masked();
  std::vector<ContactUse> uses;
  std::set<std::pair<std::string, std::string>> seen;  // one use per value: its first place
  for (const auto& contact : ad.contacts()) {
    if (!seen.emplace(contact.kind(), contact.value()).second) continue;
    auto& use = uses.emplace_back();
    use.set_kind(contact.kind());
    use.set_value(contact.value());
    use.set_ad(ad.ad());
    use.set_site(ad.site());
    use.set_family(ad.family());
    if (ad.has_name()) use.set_name(ad.name());
    if (ad.has_age()) use.set_age(ad.age());
    if (ad.place().has_text()) use.set_place(ad.place().text());
    if (ad.place().has_country()) use.set_country(ad.place().country());
    use.set_first_ms(stored.first_ms());
    use.set_last_ms(stored.last_ms());
    use.set_field(contact.field());
    *use.mutable_span() = contact.span();
    use.set_raw(contact.raw());
    use.set_gone(ad.state() == "gone");
    use.set_title(ad.title());
    use.set_text_hash(masked);
  }
  // What is no contact ties as well; small rows, since there are many.
  const auto add = [&](std::string_view kind, const std::string& value, const std::string& raw) {
    if (!seen.emplace(std::string(kind), value).second) return;
    auto& use = uses.emplace_back();
    use.set_kind(std::string(kind));
    use.set_value(value);
    use.set_ad(ad.ad());
    use.set_first_ms(stored.first_ms());
    use.set_last_ms(stored.last_ms());
    if (!raw.empty()) use.set_raw(raw);
  };
  if (!ad.template_().empty()) add(kTemplateUse, ad.template_(), {});
  for (int i = 0; i < std::min(ad.images_size(), kMostImages); ++i) {
    const auto& address = ad.images(i);
    const auto hash = hash_in_address(address);
    // A shorter hash says that the bytes are the same, wherever they stand; placeholders have one too, so it stays weak.
    compares(hash) ? add(kPictureUse, hash, address) : add(kImageUse, short_id(hash.empty() ? address : hash), address);
  }
  return uses;
}

}  // namespace vigie::storage
