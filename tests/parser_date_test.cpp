#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "core/time.h"
#include "parser/fields.h"
#include "tests/parser_cases.h"

using namespace vigie::parser;

namespace {

TextContext on(std::string_view now, std::string lang = "", std::string timezone = "") {
  TextContext context;
  context.now = *vigie::parse_rfc3339(now);
  context.lang = std::move(lang);
  context.timezone = std::move(timezone);
  return context;
}

std::string first(std::string_view s, const TextContext& context) {
  const auto got = read_dates(s, context);
  return got.empty() ? "" : got[0].date();
}

}  // namespace

TEST_CASE("absolute dates are read in the languages of the pages") {
  struct Row {
    const char *lang, *text, *date;
  };
  for (const auto& row : {
           Row{"fr", "publié le 12 novembre 2026", "2026-11-12"}, Row{"fr", "le 1er août", "2026-08-01"}, Row{"nl", "12 mei 2026", "2026-05-12"},
           Row{"de", "ab dem 3. März 2026 frei", "2026-03-03"}, Row{"en", "Nov 25, 2026", "2026-11-25"}, Row{"es", "10 de junio de 2026", "2026-06-10"},
           Row{"it", "16 giugno 2026", "2026-06-16"}, Row{"pt", "10 de março de 2026", "2026-03-10"}, Row{"ro", "12 iunie 2026", "2026-06-12"},
           Row{"bg", "5 май 2026 г.", "2026-05-05"}, Row{"pl", "7 września 2026", "2026-09-07"}, Row{"sq", "3 shtator 2026", "2026-09-03"},
           Row{"ru", "20 ноября 2026", "2026-11-20"}, Row{"uk", "17 верес 2026", "2026-09-17"}, Row{"ar", "٥ نوفمبر ٢٠٢٦", "2026-11-05"},
           Row{"fr", "2026-11-24T10:00:00Z", "2026-11-24"}, Row{"fr", "24/11/2026", "2026-11-24"}, Row{"de", "24.11.26", "2026-11-24"},
           Row{"fr", "tel 01.99.00.12.34", ""}, Row{"fr", "31/02/2026", ""}, Row{"en", "version 1.2.3", ""},
       }) {
    CAPTURE(row.text);
    CHECK(first(row.text, on("2026-11-24T12:00:00Z", row.lang)) == row.date);
  }
}

TEST_CASE("relative dates count from the time of the fetch, in the zone of the site") {
  CHECK(first("il y a 3 jours", on("2026-11-24T12:00:00Z", "fr")) == "2026-11-21");
  CHECK(first("hier à 14:05", on("2026-11-24T12:00:00Z", "fr")) == "2026-11-23");
  CHECK(first("gestern", on("2026-11-24T12:00:00Z", "de")) == "2026-11-23");
  CHECK(first("2 weeks ago", on("2026-11-24T12:00:00Z", "en")) == "2026-11-10");
  CHECK(first("5 minut temu", on("2026-11-24T12:00:00Z", "pl")) == "2026-11-24");
  CHECK(first("вчера", on("2026-11-24T12:00:00Z", "ru")) == "2026-11-23");
  CHECK(first("aujourd'hui", on("2026-11-24T23:30:00Z", "fr", "Europe/Brussels")) == "2026-11-25");
  CHECK(first("vor 2 Stunden", on("2026-11-24T00:30:00Z", "de", "UTC")) == "2026-11-23");
}

TEST_CASE("relative dates are sums of units with their marks, in the languages of the pages") {
  struct Row {
    const char *lang, *text, *date;
  };
  for (const auto& row : {
           Row{"en", "1 year, 2 months and 3 days ago", "2025-09-21"}, Row{"en", "five weeks from now", "2026-12-29"}, Row{"en", "about an hour ago", "2026-11-24"},
           Row{"en", "in three weeks' time", "2026-12-15"}, Row{"en", "1.5 days ago", "2026-11-23"}, Row{"en", "the day before yesterday", "2026-11-22"},
           Row{"fr", "Il y a environ 23 heures", "2026-11-23"}, Row{"fr", "il y a 1 an et 2 mois", "2025-09-24"}, Row{"fr", "en ligne depuis 3 jours", "2026-11-21"},
           Row{"nl", "2 weken en 3 dagen geleden", "2026-11-07"}, Row{"de", "vor etwa 3 Wochen", "2026-11-03"}, Row{"de", "vor 29h", "2026-11-23"},
           Row{"es", "Hace cerca de 2 horas", "2026-11-24"}, Row{"it", "3 settimane fa", "2026-11-03"}, Row{"pt", "uma semana atrás", "2026-11-17"},
           Row{"ro", "acum 2 luni", "2026-09-24"}, Row{"bg", "преди година", "2025-11-24"}, Row{"bg", "преди около 23 часа", "2026-11-23"},
           Row{"pl", "2 lata, 3 miesiące temu", "2024-08-24"}, Row{"sq", "para 3 ditësh", "2026-11-21"}, Row{"ru", "2 дня назад", "2026-11-22"},
           Row{"uk", "3 роки тому", "2023-11-24"}, Row{"ar", "منذ يومين", "2026-11-22"}, Row{"ar", "منذ ٣ أيام", "2026-11-21"}, Row{"fr", "Aujourdʹhui", "2026-11-24"},
           Row{"es", "hoy", "2026-11-24"}, Row{"tr", "yaklaşık 23 saat önce", "2026-11-23"},
           Row{"fr", "massage 1 h 150, 2 h 250", ""}, Row{"en", "stay for 2 hours", ""}, Row{"de", "30 min 90", ""}, Row{"it", "massaggio da 1 ora", ""},
       }) {
    CAPTURE(row.text);
    CHECK(first(row.text, on("2026-11-24T12:00:00Z", row.lang)) == row.date);
  }
}

