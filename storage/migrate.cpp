#include <algorithm>

#include "storage/history.h"
#include "storage/rocks_store.h"

/// From each released format to the one after it. A stop on the way is harmless: the old number stands until the end, and
/// every step can be done twice.
namespace vigie::storage {

namespace {

constexpr std::size_t kMigrateBatch = 256;

}  // namespace

/// Writes an ad with the uses that it has by today's rules; its group is in doubt.
Status RocksStore::index_again(AdWrite write, const std::optional<ValueMerge>& text) {
  write.uses = storage::uses_of(write.ad);
  for (auto& use : write.uses) use.set_gone(write.ad.ad().state() == "gone");
  write.replace_uses = true;
  // Before the rows of the ad's own pictures stand, since a picture with rows has been placed.
  auto merges = place_pictures(write.uses, {});
  if (!merges) return std::move(merges).error();
  if (text) merges->push_back(*text);
  const auto common = common_bands();
  Touched touched;
  return engine_->write(Durability::unsynced, [&](Transaction& t) -> Status {
    if (auto put = write_ad(t, write, *common, touched); !put) return put;
    for (const auto& merge : *merges) {
      if (auto put = write_merge(t, merge); !put) return put;
    }
    return t.put(Family::link, Key('q').rest(write.ad.ad().ad()).str(), Key().u8(0).str());
  });
}

// Format 1 had no templates, no uses of texts and pictures, and networks by contacts alone.
Status RocksStore::migrate_from_1() {
  std::vector<std::pair<std::int64_t, std::string>> ads;  // as they came: a template is named after its oldest ad
  const auto walked = scan_messages<StoredAd>(*engine_, Family::ad, "a", [&](std::string_view, const StoredAd& stored) {
    ads.emplace_back(stored.first_ms(), stored.ad().ad());
    return true;
  });
  if (!walked) return walked;
  std::sort(ads.begin(), ads.end());
  for (const auto& [first_ms, id] : ads) {
    auto stored = ad(id);
    if (!stored) return std::move(stored).error();
    if (!*stored) continue;
    AdWrite write;
    write.ad = **std::move(stored);
    auto place = place_text(write.ad, {});
    if (!place) return std::move(place).error();
    auto& said = *write.ad.mutable_ad();
    place->id.empty() ? said.clear_template_() : said.set_template_(place->id);
    if (auto done = index_again(std::move(write), place->joined); !done) return done;
    if (place->joined) take(*place->joined);
  }
  users_cache_.clear();
  if (auto grouped = rebuild_groups(); !grouped) return grouped;
  // Synced, and with it all that was written before it.
  return engine_->write(Durability::synced, [](Transaction& t) { return t.put(Family::meta, "format", Key().u32(2).str()); });
}

// Format 2 knew pictures by their addresses alone.
Status RocksStore::migrate_from_2() {
  std::vector<std::string> ads;
  const auto walked = scan_messages<StoredAd>(*engine_, Family::ad, "a", [&](std::string_view, const StoredAd& stored) {
    if (stored.ad().images_size() > 0) ads.push_back(stored.ad().ad());
    return true;
  });
  if (!walked) return walked;
  for (const auto& id : ads) {
    auto stored = ad(id);
    if (!stored) return std::move(stored).error();
    if (!*stored) continue;
    AdWrite write;
    write.ad = **std::move(stored);
    if (auto done = index_again(std::move(write), {}); !done) return done;
  }
  users_cache_.clear();
  for (int left = 1; left > 0;) {
    auto done = regroup(kMigrateBatch);
    if (!done) return done.error();
    left = *done;
  }
  return engine_->write(Durability::synced, [](Transaction& t) { return t.put(Family::meta, "format", Key().u32(3).str()); });
}

}  // namespace vigie::storage
