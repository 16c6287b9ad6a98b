#include "crawler/hours.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <unicode/timezone.h>

namespace vigie::crawler {

namespace {

constexpr std::int64_t kMinute = 60'000, kDay = 24 * 60 * kMinute;

/// "06:00" to minutes since midnight; "24:00" is the day's end.
std::optional<std::int64_t> minutes_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  int hour = -1, minute = -1;
  const char *end = text.data() + text.size(), *mid = text.data() + colon;
  const auto h = std::from_chars(text.data(), mid, hour);
  const auto m = std::from_chars(mid + 1, end, minute);
  if (h.ec != std::errc{} || m.ec != std::errc{} || h.ptr != mid || m.ptr != end) return std::nullopt;
  if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60) return std::nullopt;
  return hour * 60 + minute;
}

class Hours : public ActiveHours {
 public:
  std::int64_t from = 0, to = 0;  // ms since local midnight; equal: always
  std::unique_ptr<icu::TimeZone> zone;

  Instant next(Instant t) const override {
    if (from == to) return t;
    const auto now = to_ms(t);
    const auto wait = wait_at(now);
    if (wait == 0) return t;
    // A clock change between now and the opening moves it: look at the clock on the wall there, and correct once.
    return from_ms(on_the_wall(now, now + wait));
  }
  double share() const override {
    if (from == to) return 1;
    return static_cast<double>((to - from + kDay) % kDay) / static_cast<double>(kDay);
  }
  std::int64_t day(Instant t) const override {
    const auto local = to_ms(t) + offset(to_ms(t));
    return (local - (local % kDay + kDay) % kDay) / kDay;
  }
  Instant next_day(Instant t) const override {
    const auto now = to_ms(t);
    const auto midnight = (day(t) + 1) * kDay - offset(now);
    return from_ms(std::max(now + 1, on_the_wall(now, midnight)));
  }

 private:
  std::int64_t offset(std::int64_t ms) const {
    std::int32_t raw = 0, summer = 0;
    UErrorCode status = U_ZERO_ERROR;
    zone->getOffset(static_cast<UDate>(ms), false, raw, summer, status);
    return raw + summer;
  }
  /// A moment that was reckoned with the offset of `now`, by the clock on the wall there.
  std::int64_t on_the_wall(std::int64_t now, std::int64_t then) const { return then - (offset(then) - offset(now)); }
  std::int64_t wait_at(std::int64_t ms) const {
    const auto local = ((ms + offset(ms)) % kDay + kDay) % kDay;
    const bool inside = from < to ? local >= from && local < to : local >= from || local < to;
    return inside ? 0 : (from - local + kDay) % kDay;
  }
};

}  // namespace

Result<std::shared_ptr<const ActiveHours>> ActiveHours::make(const SiteOptions& site) {
  auto hours = std::make_shared<Hours>();
  const std::string zone = site.timezone().empty() ? "UTC" : site.timezone();
  hours->zone.reset(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(zone)));
  if (!hours->zone || *hours->zone == icu::TimeZone::getUnknown())
    return fail(Errc::misconfigured, site.site() + ": no such time zone: " + zone);
  if (site.has_active_from() || site.has_active_to()) {
    const auto from = minutes_of(site.active_from()), to = minutes_of(site.active_to());
    if (!from || !to)
      return fail(Errc::misconfigured,
                  site.site() + ": not hours of a day: " + site.active_from() + "-" + site.active_to());
    hours->from = *from * kMinute;
    hours->to = *to * kMinute;
  }
  return std::shared_ptr<const ActiveHours>(std::move(hours));
}

}  // namespace vigie::crawler
