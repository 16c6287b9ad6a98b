#include "crawler/robots.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"
#include "crawler/crawl.h"

namespace vigie::crawler {

namespace {

constexpr std::size_t kLongestLine = 2083 * 8 - 1;  // as Google's: bytes over it are dropped
constexpr std::size_t kMostSitemaps = 100;

enum class Key { agent, allow, disallow, sitemap, crawl_delay, other };

struct Spelling {
  std::string_view text;
  Key key;
};
// Prefixes, as site owners write them; the misspellings are the ones Google accepts.
constexpr Spelling kKeys[] = {
    {"user-agent", Key::agent},   {"useragent", Key::agent},    {"user agent", Key::agent},
    {"disallow", Key::disallow},  {"dissallow", Key::disallow}, {"dissalow", Key::disallow},
    {"disalow", Key::disallow},   {"diasllow", Key::disallow},  {"disallaw", Key::disallow},
    {"allow", Key::allow},        {"sitemap", Key::sitemap},    {"site-map", Key::sitemap},
    {"crawl-delay", Key::crawl_delay},
};

bool blank(char c) { return c == ' ' || c == '\t'; }

std::string_view strip(std::string_view s) {
  const auto space = [](char c) { return blank(c) || c == '\v' || c == '\f' || c == '\r'; };
  while (!s.empty() && space(s.front())) s.remove_prefix(1);
  while (!s.empty() && space(s.back())) s.remove_suffix(1);
  return s;
}

struct Line {
  Key key = Key::other;
  std::string_view value;
};

Line read_line(std::string_view line) {
  line = strip(line.substr(0, line.find('#')));
  auto separator = line.find(':');
  if (separator == std::string_view::npos) {
    // Forgotten colon: accepted only where exactly one run of blanks parts two words.
    separator = line.find_first_of(" \t");
    if (separator == std::string_view::npos) return {};
    const auto rest = strip(line.substr(separator));
    if (rest.empty() || rest.find_first_of(" \t") != std::string_view::npos) return {};
  }
  const auto key = strip(line.substr(0, separator));
  if (key.empty()) return {};
  const auto value = strip(line.substr(separator + 1));
  for (const auto& row : kKeys)
    if (text::starts_with_ci(key, row.text)) return {row.key, value};
  return {};
}

std::string_view product_token(std::string_view s) {
  const auto token = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; };
  std::size_t end = 0;
  while (end < s.size() && token(s[end])) ++end;
  return s.substr(0, end);
}

bool hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Escapes in upper case and, in a rule, bytes over 127 percent-encoded, so that rule and address are compared alike.
std::string normalise(std::string_view pattern, bool rule) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(pattern.size());
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const auto c = static_cast<unsigned char>(pattern[i]);
    if (c == '%' && i + 2 < pattern.size() && hex_digit(pattern[i + 1]) && hex_digit(pattern[i + 2])) {
      out += '%';
      for (int k = 0; k < 2; ++k) {
        const char digit = pattern[++i];
        out += digit >= 'a' ? static_cast<char>(digit - 32) : digit;
      }
    } else if (rule && c >= 128) {
      out += {'%', kHex[c >> 4], kHex[c & 15]};
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

/// '*' is any run, '$' at the end anchors. Leftmost match of each piece is enough for patterns of this kind.
/// `work` falls by the bytes compared; below zero the answer means nothing.
bool matches(std::string_view path, std::string_view pattern, std::ptrdiff_t& work) {
  const bool anchored = !pattern.empty() && pattern.back() == '$';
  if (anchored) pattern.remove_suffix(1);
  std::size_t at = 0;
  bool first = true;
  while (true) {
    const auto star = pattern.find('*');
    const bool last = star == std::string_view::npos;
    const auto piece = pattern.substr(0, star);
    work -= static_cast<std::ptrdiff_t>(piece.size() + 1);
    if (last && anchored) {
      // The last piece must reach the end; a first piece that is also last must be the whole path.
      if (path.size() - at < piece.size() || !path.ends_with(piece)) return false;
      return !first || path.size() == piece.size();
    }
    if (first) {
      if (!path.starts_with(piece)) return false;
      at = piece.size();
    } else if (!piece.empty()) {
      const auto found = path.find(piece, at);
      const auto tried = (found == std::string_view::npos ? path.size() : found) - at;
      work -= static_cast<std::ptrdiff_t>(tried * std::min<std::size_t>(piece.size(), 64));
      if (found == std::string_view::npos) return false;
      at = found + piece.size();
    }
    if (last) return true;
    first = false;
    pattern.remove_prefix(star + 1);
  }
}

std::optional<double> read_delay(std::string_view value) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc{} || end != value.data() + value.size() || !(seconds >= 0) || seconds > 1e6)
    return std::nullopt;
  return seconds;
}

