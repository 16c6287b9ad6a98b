#include "crawler/retry.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

#include "core/text.h"

namespace vigie::crawler {

namespace {

constexpr Millis kDay = 24h;

// reference: crawlers.md 5a, "Retry classes". A host's count is of failures in a row, a URL's of its own.
constexpr RetryRow kRows[] = {
    {RetryClass::fine, "fine", 0s, 1, 0s, 0, false, ""},
    {RetryClass::network, "network", 30s, 4, 1h, 5, false, "failing"},
    {RetryClass::no_name, "no_name", 15min, 4, kDay, 0, true, "dead"},
    {RetryClass::no_answer, "no_answer", 60s, 2, 1h, 0, true, "failing"},
    {RetryClass::tls, "tls", 1h, 2, kDay, 1, true, "failing"},
    {RetryClass::rate, "rate", 60s, 2, kDay, 0, true, "limited"},
    {RetryClass::server, "server", 2min, 3, 6h, 5, false, "failing"},
    {RetryClass::refused, "refused", 30min, 4, kDay, 3, true, "blocked"},
    {RetryClass::wall, "wall", 0s, 1, 0s, 0, false, ""},
    {RetryClass::limit, "limit", 0s, 1, 0s, 0, false, ""},
    {RetryClass::policy, "policy", kDay, 1, kDay, 0, false, ""},
    {RetryClass::stopped, "stopped", 0s, 1, 0s, 0, false, ""},
};

constexpr RetryRow kBreaker = {RetryClass::network, "breaker", 60s, 2, 6h, 3, true, "failing"};
constexpr int kServerBreaker = 10;            // half of the last 20, all in a row
constexpr Millis kQuiet = 30min;              // back-off is forgiven after so long without a 429
constexpr Millis kLimitedAfter = 12h;         // of nothing but 429
constexpr Millis kDeadAfter = 7 * kDay;       // of no such name
constexpr Millis kBlockedRest = 7 * kDay;     // a source that refuses: one look a week, until a person decides
constexpr Millis kResponseCap = 30s, kCrawlDelayCap = 300s, kLearnedCap = 120s;
constexpr double kSlowMs = 2000;              // smoothed response
constexpr int kCleanForEase = 50;             // good answers before a learned pace comes down by a tenth

void set_state(HostRecord& host, const char* state, Instant now) {
  if (host.state() == state) return;
  host.set_state(state);
  host.set_state_since_ms(to_ms(now));
}

void block(HostRecord& host, Instant until) {
  host.set_blocked_until_ms(std::max(host.blocked_until_ms(), to_ms(until)));
}

void note_clean(HostRecord& host, const SiteOptions& site, const Answer& answer) {
  host.set_failures(0);
  host.set_breaker("closed");
  host.clear_rate_since_ms();
  host.set_clean_answers(host.clean_answers() + 1);
  set_state(host, "ok", answer.at);
  if (to_ms(answer.at) - host.blocked_until_ms() > kQuiet.count()) host.set_backoff(0);
  if (host.pace_ms() > 0 && host.clean_answers() % kCleanForEase == 0) {
    const auto eased = host.pace_ms() * 9 / 10;
    host.set_pace_ms(eased > site.pace_ms() ? eased : 0);
  }
}

void note_rate(HostRecord& host, const SiteOptions& site, const Answer& answer) {
  host.set_clean_answers(0);
  host.set_backoff(host.backoff() + 1);
  auto wait = retry_wait(retry_row(RetryClass::rate), host.backoff());
  if (answer.retry_after && *answer.retry_after > 0ms) wait = *answer.retry_after;
  // Up to a tenth longer, never shorter than what the server asked for.
  block(host, answer.at + wait + Millis(static_cast<std::int64_t>(static_cast<double>(wait.count()) * 0.1 * answer.random)));
  const auto pace = std::max<std::int64_t>({host.pace_ms(), site.pace_ms(), 1000});
  host.set_pace_ms(std::min<std::int64_t>(pace * 2, kLearnedCap.count()));
  if (!host.has_rate_since_ms()) host.set_rate_since_ms(to_ms(answer.at));
  if (to_ms(answer.at) - host.rate_since_ms() >= kLimitedAfter.count()) set_state(host, "limited", answer.at);
}

void note_failure(HostRecord& host, const Answer& answer, RetryClass id) {
  const auto& row = retry_row(id);
  host.set_clean_answers(0);
  host.set_failures(host.failures() + 1);
  const int failures = host.failures();
  if (id == RetryClass::refused) {
    // One members-only page says nothing about its host; two pages in a row, or a challenge, do.
    const int refusals = answer.limit == "challenge" ? failures + 1 : failures;
    if (refusals > row.tries) {
      set_state(host, "blocked", answer.at);
      block(host, answer.at + kBlockedRest);
    } else if (refusals > 1) {
      block(host, answer.at + retry_wait(row, refusals - 1));
    }
    return;
  }
  if (row.host) {
    block(host, answer.at + retry_wait(row, failures));
    if (host.state() != "dead") set_state(host, "failing", answer.at);
    if (id == RetryClass::no_name && to_ms(answer.at) - host.state_since_ms() >= kDeadAfter.count())
      set_state(host, "dead", answer.at);
    return;
  }
  const int opens_at = id == RetryClass::network ? kBreaker.tries : kServerBreaker;
  if (failures < opens_at) return;
  // Open: after the wait one request goes out as a probe, and its failure doubles the wait.
  host.set_breaker("open");
  set_state(host, "failing", answer.at);
  block(host, answer.at + retry_wait(kBreaker, failures - opens_at + 1));
}

}  // namespace

const RetryRow& retry_row(RetryClass id) {
  const auto& row = kRows[static_cast<std::size_t>(id)];
  assert(row.id == id);
  return row;
}

RetryClass retry_class(Outcome::Kind outcome, std::string_view limit) {
  switch (outcome) {
    case Outcome::ok:
    case Outcome::unchanged:
    case Outcome::redirect:
    case Outcome::gone:
    case Outcome::soft404: return RetryClass::fine;
    case Outcome::network:
    case Outcome::timed_out:
    case Outcome::cut_off: return RetryClass::network;
    case Outcome::name_failed: return limit == "no_such_name" ? RetryClass::no_name : RetryClass::no_answer;
    case Outcome::tls: return RetryClass::tls;
    case Outcome::rate_limited: return RetryClass::rate;
    case Outcome::server_error: return RetryClass::server;
    case Outcome::block: return RetryClass::refused;
    case Outcome::wall: return RetryClass::wall;
    case Outcome::too_slow:
    case Outcome::too_large:
    case Outcome::bomb:
    case Outcome::header_flood:
    case Outcome::bad_coding:
    case Outcome::not_html:
    case Outcome::redirect_loop:
    case Outcome::unreadable: return RetryClass::limit;
    case Outcome::robots_denied:
    case Outcome::address_refused:
    case Outcome::out_of_scope: return RetryClass::policy;
    default: return RetryClass::stopped;
  }
}

bool is_ill(std::string_view state) { return state == "blocked" || state == "dead" || state == "limited"; }

Millis retry_wait(const RetryRow& row, int failures) {
  const double wait = static_cast<double>(row.first.count()) * std::pow(row.factor, std::clamp(failures - 1, 0, 60));
  return wait < static_cast<double>(row.cap.count()) ? Millis(static_cast<std::int64_t>(wait)) : row.cap;
}

std::optional<Millis> read_retry_after(std::string_view value, Instant now) {
  value = text::trim(value);
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error == std::errc::result_out_of_range) return kDay;
    return std::min<Millis>(kDay, std::chrono::seconds(std::min<std::int64_t>(seconds, 86400)));
  }
  // A date has at least a clock time; without this the lenient date reader takes "2.7" or "-5" for one.
  if (value.find(':') == std::string_view::npos) return std::nullopt;
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  const auto wait = std::chrono::duration_cast<Millis>(*date - now);
  return std::clamp(wait, Millis{0}, kDay);
}

