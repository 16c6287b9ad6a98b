#include <algorithm>
#include <string>

#include "parser/fields.h"
#include "parser/letters.h"
#include "parser/lexicon.h"
#include "parser/signals.h"

// Names by which people offer themselves. Only what a phrase ("je m'appelle"), a form of address ("Frau") or an age beside
// it says to be a name: no list of first names decides, since most of them are towns, days or brands as well.
namespace vigie::parser {

namespace {

constexpr std::size_t kMaxNameWords = 3, kMaxNameBytes = 40;
enum Role : std::int64_t { introduces = 1, addresses = 2 };

struct Word {
  std::uint32_t begin = 0, end = 0;
  std::string key;
  bool capital = false, shouted = false, letters = true;
};

bool is_letter(char32_t c) { return (c | 32) < 0x7B ? (c | 32) >= 'a' : c >= 0xC0 && c < 0x700 && c != 0xD7 && c != 0xF7 && c != 0x60C && c != 0x61B && c != 0x61F; }
bool caseless(char32_t c) { return c >= 0x590 && c < 0x700; }

std::vector<Word> words_of(std::string_view s) {
  std::vector<Word> out;
  for (std::size_t i = 0; i < s.size();) {
    const auto begin = i;
    const char32_t head = next_letter(s, i);
    if (!is_letter(head)) {
      if (head >= '0' && head <= '9') out.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(i), {}, false, false, false});
      continue;
    }
    Word w;
    w.begin = static_cast<std::uint32_t>(begin);
    w.capital = caseless(head) || fold_letter(head) != head;
    std::size_t letters = 1, capitals = fold_letter(head) != head && ((head >= 'A' && head <= 'Z') || head >= 0x370);
    while (i < s.size()) {
      auto next = i;
      const char32_t c = next_letter(s, next);
      if (!is_letter(c)) break;
      capitals += (c >= 'A' && c <= 'Z') || (c >= 0x410 && c <= 0x42F);
      ++letters;
      i = next;
    }
    // A small accented letter folds to another one, too: only the plain capitals of its script make a name.
    if (head >= 0xC0 && head < 0x370) w.capital = head < 0xDF || (head >= 0x100 && head < 0x180 && head % 2 == 0);
    if (head >= 0x370 && head < 0x590) w.capital = (head >= 0x386 && head <= 0x3AB) || (head >= 0x400 && head <= 0x42F) || (head >= 0x490 && head % 2 == 0);
    w.shouted = letters > 2 && capitals == letters;
    w.end = static_cast<std::uint32_t>(i);
    fold_word(s.substr(begin, i - begin), w.key);
    out.push_back(std::move(w));
  }
  return out;
}

class Reader {
 public:
  Reader(std::string_view s, const TextContext& context) : s_(s), context_(context), w_(words_of(s)), lexicon_(Lexicon::standard()), language_(lexicon_.language_bit(context.lang)) {}

  std::vector<PersonName> run() {
    for (std::size_t i = 0; i < w_.size();) {
      const auto [role, next] = role_at(i);
      const auto end = role == 0 ? i : name_end(next, role == introduces);
      if (end > next && role != 0) {
        add(next, end);
        i = end;
      } else {
        ++i;
      }
    }
    before_age();
    return std::move(out_);
  }

 private:
  std::string_view gap(std::size_t i) const { return i == 0 || i >= w_.size() ? std::string_view() : s_.substr(w_[i - 1].end, w_[i].begin - w_[i - 1].end); }
  static bool joins(std::string_view gap) { return gap == " " || gap == "-" || gap == "'" || gap == "’"; }

  // The longest phrase at word `i` that a name follows, and the word behind it.
  std::pair<std::int64_t, std::size_t> role_at(std::size_t i) const {
    std::pair<std::int64_t, std::size_t> best{0, i};
    if ((lexicon_.heads(w_[i].key) & kind_bit(WordKind::name)) == 0) return best;
    std::string key;
    for (std::size_t n = 0; n < 5 && i + n < w_.size(); ++n) {
      if (n > 0 && !joins(gap(i + n))) break;
      if (n > 0) key += ' ';
      key += w_[i + n].key;
      for (const auto& sense : lexicon_.senses(key)) {
        const bool spoken = language_ == 0 || (sense.languages & (language_ | lexicon_.language_bit("en"))) != 0;
        if (sense.kind == WordKind::name && spoken) best = {sense.value, i + n + 1};
      }
    }
    return best;
  }

