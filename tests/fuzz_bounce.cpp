#include <algorithm>
#include <string>

#include "alerts/bounce.h"
#include "core/text.h"
#include "fuzz.h"

using namespace vigie;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const auto bounce = alerts::read_bounce(raw);
  if (!bounce) return 0;
  const auto plain = [](const std::string& s) {
    return std::none_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  };
  require(!bounce->action.empty() && !bounce->message_id.empty(), "a report names an action and a message");
  require(bounce->words.size() <= 1300 && text::valid_utf8(bounce->words) && plain(bounce->words), "its words are one short line");
  require(plain(bounce->status) && plain(bounce->message_id), "codes hold no control character");
  (void)alerts::outgoing_id(bounce->message_id);
  return 0;
}
