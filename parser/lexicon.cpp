#include "parser/lexicon.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include "core/hash.h"
#include "core/text.h"
#include "parser/embedded.h"
#include "parser/letters.h"

namespace vigie::parser {

namespace {

constexpr std::pair<std::string_view, WordKind> kKinds[] = {
    {"number", WordKind::number}, {"ordinal", WordKind::ordinal}, {"plus", WordKind::plus}, {"times", WordKind::times},
    {"filler", WordKind::filler}, {"call", WordKind::call}, {"not_phone", WordKind::not_phone}, {"unit", WordKind::unit},
    {"at", WordKind::at}, {"dot", WordKind::dot}, {"messenger", WordKind::messenger}, {"month", WordKind::month},
    {"weekday", WordKind::weekday}, {"ago", WordKind::ago}, {"ahead", WordKind::ahead}, {"time_unit", WordKind::time_unit},
    {"day_word", WordKind::day_word}, {"age", WordKind::age}, {"per", WordKind::per}, {"currency", WordKind::currency},
    {"from", WordKind::from}, {"clock", WordKind::clock}, {"backwards", WordKind::backwards}, {"power", WordKind::power},
    {"sign", WordKind::sign}, {"name", WordKind::name}, {"about", WordKind::about}, {"link", WordKind::link},
};

char32_t fold_slowly(char32_t c) {
  switch (c) {  // letters that Unicode does not decompose, and Arabic letters that are written one for the other
    case U'ł': case U'Ł': return U'l';
    case U'ø': case U'Ø': return U'o';
    case U'đ': case U'Đ': return U'd';
    case U'ı': return U'i';
    case U'ة': return U'ه';
    case U'ى': return U'ي';
    case U'’': case U'ʼ': case U'‘': case U'‛': case U'ʻ': case U'ʹ': case U'′': case U'‵': case U'՚': case U'´': return U'\'';
    default: break;
  }
  if (const int digit = u_charDigitValue(static_cast<UChar32>(c)); digit >= 0) return U'0' + static_cast<char32_t>(digit);
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfkd = icu::Normalizer2::getNFKDInstance(status);
  icu::UnicodeString parts;
  auto folded = static_cast<UChar32>(c);
  if (U_SUCCESS(status) && nfkd->getDecomposition(folded, parts) && !parts.isEmpty()) folded = parts.char32At(0);
  folded = u_foldCase(folded, U_FOLD_CASE_DEFAULT);
  if (U_SUCCESS(status) && nfkd->getDecomposition(folded, parts) && !parts.isEmpty()) folded = parts.char32At(0);
  return static_cast<char32_t>(folded);
}

constexpr std::size_t kMaxLearnedBytes = 4U << 20, kMaxPhraseBytes = 100;
constexpr std::size_t kHeadSlots = 1 << 16;        // some 20,000 words begin the phrases
constexpr std::size_t kFilterBits = 1 << 19;       // 64 KiB: stays in the cache

bool is_dropped(char32_t c) {  // marks above letters, and characters without a shape
  if (c < 0x300) return c == 0xAD;
  const auto type = u_charType(static_cast<UChar32>(c));
  return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR || c == 0x640;
}

// Folded letters of the common scripts; 0: dropped.
const std::array<char32_t, 0x2000>& fold_table() {
  static const auto table = [] {
    std::array<char32_t, 0x2000> t{};
    for (char32_t c = 0; c < t.size(); ++c) t[c] = c >= 0x80 && is_dropped(c) ? 0 : fold_slowly(c);
    return t;
  }();
  return table;
}

// A number, or the three letters of a currency as bytes of one.
std::int64_t value_of(std::string_view column) {
  std::int64_t value = 0;
  const auto read = std::from_chars(column.data(), column.data() + column.size(), value);
  if (read.ec == std::errc() || column.size() != 3) return value;
  for (const char c : column) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string phrase_key(std::string_view phrase) {
  std::string folded, key;
  fold_word(phrase, folded);
  for (const char c : folded) {
    const bool gap = c == ' ' || c == '-';
    if (!gap) key += c;
    if (gap && !key.empty() && key.back() != ' ') key += ' ';
  }
  while (!key.empty() && key.back() == ' ') key.pop_back();
  return key;
}

}  // namespace

char32_t fold_letter(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return c < 0x2000 && fold_table()[c] != 0 ? fold_table()[c] : fold_slowly(c);
}

void fold_word(std::string_view s, std::string& out, std::vector<std::uint32_t>* origin) {
  // Letters keep their size as a rule; where one grows (a broken byte, a ligature of old forms) the room grows, too.
  constexpr std::size_t kSpare = 16;
  out.resize(s.size() + kSpare);
  if (origin) origin->resize(s.size() + kSpare + 1);
  const auto& table = fold_table();
  std::size_t n = 0;
  for (std::size_t i = 0; i < s.size();) {
    const auto at = static_cast<std::uint32_t>(i);
    if (const auto byte = static_cast<unsigned char>(s[i]); byte < 0x80) {
      if (origin) (*origin)[n] = at;
      out[n++] = static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte | 32 : byte);
      ++i;
      continue;
    }
    const char32_t c = next_letter(s, i);
    const bool common = c < table.size();
    if (common ? table[c] == 0 : is_dropped(c)) continue;
    if (n + kSpare / 2 > out.size() - (s.size() - i)) {
      out.resize(out.size() + s.size() / 2 + kSpare);
      if (origin) origin->resize(out.size() + 1);
    }
    const auto from = n;
    if (c == U'ß' || c == U'ẞ') out[n++] = 's', out[n++] = 's';
    else n += put_letter(out.data() + n, common ? table[c] : fold_slowly(c));
    for (auto k = from; origin && k < n; ++k) (*origin)[k] = at;
  }
  out.resize(n);
  if (!origin) return;
  (*origin)[n] = static_cast<std::uint32_t>(s.size());
  origin->resize(n + 1);
}

std::size_t Lexicon::Hash::operator()(std::string_view s) const { return hash64(s); }

Lexicon::Lexicon(std::string_view text) {
  phrases_.reserve(40'000);
  prefixes_.reserve(20'000);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    add_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  index_heads();
}

void Lexicon::index_heads() {
  std::size_t slots = kHeadSlots;
  while (slots < phrases_.size() * 2) slots *= 2;
  heads_.resize(slots);
  filter_.resize(kFilterBits / 64);
  const auto add = [&](std::string_view word, std::uint32_t kinds) {
    const auto hash = hash64(word) | 1;
    filter_[hash % kFilterBits / 64] |= std::uint64_t{1} << (hash % 64);
    auto slot = (hash >> 32) % heads_.size();
    while (heads_[slot].hash != 0 && heads_[slot].hash != hash) slot = (slot + 1) % heads_.size();
    heads_[slot].hash = hash;
    heads_[slot].kinds |= kinds;
  };
  for (const auto& [phrase, senses] : phrases_) {
    const auto first = std::string_view(phrase).substr(0, phrase.find(' '));
    std::uint32_t kinds = 0;
    for (const auto& sense : senses) kinds |= kind_bit(sense.kind);
    add(first, kinds);
    // Some readers take "aujourd'hui" for two words.
    if (const auto quote = first.find('\''); quote != std::string_view::npos) add(first.substr(0, quote), kinds);
  }
}

std::uint32_t Lexicon::heads(std::string_view folded_word) const { return heads_of(hash64(folded_word)); }

std::uint32_t Lexicon::heads_of(std::uint64_t hash) const {
  hash |= 1;
  if ((filter_[hash % kFilterBits / 64] >> (hash % 64) & 1) == 0) return 0;
  for (auto slot = (hash >> 32) % heads_.size(); heads_[slot].hash != 0; slot = (slot + 1) % heads_.size()) {
    if (heads_[slot].hash == hash) return heads_[slot].kinds;
  }
  return 0;
}

namespace {

// The words of a unit's files, and whether they can still be heard.
struct Learned {
  std::string text;
  bool closed = false;
};
Learned& learned() {
  static Learned all;
  return all;
}

std::string fault_of(std::string_view line) {
  if (line.empty() || line.front() == '#') return {};
  if (!text::valid_utf8(line)) return "is not UTF-8";
  const auto columns = text::split(line, '\t');
  if (columns.size() == 2) return columns[0].size() <= 6 && columns[1].size() == 1 && columns[1][0] >= '0' && columns[1][0] <= '9' ? "" : "code point and digit are expected";
  if (columns.size() < 3 || columns.size() > 4) return "language, kind, phrase and value are expected, parted by tabs";
  const bool kind = std::any_of(std::begin(kKinds), std::end(kKinds), [&](const auto& k) { return k.first == columns[1]; });
  if (!kind) return "no such kind: " + std::string(columns[1].substr(0, 40));
  if (columns[0].empty() || columns[0].size() > 8) return "no such language: " + std::string(columns[0].substr(0, 40));
  return columns[2].empty() || columns[2].size() > kMaxPhraseBytes ? "the phrase is empty, or longer than 100 bytes" : "";
}

}  // namespace

Status Lexicon::learn(std::string_view text) {
  auto& all = learned();
  if (all.closed) return fail(Errc::misconfigured, "words came after the first text was read");
  if (all.text.size() + text.size() > kMaxLearnedBytes) return fail(Errc::too_large, "more than 4 MiB of words");
  std::size_t number = 1;
  for (auto rest = text; !rest.empty(); ++number) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (const auto fault = fault_of(rest.substr(0, end)); !fault.empty()) return fail(Errc::malformed, "line " + std::to_string(number) + ": " + fault);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  all.text.append(text).append("\n");
  return {};
}

const Lexicon& Lexicon::standard() {
  // A unit's words come first, so that its languages have bits of their own.
  static const Lexicon lexicon([] {
    learned().closed = true;
    return learned().text.empty() ? std::string(embedded_lexicon()) : learned().text + std::string(embedded_lexicon());
  }());
  return lexicon;
}

void Lexicon::add_line(std::string_view line) {
  if (line.empty() || line.front() == '#') return;
  const auto columns = text::split(line, '\t');
  if (columns.size() == 2) {
    unsigned code = 0;
    std::from_chars(columns[0].data(), columns[0].data() + columns[0].size(), code, 16);
    if (!columns[1].empty()) lookalikes_[code] = columns[1].front() - '0';
    return;
  }
  const auto* kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& k) { return k.first == columns[1]; });
  if (columns.size() < 3 || kind == std::end(kKinds)) return;
  WordSense sense{kind->second, 0, bit_for(columns[0])};
  if (columns.size() > 3) sense.value = value_of(columns[3]);
  const auto key = phrase_key(columns[2]);
  if (key.empty()) return;
  add_phrase(key, sense);
  // "numéro d'entreprise" is four words to a reader that parts words at apostrophes.
  if (key.find('\'') != std::string::npos) {
    auto parted = key;
    std::replace(parted.begin(), parted.end(), '\'', ' ');
    add_phrase(parted, sense);
  }
  // "quatrevingtdixneuf": numbers are written in one word, too.
  const bool joinable = sense.kind == WordKind::number && sense.value < 100 && key.size() < 32 && key.find(' ') != std::string::npos;
  if (joinable) {
    std::string joined;
    std::copy_if(key.begin(), key.end(), std::back_inserter(joined), [](char c) { return c != ' '; });
    add_phrase(joined, sense);
  }
}

void Lexicon::add_phrase(const std::string& key, const WordSense& sense) {
  auto& senses = phrases_[key];
  for (auto& known : senses) {
    if (known.kind == sense.kind && known.value == sense.value) {
      known.languages |= sense.languages;
      return;
    }
  }
  senses.push_back(sense);
  for (std::size_t blank = key.find(' '); blank != std::string::npos; blank = key.find(' ', blank + 1)) {
    prefixes_.try_emplace(key.substr(0, blank), 0);
  }
}

std::uint64_t Lexicon::bit_for(std::string_view code) {
  if (code == "*") return ~std::uint64_t{0};
  const auto at = std::find(languages_.begin(), languages_.end(), code);
  if (at != languages_.end()) return std::uint64_t{1} << (at - languages_.begin());
  if (languages_.size() == 63) return std::uint64_t{1} << 63;  // the last bit is shared by what comes after 63 languages
  languages_.emplace_back(code);
  return std::uint64_t{1} << (languages_.size() - 1);
}

const std::vector<WordSense>& Lexicon::senses(std::string_view folded_phrase) const {
  static const std::vector<WordSense> none;
  const auto at = phrases_.find(folded_phrase);
  return at == phrases_.end() ? none : at->second;
}

bool Lexicon::starts_phrase(std::string_view folded_phrase) const { return prefixes_.find(folded_phrase) != prefixes_.end(); }

int Lexicon::imitated_digit(char32_t c) const {
  const auto at = lookalikes_.find(c);
  return at == lookalikes_.end() ? -1 : at->second;
}

std::vector<std::pair<std::string, WordSense>> Lexicon::all_of(WordKind kind) const {
  std::vector<std::pair<std::string, WordSense>> out;
  for (const auto& [phrase, senses] : phrases_) {
    for (const auto& sense : senses) {
      if (sense.kind == kind) out.emplace_back(phrase, sense);
    }
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return out;
}

std::uint64_t Lexicon::language_bit(std::string_view code) const {
  const auto at = std::find(languages_.begin(), languages_.end(), code);
  return at == languages_.end() ? 0 : std::uint64_t{1} << (at - languages_.begin());
}

}  // namespace vigie::parser
