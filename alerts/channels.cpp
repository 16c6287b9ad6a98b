#include "alerts/channels.h"

#include <algorithm>
#include <fstream>
#include <map>

namespace vigie::alerts {
namespace {

bool anybody(const AlertOptions& options, std::string_view via) {
  return std::any_of(options.receivers.begin(), options.receivers.end(), [&](const Receiver& r) { return r.via == via; });
}
template <char const* via>
bool used(const AlertOptions& options) { return anybody(options, via); }

constexpr char kSendmail[] = "sendmail", kWebhook[] = "webhook", kSyslog[] = "syslog", kCommand[] = "command", kFile[] = "file";

constexpr ChannelRow kChannels[] = {
    {"maildir", "mail", [](const AlertOptions& o) { return !o.maildir.empty(); }, make_maildir},
    {"smtp", "mail", [](const AlertOptions& o) { return !o.smtp_url.empty(); },
     static_cast<Result<std::unique_ptr<Channel>> (*)(const AlertOptions&)>(make_smtp)},
    {kSendmail, kSendmail, used<kSendmail>, make_sendmail},
    {kWebhook, kWebhook, used<kWebhook>, make_webhook},
    {kSyslog, kSyslog, used<kSyslog>, make_syslog},
    {kCommand, kCommand, used<kCommand>, make_command},
    {kFile, kFile, used<kFile>, make_file},
};

/// All ways out that are in use.
class Switch : public Channel {
 public:
  void add(std::string_view via, std::unique_ptr<Channel> channel) { ways_.try_emplace(std::string(via), std::move(channel)); }
  bool has(std::string_view via) const { return ways_.contains(std::string(via)); }

  Outgoing deliver(Outgoing message, Instant now) override {
    const auto way = ways_.find(message.has_via() ? message.via() : "mail");
    if (way != ways_.end()) return way->second->deliver(std::move(message), now);
    // The configuration has changed since: whoever changed it may change it back.
    return settled(std::move(message), {"deferred", "no way out of this kind is configured: " + message.via()}, now);
  }
  bool down(std::string_view via) const override {
    const auto way = ways_.find(via);
    return way != ways_.end() && way->second->down(via);
  }
  void cancel() override {
    for (auto& [via, channel] : ways_) channel->cancel();
  }

 private:
  std::map<std::string, std::unique_ptr<Channel>, std::less<>> ways_;
};

}  // namespace

std::span<const ChannelRow> channels() { return kChannels; }

Result<std::unique_ptr<Channel>> make_channel(const AlertOptions& options) {
  auto all = std::make_unique<Switch>();
  for (const ChannelRow& row : kChannels) {
    if (all->has(row.via) || !row.chosen(options)) continue;
    auto channel = row.make(options);
    if (!channel) return std::move(channel).error();
    all->add(row.via, *std::move(channel));
  }
  if (!all->has("mail") && (options.receivers.empty() || anybody(options, "mail"))) {
    return fail(Errc::misconfigured, "alerts: neither maildir nor smtp.url is set, so no message could leave");
  }
  return std::unique_ptr<Channel>(std::move(all));
}

Millis retry_after(int attempts, Millis age) {
  constexpr Millis kSteps[] = {1min, 5min, 15min, 30min, 1h};
  if (age >= 96h) return 4h;
  const auto step = static_cast<std::size_t>(std::max(attempts - 1, 0));
  return kSteps[std::min(step, std::size(kSteps) - 1)];
}

Outgoing settled(Outgoing message, const Outcome& outcome, Instant now) {
  message.set_attempts(message.attempts() + 1);
  message.set_last_ms(to_ms(now));
  message.set_state(outcome.state);
  message.set_answer(outcome.answer);
  if (outcome.state == "handed_over" || outcome.state == "failed") message.clear_next_ms();
  else message.set_next_ms(to_ms(now + retry_after(message.attempts(), Millis(to_ms(now) - message.created_ms()))));
  return message;
}

Result<std::string> read_secret(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (in) std::getline(in, line);
  while (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail(Errc::misconfigured, path + ": cannot be read, or is empty");
  return line;
}

}  // namespace vigie::alerts
