#include "app/metrics.h"

#include <algorithm>
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
  Collector(std::function<EngineCounters()> counters, std::function<storage::Totals()> totals,
            std::function<std::vector<SiteFigures>()> sites)
      : counters_(std::move(counters)), totals_(std::move(totals)), sites_(std::move(sites)) {}

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
    add_sites(all, now);
    return all;
  }

 private:
  void add_sites(std::vector<MetricFamily>& all, const EngineCounters& now) const {
    auto outcomes = family("vigie_site_pages_total", "Attempts by site and named outcome", MetricType::Counter);
    auto bytes = family("vigie_site_bytes_total", "Bytes of bodies by site, decoded", MetricType::Counter);
    for (const auto& [site, figures] : now.sites) {
      for (const auto& [outcome, count] : figures.outcomes) add(outcomes, double(count), {{"site", site}, {"outcome", outcome}});
      add(bytes, double(figures.bytes), {{"site", site}});
    }
    auto due = family("vigie_site_due", "Addresses of a site that are due", MetricType::Gauge);
    auto lag = family("vigie_site_lag_seconds", "How long the oldest of them has been due", MetricType::Gauge);
    for (const auto& each : sites_()) {
      add(due, double(each.due), {{"site", each.site}});
      add(lag, each.lag_s, {{"site", each.site}});
    }
    for (auto* made : {&outcomes, &bytes, &due, &lag}) all.push_back(std::move(*made));
  }

  std::function<EngineCounters()> counters_;
  std::function<storage::Totals()> totals_;
  std::function<std::vector<SiteFigures>()> sites_;
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

std::vector<SiteFigures> site_figures(storage::Store& store, const std::vector<SiteOptions>& sites, Instant now) {
  std::vector<SiteFigures> all;
  for (const auto& site : sites) {
    SiteFigures figures;
    figures.site = site.site();
    for (const auto& name : site.hosts()) {
      const auto host = crawler::politeness_key(name);
      const auto count = store.count_due(host, now, kMostDue);
      const auto earliest = store.earliest_due(host);
      if (count) figures.due += *count;
      if (earliest && *earliest && **earliest < now)
        figures.lag_s = std::max(figures.lag_s, std::chrono::duration<double>(now - **earliest).count());
    }
    all.push_back(std::move(figures));
  }
  return all;
}

Result<std::unique_ptr<Metrics>> Metrics::start(const std::string& listen, std::function<EngineCounters()> counters,
                                                std::function<storage::Totals()> totals,
                                                std::function<std::vector<SiteFigures>()> sites) {
  try {
    auto collector = std::make_shared<Collector>(std::move(counters), std::move(totals), std::move(sites));
    return std::unique_ptr<Metrics>(std::make_unique<Served>(listen, std::move(collector)));
  } catch (const std::exception& e) {
    return fail(Errc::misconfigured, "metrics.listen: " + listen + ": " + e.what());
  }
}

}  // namespace vigie::app
