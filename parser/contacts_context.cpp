#include <algorithm>
#include <cstdlib>

#include "parser/contacts_lattice.h"

// Numbers that are not for calling. A token marked dead ends every number, so a mark must be sure of itself.
namespace vigie::parser {

namespace {

constexpr std::size_t kMaxList = 64;  // tokens of a row that are looked at from each of its tokens

class Marker {
 public:
  explicit Marker(Lattice& lattice) : l_(lattice), t_(lattice.tokens) {}

  void run() {
    for (std::size_t i = 0; i < t_.size(); ++i) {
      if (t_[i].plain) {
        mark_amount(i);
        mark_clock(i);
        mark_date(i);
        mark_decimal(i);
        mark_list(i);
        mark_number_sign(i);
      }
      if (t_[i].word) mark_code(i);
    }
  }

 private:
  std::string_view digits(std::size_t i) const { return l_.word(t_[i]); }
  int value(std::size_t i) const { return digits(i).size() > 6 ? 1'000'000 : std::atoi(std::string(digits(i)).c_str()); }
  bool plain(std::size_t i) const { return i < t_.size() && t_[i].plain; }
  // Is token i bound to the one before by exactly this sign, without blanks?
  bool bound(std::size_t i, char32_t mark) const {
    return i < t_.size() && t_[i].gap.mark == mark && t_[i].gap.marks == 1 && !t_[i].gap.blank;
  }
  bool padded(std::size_t i) const { return digits(i).size() > 1 && digits(i).front() == '0'; }
  bool tight(std::size_t i) const { return i < t_.size() && (t_[i].gap.empty || (t_[i].gap.marks == 0 && t_[i].gap.blank)); }
  char before(std::size_t i) const { return t_[i].begin > 0 ? l_.text[t_[i].begin - 1] : ' '; }
  char after(std::size_t i) const { return t_[i].end < l_.text.size() ? l_.text[t_[i].end] : ' '; }
  std::string_view rest(std::size_t i) const { return l_.text.substr(t_[i].end, 5); }

  static bool is_money(std::string_view s) {
    while (!s.empty() && s.front() == ' ') s.remove_prefix(1);
    return s.starts_with("€") || s.starts_with("$") || s.starts_with("£") || (s.starts_with("%") && !(s.size() > 1 && s[1] >= '0' && s[1] <= '9')) || 
           s.starts_with("₽") || s.starts_with("₴") || s.starts_with("₺") || s.starts_with("zł");
  }

  // "01°99°00": three numbers or more with this sign between them.
  bool row_of(std::size_t i, char32_t mark) const {
    const bool next = plain(i + 1) && bound(i + 1, mark), last = i > 0 && plain(i - 1) && bound(i, mark);
    return (next && last) || (next && plain(i + 2) && bound(i + 2, mark)) || (last && i > 1 && plain(i - 2) && bound(i - 1, mark));
  }

  void mark_amount(std::size_t i) {
    const auto size = digits(i).size();
    if (size > 7) return;
    const bool unit_follows = i + 1 < t_.size() && t_[i + 1].unit && tight(i + 1) && !(i + 2 < t_.size() && t_[i + 2].gap.empty && digits(i + 2).size() > 1);
    std::size_t k = t_[i].begin;
    while (k > 0 && l_.text[k - 1] == ' ') --k;
    const auto head = l_.text.substr(k >= 3 ? k - 3 : 0, std::min<std::size_t>(k, 3));
    const bool sign_before = head.ends_with("€") || head.ends_with("$") || head.ends_with("£");
    const bool short_unit = unit_follows && t_[i + 1].end - t_[i + 1].begin == 1;  // "m", "h": only when bound or small
    const bool degrees = rest(i).starts_with("°") && !row_of(i, 0xB0);
    if (is_money(rest(i)) || degrees || sign_before || (unit_follows && (!short_unit || size < 4))) t_[i].dead = true;
  }

  // "#78953 | 660": the number of a thing.
  void mark_number_sign(std::size_t i) {
    const auto size = digits(i).size();
    const bool part = i + 1 < t_.size() && plain(i + 1) && (bound(i + 1, '-') || bound(i + 1, '#') || bound(i + 1, '.') || tight(i + 1));
    const bool row = i > 0 && plain(i - 1) && !t_[i].gap.blank;
    if (before(i) == '#' && size >= 3 && size <= 8 && !part && !row) t_[i].dead = true;
  }

