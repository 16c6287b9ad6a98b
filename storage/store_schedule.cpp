#include <algorithm>
#include <limits>

#include "core/hash.h"
#include "storage/rocks_store.h"

namespace vigie::storage {

namespace {

constexpr int kLowestPriority = 7;  // a row of another would never be looked for

bool scheduled(const Visit& visit) { return !visit.parked(); }

std::string sched_key_of(const Visit& visit) {
  return sched_key(visit.host(), visit.priority(), visit.due_ms(), visit.url());
}

struct Slot {
  std::uint64_t priority = 0;
  std::int64_t due_ms = 0;
  std::string url;
};

std::optional<Slot> read_slot(std::string_view key, std::size_t prefix) {
  KeyReader reader(key.substr(prefix));
  Slot slot;
  slot.priority = reader.u8();
  slot.due_ms = static_cast<std::int64_t>(reader.u64());
  slot.url = reader.rest();
  if (!reader.ok()) return std::nullopt;
  return slot;
}

std::string slots_of(std::string_view host, int priority) { return Key().s(host).u8(static_cast<std::uint64_t>(priority)).str(); }

/// Walks the slots of a host with due <= until, priority by priority. `each` answers false when it has enough of this
/// priority.
Status each_slot(Engine& engine, std::string_view host, std::int64_t until_ms, const std::function<bool(const Slot&)>& each) {
  const auto prefix = Key().s(host).str();
  for (int priority = 0; priority <= kLowestPriority; ++priority) {
    const auto walked = engine.scan_queue(Family::sched, slots_of(host, priority), [&](std::string_view key, std::string_view) {
      const auto slot = read_slot(key, prefix.size());
      return !slot || (slot->due_ms <= until_ms && each(*slot));  // check() names one that cannot be read
    });
    if (!walked) return walked;
  }
  return {};
}

Result<std::optional<Instant>> earliest_of(Engine& engine, std::string_view host) {
  const auto prefix = Key().s(host).str();
  std::vector<std::string> queues;
  for (int priority = 0; priority <= kLowestPriority; ++priority) queues.push_back(slots_of(host, priority));
  auto firsts = engine.first_of(Family::sched, queues);
  if (!firsts) return std::move(firsts).error();
  std::optional<std::int64_t> earliest;
  for (const auto& key : *firsts) {
    const auto slot = key.empty() ? std::nullopt : read_slot(key, prefix.size());
    if (slot) earliest = std::min(earliest.value_or(slot->due_ms), slot->due_ms);
  }
  if (!earliest) return std::optional<Instant>{};
  return std::optional<Instant>(from_ms(*earliest));
}

}  // namespace

Result<std::optional<Visit>> get_visit_head(View& view, std::string_view url) {
  auto row = view.get(Family::visit, visit_key(url));
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<Visit>{};
  auto head = visit_head(**row);
  if (!head) return fail(Errc::corrupt, "visit: a stored record cannot be read");
  return head;
}

Status place_visit(Transaction& t, const std::optional<Visit>& before, Visit visit, bool leased) {
  if (!visit.has_shard()) visit.set_shard(shard_of(visit.host()));
  if (visit.priority() < 0 || visit.priority() > kLowestPriority) return fail(Errc::malformed, "a visit of priority " + std::to_string(visit.priority()));
  if (before && scheduled(*before) && !leased) {
    if (auto done = t.erase(Family::sched, sched_key_of(*before)); !done) return done;
  }
  if (before && before->site() != visit.site()) {
    if (auto done = t.erase(Family::visit, site_visit_key(before->site(), visit.url())); !done) return done;
  }
  if (!before || before->site() != visit.site()) {
    if (auto done = t.put(Family::visit, site_visit_key(visit.site(), visit.url()), ""); !done) return done;
  }
  if (!before) t.count(Tally::visits, 1);
  if (scheduled(visit) && !leased) {
    if (auto done = t.put(Family::sched, sched_key_of(visit), ""); !done) return done;
  }
  return put_message(t, Family::visit, visit_key(visit.url()), visit);
}

Result<bool> discover_visit(Transaction& t, const Visit& visit) {
  if (visit.url().empty()) return fail(Errc::malformed, "discover: a visit without URL");
  auto known = t.get(Family::visit, visit_key(visit.url()));
  if (!known) return std::move(known).error();
  if (*known) return false;
  if (auto placed = place_visit(t, std::nullopt, visit, false); !placed) return std::move(placed).error();
  return true;
}

Status move_visit(Transaction& t, const Visit& visit) {
  auto before = get_visit_head(t, visit.url());
  if (!before) return std::move(before).error();
  if (!*before) return fail(Errc::not_found, "visit: " + visit.url());
  // A completion came between the caller's reading and this writing: its outcome must not be undone.
  if ((*before)->generation() != visit.generation()) return fail(Errc::conflict, "visit changed: " + visit.url());
  auto lease = t.get(Family::lease, visit.url());
  if (!lease) return std::move(lease).error();
  return place_visit(t, *before, visit, lease->has_value());
}

Status write_host(Transaction& t, HostRecord host) {
  if (!host.has_shard()) host.set_shard(shard_of(host.host()));
  auto known = t.get(Family::host, host_key(host.host()));
  if (!known) return std::move(known).error();
  if (*known) {
    if (host_revision(**known) > host.revision()) return {};
  } else {
    t.count(Tally::hosts, 1);
  }
  if (host.robots().has_body()) {
    if (auto done = t.put(Family::host, robots_key(host.host()), host.robots().body()); !done) return done;
    host.mutable_robots()->clear_body();
  }
  return put_message(t, Family::host, host_key(host.host()), host);
}

namespace {

Status lease_visit(Transaction& t, const Lease& lease) {
  auto visit = get_visit_head(t, lease.url());
  if (!visit) return std::move(visit).error();
  if (!*visit) return fail(Errc::not_found, "lease: " + lease.url());
  auto held = t.get(Family::lease, lease.url());
  if (!held) return std::move(held).error();
  if (*held) return fail(Errc::conflict, "already leased: " + lease.url());
  if (scheduled(**visit)) {
    if (auto done = t.erase(Family::sched, sched_key_of(**visit)); !done) return done;
  }
  return put_message(t, Family::lease, lease.url(), lease);
}

}  // namespace

Result<std::vector<HostDue>> RocksStore::hosts() {
  std::vector<HostDue> found;
  const auto walked = scan_messages<HostRecord>(*engine_, Family::host, host_key(""), [&](std::string_view, HostRecord& host) {
    found.push_back({std::move(host), std::nullopt});
    return true;
  });
  if (!walked) return std::move(walked).error();
  for (auto& each : found) {
    auto earliest = earliest_of(*engine_, each.host.host());
    if (!earliest) return std::move(earliest).error();
    each.earliest = *earliest;
    if (!each.host.has_robots()) continue;
    auto body = engine_->get(Family::host, robots_key(each.host.host()));
    if (!body) return std::move(body).error();
    if (*body) each.host.mutable_robots()->set_body(**std::move(body));
  }
  return found;
}

Status RocksStore::put_host(const HostRecord& host) {
  return engine_->write(Durability::synced, [&](Transaction& t) { return write_host(t, host); });
}

Result<int> RocksStore::discover(const std::vector<Visit>& visits) {
  int added = 0;
  const auto written = engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    added = 0;
    for (const auto& visit : visits) {
      auto fresh = discover_visit(t, visit);
      if (!fresh) return std::move(fresh).error();
      added += *fresh ? 1 : 0;
    }
    return {};
  });
  if (!written) return std::move(written).error();
  return added;
}

