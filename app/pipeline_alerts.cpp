#include <algorithm>
#include <cstdio>
#include <utility>

#include "app/pipeline.h"
#include "app/pipeline_work.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/text.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostUses = 300, kMostSimilar = 50, kMostNetwork = 500, kMostMembers = 50, kMostBriefs = 40, kMostKept = 20;
constexpr std::size_t kQuoteBytes = 160;  // of a changed value in a brief: what changed, not the whole text

// Uses of this page's own ads stand beside the stored ones, and replace what the store still says of the same ads.
void add_batch(std::vector<ContactUse>& uses, const std::vector<ContactUse>& batch, const std::string& kind,
               const std::string& value) {
  for (const auto& use : batch) {
    if (use.kind() != kind || use.value() != value) continue;
    std::erase_if(uses, [&](const ContactUse& stored) { return stored.ad() == use.ad(); });
    uses.push_back(use);
  }
}

void shorten(google::protobuf::Value* value) {
  if (value->kind_case() != google::protobuf::Value::kStringValue) return;
  const auto& whole = value->string_value();
  if (whole.size() <= kQuoteBytes) return;
  value->set_string_value(std::string(text::cut_utf8(whole, kQuoteBytes)) + "…");
}

AdBrief brief_of(const Ad& ad) {
  AdBrief brief;
  brief.set_ad(ad.ad());
  brief.set_site(ad.site());
  brief.set_family(ad.family());
  brief.set_url(ad.url());
  *brief.mutable_first_seen() = ad.first_seen();
  *brief.mutable_last_seen() = ad.last_seen();
  brief.set_state(ad.state());
  brief.set_version(ad.versions());
  return brief;
}

LogEntry entry(Instant now, std::string operation, std::string object, std::string reason) {
  LogEntry log;
  log.set_at_ms(to_ms(now));
  log.set_operation(std::move(operation));
  log.set_actor("daemon");
  log.set_object(std::move(object));
  log.set_reason(std::move(reason));
  return log;
}

std::string counted(std::int64_t n, const std::string& what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

int rank(const std::string& severity) { return severity == "high" ? 3 : severity == "medium" ? 2 : severity == "low" ? 1 : 0; }

/// A dismissal quietens the same finding only: another sign that weighs, a graver severity, or a network twice as large is
/// another finding.
bool says_more(const Alert& dismissed, const detector::Findings& findings, const detector::Evidence& evidence) {
  const auto told = [&](const std::string& indicator) {
    return std::any_of(dismissed.reasons().begin(), dismissed.reasons().end(), [&](const Reason& r) { return r.indicator() == indicator; });
  };
  const bool sign = std::any_of(findings.reasons.begin(), findings.reasons.end(), [&](const Reason& r) {
    return (r.weight() > 0 || r.family() == "watch") && !told(r.indicator());
  });
  const int before = dismissed.ads_size(), now = evidence.network.ads_size();
  if (findings.restricted && !dismissed.restricted()) return true;
  return sign || rank(findings.severity) > rank(dismissed.severity()) || (now >= 2 * before && now >= before + 3);
}

// One per site, for people: what was read, and what was kept for them to look at.
Alert first_pass_summary(const std::string& site, const SiteOptions* options, std::int64_t ads, std::int64_t pages,
                         const std::vector<Alert>& kept, Instant now) {
  Alert summary;
  summary.set_key("first-pass/" + site);
  summary.set_kind("health");
  summary.set_severity("low");
  summary.set_score(0);
  summary.set_revision(1);
  *summary.mutable_created() = to_timestamp(now);
  *summary.mutable_updated() = to_timestamp(now);
  if (options) {
    summary.set_scope(options->scope());
    summary.set_legal_reference(options->legal_reference());
  }
  summary.add_sites(site);
  for (std::size_t i = 0; i < std::min(kept.size(), kMostKept); ++i) {
    const auto& alert = kept[i];
    auto& reason = *summary.add_reasons();
    reason.set_indicator("kept_finding");
    reason.set_text(alert.headline());
    reason.set_alert(alert.alert());
    reason.set_severity(alert.severity());
    if (alert.ads_size() > 0) reason.set_ad(alert.ads(0));
  }
  auto& counts = *summary.mutable_first_pass();
  counts.set_ads(ads);
  counts.set_pages(pages);
  counts.set_kept(static_cast<std::int64_t>(kept.size()));
  summary.set_headline("first pass over " + site + " ended: " + counted(ads, "ad") + " on " + counted(pages, "page") + ", " +
                       counted(counts.kept(), "finding") + " kept as digest");
  summary.set_status("pending");
  summary.set_due_ms(to_ms(now));
  return summary;
}

}  // namespace

