#include <algorithm>
#include <map>
#include <set>

#include "storage/links.h"
#include "storage/pictures.h"
#include "storage/rocks_store.h"

/// Which hashes are one picture, as they arrive: chains of near hashes, like texts. A hash leads to the one that stands for
/// all ('i'); rows by its slots ('p') make it found while an ad uses it.
namespace vigie::storage {

namespace {

constexpr std::size_t kMostInSlot = 512;  // hashes that share 16 bits

std::string first_row(const std::string& hash) { return picture_rows(hash).front(); }

}  // namespace

Status put_picture(Transaction& t, const std::string& hash) {
  auto known = t.get(Family::sketch, first_row(hash));
  if (!known || *known) return known ? Status{} : Status(std::move(known).error());
  for (const auto& row : picture_rows(hash)) {
    if (auto done = t.put(Family::sketch, row, ""); !done) return done;
  }
  return {};
}

Status drop_unused_picture(Transaction& t, const std::string& hash) {
  bool used = false;
  const auto walked = t.scan_prefix(Family::contact, contact_prefix(kPictureUse, hash), [&](std::string_view, std::string_view) {
    used = true;
    return false;
  });
  if (!walked || used) return walked;
  for (const auto& row : picture_rows(hash)) {
    if (auto done = t.erase(Family::sketch, row); !done) return done;
  }
  return t.erase(Family::sketch, Key('i').rest(hash).str());
}

Result<std::vector<ValueMerge>> RocksStore::place_pictures(const std::vector<ContactUse>& uses, const std::vector<ContactUse>& pending) {
  std::vector<ValueMerge> merges;
  for (const auto& use : uses) {
    if (use.kind() != kPictureUse) continue;
    const auto& hash = use.value();
    auto known = engine_->get(Family::sketch, first_row(hash));
    if (!known) return std::move(known).error();
    if (*known) continue;
    std::set<std::string> near;
    const auto meet = [&](std::string_view other) {
      if (other != hash && compares(other) && bits_apart(other, hash) <= kMostBitsApart) near.insert(pictures_.now(std::string(other)));
    };
    const auto prefixes = picture_prefixes(hash);
    const auto walked = engine_->scan_prefixes(Family::sketch, prefixes, kMostInSlot, [&](std::size_t i, std::string_view key) {
      meet(key.substr(prefixes[i].size()));
    });
    if (!walked) return std::move(walked).error();
    for (const auto& other : pending) {
      if (other.kind() == kPictureUse) meet(other.value());
    }
    near.erase(hash);
    if (near.empty()) continue;
    ValueMerge merge{std::string(kPictureUse), *near.begin(), {hash}};
    for (auto other = std::next(near.begin()); other != near.end(); ++other) merge.taken.push_back(*other);
    take(merge);
    if (merge.taken.size() > 1) users_cache_.clear();  // it knows the old names
    merges.push_back(std::move(merge));
  }
  return merges;
}

}  // namespace vigie::storage
