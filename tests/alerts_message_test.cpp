#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "alerts/channels.h"
#include "alerts/layout.h"
#include "alerts/message.h"
#include "alerts/texts.h"
#include "alerts_world.h"
#include "core/text.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

const std::set<std::string> kHeaders = {
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "List-Id",
    "X-Vigie-Alert", "X-Vigie-Scope", "X-Vigie-Severity", "X-Vigie-Kind", "X-Vigie-Schema", "Importance",
    "MIME-Version", "Content-Type"};

Outgoing one(const std::vector<Alert>& due, const AlertOptions& o = options()) {
  auto with = o;
  for (Receiver& r : with.receivers) r.restricted = true;
  return plan(due, with, {}, kNow, true).messages.at(0);
}

std::string plain_of(const std::vector<Alert>& due, const AlertOptions& o = options(), bool update = false) {
  std::vector<Told> told;
  for (const Alert& a : due) told.push_back({&a, update, ""});
  return to_plain(blocks_of(told, o.receivers[0], o, "0123456789abcdef"));
}

bool no_python() {
  if (have("python3")) return false;
  MESSAGE("skipped: python3 is not here to read the messages");
  return true;
}

/// The text form as the HTML form would read: line breaks and list marks are layout.
std::string words(const std::string& plain) {
  std::string out;
  for (const auto line : text::split(plain, '\n')) {
    if (!line.empty() && line.find_first_not_of('-') == std::string_view::npos) continue;  // underlines
    out += std::string(line.starts_with("- ") ? line.substr(2) : line) + " ";
  }
  return text::fold_space(out);
}

/// Without any blank: a long word that the text form had to break is the same word.
std::string letters(std::string s) {
  std::erase(s, ' ');
  return s;
}

Alert hostile_alert() {
  std::string big(1 << 20, 'A');
  Alert a = alert();
  a.set_headline(big + "\r\nBcc: everybody@other.example\r\n\r\n<script>alert(1)</script>");
  a.set_scope("NORTH-01\r\nBcc: x@other.example");
  a.set_alert("A-2026\r\nX-Evil: 1");
  a.mutable_reasons(0)->set_quote("\u202Ereversed\u202C <img src=http://evil.example/x.png> www.evil.example mail me@evil.example");
  a.mutable_reasons(0)->set_text(std::string("nul\0byte", 8) + "\x1b[31mred\x07 \xff\xfe broken");
  a.mutable_briefs(0)->set_url("https://evil.example/<script>?q=\"onmouseover=x");
  for (int i = 0; i < 40; ++i) add_reason(a, "many", std::string(5000, 'B') + std::to_string(i), "annonces/48213", big);
  for (int i = 0; i < 40; ++i) *a.mutable_counter()->Add() = a.counter(0);
  a.mutable_counter(0)->set_text(std::string(4000, 'w'));
  return a;
}

}  // namespace

TEST_CASE("an independent reader sees the headers that were meant, no others, and two alternatives") {
  if (no_python()) return;
  const auto mails = read_mails({one({alert()}).content()});
  REQUIRE(mails.size() == 1);
  const Read& m = mails[0];
  CHECK(list_in(m, "defects").empty());
  const auto names = list_in(m, "names");
  CHECK(std::set<std::string>(names.begin(), names.end()) == kHeaders);
  CHECK(names.size() == kHeaders.size());
  CHECK(list_in(m, "to") == std::vector<std::string>{"desk@unit.example"});
  CHECK(header(m, "Subject") == "[Vigie][HIGH] alert A-2026-00001, scope NORTH-01");
  CHECK(header(m, "From") == "Vigie <vigie@unit.example>");
  CHECK(header(m, "Auto-Submitted") == "auto-generated");
  CHECK(header(m, "List-Id") == "\"Vigie scope NORTH-01\" <north-01.vigie.unit.example>");
  CHECK(header(m, "X-Vigie-Kind") == "linked");
  CHECK(header(m, "Importance") == "high");
  CHECK(header(m, "In-Reply-To").find("<thread.") == 0);
  CHECK(header(m, "In-Reply-To") == header(m, "References"));
  CHECK(list_in(m, "types") == std::vector<std::string>{"multipart/alternative", "text/plain", "text/html"});
  CHECK(text_in(m, "lang") == "en");
  CHECK(m.fields().at("longest").number_value() <= 78);
}

