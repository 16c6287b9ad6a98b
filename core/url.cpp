// The URL Standard (https://url.spec.whatwg.org/), the part that http and https take through its state machine.
#include "core/url.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/text.h"
#include "core/url_host.h"

namespace vigie {
namespace {

// Far over what the limit on the result lets pass, near enough to keep the work on hostile input small.
constexpr std::size_t kMaxInput = 16 * Url::kMaxBytes;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_slash(char c) { return c == '/' || c == '\\'; }

// Percent-encode sets: what is encoded beside controls, DEL and everything outside ASCII.
constexpr std::string_view kFragmentSet = " \"<>`";
constexpr std::string_view kQuerySet = " \"#<>'";
constexpr std::string_view kPathSet = " \"#<>?^`{}";
constexpr std::string_view kUserinfoSet = " \"#<>?`{}/:;=@[\\]^|";

bool kept_as_is(std::string_view s, std::string_view set) {
  return std::all_of(s.begin(), s.end(), [set](char c) {
    const auto u = static_cast<unsigned char>(c);
    const bool plain = is_alpha(c) || is_digit(c) || c == '-' || c == '.';
    return plain || (u >= 0x20 && u < 0x7f && set.find(c) == std::string_view::npos);
  });
}

std::string encode(std::string_view s, std::string_view set) {
  if (kept_as_is(s, set)) return std::string(s);
  std::string out;
  out.reserve(s.size());
  for (const char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u < 0x7f && set.find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    out += '%';
    out += "0123456789ABCDEF"[u >> 4];
    out += "0123456789ABCDEF"[u & 15];
  }
  return out;
}

/// Without what the standard strips: controls and blanks at both ends, tabs and line ends anywhere. Bytes that are no
/// UTF-8 become U+FFFD, as they would in a decoder.
std::string stripped(std::string_view s) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= 0x20) s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= 0x20) s.remove_suffix(1);
  std::string out(s);
  std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  if (text::valid_utf8(out)) return out;
  // repair_utf8 drops NUL, which the standard keeps (and refuses in a host).
  std::string repaired;
  for (const auto part : text::split(out, '\0')) {
    if (part.data() != out.data()) repaired += '\0';
    repaired += text::repair_utf8(part);
  }
  return repaired;
}

bool is_single_dot(std::string_view segment) { return segment == "." || text::equals_ci(segment, "%2e"); }

bool is_double_dot(std::string_view segment) {
  return segment == ".." || text::equals_ci(segment, ".%2e") || text::equals_ci(segment, "%2e.") ||
         text::equals_ci(segment, "%2e%2e");
}

Error malformed(const char* why) { return fail(Errc::malformed, std::string("address: ") + why); }

}  // namespace

class UrlParser {
 public:
  UrlParser(std::string_view text, const Url* base) : input_(stripped(text)), rest_(input_), base_(base) {}

  Result<Url> run() {
    const auto scheme = take_scheme();
    Status done;
    if (!scheme) {
      if (base_ == nullptr) return malformed("relative, and there is nothing that it is relative to");
      url_.scheme_ = base_->scheme_;
      done = relative();
    } else if (*scheme != "http" && *scheme != "https") {
      return fail(Errc::refused, "address: not http or https");
    } else {
      url_.scheme_ = *scheme;
      // "http:x" on an http page is relative: an old habit that browsers keep.
      const bool same = base_ != nullptr && base_->scheme_ == *scheme && !rest_.starts_with("//");
      done = same ? relative() : authority();
    }
    if (!done) return std::move(done).error();
    if (bytes() > Url::kMaxBytes && url_.href().size() > Url::kMaxBytes) return fail(Errc::too_large, "address: over 2048 bytes");
    return std::move(url_);
  }

 private:
  std::optional<std::string> take_scheme() {
    if (rest_.empty() || !is_alpha(rest_[0])) return std::nullopt;
    std::size_t i = 0;
    while (i < rest_.size() && (is_alpha(rest_[i]) || is_digit(rest_[i]) || std::string_view("+-.").find(rest_[i]) != std::string_view::npos)) ++i;
    if (i == rest_.size() || rest_[i] != ':') return std::nullopt;
    auto scheme = text::lower_ascii(rest_.substr(0, i));
    rest_.remove_prefix(i + 1);
    return scheme;
  }

