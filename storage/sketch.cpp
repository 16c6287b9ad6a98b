#include "storage/sketch.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/hash.h"
#include "core/text.h"
#include "storage/schema.h"

namespace vigie::storage {

namespace {

constexpr std::size_t kSample = 64;
constexpr std::size_t kHashBytes = 16;
constexpr std::size_t kMostAligned = 2000;  // words of each text that an alignment looks at

// Tokens that no text has, so that a slot never equals a word.
constexpr std::string_view kContactSlot = "qzcq", kNumberSlot = "qznq", kNameSlot = "qzaq", kPlaceSlot = "qzpq";

using Span = std::pair<std::size_t, std::size_t>;  // begin and end, in bytes of the field

/// Where contacts were read in a field, in order: an obscured number looks like words.
std::vector<Span> contact_spans(const Ad& ad, std::string_view field, std::size_t size) {
  std::vector<Span> spans;
  for (const auto& contact : ad.contacts()) {
    if (contact.field() != field || contact.span_size() != 2) continue;
    const auto begin = contact.span(0), end = contact.span(1);
    if (begin < 0 || end <= begin || static_cast<std::size_t>(end) > size) continue;
    spans.emplace_back(static_cast<std::size_t>(begin), static_cast<std::size_t>(end));
  }
  std::sort(spans.begin(), spans.end());
  return spans;
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

bool is_slot(std::string_view word) { return word.size() == 4 && word.starts_with("qz") && word.ends_with('q'); }

using SlotWords = std::set<std::string, std::less<>>;

/// Masked words in one string, a space after each; `starts`: where each begins.
class Words {
 public:
  Words(const SlotWords& names, const SlotWords& places) : names_(names), places_(places) {}

  /// Cuts a folded field into words; what holds a digit becomes a number slot, what holds '@' or '_' a contact slot, and
  /// what came of one of `spans` (in the source) too.
  void add(const text::Folded& folded, const std::vector<Span>& spans) {
    auto span = spans.begin();
    first_ = size();
    const std::string_view text = folded.text;
    for (std::size_t i = 0; i < text.size();) {
      while (span != spans.end() && folded.origin[i] >= span->second) ++span;
      if (span != spans.end() && folded.origin[i] >= span->first) {
        end_word();
        finish(kContactSlot, *span);
        while (i < text.size() && folded.origin[i] < span->second) ++i;
        continue;
      }
      const auto point = point_at(text, i);
      const auto kind = class_of(point.code);
      if (kind == Class::space || kind == Class::alone) end_word();
      if (kind != Class::space) {
        if (word_.empty()) from_.first = folded.origin[i];
        from_.second = folded.origin[i + point.bytes];
        word_.append(text.substr(i, point.bytes));
      }
      if (kind == Class::alone) end_word();
      digit_ = digit_ || kind == Class::digit;
      joiner_ = joiner_ || kind == Class::joiner;
      i += point.bytes;
    }
    end_word();
  }

  std::size_t size() const { return starts_.size(); }
  const std::string& text() const { return text_; }
  std::string_view word(std::size_t i) const {
    return std::string_view(text_).substr(starts_[i], end(i) - 1 - starts_[i]);
  }
  /// Where it stood in its field.
  Span source(std::size_t i) const { return sources_[i]; }
  /// `count` words from the i-th.
  std::string_view run(std::size_t i, std::size_t count) const {
    return std::string_view(text_).substr(starts_[i], end(i + count - 1) - starts_[i]);
  }

 private:
  std::size_t end(std::size_t i) const { return i + 1 < starts_.size() ? starts_[i + 1] : text_.size(); }

  void end_word() {
    if (word_.empty()) return;
    if (joiner_ && word_.size() > 1) finish(kContactSlot, from_);
    else if (digit_) finish(kNumberSlot, from_);
    else if (!names_.empty() && names_.contains(word_)) finish(kNameSlot, from_);
    else if (!places_.empty() && places_.contains(word_)) finish(kPlaceSlot, from_);
    else finish(word_, from_);
    word_.clear();
    digit_ = joiner_ = false;
  }
  void finish(std::string_view word, Span source) {
    // "01 99 00 00 42" and "0199000042" are one slot.
    if (is_slot(word) && size() > 0 && this->word(size() - 1) == word) {
      if (size() > first_) sources_.back().second = source.second;
      return;
    }
    sources_.push_back(source);
    starts_.push_back(static_cast<std::uint32_t>(text_.size()));
    text_.append(word).push_back(' ');
  }

  const SlotWords &names_, &places_;
  std::string text_, word_;
  std::vector<std::uint32_t> starts_;
  std::vector<Span> sources_;
  Span from_;              // of the word that is being read
  std::size_t first_ = 0;  // word of this field
  bool digit_ = false, joiner_ = false;
};

SlotWords slot_words(const std::string& text) {
  SlotWords found;
  if (text.empty()) return found;
  const SlotWords none;
  Words words(none, none);
  words.add(text::fold_for_match(text), {});
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_slot(words.word(i)) && words.word(i).size() > 1) found.emplace(words.word(i));
  }
  return found;
}

/// An ad's masked words, and the folded text they came of.
struct Masked {
  SlotWords names, places;
  Words words{names, places};
  std::string folded;
  std::size_t of_title = 0;  // words

