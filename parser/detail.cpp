#include "parser/detail.h"

#include <algorithm>
#include <set>

#include "core/text.h"

namespace vigie::parser {
namespace {

bool is_heading(Tag tag) {
  return tag >= Tag::h1 && tag <= Tag::h6;
}

/// How much of `a`'s words stand in `b`, 0 to 1.
double words_shared(std::string_view a, std::string_view b) {
  const std::string fa = text::fold_for_match(a).text, fb = " " + text::fold_for_match(b).text + " ";
  std::size_t words = 0, found = 0;
  for (const auto word : text::split(fa, ' ')) {
    if (word.size() < 2) continue;
    ++words;
    found += fb.find(word) != std::string::npos;
  }
  return words ? static_cast<double>(found) / static_cast<double>(words) : 0;
}

NodeId find_headline(const Page& page, const NodeSet& skip) {
  const Dom& dom = page.dom;
  NodeId best = kNone;
  double best_score = 0;
  const std::string& stated = page.data.meta.title.empty() ? page.data.title : page.data.meta.title;
  for (NodeId id = page.body; id < dom[page.body].end; ++id) {
    const Node& node = dom[id];
    if (!is_heading(node.tag) || !node.visible || page.weights.all[id] < 3) continue;
    if (skip[id] && node.tag != Tag::h1) continue;
    double score = node.tag == Tag::h1 ? 3 : node.tag == Tag::h2 ? 1 : 0.3;
    if (skip[id]) score -= 1.5;
    score += 3 * words_shared(visible_text(dom, id), stated);
    if (score > best_score) {
      best_score = score;
      best = id;
    }
  }
  return best_score >= 2 ? best : kNone;
}

/// Links that lead to another ad: by the site's patterns, else by an address of the same shape as this page's.
std::vector<NodeId> links_to_others(const Page& page) {
  std::vector<NodeId> found;
  const std::string self = page.url.without_fragment();
  const std::string shape = address_shape(self);
  const bool patterned = page.site.ad_size() > 0;
  const std::string own_number = page.patterns.number_of(page.url);
  const bool shaped = shape.find('#') != std::string::npos || shape.find('*') != std::string::npos;
  for (const LinkAt& link : page.links) {
    if (link.url.empty() || link.self || page.dom[link.node].tag != Tag::a) continue;
    bool other = false;
    if (patterned) {
      other = link.klass == "ad";
      if (other && !own_number.empty()) {
        const auto url = Url::parse(link.url);
        other = !url || page.patterns.number_of(*url) != own_number;  // the ad's own gallery or print view
      }
    } else {
      other = shaped && address_shape(link.url) == shape;
    }
    if (other) found.push_back(link.node);
  }
  return found;
}

/// Marks the boxes that hold other ads: from each link upwards while the part stays as small as a card for each link in
/// it.
void skip_other_ads(const Page& page, NodeId headline, NodeSet& skip) {
  const Dom& dom = page.dom;
  const auto others = links_to_others(page);
  for (const NodeId link : others) {
    if (skip[link]) continue;
    NodeId box = link;
    for (NodeId up = dom[link].parent; up != kNone && up != page.body; up = dom[up].parent) {
      if (headline != kNone && dom.inside(headline, up)) break;
      const auto first = std::lower_bound(others.begin(), others.end(), up);
      const auto last = std::lower_bound(first, others.end(), dom[up].end);
      const auto count = static_cast<std::uint32_t>(last - first);
      const std::uint32_t allowed = count == 1 ? 250 : 350 * count;
      if (page.weights.all[up] > allowed) break;
      if (dom[up].tag == Tag::p && page.weights.all[up] > 2 * page.weights.linked[up] + 20)
        break;  // a sentence with a link in it
      box = up;
    }
    std::fill(skip.begin() + box, skip.begin() + dom[box].end, std::uint8_t{1});
  }
}

/// Fills what `facts` does not say from `more`.
void complete(Facts& facts, const Facts& more) {
  for (std::string Facts::*field :
       {&Facts::title, &Facts::text, &Facts::price, &Facts::locality, &Facts::country, &Facts::postcode, &Facts::lat,
        &Facts::lon, &Facts::date, &Facts::category, &Facts::name, &Facts::url, &Facts::phone, &Facts::email}) {
    if ((facts.*field).empty()) facts.*field = more.*field;
  }
  if (facts.currency.empty() && facts.price == more.price) facts.currency = more.currency;
  if (facts.images.empty()) facts.images = more.images;
  for (const auto& [label, value] : more.extra) {
    if (std::none_of(facts.extra.begin(), facts.extra.end(), [&name = label](const auto& have) { return have.first == name; }))
      facts.extra.emplace_back(label, value);
  }
}

std::optional<Facts> facts_of_page(const Page& page, NodeId headline) {
  const Facts* best = nullptr;
  double best_score = 0.5;
  const std::string title = headline == kNone ? page.data.title : visible_text(page.dom, headline);
  for (const Facts& f : page.data.things) {
    const double score = likeness(page, f, title) + (f.text.empty() ? 0 : 0.2) + (f.price.empty() ? 0 : 0.2);
    if (score <= best_score) continue;
    best_score = score;
    best = &f;
  }
  std::optional<Facts> stated;
  if (best) stated = *best;
  // A script's objects speak of many things: only those that bear the page's own title or address are the ad's.
  for (const Facts& f : page.data.state_things) {
    if (!f.own && likeness(page, f, title) < 1.2 && likeness(page, f, page.data.title) < 1.5) continue;
    if (!stated) stated.emplace();
    if (stated->source.empty()) stated->source = f.source;
    complete(*stated, f);
  }
  if (best || !stated) return stated;
  return stated;
}

std::uint32_t kept_text(const Page& page, NodeId root, const NodeSet& skip) {
  std::uint32_t sum = 0;
  for (NodeId id = root; id < page.dom[root].end; ++id) {
    if (skip[id]) {
      id = page.dom[id].end - 1;
    } else if (page.dom[id].tag == Tag::text) {
      sum += page.weights.all[id];
    }
  }
  return sum;
}

}  // namespace

double likeness(const Page& page, const Facts& f, std::string_view title) {
  double score = 2 * words_shared(f.title, title);
  if (!f.url.empty()) {
    const auto url = Url::parse(f.url, page.base);
    if (url && url->path() == page.url.path() && page.url.path() != "/") score += 1;
  }
  return score;
}

Detail find_detail(const Page& page, const NodeSet& boilerplate) {
  const Dom& dom = page.dom;
  Detail d;
  d.skip = boilerplate;
  d.headline = find_headline(page, boilerplate);
  if (d.headline != kNone) {
    for (NodeId up = d.headline; up != kNone; up = dom[up].parent) d.skip[up] = 0;
  }
  skip_other_ads(page, d.headline, d.skip);
  d.stated = facts_of_page(page, d.headline);
  d.root = page.body;
  if (d.headline == kNone) return d;
  // Upwards from the headline until most of what the page says is inside.
  const std::uint32_t total = kept_text(page, page.body, d.skip);
  for (NodeId up = d.headline; up != kNone && up >= page.body; up = dom[up].parent) {
    if (kept_text(page, up, d.skip) * 10 < total * 7) continue;
    d.root = up;
    break;
  }
  return d;
}

std::vector<std::string> read_images(const Page& page, NodeId root, const NodeSet& skip) {
  const Dom& dom = page.dom;
  std::vector<std::string> images;
  std::set<std::string> seen;
  for (NodeId id = root; id < dom[root].end && images.size() < 40; ++id) {
    if (!skip.empty() && skip[id]) {
      id = dom[id].end - 1;
      continue;
    }
    if (dom[id].tag != Tag::img) continue;
    std::string_view address;
    for (const std::string_view name : {"data-src", "data-lazy-src", "data-original", "data-lazy", "src"}) {
      if (address.empty() || address.starts_with("data:")) address = text::trim(dom.value(id, name));
    }
    if (address.empty())
      address = text::trim(dom.value(id, "srcset")).substr(0, text::trim(dom.value(id, "srcset")).find(' '));
    if (address.empty() || address.starts_with("data:")) continue;
    const std::string lower = text::lower_ascii(address);
    bool decoration = lower.ends_with(".svg");
    for (const std::string_view word :
         {"icon", "logo", "sprite", "spacer", "pixel", "blank.", "placeholder", "avatar", "loading"})
      decoration = decoration || lower.find(word) != std::string::npos;
    for (const std::string_view side : {"width", "height"}) {
      const std::string_view size = dom.value(id, side);
      decoration = decoration || size == "0" || size == "1" || (size.size() == 2 && size < "50");
    }
    if (decoration) continue;
    const auto url = Url::parse(address, page.base);
    if (url && seen.insert(url->without_fragment()).second) images.push_back(url->without_fragment());
  }
  return images;
}

}  // namespace vigie::parser
