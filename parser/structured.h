#pragma once

#include <map>
#include <string>
#include <vector>

#include "parser/dom.h"
#include "parser/json_tree.h"

namespace vigie::parser {

/// What one described thing says of itself, in whatever syntax; empty: not said.
struct Facts {
  std::string type;    // last part of the schema type, lower case ("jobposting")
  std::string source;  // json-ld microdata rdfa microformats open-graph state
  std::string title, text, price, currency, per, locality, country, postcode, lat, lon, date, category, name, url,
      phone, email;
  std::vector<std::string> images;
  std::vector<std::pair<std::string, std::string>> extra;  // label and value: bedrooms, floor area, reference ...
  bool own = false;     // state: bears the number that stands in the page's own address
  NodeId node = kNone;  // microdata, rdfa: the element that is described
};

/// Everything that a page states in machine form.
struct StructuredData {
  std::vector<JsonTree> json_ld;
  std::vector<Facts> things;  // JSON-LD, microdata, RDFa, microformats; page furniture (breadcrumbs, organisations, searches) left out
  std::vector<Facts> state_things;               // in the objects of a script-built page; at most 40
  std::vector<std::vector<Facts>> state_lists;   // arrays of three or more records there, longest first
  std::vector<std::pair<std::string, std::string>> open_graph;  // as written, in order
  Facts meta;                                                   // Open Graph, Twitter and plain <meta>
  std::string canonical;                                        // <link rel=canonical>, else og:url; as written
  std::string lang;                                             // <html lang>, two letters
  std::vector<std::string> robots;
  std::string generator;
  std::string title;  // <title>
};

StructuredData read_structured(const Dom& dom);
/// The two letters of a language tag ("fr-BE" gives "fr"); empty when it has no such code ("fil", or no tag at all).
std::string language_code(std::string_view tag);

/// The things of one JSON-LD tree, in order.
void facts_of_json_ld(const JsonTree& tree, std::vector<Facts>& out);
/// Open Graph properties (og:, article:, product: ...), in document order.
std::vector<std::pair<std::string, std::string>> read_open_graph(const Dom& dom);
/// The bodies of <script type=application/ld+json>, read tolerantly; those that hold no JSON are left out.
std::vector<JsonTree> read_json_ld(const Dom& dom);

}  // namespace vigie::parser