  explicit Masked(const Ad& ad) : names(slot_words(ad.name())), places(slot_words(ad.place().text())) {
    add(ad, "title", ad.title());
    folded += '\n';
    of_title = words.size();
    add(ad, "text", ad.text());
  }
  Masked(const Masked&) = delete;
  Masked& operator=(const Masked&) = delete;

 private:
  void add(const Ad& ad, std::string_view field, const std::string& said) {
    const auto one = text::fold_for_match(said);
    words.add(one, contact_spans(ad, field, said.size()));
    folded += one.text;
  }
};

std::uint64_t mix(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

/// Each shingle once, by a hash of 32 bits, in order.
std::vector<std::uint32_t> shingles_of(const Words& words) {
  std::vector<std::uint32_t> hashes;
  if (words.size() == 0) return hashes;
  const auto add = [&](std::string_view shingle) { hashes.push_back(static_cast<std::uint32_t>(mix(hash64(shingle) ^ 0x5bf0a8b1u))); };
  if (words.size() < 3) add(words.text());
  hashes.reserve(words.size());
  for (std::size_t i = 0; i + 2 < words.size(); ++i) add(words.run(i, 3));
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
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
  const Masked masked(ad);
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < masked.words.size(); ++i) tokens.emplace_back(masked.words.word(i));
  return tokens;
}

std::vector<TextWord> text_words(const Ad& ad, std::size_t most) {
  const Masked masked(ad);
  std::vector<TextWord> found;
  for (std::size_t i = 0; i < std::min(masked.words.size(), most); ++i) {
    const auto word = masked.words.word(i);
    const std::string_view kind = word == kContactSlot ? "contact" : word == kNumberSlot ? "number" : word == kNameSlot ? "name" : word == kPlaceSlot ? "place" : "";
    const auto [begin, end] = masked.words.source(i);
    found.push_back({std::string(word), kind, i < masked.of_title ? "title" : "text", begin, end});
  }
  return found;
}

Sketch sketch_of(const Ad& ad) {
  Sketch sketch;
  const Masked masked(ad);
  const auto shingles = shingles_of(masked.words);
  sketch.set_shingles(static_cast<int>(shingles.size()));
  if (shingles.empty()) return sketch;
  const auto kept = std::min(shingles.size(), kSample);
  sketch.mutable_sample()->Add(shingles.begin(), shingles.begin() + static_cast<std::ptrdiff_t>(kept));
  sketch.set_words(static_cast<int>(masked.words.size()));
  sketch.set_exact(sha256(masked.folded).substr(0, kHashBytes));
  sketch.set_masked(sha256(masked.words.text()).substr(0, kHashBytes));
  return sketch;
}

double jaccard(const Sketch& a, const Sketch& b) {
  if (a.shingles() == 0 || b.shingles() == 0) return 0;
  if (!a.masked().empty() && a.masked() == b.masked()) return 1;
  return sample_jaccard(a, b);
}

double containment(const Sketch& a, const Sketch& b) {
  if (a.shingles() == 0 || b.shingles() == 0) return 0;
  const double j = jaccard(a, b);
  const double smaller = std::min(a.shingles(), b.shingles()), larger = std::max(a.shingles(), b.shingles());
  // |A and B| = J / (1 + J) * (|A| + |B|)
  return std::min(1.0, j / (1 + j) * (smaller + larger) / smaller);
}

TextHashes text_hashes(const Ad& ad) {
  const Masked masked(ad);
  TextHashes hashes;
  hashes.shingles = shingles_of(masked.words);
  for (std::size_t i = 0; i < std::min(masked.words.size(), kMostAligned); ++i) hashes.words.push_back(hash64(masked.words.word(i)));
  return hashes;
}

std::size_t common_shingles(const TextHashes& a, const TextHashes& b) {
  std::size_t common = 0;
  for (auto x = a.shingles.begin(), y = b.shingles.begin(); x != a.shingles.end() && y != b.shingles.end();) {
    if (*x == *y) ++common;
    const bool left = *x <= *y, right = *y <= *x;
    x += left;
    y += right;
  }
  return common;
}

double aligned(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  if (a.empty() || b.empty()) return 0;
  // The longest common subsequence, 64 words at a time (Hyyrö 2004): a bit of `row` is 0 where the length grows.
  const auto blocks = (a.size() + 63) / 64;
  std::unordered_map<std::uint64_t, std::vector<std::uint64_t>> places;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto& bits = places[a[i]];
    bits.resize(blocks);
    bits[i / 64] |= std::uint64_t{1} << (i % 64);
  }
  std::vector<std::uint64_t> row(blocks, ~std::uint64_t{0});
  for (const auto word : b) {
    const auto at = places.find(word);
    if (at == places.end()) continue;
    std::uint64_t carry = 0;
    for (std::size_t k = 0; k < blocks; ++k) {
      const auto common = row[k] & at->second[k];
      const auto sum = row[k] + common, with_carry = sum + carry;
      carry = (sum < row[k]) | (with_carry < sum);
      row[k] = with_carry | (row[k] & ~common);
    }
  }
  std::size_t length = 0;
  for (std::size_t i = 0; i < a.size(); ++i) length += (row[i / 64] >> (i % 64) & 1) == 0;
  return static_cast<double>(length) / static_cast<double>(std::max(a.size(), b.size()));
}

std::string anchor_key(std::uint32_t shingle) { return Key('b').u32(shingle).str(); }

}  // namespace vigie::storage
