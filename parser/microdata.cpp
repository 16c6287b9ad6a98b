#include "parser/microdata.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "core/json.h"
#include "core/text.h"
#include "parser/item_syntax.h"
#include "parser/page_text.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kMaxItems = 2000;
constexpr std::size_t kMaxJson = std::size_t{1} << 20;
constexpr int kMaxDepth = 24;
constexpr std::size_t kMaxReferenceWork = 500'000;

}  // namespace

std::vector<std::string> item_words(std::string_view s) {
  std::vector<std::string> out;
  const std::string folded = text::fold_space(s);
  for (const auto word : text::split(folded, ' ')) {
    if (!word.empty()) out.emplace_back(word);
  }
  return out;
}

/// Text as a reader of the record wants it: programs and styles left out, hidden parts kept, since they are meant for
/// machines.
std::string item_text(const Dom& dom, NodeId id) {
  std::string raw;
  std::vector<NodeId> blocks;
  for (NodeId at = id; at < dom[id].end; ++at) {
    const Tag tag = dom[at].tag;
    for (; !blocks.empty() && dom[blocks.back()].end <= at; blocks.pop_back()) raw += ' ';
    if (tag == Tag::script || tag == Tag::style) {
      at = dom[at].end - 1;
    } else if (tag == Tag::text) {
      raw += dom.raw_text(at);
    } else if (is_block(tag)) {
      raw += ' ';
      blocks.push_back(at);
    }
  }
  return text::fold_space(raw);
}

std::string item_value(const Dom& dom, NodeId id, const Url* base) {
  const Node& node = dom[id];
  const auto trimmed = [&](std::string_view name) { return std::string(text::trim(dom.value(id, name))); };
  const auto address = [&](std::string_view name) {
    std::string written = trimmed(name);
    if (!base || written.empty()) return written;
    const auto url = Url::parse(written, *base);
    return url ? url->href() : written;
  };
  switch (node.tag) {
    case Tag::meta:
      return trimmed("content");
    case Tag::a:
    case Tag::link:
      return address("href");
    case Tag::img:
    case Tag::audio:
    case Tag::video:
    case Tag::embed:
    case Tag::iframe:
    case Tag::source:
      return address("src");
    case Tag::object:
      return address("data");
    case Tag::data:
    case Tag::meter:
      return trimmed("value");
    case Tag::time:
      if (dom.attribute(id, "datetime")) return trimmed("datetime");
      break;
    default:
      break;
  }
  if (node.name == "area") return address("href");
  if (node.name == "track") return address("src");
  // A habit from RDFa: a content attribute on any element says more than its text.
  if (const auto content = dom.attribute(id, "content"); content && !content->empty())
    return std::string(text::trim(*content));
  return item_text(dom, id);
}

namespace {

/// What a form field of a search action states: its name, and whether it must be filled.
std::string field_json(const Dom& dom, NodeId id) {
  return std::string("{\"valueRequired\":") + (dom.attribute(id, "required") ? "true" : "false") +
         ",\"valueName\":" + json_string(dom.value(id, "name")) + "}";
}

struct Property {
  std::string name;
  NodeId node;
};

class Reader {
 public:
  Reader(const Dom& dom, const ItemSyntax& syntax, const Url* base) : dom_(dom), syntax_(syntax), base_(base) {}

  std::string run() {
    index();
    if (top_.empty()) return {};
    write();
    return std::move(out_);
  }

 private:
  bool known_item(NodeId id) const { return items_.contains(id); }

  void index() {
    std::vector<NodeId> open;
    scope_.assign(dom_.size(), kNone);
    for (NodeId id = 0; id < dom_.size(); ++id) {
      if (!dom_.is_element(id) || dom_[id].attr_count == 0) {
        while (!open.empty() && dom_[open.back()].end <= id) open.pop_back();
        scope_[id] = open.empty() ? kNone : open.back();
        continue;
      }
      while (!open.empty() && dom_[open.back()].end <= id) open.pop_back();
      scope_[id] = open.empty() ? kNone : open.back();
      auto names = syntax_.properties(dom_, id);
      if (names.empty() && scope_[id] != kNone && !syntax_.unnamed().empty() && syntax_.is_item(dom_, id))
        names.emplace_back(syntax_.unnamed());
      const bool stated = !names.empty();
      for (auto& name : names) properties_[scope_[id]].push_back({std::move(name), id});
      if (const auto anchor = dom_.attribute(id, "id")) by_id_.try_emplace(std::string(*anchor), id);
      if (!syntax_.is_item(dom_, id) || items_.size() >= kMaxItems) continue;
      items_[id] = true;
      if (!stated || (scope_[id] == kNone && syntax_.loose_properties())) top_.push_back(id);
      open.push_back(id);
    }
  }

  /// Its own properties, then those of the elements that itemref names.
  std::vector<Property> properties_of(NodeId item) {
    std::vector<Property> found;
    if (const auto own = properties_.find(item); own != properties_.end()) found = own->second;
    for (const auto& reference : item_words(dom_.value(item, "itemref"))) {
      const auto target = by_id_.find(reference);
      if (target == by_id_.end() || dom_.inside(target->second, item)) continue;
      const NodeId root = target->second;
      const auto& outside = properties_[known_item(root) && !dom_.attribute(root, "itemprop") ? root : scope_[root]];
      for (const Property& p : outside) {
        if (++reference_work_ > kMaxReferenceWork) return found;
        if (dom_.inside(p.node, root) && p.node != item) found.push_back(p);
      }
    }
    return found;
  }