Result<detector::Evidence> Pipeline::evidence_of(Work& work, const storage::AdWrite& write, bool returned) {
  detector::Evidence evidence;
  evidence.ad = write.ad.ad();
  if (returned) evidence.ad.set_state("live");
  if (write.version) {
    evidence.changes.assign(write.version->changes().begin(), write.version->changes().end());
    if (write.version->version() > 1) {
      auto before = store_.ad(evidence.ad.ad());
      if (!before) return std::move(before).error();
      if (*before) evidence.before = (*before)->ad();
    }
  }
  for (const auto& contact : evidence.ad.contacts()) {
    auto uses = store_.uses(contact.kind(), contact.value(), kMostUses);
    if (!uses) return std::move(uses).error();
    add_batch(*uses, work.batch_uses, contact.kind(), contact.value());
    evidence.uses.insert(evidence.uses.end(), uses->begin(), uses->end());
  }
  if (const auto near = work.near_texts.find(evidence.ad.ad()); near != work.near_texts.end()) {
    evidence.similar = near->second;
  } else if (write.ad.has_sketch()) {
    auto similar = store_.similar(write.ad, kMostSimilar);
    if (!similar) return std::move(similar).error();
    evidence.similar = *std::move(similar);
  }
  auto network = store_.network(evidence.ad.ad(), work.batch_uses, kMostNetwork);
  if (!network) return std::move(network).error();
  evidence.network = *std::move(network);
  evidence.members.push_back(evidence.ad);
  for (const auto& id : evidence.network.ads()) {
    if (id == evidence.ad.ad() || evidence.members.size() >= kMostMembers) continue;
    if (const auto* pending = work.in_batch(id)) {
      evidence.members.push_back(pending->ad());
      continue;
    }
    auto member = store_.ad(id);
    if (!member) return std::move(member).error();
    if (*member) evidence.members.push_back((*member)->ad());
  }
  const auto own = knowledge(work.site.site());
  evidence.site_contacts.assign(own.own_contacts().begin(), own.own_contacts().end());
  auto tally = tally_of(work.site.site());
  if (!tally) return std::move(tally).error();
  for (const auto& value : (*tally)->own_contacts()) evidence.site_contacts.push_back(value);
  if (const double share = (*tally)->obscured(); share >= 0) evidence.site_obscured = share;
  evidence.price_level = (*tally)->price_level(evidence.ad);
  evidence.usual_output = (*tally)->usual_output(from_timestamp(evidence.ad.first_seen()));

  // One thing is told under one key for ever: an alert that stood before the network grew or merged goes on.
  for (const auto& key : detector::keys_of(evidence)) {
    if (key.empty() || evidence.alert) continue;
    for (const auto& pending : work.completion.alerts) {
      if (pending.key() == key) evidence.alert = pending;
    }
    if (evidence.alert) break;
    auto alert = store_.alert(key);
    if (!alert) return std::move(alert).error();
    evidence.alert = *std::move(alert);
  }
  return evidence;
}

// Begun from what is stored, so that a restart forgets nothing that matters; bounded, since a site may have a million ads.
Result<SiteTally*> Pipeline::tally_of(const std::string& site) {
  const auto [at, fresh] = tallies_.try_emplace(site);
  auto& tally = at->second;
  if (fresh) {
    int read = 0;
    storage::AdQuery query;
    query.site = site;
    const auto walked = store_.each_ad(query, [&](const StoredAd& stored) {
      tally.count(stored.ad());
      return ++read < SiteTally::kMostRead;
    });
    if (!walked) {
      tallies_.erase(at);
      return walked.error();
    }
  }
  return &tally;
}

