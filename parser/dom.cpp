#include "parser/dom.h"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <memory>

#include "core/hash.h"
#include "core/text.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;
constexpr std::size_t kSpareBlocks = 4;  // kept by a thread from one page to the next: fresh memory costs a fault a page

/// What the tree of a page of `bytes` may take: with all that is made of it a page of 1 MB stays under 64 MB.
std::size_t arena_limit(std::size_t bytes) {
  return std::min<std::size_t>((std::size_t{30} << 20) + 10 * bytes, std::size_t{160} << 20);
}
constexpr std::size_t kNodeLimit = 400'000;
constexpr std::size_t kAttributeLimit = 1'000'000;
constexpr std::size_t kStringLimit = std::size_t{48} << 20;

/// Memory of one tree: handed out in order, given back at once. Gumbo never frees a node of it, since its release of a
/// tree is recursive. Over the limit it leaves Gumbo by longjmp: only C frames lie between.
class Arena {
 public:
  explicit Arena(std::size_t limit) : limit_(limit) {}
  ~Arena() {
    for (auto& block : blocks_) {
      if (block.size == kBlock && spare().size() < kSpareBlocks) spare().push_back(std::move(block.bytes));
    }
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  static void* allocate(void* self, std::size_t size) { return static_cast<Arena*>(self)->take(size); }
  static void release(void*, void*) {}

  std::jmp_buf over;

 private:
  void* take(std::size_t size) {
    size = (size + 15) & ~std::size_t{15};
    if (size > left_) refill(size);
    char* given = next_;
    next_ += size;
    left_ -= size;
    return given;
  }

  void refill(std::size_t size) {
    const std::size_t block = std::max(size, kBlock);
    if (total_ + block > limit_) std::longjmp(over, 1);
    total_ += block;
    if (block == kBlock && !spare().empty()) {
      blocks_.push_back({std::move(spare().back()), block});
      spare().pop_back();
    } else {
      blocks_.push_back({std::make_unique_for_overwrite<char[]>(block), block});
    }
    next_ = blocks_.back().bytes.get();
    left_ = block;
  }

  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  static std::vector<std::unique_ptr<char[]>>& spare() {
    static thread_local std::vector<std::unique_ptr<char[]>> blocks;
    return blocks;
  }

  std::vector<Block> blocks_;
  const std::size_t limit_;
  char* next_ = nullptr;
  std::size_t left_ = 0, total_ = 0;
};

/// Null when the arena's limit fired.
const GumboOutput* build_tree(Arena& arena, std::string_view html) {
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = Arena::allocate;
  options.deallocator = Arena::release;
  options.userdata = &arena;
  options.max_errors = 0;  // error records copy the stack of open tags: up to 700 times the memory
  if (setjmp(arena.over) != 0) return nullptr;
  return gumbo_parse_with_options(&options, html.data(), html.size());
}

struct TagNames {
  std::array<Tag, GUMBO_TAG_LAST + 1> tag{};
  std::array<std::string_view, GUMBO_TAG_LAST + 1> name{};

  TagNames() {
    for (int i = 0; i < GUMBO_TAG_LAST; ++i) {
      const auto at = static_cast<std::size_t>(i);
      name[at] = gumbo_normalized_tagname(static_cast<GumboTag>(i));
      tag[at] = Tag::other;
      if (name[at] == "template") tag[at] = Tag::template_;
#define VIGIE_PARSER_NAME(t) \
  if (name[at] == #t) tag[at] = Tag::t;
      VIGIE_PARSER_TAGS(VIGIE_PARSER_NAME)
#undef VIGIE_PARSER_NAME
    }
  }
};

const TagNames& tag_names() {
  static const TagNames names;
  return names;
}

bool never_shown(Tag tag) {
  switch (tag) {
    case Tag::head:
    case Tag::title:
    case Tag::script:
    case Tag::style:
    case Tag::template_:
    case Tag::noscript:
    case Tag::iframe:
    case Tag::object:
    case Tag::canvas:
    case Tag::svg:
    case Tag::noframes:
    case Tag::meta:
    case Tag::link:
    case Tag::select:
    case Tag::textarea:
    case Tag::audio:
    case Tag::video:
      return true;
    default:
      return false;
  }
}

/// "display: none" or "visibility: hidden", blanks aside.
bool hidden_by_style(std::string_view style) {
  const auto says = [&](std::size_t i, std::string_view rest) {
    for (; i < style.size() && !rest.empty(); ++i) {
      const char c = style[i];
      if (c == ' ' || c == '\t' || c == '\n') continue;
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != rest[0]) return false;
      rest.remove_prefix(1);
    }
    return rest.empty();
  };
  for (std::size_t i = 0; i < style.size(); ++i) {
    if ((style[i] | 32) == 'd' && says(i, "display:none")) return true;
    if ((style[i] | 32) == 'v' && says(i, "visibility:hidden")) return true;
  }
  return false;
}

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

}  // namespace

