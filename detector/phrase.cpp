#include "detector/phrase.h"

#include <algorithm>
#include <array>

namespace vigie::detector {
namespace {

constexpr std::size_t kMaxWords = 16;
constexpr std::size_t kMaxGap = 3;    // words that ".." may stand for
constexpr std::size_t kMaxJoint = 4;  // bytes between two words of one phrase

/// What may stand between two words of one phrase: nothing that ends a sentence.
bool joint(std::string_view between) {
  if (between.empty() || between.size() > kMaxJoint) return false;
  static constexpr std::string_view kPlain = " '-/,%\"+";
  static constexpr std::array<std::string_view, 5> kWide = {"\u2019", "\u2013", "\u2011", "\u00a0", "\u060c"};
  while (!between.empty()) {
    if (kPlain.find(between.front()) != std::string_view::npos) {
      between.remove_prefix(1);
      continue;
    }
    const auto wide =
        std::find_if(kWide.begin(), kWide.end(), [&](std::string_view w) { return between.starts_with(w); });
    if (wide == kWide.end()) return false;
    between.remove_prefix(wide->size());
  }
  return true;
}

bool ends_sentence(std::string_view between) {
  return between.find_first_of(".!?;\n|") != std::string_view::npos;
}

std::size_t code_points(std::string_view s) {
  return static_cast<std::size_t>(std::count_if(s.begin(), s.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string as_viewed(std::string_view word, ViewKind view) {
  if (view == ViewKind::folded) return text::fold_for_match(word).text;
  if (view == ViewKind::normalised) return text::normalise_for_match(word).text;
  return std::string(word);
}

}  // namespace

// Written out rather than walked while reading: a text is then looked up word by word, however many ways a phrase has.
std::optional<std::vector<std::string>> Phrase::variants(std::string_view written) {
  std::vector<std::string> made = {""};
  while (!written.empty()) {
    const auto open = written.find_first_of("()");
    const auto plain = written.substr(0, open);
    for (auto& one : made) one += plain;
    if (open == std::string_view::npos) break;
    const auto close = written.find_first_of("()", open + 1);
    if (written[open] == ')' || close == std::string_view::npos || written[close] == '(') return std::nullopt;
    const auto choices = text::split(written.substr(open + 1, close - open - 1), '|');
    if (choices.empty() || made.size() * choices.size() > kMaxVariants) return std::nullopt;
    std::vector<std::string> longer;
    longer.reserve(made.size() * choices.size());
    for (const auto& one : made) {
      for (const auto choice : choices) longer.push_back(one + std::string(choice));
    }
    made = std::move(longer);
    written.remove_prefix(close + 1);
  }
  return made;
}

std::optional<Phrase> Phrase::parse(std::string_view written, ViewKind view) {
  Phrase phrase;
  bool gap = false;
  const auto spaced = text::fold_space(written);
  for (const auto piece : text::split(spaced, ' ')) {
    if (piece == "..") {
      if (phrase.words_.empty() || gap) return std::nullopt;
      gap = true;
      continue;
    }
    const bool open = piece.ends_with('*');
    const std::string folded = as_viewed(open ? piece.substr(0, piece.size() - 1) : piece, view);
    const auto tokens = tokens_of(folded);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const auto word = folded.substr(tokens[i].begin, tokens[i].end - tokens[i].begin);
      phrase.words_.push_back({word, open && i + 1 == tokens.size(), gap});
      phrase.letters_ += code_points(word);
      gap = false;
    }
  }
  if (phrase.words_.empty() || phrase.words_.size() > kMaxWords || gap) return std::nullopt;
  return phrase;
}

std::optional<std::size_t> Phrase::match_from(std::string_view text, const std::vector<Token>& tokens,
                                              std::size_t first) const {
  const auto fits = [&](const Word& word, std::size_t at) {
    const auto token = text.substr(tokens[at].begin, tokens[at].end - tokens[at].begin);
    return word.open ? token.starts_with(word.text) : token == word.text;
  };
  if (!fits(words_.front(), first)) return std::nullopt;
  std::size_t at = first;
  for (std::size_t i = 1; i < words_.size(); ++i) {
    bool found = false;
    const std::size_t last = std::min(tokens.size(), at + 2 + (words_[i].gap_before ? kMaxGap : 0));
    for (std::size_t next = at + 1; next < last && !found; ++next) {
      const auto between = text.substr(tokens[next - 1].end, tokens[next].begin - tokens[next - 1].end);
      if (words_[i].gap_before ? ends_sentence(between) : !joint(between)) break;
      if (fits(words_[i], next)) {
        at = next;
        found = true;
      }
    }
    if (!found) return std::nullopt;
  }
  return at;
}

std::optional<Span> Phrase::find(const View& view) const {
  const auto& tokens = view.tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (const auto last = match_from(view.text(), tokens, i)) return Span{tokens[i].begin, tokens[*last].end};
  }
  return std::nullopt;
}

std::optional<Span> Phrase::find_at(const View& view, std::size_t token, std::size_t word) const {
  const auto& tokens = view.tokens();
  std::size_t slack = 0;  // words that gaps before the anchor may stand for
  for (std::size_t i = 1; i <= word; ++i) slack += words_[i].gap_before ? kMaxGap : 0;
  const std::size_t from = token > word + slack ? token - word - slack : 0;
  for (std::size_t first = from; first + word <= token; ++first) {
    const auto last = match_from(view.text(), tokens, first);
    if (last && *last >= token) return Span{tokens[first].begin, tokens[*last].end};
  }
  return std::nullopt;
}

std::size_t Phrase::longest() const {
  std::size_t size = 0;
  for (const auto& word : words_) size = std::max(size, word.text.size());
  return size;
}

std::string Phrase::key() const {
  std::string made;
  for (const auto& word : words_) {
    if (word.gap_before) made += ".. ";
    made.append(word.text).append(word.open ? "* " : " ");
  }
  return made;
}

}  // namespace vigie::detector
