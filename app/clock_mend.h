#pragma once

#include "app/config.h"
#include "core/result.h"
#include "core/time.h"
#include "storage/store.h"

namespace vigie::app {

/// A step back of the clock by more than this ends the daemon, so that it starts again on a mended schedule; what a smaller
/// one put off waits no longer than that.
constexpr Millis kClockAhead = 5min;

/// Called once after open. Pages that were asked by a clock that ran ahead are planned from that clock's future, and would
/// be left alone until then: an hour, or years. Where a page was last asked after `now`, its wait is counted from `now`, and
/// its host's from as far back. Blocks that were set by the right clock stay. What a record says of the past is left as the
/// clock said it. Reads the pages of those sites only that have a host with a date in the future. Returns how many moved.
Result<int> mend_schedule(storage::Store& store, const Config& config, Instant now);

}  // namespace vigie::app
