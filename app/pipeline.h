#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/site_tally.h"
#include "core/records.pb.h"
#include "core/result.h"
#include "core/site.h"
#include "core/time.h"
#include "crawler/crawl.h"
#include "crawler/traps.h"
#include "detector/detector.h"
#include "parser/site_learner.h"
#include "storage/store.h"

namespace vigie::app {

/// One attempt with what the parser made of it: what the commit thread takes.
struct PageItem {
  crawler::Exchange exchange;
  std::optional<PageRecord> page;  // only where the body was worth reading
  std::optional<Error> error;      // why it could not be read
  bool import = false;             // captured elsewhere: no lease, nothing scheduled from it
  std::int64_t reading = 0;        // revision of the learned knowledge by which it was read
  /// Ads whose last version was read by another revision, read again from its body by this one: id -> ad.
  std::map<std::string, Ad> read_again{};
};

struct Committed {
  std::string host;
  std::optional<Instant> earliest;  // the host's next due visit
  std::vector<std::string> other_hosts;  // where new addresses were found, the page's own host apart
  int new_ads = 0, changed_ads = 0, gone_ads = 0, alerts = 0;
};

/// The commit side of a page's journey (DESIGN section 3, steps 5 to 7): find by identity, compare, collect neighbours,
/// assess, one atomic batch. Used by one thread at a time; owns nothing but what it remembers between two pages.
///
/// `alerts_lock` is held from reading an alert to writing it: the post thread moves the same records.
class Pipeline {
 public:
  Pipeline(storage::Store& store, std::shared_ptr<const Config> config, std::shared_ptr<const detector::Rules> rules,
           std::mutex& alerts_lock);

  /// `item`: its visit is moved on (outcome after a look at the page); may be tried again after `full`.
  Result<Committed> commit(PageItem& item);
  /// Is it a page that came back as it was, so that nothing but times can move?
  static bool unchanged(const PageItem& item);
  /// As many commit() calls, one after the other, for pages that are unchanged(): one batch with one sync where they bring
  /// nothing else to light. An answer each; of several pages of a host only the last one's tells `earliest`.
  std::vector<Result<Committed>> commit_unchanged(const std::vector<PageItem*>& items);
  /// A host fell ill (blocked, dead, limited) or is well again: one alert per source and one when it has recovered.
  Status note_health(const HostRecord& host, Instant now);
  /// Ends first passes whose pages have all been tried: one summary alert per site. Cheap when there is nothing to do.
  Status end_first_passes(Instant now);
  /// What one stored ad and all around it told by the rules `before`, and tells by `after`. What is told anew is kept as an
  /// alert with status `digest`, what nobody was told yet and no longer stands becomes `suppressed`: no mail comes of it.
  /// `keep`: false writes nothing. Not while commit() runs.
  struct Rejudged {
    bool told = false, tells = false;
  };
  Result<Rejudged> judge_again(const StoredAd& stored, const detector::Rules& before, const detector::Rules& after, Instant now, bool keep);
  /// After a reload; the store stays.
  void replace(std::shared_ptr<const Config> config, std::shared_ptr<const detector::Rules> rules);
  /// What it remembers between two pages is read again when it is needed: somebody else changed the store.
  void forget();
  /// What the site has taught, so that a page is read by it; what is on trial too. Any thread.
  SiteKnowledge knowledge(const std::string& site);
  /// Its revision alone, for pages that may not have to be read. Any thread.
  std::int64_t learned_revision(const std::string& site);
  /// True when the page at `url` is to teach how its site is made. Any thread.
  bool wants_lesson(const std::string& site, const std::string& url);

 private:
  struct Work;  // one commit under way
  struct SiteRules {  // of the scope file, with what the site has taught
    SiteOptions options;
    std::shared_ptr<const SitePatterns> patterns;
    int learned = 0;  // session parameters
  };

