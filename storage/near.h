#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

#include "core/records.pb.h"
#include "storage/sketch.h"

/// When two texts are near, and when so near that they tie: two bars, since a look-alike that is shown costs a glance, and
/// one that ties costs a group. Pure.
namespace vigie::storage {

struct Nearness {
  double jaccard = 0, containment = 0;
  double aligned = 0;  // 0: the samples were enough to tell
};

/// How near one ad's text is to others.
class NearTo {
 public:
  explicit NearTo(const StoredAd& own) : own_(own) {}

  /// From the samples alone.
  Nearness estimate(const StoredAd& other) const;
  /// The samples are not enough to tell.
  bool worth_a_look(const StoredAd& other, const Nearness& estimated) const;
  /// What the words themselves say.
  void look(const StoredAd& other, Nearness& estimated);

  /// To be shown as near.
  bool near(const StoredAd& other, const Nearness& found) const;
  /// One template: texts of one hand, or copied.
  bool ties(const Nearness& found) const;

 private:
  const StoredAd& own_;
  std::optional<TextHashes> text_;
};

/// Shingles that so many ads have among their anchors that they say nothing. Thread-safe.
class CommonPhrases {
 public:
  bool contains(std::uint32_t shingle) const;
  void add(std::uint32_t shingle, bool written = false);
  /// True once for a phrase whose row is not written yet.
  bool to_be_written(std::uint32_t shingle);
  void clear();

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::uint32_t, bool> phrases_;  // whether its row is written
};

}  // namespace vigie::storage
