#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace vigie::app {

/// Messages over a pipe: 4 bytes of length, little-endian, then the bytes.
inline constexpr std::size_t kFrameLimit = 64u << 20;

/// Writes one frame; `unreachable` when the other side is gone, `timed_out` after `limit`.
Status write_frame(int fd, std::string_view bytes, Millis limit);
/// Reads one frame; `unreachable` at the end of the stream, `too_large` over kFrameLimit, `timed_out` after `limit`.
/// A negative limit waits for ever.
Result<std::string> read_frame(int fd, Millis limit);

}  // namespace vigie::app
