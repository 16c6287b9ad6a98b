#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "detector/detector.h"

namespace vigie::detector {

/// After so long a silence a number may belong to somebody else.
constexpr std::int64_t kEpochMs = 120LL * 24 * 3600 * 1000;

/// All uses of one contact, phone-like kinds together; hubs and the site's own contacts are not followed.
struct Shared {
  std::string key;               // contact_key()
  std::vector<ContactUse> uses;  // one per ad, by first_ms, then ad
  /// Those of the epoch that holds `ad`, or the last epoch when the ad is not among them.
  std::vector<ContactUse> epoch_of(const std::string& ad) const;
};

/// The evidence around one ad, put in order once for all indicators.
struct Scene {
  const Evidence& evidence;
  Instant now;
  std::vector<Shared> shared;      // by key
  std::set<std::string> own;       // keys of this ad's contacts
  std::set<std::string> hubs;      // keys that are not followed
  std::set<std::string> site_own;  // values
  std::vector<Reason> words;       // what rules say of this ad
};
Scene scene_of(const Evidence& evidence, Instant now, std::vector<Reason> words);

/// The time as the records keep it; 0 when it is not known.
std::int64_t seen_ms(const google::protobuf::Timestamp& t);
/// Is it an offer of work or travel (recruitment, job, travel)?
bool offers(std::string_view family);
/// Milliseconds between two spans of time; 0 when they overlap or either is not known.
std::int64_t gap_ms(const ContactUse& a, const ContactUse& b);

/// A fact about the business behind an ad: a register or tax number, an employer's name, a mail at its own domain.
struct Identity {
  bool registered = false;  // name and number, address or register
  bool named = false;
  std::string how;  // for the analyst
};
Identity identity_of(const Scene& scene);

}  // namespace vigie::detector
