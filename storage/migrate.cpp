#include <algorithm>

#include "storage/history.h"
#include "storage/rocks_store.h"

/// From each released format to the one after it. A stop on the way is harmless: the old number stands until the end, and
/// every step can be done twice.
namespace vigie::storage {

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
    write.uses = storage::uses_of(write.ad);
    write.replace_uses = true;
    const auto common = common_bands();
    Touched touched;
    const auto done = engine_->write(Durability::unsynced, [&](Transaction& t) -> Status {
      if (place->joined) {
        if (auto put = write_template(t, *place->joined); !put) return put;
      }
      return write_ad(t, write, *common, touched);
    });
    if (!done) return done;
    if (place->joined) {
      for (const auto& taken : place->joined->taken) templates_.take(taken, place->joined->id);
    }
  }
  users_cache_.clear();
  if (auto grouped = rebuild_groups(); !grouped) return grouped;
  // Synced, and with it all that was written before it.
  return engine_->write(Durability::synced, [](Transaction& t) { return t.put(Family::meta, "format", Key().u32(2).str()); });
}

}  // namespace vigie::storage
