#include <algorithm>
#include <array>
#include <optional>

#include "core/text.h"
#include "parser/contacts_lattice.h"
#include "parser/phone.h"

namespace vigie::parser {

namespace {

constexpr std::size_t kMaxLinkBytes = 2048;
constexpr std::size_t kMaxHandleBytes = 64;

// Where a messenger keeps its people. `path`: what stands before the name; `key`: the query key of a number.
struct Platform {
  std::string_view host;
  std::string_view kind;
  std::string_view path;
  std::string_view key;
};
constexpr Platform kPlatforms[] = {
    {"wa.me", "whatsapp", "/", "phone"},          {"api.whatsapp.com", "whatsapp", "", "phone"},
    {"web.whatsapp.com", "whatsapp", "", "phone"},{"whatsapp.com", "whatsapp", "", "phone"},
    {"t.me", "telegram", "/", ""},                {"telegram.me", "telegram", "/", ""},
    {"telegram.dog", "telegram", "/", ""},        {"signal.me", "signal", "/#p/", ""},
    {"instagram.com", "instagram", "/", ""},      {"instagr.am", "instagram", "/", ""},
    {"facebook.com", "facebook", "/", "id"},      {"fb.com", "facebook", "/", "id"},
    {"fb.me", "facebook", "/", ""},               {"m.me", "facebook", "/", ""},
    {"snapchat.com", "snapchat", "/add/", ""},    {"tiktok.com", "tiktok", "/@", ""},
    {"viber.click", "viber", "/", ""},            {"chats.viber.com", "viber", "/", ""},
};

// Pages of a platform that belong to nobody.
constexpr std::string_view kNobody[] = {"share", "sharer", "sharer.php", "share.php", "p", "reel", "reels", "explore", "accounts", "login",
                                        "login.php", "tr", "dialog", "plugins", "groups", "pages", "events", "watch", "hashtag", "home.php",
                                        "help", "about", "policies", "policy.php", "privacy", "terms", "legal", "stories", "tv", "s",
                                        "joinchat", "addstickers", "proxy", "iv", "setlanguage", "message", "send", "download", "business",
                                        "discover", "tag", "music", "people", "photo", "photo.php", "story.php", "permalink.php", "marketplace",
                                        "profile.php", "add", "v2", "intent", "channel", "qr", "c", "web", "directory", "index.html"};

struct Parts {
  std::string scheme, host, path, query;  // host lower case without "www." and "m."
};

Parts parts_of(std::string_view href) {
  Parts p;
  const auto colon = href.find(':');
  const auto slash = href.find_first_of("/?#");
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon < slash)) {
    p.scheme = text::lower_ascii(href.substr(0, colon));
    href.remove_prefix(colon + 1);
  }
  const bool has_host = href.starts_with("//") || p.scheme.empty();
  while (href.starts_with("/")) href.remove_prefix(1);
  const auto query = href.find('?');
  if (query != std::string_view::npos) p.query = std::string(href.substr(query + 1));
  auto rest = href.substr(0, query);
  if (has_host) {
    const auto end = std::min(rest.find_first_of("/#"), rest.size());
    p.host = text::lower_ascii(rest.substr(0, end));
    for (const std::string_view lead : {"www.", "m.", "mobile.", "l."}) {
      if (p.host.starts_with(lead) && p.host != "m.me") p.host.erase(0, lead.size());
    }
    rest.remove_prefix(end);
  }
  p.path = std::string(rest);
  return p;
}

std::string query_value(const std::string& query, std::string_view key) {
  for (auto pair : text::split(query, '&')) {
    if (pair.starts_with("amp;")) pair.remove_prefix(4);
    if (pair.size() > key.size() && text::starts_with_ci(pair, key) && pair[key.size()] == '=') return text::percent_decode(pair.substr(key.size() + 1));
  }
  return {};
}

std::string number_in(std::string_view s, bool plus_by_default) {
  const auto decoded = text::percent_decode(s);
  std::string digits;
  bool plus = plus_by_default;
  for (const char c : decoded) {
    if (c >= '0' && c <= '9') digits += c;
    if (c == '+') plus = true;
    if (c == ';' || c == ',' || c == '?' || c == '&') break;
    if (static_cast<unsigned char>(c) >= 0x80 || ((c | 32) >= 'a' && (c | 32) <= 'z')) return {};
  }
  if (digits.size() < 6 || digits.size() > 17) return {};
  if (digits.starts_with("00")) return "+" + digits.substr(2);
  return (plus && digits.front() != '0' ? "+" : "") + digits;
}

