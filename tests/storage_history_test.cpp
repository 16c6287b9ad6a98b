#include <doctest/doctest.h>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;

namespace {

namespace pb = google::protobuf;

/// Gives a field a value, whatever its type is; `n` makes it another one.
void fill(pb::Message& message, const pb::FieldDescriptor& field, int n) {
  const auto& r = *message.GetReflection();
  const auto text = "v" + std::to_string(n);
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32: many ? r.AddInt32(&message, &field, n) : r.SetInt32(&message, &field, n); break;
    case pb::FieldDescriptor::CPPTYPE_INT64: many ? r.AddInt64(&message, &field, n) : r.SetInt64(&message, &field, n); break;
    case pb::FieldDescriptor::CPPTYPE_UINT32: many ? r.AddUInt32(&message, &field, 1u) : r.SetUInt32(&message, &field, 1u); break;
    case pb::FieldDescriptor::CPPTYPE_UINT64: many ? r.AddUInt64(&message, &field, 1u) : r.SetUInt64(&message, &field, 1u); break;
    case pb::FieldDescriptor::CPPTYPE_DOUBLE: many ? r.AddDouble(&message, &field, n) : r.SetDouble(&message, &field, n); break;
    case pb::FieldDescriptor::CPPTYPE_FLOAT: many ? r.AddFloat(&message, &field, 1.f) : r.SetFloat(&message, &field, 1.f); break;
    case pb::FieldDescriptor::CPPTYPE_BOOL: many ? r.AddBool(&message, &field, n > 1) : r.SetBool(&message, &field, n > 1); break;
    case pb::FieldDescriptor::CPPTYPE_ENUM: many ? r.AddEnumValue(&message, &field, n) : r.SetEnumValue(&message, &field, n); break;
    case pb::FieldDescriptor::CPPTYPE_STRING: many ? r.AddString(&message, &field, text) : r.SetString(&message, &field, text); break;
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: {
      auto& inner = many ? *r.AddMessage(&message, &field) : *r.MutableMessage(&message, &field);
      for (int i = 0; i < inner.GetDescriptor()->field_count(); ++i) fill(inner, *inner.GetDescriptor()->field(i), n);
      break;
    }
  }
}

}  // namespace

TEST_CASE("every content field is compared and hashed, whatever is added to the record; identity and state are not") {
  const Ad empty;
  const auto& fields = *Ad::descriptor();
  int content = 0;
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto& field = *fields.field(i);
    CAPTURE(field.name());
    Ad with, other;
    fill(with, field, 1);
    fill(other, field, 2);
    const bool counts = field.number() >= 30;
    content += counts ? 1 : 0;
    REQUIRE(compare(empty, with).size() == (counts ? 1 : 0));
    CHECK((content_hash(empty) != content_hash(with)) == counts);
    CHECK((content_hash(with) != content_hash(other)) == counts);
    CHECK(compare(with, with).empty());
    CHECK(compare(with, other).empty() != counts);
    if (!counts) continue;
    const auto change = compare(empty, with).front();
    CHECK(change.field().starts_with(field.name()));
    CHECK_FALSE(change.has_before());
    CHECK(change.has_after());
    CHECK(compare(with, empty).front().has_before());
  }
  CHECK(content >= 13);
}

TEST_CASE("changes come in tag order, each with both values") {
  Ad before, after;
  before.set_title("old");
  after.set_title("new");
  before.set_age(24);
  after.mutable_price()->set_amount(150);
  (*before.mutable_attributes())["height"] = "170";
  (*after.mutable_attributes())["height"] = "172";
  (*before.mutable_attributes())["eyes"] = "green";
  (*after.mutable_attributes())["eyes"] = "green";
  const auto changes = compare(before, after);
  REQUIRE(changes.size() == 4);
  CHECK(changes[0].field() == "title");
  CHECK(changes[0].before().string_value() == "old");
  CHECK(changes[0].after().string_value() == "new");
  CHECK(changes[1].field() == "age");
  CHECK(changes[1].before().number_value() == 24);
  CHECK_FALSE(changes[1].has_after());
  CHECK(changes[2].field() == "price");
  CHECK(changes[2].after().struct_value().fields().at("amount").number_value() == 150);
  CHECK(changes[3].field() == "attributes.height");
  CHECK(changes[3].after().string_value() == "172");
}

TEST_CASE("a number that moved within the text, or was written otherwise, is no change") {
  Ad before, after;
  test::add_contact(before, "phone", "+33199000042");
  test::add_contact(before, "email", "a@b.example");
  test::add_contact(after, "email", "a@b.example");
  test::add_contact(after, "phone", "+33199000042");
  after.mutable_contacts(1)->set_raw("zero one 99");
  after.mutable_contacts(1)->add_span(7);
  after.mutable_contacts(1)->add_steps("words");
  after.mutable_contacts(1)->set_confidence(0.9);
  CHECK(compare(before, after).empty());
  CHECK(content_hash(before) == content_hash(after));
  after.mutable_contacts(1)->set_value("+33199000043");
  const auto changes = compare(before, after);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].field() == "contacts");
  CHECK(changes[0].before().list_value().values_size() == 2);
}

TEST_CASE("values never run into each other in the hash") {
  Ad a, b;
  a.add_images("ab");
  a.add_images("c");
  b.add_images("a");
  b.add_images("bc");
  CHECK(content_hash(a) != content_hash(b));
  CHECK(compare(a, b).size() == 1);
  Ad c, d;
  (*c.mutable_attributes())["x"] = std::string("y\0\x01z", 4);
  (*d.mutable_attributes())["x"] = "y";
  CHECK(content_hash(c) != content_hash(d));
  Ad unset, blank;
  blank.set_title("");
  CHECK(compare(unset, blank).size() == 1);  // "not known" differs from empty
  CHECK(content_hash(unset) != content_hash(blank));
}

TEST_CASE("an ad has one use per contact value, with what a decision needs") {
  StoredAd stored;
  *stored.mutable_ad() = test::ad("site-a/1", "call", "+33199000042");
  test::add_contact(*stored.mutable_ad(), "phone", "+33199000042");
  test::add_contact(*stored.mutable_ad(), "whatsapp", "+33199000042");
  stored.mutable_ad()->set_name("Ann");
  stored.mutable_ad()->mutable_place()->set_text("Namur");
  stored.mutable_ad()->set_state("gone");
  stored.set_first_ms(5);
  stored.set_last_ms(9);
  const auto uses = uses_of(stored);
  REQUIRE(uses.size() == 2);
  CHECK(uses[0].kind() == "phone");
  CHECK(uses[0].ad() == "site-a/1");
  CHECK(uses[0].site() == "site-a");
  CHECK(uses[0].name() == "Ann");
  CHECK(uses[0].place() == "Namur");
  CHECK(uses[0].gone());
  CHECK(uses[0].first_ms() == 5);
  CHECK(uses[0].last_ms() == 9);
  CHECK(uses[0].text_hash() == sketch_of(stored.ad()).masked());
  CHECK_FALSE(uses[0].has_age());
}
