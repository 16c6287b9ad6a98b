#include <algorithm>
#include <map>

#include "core/hash.h"
#include "core/time.h"
#include "storage/links.h"
#include "storage/rocks_store.h"

namespace vigie::storage {

namespace {

constexpr std::size_t kMostHubUsers = 1024;   // whose groups are looked at again when a value proves to be a hub
constexpr std::size_t kMostInGroup = 500;     // ads of one group
constexpr std::size_t kRebuildBatch = 256;

std::string network_key(std::string_view id) { return Key('n').rest(id).str(); }
std::string member_key(std::string_view ad) { return Key('a').rest(ad).str(); }
std::string doubt_key(std::string_view ad) { return Key('q').rest(ad).str(); }

/// What is stored, with `extra` uses as if they were: all uses of an ad in it replace what is stored of that ad.
Neighbours neighbours_of(RocksStore& store, const std::vector<ContactUse>& extra) {
  std::map<std::string, std::vector<ContactUse>> by_ad;
  for (const auto& use : extra) by_ad[use.ad()].push_back(use);
  std::map<std::string, AdvertPtr> fresh;
  for (auto& [ad, uses] : by_ad) fresh.emplace(ad, store.advert_now(ad, std::move(uses)));
  Neighbours n;
  n.decisions_of = [&store](const std::string& ad) { return store.decisions(ad); };
  n.of_ad = [&store, fresh](const std::string& ad) -> Result<AdvertPtr> {
    const auto own = fresh.find(ad);
    return own != fresh.end() ? Result<AdvertPtr>(own->second) : store.advert(ad);
  };
  n.of_contact = [&store, fresh](const std::string& contact) -> Result<std::shared_ptr<const Users>> {
    auto stored = store.users(contact);
    if (!stored || fresh.empty()) return stored;
    const auto uses = [&](const Advert& advert) { return std::find(advert.contacts.begin(), advert.contacts.end(), contact) != advert.contacts.end(); };
    auto all = std::make_shared<Users>(**stored);
    std::erase_if(all->newest, [&](const AdvertPtr& user) { return fresh.contains(user->ad); });
    for (const auto& one : fresh) {
      if (uses(*one.second)) all->newest.push_back(one.second);
    }
    std::sort(all->newest.begin(), all->newest.end(), [](const AdvertPtr& a, const AdvertPtr& b) { return newer(*a, *b); });
    return std::shared_ptr<const Users>(std::move(all));
  };
  return n;
}

/// Doubt spreads from a group to those that it has left or joined, and no further than this: two ads that see their
/// surroundings differently must not wake each other for ever.
constexpr int kMostSpread = 2;

Status doubt(Transaction& t, std::string_view ad, int spread) {
  if (spread > kMostSpread) return {};
  return t.put(Family::link, doubt_key(ad), Key().u8(static_cast<std::uint64_t>(spread)).str());
}

/// Without a tombstone for every member of every group that is written: queues are walked over them.
Status answer_doubt(Transaction& t, std::string_view ad) {
  if (t.nothing_queued("q")) return {};
  auto waits = t.get(Family::link, doubt_key(ad));
  if (!waits) return std::move(waits).error();
  return *waits ? t.erase(Family::link, doubt_key(ad)) : Status{};
}

/// Takes ads out of the record of a network that they have left; the rest of it has to be looked at again.
Status leave(Transaction& t, const std::string& id, const std::set<std::string>& left, int spread) {
  auto network = get_message<Network>(t, Family::link, network_key(id));
  if (!network || !*network) return network ? Status{} : Status(std::move(network).error());
  auto& ads = *(*network)->mutable_ads();
  ads.erase(std::remove_if(ads.begin(), ads.end(), [&](const std::string& ad) { return left.contains(ad); }), ads.end());
  for (const auto& ad : ads) {
    if (auto done = doubt(t, ad, spread); !done) return done;
  }
  if (!ads.empty()) return put_message(t, Family::link, network_key(id), **network);
  for (const auto& taken : (*network)->merged()) {
    if (auto done = t.erase(Family::link, Key('g').rest(taken).str()); !done) return done;
  }
  return t.erase(Family::link, network_key(id));
}

/// A value that ties less from now on, or nothing (a hub): the groups of all who use it are in doubt, once each.
Status doubt_users_of(Transaction& t, const std::string& hub, bool nothing, int spread) {
  const auto mark = Key('h').rest(hub).str();
  auto known = t.get(Family::link, mark);
  if (!known) return std::move(known).error();
  if (*known && ((*known)->empty() || !nothing)) return {};
  if (auto done = t.put(Family::link, mark, nothing ? "" : "w"); !done) return done;
  const auto colon = hub.find(':');
  const auto prefix = contact_prefix(hub.substr(0, colon), hub.substr(colon + 1));
  std::vector<std::string> ads;
  const auto walked = t.scan_prefix(Family::contact, prefix, [&](std::string_view key, std::string_view) {
    KeyReader reader(key.substr(prefix.size()));
    (void)reader.u64();
    ads.push_back(reader.s());
    return ads.size() < kMostHubUsers;
  });
  if (!walked) return walked;
  std::set<std::string> groups;
  for (const auto& ad : ads) {
    auto group = network_id_of(t, ad);
    if (!group) return std::move(group).error();
    if (group->empty() || !groups.insert(*group).second) continue;  // one answers for all of its group
    if (auto done = doubt(t, ad, spread); !done) return done;
  }
  return {};
}

}  // namespace

Result<std::string> network_id_of(View& view, std::string_view ad) {
  auto row = view.get(Family::link, member_key(ad));
  if (!row) return std::move(row).error();
  if (!*row) return std::string{};
  auto taken = view.get(Family::link, Key('g').rest(**row).str());
  if (!taken) return std::move(taken).error();
  return *taken ? **taken : **row;
}

Status write_network(Transaction& t, Network network, int spread) {
  if (network.id().empty()) return fail(Errc::malformed, "a network without id");
  const auto key = network_key(network.id());
  auto before = get_message<Network>(t, Family::link, key);
  if (!before) return std::move(before).error();
  if (!network.has_shard()) network.set_shard(shard_of(network.id()));
  const std::set<std::string> members(network.ads().begin(), network.ads().end());
  const std::set<std::string> merged(network.merged().begin(), network.merged().end());
  std::set<std::string> standing;  // whose rows are as they should be
  if (*before) standing.insert((*before)->ads().begin(), (*before)->ads().end());
  std::map<std::string, std::set<std::string>> left;  // other networks -> ads that are here now
  for (const auto& ad : members) {
    if (auto done = answer_doubt(t, ad); !done) return done;
    if (standing.contains(ad)) continue;
    auto owner = network_id_of(t, ad);
    if (!owner) return std::move(owner).error();
    if (!owner->empty() && *owner != network.id() && !merged.contains(*owner)) left[*owner].insert(ad);
  }
  for (const auto& [id, ads] : left) {
    if (auto done = leave(t, id, ads, spread); !done) return done;
  }
  if (*before) {
    if ((*before)->has_first_ms()) network.set_first_ms((*before)->first_ms());
    for (const auto& ad : (*before)->ads()) {
      if (members.contains(ad)) continue;
      auto owner = t.get(Family::link, member_key(ad));
      if (!owner) return std::move(owner).error();
      if (*owner != network.id()) continue;
      if (auto done = t.erase(Family::link, member_key(ad)); !done) return done;
      if (auto done = doubt(t, ad, spread); !done) return done;
    }
  }
  for (const auto& [names, nothing] : {std::pair(&network.hubs(), true), std::pair(&network.silent(), true), std::pair(&network.weak(), false)}) {
    for (const auto& name : *names) {
      if (auto done = doubt_users_of(t, name, nothing, spread); !done) return done;
    }
  }
  for (const auto& name : network.strong()) {  // should it say less again, that is news
    const auto mark = Key('h').rest(name).str();
    auto known = t.get(Family::link, mark);
    if (!known) return std::move(known).error();
    if (!*known) continue;
    if (auto done = t.erase(Family::link, mark); !done) return done;
  }
  network.clear_strong();
  network.clear_weak();  // known by their marks from now on
  network.clear_silent();
  if (members.size() < 2) {  // alone: absent
    for (const auto& ad : members) {
      if (auto done = t.erase(Family::link, member_key(ad)); !done) return done;
    }
    return *before ? t.erase(Family::link, key) : Status{};
  }
  for (const auto& ad : members) {
    if (standing.contains(ad)) continue;
    if (auto done = t.put(Family::link, member_key(ad), network.id()); !done) return done;
  }
  for (const auto& taken : merged) {
    if (taken == network.id()) continue;
    if (auto done = t.put(Family::link, Key('g').rest(taken).str(), network.id()); !done) return done;
    if (auto done = t.erase(Family::link, network_key(taken)); !done) return done;
  }
  if (auto done = t.erase(Family::link, Key('g').rest(network.id()).str()); !done) return done;
  return put_message(t, Family::link, key, network);
}

Result<Network> RocksStore::network(std::string_view ad, const std::vector<ContactUse>& extra, std::size_t limit) {
  auto reached = hands(std::string(ad), limit, neighbours_of(*this, extra));
  if (!reached) return std::move(reached).error();
  auto& network = reached->network;
  for (const auto& [from, to] : {std::pair(&reached->strong, network.mutable_strong()), std::pair(&reached->weak, network.mutable_weak()),
                                 std::pair(&reached->silent, network.mutable_silent())}) {
    for (const auto& name : *from) {
      const auto colon = name.find(':');
      const auto* names = names_of(std::string_view(name).substr(0, colon));
      for (const auto& value : names ? names->all(name.substr(colon + 1)) : std::vector{name.substr(colon + 1)}) *to->Add() = name.substr(0, colon + 1) + value;
    }
  }
  std::map<std::string, int> inside;  // stored networks -> how many of their ads are here
  std::map<std::string, std::optional<Network>> networks;
  std::map<std::string, std::string, std::less<>> owners;  // of the ads that these name
  for (const auto& member : network.ads()) {
    if (const auto known = owners.find(member); known != owners.end()) {
      ++inside[known->second];
      continue;
    }
    auto id = network_id_of(*engine_, member);
    if (!id) return std::move(id).error();
    if (id->empty()) continue;
    ++inside[*id];
    if (networks.contains(*id)) continue;
    auto stored = get_message<Network>(*engine_, Family::link, network_key(*id));
    if (!stored) return std::move(stored).error();
    if (*stored) {
      for (const auto& named : (*stored)->ads()) owners.emplace(named, *id);
    }
    networks.emplace(*id, *std::move(stored));
  }
  std::map<std::string, std::int64_t> stored_ids;  // of those that go on here -> since when
  std::set<std::string> merged;
  for (const auto& [id, count] : inside) {
    const auto* stored = &networks.at(id);
    // A name stays with the greater part of those who bore it.
    if (*stored && 2 * count < (*stored)->ads_size()) continue;
    stored_ids[id] = *stored ? (*stored)->first_ms() : 0;
    if (*stored) merged.insert((*stored)->merged().begin(), (*stored)->merged().end());
  }
  const auto oldest = std::min_element(stored_ids.begin(), stored_ids.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  network.set_id(oldest == stored_ids.end() ? "g-" + short_id(reached->first) : oldest->first);
  for (const auto& one : stored_ids) merged.insert(one.first);
  merged.erase(network.id());
  for (const auto& id : merged) network.add_merged(id);
  if (oldest != stored_ids.end()) network.set_first_ms(oldest->second);
  return std::move(network);
}

Result<int> RocksStore::regroup(std::size_t limit) {
  std::vector<std::pair<std::string, int>> ads;
  const auto walked = engine_->scan_queue(Family::link, "q", [&](std::string_view key, std::string_view spread) {
    ads.emplace_back(key.substr(1), static_cast<int>(KeyReader(spread).u8()));
    return ads.size() < limit;
  });
  if (!walked) return walked.error();
  for (const auto& [ad, spread] : ads) {
    auto waits = engine_->get(Family::link, doubt_key(ad));
    if (!waits) return waits.error();
    if (!*waits) continue;  // one before it has answered for both
    auto now = network(ad, {}, kMostInGroup);
    if (!now) return std::move(now).error();
    // Derived, so it need not be synced: what is lost is in doubt again.
    const auto written = engine_->write(Durability::unsynced, [&, &id = ad, depth = spread](Transaction& t) -> Status {
      if (auto done = t.erase(Family::link, doubt_key(id)); !done) return done;
      return write_network(t, *now, depth + 1);
    });
    if (!written) return written.error();
  }
  return static_cast<int>(ads.size());
}

Status RocksStore::rebuild_groups() {
  std::vector<std::string> keys;
  for (const char* letter : {"n", "a", "g", "h", "q"}) {
    const auto walked = engine_->scan_prefix(Family::link, letter, [&](std::string_view key, std::string_view) { return keys.emplace_back(key), true; });
    if (!walked) return walked;
  }
  std::vector<std::string> ads;
  const auto walked = engine_->scan_prefix(Family::ad, "a", [&](std::string_view key, std::string_view) { return ads.emplace_back(key.substr(1)), true; });
  if (!walked) return walked;
  // All in doubt in the batch that forgets, so that a stop on the way only leaves work to do.
  const auto forgotten = engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    for (const auto& key : keys) {
      if (auto done = t.erase(Family::link, key); !done) return done;
    }
    for (const auto& ad : ads) {
      if (auto done = doubt(t, ad, 0); !done) return done;
    }
    return {};
  });
  if (!forgotten) return forgotten;
  for (;;) {
    auto done = regroup(kRebuildBatch);
    if (!done) return done.error();
    if (*done == 0) return {};
  }
}

