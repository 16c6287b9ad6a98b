#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/records.pb.h"

/// The processing log: a chain in which every entry carries the hash of the one before, so that none can be changed,
/// dropped or slipped in later without being seen. It holds ids only; what they stand for can be erased, the chain stays.
namespace vigie::storage {

/// SHA-256 over `previous` and every other field but `hash`, as docs/format.md spells it out.
std::string log_hash(const LogEntry& entry);

/// Gives `entry` its place in the chain.
void chain(LogEntry& entry, std::int64_t sequence, std::string_view previous);

/// Empty when `entry` follows on `previous` under `sequence`; else what is wrong with it.
std::string fault_of(const LogEntry& entry, std::int64_t sequence, std::string_view previous);

}  // namespace vigie::storage
