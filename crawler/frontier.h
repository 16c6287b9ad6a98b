#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/records.pb.h"
#include "core/time.h"

namespace vigie::crawler {

/// Decides which host may be asked next, and for which of its addresses. Owns no clock, socket or thread; every time
/// is an argument. The store's schedule stays the truth: here stand only the active hosts and up to kPrefetch
/// addresses of each.
///
/// Invariants: one address of a host is out at a time, at most kPerDomain of a registrable domain; a host is not
/// offered before the later of its clock, its block and the opening of its active hours; an address that was handed out
/// is not read from the store again before its outcome was committed.
class Frontier {
 public:
  static constexpr std::size_t kPrefetch = 64;
  static constexpr int kPerDomain = 2;
  static constexpr Millis kAgeing = 10min;  // one step of priority for so much overdue
  static constexpr int kAgedBest = 3;

  /// A host enters, or its clock moves. `domain`: registrable domain, or the host itself.
  void set_gate(const std::string& host, const std::string& domain, Instant not_before);
  /// The store has something for this host at `earliest` (moves only forward in time by `drained`).
  void add_due(const std::string& host, Instant earliest);
  /// The host that has waited longest among those that may go at `now`; it is out until release().
  std::optional<std::string> next(Instant now);
  /// When to ask next() again; empty: nothing is due anywhere.
  std::optional<Instant> wake_at() const;

  /// Should the caller read the host's due addresses from the store now? (buffer empty or stale, nothing uncommitted)
  bool wants_fill(const std::string& host) const;
  /// The store is being asked while the host is out: what add_due() says until fill() stands beside what that brings.
  void asking(const std::string& host);
  /// Replaces the buffer. `later`: when the store has more, if it has nothing now.
  void fill(const std::string& host, std::vector<Visit> visits, std::optional<Instant> later);
  /// The best address that is due: priority with ageing, then due time. Ageing lifts at most to kAgedBest, so that lists
  /// never stand behind a backlog; every fifth slot goes to what waits longest, every tenth to priorities 6 and 7, so that
  /// nothing waits for ever. Priorities 0 and 1 go before all of that.
  std::optional<Visit> take(const std::string& host, Instant now);
  void put_back(const std::string& host, Visit visit);
  /// The host is no longer out; it may go again at `not_before`.
  void release(const std::string& host, Instant not_before);

  /// One outcome left for the store / has been kept there; `earliest`: what the store then has due next.
  void handed_over(const std::string& host);
  void committed(const std::string& host, std::optional<Instant> earliest);

  std::size_t uncommitted() const { return uncommitted_; }
  std::size_t hosts() const { return hosts_.size(); }
  /// Is a host out, or an address due at `now` whose host may go within `grace` and is not `held` by other reasons?
  bool anything_due(Instant now, Millis grace, const std::function<bool(const std::string&)>& held) const;

 private:
  struct Host {
    std::string name, domain;
    Instant not_before{};
    std::optional<Instant> store_due;  // earliest in the store beyond the buffer
    std::vector<Visit> buffer;
    int uncommitted = 0;
    std::uint32_t taken = 0;
    bool out = false, stale = false, asked = false, waits_for_domain = false;
    std::optional<Instant> queued;     // key in queue_, when it stands there
  };
  static std::optional<Instant> first_due(const Host& host);
  static std::optional<Instant> ready_at(const Host& host);
  void enqueue(Host& host);
  Host* find(const std::string& host);
  const Host* find(const std::string& host) const;
  void leave_domain(Host& host);

  std::unordered_map<std::string, std::unique_ptr<Host>> hosts_;
  std::set<std::pair<Instant, Host*>> queue_;
  struct Domain {
    int out = 0;
    std::deque<Host*> waiting;
  };
  std::unordered_map<std::string, Domain> domains_;
  std::size_t uncommitted_ = 0;
};

}  // namespace vigie::crawler
