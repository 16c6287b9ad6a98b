#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "tests/storage_kit.h"

/// Ads as they arrive over a year, with planted truth: operators of 1 to 40 ads, each with numbers, perhaps a handle, and texts
/// with slots (3 to 40 ads each); near-duplicates at 5, 10 and 20 % replaced words; numbers that are given out again after
/// 200 days; a switchboard's number on 2 % of all ads. Invented words; numbers of one fictional block.
namespace vigie::storage::test {

struct Planted {
  Ad ad;
  Instant seen;
  std::uint32_t operator_id = 0, text_id = 0;
  std::string copy_of;       // the ad whose words were replaced
  int replaced_percent = 0;  // 5, 10 or 20
};

class PlantedTown {
 public:
  /// `ads`: how many the year holds in all.
  explicit PlantedTown(std::int64_t ads, std::uint64_t seed = 11) : step_ms_(365LL * 86'400'000 / std::max<std::int64_t>(ads, 1)), random_(seed) {
    for (int i = 0; i < 400; ++i) open_.push_back(operator_now());
  }

  Planted next() {
    Planted p;
    p.seen = at(0) + Millis{step_ms_ * number_};
    const auto place = pick(open_.size());
    auto& op = open_[place];
    auto& text = op.texts[pick(op.texts.size())];
    auto words = text.words;
    p.operator_id = op.id;
    p.text_id = text.id;
    const auto id = "site-" + std::string(1, static_cast<char>('a' + pick(5))) + "/" + std::to_string(number_);
    if (!text.first.empty() && pick(100) < 12) {
      constexpr std::array kShares{5, 10, 20};
      p.replaced_percent = kShares[pick(kShares.size())];
      p.copy_of = text.first;
      for (auto& word : words) {
        if (pick(100) < static_cast<std::uint64_t>(p.replaced_percent)) word = rare_word();
      }
    } else if (text.first.empty()) {
      text.first = id;
    }
    p.ad = ad(id, text::join(filled(std::move(words)), " "));
    p.ad.set_title("");
    p.ad.set_url("https://a.example/" + std::to_string(number_));
    add_contact(p.ad, "phone", pick(100) < 85 ? op.phones[0] : op.phones[pick(op.phones.size())]);
    if (!op.handle.empty() && pick(2) == 0) add_contact(p.ad, "telegram", op.handle);
    if (pick(50) == 0) add_contact(p.ad, "phone", "+33199000001");
    ++number_;
    if (--op.left == 0) {
      ended_.emplace_back(p.seen, op.phones[0]);
      op = operator_now();
    }
    return p;
  }

 private:
  struct Text {
    std::uint32_t id = 0;
    std::vector<std::string> words;  // a slot is a word that ends in '#'
    std::string first;               // its first ad, written as it is
  };
  struct Operator {
    std::uint32_t id = 0;
    int left = 0;
    std::vector<std::string> phones;
    std::string handle;
    std::vector<Text> texts;
  };

  std::uint64_t pick(std::uint64_t below) { return random_() % below; }
  static std::string letters(std::uint64_t n) {
    std::string s;
    for (n += 26; n > 0; n /= 26) s += static_cast<char>('a' + n % 26);
    return s;
  }
  std::string rare_word() { return "w" + letters(pick(40'000)); }
  /// Half of all words are among 300.
  std::string word() { return pick(2) == 0 ? "c" + letters(pick(300)) : rare_word(); }
  std::string number() { return "+3319900" + std::to_string(100'000 + numbers_++); }

  Operator operator_now() {
    Operator op;
    op.id = ++operators_;
    // Most have few ads; some have forty.
    op.left = 1 + static_cast<int>(std::min<std::uint64_t>(39, 3000 / (50 + pick(1000))));
    const auto now = at(0) + Millis{step_ms_ * number_};
    const bool recycled = pick(50) == 0 && !ended_.empty() && now - ended_.front().first > std::chrono::hours(24 * 200);
    if (recycled) {
      op.phones.push_back(ended_.front().second);
      ended_.pop_front();
    }
    for (std::uint64_t i = pick(3) + 1; op.phones.size() < i;) op.phones.push_back(number());
    if (pick(2) == 0) op.handle = "handle" + std::to_string(op.id);
    const std::uint64_t texts = op.left < 6 ? 1 : 1 + pick(3);
    for (std::uint64_t i = 0; i < texts; ++i) {
      Text text;
      text.id = ++texts_;
      for (std::uint64_t k = 0, length = 70 + pick(60); k < length; ++k) text.words.push_back(pick(15) == 0 ? "#" : word());
      op.texts.push_back(std::move(text));
    }
    return op;
  }

  std::vector<std::string> filled(std::vector<std::string> words) {
    for (auto& word : words) {
      if (word == "#") word = std::to_string(10 + pick(9990));
    }
    return words;
  }

  const std::int64_t step_ms_;
  std::mt19937_64 random_;
  std::vector<Operator> open_;
  std::deque<std::pair<Instant, std::string>> ended_;
  std::int64_t number_ = 0, numbers_ = 0;
  std::uint32_t operators_ = 0, texts_ = 0;
};

}  // namespace vigie::storage::test
