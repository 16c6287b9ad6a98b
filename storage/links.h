#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"

/// Ties and groups from evidence. Pure: what is stored comes in through two questions.
namespace vigie::storage {

/// What ties an ad to others, from its uses of contacts: small, so that thousands can be held.
struct Advert {
  std::string ad;
  std::int64_t first_ms = 0, last_ms = 0;
  std::uint64_t text = 0;             // hash of the masked text; 0: not known
  std::uint64_t name = 0;             // hash of name and place; 0: one of them is not known
  std::vector<std::string> contacts;  // "kind:value"; "template:ID", "picture:HASH" and "image:HASH" stand among them
};
using AdvertPtr = std::shared_ptr<const Advert>;

/// Kinds of use that are no contacts: the text template of an ad, its pictures by a hash that the site computed from them
/// (64 hex digits), and by their addresses.
constexpr std::string_view kTemplateUse = "template", kPictureUse = "picture", kImageUse = "image";
bool is_contact(std::string_view name);

/// "kind:value".
std::string contact_name(const ContactUse& use);
/// All uses of one ad as one value; without uses an ad that nothing ties.
AdvertPtr advert_of(std::string_view ad, const std::vector<ContactUse>& uses);

/// Ads that use one contact, newest first, then by id; at most kMostUsers of them.
struct Users {
  std::vector<AdvertPtr> newest;
  bool cut = false;  // there are older ones
};
constexpr std::size_t kMostUsers = 1024;
/// Users that a weight looks at: more would not change its verdict, only its cost.
constexpr std::size_t kMostWeighed = 256;

bool newer(const Advert& a, const Advert& b);

/// How much a contact says about common hands, from the ads that use it.
///
/// The rule: ads that use it fall into groups by their *other* evidence (another contact in common, the same masked
/// text, the same name in the same place). The more groups that have nothing but this contact in common, the less it
/// says: `unrelated` of 1 weighs 1, of 3 weighs 0 (a shared service), in between it falls evenly. A group counts 1 if
/// it has an identity of its own (another contact, a picture), a quarter if only a text or a name holds it together, since
/// one person writes several texts. An ad that has no tie to any other counts an eighth, since one person's ads often have
/// nothing in common but the number; a quarter when it shows a contact of its own beside, as the users of a switchboard do.
struct ContactWeight {
  double unrelated = 0;
  double weight = 1;
  bool hub() const { return weight <= 0; }
};

/// Weighs `contact` by the newest kMostWeighed of `users`.
ContactWeight weigh(const std::vector<AdvertPtr>& users, std::string_view contact);

struct Neighbours {
  std::function<Result<AdvertPtr>(const std::string& ad)> of_ad;
  std::function<Result<std::shared_ptr<const Users>>(const std::string& contact)> of_contact;
  std::function<Result<std::vector<TieDecision>>(const std::string& ad)> decisions_of;  // may be empty
};

/// The users that belong to the same epoch as one first seen at `first_ms`, oldest first. Numbers are given out again:
/// one that nobody showed for more than 120 days may have another owner. Other kinds have one epoch for ever.
/// Source: reference/extraction.md, sections 1.8 and 5.3.
std::vector<AdvertPtr> same_epoch(const Users& users, std::string_view contact, std::int64_t first_ms);

/// Why an ad belongs to a group: ads, contacts and hubs in byte order, no id yet. `first`: the ad seen first among them.
struct Reached {
  Network network;
  std::string first;
  std::vector<std::string> strong, weak, silent;  // its shared values that tie by themselves, do not, or tie nothing; no hubs
};

/// The operator group around `ad` (at most `limit` ads): what `operators` says when all users of the group's values, and
/// the persons who use its texts, stand beside. Values that `weigh` takes for hubs do not count. `truncated`: the limit, or
/// the number of users that are looked at, was not enough.
Result<Reached> hands(const std::string& ad, std::size_t limit, const Neighbours& neighbours);

}  // namespace vigie::storage
