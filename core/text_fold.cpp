// Folding of text for comparison, with the way back to the source bytes.
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>

#include "core/text.h"

namespace vigie::text {
namespace {

// Case is folded first, so that a letter maps the same way in capitals: the table must not tell them apart.
struct Twin {
  char16_t letter;
  const char* latin;
};
constexpr auto kTwins = std::to_array<Twin>({
    // Latin letters that no decomposition takes apart, and other forms of Latin letters.
    {0x00E6, "ae"}, {0x00F0, "d"}, {0x00F8, "o"}, {0x0111, "d"}, {0x0127, "h"}, {0x0131, "i"}, {0x0142, "l"},
    {0x0153, "oe"}, {0x0167, "t"}, {0x0180, "b"}, {0x0188, "c"}, {0x0199, "k"}, {0x01A5, "p"}, {0x01B6, "z"},
    {0x0251, "a"}, {0x0253, "b"}, {0x0254, "o"}, {0x0256, "d"}, {0x0257, "d"}, {0x025B, "e"}, {0x0260, "g"},
    {0x0261, "g"}, {0x0262, "g"}, {0x0268, "i"}, {0x0269, "i"}, {0x026A, "i"}, {0x026B, "l"}, {0x0274, "n"},
    {0x0280, "r"}, {0x028B, "v"}, {0x028F, "y"}, {0x0299, "b"}, {0x029C, "h"}, {0x029F, "l"}, {0x1D00, "a"},
    {0x1D03, "b"}, {0x1D04, "c"}, {0x1D05, "d"}, {0x1D07, "e"}, {0x1D0A, "j"}, {0x1D0B, "k"}, {0x1D0C, "l"},
    {0x1D0D, "m"}, {0x1D0F, "o"}, {0x1D18, "p"}, {0x1D1B, "t"}, {0x1D1C, "u"}, {0x1D20, "v"}, {0x1D21, "w"},
    {0x1D22, "z"}, {0xA730, "f"}, {0xA731, "s"},
    // Greek.
    {0x03B1, "a"}, {0x03B2, "b"}, {0x03B5, "e"}, {0x03B6, "z"}, {0x03B7, "h"}, {0x03B9, "i"}, {0x03BA, "k"},
    {0x03BC, "m"}, {0x03BD, "v"}, {0x03BF, "o"}, {0x03C1, "p"}, {0x03C4, "t"}, {0x03C5, "u"}, {0x03C7, "x"},
    {0x03F2, "c"}, {0x03F3, "j"},
    // Cyrillic.
    {0x0430, "a"}, {0x0432, "b"}, {0x0435, "e"}, {0x043A, "k"}, {0x043C, "m"}, {0x043D, "h"}, {0x043E, "o"},
    {0x0440, "p"}, {0x0441, "c"}, {0x0442, "t"}, {0x0443, "y"}, {0x0445, "x"}, {0x0455, "s"}, {0x0456, "i"},
    {0x0458, "j"}, {0x04AF, "y"}, {0x04BB, "h"}, {0x04CF, "l"}, {0x0501, "d"}, {0x051B, "q"}, {0x051D, "w"},
    // Armenian.
    {0x0566, "q"}, {0x0570, "h"}, {0x057D, "u"}, {0x0581, "g"}, {0x0585, "o"},
});

const char* twin_of(UChar32 c) {
  static const auto table = [] {
    auto sorted = kTwins;
    std::sort(sorted.begin(), sorted.end(), [](const Twin& a, const Twin& b) { return a.letter < b.letter; });
    return sorted;
  }();
  const auto found =
      std::lower_bound(table.begin(), table.end(), c, [](const Twin& a, UChar32 b) { return a.letter < b; });
  return found != table.end() && found->letter == c ? found->latin : nullptr;
}

/// White letters on black discs and squares: compatibility forms that Unicode does not decompose.
UChar32 unboxed(UChar32 c) {
  if (c >= 0x1F150 && c <= 0x1F169) return 'a' + (c - 0x1F150);
  if (c >= 0x1F170 && c <= 0x1F189) return 'a' + (c - 0x1F170);
  return c;
}

/// An accent, as opposed to a vowel sign or a kana voicing mark, which change the letter they stand on.
bool is_accent(UChar32 c) {
  if (u_charType(c) != U_NON_SPACING_MARK || c == 0x3099 || c == 0x309A) return false;
  UErrorCode status = U_ZERO_ERROR;
  const auto script = uscript_getScript(c, &status);
  return U_SUCCESS(status) && (script == USCRIPT_INHERITED || script == USCRIPT_COMMON);
}

const icu::Normalizer2* form(const char* name, UNormalization2Mode mode) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* found = icu::Normalizer2::getInstance(nullptr, name, mode, status);
  return U_SUCCESS(status) ? found : nullptr;
}
const icu::Normalizer2* casefolded() {
  static const auto* form_ = form("nfkc_cf", UNORM2_COMPOSE);
  return form_;
}
const icu::Normalizer2* decomposed() {
  static const auto* form_ = form("nfc", UNORM2_DECOMPOSE);
  return form_;
}

icu::UnicodeString apply(const icu::Normalizer2* normalizer, const icu::UnicodeString& in) {
  UErrorCode status = U_ZERO_ERROR;
  if (normalizer == nullptr) return in;
  auto out = normalizer->normalize(in, status);
  return U_SUCCESS(status) ? out : in;
}

/// What 128 code points fold to. Folding is context-free, so each is asked for once in the life of the process: ICU needs
/// some 300 ns a letter, this 3.
struct Block {
  static constexpr std::uint8_t kSpace = 0xFE, kLong = 0xFF;  // instead of a size
  struct Entry {
    std::array<char, 7> bytes{};
    std::uint8_t size = 0;
  };
  std::array<Entry, 128> entries{};
  std::array<bool, 128> boundary{};  // nothing before it changes what it becomes
};
using Blocks = std::array<std::atomic<const Block*>, 0x10000 / 128>;

/// ASCII in lower case, white space as a blank.
constexpr auto kLower = [] {
  std::array<char, 128> table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto c = static_cast<char>(i);
    table[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c == ' ' || (c >= '\t' && c <= '\r') ? ' ' : c;
  }
  return table;
}();

/// Collects folded bytes with their origins, and folds white space on the way.
class Sink {
 public:
  explicit Sink(std::size_t expected) { grow(expected + 16); }