TEST_CASE("figures: fields: absolute dates of the public cases are read") {
  const auto all = cases::rows(cases::folder("date-cases") / "cases.jsonl");
  if (all.empty()) {
    MESSAGE("skipped: no date-cases data");
    return;
  }
  int plain = 0, right = 0;
  const bool tell = std::getenv("VIGIE_TELL") != nullptr;
  for (const auto& row : all) {
    if (cases::text_of(row, "test") != "test_dates_parsing") continue;
    ++plain;
    const auto text = cases::text_of(row, "text"), want = cases::text_of(row, "expected").substr(0, 10);
    const auto got = first(text, on("2012-11-13T12:00:00Z"));
    right += got == want;
    if (tell && got != want) MESSAGE(text << " | want " << want << " got " << got);
  }
  MESSAGE("date-cases: " << right << " of " << plain << " plain absolute");
  CHECK(right >= static_cast<int>(0.97 * plain));
}

namespace {

// What the case means, as a day: so many units before or after the moment of reference. Years and months count first, as
// the original does it (relativedelta).
std::string moved(const google::protobuf::Struct& units, int sign) {
  namespace ch = std::chrono;
  const auto now = ch::time_point_cast<ch::seconds>(*vigie::parse_rfc3339("2014-09-01T10:30:00Z"));
  const auto today = ch::floor<ch::days>(now);
  int months = 0;
  double seconds = 0;
  for (const auto& [unit, value] : units.fields()) {
    const double n = value.number_value() * sign;
    if (unit == "years" || unit == "months") months += static_cast<int>(n) * (unit == "years" ? 12 : 1);
    seconds += n * (unit == "weeks" ? 604800 : unit == "days" ? 86400 : unit == "hours" ? 3600 : unit == "minutes" ? 60 : unit == "seconds" ? 1 : 0);
  }
  auto day = ch::year_month_day(today) + ch::months(months);
  if (!day.ok()) day = day.year() / day.month() / ch::last;
  const ch::year_month_day moved(ch::floor<ch::days>(ch::sys_days(day) + (now - today) + ch::seconds(static_cast<std::int64_t>(seconds))));
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(moved.year()), static_cast<unsigned>(moved.month()), static_cast<unsigned>(moved.day()));
  return text;
}

}  // namespace

// A figure more than a bar: what is missed are spans without a mark and with one unit ("2 min": a price list has them, too),
// sums with signs ("now - 1 day"), and languages that no ad of ours is in.
TEST_CASE("figures: fields: relative dates of the public cases") {
  const auto all = cases::rows(cases::folder("date-cases") / "cases.jsonl");
  if (all.empty()) {
    MESSAGE("skipped: no date-cases data");
    return;
  }
  const bool tell = std::getenv("VIGIE_TELL") != nullptr;
  int count = 0, right = 0;
  for (const auto& row : all) {
    if (cases::text_of(row, "kind") != "relative") continue;
    const bool past = row.fields().contains("ago");
    if (!past && !row.fields().contains("in_future")) continue;
    ++count;
    const auto want = moved(row.fields().at(past ? "ago" : "in_future").struct_value(), past ? -1 : 1);
    const auto got = first(cases::text_of(row, "text"), on("2014-09-01T10:30:00Z"));
    right += got == want;
    if (tell && got != want) MESSAGE(cases::text_of(row, "text") << " | want " << want << " got " << got);
  }
  MESSAGE("date-cases: " << right << " of " << count << " relative");
  CHECK(right >= 0.69 * count);
}
