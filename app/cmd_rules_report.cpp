// Reports about rules: what came of their alerts, and what a change of them did to stored ads.
#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include <unistd.h>

#include "app/arguments.h"
#include "app/cmd_rules.h"
#include "app/common.h"
#include "app/control.h"
#include "app/pipeline.h"
#include "app/reassess.h"
#include "core/json.h"
#include "core/text.h"

namespace vigie::app {
namespace {

struct Record {
  std::int64_t alerts = 0, dismissed = 0, judged = 0;  // judged: dismissed, or taken up by somebody
};

/// The words by which a rule speaks of a stored ad now; empty: by none, or it is not to be quoted.
std::string quote_of(storage::Store& store, const detector::Rules& rules, const std::string& rule, const std::string& id) {
  auto stored = store.ad(id);
  if (!stored || !*stored || (*stored)->restricted()) return {};
  for (const auto& reason : rules.match((*stored)->ad(), wall_clock())) {
    if (reason.indicator() == rule) return std::string(text::cut_utf8(reason.quote(), 80));
  }
  return {};
}

void show_row(storage::Store& store, const detector::Rules& rules, const RuleDifference& row) {
  std::printf("%-40s  gained %6d  lost %6d\n", row.rule().c_str(), row.gained(), row.lost());
  for (const auto& ad : row.gained_in()) {
    const auto quote = quote_of(store, rules, row.rule(), ad);
    std::printf("    + %s%s\n", ad.c_str(), quote.empty() ? "" : ("  \"" + text::escape_control(quote) + "\"").c_str());
  }
  for (const auto& ad : row.lost_in()) std::printf("    - %s\n", ad.c_str());
}

int show(storage::Store& store, const detector::Rules& rules, const Reassessment& state, bool json) {
  if (json) {
    std::printf("%s\n", to_json(state).c_str());
    return 0;
  }
  std::printf("rules %s -> %s, begun %s, %s: %d ads looked at, %d judged, %.1f s of CPU\n", state.before().c_str(), state.after().c_str(),
              to_rfc3339(from_timestamp(state.started())).c_str(), state.has_finished() ? "finished" : "under way", state.ads(), state.judged(),
              state.cpu_ms() / 1000.0);
  show_row(store, rules, state.findings());
  auto rows = state.rules();
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::pair(-(a.gained() + a.lost()), a.rule()) < std::pair(-(b.gained() + b.lost()), b.rule());
  });
  for (const auto& row : rows) show_row(store, rules, row);
  return 0;
}

/// All of it at once, in this process: no daemon has the store.
Status reassess_here(storage::Store& store, const Ready& ready, const std::string& folder) {
  std::mutex alerts_lock;
  Pipeline pipeline(store, ready.config, ready.rules, alerts_lock);
  const auto judge = [&](const StoredAd& ad, const detector::Rules& before, const detector::Rules& after) -> Result<Reassessor::Judged> {
    auto judged = pipeline.judge_again(ad, before, after, wall_clock(), true);
    if (!judged) return std::move(judged).error();
    return Reassessor::Judged{judged->told, judged->tells};
  };
  auto opened = Reassessor::open(store, folder, ready.config->rules, ready.config->watch, wall_clock());
  if (!opened) return std::move(opened).error();
  const bool terminal = ::isatty(2) != 0;
  for (bool more = (*opened)->pending(); more;) {
    auto step = (*opened)->step(2000, wall_clock(), judge);
    if (!step) return std::move(step).error();
    more = *step;
    if (terminal) std::fprintf(stderr, "\r%d ads", (*opened)->state().ads());
  }
  if (terminal) std::fprintf(stderr, "\r");
  return {};
}

}  // namespace

