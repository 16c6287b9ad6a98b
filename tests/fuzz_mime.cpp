#include <algorithm>
#include <string>
#include <vector>

#include "alerts/layout.h"
#include "alerts/mime.h"
#include "core/text.h"
#include "fuzz.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

// Header names of a block, as a mail reader finds them.
std::vector<std::string> names_of(std::string_view block) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < block.size();) {
    const auto end = block.find("\r\n", at);
    require(end != std::string_view::npos, "a header line ends with CRLF");
    const auto line = block.substr(at, end - at);
    require(line.size() <= 998 && std::all_of(line.begin(), line.end(), [](char c) { return c >= 0x20 && c < 0x7f; }), "a header line is short printable ASCII");
    if (!line.starts_with(' ')) names.emplace_back(line.substr(0, line.find(':')));
    at = end + 2;
  }
  return names;
}

std::string decoded(std::string_view part) {
  const auto body_at = part.find("\r\n\r\n") + 4;
  std::string out;
  if (part.substr(0, body_at).find("quoted-printable") == std::string_view::npos) {
    std::uint32_t bits = 0;
    int have = 0;
    for (const char c : part.substr(body_at)) {
      const auto digit = std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
      if (digit == std::string_view::npos) continue;
      bits = bits << 6 | static_cast<std::uint32_t>(digit);
      if ((have += 6) >= 8) out += static_cast<char>(bits >> (have -= 8) & 255);
    }
    return out;
  }
  for (auto rest = part.substr(body_at); !rest.empty();) {
    const bool soft = rest.starts_with("=\r\n"), line_end = rest.starts_with("\r\n"), coded = rest[0] == '=';
    if (line_end) out += '\n';
    else if (coded && !soft) out += *text::from_hex(rest.substr(1, 2));
    else if (!soft) out += rest[0];
    rest.remove_prefix(soft || coded ? 3 : line_end ? 2 : 1);
  }
  return out;
}

void judge_body(std::string_view part, std::string_view meant) {
  auto got = decoded(part);
  for (auto* text : {&got}) {
    while (!text->empty() && text->back() == '\n') text->pop_back();
  }
  while (!meant.empty() && meant.back() == '\n') meant.remove_suffix(1);
  require(got == meant, "a body is read back as it was meant");
}

}  // namespace

// Lines: subject, sender, an id; the rest: the text of both bodies.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = view(data, size);
  const std::string subject(take_line(bytes)), sender(take_line(bytes)), id = text::to_hex(take_line(bytes).substr(0, 400));  // ids are of our own making
  const auto box = parse_mailbox(sender);
  if (box) {
    const auto again = parse_mailbox("x <" + box->address + ">");
    require(again && again->address == box->address, "an address reads back");
  }
  const auto from = box ? format_mailbox(*box) : "<vigie@unit.example>";
  const auto message = build_message({{"From", from, true}, {"Subject", subject, false}, {"X-Id", id, true}, {"X-Raw", std::string(bytes), false}}, bytes, bytes, id);
  const auto head_end = message.find("\r\n\r\n");
  require(head_end != std::string::npos, "a message has a body");
  require(names_of(message.substr(0, head_end + 2)) == std::vector<std::string>{"From", "Subject", "X-Id", "X-Raw", "MIME-Version", "Content-Type"}, "the headers are those that were meant");
  const auto mark = message.rfind("boundary=\"", head_end) + 10;
  const auto boundary = "--" + message.substr(mark, message.find('"', mark) - mark);
  const auto first = message.find(boundary, head_end), second = message.find("\r\n" + boundary, first + 1), last = message.find("\r\n" + boundary + "--", second + 1);
  require(last != std::string::npos && last + boundary.size() + 6 == message.size(), "two parts, and nothing behind them");
  judge_body(std::string_view(message).substr(first, second + 2 - first), bytes);
  judge_body(std::string_view(message).substr(second, last + 2 - second), bytes);
  const auto safe = harmless(bytes);
  require(text::valid_utf8(safe) && safe.find("http://") == std::string::npos, "foreign text is harmless");
  for (const auto& line : wrap(safe, 40)) require(columns(line) <= 40 || line.find(' ') == std::string::npos, "wrapped lines keep their width");
  require(columns(clip(safe, 20)) <= 20, "clipped text keeps its width");
  return 0;
}
