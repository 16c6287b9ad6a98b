#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::alerts {

/// Foreign text made harmless for a mail: valid UTF-8, control and direction characters made visible or blank, white space
/// folded, and nothing in it that a mail reader would turn into a link ("hxxps://a[.]example", "x@a[.]example").
std::string harmless(std::string_view text);

/// Width on a terminal: 2 for wide characters, 0 for combining ones. `text` is valid UTF-8.
std::size_t columns(std::string_view text);
/// At most `limit` columns, with an ellipsis where something was cut off.
std::string clip(std::string_view text, std::size_t limit);
/// Lines of at most `width` columns; `first` columns of the first line are already taken. A longer word is broken.
std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t first = 0);
/// The longest beginning of `text` that wraps into `lines` lines, with an ellipsis where something was cut off.
std::string fit(std::string_view text, std::size_t width, std::size_t lines, std::size_t first = 0);

/// A run of text; `marked`: observed words, as they stood on the page.
struct Piece {
  std::string text;
  bool marked = false;
};

/// What a message consists of. Both forms render the same blocks in the same order.
struct Block {
  enum class Kind { title, fact, more_fact, heading, subheading, item, note, tail };  // tail: a note set apart
  Kind kind = Kind::note;
  std::string label;  // of a fact: "Why"
  std::vector<Piece> pieces;
};

inline constexpr std::size_t kWidth = 72;       // columns of the plain form
inline constexpr std::size_t kScreenLines = 25;  // of its first screen

/// LF line ends.
std::string to_plain(const std::vector<Block>& blocks);
/// One self-contained page: no remote content, no link, no script; dark mode by the reader's own preference.
std::string to_html(const std::vector<Block>& blocks, std::string_view language, std::string_view title);

}  // namespace vigie::alerts
