#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace vigie::parser {

/// Of a tag's name, whatever its case.
constexpr std::uint32_t name_hash(std::string_view s) {
  std::uint32_t h = 2166136261u;
  for (const char c : s) {
    const char lower = (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
    h = (h ^ static_cast<std::uint8_t>(lower)) * 16777619u;
  }
  return h;
}

/// A set of tag names, by hash, sorted at compile time.
template <std::size_t N>
struct Names {
  std::array<std::uint32_t, N> hashes{};
  constexpr explicit Names(const std::string_view (&names)[N]) {
    for (std::size_t i = 0; i < N; ++i) hashes[i] = name_hash(names[i]);
    std::sort(hashes.begin(), hashes.end());
  }
  bool has(std::uint32_t h) const { return std::binary_search(hashes.begin(), hashes.end(), h); }
};

constexpr std::uint32_t operator""_tag(const char* s, std::size_t n) {
  return name_hash({s, n});
}

/// The stack of open elements as the tree builder will see it, by name only: how deep markup nests is known before the
/// tree is built. Where it is not sure it counts deeper, never shallower.
class OpenElements {
 public:
  std::size_t size() const { return stack_.size(); }

  void start(std::uint32_t tag, bool self_closing);
  void end(std::uint32_t tag);

  /// Inside svg or math, where "/>" closes and titles are elements like any other.
  bool in_foreign() const;
  bool holds_foreign() const { return contains("svg"_tag) || contains("math"_tag); }

 private:
  bool contains(std::uint32_t tag) const { return std::find(stack_.begin(), stack_.end(), tag) != stack_.end(); }
  template <class Stop>
  void pop_through(std::uint32_t tag, Stop stop);
  void pop_heading();
  void erase_up_to_scope(std::uint32_t tag);
  void close_table_part(std::uint32_t tag);
  void close_implied(std::uint32_t tag);
  void close_item(std::initializer_list<std::uint32_t> items);

  std::vector<std::uint32_t> stack_;
};

}  // namespace vigie::parser
