#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detector/detector.h"
#include "detector/phrase.h"

namespace vigie::detector {

/// Entries of a unit's watch lists: numbers, mails, handles and phrases. Immutable.
class WatchList {
 public:
  /// `misconfigured` names the list and the entry: nothing to look for, bad date, unknown severity.
  static Result<WatchList> make(std::vector<WatchEntry> entries);

  /// One reason per entry that stands in the ad, with its place.
  std::vector<Reason> match(const Ad& ad, Instant now) const;
  /// Of the list behind the indicator "watch:LIST"; "high" where the list says nothing.
  std::string severity(const std::string& indicator) const;

 private:
  struct Entry {
    WatchEntry spec;
    std::string digits;            // of a number; empty: none
    bool with_country = false;     // "+33…" or "0033…"
    std::string exact;             // mail or handle, lower case
    std::optional<Phrase> phrase;  // else
    std::optional<Instant> expires;
  };
  static Result<Entry> read(WatchEntry spec);
  static bool names(const Entry& entry, const Contact& contact);

  std::vector<Entry> entries_;
  std::map<std::string, std::string> severities_;
};

/// A number in a form that compares over kinds: "+33199000042" for phone, whatsapp, signal…; else "kind:value".
std::string contact_key(std::string_view kind, std::string_view value);
/// A date of a configuration ("2027-01-31") as the first instant after that day.
Result<Instant> end_of_day(std::string_view date);

}  // namespace vigie::detector
