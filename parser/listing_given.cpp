#include "parser/listing_given.h"

#include <algorithm>

#include "core/text.h"
#include "parser/listing_values.h"

namespace vigie::parser {

void GivenFields::take(const Template& rules, const std::vector<Template::Matches>& matches) {
  const Dom& dom = page_.dom;
  for (const Template::Matches& m : matches) {
    const bool many = *m.name == "images" || *m.name == "contacts" || *m.name == "prices" || *m.name == "text";
    if (!many && done_.contains(*m.name)) continue;  // an earlier rule of this name has spoken
    if (m.whole) {
      give(*m.name, rules.value(dom, m, at_.root), at_.root);
      continue;
    }
    const auto first = std::lower_bound(m.nodes.begin(), m.nodes.end(), at_.root);
    const auto last = std::lower_bound(first, m.nodes.end(), dom[at_.root].end);
    std::string joined;
    NodeId begin = kNone, end = 0;
    for (auto it = first; it != last; ++it) {
      if (*it < end && *m.name == "text") continue;  // inside a match that has been read
      const std::string value = rules.value(dom, m, *it);
      if (value.empty()) continue;
      if (*m.name == "text") {
        joined += (joined.empty() ? "" : " ") + value;
        if (begin == kNone) begin = *it;
        end = dom[*it].end;
        continue;
      }
      give(*m.name, value, *it);
      if (!many) break;
    }
    if (!joined.empty() && !ad_.has_text()) give("text", joined, begin);
  }
}

void GivenFields::give(const std::string& name, const std::string& value, NodeId node) {
  if (value.empty()) return;
  done_.insert(name);
  if (trace_) trace_->note(name, kFromTemplate, node, node == kNone ? 0 : page_.dom[node].end);
  if (name == "id")
    number_ = value;
  else if (name == "url")
    url_ = value;
  else if (name == "title")
    ad_.set_title(value);
  else if (name == "text")
    ad_.set_text(value);
  else if (name == "lang" && !language_code(value).empty())
    ad_.set_lang(language_code(value));
  else if (name == "name")
    ad_.set_name(value);
  else if (name == "category")
    ad_.set_category(value);
  else if (name == "family")
    ad_.set_family(value);
  else if (name == "age")
    age(value);
  else if (name == "posted")
    date(value, node);
  else if (name == "images")
    image(value, node);
  else if (name == "contacts")
    contacts(value, node);
  else if (name.starts_with("price"))
    price(name, value);
  else if (name.starts_with("place"))
    place(name, value);
  else if (name.starts_with("attributes."))
    (*ad_.mutable_attributes())[name.substr(11)] = value;
}

void GivenFields::age(const std::string& value) {
  const auto ages = read_ages(value, page_.context);
  if (!ages.empty()) return ad_.set_age(ages.front().age());
  const auto number = number_of(value);
  if (number && *number < 120) ad_.set_age(static_cast<std::int32_t>(*number));
}

void GivenFields::date(const std::string& value, NodeId node) {
  std::string day;
  if (node != kNone && page_.dom[node].tag == Tag::time) day = date_of(page_.dom.value(node, "datetime"), page_.context);
  if (day.empty()) day = date_of(value, page_.context);
  if (!day.empty()) ad_.set_posted(day);
}

void GivenFields::image(const std::string& value, NodeId node) {
  std::string address = value;
  if (node != kNone && page_.dom[node].tag == Tag::img && !page_.dom.value(node, "src").empty())
    address = page_.dom.value(node, "src");
  const auto url = Url::parse(address, page_.base);
  if (url && ad_.images_size() < 40) ad_.add_images(url->without_fragment());
}

void GivenFields::contacts(const std::string& value, NodeId node) {
  const auto keep = [&](Contact contact) {
    contact.clear_field();
    contact.clear_span();
    if (!contact.kind().empty()) *ad_.add_contacts() = std::move(contact);
  };
  for (Contact& contact : read_contacts(value, page_.context)) keep(std::move(contact));
  if (node != kNone) keep(contact_of_link(text::trim(page_.dom.value(node, "href")), page_.context));
  keep(contact_of_link(value, page_.context));
}

void GivenFields::price(const std::string& name, const std::string& value) {
  Price* given = ad_.mutable_price();
  if (name == "price.currency") return given->set_currency(value);
  if (name == "price.per") return given->set_per(value);
  const auto prices = read_prices(value, page_.context);
  if (!prices.empty()) {
    set_prices(prices, ad_);
  } else if (const auto number = number_of(value)) {
    given->set_amount(*number);
  }
  if (name == "price" && !ad_.price().has_amount()) ad_.clear_price();
}

void GivenFields::place(const std::string& name, const std::string& value) {
  Place* given = ad_.mutable_place();
  if (name == "place.country")
    given->set_country(value);
  else if (name == "place.postcode")
    given->set_postcode(value);
  else if (name == "place.lat" || name == "place.lon") {
    const auto number = signed_number_of(value);
    if (!number) return;
    name == "place.lat" ? given->set_lat(*number) : given->set_lon(*number);
  } else {
    given->set_text(value);
  }
}

}  // namespace vigie::parser
