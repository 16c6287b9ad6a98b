#include <unicode/timezone.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "parser/date_spans.h"
#include "parser/fields.h"
#include "parser/letters.h"
#include "parser/lexicon.h"
#include "parser/signals.h"

namespace vigie::parser {

namespace {

namespace ch = std::chrono;

constexpr std::size_t kMaxPhraseWords = 7;
constexpr int kBackMonths = 10;  // a date without a year lies at most so far back, else it is to come

struct Hit {
  ch::year_month_day date;
  std::uint32_t begin = 0, end = 0;
  std::size_t next = 0;  // piece
};

// Today at the place that the page is for.
ch::sys_time<ch::milliseconds> local_time(const TextContext& context) {
  const auto utc = ch::time_point_cast<ch::milliseconds>(context.now);
  if (context.timezone.empty()) return utc;
  const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(context.timezone)));
  int32_t raw = 0, daylight = 0;
  UErrorCode status = U_ZERO_ERROR;
  zone->getOffset(static_cast<UDate>(utc.time_since_epoch().count()), false, raw, daylight, status);
  return U_SUCCESS(status) ? utc + ch::milliseconds(raw + daylight) : utc;
}

// Beginnings of month names: "sept", "берез"; sorted.
const std::vector<std::pair<std::string, WordSense>>& month_names() {
  static const auto names = Lexicon::standard().all_of(WordKind::month);
  return names;
}

class Reader {
 public:
  /// `whole`: `s` is all of the text.
  Reader(std::string_view s, bool whole, const TextContext& context, ch::sys_time<ch::milliseconds> now)
      : lexicon_(Lexicon::standard()), context_(context), pieces_(s), p_(pieces_.list), now_(now), today_(ch::floor<ch::days>(now_)),
        language_(lexicon_.language_bit(context.lang)), english_(lexicon_.language_bit("en")) {
    whole_ = whole;
    month_first_ = !context.regions.empty() && (context.regions.front() == "US" || context.regions.front() == "PH");
  }

