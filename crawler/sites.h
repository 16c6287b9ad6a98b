#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/site.h"
#include "crawler/hours.h"

namespace vigie::crawler {

/// One site of the scope files with what is compiled from it. Immutable; an attempt keeps the one it began with.
struct Site {
  SiteOptions options;
  std::shared_ptr<const SitePatterns> patterns;
  std::shared_ptr<const ActiveHours> hours;
};
using Sites = std::map<std::string, std::shared_ptr<const Site>, std::less<>>;

/// `misconfigured` names the site and what of it does not compile.
Result<Sites> compile_sites(std::vector<SiteOptions> all);

/// Authority has a beginning and an end; outside of it nothing of the site is asked. `later` is moved to when it may be,
/// if that is sooner than what stands there.
bool may_run(const Sites& sites, const Visit& visit, Instant now, std::optional<Instant>& later);

}  // namespace vigie::crawler
