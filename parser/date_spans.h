#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parser/lexicon.h"

namespace vigie::parser {

/// A word or a number of a text that is looked at for dates; all views are into its folded text.
struct Piece {
  std::string_view word;             // "#" for a number
  std::string_view gap;              // before it
  int value = -1;                    // of a number of at most eight digits
  std::size_t digits = 0;
  std::uint32_t begin = 0, end = 0;  // bytes of the text
  std::uint32_t heads = 0;           // of a word: Lexicon::heads
  std::uint64_t hash = 0;            // of a word
};
struct Pieces {
  std::string folded;
  std::vector<Piece> list;

  /// `quotes`: an apostrophe inside a word is a part of it.
  explicit Pieces(std::string_view s, bool quotes = true);
  Pieces(const Pieces&) = delete;
  Pieces& operator=(const Pieces&) = delete;
};
/// A gap between pieces without its blanks.
std::string squeezed(std::string_view gap);

/// Words of spans of time, taken apart from the lexicon's phrases: "# days ago", "# weeks ago" give the units "days" and
/// "weeks" and the mark "ago"; so a language that has its phrases reads sums of them ("1 year, 2 months ago").
/// Immutable, thread-safe.
class SpanWords {
 public:
  explicit SpanWords(const Lexicon& lexicon);
  static const SpanWords& standard();

  /// 1 second, 2 minute, 3 hour, 4 day, 5 week, 6 month, 7 year, 8 decade; 200 more: two of them in one word.
  struct Unit {
    int value;
    std::uint64_t languages;
  };
  /// What stands behind a span once `before` stands before it; either may be empty, not both.
  struct Mark {
    std::string after;
    int sign;  // -1 past, 1 to come
    std::uint64_t languages;
  };
  const std::vector<Unit>& units(std::string_view phrase) const;
  /// Marks that begin with this phrase; the empty phrase: those that only follow.
  const std::vector<Mark>& marks(std::string_view before) const;
  /// Can a mark that stands before a span start with the word of this hash64? Hardly ever says yes for nothing.
  bool may_begin(std::uint64_t hash) const { return (first_[hash % kFirstBits / 64] >> (hash % 64) & 1) != 0; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const;
  };
  template <typename T>
  using Table = std::unordered_map<std::string, std::vector<T>, Hash, std::equal_to<>>;
  void add_unit(const std::string& phrase, int value, std::uint64_t languages);
  void add_mark(const std::string& before, const std::string& after, int sign, std::uint64_t languages);

  Table<Unit> units_;
  Table<Mark> marks_;
  static constexpr std::size_t kFirstBits = 1 << 15;
  std::vector<std::uint64_t> first_;  // a bit for every first word
};

/// So far from now a text says something lies: "2 years, 1 month ago".
struct Span {
  int months = 0, days = 0;
  std::int64_t seconds = 0;
  int sign = 0;
  std::size_t next = 0;  // piece behind it
};
/// The span that begins at piece `i`; `spoken`: bits of the languages that count; `whole`: the pieces are all of the text.
/// Sign 0: there is none.
Span read_span(const Pieces& pieces, std::size_t i, bool whole, std::uint64_t spoken, const Lexicon& lexicon);

}  // namespace vigie::parser