Status RocksStore::put_visit(const Visit& visit) {
  return engine_->write(Durability::synced, [&](Transaction& t) { return move_visit(t, visit); });
}

Result<std::vector<Visit>> RocksStore::due(std::string_view host, Instant until, std::size_t limit) {
  if (limit == 0) return std::vector<Visit>{};
  // The oldest of every priority come along, so that whoever waits low can age; the rest goes by priority.
  const auto share = std::max<std::size_t>(1, limit / 8);
  std::vector<Slot> slots;
  std::size_t of_this = 0;
  const auto walked = each_slot(*engine_, host, to_ms(until), [&](const Slot& slot) {
    of_this = !slots.empty() && slots.back().priority == slot.priority ? of_this + 1 : 1;
    slots.push_back(slot);
    return of_this < limit;
  });
  if (!walked) return std::move(walked).error();
  std::vector<std::string> urls;
  std::size_t over = slots.size() > limit ? slots.size() - limit : 0;
  for (std::size_t end = slots.size(), begin = end; end > 0; end = begin) {  // the lowest priority gives up first
    while (begin > 0 && slots[begin - 1].priority == slots[end - 1].priority) --begin;
    const auto drop = std::min(over, end - begin - std::min(share, end - begin));
    slots.erase(slots.begin() + static_cast<std::ptrdiff_t>(end - drop), slots.begin() + static_cast<std::ptrdiff_t>(end));
    over -= drop;
  }
  for (std::size_t i = 0; i < std::min(limit, slots.size()); ++i) urls.push_back(std::move(slots[i].url));
  std::vector<Visit> visits;
  visits.reserve(urls.size());
  for (const auto& url : urls) {
    auto found = visit(url);
    if (!found) return std::move(found).error();
    if (*found) visits.push_back(**std::move(found));
  }
  return visits;
}

