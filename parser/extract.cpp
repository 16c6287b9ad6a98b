#include "parser/extract.h"

#include <algorithm>
#include <optional>
#include <set>

#include "core/site.h"
#include "core/text.h"
#include "core/time.h"
#include "parser/charset.h"
#include "parser/detail.h"
#include "parser/guard.h"
#include "parser/learned.h"
#include "parser/lesson.h"
#include "parser/listing.h"
#include "parser/main_text.h"
#include "parser/page_class.h"
#include "parser/records.h"
#include "parser/template.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kMaxListings = 1000;
constexpr int kDigitsOfNumber = 9, kStepsToContact = 3;
constexpr int kMostTaught = 60;  // listings of one page that teach
constexpr std::size_t kMaxWideWork = 5'000'000;  // nodes looked at for records of several siblings
constexpr std::size_t kMaxMainText = std::size_t{1} << 20;
constexpr std::size_t kLeastText = 25;  // bytes of an ad's text; with less, what repeats may have been its text

/// Countries in which a number without a country code may be read: the site's own first, then that of its address.
std::vector<std::string> regions_of(const SiteOptions& site, const Url& url) {
  std::vector<std::string> regions;
  if (!site.region().empty()) regions.push_back(site.region());
  const std::string& host = url.hostname();
  const std::size_t dot = host.rfind('.');
  if (dot == std::string::npos || host.size() - dot != 3) return regions;
  std::string country = host.substr(dot + 1);
  if (!std::all_of(country.begin(), country.end(), [](char c) { return c >= 'a' && c <= 'z'; }) || country == "eu")
    return regions;
  if (country == "uk") country = "gb";
  for (char& c : country) c = static_cast<char>(c - 32);
  if (std::find(regions.begin(), regions.end(), country) == regions.end()) regions.push_back(country);
  return regions;
}

class Reading {
 public:
  /// `places`: null where nobody learns from the page.
  Reading(const Page& page, const Template& rules, const Places* places, bool explain)
      : page_(page), dom_(page.dom), rules_(rules), places_(places), explain_(explain) {}

  PageRecord run() {
    skip_ = boilerplate(page_);
    // What the site's error pages look like must not change with what is learned: the page's own frame decides.
    std::string main = main_text(page_, skip_);
    PageClass klass = find_wall(page_, main);
    if (klass.name.empty()) {
      leave_out_learned();
      // An address that says "ad" leaves nothing to find out from records.
      if (page_.patterns.class_of(page_.url) != "ad") regions_ = mine(page_, skip_);
      klass = classify(page_, main, regions_);
      if (rules_.has_fields()) matches_ = rules_.match(dom_);
      read_listings(klass);
      end_lesson(klass.name);
    }
    out_.set_page_class(std::string(klass.name));
    out_.set_why(klass.why);
    if (!page_.context.lang.empty()) out_.set_lang(page_.context.lang);
    const std::string& title = page_.data.title.empty() ? page_.data.meta.title : page_.data.title;
    if (!title.empty()) out_.set_title(title);
    if (!main.empty()) out_.set_main_text(std::string(text::cut_utf8(main, kMaxMainText)));
    write_links();
    return std::move(out_);
  }

 private:
  void read_listings(PageClass& klass) {
    const auto roots = rules_.listings(dom_);
    if (klass.name == "ad") return read_ad(roots);
    if (!roots.empty()) return read_templated(roots, klass);
    if (klass.name == "list" || klass.name == "inline" || klass.name == "thread") read_regions(klass);
    if (out_.listings_size() == 0 && !page_.data.state_lists.empty()) read_state_list(klass);
  }

