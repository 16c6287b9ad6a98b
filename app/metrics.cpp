#include "app/metrics.h"

#include <exception>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>
#include <prometheus/metric_family.h>

namespace vigie::app {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(std::string name, std::string help, MetricType type) {
  MetricFamily made;
  made.name = std::move(name);
  made.help = std::move(help);
  made.type = type;
  return made;
}

void add(MetricFamily& to, double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (to.type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  to.metric.push_back(std::move(metric));
}

struct Row {
  const char* name;
  const char* help;
  MetricType type;
  double (*value)(const EngineCounters&);
};

// One row per figure.
const Row kRows[] = {
    {"vigie_pages_total", "Attempts that were committed", MetricType::Counter, [](const EngineCounters& c) { return double(c.pages); }},
    {"vigie_pages_unchanged_total", "Pages that came back as they were", MetricType::Counter, [](const EngineCounters& c) { return double(c.unchanged); }},
    {"vigie_ads_new_total", "Ads first observed", MetricType::Counter, [](const EngineCounters& c) { return double(c.new_ads); }},
    {"vigie_ads_changed_total", "New versions of known ads", MetricType::Counter, [](const EngineCounters& c) { return double(c.changed_ads); }},
    {"vigie_ads_gone_total", "Ads that their site took away", MetricType::Counter, [](const EngineCounters& c) { return double(c.gone_ads); }},
    {"vigie_alerts_total", "Alerts raised or updated", MetricType::Counter, [](const EngineCounters& c) { return double(c.alerts); }},
    {"vigie_mails_total", "Messages handed over", MetricType::Counter, [](const EngineCounters& c) { return double(c.mails); }},
    {"vigie_worker_deaths_total", "Parse workers that a page ended", MetricType::Counter, [](const EngineCounters& c) { return double(c.worker_deaths); }},
    {"vigie_quarantined_total", "Pages refused because their bytes ended two workers", MetricType::Counter, [](const EngineCounters& c) { return double(c.quarantined); }},
    {"vigie_fenced_total", "Late answers of older leases that were dropped", MetricType::Counter, [](const EngineCounters& c) { return double(c.fenced); }},
    {"vigie_pages_queued", "Pages between fetch and commit", MetricType::Gauge, [](const EngineCounters& c) { return double(c.queued); }},
    {"vigie_loop_lag_seconds", "Greatest delay of the fetch loop since the last scrape", MetricType::Gauge, [](const EngineCounters& c) { return double(c.loop_lag.count()) / 1000.0; }},
};

class Collector : public prometheus::Collectable {
 public:
  Collector(std::function<EngineCounters()> counters, std::function<storage::Totals()> totals)
      : counters_(std::move(counters)), totals_(std::move(totals)) {}

  std::vector<MetricFamily> Collect() const override {
    const auto now = counters_();
    std::vector<MetricFamily> all;
    for (const auto& row : kRows) {
      all.push_back(family(row.name, row.help, row.type));
      add(all.back(), row.value(now));
    }
    all.push_back(family("vigie_outcomes_total", "Attempts by their named outcome", MetricType::Counter));
    for (std::size_t i = 1; i < now.outcomes.size(); ++i) {
      if (!Outcome::Kind_IsValid(static_cast<int>(i))) continue;
      add(all.back(), double(now.outcomes[i]), {{"outcome", Outcome::Kind_Name(static_cast<Outcome::Kind>(i))}});
    }
    const auto totals = totals_();
    all.push_back(family("vigie_store_records", "Records in the store", MetricType::Gauge));
    const std::pair<const char*, std::int64_t> kinds[] = {
        {"visits", totals.visits},      {"hosts", totals.hosts},   {"ads", totals.ads},          {"versions", totals.versions},
        {"raw", totals.raw_bodies},     {"alerts", totals.alerts}, {"outgoing", totals.outgoing}};
    for (const auto& [kind, count] : kinds) add(all.back(), double(count), {{"kind", kind}});
    return all;
  }

 private:
  std::function<EngineCounters()> counters_;
  std::function<storage::Totals()> totals_;
};

class Served : public Metrics {
 public:
  Served(const std::string& listen, std::shared_ptr<Collector> collector)
      : collector_(std::move(collector)), exposer_(listen, 1) {
    exposer_.RegisterCollectable(collector_);
  }

 private:
  std::shared_ptr<Collector> collector_;  // the exposer holds it weakly
  prometheus::Exposer exposer_;
};

}  // namespace

Result<std::unique_ptr<Metrics>> Metrics::start(const std::string& listen, std::function<EngineCounters()> counters,
                                                std::function<storage::Totals()> totals) {
  try {
    auto collector = std::make_shared<Collector>(std::move(counters), std::move(totals));
    return std::unique_ptr<Metrics>(std::make_unique<Served>(listen, std::move(collector)));
  } catch (const std::exception& e) {
    return fail(Errc::misconfigured, "metrics.listen: " + listen + ": " + e.what());
  }
}

}  // namespace vigie::app
