#pragma once

#include <string_view>

namespace vigie::parser {

/// "btc", "eth", "tron", "xmr" when these letters and digits are an address whose own checksum holds (Monero: length and
/// alphabet; an Ethereum address in one case carries no checksum and passes); empty otherwise.
std::string_view wallet_kind(std::string_view run);

}  // namespace vigie::parser
