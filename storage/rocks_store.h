#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/dictionary.h"
#include "storage/engine.h"
#include "storage/near.h"
#include "storage/store.h"
#include "storage/users_cache.h"
#include "storage/wire.h"

namespace vigie::storage {

struct ErasePlan;

/// Ads that a fact wrote, with the contacts that each used before.
using Touched = std::map<std::string, std::set<std::string>>;

constexpr std::size_t kMostCachedUsers = 100'000;  // some 300 bytes each

/// Which value a name means by now, since templates and pictures grow together. Thread-safe.
class GrownNames {
 public:
  std::string now(const std::string& id) const;
  /// `id` and every name that leads to it.
  std::vector<std::string> all(const std::string& id) const;
  void take(const std::string& id, const std::string& into);
  void clear();

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::string> taken_;
  std::unordered_map<std::string, std::vector<std::string>> merged_;
};

/// The Store over an Engine. Each subject has its file: store_schedule, store_ads, store_links, store_alerts, store_meta.
///
/// Rules that tie the families together live in the functions below that write (`place_visit`, `write_ad`, ...): every
/// call goes through them, and check.cpp verifies the same rules on any store.
class RocksStore final : public Store {
 public:
  explicit RocksStore(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  Result<std::string> put_raw(std::string_view site, std::string_view bytes, Instant seen) override;
  Result<std::string> raw(std::string_view sha256) override;
  Result<std::string> train_dictionary() override;

  Result<std::vector<HostDue>> hosts() override;
  Status put_host(const HostRecord& host) override;
  std::vector<Status> lease_all(const std::vector<std::pair<Lease, HostRecord>>& leases) override;
  Result<int> discover(const std::vector<Visit>& visits) override;
  Status put_visit(const Visit& visit) override;
  Result<std::vector<Visit>> due(std::string_view host, Instant until, std::size_t limit) override;
  Result<std::int64_t> count_due(std::string_view host, Instant until, std::int64_t most) override;
  Result<std::optional<Instant>> earliest_due(std::string_view host) override;
  Result<std::optional<Visit>> visit(std::string_view url) override;
  Status each_visit(std::string_view site, const std::function<bool(const Visit&)>& each) override;
  Status lease(const Lease& lease, const HostRecord& host) override;
  Result<int> recover_leases(std::int64_t run, Instant now) override;

  Status complete(const Completion& completion) override;
  std::vector<Status> complete_all(const std::vector<Completion>& completions) override;

  Result<std::optional<StoredAd>> ad(std::string_view id) override;
  Result<std::optional<Sighting>> sighting(std::string_view ad) override;
  Status each_ad(const AdQuery& query, const std::function<bool(const StoredAd&)>& each) override;
  Result<std::vector<Version>> versions(std::string_view ad) override;
  Result<std::vector<Absence>> absences(std::string_view ad) override;

  Result<std::vector<ContactUse>> uses(std::string_view kind, std::string_view value, std::size_t limit) override;
  Result<std::vector<ContactUse>> uses_of(std::string_view ad) override;
  Result<std::vector<Similar>> similar(const StoredAd& ad, std::size_t limit) override;
  Result<Network> network(std::string_view ad, const std::vector<ContactUse>& extra, std::size_t limit) override;
  Result<TextPlace> place_text(const StoredAd& ad, const std::vector<const StoredAd*>& pending) override;
  Result<std::vector<ValueMerge>> place_pictures(const std::vector<ContactUse>& uses, const std::vector<ContactUse>& pending) override;
  Result<int> regroup(std::size_t limit) override;
  Status rebuild_groups() override;
  Status decide(const TieDecision& decision) override;
  Result<std::vector<TieDecision>> decisions(std::string_view ad) override;
  Status each_link(std::string_view ad, const std::function<bool(const Link&)>& each) override;

  Result<std::optional<Alert>> alert(std::string_view key) override;
  Result<std::optional<Alert>> alert_named(std::string_view label) override;
  Status each_alert(const AlertQuery& query, const std::function<bool(const Alert&)>& each) override;
  Result<std::vector<Alert>> due_alerts(std::size_t limit) override;
  Status put_silence(const Silence& silence) override;
  Result<std::vector<Silence>> silences(Instant now) override;
  Status put_outgoing(const std::vector<Outgoing>& messages, const std::vector<Alert>& alerts) override;
  Status update_outgoing(const Outgoing& message, const std::vector<Alert>& alerts) override;
  Result<std::vector<Outgoing>> due_outgoing(Instant now, std::size_t limit, const std::function<bool(const Outgoing&)>& wanted) override;
  Result<std::optional<Outgoing>> outgoing(std::string_view id) override;
  Result<std::vector<Outgoing>> outgoing_since(std::string_view receiver, Instant since) override;
  Result<std::int64_t> next_alert_number(int year) override;

  Result<SiteState> site(std::string_view site) override;
  Status put_site(const SiteState& state) override;
  Status append_log(const std::vector<LogEntry>& entries) override;
  Status each_log(const std::function<bool(const LogEntry&)>& each) override;
  Result<LogCheck> verify_log() override;
  Result<Totals> totals() override;
  Result<std::int64_t> begin_run(Instant now) override;
  Result<std::vector<std::string>> check() override;
  Status refresh() override;
  Status backup(const std::string& folder) override { return engine_->checkpoint(folder); }
  Result<Erased> erase(const Erasure& what, bool dry_run, Instant now) override;
  Result<Erased> expire(const std::map<std::string, Keep>& keep, bool dry_run, Instant now) override;
  Result<Erased> hold(const Hold& what, Instant now) override;
  Status compact() override { return engine_->compact(); }

  /// What ties one ad, and who uses one contact ("kind:value").
  Result<AdvertPtr> advert(const std::string& ad);
  /// By the names that templates and pictures have now.
  AdvertPtr advert_now(std::string_view ad, std::vector<ContactUse> uses);
  Result<std::shared_ptr<const Users>> users(const std::string& contact);

  /// Once after open: writes or checks the format version, loads what is kept in memory.
  Status start(bool read_only);

 private:
  std::vector<Status> complete_these(std::span<const Completion> completions);
  Status complete_one(Transaction& t, const Completion& completion, Touched& touched);
  void remember(const Touched& touched);
  Result<Erased> remove(const ErasePlan& plan, const LogEntry& entry);
  Status load_common_phrases();
  Status load_names();
  /// As similar(); `ties`, if given, becomes the stored template of each that ties by its text, empty for the others.
  Result<std::vector<Similar>> near_texts(const StoredAd& ad, std::size_t limit, std::vector<std::string>* ties);
  Status index_again(AdWrite write, const std::optional<ValueMerge>& text);
  Status migrate_from_1();
  Status migrate_from_2();
  Status sketch_again();
  Status split_rows();
  Status migrate(std::uint64_t format);
  /// The names of a kind of value that grows together; none for the others.
  GrownNames* names_of(std::string_view kind);
  /// "kind:value" by the name that the value has now.
  std::string name_now(const std::string& name);
  void take(const ValueMerge& merge);
  /// The name that a template has now; empty when only one ad has it.
  Result<std::string> shared_template(const std::string& id);

  /// Ads that have anchors in common with this one, the most telling first.
  Result<std::vector<std::string>> text_candidates(const StoredAd& asked, std::size_t most);

  /// The dictionary that new pages of a site are packed with; null: none.
  std::shared_ptr<const PageDictionary> dictionary_of(std::string_view site);
  void note_page(std::string_view site, const std::string& sha256);
  std::optional<std::pair<std::string, std::vector<std::string>>> site_to_train();
  Status install(const std::string& site, const std::shared_ptr<const PageDictionary>& trained);
  static Status retire_dictionaries(Transaction& t, std::string_view site, std::uint32_t before);
  /// Packs every body that uses it without one; it goes with the last. May be done twice.
  Status dissolve_dictionary(const std::string& site, std::uint32_t number);
  Status recode(const std::vector<std::string>& keys);

  std::unique_ptr<Engine> engine_;

  struct SitePages {
    bool looked = false, trained = false;
    std::shared_ptr<const PageDictionary> dictionary;
    std::deque<std::string> newest;  // keys of its bodies that came last
    int fresh = 0;                   // bodies since it was trained, or since the start
    std::uint64_t asked = 0;
  };
  std::mutex dictionaries_mutex_;
  std::map<std::string, SitePages> sites_pages_;
  std::uint64_t dictionary_asks_ = 0;

  UsersCache users_cache_{kMostCachedUsers};
  GrownNames templates_, pictures_;
  std::atomic<bool> any_decision_ = true;  // false: the writer knows that no analyst has decided anything
  CommonPhrases common_;
};

// --- rows that hold a message

template <class Message>
Result<Message> decode(std::string_view bytes, std::string_view what) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(Errc::corrupt, std::string(what) + ": a stored record cannot be read");
  }
  return message;
}

