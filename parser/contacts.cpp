#include "parser/fields.h"

namespace vigie::parser {

std::vector<Contact> read_contacts(std::string_view, const TextContext&) { return {}; }

Contact contact_of_link(std::string_view, const TextContext&) { return {}; }

}  // namespace vigie::parser