  void add(UChar32 c, std::size_t origin) {
    if (u_isUWhiteSpace(c)) return gap(origin);
    std::array<char, U8_MAX_LENGTH> written{};
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(reinterpret_cast<std::uint8_t*>(written.data()), size, c);
    bytes({written.data(), static_cast<std::size_t>(size)}, origin);
  }

  void ascii(char c, std::size_t origin) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) return gap(origin);
    room_for(1);
    raw(static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c), origin);
  }

  /// Takes what is common (ASCII, and letters of two bytes that fold to at most two and whose block is known) from `at` on,
  /// in one loop that need not look at the members for each byte; returns where it met anything else.
  std::size_t common(std::string_view s, std::size_t at, const Blocks& blocks) {
    if (const auto most = s.size() - at + 2; size_ + most > room_) grow(most);
    char* text = text_ + size_;
    std::uint32_t* origin = origin_ + size_;
    bool due = gap_;
    std::size_t due_at = gap_at_;
    const auto put = [&](const char* bytes, std::size_t size) {
      if (due) *text++ = ' ', *origin++ = static_cast<std::uint32_t>(due_at), due = false;
      for (std::size_t i = 0; i < size; ++i) *text++ = bytes[i], *origin++ = static_cast<std::uint32_t>(at);
    };
    for (; at < s.size();) {
      const auto first = static_cast<unsigned char>(s[at]);
      if (first < 0x80) {
        const char lower = kLower[first];
        if (lower != ' ') put(&lower, 1);
        else if (!due && text != text_) due = true, due_at = at;
        ++at;
        continue;
      }
      if (first < 0xC2 || first >= 0xE0 || at + 1 >= s.size() || (static_cast<unsigned char>(s[at + 1]) & 0xC0) != 0x80) break;
      const auto c = static_cast<std::size_t>(((first & 0x1F) << 6) | (static_cast<unsigned char>(s[at + 1]) & 0x3F));
      const auto* block = blocks[c / 128].load(std::memory_order_acquire);
      if (block == nullptr || block->entries[c % 128].size > 2) break;
      const auto& entry = block->entries[c % 128];
      if (entry.size > 0) put(entry.bytes.data(), entry.size);
      at += 2;
    }
    size_ = static_cast<std::size_t>(text - text_);
    gap_ = due;
    gap_at_ = due_at;
    return at;
  }

  void gap(std::size_t origin) {
    if (!gap_ && size_ > 0) gap_ = true, gap_at_ = origin;
  }

  void bytes(std::string_view some, std::size_t origin) {
    if (some.empty()) return;
    room_for(some.size());
    for (const char c : some) raw(c, origin);
  }

  Folded finish(std::size_t source_size) {
    out_.text.resize(size_);
    out_.origin.resize(size_ + 1);
    out_.origin[size_] = static_cast<std::uint32_t>(source_size);
    return std::move(out_);
  }

 private:
  // Written by index: a push of each byte with its origin costs more than all else here.
  void raw(char c, std::size_t origin) {
    text_[size_] = c;
    origin_[size_++] = static_cast<std::uint32_t>(origin);
  }

  /// For so many bytes, and the blank that stands before them if one is due.
  void room_for(std::size_t bytes) {
    if (size_ + bytes + 1 > room_) grow(bytes + 1);
    if (gap_) raw(' ', gap_at_);
    gap_ = false;
  }

  void grow(std::size_t more) {
    room_ = std::max(room_ * 2, size_ + more);
    out_.text.resize(room_);
    out_.origin.resize(room_ + 1);
    text_ = out_.text.data();
    origin_ = out_.origin.data();
  }

  Folded out_;
  char* text_ = nullptr;  // of out_, room_ bytes; and its origins
  std::uint32_t* origin_ = nullptr;
  std::size_t size_ = 0, room_ = 0;
  bool gap_ = false;
  std::size_t gap_at_ = 0;
};

