#include "parser/fields.h"

namespace vigie::parser {

std::vector<DecodedAge> read_ages(std::string_view, const TextContext&) { return {}; }

}  // namespace vigie::parser
