#include <algorithm>
#include <array>
#include <optional>

#include "parser/fields.h"
#include "parser/lexicon.h"

namespace vigie::parser {

namespace {

constexpr std::size_t kMaxPhraseWords = 6, kMaxWords = 64;
constexpr std::size_t kMaxDigits = 30;

// Digits, the lowest first: number words go past what a machine word holds.
using Digits = std::array<std::uint8_t, kMaxDigits>;

// One stretch of a number: `places` says how many of its lowest digits are still free ("twenty" leaves one, "three" none).
struct Term {
  Digits digits{};
  std::size_t size = 0;  // digits in use, 0 for zero
  std::size_t places = 0;
};

Term term_of(std::int64_t value) {
  Term t;
  for (; value > 0; value /= 10) t.digits[t.size++] = static_cast<std::uint8_t>(value % 10);
  while (t.places < t.size && t.digits[t.places] == 0) ++t.places;
  return t;
}

// The sum of terms that do not overlap, times ten to the `power`.
std::optional<Term> gathered(const Term* first, const Term* last, std::size_t power) {
  Term sum;
  for (const auto* t = first; t != last; ++t) {
    for (std::size_t i = 0; i < t->size; ++i) sum.digits[i] = static_cast<std::uint8_t>(sum.digits[i] | t->digits[i]);
    sum.size = std::max(sum.size, t->size);
  }
  if (sum.size == 0) sum = term_of(1);
  if (sum.size + power > kMaxDigits) return std::nullopt;
  std::copy_backward(sum.digits.begin(), sum.digits.begin() + static_cast<std::ptrdiff_t>(sum.size), sum.digits.begin() + static_cast<std::ptrdiff_t>(sum.size + power));
  std::fill_n(sum.digits.begin(), power, std::uint8_t{0});
  sum.size += power;
  sum.places = power;
  return sum;
}

std::vector<std::string> words_of(std::string_view s) {
  std::string folded;
  fold_word(s, folded);
  std::vector<std::string> out(1);
  for (const char c : folded) {
    const bool part = (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80 || c == '\'';
    if (part) out.back() += c;
    else if (!out.back().empty()) out.emplace_back();
  }
  if (out.back().empty()) out.pop_back();
  return out;
}

class Adder {
 public:
  explicit Adder(const TextContext& context) : lexicon_(Lexicon::standard()), language_(lexicon_.language_bit(context.lang)) {}

  std::string run(std::string_view phrase) {
    const auto words = words_of(phrase);
    if (words.empty() || words.size() > kMaxWords) return {};
    for (std::size_t i = 0; i < words.size();) {
      const auto n = take(words, i);
      if (n == 0) return {};
      i += n;
    }
    if (!any_) return {};
    const auto sum = terms_.empty() ? std::optional(Term()) : gathered(terms_.data(), terms_.data() + terms_.size(), 0);
    if (!sum || terms_.empty()) return "0";
    std::string out;
    for (std::size_t i = sum->size; i-- > 0;) out += static_cast<char>('0' + sum->digits[i]);
    return out;
  }

 private:
  bool spoken(const WordSense& sense) const { return language_ == 0 || (sense.languages & language_) != 0; }

  // Words that the longest phrase at `i` takes; 0: no number goes on here.
  std::size_t take(const std::vector<std::string>& words, std::size_t i) {
    std::string key = words[i];
    std::size_t longest = 0;
    WordSense best{};
    for (std::size_t n = 1; n <= kMaxPhraseWords && i + n <= words.size(); ++n) {
      for (const auto& sense : lexicon_.senses(key)) {
        const bool counts = sense.kind == WordKind::power || ((sense.kind == WordKind::number || sense.kind == WordKind::ordinal) && sense.value < 1000);
        if (counts && spoken(sense) && (longest < n || better(sense, best))) longest = n, best = sense;
      }
      if (i + n < words.size()) key.append(" ").append(words[i + n]);
    }
    if (longest == 0) return any_ && i + 1 < words.size() && links(words[i]) ? 1 : 0;
    any_ = true;
    return add(best) ? longest : 0;
  }

  // "cien" is 100 and a power: with something to multiply before it, the power.
  bool better(const WordSense& sense, const WordSense& best) const {
    if (sense.kind == best.kind) return false;
    const bool multiplies = !terms_.empty() && terms_.back().size == 1;
    return sense.kind == WordKind::power ? best.kind == WordKind::number && multiplies : best.kind == WordKind::power ? !multiplies : sense.kind == WordKind::number;
  }

  bool add(const WordSense& sense) {
    if (sense.kind != WordKind::power) {
      const auto term = term_of(sense.value);
      if (!terms_.empty() && terms_.back().places < term.size) return false;  // "two three" are two numbers
      if (term.size > 0) terms_.push_back(term);
      return true;
    }
    const auto power = static_cast<std::size_t>(sense.value);
    auto first = terms_.size();
    while (first > 0 && terms_[first - 1].size <= power) --first;
    const auto product = gathered(terms_.data() + first, terms_.data() + terms_.size(), power);
    if (!product || (first > 0 && terms_[first - 1].places < product->size)) return false;
    terms_.resize(first);
    terms_.push_back(*product);
    return true;
  }

  bool links(const std::string& word) const {
    const auto& senses = lexicon_.senses(word);
    return std::any_of(senses.begin(), senses.end(), [](const WordSense& s) { return s.kind == WordKind::link; });
  }

  const Lexicon& lexicon_;
  std::uint64_t language_;
  std::vector<Term> terms_;
  bool any_ = false;
};

}  // namespace

std::string read_number_words(std::string_view phrase, const TextContext& context) { return Adder(context).run(phrase); }

}  // namespace vigie::parser