UChar32 next(std::string_view s, std::size_t& i) {
  const auto first = static_cast<unsigned char>(s[i]);
  if (first >= 0xC2 && first < 0xE0 && i + 1 < s.size()) {  // most of what is not ASCII
    const auto second = static_cast<unsigned char>(s[i + 1]);
    if ((second & 0xC0) == 0x80) {
      i += 2;
      return ((first & 0x1F) << 6) | (second & 0x3F);
    }
  }
  const auto window = s.substr(i, 8);
  std::int32_t at = 0;
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(reinterpret_cast<const std::uint8_t*>(window.data()), at, static_cast<std::int32_t>(window.size()), c);
  i += static_cast<std::size_t>(at);
  return c;
}

/// One code point, folded as far as matching goes: white space, or bytes.
std::string folded_bytes(UChar32 c, bool& space) {
  auto folded = apply(casefolded(), icu::UnicodeString(unboxed(c)));
  const bool hangul = c >= 0xAC00 && c <= 0xD7A3;
  if (!hangul) folded = apply(decomposed(), folded);
  std::string bytes;
  space = false;
  for (std::int32_t i = 0; i < folded.length();) {
    const UChar32 part = folded.char32At(i);
    i += U16_LENGTH(part);
    if (is_accent(part)) continue;
    const bool gap = u_isUWhiteSpace(part) != 0;
    space = space || (gap && bytes.empty());
    if (const char* latin = twin_of(part)) {
      bytes += latin;
    } else if (gap) {
      bytes += ' ';
    } else {
      icu::UnicodeString(part).toUTF8String(bytes);
    }
  }
  space = space && bytes == " ";
  return bytes;
}

/// NFKC and case folding alone, code point by code point.
std::string normalised_bytes(UChar32 c, bool& space) {
  std::string bytes;
  apply(casefolded(), icu::UnicodeString(c)).toUTF8String(bytes);
  space = bytes == " " || u_isUWhiteSpace(c);
  return bytes;
}

const Block& block_of(Blocks& blocks, std::string (*bytes_of)(UChar32, bool&), UChar32 c) {
  auto& slot = blocks[static_cast<std::size_t>(c) / 128];
  if (const auto* known = slot.load(std::memory_order_acquire)) return *known;
  auto made = std::make_unique<Block>();
  for (UChar32 i = 0; i < 128; ++i) {
    auto& entry = made->entries[static_cast<std::size_t>(i)];
    const UChar32 one = c / 128 * 128 + i;
    bool space = false;
    const auto bytes = U_IS_SURROGATE(one) ? std::string("\xEF\xBF\xBD") : bytes_of(one, space);
    made->boundary[static_cast<std::size_t>(i)] = casefolded() != nullptr && casefolded()->hasBoundaryBefore(one);
    const bool inner_space = !space && bytes.find(' ') != std::string::npos;
    if (space) {
      entry.size = Block::kSpace;
    } else if (bytes.size() > entry.bytes.size() || inner_space) {
      entry.size = Block::kLong;
    } else {
      entry.size = static_cast<std::uint8_t>(bytes.size());
      std::copy(bytes.begin(), bytes.end(), entry.bytes.begin());
    }
  }
  const Block* expected = nullptr;  // kept for the life of the process; whoever comes second drops his own
  if (slot.compare_exchange_strong(expected, made.get(), std::memory_order_acq_rel)) return *made.release();
  return *expected;
}

