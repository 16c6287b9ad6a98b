#include <algorithm>
#include <map>

#include "core/hash.h"
#include "core/site.h"
#include "core/text.h"
#include "core/url.h"
#include "crawler/crawl.h"
#include "crawler/retry.h"
#include "crawler/revisit.h"

namespace vigie::crawler {

namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kLongestInterval = 7 * kDay;
constexpr std::int64_t kProbeEvery = 7 * kDay, kProbeSoon = 600'000;
constexpr std::int64_t kLookAgain[] = {7 * kDay, 30 * kDay, 90 * kDay};      // ads return
constexpr int kMostSegments = 20, kMostSameSegment = 2, kMostParameters = 15;
constexpr int kMostHops = 30, kMostStatedHops = 1000;  // a chain of lists that a person's pattern names is theirs

/// Compiling patterns costs more than judging a thousand links: the last ones of each site are kept.
std::shared_ptr<const SitePatterns> patterns_of(const SiteOptions& site) {
  struct Kept {
    std::string key;
    std::shared_ptr<const SitePatterns> patterns;
  };
  thread_local std::map<std::string, Kept, std::less<>> kept;
  std::string key;
  for (const auto* list : {&site.follow(), &site.ad(), &site.hosts(), &site.start()})
    for (const auto& text : *list) key.append(text).append("\n");
  auto& slot = kept[site.site()];
  if (!slot.patterns || slot.key != key) {
    auto compiled = SitePatterns::compile(site);
    if (!compiled) return nullptr;  // the configuration was checked long ago
    slot = {std::move(key), *compiled};
  }
  return slot.patterns;
}

/// Endless paths, repeated segments and heaps of parameters are traps, not pages.
bool looks_endless(const Url& url) {
  int segments = 0, same = 1;
  std::string_view before;
  for (const auto segment : text::split(std::string_view(url.path()).substr(1), '/')) {
    if (segment.empty()) continue;
    ++segments;
    same = segment == before ? same + 1 : 1;
    if (same > kMostSameSegment) return true;
    before = segment;
  }
  const auto parameters = std::count(url.query().begin(), url.query().end(), '&') + 1;
  return segments > kMostSegments || parameters > kMostParameters;
}

std::int64_t base_interval(Role::Kind role, const SiteOptions& site) { return revisit_bounds(role, site).floor_ms; }

/// What an address is, by the site's patterns first, by the page's structure where they are silent.
Role::Kind role_by_class(std::string_view page_class, Role::Kind wanted, const SiteOptions& site, bool open_ended) {
  if (wanted == Role::feed || wanted == Role::robots_txt) return wanted;
  if (page_class == "ad") return Role::ad_page;
  if (page_class == "list") return Role::index;
  if (open_ended) return wanted;
  if (wanted == Role::index && site.follow().empty()) return wanted;
  if (wanted == Role::ad_page && site.ad().empty()) return wanted;
  return Role::unknown;
}

bool is_redirect_target(const Visit* parent) { return parent && parent->outcome() == Outcome::redirect; }

/// Same moment for the same attempt, different ones for neighbours: a tenth sooner or later.
std::int64_t spread(std::int64_t interval, const Visit& visit) {
  const auto hash = hash64(visit.url(), static_cast<std::uint64_t>(visit.generation()));
  const double share = static_cast<double>(hash >> 11) * 0x1.0p-53;  // [0, 1)
  return static_cast<std::int64_t>(static_cast<double>(interval) * (0.9 + 0.2 * share));
}

void plan_regular(Visit& visit, Instant now) {
  visit.set_due_ms(to_ms(now) + spread(visit.interval_ms(), visit));
}

void plan_seen(Visit& visit, const Seen& seen, const SiteOptions& site, const RevisitPlan& plan, Instant now) {
  learn_change(visit, seen.changed, plan, now);
  visit.set_last_ok_ms(to_ms(now));
  visit.set_tries(0);
  visit.clear_gone_first_ms();
  visit.clear_gone_confirmed();
  visit.set_weight(static_cast<int>(revisit_weight(visit.role(), seen.flagged)));
  if (visit.hinted_ms() > 0) visit.set_hinted_ms(-visit.hinted_ms());
  visit.set_interval_ms(revisit_interval(visit, site, plan).count());
  if (visit.role() == Role::ad_page) visit.set_priority(seen.changed ? 4 : 5);
  if (visit.priority() < 2 || visit.priority() == 7) visit.set_priority(visit.role() == Role::ad_page ? 5 : 2);
  plan_regular(visit, now);
}

/// The site says that the page is away. Belief comes after the confirmations; then looks at long intervals.
void plan_gone(Visit& visit, const std::vector<Millis>& confirm, Instant now) {
  visit.set_tries(0);
  if (!visit.has_gone_first_ms()) {
    visit.set_gone_first_ms(to_ms(now));
    visit.set_gone_confirmed(0);
  } else {
    visit.set_gone_confirmed(visit.gone_confirmed() + 1);
  }
  const auto confirmed = static_cast<std::size_t>(visit.gone_confirmed());
  if (confirmed < confirm.size()) {
    // The waits count from the first 404; after down time the gap between two of them is kept all the same.
    const auto before = confirmed ? confirm[confirmed - 1] : Millis{0};
    const auto gap = confirm[confirmed] > before ? confirm[confirmed] - before : confirm[confirmed];
    visit.set_priority(4);
    visit.set_due_ms(to_ms(now + gap));
    return;
  }
  const auto looks = confirmed - confirm.size();
  visit.set_priority(7);
  if (!visit.has_parent()) {  // an address of the scope file: a person asked for it, so it is never given up
    visit.set_due_ms(to_ms(now) + spread(kDay, visit));
  } else if (looks < std::size(kLookAgain)) {
    visit.set_due_ms(to_ms(now) + spread(kLookAgain[looks], visit));
  } else {
    visit.set_parked(true);
  }
}

void plan_failed(Visit& visit, const SiteOptions& site, Instant now) {
  const auto& row = retry_row(retry_class(visit.outcome(), visit.limit()));
  visit.set_tries(visit.tries() + 1);
  if (row.host && row.id != RetryClass::refused && row.id != RetryClass::tls) {
    visit.set_tries(0);  // the host's trouble, not the page's: it stays due, the host's clock holds it back
    return;
  }
  if (row.tries > 0 && visit.tries() > row.tries) {
    visit.set_interval_ms(base_interval(visit.role(), site));
    visit.set_due_ms(to_ms(now) + spread(std::max(visit.interval_ms(), row.cap.count()), visit));
    return;
  }
  visit.set_due_ms(to_ms(now) + spread(retry_wait(row, visit.tries()).count(), visit));
}

void plan_limited(Visit& visit, const SiteOptions& site, Instant now) {
  const auto interval = std::max(visit.interval_ms(), base_interval(visit.role(), site));
  visit.set_interval_ms(std::min(2 * interval, kLongestInterval));
  plan_regular(visit, now);
}

/// An ad that was there and now sends its reader to the list or the home page is gone.
bool redirected_away(const Visit& visit, const SiteOptions& site) {
  if (visit.outcome() != Outcome::redirect || visit.role() != Role::ad_page || !visit.has_last_ok_ms()) return false;
  const auto target = Url::parse(visit.redirect_to());
  const auto patterns = patterns_of(site);
  if (!target || !patterns || !patterns->own_host(*target)) return false;
  return target->path_and_query() == "/" || patterns->class_of(*target) == "list";
}

void take_page_class(Visit& visit, const Seen& seen) {
  if (!seen.page_class.empty()) visit.set_page_class(seen.page_class);
  if (visit.outcome() != Outcome::ok) return;
  if (seen.page_class == "consent" || seen.page_class == "login") visit.set_outcome(Outcome::wall);
  if (seen.page_class == "block") visit.set_outcome(Outcome::block);
  if (seen.soft404 || seen.page_class == "soft404") visit.set_outcome(Outcome::soft404);
}

/// The address with its last number replaced by one that no ad bears, or, without a number, its last segment.
std::string invented_address(const Url& url, std::string_view host, bool second) {
  const auto seed = hash64(host, second ? 1 : 0);
  auto path = url.path_and_query();
  const auto end = path.find_last_of("0123456789");
  if (end == std::string::npos) return url.origin() + path.substr(0, path.rfind('/') + 1) + "q" + std::to_string(seed % 100'000'000) + "z";
  auto begin = end;
  while (begin > 0 && path[begin - 1] >= '0' && path[begin - 1] <= '9') --begin;
  return url.origin() + path.replace(begin, end + 1 - begin, "9" + std::to_string(10'000'000 + seed % 90'000'000));
}

}  // namespace

