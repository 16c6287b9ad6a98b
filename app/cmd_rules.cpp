// Commands about rule files: their own cases, and what they would have fired on stored history.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <tuple>

#include <unistd.h>

#include "app/arguments.h"
#include "app/cmd_rules.h"
#include "app/common.h"
#include "core/json.h"
#include "core/text.h"

namespace vigie::app {

bool wants_json(const Arguments& arguments) {
  if (arguments.output.empty()) return ::isatty(1) == 0;
  return arguments.output == "json" || arguments.output == "jsonl";
}

namespace {

constexpr std::size_t kSamples = 5;

/// The rules of one file, compiled; faults go to stderr, and as records to stdout when `json`. Empty: there were errors.
std::shared_ptr<const detector::Rules> read_rules(const std::string& file, bool json) {
  std::vector<Fault> faults;
  auto specs = load_rules(file, faults);
  bool sound = true;
  for (const auto& fault : faults) {
    std::fprintf(stderr, "%s\n", format(fault, ::isatty(2) != 0).c_str());
    sound = sound && fault.warning;
    if (!json) continue;
    std::printf("{\"file\":%s,\"line\":%d,\"column\":%d,\"%s\":%s}\n", json_string(fault.file).c_str(), fault.line, fault.column,
                fault.warning ? "warning" : "error", json_string(fault.text).c_str());
  }
  if (!sound) return nullptr;
  auto rules = detector::Rules::compile(std::move(specs));
  if (rules) return *rules;
  complain(rules.error());
  if (json) std::printf("{\"file\":%s,\"error\":%s}\n", json_string(file).c_str(), json_string(rules.error().text).c_str());
  return nullptr;
}

int test_files(const Arguments& arguments) {
  int failed = 0, passed = 0;
  // Cases are for people unless asked otherwise: a pipe into `less` is no program.
  const bool json = arguments.output == "json" || arguments.output == "jsonl";
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    const auto& file = arguments.words[i];
    const auto rules = read_rules(file, json);
    if (!rules) {
      ++failed;
      continue;
    }
    for (const auto& result : detector::test_rules(*rules)) {
      ++(result.passed ? passed : failed);
      if (json) {
        std::printf("{\"file\":%s,\"line\":%d,\"rule\":%s,\"kind\":%s,\"lang\":%s,\"passed\":%s}\n", json_string(file).c_str(), result.line,
                    json_string(result.rule).c_str(), json_string(result.kind).c_str(), json_string(result.lang).c_str(),
                    result.passed ? "true" : "false");
      } else if (!result.passed) {
        std::printf("%s:%d: %s: must %s, and does not: [%s] %s\n", file.c_str(), result.line, result.rule.c_str(), result.kind.c_str(),
                    result.lang.c_str(), result.text.c_str());
      }
    }
    for (const auto& spec : rules->specs()) {
      if (!spec.hits.empty() && !spec.misses.empty()) continue;
      std::fprintf(stderr, "%s:%d: warning: rule %s has no %s\n", file.c_str(), spec.line, spec.id.c_str(),
                   spec.hits.empty() ? "text that it must hit" : "text that it must not hit");
    }
    if (!json) std::printf("%s: %zu rules\n", file.c_str(), rules->specs().size());
  }
  if (!json) std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

/// What one rule found in the store.
struct Tally {
  std::int64_t ads = 0, fresh = 0, lost = 0;  // fresh, lost: against the rule of that name in the configuration
  std::map<std::string, std::int64_t> by_lang, by_site;
  std::vector<Reason> samples;
};

/// Indicators that fire in any version of the ad seen since then, each with its first reason.
std::map<std::string, Reason> fired_in(const detector::Rules& rules, const std::vector<Version>& versions, Instant since) {
  std::map<std::string, Reason> fired;
  for (const auto& version : versions) {
    const auto seen = from_timestamp(version.seen());
    if (seen < since) continue;
    for (auto& reason : rules.match(version.ad_record(), seen)) fired.try_emplace(reason.indicator(), std::move(reason));
  }
  return fired;
}

std::string counts_json(const std::map<std::string, std::int64_t>& counts) {
  std::string out = "{";
  for (const auto& [name, count] : counts) out += (out.size() > 1 ? "," : "") + json_string(name) + ":" + std::to_string(count);
  return out + "}";
}

std::string counts_text(const std::map<std::string, std::int64_t>& counts) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts) parts.push_back((name.empty() ? "?" : name) + " " + std::to_string(count));
  return text::join(parts, ", ");
}

