#include "core/time.h"

#include <doctest/doctest.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "core/json.h"

using namespace vigie;

namespace {

// Rows that come out differently, each for a reason that stands.
const std::map<std::string, std::int64_t> kKnownDifferences = {
    {"Thu, 31-Dec-1969 23:59:59 GMT", -1},             // curl cannot say -1 (its error) and says 0
    {"Sun, 06 Nov 2044 08:49:37 GMT", 2362034977},     // the row of machines with 32 bits of time
    {"Sun, 06 Nov 3144 08:49:37 GMT", -1},             // after 2261: outside our clock, so no date
    {"Thu, 01-Jan-1583 00:00:00 GMT", -1},             // before 1678: outside our clock, so no date
};

}  // namespace

TEST_CASE("dates of HTTP are read as curl reads them") {
  const char* root = std::getenv("VIGIE_DATA");
  const std::string path =
      (root != nullptr ? std::string(root) : VIGIE_SOURCE_DIR "/../shared/data") + "/curl-dates/getdate.jsonl";
  std::ifstream in(path);
  if (!in) {
    MESSAGE("skipped: no " << path);
    return;
  }
  int rows = 0;
  for (std::string line; std::getline(in, line);) {
    google::protobuf::Struct row;
    REQUIRE(from_json(line, row));
    const auto& input = row.fields().at("input").string_value();
    const auto known = kKnownDifferences.find(input);
    const auto wanted = known != kKnownDifferences.end()
                            ? known->second
                            : static_cast<std::int64_t>(row.fields().at("epoch").number_value());
    const auto got = parse_http_date(input);
    CAPTURE(input);
    CHECK((got ? to_ms(*got) / 1000 : -1) == wanted);
    ++rows;
  }
  CHECK(rows == 180);
}

TEST_CASE("what we write as an HTTP date we read back") {
  for (std::int64_t ms = -2'000'000'000'000; ms < 6'000'000'000'000; ms += 7'777'777'000) {
    const auto got = parse_http_date(to_http_date(from_ms(ms)));
    REQUIRE(got);
    REQUIRE(to_ms(*got) == ms);
  }
}

TEST_CASE("RFC 3339: any offset and fraction, and nothing that is none") {
  struct Row {
    const char* text;
    std::int64_t ms;
  };
  for (const auto& row : {Row{"2026-11-23T21:34:07Z", 1795469647000}, Row{"2026-11-23T22:34:07.250+01:00", 1795469647250},
                          Row{"2026-11-23t21:34:07.9999999999z", 1795469647999}, Row{"1969-12-31 23:59:59.5Z", -500},
                          Row{"2016-12-31T23:59:60Z", 1483228800000}, Row{"2024-02-29T00:00:00-12:00", 1709208000000}}) {
    CAPTURE(row.text);
    const auto got = parse_rfc3339(row.text);
    REQUIRE(got);
    CHECK(to_ms(*got) == row.ms);
  }
  for (const char* text : {"", "2026-11-23", "2026-11-23T21:34:07", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
                           "2026-11-23T24:00:00Z", "2026-11-23T21:60:07Z", "2026-11-23T21:34:61Z", "2026-11-23T21:34:07.Z",
                           "2026-11-23T21:34:07Zx", "26-11-23T21:34:07Z", "2026-11-23T21:34:07+1:00", "9999-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("a time is written in UTC, cut to whole seconds") {
  CHECK(to_rfc3339(from_ms(1795469647999)) == "2026-11-23T21:34:07Z");
  CHECK(to_rfc3339(from_ms(-1)) == "1969-12-31T23:59:59Z");
  CHECK(to_rfc5322(from_ms(1795469647000)) == "Mon, 23 Nov 2026 21:34:07 +0000");
  CHECK(to_http_date(from_ms(784111777000)) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(to_timestamp(from_ms(-1)).seconds() == -1);
  CHECK(from_timestamp(to_timestamp(from_ms(1795469647123))) == from_ms(1795469647000));
}

TEST_CASE("a person gives a time as a date, a moment, or how long ago") {
  const auto now = from_ms(1795469647000);
  CHECK(to_rfc3339(*parse_when("2026-11-20", now)) == "2026-11-20T00:00:00Z");
  CHECK(to_rfc3339(*parse_when("2026-11-20T10:00:00+02:00", now)) == "2026-11-20T08:00:00Z");
  CHECK(*parse_when("30d", now) == now - 30 * 24h);
  CHECK_FALSE(parse_when("yesterday", now));
}

TEST_CASE("durations: one number, one unit, and the shortest spelling back") {
  struct Row {
    const char* text;
    std::int64_t ms;
  };
  for (const auto& row : {Row{"500ms", 500}, Row{"5s", 5000}, Row{"15m", 900'000}, Row{"6h", 21'600'000},
                          Row{"7d", 604'800'000}, Row{"0s", 0}, Row{"36525d", 3'155'760'000'000}}) {
    CAPTURE(row.text);
    const auto got = parse_duration(row.text);
    REQUIRE(got);
    CHECK(got->count() == row.ms);
    CHECK(format_duration(*got) == row.text);
  }
  CHECK(format_duration(90'000ms) == "90s");
  CHECK(format_duration(86'400'000ms) == "1d");
  for (const char* text : {"", "5", "s", "-5s", "+5s", "5 s", "5S", "1.5h", "5min", "1w", "36526d", "99999999999999999999d",
                           "9223372036854775807d", "5s "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("a time from a damaged record does not overflow") {
  CHECK(from_ms(INT64_MAX) > from_ms(0));
  CHECK(from_ms(INT64_MIN) < from_ms(0));
  google::protobuf::Timestamp wild;
  wild.set_seconds(INT64_MAX);
  CHECK(from_timestamp(wild) > from_ms(0));
}
