#include "crawler/cookies.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text.h"
#include "crawler/address.h"
#include "crawler/domain.h"

namespace vigie::crawler {

namespace {

constexpr std::size_t kMostCookieHeader = 8190;  // what common servers take in one line
constexpr Millis kLongest = 400 * 24h;           // RFC 6265bis: no cookie lives longer

std::string_view trim_blanks(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// Leading digits, at least `least` and at most `most` of them, not followed by another digit.
std::optional<int> digits(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t n = 0;
  while (n < text.size() && n <= most && text[n] >= '0' && text[n] <= '9') ++n;
  if (n < least || n > most) return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + n, value);
  text.remove_prefix(n);
  return value;
}

struct DateParts {
  std::optional<int> hour, minute, second, day, month, year;
};

bool read_time(std::string_view token, DateParts& parts) {
  const auto hour = digits(token, 1, 2);
  if (!hour || !token.starts_with(':')) return false;
  token.remove_prefix(1);
  const auto minute = digits(token, 1, 2);
  if (!minute || !token.starts_with(':')) return false;
  token.remove_prefix(1);
  const auto second = digits(token, 1, 2);
  if (!second) return false;
  parts.hour = hour;
  parts.minute = minute;
  parts.second = second;
  return true;
}

void read_token(std::string_view token, DateParts& parts) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  if (!parts.hour && read_time(token, parts)) return;
  auto rest = token;
  if (!parts.day) {
    if (const auto day = digits(rest, 1, 2)) return void(parts.day = day);
    rest = token;
  }
  if (!parts.month && token.size() >= 3) {
    const auto at = std::find(kMonths.begin(), kMonths.end(), text::lower_ascii(token.substr(0, 3)));
    if (at != kMonths.end()) return void(parts.month = static_cast<int>(at - kMonths.begin()) + 1);
  }
  if (!parts.year) {
    if (const auto year = digits(rest, 2, 4)) parts.year = *year;
  }
}

bool date_delimiter(char c) {
  const auto b = static_cast<unsigned char>(c);
  return b == 9 || (b >= 0x20 && b <= 0x2f) || (b >= 0x3b && b <= 0x40) || (b >= 0x5b && b <= 0x60) || (b >= 0x7b && b <= 0x7e);
}

bool domain_matches(std::string_view host, std::string_view domain) {
  if (host == domain) return true;
  return host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.' &&
         !Address::parse(host);
}

bool path_matches(std::string_view path, std::string_view cookie) {
  if (!path.starts_with(cookie)) return false;
  return path.size() == cookie.size() || cookie.ends_with('/') || path[cookie.size()] == '/';
}

std::string default_path(std::string_view path) {
  const auto slash = path.rfind('/');
  if (path.empty() || path[0] != '/' || slash == 0 || slash == std::string_view::npos) return "/";
  return std::string(path.substr(0, slash));
}

/// Seconds from now as RFC 6265 5.2.2 reads them; empty when the attribute is to be ignored.
std::optional<Millis> read_max_age(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto number = text.substr(negative ? 1 : 0);
  if (number.empty() || number.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), seconds);
  if (negative) return Millis(-1);
  if (error != std::errc{} || seconds > kLongest / 1s) return kLongest;
  return std::chrono::seconds(seconds);
}

struct Attributes {
  std::optional<Instant> expires;
  std::optional<Millis> max_age;
  std::string_view domain, path;
  bool secure = false;
};

Attributes read_attributes(std::string_view rest) {
  Attributes found;
  while (!rest.empty()) {
    const auto end = rest.find(';');
    const auto part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    const auto equals = part.find('=');
    const auto name = trim_blanks(part.substr(0, equals));
    const auto value = equals == std::string_view::npos ? std::string_view{} : trim_blanks(part.substr(equals + 1));
    if (text::equals_ci(name, "expires")) {
      if (const auto date = read_cookie_date(value)) found.expires = date;
    } else if (text::equals_ci(name, "max-age")) {
      if (const auto age = read_max_age(value)) found.max_age = age;
    } else if (text::equals_ci(name, "domain")) {
      if (!value.empty()) found.domain = value;  // RFC 6265 5.2.3: an empty one is ignored
    } else if (text::equals_ci(name, "path")) {
      found.path = value;
    } else if (text::equals_ci(name, "secure")) {
      found.secure = true;
    }
  }
  return found;
}

}  // namespace

