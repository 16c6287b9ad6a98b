#include "parser/lesson.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/hash.h"
#include "core/text.h"
#include "core/time.h"

namespace vigie::parser {
namespace {

/// Fields whose place can be learned; the rest goes by labels, links and the page's own words.
constexpr std::string_view kLearnable[] = {"title", "text", "price", "place", "name", "age", "posted", "category"};
constexpr std::size_t kMaxBlocks = 200;       // of one listing
constexpr int kMostSuggested = 12;            // rules for one field
constexpr std::size_t kMostLeaves = 150, kMaxLeaf = 120, kLeastTitle = 5;  // the last two in bytes
constexpr std::uint32_t kProse = 50;          // bytes of a run of text, white space not counted
constexpr std::size_t kMaxFrame = 20'000;     // bytes of text that are searched for the site's own contacts
constexpr std::size_t kMaxRule = 300;         // bytes
constexpr int kLeastRecords = 3;              // of a list that says anything
constexpr std::size_t kBareContact = 50;      // bytes that are no white space
constexpr std::uint32_t kMaxCard = 350;       // bytes of a box that leads to another ad

/// The element that holds the nodes and nothing else; kNone: there is none.
NodeId element_of(const Page& page, const Note& note) {
  if (note.begin == kNone || note.end <= note.begin) return kNone;
  const Dom& dom = page.dom;
  NodeId id = note.begin;
  std::uint32_t held = 0;
  for (NodeId at = note.begin; at < note.end; at = dom[at].end) held += page.weights.all[at];
  while (id != kNone && (!dom.is_element(id) || dom[id].end < note.end)) id = dom[id].parent;
  return id != kNone && page.weights.all[id] == held ? id : kNone;
}

LearnedRule rule(std::string_view field, std::string at, std::uint64_t key) {
  LearnedRule made;
  made.set_field(std::string(field));
  made.set_at(std::move(at));
  made.set_key(key);
  return made;
}

class Teacher {
 public:
  Teacher(const Page& page, const Places& places, const ListingAt& at, const Ad& ad, const Trace& trace)
      : page_(page), dom_(page.dom), places_(places), at_(at), ad_(ad), trace_(trace) {}

  ListingLesson run() {
    out_.set_ad(ad_.ad());
    for (const std::string_view field : kLearnable) teach(field);
    frame();
    blocks();
    std::set<std::string> contacts;
    for (const Contact& contact : ad_.contacts()) contacts.insert(contact.kind() + ":" + contact.value());
    for (const auto& contact : contacts) out_.add_contacts(contact);
    return std::move(out_);
  }

 private:
  const NodeSet& skip() const {
    static const NodeSet kNothing;
    return at_.skip ? *at_.skip : kNothing;
  }

  bool has(std::string_view field) const {
    if (field == "title") return ad_.has_title();
    if (field == "text") return ad_.has_text();
    if (field == "price") return ad_.has_price();
    if (field == "place") return ad_.place().has_text();
    if (field == "name") return ad_.has_name();
    if (field == "age") return ad_.has_age();
    if (field == "posted") return ad_.has_posted();
    return ad_.has_category();
  }

  void teach(std::string_view field) {
    FieldLesson& lesson = *out_.add_fields();
    lesson.set_field(std::string(field));
    lesson.set_found(has(field));
    const Note* note = trace_.of(field);
    if (note) lesson.set_source(note->source);
    const bool weak = !lesson.found() || !note || is_weak(note->source);
    const NodeId element = note ? element_of(page_, *note) : kNone;
    const bool all = field == "text" && (element == kNone || element == at_.root);  // no place of its own
    if (weak || all) suggest(field, lesson);
    if (weak || all) return;
    if (!note->label.empty() && note->begin != kNone) propose_label(field, *note, lesson);
    else if (element != kNone && dom_.inside(element, at_.root)) propose(field, element, lesson);
    if (note->begin != kNone) object(field, element == kNone ? note->begin : element, lesson);
  }

