#include <algorithm>
#include <utility>

#include "app/pipeline.h"
#include "app/pipeline_work.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/text.h"
#include "storage/history.h"
#include "storage/sketch.h"
#include "storage/volatile.h"

namespace vigie::app {
namespace {

constexpr double kSameText = 0.9;  // Jaccard from which an ad counts as a repost of an older one

void see(StoredAd& stored, Instant now) {
  stored.set_last_ms(std::max(stored.last_ms(), to_ms(now)));
  *stored.mutable_ad()->mutable_last_seen() = to_timestamp(from_ms(stored.last_ms()));
  stored.clear_absent_from_ms();
}

void carry_state(const Ad& from, Ad& to) {
  to.set_state(from.state());
  *to.mutable_first_seen() = from.first_seen();
  *to.mutable_last_seen() = from.last_seen();
  if (from.has_gone_since()) *to.mutable_gone_since() = from.gone_since();
  to.set_versions(from.versions());
  if (from.has_duplicate_of()) to.set_duplicate_of(from.duplicate_of());
  if (from.has_template_()) to.set_template_(from.template_());
  if (from.has_group()) to.set_group(from.group());
}

Retention retention_of(const SiteOptions& site, Instant now) {
  Retention retention;
  retention.set_class_("unflagged");
  if (site.has_keep_unflagged_ms()) retention.set_delete_after_ms(to_ms(now) + site.keep_unflagged_ms());
  retention.set_purpose(site.legal_reference());
  return retention;
}

/// A live ad of which a look at `url` that found the same content moves nothing but the time.
bool as_it_stood(const StoredAd& stored, const std::string& url, std::int64_t reading) {
  return stored.ad().state() == "live" && !stored.has_absent_from_ms() && stored.own_page() && stored.page() == url &&
         stored.reading() == reading;
}

}  // namespace

// Only pages that were really seen say anything about their ads.
Status Pipeline::collect_ads(Work& work) {
  auto& visit = work.visit();
  if (visit.outcome() == Outcome::unchanged) {
    if (auto done = touch_known(work); !done) return done;
    return collect_missing(work);
  }
  if (visit.outcome() != Outcome::ok || !work.page()) return {};
  const bool whole = work.shows_whole_ads();
  std::set<std::string> now_shown;
  for (const auto& listing : work.page()->listings()) {
    if (listing.ad().empty() || !now_shown.insert(listing.ad()).second) continue;
    if (auto done = collect_seen(work, listing, whole); !done) return done;
  }
  work.seen.ads.assign(now_shown.begin(), now_shown.end());
  if (visit.role() != Role::ad_page && now_shown != work.previous_ads) work.seen.changed = true;
  return collect_missing(work);
}

/// The list's short form says only that the ad still stands there; its own page says the rest.
Status Pipeline::stands_in_list(Work& work, const Ad& seen) {
  auto known = store_.sighting(seen.ad());
  if (!known) return std::move(known).error();
  if (!*known) {
    work.never_read.push_back(seen.url());
    return {};
  }
  if (!(*known)->gone && !(*known)->absent) {
    work.completion.seen.push_back(seen.ad());
    return {};
  }
  auto before = store_.ad(seen.ad());
  if (!before) return std::move(before).error();
  if (!*before) return {};
  if ((*known)->gone) {
    // Back on a list that had lost it: its own page must say whether it has returned.
    if (!work.previous_ads.contains(seen.ad())) work.ask_again.push_back((*before)->page());
    return {};
  }
  storage::AdWrite write;
  write.ad = **std::move(before);
  see(write.ad, work.now);
  work.completion.ads.push_back(std::move(write));
  return {};
}

/// What is known of an ad from its first look on.
void Pipeline::begin_ad(const Work& work, StoredAd& stored, Ad& seen) {
  stored.set_shard(shard_of(seen.ad()));
  stored.set_first_ms(to_ms(work.now));
  stored.set_first_pass(work.first_pass);
  *stored.mutable_retention() = retention_of(work.site, work.now);
  seen.set_state("live");
  *seen.mutable_first_seen() = to_timestamp(work.now);
  seen.set_versions(0);
}

Status Pipeline::collect_seen(Work& work, Ad seen, bool own_page) {
  if (!own_page) return stands_in_list(work, seen);
  auto before = store_.ad(seen.ad());
  if (!before) return std::move(before).error();
  const bool known = before->has_value();
  storage::AdWrite write;
  if (known) write.ad = **std::move(before);
  auto& stored = write.ad;
  work.seen.flagged = work.seen.flagged || stored.retention().class_() == "flagged";
  if (known && work.now < from_ms(stored.last_ms()) && work.item.import) return {};  // an older capture: history stands
  if (known) storage::keep_posted(stored.ad(), from_ms(stored.last_ms()), work.now, seen);
  const auto hash = storage::content_hash(seen);
  const bool differs = !known || stored.content_hash() != hash;
  if (!differs && as_it_stood(stored, work.visit().url(), work.item.reading)) {
    work.completion.seen.push_back(seen.ad());
    return {};
  }
  // What differs only because the site is known better now is no change of the ad.
  const auto again = differs && known ? work.item.read_again.find(seen.ad()) : work.item.read_again.end();
  const bool reread = again != work.item.read_again.end();
  const Ad old = stored.ad();
  Ad by_before = reread ? again->second : old;  // what to compare with
  if (reread) storage::keep_posted(old, from_ms(stored.last_ms()), work.now, by_before);
  const bool changed = reread ? storage::content_hash(by_before) != hash : differs;
  known ? carry_state(old, seen) : begin_ad(work, stored, seen);
  stored.set_page(work.visit().url());
  stored.set_own_page(true);
  *stored.mutable_ad() = std::move(seen);
  if (old.state() == "gone") {
    if (auto done = come_back(work, write); !done) return done;
  }
  if (changed) {
    if (auto done = keep_version(work, write, known ? &by_before : nullptr); !done) return done;
  }
  stored.set_reading(work.item.reading);
  see(stored, work.now);
  if (differs) {
    stored.set_content_hash(hash);
    *stored.mutable_sketch() = storage::sketch_of(stored.ad());
    if (auto done = place_signs(work, write, known); !done) return done;
  }
  work.completion.ads.push_back(std::move(write));
  return {};
}

/// Taken away and put back: its absence ends.
Status Pipeline::come_back(Work& work, storage::AdWrite& write) {
  auto& ad = *write.ad.mutable_ad();
  ad.set_state("live");
  ad.clear_gone_since();
  write.ad.clear_gone_ms();
  auto absences = store_.absences(ad.ad());
  if (!absences) return std::move(absences).error();
  if (!absences->empty()) {
    write.absence = absences->back();
    *write.absence->mutable_absent_to() = to_timestamp(work.now);
  }
  work.returned.insert(ad.ad());
  return {};
}

/// `before`: what it said last; none for a new ad.
Status Pipeline::keep_version(Work& work, storage::AdWrite& write, const Ad* before) {
  auto& ad = *write.ad.mutable_ad();
  ++(before ? work.result.changed_ads : work.result.new_ads);
  work.seen.changed = true;
  ad.set_versions(ad.versions() + 1);
  Version version;
  version.set_ad(ad.ad());
  version.set_version(ad.versions());
  *version.mutable_seen() = to_timestamp(work.now);
  if (work.sha256_hex.empty()) {
    auto raw = store_.put_raw(work.site.site(), work.item.exchange.body, work.now);
    if (!raw) return std::move(raw).error();
    work.sha256_hex = text::to_hex(*raw);
  }
  version.set_sha256(work.sha256_hex);
  if (before) {
    for (auto& change : storage::compare(*before, ad)) *version.add_changes() = std::move(change);
  }
  *version.mutable_ad_record() = ad;
  write.version = std::move(version);
  return {};
}

/// Where its text and pictures stand among those of other ads.
Status Pipeline::place_signs(Work& work, storage::AdWrite& write, bool known) {
  if (auto done = place_text(work, write.ad, known); !done) return done;
  write.uses = storage::uses_of(write.ad);
  write.replace_uses = true;
  auto pictures = store_.place_pictures(write.uses, work.batch_uses);
  if (!pictures) return std::move(pictures).error();
  for (auto& merge : *pictures) work.completion.merges.push_back(std::move(merge));
  work.batch_uses.insert(work.batch_uses.end(), write.uses.begin(), write.uses.end());
  return {};
}

// Which text it is, beside the stored ones and those of this page.
Status Pipeline::place_text(Work& work, StoredAd& stored, bool known) {
  std::vector<const StoredAd*> pending;
  for (const auto& write : work.completion.ads) {
    if (write.version) pending.push_back(&write.ad);
  }
  auto place = store_.place_text(stored, pending);
  if (!place) return std::move(place).error();
  auto& ad = *stored.mutable_ad();
  place->id.empty() ? ad.clear_template_() : ad.set_template_(place->id);
  if (place->joined) work.completion.merges.push_back(*std::move(place->joined));
  const auto& similar = place->similar;
  if (!known && !similar.empty() && similar.front().jaccard() >= kSameText) ad.set_duplicate_of(similar.front().ad());
  work.near_texts[ad.ad()] = std::move(place->similar);
  return {};
}

// The same bytes again: every ad of the page was seen, nothing of it changed.
Status Pipeline::touch_known(Work& work) {
  work.seen.page_class = work.visit().page_class();
  for (const auto& id : work.previous_ads) {
    work.seen.ads.push_back(id);
    auto known = store_.sighting(id);
    if (!known) return std::move(known).error();
    if (!*known) continue;
    if (!(*known)->gone) work.seen.flagged = work.seen.flagged || (*known)->flagged;
    if (!(*known)->gone && !(*known)->absent) {
      work.completion.seen.push_back(id);
      continue;
    }
    auto ad = store_.ad(id);
    if (!ad) return std::move(ad).error();
    if (!*ad) continue;
    const bool gone = (*ad)->ad().state() == "gone";
    if (gone && (*ad)->page() != work.visit().url()) continue;
    work.seen.flagged = work.seen.flagged || (*known)->flagged;
    storage::AdWrite write;
    write.ad = **std::move(ad);
    if (gone) {
      if (auto done = come_back(work, write); !done) return done;
    }
    see(write.ad, work.now);
    work.completion.ads.push_back(std::move(write));
  }
  return {};
}

Status Pipeline::mark_gone(Work& work, StoredAd stored, std::int64_t since_ms, const std::string& how) {
  if (stored.ad().state() == "gone") return {};
  storage::AdWrite write;
  write.ad = std::move(stored);
  auto& ad = *write.ad.mutable_ad();
  ad.set_state("gone");
  *ad.mutable_gone_since() = to_timestamp(from_ms(since_ms));
  write.ad.set_gone_ms(since_ms);
  write.ad.clear_absent_from_ms();
  Absence absence;
  absence.set_ad(ad.ad());
  *absence.mutable_absent_from() = ad.gone_since();
  absence.set_how(how);
  write.absence = std::move(absence);
  write.uses = storage::uses_of(write.ad);
  for (auto& use : write.uses) use.set_gone(true);
  write.replace_uses = true;
  ++work.result.gone_ads;
  work.completion.ads.push_back(std::move(write));
  return {};
}

// The site says that the page is no more, and has said so for as long as the configuration asks.
Status Pipeline::collect_gone(Work& work) {
  const auto& visit = work.completion.visit;
  if (visit.outcome() != Outcome::gone && visit.outcome() != Outcome::soft404) return {};
  if (!crawler::is_gone(visit, config_->confirm_gone)) return {};
  std::string how = "soft404";
  if (visit.outcome() == Outcome::gone) how = visit.limit() == "redirect" ? "redirect" : std::to_string(visit.status());
  for (const auto& id : work.previous_ads) {
    auto ad = store_.ad(id);
    if (!ad) return std::move(ad).error();
    if (!*ad || (*ad)->page() != visit.url()) continue;
    const auto since = visit.has_gone_first_ms() ? visit.gone_first_ms() : to_ms(work.now);
    if (auto done = mark_gone(work, **std::move(ad), since, how); !done) return done;
  }
  return {};
}

// Inline lists: an ad that is not where it was may have moved to another page of the list. It is gone when every index
// page of the site has been seen since without it, and the configured time has passed.
Status Pipeline::collect_missing(Work& work) {
  auto& waiting = missing_[work.site.site()];
  for (const auto& id : work.seen.ads) waiting.erase(id);
  if (work.shows_whole_ads() && work.visit().role() != Role::ad_page) {
    for (const auto& id : work.previous_ads) {
      if (work.saw(id)) continue;
      auto ad = store_.ad(id);
      if (!ad) return std::move(ad).error();
      if (!*ad || (*ad)->ad().state() != "live" || (*ad)->page() != work.visit().url()) continue;
      if (auto& state = sites_[work.site.site()]; !state.may_miss()) {  // kept before the first ad that it speaks of
        state.set_may_miss(true);
        if (auto done = store_.put_site(state); !done) return done;
      }
      storage::AdWrite write;
      write.ad = **std::move(ad);
      write.ad.set_absent_from_ms(to_ms(work.now));
      work.completion.ads.push_back(std::move(write));
      waiting.insert(id);
    }
  }
  if (waiting.empty() || work.visit().role() == Role::ad_page) return {};

  std::int64_t seen_all_since = to_ms(work.now);
  const auto walked = store_.each_visit(work.site.site(), [&](const Visit& other) {
    if (other.role() == Role::index && !other.parked() && other.url() != work.visit().url()) {
      seen_all_since = std::min(seen_all_since, other.last_ok_ms());
    }
    return true;
  });
  if (!walked) return walked;
  const Millis patience = config_->confirm_gone.empty() ? 0ms : config_->confirm_gone.back();
  for (auto it = waiting.begin(); it != waiting.end();) {
    auto ad = store_.ad(*it);
    if (!ad) return std::move(ad).error();
    const bool pending = work.in_batch(*it) != nullptr;
    const bool due = *ad && (*ad)->has_absent_from_ms() && seen_all_since > (*ad)->absent_from_ms() &&
                     work.now - from_ms((*ad)->absent_from_ms()) >= patience;
    if (pending || (*ad && !due)) {
      ++it;
      continue;
    }
    if (*ad) {
      const auto since = (*ad)->absent_from_ms();
      if (auto done = mark_gone(work, **std::move(ad), since, "unlisted"); !done) return done;
    }
    it = waiting.erase(it);
  }
  return {};
}

}  // namespace vigie::app