/// Walks Gumbo's tree once, without recursion, and writes the flat form.
class TreeReader {
 public:
  explicit TreeReader(Guarded& guarded) : guarded_(guarded), used_(guarded.spans.size()) {
    dom_.nodes_.reserve(std::min(guarded.nodes + 8, kNodeLimit));
    dom_.text_.reserve(guarded.source.size() / 2);
    dom_.source_ = std::make_unique<const std::string>(std::move(guarded.source));  // before anything is a view of it
  }

  Result<Dom> read(const GumboNode* document) {
    struct Frame {
      const GumboVector* children;
      unsigned next;
      NodeId id;
      NodeId last_child;
    };
    std::vector<Frame> stack;
    stack.push_back({&document->v.document.children, 0, kNone, kNone});
    while (!stack.empty()) {
      Frame& top = stack.back();
      if (top.next >= top.children->length) {
        close(top.id);
        stack.pop_back();
        continue;
      }
      const auto* child = static_cast<const GumboNode*>(top.children->data[top.next++]);
      if (dom_.nodes_.size() >= kNodeLimit || failed_)
        return fail(Errc::too_large, "page: its tree is over our node budget");
      if (child->type == GUMBO_NODE_COMMENT || child->type == GUMBO_NODE_DOCUMENT) continue;
      const NodeId id = static_cast<NodeId>(dom_.nodes_.size());
      if (child->type != GUMBO_NODE_ELEMENT && child->type != GUMBO_NODE_TEMPLATE) {
        add_text(child, top.id);
        continue;
      }
      add_element(child->v.element, top.id, top.last_child);
      top.last_child = id;
      stack.push_back({&child->v.element.children, 0, id, kNone});
    }
    if (failed_) return fail(Errc::too_large, "page: its tree is over our node budget");
    if (dom_.nodes_.empty()) return fail(Errc::malformed, "page: no element in it");
    return std::move(dom_);
  }

 private:
  std::uint32_t text_size() const { return static_cast<std::uint32_t>(dom_.text_.size()); }

  void close(NodeId id) {
    if (id == kNone) return;
    dom_.nodes_[id].end = static_cast<NodeId>(dom_.nodes_.size());
    dom_.nodes_[id].text_end = text_size();
  }

  Node& add_node(NodeId parent) {
    Node& node = dom_.nodes_.emplace_back();
    node.parent = parent;
    node.text_begin = text_size();
    if (parent != kNone) {
      node.depth = static_cast<std::uint16_t>(std::min<unsigned>(dom_.nodes_[parent].depth + 1u, 0xFFFF));
      node.visible = dom_.nodes_[parent].visible;
      node.path_hash = dom_.nodes_[parent].path_hash;
    }
    return node;
  }

  void add_text(const GumboNode* child, NodeId parent) {
    Node& node = add_node(parent);
    node.tag = Tag::text;
    append_full(dom_.text_, child->v.text.text);
    node.text_end = text_size();
    node.end = static_cast<NodeId>(dom_.nodes_.size());
    node.attr_begin = static_cast<std::uint32_t>(dom_.attributes_.size());
    node.class_begin = static_cast<std::uint32_t>(dom_.classes_.size());
  }

