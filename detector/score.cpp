#include "detector/score.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "detector/groups.h"

namespace vigie::detector {
namespace {

double cap_of(std::string_view name) {
  const auto at = std::find_if(kGroups.begin(), kGroups.end(), [&](const Group& g) { return g.name == name; });
  return at == kGroups.end() ? 1.0 : at->cap;
}

bool counts(const Reason& reason) {
  return reason.weight() > 0 && (reason.tier() == "T+" || reason.tier() == "T0");
}

struct Needed {
  std::string_view family;
  std::size_t signs, groups;
  std::set<std::string_view> of;
};

const std::vector<Needed>& needed() {
  static const std::vector<Needed> table = {
      {"travel", 2, 2, {"route", "promise", "papers", "control"}},
      {"recruitment", 3, 2, {"offer", "contact", "control", "promise", "papers"}},
      {"job", 5, 2, {"offer", "contact", "control"}},
  };
  return table;
}

bool meets(const Needed& row, const std::vector<Reason>& reasons) {
  std::set<std::string> signs, groups;
  for (const auto& reason : reasons) {
    if (!counts(reason) || !row.of.contains(reason.family())) continue;
    signs.insert(reason.indicator());
    groups.insert(reason.family());
  }
  return signs.size() >= row.signs && groups.size() >= row.groups;
}

}  // namespace

double log_odds(const std::vector<Reason>& reasons, const std::vector<Counter>& counter) {
  std::map<std::string, double> strongest;  // by indicator: seen twice is not twice as true
  std::map<std::string, std::string> group;
  for (const auto& reason : reasons) {
    if (!counts(reason)) continue;
    auto& weight = strongest[reason.indicator()];
    weight = std::max(weight, reason.weight());
    group[reason.indicator()] = reason.family();
  }
  std::map<std::string, double> sums;
  for (const auto& [indicator, weight] : strongest) sums[group[indicator]] += weight;
  double total = kPrior;
  for (const auto& [name, sum] : sums) total += std::min(sum, cap_of(name));
  std::map<std::string, double> against;
  for (const auto& one : counter) against[one.indicator()] = std::max(against[one.indicator()], one.weight());
  for (const auto& [indicator, weight] : against) total -= weight;
  return total;
}

double probability(double log_odds) {
  return 1.0 / (1.0 + std::exp(-log_odds));
}

std::string_view severity_of(double probability) {
  if (probability >= kHigh) return "high";
  if (probability >= kMedium) return "medium";
  return probability >= kLow ? "low" : "";
}

bool words_suffice(std::string_view family, const std::vector<Reason>& reasons) {
  // A mixed site does not say which kind an ad is: the two strictest readings decide.
  if (family == "mixed") return words_suffice("travel", reasons) || words_suffice("job", reasons);
  return std::any_of(needed().begin(), needed().end(),
                     [&](const Needed& row) { return row.family == family && meets(row, reasons); });
}

}  // namespace vigie::detector
