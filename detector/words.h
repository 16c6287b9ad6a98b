#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "detector/phrase.h"
#include "detector/views.h"

namespace vigie::detector {

/// Many phrases over one view, found through their words: each is filed under one of them, so a text costs one look a
/// word, however many phrases there are. Filled, frozen, then immutable.
class WordIndex {
 public:
  /// Who may want a phrase: families, and the one language in which it counts (0: in any). Joined over its owners.
  struct About {
    std::uint8_t families = 0xFF;
    std::uint16_t language = 0;
  };
  /// The phrase's number; the same for phrases that match the same. `about` (of all its owners) decides whether a text
  /// asks for it at all.
  std::uint32_t add(Phrase phrase, About about);
  /// Files each phrase under the word that fewest others are filed under.
  void freeze();

  bool empty() const { return phrases_.empty(); }
  std::size_t size() const { return phrases_.size(); }

  /// Calls `wanted(number)` for each phrase one of whose words stands in `view`, in the order of the text, and where it
  /// says yes and the whole phrase stands there, `found(number, Span of the view)`.
  template <class Wanted, class Found>
  void scan(const View& view, About asks, Wanted&& wanted, Found&& found) const {
    if (empty()) return;
    const auto& tokens = view.tokens();
    static thread_local std::vector<std::uint64_t> hashes;  // kept, so that a text costs no memory of its own
    hashes.resize(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) hashes[i] = hash_of(word_at(view, tokens[i]));
    constexpr std::size_t kAhead = 6;  // words whose slots are fetched before they are needed
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i + kAhead < tokens.size()) __builtin_prefetch(&slots_[finish(hashes[i + kAhead], false) & mask_]);
      const auto meet = [&](const File& file) {
        if ((file.about.families & asks.families) == 0) return;
        if (file.about.language != 0 && asks.language != 0 && file.about.language != asks.language) return;
        // The word beside it, where the phrase leaves no choice: nearly all that comes so far ends here.
        if (file.beside != 0) {
          const std::size_t at = i + static_cast<std::size_t>(file.beside);  // -1 wraps around to before the first
          if (at >= hashes.size()) return;
          const auto stands = file.beginning == 0 ? static_cast<std::uint32_t>(hashes[at]) : beginning_of(word_at(view, tokens[at]), file.beginning);
          if (stands != file.beside_hash) return;
        }
        if (!wanted(file.phrase)) return;
        if (const auto span = phrases_[file.phrase].find_at(view, i, file.word)) found(file.phrase, *span);
      };
      if (open_lengths_ != 0 && may_begin(word_at(view, tokens[i]))) for_beginnings(word_at(view, tokens[i]), meet);
      look_up(finish(hashes[i], false), meet);
    }
  }

 private:
  struct File {
    std::uint32_t phrase = 0;
    std::uint16_t word = 0;
    About about;
    std::int8_t beside = 0;      // -1, +1: a certain word must stand there; 0: none is sure
    std::uint8_t beginning = 0;  // it is open: so many of its first bytes are compared; 0: the hash of all of it
    std::uint32_t beside_hash = 0;
  };
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t first = 0, count = 0;  // of files_; count 0: free
    File only;                           // files_[first], so that the usual slot costs one line of the cache
  };
  static constexpr std::uint64_t kSeed = 0xcbf29ce484222325ULL, kPrime = 0x100000001b3ULL;  // FNV-1a
  static constexpr std::size_t kLongestOpen = 63;  // bytes of an open word that are looked up; the rest is compared
  static std::uint64_t step(std::uint64_t hash, char c) { return (hash ^ static_cast<unsigned char>(c)) * kPrime; }
  static std::uint64_t hash_of(std::string_view bytes) {
    std::uint64_t hash = kSeed;
    for (const char c : bytes) hash = step(hash, c);
    return hash;
  }
  static std::uint32_t finish(std::uint64_t hash, bool open) {
    return static_cast<std::uint32_t>(((hash ^ (hash >> 32)) * (open ? 0x9E3779B97F4A7C15ULL : 0xD6E8FEB86659FD93ULL)) >> 32);
  }
  static std::uint32_t key_of(const Phrase::Word& word);
  static std::string_view word_at(const View& view, const Token& token) {
    return view.text().substr(token.begin, token.end - token.begin);
  }
  File file_of(std::uint32_t phrase, std::size_t word) const;

  /// Its first bytes as a number; a shorter word is none of these.
  static std::uint32_t beginning_of(std::string_view word, std::size_t bytes) {
    if (word.size() < bytes) return 0;
    std::uint32_t made = 0;
    for (std::size_t i = 0; i < bytes; ++i) made = made << 8 | static_cast<unsigned char>(word[i]);
    return made;
  }
  /// Could an open word begin it? By its first two bytes.
  bool may_begin(std::string_view word) const {
    return open_shortest_ < 2 || (word.size() >= 2 && open_starts_[static_cast<unsigned char>(word[0]) << 8 | static_cast<unsigned char>(word[1])]);
  }

  /// Open words that `token` begins with.
  template <class Use>
  void for_beginnings(std::string_view token, Use&& use) const {
    std::uint64_t hash = kSeed;
    const auto end = std::min(token.size(), longest_open_);
    for (std::size_t i = 0; i < end; ++i) {
      hash = step(hash, token[i]);
      if (((open_lengths_ >> (i + 1)) & 1) != 0) look_up(finish(hash, true), use);
    }
  }

  template <class Use>
  void look_up(std::uint32_t hash, Use&& use) const {
    // Most words of a text are no words of rules; one bit says so without a look at the table.
    const std::size_t bit = hash >> bloom_shift_;
    if (((bloom_[bit / 64] >> (bit % 64)) & 1) == 0) return;
    for (std::size_t at = hash & mask_; slots_[at].count != 0; at = (at + 1) & mask_) {
      if (slots_[at].hash != hash) continue;
      if (slots_[at].count == 1) return use(slots_[at].only);
      for (std::uint32_t i = 0; i < slots_[at].count; ++i) use(files_[slots_[at].first + i]);
      return;
    }
  }

  std::vector<Phrase> phrases_;
  std::vector<About> about_;  // by phrase
  std::unordered_map<std::string, std::uint32_t> known_;  // key(); empty once frozen
  std::vector<File> files_;
  std::vector<Slot> slots_;
  std::vector<std::uint64_t> bloom_;
  std::uint64_t open_lengths_ = 0;  // bit n: some open word has n bytes
  std::size_t mask_ = 0, longest_open_ = 0, open_shortest_ = kLongestOpen;
  std::vector<bool> open_starts_ = std::vector<bool>(0x10000);  // by the first two bytes of open words
  int bloom_shift_ = 31;
};

}  // namespace vigie::detector
