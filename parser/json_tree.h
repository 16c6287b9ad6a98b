#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace vigie::parser {

/// JSON as pages carry it, as a flat array in document order. Tolerant: comments, control characters in strings,
/// trailing and missing commas, single quotes, bare keys, HTML comment marks and CDATA around it, text cut off at the
/// end.
class JsonTree {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };
  struct Item {
    Kind kind = Kind::null;
    bool truth = false;
    std::uint32_t parent = 0;
    std::uint32_t end = 0;  // subtree is [this, end)
    std::string key;        // inside an object
    std::string text;       // string: its value; number: as written
  };

  static constexpr std::size_t kMaxDepth = 64;
  static constexpr std::size_t kMaxItems = 200'000;

  /// `malformed`: nothing in it that could be JSON; `too_large`: deeper or longer than the limits above.
  /// `rest`: where reading stopped, for a script that goes on after its object.
  static Result<JsonTree> parse(std::string_view s, std::size_t* rest = nullptr);

  const std::vector<Item>& items() const { return items_; }
  const Item& operator[](std::uint32_t i) const { return items_[i]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(items_.size()); }
  /// Member of an object; 0: none (0 is the root and nobody's member).
  std::uint32_t member(std::uint32_t object, std::string_view key) const;
  /// The scalar at `i` as text; of an array its first scalar; of an object its "@value", "name" or "url".
  std::string text_of(std::uint32_t i) const;
  std::string text_of(std::uint32_t object, std::string_view key) const {
    const std::uint32_t i = member(object, key);
    return i == 0 ? std::string() : text_of(i);
  }
  /// Strict JSON of a subtree.
  std::string dump(std::uint32_t i = 0) const;

 private:
  friend class JsonReader;
  std::vector<Item> items_;
};

}  // namespace vigie::parser
