#include "parser/guard.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "core/text.h"
#include "parser/open_elements.h"

namespace vigie::parser {
namespace {

constexpr std::string_view kRawList[] = {"title", "textarea", "xmp", "iframe", "noembed", "noframes"};
constexpr Names kRaw(kRawList);

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

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

/// As above for a script, whose comments may hold whole scripts: "<!-- <script> ... </script>" is still inside.
std::size_t find_script_end(std::string_view s, std::size_t from) {
  const auto names_script = [&](std::size_t at) {
    return text::equals_ci(s.substr(at, 6), "script") && (at + 6 >= s.size() || is_space(s[at + 6]) || s[at + 6] == '>' || s[at + 6] == '/');
  };
  bool escaped = false, twice = false;
  for (std::size_t at = s.find_first_of("<-", from); at != std::string_view::npos; at = s.find_first_of("<-", at + 1)) {
    if (s[at] == '-') {
      if (escaped && s.substr(at, 3) == "-->") escaped = twice = false;
    } else if (s.substr(at, 4) == "<!--") {
      escaped = true;
      ++at;  // "<!-->" ends what it starts
    } else if (s.substr(at + 1, 1) == "/" && names_script(at + 2)) {
      if (!twice) return at;
      twice = false;
    } else if (escaped && names_script(at + 1)) {
      twice = true;
    }
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

/// The character that is mark number `n`: the last two of each plane are no characters.
constexpr std::uint32_t mark_character(std::size_t n) {
  return static_cast<std::uint32_t>(n < 65'534 ? 0xF0000 + n : 0x100000 + (n - 65'534));
}

void append_mark(std::string& out, std::size_t n) {
  const std::uint32_t c = mark_character(n);
  const char bytes[] = {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 63)),
                        static_cast<char>(0x80 | (c >> 6 & 63)), static_cast<char>(0x80 | (c & 63))};
  out.append(bytes, sizeof bytes);
}

/// Where a character of the planes of marks starts in UTF-8, at or after `from`; npos: nowhere.
std::size_t find_private(std::string_view s, std::size_t from) {
  for (std::size_t i = from; i + 3 < s.size(); ++i) {
    const auto lead = static_cast<unsigned char>(s[i]);
    if (lead == 0xF4 || (lead == 0xF3 && static_cast<unsigned char>(s[i + 1]) >= 0xB0)) return i;
  }
  return std::string_view::npos;
}

/// Tags whose attributes the tree builder looks at: formatting elements are compared, a hidden input stays in a table,
/// a second body adds to the first.
constexpr std::string_view kReadList[] = {"b",  "big",    "code",   "em", "font", "i",     "nobr",    "s",
                                          "small", "strike", "strong", "tt", "u",    "input", "isindex", "svg", "math", "html", "body"};
constexpr Names kRead(kReadList);

/// True when every '&' in attributes is one that a reader need not look up: "&amp;", or "&name=" of an address.
bool plain_references(std::string_view s) {
  for (std::size_t at = s.find('&'); at != std::string_view::npos; at = s.find('&', at + 1)) {
    if (reference_at(s.substr(at)).bytes != 0) continue;
    std::size_t end = at + 1;
    while (end < s.size() && (is_letter(s[end]) || (s[end] >= '0' && s[end] <= '9'))) ++end;
    if (end == at + 1 || end == s.size() || s[end] != '=') return false;
  }
  return true;
}

class Scanner {
 public:
  Scanner(Guarded& out, const GuardLimits& limits) : out_(out), s_(out.source), limits_(limits) {
    out_.html.reserve(s_.size() / 2 + 64);
  }

  Status run() {
    while (at_ < s_.size()) {
      const auto* lt = static_cast<const char*>(std::memchr(s_.data() + at_, '<', s_.size() - at_));
      const std::size_t next = lt ? static_cast<std::size_t>(lt - s_.data()) : s_.size();
      if (next > at_) {
        ++out_.nodes;
        shorten_text(at_, next);
      }
      at_ = next;
      if (at_ >= s_.size()) break;
      if (raw_end_ != 0 && at_ >= raw_end_) raw_end_ = 0;
      if (auto status = markup(); !status) return status;
      if (out_.nodes > limits_.nodes)
        return fail(Errc::too_large, "page: over " + std::to_string(limits_.nodes) + " nodes");
    }
    keep_until(s_.size());
    return {};
  }

