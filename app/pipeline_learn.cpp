// What the pages of a site teach: how they are made, what of them is the site's own, and that they are made otherwise now.
#include <algorithm>
#include <utility>

#include "alerts/health.h"
#include "app/layout_watch.h"
#include "app/pipeline.h"
#include "app/pipeline_work.h"
#include "core/hash.h"
#include "core/log.h"

namespace vigie::app {
namespace {

constexpr std::uint64_t kSample = 8;  // of the pages of a site that is well known one in so many teaches

constexpr std::int64_t kKeepWatch = 25;  // listings between two writes of the watch; a stop loses what came after the last

bool has_template(const SiteOptions& site) { return !site.listing().empty() || site.fields_size() > 0; }

alerts::HealthFact layout_fact(const SiteOptions& site, const LayoutWatch& watch, bool drifted) {
  alerts::HealthFact fact;
  fact.source = site.site();
  fact.condition = "layout";
  fact.bad = drifted;
  fact.scope = site.scope();
  fact.site = site.site();
  fact.legal_reference = site.legal_reference();
  fact.severity = loses_fields(watch) ? "medium" : "low";
  if (!drifted) {
    fact.says = "source " + site.site() + ": its ads are read as before the change of its pages";
    return fact;
  }
  std::string fields;
  for (const auto& field : lost_fields(watch)) fields += (fields.empty() ? "" : ", ") + field;
  fact.says = "source " + site.site() + ": its pages have changed: " + fields + "; " +
              (has_template(site) ? "the template in its scope file is to be looked at (vigie learn " + site.site() + ")"
                                  : "the new layout is being learned");
  return fact;
}

}  // namespace

parser::SiteLearner& Pipeline::learner_of(const SiteState& state) {
  return learners_.try_emplace(state.site(), state.knowledge()).first->second;
}

SiteKnowledge Pipeline::knowledge(const std::string& site) {
  {
    std::lock_guard lock(knowledge_lock_);
    const auto found = sites_.find(site);
    if (found != sites_.end()) {
      auto known = found->second.knowledge();
      if (const auto learner = learners_.find(site); learner != learners_.end()) learner->second.write(known);
      return known;
    }
  }
  // The first page of a site after a start is read by what is known, like all others.
  const auto state = store_.site(site);
  return state ? state->knowledge() : SiteKnowledge{};
}

std::int64_t Pipeline::learned_revision(const std::string& site) {
  {
    std::lock_guard lock(knowledge_lock_);
    if (const auto learner = learners_.find(site); learner != learners_.end()) return learner->second.revision();
    if (const auto found = sites_.find(site); found != sites_.end()) return found->second.knowledge().learned().revision();
  }
  const auto state = store_.site(site);
  return state ? state->knowledge().learned().revision() : 0;
}

bool Pipeline::wants_lesson(const std::string& site, const std::string& url) {
  std::lock_guard lock(knowledge_lock_);
  const auto found = sites_.find(site);
  if (found != sites_.end() && found->second.layout().drifted()) return true;
  const auto learner = learners_.find(site);
  return learner == learners_.end() || learner->second.wants_every_page() || hash64(url) % kSample == 0;
}

Status Pipeline::learn_site(Work& work, SiteState& state) {
  const auto* page = work.page();
  if (!page || !page->has_lesson() || work.visit().outcome() != Outcome::ok) return {};
  LayoutNews news;
  {
    std::lock_guard lock(knowledge_lock_);
    auto& learner = learner_of(state);
    const bool settled = !has_template(work.site) && learner.listings() >= 20;
    const auto before = state.layout().listings();
    news = watch_layout(*state.mutable_layout(), page->lesson(), settled, work.now);
    if (before / kKeepWatch != state.layout().listings() / kKeepWatch) work.save_state = true;
    if (news == LayoutNews::drifted) learner.begin_anew();
    if (learner.take(page->lesson(), work.now)) {
      auto& knowledge = *state.mutable_knowledge();
      knowledge.set_site(state.site());
      learner.write_trusted(knowledge);
      work.completion.knowledge = knowledge;
      log::info("site.learned", {{"site", state.site()}, {"ads", std::to_string(learner.listings())},
                                 {"rules", std::to_string(knowledge.learned().rules_size())},
                                 {"repeating_blocks", std::to_string(knowledge.learned().furniture_size())},
                                 {"own_contacts", std::to_string(knowledge.own_contacts_size())}});
    }
  }
  if (news == LayoutNews::none) return {};
  work.save_state = true;
  return tell_layout(state, work.site, news == LayoutNews::drifted, work.now);
}

Status Pipeline::tell_layout(const SiteState& state, const SiteOptions& site, bool drifted, Instant now) {
  const auto fact = layout_fact(site, state.layout(), drifted);
  std::lock_guard lock(alerts_lock_);
  auto standing = store_.alert(alerts::health_key(fact));
  if (!standing) return std::move(standing).error();
  auto alert = alerts::tell_health(*standing, fact, now);
  if (!alert) return {};  // told before a stop
  if (alert->alert().empty()) {
    auto name = label(now);
    if (!name) return std::move(name).error();
    alert->set_alert(*std::move(name));
  }
  log::warn("site.layout", {{"site", site.site()}, {"state", drifted ? "changed" : "well"}});
  return store_.put_outgoing({}, {*alert});
}

}  // namespace vigie::app