std::optional<Visit> make_probe(const Visit& ad, const SiteOptions& site, Instant now) {
  const auto known = Url::parse(ad.url());
  const auto patterns = patterns_of(site);
  if (!known || !patterns) return std::nullopt;
  const auto address = invented_address(*known, ad.host(), ad.role() == Role::probe);
  const auto url = Url::parse(address);
  // Outside of what the scope file calls an ad the answer would say nothing about ads, and nobody allowed the question.
  if (!url || !patterns->own_host(*url) || (!patterns->open_ended() && patterns->class_of(*url) != "ad")) return std::nullopt;
  Visit probe;
  probe.set_url(canonical(*url, {site.drop_parameters().begin(), site.drop_parameters().end()}));
  probe.set_site(site.site());
  probe.set_host(ad.host());
  probe.set_shard(ad.shard());
  probe.set_role(Role::probe);
  probe.set_priority(6);
  // The answer must be known before an ad is looked at again.
  probe.set_due_ms(to_ms(now) + std::min(kProbeSoon, base_interval(Role::ad_page, site) / 2));
  probe.set_first_ms(to_ms(now));
  probe.set_interval_ms(kProbeEvery);
  probe.set_depth(ad.depth() + 1);
  probe.set_generation(0);
  probe.set_tries(0);
  probe.set_tried(true);  // no first pass waits for it
  probe.set_parent(ad.url());
  return probe;
}

