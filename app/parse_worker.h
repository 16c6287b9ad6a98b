#pragma once

#include "app/sandbox.h"
#include "core/records.pb.h"
#include "core/result.h"

namespace vigie::app {

/// Reads one page in this process; what a worker does for each request, and what `vigie extract` does.
/// A feed or sitemap (by content) answers with page_class "feed" and its addresses as links.
ParseReply read_page(const ParseRequest& request);

/// Files of words that the field readers learn; before anything is read, on one thread. The error names file and line.
Status learn_words(const std::vector<std::string>& files);

/// `vigie parse-worker [WORD_FILE…]`: requests come in on descriptor 0, replies leave on 1, in the sandbox. Returns the
/// exit code.
int run_parse_worker(const WorkerLimits& limits, const std::vector<std::string>& words);

}  // namespace vigie::app
