#include <algorithm>

#include "core/text.h"
#include "parser/listing.h"

namespace vigie::parser {
namespace {

/// Contacts of one listing: each kind and value once; one that says where it stands beats one that does not.
class Gathering {
 public:
  explicit Gathering(const Page& page) : page_(page) {}

  void from_text(std::string_view text, std::string_view field) {
    if (text.empty()) return;
    for (Contact& contact : read_contacts(text, page_.context)) {
      contact.set_field(std::string(field));
      add(std::move(contact));
    }
  }

  void add(Contact contact) {
    if (contact.kind().empty() || own(contact)) return;
    for (Contact& known : found_) {
      if (known.kind() != contact.kind() || known.value() != contact.value()) continue;
      if (known.span_size() == 0 && contact.span_size() != 0) known = std::move(contact);
      return;
    }
    found_.push_back(std::move(contact));
  }

  std::vector<Contact> take() { return std::move(found_); }

 private:
  bool own(const Contact& contact) const {
    for (const std::string& value : page_.knowledge.own_contacts()) {
      if (value == contact.value() || value == contact.kind() + ":" + contact.value()) return true;
    }
    return false;
  }

  const Page& page_;
  std::vector<Contact> found_;
};

void from_links(const Page& page, const ListingAt& at, const PageText& body, Gathering& gathering) {
  const Dom& dom = page.dom;
  for (const LinkAt& link : page.links) {
    if (link.node < at.root) continue;
    if (link.node >= dom[at.root].end) break;
    if (dom[link.node].tag != Tag::a || (at.skip && (*at.skip)[link.node])) continue;
    Contact contact = contact_of_link(text::trim(dom.value(link.node, "href")), page.context);
    if (contact.kind().empty()) continue;
    contact.clear_field();
    contact.clear_span();
    const auto [begin, end] = body.span_of(dom, link.node);
    if (begin != end) {
      contact.set_field("text");
      contact.add_span(static_cast<std::int32_t>(begin));
      contact.add_span(static_cast<std::int32_t>(end));
    }
    gathering.add(std::move(contact));
  }
}

void stated(const std::string& value, const Page& page, Gathering& gathering) {
  if (value.empty() || value.size() > 200) return;
  for (Contact& contact : read_contacts(text::fold_space(value), page.context)) {
    contact.clear_field();
    contact.clear_span();
    gathering.add(std::move(contact));
  }
}

}  // namespace

void read_listing_contacts(const Page& page, const ListingAt& at, const PageText& body, Ad& ad) {
  Gathering gathering(page);
  gathering.from_text(ad.title(), "title");
  gathering.from_text(ad.text(), "text");
  std::vector<std::string> names;
  for (const auto& [name, value] : ad.attributes()) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) gathering.from_text(ad.attributes().at(name), "attributes." + name);
  // What a template named as a contact comes before what links say.
  for (Contact& contact : *ad.mutable_contacts()) gathering.add(std::move(contact));
  ad.clear_contacts();
  from_links(page, at, body, gathering);
  if (at.facts) {
    stated(at.facts->phone, page, gathering);
    stated(at.facts->email, page, gathering);
  }
  for (Contact& contact : gathering.take()) *ad.add_contacts() = std::move(contact);
}

}  // namespace vigie::parser
