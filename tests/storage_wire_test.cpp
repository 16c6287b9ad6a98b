#include <doctest/doctest.h>

#include "storage/wire.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;

TEST_CASE("what placing a visit needs is read from its row as the message says it") {
  auto visit = test::visit("http://a.example/1", 90, 5);
  visit.set_generation(300);
  visit.set_etag("\"e\"");
  visit.set_events(0.5);
  visit.add_ads("site-a/1");
  for (const bool parked : {false, true}) {
    visit.set_parked(parked);
    const auto head = visit_head(visit.SerializeAsString());
    REQUIRE(head);
    CHECK(head->url() == visit.url());
    CHECK(head->site() == visit.site());
    CHECK(head->host() == visit.host());
    CHECK(head->priority() == 5);
    CHECK(head->due_ms() == visit.due_ms());
    CHECK(head->parked() == parked);
    CHECK(head->generation() == 300);
  }
  CHECK_FALSE(visit_head(std::string("\x0a\x7f" "cut")));
  CHECK_FALSE(visit_head(std::string("\xff\xff\xff")));
}

TEST_CASE("a host's revision is read without its record") {
  HostRecord host;
  host.set_host("a.example");
  CHECK(host_revision(host.SerializeAsString()) == 0);
  host.set_response_ms(12.5);
  host.mutable_robots()->set_status(200);
  host.set_revision(1'000'000);
  CHECK(host_revision(host.SerializeAsString()) == 1'000'000);
}

TEST_CASE("a record is readable exactly when protobuf reads it back") {
  StoredAd stored;
  stored.mutable_ad()->set_title("caf\xc3\xa9");
  (*stored.mutable_ad()->mutable_attributes())["height"] = "172 cm";
  stored.set_content_hash("\xff\xfe");  // bytes may be anything
  const auto check = [](const google::protobuf::Message& message) {
    const auto bytes = message.SerializeAsString();
    const std::unique_ptr<google::protobuf::Message> back(message.New());
    CHECK(readable(*message.GetDescriptor(), bytes) == back->ParseFromString(bytes));
    return readable(*message.GetDescriptor(), bytes);
  };
  CHECK(check(stored));
  SUBCASE("a broken text") {
    stored.mutable_ad()->set_title("caf\xe9");
    CHECK_FALSE(check(stored));
  }
  SUBCASE("a broken value deep inside") {
    (*stored.mutable_ad()->mutable_attributes())["height"] = "\xc3";
    CHECK_FALSE(check(stored));
  }
  SUBCASE("a broken text in a list") {
    stored.mutable_ad()->add_images("http://a.example/\x80");
    CHECK_FALSE(check(stored));
  }
  CHECK_FALSE(readable(*StoredAd::descriptor(), "\x0a\x7f"));
}