Millis pace_of(const HostRecord& host, const SiteOptions& site, double random) {
  if (site.pace_ms() <= 0) return 0ms;
  const auto delay = std::min(host.crawl_delay_s() * 1000, static_cast<double>(kCrawlDelayCap.count()));
  const auto response = std::min(5 * host.response_ms(), static_cast<double>(kResponseCap.count()));
  const double pace =
      std::max({static_cast<double>(site.pace_ms()), delay, response, static_cast<double>(host.pace_ms())});
  return Millis(static_cast<std::int64_t>(std::ceil(pace * (1 + 0.2 * random))));
}

bool is_slow(const HostRecord& host) {
  return !host.has_response_ms() || host.response_ms() > kSlowMs || host.failures() > 0;
}

HostRecord settle(HostRecord host, const SiteOptions& site, const Answer& answer) {
  const auto id = retry_class(answer.outcome, answer.limit);
  if (answer.took > 0ms) {
    const auto took = static_cast<double>(answer.took.count());
    host.set_response_ms(host.has_response_ms() ? 0.8 * host.response_ms() + 0.2 * took : took);
  }
  switch (id) {
    case RetryClass::fine: note_clean(host, site, answer); break;
    case RetryClass::rate: note_rate(host, site, answer); break;
    case RetryClass::network:
    case RetryClass::no_name:
    case RetryClass::no_answer:
    case RetryClass::tls:
    case RetryClass::server:
    case RetryClass::refused: note_failure(host, answer, id); break;
    // Somebody answered, but what came says nothing about the host: neither praise nor blame.
    case RetryClass::wall:
    case RetryClass::limit:
    case RetryClass::policy:
    case RetryClass::stopped: break;
  }
  if (answer.sent) {
    const auto rest = answer.at + pace_of(host, site, answer.random);
    host.set_next_allowed_ms(std::max(host.next_allowed_ms(), to_ms(rest)));
  }
  return host;
}

}  // namespace vigie::crawler