/// Precision as far as the unit has judged: what it took up, of what it took up or dismissed. Apart by site and language, so that bias is seen.
int report_rules(const Arguments& arguments) {
  const bool json = wants_json(arguments);
  storage::AlertQuery query;
  if (!arguments.since.empty()) {
    auto since = parse_when(arguments.since, wall_clock());
    if (!since) {
      complain("--since: " + since.error().text);
      return 2;
    }
    query.since = *since;
  }
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  std::map<std::tuple<std::string, std::string, std::string>, Record> records;  // rule, what it is parted by, its value
  std::map<std::string, std::string> languages;                                // of ads already looked up
  const auto language_of = [&](const std::string& id) {
    const auto [at, fresh] = languages.try_emplace(id);
    if (fresh) {
      auto ad = store->ad(id);
      if (ad && *ad) at->second = (*ad)->ad().lang();
    }
    return at->second;
  };
  const auto walked = store->each_alert(query, [&](const Alert& alert) {
    if (alert.kind() == "health") return true;
    std::set<std::tuple<std::string, std::string, std::string>> of_this;  // each counts an alert once
    for (const auto& reason : alert.reasons()) {
      if (reason.indicator().empty()) continue;
      of_this.emplace(reason.indicator(), "", "");
      if (reason.ad().empty()) continue;
      of_this.emplace(reason.indicator(), "site", reason.ad().substr(0, reason.ad().find('/')));
      of_this.emplace(reason.indicator(), "lang", language_of(reason.ad()));
    }
    for (const auto& key : of_this) {
      auto& record = records[key];
      ++record.alerts;
      const bool dismissed = alert.status() == "dismissed";
      record.dismissed += dismissed ? 1 : 0;
      record.judged += dismissed || alert.has_started() ? 1 : 0;
    }
    return true;
  });
  if (!walked) return complain(walked.error());
  for (const auto& [key, record] : records) {
    const auto& [rule, part, value] = key;
    const auto kept = static_cast<double>(record.judged - record.dismissed) / static_cast<double>(std::max<std::int64_t>(record.judged, 1));
    if (json) {
      char precision[32] = "null";
      if (record.judged > 0) std::snprintf(precision, sizeof precision, "%.3f", kept);
      std::printf("{\"rule\":%s%s,\"alerts\":%lld,\"judged\":%lld,\"dismissed\":%lld,\"precision\":%s}\n", json_string(rule).c_str(),
                  part.empty() ? "" : (",\"" + part + "\":" + json_string(value)).c_str(), static_cast<long long>(record.alerts),
                  static_cast<long long>(record.judged), static_cast<long long>(record.dismissed), precision);
    } else {
      const auto name = part.empty() ? rule : "    " + part + " " + (value.empty() ? "?" : value);
      char precision[32] = "-";
      if (record.judged > 0) std::snprintf(precision, sizeof precision, "%.1f %%", 100 * kept);
      std::printf("%-40s %6lld alerts  %6lld judged  %6lld dismissed  %8s\n", name.c_str(), static_cast<long long>(record.alerts),
                  static_cast<long long>(record.judged), static_cast<long long>(record.dismissed), precision);
    }
  }
  return 0;
}


int reassess_rules(const Arguments& arguments) {
  auto ready = make_ready(arguments);
  if (!ready) return 1;
  auto folder = data_folder(arguments);
  if (!folder) return complain(folder.error());
  auto daemon = ask_daemon(control_path(*folder), "{\"command\": \"ping\"}", [](std::string_view) {});
  if (!daemon) return complain(daemon.error());
  std::unique_ptr<storage::Store> store;
  if (*daemon) {
    store = open_to_read(arguments);  // the daemon does it; this shows how far it has come
  } else {
    auto opened = open_store(*folder, storage::Access::read_write);
    if (!opened) return complain(opened.error());
    store = *std::move(opened);
    if (auto done = reassess_here(*store, *ready, *folder); !done) return complain(done.error());
  }
  if (!store) return 1;
  auto state = last_reassessment(*folder);
  if (!state) return complain(state.error());
  if (!*state) {
    std::fprintf(stderr, "the rules have not changed since the store was assessed\n");
    return 0;
  }
  return show(*store, *ready->rules, **state, wants_json(arguments));
}

}  // namespace vigie::app
