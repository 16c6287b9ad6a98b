#include <algorithm>

#include "storage/history.h"
#include "storage/rocks_store.h"
#include "storage/sketch.h"

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
  Touched touched;
  return engine_->write(Durability::unsynced, [&](Transaction& t) -> Status {
    if (auto put = write_ad(t, write, common_, touched); !put) return put;
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

// Formats to 3 had sketches of 64 MinHash values, and rows for bands of them. Templates and groups stand: only how near texts
// are found is another.
Status RocksStore::sketch_again() {
  for (const char* letter : {"b", "e", "r"}) {
    std::vector<std::string> old;
    const auto drop = [&] {
      return engine_->write(Durability::unsynced, [&](Transaction& t) -> Status {
        for (const auto& key : old) {
          if (auto done = t.erase(Family::sketch, key); !done) return done;
        }
        return {};
      });
    };
    Status bad;
    const auto walked = engine_->scan_prefix(Family::sketch, letter, [&](std::string_view key, std::string_view) {
      old.emplace_back(key);
      if (old.size() == kMigrateBatch) {
        bad = drop();
        old.clear();
      }
      return static_cast<bool>(bad);
    });
    if (!walked || !bad) return !walked ? walked : bad;
    if (auto done = drop(); !done) return done;
  }
  common_.clear();
  std::vector<std::string> ads;
  const auto walked = engine_->scan_prefix(Family::ad, "a", [&](std::string_view key, std::string_view) { return ads.emplace_back(key.substr(1)), true; });
  if (!walked) return walked;
  for (const auto& id : ads) {
    const auto done = engine_->write(Durability::unsynced, [&](Transaction& t) -> Status {
      auto stored = get_message<StoredAd>(t, Family::ad, ad_key(id));
      if (!stored || !*stored) return stored ? Status{} : Status(std::move(stored).error());
      auto now = **stored;
      *now.mutable_sketch() = sketch_of(now.ad());
      if (auto put = replace_sketch(t, nullptr, now, common_); !put) return put;
      return put_message(t, Family::ad, ad_key(id), now);
    });
    if (!done) return done;
  }
  return {};
}

// Formats to 3 kept a host's robots.txt in its record, and when an ad was seen last in the ad's.
Status RocksStore::split_rows() {
  std::vector<std::pair<std::string, Sighting>> rows;
  const auto put = [&] {
    const auto done = engine_->write(Durability::unsynced, [&](Transaction& t) -> Status {
      for (const auto& [id, row] : rows) {
        if (auto written = t.put(Family::ad, sighting_key(id), encode(row)); !written) return written;
      }
      return {};
    });
    rows.clear();
    return done;
  };
  Status bad;
  const auto walked = scan_messages<StoredAd>(*engine_, Family::ad, "a", [&](std::string_view, const StoredAd& stored) {
    rows.emplace_back(stored.ad().ad(), sighting_of(stored));
    return rows.size() < kMigrateBatch || (bad = put());
  });
  if (!walked || !bad) return walked ? bad : walked;
  if (auto done = put(); !done) return done;
  std::vector<HostRecord> hosts;
  const auto known = scan_messages<HostRecord>(*engine_, Family::host, "", [&](std::string_view, HostRecord& host) {
    hosts.push_back(std::move(host));
    return true;
  });
  if (!known) return known;
  // One fact, since the new key of one host may be the old one of another.
  return engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    for (const auto& host : hosts) {
      if (auto erased = t.erase(Family::host, host.host()); !erased) return erased;
    }
    t.count(Tally::hosts, -static_cast<std::int64_t>(hosts.size()));  // write_host finds them new
    for (const auto& host : hosts) {
      if (auto written = write_host(t, host); !written) return written;
    }
    return t.put(Family::meta, "format", Key().u32(4).str());
  });
}

// What old rows are told by: first the sketches, which the older steps compare.
Status RocksStore::migrate(std::uint64_t format) {
  if (auto done = sketch_again(); !done) return done;
  if (format < 2) {
    if (auto done = migrate_from_1(); !done) return done;
  }
  if (format < 3) {
    if (auto done = migrate_from_2(); !done) return done;
  }
  return split_rows();
}

}  // namespace vigie::storage
