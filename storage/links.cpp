#include "storage/links.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "core/hash.h"
#include "storage/groups.h"
#include "storage/schema.h"

namespace vigie::storage {

namespace {

constexpr double kAlone = 0.125, kAloneWithOwnContact = 0.25, kTextsAlone = 0.25;
constexpr std::int64_t kEpochGapMs = 120LL * 24 * 3'600'000;

bool has_epochs(std::string_view contact) {
  for (const std::string_view kind : {"phone:", "whatsapp:", "signal:", "viber:"}) {
    if (contact.starts_with(kind)) return true;
  }
  return false;
}

}  // namespace

bool is_contact(std::string_view name) {
  return !name.starts_with("template:") && !name.starts_with("picture:") && !name.starts_with("image:");
}

std::string contact_name(const ContactUse& use) { return use.kind() + ":" + use.value(); }

AdvertPtr advert_of(std::string_view ad, const std::vector<ContactUse>& uses) {
  auto advert = std::make_shared<Advert>();
  advert->ad = ad;
  for (const auto& use : uses) {
    advert->first_ms = use.first_ms();
    advert->last_ms = use.last_ms();
    if (!use.text_hash().empty()) advert->text = hash64(use.text_hash(), 1);
    if (!use.name().empty() && !use.place().empty()) advert->name = hash64(Key().s(use.name()).s(use.place()).str(), 2);
    auto name = contact_name(use);
    if (std::find(advert->contacts.begin(), advert->contacts.end(), name) == advert->contacts.end()) {
      advert->contacts.push_back(std::move(name));
    }
  }
  return advert;
}

bool newer(const Advert& a, const Advert& b) { return a.first_ms != b.first_ms ? a.first_ms > b.first_ms : a.ad < b.ad; }

ContactWeight weigh(const std::vector<AdvertPtr>& all, std::string_view contact) {
  std::vector<const Advert*> users;
  for (const auto& user : all) users.push_back(user.get());
  std::sort(users.begin(), users.end(), [](const Advert* a, const Advert* b) { return newer(*a, *b); });
  if (users.size() > kMostWeighed) users.resize(kMostWeighed);
  std::unordered_map<std::uint64_t, std::size_t> first_with;  // one piece of evidence -> the first user that has it
  first_with.reserve(users.size() * 4);
  Groups groups(users.size());
  const auto tie = [&](std::size_t i, std::uint64_t evidence) {
    const auto [at, fresh] = first_with.emplace(evidence, i);
    if (!fresh) groups.join(i, at->second);
  };
  for (std::size_t i = 0; i < users.size(); ++i) {
    for (const auto& other : users[i]->contacts) {
      if (other != contact) tie(i, hash64(other, 3));
    }
    if (users[i]->text) tie(i, users[i]->text);
    if (users[i]->name) tie(i, users[i]->name);
  }
  struct Group {
    std::size_t ads = 0;
    bool own_contact = false;
    bool own_picture = false;
  };
  std::vector<Group> members(users.size());
  for (std::size_t i = 0; i < users.size(); ++i) {
    auto& group = members[groups.find(i)];
    ++group.ads;
    const auto shown = std::count_if(users[i]->contacts.begin(), users[i]->contacts.end(), [](const auto& name) { return is_contact(name); });
    group.own_contact = group.own_contact || shown > 1;
    group.own_picture = group.own_picture || std::any_of(users[i]->contacts.begin(), users[i]->contacts.end(), [&](const auto& name) {
      return name != contact && (name.starts_with("picture:") || name.starts_with("image:"));
    });
  }
  ContactWeight result;
  for (const auto& group : members) {
    if (group.ads == 1) result.unrelated += group.own_contact ? kAloneWithOwnContact : kAlone;
    if (group.ads > 1) result.unrelated += group.own_contact || group.own_picture ? 1.0 : kTextsAlone;
  }
  result.weight = std::clamp(1.0 - (result.unrelated - 1.0) / 2.0, 0.0, 1.0);
  return result;
}

std::vector<AdvertPtr> same_epoch(const Users& users, std::string_view contact, std::int64_t first_ms) {
  std::vector<AdvertPtr> epoch;
  std::int64_t last = 0;
  const bool epochs = has_epochs(contact);
  for (auto at = users.newest.rbegin(); at != users.newest.rend(); ++at) {
    const auto& use = **at;
    if (epochs && !epoch.empty() && use.first_ms - last > kEpochGapMs) {
      if (first_ms <= last) break;  // the epoch that was asked for is complete
      epoch.clear();
    }
    last = epoch.empty() ? use.last_ms : std::max(last, use.last_ms);
    last = std::max(last, use.first_ms);
    epoch.push_back(*at);
  }
  return epoch;
}

}  // namespace vigie::storage
