#include "app/layout_watch.h"

#include <algorithm>
#include <cmath>

namespace vigie::app {
namespace {

constexpr double kSlow = 0.005, kQuick = 0.04;   // weight of one listing once there are many
constexpr double kSteady = 0.9;                  // a field that nearly every ad has
constexpr double kLostBelow = 0.75, kBackAbove = 0.85;
constexpr std::int64_t kLeastListings = 30, kSettledAfter = 50;

double moved(double mean, bool hit, std::int64_t count, double least) {
  const double weight = std::max(1.0 / static_cast<double>(count), least);
  return mean + weight * ((hit ? 1.0 : 0.0) - mean);
}

bool lost(double usual, double lately) { return usual >= kSteady && lately < kLostBelow; }
bool back(double usual, double lately) { return usual < kSteady || lately >= kBackAbove; }

FieldYield& yield_of(LayoutWatch& watch, const std::string& field) {
  for (auto& known : *watch.mutable_fields()) {
    if (known.field() == field) return known;
  }
  auto& made = *watch.add_fields();
  made.set_field(field);
  return made;
}

void count(FieldYield& yield, const FieldLesson& lesson, std::int64_t n, bool frozen) {
  const bool by_rule = lesson.found() && (lesson.source() == "template" || lesson.source() == "learned");
  yield.set_lately(moved(yield.lately(), lesson.found(), n, kQuick));
  yield.set_lately_by_rule(moved(yield.lately_by_rule(), by_rule, n, kQuick));
  if (frozen) return;  // what is usual is what stood before the trouble
  yield.set_usual(moved(yield.usual(), lesson.found(), n, kSlow));
  yield.set_usual_by_rule(moved(yield.usual_by_rule(), by_rule, n, 4 * kSlow));
}

bool sinks(const LayoutWatch& watch) {
  return std::any_of(watch.fields().begin(), watch.fields().end(), [](const FieldYield& y) {
    return (y.usual() >= kSteady && y.lately() < kBackAbove) || (y.usual_by_rule() >= kSteady && y.lately_by_rule() < kBackAbove);
  });
}

}  // namespace

LayoutNews watch_layout(LayoutWatch& watch, const PageLesson& lesson, bool settled, Instant now) {
  for (const auto& listing : lesson.listings()) {
    watch.set_listings(watch.listings() + 1);
    const bool frozen = watch.drifted() || (watch.listings() > kLeastListings && sinks(watch));
    for (const auto& field : listing.fields()) count(yield_of(watch, field.field()), field, watch.listings(), frozen);
  }
  const auto all = [&](auto test) { return std::all_of(watch.fields().begin(), watch.fields().end(), test); };
  if (!watch.drifted()) {
    const bool fine = all([](const FieldYield& y) { return !lost(y.usual(), y.lately()) && !lost(y.usual_by_rule(), y.lately_by_rule()); });
    if (fine || watch.listings() < kLeastListings) return LayoutNews::none;
    watch.set_drifted(true);
    watch.set_drifted_ms(to_ms(now));
    watch.set_listings(kLeastListings);  // from here the ads of the new make are counted
    return LayoutNews::drifted;
  }
  const bool found = all([](const FieldYield& y) { return back(y.usual(), y.lately()) && back(y.usual_by_rule(), y.lately_by_rule()); });
  const bool learned = settled && watch.listings() >= kLeastListings + kSettledAfter;
  if (!found && !learned) return LayoutNews::none;
  watch.set_drifted(false);
  if (!found) {  // this is how the site is now
    for (auto& yield : *watch.mutable_fields()) {
      yield.set_usual(yield.lately());
      yield.set_usual_by_rule(yield.lately_by_rule());
    }
  }
  return LayoutNews::recovered;
}

std::vector<std::string> lost_fields(const LayoutWatch& watch) {
  std::vector<std::string> said;
  const auto percent = [](double share) { return std::to_string(std::lround(100 * share)) + " %"; };
  for (const auto& y : watch.fields()) {
    if (lost(y.usual(), y.lately())) said.push_back(y.field() + " (usually " + percent(y.usual()) + ", now " + percent(y.lately()) + ")");
    else if (lost(y.usual_by_rule(), y.lately_by_rule())) said.push_back(y.field() + " (no longer where it was)");
  }
  return said;
}

bool loses_fields(const LayoutWatch& watch) {
  return std::any_of(watch.fields().begin(), watch.fields().end(), [](const FieldYield& y) { return lost(y.usual(), y.lately()); });
}

}  // namespace vigie::app
