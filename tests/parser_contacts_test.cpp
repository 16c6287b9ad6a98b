#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "parser/fields.h"
#include "parser/phone.h"
#include "tests/parser_cases.h"

using namespace vigie::parser;
using vigie::Contact;

namespace {

TextContext at(std::string region, std::string lang = "") {
  TextContext context;
  if (!region.empty()) context.regions = {std::move(region)};
  context.lang = std::move(lang);
  return context;
}

std::vector<std::string> values(std::string_view s, const TextContext& context) {
  std::vector<std::string> out;
  for (const auto& c : read_contacts(s, context)) out.push_back(c.kind() + ":" + c.value());
  return out;
}

bool has_step(const Contact& c, std::string_view step) { return std::find(c.steps().begin(), c.steps().end(), step) != c.steps().end(); }

}  // namespace

TEST_CASE("a plain number has no steps, its own bytes as span and a high confidence") {
  const std::string s = "Chambre à louer, tél 01 99 00 12 34, le soir";
  const auto got = read_contacts(s, at("FR", "fr"));
  REQUIRE(got.size() == 1);
  CHECK(got[0].kind() == "phone");
  CHECK(got[0].value() == "+33199001234");
  CHECK(got[0].raw() == "01 99 00 12 34");
  REQUIRE(got[0].span_size() == 2);
  CHECK(s.substr(static_cast<std::size_t>(got[0].span(0)), static_cast<std::size_t>(got[0].span(1) - got[0].span(0))) == got[0].raw());
  CHECK(got[0].steps_size() == 0);
  CHECK(got[0].confidence() >= 0.9);
}

TEST_CASE("a number that hides is read, and the steps say how") {
  struct Row {
    const char *region, *text, *value, *step;
  };
  for (const auto& row : {
           Row{"FR", "zéro un quatre-vingt-dix-neuf zéro zéro douze trente-quatre", "+33199001234", "words"},
           Row{"FR", "appelez zéro un nonante-neuf zéro zéro douze trente-quatre", "+33199001234", "words"},
           Row{"DE", "null eins sieben eins neununddreißig zwanzig null einundzwanzig", "+491713920021", "words"},
           Row{"GB", "bel nul twintig negenenzeventig zesenveertig nul achtenveertig een", "+442079460481", "words"},
           Row{"FR", "tel O1 99 OO l2 34", "+33199001234", "homoglyph"},
           Row{"FR", "01 enfin 99 enfin 00 enfin 12 enfin 34", "+33199001234", "split"},
           Row{"FR", "tel 0️⃣1️⃣9️⃣9️⃣0️⃣0️⃣1️⃣2️⃣3️⃣4️⃣", "+33199001234", "emoji"},
           Row{"FR", "tel ⓪①⑨⑨⓪⓪①②③④", "+33199001234", "unicode_digits"},
           Row{"FR", "tel ٠١٩٩٠٠١٢٣٤", "+33199001234", "unicode_digits"},
           Row{"GB", "call zero two zero seven nine four six zero double one two", "+442079460112", "multiplier"},
           Row{"FR", "tel 01❤️99❤️00❤️12❤️34", "+33199001234", "emoji"},
       }) {
    CAPTURE(row.text);
    const auto got = read_contacts(row.text, at(row.region));
    REQUIRE(got.size() == 1);
    CHECK(got[0].value() == row.value);
    CHECK(has_step(got[0], row.step));
  }
}

TEST_CASE("numbers that are not for calling are not contacts") {
  for (const char* s : {"EUR 1.250,00 incl. 19% = 237,50", "24.12.2023 - 06.01.2024 geschlossen", "IBAN GB82 WEST 1234 5698 7654 32",
                        "GPS 51.507351, -0.127758", "1h 150 30min 90 2h 280", "19 20 21 22 23 24 25", "Ref. 20240315-000482",
                        "Open 24/7, 10:00 - 02:30", "BE0123456789", "IP 192.168.10.254", "90-60-90, 170 cm, 55 kg"}) {
    for (const char* region : {"FR", "BE", "DE", "GB", "US", "NL", "IT", "ES"}) {
      CAPTURE(s);
      CAPTURE(region);
      CHECK(values(s, at(region)).empty());
    }
  }
}

