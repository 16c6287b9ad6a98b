#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/url.h"
#include "parser/dom.h"

namespace vigie::parser {

/// How one notation marks described things ("items") and their properties on elements. Names of types and properties
/// come out as schema.org writes them, whatever the notation calls them.
class ItemSyntax {
 public:
  virtual ~ItemSyntax() = default;
  /// Is an item that is a property of nothing (of the page, say) a thing by itself?
  virtual bool loose_properties() const { return false; }
  /// The property that an item inside another has when it states none; empty: it is a thing by itself.
  virtual std::string_view unnamed() const { return {}; }
  /// Does the element describe a thing of its own?
  virtual bool is_item(const Dom& dom, NodeId id) const = 0;
  virtual std::vector<std::string> types(const Dom& dom, NodeId item) const = 0;
  /// Properties of the item around that the element states. The same element may be the item that is their value.
  virtual std::vector<std::string> properties(const Dom& dom, NodeId id) const = 0;
  virtual std::string value(const Dom& dom, NodeId id, const std::string& property, const Url* base) const = 0;
};

/// Items, nested as they stand, as one JSON array; empty: none.
std::string items_json(const Dom& dom, const ItemSyntax& syntax, const Url* base);

/// The value as HTML's own elements carry it: an address, a machine form, else the text.
std::string item_value(const Dom& dom, NodeId id, const Url* base);
/// Text of a subtree, hidden parts included, programs and styles left out.
std::string item_text(const Dom& dom, NodeId id);
/// Words between white space.
std::vector<std::string> item_words(std::string_view s);

}  // namespace vigie::parser