  // At least what href() has.
  std::size_t bytes() const {
    return url_.scheme_.size() + url_.username_.size() + url_.password_.size() + url_.host_.size() + url_.path_.size() +
           url_.query_.size() + url_.fragment_.size() + 16;
  }

  void copy_authority() {
    url_.username_ = base_->username_;
    url_.password_ = base_->password_;
    url_.host_ = base_->host_;
    url_.port_ = base_->port_;
  }

  Status relative() {
    if (rest_.size() >= 2 && is_slash(rest_[0]) && is_slash(rest_[1])) return authority();
    copy_authority();
    if (rest_.starts_with('/') || rest_.starts_with('\\')) return path({});
    std::vector<std::string> segments;
    for (const auto part : text::split(std::string_view(base_->path_).substr(1), '/')) segments.emplace_back(part);
    if (rest_.empty() || rest_[0] == '?' || rest_[0] == '#') {
      url_.path_ = base_->path_;
      if (!rest_.starts_with('?')) url_.query_ = base_->query_;
      query_and_fragment();
      return {};
    }
    segments.pop_back();
    return path(std::move(segments));
  }

  Status authority() {
    while (!rest_.empty() && is_slash(rest_[0])) rest_.remove_prefix(1);
    const auto end = std::min(rest_.find_first_of("/\\?#"), rest_.size());
    auto part = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (const auto at = part.rfind('@'); at != std::string_view::npos) {
      const auto userinfo = part.substr(0, at);
      part.remove_prefix(at + 1);
      if (part.empty()) return malformed("credentials without a host");
      const auto colon = std::min(userinfo.find(':'), userinfo.size());
      url_.username_ = encode(userinfo.substr(0, colon), kUserinfoSet);
      if (colon < userinfo.size()) url_.password_ = encode(userinfo.substr(colon + 1), kUserinfoSet);
    }
    if (auto done = host_and_port(part); !done) return done;
    return path({});
  }

  Status host_and_port(std::string_view part) {
    std::size_t colon = part.size();
    bool in_brackets = false;
    for (std::size_t i = 0; i < part.size() && colon == part.size(); ++i) {
      if (part[i] == '[') in_brackets = true;
      if (part[i] == ']') in_brackets = false;
      if (part[i] == ':' && !in_brackets) colon = i;
    }
    if (colon == 0) return malformed("no host");
    auto host = parse_host(part.substr(0, colon));
    if (!host) return std::move(host).error();
    url_.host_ = *std::move(host);
    std::uint32_t port = 0;
    for (std::size_t i = colon + 1; i < part.size(); ++i) {
      if (!is_digit(part[i])) return malformed("the port is no number");
      port = port * 10 + static_cast<std::uint32_t>(part[i] - '0');
      if (port > 65535) return malformed("the port is over 65535");
    }
    const bool stated = colon + 1 < part.size();
    // Port 0 may be written, but nothing answers there, and 0 means "the default" in this house.
    if (stated && port == 0) return malformed("port 0");
    if (stated && port != (url_.scheme_ == "https" ? 443 : 80)) url_.port_ = static_cast<std::uint16_t>(port);
    return {};
  }

  /// `segments`: those of the base that stay.
  Status path(std::vector<std::string> segments) {
    if (!rest_.empty() && is_slash(rest_[0])) rest_.remove_prefix(1);
    const auto end = std::min(rest_.find_first_of("?#"), rest_.size());
    auto part = rest_.substr(0, end);
    rest_.remove_prefix(end);
    // Most paths have no dot segment and nothing to encode, and stay as they are.
    if (segments.empty() && part.find('\\') == std::string_view::npos && part.find("/.") == std::string_view::npos &&
        part.find("/%2") == std::string_view::npos && !part.starts_with('.') && !part.starts_with("%2") &&
        kept_as_is(part, kPathSet)) {
      url_.path_.reserve(part.size() + 1);
      url_.path_.append("/").append(part);
      query_and_fragment();
      return {};
    }
    for (bool last = false; !last;) {
      const auto slash = std::min(part.find_first_of("/\\"), part.size());
      last = slash == part.size();
      const auto segment = encode(part.substr(0, slash), kPathSet);
      part.remove_prefix(last ? slash : slash + 1);
      if (is_double_dot(segment)) {
        if (!segments.empty()) segments.pop_back();
        if (last) segments.emplace_back();
      } else if (!is_single_dot(segment)) {
        segments.push_back(segment);
      } else if (last) {
        segments.emplace_back();
      }
    }
    for (const auto& segment : segments) url_.path_ += '/' + segment;
    query_and_fragment();
    return {};
  }

