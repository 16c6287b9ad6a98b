#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "parser/fields.h"
#include "parser/letters.h"
#include "parser/lexicon.h"
#include "parser/signals.h"

namespace vigie::parser {

namespace {

constexpr std::size_t kMaxAmountBytes = 32;
constexpr std::size_t kMaxCurrencyBytes = 24;
constexpr std::size_t kPerWindow = 28;        // bytes in which "per hour" is looked for
constexpr double kMaxAmount = 1e12;

constexpr const char* kPer[] = {"", "hour", "half_hour", "day", "night", "week", "month", "person", "total"};

// A sign of several countries, read by the country of the page.
struct Shared {
  std::string_view currency, region, local;
};
constexpr Shared kShared[] = {
    {"SEK", "DK", "DKK"}, {"SEK", "NO", "NOK"}, {"SEK", "IS", "ISK"}, {"USD", "CA", "CAD"}, {"USD", "AU", "AUD"}, {"USD", "NZ", "NZD"},
    {"USD", "SG", "SGD"}, {"USD", "HK", "HKD"}, {"USD", "MX", "MXN"}, {"USD", "AR", "ARS"}, {"USD", "CL", "CLP"}, {"USD", "CO", "COP"},
    {"RON", "MD", "MDL"}, {"RSD", "DZ", "DZD"}, {"RSD", "TN", "TND"}, {"TRY", "IT", "ITL"}, {"GBP", "EG", "EGP"}, {"CHF", "FR", "FRF"},
    {"JPY", "CN", "CNY"}, {"INR", "PK", "PKR"}, {"INR", "LK", "LKR"}, {"INR", "NP", "NPR"}, {"RUB", "BY", "BYN"},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Folded text with the way back to its bytes; digits of any script are already ASCII (NFKD of the fold).
struct Text {
  std::string folded;
  std::vector<std::uint32_t> origin;
};

Text fold(std::string_view s) {
  Text t;
  fold_word(s, t.folded, &t.origin);
  for (auto& c : t.folded) c = c == '\t' || c == '\n' ? ' ' : c;
  return t;
}

struct Number {
  std::size_t begin = 0, end = 0;  // bytes of the folded text
  double amount = 0;
};

// Bytes of a grouping blank or mark at `i` that a digit follows; 0: none.
std::size_t group_mark(std::string_view s, std::size_t i) {
  if (i + 1 >= s.size()) return 0;
  const char c = s[i];
  if ((c == '.' || c == ',' || c == '\'' || c == ' ' || c == '`') && is_digit(s[i + 1])) return 1;
  return 0;
}

// Decides which mark is decimal: the last one unless exactly three digits follow it and nothing says otherwise.
double value_of(std::string_view s) {
  std::string digits;
  std::size_t last = std::string_view::npos, marks = 0, after = 0;
  char last_mark = 0, first_mark = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (is_digit(s[i])) {
      ++after;
      continue;
    }
    if (s[i] == ' ' || s[i] == '\'' || s[i] == '`') continue;
    if (first_mark == 0) first_mark = s[i];
    last = i, last_mark = s[i], after = 0, ++marks;
  }
  const bool mixed = marks > 1 && first_mark != last_mark;
  const bool leading_zero = last != std::string_view::npos && s.substr(0, last) == "0";
  const bool decimal = last != std::string_view::npos && (after != 3 || leading_zero || (mixed && after != 3)) && (marks == 1 || mixed || last == 0);
  const bool from_start = last == 0;  // ".75,333" is read elsewhere; ".75" starts with its mark
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (is_digit(s[i])) digits += s[i];
    if (i == last && (decimal || from_start)) digits += '.';
  }
  return std::strtod(digits.c_str(), nullptr);
}

Number number_at(std::string_view s, std::size_t begin) {
  Number n{begin, begin, 0};
  std::size_t i = begin;
  while (i < s.size() && is_digit(s[i])) ++i;
  n.end = i;
  if (i - begin > kMaxAmountBytes) return n;  // no amount of money; `amount` stays 0
  while (i < s.size() && i - begin < kMaxAmountBytes) {
    std::size_t mark = group_mark(s, i);
    if (mark == 0) break;
    std::size_t j = i + mark;
    while (j < s.size() && is_digit(s[j])) ++j;
    const auto size = j - i - mark;
    const bool blank = s[i] == ' ' || s[i] == '\'' || s[i] == '`';
    const auto lead = s.substr(begin, i - begin);
    if (blank && (size != 3 || lead.size() > 11 || lead.find_first_of(".,") != std::string_view::npos || (lead.find(' ') == std::string_view::npos && lead.size() > 3))) break;
    if (!blank && size == 0) break;
    i = j;
  }
  n.end = i;
  n.amount = value_of(s.substr(begin, i - begin));
  if (n.amount > kMaxAmount) n.amount = 0;
  return n;
}

struct Money {
  std::string currency;
  std::size_t begin = 0, end = 0;
};

std::string unpack(std::int64_t value) {
  return {static_cast<char>(value >> 16 & 0xFF), static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
}

std::string localised(std::string currency, const TextContext& context) {
  for (const auto& region : context.regions) {
    for (const auto& shared : kShared) {
      if (shared.currency == currency && shared.region == region && shared.local != "ITL" && shared.local != "FRF") return std::string(shared.local);
    }
    break;
  }
  return currency;
}

bool is_letter_byte(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

// Which phrases of money there can be: lengths (as bits) by their first and by their last byte. Most text ends here.
struct MoneyShapes {
  std::array<std::uint32_t, 256> by_first{}, by_last{};

  MoneyShapes() {
    for (const auto& [phrase, sense] : Lexicon::standard().all_of(WordKind::currency)) {
      if (phrase.size() > kMaxCurrencyBytes) continue;
      by_first[static_cast<unsigned char>(phrase.front())] |= std::uint32_t{1} << phrase.size();
      by_last[static_cast<unsigned char>(phrase.back())] |= std::uint32_t{1} << phrase.size();
    }
  }
  static const MoneyShapes& standard() {
    static const MoneyShapes shapes;
    return shapes;
  }
};

std::optional<std::string> currency_named(std::string_view phrase) {
  for (const auto& sense : Lexicon::standard().senses(phrase)) {
    if (sense.kind == WordKind::currency) return unpack(sense.value);
  }
  return std::nullopt;
}

// Signs of money are no letters: "€" may touch anything, "lei" may not.
bool touches(std::string_view s, std::size_t begin, std::size_t end) {
  const auto sign = [](std::string_view piece) {
    std::size_t i = 0;
    const char32_t c = next_letter(piece, i);
    return c == '$' || c == 0xA3 || c == 0xA5 || (c >= 0x20A0 && c <= 0x20CF);
  };
  std::size_t tail = end;
  while (tail > begin && (static_cast<unsigned char>(s[tail - 1]) & 0xC0) == 0x80) --tail;
  if (tail > begin) --tail;
  const bool left = begin > 0 && is_letter_byte(s[begin - 1]) && !sign(s.substr(begin, end - begin));
  const bool right = end < s.size() && is_letter_byte(s[end]) && !sign(s.substr(tail, end - tail));
  return left || right;
}

std::optional<Money> money_after(std::string_view s, std::size_t from) {
  std::size_t i = from;
  while (i < s.size() && i - from < 3 && (s[i] == ' ' || s[i] == '-' || s[i] == ',' || s[i] == '.' || s[i] == ':')) ++i;
  for (const std::string_view dash : {"–", "—"}) {
    if (s.substr(i).starts_with(dash)) i += dash.size();
  }
  while (i < s.size() && s[i] == ' ') ++i;
  const auto lengths = i < s.size() ? MoneyShapes::standard().by_first[static_cast<unsigned char>(s[i])] : 0U;
  for (std::size_t n = std::min(kMaxCurrencyBytes, s.size() - i); n > 0 && lengths != 0; --n) {
    if ((lengths >> n & 1) == 0) continue;
    const auto phrase = s.substr(i, n);
    const auto currency = currency_named(phrase);
    if (currency && !touches(s, i, i + n)) return Money{*currency, i, i + n};
  }
  return std::nullopt;
}

std::optional<Money> money_before(std::string_view s, std::size_t to) {
  std::size_t i = to;
  while (i > 0 && to - i < 4 && (s[i - 1] == ' ' || s[i - 1] == ':' || s[i - 1] == '.')) --i;
  for (const std::size_t end : {to, i}) {
    const auto lengths = end > 0 ? MoneyShapes::standard().by_last[static_cast<unsigned char>(s[end - 1])] : 0U;
    for (std::size_t n = std::min(kMaxCurrencyBytes, end); n > 0 && lengths != 0; --n) {
      if ((lengths >> n & 1) == 0) continue;
      const auto phrase = s.substr(end - n, n);
      const auto currency = currency_named(phrase);
      if (currency && !touches(s, end - n, end)) return Money{*currency, end - n, end};
    }
  }
  return std::nullopt;
}

// Does the first word of `s` begin a phrase of time or count? Signs may.
bool may_be_per(std::string_view s) {
  std::size_t n = 0;
  while (n < s.size() && (is_letter_byte(s[n]) || is_digit(s[n]))) ++n;
  return n == 0 || (Lexicon::standard().heads(s.substr(0, n)) & kind_bit(WordKind::per)) != 0;
}

// The longest phrase of time or count that stands in `s` at a word's start; 0: none.
std::int64_t per_in(std::string_view s) {
  const auto& lexicon = Lexicon::standard();
  std::int64_t found = 0;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (i > 0 && (is_letter_byte(s[i - 1]) || is_digit(s[i - 1]))) continue;
    if (s[i] == ' ' || !may_be_per(s.substr(i, 24))) continue;
    for (std::size_t n = std::min<std::size_t>(24, s.size() - i); n > longest; --n) {
      if (i + n < s.size() && (is_letter_byte(s[i + n]) || is_digit(s[i + n]))) continue;
      for (const auto& sense : lexicon.senses(s.substr(i, n))) {
        if (sense.kind == WordKind::per) found = sense.value, longest = n;
      }
    }
  }
  return found;
}

bool is_end(char c) { return c == ';' || c == '|' || c == '!' || c == '?'; }

class Reader {
 public:
  Reader(std::string_view s, const TextContext& context) : text_(fold(s)), context_(context) {}

  void run() {
    const std::string_view s = text_.folded;
    for (std::size_t i = 0; i < s.size();) {
      if (!is_digit(s[i]) || (i > 0 && (is_letter_byte(s[i - 1]) && !money_before(s, i)))) {
        while (i < s.size() && is_digit(s[i])) ++i;
        if (i < s.size()) ++i;
        continue;
      }
      const auto number = number_at(s, i);
      amounts_.push_back({number, money_for(number), 0, duration(number)});
      i = std::max(number.end, i + 1);
    }
    name_purposes();
  }

  // An amount counts with a currency, or as one of several that durations label. What all stretches of a text say:
  struct Said {
    std::size_t labelled = 0;
    std::string currency;
  };
  void tell(Said& said) const {
    for (std::size_t k = 0; k < amounts_.size(); ++k) {
      said.labelled += labels(k);
      if (said.currency.empty() && amounts_[k].money) said.currency = amounts_[k].money->currency;
    }
  }

  void decide(const Said& said, std::uint32_t offset, std::vector<DecodedPrice>& out) const {
    for (std::size_t k = 0; k < amounts_.size(); ++k) {
      const auto& a = amounts_[k];
      if (a.duration || a.number.amount <= 0) continue;
      const bool listed = labels(k) && (said.labelled >= 2 || !said.currency.empty());
      if (!a.money && !listed) continue;
      DecodedPrice price;
      price.set_amount(a.number.amount);
      const auto code = a.money ? a.money->currency : said.currency;
      if (!code.empty()) price.set_currency(localised(code, context_));
      if (a.per > 0) price.set_per(kPer[a.per]);
      const auto begin = a.money ? std::min(a.number.begin, a.money->begin) : a.number.begin;
      const auto end = a.money ? std::max(a.number.end, a.money->end) : a.number.end;
      price.add_span(static_cast<std::int32_t>(text_.origin[begin] + offset));
      price.add_span(static_cast<std::int32_t>(text_.origin[end] + offset));
      out.push_back(std::move(price));
    }
  }

 private:
  struct Amount {
    Number number;
    std::optional<Money> money;
    std::int64_t per = 0;
    bool duration = false;  // "30 min", "1h": not an amount of money
  };

  std::optional<Money> money_for(const Number& n) const {
    auto after = money_after(text_.folded, n.end);
    if (after) return after;
    return money_before(text_.folded, n.begin);
  }

  bool duration(const Number& n) const {
    const std::string_view s = text_.folded;
    std::size_t i = n.end;
    while (i < s.size() && s[i] == ' ') ++i;
    std::size_t end = i;
    while (end < s.size() && is_letter_byte(s[end])) ++end;
    if (s.substr(i, 1) == "'") return true;
    for (const auto& sense : Lexicon::standard().senses(s.substr(i, end - i))) {
      if (sense.kind == WordKind::unit) return !currency_named(s.substr(i, end - i));
    }
    return false;
  }

  void name_purposes() {
    const std::string_view s = text_.folded;
    for (std::size_t k = 0; k < amounts_.size(); ++k) {
      auto& a = amounts_[k];
      if (a.duration) continue;
      const auto from = a.money ? std::max(a.number.end, a.money->end) : a.number.end;
      // After it, up to the next amount that is no part of the phrase ("150 for 30 min").
      auto to = std::min(s.size(), from + kPerWindow);
      const bool next_is_label = k + 2 < amounts_.size() && amounts_[k + 1].duration && !amounts_[k + 2].duration && amounts_[k + 2].money.has_value() == a.money.has_value() && k > 0 && amounts_[k - 1].duration;
      if (k + 1 < amounts_.size()) to = std::min(to, amounts_[k + 1].duration && !next_is_label ? std::min(s.size(), amounts_[k + 1].number.end + 8) : amounts_[k + 1].number.begin);
      for (auto i = from; i < to; ++i) {
        if (is_end(s[i]) || (s[i] == ',' && i > from)) to = i;
      }
      const bool label_before = k > 0 && amounts_[k - 1].duration && a.number.begin - amounts_[k - 1].number.end < 14;
      if (label_before) a.per = per_in(s.substr(amounts_[k - 1].number.begin, a.number.begin - amounts_[k - 1].number.begin));
      if (a.per == 0 && !label_before) a.per = per_in(s.substr(from, to - from));
      if (a.per == 0 && !label_before) {
        auto back = a.number.begin > 18 ? a.number.begin - 18 : 0;
        if (k > 0) back = std::max(back, amounts_[k - 1].number.end);
        for (auto i = back; i < a.number.begin; ++i) {
          if (is_end(s[i]) || s[i] == ',') back = i + 1;
        }
        a.per = per_in(s.substr(back, a.number.begin - back));
      }
    }
  }

  bool labels(std::size_t k) const {
    const auto& a = amounts_[k];
    const bool near = k > 0 && amounts_[k - 1].duration && a.number.begin - amounts_[k - 1].number.end < 14;
    return !a.duration && near && a.number.amount >= 10 && a.number.amount < 100000 && a.per > 0;
  }

  Text text_;
  const TextContext& context_;
  std::vector<Amount> amounts_;
};

}  // namespace

std::vector<DecodedPrice> read_prices(std::string_view s, const TextContext& context) { return read_prices(s, context, scan(s, Lexicon::standard())); }

std::vector<DecodedPrice> read_prices(std::string_view s, const TextContext& context, const Signals& signals) {
  std::vector<DecodedPrice> out;
  if (signals.digits == 0) return out;
  const auto stretches = stretches_around(s, signals, 0, true);
  std::vector<Reader> readers;
  readers.reserve(stretches.size());
  Reader::Said said;
  for (const auto& [begin, end] : stretches) {
    readers.emplace_back(s.substr(begin, end - begin), context);
    readers.back().run();
    readers.back().tell(said);
  }
  for (std::size_t i = 0; i < readers.size(); ++i) readers[i].decide(said, stretches[i].begin, out);
  return out;
}

std::string currency_of(std::string_view written, const TextContext& context) {
  const auto text = fold(written);
  std::string_view s = text.folded;
  while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  const auto whole = currency_named(s);
  return whole ? localised(*whole, context) : std::string();
}

Price read_price_field(std::string_view s, std::string_view hint, const TextContext& context) {
  const auto text = fold(s);
  const std::string_view folded = text.folded;
  std::optional<Number> best;
  std::optional<Money> money;
  for (std::size_t i = 0; i < folded.size();) {
    if (!is_digit(folded[i])) {
      ++i;
      continue;
    }
    const auto number = number_at(folded, i);
    auto near = money_after(folded, number.end);
    if (!near) near = money_before(folded, i);
    if (!best || (near && !money)) best = number, money = near;
    if (money) break;
    i = std::max(number.end, i + 1);
  }
  Price price;
  if (!best) return price;
  price.set_amount(best->amount);
  const auto hinted = currency_of(hint, context);
  if (money) price.set_currency(localised(money->currency, context));
  else if (!hinted.empty()) price.set_currency(hinted);
  if (const auto per = per_in(folded.substr(best->end, 40)); per > 0) price.set_per(kPer[per]);
  return price;
}

}  // namespace vigie::parser
