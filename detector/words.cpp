#include "detector/words.h"

#include <algorithm>
#include <bit>
#include <tuple>

namespace vigie::detector {

std::uint32_t WordIndex::add(Phrase phrase, About about) {
  const auto [at, fresh] = known_.emplace(phrase.key(), static_cast<std::uint32_t>(phrases_.size()));
  if (fresh) {
    phrases_.push_back(std::move(phrase));
    about_.push_back(about);
  }
  auto& joined = about_[at->second];
  joined.families |= about.families;
  if (joined.language != about.language) joined.language = 0;
  return at->second;
}

std::uint32_t WordIndex::key_of(const Phrase::Word& word) {
  return finish(hash_of(word.open ? std::string_view(word.text).substr(0, kLongestOpen) : std::string_view(word.text)), word.open);
}

WordIndex::File WordIndex::file_of(std::uint32_t phrase, std::size_t word) const {
  const auto& words = phrases_[phrase].words();
  File file{phrase, static_cast<std::uint16_t>(word), about_[phrase], 0, 0, 0};
  const auto beside = [&](std::size_t at, std::int8_t step) {
    file.beside = step;
    file.beginning = static_cast<std::uint8_t>(words[at].open ? std::min<std::size_t>(words[at].text.size(), 4) : 0);
    file.beside_hash = words[at].open ? beginning_of(words[at].text, file.beginning) : static_cast<std::uint32_t>(hash_of(words[at].text));
  };
  const bool after = word + 1 < words.size() && !words[word + 1].gap_before, before = word > 0 && !words[word].gap_before;
  if (after && !(before && words[word + 1].open)) {
    beside(word + 1, 1);
  } else if (before) {
    beside(word - 1, -1);
  }
  return file;
}

void WordIndex::freeze() {
  known_ = {};
  // A word that many phrases share would have them all tried wherever it stands; a long word is rarer than a short one.
  std::unordered_map<std::uint32_t, std::uint32_t> sharing;
  for (const auto& phrase : phrases_) {
    for (const auto& word : phrase.words()) ++sharing[key_of(word)];
  }
  std::vector<std::pair<std::uint32_t, File>> filed;
  filed.reserve(phrases_.size());
  for (std::uint32_t i = 0; i < phrases_.size(); ++i) {
    const auto& words = phrases_[i].words();
    const auto cost = [&](const Phrase::Word& word) {
      // An open word has each beginning of each word of the text looked up, so it serves only where no other does.
      return std::tuple(word.open, std::bit_width(sharing[key_of(word)]), -static_cast<std::int64_t>(word.text.size()));
    };
    const auto best = std::min_element(words.begin(), words.end(), [&](const auto& a, const auto& b) { return cost(a) < cost(b); });
    filed.push_back({key_of(*best), file_of(i, static_cast<std::size_t>(best - words.begin()))});
    if (!best->open) continue;
    open_shortest_ = std::min(open_shortest_, best->text.size());
    if (best->text.size() >= 2) open_starts_[static_cast<unsigned char>(best->text[0]) << 8 | static_cast<unsigned char>(best->text[1])] = true;
    longest_open_ = std::max(longest_open_, std::min(best->text.size(), kLongestOpen));
    open_lengths_ |= 1ULL << std::min(best->text.size(), kLongestOpen);
  }
  std::stable_sort(filed.begin(), filed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const std::size_t room = std::bit_ceil(filed.size() * 2 + 2);
  slots_.assign(room, {});
  mask_ = room - 1;
  const std::size_t bits = std::max<std::size_t>(64, room * 8);
  bloom_.assign(bits / 64, 0);
  bloom_shift_ = 32 - std::countr_zero(bits);
  for (std::size_t i = 0; i < filed.size(); ++i) {
    const auto hash = filed[i].first;
    std::size_t at = hash & mask_;
    while (slots_[at].count != 0 && slots_[at].hash != hash) at = (at + 1) & mask_;
    if (slots_[at].count == 0) slots_[at] = {hash, static_cast<std::uint32_t>(i), 0, filed[i].second};
    ++slots_[at].count;
    bloom_[(hash >> bloom_shift_) / 64] |= 1ULL << ((hash >> bloom_shift_) % 64);
    files_.push_back(filed[i].second);
  }
}

}  // namespace vigie::detector
