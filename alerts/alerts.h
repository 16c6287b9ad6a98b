#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"

namespace vigie::alerts {

/// One person or desk, and what reaches it when. A list that is empty or holds "*" takes everything.
struct Receiver {
  std::string name, mail;
  std::string via = "mail";  // mail sendmail webhook syslog command file
  std::string to;            // of other ways than mail: address, program or file; empty for syslog
  std::string secret_file;   // webhook: the key that signs
  std::vector<std::string> scopes = {"*"}, sites = {"*"}, families = {"*"}, kinds = {"*"};
  std::string min_severity = "low";
  Millis wait = 0ms;            // from a first alert to its message
  Millis batch_every = 15min;   // at most one message in this time; the rest waits and goes together
  Millis remind_every = 0ms;    // an alert that nobody has started is told again; 0: never
  Millis escalate_after = 0ms;  // told only what nobody has started for so long; 0: told at once
  bool restricted = false;      // may receive the restricted path
  std::string language = "en";
  std::string key_file;            // S/MIME certificate or OpenPGP key: mail is encrypted to it, or tells no more than link_only
  std::string detail = "summary";  // full (only with key_file) summary link_only

  std::string timezone = "UTC";                 // of the four times below
  int quiet_from = 0, quiet_to = 0;             // minutes of the day, over midnight where from > to; equal: no quiet hours
  std::string quiet_passes = "high";            // from this severity on, quiet hours do not hold a message back
  std::string digest;                           // "", "daily", "weekly": what is below `digest_below` leaves at that time only
  int digest_at = 7 * 60 + 30, digest_day = 0;  // minutes of the day; 0 = Monday
  std::string digest_below = "high";
  std::map<std::string, int> a_day = {};  // severity -> alerts that are told as they come within 24 hours; 0: no bound
};

/// The first silence that covers `alert` at `now`; null: none. What such an alert gains after the silence is told again. A
/// watch-list hit or a restricted alert is covered only by a silence that names its key.
const Silence* silenced_by(const Alert& alert, const std::vector<Silence>& silences, Instant now);

struct AlertOptions {
  std::string from;  // "Vigie <vigie@unit.example>"
  std::string unit;
  std::vector<Receiver> receivers;
  std::vector<Silence> silences;
  std::vector<std::string> blocked_sites;  // a source that is blocked holds back what it says is gone
  std::vector<std::string> drifted_sites;  // a source whose pages have just changed: what it says waits together
  std::function<std::optional<Ad>(const std::string& ad)> read_ad;  // what is known of an ad; only `detail: full` asks
  std::string bounce_address;   // where refusals go that come later: the envelope's sender; empty: `from`
  std::string bounce_maildir;   // ... and where they are read
  int max_mails_per_hour = 60;  // per receiver
  int flood_at = 25;            // more alerts of one site than this within an hour are a flood; 0: never
  std::string heartbeat = "weekly";  // off daily weekly
  std::string maildir;          // set: instead of SMTP
  std::string smtp_url, smtp_user, smtp_password_file;
  std::string smtp_tls = "required";  // required opportunistic off
  std::string host = "vigie.invalid";  // right side of Message-IDs: the domain of `from`
};

/// What a receiver got lately (the last hour, and the last `batch_every`): for batching and throttling.
struct Sent {
  std::string receiver;
  Instant at{};        // when the message was fixed: Outgoing.created_ms
  std::string reason;  // Outgoing.reason; "throttled" and "at_once" are counted apart
  std::map<std::string, int> sites = {};       // how many alerts it told of each site, by `flood_site`
  std::map<std::string, int> severities = {};  // ... and of each severity
};
Sent sent_of(const Outgoing& message);  // without `sites`
/// The site whose flood `alert` would be part of; empty: of none, since it waits for nothing or tells of the service itself.
std::string flood_site(const Alert& alert);

struct Plan {
  std::vector<Outgoing> messages;  // complete MIME, Message-ID fixed
  std::vector<Alert> alerts;       // with their new status and deliveries
  std::optional<Instant> again;    // when to plan next
  std::vector<std::string> floods;  // sites whose alerts wait together, see `plan`
};

/// Groups due alerts into messages, one receiver each. Pure: the same input gives the same bytes.
///
/// Who has been told stands in each alert's deliveries (receiver and revision), so planning twice is planning once.
/// `Plan::alerts` holds only alerts that changed. One that every receiver of it has a message for loses its `due_ms`;
/// one that no receiver may have gets the status `suppressed`. An alert with status `digest` is never mailed, unless
/// `bypass_digest` is set. Restricted alerts travel alone, and only to receivers marked for them.
/// Every alert of a message is named in it by code and headline, the first ten are told in full; more than 10,000 make a
/// further message. Summaries of first passes (kind `health`, key "first-pass/SITE") are told together as one account.
/// Watch-list hits and restricted alerts wait for nothing: no batch, digest or quiet hours.
///
/// What keeps mail from being noise, none of which loses an alert:
/// - An alert that says what a receiver was told before (a field that flaps) is not told again; one that keeps changing is
///   told at doubling intervals, up to a day, unless its severity has risen.
/// - `remind_every`: told again until a person starts or dismisses it. `escalate_after`: told to one more receiver then.
/// - More than `flood_at` alerts of one site, those told in the last hour and those that wait, are a flood: what waits goes into
///   one message, once an hour has brought no more of them, at the latest after 12 hours. So does, from its first alert on, what
///   a site says whose pages have just changed; the notice of that leads the message, unless nobody was disturbed yet.
/// - `a_day`: of each severity so many are told within 24 hours as they come, those that came first; what is beyond goes into one
///   message at the receiver's next `digest_at`, and the message says so.
/// - "gone" of a site that is blocked waits until it is not.
/// `flush`: do not wait for batches, digests or quiet hours (a person is there: crawl --once, import); the hourly limit holds all the same.
Plan plan(const std::vector<Alert>& due, const AlertOptions& options, const std::vector<Sent>& sent, Instant now,
          bool flush);

/// The state that an alert shows, from its deliveries.
std::string status_of(const Alert& alert);
/// Writes what became of `message` into the delivery of each alert that it carries, and the alert's status.
/// False: this alert is not in the message (or already tells a later revision), and nothing was touched.
bool record(const Outgoing& message, Alert& alert);

/// One way out. `deliver` returns the message with its new state, attempts, answer and next_ms.
class Channel {
 public:
  virtual ~Channel() = default;
  ///
  /// States: `handed_over` (on disk, or the server said 250 to the whole message), `deferred` (try again at next_ms),
  /// `unknown` (the reply to the end of the message was lost: it may have arrived; try again, same Message-ID),
  /// `failed` (refused for good; `answer` holds the server's words). A repeat of the same message is recognisable.
  virtual Outgoing deliver(Outgoing message, Instant now) = 0;
  /// The last delivery by `via` failed before it came to its message (no connection, greeting, TLS, login): whoever waits for
  /// the same way out would fare alike, so nobody else needs to try for a while.
  virtual bool down(std::string_view /*via*/) const { return false; }
  /// From another thread: a delivery that waits for its server ends soon, as `deferred` or `unknown`.
  virtual void cancel() {}
};
/// When a message that could not be delivered is tried again: 1, 5, 15, 30 min, then hourly, after 4 days every 4 h.
Millis retry_after(int attempts, Millis age);
/// Every way out that `options` uses, behind one: each message leaves by its `via`; mail into the Maildir when
/// `options.maildir` is set, else by SMTP. `misconfigured` when one of them cannot be used.
Result<std::unique_ptr<Channel>> make_channel(const AlertOptions& options);

}  // namespace vigie::alerts
