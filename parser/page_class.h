#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parser/page.h"
#include "parser/records.h"

namespace vigie::parser {

struct PageClass {
  std::string_view name;  // list inline ad thread consent login block soft404 other
  std::string why;
};

/// What stands in the way of the page's content, if anything: block, soft404, login, consent. Empty name: nothing.
PageClass find_wall(const Page& page, std::string_view main_text);
/// True when the link is there to do something about a record ("report this ad"), not to show it.
bool is_control(const Page& page, const LinkAt& link);
/// list, inline, ad, thread or other, by the site's patterns first and the page's structure second.
PageClass classify(const Page& page, std::string_view main_text, const std::vector<Region>& regions);

/// What a page looks like with everything that belongs to one address left out: two "not found" pages of one site give
/// the same print. 16 hex digits.
std::string page_print(std::string_view title, std::string_view main_text, std::string_view url);

}  // namespace vigie::parser
