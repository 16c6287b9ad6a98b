#include "app/engine.h"
#include "app/clock_mend.h"
#include "app/engine_work.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/hash.h"
#include "core/log.h"
#include "core/url.h"

namespace vigie::app {
namespace {

constexpr std::size_t kQueue = 256;          // pages between fetch and commit, at most
constexpr std::size_t kClerkQueue = 16'384;  // more than crawl.in_flight and its hosts can ask at once: no push waits
constexpr std::size_t kLeasesAtOnce = 64;
constexpr auto kBeat = 200ms;
constexpr auto kShortRest = 10s;             // so long a block is waited for at the end of a pass
constexpr auto kLater = 6h;                  // when a host with nothing due is looked at

}  // namespace

Engine::Engine(storage::Store& store, std::shared_ptr<const Config> config, std::shared_ptr<const detector::Rules> rules,
               EngineOptions options)
    : store_(store), options_(std::move(options)), config_(std::move(config)), rules_(std::move(rules)),
      health_(store_, alerts_lock_), bounces_(store_, alerts_lock_), pages_(kQueue), commits_(kQueue * 2), clerk_(kClerkQueue) {
  options_.words = config_->words;
}

Engine::~Engine() { stop(10s); }

Result<std::unique_ptr<Engine>> Engine::start(storage::Store& store, std::shared_ptr<const Config> config,
                                              std::shared_ptr<const detector::Rules> rules, EngineOptions options) {
  std::unique_ptr<Engine> engine(new Engine(store, std::move(config), std::move(rules), std::move(options)));
  if (auto done = engine->prepare(); !done) return std::move(done).error();
  return engine;
}

// Order: what consumes starts before what produces, so that nothing waits on a thread that is not there yet.
Status Engine::prepare() {
  started_ = wall_now();
  auto run = store_.begin_run(started_);
  if (!run) return std::move(run).error();
  run_ = *run;
  auto recovered = store_.recover_leases(run_, started_);
  if (!recovered) return std::move(recovered).error();
  if (*recovered > 0) log::info("leases.recovered", {{"count", std::to_string(*recovered)}});
  if (options_.fetch) {
    auto mended = mend_schedule(store_, *config_, started_);
    if (!mended) return std::move(mended).error();
    if (*mended > 0) log::warn("clock.mended", {{"pages", std::to_string(*mended)}, {"what", "they were put off by a clock that ran ahead"}});
  }

  pipeline_ = std::make_unique<Pipeline>(store_, config_, rules_, alerts_lock_);
  auto poster = Poster::make(store_, config_->alerts, alerts_lock_);
  if (!poster) return std::move(poster).error();
  poster_ = *std::move(poster);
  post_thread_ = std::thread([this] { run_post(); });
  mail_thread_ = std::thread([this] { run_courier(Line::mail); });
  other_ways_thread_ = std::thread([this] { run_courier(Line::others); });
  commit_thread_ = std::thread([this] { run_commit(); });
  if (!options_.fetch) return {};
  if (!options_.once) reassess_thread_ = std::thread([this] { run_reassess(); });
  if (auto done = plant_starts(); !done) return done;
  for (int i = 0; i < std::max(1, options_.workers); ++i) pool_busy_.push_back(std::make_unique<Busy>());
  for (int i = 0; i < std::max(1, options_.workers); ++i) pool_threads_.emplace_back([this, i] { run_pool(i); });
  return start_crawl();
}

// Start and sitemap addresses of every site; known ones keep their state.
Status Engine::plant_starts() {
  std::vector<Visit> visits;
  for (const auto& site : config_->sites) {
    for (const auto& url : site.start()) {
      if (auto visit = crawler::make_visit(url, site, Role::index, nullptr, started_)) visits.push_back(*std::move(visit));
    }
    for (const auto& url : site.sitemap()) {
      if (auto visit = crawler::make_visit(url, site, Role::feed, nullptr, started_)) visits.push_back(*std::move(visit));
    }
  }
  auto planted = store_.discover(visits);
  if (!planted) return std::move(planted).error();
  return {};
}

/// In a single pass what was tried since its start does not count as due; what was cancelled was not tried.
std::vector<Visit> Engine::due_of(const std::string& host, Instant until, std::size_t limit) {
  auto due = store_.due(host, until, limit);
  if (due && options_.once) {
    const auto tried = [&](const Visit& visit) { return visit.last_ms() >= to_ms(started_) && visit.outcome() != Outcome::cancelled; };
    if (std::all_of(due->begin(), due->end(), tried) && due->size() == limit) due = store_.due(host, until, 100'000);
    if (due) std::erase_if(*due, tried);
    if (due && due->size() > limit) due->resize(limit);
  }
  if (due) return *std::move(due);
  fatal(std::move(due).error().in("due"));
  return {};
}

crawler::CrawlPorts Engine::ports() {
  crawler::CrawlPorts ports;
  ports.now = wall_now;
  ports.due = [this](const std::string& host, Instant until, std::size_t limit, std::function<void(std::vector<Visit>)> done) {
    clerk_.push({Lease{}, HostRecord{}, nullptr, [this, host, until, limit, done = std::move(done)] {
      loop_->post([done, due = due_of(host, until, limit)]() mutable { done(std::move(due)); });
    }});
  };
  ports.lease = [this](Lease lease, HostRecord host, std::function<void(bool)> done) {
    clerk_.push({std::move(lease), std::move(host), std::move(done), nullptr});
  };
  ports.save_host = [this](HostRecord host) { clerk_.push({Lease{}, std::move(host), nullptr, nullptr}); };
  ports.room = [this] { return !stopping_ && !disk_.paused() && pending_.load() < static_cast<std::int64_t>(kQueue) - 64; };
  ports.deliver = [this](crawler::Exchange exchange) {
    ++pending_;
    PageItem item;
    item.exchange = std::move(exchange);
    const bool readable = item.exchange.visit.outcome() == Outcome::ok && !item.exchange.body.empty();
    // The queues hold more than `room` ever lets out, so neither push waits: this is the fetch thread.
    if (readable) {
      pages_.push(std::move(item));
    } else {
      commits_.push({std::move(item), nullptr});
    }
  };
  ports.health = [this](const HostRecord& host) { commits_.push({PageItem{}, nullptr, host}); };
  return ports;
}

Status Engine::start_crawl() {
  loop_ = std::make_unique<crawler::Loop>();
  auto crawl = crawler::Crawl::make(*loop_, config_->crawl, config_->sites, ports(), run_);
  if (!crawl) return std::move(crawl).error();
  crawl_ = *std::move(crawl);
  auto hosts = store_.hosts();
  if (!hosts) return std::move(hosts).error();
  std::set<std::string> known;
  for (const auto& due : *hosts) known.insert(due.host.host());
  for (const auto& site : config_->sites) {
    for (const auto& name : site.hosts()) {
      const auto key = crawler::politeness_key(name);
      if (known.insert(key).second) hosts->push_back({host_named(key), std::nullopt});
    }
  }
  for (auto& due : *hosts) {
    auto earliest = store_.earliest_due(due.host.host());
    if (!earliest) return std::move(earliest).error();
    // One with nothing due has its clock and back-off to tell all the same.
    loop_->post([this, host = due.host, at = earliest->value_or(started_ + kLater)] { crawl_->host_due(host, at); });
  }
  clerk_thread_ = std::thread([this] { run_clerk(); });
  fetch_thread_ = std::thread([this] {
    std::function<void()> beat;
    std::shared_ptr<crawler::Loop::Timer> timer;
    beat = [&] {
      loop_busy_.since_ms = steady_ms();
      lag_ms_ = std::max(lag_ms_.load(), loop_->lag().count());
      timer = loop_->after(kBeat, beat);
    };
    loop_->post(beat);
    loop_->run();
  });
  return {};
}

/// Not synced: what is written survives a kill; a power cut ends the requests too.
void Engine::run_clerk() {
  while (auto first = clerk_.pop()) {
    clerk_busy_.since_ms = steady_ms();
    std::vector<std::pair<Lease, HostRecord>> rows;
    std::vector<std::function<void(bool)>> waiting;
    std::function<void()> ask;
    for (auto item = std::move(first); item; item = rows.size() < kLeasesAtOnce ? clerk_.try_pop() : std::nullopt) {
      if ((ask = std::move(item->ask))) break;
      rows.emplace_back(std::move(item->lease), std::move(item->host));
      waiting.push_back(std::move(item->done));
    }
    const auto kept = rows.empty() ? std::vector<Status>{} : store_.lease_all(rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!kept[i] && kept[i].error().code != Errc::full) log::error("lease.failed", {{"why", kept[i].error().text}});
      if (waiting[i]) loop_->post([done = std::move(waiting[i]), ok = static_cast<bool>(kept[i])] { done(ok); });
    }
    if (ask) ask();
    clerk_busy_.since_ms = 0;
  }
}

Result<Committed> Engine::import(PageItem item) {
  std::lock_guard lock(import_lock_);
  item.import = true;
  if (item.exchange.visit.outcome() == Outcome::ok && !item.exchange.body.empty()) {
    if (!import_worker_) import_worker_ = std::make_unique<Worker>(options_.program, options_.limits, options_.words);
    read_page_with(*import_worker_, item);
  }
  auto answer = std::make_shared<std::promise<Result<Committed>>>();
  auto future = answer->get_future();
  if (stopping_ || !commits_.push({std::move(item), answer})) return fail(Errc::cancelled, "stopping");
  if (future.wait_for(120s) != std::future_status::ready) return fail(Errc::timed_out, "commit took too long");
  return future.get();
}

// ---------------------------------------------------------------------------------------------- steering

Status Engine::reload(std::shared_ptr<const Config> config, std::shared_ptr<const detector::Rules> rules) {
  auto poster = Poster::make(store_, config->alerts, alerts_lock_);
  if (!poster) return std::move(poster).error();
  {
    std::lock_guard lock(poster_lock_);
    poster_->cancel();  // a delivery by the old options ends soon, and is tried again by the new ones
    poster_ = *std::move(poster);
  }
  {
    std::lock_guard lock(config_lock_);
    config_ = config;
    rules_ = std::move(rules);
    ++config_version_;
  }
  reassess_wake_.notify_all();
  if (auto done = plant_starts(); !done) return done;
  if (!loop_) return {};
  auto hosts = store_.hosts();
  if (!hosts) return std::move(hosts).error();
  crawl_->replace_sites(config->sites);
  for (const auto& due : *hosts) {
    if (due.earliest) loop_->post([this, due] { crawl_->host_due(due.host, *due.earliest); });
  }
  loop_->post([this] { crawl_->wake(); });
  return {};
}

bool Engine::idle() {
  if (!loop_) return commits_.size() == 0;
  if (pending_ > 0 || commits_.size() > 0) return false;
  std::promise<std::pair<int, std::vector<std::string>>> answer;
  auto answered = answer.get_future();
  loop_->post([&] { answer.set_value({crawl_->counters().in_flight, crawl_->closed_hosts(wall_now(), 5min)}); });
  const auto [in_flight, closed] = answered.get();
  if (in_flight > 0 || pending_ > 0) return false;
  auto hosts = store_.hosts();
  if (!hosts) return false;
  const auto now = wall_now();
  for (const auto& host : *hosts) {
    // A host at its pace is waited for, one that must rest (blocked, breaker open, robots not to be had) is not.
    const bool rests = from_ms(host.host.blocked_until_ms()) > now + kShortRest || from_ms(host.host.next_allowed_ms()) > now + 5min;
    if (rests || std::find(closed.begin(), closed.end(), host.host.host()) != closed.end()) continue;
    if (!due_of(host.host.host(), now, 64).empty()) return false;
  }
  return true;
}

void Engine::fatal(Error error) {
  if (fatal_.exchange(true)) return;
  log::error("engine.fatal", {{"why", error.text}});
  if (error.code == Errc::storage || error.code == Errc::corrupt) note_store_fault(config_now()->storage_path, wall_now());
  if (options_.on_fatal) options_.on_fatal(error);
}

bool Engine::stop(Millis deadline) {
  if (stopped_) return true;
  stopped_ = true;
  bool clean = true;
  if (reassess_thread_.joinable()) {
    {
      std::lock_guard lock(reassess_mutex_);
      reassess_stop_ = true;
    }
    reassess_wake_.notify_all();
    reassess_thread_.join();
  }
  const auto end = std::chrono::steady_clock::now() + deadline;
  if (fetch_thread_.joinable()) {
    std::promise<void> drained;
    auto done = drained.get_future();
    const auto cut = wall_now() + deadline / 2;
    loop_->post([&] { crawl_->drain(cut, [&] { drained.set_value(); }); });
    clean = done.wait_until(end) == std::future_status::ready;
    loop_->stop();
    fetch_thread_.join();
    clerk_.close();
    clerk_thread_.join();
    log::info("stop.fetch", {{"clean", clean ? "yes" : "no"}});
  }
  pages_.close();
  for (auto& thread : pool_threads_) thread.join();
  commits_.close();
  if (commit_thread_.joinable()) commit_thread_.join();
  stopping_ = true;
  poster()->cancel();
  nudge_post();
  for (auto* thread : {&post_thread_, &mail_thread_, &other_ways_thread_}) {
    if (thread->joinable()) thread->join();
  }
  crawl_.reset();
  loop_.reset();
  log::info("stop.engine", {{"clean", clean ? "yes" : "no"}});
  return clean;
}

EngineCounters Engine::counters() {
  std::lock_guard lock(counters_lock_);
  auto copy = counters_;
  copy.queued = pending_;
  copy.loop_lag = Millis(lag_ms_.exchange(0));
  return copy;
}

std::string Engine::stuck(Millis patience) {
  const auto now = steady_ms();
  const auto too_long = [&](const Busy& busy) {
    const auto since = busy.since_ms.load();
    return since > 0 && now - since > patience.count();
  };
  if (too_long(commit_busy_)) return "commit";
  if (too_long(clerk_busy_)) return "clerk";
  if (too_long(post_busy_)) return "post";
  if (fetch_thread_.joinable() && too_long(loop_busy_)) return "fetch";
  for (const auto& busy : pool_busy_) {
    if (too_long(*busy)) return "pool";
  }
  return {};
}

}  // namespace vigie::app
