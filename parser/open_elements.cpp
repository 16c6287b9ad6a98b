#include "parser/open_elements.h"

namespace vigie::parser {
namespace {

constexpr std::string_view kVoidList[] = {"area",  "base",  "basefont", "bgsound", "br",    "col",    "embed",
                                          "frame", "hr",    "img",      "image",   "input", "keygen", "link",
                                          "meta",  "param", "source",   "track",   "wbr"};
constexpr std::string_view kFormattingList[] = {"a",    "b", "big",   "code",   "em",     "font", "i",
                                                "nobr", "s", "small", "strike", "strong", "tt",   "u"};
constexpr std::string_view kSpecialList[] = {
    "address",  "applet",   "area",     "article", "aside",   "base",     "basefont",   "bgsound", "blockquote",
    "body",     "br",       "button",   "caption", "center",  "col",      "colgroup",   "dd",      "details",
    "dir",      "div",      "dl",       "dt",      "embed",   "fieldset", "figcaption", "figure",  "footer",
    "form",     "frame",    "frameset", "h1",      "h2",      "h3",       "h4",         "h5",      "h6",
    "head",     "header",   "hgroup",   "hr",      "html",    "iframe",   "img",        "input",   "keygen",
    "li",       "link",     "listing",  "main",    "marquee", "menu",     "meta",       "nav",     "noembed",
    "noframes", "noscript", "object",   "ol",      "p",       "param",    "plaintext",  "pre",     "script",
    "section",  "select",   "source",   "style",   "summary", "table",    "tbody",      "td",      "template",
    "textarea", "tfoot",    "th",       "thead",   "title",   "tr",       "track",      "ul",      "wbr",
    "xmp"};
constexpr std::string_view kClosesPList[] = {
    "address",  "article",    "aside",  "blockquote", "center",  "details", "dialog", "dir",     "div",      "dl",
    "fieldset", "figcaption", "figure", "footer",     "form",    "h1",      "h2",     "h3",      "h4",       "h5",
    "h6",       "header",     "hgroup", "hr",         "li",      "dd",      "dt",     "listing", "main",     "menu",
    "nav",      "ol",         "p",      "pre",        "section", "summary", "ul",     "xmp",     "plaintext"};
constexpr std::string_view kScopeList[] = {"applet",  "caption", "html",     "table", "td",  "th",
                                           "marquee", "object",  "template", "svg",   "math"};
constexpr std::string_view kTableOnlyList[] = {"caption", "colgroup", "tbody", "thead", "tfoot", "tr", "td", "th"};
constexpr std::string_view kHeadingList[] = {"h1", "h2", "h3", "h4", "h5", "h6"};
constexpr std::string_view kIntegrationList[] = {
    "foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext"};

constexpr Names kVoid(kVoidList);
constexpr Names kFormatting(kFormattingList);
constexpr Names kSpecial(kSpecialList);
constexpr Names kClosesP(kClosesPList);
constexpr Names kScope(kScopeList);
constexpr Names kTableOnly(kTableOnlyList);
constexpr Names kHeading(kHeadingList);
constexpr Names kIntegration(kIntegrationList);

}  // namespace

void OpenElements::start(std::uint32_t tag, bool self_closing) {
  if ((tag == "html"_tag || tag == "body"_tag || tag == "head"_tag) && contains(tag)) return;
  if (kTableOnly.has(tag)) {
    if (!contains("table"_tag) && !contains("template"_tag)) return;  // ignored by the tree builder
    close_table_part(tag);
  } else {
    close_implied(tag);
  }
  if (kVoid.has(tag) || (self_closing && in_foreign())) return;
  stack_.push_back(tag);
}

void OpenElements::end(std::uint32_t tag) {
  if (tag == "body"_tag || tag == "html"_tag || stack_.empty()) return;
  if (kFormatting.has(tag)) {
    erase_up_to_scope(tag);
  } else if (kTableOnly.has(tag) || tag == "table"_tag) {
    pop_through(tag, [](std::uint32_t t) { return t == "table"_tag || t == "template"_tag; });
  } else if (kHeading.has(tag)) {
    pop_heading();
  } else if (kSpecial.has(tag)) {
    const bool list_item = tag == "li"_tag;
    pop_through(tag, [list_item](std::uint32_t t) {
      return kScope.has(t) || (list_item && (t == "ul"_tag || t == "ol"_tag));
    });
  } else {
    pop_through(tag, [](std::uint32_t t) { return kSpecial.has(t); });
  }
}

bool OpenElements::in_foreign() const {
  for (auto it = stack_.rbegin(); it != stack_.rend(); ++it) {
    if (*it == "svg"_tag || *it == "math"_tag) return true;
    if (kSpecial.has(*it) || kIntegration.has(*it)) return false;
  }
  return false;
}

template <class Stop>
void OpenElements::pop_through(std::uint32_t tag, Stop stop) {
  for (std::size_t i = stack_.size(); i-- > 0;) {
    if (stack_[i] == tag) return stack_.resize(i);
    if (stop(stack_[i])) return;
  }
}

void OpenElements::pop_heading() {
  for (std::size_t i = stack_.size(); i-- > 0;) {
    if (kHeading.has(stack_[i])) return stack_.resize(i);
    if (kScope.has(stack_[i])) return;
  }
}

// Blocks inside a formatting element survive its end tag: only that element leaves the stack.
void OpenElements::erase_up_to_scope(std::uint32_t tag) {
  for (std::size_t i = stack_.size(); i-- > 0;) {
    if (stack_[i] == tag) {
      stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
    if (kScope.has(stack_[i])) return;
  }
}

void OpenElements::close_table_part(std::uint32_t tag) {
  const auto stop = [](std::uint32_t t) { return t == "table"_tag || t == "template"_tag; };
  if (tag == "td"_tag || tag == "th"_tag) {
    pop_through("td"_tag, [&](std::uint32_t t) { return stop(t) || t == "tr"_tag; });
    pop_through("th"_tag, [&](std::uint32_t t) { return stop(t) || t == "tr"_tag; });
  } else if (tag == "tr"_tag) {
    pop_through("tr"_tag, stop);
  } else {
    for (const auto part : {"tbody"_tag, "thead"_tag, "tfoot"_tag, "caption"_tag, "colgroup"_tag})
      pop_through(part, stop);
  }
}

void OpenElements::close_implied(std::uint32_t tag) {
  if (tag == "li"_tag) close_item({"li"_tag});
  if (tag == "dd"_tag || tag == "dt"_tag) close_item({"dd"_tag, "dt"_tag});
  if (kClosesP.has(tag)) pop_through("p"_tag, [](std::uint32_t t) { return kScope.has(t) || t == "button"_tag; });
  if (tag == "a"_tag || tag == "nobr"_tag) erase_up_to_scope(tag);
  if (tag == "button"_tag) pop_through(tag, [](std::uint32_t t) { return kScope.has(t); });
  if (stack_.empty()) return;
  if (kHeading.has(tag) && kHeading.has(stack_.back())) stack_.pop_back();
  if (tag == "option"_tag && stack_.back() == tag) stack_.pop_back();
}

void OpenElements::close_item(std::initializer_list<std::uint32_t> items) {
  for (std::size_t i = stack_.size(); i-- > 0;) {
    const auto t = stack_[i];
    if (std::find(items.begin(), items.end(), t) != items.end()) return stack_.resize(i);
    if (kSpecial.has(t) && t != "address"_tag && t != "div"_tag && t != "p"_tag) return;
  }
}

}  // namespace vigie::parser
