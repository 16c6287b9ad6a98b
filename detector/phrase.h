#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detector/views.h"

namespace vigie::detector {

/// One phrase of a rule, folded like the view it is looked for in: "guarant* .. arrival". Matches whole words only.
class Phrase {
 public:
  /// What "(a|b|)" choices stand for, written out; empty when brackets do not close, stand within others, or give more
  /// than kMaxVariants phrases. Without brackets: the phrase itself.
  static constexpr std::size_t kMaxVariants = 600;
  static std::optional<std::vector<std::string>> variants(std::string_view written);
  /// Empty when the phrase holds no word, more than 16 words, or begins or ends with "..".
  static std::optional<Phrase> parse(std::string_view written, ViewKind view);

  struct Word {
    std::string text;
    bool open = false;        // "guarant*"
    bool gap_before = false;  // up to kMaxGap other words before it
  };

  /// First place in `view`, as bytes of the view; empty when it is not there.
  std::optional<Span> find(const View& view) const;
  /// The place that has its word `word` at the view's token `token`.
  std::optional<Span> find_at(const View& view, std::size_t token, std::size_t word) const;

  const std::vector<Word>& words() const { return words_; }
  std::size_t letters() const { return letters_; }  // code points of all words
  std::size_t longest() const;                      // bytes of its longest word
  /// Equal for phrases that match the same.
  std::string key() const;

 private:
  std::optional<std::size_t> match_from(std::string_view text, const std::vector<Token>& tokens,
                                        std::size_t first) const;

  std::vector<Word> words_;
  std::size_t letters_ = 0;
};

}  // namespace vigie::detector
