#include "parser/signals.h"

#include "parser/contacts_signs.h"
#include "parser/letters.h"

namespace vigie::parser {

namespace {

constexpr std::size_t kMinJoinedBytes = 12, kMaxWordBytes = 160;  // "nullsiebeneins"; longer runs are no words
constexpr std::size_t kMaxNumberWordBytes = 24;
constexpr std::size_t kStretchBytes = 120;  // what a date or an age needs on either side
constexpr int kStretchWords = 8;

class Scanner {
 public:
  Scanner(std::string_view s, const Lexicon& lexicon) : s_(s), lexicon_(lexicon) {}

  Signals run() {
    for (std::size_t i = 0; i < s_.size();) {
      const auto c = static_cast<unsigned char>(s_[i]);
      if ((c | 32) >= 'a' && (c | 32) <= 'z') read_word(i);
      else if (c >= '0' && c <= '9') read_digits(i);
      else if (c < 0x80) ++i;
      else read_foreign(i);
    }
    return std::move(out_);
  }

 private:
  enum class Class : std::uint8_t { other, letter, digit, invisible };

  // The code point at byte `i`, which moves behind it.
  Class next(std::size_t& i) const {
    const auto lead = static_cast<unsigned char>(s_[i]);
    if (lead < 0x80) {
      ++i;
      return (lead | 32) >= 'a' && (lead | 32) <= 'z' ? Class::letter : lead >= '0' && lead <= '9' ? Class::digit : Class::other;
    }
    const char32_t c = next_letter(s_, i);
    if (c >= 0xC0 && c < 0x600) return c == 0xD7 || c == 0xF7 || (c >= 0x58A && c < 0x591) ? Class::other : Class::letter;
    if (c >= 0x620 && c < 0x660) return Class::letter;
    switch (sign_of(c).kind) {
      case Kind::letter: return Class::letter;
      case Kind::digit: return Class::digit;
      case Kind::invisible: case Kind::keycap: return Class::invisible;
      default: return Class::other;
    }
  }

  void read_foreign(std::size_t& i) {
    const auto at = i;
    const auto kind = next(i);
    if (kind == Class::letter) i = at, read_word(i);
    else if (kind == Class::digit) add({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(i), 0, 1});
  }

  void read_digits(std::size_t& i) {
    const auto at = i;
    while (i < s_.size() && s_[i] >= '0' && s_[i] <= '9') ++i;
    add({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(i), 0, static_cast<std::uint32_t>(i - at)});
  }

  void add(const Signal& signal) {
    out_.list.push_back(signal);
    out_.heads |= signal.heads;
    out_.digits += signal.digits;
  }

  // The apostrophe of "п'ять" is a letter.
  bool goes_over_apostrophe(std::size_t before, std::size_t i) const {
    return before > 0 && static_cast<unsigned char>(s_[before - 1]) >= 0x80 && i < s_.size() && (static_cast<unsigned char>(s_[i]) & 0xFC) == 0xD0;
  }

  void read_word(std::size_t& i) {
    const auto begin = i;
    bool plain = true;
    while (i < s_.size() && (s_[i] | 32) >= 'a' && (s_[i] | 32) <= 'z') ++i;
    auto end = i;
    if (i < s_.size() && static_cast<unsigned char>(s_[i]) < 0x80 && s_[i] != '\'') return add_word(begin, end, plain);
    while (i < s_.size()) {
      const auto before = i;
      const auto kind = next(i);
      plain &= static_cast<unsigned char>(s_[before]) < 0x80;
      if (kind == Class::letter) {
        end = i;
        continue;
      }
      if (kind == Class::invisible) continue;
      if (kind == Class::other && s_[before] == '\'' && goes_over_apostrophe(before, i)) continue;
      if (kind == Class::other && before + 3 == i && s_.substr(before, 3) == "’" && goes_over_apostrophe(before, i)) continue;
      break;
    }
    i = end;
    add_word(begin, end, plain);
  }

  void add_word(std::size_t begin, std::size_t end, bool plain) {
    if (end - begin > kMaxWordBytes) return;
    std::string_view word = s_.substr(begin, end - begin);
    if (plain) {
      key_.assign(word);
      for (auto& c : key_) c = static_cast<char>(c | 32);
    } else {
      fold_word(word, key_);
    }
    auto heads = lexicon_.heads(key_);
    if (heads == 0 && key_.size() >= kMinJoinedBytes && joins_numbers()) heads = kind_bit(WordKind::number);
    if (heads != 0) add({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), heads, 0});
  }

  // Does the word begin with two number words?
  bool joins_numbers() const {
    const auto number_at = [&](std::size_t from, auto&& then) {
      for (std::size_t n = 2; n <= kMaxNumberWordBytes && from + n <= key_.size(); ++n) {
        if ((lexicon_.heads(std::string_view(key_).substr(from, n)) & kind_bit(WordKind::number)) != 0 && then(from + n)) return true;
      }
      return false;
    };
    return number_at(0, [&](std::size_t second) { return number_at(second, [](std::size_t) { return true; }); });
  }

  std::string_view s_;
  const Lexicon& lexicon_;
  Signals out_;
  std::string key_;
};

}  // namespace

std::vector<Stretch> stretches_around(std::string_view s, const Signals& signals, std::uint32_t kinds, bool digits) {
  std::vector<Stretch> out;
  for (const auto& signal : signals.list) {
    if ((signal.heads & kinds) == 0 && !(digits && signal.digits > 0)) continue;
    if (!out.empty() && signal.end + kStretchWords <= out.back().end) continue;
    std::size_t from = signal.begin, to = signal.end;
    const auto least = from > kStretchBytes ? from - kStretchBytes : 0;
    const auto most = std::min(s.size(), to + kStretchBytes);
    for (int words = 0; from > least && words < kStretchWords; --from) words += s[from - 1] == ' ';
    while (from > 0 && s[from - 1] != ' ' && from < signal.begin) ++from;
    for (int words = 0; to < most && words < kStretchWords; ++to) words += s[to] == ' ';
    while (to < s.size() && (static_cast<unsigned char>(s[to]) & 0xC0) == 0x80) ++to;
    if (!out.empty() && from <= out.back().end) out.back().end = static_cast<std::uint32_t>(to);
    else out.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
  }
  return out;
}

Signals scan(std::string_view s, const Lexicon& lexicon) { return Scanner(s, lexicon).run(); }

}  // namespace vigie::parser
