#include "alerts/channels.h"

#include <algorithm>

namespace vigie::alerts {
namespace {

constexpr ChannelRow kChannels[] = {
    {"maildir", [](const AlertOptions& o) { return !o.maildir.empty(); }, make_maildir},
    {"smtp", [](const AlertOptions& o) { return !o.smtp_url.empty(); },
     static_cast<Result<std::unique_ptr<Channel>> (*)(const AlertOptions&)>(make_smtp)},
};

}  // namespace

std::span<const ChannelRow> channels() { return kChannels; }

Result<std::unique_ptr<Channel>> make_channel(const AlertOptions& options) {
  for (const ChannelRow& row : kChannels) {
    if (row.chosen(options)) return row.make(options);
  }
  return fail(Errc::misconfigured, "alerts: neither maildir nor smtp.url is set, so no message could leave");
}

Millis retry_after(int attempts, Millis age) {
  constexpr Millis kSteps[] = {1min, 5min, 15min, 30min, 1h};
  if (age >= 96h) return 4h;
  const auto step = static_cast<std::size_t>(std::max(attempts - 1, 0));
  return kSteps[std::min(step, std::size(kSteps) - 1)];
}

}  // namespace vigie::alerts
