// The engine's thread that looks at stored ads again when rules changed: the last of all to get the machine.
#include <sys/resource.h>
#include <unistd.h>

#include "app/engine.h"
#include "app/engine_work.h"
#include "app/reassess.h"
#include "core/log.h"

namespace vigie::app {
namespace {

constexpr int kAdsAtOnce = 100;       // a step of a few milliseconds, unless many of them are judged
constexpr auto kWhileBusy = 250ms;    // between two steps while pages wait for their commit
constexpr auto kLookForRules = 60s;   // a reload wakes the thread sooner

}  // namespace

/// One whole re-assessment, if the rules in force ask for it. False: a step failed; it is tried again later.
bool Engine::reassess_once(int version) {
  std::shared_ptr<const Config> config;
  {
    std::lock_guard lock(config_lock_);
    config = config_;
  }
  auto opened = Reassessor::open(store_, config->storage_path, config->rules, config->watch, wall_now());
  if (!opened) {
    log::warn("rules.not_reassessed", {{"why", opened.error().text}});
    return false;
  }
  auto& work = **opened;
  if (work.pending()) log::info("rules.reassessing", {{"from", work.state().before()}, {"to", work.state().after()}, {"done", std::to_string(work.state().ads())}});
  const auto judge = [this](const StoredAd& ad, const detector::Rules& before, const detector::Rules& after) -> Result<Reassessor::Judged> {
    std::lock_guard commit(commit_lock_);
    auto judged = pipeline_->judge_again(ad, before, after, wall_now(), true);
    if (!judged) return std::move(judged).error();
    return Reassessor::Judged{judged->told, judged->tells};
  };
  for (bool more = work.pending(); more && version == config_version_;) {
    const auto begun = std::chrono::steady_clock::now();
    auto step = work.step(kAdsAtOnce, wall_now(), judge);
    if (!step) {
      log::warn("rules.reassess_failed", {{"why", step.error().text}});
      return false;
    }
    more = *step;
    // Half of one core at most, and next to nothing while pages wait.
    const auto rest = std::max<std::chrono::steady_clock::duration>(std::chrono::steady_clock::now() - begun, commits_.size() > 0 ? kWhileBusy : 0ms);
    std::unique_lock lock(reassess_mutex_);
    if (reassess_wake_.wait_for(lock, rest, [&] { return reassess_stop_; })) return true;
  }
  return true;
}

void Engine::run_reassess() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
  for (int assessed = -1;;) {
    const int version = config_version_;
    if (version != assessed && reassess_once(version)) assessed = version;
    std::unique_lock lock(reassess_mutex_);
    if (reassess_wake_.wait_for(lock, kLookForRules, [&] { return reassess_stop_ || config_version_ != version; }) && reassess_stop_) return;
  }
}

}  // namespace vigie::app
