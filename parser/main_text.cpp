#include "parser/main_text.h"

#include <algorithm>
#include <set>

#include "core/text.h"

namespace vigie::parser {
namespace {

/// "MainNav-item_2" gives main, nav, item: parts of class names, as designers compose them.
template <class Use>
void for_each_part(std::string_view name, Use use) {
  char part[64];
  std::size_t size = 0;
  bool lower_before = false;
  for (const char c : name.substr(0, sizeof part)) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (c >= 'a' && c <= 'z');
    if ((!letter || (upper && lower_before)) && size > 0) {
      use(std::string_view(part, size));
      size = 0;
    }
    if (letter) part[size++] = upper ? static_cast<char>(c + 32) : c;
    lower_before = letter && !upper;
  }
  if (size > 0) use(std::string_view(part, size));
}

/// Names of what is never content.
const std::set<std::string, std::less<>>& furniture_parts() {
  static const std::set<std::string, std::less<>> parts = {
      "nav",       "navbar",   "navigation", "menu",      "submenu", "megamenu",     "footer",      "breadcrumb",
      "cookie",    "cookies",  "consent",    "gdpr",      "social",  "share",        "sharing",     "breadcrumbs",
      "subscribe", "modal",    "popup",      "skip",      "pager",   "pagination",   "newsletter",  "paginator",
      "topbar",    "masthead", "offcanvas",  "dropdown",  "signup",  "login",        "copyright",   "sitemap",
      "advert",    "sr",       "sponsored",  "visually",  "disqus",  "minicart",     "cart",        "advertisement",
      "wishlist",  "lightbox", "adsbygoogle", "visuallyhidden", "screenreader"};
  return parts;
}

/// Names of what stands beside content, and now and then holds it: where there is running text, the text decides.
const std::set<std::string, std::less<>>& beside_parts() {
  static const std::set<std::string, std::less<>> parts = {
      "sidebar", "toolbar", "filters",    "filter",      "facet",  "facets", "comments", "announcement",
      "drawer",  "refine",  "refinement", "refinements", "sort",   "sorting", "sortby",  "widget",
      "banner",  "promo"};
  return parts;
}

/// Running text: one run of this many bytes, outside links.
constexpr std::uint32_t kProse = 80;
constexpr std::uint32_t kMuchBeside = 500;  // bytes of it beside <main>

const std::set<std::string, std::less<>>& content_parts() {
  static const std::set<std::string, std::less<>> parts = {
      "content", "main",    "article",   "post",   "listing", "results", "product", "products", "entry", "body",
      "page",    "wrapper", "container", "layout", "site",    "has",     "with",    "no",       "grid",  "list"};
  return parts;
}

bool holds_prose(const Page& page, NodeId id) {
  for (NodeId at = id; at < page.dom[id].end; ++at) {
    if (page.dom[at].tag == Tag::text && page.weights.all[at] >= kProse && page.weights.linked[at] == 0) return true;
  }
  return false;
}

bool named_furniture(const Page& page, NodeId id) {
  const Dom& dom = page.dom;
  bool furniture = false, beside = false, content = false;
  const auto look = [&](std::string_view part) {
    furniture = furniture || furniture_parts().contains(part);
    beside = beside || beside_parts().contains(part);
    content = content || content_parts().contains(part);
  };
  for (unsigned i = 0; i < dom[id].class_count; ++i) {
    if (dom.classes(id)[i].size() > 60) continue;
    for_each_part(dom.classes(id)[i], look);
  }
  for_each_part(dom.value(id, "id").substr(0, 60), look);
  return !content && (furniture || (beside && !holds_prose(page, id)));
}

bool furniture_role(std::string_view role) {
  static const std::set<std::string_view> roles = {
      "navigation", "contentinfo", "banner", "search", "complementary", "dialog", "menu", "menubar", "alertdialog"};
  return roles.contains(role);
}

}  // namespace

NodeId content_root(const Page& page) {
  const Dom& dom = page.dom;
  const std::uint32_t total = page.weights.all[page.body];
  NodeId best = page.body;
  for (NodeId id = page.body; id < dom[page.body].end; ++id) {
    if (!dom.is_element(id) || !dom[id].visible) continue;
    if (dom[id].tag != Tag::main && dom.value(id, "role") != "main") continue;
    if (page.weights.all[id] * 4 >= total && (best == page.body || page.weights.all[id] > page.weights.all[best]))
      best = id;
  }
  return best;
}

