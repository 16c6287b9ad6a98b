#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "alerts/alerts.h"
#include "alerts/layout.h"

namespace vigie::alerts {

/// One alert as it is told to one receiver. `alert` outlives the call.
struct Told {
  const Alert* alert = nullptr;
  bool update = false;      // this receiver has had an earlier revision
  std::string previous_id;  // Message-ID of that message, for threading; empty: none
  int reminder = 0;         // the how many-eth reminder; 0: news
  bool escalated = false;   // told since nobody has started it
};

/// The content of a message, once: why, what is new, do; then each alert with its ads (what changed, reasons with their
/// quotes and tiers), what speaks against it, and its codes; the account of first passes; about this message. Detail level
/// `summary`: never the text of an ad; `full`: that too; `link_only`: labels and severities. A restricted alert gives codes only. `told` is not empty. `reason` as in Outgoing.
std::vector<Block> blocks_of(const std::vector<Told>& told, const Receiver& receiver, const AlertOptions& options,
                             std::string_view delivery, std::string_view reason = "");

/// The finished message: MIME, addresses, computed id and Message-ID. The same input gives the same bytes.
/// `malformed` when an address of the configuration is not one.
Result<Outgoing> compose(const std::vector<Told>& told, const Receiver& receiver, const AlertOptions& options,
                         Instant now, std::string_view reason);

/// The one notice that says that a receiver's hourly limit is reached and `waiting` alerts wait.
Result<Outgoing> compose_throttled(std::size_t waiting, const Receiver& receiver, const AlertOptions& options, Instant now);

/// "A-2026-000123", or what stands for it before it has one.
std::string label_of(const Alert& alert);
/// How much a message to `receiver` may say: "full", "summary" or "link_only". Full needs a key, whatever is configured.
std::string_view detail_of(const Receiver& receiver);
/// 0 low, 1 medium, 2 high; anything else counts as low.
int severity_rank(std::string_view severity);

}  // namespace vigie::alerts
