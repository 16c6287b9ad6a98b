#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"

namespace vigie::storage {

/// The least 64 of the hashes of masked 3-word shingles of title and text (one permutation, bottom-k): numbers, prices,
/// dates and contacts become class tokens, so that a template with other slots has (nearly) the same sketch. Pure.
Sketch sketch_of(const Ad& ad);

double jaccard(const Sketch& a, const Sketch& b);
/// The share of the smaller text's shingles that stand in the larger one, estimated on the samples.
double containment(const Sketch& a, const Sketch& b);

/// The masked tokens that shingles are made of: folded words, one token per slot ("qz" + class letter + "q").
std::vector<std::string> masked_tokens(const Ad& ad);

/// One of them, with its place in the ad.
struct TextWord {
  std::string word;
  std::string_view slot;   // contact number name place; empty: a word
  std::string_view field;  // title text
  std::size_t begin = 0, end = 0;  // bytes of the field
};
std::vector<TextWord> text_words(const Ad& ad, std::size_t most);

/// A text in hashes: its masked words (the first 2,000), and all of its shingles, each once, in order.
struct TextHashes {
  std::vector<std::uint64_t> words;
  std::vector<std::uint32_t> shingles;
};
TextHashes text_hashes(const Ad& ad);
/// How many of the shingles two texts have in common.
std::size_t common_shingles(const TextHashes& a, const TextHashes& b);
/// The share of the longer text's words that stand in both in the same order (longest common subsequence). Words replaced one
/// by one leave much; texts that are put together from the same phrases, in another order, have little.
double aligned(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);

/// The key under which texts meet that have this shingle in their samples (an LSH band of one row).
std::string anchor_key(std::uint32_t shingle);

}  // namespace vigie::storage
