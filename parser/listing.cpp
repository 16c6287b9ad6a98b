#include "parser/listing.h"

#include <algorithm>
#include <set>

#include "core/text.h"
#include "parser/detail.h"
#include "parser/label_words.h"
#include "parser/listing_values.h"
#include "parser/own_words.h"

namespace vigie::parser {
namespace {

class ListingReader {
 public:
  ListingReader(const Page& page, const ListingAt& at, const Template& rules,
                const std::vector<Template::Matches>& matches)
      : page_(page), dom_(page.dom), at_(at), rules_(rules), matches_(matches) {}

  Ad run() {
    ad_.set_site(page_.site.site());
    if (page_.site.has_scope()) ad_.set_scope(page_.site.scope());
    if (page_.site.has_family()) ad_.set_family(page_.site.family());
    from_template();
    title();
    body();
    attributes();
    name();
    price();
    place();
    date_and_age();
    if (ad_.images_size() == 0) images();
    if (!ad_.has_category() && at_.facts && !at_.facts->category.empty())
      ad_.set_category(text::fold_space(at_.facts->category));
    if (const std::string said = labelled(category_labels()); !ad_.has_category() && !said.empty())
      ad_.set_category(said);
    language();
    address();
    read_listing_contacts(page_, at_, body_, ad_);
    identity();
    return std::move(ad_);
  }

 private:
  NodeId mark() const { return at_.mark == kNone ? at_.root : at_.mark; }

  const NodeSet& skip() const {
    static const NodeSet kNothing;
    return at_.skip ? *at_.skip : kNothing;
  }

  // ------------------------------------------------------------------ the template's part
  void from_template() {
    for (const Template::Matches& m : matches_) {
      const bool many = *m.name == "images" || *m.name == "contacts" || *m.name == "prices" || *m.name == "text";
      if (!many && done_.contains(*m.name)) continue;  // an earlier rule of this name has spoken
      if (m.whole) {
        give(*m.name, rules_.value(dom_, m, at_.root), at_.root);
        continue;
      }
      const auto first = std::lower_bound(m.nodes.begin(), m.nodes.end(), at_.root);
      const auto last = std::lower_bound(first, m.nodes.end(), dom_[at_.root].end);
      std::string joined;
      NodeId end = 0;
      for (auto it = first; it != last; ++it) {
        if (*it < end && *m.name == "text") continue;  // inside a match that has been read
        const std::string value = rules_.value(dom_, m, *it);
        if (value.empty()) continue;
        if (*m.name == "text") {
          joined += (joined.empty() ? "" : " ") + value;
          end = dom_[*it].end;
          continue;
        }
        give(*m.name, value, *it);
        if (!many) break;
      }
      if (!joined.empty() && !ad_.has_text()) give("text", joined, kNone);
    }
  }

  void give(const std::string& name, const std::string& value, NodeId node) {
    if (value.empty()) return;
    done_.insert(name);
    if (name == "id")
      number_ = value;
    else if (name == "url")
      own_url_ = value;
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
      give_age(value);
    else if (name == "posted")
      give_date(value, node);
    else if (name == "images")
      give_image(value, node);
    else if (name == "contacts")
      give_contacts(value, node);
    else if (name.starts_with("price"))
      give_price(name, value);
    else if (name.starts_with("place"))
      give_place(name, value);
    else if (name.starts_with("attributes."))
      (*ad_.mutable_attributes())[name.substr(11)] = value;
  }

  void give_age(const std::string& value) {
    const auto ages = read_ages(value, page_.context);
    if (!ages.empty()) return ad_.set_age(ages.front().age());
    const auto number = number_of(value);
    if (number && *number < 120) ad_.set_age(static_cast<std::int32_t>(*number));
  }

  void give_date(const std::string& value, NodeId node) {
    std::string date;
    if (node != kNone && dom_[node].tag == Tag::time) date = date_of(dom_.value(node, "datetime"), page_.context);
    if (date.empty()) date = date_of(value, page_.context);
    if (!date.empty()) ad_.set_posted(date);
  }

