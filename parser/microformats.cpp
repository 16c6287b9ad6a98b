#include <algorithm>
#include <iterator>

#include "core/text.h"
#include "parser/item_syntax.h"
#include "parser/microdata.h"

// Microformats: things and properties by class name, the present ones (h-product, p-name) and the classic ones
// (hproduct, fn). Sources: microformats.org, the pages of each format.
namespace vigie::parser {
namespace {

struct Root {
  std::string_view name, type;
};
constexpr Root kRoots[] = {
    {"h-product", "Product"}, {"h-event", "Event"},   {"h-entry", "BlogPosting"}, {"h-card", "Person"},
    {"h-review", "Review"},   {"h-listing", "Listing"}, {"h-item", "Thing"},      {"h-recipe", "Recipe"},
    {"h-resume", "Resume"},   {"h-feed", "ItemList"}, {"h-adr", "PostalAddress"}, {"h-geo", "GeoCoordinates"},
    {"hproduct", "Product"},  {"vevent", "Event"},    {"hentry", "BlogPosting"},  {"vcard", "Person"},
    {"hreview", "Review"},    {"hlisting", "Listing"}, {"hrecipe", "Recipe"},     {"hresume", "Resume"}};

enum class From { text, address, date };

struct Naming {
  std::string_view name, property;
  From from;
};
// The present ones bear their way of reading in front; the classic ones are plain words.
constexpr Naming kPresent[] = {
    {"p-name", "name", From::text},
    {"p-summary", "description", From::text},
    {"p-description", "description", From::text},
    {"e-description", "description", From::text},
    {"e-content", "articleBody", From::text},
    {"p-content", "articleBody", From::text},
    {"p-price", "price", From::text},
    {"p-category", "category", From::text},
    {"p-brand", "brand", From::text},
    {"p-org", "worksFor", From::text},
    {"p-author", "author", From::text},
    {"p-lister", "seller", From::text},
    {"p-item", "itemReviewed", From::text},
    {"p-location", "location", From::text},
    {"p-adr", "address", From::text},
    {"p-geo", "geo", From::text},
    {"p-tel", "telephone", From::text},
    {"u-tel", "telephone", From::address},
    {"u-email", "email", From::address},
    {"p-email", "email", From::text},
    {"p-street-address", "streetAddress", From::text},
    {"p-locality", "addressLocality", From::text},
    {"p-region", "addressRegion", From::text},
    {"p-postal-code", "postalCode", From::text},
    {"p-country-name", "addressCountry", From::text},
    {"p-latitude", "latitude", From::text},
    {"p-longitude", "longitude", From::text},
    {"p-rating", "ratingValue", From::text},
    {"u-photo", "image", From::address},
    {"u-url", "url", From::address},
    {"u-uid", "identifier", From::address},
    {"dt-published", "datePublished", From::date},
    {"dt-listed", "datePosted", From::date},
    {"dt-reviewed", "datePublished", From::date},
    {"dt-start", "startDate", From::date},
    {"dt-end", "endDate", From::date}};
constexpr Naming kClassic[] = {
    {"fn", "name", From::text},
    {"entry-title", "name", From::text},
    {"summary", "name", From::text},
    {"description", "description", From::text},
    {"entry-content", "articleBody", From::text},
    {"price", "price", From::text},
    {"category", "category", From::text},
    {"org", "worksFor", From::text},
    {"author", "author", From::text},
    {"lister", "seller", From::text},
    {"item", "itemReviewed", From::text},
    {"location", "location", From::text},
    {"adr", "address", From::text},
    {"geo", "geo", From::text},
    {"tel", "telephone", From::text},
    {"email", "email", From::address},
    {"street-address", "streetAddress", From::text},
    {"locality", "addressLocality", From::text},
    {"region", "addressRegion", From::text},
    {"postal-code", "postalCode", From::text},
    {"country-name", "addressCountry", From::text},
    {"latitude", "latitude", From::text},
    {"longitude", "longitude", From::text},
    {"rating", "ratingValue", From::text},
    {"photo", "image", From::address},
    {"url", "url", From::address},
    {"permalink", "url", From::address},
    {"published", "datePublished", From::date},
    {"dtlisted", "datePosted", From::date},
    {"dtreviewed", "datePublished", From::date},
    {"dtstart", "startDate", From::date},
    {"dtend", "endDate", From::date}};

const Root* root_of(std::string_view name) {
  const auto at = std::find_if(std::begin(kRoots), std::end(kRoots), [&](const Root& r) { return r.name == name; });
  return at == std::end(kRoots) ? nullptr : at;
}

bool may_be_present(std::string_view name) {
  return name.starts_with("p-") || name.starts_with("u-") || name.starts_with("e-") || name.starts_with("dt-");
}

const Naming* naming_of(std::string_view name) {
  const auto find = [&](const auto& table) -> const Naming* {
    const auto at = std::find_if(std::begin(table), std::end(table), [&](const Naming& n) { return n.name == name; });
    return at == std::end(table) ? nullptr : at;
  };
  return may_be_present(name) ? find(kPresent) : find(kClassic);
}

class Microformats final : public ItemSyntax {
 public:
  bool loose_properties() const override { return true; }
  std::string_view unnamed() const override { return "children"; }

  bool is_item(const Dom& dom, NodeId id) const override {
    return std::any_of(dom.classes(id), dom.classes(id) + dom[id].class_count,
                       [](std::string_view name) { return root_of(name) != nullptr; });
  }

  std::vector<std::string> types(const Dom& dom, NodeId item) const override {
    for (unsigned i = 0; i < dom[item].class_count; ++i) {
      if (const Root* root = root_of(dom.classes(item)[i])) return {std::string(root->type)};
    }
    return {};
  }

  std::vector<std::string> properties(const Dom& dom, NodeId id) const override {
    std::vector<std::string> found;
    for (unsigned i = 0; i < dom[id].class_count; ++i) {
      const Naming* naming = naming_of(dom.classes(id)[i]);
      if (naming && std::find(found.begin(), found.end(), naming->property) == found.end())
        found.emplace_back(naming->property);
    }
    return found;
  }

  std::string value(const Dom& dom, NodeId id, const std::string& property, const Url* base) const override {
    for (unsigned i = 0; i < dom[id].class_count; ++i) {
      const Naming* naming = naming_of(dom.classes(id)[i]);
      if (!naming || naming->property != property) continue;
      // <abbr title> and <data value>: for machines one thing, for readers another.
      if (dom[id].name == "abbr" && dom.attribute(id, "title")) return std::string(text::trim(dom.value(id, "title")));
      if (naming->from == From::text && dom[id].tag != Tag::data) return item_text(dom, id);
      std::string found = item_value(dom, id, base);
      for (const std::string_view scheme : {"mailto:", "tel:"}) {
        if (text::starts_with_ci(found, scheme)) return found.substr(scheme.size());
      }
      return found;
    }
    return item_text(dom, id);
  }
};

}  // namespace

std::string microformats_json(const Dom& dom, const Url* base) {
  return items_json(dom, Microformats(), base);
}

}  // namespace vigie::parser