  void mark_clock(std::size_t i) {
    const bool colon = bound(i + 1, ':') && plain(i + 1) && digits(i + 1).size() == 2 && value(i) < 25 && value(i + 1) < 60;
    const bool always = bound(i + 1, '/') && plain(i + 1) && digits(i) == "24" && value(i + 1) == 7;
    // "01:99:00:12:34" has more parts than a clock.
    std::size_t parts = 2, first = i;
    while (first > 0 && bound(first, ':') && plain(first - 1) && parts < 6) --first, ++parts;
    for (std::size_t k = i + 2; bound(k, ':') && plain(k) && parts < 6; ++k) ++parts;
    mark_hours(i);
    if (colon && parts > 3) return;
    if (colon || always) t_[i].dead = t_[i + 1].dead = true;
    if (colon && bound(i + 2, ':') && plain(i + 2)) t_[i + 2].dead = true;
  }

  // 9h30, 17h00
  void mark_hours(std::size_t i) {
    if (i + 2 >= t_.size() || !t_[i + 1].word || !plain(i + 2) || !t_[i + 1].gap.empty || !t_[i + 2].gap.empty) return;
    const bool hours = (digits(i + 1) == "h" || digits(i + 1) == "H") && digits(i).size() <= 2 && value(i) < 25 && digits(i + 2).size() == 2 && value(i + 2) < 60;
    const bool alone = !(i > 0 && t_[i].gap.empty) && !(i + 3 < t_.size() && t_[i + 3].gap.empty);
    if (hours && alone) t_[i].dead = t_[i + 1].dead = t_[i + 2].dead = true;
  }

  void mark_date(std::size_t i) {
    if (!plain(i + 1) || !plain(i + 2)) return;
    const auto mark = t_[i + 1].gap.mark;
    if ((mark != '/' && mark != '.' && mark != '-') || !bound(i + 1, mark) || !bound(i + 2, mark)) return;
    if (bound(i, mark) || (plain(i + 3) && bound(i + 3, mark))) return;  // part of a longer row
    const int a = value(i), b = value(i + 1), c = value(i + 2);
    const auto year = [&](std::size_t n) { return digits(n).size() == 4 && value(n) >= 1900 && value(n) <= 2099; };
    const bool day_first = a >= 1 && b >= 1 && a <= 31 && b <= 31 && (a <= 12 || b <= 12) && digits(i).size() <= 2 && (year(i + 2) || digits(i + 2).size() == 2);
    const bool year_first = year(i) && b >= 1 && b <= 12 && c >= 1 && c <= 31;
    if (day_first || year_first) t_[i].dead = t_[i + 1].dead = t_[i + 2].dead = true;
  }

  void mark_decimal(std::size_t i) {
    if (!plain(i + 1) || digits(i).size() > 3) return;
    const auto mark = t_[i + 1].gap.mark;
    if ((mark != '.' && mark != ',') || !bound(i + 1, mark)) return;
    const auto size = digits(i + 1).size();
    const bool alone = !(plain(i + 2) && (bound(i + 2, '.') || bound(i + 2, '-') || bound(i + 2, ',') || (tight(i + 2) && digits(i + 2).size() >= 2 && !t_[i + 2].gap.empty))) &&
                       !(i > 0 && plain(i - 1) && (bound(i, '.') || bound(i, '-') || bound(i, ',') || tight(i)));
    const bool coordinate = size >= 4 && value(i) <= 180 && alone;
    const bool money = mark == ',' && size == 2 && alone;
    const bool address = mark == '.' && plain(i + 2) && plain(i + 3) && bound(i + 2, '.') && bound(i + 3, '.') && value(i) < 256 &&
                         value(i + 1) < 256 && value(i + 2) < 256 && value(i + 3) < 256 && (value(i) > 99 || value(i + 1) > 99) && !(plain(i + 4) && bound(i + 4, '.')) &&
                         !padded(i) && !padded(i + 1) && !padded(i + 2) && !padded(i + 3);
    if (coordinate || money) t_[i].dead = t_[i + 1].dead = true;
    if (address) t_[i].dead = t_[i + 1].dead = t_[i + 2].dead = t_[i + 3].dead = true;
  }

