#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "alerts/alerts.h"

namespace vigie::alerts {

/// One way out. A new one is a file and a row in channels.cpp; the contract test of channels runs over the table.
struct ChannelRow {
  std::string_view name;
  bool (*chosen)(const AlertOptions& options);
  Result<std::unique_ptr<Channel>> (*make)(const AlertOptions& options);
};
/// In order of preference: the first that the options choose is used.
std::span<const ChannelRow> channels();

Result<std::unique_ptr<Channel>> make_maildir(const AlertOptions& options);
Result<std::unique_ptr<Channel>> make_smtp(const AlertOptions& options);

/// How long SMTP waits. RFC 5321 section 4.5.3.2 asks for 5 minutes at most verbs and 10 after the end of a message: less
/// makes doubles of what a slow server had already taken.
struct SmtpTimes {
  Millis connect = 30s, reply = 10min, whole = 30min;
  std::string ca_file;  // instead of the system's; for tests
};
Result<std::unique_ptr<Channel>> make_smtp(const AlertOptions& options, const SmtpTimes& times);

}  // namespace vigie::alerts
