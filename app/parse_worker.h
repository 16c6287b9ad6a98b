#pragma once

#include "app/sandbox.h"
#include "core/records.pb.h"
#include "core/result.h"

namespace vigie::app {

/// Reads one page in this process; what a worker does for each request, and what `vigie extract` does.
/// A feed or sitemap (by content) answers with page_class "feed" and its addresses as links.
ParseReply read_page(const ParseRequest& request);

/// `vigie parse-worker`: requests come in on descriptor 0, replies leave on 1, in the sandbox. Returns the exit code.
int run_parse_worker(const WorkerLimits& limits);

}  // namespace vigie::app
