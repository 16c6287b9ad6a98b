#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace vigie::detector {

/// One thing to look for. `number` is what scan() answers; several needles may bear the same.
struct Needle {
  std::string text;
  bool pattern = false;  // RE2 syntax; else plain bytes
};

/// Says in one pass which of many needles may stand in a text (Vectorscan). May say yes too often, never too seldom.
/// Immutable and thread-safe.
class Prefilter {
 public:
  /// `misconfigured` and, in `*bad`, the needle that cannot be searched for at speed.
  static Result<std::unique_ptr<const Prefilter>> compile(const std::vector<Needle>& needles, std::size_t* bad);
  virtual ~Prefilter() = default;

  /// Indices of needles that may stand in `text` (valid UTF-8), ascending, each once.
  virtual void scan(std::string_view text, std::vector<std::uint32_t>& found) const = 0;
};

}  // namespace vigie::detector
