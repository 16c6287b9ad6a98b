#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"
#include "crawler/loop.h"

namespace vigie::crawler {

/// Limits of the design's table; each has a counter of its own name (Exchange::visit.limit).
struct Limits {
  std::int64_t header_bytes = 64 << 10;
  std::int64_t wire_bytes = 8 << 20;
  std::int64_t decoded_bytes = 16 << 20;
  double ratio = 100;
  std::int64_t ratio_after = 256 << 10;
  int redirects = 5;
  Millis connect = 10s, first_byte = 20s, total = 60s;
  std::int64_t slow_bytes_per_s = 100;
  Millis slow_for = 10s;
  std::int64_t robots_bytes = 512 << 10;
  std::int64_t sitemap_bytes = 50 << 20;
};

struct CrawlOptions {
  std::string user_agent;
  std::string robots_agent = "vigie";  // product token looked for in robots.txt
  int in_flight = 64;
  std::vector<std::string> allow_private;                           // CIDR
  std::vector<std::pair<std::string, std::string>> resolve;         // host -> "address:port"
  std::vector<std::string> name_servers;                            // "address:port"; empty: the system's
  std::string proxy;
  std::string ca_file;                                              // PEM; empty: the system's
  Limits limits;
};

/// One attempt that ended: a page, or a named outcome.
struct Exchange {
  Visit visit;          // as leased, with last_ms, outcome, status, etag, last_modified, redirect_to, limit, generation + 1
  HostRecord host;      // after the attempt; without the body of its robots.txt, which stays as save_host kept it
  SiteOptions site;
  std::string body;     // decoded; only for ok (and error pages that may teach an error print)
  std::string content_type;
  std::string headers;  // raw response header block, for evidence
  std::string address;  // peer
  std::vector<std::string> sitemaps;  // that a robots.txt names, as written there: with the first exchange after it was read
  Instant started{}, ended{};
};

/// How the roof connects the crawl to the store and the next steps. All are called on the loop's thread.
struct CrawlPorts {
  std::function<Instant()> now;
  /// Scheduled visits of a host with due <= until. `done` comes later, on the loop's thread: a disk is not waited for.
  std::function<void(const std::string& host, Instant until, std::size_t limit, std::function<void(std::vector<Visit>)> done)> due;
  /// Must be kept before the request leaves; a lease without URL moves only the host's clock. `done` comes later, on the
  /// loop's thread; false: do not send.
  std::function<void(Lease, HostRecord, std::function<void(bool)> done)> lease;
  std::function<void(HostRecord)> save_host;         // robots copies, back-off; kept in order with the leases
  std::function<bool()> room;                        // may another transfer start?
  std::function<void(Exchange)> deliver;
  std::function<void(const HostRecord&)> health{};   // a host fell ill (`is_ill` in retry.h) or is well again; may be empty
};

struct CrawlCounters {
  std::int64_t started = 0, delivered = 0, bytes = 0;
  int in_flight = 0;
  std::vector<std::int64_t> by_outcome;  // index: Outcome::Kind
};

/// The fetch thread's work: picks what politeness allows, asks robots, fetches, classes the answer, delivers.
///
/// Owns frontier, fetcher and resolver. Knows no store: visits come through `due`, results leave through `deliver`.
/// One request per host is out at a time. Invariant: nothing is sent whose lease was not kept.
class Crawl {
 public:
  /// `misconfigured` when an address range, proxy or pattern does not parse.
  static Result<std::unique_ptr<Crawl>> make(Loop& loop, CrawlOptions options, std::vector<SiteOptions> sites,
                                             CrawlPorts ports, std::int64_t run);
  virtual ~Crawl() = default;

  /// From the loop's thread. A host enters, or has something due earlier than known.
  virtual void host_due(const HostRecord& host, Instant earliest) = 0;
  /// The exchange of this visit has been committed (or dropped): its host may go on.
  virtual void committed(const std::string& host, std::optional<Instant> earliest) = 0;
  /// There is room again (ports.room), or the configuration changed.
  virtual void wake() = 0;
  /// The parser read a challenge or ban behind a 200: the host rests as after a refusal, without a request more.
  virtual void page_refused(const std::string& host, const SiteOptions& site) = 0;
  /// From any thread; takes effect when the loop comes to it.
  virtual void replace_sites(std::vector<SiteOptions> sites) = 0;
  /// Hosts that their sites' hours or budgets close for longer than `patience`.
  virtual std::vector<std::string> closed_hosts(Instant now, Millis patience) const = 0;
  /// Nothing in flight and nothing due at `now`?
  virtual bool idle(Instant now) const = 0;
  /// No new transfers; running ones end or are cancelled at `deadline`. `done` is called once.
  virtual void drain(Instant deadline, std::function<void()> done) = 0;
  virtual CrawlCounters counters() const = 0;
};

/// The politeness key of an address: registrable domain would merge too little and too much, so it is the host name.
std::string politeness_key(const std::string& hostname);

/// What the first look at a page says about its next one. Pure; `changed`: its ads or links changed.
struct Seen {
  bool changed = false;
  std::string page_class;
  bool soft404 = false;
  std::vector<std::string> ads;
  bool flagged = false;  // one of its ads stands in an alert
};
/// Moves a visit on after its attempt: due, tries, interval, gone bookkeeping, parked. Walls, blocks, errors and cut-off
/// pages never touch what is known. `confirm_gone`: waits between the first 404 and belief; empty: at once. `plan`: how
/// the site's visits are shared out (crawler/revisit.h); without one every page is seen as often as the scope file asks.
Visit reschedule(Visit visit, const Seen& seen, const SiteOptions& site, const std::vector<Millis>& confirm_gone,
                 Instant now, const RevisitPlan& plan = RevisitPlan::default_instance());
/// True when the visit's state says that the site has (confirmed) taken the page away.
bool is_gone(const Visit& visit, const std::vector<Millis>& confirm_gone);

/// A look at an invented address of the kind of `ad` (a page that was seen): what the site answers there is what it answers
/// for ads that are gone. One a host, asked again each week; empty where no such address can be made.
std::optional<Visit> make_probe(const Visit& ad, const SiteOptions& site, Instant now);

/// A fresh visit for an address of the site, or empty when the address is out of its scope (host, scheme, pattern).
std::optional<Visit> make_visit(const std::string& url, const SiteOptions& site, Role::Kind role, const Visit* parent,
                                Instant now);

}  // namespace vigie::crawler
