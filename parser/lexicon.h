#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.h"

/// Words that the field readers know, from conf/lexicon/*.tsv.
namespace vigie::parser {

/// What a word can be to a reader; one word may be several.
enum class WordKind : std::uint8_t {
  number, ordinal, plus, times, filler, call, not_phone, unit, at, dot, messenger, month, weekday, ago, ahead, time_unit, day_word, age, per, currency, from, clock, backwards, power, sign, name, about, link
};

constexpr std::uint32_t kind_bit(WordKind kind) { return std::uint32_t{1} << static_cast<unsigned>(kind); }

struct WordSense {
  WordKind kind;
  std::int64_t value;       // what the file's fourth column says; 0 where it has none
  std::uint64_t languages;  // bits of Lexicon::language_bit
};

/// Lower case, without accents, one code point in and one out, letters of any script kept: how words are looked up.
/// `out` gets the folded text; `origin`, if given, gets for every byte of it the byte offset in `s`, and one for the end.
void fold_word(std::string_view s, std::string& out, std::vector<std::uint32_t>* origin = nullptr);
char32_t fold_letter(char32_t c);

/// Invariant: keys are folded phrases, their words joined by one blank. Immutable after construction, thread-safe.
///
/// Format: one sense a line, `language<TAB>kind<TAB>phrase[<TAB>value]`, '#' starts a comment; language `*` = any;
/// `code point<TAB>digit` lines (no third column) are look-alikes.
class Lexicon {
 public:
  explicit Lexicon(std::string_view text);
  static const Lexicon& standard();
  /// Words of a unit's own file, in the format above, for standard(): to be called before anything reads, on one thread.
  /// `malformed` names the line; `too_large` past 4 MiB of all files.
  static Status learn(std::string_view text);

  /// Senses of a folded phrase; empty when unknown.
  const std::vector<WordSense>& senses(std::string_view folded_phrase) const;
  /// May a longer phrase start with this one (which ends at a word's end)?
  bool starts_phrase(std::string_view folded_phrase) const;
  /// Kinds (bits of kind_bit) of the phrases whose first word this is, single words included; 0: none. Cheap where none.
  std::uint32_t heads(std::string_view folded_word) const;
  /// The same by hash64 of the word.
  std::uint32_t heads_of(std::uint64_t hash) const;
  /// Every phrase of one kind, sorted.
  std::vector<std::pair<std::string, WordSense>> all_of(WordKind kind) const;
  /// Digit that this code point imitates; -1: none.
  int imitated_digit(char32_t c) const;
  /// Bit of a language; 0: unknown. All bits: any language.
  std::uint64_t language_bit(std::string_view code) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const;
  };
  struct Head {
    std::uint64_t hash = 0;
    std::uint32_t kinds = 0;
  };
  void add_line(std::string_view line);
  void add_phrase(const std::string& key, const WordSense& sense);
  void index_heads();
  std::uint64_t bit_for(std::string_view code);

  std::unordered_map<std::string, std::vector<WordSense>, Hash, std::equal_to<>> phrases_;
  std::unordered_map<std::string, char, Hash, std::equal_to<>> prefixes_;
  std::unordered_map<char32_t, int> lookalikes_;
  std::vector<std::string> languages_;
  std::vector<Head> heads_;            // open addressing by hash, a power of two
  std::vector<std::uint64_t> filter_;  // one bit for every head: most words of a text end here
};

}  // namespace vigie::parser
