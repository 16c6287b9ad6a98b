#include "alerts/mime.h"

#include <algorithm>
#include <cctype>

#include "core/hash.h"
#include "core/text.h"

namespace vigie::alerts {
namespace {

constexpr std::size_t kLine = 76;
constexpr std::size_t kMaxValue = 1000;
constexpr std::string_view kAtom = "!#$%&'*+-/=?^_`{|}~";  // RFC 5322 atext beside letters and digits

bool is_alnum(char c) { return static_cast<unsigned char>(c) < 0x80 && std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_atom(char c) { return is_alnum(c) || kAtom.find(c) != std::string_view::npos; }
bool printable(char c) { return c >= 0x20 && c < 0x7F; }

// Dot-separated runs of allowed characters, none of them empty.
template <class Allowed>
bool dotted(std::string_view s, Allowed allowed) {
  if (s.empty()) return false;
  for (const auto part : text::split(s, '.')) {
    if (part.empty() || !std::all_of(part.begin(), part.end(), allowed)) return false;
  }
  return true;
}

bool sound_address(std::string_view s) {
  const auto at = s.find('@');
  if (at == std::string_view::npos || s.size() > 254 || at > 64) return false;
  const auto domain = s.substr(at + 1);
  for (const auto label : text::split(domain, '.')) {
    if (label.size() > 63 || label.starts_with('-') || label.ends_with('-')) return false;
  }
  return dotted(s.substr(0, at), is_atom) && dotted(domain, [](char c) { return is_alnum(c) || c == '-'; });
}

// The value of a header as it may stand: one line of valid UTF-8 with neither control nor direction characters.
std::string clean_value(std::string_view value) {
  std::string out;
  const std::string valid = text::repair_utf8(text::cut_utf8(value, kMaxValue));
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto c = static_cast<unsigned char>(valid[i]);
    const auto next = [&](std::size_t n) { return i + n < valid.size() ? static_cast<unsigned char>(valid[i + n]) : 0u; };
    const bool c1 = c == 0xC2 && next(1) < 0xA0;
    const bool general = c == 0xE2 && ((next(1) == 0x80 && ((next(2) >= 0x8B && next(2) <= 0x8F) || (next(2) >= 0xA8 && next(2) <= 0xAE))) ||
                                       (next(1) == 0x81 && next(2) >= 0xA0 && next(2) <= 0xAF));
    const bool arabic_mark = c == 0xD8 && next(1) == 0x9C;
    const bool bom = c == 0xEF && next(1) == 0xBB && next(2) == 0xBF;
    if (c < 0x20 || c == 0x7F) out += ' ';
    else if (c1 || arabic_mark) i += 1, out += ' ';
    else if (general || bom) i += 2, out += ' ';
    else out += static_cast<char>(c);
  }
  return text::fold_space(out);
}

bool needs_encoding(std::string_view value) {
  if (value.find("=?") != std::string_view::npos) return true;
  if (!std::all_of(value.begin(), value.end(), printable)) return true;
  std::size_t run = 0;  // a word too long to fold would break the line limit
  for (const char c : value) {
    run = c == ' ' ? 0 : run + 1;
    if (run > 60) return true;
  }
  return false;
}

// RFC 2047, form B; each word holds whole characters and stays under 76 columns.
std::vector<std::string> encoded_words(std::string_view value) {
  std::vector<std::string> words;
  while (!value.empty()) {
    std::string_view part = text::cut_utf8(value, 36);
    if (part.empty()) part = value.substr(0, 1);
    words.push_back("=?UTF-8?B?" + text::to_base64(part) + "?=");
    value.remove_prefix(part.size());
  }
  return words;
}

std::vector<std::string> words_of(std::string_view value) {
  std::vector<std::string> words;
  for (const auto word : text::split(value, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

std::string quoted_printable(std::string_view body) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  const auto put = [&](std::string_view token) {
    if (column + token.size() > kLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    out += token;
    column += token.size();
  };
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool blank_at_end = c == ' ' && (i + 1 == body.size() || body[i + 1] == '\n');
    // A "From " or a lone dot at the start of a line is what old relays damage.
    const bool fragile = column == 0 && (c == '.' || (c == 'F' && body.substr(i, 5) == "From "));
    if (!printable(c) || c == '=' || blank_at_end || fragile) {
      const auto byte = static_cast<unsigned char>(c);
      const char token[] = {'=', kHex[byte >> 4], kHex[byte & 15]};
      put({token, 3});
    } else {
      put({&c, 1});
    }
  }
  return out;
}

std::string base64_lines(std::string_view body) {
  std::string out;
  for (std::size_t i = 0; i < body.size(); i += 57) out += text::to_base64(body.substr(i, 57)) + "\r\n";
  return out;
}

std::string part(std::string_view type, std::string_view body) {
  const auto foreign = static_cast<std::size_t>(std::count_if(body.begin(), body.end(), [](char c) { return !printable(c) && c != '\n'; }));
  const bool base64 = foreign * 4 > body.size();
  std::string out = "Content-Type: " + std::string(type) + "; charset=utf-8\r\nContent-Transfer-Encoding: " +
                    (base64 ? "base64" : "quoted-printable") + "\r\n\r\n";
  out += base64 ? base64_lines(body) : quoted_printable(body);
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

}  // namespace

Result<Mailbox> parse_mailbox(std::string_view raw) {
  if (raw.size() > 512) return fail(Errc::malformed, "mail address too long");
  for (const char c : raw) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return fail(Errc::malformed, "control character in a mail address");
  }
  std::string_view s = text::trim(raw);
  Mailbox box;
  const auto open = s.find('<');
  if (open == std::string_view::npos) {
    box.address = s;
  } else {
    if (!s.ends_with('>')) return fail(Errc::malformed, "mail address: \"<\" without a closing \">\" at the end");
    std::string_view name = text::trim(s.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    box.name = clean_value(name);
    box.address = s.substr(open + 1, s.size() - open - 2);
  }
  if (!sound_address(box.address)) {
    return fail(Errc::malformed, "not a mail address: " + text::escape_control(text::cut_utf8(s, 80)));
  }
  return box;
}

std::string format_mailbox(const Mailbox& mailbox) {
  if (mailbox.name.empty()) return "<" + mailbox.address + ">";
  if (needs_encoding(mailbox.name)) {
    return text::join(encoded_words(mailbox.name), " ") + " <" + mailbox.address + ">";
  }
  std::string quoted = "\"";
  for (const char c : mailbox.name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\" <" + mailbox.address + ">";
}

std::string format_header(const Header& header) {
  const std::string value = clean_value(header.value);
  const auto words = !header.structured && needs_encoding(value) ? encoded_words(value) : words_of(value);
  std::string out = header.name + ":";
  std::size_t column = out.size();
  bool first = true;
  for (const auto& word : words) {
    if (!first && column + 1 + word.size() > kLine) {
      out += "\r\n";
      column = 0;
    }
    out += ' ';
    out += word;
    column += 1 + word.size();
    first = false;
  }
  return out + "\r\n";
}

std::string build_message(const std::vector<Header>& headers, std::string_view plain, std::string_view html,
                          std::string_view seed) {
  // "=_" can stand neither in quoted-printable nor in base64, so no body can hold the boundary.
  const std::string boundary = "=_vigie_" + short_id(seed);
  std::string out;
  out.reserve(plain.size() * 2 + html.size() * 2 + 2048);
  for (const auto& header : headers) out += format_header(header);
  out += "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
  out += "--" + boundary + "\r\n" + part("text/plain", plain);
  out += "--" + boundary + "\r\n" + part("text/html", html);
  out += "--" + boundary + "--\r\n";
  return out;
}

}  // namespace vigie::alerts
