#include "core/text.h"
#include "fuzz.h"
#include "parser/charset.h"

using namespace vigie;

// First line: Content-Type; the rest: the page.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = view(data, size);
  const auto content_type = take_line(bytes);
  const auto read = parser::to_utf8(bytes, content_type);
  require(text::valid_utf8(read.text), "text is UTF-8");
  require(read.text.find('\0') == std::string::npos, "text holds no NUL");
  require(parser::encoding_of_label(read.encoding) == read.encoding, "an encoding is named as the list names it");
  require(!read.source.empty(), "it is said why");
  require(read.text.size() <= bytes.size() * 3 + 3, "text grows at most threefold");
  if (!read.text.starts_with("\xEF\xBB\xBF")) {
    require(parser::to_utf8(read.text, "text/html; charset=utf-8").text == read.text, "UTF-8 is read as it stands");
  }
  require(text::repair_utf8(read.text) == read.text, "sound text is not repaired");
  const auto folded = text::fold_for_match(read.text);
  require(folded.origin.size() == folded.text.size() + 1, "every folded byte knows where it came from");
  for (std::size_t i = 0; i + 1 < folded.origin.size(); ++i) require(folded.origin[i] <= folded.origin[i + 1], "origins grow");
  require(folded.origin.back() <= read.text.size(), "origins lie inside");
  require(text::valid_utf8(folded.text), "folded text is UTF-8");
  const auto space = text::fold_space(read.text);
  require(text::fold_space(space) == space, "folding space is idempotent");
  return 0;
}