  void propose_label(std::string_view field, const Note& note, FieldLesson& lesson) const {
    const NodeId first = dom_[note.begin].tag == Tag::dt ? note.begin : dom_.first_element(note.begin);
    // "<li><label>Price:</label> 40 €</li>": the value has no element of its own.
    std::string at = css_step(dom_, note.begin) + ":contains(" + css_quoted(first == kNone ? note.label : visible_text(dom_, first)) + ")";
    if (first != kNone && dom_.next_element(first) != kNone)
      at = std::string(dom_[first].name) + ":contains(" + css_quoted(visible_text(dom_, first)) + ") + " +
           std::string(dom_[dom_.next_element(first)].name);
    LearnedRule made = rule(field, std::move(at), label_key(note.label));
    made.set_label(note.label);
    made.set_hits(1);
    *lesson.add_here() = std::move(made);
  }

  /// Places at which something of the field's kind stands by itself: other pages say whether it always does.
  void suggest(std::string_view field, FieldLesson& lesson) const {
    const int before = lesson.here_size();
    if (field == "text") {
      if (const NodeId box = prose_box(); box != kNone && box != at_.root) propose(field, box, lesson);
    } else if (field == "title") {
      suggest_title(lesson);
    } else if (field == "posted" || field == "price" || field == "place") {
      for (const LabelRow& row : trace_.rows) {
        if (lesson.here_size() - before < kMostSuggested && row.table && is_kind(field, row.value))
          propose_label(field, {std::string(field), "", 0, row.begin, row.end, row.label}, lesson);
      }
      for (const NodeId leaf : leaves()) {
        if (lesson.here_size() - before >= kMostSuggested) break;
        if (!in_row(leaf) && is_kind(field, visible_text(dom_, leaf))) propose(field, leaf, lesson);
      }
    }
    for (int i = before; i < lesson.here_size(); ++i) lesson.mutable_here(i)->set_hits(0);
  }

  /// What the page's <title> names, else what stands out first.
  void suggest_title(FieldLesson& lesson) const {
    const std::string title = text::fold_space(page_.data.title);
    NodeId first = kNone;
    for (const NodeId leaf : leaves()) {
      const Tag tag = dom_[leaf].tag;
      const bool stands_out = tag == Tag::b || tag == Tag::strong || tag == Tag::font || tag == Tag::caption ||
                              dom_[leaf].name == "legend" || tag == Tag::dt || tag == Tag::th;
      const std::string said = visible_text(dom_, leaf);
      if (said.size() < kLeastTitle || in_row(leaf)) continue;
      if (title.find(said) != std::string::npos && said.size() * 3 > title.size()) return propose("title", leaf, lesson);
      if (first == kNone && stands_out) first = leaf;
    }
    if (first != kNone) propose("title", first, lesson);
  }

  bool is_kind(std::string_view field, const std::string& said) const {
    if (said.empty() || said.size() > kMaxLeaf) return false;
    if (field == "place") return said.size() < 40 && read_place_field(said, page_.context).has_text();
    const auto whole = [&](const auto& found) {
      return found.size() == 1 && found[0].span_size() == 2 && said.size() - static_cast<std::size_t>(found[0].span(1) - found[0].span(0)) < 16;
    };
    if (field == "price") return whole(read_prices(said, page_.context));
    const auto dates = read_dates(said, page_.context);
    return whole(dates) && dates[0].date() <= to_rfc3339(page_.context.now).substr(0, 10);
  }

  /// Elements that hold a short text and no other element that holds one.
  const std::vector<NodeId>& leaves() const {
    if (!leaves_.empty()) return leaves_;
    for (NodeId id = at_.root; id < dom_[at_.root].end && leaves_.size() < kMostLeaves; ++id) {
      if (!dom_[id].visible || (!skip().empty() && skip()[id])) {
        id = dom_[id].end - 1;
        continue;
      }
      if (dom_[id].tag != Tag::text || page_.weights.all[id] == 0 || page_.weights.all[id] > kMaxLeaf) continue;
      const NodeId up = dom_[id].parent;
      if (page_.weights.all[up] == page_.weights.all[id]) leaves_.push_back(up);
    }
    return leaves_;
  }

