#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/engine.h"
#include "core/result.h"

namespace vigie::app {

/// What a site has due, and for how long the oldest of it has been.
struct SiteFigures {
  std::string site;
  std::int64_t due = 0;  // counted up to kMostDue a host
  double lag_s = 0;
};
constexpr std::int64_t kMostDue = 10'000;
std::vector<SiteFigures> site_figures(storage::Store& store, const std::vector<SiteOptions>& sites, Instant now);

/// Prometheus metrics on loopback: what the engine counts, read anew at each scrape.
class Metrics {
 public:
  /// `listen`: "127.0.0.1:9470"; `misconfigured` when the address cannot be listened on.
  static Result<std::unique_ptr<Metrics>> start(const std::string& listen, std::function<EngineCounters()> counters,
                                                std::function<storage::Totals()> totals,
                                                std::function<std::vector<SiteFigures>()> sites);
  virtual ~Metrics() = default;
};

}  // namespace vigie::app
