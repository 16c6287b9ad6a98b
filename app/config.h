#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "alerts/alerts.h"
#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"
#include "crawler/crawl.h"
#include "detector/detector.h"

namespace vigie::app {

/// A fault of a configuration file at its exact place (1-based line and column, in characters).
struct Fault {
  std::string file;
  int line = 0, column = 0;
  bool warning = false;
  std::string text, hint;
  std::string source_line;
};
/// "FILE:LINE:COL: error: text", the source line, a caret, and the hint.
std::string format(const Fault& fault, bool colour);

struct Scope {
  std::string scope, file;
  std::string basis, reference, authorised_by;
  Instant valid_from{}, valid_to{};
  std::vector<SiteOptions> sites;
};

/// Everything that the files say, checked. Immutable after load.
struct Config {
  std::string file;
  std::string unit_name, unit_contact;
  std::string storage_path;
  Millis retention_every{};
  std::int64_t storage_reserve = 0, storage_pause_below = 0;  // bytes
  std::vector<Scope> scopes;
  std::vector<SiteOptions> sites;  // of all scopes
  crawler::CrawlOptions crawl;
  std::vector<Millis> confirm_gone;
  alerts::AlertOptions alerts;
  std::vector<detector::RuleSpec> rules;
  std::vector<detector::WatchEntry> watch;
  std::vector<std::string> words;  // files that the field readers learn, beside their own words
  std::string metrics_listen, console_listen;
  std::vector<std::string> files;  // all that were read
};

struct Loaded {
  Config config;
  std::vector<Fault> faults;  // errors: config is not to be used; warnings only: it is
  bool sound() const;
};
/// Reads `file` and what it names. Never throws; every fault of every file is listed, in order of file and line.
Loaded load_config(const std::string& file);

/// JSON Schema (draft-07) of the configuration, from the same tables that check it.
std::string config_schema();

/// Reads rule files alone (`vigie rules test`).
std::vector<detector::RuleSpec> load_rules(const std::string& file, std::vector<Fault>& faults);

}  // namespace vigie::app
