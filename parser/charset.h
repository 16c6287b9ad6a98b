#pragma once

#include <string>
#include <string_view>

namespace vigie::parser {

struct Decoded8 {
  std::string text;      // valid UTF-8, no NUL, no byte order mark
  std::string encoding;  // WHATWG name of what it was read as ("windows-1252")
  std::string source;    // bom header meta content detected fallback
};

/// The WHATWG name for a label ("latin1" gives "windows-1252"); empty: not on the list (UTF-7 is not).
std::string_view encoding_of_label(std::string_view label);

/// What a <meta> of the first 1,024 bytes declares; empty: nothing on the list. UTF-16 there means UTF-8.
std::string_view encoding_of_meta(std::string_view bytes);

/// Any bytes to UTF-8: byte order mark, then the header's charset, then <meta>, then what the bytes look like.
/// Malformed sequences become U+FFFD. A declaration that the bytes plainly contradict is overruled: a page that is all
/// valid UTF-8 is UTF-8, and one of which most sequences are not is something else.
Decoded8 to_utf8(std::string_view bytes, std::string_view content_type);

}  // namespace vigie::parser