 private:
  // ------------------------------------------------------------------ the short form
  static constexpr std::size_t kShort = 12;  // a run shorter than this gains nothing by a mark

  void keep_until(std::size_t end) {
    if (end > kept_) out_.html.append(s_, kept_, end - kept_);
    kept_ = std::max(kept_, end);
  }

  void mark(std::size_t begin, std::size_t end) {
    if (end < begin + kShort || begin < kept_ || out_.spans.size() >= Guarded::kMaxSpans) return;
    keep_until(begin);
    kept_ = end;
    append_mark(out_.html, out_.spans.size());
    out_.spans.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
  }

  // White space in front stays: the tree builder drops some of it. So do references, which it replaces.
  void shorten_text(std::size_t begin, std::size_t end) {
    if (end - begin < kShort || foreign_) return;
    for (std::size_t i = begin; i < end;) {
      while (i < end && is_space(s_[i])) ++i;
      if (i >= end) return;
      const auto* amp = static_cast<const char*>(std::memchr(s_.data() + i, '&', end - i));
      const std::size_t stop = amp ? static_cast<std::size_t>(amp - s_.data()) : end;
      mark(i, stop);
      i = stop + 1;
      while (i < end && (is_letter(s_[i]) || (s_[i] >= '0' && s_[i] <= '9') || s_[i] == '#' || s_[i] == ';')) ++i;
    }
  }

  /// `begin`: behind the name of the tag at `tag_at`; `end`: behind its '>'. What is malformed stays: there are more
  /// ways to be wrong than are worth a second reading here.
  void leave_out_attributes(std::uint32_t tag, std::size_t tag_at, std::size_t begin, std::size_t end, bool self_closing) {
    if (end > begin && s_[end - 1] == '>') --end;
    if (self_closing && end > begin && s_[end - 1] == '/') --end;
    if (end == begin || foreign_ || raw_end_ != 0 || literal_ || odd_ || kRead.has(tag)) return;
    if (!plain_references(s_.substr(begin, end - begin))) return;
    keep_until(begin);
    kept_ = end;
    out_.attributes.push_back({out_.html.size() - (begin - tag_at), {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}});
  }

