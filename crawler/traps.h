#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/records.pb.h"
#include "core/time.h"
#include "core/url.h"

namespace vigie::crawler {

/// Path and query with what varies taken out: digits are N, values that are no number *, parameters by name:
/// "/calendar/N?day=N&view=*"; a path that repeats its own parts is their list, and "/+". Addresses of one page generator share it.
std::string address_pattern(const Url& url);

/// An address without the parameters whose values are long enough, and mixed enough, to be a session's.
std::string without_sessions(std::string_view url);

/// Finds the addresses of one site that only lead in circles: calendars, query permutations, session numbers, the same
/// content under many addresses. Pure; bounded; what it counted is lost with a restart, what it muted stands in SiteState.
///
/// A pattern is muted when kLooks first looks brought something new in less than kFreshShare of them, or kEqualRun
/// different addresses in a row showed the same. Only pages that lead to ads are judged, never an ad's own address.
class Traps {
 public:
  static constexpr std::int64_t kLooks = 100;
  static constexpr double kFreshShare = 0.05;
  static constexpr int kEqualRun = 20;
  static constexpr int kSessionProofs = 5;
  static constexpr std::size_t kMostPatterns = 2000, kMostAddresses = 20'000;

  /// The first look at an address. `fresh`: it brought an ad, or an ad's address, that was not known. `content`: hash of
  /// what it shows. The answer names its pattern when that is to be muted from now on.
  std::optional<MutedPattern> looked(const Url& url, bool fresh, std::uint64_t content, Instant now);
  /// Does another address with the same parameters in another order stand for this one?
  bool permuted(const Url& url);
  /// A parameter that changed kSessionProofs times while the page under the same rest of its address stayed the same.
  std::optional<std::string> session_parameter(const Url& url, std::uint64_t content);

 private:
  struct Counts {
    std::int64_t looks = 0, fresh = 0;
    std::uint64_t content = 0;
    int equal = 0;
  };
  struct Seen {
    std::uint64_t content = 0, value = 0;
  };
  std::unordered_map<std::string, Counts> patterns_;
  std::unordered_map<std::uint64_t, std::uint64_t> orders_;  // sorted address -> the one that was met first
  std::unordered_map<std::uint64_t, Seen> rests_;            // address without one parameter -> what it showed
  std::unordered_map<std::string, int> proofs_;              // parameter -> changes without effect; negative: it matters
};

}  // namespace vigie::crawler
