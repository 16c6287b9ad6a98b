#include <algorithm>

#include "parser/contacts_lattice.h"
#include "parser/contacts_signs.h"
#include "parser/letters.h"

namespace vigie::parser {

namespace {

constexpr std::size_t kMaxRunBytes = 160;       // longer runs of letters and digits are no contact
constexpr std::size_t kMaxTagBytes = 300;
constexpr std::size_t kMaxPhraseTokens = 6;
constexpr std::size_t kMaxNoiseBytes = 4;       // letters put between groups of digits
constexpr std::size_t kMinJoinedBytes = 12;     // "nullsiebeneins": shorter runs are words of their own
constexpr std::size_t kMinJoinedBeside = 6;     // "NULL1ZWEI3": beside digits
constexpr std::size_t kMaxSpelledLetters = 12;  // "z é r o"

class Reader {
 public:
  Reader(std::string_view s, const Lexicon& lexicon) : s_(s), lexicon_(lexicon) { out_.text = s; }

  Lattice run() {
    std::size_t gap_begin = 0;
    for (std::size_t i = 0; i < s_.size();) {
      const auto at = i;
      if (s_[i] == '<' && skip_tag(i)) continue;
      const Sign sign = sign_of(next_letter(s_, i));
      const bool starts = sign.kind == Kind::letter || sign.kind == Kind::digit || (sign.c == '|' && !stands_alone(at));
      if (!starts) continue;
      i = at;
      const auto gap = read_gap(gap_begin, at);
      read_run(i, gap);
      gap_begin = i;
    }
    for (std::size_t t = 0; t < out_.tokens.size(); ++t) read_phrases(t);
    return std::move(out_);
  }

 private:
  // A bar between blanks parts; one beside a digit may be a 1.
  bool stands_alone(std::size_t at) const { return (at == 0 || s_[at - 1] == ' ') && (at + 1 >= s_.size() || s_[at + 1] == ' '); }

  // <b>, </b>, <span style="display:none">999</span>: the last takes its text with it.
  bool skip_tag(std::size_t& i) const {
    if (i + 1 >= s_.size()) return false;
    const char next = s_[i + 1];
    if (!((next | 32) >= 'a' && (next | 32) <= 'z') && next != '/') return false;
    const auto end = s_.substr(0, std::min(s_.size(), i + kMaxTagBytes)).find('>', i);
    if (end == std::string_view::npos) return false;
    const auto tag = s_.substr(i, end - i);
    const bool known = next == '/' || tag.size() < 3 || tag.find_first_of(" =") != std::string_view::npos || tag.size() < 9;
    if (!known) return false;
    const bool hidden = tag.find("display:none") != std::string_view::npos || tag.find("display: none") != std::string_view::npos ||
                        tag.find(" hidden") != std::string_view::npos || tag.find("visibility:hidden") != std::string_view::npos;
    i = end + 1;
    if (hidden) i = std::min(s_.find('<', i), s_.size());
    return true;
  }

  Gap read_gap(std::size_t begin, std::size_t end) const {
    Gap gap;
    gap.empty = begin == end;
    if (end - begin > 60 && s_.substr(begin, end - begin).find('<') == std::string_view::npos) gap.breaks = true;
    int blanks = 0, emoji = 0;
    std::size_t last_plus = end;
    for (std::size_t i = begin; i < end && !gap.breaks;) {
      if (s_[i] == '<' && skip_tag(i)) {
        gap.steps |= kStepMarkup;
        continue;
      }
      const char32_t c = next_letter(s_, i);
      const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == 0xA0 || c == 0x202F || (c >= 0x2000 && c <= 0x200A);
      if (blank) {
        ++blanks;
        continue;
      }
      const auto kind = sign_of(c).kind;
      if (kind == Kind::invisible || kind == Kind::keycap) continue;
      gap.plus = c == '+' || c == 0xFF0B || c == 0x2795;
      last_plus = gap.plus ? i : last_plus;
      if (is_emoji(c)) {
        ++emoji;
        continue;
      }
      if (gap.marks == 0) gap.mark = c;
      if (gap.marks < 200) ++gap.marks;
    }
    if (gap.plus && last_plus < end) gap.plus = end - begin < 3 || last_plus == end;
    if (gap.plus && parts_digits(begin)) gap.plus = false;
    gap.blank = blanks > 0;
    price_gap(gap, blanks, emoji);
    return gap;
  }

