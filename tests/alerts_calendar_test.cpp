#include <doctest/doctest.h>

#include "alerts/calendar.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

Calendar in(const std::string& zone) {
  auto calendar = Calendar::make(zone);
  REQUIRE(calendar);
  return *calendar;
}
Instant at(const char* text) {
  const auto t = parse_rfc3339(text);
  REQUIRE(t);
  return *t;
}
constexpr int clock(int hour, int minute = 0) { return hour * 60 + minute; }

}  // namespace

TEST_CASE("a daily time is kept by the wall, over both clock changes") {
  const Calendar brussels = in("Europe/Brussels");
  const struct { const char* after; const char* next; } rows[] = {
      {"2026-11-24T06:29:59Z", "2026-11-24T06:30:00Z"}, {"2026-11-24T06:30:00Z", "2026-11-25T06:30:00Z"},
      {"2027-03-27T12:00:00Z", "2027-03-28T05:30:00Z"}, {"2026-10-24T12:00:00Z", "2026-10-25T06:30:00Z"}};
  for (const auto& row : rows) {
    CAPTURE(row.after);
    CHECK(to_rfc3339(brussels.next(clock(7, 30), std::nullopt, at(row.after))) == row.next);
  }
}

TEST_CASE("a time that a clock change skips is the change itself, and one that comes twice counts once") {
  const Calendar brussels = in("Europe/Brussels");
  CHECK(to_rfc3339(brussels.next(clock(2, 30), std::nullopt, at("2027-03-27T12:00:00Z"))) == "2027-03-28T01:00:00Z");
  CHECK(to_rfc3339(brussels.next(clock(2, 30), std::nullopt, at("2027-03-28T01:00:00Z"))) == "2027-03-29T00:30:00Z");
  CHECK(to_rfc3339(brussels.next(clock(2, 30), std::nullopt, at("2026-10-24T12:00:00Z"))) == "2026-10-25T00:30:00Z");
  CHECK(to_rfc3339(brussels.next(clock(2, 30), std::nullopt, at("2026-10-25T00:30:00Z"))) == "2026-10-26T01:30:00Z");
  // Samoa had no 30 December 2011: the day after begins where it would have stood.
  CHECK(to_rfc3339(in("Pacific/Apia").next(clock(9), std::nullopt, at("2011-12-29T20:00:00Z"))) == "2011-12-30T10:00:00Z");
}

TEST_CASE("a year of daily and weekly times: one a day and one a week, in any zone") {
  for (const char* zone : {"UTC", "Europe/Brussels", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"}) {
    for (const int minute : {clock(0), clock(1, 59), clock(2, 15), clock(23, 59)}) {
      CAPTURE(zone);
      CAPTURE(minute);
      const Calendar calendar = in(zone);
      const Instant start = at("2026-01-01T12:00:00Z"), end = at("2026-12-31T12:00:00Z");
      int days = 0, weeks = 0;
      for (Instant t = calendar.next(minute, std::nullopt, start); t < end; ++days) {
        const Instant next = calendar.next(minute, std::nullopt, t);
        CHECK(next - t > 22h);
        CHECK(next - t < 26h);
        t = next;
      }
      for (Instant t = calendar.next(minute, 0, start); t < end; t = calendar.next(minute, 0, t)) ++weeks;
      CHECK(days == 364);
      CHECK(weeks == 52);
    }
  }
}

TEST_CASE("a weekly time falls on its day by the wall, not by UTC") {
  CHECK(to_rfc3339(in("Europe/Brussels").next(clock(0, 30), 0, at("2026-11-24T12:00:00Z"))) == "2026-11-29T23:30:00Z");
  CHECK(to_rfc3339(in("UTC").next(clock(0, 30), 0, at("2026-11-24T12:00:00Z"))) == "2026-11-30T00:30:00Z");
}

TEST_CASE("quiet hours end by the wall, over midnight and over clock changes; outside them nothing waits") {
  const Calendar brussels = in("Europe/Brussels");
  const struct { int from, to; const char* at; const char* end; } rows[] = {
      {clock(22), clock(7), "2026-11-24T12:00:00Z", "2026-11-24T12:00:00Z"},
      {clock(22), clock(7), "2026-11-24T21:00:00Z", "2026-11-25T06:00:00Z"},
      {clock(22), clock(7), "2026-11-25T05:59:59Z", "2026-11-25T06:00:00Z"},
      {clock(22), clock(7), "2026-11-25T06:00:00Z", "2026-11-25T06:00:00Z"},
      {clock(22), clock(7), "2027-03-27T22:00:00Z", "2027-03-28T05:00:00Z"},
      {clock(12), clock(14), "2026-11-24T11:30:00Z", "2026-11-24T13:00:00Z"},
      {clock(9), clock(9), "2026-11-24T08:00:00Z", "2026-11-24T08:00:00Z"},
      {clock(22), clock(2, 30), "2027-03-28T00:59:00Z", "2027-03-28T01:00:00Z"},  // 02:30 is skipped
      {clock(22), clock(2, 30), "2026-10-25T00:15:00Z", "2026-10-25T00:30:00Z"},  // 02:30 the first time
      {clock(22), clock(2, 30), "2026-10-25T01:15:00Z", "2026-10-25T01:30:00Z"},  // and the second
  };
  for (const auto& row : rows) {
    CAPTURE(row.at);
    CHECK(to_rfc3339(brussels.end_of_quiet(row.from, row.to, at(row.at))) == row.end);
  }
}

TEST_CASE("a zone that does not exist is refused by its name") {
  const auto calendar = Calendar::make("Europe/Atlantis");
  REQUIRE_FALSE(calendar);
  CHECK(calendar.error().text.find("Europe/Atlantis") != std::string::npos);
}
