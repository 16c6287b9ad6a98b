#include <algorithm>

#include "core/text.h"
#include "parser/detail.h"
#include "parser/learned.h"
#include "parser/own_words.h"
#include "parser/page_class.h"

namespace vigie::parser {
namespace {

bool is_forum(const Page& page) {
  for (const Facts& f : page.data.things) {
    if (f.type == "discussionforumposting" || f.type == "qapage" || f.type == "socialmediaposting") return true;
  }
  const std::string generator = text::lower_ascii(page.data.generator);
  for (const std::string_view engine :
       {"phpbb", "vbulletin", "discourse", "xenforo", "mybb", "smf", "invision", "vanilla", "flarum"}) {
    if (generator.find(engine) != std::string::npos) return true;
  }
  return false;
}

/// Records that people wrote one after another: each with its writer, a date, and a text, on a page where one can
/// answer.
bool looks_like_thread(const Page& page, const Region& region) {
  const Dom& dom = page.dom;
  std::size_t hits = 0;
  for (const NodeId record : region.records) {
    bool author = false, date = false;
    for (NodeId id = record; id < dom[record].end; ++id) {
      if (dom[id].tag == Tag::time) date = true;
      for (unsigned i = 0; i < dom[id].class_count; ++i) {
        const std::string name = text::lower_ascii(dom.classes(id)[i]);
        author = author || name.find("author") != std::string::npos || name.find("username") != std::string::npos ||
                 name.find("poster") != std::string::npos;
        date = date || name.find("date") != std::string::npos || name.find("time") != std::string::npos;
      }
    }
    hits += author && date;
  }
  if (hits * 2 <= region.records.size()) return false;
  for (const NodeId record : region.records) {
    for (NodeId id = record; id != kNone; id = dom[id].parent) {
      const std::string mark =
          text::lower_ascii(std::string(dom.value(id, "class")) + " " + std::string(dom.value(id, "id")));
      for (const std::string_view word :
           {"thread", "topic", "reply", "replies", "forum", "message", "discussion", "post-"}) {
        if (mark.find(word) != std::string::npos) return true;
      }
    }
    break;
  }
  return false;
}

bool is_offer(std::string_view type) {
  for (const std::string_view t : {"jobposting",
                                   "product",
                                   "offer",
                                   "apartment",
                                   "house",
                                   "realestatelisting",
                                   "singlefamilyresidence",
                                   "residence",
                                   "accommodation",
                                   "room",
                                   "vehicle",
                                   "car",
                                   "service",
                                   "event",
                                   "rentaction",
                                   "hotel",
                                   "lodgingbusiness",
                                   "trip",
                                   "touristtrip",
                                   "individualproduct",
                                   "classifiedad"}) {
    if (type == t) return true;
  }
  return false;
}

/// Texts about something; a list of them is described as one, too.
bool is_writing(std::string_view type) {
  for (const std::string_view t : {"article", "newsarticle", "blogposting", "blog", "webapplication", "mobileapplication",
                                   "softwareapplication", "course", "dataset", "creativework", "podcastseries"}) {
    if (type == t) return true;
  }
  return false;
}

/// What bears the page's own name, and is no list: stated in markup, or kept by its scripts with the page's address.
const Facts* named_thing(const Page& page) {
  const NodeId h1 = page.dom.find(Tag::h1, page.body);
  const std::string headline = h1 == kNone ? std::string() : visible_text(page.dom, h1);
  const auto sure = [&](const Facts& f) {
    return std::max(headline.empty() ? 0 : likeness(page, f, headline), likeness(page, f, page.data.title));
  };
  const Facts* found = nullptr;
  std::size_t alike = 0;
  for (const Facts& f : page.data.things) {
    if (is_writing(f.type) || f.title.empty() || sure(f) < 1.5) continue;
    ++alike;
    if (!found || sure(f) > sure(*found)) found = &f;
  }
  if (found && alike <= 3) return found;
  for (const Facts& f : page.data.state_things) {
    if (f.own ? sure(f) >= 1 : !f.url.empty() && likeness(page, f, {}) >= 1 && sure(f) >= 2) return &f;
  }
  return nullptr;
}

/// The one thing that this page is about; null: none, or many.
const Facts* only_thing(const Page& page) {
  if (const Facts* named = named_thing(page)) return named;
  const Facts* found = nullptr;
  std::size_t offers = 0;
  for (const Facts& f : page.data.things) {
    if (!is_offer(f.type)) continue;
    ++offers;
    if (!found) found = &f;
  }
  return offers == 1 ? found : nullptr;
}

/// What the records lead to is no page of theirs but something to do about them.
bool leads_to_controls(const Page& page, const Region& region) {
  std::size_t asked = 0, controls = 0;
  for (const NodeId record : region.records) {
    if (asked == 3) break;
    const std::size_t at = record_link(page, record);
    if (at == std::string::npos) continue;
    ++asked;
    controls += is_control(page, page.links[at]);
  }
  return asked > 0 && controls == asked;
}

PageClass of_region(const Page& page, const Region& best, std::string_view main_text) {
  const auto n = best.records.size();
  const std::string count = std::to_string(n) + " records of one make";
  if (is_forum(page) || looks_like_thread(page, best)) return {"thread", count + ", each with a writer and a date"};
  if (best.with_own_link * 2 > n && !leads_to_controls(page, best)) return {"list", count + ", each leading to a page of its own"};
  if (best.mean_text >= 40 && best.mean_text * static_cast<double>(n) * 3 > static_cast<double>(main_text.size())) {
    return {"inline", count + ", without pages of their own"};
  }
  return {"list", count};
}

}  // namespace

bool is_control(const Page& page, const LinkAt& link) {
  if (page.weights.all[link.node] > 40) return false;
  const std::string said = text::fold_for_match(visible_text(page.dom, link.node)).text;
  const auto words = text::split(said, ' ');
  return words.size() <= 3 && std::any_of(words.begin(), words.end(), [](auto word) { return is_strong_furniture_word(word); });
}

PageClass classify(const Page& page, std::string_view main_text, const std::vector<Region>& regions) {
  const std::string_view by_address = page.patterns.class_of(page.url);
  if (by_address == "ad") return {"ad", "address matches a pattern of `ad`"};
  std::size_t ad_links = 0;
  for (const LinkAt& link : page.links) ad_links += link.klass == "ad" && !link.self;
  const bool open = page.patterns.open_ended();
  const bool listed = by_address == "list";
  if (ad_links > 0 && (listed || ad_links >= 3))
    return {"list", std::to_string(ad_links) + " links that match a pattern of `ad`"};
  const Region* best = regions.empty() || regions[0].records.size() < 2 ? nullptr : &regions[0];
  if (listed && !open) {
    if (!best || page.site.ad_size() > 0) return {"list", "address matches a pattern of `follow`"};
    return of_region(page, *best, main_text);
  }
  if (!open) return {"other", "address matches no pattern"};
  // A list of categories leads to lists: many records that lead on outweigh an address that looks like an ad's.
  const bool leads_on = best && best->records.size() >= 8 && best->with_own_link * 2 > best->records.size();
  if (page.learned && !leads_on && page.learned->is_ad_address(page.url.without_fragment()))
    return {"ad", "address like those that the site's lists lead to"};
  if (const Facts* thing = only_thing(page))
    return {"ad", "describes one thing: " + (thing->type.empty() ? thing->source : thing->type)};
  if (best && best->records.size() >= 3) {
    const double share = best->mean_text * static_cast<double>(best->records.size()) /
                         std::max<double>(1, static_cast<double>(main_text.size()));
    if (share > 0.35) return of_region(page, *best, main_text);
  }
  if (is_forum(page)) return {"thread", "markup of a forum"};
  if (listed && best) return of_region(page, *best, main_text);
  if (page.dom.find(Tag::h1, page.body) != kNone && main_text.size() > 150) return {"ad", "one headline with its text"};
  return {"other", "nothing repeats and nothing is described"};
}

}  // namespace vigie::parser