  // "06+39+98": a plus that is bound to digits on its left begins no country code.
  bool parts_digits(std::size_t begin) const { return !out_.tokens.empty() && !out_.tokens.back().word && s_[begin] != ' '; }

  // How unlikely it is that one number goes on over this.
  static void price_gap(Gap& gap, int blanks, int emoji) {
    if (emoji > 0) gap.steps |= kStepEmoji, gap.cost += .1F;
    if (blanks > 2) gap.cost += .1F;
    if (gap.marks > 8 || emoji > 6) gap.breaks = true;
    if (gap.marks == 0) return;
    const auto c = gap.mark;
    const bool usual = c == '-' || c == '.' || c == '/' || c == '(' || c == ')' || (c >= 0x2010 && c <= 0x2015);
    if (!usual || gap.marks > 2) gap.steps |= kStepSeparators, gap.cost += .1F;
    const bool between = c == ',' || c == ';' || c == ':' || c == '!' || c == '?' || c == 0x60C;
    if (between && gap.blank) gap.cost += gap.marks > 1 ? .4F : .7F;
    if (c == '/' && gap.blank) gap.cost += .6F;
    if (c == '.' && gap.blank && gap.marks == 1) gap.cost += .3F;
    if (c == '@') gap.breaks = true;
  }

  // Most runs are plain words: no look at every letter's class.
  bool read_plain_word(std::size_t& i, const Gap& gap) {
    const auto letter = [&](std::size_t k) { return (s_[k] | 32) >= 'a' && (s_[k] | 32) <= 'z'; };
    auto end = i;
    bool imitates = true;
    for (; end < s_.size() && letter(end); ++end) imitates &= imitation_of(static_cast<unsigned char>(s_[end])) != nullptr;
    const bool ends = end == s_.size() || (static_cast<unsigned char>(s_[end]) < 0x80 && s_[end] != '|' && !(s_[end] >= '0' && s_[end] <= '9'));
    if (end == i || !ends || (imitates && end - i <= 7) || end - i > kMaxRunBytes) return false;
    add_word(i, end, gap);
    i = end;
    return true;
  }

  void read_run(std::size_t& i, const Gap& gap) {
    if (read_plain_word(i, gap)) return;
    signs_.clear();
    ends_.clear();
    std::uint32_t hidden = 0;
    const auto begin = i;
    std::size_t end = i;
    while (i < s_.size()) {
      if (s_[i] == '<') break;
      const auto before = i;
      const Sign sign = sign_of(next_letter(s_, i));
      if (sign.kind == Kind::invisible) {
        if (sign.c < 0xFE00 || sign.c > 0xFE0F) hidden |= kStepInvisible;
        continue;
      }
      if (sign.kind == Kind::keycap) {
        hidden |= kStepEmoji;
        end = i;
        continue;
      }
      if (!signs_.empty() && signs_.back().kind == Kind::digit && is_mark(sign)) {  // struck through
        hidden |= kStepInvisible;
        end = i;
        continue;
      }
      if (is_apostrophe(sign.c) && !signs_.empty() && is_cyrillic(signs_.back().c) && i < s_.size() && static_cast<unsigned char>(s_[i]) >= 0xD0 &&
          static_cast<unsigned char>(s_[i]) < 0xD4) {
        signs_.push_back({sign.c, Kind::letter, -1, false});
        ends_.push_back({static_cast<std::uint32_t>(before), static_cast<std::uint32_t>(i)});
        continue;
      }
      const bool bar = sign.c == '|' && !signs_.empty();
      if (sign.kind == Kind::other && !bar && !(sign.c == '|' && before == begin)) {
        i = before;
        break;
      }
      signs_.push_back(sign);
      ends_.push_back({static_cast<std::uint32_t>(before), static_cast<std::uint32_t>(i)});
      end = i;
      if (i - begin > kMaxRunBytes) break;
    }
    i = end;
    if (i == begin) ++i;  // cannot be: a run starts with a letter, a digit or a bar
    if (ends_.empty() || i - begin > kMaxRunBytes) return add_word(begin, i, gap);
    split_run(gap, hidden);
  }

