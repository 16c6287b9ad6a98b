#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"
#include "core/site.h"
#include "core/url.h"
#include "parser/dom.h"
#include "parser/fields.h"
#include "parser/page_text.h"
#include "parser/structured.h"

namespace vigie::parser {

/// One link of a page, resolved.
struct LinkAt {
  NodeId node = kNone;
  std::string url;         // without fragment; empty: not http(s)
  std::string_view klass;  // ad list feed other (next is found later)
  bool self = false;       // leads to the page itself
};

class Learned;

/// One page, parsed once; every reader works on this and changes nothing.
struct Page {
  const Dom& dom;
  const SiteOptions& site;
  const SitePatterns& patterns;
  const SiteKnowledge& knowledge;
  Url url;   // what was fetched
  Url base;  // what links count from
  int status = 200;
  TextWeights weights;
  StructuredData data;
  std::vector<LinkAt> links;  // in document order
  TextContext context;
  NodeId body = 0;
  const Learned* learned = nullptr;  // what the site has taught, found on this page; null: nothing
};

/// Links of <a>, <area>, <link rel=next|alternate> and frames, resolved and classed; at most 5,000.
std::vector<LinkAt> read_links(const Dom& dom, const Url& url, const Url& base, const SitePatterns& patterns);
/// The address that relative links count from.
Url base_of(const Dom& dom, const Url& url);
/// The next page of this list, or empty.
std::string find_next(const Page& page);
/// True when the site's own markup calls the link the previous page, whatever it says ("older posts" of many blogs).
bool is_marked_previous(const Dom& dom, NodeId id);
/// True when two addresses look like two pages of one kind: same host, same path with digits and slugs masked.
std::string address_shape(std::string_view url);

}  // namespace vigie::parser
