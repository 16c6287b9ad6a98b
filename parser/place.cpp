#include "parser/fields.h"

namespace vigie::parser {

std::vector<DecodedPlace> read_places(std::string_view, const TextContext&) { return {}; }

}  // namespace vigie::parser
