#include "alerts/calendar.h"

#include <algorithm>
#include <array>

#include <unicode/timezone.h>

namespace vigie::alerts {
namespace {

constexpr std::int64_t kMinute = 60'000, kDay = 24 * 60 * kMinute;

std::int64_t floor_day(std::int64_t ms) { return ms >= 0 ? ms / kDay : (ms - kDay + 1) / kDay; }
int weekday_of(std::int64_t day) { return static_cast<int>(((day + 3) % 7 + 7) % 7); }  // 1970-01-01 was a Thursday

}  // namespace

struct Calendar::Zone {
  std::unique_ptr<icu::TimeZone> rules;

  /// Milliseconds that the wall is ahead of UTC.
  std::int64_t offset(std::int64_t ms) const {
    std::int32_t raw = 0, summer = 0;
    UErrorCode status = U_ZERO_ERROR;
    rules->getOffset(static_cast<UDate>(ms), false, raw, summer, status);
    return raw + summer;
  }

  /// When the wall shows `local` (ms since 1970 as if it were UTC): once, twice, or, where a change skips it, the change.
  std::array<std::int64_t, 2> instants(std::int64_t local) const {
    const std::int64_t before = offset(local - 2 * kDay), after = offset(local + 2 * kDay);
    const std::int64_t a = local - before, b = local - after;
    const bool a_holds = offset(a) == before, b_holds = offset(b) == after;
    if (a_holds || b_holds) return {a_holds ? a : b, b_holds ? b : a};
    std::int64_t low = std::min(a, b), high = std::max(a, b);  // the change lies between: low before it, high after
    while (high - low > 1) {
      const std::int64_t middle = low + (high - low) / 2;
      (offset(middle) == before ? low : high) = middle;
    }
    return {high, high};
  }
};

Result<Calendar> Calendar::make(const std::string& zone) {
  auto rules = std::make_shared<Zone>();
  rules->rules.reset(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(zone)));
  if (!rules->rules || *rules->rules == icu::TimeZone::getUnknown()) return fail(Errc::misconfigured, "no such time zone: " + zone);
  return Calendar(std::move(rules));
}

Instant Calendar::next(int minute, std::optional<int> weekday, Instant after) const {
  const std::int64_t now = to_ms(after);
  const std::int64_t today = floor_day(now + zone_->offset(now));
  std::int64_t best = now + 9 * kDay;  // a week and the widest change; never reached
  for (std::int64_t day = today - 1; day <= today + 8; ++day) {
    if (weekday && weekday_of(day) != *weekday) continue;
    const std::int64_t first = zone_->instants(day * kDay + minute * kMinute)[0];
    if (first > now) best = std::min(best, first);
  }
  return from_ms(best);
}

std::string Calendar::wall(Instant at) const {
  const std::int64_t now = to_ms(at);
  const Instant shown = from_ms(now + zone_->offset(now));  // as if it were UTC
  const std::string mail = to_rfc5322(shown), stamp = to_rfc3339(shown);
  return mail.substr(0, 3) + ' ' + stamp.substr(0, 10) + ' ' + stamp.substr(11, 5);
}

Instant Calendar::end_of_quiet(int from, int to, Instant at) const {
  if (from == to) return at;
  const std::int64_t now = to_ms(at), local = now + zone_->offset(now), day = floor_day(local);
  const auto minute = static_cast<int>((local - day * kDay) / kMinute);
  const bool quiet = from < to ? minute >= from && minute < to : minute >= from || minute < to;
  if (!quiet) return at;
  std::int64_t best = now + 3 * kDay;
  for (std::int64_t d = day; d <= day + 2; ++d) {
    // Both times that the wall shows the end: whoever asks between them waits for the second, not for the next day.
    for (const std::int64_t end : zone_->instants(d * kDay + to * kMinute)) {
      if (end > now) best = std::min(best, end);
    }
  }
  return from_ms(best);
}

}  // namespace vigie::alerts
