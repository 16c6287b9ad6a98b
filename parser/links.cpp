#include <algorithm>
#include <set>

#include "core/text.h"
#include "parser/page.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kMaxLinks = 5000;

bool rel_has(std::string_view rel, std::string_view word) {
  if (rel.size() < word.size()) return false;
  for (const auto one : text::split(rel, ' ')) {
    if (text::equals_ci(text::trim(one), word)) return true;
  }
  return false;
}

std::string_view address_of(const Dom& dom, NodeId id) {
  const Node& node = dom[id];
  if (node.tag == Tag::a || node.name == "area") return dom.value(id, "href");
  if (node.tag == Tag::iframe || node.tag == Tag::frame) return dom.value(id, "src");
  if (node.tag != Tag::link) return {};
  const std::string_view rel = dom.value(id, "rel");
  return rel_has(rel, "next") || rel_has(rel, "prev") || rel_has(rel, "alternate") ? dom.value(id, "href")
                                                                                   : std::string_view{};
}

bool is_feed(const Dom& dom, NodeId id) {
  const std::string type = text::lower_ascii(dom.value(id, "type"));
  return type.find("rss+xml") != std::string::npos || type.find("atom+xml") != std::string::npos;
}

bool is_number(std::string_view s) {
  return !s.empty() && s.size() < 6 && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Words as people write them, kept as the labels that they are compared with are folded.
std::set<std::string, std::less<>> fold_all(std::initializer_list<std::string_view> words) {
  std::set<std::string, std::less<>> folded;
  for (const auto word : words) folded.insert(text::fold_for_match(word).text);
  return folded;
}

/// Words that people put on the link to the next page; `folded`: the whole label of the link.
bool says_next(std::string_view folded) {
  static const std::set<std::string, std::less<>> kNext = fold_all({"next",
                                                                    "next page",
                                                                    "next »",
                                                                    "next >",
                                                                    "next ›",
                                                                    "next →",
                                                                    "older posts",
                                                                    "older",
                                                                    "»",
                                                                    "›",
                                                                    "→",
                                                                    "▶",
                                                                    "►",
                                                                    ">",
                                                                    ">>",
                                                                    "suivant",
                                                                    "suivante",
                                                                    "page suivante",
                                                                    "suivant »",
                                                                    "suivant >",
                                                                    "suivante »",
                                                                    "volgende",
                                                                    "volgende »",
                                                                    "volgende pagina",
                                                                    "volgende >",
                                                                    "weiter",
                                                                    "weiter »",
                                                                    "nachste",
                                                                    "nachste seite",
                                                                    "nachste »",
                                                                    "siguiente",
                                                                    "siguiente »",
                                                                    "siguiente >",
                                                                    "pagina siguiente",
                                                                    "proxima",
                                                                    "proximo",
                                                                    "proximo »",
                                                                    "proxima pagina",
                                                                    "seguinte",
                                                                    "avanti",
                                                                    "successiva",
                                                                    "successivo",
                                                                    "pagina successiva",
                                                                    "prossima",
                                                                    "nastepna",
                                                                    "nastepny",
                                                                    "nastepna strona",
                                                                    "dalej",
                                                                    "dalsi",
                                                                    "dalsi »",
                                                                    "nasledujici",
                                                                    "dalsia",
                                                                    "kovetkezo",
                                                                    "urmatoarea",
                                                                    "inainte",
                                                                    "следующая",
                                                                    "следующая »",
                                                                    "следующая →",
                                                                    "вперед",
                                                                    "далее",
                                                                    "дальше",
                                                                    "наступна",
                                                                    "далi",
                                                                    "напред",
                                                                    "следваща",
                                                                    "επομενη",
                                                                    "sonraki",
                                                                    "ileri",
                                                                    "naste",
                                                                    "nasta",
                                                                    "neste",
                                                                    "naeste",
                                                                    "nasta sida",
                                                                    "seuraava",
                                                                    "sledeca",
                                                                    "sljedeca",
                                                                    "naslednja",
                                                                    "kitas",
                                                                    "nakama",
                                                                    "jargmine",
                                                                    "下一页",
                                                                    "下一頁",
                                                                    "下页",
                                                                    "次へ",
                                                                    "次のページ",
                                                                    "次",
                                                                    "다음",
                                                                    "التالي",
                                                                    "הבא",
                                                                    "بعدی",
                                                                    "ถัดไป",
                                                                    "trang sau",
                                                                    "berikutnya",
                                                                    "selanjutnya",
                                                                    "अगला",
                                                                    "tiep",
                                                                    "continued"});
  return kNext.contains(folded);
}

std::string label_of(const Dom& dom, NodeId id) {
  std::string label = visible_text(dom, id);
  if (label.empty()) label = text::fold_space(dom.value(id, "aria-label"));
  if (label.empty()) label = text::fold_space(dom.value(id, "title"));
  if (label.empty()) {
    const NodeId image = dom.find(Tag::img, id);
    if (image != kNone) label = text::fold_space(dom.value(image, "alt"));
  }
  return label;
}

bool class_says_next(const Dom& dom, NodeId id) {
  for (NodeId at = id, up = 0; at != kNone && up < 2; at = dom[at].parent, ++up) {
    for (unsigned i = 0; i < dom[at].class_count; ++i) {
      const std::string name = text::lower_ascii(dom.classes(at)[i]);
      for (const std::string_view word : {"next", "suivant", "siguiente", "weiter", "volgende"}) {
        if (name.find(word) == std::string::npos) continue;
        if (name == word || name.ends_with(std::string("-") + std::string(word)) ||
            name.ends_with(std::string("_") + std::string(word)) || name.starts_with(std::string(word) + "-") ||
            name.starts_with(std::string(word) + "_") || name == std::string(word) + "page") {
          return name.find("prev") == std::string::npos && name.find("disabled") == std::string::npos;
        }
      }
    }
  }
  return false;
}

/// A link without words, inside a pager, whose icon points onwards.
bool icon_says_next(const Dom& dom, NodeId id) {
  bool onwards = false;
  for (NodeId at = id; at < dom[id].end && !onwards; ++at) {
    for (unsigned i = 0; i < dom[at].class_count; ++i) {
      const std::string name = text::lower_ascii(dom.classes(at)[i]);
      if (name.find("calendar") != std::string::npos || name.find("month") != std::string::npos) return false;
      onwards = onwards || name.ends_with("right") || name.ends_with("next") || name.ends_with("forward");
    }
  }
  for (NodeId at = id, up = 0; onwards && at != kNone && up < 5; at = dom[at].parent, ++up) {
    const std::string mark =
        text::lower_ascii(std::string(dom.value(at, "class")) + " " + std::string(dom.value(at, "id")));
    if (mark.find("pag") != std::string::npos && mark.find("page-") == std::string::npos) return true;
  }
  return false;
}

/// The pager's own mark on the page that is shown.
bool marked_current(const Dom& dom, NodeId id) {
  for (NodeId at = id, up = 0; at != kNone && up < 2; at = dom[at].parent, ++up) {
    if (dom.attribute(at, "aria-current")) return true;
    for (unsigned i = 0; i < dom[at].class_count; ++i) {
      const std::string name = text::lower_ascii(dom.classes(at)[i]);
      if (name == "active" || name == "current" || name == "selected" || name == "on" || name.ends_with("-active") ||
          name.ends_with("-current"))
        return true;
    }
  }
  return false;
}

bool slider_near(const Dom& dom, NodeId id) {
  for (NodeId at = id, up = 0; at != kNone && up < 4; at = dom[at].parent, ++up) {
    for (unsigned i = 0; i < dom[at].class_count; ++i) {
      const std::string name = text::lower_ascii(dom.classes(at)[i]);
      for (const std::string_view word : {"carousel", "slider", "slick", "swiper", "gallery", "calendar"}) {
        if (name.find(word) != std::string::npos) return true;
      }
    }
  }
  return false;
}

/// Among links whose text is a number and that share a parent or grandparent: the one after the page's own number.
std::string next_number(const Page& page) {
  const Dom& dom = page.dom;
  int previous = 0;
  NodeId previous_node = kNone;
  int current = 0;
  for (const LinkAt& link : page.links) {
    if (dom[link.node].tag != Tag::a || link.url.empty()) continue;
    const std::string label = visible_text(dom, link.node);
    if (!is_number(label)) continue;
    const int number = std::stoi(label);
    const bool near = previous_node != kNone && link.node - dom[previous_node].end < 40;
    if (link.self || (current == 0 && marked_current(dom, link.node))) {
      current = number;
    } else if (near && number == previous + 1 && current == previous && current != 0) {
      return link.url;
    } else if (near && number == previous + 2 && number > 2) {
      return link.url;  // the page's own number stands between them, not as a link
    } else if (!near && number == 2) {
      // "1 2 3" where 1 is plain text: the run starts with the second page.
      const NodeId from = link.node > 40 ? link.node - 40 : 0;
      for (NodeId at = from; at < link.node; ++at) {
        if (dom[at].tag != Tag::text || !dom[at].visible) continue;
        std::string_view run = text::trim(dom.raw_text(at));
        while (!run.empty() && (run.back() == '|' || run.back() == ' ' || run.back() == ']' || run.back() == '-'))
          run.remove_suffix(1);
        while (!run.empty() && (run.front() == '[' || run.front() == '|' || run.front() == ' ')) run.remove_prefix(1);
        if (run == "1") return link.url;
      }
    }
    previous = number;
    previous_node = link.node;
  }
  return {};
}

}  // namespace

