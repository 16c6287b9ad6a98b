#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vigie::alerts {

/// What a mail server reports about one message, later (RFC 3464).
struct Bounce {
  std::string message_id;  // of the message that it is about, with its angle brackets
  std::string action;      // failed delayed delivered relayed expanded
  std::string status;      // "5.1.1"; empty: none given
  std::string words;       // the server's, one line, no control characters
};

/// Reads a report. Empty when it is none, or names neither an action nor a message. Foreign bytes: 256 KiB are looked at, 50
/// parts, none of them nested.
std::optional<Bounce> read_bounce(std::string_view raw);

/// The id of our own message under this Message-ID ("<n.ID.HASH@host>"); empty: it is none of ours.
std::string outgoing_id(std::string_view message_id);

}  // namespace vigie::alerts
