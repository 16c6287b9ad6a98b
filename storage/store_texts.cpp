#include <algorithm>
#include <map>

#include "core/hash.h"
#include "storage/links.h"
#include "storage/rocks_store.h"

/// Which ads share a text: chains of near texts, as they arrive. A template takes in another when one ad is near to both;
/// the ads of that one keep their row, and the row 'g' leads from it to the one that stands.
namespace vigie::storage {

namespace {

constexpr int kLeastShingles = 12;      // fewer words are everybody's
constexpr std::size_t kMostNear = 50;

}  // namespace

std::string GrownNames::now(const std::string& id) const {
  std::shared_lock lock(mutex_);
  const auto taken = taken_.find(id);
  return taken == taken_.end() ? id : taken->second;
}

std::vector<std::string> GrownNames::all(const std::string& id) const {
  std::shared_lock lock(mutex_);
  std::vector<std::string> names{id};
  const auto merged = merged_.find(id);
  if (merged != merged_.end()) names.insert(names.end(), merged->second.begin(), merged->second.end());
  return names;
}

void GrownNames::take(const std::string& id, const std::string& into) {
  std::unique_lock lock(mutex_);
  if (id == into) return;
  auto& list = merged_[into];
  const auto old = merged_.find(id);
  std::vector<std::string> moved{id};
  if (old != merged_.end()) {
    moved.insert(moved.end(), old->second.begin(), old->second.end());
    merged_.erase(old);
  }
  for (auto& name : moved) {
    taken_[name] = into;
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(std::move(name));
  }
}

void GrownNames::clear() {
  std::unique_lock lock(mutex_);
  taken_.clear();
  merged_.clear();
}

Status RocksStore::load_names() {
  const auto load = [&](Family family, std::string_view letter, GrownNames& names) {
    return engine_->scan_prefix(family, letter, [&](std::string_view key, std::string_view into) {
      names.take(std::string(key.substr(1)), std::string(into));
      return true;
    });
  };
  if (auto done = load(Family::text_template, "g", templates_); !done) return done;
  return load(Family::sketch, "i", pictures_);
}

GrownNames* RocksStore::names_of(std::string_view kind) {
  return kind == kTemplateUse ? &templates_ : kind == kPictureUse ? &pictures_ : nullptr;
}

std::string RocksStore::name_now(const std::string& name) {
  const auto colon = name.find(':');
  const auto* names = names_of(std::string_view(name).substr(0, colon));
  return names ? name.substr(0, colon + 1) + names->now(name.substr(colon + 1)) : name;
}

void RocksStore::take(const ValueMerge& merge) {
  auto* names = names_of(merge.kind);
  if (!names) return;
  for (const auto& taken : merge.taken) names->take(taken, merge.id);
}

Result<std::string> RocksStore::shared_template(const std::string& id) {
  if (id.empty()) return std::string{};
  const auto now = templates_.now(id);
  int users = 0;
  for (const auto& name : templates_.all(now)) {
    const auto walked = engine_->scan_prefix(Family::contact, contact_prefix(kTemplateUse, name), [&](std::string_view, std::string_view) { return ++users < 2; });
    if (!walked) return walked.error();
    if (users > 1) return now;
  }
  return std::string{};
}

Status write_merge(Transaction& t, const ValueMerge& merge) {
  const bool text = merge.kind == kTemplateUse;
  if (merge.id.empty() || (!text && merge.kind != kPictureUse)) return fail(Errc::malformed, "a merge without a kind or an id");
  for (const auto& taken : merge.taken) {
    if (taken == merge.id) continue;
    const auto row = Key(text ? 'g' : 'i').rest(taken).str();
    if (auto done = t.put(text ? Family::text_template : Family::sketch, row, merge.id); !done) return done;
    // Whose value has become one with others may belong to their group: one of them answers for all.
    std::string user;
    const auto prefix = contact_prefix(merge.kind, taken);
    const auto walked = t.scan_prefix(Family::contact, prefix, [&](std::string_view key, std::string_view) {
      KeyReader reader(key.substr(prefix.size()));
      (void)reader.u64();
      user = reader.s();
      return false;
    });
    if (!walked) return walked;
    if (user.empty()) continue;
    if (auto done = t.put(Family::link, Key('q').rest(user).str(), Key().u8(0).str()); !done) return done;
  }
  return {};
}

Result<TextPlace> RocksStore::place_text(const StoredAd& stored, const std::vector<const StoredAd*>& pending) {
  TextPlace place;
  const auto& sketch = stored.sketch();
  std::vector<std::string> templates;
  auto near = near_texts(stored, kMostNear, &templates);
  if (!near) return std::move(near).error();
  place.similar = *std::move(near);
  if (sketch.shingles() < kLeastShingles) return place;
  std::map<std::string, std::int64_t> since;  // template -> first seen of its oldest ad that is near
  const auto meet = [&](const std::string& id, std::int64_t first_ms) {
    if (id.empty()) return;
    const auto [at, fresh] = since.emplace(templates_.now(id), first_ms);
    if (!fresh) at->second = std::min(at->second, first_ms);
  };
  for (std::size_t i = 0; i < templates.size(); ++i) meet(templates[i], place.similar[i].first_ms());
  NearTo near_to(stored);
  for (const auto* one : pending) {
    if (one->ad().ad() == stored.ad().ad()) continue;
    auto found = near_to.estimate(*one);
    if (near_to.worth_a_look(*one, found)) near_to.look(*one, found);
    if (near_to.ties(found)) meet(one->ad().template_(), one->first_ms());
  }
  if (since.empty()) {
    place.id = "t-" + short_id(stored.ad().ad() + sketch.masked());
    return place;
  }
  const auto oldest = std::min_element(since.begin(), since.end(), [](const auto& a, const auto& b) { return std::pair(a.second, a.first) < std::pair(b.second, b.first); });
  place.id = oldest->first;
  if (since.size() == 1) return place;
  place.joined = ValueMerge{std::string(kTemplateUse), place.id, {}};
  for (const auto& [id, first_ms] : since) {
    for (const auto& name : templates_.all(id)) {
      if (name != place.id) place.joined->taken.push_back(name);
    }
  }
  return place;
}

}  // namespace vigie::storage
