#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "detector/views.h"

namespace vigie::detector {

/// One RE2, compiled with bounds. Immutable and thread-safe.
class Pattern {
 public:
  /// `misconfigured`: does not compile, matches empty text, or is so large that it would be slow (kMaxProgram).
  static Result<std::shared_ptr<const Pattern>> compile(const std::string& written);
  virtual ~Pattern() = default;

  /// First match, as bytes of `text`.
  virtual std::optional<Span> find(std::string_view text) const = 0;
  virtual const std::string& written() const = 0;
};

}  // namespace vigie::detector