Url base_of(const Dom& dom, const Url& url) {
  const NodeId base = dom.find(Tag::base);
  if (base == kNone) return url;
  auto parsed = Url::parse(text::trim(dom.value(base, "href")), url);
  return parsed ? *parsed : url;
}

std::vector<LinkAt> read_links(const Dom& dom, const Url& url, const Url& base, const SitePatterns& patterns) {
  std::vector<LinkAt> links;
  const std::string self = url.without_fragment();
  for (NodeId id = 0; id < dom.size() && links.size() < kMaxLinks; ++id) {
    const std::string_view address = text::trim(address_of(dom, id));
    if (address.empty()) continue;
    LinkAt link;
    link.node = id;
    link.klass = "other";
    auto resolved = Url::parse(address, base);
    if (resolved) {
      link.url = resolved->without_fragment();
      link.self = link.url == self;
      if (is_feed(dom, id)) {
        link.klass = "feed";
      } else if (patterns.own_host(*resolved)) {
        link.klass = patterns.class_of(*resolved);
      }
    }
    links.push_back(std::move(link));
  }
  return links;
}

std::string address_shape(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  if (path == std::string_view::npos) return std::string(url) + "/";
  std::string shape(url.substr(0, path));
  const std::string_view rest = url.substr(path, url.find('?', path) - path);
  const auto segments = text::split(rest.substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto s = segments[i];
    const bool digit = s.find_first_of("0123456789") != std::string_view::npos;
    const bool slug = s.find('-') != std::string_view::npos || s.find('_') != std::string_view::npos || s.size() > 16;
    shape += '/';
    shape += s.empty() ? "" : digit ? "#" : (slug || (i + 1 == segments.size() && i > 0)) ? "*" : std::string(s);
  }
  const std::size_t query = url.find('?', path);
  if (query != std::string_view::npos) {
    for (const auto part : text::split(url.substr(query + 1), '&'))
      shape.append("&").append(part.substr(0, part.find('=')));
  }
  return shape;
}

