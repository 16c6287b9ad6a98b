// Commands about the files a unit edits: check, schema, rules.
#include <cstdio>
#include <set>

#include <unistd.h>

#include "app/arguments.h"
#include "app/common.h"
#include "core/json.h"
#include "parser/extract.h"

namespace vigie::app {

int run_check(const Arguments& arguments) {
  const auto loaded = load_config(arguments.config);
  const bool colour = ::isatty(2) != 0;
  int errors = 0, warnings = 0;
  for (const auto& fault : loaded.faults) {
    std::fprintf(stderr, "%s\n", format(fault, colour).c_str());
    ++(fault.warning ? warnings : errors);
  }
  const auto& config = loaded.config;
  if (errors == 0) {
    // What only the rooms themselves can judge: selectors, conditions, patterns together.
    for (const auto& site : config.sites) {
      if (auto reader = parser::SiteReader::compile(site); !reader) {
        std::fprintf(stderr, "error: site %s: %s\n", site.site().c_str(), reader.error().text.c_str());
        ++errors;
      }
    }
    if (auto rules = detector::Rules::compile(config.rules, config.watch); !rules) {
      std::fprintf(stderr, "error: %s\n", rules.error().text.c_str());
      ++errors;
    }
  }
  std::printf("%zu files, %zu scopes, %zu sites, %zu rules, %zu watch entries, %zu receivers: %d errors, %d warnings\n",
              config.files.size(), config.scopes.size(), config.sites.size(), config.rules.size(), config.watch.size(),
              config.alerts.receivers.size(), errors, warnings);
  if (errors > 0) return 1;
  return warnings > 0 && arguments.strict ? 3 : 0;
}

int run_schema(const Arguments&) {
  std::printf("%s\n", config_schema().c_str());
  return 0;
}

int run_rules(const Arguments& arguments) {
  if (arguments.words.size() < 2 || arguments.words.front() != "test") {
    complain("rules: rules test FILE...");
    return 2;
  }
  int failed = 0, passed = 0;
  const bool json = arguments.output == "json" || arguments.output == "jsonl";
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    std::vector<Fault> faults;
    auto specs = load_rules(arguments.words[i], faults);
    for (const auto& fault : faults) {
      std::fprintf(stderr, "%s\n", format(fault, ::isatty(2) != 0).c_str());
      if (!fault.warning) ++failed;
    }
    const std::size_t count = specs.size();
    auto rules = detector::Rules::compile(std::move(specs));
    if (!rules) {
      std::fprintf(stderr, "%s\n", rules.error().text.c_str());
      ++failed;
      continue;
    }
    for (const auto& result : detector::test_rules(**rules)) {
      ++(result.passed ? passed : failed);
      if (json) {
        std::printf("{\"file\":%s,\"line\":%d,\"rule\":%s,\"kind\":%s,\"lang\":%s,\"passed\":%s}\n",
                    json_string(arguments.words[i]).c_str(), result.line, json_string(result.rule).c_str(),
                    json_string(result.kind).c_str(), json_string(result.lang).c_str(), result.passed ? "true" : "false");
      } else if (!result.passed) {
        std::printf("%s:%d: %s: must %s, and does not: [%s] %s\n", arguments.words[i].c_str(), result.line,
                    result.rule.c_str(), result.kind.c_str(), result.lang.c_str(), result.text.c_str());
      }
    }
    if (!json) std::printf("%s: %zu rules\n", arguments.words[i].c_str(), count);
  }
  if (!json) std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace vigie::app
