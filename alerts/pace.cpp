#include "alerts/pace.h"

#include <algorithm>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "alerts/calendar.h"
#include "alerts/message.h"
#include "core/hash.h"

namespace vigie::alerts {
namespace {

/// A message with maps has no fixed bytes otherwise.
std::string fixed_bytes(const google::protobuf::Message& message) {
  std::string out;
  {
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    (void)message.SerializeToCodedStream(&coded);
  }  // what is buffered comes out with the streams' end
  return out;
}

}  // namespace

Sent sent_of(const Outgoing& message) {
  return {message.receiver(), from_ms(message.created_ms()), message.reason()};
}

Past past_of(const std::vector<Sent>& sent, const std::string& receiver, Instant now) {
  Past past;
  for (const Sent& s : sent) {
    if (s.receiver != receiver) continue;
    const bool in_hour = s.at > now - 1h;
    for (const auto& [site, count] : s.sites) {
      if (in_hour) past.sites[site] += count;
    }
    const bool as_it_came = s.reason != "throttled" && s.reason != "digest" && s.reason != "budget" && s.reason != "flood";
    for (const auto& [severity, count] : s.severities) {
      if (as_it_came && s.at > now - 24h) past.today[severity] += count;
    }
    if (s.reason == "throttled") {
      past.noticed = past.noticed || in_hour;
      continue;
    }
    if (in_hour) {
      ++past.in_hour;
      if (!past.oldest_in_hour || s.at < *past.oldest_in_hour) past.oldest_in_hour = s.at;
    }
    // What left at once (watch list, restricted) does not push the ordinary batch back.
    const bool batch = s.reason != "at_once" && s.reason != "restricted";
    if (batch && (!past.last || s.at > *past.last)) past.last = s.at;
  }
  return past;
}

Pace pace_of(const Receiver& receiver, const Alert& alert) {
  const int rank = severity_rank(alert.severity());
  return {!receiver.digest.empty() && rank < severity_rank(receiver.digest_below),
          receiver.quiet_from != receiver.quiet_to && rank < severity_rank(receiver.quiet_passes)};
}

Instant departure(const Receiver& receiver, const Pace& pace, Instant first, Instant ready, const Past& past, Instant now) {
  Instant leave = ready;
  if (past.last) leave = std::max(leave, *past.last + receiver.batch_every);
  if (!pace.digest && !pace.quiet) return leave;
  // The configuration names a zone that exists; if it does not, its hours are read in UTC instead of holding mail back.
  auto zone = Calendar::make(receiver.timezone);
  if (!zone) zone = Calendar::make("UTC");
  if (!zone) return leave;
  if (pace.digest) {
    const auto day = receiver.digest == "weekly" ? std::optional<int>(receiver.digest_day) : std::nullopt;
    leave = zone->next(receiver.digest_at, day, first);
  }
  if (pace.quiet) leave = zone->end_of_quiet(receiver.quiet_from, receiver.quiet_to, std::max(leave, now));
  return leave;
}

Instant next_digest(const Receiver& receiver, Instant first) {
  auto zone = Calendar::make(receiver.timezone);
  if (!zone) zone = Calendar::make("UTC");
  return zone ? zone->next(receiver.digest_at, std::nullopt, first) : first + 24h;
}

std::string print_of(const Alert& alert) {
  std::string said = alert.kind() + '\n' + alert.headline() + '\n' + std::to_string(alert.ads_total());
  std::vector<std::string> ads(alert.ads().begin(), alert.ads().end());
  std::sort(ads.begin(), ads.end());
  for (const auto& ad : ads) said += '\n' + ad;
  for (const auto& ad : alert.new_ads()) said += "\nnew " + ad;
  for (const Reason& r : alert.reasons()) said += '\n' + r.indicator() + '\t' + r.text() + '\t' + r.ad() + '\t' + r.quote();
  for (const Counter& c : alert.counter()) said += '\n' + c.indicator() + '\t' + c.text();
  for (const AdBrief& b : alert.briefs()) {
    said += '\n' + b.ad() + '\t' + b.state();
    for (const Change& c : b.changes()) {
      said += '\t' + c.field() + '\t' + fixed_bytes(c.before()) + '\t' + fixed_bytes(c.after());
    }
  }
  if (alert.has_health()) said += '\n' + alert.health().condition() + (alert.health().open() ? "" : " ended") + std::to_string(alert.health().since_ms());
  return alert.severity() + ':' + short_id(said);
}

std::string flood_site(const Alert& alert) {
  const bool waits = alert.kind() != "health" && !alert.bypass_digest() && !alert.restricted();
  return waits && alert.sites_size() > 0 ? alert.sites(0) : "";
}

bool tells_of_layout(const Alert& alert) {
  return alert.health().condition() == "layout" && alert.sites_size() > 0;
}

std::optional<Instant> damped_until(const Alert& alert, const Receiver& receiver, Instant now) {
  constexpr Millis kDay = 24h;
  int told = 0, rank = 0;
  std::optional<Instant> last;
  for (const Delivery& d : alert.deliveries()) {
    if (d.receiver() != receiver.name || d.message_id().empty() || d.reminder() > 0 || !d.has_at()) continue;
    const Instant at = from_timestamp(d.at());
    if (at <= now - kDay) continue;
    ++told;
    if (!last || at > *last) last = at;
    rank = std::max(rank, severity_rank(d.told().substr(0, d.told().find(':'))));
  }
  if (told < 2 || severity_rank(alert.severity()) > rank) return std::nullopt;
  // The receiver's own batch is the measure of what is often; without one a quarter of an hour is.
  Millis wait = receiver.batch_every > 0ms ? receiver.batch_every : Millis(15min);
  for (int i = 1; i < told && wait < kDay; ++i) wait *= 2;
  return *last + std::min(wait, kDay);
}

}  // namespace vigie::alerts
