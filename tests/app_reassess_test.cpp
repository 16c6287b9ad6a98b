// A change of rules over stored ads: what it gains and loses, without mail, and the same however often it is interrupted.
#include <doctest/doctest.h>

#include <cstdlib>
#include <mutex>

#include "app/pipeline.h"
#include "app/reassess.h"
#include "core/json.h"
#include "tests/detector_town_watch.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::app;

namespace {

const Instant kLater = from_ms(town::kStart + 40 * town::kDayMs);
constexpr std::string_view kLoud[] = {"documents-kept", "arrival-guaranteed", "no-papers-needed", "pay-out-of-line", "visa-guaranteed"};

/// A store that holds a town, and what the daemon has around it.
struct Shelf {
  storage::test::Folder folder;
  std::unique_ptr<storage::Store> store = *storage::test::open(folder);
  std::shared_ptr<Config> config = std::make_shared<Config>();
  std::mutex alerts_lock;
  std::unique_ptr<Pipeline> pipeline;
  const detector::Rules& all;

  Shelf(int ads, const detector::Rules& rules) : all(rules) {
    std::set<std::string> sites;
    for (const auto& posted : town::Builder(5, false).build(ads)) {
      storage::test::arrive(*store, posted.ad, from_timestamp(posted.ad.first_seen()));
      if (!sites.insert(posted.ad.site()).second) continue;
      SiteOptions site;
      site.set_site(posted.ad.site());
      site.set_scope("NORTH-01");
      config->sites.push_back(site);
    }
    auto none = detector::Rules::compile({});
    REQUIRE(none);
    pipeline = std::make_unique<Pipeline>(*store, config, *none, alerts_lock);
  }
  std::vector<detector::RuleSpec> rules(bool loud) const {
    auto specs = all.specs();
    if (!loud) std::erase_if(specs, [](const auto& spec) { return std::find(std::begin(kLoud), std::end(kLoud), spec.id) != std::end(kLoud); });
    return specs;
  }
  std::unique_ptr<Reassessor> open(bool loud) {
    auto opened = Reassessor::open(*store, folder.path(), rules(loud), {}, kLater);
    REQUIRE(opened);
    return *std::move(opened);
  }
  Reassessor::Judge judge() {
    return [this](const StoredAd& ad, const detector::Rules& before, const detector::Rules& after) -> Result<Reassessor::Judged> {
      auto judged = pipeline->judge_again(ad, before, after, kLater, true);
      if (!judged) return std::move(judged).error();
      return Reassessor::Judged{judged->told, judged->tells};
    };
  }
  /// As a daemon that is killed after every step.
  Reassessment run(bool loud, int step) {
    for (;;) {
      auto work = open(loud);
      if (!work->pending()) break;
      REQUIRE(work->step(step, kLater, judge()));
    }
    auto state = last_reassessment(folder.path());
    REQUIRE(state);
    REQUIRE(*state);
    return **state;
  }
  std::map<std::string, int> alerts() {
    std::map<std::string, int> by_status;
    REQUIRE(store->each_alert({}, [&](const Alert& alert) { return ++by_status[alert.status()], true; }));
    return by_status;
  }
};

std::string told(Reassessment state) {
  state.clear_cpu_ms();
  state.clear_finished();
  return to_json(state);
}

const RuleDifference* row(const Reassessment& state, const std::string& rule) {
  for (const auto& one : state.rules()) {
    if (one.rule() == rule) return &one;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("reassess: a change of rules shows what it gains and loses over the whole store, and mails nothing") {
  const auto rules = town::catalogue();
  Shelf shelf(1200, *rules);
  CHECK_FALSE(shelf.open(false)->pending());  // the first rules are those by which the store was assessed
  CHECK_FALSE(shelf.open(false)->pending());

  const auto state = shelf.run(true, 10'000);
  int speaks = 0, ads = 0;
  REQUIRE(shelf.store->each_ad({}, [&](const StoredAd& stored) {
    ++ads;
    for (const auto& reason : rules->match(stored.ad(), kLater)) speaks += reason.indicator() == "documents-kept" ? 1 : 0;
    return true;
  }));
  REQUIRE(speaks > 0);
  CHECK(state.ads() == ads);
  REQUIRE(row(state, "documents-kept") != nullptr);
  CHECK(row(state, "documents-kept")->gained() == speaks);
  CHECK(row(state, "documents-kept")->lost() == 0);
  CHECK(row(state, "lodging-provided") == nullptr);  // it did not change
  CHECK(state.findings().gained() > 0);
  CHECK(state.findings().lost() == 0);
  auto alerts = shelf.alerts();
  CHECK(alerts["digest"] > 0);
  CHECK(alerts["pending"] == 0);
  auto due = shelf.store->due_alerts(10);
  REQUIRE(due);
  for (const auto& alert : *due) CHECK(alert.status() == "digest");

  // Back again: what nobody was told is put away.
  const auto back = shelf.run(false, 10'000);
  CHECK(row(back, "documents-kept")->lost() == speaks);
  CHECK(back.findings().lost() == state.findings().gained());
  alerts = shelf.alerts();
  CHECK(alerts["digest"] == 0);
  CHECK(alerts["suppressed"] > 0);
  CHECK(difference_line(back, 1).find(" more") != std::string::npos);
}

TEST_CASE("reassess: the same store and rules give the same difference, however often it is killed") {
  const auto rules = town::catalogue();
  Shelf whole(700, *rules), pieces(700, *rules);
  whole.open(false);
  pieces.open(false);
  CHECK(told(whole.run(true, 10'000)) == told(pieces.run(true, 37)));
  CHECK(whole.alerts() == pieces.alerts());
}

TEST_CASE("reassess: rules that change again begin anew, and a sentence for people is no change") {
  const auto rules = town::catalogue();
  Shelf shelf(400, *rules);
  shelf.open(false);
  {
    auto work = shelf.open(true);
    REQUIRE(work->step(50, kLater, shelf.judge()));
    CHECK(work->state().ads() == 50);
  }
  CHECK_FALSE(shelf.open(false)->pending());  // back to those by which all was assessed
  auto specs = shelf.rules(false);
  specs.front().says = "said in other words";
  auto opened = Reassessor::open(*shelf.store, shelf.folder.path(), specs, {}, kLater);
  REQUIRE(opened);
  CHECK_FALSE((*opened)->pending());
  specs.front().weight += 0.1;
  opened = Reassessor::open(*shelf.store, shelf.folder.path(), specs, {}, kLater);
  REQUIRE(opened);
  CHECK((*opened)->pending());
  CHECK((*opened)->state().ads() == 0);
}

TEST_CASE("reassess: an ad that was erased is named no longer") {
  const auto rules = town::catalogue();
  Shelf shelf(1200, *rules);
  CHECK_FALSE(shelf.open(false)->pending());
  const auto before = shelf.run(true, 100);
  REQUIRE(before.findings().gained_in_size() > 0);
  const auto gone = before.findings().gained_in(0);
  storage::Erasure what;
  what.ad = gone;
  what.actor = "test";
  what.reason = "a test";
  REQUIRE(shelf.store->erase(what, false, kLater));
  REQUIRE(forget_erased(*shelf.store, shelf.folder.path()));
  const auto after = last_reassessment(shelf.folder.path());
  REQUIRE(after);
  CHECK(to_json(before).find(gone) != std::string::npos);
  CHECK(to_json(**after).find(gone) == std::string::npos);
  CHECK((*after)->findings().gained() == before.findings().gained());
}

TEST_CASE("reassess: the copy of the rules says what the rules said") {
  const auto rules = town::catalogue();
  storage::test::Folder folder;
  const auto path = folder.path() + "/rules.yaml";
  std::FILE* file = std::fopen(path.c_str(), "we");
  REQUIRE(file != nullptr);
  const auto text = rules_as_yaml(rules->specs());
  REQUIRE(std::fwrite(text.data(), 1, text.size(), file) == text.size());
  std::fclose(file);
  std::vector<Fault> faults;
  const auto read = load_rules(path, faults);
  std::erase_if(faults, [](const Fault& fault) { return fault.warning; });
  for (const auto& fault : faults) MESSAGE(format(fault, false));
  REQUIRE(faults.empty());
  CHECK(rules_as_yaml(read) == text);
}

// VIGIE_REASSESS=50000 app_test -tc="figures: reassess*": ads looked at a CPU second, and for how many all was judged.
TEST_CASE("figures: reassess" * doctest::skip(std::getenv("VIGIE_REASSESS") == nullptr)) {
  const auto rules = town::catalogue();
  const int ads = std::atoi(std::getenv("VIGIE_REASSESS"));
  Shelf shelf(ads, *rules);
  shelf.open(false);
  const auto state = shelf.run(true, 2000);
  MESSAGE(state.ads() << " ads, " << state.judged() << " judged, " << state.cpu_ms() << " ms of CPU: a million in " << state.cpu_ms() / 1000.0 * 1e6 / ads / 60 << " minutes");
}
