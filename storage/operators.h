#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

/// Groups of ads behind which the same hands are likely, from all evidence at once. Pure: rows in, groups out, so that
/// a group can be recomputed at any time from what is stored.
namespace vigie::storage {

enum class ClueKind : std::uint8_t {
  number,       // phone and phone-like: has epochs
  handle,       // every other contact
  picture,      // cluster of like pictures
  picture_url,  // the same address of a picture: weak, never ties alone (a placeholder stands in everybody's ads)
  text,         // cluster of near texts (template)
};

/// One ad shows one value. `ad` counts from 0; `value` is unique within its kind (a hash, or a number of a cluster).
struct Clue {
  std::uint32_t ad = 0;
  ClueKind kind = ClueKind::number;
  std::uint64_t value = 0;
  std::int64_t first_ms = 0, last_ms = 0;  // of the ad
};

/// What an analyst decided about pairs of ads; binds whatever the evidence says.
struct Decisions {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> same, different;
};

/// What a value says about common hands, as found: it ties by itself, only beside another, or (a hub) nothing at all.
struct Verdict {
  ClueKind kind = ClueKind::number;
  std::uint64_t value = 0;  // as in the clue; once for each epoch
  bool strong = false, hub = false;
};

/// For each of `ads` ads the least number of its group.
///
/// 0. Ads that were decided to be the same are one group before anything else; no evidence joins two groups of which two
///    ads were decided to be different.
/// 1. Numbers fall into epochs (120 days of silence). A value's users form groups by their *other* evidence; a value that
///    three or more groups share which have nothing else in common says nothing (a switchboard, a stock picture), found
///    again without the ones found before, until no more are.
///    A group that only a text holds together counts a quarter: one person writes several texts.
/// 2. A value whose users are at most one such group with another identity, beside ads and texts without, ties (near-unique);
///    two for a handle, which unlike a number is never given to another.
/// 3. A text may serve many persons of one operator. It says nothing when three or more groups (by the values that say anything) that use it
///    have texts of their own which the others do not: then it was copied. With at most one such owner it ties.
/// 4. Any other value is weak: it ties two groups when one of them has fewer than three ads (no bridge between two that
///    stand by themselves), or when weak values of two kinds tie the same two.
/// Source: reference/extraction.md, section 1.8; figures on ../shared/data/ads-linkage in tests/storage_linkage_test.cpp.
/// `verdicts`, if given, becomes what was found of every value that two ads share.
std::vector<std::uint32_t> operators(std::vector<Clue> clues, std::size_t ads, const Decisions& decisions = {},
                                     std::vector<Verdict>* verdicts = nullptr);

}  // namespace vigie::storage