std::optional<Instant> read_cookie_date(std::string_view text) {
  DateParts parts;
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && date_delimiter(text[at])) ++at;
    const auto from = at;
    while (at < text.size() && !date_delimiter(text[at])) ++at;
    if (at > from) read_token(text.substr(from, at - from), parts);
  }
  if (!parts.hour || !parts.day || !parts.month || !parts.year) return std::nullopt;
  int year = *parts.year;
  if (year >= 70 && year <= 99) year += 1900;
  if (year >= 0 && year <= 69) year += 2000;
  if (year < 1601 || year > 2200 || *parts.hour > 23 || *parts.minute > 59 || *parts.second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(*parts.month)),
                                         std::chrono::day(static_cast<unsigned>(*parts.day))};
  if (!date.ok()) return std::nullopt;
  if (year < 1700) return Instant{};  // before our clock: long gone
  return Instant(std::chrono::sys_days(date)) + std::chrono::hours(*parts.hour) + std::chrono::minutes(*parts.minute) +
         std::chrono::seconds(*parts.second);
}

/// Sets domain and path; false when the site may not set a cookie there.
bool CookieJar::place(Cookie& cookie, std::string_view domain, std::string_view path, const Url& url) const {
  const auto& host = url.hostname();
  auto wanted = text::lower_ascii(domain);
  if (wanted.starts_with('.')) wanted.erase(0, 1);
  cookie.host_only = wanted.empty();
  // A public suffix is nobody's: a cookie for it would reach the neighbours' sites.
  if (!wanted.empty() && wanted == host && !registrable_domain(host)) cookie.host_only = true;
  if (!cookie.host_only && (!domain_matches(host, wanted) || !registrable_domain(wanted))) return false;
  cookie.domain = cookie.host_only ? std::string(host) : wanted;
  cookie.path = path.starts_with('/') ? std::string(path) : default_path(url.path());
  return true;
}

void CookieJar::set(std::string_view line, const Url& url, Instant now) {
  const auto end = line.find(';');
  const auto pair = line.substr(0, end);
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos) return;
  Cookie cookie;
  cookie.name = trim_blanks(pair.substr(0, equals));
  cookie.value = trim_blanks(pair.substr(equals + 1));
  if (cookie.name.empty() || cookie.name.size() + cookie.value.size() > kMostBytes) return;
  const auto control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; };
  if (std::any_of(line.begin(), line.end(), control)) return;
  const auto attributes = read_attributes(end == std::string_view::npos ? std::string_view{} : line.substr(end + 1));
  cookie.secure = attributes.secure;
  if (attributes.path.size() > 1024 || !place(cookie, attributes.domain, attributes.path, url)) return;
  if (cookie.secure && url.scheme() != "https") return;
  cookie.expires = attributes.expires;
  if (attributes.max_age) cookie.expires = now + *attributes.max_age;
  cookie.made = cookie.used = ++clock_;
  const auto same = std::find_if(cookies_.begin(), cookies_.end(), [&](const Cookie& c) {
    return c.name == cookie.name && c.domain == cookie.domain && c.path == cookie.path && c.host_only == cookie.host_only;
  });
  const bool dead = cookie.expires && *cookie.expires <= now;
  if (same != cookies_.end()) {
    if (same->secure && url.scheme() != "https") return;
    cookie.made = same->made;
    if (dead) cookies_.erase(same); else *same = std::move(cookie);
    return;
  }
  if (dead) return;
  std::erase_if(cookies_, [&](const Cookie& c) { return c.expires && *c.expires <= now; });
  if (cookies_.size() >= kMost)
    cookies_.erase(std::min_element(cookies_.begin(), cookies_.end(), [](const Cookie& a, const Cookie& b) { return a.used < b.used; }));
  cookies_.push_back(std::move(cookie));
}

void CookieJar::set_all(std::string_view block, const Url& url, Instant now) {
  while (!block.empty()) {
    const auto end = block.find('\n');
    auto line = block.substr(0, end);
    block = end == std::string_view::npos ? std::string_view{} : block.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && text::equals_ci(line.substr(0, colon), "set-cookie"))
      set(line.substr(colon + 1), url, now);
  }
}

std::string CookieJar::header(const Url& url, Instant now) {
  std::erase_if(cookies_, [&](const Cookie& c) { return c.expires && *c.expires <= now; });
  std::vector<Cookie*> fit;
  for (auto& cookie : cookies_) {
    const bool host = cookie.host_only ? url.hostname() == cookie.domain : domain_matches(url.hostname(), cookie.domain);
    if (host && path_matches(url.path(), cookie.path) && (!cookie.secure || url.scheme() == "https")) fit.push_back(&cookie);
  }
  std::sort(fit.begin(), fit.end(), [](const Cookie* a, const Cookie* b) {
    return a->path.size() != b->path.size() ? a->path.size() > b->path.size() : a->made < b->made;
  });
  std::string out;
  for (auto* cookie : fit) {
    if (out.size() + cookie->name.size() + cookie->value.size() + 3 > kMostCookieHeader) break;
    if (!out.empty()) out += "; ";
    out += cookie->name + "=" + cookie->value;
    cookie->used = ++clock_;
  }
  return out;
}

}  // namespace vigie::crawler
