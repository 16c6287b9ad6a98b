#include <algorithm>
#include <string>
#include <utility>

#include "core/hash.h"
#include "storage/rocks_store.h"

/// Bodies, and the dictionaries of sites that they are packed with.
namespace vigie::storage {

namespace {

constexpr std::size_t kSamples = 48, kMostSamples = 8 << 20;  // pages, and bytes of them
constexpr int kFirstTraining = 32, kNextTraining = 1024;      // new bodies of a site
constexpr double kWorthIt = 0.9;                              // of the bytes by the dictionary before
constexpr std::size_t kMostPrepared = 64;                     // sites; some 0.5 MB each
constexpr std::size_t kRecodedAtOnce = 64;

constexpr std::string_view kDictionary = "dictionary/", kUses = "dictionary-uses/", kLast = "dictionary-last/";

std::string row_of(std::string_view family, std::string_view site, std::uint32_t number) {
  return std::string(family) + Key().s(site).u32(number).str();
}

struct Uses {
  std::uint64_t bodies = 0;
  bool retired = false;  // no new body takes it
};

Result<std::optional<Uses>> uses_of_dictionary(View& view, std::string_view site, std::uint32_t number) {
  auto row = view.get(Family::meta, row_of(kUses, site, number));
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<Uses>();
  KeyReader reader(**row);
  Uses uses;
  uses.bodies = reader.u64();
  uses.retired = reader.u8() != 0;
  return std::optional(uses);
}

Status put_uses(Transaction& t, std::string_view site, std::uint32_t number, const Uses& uses) {
  return t.put(Family::meta, row_of(kUses, site, number), Key().u64(uses.bodies).u8(uses.retired ? 1 : 0).str());
}

Status drop(Transaction& t, std::string_view site, std::uint32_t number) {
  if (auto done = t.erase(Family::meta, row_of(kDictionary, site, number)); !done) return done;
  return t.erase(Family::meta, row_of(kUses, site, number));
}

Status set_packed(RawBody& body, std::string_view page, const PageDictionary* dictionary) {
  auto packed = pack(page, dictionary);
  if (!packed) return std::move(packed).error();
  body.set_size(static_cast<std::int64_t>(page.size()));
  body.set_coding(std::move(packed->coding));
  body.set_data(std::move(packed->data));
  dictionary && body.coding() == "zstd" ? body.set_dictionary(dictionary->number()) : body.clear_dictionary();
  return {};
}

}  // namespace

Status use_dictionary(Transaction& t, std::string_view site, std::uint32_t number) {
  auto uses = uses_of_dictionary(t, site, number);
  if (!uses) return std::move(uses).error();
  if (!*uses || (*uses)->retired) return fail(Errc::not_found, "the dictionary has gone");
  ++(*uses)->bodies;
  return put_uses(t, site, number, **uses);
}

Status release_dictionary(Transaction& t, const RawBody& body) {
  if (body.dictionary() == 0) return {};
  auto uses = uses_of_dictionary(t, body.site(), body.dictionary());
  if (!uses) return std::move(uses).error();
  if (!*uses) return {};
  if ((*uses)->bodies <= 1) return drop(t, body.site(), body.dictionary());
  --(*uses)->bodies;
  return put_uses(t, body.site(), body.dictionary(), **uses);
}

Status each_dictionary(View& view, const std::function<bool(const DictionaryRow&)>& each) {
  return view.scan_prefix(Family::meta, kDictionary, [&](std::string_view key, std::string_view bytes) {
    KeyReader reader(key.substr(kDictionary.size()));
    DictionaryRow row;
    row.site = reader.s();
    row.number = static_cast<std::uint32_t>(reader.u32());
    row.bytes = bytes;
    const auto uses = uses_of_dictionary(view, row.site, row.number);
    if (uses && *uses) row.uses = static_cast<std::int64_t>((*uses)->bodies);
    return each(row);
  });
}

Result<std::string> Unpacker::operator()(const RawBody& body) {
  if (body.dictionary() == 0) return unpack_page(body.coding(), body.data(), body.size(), {});
  if (body.site() != site_ || body.dictionary() != number_) {
    auto row = view_.get(Family::meta, row_of(kDictionary, body.site(), body.dictionary()));
    if (!row) return std::move(row).error();
    if (!*row) return fail(Errc::corrupt, "raw body: its dictionary is missing");
    bytes_ = **std::move(row);
    site_ = body.site();
    number_ = body.dictionary();
  }
  return unpack_page(body.coding(), body.data(), body.size(), bytes_);
}

std::shared_ptr<const PageDictionary> RocksStore::dictionary_of(std::string_view site) {
  std::lock_guard lock(dictionaries_mutex_);
  auto& pages = sites_pages_[std::string(site)];
  pages.asked = ++dictionary_asks_;
  if (pages.looked) return pages.dictionary;
  pages.looked = true;
  const auto prefix = std::string(kDictionary) + Key().s(site).str();
  (void)engine_->scan_prefix(Family::meta, prefix, [&](std::string_view key, std::string_view bytes) {
    const auto number = static_cast<std::uint32_t>(KeyReader(key.substr(prefix.size())).u32());
    const auto uses = uses_of_dictionary(*engine_, site, number);
    if (uses && *uses && !(*uses)->retired) pages.dictionary = std::make_shared<const PageDictionary>(number, std::string(bytes));
    return true;
  });
  const auto prepared = std::count_if(sites_pages_.begin(), sites_pages_.end(), [](const auto& one) { return one.second.dictionary != nullptr; });
  if (static_cast<std::size_t>(prepared) > kMostPrepared) {
    auto oldest = sites_pages_.end();
    for (auto one = sites_pages_.begin(); one != sites_pages_.end(); ++one) {
      if (one->second.dictionary && (oldest == sites_pages_.end() || one->second.asked < oldest->second.asked)) oldest = one;
    }
    oldest->second.dictionary.reset();
    oldest->second.looked = false;
  }
  return pages.dictionary;
}

void RocksStore::note_page(std::string_view site, const std::string& sha256) {
  std::lock_guard lock(dictionaries_mutex_);
  auto& pages = sites_pages_[std::string(site)];
  if (pages.newest.size() == kSamples) pages.newest.pop_front();
  pages.newest.push_back(sha256);
  ++pages.fresh;
}

Result<std::string> RocksStore::put_raw(std::string_view site, std::string_view bytes, Instant seen) {
  const auto key = sha256(bytes);
  auto known = engine_->get(Family::raw, key);
  if (!known) return std::move(known).error();
  if (*known) return key;
  RawBody body;
  if (auto done = set_packed(body, bytes, dictionary_of(site).get()); !done) return std::move(done).error();
  body.set_site(std::string(site));
  body.set_first_ms(to_ms(seen));
  body.set_shard(shard_of(site));
  body.mutable_retention()->set_class_("raw");
  bool stored = false;
  // Unsynced: the completion that refers to it comes later in the same write-ahead log, and its sync covers both.
  const auto written = engine_->write(Durability::unsynced, [&](Transaction& t) -> Status {
    auto there = t.get(Family::raw, key);
    if (!there) return std::move(there).error();
    if (*there) return {};
    if (body.dictionary() != 0) {
      auto used = use_dictionary(t, site, body.dictionary());
      if (!used && used.error().code == Errc::not_found) used = set_packed(body, bytes, nullptr);
      if (!used) return used;
    }
    t.count(Tally::raw_bodies, 1);
    stored = true;
    return t.put(Family::raw, key, body.SerializeAsString());  // a large copy less; its one text is a site's code
  });
  if (!written) return std::move(written).error();
  if (stored) note_page(site, key);
  return key;
}

Result<std::string> RocksStore::raw(std::string_view sha256) {
  auto body = get_message<RawBody>(*engine_, Family::raw, sha256);
  if (!body) return std::move(body).error();
  if (!*body) return fail(Errc::not_found, "no such body");
  auto page = Unpacker(*engine_)(**body);
  if (page || page.error().code != Errc::corrupt) return page;
  // A reader sees bodies by a view of their own, which may be newer than that of their dictionaries.
  if (auto fresh = engine_->refresh(); !fresh) return std::move(fresh).error();
  return Unpacker(*engine_)(**body);
}

std::optional<std::pair<std::string, std::vector<std::string>>> RocksStore::site_to_train() {
  std::lock_guard lock(dictionaries_mutex_);
  for (auto& [site, pages] : sites_pages_) {
    if (pages.fresh < (pages.trained ? kNextTraining : kFirstTraining)) continue;
    pages.fresh = 0;
    pages.trained = true;
    return std::pair(site, std::vector<std::string>(pages.newest.begin(), pages.newest.end()));
  }
  return std::nullopt;
}

Result<std::string> RocksStore::train_dictionary() {
  const auto wanting = site_to_train();
  if (!wanting) return std::string();
  const auto& [site, keys] = *wanting;
  // Every third page is kept aside to judge by.
  std::vector<std::string> pages, others;
  std::size_t size = 0;
  for (const auto& key : keys) {
    auto page = raw(key);
    if (!page && page.error().code == Errc::not_found) continue;
    if (!page) return std::move(page).error();
    if ((size += page->size()) > kMostSamples) break;
    ((pages.size() + others.size()) % 3 == 2 ? others : pages).push_back(*std::move(page));
  }
  auto bytes = storage::train_dictionary(pages);
  if (bytes.empty()) return std::string();
  const auto before = dictionary_of(site);
  // Never a number again: a page that was packed before its dictionary went must not find another under it.
  auto last = engine_->get(Family::meta, std::string(kLast) + site);
  if (!last) return std::move(last).error();
  const auto number = *last ? static_cast<std::uint32_t>(KeyReader(**last).u32()) + 1 : 1;
  const auto trained = std::make_shared<const PageDictionary>(number, std::move(bytes));
  std::size_t now = 0, until_now = 0;
  for (const auto& page : others) {
    auto one = pack(page, trained.get()), other = pack(page, before.get());
    if (!one || !other) return one ? std::move(other).error() : std::move(one).error();
    now += one->data.size();
    until_now += other->data.size();
  }
  if (static_cast<double>(now) > kWorthIt * static_cast<double>(until_now)) return std::string();
  if (auto done = install(site, trained); !done) return std::move(done).error();
  return site;
}

Status RocksStore::install(const std::string& site, const std::shared_ptr<const PageDictionary>& trained) {
  const auto number = trained->number();
  const auto written = engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    if (auto done = retire_dictionaries(t, site, number); !done) return done;
    if (auto done = t.put(Family::meta, row_of(kDictionary, site, number), trained->bytes()); !done) return done;
    if (auto done = t.put(Family::meta, std::string(kLast) + site, Key().u32(number).str()); !done) return done;
    return put_uses(t, site, number, {});
  });
  if (!written) return written;
  std::lock_guard lock(dictionaries_mutex_);
  sites_pages_[site].dictionary = trained;
  sites_pages_[site].looked = true;
  return {};
}

