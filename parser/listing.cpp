#include "parser/listing.h"

#include <algorithm>
#include <set>

#include "core/text.h"
#include "parser/detail.h"
#include "parser/label_words.h"
#include "parser/learned.h"
#include "parser/listing_given.h"
#include "parser/listing_identity.h"
#include "parser/listing_values.h"
#include "parser/own_words.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kShortText = 60;  // bytes; less is no running text
constexpr std::uint32_t kMaxLine = 120;  // bytes of a line that the site wrote

class ListingReader {
 public:
  ListingReader(const Page& page, const ListingAt& at, const Template& rules,
                const std::vector<Template::Matches>& matches, Trace* trace)
      : page_(page), dom_(page.dom), at_(at), rules_(rules), matches_(matches), trace_(trace),
        given_(page, at, ad_, trace) {}

  Ad run() {
    ad_.set_site(page_.site.site());
    if (page_.site.has_scope()) ad_.set_scope(page_.site.scope());
    if (page_.site.has_family()) ad_.set_family(page_.site.family());
    given_.take(rules_, matches_);
    title();
    body();
    attributes();
    name();
    price();
    place();
    posted();
    age();
    if (ad_.images_size() == 0) images();
    category();
    language();
    const bool own_address = set_address(page_, at_, given_.url(), ad_);
    read_listing_contacts(page_, at_, body_, ad_);
    set_identity(page_, at_, given_.number(), own_address, ad_);
    if (trace_) trace_->rows = std::move(rows_);
    return std::move(ad_);
  }

 private:
  const NodeSet& skip() const {
    static const NodeSet kNothing;
    return at_.skip ? *at_.skip : kNothing;
  }

