#include "storage/near.h"

#include <algorithm>

namespace vigie::storage {

namespace {

constexpr double kLeastJaccard = 0.45, kLeastJaccardLong = 0.40, kLeastContainment = 0.8;
constexpr int kContainmentFrom = 30, kShortText = 12, kLongText = 60;  // shingles
// Every fifth word replaced leaves a Jaccard of 0.34 and 0.80 of the words in their order; of 120,000 pairs of strangers of one
// trade (ads-linkage) with a Jaccard from 0.15 none has more than 0.55 in order.
constexpr double kLookFrom = 0.15;
// Samples of 64 tell the Jaccard to some 0.05: so near to a bar the texts themselves are asked.
constexpr double kUnsureFrom = 0.35, kSureFrom = 0.52;
constexpr double kLeastAligned = 0.62, kTiesAligned = 0.70;
constexpr int kLeastWords = 24;  // a few words are in order by chance

}  // namespace

Nearness NearTo::estimate(const StoredAd& other) const {
  return {jaccard(own_.sketch(), other.sketch()), containment(own_.sketch(), other.sketch()), 0};
}

bool NearTo::worth_a_look(const StoredAd& other, const Nearness& estimated) const {
  if (estimated.jaccard < kLookFrom || estimated.jaccard >= kSureFrom) return false;
  const bool cut = own_.sketch().shingles() > own_.sketch().sample_size() || other.sketch().shingles() > other.sketch().sample_size();
  if (cut && estimated.jaccard > kUnsureFrom) return true;
  const int a = own_.sketch().words(), b = other.sketch().words();
  return estimated.jaccard < kLeastJaccard && std::min(a, b) >= kLeastWords && std::min(a, b) >= kLeastAligned * std::max(a, b);
}

void NearTo::look(const StoredAd& other, Nearness& estimated) {
  if (!text_) text_ = text_hashes(own_.ad());
  const auto theirs = text_hashes(other.ad());
  const auto common = static_cast<double>(common_shingles(*text_, theirs));
  const auto a = static_cast<double>(text_->shingles.size()), b = static_cast<double>(theirs.shingles.size());
  estimated.jaccard = common / std::max(a + b - common, 1.0);
  estimated.containment = common / std::max(std::min(a, b), 1.0);
  const auto least = std::min(text_->words.size(), theirs.words.size());
  if (least >= static_cast<std::size_t>(kLeastWords)) estimated.aligned = aligned(text_->words, theirs.words);
}

bool NearTo::near(const StoredAd& other, const Nearness& found) const {
  const auto &a = own_.sketch(), &b = other.sketch();
  const int smaller = std::min(a.shingles(), b.shingles());
  // A few words are everybody's: only the same words tie.
  if (smaller < kShortText) return a.shingles() > 0 && a.masked() == b.masked();
  if (found.aligned >= kLeastAligned) return true;
  // In a long text 0.40 is far more than strangers share.
  return found.jaccard >= (smaller >= kLongText ? kLeastJaccardLong : kLeastJaccard) || (found.containment >= kLeastContainment && smaller >= kContainmentFrom);
}

bool NearTo::ties(const Nearness& found) const { return found.jaccard >= kLeastJaccard || found.aligned >= kTiesAligned; }

bool CommonPhrases::contains(std::uint32_t shingle) const {
  std::shared_lock lock(mutex_);
  return phrases_.contains(shingle);
}

void CommonPhrases::add(std::uint32_t shingle, bool written) {
  std::unique_lock lock(mutex_);
  phrases_.emplace(shingle, written);
}

bool CommonPhrases::to_be_written(std::uint32_t shingle) {
  std::unique_lock lock(mutex_);
  const auto at = phrases_.find(shingle);
  if (at == phrases_.end() || at->second) return false;
  at->second = true;
  return true;
}

void CommonPhrases::clear() {
  std::unique_lock lock(mutex_);
  phrases_.clear();
}

}  // namespace vigie::storage
