#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace vigie::parser {

/// What a page may cost. Gumbo is quadratic in nesting depth and in attributes of one tag, so both are counted first.
struct GuardLimits {
  std::size_t bytes = std::size_t{16} << 20;
  std::size_t depth = 512;       // open elements, as a browser limits them
  std::size_t attributes = 256;  // of one tag
  std::size_t nodes = 300'000;   // tags and runs of text
};

/// A page that may be handed to the tree builder, in the short form that it reads: the builder takes its input one
/// character at a time, so attributes are left out of most tags, and long runs of text, comments and data scripts stand
/// there as marks of one character. What a mark stands for is copied back verbatim wherever the builder put it.
struct Guarded {
  struct Span {
    std::uint32_t begin, end;  // in `source`
  };
  // A mark is one character of the two planes for private use, its span's number in it. The page's own are dropped:
  // nothing but glyphs of one site's icon font stands there.
  static constexpr std::size_t kMarkBytes = 4;
  static constexpr std::size_t kMaxSpans = 2 * 65'534;

  std::string source;       // the page; NUL and characters of those planes dropped, line ends are \n
  std::string html;         // for the tree builder: bodies of inert scripts and styles left out
  std::vector<Span> spans;  // by number
  /// The attributes of the tag that starts at `html[at]`, left out there; in order of `at`.
  struct Attributes {
    std::size_t at;
    Span span;
  };
  std::vector<Attributes> attributes;
  std::size_t depth = 0;    // deepest nesting seen
  std::size_t nodes = 0;

  /// Where the first mark at or after `from` stands, and its span; empty: there is none.
  struct Mark {
    std::size_t at, span;
  };
  std::optional<Mark> find_mark(std::string_view s, std::size_t from = 0) const;
  std::string_view text_of(Span span) const {
    return std::string_view(source).substr(span.begin, span.end - span.begin);
  }
  /// Attributes of the tag that starts at `html[at]`; empty: none were left out there.
  std::optional<Span> attributes_at(std::size_t at) const;
  /// `html` with all that was left out put back.
  std::string full_html() const;
};

/// One pass over UTF-8 markup, linear in its size. Where it is not sure how a browser nests it counts deeper, never
/// shallower. `too_large` names the limit that fired.
Result<Guarded> guard(std::string utf8, const GuardLimits& limits = {});

/// A character reference that needs no table: how many bytes it takes, and what it means; 0 bytes: another, or none.
struct Reference {
  std::size_t bytes = 0;
  std::string_view meant;
};
Reference reference_at(std::string_view s);

/// One attribute as it stands in a tag.
struct RawAttribute {
  std::string_view name, value;
  bool quoted = false;
};
/// Reads attributes as a browser's tokenizer does: `at` stands behind the tag's name and moves behind the attribute;
/// false: there is none, and `at` stands at '>' or at the end. `slash`: a '/' stood last before that.
bool next_attribute(std::string_view s, std::size_t& at, RawAttribute& attribute, bool& slash);

}  // namespace vigie::parser
