#include "alerts/layout.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include "core/text.h"

namespace vigie::alerts {
namespace {

struct Range {
  char32_t from, to;
};

// Characters that turn the direction of a line, hide, or end it for some readers (Unicode, default ignorable and bidi).
constexpr Range kHidden[] = {{0x00AD, 0x00AD}, {0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5},
                             {0x180B, 0x180F}, {0x200B, 0x200C}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
                             {0x3164, 0x3164}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFFB}, {0xE0000, 0xE0FFF}};
constexpr Range kWide[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
                           {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
constexpr Range kZero[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F}, {0x0E31, 0x0E31},
                           {0x0E34, 0x0E3A}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200D, 0x200D}, {0x20D0, 0x20FF},
                           {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

template <std::size_t N>
bool in(const Range (&ranges)[N], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](Range r) { return c >= r.from && c <= r.to; });
}

struct Point {
  char32_t c;
  std::size_t bytes;
};

// `text` is valid UTF-8 from `at` on.
Point point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (n == 1 || at + n > text.size()) return {lead, 1};
  char32_t c = lead & (0xFFu >> (n + 1));
  for (std::size_t i = 1; i < n; ++i) c = (c << 6) | (byte(at + i) & 0x3Fu);
  return {c, n};
}

std::size_t width_of(char32_t c) {
  if (c < 0x300) return 1;
  if (in(kZero, c)) return 0;
  return in(kWide, c) ? 2 : 1;
}

std::string visible_name(char32_t c) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string hex;
  for (char32_t rest = c; rest != 0 || hex.size() < 4; rest >>= 4) hex.insert(hex.begin(), kHex[rest & 15u]);
  return "[U+" + hex + "]";
}

bool is_alnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80; }

// Mail readers make links of "http://…", "www.a.example", "a.example" and "x@a.example" by themselves.
std::string unlink(std::string_view s) {
  std::string out;
  out.reserve(s.size() + 16);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const bool dot = s[i] == '.' && i > 0 && i + 2 < s.size() && (is_alnum(s[i - 1]) || is_letter(s[i - 1])) &&
                     is_letter(s[i + 1]) && (is_letter(s[i + 2]) || s[i + 2] == '-' || s[i + 2] == '.');
    const bool colon = s[i] == ':' && i > 0 && is_alnum(s[i - 1]) && s.substr(i, 3) == "://";
    if (dot) {
      out += "[.]";
    } else if (colon) {
      // "http" becomes "hxxp", and any other scheme loses its colon's hold.
      const std::size_t n = out.size();
      const bool tls = n >= 5 && text::equals_ci(std::string_view(out).substr(n - 5), "https");
      const bool plain = n >= 4 && text::equals_ci(std::string_view(out).substr(n - 4), "http");
      const bool done = out.ends_with("hxxp") || out.ends_with("hxxps");
      if (tls) out.replace(n - 5, 5, "hxxps");
      else if (plain) out.replace(n - 4, 4, "hxxp");
      out += tls || plain || done ? ":" : "[:]";
    } else {
      out += s[i];
    }
  }
  return out;
}

// Words of `text`, cut at blanks; what is wider than `width` is broken where it must.
std::vector<std::string> words_of(std::string_view text, std::size_t width) {
  std::vector<std::string> words;
  std::string word;
  std::size_t used = 0;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
    used = 0;
  };
  for (std::size_t i = 0; i < text.size();) {
    const Point p = point_at(text, i);
    const std::size_t w = width_of(p.c);
    if (p.c == ' ') {
      end_word();
    } else {
      if (used + w > width) end_word();
      word.append(text.substr(i, p.bytes));
      used += w;
    }
    i += p.bytes;
  }
  end_word();
  return words;
}

std::string text_of(const std::vector<Piece>& pieces) {
  std::string out;
  for (const Piece& piece : pieces) out += piece.marked ? "“" + piece.text + "”" : piece.text;
  return out;
}

void put_wrapped(std::string& out, std::string_view lead, std::size_t indent, std::string_view text) {
  out += lead;
  const auto lines = wrap(text, kWidth - indent);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out.append(indent, ' ');
    out += lines[i];
    out += '\n';
  }
  if (lines.empty()) out += '\n';
}

std::string padded(std::string_view label, std::size_t width) {
  std::string out(label);
  const std::size_t n = columns(label);
  if (n < width) out.append(width - n, ' ');
  return out;
}

std::string html_of(const std::vector<Piece>& pieces) {
  std::string out;
  for (const Piece& piece : pieces) {
    const std::string inner = text::escape_html(piece.text);
    out += piece.marked ? "“<mark>" + inner + "</mark>”" : inner;
  }
  return out;
}

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{margin:0;padding:1rem;background:#ffffff;color:#1b1b1b;font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:44rem;margin:0 auto;overflow-wrap:anywhere}"
    "h1{font-size:1.3rem;line-height:1.3;margin:0 0 .75rem}"
    "h2{font-size:1.1rem;margin:1.5rem 0 .5rem;border-top:1px solid #767676;padding-top:.75rem}"
    "h3{font-size:1rem;margin:1rem 0 .25rem}"
    "p{margin:.25rem 0}p.fact{margin-top:.6rem}p.tail{margin-top:1rem}p.more{padding-left:1.25rem}ul{margin:.25rem 0;padding-left:1.25rem}li{margin:.35rem 0}"
    "mark{background:#fff1b8;color:#1b1b1b;padding:0 .15em}"
    "@media (prefers-color-scheme:dark){body{background:#16181c;color:#e8e8e8}"
    "h2{border-top-color:#8c8c8c}mark{background:#5c4a00;color:#ffffff}}";

}  // namespace

