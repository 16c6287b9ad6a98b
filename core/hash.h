#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vigie {

/// 32 raw bytes.
std::string sha256(std::string_view bytes);
/// 64 hex digits.
std::string sha256_hex(std::string_view bytes);
/// XXH3, 64 bits: stable over versions of the program and machines; not against an adversary.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);
/// 16 hex digits of the first 8 bytes of SHA-256: for ids that others see.
std::string short_id(std::string_view bytes);
/// Stands in records from day one, so that a store can be divided later.
inline std::uint32_t shard_of(std::string_view key) { return static_cast<std::uint32_t>(hash64(key) % 4096); }

}  // namespace vigie