std::string politeness_key(const std::string& hostname) {
  auto key = text::lower_ascii(hostname);
  if (!key.empty() && key.back() == '.') key.pop_back();
  return key;
}

bool is_gone(const Visit& visit, const std::vector<Millis>& confirm_gone) {
  return visit.has_gone_first_ms() && static_cast<std::size_t>(visit.gone_confirmed()) >= confirm_gone.size();
}

Visit reschedule(Visit visit, const Seen& seen, const SiteOptions& site, const std::vector<Millis>& confirm_gone,
                 Instant now, const RevisitPlan& plan) {
  take_page_class(visit, seen);
  if (visit.outcome() == Outcome::cancelled || visit.outcome() == Outcome::unknown) return visit;
  visit.set_tried(true);
  visit.set_last_ms(to_ms(now));
  if (visit.role() == Role::probe && retry_class(visit.outcome(), visit.limit()) == RetryClass::fine) {
    visit.set_tries(0);
    visit.set_last_ok_ms(to_ms(now));
    visit.set_interval_ms(kProbeEvery);
    plan_regular(visit, now);
    return visit;
  }
  const bool away = redirected_away(visit, site);
  if (away) visit.set_limit("redirect_to_list");
  if (away || visit.outcome() == Outcome::gone || visit.outcome() == Outcome::soft404) {
    plan_gone(visit, confirm_gone, now);
    return visit;
  }
  switch (retry_class(visit.outcome(), visit.limit())) {
    case RetryClass::fine:
      if (visit.outcome() == Outcome::redirect) {
        visit.set_tries(0);
        visit.set_interval_ms(base_interval(visit.role(), site));
        plan_regular(visit, now);
      } else {
        if (!seen.ads.empty()) visit.mutable_ads()->Assign(seen.ads.begin(), seen.ads.end());
        plan_seen(visit, seen, site, plan, now);
      }
      break;
    case RetryClass::wall: plan_regular(visit, now); break;
    case RetryClass::limit: plan_limited(visit, site, now); break;
    case RetryClass::policy:
      // Robots and addresses change; what is out of the scope comes back only with another scope.
      if (visit.outcome() == Outcome::out_of_scope && visit.has_parent()) visit.set_parked(true);
      visit.set_due_ms(to_ms(now) + spread(kDay, visit));
      break;
    default: plan_failed(visit, site, now);
  }
  return visit;
}

std::optional<Visit> make_visit(const std::string& url, const SiteOptions& site, Role::Kind role, const Visit* parent,
                                Instant now) {
  const auto parsed = Url::parse(url);
  const auto patterns = patterns_of(site);
  if (!parsed || !patterns || !patterns->own_host(*parsed) || looks_endless(*parsed)) return std::nullopt;
  const bool hop = is_redirect_target(parent);
  const auto asked = hop && role == Role::unknown ? parent->role() : role;
  const auto page_class = patterns->class_of(*parsed);
  auto real = role_by_class(page_class, asked, site, patterns->open_ended());
  // A start page may send us anywhere on its own host; an ad that sends us to the home page only says goodbye.
  if (real == Role::unknown && hop && asked == Role::index) real = asked;
  if (!parent && asked != Role::unknown && real == Role::unknown) real = asked;
  if (real == Role::unknown && !patterns->open_ended()) return std::nullopt;
  const int depth = !parent ? 0 : hop ? parent->depth() : parent->depth() + 1;
  if (depth > (site.follow().empty() ? kMostHops : kMostStatedHops)) return std::nullopt;

  Visit visit;
  visit.set_url(canonical(*parsed, {site.drop_parameters().begin(), site.drop_parameters().end()}));
  if (visit.url().size() > Url::kMaxBytes) return std::nullopt;
  visit.set_site(site.site());
  visit.set_host(politeness_key(parsed->hostname()));
  visit.set_shard(shard_of(visit.host()));
  visit.set_role(real);
  // An ad that is new on a first list page which was read before has just been posted: before anything else.
  const bool news = parent && parent->role() == Role::index && parent->depth() == 0 && parent->has_last_ok_ms();
  visit.set_priority(real == Role::ad_page ? (news ? 1 : 3) : real == Role::unknown || (real == Role::index && depth > 1) ? 6 : 2);
  visit.set_due_ms(to_ms(now));
  visit.set_first_ms(to_ms(now));
  visit.set_interval_ms(base_interval(real, site));
  visit.set_depth(depth);
  visit.set_generation(0);
  visit.set_tries(0);
  visit.set_tried(false);
  if (parent) visit.set_parent(parent->url());
  if (hop) visit.set_redirects(parent->redirects() + 1);
  return visit;
}

}  // namespace vigie::crawler
