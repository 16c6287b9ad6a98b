// How a fault is shown: "FILE:LINE:COL: error: text", the source line, a caret under the exact column, a hint.
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <string>

#include "app/config.h"
#include "core/text.h"

namespace vigie::app {
namespace {

/// Columns of a terminal that one character takes.
int width_of(UChar32 c) {
  if (c < 0x20 || c == 0x7f) return 1;  // shown as a blank
  const auto type = u_charType(c);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR || c == 0x200B) return 0;
  const auto width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

struct Shown {
  std::string line;
  int caret = 0;  // columns before it
};

/// The part of a line around one of its characters (1-based), with controls as blanks, and where the caret goes.
Shown window(const std::string& line, int column) {
  constexpr int kBefore = 80, kAfter = 40, kWhole = 110;
  Shown shown;
  const bool cut = column > kBefore;
  if (cut) shown.line = "...", shown.caret = 3;
  const auto size = static_cast<std::int32_t>(line.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(line.data());
  std::int32_t i = 0;
  for (int n = 1; i < size; ++n) {
    const auto start = i;
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, i, size, c);
    if (cut && n <= column - kBefore) continue;
    if (n > column + kAfter && (cut || n > kWhole)) {
      shown.line += "...";
      break;
    }
    const auto raw = line.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(i - start));
    const bool control = c < 0x20 || c == 0xFFFD || text::escape_control(raw) != raw;
    shown.line += control ? " " : raw;
    if (n < column) shown.caret += control ? 1 : width_of(c);
  }
  // The end of a line is a place too.
  return shown;
}

}  // namespace

std::string format(const Fault& fault, bool colour) {
  const auto paint = [&](const char* code, const std::string& s) { return colour ? "\x1b[" + std::string(code) + 'm' + s + "\x1b[0m" : s; };
  const std::string kind = fault.warning ? "warning" : "error";
  const auto place = text::escape_control(fault.file) + ':' + std::to_string(fault.line) + ':' + std::to_string(fault.column) + ':';
  std::string out = paint("1", place) + ' ' + paint(fault.warning ? "1;35" : "1;31", kind + ':') + ' ' + text::escape_control(fault.text);
  if (!fault.source_line.empty()) {
    const auto shown = window(fault.source_line, fault.column);
    const auto number = std::to_string(fault.line);
    out += "\n " + number + " | " + shown.line;
    out += "\n " + std::string(number.size(), ' ') + " | " + std::string(static_cast<std::size_t>(shown.caret), ' ') + paint("1;32", "^");
  }
  if (!fault.hint.empty()) out += "\n  hint: " + text::escape_control(fault.hint);
  return out;
}

bool Loaded::sound() const {
  for (const auto& fault : faults) {
    if (!fault.warning) return false;
  }
  return true;
}

}  // namespace vigie::app
