#include <algorithm>

#include "core/text.h"
#include "core/time.h"
#include "storage/erase.h"
#include "storage/links.h"
#include "storage/rocks_store.h"

namespace vigie::storage {

namespace {

Status erase_all(Transaction& t, Family family, const std::string& prefix, Erased* counted = nullptr) {
  std::vector<std::string> keys;
  const auto walked = t.scan_prefix(family, prefix, [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return true;
  });
  if (!walked) return walked;
  for (const auto& key : keys) {
    if (auto done = t.erase(family, key); !done) return done;
  }
  if (counted) counted->versions += static_cast<std::int64_t>(keys.size());
  return {};
}

/// One thing that goes, with every row that follows from it.
class Remover {
 public:
  Remover(Transaction& t, const ErasePlan& plan, CommonPhrases& common) : t_(t), plan_(plan), common_(common) {}

  Result<Erased> run() {
    erased_.held.assign(plan_.held.begin(), plan_.held.end());
    using Part = Status (Remover::*)(const std::string&);
    const std::pair<const std::set<std::string>*, Part> parts[] = {
        {&plan_.pages, &Remover::page},       {&plan_.visits, &Remover::visit},   {&plan_.networks, &Remover::network},
        {&plan_.ads, &Remover::ad},           {&plan_.versions, &Remover::strip}, {&plan_.bodies, &Remover::body},
        {&plan_.messages, &Remover::message}, {&plan_.alerts, &Remover::alert},   {&plan_.sites, &Remover::site},
        {&plan_.link_rows, &Remover::link_row}};
    for (const auto& [keys, part] : parts) {
      for (const auto& key : *keys) {
        if (auto done = (this->*part)(key); !done) return std::move(done).error();
      }
    }
    return std::move(erased_);
  }

 private:
  template <class Message>
  Status erase_ad_names(Message& message) {
    auto& ads = *message.mutable_ads();
    ads.erase(std::remove_if(ads.begin(), ads.end(), [&](const std::string& ad) { return plan_.ads.contains(ad); }), ads.end());
    return {};
  }

  Status page(const std::string& url) {
    auto visit = get_message<Visit>(t_, Family::visit, visit_key(url));
    if (!visit || !*visit) return visit ? Status{} : Status(std::move(visit).error());
    if (auto done = erase_ad_names(**visit); !done) return done;
    return put_message(t_, Family::visit, visit_key(url), **visit);
  }

  Status visit(const std::string& url) {
    auto visit = get_message<Visit>(t_, Family::visit, visit_key(url));
    if (!visit || !*visit) return visit ? Status{} : Status(std::move(visit).error());
    const auto& v = **visit;
    if (auto done = t_.erase(Family::sched, sched_key(v.host(), v.priority(), v.due_ms(), url)); !done) return done;
    if (auto done = t_.erase(Family::visit, site_visit_key(v.site(), url)); !done) return done;
    if (auto done = t_.erase(Family::lease, url); !done) return done;
    t_.count(Tally::visits, -1);
    ++erased_.visits;
    return t_.erase(Family::visit, visit_key(url));
  }

  Status network(const std::string& id) {
    const auto key = Key('n').rest(id).str();
    auto stored = get_message<Network>(t_, Family::link, key);
    if (!stored || !*stored) return stored ? Status{} : Status(std::move(stored).error());
    auto& network = **stored;
    if (auto done = erase_ad_names(network); !done) return done;
    for (auto* names : {network.mutable_contacts(), network.mutable_hubs()}) {
      names->erase(std::remove_if(names->begin(), names->end(), [&](const std::string& name) { return plan_.needle.in(name); }), names->end());
    }
    for (const auto& ad : network.ads()) {
      if (auto done = t_.put(Family::link, Key('q').rest(ad).str(), Key().u8(0).str()); !done) return done;
    }
    if (network.ads_size() > 1) return put_message(t_, Family::link, key, network);
    for (const auto& ad : network.ads()) {
      if (auto done = t_.erase(Family::link, Key('a').rest(ad).str()); !done) return done;
    }
    for (const auto& taken : network.merged()) {
      if (auto done = t_.erase(Family::link, Key('g').rest(taken).str()); !done) return done;
    }
    return t_.erase(Family::link, key);
  }