namespace {

/// How sure a link's own marks are that it leads to the next page, surest last.
enum class Onwards { no, sign, marked, said };

bool has_letters(std::string_view label) {
  return std::any_of(label.begin(), label.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (u >= 0xC3 && u != 0xE2);  // arrows start with C2, E2
  });
}

Onwards leads_onwards(const Page& page, const LinkAt& link) {
  const Dom& dom = page.dom;
  if (link.url.empty() || link.self || dom[link.node].tag != Tag::a) return Onwards::no;
  if (page.weights.all[link.node] > 40) return Onwards::no;
  if (text::trim(dom.value(link.node, "href")).starts_with('#')) return Onwards::no;  // pressed, for a script
  if (rel_has(dom.value(link.node, "rel"), "next")) return Onwards::said;
  const std::string label = label_of(dom, link.node);
  if (label.size() > 40) return Onwards::no;
  const bool marked = !label.empty() && label.size() < 25 && class_says_next(dom, link.node);
  const bool word = label.empty() ? icon_says_next(dom, link.node) : says_next(text::fold_for_match(label).text);
  if (!word && !marked) return Onwards::no;
  if (is_marked_previous(dom, link.node) || slider_near(dom, link.node)) return Onwards::no;
  if (word && (marked || has_letters(label))) return Onwards::said;
  if (marked) return Onwards::marked;
  // An arrow may lead anywhere; the way home is not the way on.
  const auto url = Url::parse(link.url);
  return url && url->path() == "/" && url->query().empty() ? Onwards::no : Onwards::sign;
}

}  // namespace

bool is_marked_previous(const Dom& dom, NodeId id) {
  if (rel_has(dom.value(id, "rel"), "prev") || rel_has(dom.value(id, "rel"), "previous")) return true;
  for (NodeId at = id, up = 0; at != kNone && up < 2; at = dom[at].parent, ++up) {
    for (unsigned i = 0; i < dom[at].class_count; ++i) {
      const std::string name = text::lower_ascii(dom.classes(at)[i]);
      if (name.find("next") != std::string::npos) continue;
      if (name.starts_with("prev") || name.ends_with("prev") || name.ends_with("previous")) return true;
    }
  }
  return false;
}

std::string find_next(const Page& page) {
  const LinkAt* best = nullptr;
  Onwards surest = Onwards::no;
  for (const LinkAt& link : page.links) {
    const Onwards onwards = leads_onwards(page, link);
    if (onwards == Onwards::said) return link.url;
    if (onwards <= surest) continue;
    surest = onwards;
    best = &link;
  }
  // After what a reader reads: a <link> in the head may name another form of the address.
  for (const LinkAt& link : page.links) {
    if (!link.url.empty() && !link.self && rel_has(page.dom.value(link.node, "rel"), "next")) return link.url;
  }
  return best ? best->url : next_number(page);
}

}  // namespace vigie::parser