TEST_CASE("text and HTML carry the same words in the same order; nothing in the HTML reaches outside") {
  if (no_python()) return;
  std::vector<std::string> contents;
  for (const auto language : languages()) {
    auto o = options();
    o.receivers[0].language = language;
    contents.push_back(one({alert()}, o).content());
    contents.push_back(one({alert(1), alert(2, "low"), alert(3, "medium")}, o).content());
  }
  contents.push_back(one({hostile_alert()}).content());
  const auto mails = read_mails(contents);
  REQUIRE(mails.size() == contents.size());
  const std::set<std::string> ours = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p",
                                      "strong", "ul", "li", "mark"};
  for (const Read& m : mails) {
    CAPTURE(header(m, "Subject"));
    CHECK(letters(words(text_in(m, "plain"))) == letters(text_in(m, "html_text")));
    CHECK(list_in(m, "outside").empty());
    for (const auto& tag : list_in(m, "tags")) CHECK(ours.contains(tag));
    for (const auto& body : {text_in(m, "plain"), text_in(m, "html")}) {
      CHECK(body.find("http:") == std::string::npos);
      CHECK(body.find("https:") == std::string::npos);
      CHECK(body.find("evil.example") == std::string::npos);
      CHECK(body.find("annonces.example") == std::string::npos);
    }
  }
}

TEST_CASE("the first screen answers why, what and do within 25 lines of 72 columns, whatever the input") {
  auto o = options();
  Alert wide = alert();
  wide.set_headline(std::string(2000, 'x') + " y");
  std::string han;
  for (int i = 0; i < 500; ++i) han += "漢";
  wide.mutable_reasons(0)->set_text(han);
  std::string awkward;  // every word a little over half a line
  for (int i = 0; i < 50; ++i) awkward += std::string(37, 'z') + " ";
  wide.mutable_counter(0)->set_text(awkward);
  for (int i = 0; i < 30; ++i) wide.add_sites(std::string(60, 's'));
  add_reason(wide, "x", awkward, "", "");
  std::vector<Alert> many;
  for (int i = 0; i < 700; ++i) {
    many.push_back(wide);
    many.back().set_key("k" + std::to_string(i));
  }
  for (const auto language : languages()) {
    o.receivers[0].language = language;
    for (const auto& due : {std::vector<Alert>{alert()}, {wide}, {hostile_alert()}, {alert(1), alert(2)}, many}) {
      const std::string plain = plain_of(due, o, true);
      const auto lines = text::split(plain, '\n');
      CHECK(std::all_of(lines.begin(), lines.end(), [](std::string_view l) { return columns(l) <= kWidth; }));
      std::size_t screen = 0;  // up to the underline of the first heading, less that heading and the blank before it
      while (screen < lines.size() && !lines[screen].starts_with("----")) ++screen;
      CHECK(screen <= kScreenLines);
      const auto top = plain.substr(0, plain.find("\n----"));
      for (const Text t : {Text::why, Text::todo}) CHECK(top.find(say(language, t) + ":") != std::string::npos);
      if (due.size() == 1) CHECK(top.find(say(language, Text::what) + ":") != std::string::npos);
    }
  }
}

TEST_CASE("hostile codes and texts leave headers and receivers as they were meant") {
  if (no_python()) return;
  const std::string bad[] = {"a\rb", "a\nBcc: x@other.example", "a\r\n\r\nbody", std::string("a\0b", 3), "\u202Eevil\u2066",
                             "<b>x</b>", "=?UTF-8?B?QmNjOg==?=", "\xff\xfe", std::string(1 << 20, 'A'), "\u2028X: 1",
                             "\xC2\x85 X: 1", ", other@other.example", "\";\\", std::string(3000, ' ') + "x", "é\r\nTo: b@c"};
  std::vector<std::string> contents;
  for (const auto& s : bad) {
    Alert a = alert();
    a.set_alert(s);
    a.set_scope(s);
    a.set_kind(s);
    a.set_headline(s);
    a.set_key(s);
    a.set_legal_reference(s);
    a.set_network(s);
    a.set_ads(0, s);
    a.mutable_briefs(0)->set_ad(s);
    contents.push_back(one({a}).content());
  }
  contents.push_back(one({hostile_alert()}).content());
  const auto mails = read_mails(contents);
  REQUIRE(mails.size() == contents.size());
  for (std::size_t i = 0; i < mails.size(); ++i) {
    CAPTURE(i);
    const auto names = list_in(mails[i], "names");
    CHECK(std::set<std::string>(names.begin(), names.end()) == kHeaders);
    CHECK(names.size() == kHeaders.size());
    CHECK(list_in(mails[i], "to") == std::vector<std::string>{"desk@unit.example"});
    CHECK(list_in(mails[i], "defects").empty());
    CHECK(mails[i].fields().at("longest").number_value() <= 998);
    CHECK(contents[i].size() < 200000);
  }
}

