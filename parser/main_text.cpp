#include "parser/main_text.h"

#include <algorithm>
#include <set>

#include "core/text.h"

namespace vigie::parser {
namespace {

/// "MainNav-item_2" gives main, nav, item: parts of class names, as designers compose them.
template <class Use>
void for_each_part(std::string_view name, Use use) {
  std::string part;
  bool lower_before = false;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (c >= 'a' && c <= 'z');
    if ((!letter || (upper && lower_before)) && !part.empty()) {
      use(part);
      part.clear();
    }
    if (letter) part += upper ? static_cast<char>(c + 32) : c;
    lower_before = letter && !upper;
  }
  if (!part.empty()) use(part);
}

const std::set<std::string, std::less<>>& furniture_parts() {
  static const std::set<std::string, std::less<>> parts = {
      "nav",         "navbar",     "navigation", "menu",     "submenu",       "megamenu",    "footer", "breadcrumb",
      "breadcrumbs", "sidebar",    "cookie",     "cookies",  "consent",       "gdpr",        "social", "share",
      "sharing",     "newsletter", "subscribe",  "modal",    "popup",         "pagination",  "pager",  "paginator",
      "skip",        "toolbar",    "topbar",     "masthead", "offcanvas",     "dropdown",    "signup", "login",
      "copyright",   "sitemap",    "widget",     "advert",   "advertisement", "adsbygoogle", "banner", "promo",
      "sponsored",   "facets",     "filters",    "filter",   "facet",         "comments",    "disqus", "sr"};
  return parts;
}

const std::set<std::string, std::less<>>& content_parts() {
  static const std::set<std::string, std::less<>> parts = {
      "content", "main",    "article",   "post",   "listing", "results", "product", "products", "entry", "body",
      "page",    "wrapper", "container", "layout", "site",    "has",     "with",    "no",       "grid",  "list"};
  return parts;
}

bool named_furniture(const Dom& dom, NodeId id) {
  bool furniture = false, content = false;
  const auto look = [&](const std::string& part) {
    furniture = furniture || furniture_parts().contains(part);
    content = content || content_parts().contains(part);
  };
  for (unsigned i = 0; i < dom[id].class_count; ++i) {
    if (dom.classes(id)[i].size() > 60) continue;
    for_each_part(dom.classes(id)[i], look);
  }
  for_each_part(dom.value(id, "id").substr(0, 60), look);
  return furniture && !content;
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
    if (!by_tag && !furniture_role(dom.value(id, "role")) && !named_furniture(dom, id)) continue;
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

std::string main_text(const Page& page, const NodeSet& skip) {
  std::string text = page_text(page.dom, content_root(page), skip, '\n').text;
  if (text.size() < 100) text = page_text(page.dom, page.body, {}, '\n').text;
  return text;
}

}  // namespace vigie::parser
