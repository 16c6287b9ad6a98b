#include "parser/fields.h"

namespace vigie::parser {

std::vector<DecodedDate> read_dates(std::string_view, const TextContext&) { return {}; }

}  // namespace vigie::parser
