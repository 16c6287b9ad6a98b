#pragma once

#include <string>
#include <vector>

#include "core/time.h"

namespace vigie::app {

/// What the command line said; every command reads its part.
struct Arguments {
  std::string config;         // --config, VIGIE_CONFIG, or /etc/vigie/vigie.yaml
  bool config_given = false;  // by the user, not by default
  std::string data;           // --data; empty: storage.path
  std::string output;         // table json jsonl csv; empty: by whether stdout is a terminal
  bool strict = false, once = false, all = false, verbose = false, explain = false;
  bool dry_run = false, release = false;
  std::string max_time, since, at, url, site, region, lang, contact, cluster, state, status, reason;
  std::string author, kind, severity, scope, family, alert, lasts, up_to;  // of what is told to whom
  std::string ad, hold, join, split, open;
  std::vector<std::string> words;  // positional
  std::vector<std::string> word_files;
};

// One per command; each returns the exit code (CONTRACT: 0 done, 1 no or failed, 2 usage, 3 warnings under --strict).
int run_daemon(const Arguments& arguments);
int run_check(const Arguments& arguments);
int run_crawl(const Arguments& arguments);
int run_import(const Arguments& arguments);
int run_extract(const Arguments& arguments);
int run_learn(const Arguments& arguments);
int run_decode(const Arguments& arguments);
int run_ads(const Arguments& arguments);
int run_history(const Arguments& arguments);
int run_links(const Arguments& arguments);
int run_alerts(const Arguments& arguments);
int run_explain(const Arguments& arguments);
int run_rules(const Arguments& arguments);
int run_schema(const Arguments& arguments);
int run_store(const Arguments& arguments);
int run_silence(const Arguments& arguments);
int run_route(const Arguments& arguments);
int run_start(const Arguments& arguments);
int run_dismiss(const Arguments& arguments);
int run_erase(const Arguments& arguments);
int run_hold(const Arguments& arguments);
int run_retention(const Arguments& arguments);
int run_log(const Arguments& arguments);
int run_tie(const Arguments& arguments);  // of `links`

}  // namespace vigie::app
