// What a page tells of when to look again, beside its own next visit.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "app/pipeline.h"
#include "app/pipeline_work.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/url.h"
#include "crawler/revisit.h"
#include "parser/extract.h"

namespace vigie::app {
namespace {

constexpr Millis kPlanLeast = 1h, kPlanMost = 24h;
constexpr int kPlanShare = 1000;  // making a plan takes a thousandth of the time at most
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kHintsToJudge = 50;  // then a site whose dates are mostly wrong is no longer believed
constexpr double kHintsRight = 0.2;
constexpr int kMostPrints = 8;              // error prints and error redirects of a site
constexpr std::size_t kMostGoodPrints = 32;
constexpr int kMostMuted = 200, kMostParked = 2000;

bool shows_content(const PageRecord& page) {
  const auto& c = page.page_class();
  return page.listings_size() > 0 && (c == "ad" || c == "list" || c == "inline" || c == "thread");
}

/// What a page shows: its listings and the ads that it leads to, else its own words. Without what a session may have put
/// into their addresses: the same list of another visit is the same.
std::uint64_t content_of(const PageRecord& page) {
  std::vector<std::string> shown;
  for (const auto& listing : page.listings()) {
    shown.push_back((listing.url().empty() ? listing.ad() : crawler::without_sessions(listing.url())) + " " + listing.title());
  }
  for (const auto& link : page.links()) {
    if (link.class_() == "ad") shown.push_back(crawler::without_sessions(link.url()));
  }
  std::sort(shown.begin(), shown.end());
  std::string all;
  for (const auto& each : shown) all.append(each).append("\n");
  return hash64(shown.empty() ? page.main_text() : all);
}

template <class List>
bool keep_newest(List* list, const std::string& value) {
  if (value.empty() || std::find(list->begin(), list->end(), value) != list->end()) return false;
  list->Add(std::string(value));
  if (list->size() > kMostPrints) list->erase(list->begin());
  return true;
}

}  // namespace

// An ad's address that leads to a list, the front page or where invented addresses lead has been taken away; one that
// leads to a wall has not.
void Pipeline::judge_redirect(Work& work, const SiteState& state) {
  auto& visit = work.visit();
  if (visit.outcome() != Outcome::redirect || visit.role() != Role::ad_page || visit.redirect_to().empty()) return;
  const auto target = Url::parse(visit.redirect_to());
  if (!target || !work.patterns->own_host(*target)) return;
  const auto& known = state.knowledge().error_redirects();
  const bool as_invented = std::find(known.begin(), known.end(), canonical(*target)) != known.end();
  if (!as_invented && work.patterns->class_of(*target) != "list" && target->path_and_query() != "/") return;
  visit.set_outcome(Outcome::gone);
  visit.set_limit("redirect");
}

// Ads are always followed; what leads to ads only while its pattern is not muted and its parameters are in a new order.
bool Pipeline::wanted_address(Work& work, const std::string& text, Role::Kind role, const SiteState& state) {
  if (role == Role::ad_page || role == Role::feed) return true;
  const auto url = Url::parse(text);
  if (!url) return false;
  if (state.muted_size() > 0) {
    const auto pattern = crawler::address_pattern(*url);
    const bool muted = std::any_of(state.muted().begin(), state.muted().end(), [&](const auto& m) { return m.pattern() == pattern; });
    if (muted) return false;
  }
  return !traps_[work.site.site()].permuted(*url);
}

void Pipeline::judge_feed_link(Work& work, const PageLink& link, const Visit& found) {
  if (link.has_modified_ms()) work.hints.emplace_back(found.url(), link.modified_ms());
}

// The first look at every page that leads to ads counts for or against its pattern.
Status Pipeline::note_traps(Work& work, SiteState& state) {
  const auto& visit = work.visit();
  const auto* page = work.page();
  if (work.item.import || !work.first_look || !page || visit.outcome() != Outcome::ok || visit.role() == Role::feed) return {};
  const auto url = Url::parse(visit.url());
  if (!url) return {};
  auto& traps = traps_[state.site()];
  const auto content = content_of(*page);
  if (const auto session = traps.session_parameter(*url, content); session && shows_content(*page)) {
    std::lock_guard lock(knowledge_lock_);
    if (keep_newest(state.mutable_knowledge()->mutable_session_parameters(), *session)) {
      state.mutable_knowledge()->set_site(state.site());
      work.completion.knowledge = state.knowledge();
      log::info("site.session_parameter", {{"site", state.site()}, {"parameter", *session}});
    }
  }
  if (visit.role() == Role::ad_page || !visit.has_parent()) return {};
  bool fresh = work.result.new_ads > 0;
  for (const auto& found : work.completion.discovered) {
    if (fresh) break;
    if (found.role() != Role::ad_page) continue;
    auto known = store_.visit(found.url());
    if (!known) return std::move(known).error();
    fresh = !*known;
  }
  work.mute = traps.looked(*url, fresh, content, work.now);
  return {};
}

// A muted pattern's addresses that nobody has looked at yet leave the schedule.
Status Pipeline::mute(Work& work, SiteState& state) {
  if (!work.mute || state.muted_size() >= kMostMuted) return {};
  const auto is_muted = [&](const Visit& visit) {
    if (visit.tried() || visit.parked() || !visit.has_parent() || visit.role() == Role::ad_page || visit.role() == Role::feed) return false;
    const auto url = Url::parse(visit.url());
    return url && crawler::address_pattern(*url) == work.mute->pattern();
  };
  int waiting = 0;
  const auto walked = store_.each_visit(state.site(), [&](const Visit& visit) {
    if (!is_muted(visit) || visit.url() == work.visit().url()) return true;
    auto& moved = work.completion.moved.emplace_back(visit);
    moved.set_parked(true);
    moved.set_limit("muted");
    return ++waiting < kMostParked;
  });
  if (!walked) return walked;
  std::erase_if(work.completion.discovered, is_muted);
  log::warn("site.pattern_muted", {{"site", state.site()}, {"pattern", work.mute->pattern()}, {"why", work.mute->reason()},
                                   {"pages", std::to_string(work.mute->pages())}, {"waiting", std::to_string(waiting)}});
  *state.add_muted() = *work.mute;
  work.save_state = true;
  return {};
}

// How a site answers for pages that are not there is asked once a host, with an invented address, and again each week.
void Pipeline::plant_probe(Work& work, SiteState& state) {
  const auto& visit = work.visit();
  const auto* page = work.page();
  if (work.item.import || visit.outcome() != Outcome::ok || !page || !shows_content(*page)) return;
  auto& prints = good_prints_[state.site()];
  if (work.first_look || prints.empty()) {
    prints.push_back(parser::error_print(*page, visit.url()));
    if (prints.size() > kMostGoodPrints) prints.pop_front();
  }
  const auto& probed = state.probed_hosts();
  if (visit.role() != Role::ad_page || std::find(probed.begin(), probed.end(), visit.host()) != probed.end()) return;
  auto probe = crawler::make_probe(visit, work.site, work.now);
  if (!probe) return;
  work.completion.discovered.push_back(*std::move(probe));
  state.add_probed_hosts(visit.host());
  work.save_state = true;
}

Status Pipeline::learn_errors(Work& work, SiteState& state) {
  const auto& visit = work.visit();
  auto& next = work.completion.visit;
  bool learned = false;
  std::lock_guard lock(knowledge_lock_);
  auto& knowledge = *state.mutable_knowledge();
  if (visit.outcome() == Outcome::redirect) {
    const auto target = Url::parse(visit.redirect_to());
    if (target && work.patterns->own_host(*target)) learned = keep_newest(knowledge.mutable_error_redirects(), canonical(*target));
  }
  const auto* page = work.page();
  // A single thing at an invented address is no ad, whatever it looks like; a list may be the site's own list.
  const bool answer = page && (visit.outcome() == Outcome::ok || visit.outcome() == Outcome::soft404);
  if (answer && page->listings_size() <= 1 && page->page_class() != "list" && page->page_class() != "inline") {
    const auto& good = good_prints_[state.site()];
    const auto print = parser::error_print(*page, visit.url());
    // A site that shows the same shell everywhere would lose all its ads to such a print.
    const bool shell = std::find(good.begin(), good.end(), print) != good.end();
    const auto [at, first] = strange_prints_.try_emplace(state.site() + " " + print, visit.url());
    const bool twice = !first && at->second != visit.url();
    if (!good.empty() && !shell && twice) learned = keep_newest(knowledge.mutable_error_prints(), print) || learned;
    if (!twice) {  // some sites show another ad instead: a second invented address must show the same
      if (good.empty()) next.set_due_ms(to_ms(work.now) + 3'600'000);  // nothing to compare with since the start
      next.clear_body_sha256();
      next.clear_etag();
      next.clear_last_modified();
      if (auto second = crawler::make_probe(visit, work.site, work.now)) work.completion.discovered.push_back(*std::move(second));
    }
    if (shell) log::warn("site.error_page_unknown", {{"site", state.site()}, {"why", "an invented address shows what every page shows"}});
  }
  if (!learned) return {};
  knowledge.set_site(state.site());
  work.completion.knowledge = knowledge;
  log::info("site.error_page_learned", {{"site", state.site()}, {"host", visit.host()}});
  return {};
}

// Sitemaps that robots.txt names are asked for like those of the scope file, where they stand on the site's own hosts.
void Pipeline::follow_robots_sitemaps(Work& work) {
  if (work.item.import || work.site.robots() == "ignore") return;
  int count = 0;
  for (const auto& address : work.item.exchange.sitemaps) {
    if (++count > 50) break;
    if (auto found = crawler::make_visit(address, work.site, Role::feed, nullptr, work.now)) {
      found->set_parent("robots.txt");  // one that is gone is given up, unlike those of the scope file
      work.completion.discovered.push_back(*std::move(found));
    }
  }
}

// What a sitemap or feed dates later than our last look is due at once, and so are the first lists when a feed has news.
Status Pipeline::bring_forward(Work& work, SiteState& state) {
  const auto& visit = work.completion.visit;
  if (work.hinted && (visit.outcome() == Outcome::ok || visit.outcome() == Outcome::unchanged)) {
    state.set_hints(state.hints() + 1);
    state.set_hint_hits(state.hint_hits() + (work.seen.changed ? 1 : 0));
  }
  const auto* page = work.page();
  if (work.item.import || !page || page->page_class() != "feed" || visit.outcome() != Outcome::ok) return {};
  const bool believed = state.hints() < kHintsToJudge ||
                        static_cast<double>(state.hint_hits()) >= kHintsRight * static_cast<double>(state.hints());
  std::vector<std::pair<std::string, std::int64_t>> wanted;
  if (believed) wanted = work.hints;
  if (work.seen.changed) {
    for (const auto& start : work.site.start()) {
      if (auto list = crawler::make_visit(start, work.site, Role::index, nullptr, work.now)) wanted.emplace_back(list->url(), 0);
    }
  }
  for (const auto& [url, modified] : wanted) {
    auto known = store_.visit(url);
    if (!known) return std::move(known).error();
    if (!*known || (*known)->parked() || (*known)->due_ms() <= to_ms(work.now) || !(*known)->has_last_ok_ms()) continue;
    if (modified > 0) {
      // A date without a time means any moment of that day; each date counts once.
      const auto latest = modified % kDayMs == 0 ? modified + kDayMs : modified;
      if (latest <= (*known)->last_ok_ms() || std::abs((*known)->hinted_ms()) == modified) continue;
      (*known)->set_hinted_ms(modified);
    }
    (*known)->set_due_ms(to_ms(work.now));
    work.completion.moved.push_back(**std::move(known));
  }
  return {};
}

// After the page is kept: what it taught of its site. The looks that a site bears are shared out anew from time to time, and as soon as its first pass has ended.
Status Pipeline::keep_state(Work& work, SiteState& state) {
  if (work.save_state) {
    if (auto done = store_.put_site(state); !done) return done;
  }
  if (work.item.import || work.now < next_plan_[state.site()]) return {};
  const bool loaded = next_plan_[state.site()] == Instant{} && state.revisit().has_made_ms();
  if (loaded && work.now < from_ms(state.revisit().made_ms()) + kPlanLeast) {
    next_plan_[state.site()] = from_ms(state.revisit().made_ms()) + kPlanLeast;
    return {};
  }
  const auto started = std::chrono::steady_clock::now();
  crawler::RevisitPlanner planner(work.site);
  const auto walked = store_.each_visit(state.site(), [&](const Visit& visit) {
    planner.add(visit);
    return true;
  });
  if (!walked) return walked;
  const auto before = state.revisit().pressure();
  *state.mutable_revisit() = planner.finish(crawler::revisit_capacity(work.item.exchange.host, work.site), work.now);
  const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - started);
  next_plan_[state.site()] = work.now + std::clamp<Millis>(kPlanShare * took, kPlanLeast, kPlanMost);
  if ((before > 0) != (state.revisit().pressure() > 0)) {
    log::info("site.revisits_shared", {{"site", state.site()}, {"pages", std::to_string(planner.pages())},
                                       {"per_day", std::to_string(static_cast<std::int64_t>(state.revisit().per_day()))},
                                       {"short", state.revisit().pressure() > 0 ? "yes" : "no"}});
  }
  return store_.put_site(state);
}

}  // namespace vigie::app
