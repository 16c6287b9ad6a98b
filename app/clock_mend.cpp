#include "app/clock_mend.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "crawler/crawl.h"

namespace vigie::app {
namespace {

constexpr std::int64_t kLongestWait = 100ll * 24 * 3600 * 1000;  // ms; the last look at what is gone comes after 90 days

/// How far a visit's place lies in the future without reason; 0: it does not.
std::int64_t too_far(const Visit& visit, std::int64_t now, std::int64_t slack) {
  if (visit.parked()) return 0;
  const bool from_ahead = visit.last_ms() > now + slack || (visit.last_ms() == 0 && visit.first_ms() > now + slack);
  if (!from_ahead && visit.due_ms() <= now + kLongestWait) return 0;
  const std::int64_t planned = from_ahead && visit.last_ms() > 0 ? visit.due_ms() - visit.last_ms() : visit.interval_ms();
  const std::int64_t due = now + std::clamp<std::int64_t>(planned > 0 ? planned : visit.interval_ms(), 0, kLongestWait);
  return std::max<std::int64_t>(0, visit.due_ms() - due);
}

bool suspect(const HostRecord& host, std::int64_t limit) {
  return host.next_allowed_ms() > limit || host.state_since_ms() > limit || host.robots().fetched_ms() > limit;
}

/// `ahead`: how far ahead the clock was, as far as pages of the host tell.
HostRecord mended(HostRecord host, std::int64_t ahead, std::int64_t now, std::int64_t slack) {
  if (host.next_allowed_ms() > now + slack) host.set_next_allowed_ms(std::max(now + host.pace_ms(), host.next_allowed_ms() - ahead));
  if (host.state_since_ms() > now + slack) {
    if (host.blocked_until_ms() > 0) host.set_blocked_until_ms(std::max(now, host.blocked_until_ms() - ahead));
    host.set_state_since_ms(now);
  }
  if (host.robots().fetched_ms() > now + slack) {
    host.mutable_robots()->set_fetched_ms(now);
    host.mutable_robots()->set_expires_ms(now);
  }
  host.set_revision(host.revision() + 1);
  return host;
}

}  // namespace

Result<int> mend_schedule(storage::Store& store, const Config& config, Instant now) {
  const std::int64_t wall = to_ms(now), slack = kClockAhead.count();
  auto hosts = store.hosts();
  if (!hosts) return std::move(hosts).error();
  std::map<std::string, HostRecord> doubtful;
  for (auto& each : *hosts) {
    const bool far = each.earliest && to_ms(*each.earliest) > wall + kLongestWait;
    if (far || suspect(each.host, wall + slack)) doubtful.emplace(each.host.host(), std::move(each.host));
  }
  if (doubtful.empty()) return 0;

  int moved = 0;
  std::map<std::string, std::int64_t> ahead;
  for (const auto& site : config.sites) {
    const bool concerned = std::any_of(site.hosts().begin(), site.hosts().end(), [&](const auto& h) { return doubtful.contains(crawler::politeness_key(h)); });
    if (!concerned) continue;
    std::vector<Visit> late;
    const auto walked = store.each_visit(site.site(), [&](const Visit& visit) {
      if (visit.last_ms() > wall + slack) ahead[visit.host()] = std::max(ahead[visit.host()], visit.last_ms() - wall);
      if (const auto by = too_far(visit, wall, slack); by > 0) {
        late.push_back(visit);
        late.back().set_due_ms(visit.due_ms() - by);
      }
      return true;
    });
    if (!walked) return walked.error();
    for (const auto& visit : late) {
      if (auto done = store.put_visit(visit); !done) return std::move(done).error();
      ++moved;
    }
  }
  for (auto& [name, host] : doubtful) {
    if (!ahead.contains(name)) continue;
    if (auto done = store.put_host(mended(std::move(host), ahead[name], wall, slack)); !done) return std::move(done).error();
  }
  return moved;
}

}  // namespace vigie::app
