#include "alerts/bounce.h"

#include <algorithm>
#include <vector>

#include "core/text.h"

namespace vigie::alerts {
namespace {

constexpr std::size_t kMaxBytes = 256 * 1024, kMaxParts = 50, kMaxWords = 300;

/// Takes the next line off `rest`, without its end.
std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool goes_on(std::string_view rest) { return rest.starts_with(' ') || rest.starts_with('\t'); }

/// The value of the first header of this name in a block of headers, on one line. `rest` is left behind the block.
struct Headers {
  std::string_view block;

  static Headers take(std::string_view& rest) {
    const auto start = rest;
    std::size_t used = 0;
    while (!rest.empty()) {
      const bool end = next_line(rest).empty();
      used = start.size() - rest.size();
      if (end) break;
    }
    return {start.substr(0, used)};
  }

  std::string value(std::string_view name) const {
    for (auto rest = block; !rest.empty();) {
      const auto line = next_line(rest);
      const bool it = text::starts_with_ci(line, name) && line.size() > name.size() && line[name.size()] == ':';
      std::string found(it ? line.substr(name.size() + 1) : "");
      while (goes_on(rest)) {
        const auto more = next_line(rest);
        if (it && found.size() < 4096) found += more;
      }
      if (it) return std::string(text::trim(found));
    }
    return {};
  }
};

/// "boundary" of `multipart/report; report-type=delivery-status; boundary="x"`.
std::string parameter(std::string_view value, std::string_view name) {
  const auto lower = text::lower_ascii(value);
  for (std::size_t at = lower.find(';'); at != std::string::npos; at = lower.find(';', at + 1)) {
    auto rest = text::trim(value.substr(at + 1));
    if (!text::starts_with_ci(rest, name)) continue;
    rest = text::trim(rest.substr(name.size()));
    if (!rest.starts_with('=')) continue;
    rest = text::trim(rest.substr(1));
    if (rest.starts_with('"')) return std::string(rest.substr(1, rest.find('"', 1) - 1));
    return std::string(text::trim(rest.substr(0, rest.find(';'))));
  }
  return {};
}

std::vector<std::string_view> parts_of(std::string_view body, const std::string& boundary) {
  std::vector<std::string_view> parts;
  const std::string mark = "--" + boundary;
  std::size_t start = std::string_view::npos;
  for (auto rest = body; !rest.empty() && parts.size() < kMaxParts;) {
    const std::size_t at = body.size() - rest.size();
    const auto line = next_line(rest);
    if (!line.starts_with(mark)) continue;
    if (start != std::string_view::npos) parts.push_back(body.substr(start, at - start));
    start = line.substr(mark.size()).starts_with("--") ? std::string_view::npos : body.size() - rest.size();
    if (start == std::string_view::npos) break;
  }
  if (start != std::string_view::npos && parts.size() < kMaxParts) parts.push_back(body.substr(start));  // cut off
  return parts;
}

std::string words_of(std::string_view value) {
  const auto type = value.find(';');  // "smtp; 550 …", "x-unix; …"
  const auto words = type == std::string_view::npos || type > 20 ? value : value.substr(type + 1);
  return text::escape_control(text::cut_utf8(text::repair_utf8(text::fold_space(words)), kMaxWords));
}

/// The fields of the message, then those of each recipient; the first that failed counts, else the first.
void read_status(std::string_view part, Bounce& bounce) {
  while (!part.empty()) {
    const auto block = Headers::take(part);
    const auto action = text::lower_ascii(block.value("Action"));
    if (action.empty() || (!bounce.action.empty() && action != "failed")) continue;
    bounce.action = action.substr(0, 20);
    bounce.status = text::escape_control(text::cut_utf8(block.value("Status"), 20));
    bounce.words = words_of(block.value("Diagnostic-Code"));
    if (action == "failed") return;
  }
}

std::string first_id(std::string_view value) {
  const auto open = value.find('<');
  const auto close = open == std::string_view::npos ? open : value.find('>', open);
  if (close == std::string_view::npos || close - open > 250) return {};
  const auto id = value.substr(open, close - open + 1);
  return std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F; }) ? std::string(id) : "";
}

}  // namespace

std::optional<Bounce> read_bounce(std::string_view raw) {
  auto rest = raw.substr(0, kMaxBytes);
  const auto top = Headers::take(rest);
  const auto type = top.value("Content-Type");
  const auto boundary = parameter(type, "boundary");
  if (!text::starts_with_ci(type, "multipart/report") || boundary.empty()) return std::nullopt;
  Bounce bounce;
  for (auto part : parts_of(rest, boundary)) {
    const auto head = Headers::take(part);
    const auto what = text::lower_ascii(head.value("Content-Type"));
    if (what.starts_with("message/delivery-status") || what.starts_with("message/global-delivery-status")) {
      read_status(part, bounce);
    } else if (what.starts_with("message/rfc822") || what.starts_with("text/rfc822-headers") || what.starts_with("message/global")) {
      if (bounce.message_id.empty()) bounce.message_id = first_id(Headers::take(part).value("Message-ID"));
    }
  }
  // A server that sends nothing back of the message may still say which one it answers.
  if (bounce.message_id.empty()) bounce.message_id = first_id(top.value("In-Reply-To"));
  if (bounce.action.empty() || bounce.message_id.empty()) return std::nullopt;
  return bounce;
}

std::string outgoing_id(std::string_view message_id) {
  if (!message_id.starts_with("<n.") && !message_id.starts_with("<t.")) return {};
  const auto rest = message_id.substr(3);
  const auto dot = rest.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot > 64) return {};
  const auto id = rest.substr(0, dot);
  const bool hex = std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return hex ? std::string(id) : "";
}

}  // namespace vigie::alerts
