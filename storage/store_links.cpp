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

Result<std::vector<Similar>> RocksStore::similar(const StoredAd& ad, std::size_t limit) { return near_texts(ad, limit, nullptr); }

Result<std::vector<Similar>> RocksStore::near_texts(const StoredAd& asked, std::size_t limit, std::vector<std::string>* templates) {
  const auto& sketch = asked.sketch();
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
  candidates.erase(asked.ad().ad());
  std::vector<std::pair<Similar, std::string>> found_near;
  for (const auto& id : candidates) {
    auto stored = ad(id);
    if (!stored) return std::move(stored).error();
    if (!*stored) continue;
    const auto& other = (*stored)->sketch();
    const double j = jaccard(sketch, other), c = containment(sketch, other);
    if (near(sketch, other, j, c)) found_near.emplace_back(similar_of(**stored, j, c), (*stored)->ad().template_());
  }
  std::stable_sort(found_near.begin(), found_near.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.jaccard(), a.first.containment()) > std::pair(b.first.jaccard(), b.first.containment());
  });
  if (found_near.size() > limit) found_near.resize(limit);
  std::vector<Similar> result;
  for (auto& [similar, text] : found_near) {
    result.push_back(std::move(similar));
    if (templates) templates->push_back(std::move(text));
  }
  return result;
}

Result<AdvertPtr> RocksStore::advert(const std::string& ad) {
  auto uses = uses_of(ad);
  if (!uses) return std::move(uses).error();
  return advert_now(ad, *std::move(uses));
}

AdvertPtr RocksStore::advert_now(std::string_view ad, std::vector<ContactUse> uses) {
  for (auto& use : uses) {
    if (const auto* names = names_of(use.kind())) use.set_value(names->now(use.value()));
  }
  return advert_of(ad, uses);
}

Result<std::shared_ptr<const Users>> RocksStore::users(const std::string& contact) {
  if (auto known = users_cache_.find(contact)) return known;
  const auto generation = users_cache_.generation();
  const auto colon = contact.find(':');
  const auto kind = contact.substr(0, colon), value = contact.substr(colon + 1);
  std::vector<std::pair<std::uint64_t, std::string>> found;  // newest first, of each name
  const auto* names = names_of(kind);
  for (const auto& name : names ? names->all(value) : std::vector{value}) {
    const auto prefix = contact_prefix(kind, name);
    std::size_t count = 0;
    const auto walked = engine_->scan_prefix(Family::contact, prefix, [&](std::string_view key, std::string_view) {
      KeyReader reader(key.substr(prefix.size()));
      const auto first = reader.u64();
      found.emplace_back(first, reader.s());
      return ++count <= kMostUsers;
    });
    if (!walked) return std::move(walked).error();
  }
  std::sort(found.begin(), found.end());
  auto users = std::make_shared<Users>();
  users->cut = found.size() > kMostUsers;
  if (users->cut) found.resize(kMostUsers);
  for (const auto& [first, ad] : found) {
    auto one = advert(ad);
    if (!one) return std::move(one).error();
    users->newest.push_back(*std::move(one));
  }
  std::shared_ptr<const Users> shared = users;
  users_cache_.insert(contact, std::move(users), generation);
  return shared;
}

namespace {

/// Ties by the template, or by a picture or its address.
Status value_links(RocksStore& store, const std::string& ad, const ContactUse& use, const std::function<bool(const Link&)>& each, bool& more) {
  const auto own = store.advert_now(ad, {use});
  const auto& name = own->contacts.front();
  auto users = store.users(name);
  if (!users) return std::move(users).error();
  const bool text = use.kind() == kTemplateUse;
  const auto value = name.substr(name.find(':') + 1);
  auto weight = text ? 1.0 : weigh((*users)->newest, name).weight;
  if (use.kind() == kImageUse) weight /= 2;  // a placeholder stands in everybody's ads
  for (const auto& other : (*users)->newest) {
    if (other->ad == ad || !more) continue;
    auto link = link_of(ad, other->ad, text ? "template" : "picture", text ? value : use.raw(), weight);
    set_dates(link, std::max(use.first_ms(), other->first_ms), std::max(use.last_ms(), other->last_ms));
    more = each(link);
  }
  return {};
}

/// Ties of one ad by each of its contacts.
Status contact_links(RocksStore& store, const std::string& ad, const std::function<bool(const Link&)>& each, bool& more) {
  auto own = store.uses_of(ad);
  if (!own) return std::move(own).error();
  for (const auto& use : *own) {
    if (!is_contact(contact_name(use))) {
      if (auto done = value_links(store, ad, use, each, more); !done || !more) return done;
      continue;
    }
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
  auto twins = similar(**stored, kMostTies);
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
