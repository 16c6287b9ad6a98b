#include "detector/views.h"

#include <doctest/doctest.h>

#include "detector/phrase.h"

using namespace vigie::detector;

namespace {
std::string found(const std::string& text, const std::string& phrase, ViewKind kind = ViewKind::folded) {
  const auto made = Phrase::parse(phrase, kind);
  REQUIRE(made);
  const View view(text, kind);
  const auto span = made->find(view);
  if (!span) return "";
  const auto source = view.to_source(*span);
  return text.substr(source.begin, source.end - source.begin);
}
}  // namespace

TEST_CASE("a folded hit goes back to exactly the stored bytes") {
  struct Row {
    const char* text;
    const char* phrase;
    const char* quote;
  };
  for (const auto& row : {
           Row{"Un LOGEMENT  fourni, ici", "logement fourni", "LOGEMENT  fourni"},
           Row{"s\u200bans\u200b exp\u00e9\u200drience\u200b!", "sans expérience",
               "s\u200bans\u200b exp\u00e9\u200drience"},                              // zero-width
           Row{"sans expe\u0301rience.", "sans expérience", "sans expe\u0301rience"},  // combining accent
           Row{"sans experience\u0301.", "sans experience", "sans experience\u0301"},  // mark on the last letter
           Row{"\uff33\uff21\uff2e\uff33 \uff25xperience", "sans experience",
               "\uff33\uff21\uff2e\uff33 \uff25xperience"},                                         // full width
           Row{"p\u0430ssp\u043ert for sale", "passport for sale", "p\u0430ssp\u043ert for sale"},  // Cyrillic a, o
           Row{"\u0627\u0644\u0633\u0643\u0646 \u0645\u0624\u0645\u0646 \u0647\u0646\u0627", "السكن مؤمن",
               "\u0627\u0644\u0633\u0643\u0646 \u0645\u0624\u0645\u0646"},
           Row{"Das Stra\u00dfenfest", "strassenfest", "Stra\u00dfenfest"},  // one letter becomes two
       }) {
    CAPTURE(row.text);
    CHECK(found(row.text, row.phrase) == row.quote);
  }
}

TEST_CASE("a phrase matches whole words of one sentence, open only where it says so") {
  struct Row {
    const char* text;
    const char* phrase;
    bool hit;
  };
  for (const auto& row :
       {Row{"visa guaranteed", "visa guaranteed", true}, Row{"visas guaranteed", "visa guaranteed", false},
        Row{"visa guaranteed", "visa guarant*", true}, Row{"supervisa guaranteed", "visa guarant*", false},
        Row{"visa. Guaranteed departure", "visa guaranteed", false}, Row{"visa-guaranteed", "visa guaranteed", true},
        Row{"l'arriv\u00e9e", "l'arrivée", true}, Row{"l\u2019arriv\u00e9e", "l'arrivée", true},
        Row{"arrival is fully guaranteed", "arrival .. guaranteed", true},
        Row{"arrival on the day of it is guaranteed", "arrival .. guaranteed", false},
        Row{"arrival. All guaranteed", "arrival .. guaranteed", false},
        Row{"\u0430ccommod\u0430tion", "accommodation", true}}) {
    CAPTURE(row.text);
    CAPTURE(row.phrase);
    CHECK((found(row.text, row.phrase) != "") == row.hit);
  }
}

TEST_CASE("views differ in what they fold") {
  CHECK(found("Pass abgeben", "pass", ViewKind::original) == "");
  CHECK(found("Pass abgeben", "Pass", ViewKind::original) == "Pass");
  CHECK(found("PASSE\u0301", "passé", ViewKind::normalised) == "PASSE\u0301");
  CHECK(found("passe", "passé", ViewKind::normalised) == "");
  CHECK(found("passe", "passé", ViewKind::folded) == "passe");
}

TEST_CASE("a phrase without a word is no phrase") {
  for (const auto* written : {"", "  ", "..", "a ..", ".. a", "!!", "*"}) {
    CAPTURE(written);
    CHECK_FALSE(Phrase::parse(written, ViewKind::folded));
  }
}

TEST_CASE("fields are bounded, ordered, and broken bytes are left out") {
  vigie::Ad ad;
  ad.set_text(std::string(200'000, 'x'));
  ad.set_title("ok");
  for (int i = 0; i < 100; ++i) (*ad.mutable_attributes())["k" + std::to_string(i)] = "v";
  (*ad.mutable_attributes())["a"] = "\xff\xfe";
  const auto fields = texts_of(ad);
  CHECK(fields.size() == kMaxFields);
  CHECK(fields[0].name == "title");
  CHECK(fields[1].text.size() == kMaxFieldBytes);
  CHECK(fields[2].name == "attributes.k0");
}