TEST_CASE("subject and headers hold codes only") {
  Alert a = alert();
  const std::string content = one({a}).content();
  const std::string head = content.substr(0, content.find("\r\n\r\n"));
  for (const char* word : {"recruiter", "annonces", "48213", "zero un", "jobs"}) CHECK(head.find(word) == std::string::npos);
}

TEST_CASE("a thread's subjects differ only in brackets, and its root is never sent") {
  Alert a = alert();
  const Outgoing first = one({a});
  Delivery& d = *a.add_deliveries();
  d.set_receiver("desk");
  d.set_message_id(first.message_id());
  d.set_state("handed_over");
  a.set_revision(1);
  a.set_severity("medium");
  a.add_new_ads("annonces/99");
  const Outgoing update = one({a});
  CHECK(first.content().find("Subject: [Vigie][HIGH] alert A-2026-00001, scope NORTH-01\r\n") != std::string::npos);
  CHECK(update.content().find("Subject: [Vigie][MEDIUM][UPDATE] alert A-2026-00001, scope NORTH-01\r\n") != std::string::npos);
  const auto root = [](const Outgoing& m) {
    const auto at = m.content().find("References: ") + 12;
    return m.content().substr(at, m.content().find('>', at) - at + 1);
  };
  CHECK(root(first) == root(update));
  CHECK(root(first) != first.message_id());
  CHECK(update.content().find(first.message_id()) != std::string::npos);
  CHECK(update.content().find("X-Entity-Ref-ID") == std::string::npos);
}

TEST_CASE("an update says what is new before anything else of its alert") {
  Alert a = alert();
  a.set_revision(3);
  a.add_new_ads("jobs/7");
  const std::string plain = plain_of({a}, options(), true);
  const auto news = plain.find("New since the last message");
  REQUIRE(news != std::string::npos);
  CHECK(plain.find("HIGH · UPDATE") == 0);
  CHECK(plain.find("1 new since the last message") < news);
  CHECK(news < plain.find("Ad 1: jobs/7"));
  CHECK(plain.find("Ad 1: jobs/7") < plain.find("Ad 2: annonces/48213"));
}

TEST_CASE("detail `summary`: changes, quotes and codes, but not the text of an ad") {
  Alert a = alert();
  const std::string body = "Bright room near the station, quiet house, garden shared with two students and a cat. ";
  Change& c = *a.mutable_briefs(0)->add_changes();
  c.set_field("text");
  c.mutable_before()->set_string_value(body + body + "Rent 400 a month. " + body);
  c.mutable_after()->set_string_value(body + body + "Rent 450 a month. " + body);
  Change& added = *a.mutable_briefs(0)->add_changes();
  added.set_field("contacts");
  auto& value = *added.mutable_after()->mutable_list_value()->add_values()->mutable_struct_value()->mutable_fields();
  value["kind"].set_string_value("phone");
  value["value"].set_string_value("+33199000042");
  added.mutable_before()->mutable_list_value();
  const std::string plain = words(plain_of({a}));
  CHECK(plain.find("changed, price: “120 EUR” → “150 EUR”") != std::string::npos);
  CHECK(plain.find("Rent 400 a month") != std::string::npos);
  CHECK(plain.find("Rent 450 a month") != std::string::npos);
  CHECK(plain.find("Bright room") == std::string::npos);
  CHECK(plain.find("+ phone +33199000042") != std::string::npos);
  CHECK(plain.find("“zero un 99 00 00 42” (matched in text, bytes 120 to 139)") != std::string::npos);
  CHECK(plain.find("What speaks against") != std::string::npos);
  CHECK(plain.find("the same number stands in 3 housing ads") != std::string::npos);
  CHECK(plain.find("hxxps://annonces[.]example/ad?id=48213") != std::string::npos);
  CHECK(plain.find("legal basis ref. 4711/26") != std::string::npos);
}

TEST_CASE("a restricted alert shows codes: no headline, quote, text, address or change") {
  Alert a = alert();
  a.set_restricted(true);
  const std::string plain = words(plain_of({a}));
  for (const char* word : {"recruiter", "zero un", "hxxps", "EUR", "housing ads", "price"}) {
    CAPTURE(word);
    CHECK(plain.find(word) == std::string::npos);
  }
  CHECK(plain.find("annonces/48213") != std::string::npos);
  CHECK(plain.find("indicators: cross_family_contact") != std::string::npos);
}