  Status ad(const std::string& id) {
    auto stored = get_message<StoredAd>(t_, Family::ad, ad_key(id));
    if (!stored || !*stored) return stored ? Status{} : Status(std::move(stored).error());
    StoredAd nothing;
    nothing.mutable_ad()->set_ad(id);
    if (auto done = replace_sketch(t_, &**stored, nothing, common_); !done) return done;
    std::vector<std::string> uses, pictures;
    const auto walked = t_.scan_prefix(Family::contact, Key('a').s(id).str(), [&](std::string_view key, std::string_view index) {
      uses.emplace_back(key);
      uses.emplace_back(index);
      KeyReader reader(index.substr(1));
      if (reader.s() == kPictureUse) pictures.push_back(reader.s());
      return true;
    });
    if (!walked) return walked;
    for (const auto& key : uses) {
      if (auto done = t_.erase(Family::contact, key); !done) return done;
    }
    for (const auto& hash : pictures) {
      if (auto done = drop_unused_picture(t_, hash); !done) return done;
    }
    const auto before = erased_.versions;
    if (auto done = erase_all(t_, Family::version, Key('v').s(id).str(), &erased_); !done) return done;
    t_.count(Tally::versions, before - erased_.versions);
    if (auto done = erase_all(t_, Family::version, Key('x').s(id).str()); !done) return done;
    if (auto done = t_.erase(Family::link, Key('a').rest(id).str()); !done) return done;
    if (auto done = t_.erase(Family::link, Key('q').rest(id).str()); !done) return done;
    if (auto done = decisions(id); !done) return done;
    if (auto done = t_.erase(Family::ad, ad_change_key((*stored)->changed_ms(), id)); !done) return done;
    if (auto done = t_.erase(Family::ad, sighting_key(id)); !done) return done;
    t_.count(Tally::ads, -1);
    erased_.ads.push_back(id);
    return t_.erase(Family::ad, ad_key(id));
  }

  Status decisions(const std::string& id) {
    std::vector<std::string> others;
    const auto prefix = Key('d').s(id).str();
    const auto walked = t_.scan_prefix(Family::link, prefix, [&](std::string_view key, std::string_view) {
      others.emplace_back(key.substr(prefix.size()));
      return true;
    });
    if (!walked) return walked;
    for (const auto& other : others) {
      if (auto done = t_.erase(Family::link, Key('d').s(id).rest(other).str()); !done) return done;
      if (auto done = t_.erase(Family::link, Key('d').s(other).rest(id).str()); !done) return done;
    }
    return {};
  }

  Status link_row(const std::string& key) { return t_.erase(Family::link, key); }

  Status strip(const std::string& key) {
    auto version = get_message<Version>(t_, Family::version, key);
    if (!version || !*version) return version ? Status{} : Status(std::move(version).error());
    (*version)->clear_sha256();
    return put_message(t_, Family::version, key, **version);
  }

  Status body(const std::string& sha) {
    auto row = t_.get(Family::raw, sha);
    if (!row || !*row) return row ? Status{} : Status(std::move(row).error());
    auto body = decode<RawBody>(**row, "raw");
    if (!body) return std::move(body).error();
    if (auto done = release_dictionary(t_, *body); !done) return done;
    t_.count(Tally::raw_bodies, -1);
    ++erased_.raw_bodies;
    return t_.erase(Family::raw, sha);
  }

  Status message(const std::string& id) {
    const auto key = Key('o').rest(id).str();
    auto stored = get_message<Outgoing>(t_, Family::due, key);
    if (!stored || !*stored) return stored ? Status{} : Status(std::move(stored).error());
    if (auto done = t_.erase(Family::due, next_outgoing_key((*stored)->next_ms(), id)); !done) return done;
    if (auto done = t_.erase(Family::due, receiver_key((*stored)->receiver(), (*stored)->created_ms(), id)); !done) return done;
    t_.count(Tally::outgoing, -1);
    ++erased_.messages;
    return t_.erase(Family::due, key);
  }

  Status alert(const std::string& name) {
    const auto key = Key('k').rest(name).str();
    auto stored = get_message<Alert>(t_, Family::finding, key);
    if (!stored || !*stored) return stored ? Status{} : Status(std::move(stored).error());
    if (auto done = t_.erase(Family::due, due_alert_key((*stored)->due_ms(), name)); !done) return done;
    const auto created = to_ms(from_timestamp((*stored)->created()));
    if (auto done = t_.erase(Family::finding, Key('c').ms(created).rest(name).str()); !done) return done;
    t_.count(Tally::alerts, -1);
    ++erased_.alerts;
    return t_.erase(Family::finding, key);
  }

