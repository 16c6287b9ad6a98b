// The engine's commit thread: the only writer of ads, versions, links and findings.
#include <algorithm>
#include <iterator>
#include <utility>

#include "app/engine.h"
#include "app/engine_work.h"
#include "core/hash.h"
#include "core/log.h"

namespace vigie::app {
namespace {

constexpr std::size_t kUnchangedAtOnce = 64;  // pages in one batch with one sync
constexpr Millis kSoon = 1s;

}  // namespace

void Engine::count(const CommitItem& item, const Committed& committed) {
  const auto& exchange = item.page.exchange;
  std::lock_guard lock(counters_lock_);
  const auto outcome = static_cast<std::size_t>(exchange.visit.outcome());
  ++counters_.pages;
  if (outcome < counters_.outcomes.size()) ++counters_.outcomes[outcome];
  if (exchange.visit.outcome() == Outcome::unchanged) ++counters_.unchanged;
  auto& site = counters_.sites[exchange.site.site()];
  ++site.outcomes[Outcome::Kind_Name(exchange.visit.outcome())];
  site.bytes += static_cast<std::int64_t>(exchange.body.size());
  counters_.new_ads += committed.new_ads;
  counters_.changed_ads += committed.changed_ads;
  counters_.gone_ads += committed.gone_ads;
  counters_.alerts += committed.alerts;
}

/// After a commit that came off or did not. False: the store cannot go on.
bool Engine::settle(CommitItem& item, Result<Committed> committed, std::vector<Committed>& told) {
  if (committed) {
    count(item, *committed);
    if (committed->alerts > 0) nudge_post();
  } else {
    const auto code = committed.error().code;
    log::error("commit.failed", {{"site", item.page.exchange.site.site()}, {"why", committed.error().text}});
    if (code == Errc::fenced) {
      std::lock_guard lock(counters_lock_);
      ++counters_.fenced;
    }
    if (code == Errc::storage || code == Errc::corrupt) {
      if (item.answer) item.answer->set_value(committed.error());
      fatal(committed.error());
      return false;
    }
  }
  const auto& own_host = item.page.exchange.visit.host();
  const bool blocked = item.page.page && item.page.page->page_class() == "block";
  if (!item.page.import && blocked && loop_) {  // a challenge that answered 200: only the parser could see it
    loop_->post([this, own_host, site = item.page.exchange.site] { crawl_->page_refused(own_host, site); });
  }
  if (!item.page.import) {
    told.push_back(committed ? *committed : Committed{});
    told.back().host = own_host;
  }
  if (item.answer) item.answer->set_value(std::move(committed));
  return true;
}

bool Engine::commit_one(Pipeline& pipeline, CommitItem& item, std::unique_lock<std::mutex>& commit, std::vector<Committed>& told) {
  for (;;) {
    auto committed = pipeline.commit(item.page);
    store_full_ = !committed && committed.error().code == Errc::full;
    if (!store_full_ || stopping_) return settle(item, std::move(committed), told);
    log::error("store.full", {{"what", "waiting for space"}});
    commit.unlock();  // an erasure that frees space must not wait for us
    std::this_thread::sleep_for(1s);
    commit.lock();
    commit_busy_.since_ms = steady_ms();  // waiting for space is no hang: a restart would not bring any
  }
}

/// Pages that came back as they were have nothing to tell each other: they share one batch and one sync.
bool Engine::commit_unchanged(Pipeline& pipeline, std::vector<CommitItem>& items, std::unique_lock<std::mutex>& commit,
                              std::vector<Committed>& told) {
  std::vector<PageItem*> pages;
  for (auto& item : items) pages.push_back(&item.page);
  auto answers = pipeline.commit_unchanged(pages);
  bool go_on = true;
  for (std::size_t i = 0; i < items.size() && go_on; ++i) {
    const bool full = !answers[i] && answers[i].error().code == Errc::full;
    go_on = full ? commit_one(pipeline, items[i], commit, told) : settle(items[i], std::move(answers[i]), told);
  }
  return go_on;
}

void Engine::tell_crawl(std::vector<Committed> told) {
  if (!loop_ || told.empty()) return;
  std::vector<std::pair<HostRecord, Instant>> others;
  for (auto& committed : told) {
    if (options_.once && committed.earliest && *committed.earliest <= wall_now() + kSoon) {
      auto left = due_of(committed.host, wall_now() + kSoon, 64);
      committed.earliest = left.empty() ? std::nullopt : std::optional(from_ms(left.front().due_ms()));
    }
    for (const auto& other : committed.other_hosts) {
      auto at = store_.earliest_due(other);
      if (at && *at) others.emplace_back(host_named(other), **at);
    }
  }
  loop_->post([this, told = std::move(told), others = std::move(others)] {
    for (const auto& committed : told) crawl_->committed(committed.host, committed.earliest);
    for (const auto& [host, due] : others) crawl_->host_due(host, due);
    crawl_->wake();
  });
}

void Engine::pause_commits(const std::function<void()>& work) {
  std::scoped_lock lock(commit_lock_, alerts_lock_);
  work();
  pipeline_->forget();
}

/// The next thing to commit: one, or as many unchanged pages as wait in a row.
std::vector<Engine::CommitItem> Engine::next_commits() {
  std::vector<CommitItem> items;
  auto item = commit_ahead_ ? std::exchange(commit_ahead_, std::nullopt) : commits_.pop();
  while (item) {
    const bool joins = !item->health && Pipeline::unchanged(item->page);
    if (!items.empty() && !joins) {
      commit_ahead_ = std::move(item);
      break;
    }
    items.push_back(*std::move(item));
    if (!joins || items.size() == kUnchangedAtOnce) break;
    item = commits_.try_pop();
  }
  return items;
}

void Engine::run_commit() {
  int version = config_version_;
  for (auto items = next_commits(); !items.empty(); items = next_commits()) {
    if (version != config_version_) {
      std::lock_guard lock(config_lock_);
      version = config_version_;
      pipeline_->replace(config_, rules_);
    }
    std::unique_lock commit(commit_lock_);
    commit_busy_.since_ms = steady_ms();
    if (items.front().health) {
      if (auto done = pipeline_->note_health(*items.front().health, wall_now()); !done) fatal(std::move(done).error());
      commit_busy_.since_ms = 0;
      nudge_post();
      continue;
    }
    pending_ -= std::count_if(items.begin(), items.end(), [](const CommitItem& item) { return !item.page.import; });
    std::vector<Committed> told;
    const bool group = items.size() > 1;
    const bool go_on = group ? commit_unchanged(*pipeline_, items, commit, told) : commit_one(*pipeline_, items.front(), commit, told);
    tell_crawl(std::move(told));
    if (go_on && !group && commits_.size() == 0 && !commit_ahead_ && !options_.once) {
      if (auto done = pipeline_->end_first_passes(wall_now()); !done) fatal(std::move(done).error());
      nudge_post();
    }
    commit_busy_.since_ms = 0;
    if (!go_on) return;
  }
}

}  // namespace vigie::app
