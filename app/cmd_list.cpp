// Commands that list what the store holds; they read beside a running daemon.
#include <unistd.h>

#include <google/protobuf/struct.pb.h>

#include "app/administer.h"
#include "app/arguments.h"
#include "app/common.h"
#include "app/output.h"
#include "core/json.h"
#include "storage/volatile.h"

namespace vigie::app {
namespace {

// A time from the command line, or usage error (2).
int when(const std::string& text, std::optional<Instant>& into, const char* option = "--since: ") {
  if (text.empty()) return 0;
  auto at = parse_when(text, wall_clock());
  if (!at) {
    complain(option + at.error().text);
    return 2;
  }
  into = *at;
  return 0;
}

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// The ad as it stood at `at`: its version of then, and whether it was there; empty: not seen by then. Groups and templates
/// are what is known now, so they are left out.
Result<std::optional<Ad>> as_of(storage::Store& store, const StoredAd& stored, Instant at) {
  if (stored.first_ms() > to_ms(at)) return std::optional<Ad>{};
  auto versions = store.versions(stored.ad().ad());
  if (!versions) return std::move(versions).error();
  const Version* then = nullptr;
  for (const auto& version : *versions) {
    if (from_timestamp(version.seen()) <= at) then = &version;
  }
  if (!then) return std::optional<Ad>{};
  auto ad = then->ad_record();
  ad.clear_group();
  ad.clear_template_();
  ad.clear_gone_since();
  ad.set_state("live");
  ad.set_versions(then->version());
  *ad.mutable_first_seen() = stored.ad().first_seen();
  *ad.mutable_last_seen() = to_timestamp(std::min(from_ms(stored.last_ms()), at));
  auto absences = store.absences(ad.ad());
  if (!absences) return std::move(absences).error();
  for (const auto& absence : *absences) {
    const bool open = !absence.has_absent_to() || from_timestamp(absence.absent_to()) > at;
    if (from_timestamp(absence.absent_from()) > at || !open) continue;
    ad.set_state("gone");
    *ad.mutable_gone_since() = absence.absent_from();
    *ad.mutable_last_seen() = to_timestamp(std::min(from_timestamp(ad.last_seen()), from_timestamp(absence.absent_from())));
  }
  return std::optional(std::move(ad));
}

}  // namespace

int run_ads(const Arguments& arguments) {
  storage::AdQuery query;
  query.site = given(arguments.site);
  query.contact = given(arguments.contact);
  query.group = given(arguments.cluster);
  std::optional<Instant> at;
  if (const int code = when(arguments.at, at, "--at: "); code != 0) return code;
  const auto state = given(arguments.state);
  if (!at) query.state = state;
  if (const int code = when(arguments.since, query.changed_since); code != 0) return code;
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  note_consultation(arguments, arguments.contact.empty() ? "ads" : "ads of one contact");
  Output output(arguments.output, {"ad", "family", "state", "last_seen", "versions", "title", "name", "price.amount",
                                   "place.text", "contacts", "group"});
  Status bad;
  const auto walked = store->each_ad(query, [&](const StoredAd& stored) {
    if (!at) {
      output.row(stored.ad());
      return true;
    }
    auto then = as_of(*store, stored, *at);
    if (!then) bad = std::move(then).error();
    else if (*then && (!state || (*then)->state() == *state)) output.row(**then);
    return static_cast<bool>(bad);
  });
  if (!bad) return complain(bad.error());
  return walked ? 0 : complain(walked.error());
}

namespace {

/// A version with what was in it that moves by itself and makes none: for programs, since it is long.
google::protobuf::Struct with_ignored(const Version& version) {
  google::protobuf::Struct row;
  (void)from_json(to_json(version), row);
  const auto ignored = storage::ignored_in(version.ad_record());
  if (ignored.empty()) return row;
  auto& list = *(*row.mutable_fields())["ignored"].mutable_list_value();
  for (const auto& one : ignored) list.add_values()->set_string_value(one);
  return row;
}

}  // namespace

int run_history(const Arguments& arguments) {
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  for (const auto& id : arguments.words) note_consultation(arguments, "history " + id);
  Output output(arguments.output, {"version", "seen", "changes", "sha256", "absent_from", "absent_to", "how"});
  const bool shows_all = arguments.output == "json" || arguments.output == "jsonl" || (arguments.output.empty() && !::isatty(STDOUT_FILENO));
  int lines = 0;
  for (const auto& id : arguments.words) {
    auto versions = store->versions(id);
    if (!versions) return complain(versions.error());
    auto absences = store->absences(id);
    if (!absences) return complain(absences.error());
    // Both lists are in order of time; an absence stands where it began.
    std::size_t next = 0;
    for (const auto& version : *versions) {
      while (next < absences->size() && from_timestamp((*absences)[next].absent_from()) < from_timestamp(version.seen())) {
        output.row((*absences)[next++]);
        ++lines;
      }
      shows_all ? output.row(with_ignored(version)) : output.row(version);
      ++lines;
    }
    for (; next < absences->size(); ++next, ++lines) output.row((*absences)[next]);
  }
  output.finish();
  return lines > 0 ? 0 : complain("no such ad: " + arguments.words.front());
}

int run_links(const Arguments& arguments) {
  if (!arguments.join.empty() || !arguments.split.empty() || !arguments.open.empty()) return run_tie(arguments);
  if (arguments.all == !arguments.words.empty()) {
    complain("links: give one ad, or --all");
    return 2;
  }
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  const auto ad = arguments.all ? std::string() : arguments.words.front();
  note_consultation(arguments, arguments.all ? "links of all ads" : "links " + ad);
  if (!arguments.all) {
    auto known = store->ad(ad);
    if (!known) return complain(known.error());
    if (!*known) return complain("no such ad: " + ad);
  }
  Output output(arguments.output, {"ad", "other", "kind", "value", "weight", "first", "last"});
  const auto walked = store->each_link(ad, [&](const Link& link) {
    output.row(link);
    return true;
  });
  return walked ? 0 : complain(walked.error());
}

int run_alerts(const Arguments& arguments) {
  storage::AlertQuery query;
  query.status = given(arguments.status);
  if (const int code = when(arguments.since, query.since); code != 0) return code;
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  note_consultation(arguments, "alerts");
  Output output(arguments.output, {"alert", "kind", "severity", "status", "created", "scope", "headline", "ads_total"});
  const auto walked = store->each_alert(query, [&](const Alert& alert) {
    output.row(alert);
    return true;
  });
  return walked ? 0 : complain(walked.error());
}

}  // namespace vigie::app
