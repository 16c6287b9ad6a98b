// The pipeline's part of a re-assessment: one stored ad judged again by other rules.
#include <algorithm>

#include "app/pipeline.h"
#include "app/pipeline_work.h"

namespace vigie::app {

Result<Pipeline::Rejudged> Pipeline::judge_again(const StoredAd& stored, const detector::Rules& before, const detector::Rules& after,
                                                 Instant now, bool keep) {
  // The post thread must not move an alert between our reading and our writing.
  std::lock_guard lock(alerts_lock_);
  const auto* options = options_of(stored.ad().site());
  PageItem nothing;
  nothing.exchange.site.set_site(stored.ad().site());
  if (options != nullptr) nothing.exchange.site = *options;
  auto begun = begin(nothing);
  if (!begun) return std::move(begun).error();
  auto& work = **begun;
  work.now = now;
  work.first_pass = true;  // what is raised now is kept, and not mailed
  storage::AdWrite write;
  write.ad = stored;
  auto evidence = evidence_of(work, write, false);
  if (!evidence) return std::move(evidence).error();
  const auto standing = std::exchange(evidence->alert, std::nullopt);
  const auto was = detector::assess(*evidence, before, now);
  const auto is = detector::assess(*evidence, after, now);
  const Rejudged judged{!was.kind.empty(), !is.kind.empty()};
  // The restricted path and watch lists hang on no rule: a page tells them, and at once.
  if (!keep || options == nullptr || is.restricted || is.kind == "watch") return judged;
  std::vector<Alert> changed;
  if (!standing && judged.tells && !judged.told) {
    if (auto raised = raise(work, is, *evidence); !raised) return std::move(raised).error();
    changed = std::move(work.completion.alerts);
  } else if (standing && standing->deliveries_size() == 0 && (standing->status() == "digest" || (standing->status() == "pending" && !judged.tells))) {
    auto alert = *standing;
    retell(alert, is, now);
    if (alert.status() == "suppressed") alert.clear_due_ms();
    changed.push_back(std::move(alert));
  }
  if (changed.empty()) return judged;
  if (auto put = store_.put_outgoing({}, changed); !put) return std::move(put).error();
  return judged;
}

}  // namespace vigie::app
