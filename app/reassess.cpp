#include "app/reassess.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "app/common.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/log.h"
#include "core/text.h"

namespace vigie::app {
namespace {

constexpr int kSamples = 5;

std::string rules_file(const std::string& folder) { return folder + "/rules.yaml"; }
std::string state_file(const std::string& folder) { return folder + "/state.json"; }

Result<std::optional<std::string>> read_if_there(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) {
    if (errno == ENOENT) return std::optional<std::string>();
    return fail(Errc::storage, path + ": " + std::string(std::strerror(errno)));
  }
  std::string text;
  char block[16384];
  for (std::size_t n = 0; (n = std::fread(block, 1, sizeof block, file)) > 0;) text.append(block, n);
  const bool bad = std::ferror(file) != 0;
  std::fclose(file);
  if (bad) return fail(Errc::storage, path + ": cannot be read");
  return std::optional(std::move(text));
}

// Whole or not at all: a kill between the two leaves the old one. Not synced: after a power cut a step is done again.
Status write_whole(const std::string& path, const std::string& text) {
  const auto fresh = path + ".new";
  std::FILE* file = std::fopen(fresh.c_str(), "we");
  if (file == nullptr) return fail(Errc::storage, fresh + ": " + std::string(std::strerror(errno)));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = std::fclose(file) == 0;
  std::error_code error;
  if (written && closed) std::filesystem::rename(fresh, path, error);
  if (!written || !closed || error) return fail(Errc::storage, path + ": cannot be written");
  return {};
}

// An erasure takes ads out of the file while a re-assessment may be at the end of a step: who comes last leaves none of them.
std::mutex state_lock;

/// True when something went.
Result<bool> drop_erased(storage::Store& store, Reassessment& state) {
  bool dropped = false;
  const auto filter = [&](google::protobuf::RepeatedPtrField<std::string>& ads) -> Status {
    for (int i = ads.size() - 1; i >= 0; --i) {
      auto ad = store.ad(ads.Get(i));
      if (!ad) return std::move(ad).error();
      if (*ad) continue;
      ads.DeleteSubrange(i, 1);
      dropped = true;
    }
    return {};
  };
  const auto filter_row = [&](RuleDifference& row) -> Status {
    if (auto done = filter(*row.mutable_gained_in()); !done) return done;
    return filter(*row.mutable_lost_in());
  };
  for (auto& row : *state.mutable_rules()) {
    if (auto done = filter_row(row); !done) return std::move(done).error();
  }
  if (auto done = filter_row(*state.mutable_findings()); !done) return std::move(done).error();
  return dropped;
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::string list(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + json_string(item);
  return out + "]";
}

std::string as_yaml(const detector::RuleSpec& spec) {
  std::string out = "---\nid: " + json_string(spec.id) + "\ntier: " + json_string(spec.tier) + "\nweight: " + number(spec.weight) + "\n";
  if (!spec.title.empty()) out += "title: " + json_string(spec.title) + "\n";
  if (!spec.version.empty()) out += "version: " + json_string(spec.version) + "\n";
  if (!spec.family.empty()) out += "family: " + list(spec.family) + "\n";
  if (!spec.group.empty()) out += "group: " + json_string(spec.group) + "\n";
  if (!spec.expires.empty()) out += "expires: " + spec.expires + "\n";
  out += "select:\n";
  for (const auto& selection : spec.select) {
    out += "  " + selection.name + ":\n";
    if (selection.field.empty()) out += "    view: " + json_string(selection.view) + "\n";
    else out += "    field: " + json_string(selection.field) + "\n";
    for (const auto& [language, phrases] : selection.phrases) out += "    " + json_string(language) + ": " + list(phrases) + "\n";
    if (!selection.patterns.empty()) out += "    re: " + list(selection.patterns) + "\n";
    if (selection.below) out += "    below: " + number(*selection.below) + "\n";
    if (selection.above) out += "    above: " + number(*selection.above) + "\n";
    if (selection.equals) out += "    equals: " + number(*selection.equals) + "\n";
    if (selection.is) out += "    is: " + json_string(*selection.is) + "\n";
  }
  return out + "when: " + json_string(spec.when) + "\nsays: " + json_string(spec.says) + "\n";
}

/// What of a rule changes findings; its sentence and its cases do not.
std::string print_of(const detector::RuleSpec& spec) {
  auto bare = spec;
  bare.says = "-";
  bare.title.clear();
  return short_id(as_yaml(bare));
}

std::map<std::string, std::string> prints_of(const std::vector<detector::RuleSpec>& specs) {
  std::map<std::string, std::string> prints;
  for (const auto& spec : specs) prints[spec.id] = print_of(spec);
  return prints;
}

std::string print_of(const std::vector<detector::RuleSpec>& specs) {
  std::string all;
  for (const auto& [id, print] : prints_of(specs)) all += id + "=" + print + "\n";
  return short_id(all);
}

/// Those of `specs` that `others` does not hold just so.
std::vector<detector::RuleSpec> only_in(const std::vector<detector::RuleSpec>& specs, const std::vector<detector::RuleSpec>& others) {
  const auto known = prints_of(others);
  std::vector<detector::RuleSpec> found;
  for (const auto& spec : specs) {
    const auto at = known.find(spec.id);
    if (at == known.end() || at->second != print_of(spec)) found.push_back(spec);
  }
  return found;
}

RuleDifference& of_rule(Reassessment& state, const std::string& rule) {
  for (auto& row : *state.mutable_rules()) {
    if (row.rule() == rule) return row;
  }
  auto& row = *state.add_rules();
  row.set_rule(rule);
  return row;
}

void count(RuleDifference& row, const std::string& ad, bool gained) {
  gained ? row.set_gained(row.gained() + 1) : row.set_lost(row.lost() + 1);
  auto& samples = gained ? *row.mutable_gained_in() : *row.mutable_lost_in();
  if (samples.size() < kSamples) samples.Add(std::string(ad));
}

std::map<std::string, Reason> by_rule(std::vector<Reason> reasons) {
  std::map<std::string, Reason> found;
  for (auto& reason : reasons) found.try_emplace(reason.indicator(), std::move(reason));
  return found;
}

int cpu_ms_of_thread() {
  timespec spent{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<int>(spent.tv_sec * 1000 + spent.tv_nsec / 1'000'000);
}

}  // namespace

std::string rules_as_yaml(const std::vector<detector::RuleSpec>& rules) {
  std::string out;
  for (const auto& spec : rules) out += as_yaml(spec);
  return out;
}

Result<std::optional<Reassessment>> last_reassessment(const std::string& data_folder) {
  auto text = read_if_there(state_file(data_folder + "/reassess"));
  if (!text) return std::move(text).error();
  if (!*text) return std::optional<Reassessment>();
  Reassessment state;
  if (auto read = from_json(**text, state); !read) return std::move(read).error().in(state_file(data_folder + "/reassess"));
  return std::optional(std::move(state));
}

std::string difference_line(const Reassessment& state, std::size_t most) {
  std::vector<const RuleDifference*> rows;
  for (const auto& row : state.rules()) rows.push_back(&row);
  std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return std::pair(-(a->gained() + a->lost()), a->rule()) < std::pair(-(b->gained() + b->lost()), b->rule());
  });
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < std::min(most, rows.size()); ++i) {
    parts.push_back(rows[i]->rule() + " +" + std::to_string(rows[i]->gained()) + " -" + std::to_string(rows[i]->lost()));
  }
  if (rows.size() > most) parts.push_back(std::to_string(rows.size() - most) + " more");
  return text::join(parts, "; ");
}

