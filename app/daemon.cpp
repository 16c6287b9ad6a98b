// vigie run: the engine, metrics, the control socket, signals and the watchdog.
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include <poll.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <google/protobuf/struct.pb.h>

#include "app/administer.h"
#include "app/alert_actions.h"
#include "app/arguments.h"
#include "app/clock_mend.h"
#include "app/common.h"
#include "app/control.h"
#include "app/engine.h"
#include "app/importer.h"
#include "app/metrics.h"
#include "core/json.h"
#include "core/log.h"

namespace vigie::app {
namespace {

constexpr Millis kPatience = 90s;      // a thread that takes longer for one step is stuck
constexpr Millis kStopDeadline = 25s;  // under TimeoutStopSec of the unit

/// Notices that the clock of the day moved against the clock that only runs forward: due times, pace and the dates of
/// what is seen follow the former.
class ClockWatch {
 public:
  /// How far the clock of the day stepped since the last call, if by more than two seconds.
  std::optional<Millis> stepped() {
    const auto offset = std::chrono::duration_cast<Millis>(wall_clock().time_since_epoch() -
                                                           std::chrono::steady_clock::now().time_since_epoch());
    const auto moved = last_ ? offset - *last_ : Millis{};
    last_ = offset;
    if (moved > -2s && moved < 2s) return std::nullopt;
    return moved;
  }

 private:
  std::optional<Millis> last_;
};

class Daemon {
 public:
  explicit Daemon(const Arguments& arguments) : arguments_(arguments) {}
  int run();

 private:
  Status start();
  void reload();
  int answer(const std::string& request, unsigned uid, const ControlServer::Say& say);
  int by_order(const google::protobuf::Struct& request, const std::string& person, const ControlServer::Say& say);
  void keep_house();
  int import(const google::protobuf::Struct& request, const ControlServer::Say& say);
  int act(const google::protobuf::Struct& request, const ControlServer::Say& say);
  int loop(int signals);
  int stop(int code);

