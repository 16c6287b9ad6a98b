// The engine's pool: one thread and one parse worker each.
#include "app/engine.h"
#include "app/engine_work.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/text.h"
#include "storage/history.h"

namespace vigie::app {
namespace {

constexpr int kDeathsToQuarantine = 2;
constexpr auto kQuarantine = 24h;
constexpr std::size_t kMostReadAgain = 4;  // earlier bodies of one page

}  // namespace

void Engine::read_page_with(Worker& worker, PageItem& item) {
  auto& visit = item.exchange.visit;
  const auto hash = sha256(item.exchange.body);
  const auto& site = item.exchange.site.site();
  if (visit.body_sha256() == hash && !read_by_less(visit, pipeline_->learned_revision(site))) {
    visit.set_outcome(Outcome::unchanged);
    return;
  }
  visit.set_body_sha256(hash);
  {
    std::lock_guard lock(deaths_lock_);
    const auto found = deaths_.find(hash);
    if (found != deaths_.end() && found->second.first >= kDeathsToQuarantine &&
        wall_now() - found->second.second < kQuarantine) {
      item.error = fail(Errc::refused, "in quarantine: its bytes ended a parse worker twice");
      std::lock_guard counters(counters_lock_);
      ++counters_.quarantined;
      return;
    }
  }
  ParseRequest request;
  *request.mutable_site() = item.exchange.site;
  *request.mutable_knowledge() = pipeline_->knowledge(site);
  request.set_body(item.exchange.body);
  request.set_content_type(item.exchange.content_type);
  request.set_url(visit.url());
  request.set_fetched_ms(to_ms(item.exchange.ended));
  request.set_status(visit.status());
  request.set_teach(pipeline_->wants_lesson(site, visit.url()));
  const int deaths = worker.deaths();
  auto page = worker.parse(request);
  if (page) {
    item.page = *std::move(page);
    item.reading = request.knowledge().learned().revision();
    read_again(worker, request, item);
    return;
  }
  item.error = std::move(page).error();
  if (worker.deaths() == deaths) return;
  std::lock_guard lock(deaths_lock_);
  auto& [count, last] = deaths_[hash];
  ++count;
  last = wall_now();
  visit.clear_body_sha256();  // so that the same bytes are tried again, until they are quarantined
  if (count == kDeathsToQuarantine) {
    // The bytes are kept: somebody will want to know what a page did to us.
    (void)store_.put_raw(item.exchange.site.site(), item.exchange.body, item.exchange.ended);
    log::error("page.quarantined", {{"site", item.exchange.site.site()}});
  }
  std::lock_guard counters(counters_lock_);
  ++counters_.worker_deaths;
}

// The same bytes are worth another reading when the site has taught something since: so the first ads of a site catch up.
bool Engine::read_by_less(const Visit& visit, std::int64_t revision) {
  if (revision == 0 || visit.ads().empty() || visit.outcome() != Outcome::ok) return false;
  const auto stored = store_.ad(visit.ads(0));
  return stored && *stored && (*stored)->own_page() && (*stored)->page() == visit.url() && (*stored)->reading() < revision;
}

// An ad that looks otherwise than at its last version, which was read by what was known of the site then: that version's
// page is read once more by what is known now, so that only what the site changed counts as a change.
void Engine::read_again(Worker& worker, ParseRequest request, PageItem& item) {
  const auto& page_class = item.page->page_class();
  if (page_class != "ad" && page_class != "inline" && page_class != "thread") return;
  struct Earlier {
    Version version;
    std::set<std::string> ads;  // whose last version it shows
  };
  std::map<std::string, Earlier> bodies;
  for (const auto& listing : item.page->listings()) {
    const auto stored = store_.ad(listing.ad());
    if (!stored || !*stored || (*stored)->reading() == item.reading) continue;
    if ((*stored)->content_hash() == storage::content_hash(listing)) continue;
    auto versions = store_.versions(listing.ad());
    if (!versions || versions->empty()) continue;
    const auto& last = versions->back();
    if (bodies.size() >= kMostReadAgain && !bodies.contains(last.sha256())) continue;
    auto& body = bodies[last.sha256()];
    body.version = last;
    body.ads.insert(listing.ad());
  }
  for (const auto& [sha256_hex, earlier] : bodies) {
    const auto sha = text::from_hex(sha256_hex);
    auto body = sha ? store_.raw(*sha) : Result<std::string>(fail(Errc::not_found, ""));
    if (!body) continue;  // its retention has passed: the difference counts as a change
    request.set_body(*std::move(body));
    request.set_fetched_ms(to_ms(from_timestamp(earlier.version.seen())));
    request.set_teach(false);
    auto page = worker.parse(request);
    if (!page) continue;
    for (auto& listing : *page->mutable_listings()) {
      if (earlier.ads.contains(listing.ad())) item.read_again.try_emplace(listing.ad(), std::move(listing));
    }
  }
}

void Engine::run_pool(int number) {
  Worker worker(options_.program, options_.limits, options_.words);
  auto& busy = *pool_busy_[static_cast<std::size_t>(number)];
  while (auto item = pages_.pop()) {
    busy.since_ms = steady_ms();
    read_page_with(worker, *item);
    busy.since_ms = 0;
    commits_.push({*std::move(item), nullptr});
  }
}

}  // namespace vigie::app