  /// What a site has taught about itself: learned again from its next pages.
  Status site(const std::string& key) {
    auto state = get_message<SiteState>(t_, Family::meta, key);
    if (!state || !*state) return state ? Status{} : Status(std::move(state).error());
    (*state)->clear_knowledge();
    return put_message(t_, Family::meta, key, **state);
  }

  Transaction& t_;
  const ErasePlan& plan_;
  CommonPhrases& common_;
  Erased erased_;
};

Erased counts_of(const ErasePlan& plan, std::int64_t versions) {
  Erased erased;
  erased.ads.assign(plan.ads.begin(), plan.ads.end());
  erased.held.assign(plan.held.begin(), plan.held.end());
  erased.versions = versions;
  const auto size = [](const std::set<std::string>& keys) { return static_cast<std::int64_t>(keys.size()); };
  erased.raw_bodies = size(plan.bodies);
  erased.alerts = size(plan.alerts);
  erased.messages = size(plan.messages);
  erased.visits = size(plan.visits);
  return erased;
}

/// What a dry run says: as many of each as would go.
Result<Erased> would_go(Store& store, const ErasePlan& plan) {
  std::int64_t versions = 0;
  for (const auto& ad : plan.ads) {
    auto all = store.versions(ad);
    if (!all) return std::move(all).error();
    versions += static_cast<std::int64_t>(all->size());
  }
  return counts_of(plan, versions);
}

LogEntry entry_of(const std::string& actor, const std::string& reason, Instant now) {
  LogEntry entry;
  entry.set_at_ms(to_ms(now));
  entry.set_operation("erasure");
  entry.set_actor(actor);
  entry.set_reason(reason);
  return entry;
}

}  // namespace

Result<Erased> RocksStore::remove(const ErasePlan& plan, const LogEntry& entry) {
  Erased erased;
  const auto written = engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    auto done = Remover(t, plan, common_).run();
    if (!done) return std::move(done).error();
    erased = *std::move(done);
    auto told = entry;
    told.set_object("ads=" + std::to_string(erased.ads.size()) + " versions=" + std::to_string(erased.versions) +
                    " bodies=" + std::to_string(erased.raw_bodies) + " alerts=" + std::to_string(erased.alerts) +
                    " messages=" + std::to_string(erased.messages) + " addresses=" + std::to_string(erased.visits) +
                    " held=" + std::to_string(erased.held.size()));
    if (auto logged = write_log(t, {told}); !logged) return logged;
    auto head = t.get(Family::meta, "log-head");
    if (!head || !*head) return head ? Status(fail(Errc::corrupt, "the log has no end")) : Status(std::move(head).error());
    KeyReader reader(**head);
    erased.sequence = static_cast<std::int64_t>(reader.u64());
    erased.hash = reader.rest();
    return {};
  });
  users_cache_.clear();
  if (!written) return written.error();
  return erased;
}

Result<Erased> RocksStore::erase(const Erasure& what, bool dry_run, Instant now) {
  ErasePlan plan;
  if (!what.ad.empty()) plan.ads.insert(what.ad);
  if (!what.contact.empty()) {
    const auto colon = what.contact.find(':');
    if (colon == std::string::npos || colon + 6 > what.contact.size()) return fail(Errc::malformed, "erase: a contact is written kind:value");
    if (auto found = find_ads(*engine_, what.contact.substr(0, colon), what.contact.substr(colon + 1), plan); !found) return std::move(found).error();
  }
  if (!what.scope.empty()) {
    const auto walked = scan_messages<StoredAd>(*engine_, Family::ad, "a", [&](std::string_view, const StoredAd& stored) {
      if (stored.ad().scope() == what.scope) plan.ads.insert(stored.ad().ad());
      return true;
    });
    if (!walked) return walked.error();
  }
  if (what.ad.empty() && what.contact.empty() && what.scope.empty()) return fail(Errc::malformed, "erase: name a contact, an ad or a scope");
  if (auto done = complete_plan(*engine_, plan); !done) return std::move(done).error();
  if (!dry_run) {
    // First, so that no certificate is given before they have gone.
    for (const auto& [site, number] : plan.dictionaries) {
      if (auto done = dissolve_dictionary(site, number); !done) return std::move(done).error();
    }
    return remove(plan, entry_of(what.actor, what.reason, now));
  }
  return would_go(*this, plan);
}