Result<std::unique_ptr<Reassessor>> Reassessor::open(storage::Store& store, const std::string& data_folder, std::vector<detector::RuleSpec> rules,
                                                     std::vector<detector::WatchEntry> watch, Instant now) {
  std::unique_ptr<Reassessor> made(new Reassessor(store, data_folder + "/reassess"));
  std::error_code error;
  std::filesystem::create_directories(made->folder_, error);
  if (error) return fail(Errc::storage, made->folder_ + ": " + error.message());
  made->in_force_ = std::move(rules);
  auto copy = read_if_there(rules_file(made->folder_));
  if (!copy) return std::move(copy).error();
  if (!*copy) {
    if (auto done = write_whole(rules_file(made->folder_), rules_as_yaml(made->in_force_)); !done) return std::move(done).error();
    return made;
  }
  std::vector<Fault> faults;
  auto before = load_rules(rules_file(made->folder_), faults);
  std::erase_if(faults, [](const Fault& fault) { return fault.warning; });
  if (!faults.empty()) return fail(Errc::corrupt, format(faults.front(), false));
  const auto from = print_of(before), to = print_of(made->in_force_);
  if (from == to) return made;
  auto state = last_reassessment(data_folder);
  if (!state) return std::move(state).error();
  const bool goes_on = *state && !(*state)->has_finished() && (*state)->before() == from && (*state)->after() == to;
  if (goes_on) {
    made->state_ = **state;
  } else {
    made->state_.set_before(from);
    made->state_.set_after(to);
    *made->state_.mutable_started() = to_timestamp(now);
    made->state_.mutable_findings()->set_rule("findings");
  }
  made->pending_ = true;
  if (auto done = made->compile(std::move(before), made->in_force_, std::move(watch)); !done) return std::move(done).error();
  return made;
}

