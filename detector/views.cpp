#include "detector/views.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <map>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace vigie::detector {
namespace {

bool is_mark(UChar32 c) {
  return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

bool is_word(UChar32 c) {
  return u_isalnum(c) || is_mark(c);
}

/// Which code points of the first plane are parts of words; asked once, since ICU takes ten times as long.
const std::bitset<0x10000>& word_letters() {
  static const auto table = [] {
    std::bitset<0x10000> made;
    for (UChar32 c = 0; c < 0x10000; ++c) made[static_cast<std::size_t>(c)] = is_word(c);
    return made;
  }();
  return table;
}

/// The code point at `at`, which then stands behind it; negative for a broken sequence.
UChar32 next(std::string_view s, std::size_t& at) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(s.data());
  auto i = static_cast<std::int32_t>(at);
  UChar32 c = 0;
  U8_NEXT(bytes, i, static_cast<std::int32_t>(s.size()), c);
  at = static_cast<std::size_t>(i);
  return c;
}

}  // namespace

std::optional<ViewKind> view_named(std::string_view name) {
  if (name == "original") return ViewKind::original;
  if (name == "normalised") return ViewKind::normalised;
  if (name == "folded" || name.empty()) return ViewKind::folded;
  return std::nullopt;
}

std::vector<Token> tokens_of(std::string_view text) {
  static const auto& letters = word_letters();
  static const auto ascii = [] {
    std::array<bool, 0x80> made{};
    for (std::size_t c = 0; c < made.size(); ++c) made[c] = word_letters()[c];
    return made;
  }();
  std::vector<Token> found;
  found.reserve(text.size() / 5 + 1);
  std::size_t at = 0, begin = 0;
  bool inside = false;
  while (at < text.size()) {
    const std::size_t here = at;
    const auto first = static_cast<unsigned char>(text[at]);
    bool word = false;
    if (first < 0x80) {
      word = ascii[first];
      ++at;
    } else if (first >= 0xC2 && first < 0xE0 && at + 1 < text.size() && (static_cast<unsigned char>(text[at + 1]) & 0xC0) == 0x80) {
      word = letters[static_cast<std::size_t>(((first & 0x1F) << 6) | (static_cast<unsigned char>(text[at + 1]) & 0x3F))];
      at += 2;
    } else {
      const UChar32 c = next(text, at);
      word = c >= 0 && (c < 0x10000 ? letters[static_cast<std::size_t>(c)] : is_word(c));
    }
    if (word == inside) continue;
    if (word) begin = here;
    else found.push_back({begin, here});
    inside = word;
  }
  if (inside) found.push_back({begin, at});
  return found;
}

View::View(std::string_view source, ViewKind kind) : source_(source), original_(kind == ViewKind::original) {
  if (kind == ViewKind::folded) folded_ = text::fold_for_match(source);
  if (kind == ViewKind::normalised) folded_ = text::normalise_for_match(source);
}

const std::vector<Token>& View::tokens() const {
  if (!tokens_) tokens_ = tokens_of(text());
  return *tokens_;
}

Span View::to_source(Span span) const {
  if (original_ || span.begin >= span.end) return span;
  const std::size_t last = folded_.origin[span.end - 1];
  const std::size_t limit = folded_.origin[span.end];
  std::size_t end = last;
  if (end < source_.size()) next(source_, end);
  // Marks that were dropped or composed belong to the letter; zero-width characters and blanks behind it do not.
  while (end < source_.size() && end < std::max<std::size_t>(limit, last + 1)) {
    std::size_t after = end;
    if (!is_mark(next(source_, after))) break;
    end = after;
  }
  return {folded_.origin[span.begin], end};
}

std::vector<FieldText> texts_of(const Ad& ad) {
  std::vector<FieldText> found;
  const auto add = [&](std::string name, std::string_view text) {
    if (text.empty() || found.size() >= kMaxFields) return;
    const auto cut = text::cut_utf8(text, kMaxFieldBytes);
    if (text::valid_utf8(cut)) found.push_back({std::move(name), cut});
  };
  add("title", ad.title());
  add("text", ad.text());
  add("category", ad.category());
  // A protobuf map has no order of its own; findings must not depend on it.
  const std::map<std::string_view, std::string_view> sorted(ad.attributes().begin(), ad.attributes().end());
  for (const auto& [label, value] : sorted) add("attributes." + std::string(label), value);
  return found;
}

}  // namespace vigie::detector