Status Pipeline::assess_ads(Work& work) {
  auto tally = tally_of(work.site.site());
  if (!tally) return std::move(tally).error();
  for (const auto& write : work.completion.ads) {
    if (write.version && write.version->version() == 1) (*tally)->count(write.ad.ad());
  }
  std::string objects;
  for (auto& write : work.completion.ads) {
    const auto id = write.ad.ad().ad();
    const bool returned = work.returned.contains(id);
    if (!write.version && !returned) continue;
    if (objects.size() < 512) objects += (objects.empty() ? "" : ",") + id;
    auto evidence = evidence_of(work, write, returned);
    if (!evidence) return std::move(evidence).error();
    if (evidence->network.ads_size() > 1) write.ad.mutable_ad()->set_group(evidence->network.id());
    work.completion.networks.push_back(evidence->network);
    const auto findings = detector::assess(*evidence, *rules_, work.now);
    if (findings.restricted) write.ad.set_restricted(true);
    if (findings.kind.empty()) continue;
    write.ad.mutable_retention()->set_class_("flagged");
    if (work.site.has_keep_flagged_ms()) {
      write.ad.mutable_retention()->set_delete_after_ms(to_ms(work.now) + work.site.keep_flagged_ms());
    }
    if (auto done = raise(work, findings, *evidence); !done) return done;
  }
  if (!objects.empty()) {
    work.completion.log.push_back(entry(work.now, "collection", objects, work.site.legal_reference()));
  }
  return {};
}

Result<std::string> Pipeline::label(Instant now) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(now)};
  const int year = static_cast<int>(day.year());
  auto number = store_.next_alert_number(year);
  if (!number) return std::move(number).error();
  char text[40];
  std::snprintf(text, sizeof text, "A-%04d-%06lld", year, static_cast<long long>(*number));
  return std::string(text);
}

Status Pipeline::fill_brief(Alert& alert, const detector::Evidence& evidence, const std::set<std::string>& told) {
  alert.clear_briefs();
  alert.clear_ads();
  alert.clear_new_ads();
  alert.clear_sites();
  std::set<std::string> sites;
  std::vector<const Ad*> members;
  for (const auto& member : evidence.members) members.push_back(&member);
  std::stable_sort(members.begin(), members.end(), [&](const Ad* a, const Ad* b) {
    return !told.contains(a->ad()) && told.contains(b->ad());  // what is new stands first
  });
  for (const auto* member : members) {
    alert.add_ads(member->ad());
    sites.insert(member->site());
    const bool is_new = !told.contains(member->ad());
    if (is_new) alert.add_new_ads(member->ad());
    if (static_cast<std::size_t>(alert.briefs_size()) >= kMostBriefs) continue;
    auto& brief = *alert.add_briefs();
    brief = brief_of(*member);
    brief.set_is_new(is_new);
    if (member->ad() != evidence.ad.ad() || alert.restricted()) continue;
    for (const auto& change : evidence.changes) {
      auto& shown = *brief.add_changes();
      shown = change;
      shorten(shown.mutable_before());
      shorten(shown.mutable_after());
    }
  }
  for (const auto& site : sites) alert.add_sites(site);
  // What was told stays in the alert: ads tied by their text alone are not members of each other's network.
  const std::set<std::string> shown(alert.ads().begin(), alert.ads().end());
  for (const auto& id : told) {
    if (static_cast<std::size_t>(alert.ads_size()) < kMostNetwork && !shown.contains(id)) alert.add_ads(id);
  }
  alert.set_ads_total(std::max(evidence.network.ads_size(), alert.ads_size()));
  return {};
}