void show_trial(const std::string& rule, const Tally& tally, std::int64_t ads, bool compared, bool json) {
  const double share = ads > 0 ? static_cast<double>(tally.ads) / static_cast<double>(ads) : 0;
  if (json) {
    std::string samples;
    for (const auto& one : tally.samples) {
      samples += (samples.empty() ? "" : ",") + ("{\"ad\":" + json_string(one.ad()) + ",\"field\":" + json_string(one.field()) +
                                                 ",\"quote\":" + json_string(one.quote()) + "}");
    }
    std::printf("{\"rule\":%s,\"ads\":%lld,\"of\":%lld,\"share\":%.5f,\"by_lang\":%s,\"by_site\":%s%s,\"samples\":[%s]}\n", json_string(rule).c_str(),
                static_cast<long long>(tally.ads), static_cast<long long>(ads), share, counts_json(tally.by_lang).c_str(),
                counts_json(tally.by_site).c_str(),
                compared ? (",\"new\":" + std::to_string(tally.fresh) + ",\"lost\":" + std::to_string(tally.lost)).c_str() : "", samples.c_str());
    return;
  }
  std::printf("%-32s %8lld of %lld ads  %6.2f %%", rule.c_str(), static_cast<long long>(tally.ads), static_cast<long long>(ads), 100 * share);
  if (compared) std::printf("  new %lld, lost %lld", static_cast<long long>(tally.fresh), static_cast<long long>(tally.lost));
  std::printf("\n");
  if (tally.ads == 0) return;
  std::printf("    %s; %s\n", counts_text(tally.by_lang).c_str(), counts_text(tally.by_site).c_str());
  for (const auto& one : tally.samples) {
    std::printf("    %s  %s: \"%s\"\n", one.ad().c_str(), one.field().c_str(), text::escape_control(one.quote()).c_str());
  }
}

int try_file(const Arguments& arguments) {
  const bool json = wants_json(arguments);
  auto since = parse_when(arguments.since.empty() ? "30d" : arguments.since, wall_clock());
  if (!since) {
    complain("--since: " + since.error().text);
    return 2;
  }
  const auto rules = read_rules(arguments.words[1], json);
  if (!rules) return 1;
  // Beside it the rules in force, so that a change shows what it changes.
  std::shared_ptr<const detector::Rules> standing;
  if (auto loaded = load_config(arguments.config); loaded.sound()) {
    if (auto compiled = detector::Rules::compile(std::move(loaded.config.rules))) standing = *compiled;
  }
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  std::map<std::string, Tally> tallies;
  std::int64_t ads = 0;
  std::optional<Error> trouble;
  storage::AdQuery query;
  query.changed_since = *since;
  if (!arguments.site.empty()) query.site = arguments.site;
  const auto walked = store->each_ad(query, [&](const StoredAd& stored) {
    auto versions = store->versions(stored.ad().ad());
    if (!versions) {
      trouble = versions.error();
      return false;
    }
    ++ads;
    auto fired = fired_in(*rules, *versions, *since);
    const auto before = standing ? fired_in(*standing, *versions, *since) : std::map<std::string, Reason>{};
    for (auto& [rule, reason] : fired) {
      auto& tally = tallies[rule];
      ++tally.ads;
      tally.fresh += before.contains(rule) ? 0 : 1;
      ++tally.by_lang[stored.ad().lang()];
      ++tally.by_site[stored.ad().site()];
      // A minor's ad is not quoted here either.
      if (tally.samples.size() < kSamples && !stored.restricted()) tally.samples.push_back(std::move(reason));
    }
    for (const auto& [rule, reason] : before) tallies[rule].lost += fired.contains(rule) ? 0 : 1;
    return true;
  });
  if (!walked) return complain(walked.error());
  if (trouble) return complain(*trouble);
  for (const auto& spec : rules->specs()) show_trial(spec.id, tallies[spec.id], ads, standing != nullptr, json);
  return 0;
}

}  // namespace

int run_rules(const Arguments& arguments) {
  const auto& words = arguments.words;
  if (words.size() >= 2 && words.front() == "test") return test_files(arguments);
  if (words.size() == 2 && words.front() == "try") return try_file(arguments);
  if (words.size() == 1 && words.front() == "report") return report_rules(arguments);
  if (words.size() == 1 && words.front() == "reassess") return reassess_rules(arguments);
  complain("rules: rules test FILE..., rules try FILE [--since 30d] [--site S], rules report [--since 30d], or rules reassess");
  return 2;
}

}  // namespace vigie::app
