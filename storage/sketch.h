#pragma once

#include <string_view>

#include "core/records.pb.h"

namespace vigie::storage {

/// One-permutation MinHash (64 values) over masked 3-word shingles of title and text: numbers, prices, dates and
/// contacts become class tokens, so that a template with other slots has (nearly) the same sketch. Pure.
Sketch sketch_of(const Ad& ad);

double jaccard(const Sketch& a, const Sketch& b);
/// The share of the smaller text's shingles that stand in the larger one, estimated on the samples.
double containment(const Sketch& a, const Sketch& b);

}  // namespace vigie::storage
