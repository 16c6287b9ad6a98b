#include "storage/rocks_store.h"

#include <filesystem>

#include "core/hash.h"

namespace vigie::storage {

namespace {

std::string encode_format(std::uint32_t format) { return Key().u32(format).str(); }

Status write_knowledge(Transaction& t, const SiteKnowledge& knowledge) {
  const auto key = "site/" + knowledge.site();
  auto state = get_message<SiteState>(t, Family::meta, key);
  if (!state) return std::move(state).error();
  auto site = state->value_or(SiteState{});
  site.set_site(knowledge.site());
  *site.mutable_knowledge() = knowledge;
  return put_message(t, Family::meta, key, site);
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const OpenOptions& options) {
  const bool read_only = options.access == Access::read_only;
  EngineOptions engine_options;
  engine_options.folder = options.path + "/store";
  engine_options.read_only = read_only;
  engine_options.group_commit = options.group_commit;
  engine_options.cache_bytes = options.cache_bytes;
  std::error_code error;
  if (!read_only) std::filesystem::create_directories(engine_options.folder, error);
  if (error) return fail(Errc::storage, engine_options.folder + ": " + error.message());
  auto engine = Engine::open(engine_options);
  if (!engine) return std::move(engine).error();
  auto store = std::make_unique<RocksStore>(*std::move(engine));
  if (auto started = store->start(read_only); !started) return std::move(started).error().in(engine_options.folder);
  return std::unique_ptr<Store>(std::move(store));
}

Status RocksStore::start(bool read_only) {
  auto row = engine_->get(Family::meta, "format");
  if (!row) return std::move(row).error();
  if (!*row) {
    if (read_only) return fail(Errc::not_found, "the store is empty");
    any_decision_ = false;
    return engine_->write(Durability::synced, [](Transaction& t) { return t.put(Family::meta, "format", encode_format(kFormat)); });
  }
  KeyReader reader(**row);
  const auto format = reader.u32();
  if (!reader.ok()) return fail(Errc::corrupt, "the format version cannot be read");
  if (format > kFormat) {
    return fail(Errc::misconfigured, "written by a newer program (format " + std::to_string(format) + ", this one knows " +
                                         std::to_string(kFormat) + "): install that version, or restore a backup");
  }
  if (format < 1) return fail(Errc::misconfigured, "format 0 was never released");
  if (format < kFormat && read_only) {
    return fail(Errc::misconfigured, "written by an older program (format " + std::to_string(format) +
                                         "): start the daemon once, or run `vigie store migrate`");
  }
  if (auto loaded = load_names(); !loaded) return loaded;
  if (auto loaded = load_common_phrases(); !loaded) return loaded;
  if (!read_only) {
    any_decision_ = false;
    const auto walked = engine_->scan_prefix(Family::link, "d", [&](std::string_view, std::string_view) { return !(any_decision_ = true); });
    if (!walked) return walked;
  }
  return format < kFormat ? migrate(format) : Status{};
}

Status RocksStore::complete(const Completion& completion) {
  return std::move(complete_these({&completion, 1}).front());
}

std::vector<Status> RocksStore::complete_all(const std::vector<Completion>& completions) { return complete_these(completions); }

std::vector<Status> RocksStore::complete_these(std::span<const Completion> completions) {
  std::vector<Engine::Fact> facts;
  facts.reserve(completions.size());
  Touched touched;  // the facts of one call run one after the other
  for (const auto& completion : completions) {
    facts.emplace_back([this, &completion, &touched](Transaction& t) { return complete_one(t, completion, touched); });
  }
  auto answers = engine_->write_all(Durability::synced, facts);
  bool renamed = false;
  for (std::size_t i = 0; i < completions.size(); ++i) {
    if (!answers[i]) continue;
    for (const auto& merge : completions[i].merges) {
      take(merge);
      renamed = renamed || merge.kind == kTemplateUse;  // of pictures place_pictures() has seen to it
    }
  }
  if (renamed) users_cache_.clear();  // it knows the old names
  remember(touched);
  return answers;
}

void RocksStore::remember(const Touched& touched) {
  for (const auto& [ad, names] : touched) {
    std::set<std::string> before;
    for (const auto& name : names) before.insert(name_now(name));
    users_cache_.replace(ad, before, [this, &id = ad] { return advert(id); });
  }
}

Status RocksStore::refresh() {
  auto done = engine_->refresh();
  users_cache_.clear();
  if (!done) return done;
  templates_.clear();
  pictures_.clear();
  return load_names();
}

Status RocksStore::complete_one(Transaction& t, const Completion& completion, Touched& touched) {
  const auto& visit = completion.visit;
  if (visit.url().empty()) return fail(Errc::malformed, "complete: a visit without URL");
  auto before = get_visit_head(t, visit.url());
  if (!before) return std::move(before).error();
  const auto stored = *before ? (*before)->generation() : 0;
  if (visit.generation() != stored + 1) {
    return fail(Errc::fenced, "generation " + std::to_string(visit.generation()) + " after " + std::to_string(stored));
  }
  // The schedule row went with the lease; it is erased again below, in case the lease, which is not synced, was lost.
  if (auto erased = t.erase(Family::lease, visit.url()); !erased) return erased;
  if (auto placed = place_visit(t, *before, visit, false); !placed) return placed;
  if (completion.host) {
    if (auto put = write_host(t, *completion.host); !put) return put;
  }
  for (const auto& found : completion.discovered) {
    if (auto added = discover_visit(t, found); !added) return std::move(added).error();
  }
  for (const auto& moved : completion.moved) {
    if (auto done = move_visit(t, moved); !done && done.error().code != Errc::conflict && done.error().code != Errc::not_found) return done;
  }
  for (const auto& ad : completion.ads) {
    if (auto put = write_ad(t, ad, common_, touched); !put) return put;
  }
  for (const auto& ad : completion.seen) {
    if (auto put = write_sighting(t, ad, visit.last_ms(), touched); !put) return put;
  }
  for (const auto& merge : completion.merges) {
    if (auto put = write_merge(t, merge); !put) return put;
  }
  for (const auto& network : completion.networks) {
    if (auto put = write_network(t, network); !put) return put;
  }
  for (const auto& alert : completion.alerts) {
    if (auto put = write_alert(t, alert); !put) return put;
  }
  if (completion.knowledge) {
    if (auto put = write_knowledge(t, *completion.knowledge); !put) return put;
  }
  return write_log(t, completion.log);
}

}  // namespace vigie::storage
