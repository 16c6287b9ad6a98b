#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "detector/detector.h"
#include "detector/words.h"

namespace vigie::detector {

/// Entries of a unit's watch lists: numbers, mails, handles and phrases. Immutable. An ad costs one look a contact and one
/// a word, however long the lists are.
class WatchList {
 public:
  /// `misconfigured` names the list and the entry: nothing to look for, bad date, unknown severity.
  static Result<WatchList> make(std::vector<WatchEntry> entries);

  /// One reason per entry that stands in the ad, with its place.
  std::vector<Reason> match(const Ad& ad, Instant now) const;
  /// Of the list behind the indicator "watch:LIST"; "high" where the list says nothing.
  std::string severity(const std::string& indicator) const;

 private:
  /// What many entries share: a list has one owner, reason and term for all its numbers.
  struct Head {
    std::string list, owner, reason, severity, expires;
    std::optional<Instant> until;
    auto key() const { return std::tie(list, owner, reason, severity, expires); }
  };
  struct Entry {
    std::uint32_t head = 0;
    bool with_country = false;  // "+33…" or "0033…"
  };
  using Index = std::unordered_multimap<std::string, std::uint32_t>;  // to entries

  Status read(WatchEntry spec);
  Result<std::uint32_t> head_of(WatchEntry& spec);
  void names(const Contact& contact, std::vector<std::uint32_t>& found) const;

  std::vector<Head> heads_;
  std::vector<Entry> entries_;
  Index numbers_;                                       // digits without leading zeros
  Index exact_;                                         // mail, handle or phrase, lower case
  WordIndex phrases_;                                   // folded
  std::vector<std::vector<std::uint32_t>> phrase_of_;  // by number of the phrase
  std::map<std::string, std::string> severities_;
};

/// A number in a form that compares over kinds: "+33199000042" for phone, whatsapp, signal…; else "kind:value".
std::string contact_key(std::string_view kind, std::string_view value);
/// A date of a configuration ("2027-01-31") as the first instant after that day.
Result<Instant> end_of_day(std::string_view date);

}  // namespace vigie::detector
