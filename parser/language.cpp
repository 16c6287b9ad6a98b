#include "parser/fields.h"

namespace vigie::parser {

std::string identify_language(std::string_view) { return {}; }

}  // namespace vigie::parser
