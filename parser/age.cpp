#include <algorithm>
#include <cstdlib>
#include <optional>

#include "parser/fields.h"
#include "parser/lexicon.h"
#include "parser/signals.h"

namespace vigie::parser {

namespace {

constexpr int kLeast = 10, kMost = 99;
enum Role : std::int64_t { after = 1, label = 2, no_age_after = 3, no_age_before = 4, weak_label = 5 };

struct Piece {
  std::string word;  // folded; digits as they are
  std::uint32_t begin = 0, end = 0;
  std::string gap;   // before it
  bool number = false, capital = false;
};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::vector<Piece> pieces_of(std::string_view s) {
  std::string folded;
  std::vector<std::uint32_t> origin;
  fold_word(s, folded, &origin);
  std::vector<Piece> out;
  std::string gap;
  for (std::size_t i = 0; i < folded.size();) {
    const bool number = is_digit(folded[i]);
    if (!number && !is_word(folded[i])) {
      gap += folded[i++];
      continue;
    }
    const auto from = i;
    while (i < folded.size() && (number ? is_digit(folded[i]) : is_word(folded[i]))) ++i;
    const char first = s[origin[from]];
    out.push_back({folded.substr(from, i - from), origin[from], origin[i], gap, number, first >= 'A' && first <= 'Z'});
    gap.clear();
  }
  return out;
}

class Reader {
 public:
  Reader(std::string_view s, const TextContext& context) : p_(pieces_of(s)), lexicon_(Lexicon::standard()), language_(lexicon_.language_bit(context.lang)) {}

  std::vector<DecodedAge> run() {
    std::vector<DecodedAge> out;
    for (std::size_t i = 0; i < p_.size();) {
      std::size_t size = 1;
      bool words = false;
      const int age = number_at(i, size, words);
      const char* claim = age >= kLeast && age <= kMost ? claim_of(i, size, words) : nullptr;
      if (claim) {
        DecodedAge a;
        a.set_age(age);
        a.add_span(static_cast<std::int32_t>(p_[i].begin));
        a.add_span(static_cast<std::int32_t>(p_[i + size - 1].end));
        a.set_claim(claim);
        out.push_back(std::move(a));
      }
      i += size;
    }
    return out;
  }

 private:
  bool spoken(const WordSense& sense) const { return language_ == 0 || (sense.languages & (language_ | lexicon_.language_bit("en"))) != 0; }

  int number_at(std::size_t i, std::size_t& size, bool& words) const {
    if (p_[i].number) return p_[i].word.size() == 2 ? std::atoi(p_[i].word.c_str()) : -1;
    if ((lexicon_.heads(p_[i].word) & kind_bit(WordKind::number)) == 0) return -1;
    std::string key = p_[i].word;
    int best = -1;
    for (std::size_t n = 1; n <= 5; ++n) {
      for (const auto& sense : lexicon_.senses(key)) {
        if (sense.kind == WordKind::number && spoken(sense) && sense.value >= kLeast && sense.value <= kMost) best = static_cast<int>(sense.value), size = n, words = true;
      }
      if (i + n >= p_.size() || !lexicon_.starts_phrase(key) || (p_[i + n].gap != " " && p_[i + n].gap != "-")) break;
      key.append(" ").append(p_[i + n].word);
    }
    return best;
  }

  // Does a phrase of `role` start at piece i? `end`: the piece behind it.
  bool role_at(std::size_t i, std::int64_t role, std::size_t& end) const {
    std::string key;
    bool found = false;
    for (std::size_t n = 0; n < 4 && i + n < p_.size(); ++n) {
      if (n > 0) key += p_[i + n].gap == "'" ? '\'' : ' ';
      key += p_[i + n].word;
      for (const auto& sense : lexicon_.senses(key)) {
        if (sense.kind == WordKind::age && sense.value == role && spoken(sense)) found = true, end = i + n + 1;
      }
    }
    return found;
  }

  bool role_before(std::size_t i, std::int64_t role) const {
    for (std::size_t n = 1; n <= 4 && n <= i; ++n) {
      std::size_t end = 0;
      if (role_at(i - n, role, end) && end == i) return true;
    }
    return false;
  }

  const char* claim_of(std::size_t i, std::size_t size, bool words) const {
    const auto next = i + size;
    if (part_of_more(i, next)) return nullptr;
    std::size_t end = next;
    const bool unit = next < p_.size() && p_[next].gap.size() <= 2 && p_[next].gap.find_first_of(",;:!?") == std::string::npos && role_at(next, after, end);
    const bool labelled = role_before(i, label) && p_[i].gap.size() <= 3;
    std::size_t ignored = 0;
    if (role_before(i, no_age_before) || (end < p_.size() && role_at(end, no_age_after, ignored))) return nullptr;
    if (unit || labelled) return words ? "words" : "stated";
    return !words && titled(i) ? "title" : nullptr;
  }

  // 24-30, 24/7, 24,50, 24 h, 24 30 10: no age.
  bool part_of_more(std::size_t i, std::size_t next) const {
    if (i > 0 && p_[i - 1].number && p_[i].gap.size() <= 1) return true;
    if (next < p_.size() && p_[next].number && p_[next].gap.size() <= 1) return true;
    return p_[i].number && i > 0 && p_[i].gap.empty();
  }

  // "Anna (24)", "Anna, 24," at the start: a name, then nothing but the number.
  bool titled(std::size_t i) const {
    if (i != 1 || !p_[0].capital || p_[0].word.size() < 3) return false;
    const auto& gap = p_[1].gap;
    if (gap != ", " && gap != " (" && gap != "(" && gap != " - " && gap != " ") return false;
    if (p_.size() == 2) return gap != " ";
    return gap == ", " || gap == " (" ? p_[2].gap.find_first_of(",)-|") != std::string::npos : false;
  }

  std::vector<Piece> p_;
  const Lexicon& lexicon_;
  std::uint64_t language_;
};

}  // namespace

std::vector<DecodedAge> read_ages(std::string_view s, const TextContext& context) { return read_ages(s, context, scan(s, Lexicon::standard())); }

std::vector<DecodedAge> read_ages(std::string_view s, const TextContext& context, const Signals& signals) {
  const bool claims = signals.any(kind_bit(WordKind::age)) && signals.any(kind_bit(WordKind::number));
  if (signals.digits < 2 && !claims) return {};
  return Reader(s, context).run();
}

}  // namespace vigie::parser