  void run(std::uint32_t offset, std::vector<DecodedDate>& out) {
    for (std::size_t i = 0; i < p_.size();) {
      auto hit = at(i);
      if (!hit || !hit->date.ok()) {
        ++i;
        continue;
      }
      DecodedDate d;
      std::array<char, 32> text{};
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(hit->date.year()), static_cast<unsigned>(hit->date.month()), static_cast<unsigned>(hit->date.day()));
      d.set_date(text.data());
      d.add_span(static_cast<std::int32_t>(hit->begin + offset));
      d.add_span(static_cast<std::int32_t>(hit->end + offset));
      out.push_back(std::move(d));
      i = std::max(hit->next, i + 1);
    }
  }

 private:
  std::optional<Hit> at(std::size_t i) const {
    if (p_[i].value >= 0 || p_[i].word == "#") {
      if (auto hit = joined(i)) return hit;
      if (auto hit = numeric(i)) return hit;
      if (auto hit = ideographic(i)) return hit;
      if (auto hit = day_first(i)) return hit;
      if (auto hit = year_first(i)) return hit;
    } else {
      if (auto hit = month_led(i)) return hit;
    }
    if (auto hit = relative(i)) return hit;
    return weekday_alone(i);
  }

  bool number(std::size_t i) const { return i < p_.size() && p_[i].value >= 0; }
  bool is_year(std::size_t i) const { return number(i) && p_[i].digits == 4 && p_[i].value >= 1900 && p_[i].value <= 2100; }
  bool light(std::size_t i) const {  // between the parts of one date: blanks and at most one sign
    const auto gap = i < p_.size() ? squeezed(p_[i].gap) : std::string("x");
    return gap.empty() || gap == "." || gap == "," || gap == "-" || gap == "/" || gap == ".," || gap == "]" || gap == "[" || gap == ".-";
  }

  Hit hit(int y, int m, int d, std::size_t first, std::size_t last) const {
    return {ch::year_month_day(ch::year(y), ch::month(static_cast<unsigned>(m)), ch::day(static_cast<unsigned>(d))), p_[first].begin, p_[last].end, last + 1};
  }
  static int full_year(int y, std::size_t digits) { return digits > 2 ? y : y < 70 ? 2000 + y : 1900 + y; }

  // 20240315 alone is an id; with a clock after it, or 20240315T10, it is a date.
  std::optional<Hit> joined(std::size_t i) const {
    if (p_[i].digits != 8 || i + 1 >= p_.size() || p_[i + 1].word != "t" || !p_[i + 1].gap.empty()) return std::nullopt;
    return hit(p_[i].value / 10000, p_[i].value / 100 % 100, p_[i].value % 100, i, i);
  }

  std::optional<Hit> numeric(std::size_t i) const {
    if (!number(i) || !number(i + 1) || !number(i + 2)) return std::nullopt;
    const auto a = squeezed(p_[i + 1].gap), b = squeezed(p_[i + 2].gap);
    const bool blank = a.empty() || b.empty();
    if (blank || (a != "." && a != "/" && a != "-") || (a != b)) return std::nullopt;
    if (i > 0 && number(i - 1) && squeezed(p_[i].gap) == a && a != "-") return std::nullopt;
    if (number(i + 3) && p_[i + 3].gap == a && p_[i + 3].digits != 4 && a != "-") return std::nullopt;
    if (p_[i].digits == 4) return p_[i + 1].value <= 12 ? std::optional(hit(p_[i].value, p_[i + 1].value, p_[i + 2].value, i, i + 2)) : std::nullopt;
    if (p_[i].digits > 2 || p_[i + 1].digits > 2 || (p_[i + 2].digits != 4 && p_[i + 2].digits != 2)) return std::nullopt;
    int d = p_[i].value, m = p_[i + 1].value;
    const bool swap = m > 12 || (month_first_ && d <= 12 && a != ".");
    if (swap) std::swap(d, m);
    const int y = full_year(p_[i + 2].value, p_[i + 2].digits);
    if (m < 1 || m > 12 || d < 1 || d > 31 || y < 1900 || y > 2100) return std::nullopt;
    return hit(y, m, d, i, i + 2);
  }

  std::optional<Hit> ideographic(std::size_t i) const {  // 2016年3月20日
    if (i + 4 >= p_.size() || p_[i + 1].word != "年" || p_[i + 3].word != "月" || !number(i) || !number(i + 2) || !number(i + 4)) return std::nullopt;
    int day = p_[i + 4].value;
    if (p_[i + 4].digits > 2) day /= p_[i + 4].digits == 4 ? 100 : 10;  // a clock follows without a sign
    return hit(full_year(p_[i].value, p_[i].digits), p_[i + 2].value, day, i, i + 4);
  }

  // Month that piece `i` names; `sure`: by its full name, or in the language of the page. 0: none. `words`: pieces it takes.
  int month_at(std::size_t i, bool& sure, std::size_t& words) const {
    if (i >= p_.size() || p_[i].word == "#") return 0;
    std::string key(p_[i].word);
    int best = 0;
    for (std::size_t n = 1; n <= 3; ++n) {
      for (const auto& sense : lexicon_.senses(key)) {
        if (sense.kind != WordKind::month) continue;
        const bool spoken = (sense.languages & (language_ | english_)) != 0;
        if (best != 0 && !spoken && words == n) continue;
        best = static_cast<int>(sense.value), words = n;
        sure = spoken || language_ == 0;
      }
      if (i + n >= p_.size() || !lexicon_.starts_phrase(key) || squeezed(p_[i + n].gap) != "") break;
      key.append(" ").append(p_[i + n].word == "#" && p_[i + n].value >= 0 ? std::to_string(p_[i + n].value) : std::string(p_[i + n].word));
    }
    if (best != 0) return best;
    words = 1;
    return cut_month(p_[i].word, sure);
  }

  int cut_month(std::string_view word, bool& sure) const {
    std::size_t letters = 0;
    for (const char c : word) letters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (letters < 3) return 0;
    const auto& names = month_names();
    const auto first = std::lower_bound(names.begin(), names.end(), word, [](const auto& n, std::string_view w) { return n.first < w; });
    int spoken = 0, other = 0;
    for (auto n = first; n != names.end() && n->first.starts_with(word); ++n) {
      int& found = (n->second.languages & (language_ | english_)) ? spoken : other;
      found = found == 0 || found == n->second.value ? static_cast<int>(n->second.value) : -1;
    }
    sure = spoken > 0 || language_ == 0;
    return spoken > 0 ? spoken : spoken == 0 && other > 0 ? other : 0;
  }

  int guess_year(int m, int d) const {
    const auto y = ch::year_month_day(today_).year();
    auto date = ch::sys_days(y / static_cast<int>(m) / d);
    if (date < today_ - ch::days(kBackMonths * 30)) return static_cast<int>(y) + 1;
    if (date > today_ + ch::days((12 - kBackMonths) * 30)) return static_cast<int>(y) - (m > 1 && date > today_ + ch::days(200) ? 1 : 0);
    return static_cast<int>(y);
  }

  // Skips what may stand between day, month and year: "de", "of", "th", "г".
  std::size_t over_link(std::size_t i) const {
    static constexpr std::string_view kLinks[] = {"de", "del", "of", "th", "st", "nd", "rd", "er", "e", "a", "do", "di", "le", "the", "г", "р", "den", "ה", "ל", "ימי", "la", "em", "º", "წლის", "წ", "м", "і", "year"};
    while (i < p_.size() && std::find(std::begin(kLinks), std::end(kLinks), p_[i].word) != std::end(kLinks)) ++i;
    return i;
  }

  std::optional<Hit> day_first(std::size_t i) const {
    if (!number(i) || p_[i].digits > 2 || p_[i].value < 1 || p_[i].value > 31) return std::nullopt;
    const auto m = over_link(i + 1);
    bool sure = false;
    std::size_t words = 1;
    if (m - i > 3 || m >= p_.size() || !light(m)) return std::nullopt;
    const int month = month_at(m, sure, words);
    if (month == 0) return std::nullopt;
    const auto y = over_link(m + words);
    if (y < p_.size() && number(y) && y - m - words < 3 && light(y) && (is_year(y) || (p_[y].digits == 2 && !clock_at(y) && p_[y].gap.size() <= 2))) {
      return hit(full_year(p_[y].value, p_[y].digits), month, p_[i].value, i, y);
    }
    if (!sure) return std::nullopt;
    return hit(guess_year(month, p_[i].value), month, p_[i].value, i, m + words - 1);
  }

  std::optional<Hit> year_first(std::size_t i) const {  // 2015-кві-12, 2011 წლის 17 მარტი
    if (!is_year(i)) return std::nullopt;
    const auto next = over_link(i + 1);
    bool sure = false;
    std::size_t words = 1;
    if (next - i > 2 || !light(next)) return std::nullopt;
    if (number(next) && p_[next].digits <= 2 && light(next + 1)) {
      const int month = month_at(next + 1, sure, words);
      if (month > 0) return hit(p_[i].value, month, p_[next].value, i, next + words);
      return std::nullopt;
    }
    const int month = month_at(next, sure, words);
    if (month == 0 || !number(next + words) || p_[next + words].digits > 2 || !light(next + words)) return std::nullopt;
    return hit(p_[i].value, month, p_[next + words].value, i, next + words);
  }

  bool clock_at(std::size_t i) const { return number(i) && number(i + 1) && (p_[i + 1].gap == ":" || p_[i + 1].gap == "." || p_[i + 1].gap == "h") && p_[i + 1].digits == 2; }

  std::optional<Hit> month_led(std::size_t i) const {  // Nov 25 2014
    if (!number(i + 1) && !number(i + 2) && !number(i + 3)) return std::nullopt;
    bool sure = false;
    std::size_t words = 1;
    const int month = month_at(i, sure, words);
    const auto d = i + words;
    if (month == 0 || !number(d) || p_[d].digits > 2 || p_[d].value < 1 || p_[d].value > 31 || !light(d) || clock_at(d)) return std::nullopt;
    const auto y = over_link(d + 1);
    if (is_year(y) && light(y)) return hit(p_[y].value, month, p_[d].value, i, y);
    if (!sure || p_[d].gap.find('.') == 0) return std::nullopt;
    return hit(guess_year(month, p_[d].value), month, p_[d].value, i, d);
  }

  std::uint64_t spoken() const { return language_ == 0 ? ~std::uint64_t{0} : language_ | english_; }

  std::optional<Hit> relative(std::size_t i) const {
    auto best = named_day(i);
    const auto span = read_span(pieces_, i, whole_, spoken(), lexicon_);
    if (span.sign != 0 && (!best || span.next >= best->next)) best = Hit{ch::year_month_day(moved(span)), p_[i].begin, p_[span.next - 1].end, span.next};
    return best;
  }

  // "yesterday", "last week": phrases without an amount.
  std::optional<Hit> named_day(std::size_t i) const {
    constexpr auto kSpoken = kind_bit(WordKind::day_word) | kind_bit(WordKind::ago) | kind_bit(WordKind::ahead);
    if ((p_[i].heads & kSpoken) == 0) return std::nullopt;
    std::string key;
    std::optional<Hit> best;
    for (std::size_t n = 0; n < kMaxPhraseWords && i + n < p_.size() && p_[i + n].word != "#"; ++n) {
      const auto gap = squeezed(p_[i + n].gap);
      if (n > 0 && !gap.empty() && gap != "-" && gap != "'" && gap != "." && gap != ":") break;
      key.append(n > 0 ? " " : "").append(p_[i + n].word);
      const bool whole = whole_ && i == 0 && n + 1 == p_.size();
      for (const auto& sense : lexicon_.senses(key)) {
        if ((sense.languages & spoken()) == 0) continue;
        std::optional<ch::sys_days> day;
        // Short words are words of many languages.
        if (sense.kind == WordKind::day_word && (key.size() > 3 || language_ != 0 || whole)) day = today_ + ch::days(sense.value);
        if ((sense.kind == WordKind::ago || sense.kind == WordKind::ahead) && sense.value > 100) day = moved(one_of(static_cast<int>(sense.value - 100), sense.kind == WordKind::ago ? -1 : 1));
        if (day) best = Hit{ch::year_month_day(*day), p_[i].begin, p_[i + n].end, i + n + 1};
      }
      if (!lexicon_.starts_phrase(key)) break;
    }
    return best;
  }

  static Span one_of(int unit, int sign) {
    Span span;
    span.sign = sign;
    span.months = unit == 6 ? 1 : unit == 7 ? 12 : unit == 8 ? 120 : 0;
    span.days = unit == 4 ? 1 : unit == 5 ? 7 : 0;
    span.seconds = unit == 1 ? 1 : unit == 2 ? 60 : unit == 3 ? 3600 : 0;
    return span;
  }

  // The day that lies so far from now. Months first: "1 month, 1 day ago" counts days from the same day of that month.
  ch::sys_days moved(const Span& span) const {
    const auto calendar = ch::year_month_day(today_);
    const auto month = ch::year_month(calendar.year(), calendar.month()) + ch::months(span.sign * span.months);
    const auto date = month / calendar.day();
    const auto day = date.ok() ? ch::sys_days(date) : ch::sys_days(month / ch::last);
    const auto clock = now_ - today_;
    return ch::floor<ch::days>(day + clock + ch::days(span.sign * span.days) + ch::seconds(span.sign * span.seconds));
  }

  static int cut_weekday(std::string_view word) {
    static const auto names = Lexicon::standard().all_of(WordKind::weekday);
    int found = 0;
    for (auto n = std::lower_bound(names.begin(), names.end(), word, [](const auto& a, std::string_view w) { return a.first < w; }); n != names.end() && n->first.starts_with(word); ++n) {
      found = found == 0 || found == n->second.value ? static_cast<int>(n->second.value) : -1;
    }
    return word.size() < 2 || found < 0 ? 0 : found;
  }

  Hit last_weekday(std::int64_t value, std::size_t last) const {
    const auto back = ch::weekday(today_) - ch::weekday(static_cast<unsigned>(value % 7));
    return Hit{ch::year_month_day(today_ - back), p_[0].begin, p_[last].end, p_.size()};
  }

  // A weekday by itself ("vendredi 17:15") is the last one; inside a sentence it says too little.
  std::optional<Hit> weekday_alone(std::size_t i) const {
    if (i != 0 || !whole_) return std::nullopt;
    std::string key;
    for (std::size_t n = 0; n < 3 && n < p_.size(); ++n) {
      if (n > 0) key += ' ';
      key += p_[n].word;
      for (const auto& sense : lexicon_.senses(key)) {
        const bool spoken = (sense.languages & (language_ | english_)) != 0 || language_ == 0;
        if (sense.kind != WordKind::weekday || !spoken) continue;
        const bool rest_is_clock = n + 1 == p_.size() || (clock_at(n + 1) && p_.size() <= n + 4);
        if (!rest_is_clock) continue;
        return last_weekday(sense.value, n);
      }
    }
    const int cut = clock_at(1) && p_.size() <= 4 ? cut_weekday(p_[0].word) : 0;
    if (cut > 0) return last_weekday(cut, 0);
    return std::nullopt;
  }

  const Lexicon& lexicon_;
  const TextContext& context_;
  const Pieces pieces_;
  const std::vector<Piece>& p_;
  ch::sys_time<ch::milliseconds> now_;
  ch::sys_days today_;
  std::uint64_t language_, english_;
  bool month_first_ = false, whole_ = false;
};

}  // namespace

std::vector<DecodedDate> read_dates(std::string_view s, const TextContext& context) { return read_dates(s, context, scan(s, Lexicon::standard())); }

std::vector<DecodedDate> read_dates(std::string_view s, const TextContext& context, const Signals& signals) {
  constexpr auto kSpoken = kind_bit(WordKind::day_word) | kind_bit(WordKind::ago) | kind_bit(WordKind::ahead) | kind_bit(WordKind::weekday) | kind_bit(WordKind::time_unit);
  std::vector<DecodedDate> out;
  if (signals.digits == 0 && !signals.any(kSpoken)) return out;
  const auto now = local_time(context);
  for (const auto& [begin, end] : stretches_around(s, signals, kSpoken, true)) {
    Reader(s.substr(begin, end - begin), begin == 0 && end == s.size(), context, now).run(begin, out);
  }
  return out;
}

}  // namespace vigie::parser