  // ------------------------------------------------------------------ tokens
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
      const bool plain = s_.substr(end + 2, 1) == ">";
      if (!plain && s_.substr(end + 2, 2) != "!>") continue;
      if (raw_end_ == 0 && !foreign_) mark(from, end);
      return skip_to(end, plain ? 3 : 4);
    }
    skip_to(std::string_view::npos, 0);
  }

  Status tag(std::size_t name_at, bool closing) {
    std::size_t i = name_at;
    while (i < s_.size() && !is_space(s_[i]) && s_[i] != '>' && s_[i] != '/') ++i;
    const std::string_view name = s_.substr(name_at, i - name_at);
    const std::uint32_t hash = name_hash(name);
    const std::size_t tag_at = at_, attributes_at = i;
    bool self_closing = false;
    if (auto status = attributes(i, self_closing); !status) return status;
    at_ = i;
    ++out_.nodes;
    if (raw_end_ != 0) at_ = std::min(at_, raw_end_);
    if (closing) {
      open_.end(hash);
      if (foreign_) foreign_ = open_.holds_foreign();
      return {};
    }
    leave_out_attributes(hash, tag_at, attributes_at, i, self_closing);
    if (raw_end_ == 0 && (hash == "script"_tag || hash == "style"_tag))
      return inert(tag_at, name, hash == "script"_tag);
    open_.start(hash, self_closing);
    foreign_ = (foreign_ && open_.holds_foreign()) || hash == "svg"_tag || hash == "math"_tag;
    literal_ = literal_ || hash == "plaintext"_tag;
    out_.depth = std::max(out_.depth, open_.size());
    if (open_.size() > limits_.depth) {
      return fail(Errc::too_large, "page: over " + std::to_string(limits_.depth) + " open elements");
    }
    if (raw_end_ == 0 && kRaw.has(hash) && !open_.in_foreign()) {
      const std::size_t end = find_raw_end(s_, at_, name);
      // Without an end tag the tree builder may read on as markup: then every tag counts.
      raw_end_ = end == std::string_view::npos ? 0 : end;
      literal_ = literal_ || end == std::string_view::npos;
    }
    return {};
  }

  /// Moves `i` behind the tag's '>'.
  Status attributes(std::size_t& i, bool& self_closing) {
    RawAttribute attribute;
    odd_ = false;
    for (std::size_t count = 0; next_attribute(s_, i, attribute, self_closing);) {
      odd_ = odd_ || attribute.name.find_first_of("\"'<=") != std::string_view::npos ||
             (attribute.quoted && i < s_.size() && !is_space(s_[i]) && s_[i] != '/' && s_[i] != '>');
      if (++count > limits_.attributes)
        return fail(Errc::too_large, "page: over " + std::to_string(limits_.attributes) + " attributes in one tag");
    }
    odd_ = odd_ || i >= s_.size();  // no tag at all, for a browser
    if (i < s_.size()) ++i;
    return {};
  }

  Status inert(std::size_t tag_at, std::string_view name, bool script) {
    const std::size_t end = script ? find_script_end(s_, at_) : find_raw_end(s_, at_, name);
    if (end == std::string_view::npos) {
      // Never closed: the rest of the page is its body for a browser, too.
      keep_until(at_);
      out_.html.append("</").append(name).append(">");
      kept_ = at_ = s_.size();
      return {};
    }
    const std::string_view body = s_.substr(at_, end - at_);
    if (!script || foreign_ || !holds_data(s_.substr(tag_at, at_ - tag_at), body)) {
      keep_until(at_);
      kept_ = end;
    } else if (body.find("<!--") == std::string_view::npos) {
      mark(at_, end);
    }
    const std::size_t close = s_.find('>', end);
    at_ = close == std::string_view::npos ? s_.size() : close + 1;
    return {};
  }

  Guarded& out_;
  const std::string_view s_;
  const GuardLimits& limits_;
  OpenElements open_;
  std::size_t at_ = 0, kept_ = 0;
  std::size_t raw_end_ = 0;  // inside title, textarea and the like: where it ends; 0: outside
  bool odd_ = false;         // the tag just read has quotes where none belong
  bool literal_ = false;     // tags may be text from here on, to be shown as they stand
  bool foreign_ = false;     // svg or math is open: another grammar, left to the tree builder
};

/// Bytes at which a character starts that the page does not keep as it is.
constexpr auto kTouched = [] {
  std::array<bool, 256> touched{};
  for (int c = 0; c < 0x20; ++c) touched[static_cast<std::size_t>(c)] = c != '\t' && c != '\n' && c != '\f';
  for (const int c : {0x7F, 0xC2, 0xEF, 0xF3, 0xF4}) touched[static_cast<std::size_t>(c)] = true;
  return touched;
}();

/// Bytes of the control or non-character at `i`, which the tree builder would show as U+FFFD; 0: it is none.
std::size_t control_at(std::string_view s, std::size_t i) {
  const auto at = [&](std::size_t k) { return i + k < s.size() ? static_cast<unsigned char>(s[i + k]) : 0u; };
  if (at(0) < 0x80) return s[i] != '\r' && s[i] != '\0' ? 1 : 0;
  if (at(0) == 0xC2) return at(1) >= 0x80 && at(1) < 0xA0 ? 2 : 0;
  if (at(0) != 0xEF) return 0;
  const bool none = (at(1) == 0xB7 && at(2) >= 0x90 && at(2) < 0xB0) || (at(1) == 0xBF && at(2) >= 0xBE);
  return none ? 3 : 0;
}

/// Leaves out NUL and the characters that marks are made of; one kind of line end; no control characters.
std::string normalise(std::string s) {
  const auto touched = [](char c) { return kTouched[static_cast<unsigned char>(c)]; };
  auto next = std::find_if(s.begin(), s.end(), touched);
  if (next == s.end()) return s;
  std::string out;
  out.reserve(s.size() + 64);
  std::size_t from = 0;
  for (; next != s.end(); next = std::find_if(s.begin() + static_cast<std::ptrdiff_t>(from), s.end(), touched)) {
    const auto at = static_cast<std::size_t>(next - s.begin());
    out.append(s, from, at - from);
    from = at + 1;
    if (*next == '\r') {
      if (s.compare(at + 1, 1, "\n") != 0) out += '\n';
    } else if (const std::size_t bytes = control_at(s, at)) {
      out += "\xEF\xBF\xBD";
      from = at + bytes;
    } else if (find_private(std::string_view(s).substr(at, 4), 0) == 0) {
      from = at + 4;
    } else if (*next != '\0') {
      out += *next;
    }
  }
  return out.append(s, from);
}

}  // namespace

