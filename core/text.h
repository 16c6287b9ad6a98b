#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

/// Plain work on UTF-8 text that several rooms need. Byte offsets everywhere; no locale, no I/O.
namespace vigie::text {

bool valid_utf8(std::string_view s);
/// Bytes of `s` before its first character outside ASCII.
std::size_t ascii_prefix(std::string_view s);
/// The same text with each invalid sequence replaced by U+FFFD and NUL dropped.
std::string repair_utf8(std::string_view s);
/// Longest prefix of at most `bytes` bytes that ends between two code points.
std::string_view cut_utf8(std::string_view s, std::size_t bytes);

/// Runs of white space (Unicode) become one blank; ends trimmed.
std::string fold_space(std::string_view s);
std::string_view trim(std::string_view s);
std::vector<std::string_view> split(std::string_view s, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
bool starts_with_ci(std::string_view s, std::string_view ascii_prefix);
bool equals_ci(std::string_view a, std::string_view b);  // ASCII only
std::string lower_ascii(std::string_view s);
/// Unicode full case folding after NFKC: for comparison, never for display.
std::string fold_case(std::string_view s);

/// Text that can be compared although it was written to be missed: NFKC, case folded, accents dropped, look-alikes of
/// Latin letters folded, zero-width characters dropped, white space folded. `origin[i]` is the byte offset in the
/// source of the character that gave byte i; `origin.size() == text.size() + 1`.
struct Folded {
  std::string text;
  std::vector<std::uint32_t> origin;
};
Folded fold_for_match(std::string_view s);
/// As above without dropping accents or look-alikes (NFKC, case fold, white space).
Folded normalise_for_match(std::string_view s);

std::string escape_html(std::string_view s);
/// Control characters as \xNN, so that one event stays one line and a terminal stays sane.
std::string escape_control(std::string_view s);
std::string percent_encode(std::string_view s, std::string_view keep);
std::string percent_decode(std::string_view s);
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view hex);
std::string to_base64(std::string_view bytes);

/// Reads "512KiB", "8MiB", "1GiB", "100B", "0"; `malformed` otherwise.
Result<std::int64_t> parse_size(std::string_view s);

/// The candidate nearest to `word` by edit distance, if near enough to be a slip of the hand.
std::optional<std::string> did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace vigie::text
