#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"

namespace vigie::alerts {

struct Receiver {
  std::string name, mail;
  std::vector<std::string> scopes = {"*"};
  std::string min_severity = "low";
  Millis wait = 0ms;           // from a first alert to its message
  Millis batch_every = 15min;  // at most one message in this time; the rest waits and goes together
  bool restricted = false;     // may receive the restricted path
  std::string language = "en";
};

struct AlertOptions {
  std::string from;  // "Vigie <vigie@unit.example>"
  std::string unit;
  std::vector<Receiver> receivers;
  int max_mails_per_hour = 60;  // per receiver
  std::string maildir;          // set: instead of SMTP
  std::string smtp_url, smtp_user, smtp_password_file;
  std::string smtp_tls = "required";  // required opportunistic off
  std::string host = "vigie.invalid";  // right side of Message-IDs: the domain of `from`
};

/// What a receiver got lately: for batching and throttling.
struct Sent {
  std::string receiver;
  Instant at{};
};

struct Plan {
  std::vector<Outgoing> messages;  // complete MIME, Message-ID fixed
  std::vector<Alert> alerts;       // with their new status and deliveries
  std::optional<Instant> again;    // when to plan next
};

/// Groups due alerts into messages, one receiver each. Pure. `flush`: do not wait for batches (crawl --once, import).
Plan plan(const std::vector<Alert>& due, const AlertOptions& options, const std::vector<Sent>& sent, Instant now,
          bool flush);

/// The state that an alert shows, from its deliveries.
std::string status_of(const Alert& alert);

/// One way out. `deliver` returns the message with its new state, attempts, answer and next_ms.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual Outgoing deliver(Outgoing message, Instant now) = 0;
};
/// Maildir when `options.maildir` is set, else SMTP. `misconfigured` when neither can be used.
Result<std::unique_ptr<Channel>> make_channel(const AlertOptions& options);

}  // namespace vigie::alerts
