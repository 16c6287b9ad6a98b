#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/engine.h"
#include "core/result.h"

namespace vigie::app {

/// Prometheus metrics on loopback: what the engine counts, read anew at each scrape.
class Metrics {
 public:
  /// `listen`: "127.0.0.1:9470"; `misconfigured` when the address cannot be listened on.
  static Result<std::unique_ptr<Metrics>> start(const std::string& listen, std::function<EngineCounters()> counters,
                                                std::function<storage::Totals()> totals);
  virtual ~Metrics() = default;
};

}  // namespace vigie::app