Status Pipeline::raise(Work& work, const detector::Findings& findings, const detector::Evidence& evidence) {
  if (evidence.alert && !findings.news) return {};
  const bool dismissed = evidence.alert && evidence.alert->status() == "dismissed";
  if (dismissed && !says_more(*evidence.alert, findings, evidence)) return {};  // as it was dismissed, for people to read
  Alert alert;
  if (evidence.alert) {
    alert = *evidence.alert;
    alert.set_revision(alert.revision() + 1);
  } else {
    auto name = label(work.now);
    if (!name) return std::move(name).error();
    alert.set_alert(*std::move(name));
    alert.set_key(findings.key);
    alert.set_revision(1);
    *alert.mutable_created() = to_timestamp(work.now);
    alert.set_scope(work.site.scope());
    alert.set_legal_reference(work.site.legal_reference());
  }
  const bool was_told = alert.status() == "sent" || alert.status() == "pending";
  std::set<std::string> told;
  if (evidence.alert) told.insert(alert.ads().begin(), alert.ads().end());
  alert.set_kind(findings.kind);
  alert.set_severity(findings.severity);
  alert.set_score(findings.score);
  alert.set_headline(findings.headline);
  alert.set_restricted(findings.restricted);
  alert.set_network(evidence.network.ads_size() > 1 ? evidence.network.id() : "");
  *alert.mutable_updated() = to_timestamp(work.now);
  alert.clear_reasons();
  alert.clear_counter();
  for (const auto& reason : findings.reasons) *alert.add_reasons() = reason;
  for (const auto& counter : findings.counter) *alert.add_counter() = counter;
  if (auto done = fill_brief(alert, evidence, told); !done) return done;
  for (auto& brief : *alert.mutable_briefs()) {
    if (brief.ad() == evidence.ad.ad() && !work.sha256_hex.empty()) brief.set_sha256(work.sha256_hex);
  }
  alert.set_bypass_digest(findings.kind == "watch" || findings.restricted);
  alert.set_due_ms(to_ms(work.now));
  // A first pass fills history: what it finds is kept and told in one summary (CONTRACT section 4).
  if (dismissed) {
    log::info("alert.reopened", {{"alert", alert.alert()}, {"why", "its network says more than what was dismissed"}});
    alert.clear_started();
    alert.clear_started_by();
  }
  const bool keep_quiet = work.first_pass && !was_told && !alert.bypass_digest();
  alert.set_status(keep_quiet ? "digest" : "pending");
  std::erase_if(work.completion.alerts, [&](const Alert& pending) { return pending.key() == alert.key(); });
  work.completion.alerts.push_back(std::move(alert));
  ++work.result.alerts;
  return {};
}

/// Says in a stored alert what is found now; what no longer stands is put away as `suppressed`.
void Pipeline::retell(Alert& alert, const detector::Findings& findings, Instant now) {
  *alert.mutable_updated() = to_timestamp(now);
  if (findings.kind.empty()) return alert.set_status("suppressed");
  alert.set_severity(findings.severity);
  alert.set_score(findings.score);
  alert.set_headline(findings.headline);
  alert.clear_reasons();
  alert.clear_counter();
  for (const auto& reason : findings.reasons) *alert.add_reasons() = reason;
  for (const auto& counter : findings.counter) *alert.add_counter() = counter;
}

// What a first pass found was judged on half of what is known now: a shared switchboard looks like one hand until
// enough of its users have been seen. An alert that no longer stands is kept as `suppressed`.
Result<Alert> Pipeline::look_again(Alert alert, Instant now) {
  if (alert.ads_size() == 0) return alert;
  auto ad = store_.ad(alert.ads(0));
  if (!ad) return std::move(ad).error();
  if (!*ad) return alert;
  PageItem nothing;
  nothing.exchange.site.set_site((*ad)->ad().site());
  auto begun = begin(nothing);
  if (!begun) return std::move(begun).error();
  auto& work = **begun;
  work.now = now;
  storage::AdWrite write;
  write.ad = **std::move(ad);
  auto evidence = evidence_of(work, write, false);
  if (!evidence) return std::move(evidence).error();
  evidence->alert.reset();
  const auto findings = detector::assess(*evidence, *rules_, now);
  retell(alert, findings, now);
  if (findings.kind.empty()) return alert;
  if (auto done = fill_brief(alert, *evidence, {}); !done) return std::move(done).error();
  return alert;
}

