#include <algorithm>
#include <charconv>
#include <cmath>

#include "parser/contacts_lattice.h"
#include "parser/fields.h"
#include "parser/signals.h"

namespace vigie::parser {

namespace {

constexpr std::pair<Step, const char*> kStepNames[] = {
    {kStepWords, "words"},           {kStepHomoglyph, "homoglyph"}, {kStepSplit, "split"},
    {kStepSeparators, "separators"}, {kStepReversed, "reversed"},   {kStepEmoji, "emoji"},
    {kStepMultiplier, "multiplier"}, {kStepUnicodeDigits, "unicode_digits"}, {kStepInvisible, "invisible"},
    {kStepMarkup, "markup"}};

constexpr std::size_t kMaxGapBytes = 72;       // between two groups of one number
constexpr std::size_t kMaxTaggedGapBytes = 330;  // with tags among them
constexpr std::uint32_t kMinWeight = 4;        // digits that a number keeps however it hides; a number word counts for two
constexpr std::size_t kContextWords = 10, kMaxContextBytes = 220;
constexpr std::size_t kMailBytes = 90;         // from "at" to the dot of a spelled address

void kill_taken(Lattice& lattice, std::size_t offset, const std::vector<Taken>& taken) {
  std::size_t at = 0;
  for (auto& token : lattice.tokens) {
    while (at < taken.size() && taken[at].end <= token.begin + offset) ++at;
    if (at < taken.size() && taken[at].begin < token.end + offset) token.dead = true;
  }
}

bool may_hold_contact(std::string_view s) { return s.size() >= 7; }

using Stretch = std::pair<std::size_t, std::size_t>;  // begin, end: bytes

// Some words on either side, in which a number's context stands.
Stretch with_context(std::string_view s, std::size_t begin, std::size_t end) {
  std::size_t words = 0, from = begin, to = end;
  for (; from > 0 && begin - from < kMaxContextBytes && words < kContextWords; --from) words += s[from - 1] == ' ' || s[from - 1] == '\n';
  while (from > 0 && from < begin && s[from] != ' ' && s[from] != '\n') ++from;
  words = 0;
  for (; to < s.size() && to - end < kMaxContextBytes && words < kContextWords; ++to) words += s[to] == ' ' || s[to] == '\n';
  while (to < s.size() && (static_cast<unsigned char>(s[to]) & 0xC0) == 0x80) ++to;
  return {from, to};
}

// "@" with blanks, "(at)", or a word for it, with a dot or a word for one soon after it.
bool may_be_mail(std::string_view s, const Signals& signals, std::size_t k) {
  const auto end = signals.list[k].end;
  const auto rest = s.substr(end, kMailBytes);
  for (auto next = k + 1; next < signals.list.size() && signals.list[next].begin < end + kMailBytes; ++next) {
    if (signals.list[next].heads & kind_bit(WordKind::dot)) return true;
  }
  for (std::size_t i = 0; i + 1 < rest.size(); ++i) {
    if (rest[i] == '.' && (rest[i + 1] | 32) >= 'a' && (rest[i + 1] | 32) <= 'z') return true;
  }
  return false;
}

// Where digits and number words stand so close that they may be one number, and where a mail may be spelled; in order.
std::vector<Stretch> stretches(std::string_view s, const Signals& signals) {
  std::vector<Stretch> out;
  const auto add = [&](std::size_t begin, std::size_t end) {
    const auto wide = with_context(s, begin, end);
    if (!out.empty() && wide.first >= out.back().first && wide.first <= out.back().second) out.back().second = std::max(out.back().second, wide.second);
    else out.push_back(wide);
  };
  std::size_t begin = 0, end = 0;
  std::uint32_t weight = 0;
  for (std::size_t k = 0; k < signals.list.size(); ++k) {
    const auto& signal = signals.list[k];
    if ((signal.heads & kind_bit(WordKind::at)) && may_be_mail(s, signals, k)) add(signal.begin, std::min(s.size(), std::size_t{signal.end} + kMailBytes));
    const std::uint32_t own = signal.digits + (signal.heads & (kind_bit(WordKind::number) | kind_bit(WordKind::times)) ? 2 : 0);
    if (own == 0) continue;
    const auto gap = weight == 0 ? 0 : signal.begin - end;
    const bool apart = gap > kMaxGapBytes && (gap > kMaxTaggedGapBytes || s.substr(end, gap).find('<') == std::string_view::npos);
    if (apart && weight >= kMinWeight) add(begin, end);
    if (apart || weight == 0) begin = signal.begin, weight = 0;
    weight += own;
    end = signal.end;
    if (signal.end - signal.begin >= 12) weight += kMinWeight;  // number words without a gap
  }
  if (weight >= kMinWeight) add(begin, end);
  for (const std::string_view sign : {"@", "＠", "(a)", "[a]", "(A)"}) {
    for (auto at = s.find(sign); at != std::string_view::npos; at = s.find(sign, at + kMailBytes / 2)) add(at, std::min(s.size(), at + kMailBytes));
  }
  std::sort(out.begin(), out.end());
  std::vector<Stretch> merged;
  for (const auto& one : out) {
    if (!merged.empty() && one.first <= merged.back().second) merged.back().second = std::max(merged.back().second, one.second);
    else merged.push_back(one);
  }
  return merged;
}

}  // namespace

std::vector<std::string> step_names(std::uint32_t steps) {
  std::vector<std::string> names;
  for (const auto& [step, name] : kStepNames) {
    if (steps & step) names.emplace_back(name);
  }
  return names;
}

Contact make_contact(std::string kind, std::string value, std::string_view s, std::size_t begin, std::size_t end,
                     std::uint32_t steps, double confidence) {
  Contact c;
  c.set_kind(std::move(kind));
  c.set_value(std::move(value));
  c.set_raw(std::string(s.substr(begin, end - begin)));
  c.add_span(static_cast<std::int32_t>(begin));
  c.add_span(static_cast<std::int32_t>(end));
  for (auto& name : step_names(steps)) c.add_steps(std::move(name));
  c.set_confidence(std::round(confidence * 1000) / 1000);
  return c;
}

std::vector<Contact> read_contacts(std::string_view s, const TextContext& context) {
  return read_contacts(s, context, scan(s, Lexicon::standard()));
}

namespace {

// "&#48;&#49;" in plain text: digits and ASCII signs that are spelled by their number. Origins as fold_word gives them.
std::string without_references(std::string_view s, std::vector<std::uint32_t>& origin) {
  std::string out;
  for (std::size_t i = 0; i < s.size();) {
    const auto at = static_cast<std::uint32_t>(i);
    unsigned code = 0;
    std::size_t end = i;
    if (s.substr(i).starts_with("&#")) {
      const bool hex = i + 2 < s.size() && (s[i + 2] | 32) == 'x';
      const auto digits = s.substr(i + (hex ? 3 : 2), 4);
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
      end = static_cast<std::size_t>(read.ptr - s.data());
      if (read.ec != std::errc() || code < 0x20 || code > 0x7E || end >= s.size() || s[end] != ';') code = 0;
    }
    out += code > 0 ? static_cast<char>(code) : s[i];
    origin.push_back(at);
    i = code > 0 ? end + 1 : i + 1;
  }
  origin.push_back(static_cast<std::uint32_t>(s.size()));
  return out;
}

std::vector<Contact> read_behind_references(std::string_view s, const TextContext& context) {
  std::vector<std::uint32_t> origin;
  const auto plain = without_references(s, origin);
  auto contacts = read_contacts(plain, context, scan(plain, Lexicon::standard()));
  for (auto& c : contacts) {
    const auto begin = origin[static_cast<std::size_t>(c.span(0))], end = origin[static_cast<std::size_t>(c.span(1))];
    c.set_span(0, static_cast<std::int32_t>(begin));
    c.set_span(1, static_cast<std::int32_t>(end));
    c.set_raw(std::string(s.substr(begin, end - begin)));
  }
  return contacts;
}

bool has_references(std::string_view s) {
  const auto at = s.find("&#");
  if (at == std::string_view::npos) return false;
  std::vector<std::uint32_t> origin;
  return without_references(s, origin).size() != s.size();
}

}  // namespace

std::vector<Contact> read_contacts(std::string_view s, const TextContext& context, const Signals& signals) {
  if (has_references(s)) return read_behind_references(s, context);
  if (!may_hold_contact(s)) return {};
  const auto& lexicon = Lexicon::standard();
  std::vector<Taken> taken;
  auto contacts = find_addresses(s, context, taken);
  int budget = 200 + static_cast<int>(s.size() / 100);
  for (const auto& [begin, end] : stretches(s, signals)) {
    auto lattice = read_lattice(s.substr(begin, end - begin), lexicon);
    kill_taken(lattice, begin, taken);
    mark_other_numbers(lattice);
    const auto keep = [&, offset = static_cast<std::int32_t>(begin)](Contact c) {
      c.set_span(0, c.span(0) + offset);
      c.set_span(1, c.span(1) + offset);
      contacts.push_back(std::move(c));
    };
    for (auto& c : find_spelled_mails(lattice)) keep(std::move(c));
    for (auto& c : find_phones(lattice, context, lexicon, budget)) keep(std::move(c));
  }
  std::stable_sort(contacts.begin(), contacts.end(), [](const Contact& a, const Contact& b) { return a.span(0) < b.span(0); });
  return contacts;
}

}  // namespace vigie::parser
