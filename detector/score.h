#pragma once

#include <string_view>
#include <vector>

#include "core/records.pb.h"

namespace vigie::detector {

/// Log-odds before any sign: one ad in twenty of those that are looked at. Three units of evidence make it even.
constexpr double kPrior = -3.0;
constexpr double kLow = 0.5, kMedium = 0.65, kHigh = 0.85;  // probability-like, from which a severity stands

/// Sum of weights, each indicator once, capped by group, less the counter-evidence, with the prior. T- and P! weigh
/// nothing whatever their reasons say.
double log_odds(const std::vector<Reason>& reasons, const std::vector<Counter>& counter);
double probability(double log_odds);
/// Empty below kLow.
std::string_view severity_of(double probability);

/// May the words and marks of one ad alert without a link? By family, from the base rates of domain.md section 3:
/// travel: two signs of two groups (route, promise, papers, control); recruitment: three signs of two groups; job: five
/// of two of (offer, contact, control); service and housing: never. One sign alone never does.
bool words_suffice(std::string_view family, const std::vector<Reason>& reasons);

}  // namespace vigie::detector
