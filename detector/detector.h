#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"

namespace vigie::detector {

/// One named selection of a rule: any phrase, any pattern, or one comparison on a field.
///
/// A phrase matches whole words; "guarant*" lets one word go on, ".." stands for up to three words of any kind.
/// "(a|b)" stands for either, "(|b)" for b or nothing; a phrase may stand for 600.
/// Blanks also match hyphens, apostrophes, commas and "%", never the end of a sentence. A phrase of the ad's language
/// counts; one of another language only when it has two words or more and at least 12 letters, or when the ad's
/// language is not known. Patterns are RE2 over the view as it is: on `folded` they must be written in folded letters.
struct Selection {
  std::string name;
  std::string view = "folded";                                            // original normalised folded
  std::vector<std::pair<std::string, std::vector<std::string>>> phrases;  // language -> phrases
  std::vector<std::string> patterns;                                      // RE2
  std::string field;                                                      // "price.amount"; empty: words
  std::optional<double> below, above, equals;
  std::optional<std::string> is;   // text comparison, case folded
  int line = 0;                    // of the selection's name in its file; 0: not known
  std::vector<int> pattern_lines;  // of each pattern, as far as known
};

struct RuleCase {
  std::string lang, text, family;
  std::optional<double> price;  // with currency ("EUR"), per ("hour") and country ("BE"): for rules about fields
  std::optional<double> age;
  std::string currency, per, country;
  int line = 0;
};

/// A rule as its file states it (CONTRACT section 2); the YAML is read in `app`.
struct RuleSpec {
  std::string id, title, tier, source, when, says, version;
  std::vector<std::string> family;  // of ads; empty: all. An ad of family `mixed` meets every rule
  std::string group;                // of evidence, for caps and combinations: kGroups; empty: "other"
  double weight = 0;                // log-odds; below zero: it speaks against (counter-evidence)
  std::vector<Selection> select;
  std::vector<std::string> false_positives;
  std::string expires;  // date
  std::vector<RuleCase> hits, misses;
  std::string file;
  int line = 0, when_line = 0;
};

struct WatchEntry {
  std::string list, owner, reason, severity, expires;
  std::string value;  // as the unit wrote it
};

/// All rules, compiled. Immutable, thread-safe.
class Rules {
 public:
  /// `misconfigured` names file, line and what is wrong (unknown name in `when`, pattern that does not compile).
  static Result<std::shared_ptr<const Rules>> compile(std::vector<RuleSpec> rules, std::vector<WatchEntry> watch = {});
  virtual ~Rules() = default;

  /// Reasons whose spans, cut from the stored field, are the quotes. `now` judges expiry.
  virtual std::vector<Reason> match(const Ad& ad, Instant now) const = 0;
  virtual std::vector<Reason> watch(const Ad& ad, Instant now) const = 0;
  /// low, medium or high: of the list behind a reason's indicator "watch:LIST".
  virtual std::string watch_severity(const std::string& indicator) const = 0;
  virtual const std::vector<RuleSpec>& specs() const = 0;
};

/// The outcome of one case of a rule's own tests.
struct CaseResult {
  std::string rule, kind, lang, text;  // kind: hit miss
  int line = 0;
  bool passed = false;
};
std::vector<CaseResult> test_rules(const Rules& rules);

/// What comparable ads cost: service ads of one site and place, with the same currency and unit; one price a contact.
struct PriceLevel {
  double tenth = 0, median = 0;  // a tenth of the prices lies below the first, half below the second
  int contacts = 0;              // how many were compared, at least 30
};

/// What is known around one ad; collected by the pipeline, so that this room needs no store.
struct Evidence {
  Ad ad;                     // as just seen
  std::optional<Ad> before;  // the last version, if there was one
  std::vector<Change> changes;
  std::vector<ContactUse> uses;  // of its contacts, by other ads and by itself
  std::vector<Similar> similar;
  Network network;                         // with this ad in it
  std::vector<Ad> members;                 // of the network, this ad included, at most 50
  std::vector<std::string> site_contacts;  // values that are the site's own
  std::optional<double> site_obscured;     // share of its site's ads whose contact is not written plainly, 0 to 1
  std::optional<PriceLevel> price_level;   // of comparable ads, the ad itself apart
  std::optional<double> usual_output;      // new ads a week that 19 of 20 contacts of its site do not exceed
  std::optional<Alert> alert;              // the alert that stands for this network, if any
};

struct Findings {
  std::string key;       // identity of what is told: the network, or the ad when it is alone
  std::string kind;      // new changed returned linked cluster watch; empty: nothing to tell
  std::string severity;  // low medium high
  double score = 0;      // probability-like, from the sum of log-odds
  std::string headline;
  std::vector<Reason> reasons;
  std::vector<Counter> counter;
  bool restricted = false;
  bool news = false;  // something that an earlier alert of this key did not say
};

/// Keys under which an alert about this ad may stand, the first that exists is the one: its network's, those of networks
/// that it has taken in, its own; and where the same text stands under other contacts, those of the ads that bore it
/// before, oldest first, so that one text has one alert however many ads copy it.
std::vector<std::string> keys_of(const Evidence& evidence);

/// Weighs everything (DESIGN section 6). Pure.
Findings assess(const Evidence& evidence, const Rules& rules, Instant now);

}  // namespace vigie::detector
