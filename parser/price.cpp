#include "parser/fields.h"

namespace vigie::parser {

std::vector<DecodedPrice> read_prices(std::string_view, const TextContext&) { return {}; }

}  // namespace vigie::parser
