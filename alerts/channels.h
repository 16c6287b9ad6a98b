#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "alerts/alerts.h"

namespace vigie::alerts {

/// One way out. A new one is a file and a row in channels.cpp; the contract test of channels runs over the table.
struct ChannelRow {
  std::string_view name;
  std::string_view via;  // of the messages that it takes
  bool (*chosen)(const AlertOptions& options);
  Result<std::unique_ptr<Channel>> (*make)(const AlertOptions& options);
};
/// In order of preference: of those with one `via`, the first that the options choose is used.
std::span<const ChannelRow> channels();

Result<std::unique_ptr<Channel>> make_maildir(const AlertOptions& options);
Result<std::unique_ptr<Channel>> make_smtp(const AlertOptions& options);
/// The local mail system: the message on the standard input of sendmail(1), which queues it.
Result<std::unique_ptr<Channel>> make_sendmail(const AlertOptions& options);
/// HTTP POST of the lines, signed: "X-Vigie-Signature: t=SECONDS,v1=HEX", HEX = HMAC-SHA256(key, "SECONDS." + body), and
/// "Idempotency-Key: ID", the same for each attempt. 2xx is taken; 4xx but 408, 425, 429 is refused for good.
Result<std::unique_ptr<Channel>> make_webhook(const AlertOptions& options);
/// One entry per alert: label, kind, severity, scope; never a word of an ad.
Result<std::unique_ptr<Channel>> make_syslog(const AlertOptions& options);
/// The lines on the standard input of a program, without a shell. It has one minute; exit code 0 is taken.
Result<std::unique_ptr<Channel>> make_command(const AlertOptions& options);
/// The lines at the end of a file, synced: a feed for other systems. Rotation by rename is safe.
Result<std::unique_ptr<Channel>> make_file(const AlertOptions& options);

/// First line of a secret's file; read at each delivery, so that a changed one needs no restart. `misconfigured` when the file
/// cannot be read or the line is empty.
Result<std::string> read_secret(const std::string& path);

/// What an attempt came to; common to all channels.
struct Outcome {
  std::string state, answer;
};
Outgoing settled(Outgoing message, const Outcome& outcome, Instant now);

/// How long SMTP waits. RFC 5321 section 4.5.3.2 asks for 5 minutes at most verbs and 10 after the end of a message: less
/// makes doubles of what a slow server had already taken.
struct SmtpTimes {
  Millis connect = 30s, reply = 10min, whole = 30min;
  std::string ca_file;  // instead of the system's; for tests
};
Result<std::unique_ptr<Channel>> make_smtp(const AlertOptions& options, const SmtpTimes& times);

}  // namespace vigie::alerts
