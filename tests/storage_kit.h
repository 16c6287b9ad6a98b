#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "core/hash.h"
#include "core/text.h"
#include "core/time.h"
#include "storage/history.h"
#include "storage/sketch.h"
#include "storage/store.h"

/// What every test of the store needs: a folder of its own, and records that are easy to say.
namespace vigie::storage::test {

class Folder {
 public:
  Folder() {
    // In memory where there is such a place: a kill loses nothing there either, and thousands of syncs cost nothing.
    const std::filesystem::path memory = "/dev/shm";
    const auto base = std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
    auto name = (base / "vigie-store-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Every file of the folder that holds `bytes`.
inline std::vector<std::string> files_with(const std::string& folder, const std::string& bytes) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    if (content.str().find(bytes) != std::string::npos) found.push_back(entry.path().filename().string());
  }
  return found;
}

inline Result<std::unique_ptr<Store>> open(const Folder& folder, Access access = Access::read_write) {
  OpenOptions options;
  options.path = folder.path();
  options.access = access;
  options.cache_bytes = 4 << 20;
  return Store::open(options);
}

/// 2026-11-01T00:00:00Z and so many seconds.
inline Instant at(std::int64_t seconds) { return from_ms(1'793'491'200'000 + seconds * 1000); }

inline Visit visit(const std::string& url, std::int64_t due_s, int priority = 3, const std::string& site = "site-a",
                   const std::string& host = "a.example") {
  Visit v;
  v.set_url(url);
  v.set_site(site);
  v.set_host(host);
  v.set_priority(priority);
  v.set_due_ms(to_ms(at(due_s)));
  return v;
}

inline void add_contact(Ad& ad, const std::string& kind, const std::string& value) {
  auto& contact = *ad.add_contacts();
  contact.set_kind(kind);
  contact.set_value(value);
  contact.set_raw(value);
  contact.set_field("text");
}

inline Ad ad(const std::string& id, const std::string& text, const std::string& phone = {}) {
  Ad a;
  a.set_ad(id);
  a.set_site(id.substr(0, id.find('/')));
  a.set_url("https://a.example/" + id);
  a.set_family("service");
  a.set_state("live");
  a.set_title("title of " + id);
  a.set_text(text);
  if (!phone.empty()) add_contact(a, "phone", phone);
  return a;
}

/// An ad as first seen at `t`, with its first version; `raw` is the SHA-256 of a body that was put.
inline AdWrite first_sight(Ad a, Instant t, const std::string& raw = {}) {
  AdWrite write;
  a.set_versions(1);
  *a.mutable_first_seen() = to_timestamp(t);
  *a.mutable_last_seen() = to_timestamp(t);
  write.ad.set_first_ms(to_ms(t));
  write.ad.set_last_ms(to_ms(t));
  write.ad.set_own_page(true);
  write.ad.set_content_hash(content_hash(a));
  *write.ad.mutable_sketch() = sketch_of(a);
  *write.ad.mutable_ad() = a;
  Version version;
  version.set_ad(a.ad());
  version.set_version(1);
  *version.mutable_seen() = to_timestamp(t);
  if (!raw.empty()) version.set_sha256(text::to_hex(raw));
  *version.mutable_ad_record() = a;
  write.version = version;
  write.uses = uses_of(write.ad);
  write.replace_uses = true;
  return write;
}

inline Completion completion(Visit v, std::vector<AdWrite> ads = {}) {
  Completion c;
  c.visit = std::move(v);
  c.visit.set_generation(c.visit.generation() + 1);
  c.ads = std::move(ads);
  return c;
}

/// One ad on its way through the store as the daemon takes it: its text placed, its group computed, all in one fact.
inline void arrive(Store& store, Ad a, Instant t) {
  static int page = 0;
  auto write = first_sight(std::move(a), t);
  const auto place = store.place_text(write.ad, {});
  if (!place) std::abort();
  auto& said = *write.ad.mutable_ad();
  place->id.empty() ? said.clear_template_() : said.set_template_(place->id);
  write.uses = uses_of(write.ad);
  const auto pictures = store.place_pictures(write.uses, {});
  if (!pictures) std::abort();
  auto network = store.network(said.ad(), write.uses, 500);
  if (!network) std::abort();
  auto c = completion(visit("http://a.example/arrived/" + std::to_string(++page), 0), {std::move(write)});
  if (place->joined) c.merges.push_back(*place->joined);
  c.merges.insert(c.merges.end(), pictures->begin(), pictures->end());
  c.networks.push_back(*std::move(network));
  if (!store.complete(c) || !store.regroup(8)) std::abort();
}

inline Alert alert(const std::string& key, std::int64_t due_s, const std::string& status = "pending") {
  Alert a;
  a.set_key(key);
  a.set_status(status);
  a.set_due_ms(to_ms(at(due_s)));
  *a.mutable_created() = to_timestamp(at(due_s));
  return a;
}

}  // namespace vigie::storage::test