Result<std::vector<TieDecision>> RocksStore::decisions(std::string_view ad) {
  std::vector<TieDecision> found;
  if (!any_decision_) return found;
  const auto walked = scan_messages<TieDecision>(*engine_, Family::link, Key('d').s(ad).str(), [&](std::string_view, TieDecision& decision) {
    found.push_back(std::move(decision));
    return true;
  });
  if (!walked) return std::move(walked).error();
  return found;
}

Status RocksStore::decide(const TieDecision& decision) {
  const auto& verdict = decision.verdict();
  if (verdict != "same" && verdict != "different" && verdict != "open") return fail(Errc::malformed, "a decision is same, different or open");
  if (decision.ad() == decision.other()) return fail(Errc::malformed, "an ad and itself");
  for (const auto* id : {&decision.ad(), &decision.other()}) {
    auto stored = ad(*id);
    if (!stored) return std::move(stored).error();
    if (!*stored) return fail(Errc::not_found, "no such ad: " + *id);
  }
  any_decision_ = true;
  const auto written = engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    // Under both ads, since either may be asked first.
    for (const auto& [one, two] : {std::pair(decision.ad(), decision.other()), std::pair(decision.other(), decision.ad())}) {
      const auto key = Key('d').s(one).rest(two).str();
      if (auto done = verdict == "open" ? t.erase(Family::link, key) : put_message(t, Family::link, key, decision); !done) return done;
      if (auto done = doubt(t, one, 0); !done) return done;
    }
    LogEntry entry;
    entry.set_at_ms(decision.at_ms());
    entry.set_operation("combination");
    entry.set_actor(decision.actor());
    entry.set_object(verdict + ": " + decision.ad() + "," + decision.other());
    entry.set_reason(decision.reason());
    return write_log(t, {entry});
  });
  if (!written) return written;
  for (;;) {
    auto done = regroup(64);
    if (!done) return done.error();
    if (*done == 0) return {};
  }
}

}  // namespace vigie::storage