  // 19 20 21 22, 101 102 103, 10 9 8 7, 1998 2001 2005: counting, ages, rooms, years.
  void mark_list(std::size_t i) {
    if (t_[i].dead || digits(i).size() > 4) return;
    // "0 1 9 9 0 0 1 2 3 4": the end of a row of single digits is no list of its own.
    if (digits(i).size() == 1 && i > 0 && plain(i - 1) && t_[i].gap.marks <= 2 && !t_[i].gap.breaks) return;
    std::size_t end = i + 1;
    while (end - i < kMaxList && plain(end) && digits(end).size() <= 4 && t_[end].gap.marks <= 2 && !t_[end].gap.breaks) ++end;
    const auto n = end - i;
    if (n < 3) return;
    std::size_t steady = 0, years = 0, rising = 0, round = 0;
    for (std::size_t k = i; k < end; ++k) {
      years += digits(k).size() == 4 && value(k) >= 1900 && value(k) < 2100;
      round += value(k) >= 10 && value(k) % 10 == 0 && digits(k).front() != '0';
      if (k == i) continue;
      const int step = value(k) - value(k - 1);
      steady += step == value(i + 1) - value(i) && step != 0 && std::abs(step) <= 50 ;
      rising += step > 0;
    }
    std::size_t lead = 0;  // 2000/2007/2015, 23%
    while (lead < n && digits(i + lead).size() == 4 && value(i + lead) >= 1900 && value(i + lead) < 2100) ++lead;
    for (std::size_t k = i; lead >= 3 && k < i + lead; ++k) t_[k].dead = true;
    const bool counting = steady == n - 1 && n >= 4;
    const bool list = rising == n - 1 && round == n && n >= 4;
    if (counting || years == n || list) {
      for (std::size_t k = i; k < end; ++k) t_[k].dead = true;
    }
  }

  // Letters bound to digits: BE0123456789, 5f2b8c1e, 89AB-CDEF; and IBAN: two letters, two digits, groups of four.
  void mark_code(std::size_t i) {
    const auto size = t_[i].end - t_[i].begin;
    const bool capitals = size == 2 && l_.text[t_[i].begin] >= 'A' && l_.text[t_[i].begin] <= 'Z' && l_.text[t_[i].begin + 1] >= 'A' && l_.text[t_[i].begin + 1] <= 'Z';
    if (capitals && plain(i + 1) && t_[i + 1].gap.empty && digits(i + 1).size() >= 2) {
      const bool iban = digits(i + 1).size() == 2 || digits(i + 1).size() > 12;
      const bool vat = digits(i + 1).size() >= 8;
      if (vat) t_[i + 1].dead = true;
      for (std::size_t k = i + 1; iban && k < t_.size() && k < i + 10; ++k) {
        if (k > i + 1 && (t_[k].gap.marks > 0 || t_[k].end - t_[k].begin > 4)) break;
        t_[k].dead = true;
      }
    }
    // F-75001, B-1000, D-10115, NL-1012
    const bool country = size <= 2 && l_.text[t_[i].begin] >= 'A' && l_.text[t_[i].begin] <= 'Z' && bound(i + 1, '-') && plain(i + 1);
    if (country && digits(i + 1).size() >= 4 && digits(i + 1).size() <= 5 && !(plain(i + 2) && bound(i + 2, '-'))) t_[i + 1].dead = true;
    mark_hex(i);
  }

  void mark_hex(std::size_t i) {
    std::size_t end = i, digits_seen = 0, letters = 0;
    while (end < t_.size() && (end == i || t_[end].gap.empty)) {
      (t_[end].word ? letters : digits_seen) += 1;
      ++end;
    }
    std::size_t begin = i;
    while (begin > 0 && t_[begin].gap.empty) --begin;
    const auto bytes = t_[end - 1].end - t_[begin].begin;
    if (letters < 2 || digits_seen < 2 || bytes < 10) return;
    for (std::size_t k = begin; k < end; ++k) {
      const auto piece = l_.word(t_[k]);
      const bool hex = piece.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
      if (!hex) return;
    }
    for (std::size_t k = begin; k < end; ++k) t_[k].dead = true;
  }

  Lattice& l_;
  std::vector<Token>& t_;
};

}  // namespace

void mark_other_numbers(Lattice& lattice) { Marker(lattice).run(); }

}  // namespace vigie::parser
