#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"

/// Ties and groups from evidence. Pure: what is stored comes in through two questions.
namespace vigie::storage {

/// How much a contact says about common hands, from the ads that use it.
///
/// The rule: ads that use it fall into groups by their *other* evidence (another contact in common, the same masked
/// text, the same name in the same place). The more groups that have nothing but this contact in common, the less it
/// says: `unrelated` of 1 weighs 1, of 3 weighs 0 (a shared service), in between it falls evenly. A group counts 1; an
/// ad that has no tie to any other counts an eighth, since one person's ads often have nothing in common but the number;
/// a quarter when it shows a contact of its own beside, as the users of a switchboard do.
struct ContactWeight {
  double unrelated = 0;
  double weight = 1;
  bool hub() const { return weight <= 0; }
};

/// One ad that uses a contact, with its other contacts ("kind:value").
struct User {
  ContactUse use;
  std::vector<std::string> others;
};
ContactWeight weigh(const std::vector<User>& users);

struct Neighbours {
  /// Uses of one ad, and of one contact (at most `limit`).
  std::function<Result<std::vector<ContactUse>>(const std::string& ad)> of_ad;
  std::function<Result<std::vector<ContactUse>>(const std::string& kind, const std::string& value, std::size_t limit)> of_contact;
};

/// Users of a contact that a weight looks at: more would not change its verdict, only its cost.
constexpr std::size_t kMostUsers = 256;

/// The uses out of `users` (all of one contact) that belong to the same epoch as `own`. Numbers are given out again:
/// one that nobody showed for more than 120 days may have another owner. Other kinds have one epoch for ever.
/// Source: reference/extraction.md, sections 1.8 and 5.3.
std::vector<ContactUse> same_epoch(const std::vector<ContactUse>& users, const ContactUse& own);

/// Weighs a contact by its users, at most kMostUsers of them.
Result<ContactWeight> weigh_contact(const std::vector<ContactUse>& users, const Neighbours& neighbours);

/// Ads that can be reached from `ad` over contacts that are no hubs; ids, contacts and hubs in byte order, no id yet.
/// `first`: the ad that was seen first among them.
struct Reached {
  Network network;
  std::string first;
};
Result<Reached> reach(const std::string& ad, std::size_t limit, const Neighbours& neighbours);

/// "kind:value".
std::string contact_name(const ContactUse& use);

}  // namespace vigie::storage