TEST_CASE("addresses, handles and wallets are read with their kind") {
  CHECK(values("mail Anna.K@mail.example now", {}) == std::vector<std::string>{"email:anna.k@mail.example"});
  CHECK(values("anna punkt k (at) mail punkt example", {}) == std::vector<std::string>{"email:anna.k@mail.example"});
  CHECK(values("anna22 arobase mail point example", {}) == std::vector<std::string>{"email:anna22@mail.example"});
  CHECK(values("meet me at the station. example follows", {}).empty());
  CHECK(values("Telegram: @anna_k22, insta anna.k_22", {}) == std::vector<std::string>{"telegram:anna_k22", "instagram:anna.k_22"});
  CHECK(values("https://t.me/anna_k22 et https://www.instagram.com/anna.k/", {}) == std::vector<std::string>{"telegram:anna_k22", "instagram:anna.k"});
  CHECK(values("voir https://annonces.example/a/1.", {}) == std::vector<std::string>{"url:https://annonces.example/a/1"});
  CHECK(values("btc 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", {}) == std::vector<std::string>{"wallet:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"});
  CHECK(values("btc 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", {}).empty());  // a wrong checksum
  CHECK(values("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", {}) == std::vector<std::string>{"wallet:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"});
  CHECK(values("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", {}) == std::vector<std::string>{"wallet:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"});
  CHECK(values("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", {}).empty());  // EIP-55 says no
}

TEST_CASE("the address of a link names its messenger, and pages of nobody name none") {
  struct Row {
    const char *href, *kind, *value;
  };
  for (const auto& row : {
           Row{"tel:+33199001234", "phone", "+33199001234"}, Row{"tel:01.99.00.12.34", "phone", "+33199001234"},
           Row{"sms:+33199001234?body=x", "phone", "+33199001234"}, Row{"https://wa.me/33199001234", "whatsapp", "+33199001234"},
           Row{"https://api.whatsapp.com/send?phone=33199001234&text=a", "whatsapp", "+33199001234"},
           Row{"whatsapp://send?phone=+33199001234", "whatsapp", "+33199001234"},
           Row{"https://t.me/+33199001234", "telegram", "+33199001234"}, Row{"tg://resolve?domain=Anna_K22", "telegram", "anna_k22"},
           Row{"viber://chat?number=%2B33199001234", "viber", "+33199001234"}, Row{"https://signal.me/#p/+33199001234", "signal", "+33199001234"},
           Row{"mailto:Anna@mail.example?subject=x", "email", "anna@mail.example"}, Row{"https://www.tiktok.com/@anna.k", "tiktok", "anna.k"},
           Row{"https://www.snapchat.com/add/anna-k", "snapchat", "anna-k"}, Row{"https://m.facebook.com/anna.k.22?ref=1", "facebook", "anna.k.22"},
           Row{"https://facebook.com/profile.php?id=100001", "facebook", "100001"},
           Row{"https://www.facebook.com/sharer/sharer.php?u=x", "", ""}, Row{"https://t.me/share/url?url=x", "", ""},
           Row{"https://www.instagram.com/p/Cabc/", "", ""}, Row{"https://annonces.example/a", "", ""}, Row{"javascript:void(0)", "", ""}, Row{"", "", ""},
       }) {
    CAPTURE(row.href);
    const auto c = contact_of_link(row.href, at("FR"));
    CHECK(c.kind() == row.kind);
    CHECK(c.value() == row.value);
  }
}

TEST_CASE("figures: fields: hidden numbers of the public half are found, and nothing is found where none is") {
  const auto all = cases::rows(cases::folder("phone-obfuscation") / "cases.jsonl");
  if (all.empty()) {
    MESSAGE("skipped: no phone-obfuscation data");
    return;
  }
  int expected = 0, right = 0, wrong = 0, false_in_negatives = 0, sure = 0, sure_right = 0;
  std::map<std::string, std::pair<int, int>> by_kind;
  const bool tell = std::getenv("VIGIE_TELL") != nullptr;
  for (const auto& row : all) {
    std::set<std::string> want;
    for (const auto& e : row.fields().at("expected").list_value().values()) want.insert(cases::text_of(e.struct_value(), "e164"));
    const auto region = cases::text_of(row, "region");
    const auto contacts = read_contacts(cases::text_of(row, "text"), at(region, cases::text_of(row, "lang")));
    std::set<std::string> got;
    for (const auto& c : contacts) {
      if (!c.value().starts_with("+")) continue;
      got.insert(c.value());
      if (c.confidence() >= .9) ++sure, sure_right += want.contains(c.value());
    }
    auto& kind = by_kind[cases::text_of(row, "kind")];
    bool ok = true;
    for (const auto& w : want) {
      ++expected, ++kind.second;
      if (got.contains(w)) ++right, ++kind.first; else ok = false;
    }
    for (const auto& g : got) {
      if (want.contains(g)) continue;
      ok = false;
      ++wrong;
      false_in_negatives += want.empty();
    }
    if (!ok && tell) {
      std::string line = cases::text_of(row, "kind") + " " + region + " | " + cases::text_of(row, "text") + " | want";
      for (const auto& w : want) line += " " + w;
      line += " got";
      for (const auto& g : got) line += " " + g;
      MESSAGE(line);
    }
  }
  for (const auto& [name, share] : by_kind) {
    if (share.first < share.second) MESSAGE(name << ": " << share.first << " of " << share.second);
  }
  const double recall = right * 1.0 / expected, precision = right * 1.0 / (right + wrong);
  MESSAGE("phone-obfuscation: recall " << recall << ", precision " << precision << ", false in negatives " << false_in_negatives
                                       << "; of " << sure << " with confidence 0.9 and above " << sure_right * 1.0 / sure << " are right");
  CHECK(recall >= 0.92);
  CHECK(precision >= 0.98);
  CHECK(false_in_negatives == 0);
  CHECK(sure_right >= 0.98 * sure);
}