  /// A page that its scripts build shows nothing of its records yet: they are read from the scripts' objects.
  void read_state_list(PageClass& klass) {
    const auto& records = page_.data.state_lists[0];
    if (klass.name == "thread" || records.size() * dom_.size() > kMaxWideWork) return;
    NodeSet skip(dom_.size(), 1);
    skip[page_.body] = 0;
    std::size_t with_page = 0;
    for (const Facts& facts : records) {
      if (out_.listings_size() >= static_cast<int>(kMaxListings)) break;
      ListingAt at{page_.body, &skip, kNone, &facts, nullptr, false};
      add(at, {});
      const auto url = Url::parse(facts.url, page_.base);
      if (facts.url.empty() || !url) continue;
      ++with_page;
      state_links_.push_back({kNone, url->without_fragment(),
                              page_.patterns.own_host(*url) ? page_.patterns.class_of(*url) : "other", false});
    }
    const std::string count = std::to_string(records.size()) + " records in the objects of the page's scripts";
    klass = with_page * 2 > records.size() ? PageClass{"list", count + ", each with a page of its own"}
                                           : PageClass{"inline", count};
  }

  /// A page about one ad. `roots`: what the template calls listings; of several the one with the headline, else the
  /// longest.
  void read_ad(const std::vector<NodeId>& roots) {
    read_ad_without(roots, skip_);
    const bool left_out = page_.learned && !page_.learned->furniture().empty();
    if (!left_out || (out_.listings_size() > 0 && out_.listings(0).text().size() >= kLeastText)) return;
    // Nothing is left of the ad: what repeats on this site is what its advertisers say.
    out_.clear_listings();
    out_.clear_origins();
    out_.clear_lesson();
    ids_.clear();
    roots_.clear();
    read_ad_without(roots, frame_);
  }

  void read_ad_without(const std::vector<NodeId>& roots, const NodeSet& skip) {
    Detail detail = find_detail(page_, skip);
    if (!roots.empty()) {
      NodeId best = roots[0];
      for (const NodeId root : roots) {
        const bool holds = detail.headline != kNone && dom_.inside(detail.headline, root);
        const bool best_holds = detail.headline != kNone && dom_.inside(detail.headline, best);
        if (holds != best_holds ? holds : page_.weights.all[root] > page_.weights.all[best]) best = root;
      }
      detail.root = best;
      if (detail.headline != kNone && !dom_.inside(detail.headline, best)) detail.headline = kNone;
      for (NodeId up = best; up != kNone; up = dom_[up].parent) detail.skip[up] = 0;
    } else if (rules_.has_fields()) {
      widen(detail);
    }
    if (roots.empty()) reach_for_contact(detail);
    add({detail.root, &detail.skip, detail.headline, detail.facts(), nullptr, true}, matches_);
  }

  /// The contact often stands in a box beside the text: where the ad's own part shows none, the part around it that does.
  void reach_for_contact(Detail& detail) const {
    const std::string_view own = dom_.raw_text(detail.root);
    int digits = 0, longest = 0;  // of one number: a date has eight
    for (const char c : own) {
      if (c >= '0' && c <= '9') longest = std::max(longest, ++digits);
      else if (c != ' ' && c != '.' && c != '-' && c != '/') digits = 0;
    }
    if (links_to_person(detail.root, detail.skip) || own.find('@') != std::string_view::npos || longest >= kDigitsOfNumber) return;
    NodeId up = detail.root;
    for (int steps = 0; steps < kStepsToContact; ++steps) {
      up = dom_[up].parent;
      if (up == kNone || up <= page_.body || page_.weights.all[up] > 3 * page_.weights.all[detail.root]) return;
      if (!links_to_person(up, detail.skip)) continue;
      detail.root = up;
      return;
    }
  }

  bool links_to_person(NodeId root, const NodeSet& skip) const {
    return std::any_of(page_.links.begin(), page_.links.end(), [&](const LinkAt& link) {
      if (!dom_.inside(link.node, root) || skip[link.node] || dom_[link.node].tag != Tag::a) return false;
      const std::string kind = contact_of_link(text::trim(dom_.value(link.node, "href")), page_.context).kind();
      return kind == "phone" || kind == "email" || kind == "whatsapp" || kind == "telegram" || kind == "signal" || kind == "viber";
    });
  }