  void add_element(const GumboElement& element, NodeId parent, NodeId previous) {
    Node& node = add_node(parent);
    node.previous = previous;
    node.index = previous == kNone ? 1 : dom_.nodes_[previous].index + 1;
    if (parent != kNone) ++dom_.nodes_[parent].children;
    name(element, node);
    add_attributes(element, node);
    node.path_hash = hash64(node.name, node.path_hash + 0x9E3779B97F4A7C15u);
    for (unsigned i = 0; i < node.class_count; ++i)
      node.path_hash += hash64(dom_.classes_[node.class_begin + i], node.path_hash | 1);
    if (never_shown(node.tag)) node.visible = false;
  }

  void name(const GumboElement& element, Node& node) {
    const auto tag = static_cast<std::size_t>(element.tag);
    if (element.tag != GUMBO_TAG_UNKNOWN) {
      node.name = tag_names().name[tag];
      node.tag = element.tag_namespace == GUMBO_NAMESPACE_HTML || element.tag == GUMBO_TAG_SVG ? tag_names().tag[tag]
                                                                                               : Tag::other;
      return;
    }
    GumboStringPiece piece = element.original_tag;
    gumbo_tag_from_original_text(&piece);
    node.name = keep({piece.data ? piece.data : "", piece.data ? piece.length : 0}, true);
  }

  /// A copy that lives as long as the Dom: in blocks, so that views stay good while it grows.
  std::string_view keep(std::string_view s, bool lower = false) {
    if (s.size() > left_) {
      const std::size_t block = std::max(s.size(), std::size_t{64} << 10);
      strings_total_ += block;
      failed_ = strings_total_ > kStringLimit;  // clones of formatting elements repeat their attributes
      if (failed_) return {};
      dom_.strings_.push_back(std::make_unique_for_overwrite<char[]>(block));
      next_ = dom_.strings_.back().get();
      left_ = block;
    }
    char* at = next_;
    std::copy(s.begin(), s.end(), at);
    next_ += s.size();
    left_ -= s.size();
    if (lower) {
      for (std::size_t i = 0; i < s.size(); ++i) {
        if (at[i] >= 'A' && at[i] <= 'Z') at[i] = static_cast<char>(at[i] + 32);
      }
    }
    return {at, s.size()};
  }

  void add_attributes(const GumboElement& element, Node& node) {
    node.attr_begin = static_cast<std::uint32_t>(dom_.attributes_.size());
    node.class_begin = static_cast<std::uint32_t>(dom_.classes_.size());
    if (element.original_tag.data != nullptr) {
      const auto at = static_cast<std::size_t>(element.original_tag.data - guarded_.html.data());
      if (const auto span = guarded_.attributes_at(at)) add_from_source(source_at(*span), node);
    }
    for (unsigned i = 0; i < element.attributes.length; ++i) {
      const auto* attribute = static_cast<const GumboAttribute*>(element.attributes.data[i]);
      add_attribute(keep(full(attribute->name), true), keep(full(attribute->value)), node);
    }
  }

  // What the tree builder did not see.
  void add_from_source(std::string_view s, Node& node) {
    RawAttribute raw;
    bool slash = false;
    for (std::size_t at = 0; next_attribute(s, at, raw, slash);) {
      const bool lower = std::none_of(raw.name.begin(), raw.name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
      const std::string_view name = lower ? raw.name : keep(raw.name, true);
      const bool plain = raw.value.find('&') == std::string_view::npos;
      add_attribute(name, plain ? raw.value : keep(without_references(raw.value)), node);
    }
  }

  void add_attribute(std::string_view name, std::string_view value, Node& node) {
    for (std::size_t i = node.attr_begin; i < dom_.attributes_.size(); ++i) {
      if (dom_.attributes_[i].name == name) return;  // the first one counts
    }
    if (dom_.attributes_.size() >= kAttributeLimit) {
      failed_ = true;  // clones of formatting elements repeat their attributes
      return;
    }
    dom_.attributes_.push_back({name, value});
    ++node.attr_count;
    if (name == "class") add_classes(value, node);
    if (name == "hidden" && value != "until-found") node.visible = false;
    if (name == "style" && hidden_by_style(value)) node.visible = false;
  }

  std::string_view source_at(Guarded::Span span) const {
    return std::string_view(*dom_.source_).substr(span.begin, span.end - span.begin);
  }

  static std::string without_references(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size();) {
      const Reference reference = value[i] == '&' ? reference_at(value.substr(i)) : Reference{};
      out.append(reference.bytes ? reference.meant : value.substr(i, 1));
      i += std::max<std::size_t>(reference.bytes, 1);
    }
    return out;
  }

