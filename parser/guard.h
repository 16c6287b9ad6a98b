#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"

namespace vigie::parser {

/// What a page may cost. Gumbo is quadratic in nesting depth and in attributes of one tag, so both are counted first.
struct GuardLimits {
  std::size_t bytes = std::size_t{16} << 20;
  std::size_t depth = 512;       // open elements, as a browser limits them
  std::size_t attributes = 256;  // of one tag
  std::size_t nodes = 300'000;   // tags and runs of text
};

/// A page that may be handed to the tree builder.
struct Guarded {
  std::string html;       // bodies of inert scripts and styles left out, NUL bytes dropped; data scripts kept
  std::size_t depth = 0;  // deepest nesting seen
  std::size_t nodes = 0;
};

/// One pass over UTF-8 markup, linear in its size. Where it is not sure how a browser nests it counts deeper, never
/// shallower. `too_large` names the limit that fired.
Result<Guarded> guard(std::string_view utf8, const GuardLimits& limits = {});

}  // namespace vigie::parser
