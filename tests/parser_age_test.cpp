#include <doctest/doctest.h>

#include <string>

#include "parser/fields.h"

using namespace vigie::parser;

TEST_CASE("an age is read where it is claimed, with the kind of claim") {
  struct Row {
    const char *lang, *text;
    int age;
    const char* claim;
  };
  for (const auto& row : {
           Row{"fr", "Anna, 24 ans, libre le soir", 24, "stated"}, Row{"nl", "24 jaar oud", 24, "stated"}, Row{"de", "ich bin 31 Jahre alt", 31, "stated"},
           Row{"en", "I am 25 years old", 25, "stated"}, Row{"es", "tengo 22 años", 22, "stated"}, Row{"it", "ho 27 anni", 27, "stated"},
           Row{"pt", "tenho 29 anos", 29, "stated"}, Row{"ro", "am 21 de ani", 21, "stated"}, Row{"bg", "на 23 години", 23, "stated"},
           Row{"pl", "mam 26 lat", 26, "stated"}, Row{"sq", "jam 24 vjeç", 24, "stated"}, Row{"ru", "мне 28 лет", 28, "stated"},
           Row{"uk", "мені 30 років", 30, "stated"}, Row{"ar", "عمري ٢٥ سنة", 25, "stated"}, Row{"en", "Age: 23", 23, "stated"},
           Row{"fr", "vingt-quatre ans", 24, "words"}, Row{"en", "twenty-three years old", 23, "words"}, Row{"en", "Anna (24)", 24, "title"},
           Row{"en", "24yo student", 24, "stated"},
       }) {
    CAPTURE(row.text);
    TextContext context;
    context.lang = row.lang;
    const auto got = read_ages(row.text, context);
    REQUIRE(got.size() == 1);
    CHECK(got[0].age() == row.age);
    CHECK(got[0].claim() == row.claim);
  }
}

TEST_CASE("an age is never guessed") {
  struct Row {
    const char *lang, *text;
  };
  for (const auto& row : {Row{"fr", "10 ans d'expérience"}, Row{"en", "over 18 years"}, Row{"en", "25 years experience"}, Row{"fr", "depuis 15 ans"},
                          Row{"uk", "за 24 години"}, Row{"en", "open 24/7"}, Row{"fr", "24 heures"}, Row{"en", "room 24, second floor"},
                          Row{"de", "seit 20 Jahren"}, Row{"fr", "taille 38, 170 cm"}, Row{"es", "más de 18 años"}}) {
    CAPTURE(row.text);
    TextContext context;
    context.lang = row.lang;
    CHECK(read_ages(row.text, context).empty());
  }
}
