#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/bounces.h"
#include "app/config.h"
#include "app/disk_guard.h"
#include "app/health.h"
#include "app/pipeline.h"
#include "app/poster.h"
#include "app/worker.h"
#include "core/queue.h"
#include "crawler/crawl.h"
#include "detector/detector.h"
#include "storage/store.h"

namespace vigie::app {

struct EngineOptions {
  std::string program = "/proc/self/exe";  // what parse workers are started from
  int workers = 1;
  bool fetch = true;   // false: import only
  bool once = false;   // one pass: what was tried since the start is not asked again
  WorkerLimits limits;
  std::vector<std::string> words;  // files that workers learn before they read; from the configuration at the start
  std::function<void(const Error&)> on_fatal;  // the store cannot, or a thread ended; called once, on any thread
};

struct SiteCounters {
  std::map<std::string, std::int64_t> outcomes;  // by name
  std::int64_t bytes = 0;                        // of bodies, decoded
};

struct EngineCounters {
  std::int64_t pages = 0, unchanged = 0, new_ads = 0, changed_ads = 0, gone_ads = 0, alerts = 0, mails = 0;
  std::int64_t worker_deaths = 0, quarantined = 0, fenced = 0;
  std::int64_t queued = 0;  // pages between fetch and commit
  Millis loop_lag{};
  std::map<std::string, SiteCounters> sites;
  std::array<std::int64_t, 64> outcomes{};  // index: Outcome::Kind
};

/// The journey's threads and queues (DESIGN section 3): fetch, clerk, pool, commit, post with a courier for mail and one for
/// the other ways out, and one that looks at stored ads again when rules changed. The clerk keeps leases and host
/// clocks for the fetch thread, and reads what is due: the loop must not wait for a disk. Starts them in order, stops them in reverse with one deadline; queues are bounded, and a transfer starts only if its result will have room.
class Engine {
 public:
  static Result<std::unique_ptr<Engine>> start(storage::Store& store, std::shared_ptr<const Config> config,
                                               std::shared_ptr<const detector::Rules> rules, EngineOptions options);
  ~Engine();

  /// Swaps configuration and rules between two pages. The mail channel is made anew.
  Status reload(std::shared_ptr<const Config> config, std::shared_ptr<const detector::Rules> rules);
  /// Parses and commits one page captured elsewhere, in the caller's order; waits for the commit.
  Result<Committed> import(PageItem item);
  /// once: nothing in flight, queued or due that has not been tried in this pass.
  bool idle();
  /// Runs `change` while nobody else moves an alert, then looks at what is due.
  void change_alerts(const std::function<void()>& change);
  /// Ends first passes that are complete and sends what is due, without waiting for batches.
  Status flush();
  /// Ordered stop; false when the deadline cut something off. Idempotent.
  bool stop(Millis deadline);
  /// Loop lag: the worst since the last call.
  EngineCounters counters();
  /// Runs `work` between two commits, with alerts at rest; what the pipeline remembers is read anew afterwards.
  void pause_commits(const std::function<void()>& work);
  /// Which thread has not moved for longer than `patience`; empty: all well. Feeds the watchdog.
  std::string stuck(Millis patience);

 private:
  struct CommitItem {
    PageItem page;
    std::shared_ptr<std::promise<Result<Committed>>> answer;  // import waits for it
    std::optional<HostRecord> health{};                       // no page: a host fell ill, or is well again
  };
  struct ClerkItem {  // leases, host clocks and questions of what is due, in their order
    Lease lease;
    HostRecord host;
    std::function<void(bool)> done;  // empty: nobody waits for it
    std::function<void()> ask{};     // a question instead, answered after what came before it is kept
  };
  struct Busy {  // a thread's own mark: when it took up what it is doing
    std::atomic<std::int64_t> since_ms{0};
  };