  Result<std::shared_ptr<const SiteRules>> rules_of(const SiteOptions& given, const SiteState& state);
  Result<std::unique_ptr<Work>> begin(PageItem& item);
  Status prepare(Work& work);
  Result<Committed> conclude(Work& work);
  void complete_group(std::vector<std::pair<std::unique_ptr<Work>, Result<Committed>*>>& group);
  Result<Committed> finish(Work& work, bool tell_earliest);
  Result<bool> join_stored(PageItem& item);
  void judge_page(Work& work);
  Status collect_ads(Work& work);
  Status collect_seen(Work& work, Ad seen, bool own_page);
  Status place_text(Work& work, StoredAd& stored, bool known);
  Status touch_known(Work& work);
  static void begin_ad(const Work& work, StoredAd& stored, Ad& seen);
  Status stands_in_list(Work& work, const Ad& seen);
  Status come_back(Work& work, storage::AdWrite& write);
  Status place_signs(Work& work, storage::AdWrite& write, bool known);
  Status keep_version(Work& work, storage::AdWrite& write, const Ad* before);
  Status collect_gone(Work& work);
  Status collect_missing(Work& work);
  Status mark_gone(Work& work, StoredAd ad, std::int64_t since_ms, const std::string& how);
  void collect_links(Work& work, const SiteState& state);
  Status ask_again(Work& work);
  Status collect_next(Work& work, SiteState& state);
  void judge_redirect(Work& work, const SiteState& state);
  bool wanted_address(Work& work, const std::string& url, Role::Kind role, const SiteState& state);
  void judge_feed_link(Work& work, const PageLink& link, const Visit& found);
  Status note_traps(Work& work, SiteState& state);
  Status learn_errors(Work& work, SiteState& state);
  Status learn_site(Work& work, SiteState& state);
  Status tell_layout(const SiteState& state, const SiteOptions& site, bool drifted, Instant now);
  parser::SiteLearner& learner_of(const SiteState& state);
  void plant_probe(Work& work, SiteState& state);
  void follow_robots_sitemaps(Work& work);
  Status bring_forward(Work& work, SiteState& state);
  Status mute(Work& work, SiteState& state);
  Status note_yield(Work& work, SiteState& state);
  Status tell_health(SiteState& state, const SiteOptions& site, const HostRecord& host, Instant now);
  Status keep_state(Work& work, SiteState& state);
  Status assess_ads(Work& work);
  Result<detector::Evidence> evidence_of(Work& work, const storage::AdWrite& write, bool returned);
  Status raise(Work& work, const detector::Findings& findings, const detector::Evidence& evidence);
  Status fill_brief(Alert& alert, const detector::Evidence& evidence, const std::set<std::string>& told);
  Result<SiteTally*> tally_of(const std::string& site);
  Result<SiteState*> state_of(const std::string& site);
  Result<std::string> label(Instant now);
  Status end_first_pass(SiteState& state, Instant now);
  Result<std::vector<Alert>> kept_findings(const std::string& site, Instant now);
  Result<Alert> look_again(Alert alert, Instant now);
  static void retell(Alert& alert, const detector::Findings& findings, Instant now);
  const SiteOptions* options_of(const std::string& site) const;

  storage::Store& store_;
  std::shared_ptr<const Config> config_;
  std::shared_ptr<const detector::Rules> rules_;
  std::mutex& alerts_lock_;
  std::map<std::string, SiteState> sites_;
  std::map<std::string, std::shared_ptr<const SiteRules>> site_rules_;
  std::map<std::string, SiteTally> tallies_;
  std::map<std::string, std::set<std::string>> missing_;  // site -> ads of inline lists that were not seen again
  std::mutex knowledge_lock_;                             // sites_[..].knowledge and learners_ are read by pool threads
  std::map<std::string, parser::SiteLearner> learners_;
  std::map<std::string, crawler::Traps> traps_;           // by site
  std::map<std::string, std::deque<std::string>> good_prints_;  // site -> prints of pages that were there
  std::map<std::string, std::string> strange_prints_;     // site and print -> the invented address that showed it first
  std::map<std::string, Instant> next_plan_;              // site -> when its revisits are shared out anew
  Instant next_first_pass_look_{};
};

}  // namespace vigie::app