  void give_image(const std::string& value, NodeId node) {
    std::string address = value;
    if (node != kNone && dom_[node].tag == Tag::img && !dom_.value(node, "src").empty())
      address = dom_.value(node, "src");
    const auto url = Url::parse(address, page_.base);
    if (url && ad_.images_size() < 40) ad_.add_images(url->without_fragment());
  }

  void give_contacts(const std::string& value, NodeId node) {
    const auto keep = [&](Contact contact) {
      contact.clear_field();
      contact.clear_span();
      if (!contact.kind().empty()) *ad_.add_contacts() = std::move(contact);
    };
    for (Contact& contact : read_contacts(value, page_.context)) keep(std::move(contact));
    if (node != kNone) keep(contact_of_link(text::trim(dom_.value(node, "href")), page_.context));
    keep(contact_of_link(value, page_.context));
  }

  void give_price(const std::string& name, const std::string& value) {
    Price* price = ad_.mutable_price();
    if (name == "price.currency") return price->set_currency(value);
    if (name == "price.per") return price->set_per(value);
    const auto prices = read_prices(value, page_.context);
    if (!prices.empty()) {
      take_prices(prices);
    } else if (const auto number = number_of(value)) {
      price->set_amount(*number);
    }
    if (name == "price" && !ad_.price().has_amount()) ad_.clear_price();
  }

  void give_place(const std::string& name, const std::string& value) {
    Place* place = ad_.mutable_place();
    if (name == "place.country")
      place->set_country(value);
    else if (name == "place.postcode")
      place->set_postcode(value);
    else if (name == "place.lat" || name == "place.lon") {
      const auto number = signed_number_of(value);
      if (!number) return;
      name == "place.lat" ? place->set_lat(*number) : place->set_lon(*number);
    } else {
      place->set_text(value);
    }
  }

  // ------------------------------------------------------------------ found by structure
  NodeId headline() const {
    if (at_.headline != kNone) return at_.headline;
    NodeId best = kNone;
    for (NodeId id = at_.root; id < dom_[at_.root].end; ++id) {
      const Tag tag = dom_[id].tag;
      if (tag < Tag::h1 || tag > Tag::h6 || !dom_[id].visible || page_.weights.all[id] < 2) continue;
      if (at_.skip && (*at_.skip)[id]) continue;
      if (best == kNone || tag < dom_[best].tag) best = id;
    }
    if (best != kNone) return best;
    for (NodeId id = at_.root; id < dom_[at_.root].end; ++id) {
      if (dom_.is_element(id) && dom_[id].visible && page_.weights.all[id] >= 2 && page_.weights.all[id] < 200 &&
          marked(dom_, id, {"title", "headline", "subject", "heading"}))
        return id;
    }
    if (at_.link && dom_.inside(at_.link->node, at_.root) && page_.weights.all[at_.link->node] > 2 &&
        page_.weights.all[at_.link->node] < 200)
      return at_.link->node;
    return kNone;
  }

  void title() {
    headline_ = headline();
    if (ad_.has_title()) return;
    std::string title;
    if (headline_ != kNone) title = visible_text(dom_, headline_);
    if (title.empty() && at_.facts) title = text::fold_space(at_.facts->title);
    if (title.empty() && at_.own_page) title = page_.data.meta.title.empty() ? page_.data.title : page_.data.meta.title;
    if (title.empty() && at_.link) title = text::fold_space(dom_.value(at_.link->node, "title"));
    if (!title.empty()) ad_.set_title(std::string(text::cut_utf8(title, 500)));
  }

