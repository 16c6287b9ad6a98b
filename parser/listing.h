#pragma once

#include <string>
#include <vector>

#include "parser/page.h"
#include "parser/template.h"
#include "parser/trace.h"

namespace vigie::parser {

/// Where one listing stands on its page.
struct ListingAt {
  NodeId root = kNone;
  const NodeSet* skip = nullptr;  // parts of it that are not the ad's; null: none
  NodeId headline = kNone;        // kNone: to be found inside
  const Facts* facts = nullptr;   // what the page states of it; null: nothing
  const LinkAt* link = nullptr;   // its own page; null: it has none, or this is it
  bool own_page = false;          // the page is about this ad alone
  NodeId mark = kNone;            // the element whose own id is the ad's; kNone: the root
};

/// Reads one listing: the template's fields first, then what the page states, then what its text says.
/// `matches`: of the template over this page. `trace`: notes where each value came from; null: nobody asks. Identity is set, too; text is stored with white space folded.
Ad read_listing(const Page& page, const ListingAt& at, const Template& rules,
                const std::vector<Template::Matches>& matches, Trace* trace = nullptr);

/// Contacts of the ad's title, text and attributes, and of the links and statements that belong to it; a number that
/// stands in several places counts once, with its span. The site's own contacts are left out.
void read_listing_contacts(const Page& page, const ListingAt& at, const PageText& body, Ad& ad);

}  // namespace vigie::parser
