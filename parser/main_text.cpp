#include "parser/main_text.h"

#include <algorithm>
#include <set>

#include "core/text.h"
#include "parser/money_signs.h"

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

/// Names of what speaks of other things than the page does: read for records and contacts, but none of its text.
const std::set<std::string, std::less<>>& apart_parts() {
  static const std::set<std::string, std::less<>> parts = {
      "related", "recommendations", "recommended", "recently", "upsell",     "crosssell",
      "reviews", "footnotes",       "footnote",    "legal",    "disclaimer"};
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

struct Named {
  bool furniture = false, beside = false, content = false;
};

Named named(const Dom& dom, NodeId id) {
  Named found;
  const auto look = [&](std::string_view part) {
    found.furniture = found.furniture || furniture_parts().contains(part);
    found.beside = found.beside || beside_parts().contains(part);
    found.content = found.content || content_parts().contains(part);
  };
  for (unsigned i = 0; i < dom[id].class_count; ++i) {
    if (dom.classes(id)[i].size() > 60) continue;
    for_each_part(dom.classes(id)[i], look);
  }
  for_each_part(dom.value(id, "id").substr(0, 60), look);
  return found;
}

/// The cheap look that comes first: most elements bear no such name.
bool named_apart(const Dom& dom, NodeId id) {
  bool apart = false;
  const auto look = [&](std::string_view part) { apart = apart || (part.size() > 4 && apart_parts().contains(part)); };
  for (unsigned i = 0; i < dom[id].class_count && !apart; ++i) {
    if (dom.classes(id)[i].size() <= 60) for_each_part(dom.classes(id)[i], look);
  }
  if (!apart) for_each_part(dom.value(id, "id").substr(0, 60), look);
  return apart && !named(dom, id).content;
}

bool named_furniture(const Page& page, NodeId id) {
  const Named n = named(page.dom, id);
  return !n.content && (n.furniture || (n.beside && !holds_prose(page, id)));
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

/// Boxes apart from the page's own matter, as long as they are not most of it.
void skip_apart(const Page& page, NodeSet& skip) {
  const Dom& dom = page.dom;
  const std::uint32_t total = page.weights.all[page.body];
  for (NodeId id = page.body + 1; id < dom[page.body].end; ++id) {
    if (!dom.is_element(id) || skip[id] || page.weights.all[id] * 2 > total) continue;
    if (!named_apart(dom, id) || dom.find(Tag::h1, id) != kNone) continue;
    std::fill(skip.begin() + id, skip.begin() + dom[id].end, std::uint8_t{1});
    id = dom[id].end - 1;
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

/// Words that lists and their controls are made of; a line of nothing else says nothing of the things listed.
const std::set<std::string, std::less<>>& control_words() {
  static const std::set<std::string, std::less<>> words = {
      "sort",     "by",        "results",   "result",   "showing",   "show",      "of",       "view",      "all",
      "more",     "load",      "less",      "filter",   "filters",   "clear",     "quick",    "add",       "to",
      "cart",     "basket",    "bag",       "wishlist", "compare",   "choose",    "select",   "options",   "option",
      "close",    "menu",      "back",      "top",      "apply",     "reset",     "refine",   "search",    "sign",
      "in",       "log",       "login",     "register", "skip",      "content",   "per",      "page",      "trier",
      "par",      "voir",      "plus",      "tout",     "afficher",  "filtrer",   "filtres",  "ajouter",   "au",
      "panier",   "fermer",    "rechercher", "comparer", "résultats", "résultat", "sortieren", "nach",     "anzeigen",
      "mehr",     "alle",      "ergebnisse", "suchen",  "warenkorb", "schließen", "filtern",  "sorteren",  "op",
      "toon",     "meer",      "resultaten", "zoeken",  "ordenar",   "por",       "ver",      "más",       "todos",
      "mostrar",  "filtrar",   "buscar",    "cerrar",   "ordina",    "per",       "mostra",   "tutti",     "filtra",
      "cerca",    "chiudi",    "sortuj",    "pokaż",    "więcej",    "filtruj",   "szukaj",   "сортировать", "показать",
      "ещё",      "фильтры",   "поиск"};
  return words;
}

constexpr std::string_view kMarks[] = {"*", "^", "†", "‡", "§", "◊"};
constexpr std::size_t kMaxControlBytes = 60, kMaxControlWords = 6, kFootnote = 80;

bool is_control_line(std::string_view line) {
  if (line.size() > kMaxControlBytes || has_money(line)) return false;
  const std::string folded = text::fold_case(line);
  std::size_t words = 0;
  for (std::size_t i = 0; i < folded.size();) {
    const auto letter = [&](std::size_t at) {
      const auto c = static_cast<unsigned char>(folded[at]);
      return (c >= 'a' && c <= 'z') || c >= 0x80;
    };
    if (!letter(i)) {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < folded.size() && letter(i)) ++i;
    if (++words > kMaxControlWords || !control_words().contains(std::string_view(folded).substr(begin, i - begin)))
      return false;
  }
  return words > 0;
}

/// An address that a script has put there as text.
bool is_address(std::string_view line) {
  if (line.find(' ') != std::string_view::npos) return false;
  if (line.starts_with("http://") || line.starts_with("https://")) return true;
  return line.starts_with('/') && line.find_first_of("/?=", 2) != std::string_view::npos;
}

/// A note in small print: "* offer valid until ...".
bool is_footnote(std::string_view line) {
  if (line.size() < kFootnote) return false;
  return std::any_of(std::begin(kMarks), std::end(kMarks), [&](std::string_view mark) { return line.starts_with(mark); });
}

/// A figure may be that of another record; a name or a label that the page has shown before says nothing new.
bool may_repeat(std::string_view line) {
  const bool letters = std::any_of(line.begin(), line.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  });
  return !letters || has_money(line);
}

std::string lines_that_say_something(std::string_view text) {
  std::set<std::string_view> seen;
  std::string out;
  for (const auto line : text::split(text, '\n')) {
    if (is_address(line) || is_control_line(line) || is_footnote(line)) continue;
    if (!seen.insert(line).second && !may_repeat(line)) continue;
    if (!out.empty()) out += '\n';
    out += line;
  }
  return out;
}

}  // namespace

std::string main_text(const Page& page, const NodeSet& skip) {
  NodeSet without = skip;
  skip_controls(page, without);
  skip_apart(page, without);
  std::string text = page_text(page.dom, text_root(page, without), without, '\n').text;
  if (text.size() < 100) text = page_text(page.dom, page.body, {}, '\n').text;
  std::string said = lines_that_say_something(text);
  return said.empty() ? text : said;
}

}  // namespace vigie::parser
