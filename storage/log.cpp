#include "storage/log.h"

#include "core/hash.h"
#include "storage/schema.h"

namespace vigie::storage {

std::string log_hash(const LogEntry& entry) {
  Key bytes;
  bytes.s(entry.previous()).u64(static_cast<std::uint64_t>(entry.sequence())).u64(static_cast<std::uint64_t>(entry.at_ms()));
  for (const auto* field : {&entry.operation(), &entry.actor(), &entry.object(), &entry.reason(), &entry.recipient()}) {
    bytes.s(*field);
  }
  return sha256(bytes.str());
}

void chain(LogEntry& entry, std::int64_t sequence, std::string_view previous) {
  entry.set_sequence(sequence);
  entry.set_previous(std::string(previous));
  entry.set_hash(log_hash(entry));
}

std::string fault_of(const LogEntry& entry, std::int64_t sequence, std::string_view previous) {
  const auto place = "log entry " + std::to_string(sequence);
  if (entry.sequence() != sequence) return place + ": missing";
  if (entry.previous() != previous) return place + ": does not follow on the entry before it";
  if (entry.hash() != log_hash(entry)) return place + ": was changed after it was written";
  return {};
}

}  // namespace vigie::storage
