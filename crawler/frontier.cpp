#include "crawler/frontier.h"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace vigie::crawler {

namespace {

constexpr std::uint32_t kSlotsForDeep = 10;  // every tenth slot of a host is kept for priorities 6 and 7
constexpr std::uint32_t kSlotsForOldest = 5;  // every fifth for what waits longest
constexpr int kDeep = 6, kUrgent = 1;

int aged_priority(const Visit& visit, Instant now) {
  const auto overdue = to_ms(now) - visit.due_ms();
  const auto steps = std::clamp<std::int64_t>(overdue / Frontier::kAgeing.count(), 0, 7);
  return std::max(std::min(visit.priority(), Frontier::kAgedBest), visit.priority() - static_cast<int>(steps));
}

}  // namespace

Frontier::Host* Frontier::find(const std::string& host) {
  const auto at = hosts_.find(host);
  return at == hosts_.end() ? nullptr : at->second.get();
}
const Frontier::Host* Frontier::find(const std::string& host) const {
  const auto at = hosts_.find(host);
  return at == hosts_.end() ? nullptr : at->second.get();
}

/// Buffered addresses go on at the host's pace. With an empty buffer the store is asked, but only once all that was
/// handed out is committed: until then the store would give the same addresses again.
std::optional<Instant> Frontier::first_due(const Host& host) {
  std::optional<Instant> due;
  for (const auto& visit : host.buffer) {
    const auto at = from_ms(visit.due_ms());
    if (!due || at < *due) due = at;
  }
  if (host.uncommitted == 0 && host.store_due && (!due || *host.store_due < *due)) due = host.store_due;
  return due;
}

std::optional<Instant> Frontier::ready_at(const Host& host) {
  const auto due = first_due(host);
  if (!due) return std::nullopt;
  return std::max(*due, host.not_before);
}

void Frontier::enqueue(Host& host) {
  if (host.queued) queue_.erase({*host.queued, &host});
  host.queued.reset();
  if (host.out || host.waits_for_domain) return;
  const auto at = ready_at(host);
  if (!at) return;
  host.queued = at;
  queue_.insert({*at, &host});
}

void Frontier::set_gate(const std::string& name, const std::string& domain, Instant not_before) {
  auto& slot = hosts_[name];
  if (!slot) {
    slot = std::make_unique<Host>();
    slot->name = name;
    slot->domain = domain;
  }
  slot->not_before = not_before;
  enqueue(*slot);
}

void Frontier::add_due(const std::string& name, Instant earliest) {
  Host* host = find(name);
  if (!host) return;
  if (!host->store_due || earliest < *host->store_due) host->store_due = earliest;
  host->stale = true;
  enqueue(*host);
}

std::optional<std::string> Frontier::next(Instant now) {
  while (!queue_.empty() && queue_.begin()->first <= now) {
    Host& host = *queue_.begin()->second;
    queue_.erase(queue_.begin());
    host.queued.reset();
    auto& domain = domains_[host.domain];
    if (domain.out >= kPerDomain) {
      host.waits_for_domain = true;
      domain.waiting.push_back(&host);
      continue;
    }
    ++domain.out;
    host.out = true;
    return host.name;
  }
  return std::nullopt;
}

std::optional<Instant> Frontier::wake_at() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

bool Frontier::wants_fill(const std::string& name) const {
  const Host* host = find(name);
  return host && host->uncommitted == 0 && (host->buffer.empty() || host->stale);
}

void Frontier::asking(const std::string& name) {
  Host* host = find(name);
  if (!host) return;
  host->asked = true;
  host->stale = false;
  host->store_due.reset();
}

void Frontier::fill(const std::string& name, std::vector<Visit> visits, std::optional<Instant> later) {
  Host* host = find(name);
  if (!host) return;
  if (visits.size() > kPrefetch) visits.resize(kPrefetch);
  host->buffer = std::move(visits);
  if (!std::exchange(host->asked, false) || !host->stale) {
    host->store_due = later;
    host->stale = false;
  } else if (later && (!host->store_due || *later < *host->store_due)) {
    host->store_due = later;
  }
  enqueue(*host);
}

std::optional<Visit> Frontier::take(const std::string& name, Instant now) {
  Host* host = find(name);
  if (!host) return std::nullopt;
  const bool deep_slot = host->taken % kSlotsForDeep == kSlotsForDeep - 1;
  const bool oldest_slot = !deep_slot && host->taken % kSlotsForOldest == kSlotsForOldest - 1;
  const auto rank = [&](const Visit& v) {
    const int turn = v.priority() <= kUrgent ? 0 : deep_slot && v.priority() >= kDeep ? 1 : 2;
    const int aged = aged_priority(v, now);
    return std::make_tuple(turn, oldest_slot && turn > 0 ? 0 : aged, v.due_ms(), aged);
  };
  auto best = host->buffer.end();
  for (auto at = host->buffer.begin(); at != host->buffer.end(); ++at) {
    if (from_ms(at->due_ms()) > now) continue;
    if (best == host->buffer.end() || rank(*at) < rank(*best)) best = at;
  }
  if (best == host->buffer.end()) return std::nullopt;
  ++host->taken;
  std::optional<Visit> visit(std::move(*best));
  host->buffer.erase(best);
  return visit;
}

void Frontier::put_back(const std::string& name, Visit visit) {
  if (Host* host = find(name)) host->buffer.push_back(std::move(visit));
}

void Frontier::leave_domain(Host& host) {
  const auto at = domains_.find(host.domain);
  assert(at != domains_.end() && at->second.out > 0);
  --at->second.out;
  if (!at->second.waiting.empty()) {
    Host* waiting = at->second.waiting.front();
    at->second.waiting.pop_front();
    waiting->waits_for_domain = false;
    enqueue(*waiting);
  } else if (at->second.out == 0) {
    domains_.erase(at);
  }
}

void Frontier::release(const std::string& name, Instant not_before) {
  Host* host = find(name);
  if (!host || !host->out) return;
  host->out = false;
  host->not_before = not_before;
  leave_domain(*host);
  enqueue(*host);
}

void Frontier::handed_over(const std::string& name) {
  if (Host* host = find(name)) {
    ++host->uncommitted;
    ++uncommitted_;
  }
}

void Frontier::committed(const std::string& name, std::optional<Instant> earliest) {
  Host* host = find(name);
  if (!host) return;
  if (host->uncommitted > 0) {
    --host->uncommitted;
    --uncommitted_;
  }
  host->store_due = earliest;
  enqueue(*host);
}

bool Frontier::anything_due(Instant now, Millis grace, const std::function<bool(const std::string&)>& held) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& entry) {
    const Host& host = *entry.second;
    if (host.out) return true;
    if (host.not_before > now + grace || held(host.name)) return false;
    const auto due = first_due(host);
    return due && *due <= now;
  });
}

}  // namespace vigie::crawler
