#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/parser_disguise_words.h"

/// Invented ads with a phone number that hides, and ads full of numbers that are none. Written from what people do to
/// numbers, not from what the reader can undo. Same seed, same texts.
namespace disguise {

struct Sample {
  std::string kind, second;  // class of the disguise; the one it is combined with, or empty
  std::string lang, region, text;
  std::string e164;          // empty: there is no number in it
};

enum class Writer { digits, words, pairs, some_words, foreign_letters, latin_letters, fullwidth, circled, keycaps, math, arabic,
                    indic, dark_circled, superscript, segmented, zero_width, struck, english_words, capitals, bare_words, doubles };
enum class Joiner { usual, odd, changing, emoji, filler, spaced, tags, hidden, brackets, lines, commas, letters, dash_word, run_on, hyphened };
enum class Frame { any, code_words, plus_word, backwards, zero_in_brackets, double_zero };

struct Class {
  const char* name;
  Writer writer;
  Joiner joiner;
  Frame frame;
};

inline constexpr Class kClasses[] = {
    {"plain", Writer::digits, Joiner::usual, Frame::any},
    {"digit_words", Writer::words, Joiner::usual, Frame::any},
    {"pair_words", Writer::pairs, Joiner::usual, Frame::any},
    {"some_words", Writer::some_words, Joiner::usual, Frame::any},
    {"foreign_letters", Writer::foreign_letters, Joiner::usual, Frame::any},
    {"latin_letters", Writer::latin_letters, Joiner::usual, Frame::any},
    {"fullwidth", Writer::fullwidth, Joiner::usual, Frame::any},
    {"circled", Writer::circled, Joiner::usual, Frame::any},
    {"keycaps", Writer::keycaps, Joiner::usual, Frame::any},
    {"math_digits", Writer::math, Joiner::usual, Frame::any},
    {"arabic_digits", Writer::arabic, Joiner::usual, Frame::any},
    {"indic_digits", Writer::indic, Joiner::usual, Frame::any},
    {"dark_circled", Writer::dark_circled, Joiner::usual, Frame::any},
    {"superscript", Writer::superscript, Joiner::usual, Frame::any},
    {"segmented", Writer::segmented, Joiner::usual, Frame::any},
    {"zero_width", Writer::zero_width, Joiner::usual, Frame::any},
    {"struck_through", Writer::struck, Joiner::usual, Frame::any},
    {"english_words", Writer::english_words, Joiner::usual, Frame::any},
    {"capital_words", Writer::capitals, Joiner::usual, Frame::any},
    {"bare_words", Writer::bare_words, Joiner::usual, Frame::any},
    {"doubles", Writer::doubles, Joiner::usual, Frame::any},
    {"odd_separators", Writer::digits, Joiner::odd, Frame::any},
    {"changing_separators", Writer::digits, Joiner::changing, Frame::any},
    {"emoji_between", Writer::digits, Joiner::emoji, Frame::any},
    {"filler_words", Writer::digits, Joiner::filler, Frame::any},
    {"spaced_digits", Writer::digits, Joiner::spaced, Frame::any},
    {"tags", Writer::digits, Joiner::tags, Frame::any},
    {"hidden_elements", Writer::digits, Joiner::hidden, Frame::any},
    {"brackets", Writer::digits, Joiner::brackets, Frame::any},
    {"two_lines", Writer::digits, Joiner::lines, Frame::any},
    {"commas", Writer::digits, Joiner::commas, Frame::any},
    {"letters_inserted", Writer::digits, Joiner::letters, Frame::any},
    {"dash_words", Writer::words, Joiner::dash_word, Frame::any},
    {"run_on_words", Writer::words, Joiner::run_on, Frame::any},
    {"hyphened_words", Writer::words, Joiner::hyphened, Frame::any},
    {"code_in_words", Writer::digits, Joiner::usual, Frame::code_words},
    {"plus_as_word", Writer::digits, Joiner::usual, Frame::plus_word},
    {"backwards", Writer::digits, Joiner::usual, Frame::backwards},
    {"zero_in_brackets", Writer::digits, Joiner::usual, Frame::zero_in_brackets},
    {"double_zero", Writer::digits, Joiner::usual, Frame::double_zero},
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  Sample positive() {
    const auto& t = tongues()[below(tongues().size())];
    Class c = kClasses[below(std::size(kClasses))];
    Sample s;
    s.kind = c.name, s.lang = t.code;
    if (chance(35)) combine(c, s);
    number();
    s.region = region_;
    s.e164 = "+" + code_ + national_;
    s.text = around(t, hide(t, c), c.frame == Frame::backwards ? t.backwards : "");
    return s;
  }

  Sample negative() {
    const auto at = below(tongues().size());
    const auto& t = tongues()[at];
    number();
    Sample s;
    s.kind = "negative", s.lang = t.code, s.region = region_;
    const auto other = other_number(at);
    s.text = std::string(pick(t.talk)) + " " + other + (chance(50) ? ". " + std::string(pick(t.talk)) : "");
    return s;
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <typename T>
  const typename T::value_type& pick(const T& all) { return all[below(all.size())]; }
  std::string digits(std::size_t n) {
    std::string out;
    while (n-- > 0) out += static_cast<char>('0' + below(10));
    return out;
  }
  int between(int low, int high) { return low + static_cast<int>(below(static_cast<std::size_t>(high - low + 1))); }
  std::string text_of(int n, std::size_t width) {
    auto s = std::to_string(n);
    return s.size() < width ? std::string(width - s.size(), '0') + s : s;
  }

  void number() {
    struct Block { const char *region, *code, *head; std::size_t rest; const char* trunk; };
    static const std::vector<Block> blocks = {
        {"FR", "33", "19900", 4, "0"}, {"FR", "33", "26191", 4, "0"}, {"FR", "33", "35301", 4, "0"}, {"FR", "33", "46571", 4, "0"}, {"FR", "33", "53649", 4, "0"},
        {"FR", "33", "63998", 4, "0"}, {"GB", "44", "2079460", 3, "0"}, {"GB", "44", "1614960", 3, "0"}, {"GB", "44", "1174960", 3, "0"}, {"GB", "44", "7700900", 3, "0"},
        {"DE", "49", "17139200", 2, "0"}, {"SE", "46", "7017406", 2, "0"}, {"US", "1", "2025550", 3, ""}, {"AU", "61", "491570", 3, "0"}};
    const auto& b = pick(blocks);
    region_ = b.region, code_ = b.code, trunk_ = b.trunk;
    national_ = std::string(b.head) + (region_ == "US" ? "1" + digits(2) : digits(b.rest));
  }

  // Two disguises at once: how digits look from one class, how they are joined from another.
  void combine(Class& c, Sample& s) {
    const Class& other = kClasses[below(std::size(kClasses))];
    if (c.joiner == Joiner::usual && other.joiner != Joiner::usual && other.writer == Writer::digits) c.joiner = other.joiner;
    else if (c.writer == Writer::digits && other.writer != Writer::digits && other.joiner == Joiner::usual) c.writer = other.writer;
    else if (c.frame == Frame::any && other.frame != Frame::any && other.frame != Frame::backwards) c.frame = other.frame;
    else return;
    s.second = other.name;
  }

  // The groups in which it is said: pairs in France, and with pair words; else twos, threes and fours.
  std::vector<std::string> groups_of(const std::string& all, Writer w) {
    std::vector<std::string> out;
    if (w == Writer::pairs || (region_ == "FR" && all.size() % 2 == 0)) {
      std::size_t at = all.size() % 2;
      if (at > 0) out.push_back(all.substr(0, 1));
      for (; at < all.size(); at += 2) out.push_back(all.substr(at, 2));
      return out;
    }
    for (std::size_t at = 0; at < all.size();) {
      auto n = std::min<std::size_t>(2 + below(3), all.size() - at);
      if (all.size() - at - n == 1) n = n > 3 ? n - 1 : n + 1;
      out.push_back(all.substr(at, n));
      at += n;
    }
    return out;
  }

  std::string hide(const Tongue& t, const Class& c) {
    const bool international = c.frame == Frame::code_words || c.frame == Frame::plus_word || c.frame == Frame::zero_in_brackets ||
                               c.frame == Frame::double_zero || (c.frame == Frame::any && chance(25));
    auto body = international ? national_ : trunk_ + national_;
    if (c.frame == Frame::backwards) std::reverse(body.begin(), body.end());
    auto groups = groups_of(body, c.writer);
    if (c.frame == Frame::zero_in_brackets && !trunk_.empty()) groups.front() = "(0)" + groups.front();
    style_ = below(6), foreign_ = below(100), spot_ = below(groups.size());
    std::vector<std::string> written;
    for (std::size_t g = 0; g < groups.size(); ++g) written.push_back(write(t, c, groups[g], g));
    auto out = join(t, c, written);
    if (!international) return out;
    const bool worded = c.writer == Writer::words || c.writer == Writer::pairs || c.writer == Writer::capitals || c.writer == Writer::bare_words;
    const auto code = c.frame == Frame::code_words || (worded && chance(50)) ? words(t, code_, " ") : code_;
    if (c.frame == Frame::plus_word) return std::string(t.plus) + " " + code + " " + out;
    if (c.frame == Frame::double_zero) return "00" + code_ + (chance(50) ? " " : "") + out;
    if (c.frame == Frame::code_words) return (chance(50) ? "+" : std::string(t.plus) + " ") + code + " " + out;
    return "+" + code + " " + out;
  }

  static std::string words(const Tongue& t, std::string_view group, const char* gap) {
    std::string out;
    for (const char d : group) {
      if (d < '0' || d > '9') { out += d; continue; }
      if (!out.empty() && out.back() != '(') out += gap;
      out += t.ones[static_cast<std::size_t>(d - '0')];
    }
    return out;
  }

  std::string write(const Tongue& t, const Class& c, const std::string& group, std::size_t g) {
    const char* gap = c.joiner == Joiner::run_on ? "" : c.joiner == Joiner::hyphened ? "-" : " ";
    const auto& english = tongues()[3];
    switch (c.writer) {
      case Writer::words: return words(t, group, gap);
      case Writer::english_words: return words(english, group, gap);
      case Writer::capitals: return capitals(words(t, group, gap));
      case Writer::bare_words: return bare(words(t, group, gap));
      case Writer::doubles: return doubled(*t.twice ? t : english, group);
      case Writer::pairs: return group.size() == 2 && group[0] != '0' ? pair_word(t, std::stoi(group), static_cast<unsigned>(style_)) : words(t, group, " ");
      case Writer::some_words: return g == spot_ || chance(40) ? words(t, group, " ") : group;
      case Writer::foreign_letters: case Writer::latin_letters: return imitated(group, c.writer, g);
      case Writer::keycaps: return each(group, [](char d) { return std::string(1, d) + "\uFE0F\u20E3"; });
      case Writer::zero_width: return each(group, [&](char d) { return std::string(1, d) + pick(kInvisible); });
      case Writer::struck: return each(group, [](char d) { return std::string(1, d) + "\u0336"; });
      case Writer::digits: return group;
      default: return each(group, [&](char d) { return other_digit(c.writer, d); });
    }
  }

  template <typename F>
  static std::string each(const std::string& group, F&& f) {
    std::string out;
    for (const char d : group) out += d >= '0' && d <= '9' ? f(d) : std::string(1, d);
    return out;
  }

  static std::string utf8(char32_t c) {
    std::string out;
    if (c < 0x800) return {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 63))};
    if (c < 0x10000) return {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 63)), static_cast<char>(0x80 | (c & 63))};
    return {static_cast<char>(0xF0 | (c >> 18)), static_cast<char>(0x80 | ((c >> 12) & 63)), static_cast<char>(0x80 | ((c >> 6) & 63)), static_cast<char>(0x80 | (c & 63))};
  }

  std::string other_digit(Writer w, char d) const {
    const auto n = static_cast<char32_t>(d - '0');
    static constexpr char32_t kMath[] = {0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6};
    static constexpr char32_t kIndic[] = {0x6F0, 0x966, 0x9E6, 0xE50};
    switch (w) {
      case Writer::fullwidth: return utf8(0xFF10 + n);
      case Writer::circled: return utf8(n == 0 ? 0x24EA : 0x2460 + n - 1);
      case Writer::dark_circled: return utf8(n == 0 ? 0x24FF : 0x2776 + n - 1);
      case Writer::math: return utf8(kMath[foreign_ % 5] + n);
      case Writer::arabic: return utf8(0x660 + n);
      case Writer::indic: return utf8(kIndic[foreign_ % 4] + n);
      case Writer::segmented: return utf8(0x1FBF0 + n);
      default: return utf8(n == 1 ? 0xB9 : n == 2 || n == 3 ? 0xB0 + n : 0x2070 + n);  // superscript
    }
  }

  std::string imitated(const std::string& group, Writer w, std::size_t g) {
    static const std::vector<const char*> foreign[10] = {{"О", "о", "Ο", "ο"}, {"І", "і", "Ι"}, {}, {"З", "з"}, {"Ч", "ч"}, {}, {"б"}, {}, {"В"}, {}};
    static const std::vector<const char*> latin[10] = {{"O", "o"}, {"l", "I"}, {"Z"}, {}, {}, {"S"}, {}, {}, {"B"}, {}};
    std::string out;
    for (const char d : group) {
      const auto n = static_cast<std::size_t>(d - '0');
      const bool has = n < 10 && !(w == Writer::foreign_letters ? foreign : latin)[n].empty();
      if (has && chance(g == spot_ ? 90 : 55)) out += pick((w == Writer::foreign_letters ? foreign : latin)[n]);
      else out += d;
    }
    return out;
  }

  std::string doubled(const Tongue& t, const std::string& group) {
    std::string out;
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (!out.empty()) out += ' ';
      const bool twice = i + 1 < group.size() && group[i] == group[i + 1];
      out += twice ? std::string(t.twice) + " " : "";
      out += words(t, group.substr(i, 1), " ");
      i += twice;
    }
    return out;
  }

  static std::string mapped(std::string s, const std::vector<std::pair<const char*, const char*>>& table) {
    for (const auto& [from, to] : table) {
      for (std::size_t at = s.find(from); at != std::string::npos; at = s.find(from, at)) s.replace(at, std::string_view(from).size(), to);
    }
    return s;
  }
  // Accents left out, as on a foreign keyboard; other scripts as they are.
  static std::string bare(std::string s) {
    return mapped(std::move(s), {{"é", "e"}, {"è", "e"}, {"ê", "e"}, {"ë", "e"}, {"ü", "u"}, {"ö", "o"}, {"ș", "s"}, {"ț", "t"}, {"ă", "a"}, {"â", "a"},
                                 {"ę", "e"}, {"ć", "c"}, {"ś", "s"}, {"ó", "o"}, {"á", "a"}, {"í", "i"}, {"ú", "u"}, {"'", "’"}});
  }
  static std::string capitals(std::string s) {
    for (auto& c : s) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return mapped(std::move(s), {{"é", "É"}, {"ê", "Ê"}, {"ë", "Ë"}, {"ü", "Ü"}, {"ö", "Ö"}, {"ș", "Ș"}, {"ă", "Ă"}, {"ę", "Ę"}, {"ć", "Ć"}, {"ś", "Ś"}});
  }

  std::string join(const Tongue& t, const Class& c, const std::vector<std::string>& groups) {
    static const std::vector<const char*> usual = {" ", " ", "-", ".", ""}, odd = {"*", "_", "~", " | ", "•", "·", " = ", "#", " :: ", "/", "^", "…", "--", " – ", "+-+", "%", "¤", "→", "\\", " _ "},
        emoji = {"❤️", "🌸", "💋", "☎️", "⭐", "✨🔥", "📞", " 😊 ", "🍒"}, letters = {"x", "xx", "z", "o0o", "k", "abc", "X", "w"};
    const bool words = c.writer != Writer::digits && c.writer != Writer::foreign_letters && c.writer != Writer::latin_letters && c.writer != Writer::zero_width &&
                       !(c.writer >= Writer::fullwidth && c.writer <= Writer::struck);
    std::string same = pick(usual);
    if (words) same = chance(70) ? " " : chance(50) ? ", " : " - ";
    switch (c.joiner) {
      case Joiner::odd: same = pick(odd); break;
      case Joiner::emoji: same = pick(emoji); break;
      case Joiner::filler: same = " " + std::string(pick(t.fillers)) + " "; break;
      case Joiner::commas: same = chance(50) ? ", " : chance(50) ? "; " : ","; break;
      case Joiner::letters: same = words ? " " : pick(letters) == std::string("o0o") ? "k" : pick(letters); break;
      case Joiner::dash_word: same = " " + std::string(t.dash) + " "; break;
      case Joiner::run_on: same = words ? "" : same; break;
      case Joiner::hyphened: same = "-"; break;
      default: break;
    }
    if (same == "o0o") same = "y";
    std::string out;
    const auto half = groups.size() / 2;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      std::string gap = same;
      if (c.joiner == Joiner::changing) gap = chance(50) ? pick(odd) : pick(usual);
      if (c.joiner == Joiner::emoji && chance(40)) gap = pick(emoji);
      if (c.joiner == Joiner::filler && chance(40)) gap = " " + std::string(pick(t.fillers)) + " ";
      if (c.joiner == Joiner::tags) gap = style_ % 2 == 0 ? "</b><b>" : "</span> <span class=\"n\">";
      if (c.joiner == Joiner::hidden) gap = "<span style=\"display:none\">" + digits(2) + "</span>";
      if (c.joiner == Joiner::lines) gap = g == half ? (style_ % 2 == 0 ? "\n" : " <br> ") : same;
      if (c.joiner == Joiner::brackets) gap = " ";
      if (words && gap.empty() && c.joiner != Joiner::run_on) gap = " ";
      if (g > 0) out += gap;
      if (c.joiner == Joiner::brackets) out += (style_ % 3 == 0 ? "[" : style_ % 3 == 1 ? "(" : "{") + groups[g] + (style_ % 3 == 0 ? "]" : style_ % 3 == 1 ? ")" : "}");
      else if (c.joiner == Joiner::spaced && !words) out += spaced(groups[g]);
      else out += groups[g];
    }
    return c.joiner == Joiner::tags ? (style_ % 2 == 0 ? "<b>" + out + "</b>" : "<span class=\"n\">" + out + "</span>") : out;
  }

  // A blank after every character that is one to the eye.
  static std::string spaced(const std::string& s) {
    std::string out;
    for (std::size_t i = 0; i < s.size(); ++i) {
      const auto byte = static_cast<unsigned char>(s[i]);
      const bool starts = (byte & 0xC0) != 0x80 && byte != 0xE2 && byte != 0xEF && byte != 0xCC;  // marks and keycaps stay with their digit
      if (starts && i > 0) out += ' ';
      out += s[i];
    }
    return out;
  }

  std::string around(const Tongue& t, const std::string& number, const char* hint) {
    std::string call = pick(t.calls);
    call.replace(call.find('%'), 1, *hint ? number + " (" + hint + ")" : number);
    std::string out;
    if (chance(50)) out += std::string(pick(t.talk)) + " ";
    if (chance(30)) out += other_number(static_cast<std::size_t>(&t - tongues().data())) + ". ";
    out += call;
    if (chance(40)) out += ". " + std::string(pick(t.talk));
    return out;
  }

  std::string other_number(std::size_t tongue);

  static inline const std::vector<const char*> kInvisible = {"\u200B", "\u200C", "\u2060", "\uFEFF", "\u00AD"};
  std::mt19937_64 random_;
  std::string region_, code_, trunk_, national_;
  unsigned long style_ = 0, foreign_ = 0, spot_ = 0;
};

}  // namespace disguise
