#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"

namespace vigie::storage {

/// One-permutation MinHash (64 values) over masked 3-word shingles of title and text: numbers, prices, dates and
/// contacts become class tokens, so that a template with other slots has (nearly) the same sketch. Pure.
Sketch sketch_of(const Ad& ad);

double jaccard(const Sketch& a, const Sketch& b);
/// The share of the smaller text's shingles that stand in the larger one, estimated on the samples.
double containment(const Sketch& a, const Sketch& b);

/// The masked tokens that shingles are made of: folded words, one token per slot ("qz" + class letter + "q").
std::vector<std::string> masked_tokens(const Ad& ad);

/// Keys under which near texts meet (LSH): 9 bytes each, band number first. 20 bands of 3 values; texts of fewer than 30
/// shingles get 30 bands of 2, and between 20 and 30 both, so that a text near the border meets its like.
std::vector<std::string> band_keys(const Sketch& sketch);

}  // namespace vigie::storage
