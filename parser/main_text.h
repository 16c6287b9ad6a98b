#pragma once

#include <string>

#include "parser/page.h"

namespace vigie::parser {

/// Marks menus, headers and footers of the site, breadcrumbs, cookie bars, share buttons and the like. Nodes inside a
/// marked one are marked, too.
NodeSet boilerplate(const Page& page);

/// The part of the page that holds its own content: <main>, role=main, else <body>.
NodeId content_root(const Page& page);

/// The page's own content as a reader sees it; one line a block.
std::string main_text(const Page& page, const NodeSet& skip);

}  // namespace vigie::parser
