#include <doctest/doctest.h>

#include <algorithm>

#include "alerts/first_pass.h"
#include "alerts/texts.h"
#include "alerts_world.h"
#include "core/text.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

struct Counts {
  int ads = 0, pages = 0, kept = 0;
};
struct Kept {
  std::string label, severity, headline;
};

/// As the pipeline makes it.
Alert summary(int n, const std::string& site, Counts counts, const std::vector<Kept>& kept = {}) {
  Alert a;
  a.set_alert("A-2026-" + std::to_string(1000000 + n).substr(1));
  a.set_key("first-pass/" + site);
  a.set_kind("health");
  a.set_severity("low");
  a.set_scope(n % 2 == 0 ? "NORTH-01" : "SOUTH-02");
  a.set_legal_reference("4711/26");
  a.set_status("pending");
  a.set_revision(1);
  a.set_due_ms(to_ms(kNow));
  a.add_sites(site);
  a.set_headline("first pass over " + site + " ended");
  a.mutable_first_pass()->set_ads(counts.ads);
  a.mutable_first_pass()->set_pages(counts.pages);
  a.mutable_first_pass()->set_kept(counts.kept);
  for (const auto& one : kept) {
    Reason& r = *a.add_reasons();
    r.set_indicator("kept_finding");
    r.set_tier("T0");
    r.set_weight(0);
    r.set_text(one.headline);
    r.set_alert(one.label);
    r.set_severity(one.severity);
    r.set_ad(site + "/1");
  }
  return a;
}

const Kept kGrave{"A-2026-000004", "high", "7 names or ages stand behind one contact"};
const Kept kLight{"A-2026-000002", "low", "nearly the same text first observed under 3 other contacts"};

std::vector<Alert> eleven() {
  std::vector<Alert> all;
  for (int i = 0; i < 11; ++i) {
    const std::string site = "site-" + std::to_string(100 + i);
    if (i % 3 == 0) all.push_back(summary(i, site, {23, 26, 1}, {kGrave}));
    else if (i % 3 == 1) all.push_back(summary(i, site, {1, 1, 0}));
    else all.push_back(summary(i, site, {0, 3, 2}, {kLight, kGrave}));
  }
  return all;
}

std::vector<Told> told(const std::vector<Alert>& alerts) {
  std::vector<Told> out;
  for (const Alert& a : alerts) out.push_back({&a, false, ""});
  return out;
}

std::string plain_of(const std::vector<Alert>& alerts, const std::string& language = "en") {
  auto o = options();
  o.receivers[0].language = language;
  return to_plain(blocks_of(told(alerts), o.receivers[0], o, "0123456789abcdef"));
}

std::string one_line(const std::string& text) { return text::fold_space(text); }

int times(const std::string& text, const std::string& what) {
  int n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

std::string first_screen(const std::string& plain) { return plain.substr(0, plain.find("\n---")); }

}  // namespace

TEST_CASE("summaries of first passes are one account: a line per site, each kept finding once, the gravest first") {
  const std::string raw = plain_of(eleven());
  const std::string plain = one_line(raw);
  CHECK(plain.starts_with("LOW · first pass ended · 11 sites · scope NORTH-01, SOUTH-02 "));
  CHECK(times(raw, "\n---") == 2);  // the account, and what every message ends with
  for (int i = 0; i < 11; ++i) {
    const std::string site = "site-" + std::to_string(100 + i);
    CAPTURE(site);
    CHECK(times(plain, "first pass over " + site + " ended: ") == 1);
    CHECK(times(plain, "A-2026-" + std::to_string(1000000 + i).substr(1)) == (i == 2 || i == 4 ? 2 : 1));  // or a kept finding's
  }
  CHECK(plain.find("first pass over site-100 ended: 23 ads on 26 pages, 1 finding kept -") != std::string::npos);
  CHECK(plain.find("first pass over site-104 ended: 1 ad on 1 page, nothing kept -") != std::string::npos);
  CHECK(plain.find("first pass over site-102 ended: 0 ads on 3 pages, 2 findings kept -") != std::string::npos);
  CHECK(times(plain, "7 names or ages stand behind one contact") == 1);
  CHECK(times(plain, "nearly the same text") == 1);
  CHECK(plain.find("A-2026-000004 · HIGH · 7 names") < plain.find("A-2026-000002 · LOW · nearly"));
  CHECK(plain.find("read what was kept: vigie alerts --status digest") != std::string::npos);
  for (const char* noise : {"kept_finding", "not tested", "weight", "revision", "and 1 more", "findings kept as digest"}) {
    CAPTURE(noise);
    CHECK(plain.find(noise) == std::string::npos);
  }
}

TEST_CASE("the first screen of a mail of summaries answers why, what and do") {
  const std::string top = first_screen(plain_of(eleven()));
  CHECK(times(top, "\n") <= static_cast<int>(kScreenLines));
  CHECK(one_line(top).find("Why: first pass ended over 11 sites: 96 ads on 117 pages, 2 findings kept What: ") != std::string::npos);
  CHECK(one_line(top).find("Do: read what was kept: vigie alerts --status digest") != std::string::npos);
}

