#include <string>

#include "core/text.h"
#include "fuzz.h"
#include "parser/css.h"
#include "parser/guard.h"

using namespace vigie::parser;

// First line: a selector; the rest: the page.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = view(data, size);
  const std::string written(take_line(bytes));
  const auto selector = Selector::compile(written);
  if (!selector) {
    require(selector.error().text.find("column ") != std::string::npos, "a fault of a selector names its column");
    return 0;
  }
  auto guarded = guard(vigie::text::repair_utf8(bytes));
  if (!guarded) return 0;
  const auto dom = Dom::parse(*std::move(guarded));
  if (!dom) return 0;
  const auto found = selector->select(*dom);
  for (std::size_t i = 0; i < found.size(); ++i) {
    require(found[i] < dom->size() && dom->is_element(found[i]), "a match is an element of the page");
    require(i == 0 || found[i - 1] < found[i], "matches stand in document order, each once");
  }
  for (const auto& same : {written + ", " + written, ":is(" + written + ")"}) {
    const auto other = Selector::compile(same);
    if (other) require(other->select(*dom) == found, "a list of twins, and :is(), match what the selector matches");
  }
  return 0;
}