  bool in_row(NodeId id) const {
    return std::any_of(trace_.rows.begin(), trace_.rows.end(), [&](const LabelRow& row) { return row.table && id >= row.begin && id < row.end; });
  }

  /// The smallest element around all long runs of text.
  NodeId prose_box() const {
    NodeId first = kNone, last = 0;
    for (NodeId id = at_.root; id < dom_[at_.root].end; ++id) {
      if (!dom_[id].visible || (!skip().empty() && skip()[id])) {
        id = dom_[id].end - 1;
      } else if (dom_[id].tag == Tag::text && page_.weights.all[id] >= kProse && page_.weights.linked[id] == 0) {
        if (first == kNone) first = id;
        last = id;
      }
    }
    NodeId box = first;
    while (box != kNone && (!dom_.is_element(box) || dom_[box].end <= last)) box = dom_[box].parent;
    return box;
  }

  static bool is_weak(std::string_view source) { return source == kFromText.name || source == kFromTitle.name || source == kFromMeta.name; }

  void propose(std::string_view field, NodeId id, FieldLesson& lesson) const {
    const NodeId up = dom_[id].parent;
    const NodeId above = up == kNone ? kNone : dom_[up].parent;
    const std::string own = css_step(dom_, id);
    const bool named = own.find('.') != std::string::npos || (dom_[id].tag >= Tag::h1 && dom_[id].tag <= Tag::h6) ||
                       dom_[id].tag == Tag::time || dom_[id].name == "legend" || dom_[id].tag == Tag::blockquote;
    const auto add = [&](std::string at, std::uint64_t key, auto same) {
      if (at.size() > kMaxRule) return;
      for (NodeId before = at_.root; before < id; ++before) {
        const bool shown = dom_.is_element(before) && dom_[before].visible && page_.weights.all[before] > 0;
        if (shown && (skip().empty() || !skip()[before]) && same(before)) return;  // it would point there
      }
      *lesson.add_here() = rule(field, std::move(at), key);
      lesson.mutable_here(lesson.here_size() - 1)->set_hits(1);
    };
    if (const auto mark = dom_.value(id, "id"); lasting_name(mark))
      add("#" + std::string(mark), id_key(mark), [&](NodeId n) { return dom_.value(n, "id") == mark; });
    if (const auto said = dom_.value(id, "itemprop"); lasting_name(said))
      add("[itemprop=" + css_quoted(said) + "]", itemprop_key(said), [&](NodeId n) { return dom_.value(n, "itemprop") == said; });
    if (named) add(own, places_.one(id), [&](NodeId n) { return places_.one(n) == places_.one(id); });
    if (up == kNone || up < at_.root) return;
    const std::string two = css_step(dom_, up) + " > " + own;
    if (two.find_first_of(".:") != std::string::npos)
      add(two, places_.two(id), [&](NodeId n) { return places_.two(n) == places_.two(id); });
    if (above != kNone && above >= at_.root)
      add(css_step(dom_, above) + " > " + two, places_.three(id), [&](NodeId n) { return places_.three(n) == places_.three(id); });
  }

  /// What a template would call `listing`.
  void frame() {
    const NodeId root = at_.mark == kNone ? at_.root : at_.mark;
    if (root == page_.body || root == 0) return;
    FieldLesson& lesson = *out_.add_fields();
    lesson.set_field("listing");
    lesson.set_found(true);
    lesson.set_source("page");
    const std::string own = css_step(dom_, root);
    if (const auto mark = dom_.value(root, "id"); at_.own_page && lasting_name(mark))
      *lesson.add_here() = rule("listing", "#" + std::string(mark), id_key(mark));
    if (own.find('.') != std::string::npos || dom_[root].tag == Tag::article || dom_[root].tag == Tag::main)
      *lesson.add_here() = rule("listing", own, places_.one(root));
    if (dom_[root].parent != kNone)
      *lesson.add_here() = rule("listing", css_step(dom_, dom_[root].parent) + " > " + own, places_.two(root));
    for (auto& here : *lesson.mutable_here()) {
      here.set_hits(1);
      if (here.at().size() > kMaxRule) here.set_at("");
    }
  }