  void body() {
    NodeSet without = skip();
    if (headline_ != kNone && dom_[headline_].tag != Tag::a && ad_.title() == visible_text(dom_, headline_)) {
      if (without.empty()) without.resize(dom_.size());
      std::fill(without.begin() + headline_, without.begin() + dom_[headline_].end, std::uint8_t{1});
    }
    const bool given = ad_.has_text();
    if (given) {
      rows_ = read_label_rows(page_, at_.root, skip());
      body_ = page_text(dom_, at_.root, without);
      return relocate();
    }
    Furniture furniture = find_furniture(page_, at_.root, without);
    rows_ = std::move(furniture.rows);
    lines_ = std::move(furniture.lines);
    body_ = page_text(dom_, at_.root, furniture.skip);
    // An ad that is nothing but its facts is still to be read by a person.
    if (body_.text.empty() && at_.own_page) body_ = page_text(dom_, at_.root, without);
    if (body_.text.size() < 60 && at_.facts && at_.facts->text.size() > body_.text.size() * 2) {
      ad_.set_text(text::fold_space(at_.facts->text));
      body_ = {};
    } else if (!body_.text.empty()) {
      ad_.set_text(std::string(text::cut_utf8(body_.text, std::size_t{256} << 10)));
    }
  }

  // The stored text came from a rule: runs of the page's text are found again in it, where they stand in it.
  void relocate() {
    PageText moved;
    std::size_t from = 0;
    for (const auto& piece : body_.pieces) {
      const std::string_view run = std::string_view(body_.text).substr(piece.begin, piece.end - piece.begin);
      const std::size_t found = ad_.text().find(run, from);
      if (found == std::string::npos) continue;
      moved.pieces.push_back(
          {piece.node, static_cast<std::uint32_t>(found), static_cast<std::uint32_t>(found + run.size())});
      from = found;
    }
    body_ = std::move(moved);
  }

  void attributes() {
    for (const LabelRow& row : rows_) {
      auto& slot = (*ad_.mutable_attributes())[row.label];
      if (slot.empty()) slot = row.value;
    }
    if (!at_.facts) return;
    // What is stated for machines and shown nowhere is the ad's all the same.
    const std::string stated = text::fold_space(at_.facts->text);
    const std::string head = text::fold_for_match(text::cut_utf8(stated, 80)).text;
    if (at_.own_page && head.size() > 20 && text::fold_for_match(ad_.text()).text.find(head) == std::string::npos)
      (*ad_.mutable_attributes())["description"] = std::string(text::cut_utf8(stated, 4000));
    for (const auto& [label, value] : at_.facts->extra) {
      auto& slot = (*ad_.mutable_attributes())[label];
      if (slot.empty()) slot = value;
    }
  }

  void name() {
    if (ad_.has_name()) return;
    std::string said = labelled(name_labels());
    for (const std::string& line : lines_) {
      if (said.empty()) said = name_before_age(line, page_.context);
    }
    if (said.empty()) said = name_before_age(ad_.title(), page_.context);
    if (said.empty()) {  // "je m'appelle Anna"
      const auto offered = read_names(ad_.text(), page_.context);
      if (!offered.empty()) said = offered.front().name;
    }
    if (!said.empty() && said.size() < 60) ad_.set_name(said);
  }

  void take_prices(const std::vector<DecodedPrice>& prices) {
    const DecodedPrice* first = &prices.front();
    for (const DecodedPrice& p : prices) {
      if (p.per() == "hour") {
        first = &p;
        break;
      }
    }
    *ad_.mutable_price() = to_price(*first);
    if (prices.size() < 2) return;
    ad_.clear_prices();
    for (const DecodedPrice& p : prices) {
      if (ad_.prices_size() < 20) *ad_.add_prices() = to_price(p);
    }
  }