TEST_CASE("pairs said one after the other are one number, with or without commas and hyphens") {
  struct Row {
    const char *region, *lang, *text, *value;
  };
  for (const auto& row : {
           Row{"FR", "fr", "tél zéro cinq, trente-six, quarante-neuf, quatre-vingt-dix-neuf, soixante-et-un", "+33536499961"},
           Row{"FR", "fr", "zéro un quatre-vingt-dix-neuf zéro zéro soixante-et-un quatre-vingt-un", "+33199006181"},
           Row{"FR", "ro", "Contact: +33 cinci treizeci și șase patruzeci și nouă șaisprezece nouăzeci și cinci", "+33536491695"},
           Row{"SE", "sv", "+46.70.174.06.37", "+46701740637"},
           Row{"GB", "uk", "нуль двадцять сімдесят дев'ять сорок шість нуль двадцять п'ять один", "+442079460251"},
           Row{"FR", "it", "leggi al contrario: 43 21 00 99 10", "+33199001234"},
       }) {
    CAPTURE(row.text);
    CHECK(values(row.text, at(row.region, row.lang)) == std::vector<std::string>{std::string("phone:") + row.value});
  }
}

TEST_CASE("words are read however they are spelled, and mails and handles however their signs are said") {
  struct Row {
    const char *region, *lang, *text, *value;
  };
  for (const auto& row : {
           Row{"FR", "fr", "appelle 0 1 9 9 0 0 1 2 3 4", "phone:+33199001234"}, Row{"FR", "fr", "z.é.r.o u.n n.e.u.f n.e.u.f 00 12 34", "phone:+33199001234"},
           Row{"FR", "fr", "tél zéééro un neuff neuf 00 12 34", "phone:+33199001234"},
           Row{"GB", "en", "zer0 tw0 zer0 s3ven n1ne f0ur s1x zer0 0ne 0ne tw0", "phone:+442079460112"},
           Row{"FR", "fr", "mon num c 01quatrevingtdixneuf00 12 34", "phone:+33199001234"}, Row{"FR", "fr", "zéro uno nine neuf null zéro ein zwei trois four", "phone:+33199001234"},
           Row{"FR", "fr", "01:99:00:12:34", "phone:+33199001234"}, Row{"FR", "fr", "code pays +33 1 99 00 12 34", "phone:+33199001234"},
           Row{"GB", "pt", "Liga para o 020 7946 0112", "phone:+442079460112"}, Row{"FR", "fr", "anna underscore k arobase mail point example", "email:anna_k@mail.example"},
           Row{"FR", "fr", "anna.k(a)mail.example", "email:anna.k@mail.example"}, Row{"FR", "fr", "anna.k @ mail . example", "email:anna.k@mail.example"},
           Row{"RU", "ru", "anna.k sobaka mail tochka example", "email:anna.k@mail.example"}, Row{"FR", "fr", "telegram arobase anna_k22", "telegram:anna_k22"},
           Row{"RU", "ru", "в телеграме @anna_k22", "telegram:anna_k22"},
       }) {
    CAPTURE(std::string(row.text));
    CHECK(values(row.text, at(row.region, row.lang)) == std::vector<std::string>{row.value});
  }
  for (const char* s : {"un deux trois quatre cinq six sept huit neuf dix", "numéro client 0199001234", "loto 05 11 23 31 44 02", "numéro de suivi 6A12345678901",
                        "numero d'entreprise 0199001234", "RAL 9010 7016 3020 5010", "de 9h30 à 12h30 et de 14h00 à 19h00"}) {
    CAPTURE(std::string(s));
    CHECK(values(s, at("FR", "fr")).empty());
  }
}