Status RocksStore::retire_dictionaries(Transaction& t, std::string_view site, std::uint32_t before) {
  for (std::uint32_t number = before; number-- > 1;) {
    auto uses = uses_of_dictionary(t, site, number);
    if (!uses) return std::move(uses).error();
    if (!*uses) continue;
    if ((*uses)->bodies == 0) {
      if (auto done = drop(t, site, number); !done) return done;
    } else if (!(*uses)->retired) {
      if (auto done = put_uses(t, site, number, {(*uses)->bodies, true}); !done) return done;
    }
  }
  return {};
}

Status RocksStore::dissolve_dictionary(const std::string& site, std::uint32_t number) {
  const auto retired = engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    auto uses = uses_of_dictionary(t, site, number);
    if (!uses) return std::move(uses).error();
    if (!*uses) return {};
    return (*uses)->bodies == 0 ? drop(t, site, number) : put_uses(t, site, number, {(*uses)->bodies, true});
  });
  if (!retired) return retired;
  {
    std::lock_guard lock(dictionaries_mutex_);
    sites_pages_[site].dictionary.reset();
    sites_pages_[site].looked = false;
  }
  std::vector<std::string> keys;
  Status bad;
  const auto walked = scan_messages<RawBody>(*engine_, Family::raw, "", [&](std::string_view key, const RawBody& body) {
    if (body.site() == site && body.dictionary() == number) keys.emplace_back(key);
    if (keys.size() == kRecodedAtOnce) bad = recode(std::exchange(keys, {}));
    return static_cast<bool>(bad);
  });
  if (!walked || !bad) return walked ? bad : walked;
  return recode(keys);
}

Status RocksStore::recode(const std::vector<std::string>& keys) {
  if (keys.empty()) return {};
  return engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    Unpacker unpack(t);
    for (const auto& key : keys) {
      auto body = get_message<RawBody>(t, Family::raw, key);
      if (!body) return std::move(body).error();
      if (!*body || (*body)->dictionary() == 0) continue;
      auto page = unpack(**body);
      if (!page) return std::move(page).error();
      if (auto done = release_dictionary(t, **body); !done) return done;
      if (auto done = set_packed(**body, *page, nullptr); !done) return done;
      if (auto done = put_message(t, Family::raw, key, **body); !done) return done;
    }
    return {};
  });
}

}  // namespace vigie::storage
