#include "parser/guard.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/text.h"

namespace vigie::parser {
namespace {

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
constexpr std::string_view kRawList[] = {"title", "textarea", "xmp", "iframe", "noembed", "noframes"};
constexpr std::string_view kIntegrationList[] = {
    "foreignobject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext"};

constexpr Names kVoid(kVoidList);
constexpr Names kFormatting(kFormattingList);
constexpr Names kSpecial(kSpecialList);
constexpr Names kClosesP(kClosesPList);
constexpr Names kScope(kScopeList);
constexpr Names kTableOnly(kTableOnlyList);
constexpr Names kHeading(kHeadingList);
constexpr Names kRaw(kRawList);
constexpr Names kIntegration(kIntegrationList);

constexpr std::uint32_t operator""_tag(const char* s, std::size_t n) {
  return name_hash({s, n});
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The stack of open elements as the tree builder will see it, by name only.
class OpenElements {
 public:
  std::size_t size() const { return stack_.size(); }

  void start(std::uint32_t tag, bool self_closing) {
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

  void end(std::uint32_t tag) {
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

  /// Inside svg or math, where "/>" closes and titles are elements like any other.
  bool in_foreign() const {
    for (auto it = stack_.rbegin(); it != stack_.rend(); ++it) {
      if (*it == "svg"_tag || *it == "math"_tag) return true;
      if (kSpecial.has(*it) || kIntegration.has(*it)) return false;
    }
    return false;
  }
  bool holds_foreign() const { return contains("svg"_tag) || contains("math"_tag); }

 private:
  bool contains(std::uint32_t tag) const { return std::find(stack_.begin(), stack_.end(), tag) != stack_.end(); }

  template <class Stop>
  void pop_through(std::uint32_t tag, Stop stop) {
    for (std::size_t i = stack_.size(); i-- > 0;) {
      if (stack_[i] == tag) return stack_.resize(i);
      if (stop(stack_[i])) return;
    }
  }

  void pop_heading() {
    for (std::size_t i = stack_.size(); i-- > 0;) {
      if (kHeading.has(stack_[i])) return stack_.resize(i);
      if (kScope.has(stack_[i])) return;
    }
  }

  // Blocks inside a formatting element survive its end tag: only that element leaves the stack.
  void erase_up_to_scope(std::uint32_t tag) {
    for (std::size_t i = stack_.size(); i-- > 0;) {
      if (stack_[i] == tag) {
        stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(i));
        return;
      }
      if (kScope.has(stack_[i])) return;
    }
  }

  void close_table_part(std::uint32_t tag) {
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

  void close_implied(std::uint32_t tag) {
    if (tag == "li"_tag) close_item({"li"_tag});
    if (tag == "dd"_tag || tag == "dt"_tag) close_item({"dd"_tag, "dt"_tag});
    if (kClosesP.has(tag)) pop_through("p"_tag, [](std::uint32_t t) { return kScope.has(t) || t == "button"_tag; });
    if (tag == "a"_tag || tag == "nobr"_tag) erase_up_to_scope(tag);
    if (tag == "button"_tag) pop_through(tag, [](std::uint32_t t) { return kScope.has(t); });
    if (stack_.empty()) return;
    if (kHeading.has(tag) && kHeading.has(stack_.back())) stack_.pop_back();
    if (tag == "option"_tag && stack_.back() == tag) stack_.pop_back();
  }

  void close_item(std::initializer_list<std::uint32_t> items) {
    for (std::size_t i = stack_.size(); i-- > 0;) {
      const auto t = stack_[i];
      if (std::find(items.begin(), items.end(), t) != items.end()) return stack_.resize(i);
      if (kSpecial.has(t) && t != "address"_tag && t != "div"_tag && t != "p"_tag) return;
    }
  }

  std::vector<std::uint32_t> stack_;
};

/// The first "</name" at or after `from` that ends a raw-text element; npos: none.
std::size_t find_raw_end(std::string_view s, std::size_t from, std::string_view name) {
  for (std::size_t at = s.find("</", from); at != std::string_view::npos; at = s.find("</", at + 2)) {
    const std::size_t after = at + 2 + name.size();
    if (after > s.size()) return std::string_view::npos;
    if (!text::equals_ci(s.substr(at + 2, name.size()), name)) continue;
    if (after == s.size() || is_space(s[after]) || s[after] == '>' || s[after] == '/') return at;
  }
  return std::string_view::npos;
}

/// Scripts that hold data instead of programs: JSON by type, or an object assigned to a state variable.
bool holds_data(std::string_view tag, std::string_view body) {
  const std::string head = text::lower_ascii(tag);
  if (head.find("json") != std::string::npos || head.find("__next_data__") != std::string::npos) return true;
  if (body.find('{') == std::string_view::npos) return false;
  const std::string_view start = body.substr(0, 4096);
  for (const std::string_view mark : {"window.__", "window[\"__", "window['__", "self.__next_f", "INITIAL_STATE",
                                      "PRELOADED_STATE", "INITIAL_DATA", "__NUXT__", "__APOLLO_STATE__", "dataLayer"}) {
    if (start.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

class Scanner {
 public:
  Scanner(std::string_view s, const GuardLimits& limits) : s_(s), limits_(limits) { out_.html.reserve(s.size()); }

  Result<Guarded> run() {
    while (at_ < s_.size()) {
      const auto* lt = static_cast<const char*>(std::memchr(s_.data() + at_, '<', s_.size() - at_));
      const std::size_t next = lt ? static_cast<std::size_t>(lt - s_.data()) : s_.size();
      if (next > at_) ++out_.nodes;
      at_ = next;
      if (at_ >= s_.size()) break;
      if (raw_end_ != 0 && at_ >= raw_end_) raw_end_ = 0;
      if (auto status = markup(); !status) return std::move(status).error();
      if (out_.nodes > limits_.nodes)
        return fail(Errc::too_large, "page: over " + std::to_string(limits_.nodes) + " nodes");
    }
    out_.html.append(s_, kept_, s_.size() - kept_);
    return std::move(out_);
  }

 private:
  Status markup() {
    const char c = at_ + 1 < s_.size() ? s_[at_ + 1] : '\0';
    if (is_letter(c)) return tag(at_ + 1, false);
    if (c == '/' && at_ + 2 < s_.size() && is_letter(s_[at_ + 2])) return tag(at_ + 2, true);
    if (c == '!' && s_.substr(at_ + 2, 2) == "--") {
      comment();
    } else if (c == '!' || c == '?' || c == '/') {
      skip_to(s_.find('>', at_ + 1), 1);
      ++out_.nodes;
    } else {
      ++at_;
    }
    return {};
  }

  // Inside a raw-text element nothing reaches past its end, whatever quotes and comments stand in it.
  void skip_to(std::size_t found, std::size_t plus) {
    at_ = found == std::string_view::npos ? s_.size() : found + plus;
    if (raw_end_ != 0) at_ = std::min(at_, raw_end_);
  }

  void comment() {
    ++out_.nodes;
    const std::size_t from = at_ + 4;
    if (s_.substr(from, 1) == ">") return skip_to(from, 1);
    if (s_.substr(from, 2) == "->") return skip_to(from, 2);
    for (std::size_t end = s_.find("--", from); end != std::string_view::npos; end = s_.find("--", end + 1)) {
      if (s_.substr(end + 2, 1) == ">") return skip_to(end, 3);
      if (s_.substr(end + 2, 2) == "!>") return skip_to(end, 4);
    }
    skip_to(std::string_view::npos, 0);
  }

  Status tag(std::size_t name_at, bool closing) {
    std::size_t i = name_at;
    while (i < s_.size() && !is_space(s_[i]) && s_[i] != '>' && s_[i] != '/') ++i;
    const std::string_view name = s_.substr(name_at, i - name_at);
    const std::uint32_t hash = name_hash(name);
    const std::size_t tag_at = at_;
    bool self_closing = false;
    if (auto status = attributes(i, self_closing); !status) return status;
    at_ = i;
    ++out_.nodes;
    if (raw_end_ != 0) at_ = std::min(at_, raw_end_);
    if (closing) {
      open_.end(hash);
      return {};
    }
    if (raw_end_ == 0 && (hash == "script"_tag || hash == "style"_tag))
      return inert(tag_at, name, hash == "script"_tag);
    open_.start(hash, self_closing);
    out_.depth = std::max(out_.depth, open_.size());
    if (open_.size() > limits_.depth) {
      return fail(Errc::too_large, "page: over " + std::to_string(limits_.depth) + " open elements");
    }
    if (raw_end_ == 0 && kRaw.has(hash) && !open_.in_foreign()) {
      const std::size_t end = find_raw_end(s_, at_, name);
      // Without an end tag the tree builder may read on as markup: then every tag counts.
      raw_end_ = end == std::string_view::npos ? 0 : end;
    }
    return {};
  }

  /// Moves `i` behind the tag's '>'.
  Status attributes(std::size_t& i, bool& self_closing) {
    std::size_t count = 0;
    while (i < s_.size()) {
      while (i < s_.size() && (is_space(s_[i]) || s_[i] == '/')) self_closing = s_[i++] == '/';
      if (i >= s_.size()) return {};
      if (s_[i] == '>') {
        ++i;
        return {};
      }
      self_closing = false;
      if (++count > limits_.attributes) {
        return fail(Errc::too_large, "page: over " + std::to_string(limits_.attributes) + " attributes in one tag");
      }
      ++i;  // the first character of a name may be '='
      while (i < s_.size() && !is_space(s_[i]) && s_[i] != '/' && s_[i] != '>' && s_[i] != '=') ++i;
      std::size_t j = i;
      while (j < s_.size() && is_space(s_[j])) ++j;
      if (j < s_.size() && s_[j] == '=') i = value_end(j + 1);
    }
    return {};
  }

  std::size_t value_end(std::size_t i) const {
    while (i < s_.size() && is_space(s_[i])) ++i;
    if (i >= s_.size()) return i;
    if (s_[i] == '"' || s_[i] == '\'') {
      const std::size_t end = s_.find(s_[i], i + 1);
      return end == std::string_view::npos ? s_.size() : end + 1;
    }
    while (i < s_.size() && !is_space(s_[i]) && s_[i] != '>') ++i;
    return i;
  }

  Status inert(std::size_t tag_at, std::string_view name, bool script) {
    const std::size_t end = find_raw_end(s_, at_, name);
    if (end == std::string_view::npos) {
      // Never closed: the rest of the page is its body for a browser, too.
      out_.html.append(s_, kept_, tag_at - kept_);
      kept_ = at_ = s_.size();
      return {};
    }
    const std::string_view body = s_.substr(at_, end - at_);
    const bool keep = script && !open_.holds_foreign() && holds_data(s_.substr(tag_at, at_ - tag_at), body);
    if (!keep) {
      out_.html.append(s_, kept_, at_ - kept_);
      kept_ = end;
    }
    const std::size_t close = s_.find('>', end);
    at_ = close == std::string_view::npos ? s_.size() : close + 1;
    return {};
  }

  std::string_view s_;
  const GuardLimits& limits_;
  OpenElements open_;
  Guarded out_;
  std::size_t at_ = 0, kept_ = 0;
  std::size_t raw_end_ = 0;  // inside title, textarea and the like: where it ends; 0: outside
};

}  // namespace

Result<Guarded> guard(std::string_view utf8, const GuardLimits& limits) {
  if (utf8.size() > limits.bytes) return fail(Errc::too_large, "page: over " + std::to_string(limits.bytes) + " bytes");
  if (utf8.find('\0') == std::string_view::npos) return Scanner(utf8, limits).run();
  std::string clean(utf8);
  std::erase(clean, '\0');
  return Scanner(clean, limits).run();
}

}  // namespace vigie::parser
