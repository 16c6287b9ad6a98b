// Commands about the files a unit edits: check, schema.
#include <cstdio>
#include <set>

#include <unistd.h>

#include "app/arguments.h"
#include "app/common.h"
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

}  // namespace vigie::app