TEST_CASE("the subject of summaries says so, in codes and counts only") {
  const auto subject = [](const std::vector<Alert>& due) {
    const auto mail = plan(due, options(), {}, kNow, true).messages.at(0).content();
    std::string head = mail.substr(0, mail.find("\r\n\r\n"));
    CHECK(head.find("site-") == std::string::npos);
    const auto at = head.find("Subject: ") + 9;
    return head.substr(at, head.find("\r\n", at) - at);
  };
  auto all = eleven();
  CHECK(subject(all) == "[Vigie][LOW] first pass ended, 11 sites, scope NORTH-01, SOUTH-02");
  CHECK(subject({all[0]}) == "[Vigie][LOW] first pass ended, alert A-2026-000000, scope NORTH-01");
  for (std::size_t i = 0; i < 4; ++i) all[i].set_scope("S-" + std::to_string(i));
  CHECK(subject({all[0], all[1], all[2], all[3]}) == "[Vigie][LOW] first pass ended, 4 sites, scope S-0, S-1, S-2, +1");
  all.push_back(alert());
  CHECK(subject(all).starts_with("[Vigie][HIGH] 12 alerts, scope "));
}

TEST_CASE("summaries beside other alerts: the others first and in full, the summaries as their one account") {
  auto all = eleven();
  all.push_back(alert(77));
  const std::string raw = plain_of(all), plain = one_line(raw);
  const std::string top = one_line(first_screen(raw));
  CHECK(top.find("Why: A-2026-00077 · HIGH · linked") != std::string::npos);
  CHECK(top.find("first pass ended over 11 sites: 96 ads on 117 pages, 2 findings kept") != std::string::npos);
  CHECK(plain.find("- A-2026-00077") == std::string::npos);
  CHECK(plain.find("------ recruiter's number also stands in 4 service ads") != std::string::npos);
  CHECK(plain.find("------ recruiter's number") < plain.find("first pass over site-100 ended"));
}

TEST_CASE("one and many are right in every language, and the fixed words of a summary stay") {
  const struct { const char* language; const char* one; const char* none; } rows[] = {
      {"en", "1 ad on 1 page, nothing kept", "0 ads on 3 pages, 2 findings kept"},
      {"fr", "1 annonce sur 1 page, aucun constat conservé", "0 annonce sur 3 pages, 2 constats conservés"},
      {"nl", "1 advertentie op 1 pagina, geen bevinding bewaard", "0 advertenties op 3 pagina's, 2 bevindingen bewaard"},
      {"de", "1 Anzeige auf 1 Seite, kein Befund aufbewahrt", "0 Anzeigen auf 3 Seiten, 2 Befunde aufbewahrt"}};
  for (const auto& row : rows) {
    CAPTURE(row.language);
    const std::string plain = one_line(plain_of(eleven(), row.language));
    CHECK(plain.find("first pass over site-101 ended: " + std::string(row.one)) != std::string::npos);
    CHECK(plain.find("first pass over site-102 ended: " + std::string(row.none)) != std::string::npos);
  }
}

TEST_CASE("a summary without counts is told by its headline") {
  Alert odd = summary(3, "odd", {});
  odd.clear_first_pass();
  odd.set_headline("first pass over odd ended: stopped half-way");
  odd.add_reasons()->set_text("something was kept");
  const std::string plain = one_line(plain_of({odd, summary(4, "even", {5, 6, 0})}));
  CHECK(plain.find("first pass over odd ended: stopped half-way") != std::string::npos);
  CHECK(plain.find("- something was kept") != std::string::npos);
  CHECK(plain.find("Why: first pass ended · 2 sites") != std::string::npos);
}

TEST_CASE("more kept findings than a mail shows are named by their codes") {
  std::vector<Kept> kept;
  for (int i = 0; i < 27; ++i) kept.push_back({"A-2026-0010" + std::to_string(10 + i), "medium", "finding number " + std::to_string(i)});
  const std::string plain = one_line(plain_of({summary(2, "big", {900, 950, 27}, kept)}));
  for (int i = 0; i < 27; ++i) CHECK(plain.find("A-2026-0010" + std::to_string(10 + i)) != std::string::npos);
  CHECK(plain.find("finding number 19") != std::string::npos);
  CHECK(plain.find("finding number 20") == std::string::npos);
  CHECK(plain.find("and 7 more: A-2026-001030,") != std::string::npos);
  const std::string partial = one_line(plain_of({summary(2, "big", {900, 950, 400}, kept)}));
  CHECK(partial.find("first pass over big ended: 900 ads on 950 pages, 400 findings kept") != std::string::npos);
  CHECK(partial.find("27+ findings kept") != std::string::npos);
}
