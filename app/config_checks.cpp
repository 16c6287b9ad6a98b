// What a text of the configuration must be, one check each. Pure.
#include <arpa/inet.h>
#include <re2/re2.h>
#include <unicode/strenum.h>
#include <unicode/timezone.h>
#include <unicode/uloc.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "app/config_reader.h"
#include "core/text.h"
#include "core/url.h"
#include "parser/css.h"

namespace vigie::app {
namespace {

using Answer = std::optional<Complaint>;

std::string shown(std::string_view s) { return '"' + text::escape_control(text::cut_utf8(s, 80)) + '"'; }

bool has_control(std::string_view s, std::string_view allowed) {
  return std::any_of(s.begin(), s.end(), [&](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u < 0x20 && allowed.find(c) == std::string_view::npos) || u == 0x7f;
  });
}

Answer nearest(const std::string& what, const std::string& given, const std::vector<std::string>& known, std::string otherwise) {
  const auto near = text::did_you_mean(given, known);
  return Complaint{what, near ? "did you mean \"" + *near + "\"?" : std::move(otherwise)};
}

Answer about_code(const std::string& s) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  };
  if (!s.empty() && s.size() <= 64 && std::all_of(s.begin(), s.end(), fine)) return std::nullopt;
  return Complaint{shown(s) + " is no code", "1 to 64 of the letters A-Z a-z 0-9 . _ -"};
}

/// A port in decimal; 0 where the system may choose.
bool is_port(std::string_view s) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), port);
  return error == std::errc() && end == s.data() + s.size() && s.size() <= 5 && port <= 65535;
}

/// An address literal, with or without brackets: its bytes (4 or 16), or empty.
std::string address_bytes(std::string_view s) {
  if (s.starts_with('[') && s.ends_with(']')) s = s.substr(1, s.size() - 2);
  const std::string text(s);
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), 16};
  return {};
}

/// "127.0.0.1:8081", "[::1]:8081"; the port may be left out when `port_optional`.
Answer about_address(const std::string& s, bool port_optional) {
  const auto colon = s.rfind(':');
  const bool bare = port_optional && !address_bytes(s).empty();
  const bool bracketed = s.starts_with('[') || s.find(':') == colon;  // an IPv6 address needs brackets before a port
  if (bare || (colon != std::string::npos && bracketed && !address_bytes(s.substr(0, colon)).empty() && is_port(s.substr(colon + 1)))) {
    return std::nullopt;
  }
  return Complaint{shown(s) + " is no address with a port", "like 127.0.0.1:8470 or [::1]:8470"};
}

Answer about_url(const std::string& s) {
  const auto url = Url::parse(s);
  if (!url) return Complaint{shown(s) + " is no http or https address", url.error().text};
  if (!url->username().empty() || !url->password().empty()) {
    return Complaint{"an address must not carry a user or password", "secrets never stand in YAML"};
  }
  if (has_control(s, "") || s.find(' ') != std::string::npos) return Complaint{"an address must not hold blanks or controls", ""};
  return std::nullopt;
}

/// scheme://host[:port], nothing else; `schemes` are those allowed.
Answer about_server(const std::string& s, std::string_view schemes, const std::string& example) {
  const auto slashes = s.find("://");
  const auto known = words_of(schemes);
  if (slashes == std::string::npos || std::find(known.begin(), known.end(), s.substr(0, slashes)) == known.end()) {
    return Complaint{shown(s) + " is none of " + text::join(known, "://, ") + "://", "like " + example};
  }
  if (s.find('@') != std::string::npos) return Complaint{"an address must not carry a user or password", "secrets never stand in YAML"};
  // The host rules of http fit every scheme here, so the same parser judges.
  const auto as_web = Url::parse("http://" + s.substr(slashes + 3));
  if (!as_web || as_web->path_and_query() != "/" || !as_web->fragment().empty() || has_control(s, "") || s.ends_with('/')) {
    return Complaint{shown(s) + " is no server address", "like " + example};
  }
  return std::nullopt;
}

