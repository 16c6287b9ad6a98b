#include "crawler/sites.h"

#include "crawler/address.h"

namespace vigie::crawler {

Result<Sites> compile_sites(std::vector<SiteOptions> all) {
  Sites sites;
  for (auto& options : all) {
    auto patterns = SitePatterns::compile(options);
    if (!patterns) return std::move(patterns).error().in(options.site());
    auto hours = ActiveHours::make(options);
    if (!hours) return std::move(hours).error();
    if (!options.proxy().empty())
      if (auto proxy = read_proxy(options.proxy()); !proxy) return std::move(proxy).error().in(options.site());
    const auto name = options.site();
    sites[name] = std::make_shared<Site>(Site{std::move(options), *patterns, *hours});
  }
  return sites;
}

bool may_run(const Sites& sites, const Visit& visit, Instant now, std::optional<Instant>& later) {
  const auto site = sites.find(visit.site());
  if (site == sites.end()) return false;
  const auto& options = site->second->options;
  if (options.has_valid_to_ms() && to_ms(now) >= options.valid_to_ms()) return false;
  if (!options.has_valid_from_ms() || to_ms(now) >= options.valid_from_ms()) return true;
  const auto opens = from_ms(options.valid_from_ms());
  if (!later || opens < *later) later = opens;
  return false;
}

}  // namespace vigie::crawler
