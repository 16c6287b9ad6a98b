#pragma once

#include <string>
#include <string_view>

#include "core/time.h"

namespace vigie::alerts {

/// "t=SECONDS,v1=HEX": HMAC-SHA256 over "SECONDS." and the body, so that neither can be changed or sent again much later.
std::string signature(std::string_view key, std::string_view body, Instant now);

}  // namespace vigie::alerts