  void query_and_fragment() {
    const auto hash = std::min(rest_.find('#'), rest_.size());
    if (rest_.starts_with('?')) url_.query_ = '?' + encode(rest_.substr(1, hash - 1), kQuerySet);
    if (hash < rest_.size()) url_.fragment_ = '#' + encode(rest_.substr(hash + 1), kFragmentSet);
  }

  const std::string input_;
  std::string_view rest_;
  const Url* base_;
  Url url_;
};

namespace {

Result<Url> parse_any(std::string_view text, const Url* base) {
  if (text.size() > kMaxInput) return fail(Errc::too_large, "address: over 2048 bytes");
  return UrlParser(text, base).run();
}

}  // namespace

Result<Url> Url::parse(std::string_view text) { return parse_any(text, nullptr); }
Result<Url> Url::parse(std::string_view text, const Url& base) { return parse_any(text, &base); }

std::string Url::origin() const {
  return scheme_ + "://" + host_ + (port_ != 0 ? ':' + std::to_string(port_) : std::string());
}

std::string Url::without_fragment() const {
  std::string out = scheme_ + "://";
  if (!username_.empty() || !password_.empty()) {
    out += username_;
    if (!password_.empty()) out += ':' + password_;
    out += '@';
  }
  out += host_;
  if (port_ != 0) out += ':' + std::to_string(port_);
  return out + path_ + query_;
}

std::string Url::href() const { return without_fragment() + fragment_; }

namespace {

// Names under which advertisers and mailers follow a visitor, and session names of common servers: none changes a page.
constexpr auto kNeverContent = std::to_array<std::string_view>({
    "_ga", "_gl", "_hsenc", "_hsmi", "_openstat", "dclid", "fbclid", "gbraid", "gclid", "gclsrc", "igsh", "igshid",
    "jsessionid", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "oly_anon_id", "oly_enc_id", "phpsessid", "srsltid",
    "ttclid", "twclid", "vero_id", "wbraid", "wickedid", "yclid", "ysclid",
});

bool never_content(std::string_view parameter, const std::vector<std::string>& drop) {
  const auto name = text::percent_decode(parameter.substr(0, parameter.find('=')));
  const auto lower = text::lower_ascii(name);
  if (lower.starts_with("utm_") || lower.starts_with("aspsessionid")) return true;
  if (std::find(kNeverContent.begin(), kNeverContent.end(), lower) != kNeverContent.end()) return true;
  return std::find(drop.begin(), drop.end(), name) != drop.end();
}

/// "/a;jsessionid=1F.node/b" is "/a/b".
std::string without_session(std::string_view path) {
  std::string out;
  for (std::size_t i = 0; i < path.size();) {
    if (path[i] == ';' && text::starts_with_ci(path.substr(i + 1), "jsessionid=")) {
      i = std::min(path.find_first_of("/;", i + 1), path.size());
      continue;
    }
    out += path[i++];
  }
  return out;
}

}  // namespace

std::string canonical(const Url& url, const std::vector<std::string>& drop) {
  std::string out = url.origin() + without_session(url.path());
  if (out.size() != url.origin().size() + url.path().size()) {
    // What is left may be a dot segment ("/a/..;jsessionid=1"), which a path cannot hold.
    if (const auto again = Url::parse(out)) out = again->href();
  }
  char separator = '?';
  if (url.query().empty()) return out;
  for (const auto parameter : text::split(std::string_view(url.query()).substr(1), '&')) {
    if (parameter.empty() || never_content(parameter, drop)) continue;
    out += separator;
    out += parameter;
    separator = '&';
  }
  return out;
}

std::string defang(std::string_view url) {
  std::string out;
  bool in_host = url.find("://") == std::string_view::npos;
  for (std::size_t i = 0; i < url.size(); ++i) {
    const auto rest = url.substr(i);
    if (text::starts_with_ci(rest, "http://") || text::starts_with_ci(rest, "https://")) {
      const auto slashes = rest.find("://");
      out.append("hxxp").append(rest.substr(4, slashes + 3 - 4));
      i += slashes + 2;
      in_host = true;
    } else if (in_host && url[i] == '.') {
      out += "[.]";
    } else {
      if (std::string_view("/?#").find(url[i]) != std::string_view::npos) in_host = false;
      out += url[i];
    }
  }
  return out;
}

}  // namespace vigie
