#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/records.pb.h"
#include "parser/detail.h"
#include "parser/page.h"
#include "parser/places.h"

namespace vigie::parser {

/// What a site has taught of its make, found again on one page. Costs one pass over the page where there is something to
/// find, and nothing where there is not.
class Learned {
 public:
  /// `places` outlives it; null: the site has taught nothing.
  Learned(const Page& page, const Places* places);

  /// Where a trusted rule of `field` points inside `root`; kNone: nowhere. `rows`: the listing's label rows.
  std::pair<NodeId, NodeId> find(std::string_view field, NodeId root, const NodeSet& skip,
                                 const std::vector<LabelRow>& rows) const;
  /// Where one rule of knowledge points; {kNone, 0}: nowhere.
  std::pair<NodeId, NodeId> point(int rule, NodeId root, const NodeSet& skip, const std::vector<LabelRow>& rows) const;
  /// True when the site's lists lead to addresses of this make, and its scope file says nothing of them.
  bool is_ad_address(std::string_view url) const;
  /// Blocks of text that every ad of the site shows; empty: none on this page.
  const NodeSet& furniture() const { return furniture_; }

 private:
  struct Hit {
    NodeId node;
    int rule;
  };
  void look(const Places& places);
  void mark(const Places& places);

  const Page& page_;
  const LearnedSite& site_;
  std::vector<Hit> hits_;  // document order
  std::vector<std::string_view> ad_addresses_;
  NodeSet furniture_;
};

/// Name of the rule whose `at` is the make of an ad's address (address_shape).
inline constexpr std::string_view kAdAddress = "page";

/// True when the site has taught something that a page is to be read by, or asked about.
bool has_lessons(const SiteKnowledge& knowledge);

}  // namespace vigie::parser
