#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace google::protobuf {
class Timestamp;
}

namespace vigie {

using namespace std::chrono_literals;  // NOLINT: durations read as they are written in the configuration

/// Wall time, UTC. Rooms take it as an argument; only `app` reads a clock.
using Instant = std::chrono::system_clock::time_point;
using Millis = std::chrono::milliseconds;

/// Milliseconds since 1970, as the store keeps them.
std::int64_t to_ms(Instant t);
Instant from_ms(std::int64_t ms);

/// "2026-11-23T21:34:07Z", whole seconds (a fraction is cut, not rounded).
std::string to_rfc3339(Instant t);
/// Reads RFC 3339 with any offset and fraction; `malformed` otherwise.
Result<Instant> parse_rfc3339(std::string_view text);
/// What a person gives on a command line: RFC 3339, "2026-11-23" (midnight UTC), or a duration before `now` ("30d").
Result<Instant> parse_when(std::string_view text, Instant now);
/// "Mon, 23 Nov 2026 21:34:07 +0000", for mail.
std::string to_rfc5322(Instant t);
/// "Mon, 23 Nov 2026 21:34:07 GMT", for HTTP.
std::string to_http_date(Instant t);
/// Reads the three date forms of HTTP and the usual deviations (as curl does); empty when it is none.
std::optional<Instant> parse_http_date(std::string_view text);

/// "500ms" "5s" "15m" "6h" "7d" "0s"; `malformed` otherwise, also over 100 years.
Result<Millis> parse_duration(std::string_view text);
/// The shortest exact spelling: 90000 ms is "90s", 86400000 ms is "1d".
std::string format_duration(Millis d);

/// Record time stamps, cut to whole seconds.
google::protobuf::Timestamp to_timestamp(Instant t);
Instant from_timestamp(const google::protobuf::Timestamp& t);

}  // namespace vigie