  // Rules without a frame of their own look at the whole page.
  void widen(Detail& detail) {
    for (const auto& m : matches_) {
      for (const NodeId node : m.nodes) {
        while (detail.root != kNone && !dom_.inside(node, detail.root) && detail.root != 0)
          detail.root = dom_[detail.root].parent;
        if (detail.root == kNone) detail.root = 0;
      }
    }
  }

  void read_templated(const std::vector<NodeId>& roots, PageClass& klass) {
    std::size_t with_page = 0;
    NodeId last_end = 0;
    for (const NodeId root : roots) {
      if (out_.listings_size() >= static_cast<int>(kMaxListings)) break;
      if (root < last_end) continue;  // inside one that has been read
      last_end = dom_[root].end;
      const LinkAt* link = own_link(root);
      with_page += link != nullptr;
      add({root, nullptr, kNone, nullptr, link, false}, matches_);
    }
    const std::string count = std::to_string(roots.size()) + " matches of `listing`";
    klass = with_page * 2 > roots.size() ? PageClass{"list", count + " that lead to pages of their own"}
                                         : PageClass{"inline", count};
  }

  /// The link to the record's own page: by the patterns where there are any, else the record's main link.
  const LinkAt* own_link(NodeId root) const {
    const std::size_t i = record_link(page_, root);
    if (i == std::string::npos) return nullptr;
    const LinkAt& link = page_.links[i];
    if (page_.site.ad_size() > 0) return link.klass == "ad" ? &link : nullptr;
    const auto url = Url::parse(link.url);
    return url && url->hostname() == page_.url.hostname() && !is_control(page_, link) ? &link : nullptr;
  }

  void read_regions(const PageClass& klass) {
    std::set<std::string> seen;
    const bool patterned = page_.site.ad_size() > 0;
    bool first = true;
    for (const Region& region : regions_) {
      const bool useful = klass.name == "list" && patterned ? region.with_ad_link > 0 : first;
      first = false;
      if (!useful) continue;
      if (region.width > 1 && read_wide(region, klass, seen)) continue;
      for (const NodeId root : region.records) {
        if (out_.listings_size() >= static_cast<int>(kMaxListings)) return;
        const LinkAt* link = klass.name == "list" ? own_link(root) : nullptr;
        if (klass.name == "list" && (!link || !seen.insert(link->url).second)) continue;
        add({root, inner_skip(), kNone, nullptr, link, false}, matches_);
      }
    }
    if (klass.name == "list" && patterned) read_loose_links(seen);
  }

  /// Records of several siblings: the frame of all of them is read with everything but one record left out.
  bool read_wide(const Region& region, const PageClass& klass, std::set<std::string>& seen) {
    const NodeId frame = dom_[region.records[0]].parent;
    if (region.records.size() * dom_.size() > kMaxWideWork) return false;
    for (const NodeId record : region.records) {
      if (dom_[record].parent != frame) return false;
    }
    NodeSet skip(dom_.size(), 1);
    skip[frame] = 0;
    for (std::size_t i = 0; i < region.records.size(); ++i) {
      if (out_.listings_size() >= static_cast<int>(kMaxListings)) break;
      const NodeId begin = region.records[i], end = region.ends[i];
      const LinkAt* link = nullptr;
      for (NodeId part = begin; part < end && !link && klass.name == "list"; part = dom_[part].end)
        link = own_link(part);
      if (klass.name == "list" && (!link || !seen.insert(link->url).second)) continue;
      std::copy(skip_.begin() + begin, skip_.begin() + end, skip.begin() + begin);
      const NodeId headline = dom_[begin].tag == Tag::dt ? begin : kNone;
      add({frame, &skip, headline, nullptr, link, false, begin}, matches_);
      std::fill(skip.begin() + begin, skip.begin() + end, std::uint8_t{1});
    }
    return true;
  }

