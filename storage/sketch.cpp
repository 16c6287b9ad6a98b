#include "storage/sketch.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>

#include "core/hash.h"
#include "core/text.h"
#include "storage/schema.h"

namespace vigie::storage {

namespace {

constexpr std::size_t kValues = 64;
constexpr std::size_t kSample = 32;
constexpr std::size_t kHashBytes = 16;
constexpr int kShortBelow = 30;  // shingles: 30 bands of 2
constexpr int kLongFrom = 20;    // shingles: 20 bands of 3
constexpr std::uint64_t kLongBands = 20, kShortBands = 30;

// Tokens that no text has, so that a slot never equals a word.
constexpr std::string_view kContactSlot = "qzcq", kNumberSlot = "qznq", kNameSlot = "qzaq", kPlaceSlot = "qzpq";

/// The field's text with what was read as a contact cut out and its slot put in: an obscured number looks like words.
std::string without_contacts(const Ad& ad, std::string_view field, const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> spans;
  for (const auto& contact : ad.contacts()) {
    if (contact.field() != field || contact.span_size() != 2) continue;
    const auto begin = contact.span(0), end = contact.span(1);
    if (begin < 0 || end <= begin || static_cast<std::size_t>(end) > text.size()) continue;
    spans.emplace_back(static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
  }
  if (spans.empty()) return text;
  std::sort(spans.begin(), spans.end());
  std::string out;
  std::size_t at = 0;
  for (const auto& [begin, end] : spans) {
    if (begin < at) {
      at = std::max(at, end);
      continue;
    }
    out.append(text, at, begin - at).append(" ").append(kContactSlot).append(" ");
    at = end;
  }
  return out.append(text, at);
}

struct Point {
  char32_t code = 0;
  std::size_t bytes = 1;
};

/// `s` is valid UTF-8 (folded text is); a stray byte counts as itself.
Point point_at(std::string_view s, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned lead = byte(i);
  const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (bytes == 1 || i + bytes > s.size()) return {lead, 1};
  char32_t code = lead & (0xffu >> (bytes + 1));
  for (std::size_t k = 1; k < bytes; ++k) code = code << 6 | (byte(i + k) & 0x3fu);
  return {code, bytes};
}

enum class Class { space, letter, digit, joiner, alone };

/// Scripts that put no space between words: each sign is a token of its own.
bool stands_alone(char32_t c) {
  return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) || (c >= 0x1780 && c <= 0x17ff) ||
         (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) || (c >= 0x20000 && c <= 0x3ffff);
}

Class class_of(char32_t c) {
  if (c < 0x80) {
    if (c >= '0' && c <= '9') return Class::digit;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Class::letter;
    if (c == '@' || c == '_') return Class::joiner;
    return Class::space;
  }
  if (c < 0xc0 && c != 0xaa && c != 0xb5 && c != 0xba) return Class::space;
  if (c >= 0x2000 && c <= 0x2bff) return Class::space;   // punctuation, currency, arrows, dingbats
  if (c >= 0x3000 && c <= 0x303f) return Class::space;   // CJK punctuation
  if (c >= 0xfe00 && c <= 0xfe0f) return Class::space;   // variation selectors
  if (c >= 0x1f000 && c <= 0x1ffff) return Class::space;  // emoji
  return stands_alone(c) ? Class::alone : Class::letter;
}

/// Words of folded text; what holds a digit becomes a number slot, what holds '@' a contact slot.
std::vector<std::string> words_of(std::string_view folded) {
  std::vector<std::string> words;
  std::string word;
  bool digit = false, joiner = false;
  const auto end_word = [&] {
    if (joiner && word.size() > 1) word = kContactSlot;
    else if (digit) word = kNumberSlot;
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
    digit = joiner = false;
  };
  for (std::size_t i = 0; i < folded.size();) {
    const auto point = point_at(folded, i);
    const auto kind = class_of(point.code);
    if (kind == Class::space || kind == Class::alone) end_word();
    if (kind != Class::space) word.append(folded.substr(i, point.bytes));
    if (kind == Class::alone) end_word();
    digit = digit || kind == Class::digit;
    joiner = joiner || kind == Class::joiner;
    i += point.bytes;
  }
  end_word();
  return words;
}

bool is_slot(std::string_view word) { return word.size() == 4 && word.starts_with("qz") && word.ends_with('q'); }

std::set<std::string, std::less<>> slot_words(const std::string& text) {
  std::set<std::string, std::less<>> words;
  for (auto& word : words_of(text::fold_for_match(text).text)) {
    if (!is_slot(word) && word.size() > 1) words.insert(std::move(word));
  }
  return words;
}

/// Words in one string, a space after each; `starts`: where each begins, and the end.
struct Joined {
  std::string text;
  std::vector<std::uint32_t> starts;
};

Joined joined(const std::vector<std::string>& words) {
  Joined out;
  out.starts.reserve(words.size() + 1);
  for (const auto& word : words) {
    out.starts.push_back(static_cast<std::uint32_t>(out.text.size()));
    out.text.append(word).push_back(' ');
  }
  out.starts.push_back(static_cast<std::uint32_t>(out.text.size()));
  return out;
}

std::uint64_t mix(std::uint64_t x) {  // splitmix64: independent bits for bin, value and sample
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

std::vector<std::uint64_t> shingle_hashes(const Joined& words) {
  std::vector<std::uint64_t> hashes;
  const auto count = words.starts.size() - 1;
  if (count == 0) return hashes;
  if (count < 3) return {hash64(words.text)};
  hashes.reserve(count - 2);
  const std::string_view text = words.text;
  for (std::size_t i = 0; i + 2 < count; ++i) hashes.push_back(hash64(text.substr(words.starts[i], words.starts[i + 3] - words.starts[i])));
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

/// One permutation, 64 bins; a bin that nothing fell into borrows from one chosen by its own number (optimal
/// densification: Shrivastava 2017), so that short texts compare without bias.
std::array<std::uint32_t, kValues> min_values(const std::vector<std::uint64_t>& hashes) {
  std::array<std::uint32_t, kValues> values{};
  std::array<bool, kValues> filled{};
  for (const auto hash : hashes) {
    const auto mixed = mix(hash);
    const auto bin = static_cast<std::size_t>(mixed >> 58);
    const auto value = static_cast<std::uint32_t>(mixed);
    if (!filled[bin] || value < values[bin]) values[bin] = value;
    filled[bin] = true;
  }
  auto dense = values;
  for (std::size_t bin = 0; bin < kValues; ++bin) {
    for (std::uint64_t attempt = 1; !filled[bin]; ++attempt) {
      const auto from = static_cast<std::size_t>(mix(bin * 1'000'003 + attempt) >> 58);
      if (!filled[from]) continue;
      dense[bin] = values[from];
      break;
    }
  }
  return dense;
}

std::vector<std::uint32_t> bottom_sample(const std::vector<std::uint64_t>& hashes) {
  std::vector<std::uint32_t> sample;
  sample.reserve(hashes.size());
  for (const auto hash : hashes) sample.push_back(static_cast<std::uint32_t>(mix(hash ^ 0x5bf0a8b1u)));
  std::sort(sample.begin(), sample.end());
  sample.erase(std::unique(sample.begin(), sample.end()), sample.end());
  if (sample.size() > kSample) sample.resize(kSample);
  return sample;
}

bool whole(const Sketch& sketch) { return sketch.shingles() <= static_cast<int>(kSample); }

/// Jaccard on the bottom of the union: exact when both samples are whole.
double sample_jaccard(const Sketch& a, const Sketch& b) {
  const bool exact = whole(a) && whole(b);
  int common = 0, counted = 0;
  for (int i = 0, k = 0; i < a.sample_size() || k < b.sample_size();) {
    if (!exact && counted == static_cast<int>(kSample)) break;
    // Past the end of a sample that was cut, nothing is known.
    if (i == a.sample_size() && !whole(a)) break;
    if (k == b.sample_size() && !whole(b)) break;
    const auto left = i < a.sample_size() ? a.sample(i) : std::numeric_limits<std::uint64_t>::max();
    const auto right = k < b.sample_size() ? b.sample(k) : std::numeric_limits<std::uint64_t>::max();
    common += left == right ? 1 : 0;
    i += left <= right ? 1 : 0;
    k += right <= left ? 1 : 0;
    ++counted;
  }
  return counted == 0 ? 0 : static_cast<double>(common) / counted;
}

}  // namespace

std::vector<std::string> masked_tokens(const Ad& ad) {
  const auto names = slot_words(ad.name());
  const auto places = slot_words(ad.place().text());
  const auto raw = without_contacts(ad, "title", ad.title()) + "\n" + without_contacts(ad, "text", ad.text());
  std::vector<std::string> tokens;
  for (auto& word : words_of(text::fold_for_match(raw).text)) {
    if (names.contains(word)) word = kNameSlot;
    else if (places.contains(word)) word = kPlaceSlot;
    // "01 99 00 00 42" and "0199000042" are one slot.
    if (!tokens.empty() && is_slot(word) && tokens.back() == word) continue;
    tokens.push_back(std::move(word));
  }
  return tokens;
}

Sketch sketch_of(const Ad& ad) {
  Sketch sketch;
  const auto tokens = joined(masked_tokens(ad));
  const auto hashes = shingle_hashes(tokens);
  sketch.set_shingles(static_cast<int>(hashes.size()));
  if (hashes.empty()) return sketch;
  for (const auto value : min_values(hashes)) sketch.add_values(value);
  for (const auto value : bottom_sample(hashes)) sketch.add_sample(value);
  sketch.set_exact(sha256(text::normalise_for_match(ad.title() + "\n" + ad.text()).text).substr(0, kHashBytes));
  sketch.set_masked(sha256(tokens.text).substr(0, kHashBytes));
  return sketch;
}

double jaccard(const Sketch& a, const Sketch& b) {
  if (a.shingles() == 0 || b.shingles() == 0) return 0;
  if (!a.masked().empty() && a.masked() == b.masked()) return 1;
  const double sampled = sample_jaccard(a, b);
  if (whole(a) && whole(b)) return sampled;
  const int size = std::min(a.values_size(), b.values_size());
  if (size == 0) return sampled;
  int equal = 0;
  for (int i = 0; i < size; ++i) equal += a.values(i) == b.values(i) ? 1 : 0;
  // Two estimators of the same number, weighted by how much each has looked at.
  return (sampled * kSample + equal) / (static_cast<double>(kSample) + size);
}

double containment(const Sketch& a, const Sketch& b) {
  if (a.shingles() == 0 || b.shingles() == 0) return 0;
  const double j = jaccard(a, b);
  const double smaller = std::min(a.shingles(), b.shingles()), larger = std::max(a.shingles(), b.shingles());
  // |A and B| = J / (1 + J) * (|A| + |B|)
  return std::min(1.0, j / (1 + j) * (smaller + larger) / smaller);
}

std::vector<std::string> band_keys(const Sketch& sketch) {
  std::vector<std::string> keys;
  if (sketch.values_size() != static_cast<int>(kValues)) return keys;
  const auto add = [&](std::uint64_t band, int first, int rows) {
    Key values;
    for (int i = 0; i < rows; ++i) values.u32(sketch.values(first + i));
    keys.push_back(Key().u8(band).u64(hash64(values.str(), band)).str());
  };
  if (sketch.shingles() >= kLongFrom) {
    for (std::uint64_t band = 0; band < kLongBands; ++band) add(band, static_cast<int>(band) * 3, 3);
  }
  if (sketch.shingles() < kShortBelow) {
    for (std::uint64_t band = 0; band < kShortBands; ++band) add(kLongBands + band, static_cast<int>(band) * 2, 2);
  }
  return keys;
}

}  // namespace vigie::storage
