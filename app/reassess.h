#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"
#include "detector/detector.h"
#include "storage/store.h"

namespace vigie::app {

/// Looks at every stored ad again when the rules have changed, in short steps that go on after a kill where they were.
///
/// DATA/reassess/ holds `rules.yaml`, a copy of the rules by which the store was last assessed whole, and `state.json`, how
/// far the present change has come. Only rules that changed are asked about each ad; only ads of which one speaks are
/// judged with all that is around them. The same store and the same two rule sets give the same difference, however often
/// it was interrupted. Memory: one step's ads and five ad ids for each rule and way. Used by one thread.
class Reassessor {
 public:
  struct Judged {
    bool told = false, tells = false;  // by the rules before, and by those in force
  };
  /// Judges one ad with all that is around it, and keeps what comes of it.
  using Judge = std::function<Result<Judged>(const StoredAd& ad, const detector::Rules& before, const detector::Rules& after)>;

  /// `rules`: those in force. Where no copy stands yet they are taken for those by which the store was assessed.
  static Result<std::unique_ptr<Reassessor>> open(storage::Store& store, const std::string& data_folder, std::vector<detector::RuleSpec> rules,
                                                  std::vector<detector::WatchEntry> watch, Instant now);

  bool pending() const { return pending_; }
  /// Looks at the next ads, at most `most`; false: none is left, and the rules in force are the ones assessed by. State is
  /// written at the end of each step. Ads that came after the start are left out: they were judged by the rules in force.
  Result<bool> step(int most, Instant now, const Judge& judge);
  const Reassessment& state() const { return state_; }

 private:
  Reassessor(storage::Store& store, std::string folder) : store_(store), folder_(std::move(folder)) {}
  Status compile(std::vector<detector::RuleSpec> before, std::vector<detector::RuleSpec> after, std::vector<detector::WatchEntry> watch);
  bool differs(const StoredAd& stored);
  void tally(const StoredAd& stored, const Judged& judged);
  Status finish(Instant now);
  Status save();

  storage::Store& store_;
  std::string folder_;
  bool pending_ = false;
  Reassessment state_;
  std::vector<detector::RuleSpec> in_force_;
  std::shared_ptr<const detector::Rules> before_, after_;            // all rules, for judging
  std::shared_ptr<const detector::Rules> only_before_, only_after_;  // those that changed
};

/// The last re-assessment of a data folder, or the one under way; empty when there was none.
Result<std::optional<Reassessment>> last_reassessment(const std::string& data_folder);
/// Takes ads that the store no longer holds out of what the last re-assessment names. To be called after an erasure.
Status forget_erased(storage::Store& store, const std::string& data_folder);
/// One line: "documents-kept +12 -3; ...", at most `most` rules, those that changed most first.
std::string difference_line(const Reassessment& state, std::size_t most);

/// Rules as a rule file says them, without their cases and false positives: what read_rule_file() reads back.
std::string rules_as_yaml(const std::vector<detector::RuleSpec>& rules);

}  // namespace vigie::app