  // An ad that stands alone on a list page is an ad all the same.
  void read_loose_links(std::set<std::string>& seen) {
    for (const LinkAt& link : page_.links) {
      if (out_.listings_size() >= static_cast<int>(kMaxListings)) return;
      if (link.klass != "ad" || link.self || dom_[link.node].tag != Tag::a || !dom_[link.node].visible) continue;
      if (!seen.insert(link.url).second) continue;
      add({link.node, nullptr, kNone, nullptr, &link, false}, matches_);
    }
  }

  void add(const ListingAt& at, const std::vector<Template::Matches>& matches) {
    Trace trace;
    Ad ad = read_listing(page_, at, rules_, matches, places_ || explain_ ? &trace : nullptr);
    if (ad.title().empty() && ad.text().empty()) return;
    if (!ids_.insert(ad.ad()).second) return;
    if (at.link && !at.own_page) led_to_.insert(at.link->url);
    if (explain_) {
      for (auto& origin : origins_of(page_, ad, trace)) *out_.add_origins() = std::move(origin);
    }
    if (places_ && out_.lesson().listings_size() < kMostTaught) {
      *out_.mutable_lesson()->add_listings() = lesson_of(page_, *places_, at, ad, trace);
      roots_.push_back(at.root);
    }
    *out_.add_listings() = std::move(ad);
  }

  /// Of a list only whole ads teach anything: its short forms are made otherwise than the ads' own pages.
  void end_lesson(std::string_view klass) {
    if (!out_.has_lesson()) return;
    if (klass == "list") {
      out_.clear_lesson();
      const auto lesson = lesson_of_list(page_, out_);
      if (lesson) *out_.mutable_lesson()->add_listings() = *lesson;
      return;
    }
    for (auto& contact : frame_contacts(page_, roots_)) out_.mutable_lesson()->add_frame_contacts(std::move(contact));
  }

  void leave_out_learned() {
    if (!page_.learned || page_.learned->furniture().empty()) return;
    frame_ = skip_;
    const NodeSet& more = page_.learned->furniture();
    for (std::size_t i = 0; i < skip_.size(); ++i) skip_[i] |= more[i];
  }

  /// What is left out inside a record of a list: only what the site has taught.
  const NodeSet* inner_skip() const {
    return page_.learned && !page_.learned->furniture().empty() ? &page_.learned->furniture() : nullptr;
  }

  void write_links() {
    const std::string next = find_next(page_);
    if (!next.empty()) out_.set_next(next);
    std::set<std::string_view> seen;
    for (const LinkAt& link : page_.links) {
      if (link.url.empty() || !seen.insert(link.url).second) continue;
      PageLink* written = out_.add_links();
      written->set_url(link.url);
      written->set_class_(std::string(class_of(link, next)));
    }
    for (const LinkAt& link : state_links_) {
      if (!seen.insert(link.url).second) continue;
      PageLink* written = out_.add_links();
      written->set_url(link.url);
      written->set_class_(std::string(link.klass));
    }
    if (!page_.data.canonical.empty()) {
      if (const auto url = Url::parse(page_.data.canonical, page_.base))
        out_.set_canonical_url(url->without_fragment());
    }
    for (const std::string& word : page_.data.robots) out_.add_robots_meta(word);
  }

  // A blog's older pages are often marked as the previous ones: no next page, yet one that leads to more.
  std::string_view class_of(const LinkAt& link, const std::string& next) const {
    if (link.klass == "ad") return link.klass;
    // Where the scope file does not say which addresses are ads, the records of a list do.
    if (page_.patterns.open_ended() && !link.self && led_to_.contains(link.url)) return "ad";
    if (page_.learned && !link.self && page_.learned->is_ad_address(link.url)) return "ad";
    if (link.url == next) return "next";
    return link.klass == "other" && !link.self && dom_[link.node].tag == Tag::a && is_marked_previous(dom_, link.node)
               ? "list"
               : link.klass;
  }

