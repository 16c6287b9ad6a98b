#pragma once

#include <string>

#include "parser/listing.h"

namespace vigie::parser {

/// Sets the listing's address: `given` by a rule, else what is stated, its own page, or the link to it. False: it has
/// none of its own, and bears that of the page it stands on.
bool set_address(const Page& page, const ListingAt& at, const std::string& given, Ad& ad);

/// Sets the id: by the site's own number (`given` by a rule, else in the address or in the record's mark), else by the
/// address, else by what stays when an inline record is edited. After contacts, which are part of the last.
void set_identity(const Page& page, const ListingAt& at, const std::string& given, bool own_address, Ad& ad);

}  // namespace vigie::parser