Status Pipeline::end_first_passes(Instant now) {
  if (now < next_first_pass_look_) return {};
  const auto started = std::chrono::steady_clock::now();
  for (const auto& options : config_->sites) {
    auto state = state_of(options.site());
    if (!state) return std::move(state).error();
    if ((*state)->first_pass_done()) continue;
    bool untried = false, any_seen = false;
    const auto walked = store_.each_visit(options.site(), [&](const Visit& visit) {
      untried = !visit.tried() && !visit.parked();
      any_seen = any_seen || visit.has_last_ok_ms();
      return !untried;
    });
    if (!walked) return walked;
    if (untried || !any_seen) continue;
    if (auto done = end_first_pass(**state, now); !done) return done;
  }
  // The walk costs with the number of pages: it may take a twentieth of the time, no more.
  const auto took = std::chrono::steady_clock::now() - started;
  next_first_pass_look_ = now + std::max<Instant::duration>(1s, 20 * took);
  return {};
}

// What the first pass over this site found and still stands; what does not is put away as `suppressed`. So is what another
// site's page let us tell meanwhile: it was judged on the same half of what is known now. What was mailed stays on record.
Result<std::vector<Alert>> Pipeline::kept_findings(const std::string& site, Instant now) {
  std::vector<Alert> found, kept;
  for (const char* status : {"digest", "pending", "sent"}) {
    storage::AlertQuery query;
    query.status = status;
    const auto walked = store_.each_alert(query, [&](const Alert& alert) {
      const bool here = std::find(alert.sites().begin(), alert.sites().end(), site) != alert.sites().end();
      const bool judged = alert.kind() != "health" && !alert.bypass_digest();
      if (here && (judged || alert.status() == "digest")) found.push_back(alert);
      return true;
    });
    if (!walked) return walked.error();
  }
  for (auto& alert : found) {
    const bool told = alert.status() != "digest";
    auto again = look_again(std::move(alert), now);
    if (!again) return std::move(again).error();
    const bool stands = again->status() != "suppressed";
    if (told && stands) continue;  // as it was told; its next news brings it up to date
    if (told) log::info("alert.withdrawn", {{"alert", again->alert()}, {"why", "the first pass over " + site + " showed what speaks against"}});
    if (!stands) again->clear_due_ms();
    if (auto done = store_.put_outgoing({}, {*again}); !done) return std::move(done).error();
    if (stands) kept.push_back(*std::move(again));
  }
  return kept;
}

Status Pipeline::end_first_pass(SiteState& state, Instant now) {
  std::int64_t ads = 0, pages = 0;
  storage::AdQuery query;
  query.site = state.site();
  if (auto done = store_.each_ad(query, [&](const StoredAd&) { return ++ads, true; }); !done) return done;
  if (auto done = store_.each_visit(state.site(), [&](const Visit&) { return ++pages, true; }); !done) return done;
  // One hold for all: the post thread must not move an alert between our reading and our writing.
  std::lock_guard lock(alerts_lock_);
  auto kept = kept_findings(state.site(), now);
  if (!kept) return std::move(kept).error();
  auto name = label(now);
  if (!name) return std::move(name).error();
  auto summary = first_pass_summary(state.site(), options_of(state.site()), ads, pages, *kept, now);
  summary.set_alert(*std::move(name));

  next_plan_.erase(state.site());
  state.clear_revisit();
  state.set_first_pass_done(true);
  state.set_first_pass_ended_ms(to_ms(now));
  state.set_ads(ads);
  log::info("site.first_pass_ended", {{"site", state.site()}, {"ads", std::to_string(ads)}, {"pages", std::to_string(pages)}});
  // The summary first: a stop between the two repeats it under the same key, which tells nobody twice.
  auto standing = store_.alert(summary.key());
  if (!standing) return std::move(standing).error();
  if (!*standing) {
    if (auto done = store_.put_outgoing({}, {summary}); !done) return done;
  }
  return store_.put_site(state);
}

}  // namespace vigie::app