  /// Known rules of the field that point at something else than `id`.
  void object(std::string_view field, NodeId id, FieldLesson& lesson) const {
    if (!page_.learned) return;
    const auto& rules = page_.knowledge.learned().rules();
    for (int i = 0; i < rules.size(); ++i) {
      if (rules[i].field() != field) continue;
      const auto [begin, end] = page_.learned->point(i, at_.root, skip(), trace_.rows);
      if (begin == kNone || begin == id || (dom_.inside(id, begin) && page_.weights.all[id] == page_.weights.all[begin])) continue;
      lesson.add_elsewhere(rules[i].key());
    }
  }

  /// Blocks that hold no value and no label: what repeats of them from ad to ad is not the ad's.
  void blocks() {
    NodeSet without = skip();
    if (page_.learned && !page_.learned->furniture().empty() && !without.empty()) {  // what is known already votes again
      for (NodeId id = at_.root; id < dom_[at_.root].end; ++id) without[id] = without[id] != 0 && page_.learned->furniture()[id] == 0;
    }
    for (const TextBlock& block : text_blocks(page_, places_, at_.root, without, kMaxBlocks)) {
      const auto holds = [&](NodeId begin, NodeId end) { return block.begin < end && begin < block.end; };
      const bool value = std::any_of(trace_.notes.begin(), trace_.notes.end(), [&](const Note& note) {
        return note.begin != kNone && note.field != "text" && holds(note.begin, std::max(note.end, note.begin + 1));
      });
      const bool row = std::any_of(trace_.rows.begin(), trace_.rows.end(),
                                   [&](const LabelRow& r) { return holds(r.begin, r.end); });
      const Tag tag = dom_[dom_[block.begin].parent].tag;
      if (value || row || tag == Tag::dt || tag == Tag::th || tag == Tag::label || is_bare_contact(block)) continue;
      out_.add_blocks(block.key);
      out_.add_places(block.place);
    }
  }

  /// A number or address without a sentence around it is the ad's, although one advertiser may fill a site.
  bool is_bare_contact(const TextBlock& block) const {
    std::size_t size = 0, digits = 0;
    bool mail = false;
    for (NodeId id = block.begin; id < block.end; ++id) {
      if (dom_[id].tag != Tag::text || !dom_[id].visible) continue;
      const auto said = dom_.raw_text(id);
      size += page_.weights.all[id];
      digits += static_cast<std::size_t>(std::count_if(said.begin(), said.end(), [](char c) { return c >= '0' && c <= '9'; }));
      mail = mail || said.find('@') != std::string_view::npos;
    }
    return size < kBareContact && (digits > 5 || mail);
  }

  const Page& page_;
  const Dom& dom_;
  const Places& places_;
  const ListingAt& at_;
  const Ad& ad_;
  const Trace& trace_;
  mutable std::vector<NodeId> leaves_;
  ListingLesson out_;
};

/// Which parts of a page stand beside links to other ads.
class OtherAds {
 public:
  explicit OtherAds(const Page& page) : page_(page), before_(page.links.size() + 1) {
    const std::string shape = address_shape(page.url.without_fragment());
    const bool shaped = page.site.ad_size() == 0 && shape.find_first_of("#*") != std::string::npos;
    for (std::size_t i = 0; i < page.links.size(); ++i) {
      const LinkAt& link = page.links[i];
      const bool other = link.klass == "ad" || (shaped && !link.url.empty() && !link.self && address_shape(link.url) == shape);
      before_[i + 1] = before_[i] + other;
    }
  }

  /// A box no greater than a card, with such a link in it, stands around the node.
  bool beside(NodeId node) const {
    const auto place = [&](NodeId id) {
      const auto at = std::lower_bound(page_.links.begin(), page_.links.end(), id, [](const LinkAt& link, NodeId n) { return link.node < n; });
      return static_cast<std::size_t>(at - page_.links.begin());
    };
    for (NodeId up = page_.dom[node].parent; up != kNone && page_.weights.all[up] <= kMaxCard; up = page_.dom[up].parent) {
      if (before_[place(page_.dom[up].end)] > before_[place(up)]) return true;
    }
    return false;
  }