  Arguments arguments_;
  std::mutex ready_lock_;
  Ready ready_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<ControlServer> control_;
  std::atomic<bool> fatal_{false};
  std::string store_folder_;
  std::future<void> retention_;
  std::chrono::steady_clock::time_point next_retention_ = std::chrono::steady_clock::now() + 60s;
};

Status Daemon::start() {
  auto ready = make_ready(arguments_);
  if (!ready) return std::move(ready).error();
  ready_ = *std::move(ready);
  const auto& config = *ready_.config;
  auto store = open_store(config.storage_path, storage::Access::read_write);
  if (!store) return std::move(store).error();
  store_ = *std::move(store);
  store_folder_ = config.storage_path;
  next_retention_ = std::chrono::steady_clock::now() + std::min<Millis>(60s, config.retention_every);
  EngineOptions options;
  options.workers = worker_count();
  options.on_fatal = [this](const Error&) { fatal_ = true; };
  auto engine = Engine::start(*store_, ready_.config, ready_.rules, options);
  if (!engine) return std::move(engine).error();
  engine_ = *std::move(engine);
  if (!config.metrics_listen.empty()) {
    auto metrics = Metrics::start(config.metrics_listen, [this] { return engine_->counters(); }, [this] {
      auto totals = store_->totals();
      return totals ? *totals : storage::Totals{};
    }, [this] {
      std::shared_ptr<const Config> now;  // a reload may have brought other sites
      {
        std::lock_guard lock(ready_lock_);
        now = ready_.config;
      }
      return site_figures(*store_, now->sites, wall_clock());
    });
    if (!metrics) return std::move(metrics).error();
    metrics_ = *std::move(metrics);
  }
  auto control = ControlServer::start(control_path(config.storage_path), [this](const std::string& request, unsigned uid, const auto& say) {
    return answer(request, uid, say);
  });
  if (!control) return std::move(control).error();
  control_ = *std::move(control);
  return {};
}

// All or nothing: a configuration with a fault leaves the old one in force.
void Daemon::reload() {
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", static_cast<long long>(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count()));
  auto ready = make_ready(arguments_);
  Status done;
  if (ready) {
    if (ready->config->storage_path != ready_.config->storage_path) {
      log::warn("reload.storage_path_kept", {{"why", "it changes only with a restart"}});
    }
    done = engine_->reload(ready->config, ready->rules);
  } else {
    done = std::move(ready).error();
  }
  if (done) {
    std::lock_guard lock(ready_lock_);
    ready_ = *std::move(ready);
    log::info("reload.done", {{"sites", std::to_string(ready_.config->sites.size())}});
  } else {
    log::error("reload.refused", {{"why", done.error().text}, {"in_force", "the old configuration"}});
  }
  sd_notify(0, "READY=1");
}

int Daemon::import(const google::protobuf::Struct& request, const ControlServer::Say& say) {
  std::vector<std::string> files;
  const auto found = request.fields().find("files");
  if (found == request.fields().end()) return 2;
  for (const auto& file : found->second.list_value().values()) files.push_back(file.string_value());
  std::shared_ptr<const Config> config;
  {
    std::lock_guard lock(ready_lock_);
    config = ready_.config;
  }
  Importer importer(*engine_, config, config->storage_path, [&](const std::string& line) { say(line); },
                    [&](int done, int) { return done % 100 != 0 || !fatal_; });
  auto summary = importer.run(files);
  if (!summary) {
    say(summary.error().text);
    return 1;
  }
  say("summary: " + summary->sentence());
  if (summary->faults > 0 || summary->failed > 0) return 1;
  return summary->warnings > 0 ? 3 : 0;
}

int Daemon::act(const google::protobuf::Struct& request, const ControlServer::Say& say) {
  std::optional<Result<std::string>> done;
  engine_->change_alerts([&] { done = act_on_alerts(*store_, request, wall_clock()); });
  say(*done ? **done : done->error().text);
  return *done ? 0 : 1;
}

// What changes the store beside the commit thread waits for it, and it for us: both read before they write.
int Daemon::by_order(const google::protobuf::Struct& request, const std::string& person, const ControlServer::Say& say) {
  std::shared_ptr<const Config> config;
  {
    std::lock_guard lock(ready_lock_);
    config = ready_.config;
  }
  const auto alone = [this](const std::function<void()>& work) { engine_->pause_commits(work); };
  return administer({*store_, config.get(), person, wall_clock(), say, alone, store_folder_}, request);
}

// Once a day what is past its time goes, on a thread of its own: this one feeds the watchdog.
void Daemon::keep_house() {
  if (auto taken = take_consultations(*store_, store_folder_); !taken) log::warn("log.consultations", {{"why", taken.error().text}});
  if (std::chrono::steady_clock::now() < next_retention_) return;
  if (retention_.valid() && retention_.wait_for(0s) != std::future_status::ready) return;
  next_retention_ = std::chrono::steady_clock::now() + ready_.config->retention_every;
  retention_ = std::async(std::launch::async, [this] {
    google::protobuf::Struct request;
    (*request.mutable_fields())["command"].set_string_value("retention");
    const int code = by_order(request, "retention", [](std::string_view line) { return log::info("retention.done", {{"result", std::string(line)}}), true; });
    if (code != 0) log::warn("retention.failed", {{"next", "tomorrow"}});
  });
}

int Daemon::answer(const std::string& request, unsigned uid, const ControlServer::Say& say) {
  google::protobuf::Struct parsed;
  if (auto read = from_json(request, parsed); !read) {
    say("request: " + read.error().text);
    return 2;
  }
  const auto command = parsed.fields().find("command");
  if (command == parsed.fields().end()) return 2;
  const auto& name = command->second.string_value();
  log::info("control.request", {{"command", name}});
  if (name == "import") return import(parsed, say);
  if (name == "ping") return 0;
  if (is_alert_action(name)) return act(parsed, say);
  if (const int code = by_order(parsed, person_of(uid), say); code >= 0) return code;
  say("unknown command");
  return 2;
}

int Daemon::loop(int signals) {
  std::uint64_t watchdog_us = 0;
  const bool watched = sd_watchdog_enabled(0, &watchdog_us) > 0;
  ClockWatch clock;
  for (;;) {
    pollfd entry{signals, POLLIN, 0};
    const int ready = ::poll(&entry, 1, 1000);
    if (fatal_) return 1;
    if (const auto step = clock.stepped()) {
      log::warn("clock.stepped", {{"by_ms", std::to_string(step->count())}});
      if (*step < -kClockAhead) {  // all that was planned meanwhile lies in the future: a start mends it
        log::error("clock.restart", {{"why", "the clock went back; the service manager starts the daemon again"}});
        return 1;
      }
    }
    if (const auto who = engine_->stuck(kPatience); !who.empty()) {
      log::error("watchdog.withheld", {{"stuck", who}});  // fed by progress only: the service manager restarts us
    } else if (watched) {
      sd_notify(0, "WATCHDOG=1");
    }
    keep_house();
    if (ready <= 0) continue;
    signalfd_siginfo info{};
    if (::read(signals, &info, sizeof info) != sizeof info) continue;
    if (info.ssi_signo == SIGHUP) {
      reload();
      continue;
    }
    log::info("signal.received", {{"signal", std::to_string(info.ssi_signo)}});
    return 0;
  }
}

int Daemon::stop(int code) {
  sd_notify(0, "STOPPING=1");
  control_.reset();
  if (retention_.valid()) retention_.wait();
  metrics_.reset();
  const bool clean = engine_ ? engine_->stop(kStopDeadline) : true;
  engine_.reset();
  store_.reset();
  log::info("stop.done", {{"clean", clean ? "yes" : "no"}});
  return clean ? code : 1;
}

int Daemon::run() {
  // Blocked before any thread starts, so that only this one takes them.
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  const int signals = ::signalfd(-1, &set, SFD_CLOEXEC);
  if (signals < 0) return complain(std::string("signalfd: ") + std::strerror(errno));
  if (auto started = start(); !started) {
    complain(started.error());
    if (engine_) stop(1);
    ::close(signals);
    return 1;
  }
  const auto& config = *ready_.config;
  log::info("daemon.started", {{"sites", std::to_string(config.sites.size())},
                               {"rules", std::to_string(config.rules.size())},
                               {"data", config.storage_path},
                               {"metrics", config.metrics_listen}});
  sd_notify(0, "READY=1\nSTATUS=watching");
  const int code = loop(signals);
  ::close(signals);
  return stop(code);
}

}  // namespace

int run_daemon(const Arguments& arguments) { return Daemon(arguments).run(); }

}  // namespace vigie::app
