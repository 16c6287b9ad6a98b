#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// YAML as a tree in which every key and value knows its place. yaml-cpp reads; what its messages and marks say is
/// not passed on, because both mislead: places are computed from byte offsets in the text itself.
namespace vigie::app::yaml {

inline constexpr std::size_t kMaxBytes = 1 << 20;
inline constexpr std::size_t kMaxNodes = 100'000;
inline constexpr std::size_t kMaxDepth = 64;

enum class Kind { null, scalar, list, map };

struct Member;

/// One value. `at`: byte offset of its first character in the text; of a null, where the value is missing.
struct Node {
  Kind kind = Kind::null;
  bool quoted = false;      // or a block scalar: never read as a number, a flag or null
  std::size_t at = 0;
  std::string text;         // scalar
  std::vector<Node> items;  // list
  std::vector<Member> members;  // map, in order, keys unique

  /// The value of a key; null when it is not there.
  const Member* find(std::string_view key) const;
};

struct Member {
  std::string key;
  std::size_t key_at = 0;
  Node value;
};

/// What is wrong, and where (byte offset).
struct Problem {
  std::size_t at = 0;
  std::string text, hint;
};

struct Document {
  Node root;
  std::size_t at = 0;
};

/// `problems` not empty: the text is not fit to be used, and the tree may be incomplete.
struct Parsed {
  std::vector<Document> documents;  // empty ones left out
  std::vector<Problem> problems;
};

/// Reads all documents of a file. Refuses what a configuration does not need and what makes a reader stumble: anchors,
/// aliases, merge keys, tags, keys that are no plain text, duplicate keys, tabs as indentation, control characters,
/// bytes that are no UTF-8, and anything over the limits above. Never throws.
Parsed parse(std::string_view text);

/// 1-based line and column (in characters) of a byte offset, and that line.
struct Position {
  int line = 1, column = 1;
  std::string_view source_line;
};
Position position(std::string_view text, std::size_t at);

}  // namespace vigie::app::yaml