  const Page& page_;
  const Dom& dom_;
  const Template& rules_;
  const Places* const places_;
  const bool explain_;
  NodeSet skip_;
  NodeSet frame_;              // the same without what the site has taught
  std::vector<NodeId> roots_;  // of the listings that the lesson speaks of
  std::vector<Region> regions_;
  std::vector<LinkAt> state_links_;  // addresses that stand in scripts only
  std::vector<Template::Matches> matches_;
  std::set<std::string> ids_, led_to_;  // listings; addresses that records lead to
  PageRecord out_;
};

class Reader final : public SiteReader {
 public:
  Reader(SiteOptions site, std::shared_ptr<const SitePatterns> patterns, std::shared_ptr<const Template> rules)
      : site_(std::move(site)), patterns_(std::move(patterns)), rules_(std::move(rules)) {}

  Result<PageRecord> read(const ParseRequest& request) const override {
    auto url = Url::parse(request.url());
    if (!url) return std::move(url).error().in("url");
    const GuardLimits limits;
    if (request.body().size() > limits.bytes)
      return fail(Errc::too_large, "page: over " + std::to_string(limits.bytes) + " bytes");
    const std::string_view bytes = request.body();
    if (bytes.starts_with("%PDF") || bytes.starts_with("\x89PNG") || bytes.starts_with("\xFF\xD8\xFF") ||
        bytes.starts_with("PK\x03\x04")) {
      return fail(Errc::malformed, "page: not HTML");
    }
    Decoded8 decoded = to_utf8(bytes, request.content_type());
    auto guarded = guard(std::move(decoded.text), limits);
    if (!guarded) return std::move(guarded).error();
    auto dom = Dom::parse(*std::move(guarded));
    if (!dom) return std::move(dom).error();
    return read_dom(request, *url, *dom);
  }

 private:
  PageRecord read_dom(const ParseRequest& request, const Url& url, const Dom& dom) const {
    const Url base = base_of(dom, url);
    const NodeId body = dom.find(Tag::body);
    Page page{dom,
              site_,
              *patterns_,
              request.knowledge(),
              url,
              base,
              request.has_status() ? request.status() : 200,
              weigh(dom),
              read_structured(dom),
              read_links(dom, url, base, *patterns_),
              {},
              body == kNone ? 0 : body};
    page.context.regions = regions_of(site_, url);
    page.context.timezone = site_.timezone();
    page.context.now = from_ms(request.fetched_ms());
    std::string lang = identify_language(text::cut_utf8(page_text(dom, page.body, {}, ' ', 20'000).text, 20'000));
    page.context.lang = lang.empty() ? page.data.lang : lang;
    const bool taught = has_lessons(request.knowledge());
    std::optional<Places> places;
    if (taught || request.teach()) places.emplace(dom);
    const Learned learned(page, taught ? &*places : nullptr);
    if (taught) page.learned = &learned;
    return Reading(page, *rules_, request.teach() ? &*places : nullptr, request.explain()).run();
  }

  SiteOptions site_;
  std::shared_ptr<const SitePatterns> patterns_;
  std::shared_ptr<const Template> rules_;
};

}  // namespace

std::string error_print(const PageRecord& page, std::string_view url) {
  return page_print(page.title(), page.main_text(), url);
}

Result<std::shared_ptr<const SiteReader>> SiteReader::compile(const SiteOptions& site) {
  auto patterns = SitePatterns::compile(site);
  if (!patterns) return std::move(patterns).error();
  auto rules = Template::compile(site);
  if (!rules) return std::move(rules).error();
  return std::shared_ptr<const SiteReader>(std::make_shared<Reader>(site, std::move(*patterns), std::move(*rules)));
}

}  // namespace vigie::parser
