#include <doctest/doctest.h>

#include <string>

#include "storage/history.h"
#include "storage/volatile.h"

using vigie::storage::steady;

TEST_CASE("counters, ages of the page and clock times of today are no content") {
  struct Row {
    const char* before;
    const char* after;
  };
  for (const auto& [before, after] : {
           Row{"Studio meublé. 738 vues", "Studio meublé. 1 204 vues"},
           Row{"Telefoon 03 53 01 21 26 991 keer bekeken", "Telefoon 03 53 01 21 26 1204 keer bekeken"},
           Row{"Nette Dame #47835 | 338 Aufrufe", "Nette Dame #47835 | 1.670 Aufrufe"},
           Row{"staat goed 891 keer bekeken – 27 minuten geleden bijgewerkt", "staat goed 1193 keer bekeken – 2 uur geleden bijgewerkt"},
           Row{"Телефон +33 4 65 71 03 03 #78364 | 277 прегледа", "Телефон +33 4 65 71 03 03 #78364 | 628 прегледа"},
           Row{"Vues : 12. Chambre calme", "Vues : 13. Chambre calme"},
           Row{"publié il y a 27 minutes", "publié il y a 3 heures"},
           Row{"vor 5 Minuten eingestellt", "vor 2 Tagen eingestellt"},
           Row{"posted 2 hours ago", "posted 3 days ago"},
           Row{"hace 3 horas en Madrid", "hace 4 días en Madrid"},
           Row{"acum 2 ore, Cluj", "acum 3 zile, Cluj"},
           Row{"dodano 2 godziny temu", "dodano 5 dni temu"},
           Row{"обновлено 5 минут назад", "обновлено 2 часа назад"},
           Row{"heute, 14:05 Uhr", "heute, 16:40 Uhr"},
       }) {
    CAPTURE(before);
    CHECK(steady(before) == steady(after));
  }
}

TEST_CASE("what an advertiser wrote is content, numbers too") {
  struct Row {
    const char* before;
    const char* after;
  };
  for (const auto& [before, after] : {
           Row{"150 euros l'heure", "180 euros l'heure"},
           Row{"appelez le 01 99 00 00 42", "appelez le 01 99 00 00 43"},
           Row{"disponible de 10 à 18 heures", "disponible de 10 à 22 heures"},
           Row{"Telefoon 03 53 01 21 26 991 keer bekeken", "Telefoon 03 53 01 21 27 991 keer bekeken"},
           Row{"contrat de 3 mois", "contrat de 6 mois"},
           Row{"Anna, 24 ans", "Anna, 26 ans"},
           Row{"séjour de 2 semaines", "séjour de 3 semaines"},
           Row{"we leave in 2 days", "we leave in 5 days"},
       }) {
    CAPTURE(before);
    CHECK(steady(before) != steady(after));
  }
}

TEST_CASE("a version is not made of a counter, in the text or in a labelled value") {
  vigie::Ad before, after;
  before.set_text("Chambre calme. 738 vues");
  after.set_text("Chambre calme. 745 vues");
  (*before.mutable_attributes())["vues"] = "738";
  (*after.mutable_attributes())["vues"] = "745";
  (*before.mutable_attributes())["surface"] = "18 m2";
  (*after.mutable_attributes())["surface"] = "18 m2";
  CHECK(vigie::storage::compare(before, after).empty());
  CHECK(vigie::storage::content_hash(before) == vigie::storage::content_hash(after));
  (*after.mutable_attributes())["surface"] = "20 m2";
  REQUIRE(vigie::storage::compare(before, after).size() == 1);
  CHECK(vigie::storage::compare(before, after)[0].field() == "attributes.surface");
}

TEST_CASE("what moves by itself is named with its words, for the record") {
  vigie::Ad ad;
  ad.set_text("Chambre calme. 738 vues, publi\u00e9e il y a 27 minutes");
  (*ad.mutable_attributes())["vues"] = "738";
  (*ad.mutable_attributes())["surface"] = "18 m2";
  const auto ignored = vigie::storage::ignored_in(ad);
  REQUIRE(ignored.size() == 3);
  CHECK(ignored[0] == "text: calme. 738 vues");
  CHECK(ignored[1] == "text: a 27 minutes");
  CHECK(ignored[2] == "attributes.vues: 738");
}

TEST_CASE("a date of posting that only tells the old one anew is no new date; a new one is") {
  const auto day = [](const char* text) { return *vigie::parse_rfc3339(std::string(text) + "T10:00:00Z"); };
  struct Row {
    const char *before, *after, *last_seen, *now, *kept;
  };
  for (const auto& row : {
           Row{"2026-11-01", "2026-11-02", "2026-11-15", "2026-11-16", "2026-11-01"},  // "two weeks ago", a day later
           Row{"2026-11-01", "2026-11-02", "2026-11-02", "2026-11-03", "2026-11-01"},  // "yesterday", seen at two times of a day
           Row{"2026-11-01", "2026-11-16", "2026-11-15", "2026-11-16", "2026-11-16"},  // brought up again today
           Row{"2026-11-01", "2026-11-15", "2026-11-15", "2026-11-15", "2026-11-15"},  // ... since this morning's look
       }) {
    CAPTURE(row.last_seen);
    vigie::Ad before, after;
    before.set_posted(row.before);
    after.set_posted(row.after);
    vigie::storage::keep_posted(before, day(row.last_seen), day(row.now), after);
    CHECK(after.posted() == row.kept);
  }
  vigie::Ad before, after;
  after.set_posted("2026-11-01");
  vigie::storage::keep_posted(before, day("2026-11-02"), day("2026-11-03"), after);
  CHECK(after.posted() == "2026-11-01");
}
