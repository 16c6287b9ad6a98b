#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace vigie::parser {

inline constexpr std::string_view kMoneySigns[] = {"€", "$", "£", "EUR", "USD", "CHF", "zł", "Kč", "₽",
                                                   "руб", "kr", "¥", "₹",   "lei", "Ft",  "₴",  "грн"};
inline constexpr std::size_t kMaxPriceTag = 60;  // bytes; longer text speaks of money, it is no price

/// Does a short text bear a sign of money? A cheap look before the reader of prices, for counting.
inline bool has_money(std::string_view s) {
  static constexpr auto kStarts = [] {
    std::array<bool, 256> starts{};
    for (const auto sign : kMoneySigns) starts[static_cast<unsigned char>(sign[0])] = true;
    return starts;
  }();
  if (s.size() > kMaxPriceTag) return false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    // Most bytes start no sign of money: one look tells.
    if (!kStarts[static_cast<unsigned char>(s[i])]) continue;
    if (std::any_of(std::begin(kMoneySigns), std::end(kMoneySigns),
                    [&](std::string_view sign) { return s.compare(i, sign.size(), sign) == 0; }))
      return true;
  }
  return false;
}

}  // namespace vigie::parser