  /// `s` with each mark replaced by what it stands for. A mark counts once: one that the page itself spells out by a
  /// reference must not multiply text.
  void append_full(std::string& out, std::string_view s) {
    std::size_t from = 0;
    for (auto mark = guarded_.find_mark(s); mark; mark = guarded_.find_mark(s, mark->at + Guarded::kMarkBytes)) {
      if (used_[mark->span]) continue;
      used_[mark->span] = true;
      out.append(s, from, mark->at - from).append(source_at(guarded_.spans[mark->span]));
      from = mark->at + Guarded::kMarkBytes;
    }
    out.append(s, from);
  }

  std::string_view full(std::string_view s) {
    if (!guarded_.find_mark(s)) return s;
    scratch_.clear();
    append_full(scratch_, s);
    return scratch_;
  }

  void add_classes(std::string_view value, Node& node) {
    for (std::size_t i = 0; i < value.size() && node.class_count < 64;) {
      while (i < value.size() && is_blank(value[i])) ++i;
      std::size_t j = i;
      while (j < value.size() && !is_blank(value[j])) ++j;
      if (j == i) break;
      dom_.classes_.push_back(value.substr(i, j - i));
      ++node.class_count;
      i = j;
    }
  }

  Guarded& guarded_;
  std::vector<bool> used_;  // by span
  Dom dom_;
  std::string scratch_;
  char* next_ = nullptr;
  std::size_t left_ = 0, strings_total_ = 0;
  bool failed_ = false;
};

Result<Dom> Dom::parse(Guarded guarded) {
  Arena arena(arena_limit(guarded.source.size()));
  const GumboOutput* output = build_tree(arena, guarded.html);
  if (output == nullptr) return fail(Errc::too_large, "page: its tree is over our memory budget");
  return TreeReader(guarded).read(output->document);
}

std::optional<std::string_view> Dom::attribute(NodeId id, std::string_view name) const {
  const Attribute* first = attributes(id);
  for (unsigned i = 0; i < nodes_[id].attr_count; ++i) {
    if (first[i].name == name) return first[i].value;
  }
  return std::nullopt;
}

bool Dom::has_class(NodeId id, std::string_view name) const {
  const std::string_view* first = classes(id);
  return std::find(first, first + nodes_[id].class_count, name) != first + nodes_[id].class_count;
}

NodeId Dom::first_element(NodeId id) const {
  for (NodeId child = id + 1; child < nodes_[id].end; child = nodes_[child].end) {
    if (is_element(child)) return child;
  }
  return kNone;
}

NodeId Dom::next_element(NodeId id) const {
  if (nodes_[id].parent == kNone) return kNone;
  for (NodeId at = nodes_[id].end; at < nodes_[nodes_[id].parent].end; at = nodes_[at].end) {
    if (is_element(at)) return at;
  }
  return kNone;
}

NodeId Dom::find(Tag tag, NodeId under) const {
  if (under >= nodes_.size()) return kNone;
  for (NodeId id = under; id < nodes_[under].end; ++id) {
    if (nodes_[id].tag == tag) return id;
  }
  return kNone;
}

NodeId Dom::ancestor(NodeId id, Tag tag) const {
  for (NodeId up = nodes_[id].parent; up != kNone; up = nodes_[up].parent) {
    if (nodes_[up].tag == tag) return up;
  }
  return kNone;
}

}  // namespace vigie::parser