template <class Message>
Result<std::optional<Message>> get_message(View& view, Family family, std::string_view key) {
  auto row = view.get(family, key);
  if (!row) return std::move(row).error();
  if (!*row) return std::optional<Message>{};
  auto message = decode<Message>(**row, name_of(family));
  if (!message) return std::move(message).error();
  return std::optional<Message>(*std::move(message));
}

/// `malformed` when the record could not be read back: protobuf writes text that is not UTF-8, and then refuses to read
/// it, so that one hostile byte would make a row unreadable for ever.
template <class Message>
Status put_message(Transaction& t, Family family, std::string_view key, const Message& message) {
  const auto bytes = message.SerializeAsString();
  if (!readable(*Message::descriptor(), bytes)) return fail(Errc::malformed, std::string(name_of(family)) + ": a record with text that is not UTF-8");
  return t.put(family, key, bytes);
}

/// As get_message<Visit>, of visit_head() alone: what place_visit() asks of the visit before.
Result<std::optional<Visit>> get_visit_head(View& view, std::string_view url);

/// Walks messages; `each(key, message)` answers false to stop. A row that cannot be read ends the walk as `corrupt`.
template <class Message, class Each>
Status scan_messages(View& view, Family family, std::string_view prefix, const Each& each) {
  Status bad;
  const auto walked = view.scan_prefix(family, prefix, [&](std::string_view key, std::string_view value) {
    auto message = decode<Message>(value, name_of(family));
    if (!message) {
      bad = std::move(message).error();
      return false;
    }
    return each(key, *message);
  });
  return walked ? bad : walked;
}

