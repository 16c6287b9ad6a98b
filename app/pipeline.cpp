#include "app/pipeline.h"

#include <algorithm>
#include <utility>

#include "app/pipeline_work.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/text.h"
#include "core/url.h"

namespace vigie::app {
namespace {

constexpr int kMostLinks = 1000, kMostFeedLinks = 50'000;  // of one page; design limits
constexpr std::size_t kMostRegrouped = 8;  // ads whose group is looked at again after a page

Role::Kind role_of(const std::string& link_class) {
  if (link_class == "ad") return Role::ad_page;
  if (link_class == "feed") return Role::feed;
  return Role::index;
}

}  // namespace

Pipeline::Pipeline(storage::Store& store, std::shared_ptr<const Config> config,
                   std::shared_ptr<const detector::Rules> rules, std::mutex& alerts_lock)
    : store_(store), config_(std::move(config)), rules_(std::move(rules)), alerts_lock_(alerts_lock) {}

void Pipeline::replace(std::shared_ptr<const Config> config, std::shared_ptr<const detector::Rules> rules) {
  config_ = std::move(config);
  rules_ = std::move(rules);
  site_rules_.clear();
}

const SiteOptions* Pipeline::options_of(const std::string& site) const {
  for (const auto& options : config_->sites) {
    if (options.site() == site) return &options;
  }
  return nullptr;
}

Result<SiteState*> Pipeline::state_of(const std::string& site) {
  const auto found = sites_.find(site);
  if (found != sites_.end()) return &found->second;
  auto state = store_.site(site);
  if (!state) return std::move(state).error();
  // Ads of inline lists that were missing when we stopped are still waiting for a verdict. Most sites never miss one,
  // and a walk over a great site's ads would hold its first page up for seconds.
  auto& missing = missing_[site];
  storage::AdQuery query;
  query.site = site;
  const auto walked = !state->may_miss() ? Status{} : store_.each_ad(query, [&](const StoredAd& ad) {
    if (ad.has_absent_from_ms() && ad.ad().state() == "live") missing.insert(ad.ad().ad());
    return true;
  });
  if (!walked) return walked.error();
  state->set_site(site);
  std::lock_guard lock(knowledge_lock_);
  return &(sites_[site] = *std::move(state));
}

void Pipeline::forget() {
  std::lock_guard lock(knowledge_lock_);
  sites_.clear();
  learners_.clear();
  missing_.clear();
}

// What the parser saw decides what the attempt was: a wall or a block that answered 200 is no page.
void Pipeline::judge_page(Work& work) {
  auto& visit = work.visit();
  if (work.item.error) {
    visit.set_outcome(Outcome::unreadable);
    visit.set_limit(std::string(name_of(work.item.error->code)));
    log::warn("page.unreadable", {{"site", work.site.site()}, {"why", work.item.error->text}});
  }
  // The same bytes again are what they were: a wall stays a wall, a "no longer here" stays that.
  const auto* page = work.page();
  if ((page && visit.outcome() == Outcome::ok) || visit.outcome() == Outcome::unchanged) {
    const auto page_class = page ? page->page_class() : visit.page_class();
    work.seen.page_class = page_class;
    visit.set_page_class(page_class);
    if (page_class == "consent" || page_class == "login") visit.set_outcome(Outcome::wall);
    if (page_class == "block") visit.set_outcome(Outcome::block);
    if (page_class == "soft404") {
      visit.set_outcome(Outcome::soft404);
      work.seen.soft404 = true;
    }
  }
  if (page && page->page_class() == "feed" && visit.outcome() == Outcome::ok && visit.has_last_ok_ms()) work.seen.changed = true;
}

void Pipeline::collect_links(Work& work, const SiteState& state) {
  const auto& visit = work.visit();
  const auto discover = [&](const std::string& url, Role::Kind role) -> const Visit* {
    auto found = crawler::make_visit(url, work.site, role, &visit, work.now);
    if (!found || !wanted_address(work, found->url(), found->role(), state)) return nullptr;
    return &work.completion.discovered.emplace_back(*std::move(found));
  };
  if (visit.outcome() == Outcome::redirect && !visit.redirect_to().empty()) {  // where a known address leads is always asked
    auto hop = crawler::make_visit(visit.redirect_to(), work.site, Role::unknown, &visit, work.now);
    if (hop) work.completion.discovered.push_back(*std::move(hop));
  }
  if (work.item.import || visit.outcome() != Outcome::ok || !work.page()) return;
  const bool feed = work.page()->page_class() == "feed";
  const bool sitemap = feed && work.page()->why().starts_with("sitemap");
  int count = 0;
  for (const auto& link : work.page()->links()) {
    const bool wanted = link.class_() == "ad" || link.class_() == "list" || link.class_() == "next" ||
                        link.class_() == "feed" || feed;
    if (!wanted || ++count > (feed ? kMostFeedLinks : kMostLinks)) continue;
    auto role = role_of(link.class_());
    if (feed && link.class_() != "feed") {
      const auto url = Url::parse(link.url());
      if (!url) continue;
      const auto page_class = work.patterns->class_of(*url);
      if (page_class == "other" && !work.patterns->open_ended()) continue;
      // A sitemap lists every page of a site, a feed its news.
      role = page_class == "list" ? Role::index : page_class == "ad" || !sitemap ? Role::ad_page : Role::unknown;
    }
    const auto* found = discover(link.url(), role);
    if (found && feed) judge_feed_link(work, link, *found);
  }
  if (!work.page()->next().empty()) discover(work.page()->next(), Role::index);
}

// A gone page rests for days; a list that shows its ad anew brings it forward. A page that was away when it was first
// asked for has no ad yet that could return: while a list shows it, it is asked as often as a live one.
Status Pipeline::ask_again(Work& work) {
  std::vector<std::pair<std::string, Millis>> wanted;
  for (const auto& url : work.ask_again) wanted.emplace_back(url, 0ms);
  for (const auto& url : work.never_read) {
    const auto found = crawler::make_visit(url, work.site, Role::ad_page, &work.visit(), work.now);
    if (found) wanted.emplace_back(found->url(), Millis(work.site.revisit_ad_ms()));
  }
  for (const auto& [url, rest] : wanted) {
    auto visit = store_.visit(url);
    if (!visit) return std::move(visit).error();
    if (!*visit) continue;
    const bool away = (*visit)->outcome() == Outcome::gone || (*visit)->outcome() == Outcome::soft404;
    const auto due = std::max(to_ms(work.now), (*visit)->last_ms() + rest.count());
    if (!away || (*visit)->due_ms() <= due) continue;
    (*visit)->set_due_ms(due);
    (*visit)->set_priority(3);
    (*visit)->set_parked(false);
    auto done = store_.put_visit(**visit);
    if (!done && done.error().code == Errc::conflict) continue;  // it has just been asked for
    if (!done) return done;
    auto& others = work.result.other_hosts;
    const auto& host = (*visit)->host();
    if (host != work.visit().host() && std::find(others.begin(), others.end(), host) == others.end()) others.push_back(host);
  }
  return {};
}

// A capture brings an attempt, not the state that the store keeps of its address. False: something newer is known.
Result<bool> Pipeline::join_stored(PageItem& item) {
  auto& brought = item.exchange.visit;
  auto stored = store_.visit(brought.url());
  if (!stored) return std::move(stored).error();
  brought.set_generation(1);
  if (!*stored) return true;
  if ((*stored)->last_ms() > to_ms(item.exchange.ended)) return false;
  auto visit = **std::move(stored);
  visit.set_generation(visit.generation() + 1);
  visit.set_outcome(brought.outcome());
  visit.set_status(brought.status());
  visit.set_last_ms(brought.last_ms());
  visit.set_redirect_to(brought.redirect_to());
  visit.set_body_sha256(brought.body_sha256());
  visit.clear_limit();
  visit.set_tried(true);
  brought = std::move(visit);
  return true;
}

// What the page leads to, and what else is to be looked at because of it.
Status Pipeline::collect_next(Work& work, SiteState& state) {
  if (auto done = collect_gone(work); !done) return done;
  collect_links(work, state);
  plant_probe(work, state);
  if (auto done = note_traps(work, state); !done) return done;
  if (auto done = bring_forward(work, state); !done) return done;
  return mute(work, state);
}

// Compiling a site's patterns costs more than committing a page of it. What the site has taught stands beside what its
// scope file says.
Result<std::shared_ptr<const Pipeline::SiteRules>> Pipeline::rules_of(const SiteOptions& given, const SiteState& state) {
  const auto* current = options_of(given.site());
  const auto& learned = state.knowledge().session_parameters();
  const auto known = site_rules_.find(given.site());
  if (current && known != site_rules_.end() && known->second->learned == learned.size()) return known->second;
  auto rules = std::make_shared<SiteRules>();
  rules->options = current ? *current : given;
  rules->learned = learned.size();
  auto patterns = SitePatterns::compile(rules->options);
  if (!patterns) return std::move(patterns).error().in(given.site());
  rules->patterns = *std::move(patterns);
  for (const auto& name : learned) rules->options.add_drop_parameters(name);
  if (current) site_rules_[given.site()] = rules;
  return std::shared_ptr<const SiteRules>(std::move(rules));
}

Result<std::unique_ptr<Pipeline::Work>> Pipeline::begin(PageItem& item) {
  const auto& given = item.exchange.site;
  auto state = state_of(given.site());
  if (!state) return std::move(state).error();
  auto rules = rules_of(given, **state);
  if (!rules) return std::move(rules).error();
  auto work = std::unique_ptr<Work>(new Work{item, *std::move(rules), **state});
  work->now = item.exchange.ended;
  work->first_pass = !(*state)->first_pass_done();
  work->first_look = !work->visit().tried();
  work->hinted = work->visit().hinted_ms() > 0;
  work->previous_ads.insert(work->visit().ads().begin(), work->visit().ads().end());
  return work;
}

// Everything up to the writing: what the page was, what of its ads is known, when it is next.
Status Pipeline::prepare(Work& work) {
  judge_page(work);
  judge_redirect(work, work.state);
  const bool probe = work.visit().role() == Role::probe;
  if (!probe) {
    if (auto done = collect_ads(work); !done) return done;
  }
  work.completion.visit = crawler::reschedule(work.visit(), work.seen, work.site, config_->confirm_gone, work.now, work.state.revisit());
  if (auto done = probe ? Status{} : learn_site(work, work.state); !done) return done;
  if (auto done = probe ? learn_errors(work, work.state) : collect_next(work, work.state); !done) return done;
  follow_robots_sitemaps(work);
  if (auto done = note_yield(work, work.state); !done) return done;
  if (!work.item.import) work.completion.host = work.item.exchange.host;
  work.completion.without_lease = work.item.import;
  return {};
}

Result<Committed> Pipeline::commit(PageItem& item) {
  if (item.import) {
    auto newest = join_stored(item);
    if (!newest) return std::move(newest).error();
    if (!*newest) return Committed{};
  }
  auto work = begin(item);
  if (!work) return std::move(work).error();
  if (auto done = prepare(**work); !done) return std::move(done).error();
  return conclude(**work);
}

Result<Committed> Pipeline::conclude(Work& work) {
  std::lock_guard lock(alerts_lock_);
  if (auto done = assess_ads(work); !done) return std::move(done).error();
  if (auto done = store_.complete(work.completion); !done) return std::move(done).error().in("commit");
  if (auto done = ask_again(work); !done) return std::move(done).error();
  return finish(work, true);
}

bool Pipeline::unchanged(const PageItem& item) {
  const auto& visit = item.exchange.visit;
  return visit.outcome() == Outcome::unchanged && visit.role() != Role::probe && !item.page && !item.error && !item.import;
}

std::vector<Result<Committed>> Pipeline::commit_unchanged(const std::vector<PageItem*>& items) {
  std::vector<Result<Committed>> answers(items.size(), Committed{});
  std::vector<std::pair<std::unique_ptr<Work>, Result<Committed>*>> group;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto work = begin(*items[i]);
    auto done = work ? prepare(**work) : Status(std::move(work).error());
    if (!done) {
      answers[i] = std::move(done).error();
      continue;
    }
    // An ad that is back or missing is news, and is judged beside what was written before it.
    const auto& ads = (*work)->completion.ads;
    const bool news = (*work)->visit().outcome() != Outcome::unchanged || !(*work)->returned.empty() ||
                      std::any_of(ads.begin(), ads.end(), [](const auto& write) { return write.absence || write.ad.has_absent_from_ms(); });
    if (news) {
      complete_group(group);
      answers[i] = conclude(**work);
    } else {
      group.emplace_back(*std::move(work), &answers[i]);
    }
  }
  complete_group(group);
  return answers;
}

