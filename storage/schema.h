#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The grammar of every key of the store (docs/format.md says the same). Pure; knows no engine.
///
/// Whole numbers are big-endian, so that byte order is number and time order. `s(x)` is a string that others follow:
/// 00 inside becomes 00 FF, the end is 00 01; a string at the end of a key stands plain. Times are ms since 1970.
/// One letter divides a family that holds more than one kind of row. Values are protobuf messages unless said.
///
///   visit     'u' url                                    Visit
///             's' s(site) url                            empty: the site's own list
///   sched     s(host) u8(priority) u64(due) url          empty; exactly one row per visit not parked and not leased
///   host      'h' host                                   HostRecord, without its robots body
///             'r' host                                   the robots body (plain)
///   lease     url                                        Lease
///   ad        'a' ad                                     StoredAd
///             't' u64(changed) ad                        empty: by last change
///             'l' ad                                     u64(last seen) u64(last seen, in the contact index) u8(1 gone, 2 missed, 4 flagged)
///   version   'v' s(ad) u32(version)                     Version
///             'x' s(ad) u64(absent from)                 Absence
///   raw       sha256 (32 bytes)                          RawBody, in blob files
///   contact   'c' s(kind) s(value) u64(~first) s(ad) u32(n)  ContactUse, newest first; n: its number within the ad
///             'a' s(ad) u32(n)                           the 'c' key that belongs to it
///   sketch    'b' u32 ad                                 empty: an anchor of the masked text, the hash of a shingle
///             'm' 16 bytes ad                            empty: same masked text
///             'r' u32                                    empty: an anchor that so many ads have that it takes in no more
///             'p' u8(slot) 2 bytes hash                  empty: a picture (64 hex digits) by one of its 16 slots
///             'i' hash                                   hash of the picture that took it in (plain)
///   template  'g' id                                     id that took it in (plain)
///   link      'n' id                                     Network
///             'a' ad                                     id of its network (plain)
///             'g' id                                     id that took it in (plain)
///             'd' s(ad) other                            TieDecision, under both ads
///             'h' kind:value                             "w" or empty: it ties only beside another value, or nothing (a hub); its users have been looked at again
///             'q' ad                                     u8 (how far the doubt has spread): its group is in doubt
///   finding   'k' key                                    Alert
///             'c' u64(created) key                       empty: by age
///             's' id                                     Silence
///   due       'a' u64(due) key                           empty; exactly one row per pending or sent alert that has a due time
///             'o' id                                     Outgoing
///             'n' u64(next) id                           empty; exactly one row per message not handed over or failed
///             'r' s(receiver) u64(created) id            empty
///   log       u64(sequence)                              LogEntry
///   meta      "format"                                   u32
///             "run"                                      u64
///             "totals"                                   u64 each, in the order of Tally
///             "log-head"                                 u64(sequence) and the last hash
///             "alert-number/" year                       u64
///             "site/" site                               SiteState
///             "dictionary/" s(site) u32(number)          what pages of the site share (zstd's format): packs its bodies
///             "dictionary-uses/" s(site) u32(number)     u64 bodies, u8: 1 = takes no new ones; goes with the last
///             "dictionary-last/" site                    u32: numbers are never given twice
namespace vigie::storage {

/// Of the whole folder; a change of any grammar or meaning above raises it, with a migration beside it.
constexpr std::uint32_t kFormat = 4;

enum class Family : std::uint8_t {
  visit, sched, host, lease, ad, version, raw, contact, sketch, text_template, link, finding, due, log, meta
};
constexpr std::size_t kFamilies = 15;
/// The name on disk ("template" for text_template).
std::string_view name_of(Family family);

/// What is counted as it changes; order is format.
enum class Tally : std::uint8_t { visits, hosts, ads, versions, raw_bodies, alerts, outgoing };
constexpr std::size_t kTallies = 7;

/// Builds a key from left to right.
class Key {
 public:
  Key() = default;
  explicit Key(char kind) : bytes_(1, kind) {}
  Key& u8(std::uint64_t n);
  Key& u32(std::uint64_t n);
  Key& u64(std::uint64_t n);
  /// A time; one before 1970 counts as 1970.
  Key& ms(std::int64_t t) { return u64(t < 0 ? 0 : static_cast<std::uint64_t>(t)); }
  /// Newest first.
  Key& ms_down(std::int64_t t) { return u64(~(t < 0 ? 0 : static_cast<std::uint64_t>(t))); }
  Key& s(std::string_view text);      // others follow
  Key& rest(std::string_view text) { bytes_ += text; return *this; }
  const std::string& str() const& { return bytes_; }
  std::string str() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads a key from left to right; ok() is false after the first thing that was not there.
class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : rest_(key) {}
  char kind();
  std::uint64_t u8() { return number(1); }
  std::uint64_t u32() { return number(4); }
  std::uint64_t u64() { return number(8); }
  std::string s();
  std::string_view bytes(std::size_t count);
  std::string_view rest() { return rest_; }
  bool ok() const { return ok_; }

 private:
  std::uint64_t number(std::size_t width);
  std::string_view rest_;
  bool ok_ = true;
};

std::string visit_key(std::string_view url);
std::string site_visit_key(std::string_view site, std::string_view url);
std::string sched_key(std::string_view host, std::int32_t priority, std::int64_t due_ms, std::string_view url);
std::string host_key(std::string_view host);
std::string robots_key(std::string_view host);
std::string ad_key(std::string_view ad);
std::string sighting_key(std::string_view ad);
std::string ad_change_key(std::int64_t changed_ms, std::string_view ad);
std::string version_key(std::string_view ad, std::int32_t version);
std::string absence_key(std::string_view ad, std::int64_t from_ms);
std::string contact_prefix(std::string_view kind, std::string_view value);
std::string contact_key(std::string_view kind, std::string_view value, std::int64_t first_ms, std::string_view ad,
                        std::uint32_t n);
std::string contact_of_ad_key(std::string_view ad, std::uint32_t n);
std::string due_alert_key(std::int64_t due_ms, std::string_view key);
std::string next_outgoing_key(std::int64_t next_ms, std::string_view id);
std::string receiver_key(std::string_view receiver, std::int64_t created_ms, std::string_view id);

/// The first key after every key that starts with `prefix`; empty: there is none.
std::string after_prefix(std::string_view prefix);

}  // namespace vigie::storage
