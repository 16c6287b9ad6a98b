#pragma once

#include <array>
#include <string_view>

namespace vigie::detector {

/// What kind of evidence a sign is. Signs of one group say much the same, so together they weigh no more than `cap`.
struct Group {
  std::string_view name;
  double cap;  // log-odds
  std::string_view what;
};

inline constexpr std::array<Group, 10> kGroups = {{
    {"offer", 1.5, "what is promised: lodging, travel, pay, no requirements"},
    {"contact", 1.5, "how the advertiser can be reached, and whether he can be identified"},
    {"control", 3.5, "documents, debts, secrecy, work without contract"},
    {"route", 2.0, "a way over borders with its price"},
    {"promise", 2.0, "arrival or success guaranteed"},
    {"papers", 2.0, "visa or documents as goods, or not needed"},
    {"style", 1.2, "how the text is written"},
    {"network", 7.0, "what ties ads together"},
    {"history", 1.2, "what changed between versions"},
    {"other", 1.0, "anything else"},
}};

}  // namespace vigie::detector