  void note(std::string_view field, Source source, NodeId begin, NodeId end, std::string_view label = {}) {
    if (trace_) trace_->note(field, source, begin, end, label);
  }
  void note(std::string_view field, Source source, NodeId node) {
    note(field, source, node, node == kNone ? 0 : dom_[node].end);
  }
  void note_stated(std::string_view field, std::string_view name) {
    note(field, Source{at_.facts->source.empty() ? kFromMeta.name : at_.facts->source, 0.95}, at_.facts->node, 0, name);
  }
  void note_row(std::string_view field, Source source) {
    if (!trace_) return;
    const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const LabelRow& r) { return r.label == said_label_; });
    if (row != rows_.end()) return note(field, source, row->begin, row->end, row->label);
    if (at_.facts) note_stated(field, said_label_);
  }
  void note_line(std::string_view field, std::size_t line) {
    note(field, kFromLine, places_[line].first, places_[line].second);
  }

  /// What stands where the site's pages have shown `field` before, at most `most` bytes; empty: nothing.
  std::string learned(std::string_view field, std::size_t most, NodeId* node = nullptr) {
    if (!page_.learned) return {};
    const auto [begin, end] = page_.learned->find(field, at_.root, skip(), rows_);
    if (begin == kNone) return {};
    std::string said;
    said_label_.clear();
    for (const LabelRow& row : rows_) {
      if (row.begin != begin || row.end != end) continue;
      said = row.value;
      said_label_ = row.label;
    }
    if (said.empty() && page_.weights.all[begin] <= most) said = visible_text(dom_, begin, skip());
    if (said.size() > most) return {};
    if (node) *node = begin;
    learned_at_ = {begin, end};
    return said;
  }
  void note_learned(std::string_view field) {
    note(field, kFromLearned, learned_at_.first, learned_at_.second, said_label_);
  }

  // ------------------------------------------------------------------ found by structure
  NodeId headline() {
    NodeId known = kNone;
    if (!learned("title", 500, &known).empty() && is_heading_of(known)) return known;
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

  /// A learned headline must not lie around the one that this page shows, nor after the text.
  bool is_heading_of(NodeId node) const {
    return at_.headline == kNone || node == at_.headline || !dom_.inside(at_.headline, node);
  }

  void title() {
    headline_ = headline();
    if (ad_.has_title()) return;
    std::string title;
    const auto take = [&](std::string said, Source source, NodeId node) {
      if (!title.empty() || said.empty()) return;
      title = std::move(said);
      note("title", source, node);
    };
    if (headline_ != kNone)
      take(visible_text(dom_, headline_), learned_at_.first == headline_ ? kFromLearned : kFromHeading, headline_);
    if (title.empty() && at_.facts && !at_.facts->title.empty()) {
      title = text::fold_space(at_.facts->title);
      note_stated("title", "title");
    }
    if (at_.own_page) take(page_.data.meta.title.empty() ? page_.data.title : page_.data.meta.title, kFromMeta, kNone);
    if (at_.link) take(text::fold_space(dom_.value(at_.link->node, "title")), kFromLink, at_.link->node);
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
    places_ = std::move(furniture.places);
    body_ = page_text(dom_, at_.root, furniture.skip);
    drop_crumbs(furniture.skip);
    // An ad that is nothing but its facts is still to be read by a person.
    if (body_.text.empty() && at_.own_page) body_ = page_text(dom_, at_.root, without);
    if (body_.text.size() < 60 && at_.facts && at_.facts->text.size() > body_.text.size() * 2) {
      ad_.set_text(text::fold_space(at_.facts->text));
      body_ = {};
      note_stated("text", "text");
    } else if (!body_.text.empty()) {
      ad_.set_text(std::string(text::cut_utf8(body_.text, std::size_t{256} << 10)));
      if (trace_) note_text(text_learned_ ? kFromLearned : kFromMined);
    }
  }

  /// Leaves out the crumbs around the place where this site's ads have their text. What is long, or may be a contact, is
  /// no crumb wherever it stands.
  void drop_crumbs(NodeSet& without) {
    if (!page_.learned) return;
    const auto [begin, end] = page_.learned->find("text", at_.root, skip(), {});
    if (begin == kNone) return;
    bool inside = false;
    std::vector<NodeId> crumbs;
    for (const auto& piece : body_.pieces) {
      if (piece.node >= begin && piece.node < end) inside = true;
      else if (is_crumb(std::string_view(body_.text).substr(piece.begin, piece.end - piece.begin))) crumbs.push_back(piece.node);
    }
    if (!inside) return;
    for (const NodeId crumb : crumbs) without[crumb] = 1;
    bool less = !crumbs.empty();
    for (const std::string_view field : {"price", "place", "posted", "age", "name"})
      less = drop_line_of(field, begin, end, without) || less;
    if (less) body_ = page_text(dom_, at_.root, without);
    learned_at_ = {begin, end};
    text_learned_ = true;
  }

  /// The line in which the site's other ads have this field, where it lies beside the text [begin, end).
  bool drop_line_of(std::string_view field, NodeId begin, NodeId end, NodeSet& without) const {
    const auto [from, to] = page_.learned->find(field, at_.root, skip(), {});
    if (from == kNone || page_.weights.all[from] > kMaxLine || (from < end && begin < to)) return false;
    const auto [first, last] = body_.span_of(dom_, from);
    if (first == last || !read_contacts(visible_text(dom_, from), page_.context).empty()) return false;
    std::fill(without.begin() + from, without.begin() + to, std::uint8_t{1});
    return true;
  }

  static bool is_crumb(std::string_view run) {
    const auto digits = std::count_if(run.begin(), run.end(), [](char c) { return c >= '0' && c <= '9'; });
    return run.size() < kShortText && digits < 6 && run.find('@') == std::string_view::npos;
  }

  /// The smallest element that holds all of the text.
  void note_text(Source source) {
    if (body_.pieces.empty()) return;
    NodeId box = body_.pieces.front().node;
    while (box > at_.root && dom_[box].end <= body_.pieces.back().node) box = dom_[box].parent;
    while (box > at_.root && !dom_.is_element(box)) box = dom_[box].parent;
    std::uint32_t held = 0;
    for (const auto& piece : body_.pieces) held += page_.weights.all[piece.node];
    // Where it holds more than the text, no rule can point at the text alone.
    const bool exact = held == page_.weights.all[box];
    note("text", source, box, exact ? dom_[box].end : box);
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
      if (!slot.empty()) continue;
      slot = row.value;
      if (trace_) note("attributes." + row.label, kFromLabel, row.begin, row.end, row.label);
    }
    if (!at_.facts) return;
    // What is stated for machines and shown nowhere is the ad's all the same.
    const std::string stated = text::fold_space(at_.facts->text);
    const std::string head = text::fold_for_match(text::cut_utf8(stated, 80)).text;
    if (at_.own_page && head.size() > 20 && text::fold_for_match(ad_.text()).text.find(head) == std::string::npos)
      (*ad_.mutable_attributes())["description"] = std::string(text::cut_utf8(stated, 4000));
    for (const auto& [label, value] : at_.facts->extra) {
      auto& slot = (*ad_.mutable_attributes())[label];
      if (!slot.empty()) continue;
      slot = value;
      if (trace_) note_stated("attributes." + label, label);
    }
  }

  void category() {
    if (ad_.has_category()) return;
    if (at_.facts && !at_.facts->category.empty()) {
      ad_.set_category(text::fold_space(at_.facts->category));
      return note_stated("category", "category");
    }
    if (const std::string said = labelled(category_labels()); !said.empty()) {
      ad_.set_category(said);
      return note_row("category", kFromLabel);
    }
    if (const std::string said = learned("category", 80); !said.empty()) {
      ad_.set_category(said);
      note_learned("category");
    }
  }

  void name() {
    if (ad_.has_name()) return;
    const auto take = [&](const std::string& said) {
      const bool good = !said.empty() && said.size() < 60 && said.find_first_of("0123456789@") == std::string::npos;
      if (good) ad_.set_name(said);
      return good;
    };
    if (take(labelled(name_labels()))) return note_row("name", kFromLabel);
    if (const std::string said = learned("name", 120); take(name_before_age(said, page_.context)) || take(said))
      return note_learned("name");
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (take(name_before_age(lines_[i], page_.context))) return note_line("name", i);
    }
    if (take(name_before_age(ad_.title(), page_.context))) return note("name", kFromTitle, headline_);
    const auto offered = read_names(ad_.text(), page_.context);  // "je m'appelle Anna"
    if (!offered.empty() && take(offered.front().name)) note("name", kFromText, kNone);
  }

  bool take_prices(const std::vector<DecodedPrice>& prices) {
    if (prices.empty()) return false;
    set_prices(prices, ad_);
    return true;
  }

  void price() {
    if (ad_.has_price() || given_.done("price")) return;
    if (at_.facts && set_stated_price(*at_.facts, page_.context, ad_)) return note_stated("price", "price");
    if (const std::string said = learned("price", 120); !said.empty() && take_prices(read_prices(said, page_.context)))
      return note_learned("price");
    for (NodeId id = at_.root; id < dom_[at_.root].end; ++id) {
      if (!dom_.is_element(id) || !dom_[id].visible || (at_.skip && (*at_.skip)[id])) continue;
      if (page_.weights.all[id] > 120 ||
          !marked(dom_, id,
                  {"price", "prix", "preis", "prijs", "precio", "prezzo", "preco", "cena", "pris", "rate", "tarif"}))
        continue;
      if (take_prices(read_prices(visible_text(dom_, id), page_.context))) return note("price", kFromMarked, id);
    }
    if (take_prices(read_prices(labelled(price_labels()), page_.context))) return note_row("price", kFromLabel);
    price_of_lines();
  }

  // Every short line of the site's may name one of several prices.
  void price_of_lines() {
    std::vector<DecodedPrice> prices;
    std::size_t first = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (lines_[i].size() >= 200) continue;
      for (DecodedPrice& p : read_prices(lines_[i], page_.context)) {
        if (prices.empty()) first = i;
        prices.push_back(std::move(p));
      }
    }
    if (take_prices(prices)) return note_line("price", first);
    for (const LabelRow& row : rows_) {
      if (row.table && take_prices(read_prices(row.value, page_.context)))
        return note("price", kFromLabel, row.begin, row.end, row.label);
    }
    if (take_prices(read_prices(ad_.title(), page_.context))) return note("price", kFromTitle, headline_);
    if (take_prices(read_prices(ad_.text(), page_.context))) note("price", kFromText, kNone);
  }

  std::string labelled(const LabelWords& words) {
    std::string_view best;
    for (const auto& [name, value] : ad_.attributes()) {
      if (words.has(text::fold_for_match(name).text) && (best.empty() || name < best)) best = name;
    }
    said_label_ = best;
    return best.empty() ? std::string() : ad_.attributes().at(said_label_);
  }

  void place() {
    if (ad_.has_place()) return;
    Place place;
    if (at_.facts && !at_.facts->locality.empty()) {
      place.set_text(text::fold_space(at_.facts->locality));
      if (at_.facts->country.size() == 2) place.set_country(at_.facts->country);
      if (!at_.facts->postcode.empty()) place.set_postcode(at_.facts->postcode);
      note_stated("place", "locality");
    } else if (const std::string said = labelled(place_labels()); !said.empty()) {
      named_place(said, place);
      note_row("place", kFromLabel);
    } else if (!learned_place(place) && !written_place(place)) {
      return position();
    }
    *ad_.mutable_place() = std::move(place);
    position();
  }

  void named_place(const std::string& said, Place& place) const {
    place.set_text(said);
    const auto found = read_place_field(said, page_.context);
    if (found.has_country()) place.set_country(found.country());
  }

  bool learned_place(Place& place) {
    const std::string said = learned("place", 80);
    if (said.empty()) return false;
    place = place_in_line(said, page_.context, ad_.name());
    if (!place.has_text()) return false;
    note_learned("place");
    return true;
  }

  bool written_place(Place& place) {
    std::vector<DecodedPlace> found;
    for (std::size_t i = 0; i < lines_.size() && found.empty(); ++i) {
      found = read_places(lines_[i], page_.context);
      if (!found.empty()) note_line("place", i);
    }
    if (found.empty()) {
      found = read_places(ad_.title(), page_.context);
      if (!found.empty()) note("place", kFromTitle, headline_);
    }
    if (found.empty()) {
      found = read_places(text::cut_utf8(ad_.text(), 4000), page_.context);
      if (!found.empty()) note("place", kFromText, kNone);
    }
    if (found.empty()) return false;
    place.set_text(found.front().text());
    if (found.front().has_country()) place.set_country(found.front().country());
    return true;
  }

  void position() {
    if (!at_.facts) return;
    const auto lat = signed_number_of(at_.facts->lat), lon = signed_number_of(at_.facts->lon);
    if (!lat || !lon || *lat < -90 || *lat > 90 || *lon < -180 || *lon > 180) return;
    ad_.mutable_place()->set_lat(*lat);
    ad_.mutable_place()->set_lon(*lon);
  }

  void posted() {
    if (ad_.has_posted()) return;
    const auto look = [&](const std::string& said, NodeId node) {
      given_.date(said, node);
      return ad_.has_posted();
    };
    if (at_.facts && !at_.facts->date.empty() && look(at_.facts->date, kNone)) return note_stated("posted", "date");
    NodeId known = kNone;
    if (const std::string said = learned("posted", 120, &known); !said.empty() && look(said, known))
      return note_learned("posted");
    for (NodeId id = at_.root; id < dom_[at_.root].end; ++id) {
      if (!dom_.is_element(id) || (at_.skip && (*at_.skip)[id])) continue;
      const bool dated = dom_[id].tag == Tag::time || (page_.weights.all[id] < 60 && dom_[id].visible &&
                                                       marked(dom_, id, {"date", "posted", "published"}));
      if (dated && look(visible_text(dom_, id), id)) return note("posted", kFromMarked, id);
    }
    if (look(labelled(date_labels()), kNone)) return note_row("posted", kFromLabel);
    for (NodeId id = at_.root; id < dom_[at_.root].end; ++id) {
      if (!dom_[id].visible || (at_.skip && (*at_.skip)[id]) || !is_block(dom_[id].tag) ||
          page_.weights.all[id] > 120 || page_.weights.all[id] < 8)
        continue;
      const std::string line = visible_text(dom_, id, skip());
      if (says_posted(text::fold_for_match(line).text) && look(line, kNone)) return note("posted", kFromLine, id);
    }
  }

  void age() {
    if (ad_.has_age()) return;
    const auto look = [&](std::string_view s) {
      const auto ages = read_ages(s, page_.context);
      if (!ages.empty()) ad_.set_age(ages.front().age());
      return ad_.has_age();
    };
    if (const std::string said = labelled(age_labels()); !said.empty()) {
      given_.age(said);
      if (ad_.has_age()) return note_row("age", kFromLabel);
    }
    if (look(learned("age", 120))) return note_learned("age");
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (look(lines_[i])) return note_line("age", i);
    }
    if (look(ad_.title())) return note("age", kFromTitle, headline_);
    if (look(ad_.text())) note("age", kFromText, kNone);
  }

  void images() {
    if (at_.facts) {
      for (const std::string& image : at_.facts->images) given_.image(image, kNone);
    }
    if (at_.own_page && ad_.images_size() == 0) {
      for (const std::string& image : page_.data.meta.images) given_.image(image, kNone);
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

  const Page& page_;
  const Dom& dom_;
  const ListingAt& at_;
  const Template& rules_;
  const std::vector<Template::Matches>& matches_;
  Trace* const trace_;
  Ad ad_;
  GivenFields given_;
  PageText body_;
  std::vector<LabelRow> rows_;
  std::vector<std::string> lines_;  // what the site wrote around the text
  std::vector<std::pair<NodeId, NodeId>> places_;  // of lines_
  std::pair<NodeId, NodeId> learned_at_{kNone, 0};  // where learned() looked last
  std::string said_label_;                          // by which labelled() found what it found
  bool text_learned_ = false;
  NodeId headline_ = kNone;
};

}  // namespace

Ad read_listing(const Page& page, const ListingAt& at, const Template& rules,
                const std::vector<Template::Matches>& matches, Trace* trace) {
  return ListingReader(page, at, rules, matches, trace).run();
}

}  // namespace vigie::parser