  // Work still to be written, last first: a literal, or an item.
  struct Work {
    std::string literal;
    NodeId item = kNone;
    int depth = 0;
  };

  void write() {
    std::vector<Work> work;
    work.push_back({"]", kNone, 0});
    for (std::size_t i = top_.size(); i-- > 0;) {
      work.push_back({"", top_[i], 1});
      if (i > 0) work.push_back({",", kNone, 0});
    }
    out_ = "[";
    while (!work.empty()) {
      Work next = std::move(work.back());
      work.pop_back();
      if (next.item == kNone) {
        out_ += next.literal;
      } else if (next.depth > kMaxDepth || out_.size() > kMaxJson) {
        out_ += "null";
      } else {
        expand(next, work);
      }
    }
  }

  void expand(const Work& item, std::vector<Work>& work) {
    std::vector<Work> parts;
    const auto literal = [&](std::string s) { parts.push_back({std::move(s), kNone, 0}); };
    literal("{");
    bool first = true;
    const auto types = syntax_.types(dom_, item.item);
    if (!types.empty()) {
      std::string list;
      for (const auto& type : types) list += (list.empty() ? "" : ",") + json_string(type);
      literal("\"@type\":[" + list + "]");
      first = false;
    }
    if (const auto id = dom_.attribute(item.item, "itemid")) {
      literal((first ? "\"@id\":" : ",\"@id\":") + json_string(text::trim(*id)));
      first = false;
    }
    std::vector<Property> all = properties_of(item.item);
    if (all.empty()) literal((first ? "\"@value\":" : ",\"@value\":") + json_string(item_text(dom_, item.item)));
    std::vector<std::string> order;
    std::unordered_map<std::string, std::vector<NodeId>> by_name;
    for (auto& p : all) {
      auto& nodes = by_name[p.name];
      if (nodes.empty()) order.push_back(p.name);
      nodes.push_back(p.node);
    }
    for (const auto& name : order) {
      literal((first ? "" : ",") + json_string(name) + ":[");
      first = false;
      const auto& nodes = by_name[name];
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (i > 0) literal(",");
        if (known_item(nodes[i]))
          parts.push_back({"", nodes[i], item.depth + 1});
        else if (dom_[nodes[i]].tag == Tag::input)
          literal(field_json(dom_, nodes[i]));
        else
          literal(json_string(syntax_.value(dom_, nodes[i], name, base_)));
      }
      literal("]");
    }
    literal("}");
    work.insert(work.end(), std::make_move_iterator(parts.rbegin()), std::make_move_iterator(parts.rend()));
  }

  const Dom& dom_;
  const ItemSyntax& syntax_;
  const Url* base_;
  std::string out_;
  std::vector<NodeId> scope_;  // the item around each node
  std::vector<NodeId> top_;
  std::unordered_map<NodeId, bool> items_;
  std::unordered_map<NodeId, std::vector<Property>> properties_;
  std::unordered_map<std::string, NodeId> by_id_;
  std::size_t reference_work_ = 0;
};

class Microdata final : public ItemSyntax {
 public:
  bool is_item(const Dom& dom, NodeId id) const override { return dom.attribute(id, "itemscope").has_value(); }
  std::vector<std::string> types(const Dom& dom, NodeId item) const override {
    return item_words(dom.value(item, "itemtype"));
  }
  std::vector<std::string> properties(const Dom& dom, NodeId id) const override {
    return item_words(dom.value(id, "itemprop"));
  }
  std::string value(const Dom& dom, NodeId id, const std::string&, const Url* base) const override {
    return item_value(dom, id, base);
  }
};

/// RDFa Lite: vocab, typeof, property, resource and prefix; of a prefixed or full name the last part counts.
class RdfaLite final : public ItemSyntax {
 public:
  bool loose_properties() const override { return true; }
  bool is_item(const Dom& dom, NodeId id) const override { return dom.attribute(id, "typeof").has_value(); }
  std::vector<std::string> types(const Dom& dom, NodeId item) const override {
    return last_parts(item_words(dom.value(item, "typeof")));
  }
  std::vector<std::string> properties(const Dom& dom, NodeId id) const override {
    return last_parts(item_words(dom.value(id, "property")));
  }
  std::string value(const Dom& dom, NodeId id, const std::string&, const Url* base) const override {
    if (const auto content = dom.attribute(id, "content")) return std::string(text::trim(*content));
    if (const auto resource = dom.attribute(id, "resource"); resource && !dom.attribute(id, "href"))
      return std::string(text::trim(*resource));
    return item_value(dom, id, base);
  }

 private:
  static std::vector<std::string> last_parts(std::vector<std::string> names) {
    for (auto& name : names) {
      while (name.size() > 1 && (name.back() == '/' || name.back() == '#')) name.pop_back();
      const auto cut = name.find_last_of("/#:");
      if (cut != std::string::npos) name.erase(0, cut + 1);
    }
    return names;
  }
};

}  // namespace

std::string items_json(const Dom& dom, const ItemSyntax& syntax, const Url* base) {
  // Most pages hold none: one look at each element tells.
  for (NodeId id = 0; id < dom.size(); ++id) {
    if (dom[id].attr_count > 0 && syntax.is_item(dom, id)) return Reader(dom, syntax, base).run();
  }
  return {};
}

std::string microdata_json(const Dom& dom, const Url* base) {
  return items_json(dom, Microdata(), base);
}

std::string rdfa_json(const Dom& dom, const Url* base) {
  return items_json(dom, RdfaLite(), base);
}

}  // namespace vigie::parser