  void price() {
    if (ad_.has_price() || done_.contains("price")) return;
    if (at_.facts && !at_.facts->price.empty()) {
      if (const auto amount = number_of(at_.facts->price); amount && *amount > 0) {
        ad_.mutable_price()->set_amount(*amount);
        const auto signs = read_prices(at_.facts->price + " " + at_.facts->currency, page_.context);
        if (at_.facts->currency.size() == 3)
          ad_.mutable_price()->set_currency(at_.facts->currency);
        else if (!signs.empty() && !at_.facts->currency.empty())
          ad_.mutable_price()->set_currency(signs.front().currency());
        if (!at_.facts->per.empty()) ad_.mutable_price()->set_per(at_.facts->per);
        return;
      }
      const auto written = read_prices(at_.facts->price, page_.context);
      if (!written.empty()) return take_prices(written);
    }
    for (NodeId id = at_.root; id < dom_[at_.root].end; ++id) {
      if (!dom_.is_element(id) || !dom_[id].visible || (at_.skip && (*at_.skip)[id])) continue;
      if (page_.weights.all[id] > 120 ||
          !marked(dom_, id,
                  {"price", "prix", "preis", "prijs", "precio", "prezzo", "preco", "cena", "pris", "rate", "tarif"}))
        continue;
      const auto prices = read_prices(visible_text(dom_, id), page_.context);
      if (!prices.empty()) return take_prices(prices);
    }
    auto prices = read_prices(labelled(price_labels()), page_.context);
    const bool labelled_price = !prices.empty();
    for (const std::string& line : lines_) {
      if (!labelled_price && line.size() < 200) {
        for (DecodedPrice& p : read_prices(line, page_.context)) prices.push_back(std::move(p));
      }
    }
    for (const LabelRow& row : rows_) {
      if (prices.empty() && row.table) prices = read_prices(row.value, page_.context);
    }
    if (prices.empty()) prices = read_prices(ad_.title(), page_.context);
    if (prices.empty()) prices = read_prices(ad_.text(), page_.context);
    if (!prices.empty()) take_prices(prices);
  }

  std::string labelled(const LabelWords& words) const {
    std::string_view best;
    for (const auto& [name, value] : ad_.attributes()) {
      if (words.has(text::fold_for_match(name).text) && (best.empty() || name < best)) best = name;
    }
    return best.empty() ? std::string() : ad_.attributes().at(std::string(best));
  }

  void place() {
    if (ad_.has_place()) return;
    Place place;
    if (at_.facts && !at_.facts->locality.empty()) {
      place.set_text(text::fold_space(at_.facts->locality));
      if (at_.facts->country.size() == 2) place.set_country(at_.facts->country);
      if (!at_.facts->postcode.empty()) place.set_postcode(at_.facts->postcode);
    } else if (const std::string said = labelled(place_labels()); !said.empty()) {
      place.set_text(said);
      const auto found = read_place_field(said, page_.context);
      if (found.has_country()) place.set_country(found.country());
    } else {
      std::vector<DecodedPlace> found;
      for (const std::string& line : lines_) {
        if (found.empty()) found = read_places(line, page_.context);
      }
      if (found.empty()) found = read_places(ad_.title(), page_.context);
      if (found.empty()) found = read_places(text::cut_utf8(ad_.text(), 4000), page_.context);
      if (found.empty()) return position();
      place.set_text(found.front().text());
      if (found.front().has_country()) place.set_country(found.front().country());
    }
    *ad_.mutable_place() = std::move(place);
    position();
  }

  void position() {
    if (!at_.facts) return;
    const auto lat = signed_number_of(at_.facts->lat), lon = signed_number_of(at_.facts->lon);
    if (!lat || !lon || *lat < -90 || *lat > 90 || *lon < -180 || *lon > 180) return;
    ad_.mutable_place()->set_lat(*lat);
    ad_.mutable_place()->set_lon(*lon);
  }

  void date_and_age() {
    if (!ad_.has_posted() && at_.facts && !at_.facts->date.empty()) give_date(at_.facts->date, kNone);
    for (NodeId id = at_.root; id < dom_[at_.root].end && !ad_.has_posted(); ++id) {
      if (!dom_.is_element(id) || (at_.skip && (*at_.skip)[id])) continue;
      if (dom_[id].tag == Tag::time ||
          (page_.weights.all[id] < 60 && dom_[id].visible && marked(dom_, id, {"date", "posted", "published"})))
        give_date(visible_text(dom_, id), id);
    }
    if (!ad_.has_posted()) {
      give_date(labelled(date_labels()), kNone);
    }
    for (NodeId id = at_.root; id < dom_[at_.root].end && !ad_.has_posted(); ++id) {
      if (!dom_[id].visible || (at_.skip && (*at_.skip)[id]) || !is_block(dom_[id].tag) ||
          page_.weights.all[id] > 120 || page_.weights.all[id] < 8)
        continue;
      const std::string line = visible_text(dom_, id, skip());
      if (says_posted(text::fold_for_match(line).text)) give_date(line, kNone);
    }
    if (ad_.has_age()) return;
    if (const std::string said = labelled(age_labels()); !said.empty()) give_age(said);
    const auto look = [&](std::string_view s) {
      if (ad_.has_age()) return;
      const auto ages = read_ages(s, page_.context);
      if (!ages.empty()) ad_.set_age(ages.front().age());
    };
    for (const std::string& line : lines_) look(line);
    look(ad_.title());
    look(ad_.text());
  }