Blocks& fold_blocks() {
  static Blocks blocks{};
  return blocks;
}

void fold_into(Sink& sink, UChar32 c, std::size_t origin) {
  auto& blocks = fold_blocks();
  if (c < 0x10000) {
    const auto& entry = block_of(blocks, folded_bytes, c).entries[static_cast<std::size_t>(c) % 128];
    if (entry.size == Block::kSpace) return sink.gap(origin);
    if (entry.size != Block::kLong) return sink.bytes({entry.bytes.data(), entry.size}, origin);
  }
  bool space = false;
  const auto bytes = folded_bytes(c, space);
  if (space) return sink.gap(origin);
  for (std::size_t at = 0; at <= bytes.size();) {
    const auto end = std::min(bytes.find(' ', at), bytes.size());
    sink.bytes(std::string_view(bytes).substr(at, end - at), origin);
    if (end < bytes.size()) sink.gap(origin);
    at = end + 1;
  }
}

}  // namespace

std::string fold_case(std::string_view s) {
  if (std::all_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return lower_ascii(s);
  }
  std::string out;
  const auto in = icu::UnicodeString::fromUTF8(icu::StringPiece(s.data(), static_cast<std::int32_t>(s.size())));
  return apply(casefolded(), in).toUTF8String(out);
}

Folded fold_for_match(std::string_view s) {
  Sink sink(s.size());
  for (std::size_t i = 0; (i = sink.common(s, i, fold_blocks())) < s.size();) {
    const std::size_t start = i;
    const UChar32 c = next(s, i);
    if (c < 0x80) {
      sink.ascii(static_cast<char>(c), start);
    } else {
      fold_into(sink, c, start);
    }
  }
  return sink.finish(s.size());
}

Folded normalise_for_match(std::string_view s) {
  // Marks compose with what stands before them, so a run up to the next boundary is one unit; its length is bounded,
  // because reordering a hostile pile of marks is quadratic.
  constexpr int kLongestRun = 32;
  Sink sink(s.size());
  const auto* normalizer = casefolded();
  static Blocks blocks{};
  const auto alone = [&](UChar32 c) { return block_of(blocks, normalised_bytes, c).boundary[static_cast<std::size_t>(c) % 128]; };
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t start = i;
    UChar32 c = next(s, i);
    if (c < 0x80 && (i == s.size() || static_cast<unsigned char>(s[i]) < 0x80)) {
      sink.ascii(static_cast<char>(c), start);
      continue;
    }
    std::size_t peek = i;
    const UChar32 follower = i < s.size() ? next(s, peek) : 0;
    if (c < 0x10000 && follower < 0x10000 && (follower < 0x80 || alone(follower))) {
      const auto& entry = block_of(blocks, normalised_bytes, c).entries[static_cast<std::size_t>(c) % 128];
      if (entry.size == Block::kSpace) {
        sink.gap(start);
        continue;
      }
      if (entry.size != Block::kLong) {
        sink.bytes({entry.bytes.data(), entry.size}, start);
        continue;
      }
    }
    icu::UnicodeString run(c);
    for (int length = 1; i < s.size() && length < kLongestRun; ++length) {
      std::size_t after = i;
      c = next(s, after);
      if (normalizer == nullptr || normalizer->hasBoundaryBefore(c)) break;
      run.append(c);
      i = after;
    }
    const auto folded = apply(normalizer, run);
    for (std::int32_t k = 0; k < folded.length();) {
      const UChar32 part = folded.char32At(k);
      k += U16_LENGTH(part);
      sink.add(part, start);
    }
  }
  return sink.finish(s.size());
}

}  // namespace vigie::text
