#include <algorithm>
#include <map>

#include "core/hash.h"
#include "core/time.h"
#include "storage/links.h"
#include "storage/rocks_store.h"
#include "storage/sketch.h"

namespace vigie::storage {

namespace {

constexpr std::size_t kCommonFrom = 2000;   // ads under one band key: a common phrase
constexpr std::size_t kMostEqual = 256;     // ads of equal text that are looked at
constexpr std::size_t kMostTies = 1000;     // per contact, when one ad is explained
constexpr double kLeastJaccard = 0.45, kLeastJaccardLong = 0.40, kLeastContainment = 0.8;
constexpr int kContainmentFrom = 30, kShortText = 12, kLongText = 60;  // shingles

/// Rows that lead to an ad by its text; they follow from the sketch alone, so that they can be taken back.
std::vector<std::string> sketch_rows(const Sketch& sketch, std::string_view ad) {
  std::vector<std::string> rows;
  for (const auto& band : band_keys(sketch)) rows.push_back(Key('b').rest(band).rest(ad).str());
  if (!sketch.exact().empty()) rows.push_back(Key('e').rest(sketch.exact()).rest(ad).str());
  if (!sketch.masked().empty()) rows.push_back(Key('m').rest(sketch.masked()).rest(ad).str());
  return rows;
}

bool near(const Sketch& a, const Sketch& b, double j, double c) {
  const int smaller = std::min(a.shingles(), b.shingles());
  // A few words are everybody's: only the same words tie.
  if (smaller < kShortText) return a.masked() == b.masked();
  // In a long text 0.40 is far more than strangers share, and every tenth word replaced leaves no more than 0.57.
  return j >= (smaller >= kLongText ? kLeastJaccardLong : kLeastJaccard) || (c >= kLeastContainment && smaller >= kContainmentFrom);
}

Similar similar_of(const StoredAd& stored, double j, double c) {
  Similar similar;
  const auto& ad = stored.ad();
  similar.set_ad(ad.ad());
  similar.set_jaccard(j);
  similar.set_containment(c);
  for (const auto& contact : ad.contacts()) similar.add_contacts(contact.kind() + ":" + contact.value());
  similar.set_site(ad.site());
  similar.set_family(ad.family());
  similar.set_name(ad.name());
  similar.set_first_ms(stored.first_ms());
  similar.set_last_ms(stored.last_ms());
  return similar;
}

/// What is stored, with `extra` uses as if they were: all uses of an ad in it replace what is stored of that ad.
Neighbours neighbours_of(RocksStore& store, const std::vector<ContactUse>& extra) {
  std::map<std::string, std::vector<ContactUse>> by_ad;
  for (const auto& use : extra) by_ad[use.ad()].push_back(use);
  std::map<std::string, AdvertPtr> fresh;
  for (const auto& [ad, uses] : by_ad) fresh.emplace(ad, advert_of(ad, uses));
  Neighbours n;
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

}  // namespace

Result<std::string> network_id_of(View& view, std::string_view ad) {
  auto row = view.get(Family::link, Key('a').rest(ad).str());
  if (!row) return std::move(row).error();
  if (!*row) return std::string{};
  auto taken = view.get(Family::link, Key('g').rest(**row).str());
  if (!taken) return std::move(taken).error();
  return *taken ? **taken : **row;
}

namespace {

void add_evidence(Link& link, const ContactUse& use) {
  auto& evidence = *link.add_evidence();
  evidence.set_ad(use.ad());
  evidence.set_field(use.field());
  *evidence.mutable_span() = use.span();
  evidence.set_quote(use.raw());
}

void set_dates(Link& link, std::int64_t first_ms, std::int64_t last_ms) {
  *link.mutable_first() = to_timestamp(from_ms(first_ms));
  *link.mutable_last() = to_timestamp(from_ms(last_ms));
}

Link link_of(std::string_view ad, std::string_view other, std::string_view kind, std::string_view value, double weight) {
  Link link;
  link.set_ad(std::string(ad));
  link.set_other(std::string(other));
  link.set_kind(std::string(kind));
  link.set_value(std::string(value));
  link.set_weight(weight);
  return link;
}

}  // namespace

Status replace_sketch(Transaction& t, const StoredAd* before, const StoredAd& after, const CommonBands& common) {
  const auto& id = after.ad().ad();
  std::set<std::string> old_rows, new_rows;
  if (before) {
    for (auto& row : sketch_rows(before->sketch(), id)) old_rows.insert(std::move(row));
  }
  if (before && before->sketch().SerializeAsString() == after.sketch().SerializeAsString()) return {};
  for (auto& row : sketch_rows(after.sketch(), id)) new_rows.insert(std::move(row));
  for (const auto& row : old_rows) {
    if (new_rows.contains(row)) continue;
    if (auto done = t.erase(Family::sketch, row); !done) return done;
  }
  for (const auto& row : new_rows) {
    if (old_rows.contains(row)) continue;
    const auto band = std::string_view(row).substr(1, 9);
    if (row.front() == 'b' && common.contains(band)) {
      if (auto done = t.put(Family::sketch, Key('r').rest(band).str(), ""); !done) return done;
      continue;
    }
    if (auto done = t.put(Family::sketch, row, ""); !done) return done;
  }
  return {};
}

Status write_network(Transaction& t, Network network) {
  if (network.id().empty()) return fail(Errc::malformed, "a network without id");
  const auto key = Key('n').rest(network.id()).str();
  auto before = get_message<Network>(t, Family::link, key);
  if (!before) return std::move(before).error();
  if (!network.has_shard()) network.set_shard(shard_of(network.id()));
  if (*before) {
    if ((*before)->has_first_ms()) network.set_first_ms((*before)->first_ms());
    const std::set<std::string> members(network.ads().begin(), network.ads().end());
    for (const auto& ad : (*before)->ads()) {
      if (members.contains(ad)) continue;
      const auto row = Key('a').rest(ad).str();
      auto owner = t.get(Family::link, row);
      if (!owner) return std::move(owner).error();
      if (*owner != network.id()) continue;
      if (auto done = t.erase(Family::link, row); !done) return done;
    }
  }
  for (const auto& ad : network.ads()) {
    if (auto done = t.put(Family::link, Key('a').rest(ad).str(), network.id()); !done) return done;
  }
  for (const auto& taken : network.merged()) {
    if (taken == network.id()) continue;
    if (auto done = t.put(Family::link, Key('g').rest(taken).str(), network.id()); !done) return done;
    if (auto done = t.erase(Family::link, Key('n').rest(taken).str()); !done) return done;
  }
  return put_message(t, Family::link, key, network);
}

std::shared_ptr<const CommonBands> RocksStore::common_bands() {
  std::lock_guard lock(bands_mutex_);
  return common_bands_;
}

void RocksStore::retire_band(const std::string& key) {
  std::lock_guard lock(bands_mutex_);
  auto more = std::make_shared<CommonBands>(*common_bands_);
  more->insert(key);
  common_bands_ = std::move(more);
}

Status RocksStore::load_common_bands() {
  auto bands = std::make_shared<CommonBands>();
  const auto walked = engine_->scan_prefix(Family::sketch, "r", [&](std::string_view key, std::string_view) {
    bands->emplace(key.substr(1));
    return true;
  });
  std::lock_guard lock(bands_mutex_);
  common_bands_ = std::move(bands);
  return walked;
}

Result<std::vector<Similar>> RocksStore::similar(const Sketch& sketch, std::string_view self, std::size_t limit) {
  const auto common = common_bands();
  std::vector<std::string> prefixes;
  for (const auto& band : band_keys(sketch)) {
    if (!common->contains(band)) prefixes.push_back(Key('b').rest(band).str());
  }
  if (!sketch.exact().empty()) prefixes.push_back(Key('e').rest(sketch.exact()).str());
  if (!sketch.masked().empty()) prefixes.push_back(Key('m').rest(sketch.masked()).str());
  std::sort(prefixes.begin(), prefixes.end());
  std::vector<std::vector<std::string>> found(prefixes.size());
  const auto walked = engine_->scan_prefixes(Family::sketch, prefixes, kCommonFrom + 1, [&](std::size_t i, std::string_view key) {
    found[i].emplace_back(key.substr(prefixes[i].size()));
  });
  if (!walked) return std::move(walked).error();
  std::set<std::string> candidates;
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    if (prefixes[i].front() == 'b' && found[i].size() > kCommonFrom) {
      retire_band(prefixes[i].substr(1));
      continue;
    }
    if (prefixes[i].front() != 'b' && found[i].size() > kMostEqual) found[i].resize(kMostEqual);
    candidates.insert(found[i].begin(), found[i].end());
  }
  candidates.erase(std::string(self));
  std::vector<Similar> result;
  for (const auto& id : candidates) {
    auto stored = ad(id);
    if (!stored) return std::move(stored).error();
    if (!*stored) continue;
    const auto& other = (*stored)->sketch();
    const double j = jaccard(sketch, other), c = containment(sketch, other);
    if (near(sketch, other, j, c)) result.push_back(similar_of(**stored, j, c));
  }
  std::stable_sort(result.begin(), result.end(), [](const Similar& a, const Similar& b) {
    return std::pair(a.jaccard(), a.containment()) > std::pair(b.jaccard(), b.containment());
  });
  if (result.size() > limit) result.resize(limit);
  return result;
}

Result<AdvertPtr> RocksStore::advert(const std::string& ad) {
  auto uses = uses_of(ad);
  if (!uses) return std::move(uses).error();
  return advert_of(ad, *uses);
}

Result<std::shared_ptr<const Users>> RocksStore::users(const std::string& contact) {
  if (auto known = users_cache_.find(contact)) return known;
  const auto generation = users_cache_.generation();
  const auto colon = contact.find(':');
  std::vector<std::string> ads;
  const auto prefix = contact_prefix(contact.substr(0, colon), contact.substr(colon + 1));
  const auto walked = engine_->scan_prefix(Family::contact, prefix, [&](std::string_view key, std::string_view) {
    KeyReader reader(key.substr(prefix.size()));
    (void)reader.u64();
    ads.push_back(reader.s());
    return ads.size() <= kMostUsers;
  });
  if (!walked) return std::move(walked).error();
  auto users = std::make_shared<Users>();
  users->cut = ads.size() > kMostUsers;
  if (users->cut) ads.pop_back();
  for (const auto& ad : ads) {
    auto one = advert(ad);
    if (!one) return std::move(one).error();
    users->newest.push_back(*std::move(one));
  }
  std::shared_ptr<const Users> found = users;
  users_cache_.insert(contact, std::move(users), generation);
  return found;
}

Result<Network> RocksStore::network(std::string_view ad, const std::vector<ContactUse>& extra, std::size_t limit) {
  auto reached = reach(std::string(ad), limit, neighbours_of(*this, extra));
  if (!reached) return std::move(reached).error();
  auto& network = reached->network;
  std::map<std::string, std::int64_t> stored_ids;  // of networks that members are in -> since when
  std::set<std::string> merged;
  for (const auto& member : network.ads()) {
    auto id = network_id_of(*engine_, member);
    if (!id) return std::move(id).error();
    if (id->empty() || stored_ids.contains(*id)) continue;
    auto stored = get_message<Network>(*engine_, Family::link, Key('n').rest(*id).str());
    if (!stored) return std::move(stored).error();
    stored_ids[*id] = *stored ? (*stored)->first_ms() : 0;
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

namespace {

/// Ties of one ad by each of its contacts.
Status contact_links(RocksStore& store, const std::string& ad, const std::function<bool(const Link&)>& each, bool& more) {
  auto own = store.uses_of(ad);
  if (!own) return std::move(own).error();
  for (const auto& use : *own) {
    auto users = store.uses(use.kind(), use.value(), kMostTies);
    if (!users) return std::move(users).error();
    if (users->size() < 2) continue;
    const auto name = contact_name(use);
    auto known = store.users(name);
    if (!known) return std::move(known).error();
    const auto now = same_epoch(**known, name, use.first_ms());
    const auto weight = weigh(now, name).weight;
    std::set<std::string> near_in_time;
    for (const auto& other : now) near_in_time.insert(other->ad);
    for (const auto& other : *users) {
      if (other.ad() == ad || !more) continue;
      // A number that was silent for so long may have another owner: told, and weighed nothing.
      auto link = link_of(ad, other.ad(), "contact", use.value(), near_in_time.contains(other.ad()) ? weight : 0.0);
      set_dates(link, std::max(use.first_ms(), other.first_ms()), std::min(use.last_ms(), other.last_ms()));
      if (link.last().seconds() < link.first().seconds()) set_dates(link, std::min(use.first_ms(), other.first_ms()), std::max(use.last_ms(), other.last_ms()));
      add_evidence(link, use);
      add_evidence(link, other);
      more = each(link);
    }
    if (!more) return {};
  }
  return {};
}

}  // namespace

Status RocksStore::each_link(std::string_view ad_id, const std::function<bool(const Link&)>& each) {
  bool more = true;
  if (ad_id.empty()) {
    Status inner;
    const auto walked = scan_messages<StoredAd>(*engine_, Family::ad, ad_key(""), [&](std::string_view, const StoredAd& stored) {
      const auto& own = stored.ad().ad();
      inner = each_link(own, [&](const Link& link) { return link.other() < own || (more = each(link)); });
      return inner && more;
    });
    return walked ? inner : walked;
  }
  const std::string id(ad_id);
  auto stored = ad(id);
  if (!stored) return std::move(stored).error();
  if (!*stored) return fail(Errc::not_found, "no such ad: " + id);
  if (auto done = contact_links(*this, id, each, more); !done || !more) return done;
  auto twins = similar((*stored)->sketch(), id, kMostTies);
  if (!twins) return std::move(twins).error();
  for (const auto& twin : *twins) {
    auto link = link_of(id, twin.ad(), "duplicate", "", std::max(twin.jaccard(), 0.0));
    set_dates(link, std::max((*stored)->first_ms(), twin.first_ms()), std::max((*stored)->last_ms(), twin.last_ms()));
    if (!each(link)) return {};
  }
  auto group = network_id_of(*engine_, id);
  if (!group) return std::move(group).error();
  if (group->empty()) return {};
  auto network = get_message<Network>(*engine_, Family::link, Key('n').rest(*group).str());
  if (!network) return std::move(network).error();
  if (!*network) return {};
  for (const auto& other : (*network)->ads()) {
    if (other == id) continue;
    auto link = link_of(id, other, "group", *group, 1.0);
    set_dates(link, (*stored)->first_ms(), (*stored)->last_ms());
    if (!each(link)) return {};
  }
  return {};
}

}  // namespace vigie::storage
