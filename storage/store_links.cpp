#include <algorithm>
#include <map>

#include "core/hash.h"
#include "core/time.h"
#include "storage/links.h"
#include "storage/rocks_store.h"
#include "storage/text_template.h"

namespace vigie::storage {

namespace {

constexpr std::size_t kMostTies = 1000;     // per contact, when one ad is explained

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

/// What the ads of a template share, and what stands in the slots of each.
struct Shared {
  TextTemplate text;
  std::string line;
  std::map<std::string, Ad> ads;
  std::vector<Evidence> filled(const std::string& id) const {
    const auto known = ads.find(id);
    return known == ads.end() ? std::vector<Evidence>{} : filled_slots(text, known->second);
  }
};

/// From the newest representatives, the ad itself first.
Result<Shared> shared_text(RocksStore& store, const std::string& ad, const Users& users) {
  Shared shared;
  std::vector<std::string> ids{ad};
  for (const auto& user : users.newest) {
    if (user->ad != ad && ids.size() < kMostRepresentatives) ids.push_back(user->ad);
  }
  std::vector<Ad> ads;
  for (const auto& id : ids) {
    auto stored = store.ad(id);
    if (!stored) return std::move(stored).error();
    if (!*stored) continue;
    ads.push_back((*stored)->ad());
    shared.ads.emplace(id, (*stored)->ad());
  }
  shared.text = template_of(ads);
  shared.line = template_line(shared.text);
  return shared;
}

/// Ties by the template, or by a picture or its address.
Status value_links(RocksStore& store, const std::string& ad, const ContactUse& use, const std::function<bool(const Link&)>& each, bool& more) {
  const auto own = store.advert_now(ad, {use});
  const auto& name = own->contacts.front();
  auto users = store.users(name);
  if (!users) return std::move(users).error();
  const bool text = use.kind() == kTemplateUse;
  std::optional<Shared> shared;
  if (text && (*users)->newest.size() > 1) {
    auto told = shared_text(store, ad, **users);
    if (!told) return std::move(told).error();
    shared = *std::move(told);
  }
  const auto value = name.substr(name.find(':') + 1);
  auto weight = text ? 1.0 : weigh((*users)->newest, name).weight;
  if (use.kind() == kImageUse) weight /= 2;  // a placeholder stands in everybody's ads
  for (const auto& other : (*users)->newest) {
    if (other->ad == ad || !more) continue;
    auto link = link_of(ad, other->ad, text ? "template" : "picture", text ? value : use.raw(), weight);
    set_dates(link, std::max(use.first_ms(), other->first_ms), std::max(use.last_ms(), other->last_ms));
    if (shared) {
      link.set_text(shared->line);
      for (const auto* row : {&ad, &other->ad}) {
        for (auto& filled : shared->filled(*row)) *link.add_evidence() = std::move(filled);
      }
    }
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
    auto link = link_of(id, twin.ad(), "duplicate", "", std::max(twin.jaccard(), twin.aligned()));
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
