// The engine's post side: one thread plans, one each of the two lines delivers.
#include <utility>

#include "app/engine.h"
#include "app/engine_work.h"
#include "core/log.h"

namespace vigie::app {

void Engine::nudge_post() {
  std::lock_guard lock(post_mutex_);
  ++post_nudges_;
  post_wake_.notify_all();
}

std::shared_ptr<Poster> Engine::poster() {
  std::lock_guard lock(poster_lock_);
  return poster_;
}

// Sleeps until somebody nudged since `seen` or a second has passed; true: somebody did.
bool Engine::wait_for_nudge(std::int64_t& seen) {
  std::unique_lock lock(post_mutex_);
  post_wake_.wait_for(lock, 1s, [&] { return post_nudges_ != seen || stopping_; });
  return std::exchange(seen, post_nudges_) != post_nudges_;
}

void Engine::note_post(const Error& error) {
  log::error("post.failed", {{"why", error.text}});
  if (error.code == Errc::storage || error.code == Errc::corrupt) fatal(error);
}

void Engine::run_post() {
  std::int64_t seen = 0;
  while (!stopping_) {
    const bool nudged = wait_for_nudge(seen);
    if (stopping_ || options_.once || !options_.fetch) continue;  // one pass: flush() sends at its end
    post_busy_.since_ms = steady_ms();
    look_at_disk();
    auto told = look_after();
    if (!told) log::error("health.failed", {{"why", told.error().text}});
    auto turn = poster()->prepare(wall_now(), false, nudged || (told && *told));
    if (!turn) note_post(turn.error());
    if (auto trained = store_.train_dictionary(); !trained) note_post(trained.error());
    else if (!trained->empty()) log::info("site.dictionary_made", {{"site", *trained}});
    post_busy_.since_ms = 0;
    if (turn && turn->planned > 0) nudge_couriers();
  }
}

void Engine::nudge_couriers() {
  std::lock_guard lock(post_mutex_);
  ++planned_;
  post_wake_.notify_all();
}

// Not fed to the watchdog: a server may take half an hour for one message, and its time limits are the channel's own.
void Engine::run_courier(Line line) {
  std::int64_t seen = 0;
  while (!stopping_) {
    {
      std::unique_lock lock(post_mutex_);
      post_wake_.wait_for(lock, 1s, [&] { return planned_ != seen || stopping_; });
      seen = planned_;
    }
    if (stopping_ || options_.once || !options_.fetch) continue;
    auto turn = poster()->deliver(wall_now(), line);
    if (!turn) {
      note_post(turn.error());
      continue;
    }
    std::lock_guard counters(counters_lock_);
    counters_.mails += turn->delivered;
  }
}

void Engine::look_at_disk() {
  const auto change = disk_.look(*config_now(), store_full_);
  if (change == DiskGuard::Change::none) return;
  health_.crawl_paused(disk_.paused());
  if (change == DiskGuard::Change::resumed && loop_) loop_->post([this] { crawl_->wake(); });
}

std::shared_ptr<const Config> Engine::config_now() {
  std::lock_guard lock(config_lock_);
  return config_;
}

Result<bool> Engine::look_after() {
  const auto config = config_now();
  auto reports = bounces_.look(config->alerts.bounce_maildir, wall_now());
  if (!reports) return reports;
  auto told = health_.look(*config, wall_now(), Millis(steady_ms()));
  if (!told) return told;
  return *reports || *told;
}

void Engine::change_alerts(const std::function<void()>& change) {
  {
    std::lock_guard lock(alerts_lock_);
    change();
  }
  nudge_post();
}

Status Engine::flush() {
  auto now = wall_now();
  if (options_.once || !options_.fetch) {
    if (auto done = pipeline_->end_first_passes(now); !done) return done;
  }
  const auto post = poster();
  for (int round = 0; round < 100; ++round) {
    auto turn = post->turn(wall_now(), true);
    if (!turn) return std::move(turn).error();
    std::lock_guard counters(counters_lock_);
    counters_.mails += turn->delivered;
    if (turn->planned == 0 && turn->delivered == 0) break;
  }
  return {};
}

}  // namespace vigie::app