Result<std::int64_t> RocksStore::count_due(std::string_view host, Instant until, std::int64_t most) {
  std::int64_t count = 0;
  const auto walked = each_slot(*engine_, host, to_ms(until), [&](const Slot&) { return ++count < most; });
  if (!walked) return std::move(walked).error();
  return std::min(count, most);
}

Result<std::optional<Instant>> RocksStore::earliest_due(std::string_view host) { return earliest_of(*engine_, host); }

Result<std::optional<Visit>> RocksStore::visit(std::string_view url) {
  return get_message<Visit>(*engine_, Family::visit, visit_key(url));
}

Status RocksStore::each_visit(std::string_view site, const std::function<bool(const Visit&)>& each) {
  const auto prefix = Key('s').s(site).str();
  Status bad;
  const auto walked = engine_->scan_prefix(Family::visit, prefix, [&](std::string_view key, std::string_view) {
    auto found = visit(key.substr(prefix.size()));
    if (!found) {
      bad = std::move(found).error();
      return false;
    }
    return !*found || each(**found);
  });
  return walked ? bad : walked;
}

Status RocksStore::lease(const Lease& lease, const HostRecord& host) { return std::move(lease_all({{lease, host}}).front()); }

std::vector<Status> RocksStore::lease_all(const std::vector<std::pair<Lease, HostRecord>>& leases) {
  std::vector<Engine::Fact> facts;
  facts.reserve(leases.size());
  for (const auto& row : leases) {
    facts.emplace_back([&row](Transaction& t) -> Status {
      if (!row.first.url().empty()) {
        if (auto done = lease_visit(t, row.first); !done) return done;
      }
      return write_host(t, row.second);
    });
  }
  return engine_->write_all(Durability::unsynced, facts);
}

Result<int> RocksStore::recover_leases(std::int64_t run, Instant now) {
  int recovered = 0;
  const auto written = engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    recovered = 0;
    std::vector<std::string> urls;
    const auto walked = scan_messages<Lease>(t, Family::lease, "", [&](std::string_view key, const Lease& lease) {
      if (lease.run() < run) urls.emplace_back(key);
      return true;
    });
    if (!walked) return walked;
    for (const auto& url : urls) {
      if (auto done = t.erase(Family::lease, url); !done) return done;
      auto visit = get_message<Visit>(t, Family::visit, visit_key(url));
      if (!visit) return std::move(visit).error();
      if (!*visit) continue;
      auto back = **visit;
      // Spread over 30 s to 5 min, the same for the same URL, so that no restart is a storm; a page that is looked at
      // more often than that waits no longer than between two of its visits.
      const auto rest = 30'000 + static_cast<std::int64_t>(hash64(url) % 270'000);
      back.set_due_ms(to_ms(now) + ((*visit)->interval_ms() > 0 ? std::min(rest, (*visit)->interval_ms()) : rest));
      auto left = back;
      left.set_parked(true);  // its row went with the lease
      if (auto done = place_visit(t, left, back, false); !done) return done;
      ++recovered;
    }
    return {};
  });
  if (!written) return std::move(written).error();
  return recovered;
}

}  // namespace vigie::storage
