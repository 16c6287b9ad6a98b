// Commands that list what the store holds; they read beside a running daemon.
#include "app/arguments.h"
#include "app/common.h"
#include "app/output.h"

namespace vigie::app {
namespace {

// A time from the command line, or usage error (2).
int when(const std::string& text, std::optional<Instant>& into) {
  if (text.empty()) return 0;
  auto at = parse_when(text, wall_clock());
  if (!at) {
    complain("--since: " + at.error().text);
    return 2;
  }
  into = *at;
  return 0;
}

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

int run_ads(const Arguments& arguments) {
  storage::AdQuery query;
  query.site = given(arguments.site);
  query.contact = given(arguments.contact);
  query.group = given(arguments.cluster);
  query.state = given(arguments.state);
  if (const int code = when(arguments.since, query.changed_since); code != 0) return code;
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  Output output(arguments.output, {"ad", "family", "state", "last_seen", "versions", "title", "name", "price.amount",
                                   "place.text", "contacts", "group"});
  const auto walked = store->each_ad(query, [&](const StoredAd& stored) {
    output.row(stored.ad());
    return true;
  });
  return walked ? 0 : complain(walked.error());
}

int run_history(const Arguments& arguments) {
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  Output output(arguments.output, {"version", "seen", "changes", "sha256", "absent_from", "absent_to", "how"});
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
      output.row(version);
      ++lines;
    }
    for (; next < absences->size(); ++next, ++lines) output.row((*absences)[next]);
  }
  output.finish();
  return lines > 0 ? 0 : complain("no such ad: " + arguments.words.front());
}

int run_links(const Arguments& arguments) {
  if (arguments.all == !arguments.words.empty()) {
    complain("links: give one ad, or --all");
    return 2;
  }
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  const auto ad = arguments.all ? std::string() : arguments.words.front();
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
  Output output(arguments.output, {"alert", "kind", "severity", "status", "created", "scope", "headline", "ads_total"});
  const auto walked = store->each_alert(query, [&](const Alert& alert) {
    output.row(alert);
    return true;
  });
  return walked ? 0 : complain(walked.error());
}

int run_store(const Arguments& arguments) {
  const auto& action = arguments.words.front();
  if (arguments.words.size() != 1 || (action != "check" && action != "stats")) {
    complain("store: check or stats");
    return 2;
  }
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  if (action == "check") {
    auto faults = store->check();
    if (!faults) return complain(faults.error());
    for (const auto& fault : *faults) std::printf("%s\n", fault.c_str());
    std::printf("%zu faults\n", faults->size());
    return faults->empty() ? 0 : 1;
  }
  auto totals = store->totals();
  if (!totals) return complain(totals.error());
  std::printf("visits %lld\nhosts %lld\nads %lld\nversions %lld\nraw_bodies %lld\nalerts %lld\noutgoing %lld\n",
              static_cast<long long>(totals->visits), static_cast<long long>(totals->hosts),
              static_cast<long long>(totals->ads), static_cast<long long>(totals->versions),
              static_cast<long long>(totals->raw_bodies), static_cast<long long>(totals->alerts),
              static_cast<long long>(totals->outgoing));
  return 0;
}

}  // namespace vigie::app