  // One token if all of it can be digits; else its stretches of letters and digits, one token each.
  void split_run(const Gap& gap, std::uint32_t hidden) {
    const auto has = [&](Kind k) { return std::any_of(signs_.begin(), signs_.end(), [&](const Sign& s) { return s.kind == k; }); };
    const auto bars = std::count_if(signs_.begin(), signs_.end(), [](const Sign& s) { return s.c == '|'; });
    if (!has(Kind::letter) && bars == 0) return add_digits(0, signs_.size(), gap, hidden);
    if (!has(Kind::digit) && bars == 0) return add_letters(0, signs_.size(), gap);
    if (has(Kind::letter) && bars == 0 && add_noisy(gap, hidden)) return;
    Gap next = gap;
    const auto kind = [&](std::size_t n) { return signs_[n].c == '|' ? Kind::other : signs_[n].kind; };
    const auto first = out_.tokens.size();
    for (std::size_t n = 0; n < signs_.size();) {
      std::size_t m = n;
      while (m < signs_.size() && kind(m) == kind(n)) ++m;
      if (kind(n) == Kind::digit) add_digits(n, m, next, hidden);
      if (kind(n) == Kind::letter) add_letters(n, m, next);
      if (kind(n) == Kind::other) {
        next = Gap{};
        next.mark = '|', next.marks = 1, next.empty = false, next.steps = kStepSeparators, next.cost = .15F;
      } else {
        next = Gap{};
      }
      n = m;
    }
    add_imitation(first, gap, hidden);
    add_leet(first, hidden);
  }

  // "z3ro", "0ne": a number word in which digits stand for letters.
  void add_leet(std::size_t first, std::uint32_t hidden) {
    constexpr const char* kLetters[] = {"o", "i", "z", "e", "a", "s", "g", "t", "b", "g"};
    if (out_.tokens.size() == first || signs_.size() > 14) return;
    std::string word;
    for (const auto& sign : signs_) {
      if (sign.kind == Kind::digit && (sign.value < 0 || sign.value > 9)) return;
      if (sign.kind == Kind::digit) word += kLetters[sign.value];
      else append_letter(word, sign.c);
    }
    std::string key;
    fold_word(word, key);
    for (const auto& sense : lexicon_.senses(key)) {
      if (sense.kind != WordKind::number || sense.value > 99) continue;
      Reading reading;
      reading.digits = std::to_string(sense.value), reading.languages = sense.languages;
      reading.cost = .15F, reading.steps = kStepWords | kStepHomoglyph | hidden;
      reading.tokens = static_cast<std::uint16_t>(out_.tokens.size() - first);
      late_.push_back({static_cast<std::uint32_t>(first), reading});
    }
  }

  void add_imitation(std::size_t first, const Gap& gap, std::uint32_t hidden) {
    Reading reading;
    reading.steps = kStepHomoglyph | hidden;
    if (!imitate(0, signs_.size(), reading)) return;
    if (out_.tokens.size() == first) {  // bars alone
      Token token;
      token.begin = ends_.front().begin, token.end = ends_.back().end, token.gap = gap;
      out_.tokens.push_back(token);
    }
    reading.tokens = static_cast<std::uint16_t>(out_.tokens.size() - first);
    late_.push_back({static_cast<std::uint32_t>(first), reading});
  }

