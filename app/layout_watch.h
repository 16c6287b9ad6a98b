#pragma once

#include <string>
#include <vector>

#include "core/records.pb.h"
#include "core/time.h"

namespace vigie::app {

enum class LayoutNews { none, drifted, recovered };

/// Takes what the listings of one page say of their fields. A field that nearly every ad had and that more than a quarter
/// of the last fifty lack, or that a rule no longer finds, means that the site's pages are made otherwise than before.
///
/// Once an episode: `drifted` when it begins, `recovered` when every field is found again, or when `settled` says that the
/// new make has been learned and fifty ads have been read by it. Pure.
LayoutNews watch_layout(LayoutWatch& watch, const PageLesson& lesson, bool settled, Instant now);

/// Fields that are lost, as an analyst reads it: "price (usually 98 %, now 12 %)". `by_rule`: lost by their rule alone.
std::vector<std::string> lost_fields(const LayoutWatch& watch);
/// True when a field is found less often than before, not only elsewhere.
bool loses_fields(const LayoutWatch& watch);

}  // namespace vigie::app
