#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "parser/css.h"
#include "parser/page_text.h"

namespace re2 {
class RE2;
}

namespace vigie::parser {

/// The rules of one site's scope entry, compiled: `listing` and `fields` (CONTRACT section 2). Immutable, thread-safe.
class Template {
 public:
  /// One rule's matches on one page.
  struct Matches {
    const std::string* name;
    std::vector<NodeId> nodes;  // document order; empty and `whole`: the listing itself
    bool whole = false;
    std::size_t rule = 0;
  };

  /// `misconfigured` names the rule: "fields.title.at: column 6: no such pseudo-class ':frist'".
  static Result<std::shared_ptr<const Template>> compile(const SiteOptions& site);

  bool has_listing() const { return listing_.has_value(); }
  bool has_fields() const { return !rules_.empty(); }
  std::vector<NodeId> listings(const Dom& dom) const {
    return listing_ ? listing_->select(dom) : std::vector<NodeId>{};
  }
  /// All rules over the whole page, once: a listing's share is what lies inside it.
  std::vector<Matches> match(const Dom& dom) const;
  /// The value that `matches` gives at `node`, white space folded; empty: the rule says nothing here.
  std::string value(const Dom& dom, const Matches& matches, NodeId node) const;

 private:
  struct Rule {
    std::string name;
    std::optional<Selector> at;
    std::string attribute;
    std::shared_ptr<const re2::RE2> match;
  };
  std::optional<Selector> listing_;
  std::vector<Rule> rules_;
};

/// True for a name that a template may fill: a field of the ad record, a part of its price or place, attributes.*,
/// contacts, id.
bool is_template_field(std::string_view name);

}  // namespace vigie::parser
