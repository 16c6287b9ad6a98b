#include <doctest/doctest.h>

#include <fstream>
#include <set>

#include "alerts/health.h"
#include "alerts/message.h"
#include "alerts_world.h"
#include "core/text.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

void put(const Folder& folder, const std::string& name, const Outgoing& message) {
  std::ofstream(folder / (name + ".eml"), std::ios::binary) << message.content();
}

Alert moved(Alert a, const std::string& headline) {
  a.set_revision(a.revision() + 1);
  a.set_headline(headline);
  a.set_status("pending");
  a.set_due_ms(to_ms(kNow + 2h));
  *a.mutable_updated() = to_timestamp(kNow + 2h);
  return a;
}

/// The first message about an alert and two follow-ups, as the planner makes them.
void put_thread(const Folder& folder, const std::string& name, const Alert& first, const AlertOptions& o) {
  Alert a = first;
  for (int i = 0; i < 3; ++i) {
    const auto planned = plan({a}, o, {}, kNow + i * 2h, false);
    REQUIRE(planned.messages.size() == 1);
    put(folder, name + "-" + std::to_string(i), planned.messages[0]);
    a = planned.alerts.at(0);
    a.mutable_deliveries(a.deliveries_size() - 1)->set_state("handed_over");
    a = moved(a, "news number " + std::to_string(i + 1));
    a.set_severity(i == 0 ? "medium" : "high");
  }
}

std::string title(int n) {
  static const std::string kParts[] = {
      "\r\nBcc: other@unit.example\r\n", "\nX-Evil: 1\n\n<b>body</b>", std::string("nul\0nul", 7), "\u202Egnp.tset\u202C", "<script>alert(1)</script>",
      "<img src=http://a.example/p.gif>", "=?UTF-8?Q?=0D=0ABcc:_x@unit.example?=", "\xff\xfe\x80", "\"quoted\" <x@unit.example>", "\x1b[2J\x07",
      "a,b;c:d<e>f", "\u2028\u2029\u0085", "--=_vigie_\r\nContent-Type: text/html", "\r\n.\r\nMAIL FROM:<x@unit.example>", "漢字かな", "👩‍👩‍👧‍👦",
      "%0d%0aTo:x@unit.example", "\u0000", "\t \t", "é\u0301\u0301\u0301\u0301",
  };
  constexpr int kCount = static_cast<int>(std::size(kParts));
  std::string out = kParts[n % kCount] + "title " + std::to_string(n) + kParts[(n / kCount) % kCount] + kParts[(n * 7 + 3) % kCount];
  if (n % 200 == 199) out += std::string(1 << 20, n % 400 == 199 ? 'x' : '\n');  // 1 MB
  return out;
}

}  // namespace

TEST_CASE("messages read alike in Python, mailparser and mutt, and thread as meant in Dovecot") {
  if (!have("python3")) return;
  const Folder folder;
  for (const char* language : {"en", "fr", "nl", "de"}) {
    auto o = options();
    o.receivers[0].language = language;
    const int n = 10 * language[0];
    put_thread(folder, std::string("thread ") + language, alert(n, "low"), o);
    Alert hostile = alert(n + 1);
    hostile.set_headline("é漢 \r\nBcc: x@unit.example " + std::string(3000, 'y'));
    put_thread(folder, std::string("hostile ") + language, hostile, o);
    Alert secret = alert(n + 2);
    secret.set_restricted(true);
    o.receivers[0].restricted = true;
    put(folder, std::string("restricted ") + language, plan({secret}, o, {}, kNow, false).messages.at(0));
  }
  auto o = options();
  HealthFact fact;
  fact.source = "mail";
  fact.condition = "dead";
  fact.bad = true;
  fact.says = "messages have waited";
  const auto opened = tell_health(std::nullopt, fact, kNow);
  put(folder, "health-1", plan({*opened}, o, {}, kNow, false).messages.at(0));
  fact.bad = false;
  put(folder, "health-2", plan({*tell_health(opened, fact, kNow + 1h)}, o, {}, kNow + 1h, false).messages.at(0));
  std::vector<Alert> several;
  for (int i = 500; i < 505; ++i) several.push_back(alert(i));
  put(folder, "several", plan(several, o, {}, kNow, true).messages.at(0));
  const auto said = output_of("timeout 300 python3 " VIGIE_SOURCE_DIR "/tests/mail_readers.py " + folder.path() + " 2>&1; echo \"code $?\"");
  MESSAGE(said);
  CHECK(said.find("code 0\n") != std::string::npos);
}

TEST_CASE("a thousand hostile titles leave the set of headers and the receivers as they were meant") {
  if (!have("python3")) return;
  const auto o = options();
  const Read plain = read_mails({plan({alert()}, o, {}, kNow, false).messages.at(0).content()}).at(0);
  const auto names = list_in(plain, "names");
  int read = 0;
  for (int from = 0; from < 1000; from += 250) {
    std::vector<std::string> contents;
    for (int n = from; n < from + 250; ++n) {
      Alert a = alert(n + 1);
      a.set_headline(title(n));
      a.mutable_reasons(0)->set_text(title(n + 1));
      a.mutable_reasons(0)->set_quote(title(n + 2));
      auto& change = *a.mutable_briefs(0)->add_changes();
      change.set_field("title");
      change.mutable_before()->set_string_value(text::repair_utf8(title(n + 3)));
      change.mutable_after()->set_string_value(text::repair_utf8(title(n)));
      contents.push_back(plan({a}, o, {}, kNow, false).messages.at(0).content());
      CHECK(contents.back().size() < 60'000);
    }
    for (const Read& m : read_mails(contents)) {
      ++read;
      CHECK(list_in(m, "names") == names);
      CHECK(list_in(m, "to") == std::vector<std::string>{"desk@unit.example"});
      CHECK(list_in(m, "defects").empty());
      CHECK(list_in(m, "outside").empty());
      CHECK(list_in(m, "types") == list_in(plain, "types"));
      CHECK(m.fields().at("longest").number_value() <= 998);
    }
  }
  CHECK(read == 1000);
}