Answer about_cidr(const std::string& s) {
  const auto slash = s.find('/');
  const auto bytes = address_bytes(s.substr(0, slash));
  unsigned bits = 999;
  if (slash != std::string::npos) std::from_chars(s.data() + slash + 1, s.data() + s.size(), bits);
  const bool digits = slash != std::string::npos && slash + 1 < s.size() && s.size() - slash <= 4 &&
                      std::all_of(s.begin() + static_cast<std::ptrdiff_t>(slash) + 1, s.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (bytes.empty() || s.starts_with('[') || (slash != std::string::npos && (!digits || bits > bytes.size() * 8))) {
    return Complaint{shown(s) + " is no address range", "like 127.0.0.0/8 or fd00::/8"};
  }
  return std::nullopt;
}

Answer about_regex(const std::string& s) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(8 << 20);
  const RE2 compiled(s, options);
  if (s.empty()) return Complaint{"an empty pattern matches everything", ""};
  if (compiled.ok()) return std::nullopt;
  return Complaint{"not a pattern: " + text::escape_control(compiled.error()), "patterns are RE2: no look-around, no back-references"};
}

Answer about_css(const std::string& s) {
  const auto selector = parser::Selector::compile(s);
  if (selector) return std::nullopt;
  return Complaint{"not a CSS selector: " + text::escape_control(selector.error().text), ""};
}

Answer about_timezone(const std::string& s) {
  const auto zone = icu::UnicodeString::fromUTF8(s);
  const std::unique_ptr<icu::TimeZone> found(icu::TimeZone::createTimeZone(zone));
  if (!s.empty() && found && *found != icu::TimeZone::getUnknown()) return std::nullopt;
  std::vector<std::string> known;
  const std::unique_ptr<icu::StringEnumeration> all(icu::TimeZone::createEnumeration());
  UErrorCode status = U_ZERO_ERROR;
  while (all && known.size() < 2000) {
    const char* name = all->next(nullptr, status);
    if (name == nullptr || U_FAILURE(status)) break;
    known.emplace_back(name);
  }
  return nearest("unknown time zone " + shown(s), s, known, "a name of the tz database, like Europe/Brussels");
}

bool listed(const char* const* names, const std::string& s) {
  for (; names != nullptr && *names != nullptr; ++names) {
    if (s == *names) return true;
  }
  return false;
}

Answer about_language(const std::string& s) {
  if (listed(uloc_getISOLanguages(), s)) return std::nullopt;
  return Complaint{"unknown language " + shown(s), "a code of ISO 639, in small letters: fr, nl, de"};
}

Answer about_region(const std::string& s) {
  if (listed(uloc_getISOCountries(), s)) return std::nullopt;
  return Complaint{"unknown country " + shown(s), "two capital letters of ISO 3166: BE, FR, GB"};
}

bool is_clock(std::string_view s) {
  return s.size() == 5 && s[2] == ':' && s[0] >= '0' && s[0] <= '2' && s[1] >= '0' && s[1] <= '9' && s[3] >= '0' && s[3] <= '5' &&
         s[4] >= '0' && s[4] <= '9' && s.substr(0, 2) <= "24" && (s.substr(0, 2) != "24" || s == "24:00");
}

Answer about_hours(const std::string& s) {
  const auto dash = s.find('-');
  const bool good = dash != std::string::npos && is_clock(s.substr(0, dash)) && is_clock(s.substr(dash + 1)) &&
                    s.substr(0, dash) != s.substr(dash + 1) && s.substr(0, dash) != "24:00";
  if (good) return std::nullopt;
  return Complaint{shown(s) + " is no part of a day", "like \"06:00-23:00\", in quotes"};
}

/// The fields of an ad that a template may fill, read off the record itself.
Answer about_ad_field(const std::string& s) {
  if (s.starts_with("attributes.") && s.size() > 11) return std::nullopt;
  std::vector<std::string> known = {"id", "attributes.NAME"};
  const auto* ad = Ad::descriptor();
  for (int i = 0; i < ad->field_count(); ++i) {
    const auto& field = *ad->field(i);
    if ((field.number() < 30 && field.name() != "url") || field.is_map()) continue;
    known.emplace_back(field.name());
    if (field.message_type() == nullptr || field.is_repeated()) continue;
    for (int k = 0; k < field.message_type()->field_count(); ++k) {
      known.push_back(field.name() + '.' + field.message_type()->field(k)->name());
    }
  }
  if (std::find(known.begin(), known.end(), s) != known.end()) return std::nullopt;
  return nearest("an ad has no field " + shown(s), s, known, "known: " + text::join(known, ", "));
}