Status Reassessor::compile(std::vector<detector::RuleSpec> before, std::vector<detector::RuleSpec> after, std::vector<detector::WatchEntry> watch) {
  struct Wanted {
    std::shared_ptr<const detector::Rules>* into;
    std::vector<detector::RuleSpec> specs;
    bool watches;
  };
  Wanted all[] = {{&only_before_, only_in(before, after), false}, {&only_after_, only_in(after, before), false},
                  {&before_, std::move(before), true}, {&after_, std::move(after), true}};
  for (auto& one : all) {
    auto rules = detector::Rules::compile(std::move(one.specs), one.watches ? watch : std::vector<detector::WatchEntry>{});
    if (!rules) return std::move(rules).error();
    *one.into = *std::move(rules);
  }
  return {};
}

/// Counts what the changed rules say of an ad; true when that may change what is told of it.
bool Reassessor::differs(const StoredAd& stored) {
  const auto now = from_timestamp(state_.started());
  const auto was = by_rule(only_before_->match(stored.ad(), now)), is = by_rule(only_after_->match(stored.ad(), now));
  bool differ = false;
  for (const auto& [rule, reason] : is) {
    const auto at = was.find(rule);
    if (at == was.end()) count(of_rule(state_, rule), stored.ad().ad(), true);
    differ = differ || at == was.end() || at->second.weight() != reason.weight() || at->second.tier() != reason.tier() || at->second.family() != reason.family();
  }
  for (const auto& [rule, reason] : was) {
    if (is.contains(rule)) continue;
    count(of_rule(state_, rule), stored.ad().ad(), false);
    differ = true;
  }
  return differ;
}

void Reassessor::tally(const StoredAd& stored, const Judged& judged) {
  state_.set_judged(state_.judged() + 1);
  if (judged.told != judged.tells) count(*state_.mutable_findings(), stored.ad().ad(), judged.tells);
}

Result<bool> Reassessor::step(int most, Instant now, const Judge& judge) {
  if (!pending_) return false;
  const int begun = cpu_ms_of_thread();
  const auto started = from_timestamp(state_.started());
  std::vector<StoredAd> differing;
  int seen = 0;
  storage::AdQuery query;
  query.after = state_.cursor();
  const auto walked = store_.each_ad(query, [&](const StoredAd& stored) {
    state_.set_cursor(stored.ad().ad());
    ++seen;
    if (from_timestamp(stored.ad().first_seen()) < started) {
      state_.set_ads(state_.ads() + 1);
      if (differs(stored)) differing.push_back(stored);
    }
    return seen < most;
  });
  if (!walked) return walked.error();
  for (const auto& stored : differing) {
    auto judged = judge(stored, *before_, *after_);
    if (!judged) return std::move(judged).error();
    tally(stored, *judged);
  }
  state_.set_cpu_ms(state_.cpu_ms() + cpu_ms_of_thread() - begun);
  if (seen < most) {
    if (auto done = finish(now); !done) return std::move(done).error();
    return false;
  }
  if (auto done = save(); !done) return std::move(done).error();
  return true;
}

// The state first: a kill between the two has all ads looked at again, and none forgotten.
Status Reassessor::finish(Instant now) {
  *state_.mutable_finished() = to_timestamp(now);
  state_.clear_cursor();
  if (auto done = save(); !done) return done;
  if (auto done = write_whole(rules_file(folder_), rules_as_yaml(in_force_)); !done) return done;
  pending_ = false;
  log::info("rules.reassessed", {{"ads", std::to_string(state_.ads())},
                                 {"judged", std::to_string(state_.judged())},
                                 {"findings_gained", std::to_string(state_.findings().gained())},
                                 {"findings_lost", std::to_string(state_.findings().lost())},
                                 {"rules", difference_line(state_, 8)},
                                 {"cpu_ms", std::to_string(state_.cpu_ms())}});
  return {};
}

Status Reassessor::save() {
  std::lock_guard lock(state_lock);
  if (auto done = drop_erased(store_, state_); !done) return std::move(done).error();
  return write_whole(state_file(folder_), to_json(state_) + "\n");
}

Status forget_erased(storage::Store& store, const std::string& data_folder) {
  std::lock_guard lock(state_lock);
  auto state = last_reassessment(data_folder);
  if (!state) return std::move(state).error();
  if (!*state) return {};
  auto dropped = drop_erased(store, **state);
  if (!dropped) return std::move(dropped).error();
  return *dropped ? write_whole(state_file(data_folder + "/reassess"), to_json(**state) + "\n") : Status{};
}

}  // namespace vigie::app