 private:
  const Page& page_;
  std::vector<std::uint32_t> before_;  // links to other ads among the first so many
};

}  // namespace

ListingLesson lesson_of(const Page& page, const Places& places, const ListingAt& at, const Ad& ad, const Trace& trace) {
  return Teacher(page, places, at, ad, trace).run();
}

std::optional<ListingLesson> lesson_of_list(const Page& page, const PageRecord& list) {
  if (page.site.ad_size() > 0 || list.listings_size() < kLeastRecords) return std::nullopt;
  std::map<std::string, int> shapes;
  std::string shown;
  for (const Ad& ad : list.listings()) {
    ++shapes[address_shape(ad.url())];
    shown += ad.ad() + "\n";
  }
  const auto most = std::max_element(shapes.begin(), shapes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::string& shape = most->first;
  const bool numbered = shape.find_first_of("#*") != std::string::npos;
  if (most->second * 5 < list.listings_size() * 4 || !numbered || shape.size() > kMaxRule || shape == address_shape(page.url.without_fragment())) return std::nullopt;
  ListingLesson lesson;
  lesson.add_places(hash64(shown));
  FieldLesson& field = *lesson.add_fields();
  field.set_field(std::string(kAdAddress));
  field.set_found(true);
  field.set_source("page");
  *field.add_here() = rule(kAdAddress, shape, hash64(shape));
  field.mutable_here(0)->set_hits(1);
  return lesson;
}

std::vector<std::string> frame_contacts(const Page& page, const std::vector<NodeId>& ads) {
  const Dom& dom = page.dom;
  NodeSet skip(dom.size());
  for (const NodeId ad : ads) {
    if (ad != page.body) std::fill(skip.begin() + ad, skip.begin() + dom[ad].end, std::uint8_t{1});
  }
  if (std::find(ads.begin(), ads.end(), page.body) != ads.end()) return {};
  if (page.learned && !page.learned->furniture().empty()) {  // the site's own remarks inside its ads
    const NodeSet& own = page.learned->furniture();
    for (NodeId id = 0; id < dom.size(); ++id) {
      if (own[id] == 0) continue;
      for (NodeId up = id; up != kNone && skip[up]; up = dom[up].parent) skip[up] = 0;
    }
    for (NodeId id = 0; id < dom.size(); ++id) {
      const bool of_ad = std::any_of(ads.begin(), ads.end(), [&](NodeId ad) { return dom.inside(id, ad); });
      if (of_ad && own[id] == 0 && dom[id].tag == Tag::text) skip[id] = 1;
    }
  }
  std::set<std::string> found;
  const auto keep = [&](const Contact& contact) {
    if (!contact.kind().empty()) found.insert(contact.kind() + ":" + contact.value());
  };
  std::size_t read = 0;
  const Places places(dom);
  const OtherAds others(page);
  for (const TextBlock& block : text_blocks(page, places, page.body, skip, 2000)) {
    std::string said;
    for (NodeId id = block.begin; id < block.end; ++id) {
      if (dom[id].tag == Tag::text && dom[id].visible) said += dom.raw_text(id);
    }
    read += said.size();
    if (read > kMaxFrame) break;
    if (said.find_first_of("@0123456789") == std::string::npos || others.beside(block.begin)) continue;
    for (const Contact& contact : read_contacts(text::fold_space(said), page.context)) keep(contact);
  }
  for (const LinkAt& link : page.links) {
    if (skip[link.node] || dom[link.node].tag != Tag::a) continue;
    const Contact contact = contact_of_link(text::trim(dom.value(link.node, "href")), page.context);
    if (!contact.kind().empty() && !others.beside(link.node)) keep(contact);
  }
  return {found.begin(), found.end()};
}

}  // namespace vigie::parser