// --- one per rule between families; used inside a transaction

/// Puts a visit and moves its schedule row: one row, equal due, while it is neither parked nor leased.
Status place_visit(Transaction& t, const std::optional<Visit>& before, Visit visit, bool leased);
/// Puts a visit if its URL is not known; true when it was new.
Result<bool> discover_visit(Transaction& t, const Visit& visit);
/// Puts a known visit whose generation is the stored one; `conflict` when somebody moved it on, `not_found`.
Status move_visit(Transaction& t, const Visit& visit);
Status write_host(Transaction& t, HostRecord host);
/// Puts an ad with its version, absence, uses, sketch rows and place by last change.
Status write_ad(Transaction& t, const AdWrite& write, CommonPhrases& common, Touched& touched);
/// Moves on when a live ad was seen, and nothing else of it; one that is not there stays absent.
Status write_sighting(Transaction& t, const std::string& ad, std::int64_t seen_ms, Touched& touched);
/// What the row beside an ad says as long as nothing but its time moves.
Sighting sighting_of(const StoredAd& stored);
std::string encode(const Sighting& row);
std::optional<Sighting> decode_sighting(std::string_view bytes);
/// Tells in the record when its ad was seen last.
Status join_sighting(View& view, StoredAd& stored);
Status replace_sketch(Transaction& t, const StoredAd* before, const StoredAd& after, CommonPhrases& common);
/// Puts a group with its members' rows; one of fewer than two ads goes. What left it, or must be judged again, is put in doubt.
/// `spread`: how far the doubt has come that this answers; 0 for what a page brought.
Status write_network(Transaction& t, Network network, int spread = 0);
Status write_merge(Transaction& t, const ValueMerge& merge);
/// The rows by which near pictures are found: there while an ad uses the hash.
Status put_picture(Transaction& t, const std::string& hash);
Status drop_unused_picture(Transaction& t, const std::string& hash);
/// Puts an alert and its due row: one row while it is pending.
/// Has the planner something to do for it, now or at its due time?
bool to_be_planned(const Alert& alert);
Status write_alert(Transaction& t, const Alert& alert);
Status write_log(Transaction& t, const std::vector<LogEntry>& entries);

/// The bytes of a body, by the dictionary that it names; `corrupt` when they do not unpack. Keeps the last dictionary.
class Unpacker {
 public:
  explicit Unpacker(View& view) : view_(view) {}
  Result<std::string> operator()(const RawBody& body);

 private:
  View& view_;
  std::string site_, bytes_;
  std::uint32_t number_ = 0;
};

/// One more body uses a dictionary; `not_found` when it has gone or takes no new ones.
Status use_dictionary(Transaction& t, std::string_view site, std::uint32_t number);
/// A body goes, or is packed otherwise; the last one takes its dictionary with it.
Status release_dictionary(Transaction& t, const RawBody& body);

struct DictionaryRow {
  std::string site;
  std::uint32_t number = 0;
  std::string_view bytes;
  std::int64_t uses = -1;  // -1: nobody counts them
};
Status each_dictionary(View& view, const std::function<bool(const DictionaryRow&)>& each);

/// Every fault of the rules above; for `vigie store check`.
Result<std::vector<std::string>> check_store(Engine& engine);

Result<LogCheck> check_log(View& view);

/// The network that an ad stands in by now (merges followed); empty: none.
Result<std::string> network_id_of(View& view, std::string_view ad);

}  // namespace vigie::storage
