#include "parser/date_spans.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/hash.h"

namespace vigie::parser {

namespace {

constexpr std::size_t kFewestUnits = 2;  // a word is a mark when so many units stand before it

struct Pattern {
  std::vector<std::string> before, after;
  int unit;
};

std::string joined(const std::vector<std::string>& words, std::size_t from, std::size_t to) {
  std::string out;
  for (auto i = from; i < to; ++i) out.append(out.empty() ? "" : " ").append(words[i]);
  return out;
}

// "#d ago" is "# d ago"; points are left out, as a reader of pieces leaves them out.
Pattern taken_apart(const std::string& phrase, int unit) {
  Pattern p{{}, {}, unit};
  bool number = false;
  std::string word;
  const auto close = [&] {
    if (!word.empty()) (number ? p.after : p.before).push_back(word);
    word.clear();
  };
  for (const char c : phrase) {
    if (c == '#') close(), number = true;
    else if (c == ' ' || c == '-') close();
    else if (c != '.') word += c;
  }
  close();
  return p;
}

}  // namespace

std::size_t SpanWords::Hash::operator()(std::string_view s) const { return hash64(s); }

const SpanWords& SpanWords::standard() {
  static const SpanWords words(Lexicon::standard());
  return words;
}

SpanWords::SpanWords(const Lexicon& lexicon) : first_(kFirstBits / 64) {
  std::map<std::pair<std::uint64_t, int>, std::vector<Pattern>> by_language;
  for (const auto kind : {WordKind::ago, WordKind::ahead}) {
    for (const auto& [phrase, sense] : lexicon.all_of(kind)) {
      if (phrase.find('#') == std::string::npos || sense.value > 100) continue;
      for (std::uint64_t rest = sense.languages; rest != 0; rest &= rest - 1) {
        by_language[{rest & ~(rest - 1), kind == WordKind::ago ? -1 : 1}].push_back(taken_apart(phrase, static_cast<int>(sense.value)));
      }
    }
  }
  for (const auto& [key, patterns] : by_language) {
    const auto& [language, sign] = key;
    std::map<std::string, std::set<int>> tails;  // what ends several phrases, with the units before it
    for (const auto& p : patterns) {
      for (std::size_t n = 1; n < p.after.size(); ++n) tails[joined(p.after, n, p.after.size())].insert(p.unit);
    }
    for (const auto& p : patterns) {
      std::size_t end = p.after.size();
      for (std::size_t n = p.after.size(); n-- > 1;) {
        if (tails[joined(p.after, n, p.after.size())].size() >= kFewestUnits) end = n;
      }
      if (end == 0 || (p.before.empty() && end == p.after.size())) continue;
      add_unit(joined(p.after, 0, end), p.unit, language);
      add_mark(joined(p.before, 0, p.before.size()), joined(p.after, end, p.after.size()), sign, language);
    }
  }
  for (const auto& [phrase, sense] : lexicon.all_of(WordKind::time_unit)) add_unit(phrase, static_cast<int>(sense.value), sense.languages);
}

void SpanWords::add_unit(const std::string& phrase, int value, std::uint64_t languages) {
  auto& known = units_[phrase];
  const auto same = std::find_if(known.begin(), known.end(), [&](const Unit& u) { return u.value == value; });
  if (same != known.end()) same->languages |= languages;
  else known.push_back({value, languages});
}

void SpanWords::add_mark(const std::string& before, const std::string& after, int sign, std::uint64_t languages) {
  auto& known = marks_[before];
  const auto same = std::find_if(known.begin(), known.end(), [&](const Mark& m) { return m.sign == sign && m.after == after; });
  if (same != known.end()) same->languages |= languages;
  else known.push_back({after, sign, languages});
  if (before.empty()) return;
  const auto hash = hash64(std::string_view(before).substr(0, before.find(' ')));
  first_[hash % kFirstBits / 64] |= std::uint64_t{1} << (hash % 64);
}

const std::vector<SpanWords::Unit>& SpanWords::units(std::string_view phrase) const {
  static const std::vector<Unit> none;
  const auto at = units_.find(phrase);
  return at == units_.end() ? none : at->second;
}

const std::vector<SpanWords::Mark>& SpanWords::marks(std::string_view before) const {
  static const std::vector<Mark> none;
  const auto at = marks_.find(before);
  return at == marks_.end() ? none : at->second;
}

Pieces::Pieces(std::string_view s, bool quotes) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; };
  std::vector<std::uint32_t> origin;
  fold_word(s, folded, &origin);
  list.reserve(folded.size() / 5 + 2);
  const std::string_view all = folded;
  const auto& lexicon = Lexicon::standard();
  std::size_t gap = 0;
  for (std::size_t i = 0; i < all.size();) {
    const bool number = is_digit(all[i]);
    if (!number && !is_word(all[i])) {
      ++i;
      continue;
    }
    const auto from = i;
    int value = 0;
    if (number) {
      for (; i < all.size() && is_digit(all[i]); ++i) value = i - from < 8 ? value * 10 + (all[i] - '0') : -1;
    } else {
      while (i < all.size() && (is_word(all[i]) || (quotes && all[i] == '\'' && i + 1 < all.size() && is_word(all[i + 1])))) ++i;
    }
    list.push_back({number ? std::string_view("#") : all.substr(from, i - from), all.substr(gap, from - gap), number ? value : -1, number ? i - from : 0, origin[from], origin[i], 0, 0});
    if (!number) {
      list.back().hash = hash64(list.back().word);
      list.back().heads = lexicon.heads_of(list.back().hash);
    }
    gap = i;
  }
}

