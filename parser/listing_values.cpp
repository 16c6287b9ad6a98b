#include "parser/listing_values.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"

namespace vigie::parser {

std::optional<double> number_of(std::string_view s) {
  s = text::trim(s);
  double value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc() || end != s.data() + s.size() || !(value >= 0) || value > 1e12) return std::nullopt;
  return value;
}

std::optional<double> signed_number_of(std::string_view s) {
  s = text::trim(s);
  const bool negative = s.starts_with('-');
  const auto number = number_of(s.substr(negative ? 1 : 0));
  return number && negative ? std::optional(-*number) : number;
}

std::string marked_number(const Dom& dom, NodeId id) {
  for (const std::string_view name : {"data-id", "data-ad-id", "data-item-id", "data-listing-id", "id"}) {
    const std::string_view value = dom.value(id, name);
    const std::size_t end = value.find_last_of("0123456789");
    if (end == std::string_view::npos) continue;
    const std::size_t before = value.find_last_not_of("0123456789", end);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    if (end + 1 - begin >= 4) return std::string(value.substr(begin, end + 1 - begin));
  }
  return {};
}

Price to_price(const DecodedPrice& decoded) {
  Price price;
  if (decoded.has_amount()) price.set_amount(decoded.amount());
  if (!decoded.currency().empty()) price.set_currency(decoded.currency());
  if (!decoded.per().empty()) price.set_per(decoded.per());
  return price;
}

void set_prices(const std::vector<DecodedPrice>& prices, Ad& ad) {
  const auto hourly = std::find_if(prices.begin(), prices.end(), [](const DecodedPrice& p) { return p.per() == "hour"; });
  *ad.mutable_price() = to_price(hourly == prices.end() ? prices.front() : *hourly);
  if (prices.size() < 2) return;
  ad.clear_prices();
  for (const DecodedPrice& p : prices) {
    if (ad.prices_size() < 20) *ad.add_prices() = to_price(p);
  }
}

bool set_stated_price(const Facts& facts, const TextContext& context, Ad& ad) {
  if (facts.price.empty()) return false;
  const auto amount = number_of(facts.price);
  if (!amount || *amount <= 0) {
    const auto prices = read_prices(facts.price, context);
    if (!prices.empty()) set_prices(prices, ad);
    return !prices.empty();
  }
  ad.mutable_price()->set_amount(*amount);
  const auto signs = read_prices(facts.price + " " + facts.currency, context);
  if (facts.currency.size() == 3)
    ad.mutable_price()->set_currency(facts.currency);
  else if (!signs.empty() && !facts.currency.empty())
    ad.mutable_price()->set_currency(signs.front().currency());
  if (!facts.per.empty()) ad.mutable_price()->set_per(facts.per);
  return true;
}

std::string date_of(std::string_view raw, const TextContext& context) {
  const auto digit = [&](std::size_t i) { return i < raw.size() && raw[i] >= '0' && raw[i] <= '9'; };
  if (digit(0) && digit(1) && digit(2) && digit(3) && raw.substr(4, 1) == "-" && digit(5) && digit(6) &&
      raw.substr(7, 1) == "-" && digit(8) && digit(9)) {
    return std::string(raw.substr(0, 10));
  }
  const auto dates = read_dates(raw, context);
  return dates.empty() ? std::string() : dates.front().date();
}

Place place_in_line(std::string_view line, const TextContext& context, std::string_view name) {
  Place best = read_place_field(line, context);
  if (line.find_first_of(",|") == std::string_view::npos && line.find("·") == std::string_view::npos) return best;
  bool found = false;
  for (std::size_t i = 0; i < line.size();) {
    std::size_t end = std::min({line.find_first_of(",|", i), line.find("·", i), line.size()});
    const std::string_view part = text::trim(line.substr(i, end - i));
    i = end + (end < line.size() && line[end] != ',' && line[end] != '|' ? 2 : 1);
    if (part.empty() || part == name || !read_ages(part, context).empty()) continue;
    Place place = read_place_field(part, context);
    if (!place.has_text()) continue;
    best = std::move(place);
    found = true;
  }
  if (!found && best.text() == name) best.Clear();
  return best;
}

bool marked(const Dom& dom, NodeId id, std::initializer_list<std::string_view> words) {
  const auto holds = [&](std::string_view name) {
    const std::string lower = text::lower_ascii(name.substr(0, 60));
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return lower.find(word) != std::string::npos; });
  };
  for (unsigned i = 0; i < dom[id].class_count; ++i) {
    if (holds(dom.classes(id)[i])) return true;
  }
  const std::string_view property = dom.value(id, "itemprop");
  return !property.empty() && holds(property);
}

void drop_own_number(const std::string& number, Ad& ad) {
  if (number.size() < 4) return;
  for (int i = ad.contacts_size(); i-- > 0;) {
    const Contact& contact = ad.contacts(i);
    if (contact.kind() != "phone" || contact.raw().size() <= number.size()) continue;
    const std::size_t at = contact.raw().find(number);
    if (at == std::string::npos) continue;
    const auto digit = [&](std::size_t k) {
      return k < contact.raw().size() && contact.raw()[k] >= '0' && contact.raw()[k] <= '9';
    };
    if (!digit(at + number.size()) && !(at > 0 && digit(at - 1))) ad.mutable_contacts()->DeleteSubrange(i, 1);
  }
}

}  // namespace vigie::parser
