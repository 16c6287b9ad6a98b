#include <algorithm>
#include <cstdlib>
#include <optional>

#include "parser/date_spans.h"
#include "parser/fields.h"
#include "parser/lexicon.h"
#include "parser/signals.h"

namespace vigie::parser {

namespace {

constexpr int kLeast = 10, kMost = 99;
enum Role : std::int64_t { after = 1, label = 2, no_age_after = 3, no_age_before = 4, weak_label = 5 };

class Reader {
 public:
  /// `start`: `s` is the beginning of the text.
  Reader(std::string_view s, bool start, const TextContext& context) : s_(s), start_(start), pieces_(s, false), p_(pieces_.list), lexicon_(Lexicon::standard()), language_(lexicon_.language_bit(context.lang)) {}

  void run(std::uint32_t offset, std::vector<DecodedAge>& out) {
    for (std::size_t i = 0; i < p_.size();) {
      std::size_t size = 1;
      bool words = false;
      const int age = number_at(i, size, words);
      const char* claim = age >= kLeast && age <= kMost ? claim_of(i, size, words) : nullptr;
      if (claim) {
        DecodedAge a;
        a.set_age(age);
        a.add_span(static_cast<std::int32_t>(p_[i].begin + offset));
        a.add_span(static_cast<std::int32_t>(p_[i + size - 1].end + offset));
        a.set_claim(claim);
        out.push_back(std::move(a));
      }
      i += size;
    }
  }

 private:
  bool spoken(const WordSense& sense) const { return language_ == 0 || (sense.languages & (language_ | lexicon_.language_bit("en"))) != 0; }

  int number_at(std::size_t i, std::size_t& size, bool& words) const {
    if (number(i)) return p_[i].digits == 2 ? p_[i].value : -1;
    if ((p_[i].heads & kind_bit(WordKind::number)) == 0) return -1;
    std::string key(p_[i].word);
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
    if (!number(i) && (p_[i].heads & kind_bit(WordKind::age)) == 0) return false;
    for (std::size_t n = 0; n < 4 && i + n < p_.size(); ++n) {
      if (n > 0) key += p_[i + n].gap == "'" ? '\'' : ' ';
      if (number(i + n)) break;
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
    const bool unit = next < p_.size() && p_[next].gap.size() <= 2 && p_[next].gap.find_first_of(",;:!?") == std::string_view::npos && role_at(next, after, end);
    const bool labelled = role_before(i, label) && p_[i].gap.size() <= 3;
    std::size_t ignored = 0;
    if (role_before(i, no_age_before) || (end < p_.size() && role_at(end, no_age_after, ignored))) return nullptr;
    if (unit || labelled) return words ? "words" : "stated";
    return !words && titled(i) ? "title" : nullptr;
  }

  // 24-30, 24/7, 24,50, 24 h, 24 30 10: no age.
  bool part_of_more(std::size_t i, std::size_t next) const {
    if (i > 0 && number(i - 1) && p_[i].gap.size() <= 1) return true;
    if (next < p_.size() && number(next) && p_[next].gap.size() <= 1) return true;
    return number(i) && i > 0 && p_[i].gap.empty();
  }

  // "Anna (24)", "Anna, 24," at the start: a name, then nothing but the number.
  bool titled(std::size_t i) const {
    const char first = p_.empty() ? ' ' : s_[p_[0].begin];
    if (i != 1 || !start_ || number(0) || first < 'A' || first > 'Z' || p_[0].word.size() < 3) return false;
    const auto& gap = p_[1].gap;
    if (gap != ", " && gap != " (" && gap != "(" && gap != " - " && gap != " ") return false;
    if (p_.size() == 2) return gap != " ";
    return gap == ", " || gap == " (" ? p_[2].gap.find_first_of(",)-|") != std::string_view::npos : false;
  }

  bool number(std::size_t i) const { return p_[i].digits > 0; }

  std::string_view s_;
  bool start_;
  const Pieces pieces_;
  const std::vector<Piece>& p_;
  const Lexicon& lexicon_;
  std::uint64_t language_;
};

}  // namespace

std::vector<DecodedAge> read_ages(std::string_view s, const TextContext& context) { return read_ages(s, context, scan(s, Lexicon::standard())); }

std::vector<DecodedAge> read_ages(std::string_view s, const TextContext& context, const Signals& signals) {
  const bool claims = signals.any(kind_bit(WordKind::age)) && signals.any(kind_bit(WordKind::number));
  std::vector<DecodedAge> out;
  if (signals.digits < 2 && !claims) return out;
  for (const auto& [begin, end] : stretches_around(s, signals, claims ? kind_bit(WordKind::number) : 0, true)) {
    Reader(s.substr(begin, end - begin), begin == 0, context).run(begin, out);
  }
  return out;
}

}  // namespace vigie::parser