std::string squeezed(std::string_view gap) {
  std::string out;
  for (const char c : gap) {
    if (c != ' ' && c != '\t' && c != '\n') out += c;
  }
  return out;
}

namespace {

constexpr std::size_t kMostParts = 7, kMarkWords = 4;
constexpr int kMostYears = 1200;

class SpanReader {
 public:
  SpanReader(const Pieces& pieces, std::uint64_t spoken, const Lexicon& lexicon) : p_(pieces.list), spoken_(spoken), lexicon_(lexicon), words_(SpanWords::standard()) {}

  Span at(std::size_t i, bool whole) {
    Span best;
    if (p_[i].word != "#" && words_.may_begin(p_[i].hash)) {
      std::string before;
      for (std::size_t n = 0; n < kMarkWords && i + n < p_.size() && joins(i + n, n == 0); ++n) {
        before.append(n == 0 ? "" : " ").append(p_[i + n].word);
        marked(i + n + 1, before, best);
      }
    }
    if (best.sign == 0 && (p_[i].value >= 0 || starts_amount(i))) marked(i, "", best);
    if (best.sign == 0 && whole && i == 0 && p_[0].value >= 0) bare(best);
    return best;
  }

 private:
  bool joins(std::size_t i, bool first) const { return first || (i < p_.size() && squeezed(p_[i].gap).empty() && p_[i].word != "#"); }
  bool starts_amount(std::size_t i) const {
    return (p_[i].heads & (kind_bit(WordKind::number) | kind_bit(WordKind::about))) != 0 || p_[i].word == "a" || p_[i].word == "an";
  }

  // A span that begins at piece `i`, behind `before`, with the mark that has to follow.
  void marked(std::size_t i, const std::string& before, Span& best) {
    const auto& marks = words_.marks(before);
    if (marks.empty() || i >= p_.size()) return;
    Span any;
    if (!read_sum(i, !before.empty(), any, spoken_)) return;
    for (const auto& mark : marks) {
      if ((mark.languages & spoken_) == 0 || !follows(any.next, mark.after)) continue;
      Span sum;  // again, as the language of the mark has it: "m" is a minute or a month
      if (!read_sum(i, !before.empty(), sum, mark.languages & spoken_) || sum.next != any.next) continue;
      const auto size = mark.after.empty() ? 0U : static_cast<std::size_t>(std::count(mark.after.begin(), mark.after.end(), ' ')) + 1;
      if (best.sign != 0 && best.next >= sum.next + size) continue;
      best = sum;
      best.sign = mark.sign;
      best.next = sum.next + size;
      go_on(before, mark, best);
    }
  }

  // "vor 2 Jahren, vor 3 Tagen": the mark comes again.
  void go_on(const std::string& before, const SpanWords::Mark& mark, Span& whole) {
    for (std::size_t parts = 0; parts < kMostParts && whole.next < p_.size(); ++parts) {
      auto i = whole.next;
      if (!before.empty()) {
        if (!follows(i, before)) return;
        i += static_cast<std::size_t>(std::count(before.begin(), before.end(), ' ')) + 1;
      }
      Span more;
      if (i >= p_.size() || p_[i].value < 0 || !read_sum(i, false, more, mark.languages & spoken_) || !follows(more.next, mark.after)) return;
      whole.months += more.months, whole.days += more.days, whole.seconds += more.seconds;
      whole.next = more.next + (mark.after.empty() ? 0U : static_cast<std::size_t>(std::count(mark.after.begin(), mark.after.end(), ' ')) + 1);
    }
  }

  // "1 year 2 months" and nothing else: how long ago.
  void bare(Span& best) {
    Span sum;
    parts_ = 0;
    if (!read_sum(0, false, sum, spoken_) || sum.next != p_.size() || parts_ < 2) return;
    best = sum;
    best.sign = -1;
  }

  bool follows(std::size_t i, std::string_view phrase) const {
    while (!phrase.empty()) {
      const auto word = phrase.substr(0, phrase.find(' '));
      if (i >= p_.size() || p_[i].word != word || p_[i].gap.find_first_of(";!?\n") != std::string_view::npos) return false;
      phrase.remove_prefix(std::min(word.size() + 1, phrase.size()));
      ++i;
    }
    return true;
  }

