#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "parser/guard.h"

namespace vigie::parser {

// Tags that some reader asks for; every other element is Tag::other and known by name only.
#define VIGIE_PARSER_TAGS(X)                                                                                           \
  X(html)                                                                                                              \
  X(head) X(title) X(base) X(link) X(meta) X(style) X(body) X(article) X(section) X(nav) X(aside) X(h1) X(h2) X(h3)    \
      X(h4) X(h5) X(h6) X(header) X(footer) X(address) X(p) X(hr) X(pre) X(blockquote) X(ol) X(ul) X(li) X(dl) X(dt)   \
          X(dd) X(figure) X(figcaption) X(main) X(div) X(a) X(em) X(strong) X(small) X(b) X(i) X(u) X(s) X(span) X(br) \
              X(img) X(iframe) X(object) X(embed) X(video) X(audio) X(source) X(svg) X(table) X(caption) X(tbody)      \
                  X(thead) X(tfoot) X(tr) X(td) X(th) X(form) X(fieldset) X(label) X(input) X(button) X(select)        \
                      X(option) X(textarea) X(details) X(summary) X(script) X(noscript) X(canvas) X(time) X(data)      \
                          X(center) X(font) X(frameset) X(frame) X(noframes) X(menu) X(picture) X(dialog) X(meter)

enum class Tag : std::uint8_t {
  other,
  text,  // a run of text, not an element
  template_,
#define VIGIE_PARSER_ENUM(t) t,
  VIGIE_PARSER_TAGS(VIGIE_PARSER_ENUM)
#undef VIGIE_PARSER_ENUM
};

using NodeId = std::uint32_t;
inline constexpr NodeId kNone = 0xFFFFFFFF;

/// One element or run of text. Nodes stand in document order, so that a subtree is the range [id, end) and the text of
/// a subtree is one range of the page's text.
struct Node {
  std::uint64_t path_hash = 0;  // tags and classes from the root down to here
  std::string_view name;        // lower case; empty for text
  NodeId parent = kNone;
  NodeId end = 0;
  NodeId previous = kNone;                     // sibling element; kNone: the first
  std::uint32_t text_begin = 0, text_end = 0;  // in Dom::text()
  std::uint32_t attr_begin = 0, class_begin = 0;
  std::uint32_t index = 0;     // among its sibling elements, from 1; 0 for text
  std::uint32_t children = 0;  // elements only
  std::uint16_t attr_count = 0, class_count = 0;
  std::uint16_t depth = 0;
  Tag tag = Tag::other;
  bool visible = true;  // false: in head, script, template, or hidden by attribute or inline style
};

struct Attribute {
  std::string_view name;  // lower case
  std::string_view value;
};

/// A page as flat arrays. Immutable; owns every byte that it shows.
class Dom {
 public:
  /// `too_large` when the tree needs more than its memory or node budget.
  static Result<Dom> parse(Guarded guarded);

  Dom(Dom&&) noexcept = default;
  Dom& operator=(Dom&&) noexcept = default;

  NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
  const Node& operator[](NodeId id) const { return nodes_[id]; }
  const std::vector<Node>& nodes() const { return nodes_; }
  bool is_element(NodeId id) const { return nodes_[id].tag != Tag::text; }

  /// All text, of every node, in document order.
  std::string_view text() const { return text_; }
  /// The text of a subtree as it stands in the markup, hidden parts included.
  std::string_view raw_text(NodeId id) const {
    return std::string_view(text_).substr(nodes_[id].text_begin, nodes_[id].text_end - nodes_[id].text_begin);
  }

  const Attribute* attributes(NodeId id) const { return attributes_.data() + nodes_[id].attr_begin; }
  std::optional<std::string_view> attribute(NodeId id, std::string_view name) const;
  /// The attribute's value, or empty.
  std::string_view value(NodeId id, std::string_view name) const {
    return attribute(id, name).value_or(std::string_view{});
  }
  const std::string_view* classes(NodeId id) const { return classes_.data() + nodes_[id].class_begin; }
  bool has_class(NodeId id, std::string_view name) const;

  /// First child element; kNone: there is none.
  NodeId first_element(NodeId id) const;
  /// Next sibling element; kNone: the last.
  NodeId next_element(NodeId id) const;
  /// First element with this tag in the subtree of `under`; kNone: none.
  NodeId find(Tag tag, NodeId under = 0) const;
  bool inside(NodeId id, NodeId ancestor) const { return id >= ancestor && id < nodes_[ancestor].end; }
  /// The nearest ancestor with this tag; kNone: none.
  NodeId ancestor(NodeId id, Tag tag) const;

 private:
  friend class TreeReader;
  Dom() = default;

  std::vector<Node> nodes_;
  std::vector<Attribute> attributes_;
  std::vector<std::string_view> classes_;
  std::string text_;
  std::unique_ptr<const std::string> source_;     // most attributes are views of it
  std::vector<std::unique_ptr<char[]>> strings_;  // what stands otherwise in the markup than it is to be read
};

}  // namespace vigie::parser