Answer about_mailbox(const std::string& s) {
  if (domain_of_mailbox(s)) return std::nullopt;
  return Complaint{shown(s) + " is no mail address", "like desk@unit.example or \"Name <desk@unit.example>\""};
}

}  // namespace

std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  for (const auto word : text::split(list, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

std::optional<std::string> domain_of_mailbox(std::string_view mailbox) {
  auto address = text::trim(mailbox);
  if (has_control(mailbox, "") || mailbox.size() > 320) return std::nullopt;
  if (const auto open = address.find('<'); open != std::string_view::npos) {
    if (!address.ends_with('>') || address.substr(0, open).find_first_of(">@\\") != std::string_view::npos) return std::nullopt;
    address = address.substr(open + 1, address.size() - open - 2);
  }
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return std::nullopt;
  const auto local = address.substr(0, at), domain = address.substr(at + 1);
  const auto atom = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  };
  if (!std::all_of(local.begin(), local.end(), atom) || local.starts_with('.') || local.ends_with('.') ||
      local.find("..") != std::string_view::npos) {
    return std::nullopt;
  }
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; };
  for (const auto label : text::split(domain, '.')) {
    if (label.empty() || label.size() > 63 || label.starts_with('-') || label.ends_with('-') ||
        !std::all_of(label.begin(), label.end(), letter)) {
      return std::nullopt;
    }
  }
  return text::lower_ascii(domain);
}

bool is_private_address(std::string_view address) {
  if (address == "localhost" || address.ends_with(".localhost")) return true;
  const auto bytes = address_bytes(address);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() == 4) {
    return byte(0) == 127 || byte(0) == 10 || (byte(0) == 172 && byte(1) >= 16 && byte(1) < 32) || (byte(0) == 192 && byte(1) == 168) ||
           (byte(0) == 169 && byte(1) == 254) || (byte(0) == 100 && byte(1) >= 64 && byte(1) < 128);
  }
  if (bytes.size() != 16) return false;
  const bool loopback = bytes.substr(0, 15) == std::string(15, '\0') && byte(15) == 1;
  return loopback || (byte(0) & 0xFE) == 0xFC || (byte(0) == 0xFE && (byte(1) & 0xC0) == 0x80);
}

Result<Instant> parse_date(const std::string& text) {
  return parse_rfc3339(text.size() == 10 ? text + "T00:00:00Z" : text);
}

Answer complaint_about(Check check, const std::string& s, std::string_view choices) {
  if (has_control(s, check == Check::none ? "\n\t" : "")) return Complaint{"a control character in the text", "delete it"};
  switch (check) {
    case Check::none: case Check::line: return std::nullopt;
    case Check::code: return about_code(s);
    case Check::path: case Check::file: case Check::glob:
      return s.empty() && check != Check::path ? Answer(Complaint{"no file is named", ""}) : std::nullopt;
    case Check::url: return about_url(s);
    case Check::smtp_url: return about_server(s, "smtp smtps", "smtp://127.0.0.1:25");
    case Check::proxy: return s.empty() ? std::nullopt : about_server(s, "http https socks5h", "socks5h://127.0.0.1:9050");
    case Check::listen: return s.empty() ? std::nullopt : about_address(s, false);
    case Check::address: return about_address(s, true);
    case Check::cidr: return about_cidr(s);
    case Check::regex: return about_regex(s);
    case Check::css: return about_css(s);
    case Check::mailbox: case Check::mailboxes: return about_mailbox(s);
    case Check::timezone: return about_timezone(s);
    case Check::language: return about_language(s);
    case Check::region: return about_region(s);
    case Check::hours: return about_hours(s);
    case Check::quiet: return s.empty() ? std::nullopt : about_hours(s);
    case Check::clock:
      return is_clock(s) && s != "24:00" ? std::nullopt : Answer(Complaint{shown(s) + " is no time of day", "like \"07:30\", in quotes"});
    case Check::ad_field: return about_ad_field(s);
    case Check::host: {
      const auto url = Url::parse("http://" + s + "/");
      if (url && url->hostname() == text::lower_ascii(s)) return std::nullopt;
      return Complaint{shown(s) + " is no host name", "like annonces.example"};
    }
    case Check::choice: {
      const auto known = words_of(choices);
      if (std::find(known.begin(), known.end(), s) != known.end()) return std::nullopt;
      return nearest(shown(s) + " is none of " + text::join(known, ", "), s, known, "");
    }
  }
  return std::nullopt;
}

}  // namespace vigie::app