  bool imitate(std::size_t n, std::size_t m, Reading& reading) const {
    for (; n < m; ++n) {
      const Sign& sign = signs_[n];
      if (sign.kind == Kind::digit) {
        reading.digits += std::to_string(int{sign.value});
        continue;
      }
      const auto* latin = imitation_of(sign.c);
      const int foreign = sign.c < 0x80 ? -1 : lexicon_.imitated_digit(sign.c);
      if (latin == nullptr && foreign < 0) return false;
      reading.digits += foreign >= 0 ? static_cast<char>('0' + foreign) : latin->digit;
      reading.cost += foreign >= 0 ? .2F : latin->cost;
    }
    return reading.digits.size() <= 17;
  }

  // "0x2x0x7x9", "35abc30abc10", "0a1b9c9d": letters between digits are separators, if they keep a pattern.
  bool add_noisy(const Gap& gap, std::uint32_t hidden) {
    std::u32string first, noise;
    std::string digits;
    int gaps = 0;
    bool same = true, single = true;
    const auto close = [&] {
      if (noise.empty()) return;
      ++gaps;
      if (first.empty()) first = noise;
      same &= noise == first;
      single &= noise.size() == 1;
      noise.clear();
    };
    for (const auto& sign : signs_) {
      if (sign.kind == Kind::digit) {
        close();
        digits += std::to_string(int{sign.value});
      } else if (digits.empty() || noise.size() == kMaxNoiseBytes) {
        return false;
      } else {
        noise += fold_letter(sign.c);
      }
    }
    const bool few = single && !same && gaps < 4 && digits.size() >= 9;  // "020A7946B0112": much like a code
    const bool pattern = (same && gaps >= 2) || (single && gaps >= 4) || (few && gaps >= 2);
    if (!noise.empty() || !pattern || digits.size() < 6 || digits.size() > 17) return false;
    Token token = start(0, signs_.size(), gap);
    Reading reading;
    const bool size = same && gaps == 2 && (first == U"x" || first == U"\u0445");  // 120x200x45
    reading.digits = digits, reading.steps = kStepSeparators | hidden, reading.cost = few ? 1.3F : size ? .9F : same ? .2F : .5F;
    push(token, {reading});
    return true;
  }

  void add_digits(std::size_t n, std::size_t m, const Gap& gap, std::uint32_t hidden) {
    Token token = start(n, m, gap);
    Reading reading;
    reading.steps = hidden;
    bool foreign = false;
    for (std::size_t k = n; k < m; ++k) {
      reading.digits += std::to_string(int{signs_[k].value});
      foreign |= signs_[k].foreign;
    }
    if (foreign) reading.steps |= kStepUnicodeDigits;
    token.plain = reading.steps == 0;
    if (reading.digits.size() > 17) return push(token, {});
    push(token, {reading});
  }

  void add_letters(std::size_t n, std::size_t m, const Gap& gap) {
    Token token = start(n, m, gap);
    token.word = true;
    Reading reading;
    std::vector<Reading> found;
    if (m - n <= 7 && imitate(n, m, reading)) {
      reading.steps = kStepHomoglyph;
      const bool strong = reading.cost <= .21F * static_cast<float>(m - n);  // O, I, l and foreign letters; not "al", "to"
      reading.cost += strong ? .35F : 1.1F;
      reading.letters_only = true;
      found.push_back(reading);
    }
    push(token, found);
  }

  void add_word(std::size_t begin, std::size_t end, const Gap& gap) {
    Token token;
    token.begin = static_cast<std::uint32_t>(begin), token.end = static_cast<std::uint32_t>(end), token.gap = gap, token.word = true;
    push(token, {});
  }

  Token start(std::size_t n, std::size_t m, const Gap& gap) const {
    Token token;
    token.begin = ends_[n].begin;
    token.end = ends_[m - 1].end;
    token.gap = gap;
    return token;
  }

