#include <algorithm>

#include "core/hash.h"
#include "core/time.h"
#include "storage/links.h"
#include "storage/rocks_store.h"

namespace vigie::storage {

namespace {

/// How far the index's "last seen" of a contact may lag behind its ad's: rewriting it at every sighting would cost
/// more than the sighting itself, and every question asked of it counts in days.
constexpr std::int64_t kUseLagMs = 12 * 3'600'000;

/// The contact kinds of the contract, for a value whose kind the asker does not know.
constexpr std::string_view kContactKinds[] = {"phone",    "email",    "whatsapp", "telegram", "signal", "viber",
                                              "instagram", "facebook", "snapchat", "tiktok",   "url",    "wallet"};

struct UseRow {
  std::string own;    // the 'a' key
  std::string index;  // the 'c' key
};

Result<std::vector<UseRow>> use_rows(View& view, std::string_view ad) {
  std::vector<UseRow> rows;
  const auto walked = view.scan_prefix(Family::contact, Key('a').s(ad).str(), [&](std::string_view key, std::string_view value) {
    rows.push_back({std::string(key), std::string(value)});
    return true;
  });
  if (!walked) return std::move(walked).error();
  return rows;
}

/// Notes that the ad is written, with the contacts of the uses that it had.
void touch(Touched& touched, const std::string& ad, const std::vector<UseRow>& rows) {
  auto& names = touched[ad];
  for (const auto& row : rows) {
    KeyReader reader(std::string_view(row.index).substr(1));
    const auto kind = reader.s();
    names.insert(kind + ":" + reader.s());
  }
}

/// The rows of pictures follow their uses: `before` is what the index said, `after` what it says now.
Status replace_pictures(Transaction& t, const std::vector<UseRow>& before, const std::vector<ContactUse>& after) {
  std::set<std::string> old, now;
  for (const auto& row : before) {
    KeyReader reader(std::string_view(row.index).substr(1));
    if (reader.s() == kPictureUse) old.insert(reader.s());
  }
  for (const auto& use : after) {
    if (use.kind() == kPictureUse) now.insert(use.value());
  }
  for (const auto& hash : now) {
    if (old.contains(hash)) continue;
    if (auto done = put_picture(t, hash); !done) return done;
  }
  for (const auto& hash : old) {
    if (now.contains(hash)) continue;
    if (auto done = drop_unused_picture(t, hash); !done) return done;
  }
  return {};
}

Status replace_uses(Transaction& t, const StoredAd& stored, const std::vector<ContactUse>& uses, bool known, Touched& touched) {
  const auto& id = stored.ad().ad();
  auto rows = known ? use_rows(t, id) : std::vector<UseRow>{};
  if (!rows) return std::move(rows).error();
  touch(touched, id, *rows);
  for (const auto& row : *rows) {
    if (auto done = t.erase(Family::contact, row.own); !done) return done;
    if (auto done = t.erase(Family::contact, row.index); !done) return done;
  }
  std::uint32_t n = 0;
  for (auto use : uses) {
    use.set_ad(id);
    const auto index = contact_key(use.kind(), use.value(), use.first_ms(), id, n);
    if (auto done = t.put(Family::contact, contact_of_ad_key(id, n++), index); !done) return done;
    if (auto done = put_message(t, Family::contact, index, use); !done) return done;
  }
  return replace_pictures(t, *rows, uses);
}

/// Their "last seen" becomes `last_ms`.
Status refresh_uses(Transaction& t, const std::string& ad, std::int64_t last_ms, Touched& touched) {
  auto rows = use_rows(t, ad);
  if (!rows) return std::move(rows).error();
  touch(touched, ad, *rows);
  for (const auto& row : *rows) {
    auto use = get_message<ContactUse>(t, Family::contact, row.index);
    if (!use) return std::move(use).error();
    if (!*use) return {};
    (*use)->set_last_ms(last_ms);
    if (auto done = put_message(t, Family::contact, row.index, **use); !done) return done;
  }
  return {};
}

constexpr std::uint64_t kGone = 1, kAbsent = 2, kFlagged = 4;

Result<std::optional<Sighting>> get_sighting(View& view, std::string_view ad) {
  auto row = view.get(Family::ad, sighting_key(ad));
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<Sighting>{};
  auto sighting = decode_sighting(**row);
  if (!sighting) return fail(Errc::corrupt, "ad: a sighting cannot be read");
  return sighting;
}

/// The row beside the ad, and its contacts when their time has come. `uses_ms`: what the index says of them.
Status put_sighting(Transaction& t, const std::string& ad, Sighting row, std::int64_t uses_ms, Touched& touched) {
  row.uses_ms = uses_ms;
  if (row.last_ms - uses_ms >= kUseLagMs) {
    row.uses_ms = row.last_ms;
    if (auto done = refresh_uses(t, ad, row.last_ms, touched); !done) return done;
  }
  return t.put(Family::ad, sighting_key(ad), encode(row));
}

/// When this write changed what an ad says or whether it stands; the time before when it did not.
std::int64_t change_time(const std::optional<StoredAd>& before, const AdWrite& write) {
  const auto& ad = write.ad;
  std::int64_t changed = before ? before->changed_ms() : ad.first_ms();
  if (write.version) changed = std::max(changed, to_ms(from_timestamp(write.version->seen())));
  if (before && before->ad().state() != ad.ad().state()) {
    changed = std::max(changed, ad.ad().state() == "gone" ? ad.gone_ms() : ad.last_ms());
  }
  return changed;
}

Status write_version(Transaction& t, const Version& version) {
  const auto key = version_key(version.ad(), version.version());
  auto known = t.get(Family::version, key);
  if (!known) return std::move(known).error();
  if (!*known) t.count(Tally::versions, 1);
  return put_message(t, Family::version, key, version);
}

bool matches(const AdQuery& query, const StoredAd& stored) {
  const auto& ad = stored.ad();
  if (query.site && ad.site() != *query.site) return false;
  if (query.state && ad.state() != *query.state) return false;
  return !query.changed_since || stored.changed_ms() >= to_ms(*query.changed_since);
}

/// Ids of the ads that use a contact, each once, in order.
Result<std::set<std::string>> users_of(View& view, const std::string& contact) {
  std::vector<std::string> prefixes;
  if (const auto colon = contact.find(':'); colon != std::string::npos) {
    const auto kind = contact.substr(0, colon);
    if (std::find(std::begin(kContactKinds), std::end(kContactKinds), kind) != std::end(kContactKinds)) {
      prefixes.push_back(contact_prefix(kind, contact.substr(colon + 1)));
    }
  }
  for (const auto kind : kContactKinds) prefixes.push_back(contact_prefix(kind, contact));
  std::set<std::string> ids;
  for (const auto& prefix : prefixes) {
    const auto walked = scan_messages<ContactUse>(view, Family::contact, prefix, [&](std::string_view, const ContactUse& use) {
      ids.insert(use.ad());
      return true;
    });
    if (!walked) return std::move(walked).error();
  }
  return ids;
}

}  // namespace

Status write_ad(Transaction& t, const AdWrite& write, CommonPhrases& common, Touched& touched) {
  const auto& id = write.ad.ad().ad();
  if (id.empty()) return fail(Errc::malformed, "an ad without id");
  auto before = get_message<StoredAd>(t, Family::ad, ad_key(id));
  if (!before) return std::move(before).error();
  auto stored = write.ad;
  if (!stored.has_shard()) stored.set_shard(shard_of(id));
  stored.set_changed_ms(change_time(*before, write));
  if (!*before) t.count(Tally::ads, 1);
  if (*before && (*before)->changed_ms() != stored.changed_ms()) {
    if (auto done = t.erase(Family::ad, ad_change_key((*before)->changed_ms(), id)); !done) return done;
  }
  if (!*before || (*before)->changed_ms() != stored.changed_ms()) {
    if (auto done = t.put(Family::ad, ad_change_key(stored.changed_ms(), id), ""); !done) return done;
  }
  if (auto done = replace_sketch(t, *before ? &**before : nullptr, stored, common); !done) return done;
  if (auto done = put_message(t, Family::ad, ad_key(id), stored); !done) return done;
  if (write.version) {
    if (auto done = write_version(t, *write.version); !done) return done;
  }
  if (write.absence) {
    const auto key = absence_key(write.absence->ad(), to_ms(from_timestamp(write.absence->absent_from())));
    if (auto done = put_message(t, Family::version, key, *write.absence); !done) return done;
  }
  const auto row = sighting_of(stored);
  if (write.replace_uses) {
    if (auto done = replace_uses(t, stored, write.uses, before->has_value(), touched); !done) return done;
    return put_sighting(t, id, row, row.last_ms, touched);
  }
  auto seen = get_sighting(t, id);
  if (!seen) return std::move(seen).error();
  return put_sighting(t, id, row, *seen ? (*seen)->uses_ms : row.last_ms, touched);
}

std::string encode(const Sighting& row) {
  const auto flags = (row.gone ? kGone : 0) | (row.absent ? kAbsent : 0) | (row.flagged ? kFlagged : 0);
  return Key().ms(row.last_ms).ms(row.uses_ms).u8(flags).str();
}

std::optional<Sighting> decode_sighting(std::string_view bytes) {
  KeyReader reader(bytes);
  Sighting row;
  row.last_ms = static_cast<std::int64_t>(reader.u64());
  row.uses_ms = static_cast<std::int64_t>(reader.u64());
  const auto flags = reader.u8();
  row.gone = flags & kGone;
  row.absent = flags & kAbsent;
  row.flagged = flags & kFlagged;
  if (!reader.ok()) return std::nullopt;
  return row;
}

Sighting sighting_of(const StoredAd& stored) {
  const bool flagged = stored.retention().class_() == "flagged";
  return {stored.last_ms(), stored.last_ms(), stored.ad().state() == "gone", stored.has_absent_from_ms(), flagged};
}

Status write_sighting(Transaction& t, const std::string& ad, std::int64_t seen_ms, Touched& touched) {
  auto row = get_sighting(t, ad);
  if (!row) return std::move(row).error();
  if (!*row || (*row)->gone || (*row)->last_ms >= seen_ms) return {};
  (*row)->last_ms = seen_ms;
  return put_sighting(t, ad, **row, (*row)->uses_ms, touched);
}

Status join_sighting(View& view, StoredAd& stored) {
  auto row = get_sighting(view, stored.ad().ad());
  if (!row) return std::move(row).error();
  if (!*row || (*row)->last_ms <= stored.last_ms()) return {};
  stored.set_last_ms((*row)->last_ms);
  *stored.mutable_ad()->mutable_last_seen() = to_timestamp(from_ms(stored.last_ms()));
  return {};
}

Result<std::optional<Sighting>> RocksStore::sighting(std::string_view ad) { return get_sighting(*engine_, ad); }

Result<std::optional<StoredAd>> RocksStore::ad(std::string_view id) {
  auto stored = get_message<StoredAd>(*engine_, Family::ad, ad_key(id));
  if (!stored || !*stored) return stored;
  if (auto joined = join_sighting(*engine_, **stored); !joined) return std::move(joined).error();
  return stored;
}

Status RocksStore::each_ad(const AdQuery& query, const std::function<bool(const StoredAd&)>& each) {
  std::optional<std::set<std::string>> chosen;  // ids, where an index knows them
  if (query.contact) {
    auto users = users_of(*engine_, *query.contact);
    if (!users) return std::move(users).error();
    chosen = *std::move(users);
  }
  if (query.group) {
    auto id = *query.group;
    auto taken = engine_->get(Family::link, Key('g').rest(id).str());
    if (!taken) return std::move(taken).error();
    if (*taken) id = **taken;
    auto network = get_message<Network>(*engine_, Family::link, Key('n').rest(id).str());
    if (!network) return std::move(network).error();
    std::set<std::string> members;
    if (*network) members.insert((*network)->ads().begin(), (*network)->ads().end());
    if (chosen) std::erase_if(*chosen, [&](const std::string& ad) { return !members.contains(ad); });
    if (!chosen) chosen = std::move(members);
  }
  Status bad;
  // Group and template are computed ties: their indexes know them, the ad's own row may be older.
  const auto show = [&](const StoredAd& stored) {
    auto group = network_id_of(*engine_, stored.ad().ad());
    auto text = shared_template(stored.ad().template_());
    if (!group || !text) {
      bad = !group ? std::move(group).error() : std::move(text).error();
      return false;
    }
    auto shown = stored;
    auto& ad = *shown.mutable_ad();
    group->empty() ? ad.clear_group() : ad.set_group(*group);
    text->empty() ? ad.clear_template_() : ad.set_template_(*text);
    return each(shown);
  };
  const auto one = [&](std::string_view id) {
    auto stored = ad(id);
    if (!stored) {
      bad = std::move(stored).error();
      return false;
    }
    return !*stored || !matches(query, **stored) || show(**stored);
  };
  if (chosen) {
    for (const auto& id : *chosen) {
      if (!one(id)) break;
    }
    return bad;
  }
  if (query.changed_since) {
    const auto from = Key('t').ms(to_ms(*query.changed_since)).str();
    const auto walked = engine_->scan(Family::ad, from, after_prefix("t"), [&](std::string_view key, std::string_view) { return one(key.substr(9)); });
    return walked ? bad : walked;
  }
  const auto prefix = query.site ? ad_key(*query.site + "/") : ad_key("");
  if (query.after) {
    const auto from = std::max(prefix, query.after->empty() ? std::string() : ad_key(*query.after) + '\0');
    const auto stepped = engine_->scan(Family::ad, from, after_prefix(prefix), [&](std::string_view, std::string_view value) {
      auto stored = decode<StoredAd>(value, name_of(Family::ad));
      if (!stored) {
        bad = std::move(stored).error();
        return false;
      }
      if (!matches(query, *stored)) return true;
      bad = join_sighting(*engine_, *stored);
      return bad && each(*stored);
    });
    return stepped ? bad : stepped;
  }
  const auto walked = scan_messages<StoredAd>(*engine_, Family::ad, prefix, [&](std::string_view, StoredAd& stored) {
    if (!matches(query, stored)) return true;
    bad = join_sighting(*engine_, stored);
    return bad && show(stored);
  });
  return walked ? bad : walked;
}

Result<std::vector<Version>> RocksStore::versions(std::string_view ad) {
  std::vector<Version> found;
  const auto walked = scan_messages<Version>(*engine_, Family::version, Key('v').s(ad).str(), [&](std::string_view, Version& version) {
    found.push_back(std::move(version));
    return true;
  });
  if (!walked) return std::move(walked).error();
  return found;
}

Result<std::vector<Absence>> RocksStore::absences(std::string_view ad) {
  std::vector<Absence> found;
  const auto walked = scan_messages<Absence>(*engine_, Family::version, Key('x').s(ad).str(), [&](std::string_view, Absence& absence) {
    found.push_back(std::move(absence));
    return true;
  });
  if (!walked) return std::move(walked).error();
  return found;
}

Result<std::vector<ContactUse>> RocksStore::uses(std::string_view kind, std::string_view value, std::size_t limit) {
  std::vector<ContactUse> found;
  if (limit == 0) return found;
  const auto walked = scan_messages<ContactUse>(*engine_, Family::contact, contact_prefix(kind, value), [&](std::string_view, ContactUse& use) {
    found.push_back(std::move(use));
    return found.size() < limit;
  });
  if (!walked) return std::move(walked).error();
  return found;
}

Result<std::vector<ContactUse>> RocksStore::uses_of(std::string_view ad) {
  auto rows = use_rows(*engine_, ad);
  if (!rows) return std::move(rows).error();
  std::vector<ContactUse> found;
  for (const auto& row : *rows) {
    auto use = get_message<ContactUse>(*engine_, Family::contact, row.index);
    if (!use) return std::move(use).error();
    if (*use) found.push_back(**std::move(use));
  }
  return found;
}

}  // namespace vigie::storage