  void images() {
    if (at_.facts) {
      for (const std::string& image : at_.facts->images) give_image(image, kNone);
    }
    if (at_.own_page && ad_.images_size() == 0) {
      for (const std::string& image : page_.data.meta.images) give_image(image, kNone);
    }
    for (std::string& image : read_images(page_, at_.root, skip())) {
      if (std::find(ad_.images().begin(), ad_.images().end(), image) == ad_.images().end() && ad_.images_size() < 40)
        ad_.add_images(std::move(image));
    }
  }

  void language() {
    if (ad_.has_lang()) return;
    std::string lang = identify_language(ad_.title() + ". " + ad_.text());
    if (lang.empty()) lang = page_.context.lang;
    if (!lang.empty()) ad_.set_lang(lang);
  }

    std::vector<std::string> dropped() const {
    std::vector<std::string> names(page_.site.drop_parameters().begin(), page_.site.drop_parameters().end());
    names.insert(names.end(), page_.knowledge.session_parameters().begin(), page_.knowledge.session_parameters().end());
    return names;
  }

  void address() {
    std::string url;
    if (!own_url_.empty()) {
      if (const auto parsed = Url::parse(own_url_, page_.base)) url = canonical(*parsed, dropped());
    }
    if (url.empty() && !at_.own_page && !at_.link && at_.facts && !at_.facts->url.empty()) {
      if (const auto parsed = Url::parse(at_.facts->url, page_.base)) url = canonical(*parsed, dropped());
    }
    if (url.empty() && at_.own_page) url = canonical(page_.url, dropped());
    if (url.empty() && at_.link) {
      if (const auto parsed = Url::parse(at_.link->url)) url = canonical(*parsed, dropped());
    }
    own_address_ = !url.empty();
    if (url.empty()) {
      url = canonical(page_.url, dropped());
      const std::string_view anchor = dom_.value(mark(), "id");
      if (!anchor.empty())
        url += "#" + text::percent_encode(anchor, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");
    }
    ad_.set_url(url);
  }

  /// What stays when an inline record is edited: who it is of and what it is called.
  std::string record_key() const {
    std::string key = "record " + ad_.title();
    if (ad_.contacts_size() > 0) key += " " + ad_.contacts(0).kind() + ":" + ad_.contacts(0).value();
    if (ad_.title().empty() && ad_.contacts_size() == 0) key += ad_.text();
    return key;
  }

  void identity() {
    std::string number = number_;
    if (number.empty() && own_address_) {
      if (const auto url = Url::parse(ad_.url())) number = page_.patterns.number_of(*url);
    }
    if (number.empty() && !own_address_) number = marked_number(dom_, mark());
    drop_own_number(number, ad_);
    if (!number.empty()) return ad_.set_ad(ad_id(page_.site.site(), number));
    ad_.set_ad(ad_id_from_key(page_.site.site(), own_address_ ? ad_.url() : record_key()));
  }

  const Page& page_;
  const Dom& dom_;
  const ListingAt& at_;
  const Template& rules_;
  const std::vector<Template::Matches>& matches_;
  Ad ad_;
  PageText body_;
  std::vector<LabelRow> rows_;
  std::vector<std::string> lines_;  // what the site wrote around the text
  NodeId headline_ = kNone;
  std::set<std::string> done_;
  std::string number_, own_url_;
  bool own_address_ = false;
};

}  // namespace

Ad read_listing(const Page& page, const ListingAt& at, const Template& rules,
                const std::vector<Template::Matches>& matches) {
  return ListingReader(page, at, rules, matches).run();
}

}  // namespace vigie::parser