  Engine(storage::Store& store, std::shared_ptr<const Config> config, std::shared_ptr<const detector::Rules> rules,
         EngineOptions options);
  Status prepare();
  Status start_crawl();
  Status plant_starts();
  crawler::CrawlPorts ports();
  std::vector<Visit> due_of(const std::string& host, Instant until, std::size_t limit);
  void run_pool(int number);
  void run_commit();
  void run_clerk();
  void run_post();
  void run_courier(Line line);
  void run_reassess();
  bool reassess_once(int version);
  bool wait_for_nudge(std::int64_t& seen);
  void nudge_couriers();
  void note_post(const Error& error);
  std::shared_ptr<Poster> poster();
  Result<bool> look_after();
  void look_at_disk();
  std::shared_ptr<const Config> config_now();
  void read_page_with(Worker& worker, PageItem& item);
  bool read_by_less(const Visit& visit, std::int64_t revision);
  void read_again(Worker& worker, ParseRequest request, PageItem& item);
  std::vector<CommitItem> next_commits();
  bool commit_one(Pipeline& pipeline, CommitItem& item, std::unique_lock<std::mutex>& commit, std::vector<Committed>& told);
  bool commit_unchanged(Pipeline& pipeline, std::vector<CommitItem>& items, std::unique_lock<std::mutex>& commit,
                        std::vector<Committed>& told);
  bool settle(CommitItem& item, Result<Committed> committed, std::vector<Committed>& told);
  void count(const CommitItem& item, const Committed& committed);
  void tell_crawl(std::vector<Committed> told);
  void fatal(Error error);
  void nudge_post();

  storage::Store& store_;
  EngineOptions options_;
  std::mutex config_lock_;
  std::shared_ptr<const Config> config_;
  std::shared_ptr<const detector::Rules> rules_;
  std::atomic<int> config_version_{0};
  std::mutex commit_lock_;  // held for one commit; taken before alerts_lock_
  std::mutex alerts_lock_;
  std::unique_ptr<Pipeline> pipeline_;
  std::shared_ptr<Poster> poster_;  // a courier may still hold the one before a reload
  std::mutex poster_lock_;
  HealthWatch health_;  // of the post thread
  DiskGuard disk_;      // of the post thread
  std::atomic<bool> store_full_{false};
  Bounces bounces_;     // of the post thread
  std::unique_ptr<crawler::Loop> loop_;
  std::unique_ptr<crawler::Crawl> crawl_;
  std::int64_t run_ = 0;
  Instant started_{};

  Queue<PageItem> pages_;
  Queue<CommitItem> commits_;
  std::optional<CommitItem> commit_ahead_;  // of the commit thread: taken out, and not to be joined with what it took before
  Queue<ClerkItem> clerk_;
  std::atomic<std::int64_t> pending_{0};  // delivered and not committed
  std::thread fetch_thread_, clerk_thread_, commit_thread_, post_thread_, mail_thread_, other_ways_thread_, reassess_thread_;
  std::vector<std::thread> pool_threads_;
  std::atomic<std::int64_t> lag_ms_{0};
  std::atomic<bool> stopping_{false}, fatal_{false}, crawl_idle_{true};
  bool stopped_ = false;

  std::mutex reassess_mutex_;
  bool reassess_stop_ = false;
  std::condition_variable reassess_wake_;  // the rules may have changed, or all is to stop
  std::mutex post_mutex_;
  std::condition_variable post_wake_;
  std::int64_t post_nudges_ = 0, planned_ = 0;  // how often something may have changed; ... has messages been made

  std::mutex deaths_lock_;
  std::map<std::string, std::pair<int, Instant>> deaths_;  // body hash -> deaths, last
  std::mutex import_lock_;
  std::unique_ptr<Worker> import_worker_;

  std::mutex counters_lock_;
  EngineCounters counters_;
  Busy commit_busy_, clerk_busy_, post_busy_, loop_busy_;
  std::vector<std::unique_ptr<Busy>> pool_busy_;
};

}  // namespace vigie::app