  bool separates(std::size_t i) const {
    const auto gap = squeezed(p_[i].gap);
    return gap.empty() || gap == "," || gap == "." || gap == ".,";
  }

  // Amounts with their units, one after the other. `implied`: the first amount may be missing ("преди година").
  bool read_sum(std::size_t i, bool implied, Span& sum, std::uint64_t languages) {
    parts_ = 0;
    i = over(i, WordKind::about);
    for (std::size_t parts = 0; parts < kMostParts && i < p_.size(); ++parts) {
      auto at = i;
      if (parts > 0) {
        at = over(at, WordKind::link);
        if (at >= p_.size() || !separates(i) || p_[at].value < 0) break;
      }
      double amount = 1;
      const auto unit = read_amount(at, amount);
      if (unit == at && !(implied && parts == 0)) break;
      const auto next = read_unit(unit, amount, sum, languages);
      if (next == 0) break;
      ++parts_;
      sum.next = i = next;
      if (unit == at) break;  // "a week": no sum begins so
    }
    return parts_ > 0 && sum.months < kMostYears * 12 && sum.days < kMostYears * 366 && sum.seconds < std::int64_t{kMostYears} * 366 * 86400;
  }

  std::size_t over(std::size_t i, WordKind kind) const {
    std::size_t past = i;
    if (i >= p_.size() || (p_[i].heads & kind_bit(kind)) == 0) return past;
    std::string phrase;
    for (std::size_t n = 0; n < 3 && i + n < p_.size() && p_[i + n].word != "#"; ++n) {
      phrase.append(n == 0 ? "" : " ").append(p_[i + n].word);
      for (const auto& sense : lexicon_.senses(phrase)) {
        if (sense.kind == kind && (sense.languages & spoken_) != 0) past = i + n + 1;
      }
    }
    return past;
  }

  // The piece behind an amount ("2", "2.5", "three", "an"); `i` itself: there is none.
  std::size_t read_amount(std::size_t i, double& amount) const {
    if (i >= p_.size()) return i;
    if (p_[i].value >= 0) {
      amount = p_[i].value;
      const bool fraction = i + 1 < p_.size() && p_[i + 1].value >= 0 && (p_[i + 1].gap == "." || p_[i + 1].gap == ",") && p_[i + 1].digits <= 2;
      if (!fraction) return i + 1;
      amount += p_[i + 1].value / (p_[i + 1].digits == 1 ? 10.0 : 100.0);
      return i + 2;
    }
    if (p_[i].word == "a" || p_[i].word == "an") return i + 1;
    if ((p_[i].heads & kind_bit(WordKind::number)) == 0) return i;
    for (const auto& sense : lexicon_.senses(p_[i].word)) {
      if (sense.kind != WordKind::number || (sense.languages & spoken_) == 0 || sense.value > 99) continue;
      amount = static_cast<double>(sense.value);
      return i + 1;
    }
    return i;
  }

  // The piece behind a unit; 0: there is none.
  std::size_t read_unit(std::size_t i, double amount, Span& sum, std::uint64_t languages) const {
    std::string phrase;
    std::size_t next = 0;
    const SpanWords::Unit* best = nullptr;
    for (std::size_t n = 0; n < 3 && i + n < p_.size() && p_[i + n].word != "#"; ++n) {
      if (!squeezed(p_[i + n].gap).empty()) break;
      phrase.append(n == 0 ? "" : " ").append(p_[i + n].word);
      for (const auto& unit : words_.units(phrase)) {
        if ((unit.languages & languages) != 0) best = &unit, next = i + n + 1;
      }
    }
    if (!best) return 0;
    add(best->value > 200 ? 2 : amount, best->value % 100, sum);
    return next;
  }

  static void add(double amount, int unit, Span& sum) {
    constexpr int kSeconds[] = {0, 1, 60, 3600, 86400, 604800};
    constexpr int kMonths[] = {1, 12, 120};
    if (amount > 1e6 || unit < 1 || unit > 8) return;
    const bool whole = amount == static_cast<int>(amount);
    if (unit >= 6) sum.months += static_cast<int>(amount * kMonths[unit - 6]);
    else if (unit >= 4 && whole) sum.days += static_cast<int>(amount) * (unit == 5 ? 7 : 1);
    else sum.seconds += static_cast<std::int64_t>(amount * kSeconds[unit]);
  }

  const std::vector<Piece>& p_;
  std::uint64_t spoken_;
  const Lexicon& lexicon_;
  const SpanWords& words_;
  std::size_t parts_ = 0;
};

}  // namespace

Span read_span(const Pieces& pieces, std::size_t i, bool whole, std::uint64_t spoken, const Lexicon& lexicon) {
  return SpanReader(pieces, spoken, lexicon).at(i, whole);
}

}  // namespace vigie::parser
