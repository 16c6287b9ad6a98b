#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace vigie::alerts {

/// What a receiver's key file is good for at one moment: an S/MIME certificate (PEM, one or several) or an OpenPGP public
/// key (armoured or binary).
struct KeyState {
  bool usable = false;
  std::string why;                 // not usable: why, for a person; no secret in it
  std::optional<Instant> expires;  // the first of several to end; empty: never
};
KeyState look_at_key(const std::string& file, Instant now);

/// Encrypts what follows the headers of a MIME message (CRLF line ends) to every key of `file`; headers stay as they are, but
/// those of the content, which go inside. Any error: nothing of the message may leave.
Result<std::string> seal(std::string_view message, const std::string& file, Instant now);

}  // namespace vigie::alerts