TEST_CASE("at most ten ads, then how many more; at most ten alerts in full, the rest a line each") {
  Alert a = alert();
  a.clear_briefs();
  for (int i = 0; i < 25; ++i) a.add_briefs()->set_ad("annonces/" + std::to_string(i));
  a.set_ads_total(40);
  const std::string plain = plain_of({a});
  CHECK(plain.find("Ad 10:") != std::string::npos);
  CHECK(plain.find("Ad 11:") == std::string::npos);
  CHECK(plain.find("\nand 30 more\n") != std::string::npos);
  std::vector<Alert> many;
  for (int i = 0; i < 30; ++i) many.push_back(alert(i));
  const std::string group = plain_of(many);
  CHECK(group.find("and 20 more\n----") != std::string::npos);
  CHECK(group.find("\n- A-2026-00029 · HIGH · recruiter's number also stands in 4 service ads\n") != std::string::npos);
  for (const Alert& one_of : many) CHECK(group.find(one_of.alert()) != std::string::npos);
}

TEST_CASE("every text stands once in every language, with the same places for arguments") {
  const auto places = [](std::string_view s) {
    std::multiset<char> out;
    for (std::size_t i = 0; i + 2 < s.size(); ++i) {
      if (s[i] == '{' && s[i + 2] == '}') out.insert(s[i + 1]);
    }
    return out;
  };
  for (int i = 0; i < static_cast<int>(Text::count_); ++i) {
    const auto which = static_cast<Text>(i);
    const auto english = raw_text("en", which);
    CAPTURE(english);
    CAPTURE(i);
    CHECK_FALSE(english.empty());
    for (const auto language : languages()) {
      CAPTURE(language);
      CHECK_FALSE(raw_text(language, which).empty());
      CHECK(places(raw_text(language, which)) == places(english));
    }
  }
  CHECK(say("xx", Text::why) == "Why");
  CHECK(say("en", Text::alert, {"{0}"}) == "alert {0}");
}

TEST_CASE("nothing in a mail turns into a link") {
  const struct { const char* raw; const char* shown; } rows[] = {
      {"see http://a.example/x", "see hxxp://a[.]example/x"},
      {"HTTPS://A.EXAMPLE", "hxxps://A[.]EXAMPLE"},
      {"www.a.example", "www[.]a[.]example"},
      {"me@a.example", "me@a[.]example"},
      {"tg://resolve", "tg[:]//resolve"},
      {"12.50 EUR, 3.5 rooms", "12.50 EUR, 3.5 rooms"},
      {"End. Next", "End. Next"},
      {"a\u202Eb", "a[U+202E]b"},
      {"a\r\n\tb", "a b"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.raw);
    CHECK(harmless(row.raw) == row.shown);
    CHECK(harmless(harmless(row.raw)) == row.shown);
  }
}

TEST_CASE("text stands out from its ground by 4.5 to 1, in the light and in the dark") {
  const std::string html = to_html({{Block::Kind::title, "", {{"a", true}}}}, "en", std::string(200, 'x'));
  CHECK(html.find("<title>" + std::string(69, 'x') + "…</title>") != std::string::npos);  // what a validator takes
  const auto colour = [](const std::string& style, const std::string& selector, const std::string& property) {
    const auto rule = style.find(selector + "{");
    REQUIRE(rule != std::string::npos);
    const auto end = style.find('}', rule);
    auto at = style.find(property + ":#", rule);
    if (property == "color" && at != std::string::npos && style[at - 1] == '-') at = style.find(";color:#", rule) + 1;
    REQUIRE(at < end);
    return style.substr(at + property.size() + 2, 6);
  };
  const auto luminance = [](const std::string& hex) {
    double sum = 0;
    const double weights[] = {0.2126, 0.7152, 0.0722};
    for (std::size_t i = 0; i < 3; ++i) {
      const double c = static_cast<double>(std::stoul(hex.substr(2 * i, 2), nullptr, 16)) / 255;
      sum += weights[i] * (c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
  };
  const std::string style = html.substr(html.find("<style>"), html.find("</style>") - html.find("<style>"));
  const auto dark_at = style.find("@media (prefers-color-scheme:dark){");
  REQUIRE(dark_at != std::string::npos);
  const std::string dark = style.substr(dark_at + 35);
  for (const std::string& sheet : {style.substr(0, dark_at), dark}) {
    for (const char* selector : {"body", "mark"}) {
      const double ink = luminance(colour(sheet, selector, "color")), ground = luminance(colour(sheet, selector, "background"));
      CAPTURE(selector);
      CHECK((std::max(ink, ground) + 0.05) / (std::min(ink, ground) + 0.05) >= 4.5);
    }
  }
}