std::optional<std::string> called(const std::string& number, const TextContext& context) {
  if (number.empty()) return std::nullopt;
  PhoneVerdict best;
  const auto look = [&](const std::string& digits, std::string_view region) {
    const auto v = judge_phone(digits, region);
    if (v.level > best.level) best = v;
  };
  if (number.front() == '+') {
    look(number, {});
  } else {
    for (const auto& region : context.regions) look(number, region);
    if (best.level != PhoneVerdict::Level::valid && number.size() >= 10) look("+" + number, {});
  }
  if (best.level == PhoneVerdict::Level::none) return std::nullopt;
  return best.e164;
}

bool is_handle(std::string_view s) {
  if (s.size() < 3 || s.size() > kMaxHandleBytes) return false;
  const bool sound = std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '.' || c == '-';
  });
  return sound && std::find(std::begin(kNobody), std::end(kNobody), text::lower_ascii(s)) == std::end(kNobody);
}

Contact link_contact(std::string_view kind, std::string value, std::string_view href, double confidence) {
  return make_contact(std::string(kind), std::move(value), href, 0, href.size(), 0, confidence);
}

Contact of_platform(const Platform& platform, const Parts& p, std::string_view href, const TextContext& context) {
  if (!platform.key.empty()) {
    const auto value = query_value(p.query, platform.key);
    if (platform.kind == "whatsapp") {
      if (const auto e164 = called(number_in(value, true), context)) return link_contact(platform.kind, *e164, href, .99);
    } else if (p.path == "/profile.php" && !value.empty() && value.find_first_not_of("0123456789") == std::string::npos) {
      return link_contact(platform.kind, value, href, .97);
    }
  }
  if (platform.path.empty() || !p.path.starts_with(platform.path)) return {};
  auto name = std::string_view(p.path).substr(platform.path.size());
  name = name.substr(0, name.find_first_of("/#"));
  while (!name.empty() && (name.back() == '.' || name.back() == ')' || name.back() == ',')) name.remove_suffix(1);
  const bool number = !name.empty() && name.find_first_not_of("+0123456789%- ") == std::string_view::npos && platform.kind != "instagram" && platform.kind != "facebook";
  if (number) {
    const auto e164 = called(number_in(name, true), context);
    return e164 ? link_contact(platform.kind, *e164, href, .99) : Contact();
  }
  if (platform.kind == "whatsapp" || platform.kind == "signal") return {};
  if (platform.kind == "telegram" && (name.starts_with("+") || name.size() < 4)) return {};
  if (name.starts_with("@")) name.remove_prefix(1);
  if (!is_handle(name)) return {};
  return link_contact(platform.kind, text::lower_ascii(name), href, .97);
}

Contact of_scheme(const Parts& p, std::string_view href, const TextContext& context) {
  const auto number_contact = [&](std::string_view kind, const std::string& number, double confidence) {
    const auto e164 = called(number, context);
    return e164 ? link_contact(kind, *e164, href, confidence) : Contact();
  };
  if (p.scheme == "tel" || p.scheme == "callto" || p.scheme == "sms" || p.scheme == "smsto") return number_contact("phone", number_in(p.path, false), .98);
  if (p.scheme == "whatsapp") return number_contact("whatsapp", number_in(query_value(p.query, "phone"), true), .99);
  if (p.scheme == "viber") return number_contact("viber", number_in(query_value(p.query, "number"), true), .99);
  if (p.scheme == "sgnl") return number_contact("signal", number_in(p.path.substr(p.path.find('+') == std::string::npos ? 0 : p.path.find('+')), true), .97);
  if (p.scheme == "tg") {
    const auto name = query_value(p.query, "domain");
    if (is_handle(name)) return link_contact("telegram", text::lower_ascii(name), href, .97);
    return number_contact("telegram", number_in(query_value(p.query, "phone"), true), .99);
  }
  if (p.scheme == "mailto") {
    const auto mail = text::lower_ascii(text::percent_decode(p.path));
    const auto at = mail.find('@');
    if (at == std::string::npos || at == 0 || mail.find('.', at) == std::string::npos || mail.find_first_of(" <>,") != std::string::npos) return {};
    return link_contact("email", mail, href, .99);
  }
  return {};
}

}  // namespace

Contact contact_of_link(std::string_view href, const TextContext& context) {
  href = text::trim(href);
  if (href.size() < 5 || href.size() > kMaxLinkBytes) return {};
  const auto p = parts_of(href);
  if (!p.scheme.empty() && p.scheme != "http" && p.scheme != "https") return of_scheme(p, href, context);
  for (const auto& platform : kPlatforms) {
    const bool country_host = p.host.size() > platform.host.size() + 1 && p.host.ends_with(platform.host) &&
                              p.host[p.host.size() - platform.host.size() - 1] == '.' && platform.kind == "facebook";
    if (p.host == platform.host || country_host) {
      auto contact = of_platform(platform, p, href, context);
      if (contact.has_kind()) return contact;
    }
  }
  return {};
}

}  // namespace vigie::parser