  void push(Token token, const std::vector<Reading>& readings) {
    token.first = static_cast<std::uint32_t>(out_.readings.size());
    token.count = static_cast<std::uint32_t>(readings.size());
    out_.readings.insert(out_.readings.end(), readings.begin(), readings.end());
    out_.tokens.push_back(token);
  }

  // Words and phrases that start at token `t`; its readings move to the end, so that they stay together.
  void read_phrases(std::size_t t) {
    auto& more = more_;
    more.clear();
    while (late_at_ < late_.size() && late_[late_at_].token <= t) {
      if (late_[late_at_].token == t) more.push_back(late_[late_at_].reading);
      ++late_at_;
    }
    Token& token = out_.tokens[t];
    if (token.word) read_words(t, more);
    if (more.empty()) return;
    const std::vector<Reading> old(out_.readings.begin() + token.first, out_.readings.begin() + token.first + token.count);
    token.first = static_cast<std::uint32_t>(out_.readings.size());
    out_.readings.insert(out_.readings.end(), old.begin(), old.end());
    out_.readings.insert(out_.readings.end(), more.begin(), more.end());
    token.count = static_cast<std::uint32_t>(old.size() + more.size());
  }

  void read_words(std::size_t t, std::vector<Reading>& more) {
    Token& token = out_.tokens[t];
    fold_word(out_.word(token), key_);
    const auto single = key_.size();
    const float odd = odd_case(out_.word(token)) ? .6F : 0;
    const bool known = lexicon_.heads(key_) != 0;  // most words begin no phrase
    for (std::size_t n = 1; known; ++n) {
      take_senses(token, n, lexicon_.senses(key_), more);
      if (n == kMaxPhraseTokens || t + n >= out_.tokens.size() || !lexicon_.starts_phrase(key_)) break;
      const Token& next = out_.tokens[t + n];
      if (!next.word || next.gap.empty || (next.gap.marks > 0 && ((next.gap.mark != '-' && !is_apostrophe(next.gap.mark)) || next.gap.marks > 1))) break;
      fold_word(out_.word(next), piece_);
      key_.append(" ").append(piece_);
    }
    // "soixante-dix" is 70 before it is 60 and 10; "STo" is hardly the word "sto".
    std::uint16_t longest = 0;
    for (const auto& r : more) longest = std::max(longest, r.steps & kStepWords ? r.tokens : std::uint16_t{0});
    for (auto& r : more) {
      if (r.steps & kStepWords) r.cost += odd + (r.tokens < longest ? .7F : 0) + (r.digits.size() > 2 ? .3F : 0);
    }
    key_.resize(single);
    const bool beside = (t > 0 && token.gap.empty && !out_.tokens[t - 1].word) || (t + 1 < out_.tokens.size() && out_.tokens[t + 1].gap.empty && !out_.tokens[t + 1].word);
    if (more.empty() && single <= kMaxRunBytes && single >= (beside ? kMinJoinedBeside : kMinJoinedBytes)) read_joined(key_, beside ? 2 : 3, lexicon_, more);
    if (more.empty() && single >= 3 && single <= 24) read_stretched(key_, lexicon_, more);
    if (token.end - token.begin <= 2) read_spelled(t, more);
  }

  bool is_letter_alone(std::size_t t) const {
    const Token& token = out_.tokens[t];
    std::size_t i = token.begin;
    next_letter(s_, i);
    return token.word && i == token.end;
  }

