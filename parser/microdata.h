#pragma once

#include <string>

#include "core/url.h"
#include "parser/dom.h"
#include "parser/json_tree.h"

namespace vigie::parser {

/// The microdata of a page as one JSON array of its top-level items, in document order: an item is an object with
/// "@type" (array), "@id", and an array for each property, or "@value" where it has none; itemref is followed.
/// Addresses are resolved against `base`, or stand as written without one. Empty: no microdata. Source: HTML Standard,
/// section 5.
std::string microdata_json(const Dom& dom, const Url* base = nullptr);
/// RDFa Lite in the same form: typeof, property, resource, content. Source: W3C, RDFa Lite 1.1.
std::string rdfa_json(const Dom& dom, const Url* base = nullptr);
/// Microformats in the same form, properties by the names of schema.org: h-product, h-event, h-entry, h-card, h-review,
/// h-listing, and the classic hproduct, vevent, hentry, vcard, hreview, hlisting.
std::string microformats_json(const Dom& dom, const Url* base = nullptr);

}  // namespace vigie::parser