void Pipeline::complete_group(std::vector<std::pair<std::unique_ptr<Work>, Result<Committed>*>>& group) {
  std::vector<storage::Completion> completions;
  for (auto& [work, answer] : group) completions.push_back(std::move(work->completion));
  if (completions.empty()) return;
  auto done = store_.complete_all(completions);
  for (std::size_t i = 0; i < group.size(); ++i) {
    auto& [work, answer] = group[i];
    work->completion = std::move(completions[i]);
    const auto& host = work->visit().host();
    const bool last = std::none_of(group.begin() + static_cast<std::ptrdiff_t>(i) + 1, group.end(),
                                   [&](const auto& later) { return later.first->visit().host() == host; });
    *answer = done[i] ? finish(*work, last) : Result<Committed>(std::move(done[i]).error().in("commit"));
  }
  group.clear();
}

/// After the write: what the page taught of its site, and what is due next.
Result<Committed> Pipeline::finish(Work& work, bool tell_earliest) {
  if (auto done = keep_state(work, work.state); !done) return std::move(done).error();
  if (auto done = store_.regroup(kMostRegrouped); !done) return std::move(done).error();
  ++(*work.state.mutable_outcomes())[Outcome::Kind_Name(work.completion.visit.outcome())];
  work.result.host = work.visit().host();
  for (const auto* visits : {&work.completion.discovered, &work.completion.moved}) {
    for (const auto& found : *visits) {
      auto& others = work.result.other_hosts;
      const bool listed = std::find(others.begin(), others.end(), found.host()) != others.end();
      if (found.host() != work.result.host && !listed) others.push_back(found.host());
    }
  }
  if (!tell_earliest) return std::move(work.result);
  auto earliest = store_.earliest_due(work.result.host);
  if (!earliest) return std::move(earliest).error();
  work.result.earliest = *earliest;
  return std::move(work.result);
}

}  // namespace vigie::app
