#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"

namespace vigie::storage {

enum class Access {
  read_write,  // the daemon, or a command that changes something while no daemon runs
  read_only,   // beside a running daemon: sees what was durable when it opened
};

struct OpenOptions {
  std::string path;  // the data folder; the store makes its own folder `store` inside
  Access access = Access::read_write;
  Millis group_commit = 2ms;       // how long a synced write waits for company
  std::size_t cache_bytes = 64 << 20;
};

/// One ad as a page showed it, with what changes because of it.
struct AdWrite {
  StoredAd ad;                       // the new state, complete
  std::optional<Version> version;    // only when the content changed
  std::optional<Absence> absence;    // opened, or closed (same absent_from)
  std::vector<ContactUse> uses;      // replaces all uses of this ad when `replace_uses`
  bool replace_uses = false;
};

/// The little of an ad that another look at it needs and moves.
struct Sighting {
  std::int64_t last_ms = 0;
  std::int64_t uses_ms = 0;  // last_ms of its contacts in the index, which follows twice a day
  bool gone = false;
  bool absent = false;       // missed, and not yet confirmed gone
  bool flagged = false;
};

/// A value that takes in others, since it proved to be the same: a text template whose texts one ad is near to, a hash of
/// a picture that is near to others.
struct ValueMerge {
  std::string kind;  // template or picture
  std::string id;
  std::vector<std::string> taken;
};

/// Everything that one attempt brought: one atomic fact, written synced, or nothing of it.
struct Completion {
  Visit visit;                         // the new state; refused as `fenced` when its generation is not the stored one + 1
  std::optional<HostRecord> host;
  std::vector<Visit> discovered;       // put only where the URL is not known yet
  std::vector<Visit> moved;            // other visits that are known: put where nobody moved them on since they were read
  std::vector<AdWrite> ads;
  std::vector<std::string> seen;       // live ads that stand as they stood, at visit.last_ms
  std::vector<ValueMerge> merges;      // of place_text() and place_pictures()
  std::vector<Network> networks;       // groups that changed
  std::vector<Alert> alerts;           // put by key, with their due place
  std::optional<SiteKnowledge> knowledge;
  std::vector<LogEntry> log;           // sequence and hashes are filled in by the store
  bool without_lease = false;          // import: there is no lease to give back
};

/// What the daemon asks before it goes to sleep or to work.
struct HostDue {
  HostRecord host;
  std::optional<Instant> earliest;  // of its scheduled visits; empty: none
};

/// All that are given must hold. `contact`: "kind:value", or a value of any kind.
/// `changed_since`: its last change (new, new version, gone, returned) is at or after; then oldest change first, else by id.
struct AdQuery {
  std::optional<std::string> site, contact, group, state;
  std::optional<Instant> changed_since;
  /// Ids after this one (empty: from the first), with group and template as their rows have them, which costs a fifth: for
  /// whoever walks all ads in many short steps. Alone, or with `site` or `state`.
  std::optional<std::string> after;
};

struct AlertQuery {
  std::optional<Instant> since;
  std::optional<std::string> status;
};

/// Where a new text stands among the stored ones.
struct TextPlace {
  std::vector<Similar> similar;        // as Store::similar
  std::string id;                      // the template it belongs to, perhaps of itself alone; empty: too few words
  std::optional<ValueMerge> joined;  // it ties templates that were apart: to be written with the ad
};

/// What is to go: every ad that shows or ever showed `contact` ("kind:value"), one ad, or all of a scope; with all that came of it.
struct Erasure {
  std::string contact, ad, scope;
  std::string actor, reason;  // for the processing log; no personal data
};

/// How long the ads and bodies of a site are kept. An ad that an undismissed alert names is flagged.
struct Keep {
  Millis unflagged{}, flagged{}, raw{};  // 0: for ever
};

/// A reason for which an ad stays whatever its time: it and the bodies of its versions.
struct Hold {
  std::string ad, name;
  bool release = false;
  std::string actor, reason;
};

/// What went, or would go; with the place in the processing log that certifies it.
struct Erased {
  std::int64_t sequence = 0;
  std::string hash;
  std::vector<std::string> ads, held;  // `held`: they stay, since a hold lies on them
  std::int64_t versions = 0, raw_bodies = 0, alerts = 0, messages = 0, visits = 0;
};

struct LogCheck {
  std::int64_t entries = 0;
  std::vector<std::string> faults;
};

struct Totals {
  std::int64_t visits = 0, hosts = 0, ads = 0, versions = 0, raw_bodies = 0, alerts = 0, outgoing = 0;
};

/// What we know and how it came. The only place that knows RocksDB; another engine fits behind the same face.
///
/// Ownership: one read_write Store per folder (a lock file says so); any number of read_only ones beside it.
/// Thread-safe. Everything acknowledged by a call that returns success is on disk (fsync), except leases, and bodies
/// until a completion refers to them: these survive a kill, not a power cut. Times are arguments; the store owns no clock.
/// Errors: `full` (no space: pause and come back), `fenced`, `conflict`, `corrupt`, else `storage`.
class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const OpenOptions& options);
  virtual ~Store() = default;

  // --- blobs: written before what refers to them
  /// Keeps `bytes` under its SHA-256 (32 raw bytes, returned). Idempotent.
  virtual Result<std::string> put_raw(std::string_view site, std::string_view bytes, Instant seen) = 0;
  virtual Result<std::string> raw(std::string_view sha256) = 0;
  /// Makes a dictionary of what the pages of one site share, where enough have come, so that the next are packed with it;
  /// kept only where it saves a tenth. To be called now and then beside other work; some 0.2 s. Returns the site, or
  /// nothing: no site wanted one.
  virtual Result<std::string> train_dictionary() = 0;

  // --- schedule (the crawler's decisions live in the records; the store keeps and orders them)
  /// With their robots bodies; whoever gives a record back without one leaves it as it is kept.
  virtual Result<std::vector<HostDue>> hosts() = 0;
  /// A host whose stored copy has a greater `revision` stays as it is, here and in lease() and complete().
  virtual Status put_host(const HostRecord& host) = 0;
  /// Puts visits whose URL is not known yet; known ones keep their state. Returns how many were new.
  virtual Result<int> discover(const std::vector<Visit>& visits) = 0;
  /// Overwrites the schedule place and state of a known visit (reload, analyst's "now"); no lease involved.
  virtual Status put_visit(const Visit& visit) = 0;
  /// Scheduled, unleased visits of a host with due <= until, by priority, then due. Where there are more than `limit`, the
  /// oldest of every priority are among them (an eighth of the limit each), so that no priority starves.
  virtual Result<std::vector<Visit>> due(std::string_view host, Instant until, std::size_t limit) = 0;
  /// How many of them there are; stops counting at `most`.
  virtual Result<std::int64_t> count_due(std::string_view host, Instant until, std::int64_t most) = 0;
  /// When the first scheduled, unleased visit of a host is due (may lie in the past); empty: none scheduled.
  virtual Result<std::optional<Instant>> earliest_due(std::string_view host) = 0;
  virtual Result<std::optional<Visit>> visit(std::string_view url) = 0;
  /// All visits of a site, in key order; stops when `each` answers false.
  virtual Status each_visit(std::string_view site, const std::function<bool(const Visit&)>& each) = 0;
  /// Takes URLs out of the schedule before their requests leave, together with their host's next allowed time.
  virtual Status lease(const Lease& lease, const HostRecord& host) = 0;
  /// Many in one batch, an answer each. One without URL moves only its host's clock (robots.txt, a back-off).
  virtual std::vector<Status> lease_all(const std::vector<std::pair<Lease, HostRecord>>& leases) = 0;
  /// Called once after open: leases of earlier runs go back to the schedule, due a little later. Returns how many.
  virtual Result<int> recover_leases(std::int64_t run, Instant now) = 0;

  // --- what pages brought
  virtual Status complete(const Completion& completion) = 0;
  /// Many in one group: one answer each, one fsync for all.
  virtual std::vector<Status> complete_all(const std::vector<Completion>& completions) = 0;

  virtual Result<std::optional<StoredAd>> ad(std::string_view id) = 0;
  /// What a look at an ad that stands as it stood has to know of it; empty: no such ad.
  virtual Result<std::optional<Sighting>> sighting(std::string_view ad) = 0;
  virtual Status each_ad(const AdQuery& query, const std::function<bool(const StoredAd&)>& each) = 0;
  virtual Result<std::vector<Version>> versions(std::string_view ad) = 0;
  virtual Result<std::vector<Absence>> absences(std::string_view ad) = 0;

  // --- neighbours
  /// Uses of one contact, newest first, at most `limit`.
  virtual Result<std::vector<ContactUse>> uses(std::string_view kind, std::string_view value, std::size_t limit) = 0;
  virtual Result<std::vector<ContactUse>> uses_of(std::string_view ad) = 0;
  /// Ads whose text is near to the ad's, which need not be stored but must have its sketch: Jaccard from 0.45, in long texts
  /// from 0.40, or containment from 0.8. Best first. The caller judges by the numbers.
  virtual Result<std::vector<Similar>> similar(const StoredAd& ad, std::size_t limit) = 0;
  /// The template of a new or changed text; `pending`: ads that go into the same completion.
  virtual Result<TextPlace> place_text(const StoredAd& ad, const std::vector<const StoredAd*>& pending) = 0;
  /// Which stored pictures those that `uses` names are the same as; `pending`: uses that go into the same completion. From
  /// now on network() knows, whether the ad is written or not.
  virtual Result<std::vector<ValueMerge>> place_pictures(const std::vector<ContactUse>& uses, const std::vector<ContactUse>& pending) = 0;
  /// The operator group of an ad by everything that ties it (storage/operators.h) and what analysts decided, with `extra`
  /// uses as if they were stored. The id is stable: that of the oldest stored group whose greater part is here, else
  /// computed from the first ad. An ad alone is a group of one.
  virtual Result<Network> network(std::string_view ad, const std::vector<ContactUse>& extra, std::size_t limit) = 0;
  /// Computes and writes the groups of at most `limit` ads that a change has put in doubt; returns how many there were.
  virtual Result<int> regroup(std::size_t limit) = 0;
  /// All groups anew from what is stored.
  virtual Status rebuild_groups() = 0;
  /// Two ads are `same` or `different` whatever the evidence says, for ever, or `open` again. Logged; groups follow.
  virtual Status decide(const TieDecision& decision) = 0;
  virtual Result<std::vector<TieDecision>> decisions(std::string_view ad) = 0;
  /// Every tie of one ad; with an empty id every tie of the store, each pair once.
  virtual Status each_link(std::string_view ad, const std::function<bool(const Link&)>& each) = 0;

  // --- telling
  virtual Result<std::optional<Alert>> alert(std::string_view key) = 0;
  /// By the label that people use ("A-2026-000123"), else by key.
  virtual Result<std::optional<Alert>> alert_named(std::string_view label) = 0;
  virtual Status each_alert(const AlertQuery& query, const std::function<bool(const Alert&)>& each) = 0;
  /// Alerts with status pending or sent and a due time, oldest due first (those not due yet too).
  virtual Result<std::vector<Alert>> due_alerts(std::size_t limit) = 0;
  /// One atomic batch: messages fixed (put by id; an existing one is left as it is) and the alerts that they carry.
  virtual Status put_outgoing(const std::vector<Outgoing>& messages, const std::vector<Alert>& alerts) = 0;
  /// The state of a message after an attempt, and the alerts that show it, in one batch.
  virtual Status update_outgoing(const Outgoing& message, const std::vector<Alert>& alerts) = 0;
  /// Messages not yet handed over, failed or held whose next_ms <= now, oldest first; only those that `wanted` takes, if given.
  virtual Result<std::vector<Outgoing>> due_outgoing(Instant now, std::size_t limit,
                                                     const std::function<bool(const Outgoing&)>& wanted = {}) = 0;
  virtual Result<std::optional<Outgoing>> outgoing(std::string_view id) = 0;
  virtual Result<std::vector<Outgoing>> outgoing_since(std::string_view receiver, Instant since) = 0;
  /// Puts a silence by its id.
  virtual Status put_silence(const Silence& silence) = 0;
  /// Silences that end after `now`, oldest first.
  virtual Result<std::vector<Silence>> silences(Instant now) = 0;
  /// The next human number of a year (a label, never an identity).
  virtual Result<std::int64_t> next_alert_number(int year) = 0;

  // --- sites and operation
  virtual Result<SiteState> site(std::string_view site) = 0;
  virtual Status put_site(const SiteState& state) = 0;
  virtual Status append_log(const std::vector<LogEntry>& entries) = 0;
  /// Whether the chain of the processing log is whole to its end.
  virtual Result<LogCheck> verify_log() = 0;
  /// The processing log in its order.
  virtual Status each_log(const std::function<bool(const LogEntry&)>& each) = 0;
  virtual Result<Totals> totals() = 0;
  /// A number that this start of the daemon bears; greater than all before.
  virtual Result<std::int64_t> begin_run(Instant now) = 0;
  /// Verifies the rules that tie the families together; one line per fault, empty = sound.
  virtual Result<std::vector<std::string>> check() = 0;
  /// read_only: moves on to what the writer has written by now (open does it once). Else nothing.
  virtual Status refresh() = 0;
  /// A copy in `folder`, which must not exist yet: opens by itself as a data folder's `store`. While running.
  virtual Status backup(const std::string& folder) = 0;
  /// Removes what `what` names from every family: ads with versions, absences, uses and sketches, their places in networks
  /// and pages, alerts about them and messages of these, addresses and bodies that hold the contact in any spelling that
  /// was read, and bodies that no version refers to any more. Another ad's version whose body goes keeps its content and
  /// loses `sha256`. A hold refuses its ad. The log gets one entry with counts. Files still hold the bytes until compact()
  /// and the next open. `dry_run`: counts only. Errors: `malformed` when nothing or a contact without kind is named.
  virtual Result<Erased> erase(const Erasure& what, bool dry_run, Instant now) = 0;
  /// Removes ads that were last seen longer ago than their site keeps them, and
  /// bodies that came longer ago. Of a site that `keep` does not name (its scope has gone), ads go at `delete_after_ms`.
  virtual Result<Erased> expire(const std::map<std::string, Keep>& keep, bool dry_run, Instant now) = 0;
  /// Lays a hold on an ad, or takes it away. Logged. `ads`: it; `raw_bodies`: how many it covers. Errors: `not_found`.
  virtual Result<Erased> hold(const Hold& what, Instant now) = 0;
  /// Rewrites every file of the store, so that nothing erased is left in one.
  virtual Status compact() = 0;
};

}  // namespace vigie::storage