bool next_attribute(std::string_view s, std::size_t& at, RawAttribute& attribute, bool& slash) {
  while (at < s.size() && (is_space(s[at]) || s[at] == '/')) slash = s[at++] == '/';
  if (at >= s.size() || s[at] == '>') return false;
  slash = false;
  const std::size_t name = at++;  // the first character of a name may be '='
  while (at < s.size() && !is_space(s[at]) && s[at] != '/' && s[at] != '>' && s[at] != '=') ++at;
  attribute = {s.substr(name, at - name), {}, false};
  std::size_t i = at;
  while (i < s.size() && is_space(s[i])) ++i;
  if (i >= s.size() || s[i] != '=') return true;
  ++i;
  while (i < s.size() && is_space(s[i])) ++i;
  const std::size_t begin = i;
  if (i < s.size() && (s[i] == '"' || s[i] == '\'')) {
    const std::size_t end = s.find(s[i], i + 1);
    attribute.value = s.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1);
    attribute.quoted = true;
    at = end == std::string_view::npos ? s.size() : end + 1;
    return true;
  }
  while (i < s.size() && !is_space(s[i]) && s[i] != '>') ++i;
  attribute.value = s.substr(begin, i - begin);
  at = i;
  return true;
}

Reference reference_at(std::string_view s) {
  constexpr std::pair<std::string_view, std::string_view> kPlain[] = {
      {"&amp;", "&"}, {"&quot;", "\""}, {"&lt;", "<"}, {"&gt;", ">"}, {"&#39;", "'"}, {"&#x27;", "'"}, {"&#34;", "\""}};
  for (const auto& [written, meant] : kPlain) {
    if (s.starts_with(written)) return {written.size(), meant};
  }
  return {};
}

std::optional<Guarded::Mark> Guarded::find_mark(std::string_view s, std::size_t from) const {
  for (std::size_t at = find_private(s, from); at != std::string_view::npos; at = find_private(s, at + 4)) {
    const auto part = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(s[at + i]) & 63); };
    const std::size_t c = (part(0) & 7) << 18 | part(1) << 12 | part(2) << 6 | part(3);
    const std::size_t number = c < 0x100000 ? c - 0xF0000 : c - 0x100000 + 65'534;
    if ((c & 0xFFFF) < 65'534 && number < spans.size()) return Mark{at, number};
  }
  return std::nullopt;
}

std::optional<Guarded::Span> Guarded::attributes_at(std::size_t at) const {
  const auto found = std::lower_bound(attributes.begin(), attributes.end(), at,
                                      [](const Attributes& a, std::size_t position) { return a.at < position; });
  return found != attributes.end() && found->at == at ? std::optional(found->span) : std::nullopt;
}

std::string Guarded::full_html() const {
  std::string full;
  for (std::size_t i = 0; i < html.size();) {
    const auto left_out = html[i] == '<' ? attributes_at(i) : std::nullopt;
    const auto mark = find_mark(std::string_view(html).substr(i, kMarkBytes));
    if (mark) {
      full += text_of(spans[mark->span]);
      i += kMarkBytes;
    } else if (!left_out) {
      full += html[i++];
    } else {
      const std::size_t name_end = std::min(html.find_first_of(" \t\n\f/>", i), html.size());
      full.append(html, i, name_end - i).append(text_of(*left_out));
      i = name_end;
    }
  }
  return full;
}

Result<Guarded> guard(std::string utf8, const GuardLimits& limits) {
  if (utf8.size() > limits.bytes) return fail(Errc::too_large, "page: over " + std::to_string(limits.bytes) + " bytes");
  Guarded out;
  out.source = normalise(std::move(utf8));
  if (auto status = Scanner(out, limits).run(); !status) return std::move(status).error();
  return out;
}

}  // namespace vigie::parser