Result<Erased> RocksStore::expire(const std::map<std::string, Keep>& keep, bool dry_run, Instant now) {
  ErasePlan plan;
  const auto past = [&](std::int64_t ms, Millis kept) { return kept > Millis{} && from_ms(ms) + kept <= now; };
  std::set<std::string> flagged;
  const auto alerts = scan_messages<Alert>(*engine_, Family::finding, "k", [&](std::string_view, const Alert& alert) {
    if (alert.status() != "dismissed") flagged.insert(alert.ads().begin(), alert.ads().end());
    return true;
  });
  if (!alerts) return alerts.error();
  Status joined;
  const auto ads = scan_messages<StoredAd>(*engine_, Family::ad, "a", [&](std::string_view, StoredAd& stored) {
    joined = join_sighting(*engine_, stored);
    const auto rule = keep.find(stored.ad().site());
    const auto own = stored.retention().delete_after_ms();
    const bool flag = stored.retention().class_() == "flagged" || flagged.contains(stored.ad().ad());
    const bool goes = rule == keep.end() ? own > 0 && own <= to_ms(now)
                                         : past(stored.last_ms(), flag ? rule->second.flagged : rule->second.unflagged);
    if (goes && joined) plan.ads.insert(stored.ad().ad());
    return static_cast<bool>(joined);
  });
  if (!ads) return ads.error();
  if (!joined) return joined.error();
  const auto bodies = scan_messages<RawBody>(*engine_, Family::raw, "", [&](std::string_view key, const RawBody& body) {
    const auto rule = keep.find(body.site());
    if (rule != keep.end() && body.retention().holds().empty() && past(body.first_ms(), rule->second.raw)) plan.bodies.emplace(key);
    return true;
  });
  if (!bodies) return bodies.error();
  if (plan.ads.empty() && plan.bodies.empty()) return Erased{};
  if (auto done = complete_plan(*engine_, plan); !done) return std::move(done).error();
  if (dry_run) return would_go(*this, plan);
  return remove(plan, entry_of("retention", "past its time", now));
}

Result<Erased> RocksStore::hold(const Hold& what, Instant now) {
  if (what.name.empty()) return fail(Errc::malformed, "hold: it needs a name");
  const auto put_name = [&](Retention& retention) {
    auto& holds = *retention.mutable_holds();
    holds.erase(std::remove(holds.begin(), holds.end(), what.name), holds.end());
    if (!what.release) *holds.Add() = what.name;
  };
  auto all = versions(what.ad);
  if (!all) return std::move(all).error();
  Erased covered;
  const auto written = engine_->write(Durability::synced, [&](Transaction& t) -> Status {
    auto stored = get_message<StoredAd>(t, Family::ad, ad_key(what.ad));
    if (!stored) return std::move(stored).error();
    if (!*stored) return fail(Errc::not_found, "no such ad: " + what.ad);
    put_name(*(*stored)->mutable_retention());
    if (auto done = put_message(t, Family::ad, ad_key(what.ad), **stored); !done) return done;
    std::set<std::string> bodies;
    for (const auto& version : *all) {
      if (const auto sha = text::from_hex(version.sha256()); sha && !sha->empty()) bodies.insert(*sha);
    }
    for (const auto& sha : bodies) {
      auto body = get_message<RawBody>(t, Family::raw, sha);
      if (!body) return std::move(body).error();
      if (!*body) continue;
      put_name(*(*body)->mutable_retention());
      if (auto done = put_message(t, Family::raw, sha, **body); !done) return done;
      ++covered.raw_bodies;
    }
    LogEntry entry;
    entry.set_at_ms(to_ms(now));
    entry.set_operation("alteration");
    entry.set_actor(what.actor);
    entry.set_object((what.release ? "hold released: " : "hold: ") + what.name + " " + what.ad);
    entry.set_reason(what.reason);
    return write_log(t, {entry});
  });
  if (!written) return written.error();
  covered.ads.push_back(what.ad);
  return covered;
}

}  // namespace vigie::storage