TEST_CASE("counters, company numbers and addresses of towns are not for calling") {
  for (const char* s : {"#78953 | 660 прегледа", "0000.000.404", "TVA BE 0403.170.701", "USt-IdNr.: 0210.405.873", "F-75012 / B-1000 / D-10115",
                        "2000/2007/2015, 23% 7x4", "P.IVA 00123450987"}) {
    for (const char* region : {"FR", "BE", "DE", "GB", "US", "BG", "RO", "IT"}) {
      CAPTURE(s);
      CAPTURE(region);
      CHECK(values(s, at(region)).empty());
    }
  }
}

TEST_CASE("numbers of plain plans are taken apart as libphonenumber's parser does it") {
  std::mt19937 random(11);
  const auto digits = [&](std::size_t n) {
    std::string out;
    while (out.size() < n) out += static_cast<char>('0' + random() % 10);
    return out;
  };
  for (const char* region : {"FR", "BE", "NL", "DE", "GB", "AT", "CH", "BG", "RO", "AL", "UA", "IE", "SE", "PL", "ES", "PT", "GR", "CZ", "DK", "NO"}) {
    for (int n = 0; n < 3000; ++n) {
      const auto number = (n % 3 == 0 ? "0" : "") + digits(5 + random() % 9);
      CAPTURE(region);
      CAPTURE(number);
      CHECK(same_as_parser(number, region));
    }
  }
  for (const char* code : {"33", "32", "31", "49", "44", "43", "41", "359", "40", "355", "380", "353", "46", "48", "34", "351", "30", "420", "45", "47"}) {
    for (int n = 0; n < 3000; ++n) {
      const auto number = "+" + std::string(code) + (n % 3 == 0 ? "0" : "") + digits(5 + random() % 8);
      CAPTURE(number);
      CHECK(same_as_parser(number, ""));
    }
  }
}

namespace {

// Where we part from libphonenumber's matcher test, which runs on invented numbering plans. Text, region, why.
constexpr const char* kMatcherDifferences[][3] = {
    {"650+253+1234", "US", "a plus between groups is a disguise that ads use"},
    {"12 7/8 - 14 12/34 - 5", "US", "fractions; the matcher itself asks for strict grouping here"},
    {"2012-01-02 08", "US", "a date"},
    {"+33 3 34 2312", "FR", "eight digits are no French number in the real plan"},
    {"+33 3 34 23 12", "FR", "eight digits are no French number in the real plan"},
    {"+49-49-34", "DE", "six digits: too short to be told from other numbers"},
    {"0123/456789", "PL", "no Polish number begins with 0 in the real plan"},
    {"123-456-7890", "US", "no area code begins with 1 in the real plan"},
    {"0081-650-333-6000", "SG", "a carrier of the invented plan"},
    {"312 345 678", "IT", "no full mobile number in the real plan"},
    {"023 1234 0000", "AR", "area code 23 is of the invented plan"},
    {"(0xx) 123456789", "AR", "xx stands for a carrier that the text does not name"},
    {"(0xx) 123456789 x 1234", "AR", "xx stands for a carrier that the text does not name"},
    {"011xx5481429712", "US", "xx stands for a carrier that the text does not name"},
};

bool listed(const std::string& text, const std::string& region) {
  return std::any_of(std::begin(kMatcherDifferences), std::end(kMatcherDifferences), [&](const auto& d) { return text == d[0] && region == d[1]; });
}

}  // namespace

// "Impossible" and "PossibleOnly" must not be read, the other groups must. Bare, and inside a sentence.
TEST_CASE("figures: fields: libphonenumber's own matcher cases are read as it expects, but for listed differences") {
  std::ifstream file(cases::folder("phone-matcher-cases") / "cases.tsv");
  if (!file) {
    MESSAGE("skipped: no phone-matcher-cases data");
    return;
  }
  std::string line;
  std::getline(file, line);
  int all = 0, right = 0, different = 0;
  while (std::getline(file, line)) {
    const auto first = line.find('\t'), last = line.rfind('\t');
    REQUIRE(first < last);
    const auto group = line.substr(0, first), text = line.substr(first + 1, last - first - 1), region = line.substr(last + 1);
    const bool wanted = group != "Impossible" && group != "PossibleOnly";
    const auto context = at(region == "ZZ" ? "" : region, "en");
    ++all;
    const auto found = [&](const std::string& s) {
      const auto got = values(s, context);
      return std::any_of(got.begin(), got.end(), [](const std::string& v) { return v.starts_with("phone:"); });
    };
    const bool ok = found(text) == wanted && (!wanted || found("We are here: " + text + ", every day"));
    right += ok;
    different += !ok && listed(text, region);
    CAPTURE(group);
    CAPTURE(text);
    CAPTURE(region);
    CHECK((ok || listed(text, region)));
  }
  MESSAGE("phone-matcher-cases: " << right << " of " << all << " as the original expects, " << different << " differences with a reason");
}
