#include "parser/listing_identity.h"

#include "core/text.h"
#include "parser/listing_values.h"

namespace vigie::parser {
namespace {

NodeId mark_of(const ListingAt& at) { return at.mark == kNone ? at.root : at.mark; }

std::vector<std::string> dropped(const Page& page) {
  std::vector<std::string> names(page.site.drop_parameters().begin(), page.site.drop_parameters().end());
  names.insert(names.end(), page.knowledge.session_parameters().begin(), page.knowledge.session_parameters().end());
  return names;
}

/// What stays when an inline record is edited: who it is of and what it is called.
std::string record_key(const Ad& ad) {
  std::string key = "record " + ad.title();
  if (ad.contacts_size() > 0) key += " " + ad.contacts(0).kind() + ":" + ad.contacts(0).value();
  if (ad.title().empty() && ad.contacts_size() == 0) key += ad.text();
  return key;
}

}  // namespace

bool set_address(const Page& page, const ListingAt& at, const std::string& given, Ad& ad) {
  const auto names = dropped(page);
  std::string url;
  if (!given.empty()) {
    if (const auto parsed = Url::parse(given, page.base)) url = canonical(*parsed, names);
  }
  if (url.empty() && !at.own_page && !at.link && at.facts && !at.facts->url.empty()) {
    if (const auto parsed = Url::parse(at.facts->url, page.base)) url = canonical(*parsed, names);
  }
  if (url.empty() && at.own_page) url = canonical(page.url, names);
  if (url.empty() && at.link) {
    if (const auto parsed = Url::parse(at.link->url)) url = canonical(*parsed, names);
  }
  const bool own = !url.empty();
  if (!own) {
    url = canonical(page.url, names);
    const std::string_view anchor = page.dom.value(mark_of(at), "id");
    if (!anchor.empty())
      url += "#" + text::percent_encode(anchor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");
  }
  ad.set_url(url);
  return own;
}

void set_identity(const Page& page, const ListingAt& at, const std::string& given, bool own_address, Ad& ad) {
  std::string number = given;
  if (number.empty() && own_address) {
    if (const auto url = Url::parse(ad.url())) number = page.patterns.number_of(*url);
  }
  if (number.empty() && !own_address) number = marked_number(page.dom, mark_of(at));
  drop_own_number(number, ad);
  if (!number.empty()) return ad.set_ad(ad_id(page.site.site(), number));
  ad.set_ad(ad_id_from_key(page.site.site(), own_address ? ad.url() : record_key(ad)));
}

}  // namespace vigie::parser
