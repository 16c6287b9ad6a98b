#pragma once

#include <optional>
#include <string_view>

#include "core/records.pb.h"
#include "core/time.h"

namespace vigie::crawler {

/// What a failure means for the next attempt: ONE table, one row per class. Pure.
enum class RetryClass {
  fine,      // the server answered the question: ok, 304, a redirect, gone
  network,   // refused, reset, time-out, cut body
  no_name,   // the name server says there is no such name
  no_answer, // the name server says nothing
  tls,       // bad certificate, failed handshake
  rate,      // 429, 503
  server,    // other 5xx, 408, answers without sense
  refused,   // 401, 403, 451, challenge
  wall,      // consent, login
  limit,     // one of our limits fired
  policy,    // one of our rules said no before anything was sent
  stopped,   // cancelled: says nothing
};

struct RetryRow {
  RetryClass id;
  std::string_view name;
  Millis first;    // wait after the first failure
  double factor;   // each further failure multiplies it
  Millis cap;
  int tries;       // of the scope, before `then`
  bool host;       // the host rests (else only the URL waits)
  std::string_view then;
};

const RetryRow& retry_row(RetryClass id);
/// `limit`: the name that stands in Visit.limit; it parts the two ways in which a name can fail.
RetryClass retry_class(Outcome::Kind outcome, std::string_view limit);
/// first x factor^(failures - 1), at most cap; `failures` counts from 1.
Millis retry_wait(const RetryRow& row, int failures);

/// Retry-After as RFC 9110 10.2.3 and practice have it: seconds or a date; at most 24 h. Empty: no usable value.
/// Zero and dates in the past give 0: the caller falls back to its own back-off.
std::optional<Millis> read_retry_after(std::string_view value, Instant now);

/// States in which a source gives nothing and a person must know: blocked, dead, limited.
bool is_ill(std::string_view host_state);

/// What one attempt showed about its host.
struct Answer {
  Outcome::Kind outcome = Outcome::unknown;
  std::string_view limit;
  std::optional<Millis> retry_after;
  Millis took{0};          // first byte after start; 0: nothing came
  bool sent = true;        // a request left the machine
  Instant at{};            // end of the attempt
  double random = 0;       // [0, 1)
};

/// The rest of a host between two requests: max(site's own, Crawl-delay up to 300 s, 5 x smoothed response up to 30 s,
/// what its 429s taught), stretched by up to a fifth. A site's pace of 0 (private labs) is exactly 0.
Millis pace_of(const HostRecord& host, const SiteOptions& site, double random);

/// Slow, failing, or not known yet: it may hold a slot for long.
bool is_slow(const HostRecord& host);

/// Moves a host on: smoothed response, pace, back-off, breaker, state, next allowed time. A block is only lengthened.
HostRecord settle(HostRecord host, const SiteOptions& site, const Answer& answer);

}  // namespace vigie::crawler