NodeSet boilerplate(const Page& page) {
  const Dom& dom = page.dom;
  NodeSet skip(dom.size());
  const std::uint32_t total = std::max<std::uint32_t>(page.weights.all[page.body], 1);
  for (NodeId id = page.body; id < dom[page.body].end; ++id) {
    const Node& node = dom[id];
    if (!dom.is_element(id) || !node.visible) continue;
    const bool by_tag = node.tag == Tag::nav || node.tag == Tag::footer || node.tag == Tag::aside ||
                        node.tag == Tag::dialog || node.tag == Tag::header;
    if (!by_tag && !furniture_role(dom.value(id, "role")) && !named_furniture(page, id)) continue;
    // A frame around the whole page, or the headline of an article, is no furniture whatever its name.
    if (page.weights.all[id] * 2 > total || node.tag == Tag::body) continue;
    if (node.tag == Tag::header && (dom.ancestor(id, Tag::article) != kNone || dom.ancestor(id, Tag::main) != kNone))
      continue;
    if (node.tag == Tag::footer && dom.ancestor(id, Tag::article) != kNone) continue;
    if (dom.find(Tag::h1, id) != kNone && node.tag != Tag::nav && page.weights.all[id] > 200) continue;
    std::fill(skip.begin() + id, skip.begin() + node.end, std::uint8_t{1});
    id = node.end - 1;
  }
  return skip;
}

namespace {

/// Parts that only a hand can use: buttons, choices, boxes to tick with their labels.
void skip_controls(const Page& page, NodeSet& skip) {
  const Dom& dom = page.dom;
  for (NodeId id = page.body; id < dom[page.body].end; ++id) {
    const Node& node = dom[id];
    bool control = node.tag == Tag::select || node.tag == Tag::textarea;
    control = control || ((node.tag == Tag::button || dom.value(id, "role") == "button") && page.weights.all[id] < 40);
    // A link that leads nowhere else is pressed for a script, or to jump.
    if (node.tag == Tag::a && page.weights.all[id] < 30) {
      const std::string_view href = text::trim(dom.value(id, "href"));
      control = href.starts_with('#') || text::starts_with_ci(href, "javascript:");
    }
    if (node.tag == Tag::input) {
      const std::string_view type = dom.value(id, "type");
      const NodeId parent = node.parent;
      if ((type == "checkbox" || type == "radio") && parent != kNone && page.weights.all[parent] < 60) {
        std::fill(skip.begin() + parent, skip.begin() + dom[parent].end, std::uint8_t{1});
      }
    }
    if (control) std::fill(skip.begin() + id, skip.begin() + node.end, std::uint8_t{1});
  }
}

/// The page's <main>, unless much running text stands beside it.
NodeId text_root(const Page& page, const NodeSet& skip) {
  const Dom& dom = page.dom;
  const NodeId root = content_root(page);
  if (root == page.body) return root;
  std::uint32_t inside = 0, outside = 0;
  for (NodeId id = page.body; id < dom[page.body].end; ++id) {
    if (skip[id] || !dom[id].visible) {
      id = dom[id].end - 1;
    } else if (dom[id].tag == Tag::text) {
      if (dom.inside(id, root))
        inside += page.weights.all[id];
      else if (page.weights.all[id] >= kProse && page.weights.linked[id] == 0)
        outside += page.weights.all[id];
    }
  }
  return outside >= kMuchBeside && outside * 5 > inside ? page.body : root;
}

/// A line that the page has shown before says nothing new: names beside pictures, labels of every record.
std::string each_line_once(std::string_view text) {
  std::set<std::string_view> seen;
  std::string out;
  for (const auto line : text::split(text, '\n')) {
    if (!seen.insert(line).second) continue;
    if (!out.empty()) out += '\n';
    out += line;
  }
  return out;
}

}  // namespace

std::string main_text(const Page& page, const NodeSet& skip) {
  NodeSet without = skip;
  skip_controls(page, without);
  std::string text = page_text(page.dom, text_root(page, without), without, '\n').text;
  if (text.size() < 100) text = page_text(page.dom, page.body, {}, '\n').text;
  return each_line_once(text);
}

}  // namespace vigie::parser