/// The next line without its end ("\n", "\r\n" or a lone "\r"); moves `rest` on.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find_first_of("\r\n");
  const auto line = rest.substr(0, end);
  if (end == std::string_view::npos) {
    rest = {};
  } else {
    const bool both = rest[end] == '\r' && end + 1 < rest.size() && rest[end + 1] == '\n';
    rest.remove_prefix(end + (both ? 2 : 1));
  }
  return line.substr(0, kLongestLine);
}

void drop_byte_order_mark(std::string_view& body) {
  for (const char expected : {'\xEF', '\xBB', '\xBF'}) {
    if (body.empty() || body.front() != expected) return;
    body.remove_prefix(1);
  }
}

}  // namespace

Robots Robots::parse(std::string_view body, std::string_view agent) {
  struct Group {
    bool seen = false;   // was there ever a line for it
    bool open = false;   // do rules now belong to it
    std::vector<Rule> rules;
    std::optional<double> delay;
  };
  Group ours, everyone;
  Robots robots;
  bool rules_began = false;
  drop_byte_order_mark(body);
  while (!body.empty()) {
    const auto line = read_line(take_line(body));
    switch (line.key) {
      case Key::agent:
        if (std::exchange(rules_began, false)) ours.open = everyone.open = false;
        if (!line.value.empty() && line.value[0] == '*' && (line.value.size() == 1 || blank(line.value[1])))
          everyone.seen = everyone.open = true;
        else if (text::equals_ci(product_token(line.value), agent))
          ours.seen = ours.open = true;
        break;
      case Key::allow:
      case Key::disallow:
      case Key::crawl_delay:
        if (!ours.open && !everyone.open) break;
        if (line.key != Key::crawl_delay) rules_began = true;
        for (Group* group : {&ours, &everyone}) {
          if (!group->open) continue;
          if (line.key == Key::crawl_delay) group->delay = read_delay(line.value);
          // An empty pattern matches everything with length 0, which never decides.
          else if (!line.value.empty()) group->rules.push_back({line.key == Key::allow, normalise(line.value, true)});
        }
        break;
      case Key::sitemap:
        if (robots.sitemaps_.size() < kMostSitemaps) robots.sitemaps_.emplace_back(line.value);
        break;
      case Key::other: break;
    }
  }
  // Google's matcher lets a group of our own that decides nothing stand as "everything allowed".
  Group& chosen = ours.seen ? ours : everyone;
  robots.rules_ = std::move(chosen.rules);
  robots.crawl_delay_s_ = chosen.delay;
  return robots;
}

bool Robots::allowed(std::string_view path) const {
  std::string upper = normalise(path, false);
  if (upper.empty()) upper = "/";
  std::size_t best_allow = 0, best_deny = 0;
  auto work = static_cast<std::ptrdiff_t>(kMostWork);
  for (const auto& rule : rules_) {
    auto& best = rule.allow ? best_allow : best_deny;
    if (rule.pattern.size() > best && matches(upper, rule.pattern, work)) best = rule.pattern.size();
    // "/dir/index.html" allowed also allows "/dir/", as Google reads it.
    const auto slash = rule.pattern.rfind('/');
    if (rule.allow && slash != std::string::npos &&
        std::string_view(rule.pattern).substr(slash).starts_with("/index.htm") && slash + 2 > best_allow &&
        matches(upper, rule.pattern.substr(0, slash + 1) + "$", work))
      best_allow = slash + 2;
    if (work < 0) return false;
  }
  return best_deny <= best_allow;
}

std::string Robots::reduced() const {
  std::string out = "user-agent: *\n";
  for (const auto& rule : rules_) out.append(rule.allow ? "allow: " : "disallow: ").append(rule.pattern).append("\n");
  if (crawl_delay_s_) {
    char digits[32];
    const auto written = std::to_chars(digits, digits + sizeof digits, *crawl_delay_s_);
    out.append("crawl-delay: ").append(digits, written.ptr).append("\n");
  }
  for (const auto& address : sitemaps_) out.append("sitemap: ").append(address).append("\n");
  return out;
}

}  // namespace vigie::crawler
