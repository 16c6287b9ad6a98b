#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "parser/embedded.h"
#include "parser/fields.h"
#include "parser/letters.h"

// After ELD (Nito T.M., Apache-2.0): every gram of up to four bytes that a text holds adds its weight in each language.
namespace vigie::parser {

namespace {

constexpr int kBaseWeight = 53;           // the profiles leave the smallest weight out
constexpr std::size_t kReadBytes = 380;   // more text does not change the answer
constexpr std::size_t kWordBytes = 70;

struct Profiles {
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t first = 0;
    std::uint32_t pairs = 0;
  };
  std::vector<std::string> languages;
  std::vector<Slot> slots;               // open addressing, a power of two
  std::vector<std::array<std::uint8_t, 2>> pairs;  // language, weight

  static const Profiles& standard() {
    static const Profiles profiles;
    return profiles;
  }
  const Slot* find(std::uint64_t key) const {
    for (auto i = spread(key);; ++i) {
      const auto& slot = slots[i & (slots.size() - 1)];
      if (slot.key == key) return &slot;
      if (slot.key == 0) return nullptr;
    }
  }

 private:
  static std::size_t spread(std::uint64_t key) { return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15ULL) >> 32); }
  Profiles();
};

std::uint64_t gram_key(std::string_view gram) {
  std::uint64_t key = 0;
  std::memcpy(&key, gram.data(), std::min<std::size_t>(gram.size(), 8));
  return key;
}

Profiles::Profiles() {
  const auto data = embedded_ngrams();
  std::size_t at = 0;
  const auto byte = [&] { return static_cast<std::uint8_t>(data[at++]); };
  const auto u32 = [&] {
    std::uint32_t n = 0;
    std::memcpy(&n, data.data() + at, 4);
    at += 4;
    return n;
  };
  const auto count = u32();
  for (std::uint32_t i = 0; i < count; ++i, at += 2) languages.emplace_back(data.substr(at, 2));
  const auto grams = u32();
  std::size_t size = 1;
  while (size < grams * 2U) size *= 2;
  slots.resize(size);
  std::string gram;
  for (std::uint32_t i = 0; i < grams; ++i) {
    gram.resize(byte());
    const auto more = byte();
    gram.append(data.substr(at, more));
    at += more;
    Slot slot{gram_key(gram), static_cast<std::uint32_t>(pairs.size()), byte()};
    for (std::uint32_t p = 0; p < slot.pairs; ++p) {
      const auto language = byte();
      pairs.push_back({language, byte()});
    }
    auto where = spread(slot.key);
    while (slots[where & (size - 1)].key != 0) ++where;
    slots[where & (size - 1)] = slot;
  }
}

// Lower-case words, one blank between, letters and apostrophes only.
std::string words_of(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size() && out.size() <= kReadBytes;) {
    const auto c = static_cast<UChar32>(next_letter(s, i));
    const bool quote = (c == '\'' || c == '`' || c == 0x2019) && !out.empty() && out.back() != ' ';
    const auto mask = U_GET_GC_MASK(c);
    if (!(mask & U_GC_L_MASK) && !quote) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      continue;
    }
    append_letter(out, static_cast<char32_t>(u_tolower(c)));
  }
  return out;
}

struct Scores {
  std::array<int, 64> of{};
  std::vector<std::uint64_t> seen;

  void add(const Profiles& profiles, std::string_view gram) {
    const auto key = gram_key(gram);
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) return;
    seen.push_back(key);
    const auto* slot = profiles.find(key);
    if (!slot) return;
    for (std::uint32_t p = 0; p < slot->pairs; ++p) {
      const auto& pair = profiles.pairs[slot->first + p];
      of[pair[0]] += pair[1] + kBaseWeight;
    }
  }

  void add_word(const Profiles& profiles, std::string_view word) {
    const auto size = std::min(word.size(), kWordBytes);
    std::string gram;
    std::size_t j = 0;
    for (; j + 4 < size; j += 3) {
      gram = j == 0 ? " " : "";
      gram.append(word.substr(j, 4));
      add(profiles, gram);
    }
    gram = j == 0 ? " " : "";
    gram.append(word.substr(size > 4 ? size - 4 : 0, 4)).append(" ");
    add(profiles, gram);
  }
};

}  // namespace

std::string identify_language(std::string_view s) {
  const auto& profiles = Profiles::standard();
  const auto words = words_of(s);
  Scores scores;
  for (std::size_t i = 0; i < words.size();) {
    const auto end = std::min(words.find(' ', i), words.size());
    if (end > i) scores.add_word(profiles, std::string_view(words).substr(i, end - i));
    i = end + 1;
  }
  const auto best = std::max_element(scores.of.begin(), scores.of.begin() + static_cast<std::ptrdiff_t>(profiles.languages.size()));
  return *best == 0 ? std::string() : profiles.languages[static_cast<std::size_t>(best - scores.of.begin())];
}

}  // namespace vigie::parser
