#pragma once

#include <vector>

#include "detector/networks.h"

namespace vigie::detector {

/// What speaks against, each with a sentence; weights are log-odds that are taken off. `fired`: the reasons so far, by
/// which a counter knows whether there is anything that it speaks against.
std::vector<Counter> counters_of(const Scene& scene, const std::vector<Reason>& fired);

}  // namespace vigie::detector