  // "z é r o", "n.e.u.f": a number word letter by letter, with one kind of gap.
  void read_spelled(std::size_t t, std::vector<Reading>& more) {
    if (!is_letter_alone(t) || t + 1 >= out_.tokens.size()) return;
    const auto mark = out_.tokens[t + 1].gap.mark;
    std::string word(key_);
    for (std::size_t n = 1; n < kMaxSpelledLetters && t + n < out_.tokens.size(); ++n) {
      const Token& next = out_.tokens[t + n];
      if (next.gap.empty || next.gap.breaks || next.gap.marks > 1 || next.gap.mark != mark || !is_letter_alone(t + n)) return;
      fold_word(out_.word(next), piece_);
      word += piece_;
      if ((lexicon_.heads(word) & kind_bit(WordKind::number)) == 0) continue;
      for (const auto& sense : lexicon_.senses(word)) {
        if (sense.kind != WordKind::number || sense.value > 99) continue;
        Reading reading;
        reading.digits = std::to_string(sense.value), reading.languages = sense.languages, reading.cost = .2F;
        reading.steps = kStepWords | kStepSeparators, reading.tokens = static_cast<std::uint16_t>(n + 1);
        more.push_back(reading);
      }
    }
  }

  static bool odd_case(std::string_view word) {
    bool lower = false, upper_later = false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      lower |= word[i] >= 'a' && word[i] <= 'z';
      upper_later |= i > 0 && word[i] >= 'A' && word[i] <= 'Z';
    }
    return lower && upper_later;
  }

  void take_senses(Token& token, std::size_t n, const std::vector<WordSense>& senses, std::vector<Reading>& more) {
    for (const auto& sense : senses) {
      Reading reading;
      reading.tokens = static_cast<std::uint16_t>(n);
      reading.languages = sense.languages;
      reading.steps = kStepWords;
      reading.cost = .05F;
      switch (sense.kind) {
        case WordKind::number:
          if (sense.value > 999) break;
          reading.digits = std::to_string(sense.value);
          more.push_back(reading);
          break;
        case WordKind::times:
          reading.times = static_cast<std::uint8_t>(sense.value);
          reading.steps |= kStepMultiplier;
          more.push_back(reading);
          break;
        case WordKind::plus: reading.plus = true; more.push_back(reading); break;
        case WordKind::filler: token.filler = static_cast<std::uint8_t>(n); break;
        case WordKind::call:
          token.call = true;
          if (n > 1) call_end_ = static_cast<std::size_t>(&token - out_.tokens.data()) + n;
          break;
        // Not inside "area code".
        case WordKind::not_phone: token.not_phone |= static_cast<std::size_t>(&token - out_.tokens.data()) >= call_end_; break;
        case WordKind::unit: token.unit |= n == 1; break;
        case WordKind::at: token.at = static_cast<std::uint8_t>(n); break;
        case WordKind::sign: token.sign = static_cast<char>(sense.value), token.sign_words = static_cast<std::uint8_t>(n); break;
        case WordKind::dot: token.dot |= n == 1; break;
        case WordKind::backwards: token.backwards = true; break;
        default: break;
      }
    }
  }

  struct Bytes {
    std::uint32_t begin, end;
  };
  struct Late {
    std::uint32_t token;
    Reading reading;
  };
  std::string_view s_;
  const Lexicon& lexicon_;
  Lattice out_;
  std::vector<Sign> signs_;
  std::vector<Bytes> ends_;
  std::vector<Late> late_;
  std::size_t late_at_ = 0;
  std::size_t call_end_ = 0;  // token behind a phrase that announces a number
  std::vector<Reading> more_;
  std::string key_, piece_;
};

}  // namespace

Lattice read_lattice(std::string_view s, const Lexicon& lexicon) {
  constexpr std::string_view kTurned = "\u202E", kBack = "\u202C";
  auto lattice = Reader(s, lexicon).run();
  // What an override shows from right to left stands backwards in the text.
  for (auto at = s.find(kTurned); at != std::string_view::npos; at = s.find(kTurned, at + 1)) {
    const auto end = std::min(s.find(kBack, at), s.size());
    for (auto& token : lattice.tokens) token.backwards |= token.begin >= at && token.begin < end;
  }
  return lattice;
}

}  // namespace vigie::parser
