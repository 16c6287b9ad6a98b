#include "core/time.h"

#include <google/protobuf/timestamp.pb.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace vigie {
namespace {

namespace chrono = std::chrono;

constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  chrono::year_month_day date;
  int weekday, hour, minute, second;
};

Civil civil(Instant t) {
  const auto seconds = chrono::floor<chrono::seconds>(t);
  const auto day = chrono::floor<chrono::days>(seconds);
  const auto rest = (seconds - day).count();
  return {chrono::year_month_day(day), static_cast<int>(chrono::weekday(day).c_encoding()),
          static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60)};
}

int year_of(const Civil& c) { return static_cast<int>(c.date.year()); }
unsigned month_of(const Civil& c) { return static_cast<unsigned>(c.date.month()); }
unsigned day_of(const Civil& c) { return static_cast<unsigned>(c.date.day()); }

std::string mail_form(Instant t, const char* zone) {
  const auto c = civil(t);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d %s", kDays[static_cast<std::size_t>(c.weekday)],
                day_of(c), kMonths[month_of(c) - 1], year_of(c), c.hour, c.minute, c.second, zone);
  return out.data();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes exactly `count` digits from the front of `s`.
std::optional<int> take_digits(std::string_view& s, std::size_t count) {
  if (s.size() < count) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(s[i])) return std::nullopt;
    value = value * 10 + (s[i] - '0');
  }
  s.remove_prefix(count);
  return value;
}

bool take(std::string_view& s, std::string_view any_of) {
  if (s.empty() || any_of.find(s.front()) == std::string_view::npos) return false;
  s.remove_prefix(1);
  return true;
}

std::optional<chrono::sys_days> take_date(std::string_view& s) {
  const auto year = take_digits(s, 4);
  if (!year || !take(s, "-")) return std::nullopt;
  const auto month = take_digits(s, 2);
  if (!month || !take(s, "-")) return std::nullopt;
  const auto day = take_digits(s, 2);
  if (!day) return std::nullopt;
  const chrono::year_month_day date{chrono::year(*year), chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day))};
  // The clock counts nanoseconds in 64 bits: outside these years it would overflow.
  if (!date.ok() || *year < 1678 || *year > 2261) return std::nullopt;
  return chrono::sys_days(date);
}

std::optional<chrono::nanoseconds> take_clock(std::string_view& s) {
  const auto hour = take_digits(s, 2);
  if (!hour || *hour > 23 || !take(s, ":")) return std::nullopt;
  const auto minute = take_digits(s, 2);
  if (!minute || *minute > 59 || !take(s, ":")) return std::nullopt;
  const auto second = take_digits(s, 2);
  if (!second || *second > 60) return std::nullopt;  // 60: a leap second counts as the next second
  std::int64_t nanos = 0;
  if (take(s, ".")) {
    if (s.empty() || !is_digit(s.front())) return std::nullopt;
    for (std::int64_t unit = 100'000'000; !s.empty() && is_digit(s.front()); s.remove_prefix(1), unit /= 10) {
      nanos += unit * (s.front() - '0');
    }
  }
  return chrono::hours(*hour) + chrono::minutes(*minute) + chrono::seconds(*second) + chrono::nanoseconds(nanos);
}

std::optional<chrono::minutes> take_offset(std::string_view& s) {
  if (take(s, "Zz")) return chrono::minutes(0);
  if (s.empty() || (s.front() != '+' && s.front() != '-')) return std::nullopt;
  const int sign = s.front() == '-' ? -1 : 1;
  s.remove_prefix(1);
  const auto hours = take_digits(s, 2);
  if (!hours || *hours > 23 || !take(s, ":")) return std::nullopt;
  const auto minutes = take_digits(s, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return chrono::minutes(sign * (*hours * 60 + *minutes));
}

Instant as_instant(chrono::sys_time<chrono::nanoseconds> t) { return chrono::time_point_cast<Instant::duration>(t); }

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 5> kUnits = {{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::int64_t kLongest = 36'525LL * 86'400'000;  // 100 years

}  // namespace

std::int64_t to_ms(Instant t) { return chrono::floor<Millis>(t.time_since_epoch()).count(); }

Instant from_ms(std::int64_t ms) {
  // A number from a damaged record must not overflow the clock.
  constexpr auto kMost = chrono::duration_cast<Millis>(Instant::max().time_since_epoch()).count();
  constexpr auto kLeast = chrono::duration_cast<Millis>(Instant::min().time_since_epoch()).count();
  return Instant(Millis(std::min(std::max(ms, kLeast), kMost)));
}

std::string to_rfc3339(Instant t) {
  const auto c = civil(t);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", year_of(c), month_of(c), day_of(c), c.hour,
                c.minute, c.second);
  return out.data();
}

Result<Instant> parse_rfc3339(std::string_view text) {
  auto s = text;
  const auto bad = [&] {
    return fail(Errc::malformed, "not a time like 2026-11-23T21:34:07Z: " + std::string(text.substr(0, 64)));
  };
  const auto date = take_date(s);
  if (!date || !take(s, "Tt ")) return bad();
  const auto clock = take_clock(s);
  if (!clock) return bad();
  const auto offset = take_offset(s);
  if (!offset || !s.empty()) return bad();
  return as_instant(chrono::sys_time<chrono::nanoseconds>(*date) + *clock - *offset);
}

Result<Instant> parse_when(std::string_view text, Instant now) {
  auto rest = text;
  if (const auto date = take_date(rest); date && rest.empty()) return as_instant(*date);
  if (auto time = parse_rfc3339(text)) return time;
  if (const auto ago = parse_duration(text)) return now - *ago;
  return fail(Errc::malformed, "not a time (2026-11-23, 2026-11-23T21:34:07Z, 30d): " + std::string(text.substr(0, 64)));
}

std::string to_rfc5322(Instant t) { return mail_form(t, "+0000"); }
std::string to_http_date(Instant t) { return mail_form(t, "GMT"); }

Result<Millis> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc() && number >= 0 && is_digit(text.front())) {
    for (const auto& known : kUnits) {
      if (unit != known.name) continue;
      if (number > kLongest / known.ms) return fail(Errc::malformed, "longer than 100 years");
      return Millis(number * known.ms);
    }
  }
  return fail(Errc::malformed, "not a duration like 500ms, 5s, 15m, 6h or 7d: " + std::string(text.substr(0, 64)));
}

std::string format_duration(Millis d) {
  if (d.count() == 0) return "0s";
  for (const auto& unit : kUnits) {
    if (d.count() % unit.ms == 0) return std::to_string(d.count() / unit.ms) + std::string(unit.name);
  }
  return "0s";
}

google::protobuf::Timestamp to_timestamp(Instant t) {
  google::protobuf::Timestamp out;
  out.set_seconds(chrono::floor<chrono::seconds>(t.time_since_epoch()).count());
  return out;
}

Instant from_timestamp(const google::protobuf::Timestamp& t) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max() / 1000;
  return from_ms(std::min(std::max(t.seconds(), -kMost), kMost) * 1000);
}

}  // namespace vigie
