#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/records.pb.h"
#include "core/text.h"

namespace vigie::detector {

/// Three ways to read one text: as stored; NFKC and case folded; and with accents, look-alikes and zero-width
/// characters folded too, so that words written to be missed are found.
enum class ViewKind { original, normalised, folded };
constexpr std::size_t kViews = 3;
std::optional<ViewKind> view_named(std::string_view name);

/// Bytes [begin, end).
struct Span {
  std::size_t begin = 0, end = 0;
};

/// A run of letters, digits and marks.
using Token = Span;
std::vector<Token> tokens_of(std::string_view text);

/// One field of an ad under one view, with the way back to its stored bytes. Borrows the field's text.
class View {
 public:
  View(std::string_view source, ViewKind kind);

  std::string_view text() const { return original_ ? source_ : std::string_view(folded_.text); }
  std::string_view source() const { return source_; }
  const std::vector<Token>& tokens() const;
  /// The stored bytes that gave `span` of this view: whole characters with their combining marks, without what was
  /// dropped behind them.
  Span to_source(Span span) const;

 private:
  std::string_view source_;
  bool original_ = false;
  text::Folded folded_;
  mutable std::optional<std::vector<Token>> tokens_;
};

/// One text of an ad that rules read.
struct FieldText {
  std::string name;       // "title", "text", "attributes.employer": as Reason.field says it
  std::string_view text;  // borrowed from the ad
};

/// The texts of an ad that rules read: title, text, category and attribute values; at most kMaxFields, each cut to
/// kMaxFieldBytes; a field that is not UTF-8 is left out (the parser repairs what it stores).
constexpr std::size_t kMaxFields = 40;
constexpr std::size_t kMaxFieldBytes = 64 * 1024;
std::vector<FieldText> texts_of(const Ad& ad);

}  // namespace vigie::detector
