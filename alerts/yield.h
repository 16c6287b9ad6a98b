#pragma once

#include <optional>
#include <string>

#include "alerts/health.h"

namespace vigie::alerts {

/// Adds what one page brought of a site to its day (UTC); some weeks are kept. True: a day ended since the last page.
bool count_yield(SiteState& state, int fresh_ads, Instant now);

/// Yesterday against the usual, the median of the four weeks before. Empty: nothing can be said, since the site brings too few
/// ads a day for a low one to mean anything, is not known for a week, or was hardly watched yesterday. Its scope and legal reference are the caller's to add.
std::optional<HealthFact> judge_yield(const SiteState& state, Instant now);

}  // namespace vigie::alerts