  // Behind the words of a name that starts at `first`; `first` itself when there is none.
  std::size_t name_end(std::size_t first, bool introduced) const {
    if (first >= w_.size()) return first;
    const auto before = gap(first);
    const bool near = before == " " || before == ": " || before == " : " || before == ". " || before == ":" || before == " \"" || before == " «";
    if (!near) return first;
    std::size_t end = first;
    while (end < w_.size() && end - first < kMaxNameWords && (end == first || gap(end) == " " || gap(end) == "-") && is_name(end)) ++end;
    if (end > first && end < w_.size() && gap(end).empty()) return first;  // "Anna22"
    if (end == first) return first;
    // "I am Dutch", "ich bin Studentin": a language without small nouns asks for a surer phrase, and a place is no name
    // unless a phrase says so.
    return end - first == 1 && !introduced && w_[first].shouted ? first : end;
  }

  bool is_name(std::size_t i) const {
    const Word& w = w_[i];
    if (!w.letters || !w.capital || w.end - w.begin < 2) return false;
    // Words that the readers know otherwise: days, months, number words, "WhatsApp".
    constexpr auto kOther = kind_bit(WordKind::weekday) | kind_bit(WordKind::month) | kind_bit(WordKind::number) | kind_bit(WordKind::call) | kind_bit(WordKind::currency) |
                            kind_bit(WordKind::age) | kind_bit(WordKind::unit) | kind_bit(WordKind::not_phone) | kind_bit(WordKind::name) | kind_bit(WordKind::per);
    for (const auto& sense : lexicon_.senses(w.key)) {
      const bool month_only = sense.kind == WordKind::month;  // April, Mai, Juni: people as well
      if ((kind_bit(sense.kind) & kOther) != 0 && !month_only && (language_ == 0 || (sense.languages & language_) != 0)) return false;
    }
    return true;
  }

  // "Anna, 24 ans", "Anna (24)": one word with a capital at the start of a line or sentence, then the age.
  void before_age() {
    if (!out_.empty() || s_.find_first_of("0123456789") == std::string_view::npos) return;
    for (const auto& age : read_ages(s_, context_)) {
      const auto begin = static_cast<std::uint32_t>(age.span(0));
      std::size_t i = 0;
      while (i < w_.size() && w_[i].end <= begin) ++i;
      if (i == 0) continue;
      const Word& w = w_[i - 1];
      const auto between = s_.substr(w.end, begin - w.end);
      const bool mark = between == ", " || between == " (" || between == "," || between == " - " || between == " – ";
      const bool starts = i == 1 ? w.begin == 0 : gap(i - 1).find_first_of(".!?\n|") != std::string_view::npos;
      if (!mark || !starts || !w.capital || w.shouted || !is_name(i - 1) || w.end - w.begin < 3) continue;
      // "Sofia, 24 ans" is a person; "Lille (59)" is not.
      if (age.claim() == "title" && !read_places(s_.substr(w.begin, w.end - w.begin), context_).empty()) continue;
      add(i - 1, i);
      return;
    }
  }

  void add(std::size_t first, std::size_t end) {
    const auto begin = w_[first].begin, stop = w_[end - 1].end;
    if (stop - begin > kMaxNameBytes) return;
    out_.push_back({std::string(s_.substr(begin, stop - begin)), begin, stop});
  }

  std::string_view s_;
  const TextContext& context_;
  std::vector<Word> w_;
  const Lexicon& lexicon_;
  std::uint64_t language_;
  std::vector<PersonName> out_;
};

}  // namespace

std::vector<PersonName> read_names(std::string_view s, const TextContext& context) { return read_names(s, context, scan(s, Lexicon::standard())); }

std::vector<PersonName> read_names(std::string_view s, const TextContext& context, const Signals& signals) {
  if (!signals.any(kind_bit(WordKind::name)) && signals.digits < 2) return {};
  return Reader(s, context).run();
}

}  // namespace vigie::parser