std::string harmless(std::string_view raw) {
  const std::string valid = text::repair_utf8(raw);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size();) {
    const Point p = point_at(valid, i);
    if (p.c < 0x20 || (p.c >= 0x7F && p.c < 0xA0)) out += ' ';
    else if (in(kHidden, p.c)) out += visible_name(p.c);
    else out.append(valid, i, p.bytes);
    i += p.bytes;
  }
  return unlink(text::fold_space(out));
}

std::size_t columns(std::string_view text) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Point p = point_at(text, i);
    n += width_of(p.c);
    i += p.bytes;
  }
  return n;
}

std::string clip(std::string_view text, std::size_t limit) {
  std::size_t used = 0, cut = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Point p = point_at(text, i);
    const std::size_t w = width_of(p.c);
    if (used + w > limit || i - cut > 64) return std::string(text.substr(0, cut)) + "…";  // 64: a pile of accents
    used += w;
    i += p.bytes;
    if (w > 0 && used < limit) cut = i;
  }
  return std::string(text);
}

std::vector<std::string> wrap(std::string_view text, std::size_t width, std::size_t first) {
  std::vector<std::string> lines;
  std::string line;
  std::size_t used = first;
  bool fresh = true;
  for (std::string& word : words_of(text, width)) {
    const std::size_t w = columns(word);
    if (used + w + (fresh ? 0 : 1) > width && (!fresh || used > 0)) {
      lines.push_back(std::move(line));
      line.clear();
      used = 0;
      fresh = true;
    }
    if (!fresh) {
      line += ' ';
      ++used;
    }
    line += word;
    used += w;
    fresh = false;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string fit(std::string_view text, std::size_t width, std::size_t lines, std::size_t first) {
  const std::string bounded = clip(text, width * lines);
  const auto all = wrap(bounded, width, first);
  if (all.size() <= lines) return bounded;
  std::string out;
  for (std::size_t i = 0; i + 1 < lines; ++i) out += all[i] + " ";
  std::string last = all[lines - 1];
  if (columns(last) + 2 > width) last = clip(last, width - 1);
  else if (!last.ends_with("…")) last += " …";
  return out + last;
}

std::string to_plain(const std::vector<Block>& blocks) {
  std::size_t label_width = 0;
  for (const Block& b : blocks) {
    if (b.kind == Block::Kind::fact) label_width = std::max(label_width, columns(b.label) + 2);
  }
  std::string out;
  for (const Block& b : blocks) {
    const std::string body = text_of(b.pieces);
    switch (b.kind) {
      case Block::Kind::title: put_wrapped(out, "", 0, body); out += '\n'; break;
      case Block::Kind::fact: put_wrapped(out, padded(b.label + ":", label_width), label_width, body); break;
      case Block::Kind::more_fact: put_wrapped(out, std::string(label_width, ' '), label_width, body); break;
      case Block::Kind::heading: {
        out += '\n';
        put_wrapped(out, "", 0, body);
        out.append(std::min(columns(body), kWidth), '-');
        out += '\n';
        break;
      }
      case Block::Kind::tail:
      case Block::Kind::subheading: out += '\n'; put_wrapped(out, "", 0, body); break;
      case Block::Kind::item: put_wrapped(out, "- ", 2, body); break;
      case Block::Kind::note: put_wrapped(out, "", 0, body); break;
    }
  }
  return out;
}

std::string to_html(const std::vector<Block>& blocks, std::string_view language, std::string_view title) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + text::escape_html(language) +
                    "\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<title>" + text::escape_html(clip(title, 70)) + "</title>\n<style>" + std::string(kStyle) +
                    "</style>\n</head>\n<body>\n<main>\n";
  bool in_list = false;
  for (const Block& b : blocks) {
    const bool item = b.kind == Block::Kind::item;
    if (item != in_list) out += item ? "<ul>\n" : "</ul>\n";
    in_list = item;
    const std::string body = html_of(b.pieces);
    switch (b.kind) {
      case Block::Kind::title: out += "<h1>" + body + "</h1>\n"; break;
      case Block::Kind::fact:
        out += "<p class=\"fact\"><strong>" + text::escape_html(b.label) + ":</strong> " + body + "</p>\n";
        break;
      case Block::Kind::heading: out += "<h2>" + body + "</h2>\n"; break;
      case Block::Kind::subheading: out += "<h3>" + body + "</h3>\n"; break;
      case Block::Kind::item: out += "<li>" + body + "</li>\n"; break;
      case Block::Kind::more_fact: out += "<p class=\"more\">" + body + "</p>\n"; break;
      case Block::Kind::tail: out += "<p class=\"tail\">" + body + "</p>\n"; break;
      case Block::Kind::note: out += "<p>" + body + "</p>\n"; break;
    }
  }
  if (in_list) out += "</ul>\n";
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace vigie::alerts
