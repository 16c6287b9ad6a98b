// Folding of text for comparison, with the way back to the source bytes.
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>

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

/// Collects folded bytes with their origins, and folds white space on the way.
class Sink {
 public:
  explicit Sink(std::size_t expected) {
    out_.text.reserve(expected);
    out_.origin.reserve(expected + 1);
  }

  void add(UChar32 c, std::size_t origin) {
    if (u_isUWhiteSpace(c)) {
      if (!gap_ && !out_.text.empty()) gap_ = true, gap_at_ = origin;
      return;
    }
    if (gap_) raw(' ', gap_at_);
    gap_ = false;
    std::array<char, U8_MAX_LENGTH> bytes{};
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(reinterpret_cast<std::uint8_t*>(bytes.data()), size, c);
    for (std::int32_t i = 0; i < size; ++i) raw(bytes[static_cast<std::size_t>(i)], origin);
  }

  Folded finish(std::size_t source_size) {
    out_.origin.push_back(static_cast<std::uint32_t>(source_size));
    return std::move(out_);
  }

 private:
  void raw(char c, std::size_t origin) {
    out_.text += c;
    out_.origin.push_back(static_cast<std::uint32_t>(origin));
  }

  Folded out_;
  bool gap_ = false;
  std::size_t gap_at_ = 0;
};

UChar32 next(std::string_view s, std::size_t& i) {
  const auto window = s.substr(i, 8);
  std::int32_t at = 0;
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(reinterpret_cast<const std::uint8_t*>(window.data()), at, static_cast<std::int32_t>(window.size()), c);
  i += static_cast<std::size_t>(at);
  return c;
}

/// One code point, folded as far as matching goes.
void fold_into(Sink& sink, UChar32 c, std::size_t origin) {
  auto folded = apply(casefolded(), icu::UnicodeString(unboxed(c)));
  const bool hangul = c >= 0xAC00 && c <= 0xD7A3;
  if (!hangul) folded = apply(decomposed(), folded);
  for (std::int32_t i = 0; i < folded.length();) {
    const UChar32 part = folded.char32At(i);
    i += U16_LENGTH(part);
    if (is_accent(part)) continue;
    if (const char* latin = twin_of(part)) {
      for (; *latin != '\0'; ++latin) sink.add(*latin, origin);
    } else {
      sink.add(part, origin);
    }
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
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t start = i;
    const UChar32 c = next(s, i);
    if (c < 0x80) {
      sink.add(c >= 'A' && c <= 'Z' ? c + 32 : c, start);
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
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t start = i;
    UChar32 c = next(s, i);
    if (c < 0x80 && (i == s.size() || static_cast<unsigned char>(s[i]) < 0x80)) {
      sink.add(c >= 'A' && c <= 'Z' ? c + 32 : c, start);
      continue;
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
