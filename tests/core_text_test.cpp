#include "core/text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "core/hash.h"
#include "core/queue.h"

using namespace vigie;
using namespace vigie::text;

TEST_CASE("UTF-8 is judged, repaired and cut between code points") {
  CHECK(valid_utf8("z\u00E9ro \U0001F4DE"));
  for (const char* bad : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80", "a\xFF"}) {
    CHECK_FALSE(valid_utf8(bad));
    CHECK(valid_utf8(repair_utf8(bad)));
  }
  CHECK(repair_utf8(std::string_view("a\0b\xFFz", 5)) == "ab\uFFFDz");
  CHECK(cut_utf8("h\u00E9", 2) == "h");
  CHECK(cut_utf8("h\u00E9", 3) == "h\u00E9");
  CHECK(cut_utf8("\U0001F4DE", 3).empty());
  CHECK(cut_utf8("\x80\x80\x80\x80\x80\x80", 4).size() == 4);
}

TEST_CASE("white space of every script folds to one blank") {
  CHECK(fold_space("  a\t\n b\u00A0\u2003c \u3000") == "a b c");
  CHECK(trim("\u00A0 a b\u2003\n") == "a b");
  CHECK(trim(" \u3000 ").empty());
  CHECK(trim("a\xFF") == "a\xFF");
}

TEST_CASE("lists split and join") {
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',').size() == 1);
  CHECK(join({"a", "b"}, ", ") == "a, b");
  CHECK(join({"a", "a"}, ",") == "a,a");
  CHECK(equals_ci("HTTP", "http"));
  CHECK(starts_with_ci("Content-Type: x", "content-type:"));
  CHECK_FALSE(starts_with_ci("Con", "content"));
}

TEST_CASE("folding for match sees through accents, look-alikes, zero-width characters and fancy letters") {
  struct Row {
    const char *in, *out;
  };
  for (const auto& row : {Row{"Z\u00C9RO", "zero"}, Row{"e\u0301te\u0301", "ete"}, Row{"\u0430b\u0441", "abc"},
                          Row{"pass\u200Bport", "passport"}, Row{"\uFF30\uFF21\uFF33\uFF33", "pass"},
                          Row{"\U0001D5E3\U0001D5EE\U0001D600\U0001D600", "pass"}, Row{"\U0001F17F\U0001F170", "pa"},
                          Row{"\u1D18\u1D00\uA731\uA731", "pass"}, Row{"Stra\u00DFe", "strasse"}, Row{"\u0141\u00F3d\u017A", "lodz"},
                          Row{"a \u00A0\n b", "a b"}, Row{"\uAC00", "\uAC00"}, Row{"\u304C", "\u304B\u3099"}}) {
    CAPTURE(row.in);
    CHECK(fold_for_match(row.in).text == row.out);
  }
}

TEST_CASE("normalising keeps accents and scripts apart") {
  CHECK(normalise_for_match("\u00C9t\u00E9  E\u0301").text == "\u00E9t\u00E9 \u00E9");
  CHECK(normalise_for_match("\u0430").text == "\u0430");
  CHECK(fold_case("\u00C9\uFF21") == "\u00E9a");
}

TEST_CASE("every folded byte knows the source character that gave it") {
  std::mt19937 random(11);
  const std::vector<std::string> pieces = {"a", "B", " ", "\n", "\u00E9", "e\u0301", "\u00DF", "\u200B", "\uFB03", "\U0001D5E3",
                                           "\u0430", "\xFF", "\xE2\x82", "\u0301\u0323", "\uAC00", "\u3000"};
  for (int round = 0; round < 3000; ++round) {
    std::string s;
    for (auto count = random() % 12; count > 0; --count) s += pieces[random() % pieces.size()];
    for (const auto& folded : {fold_for_match(s), normalise_for_match(s)}) {
      REQUIRE(folded.origin.size() == folded.text.size() + 1);
      REQUIRE(folded.origin.back() == s.size());
      REQUIRE(std::is_sorted(folded.origin.begin(), folded.origin.end()));
      REQUIRE(valid_utf8(folded.text));
      for (std::size_t i = 0; i + 1 < folded.origin.size(); ++i) REQUIRE(folded.origin[i] < s.size());
    }
  }
  const auto folded = fold_for_match("\u00C9 ab");
  CHECK(folded.text == "e ab");
  CHECK(folded.origin == std::vector<std::uint32_t>{0, 2, 3, 4, 5});
}

TEST_CASE("a hostile pile of marks costs no more than its length") {
  std::string pile = "a";
  for (int i = 0; i < 200'000; ++i) pile += i % 2 == 0 ? "\u0301" : "\u0323";
  CHECK(fold_for_match(pile).text == "a");
  CHECK(normalise_for_match(pile).origin.back() == pile.size());
}

TEST_CASE("escapes keep a line a line and markup text") {
  CHECK(escape_html("<a href=\"x\">'&") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  CHECK(escape_control("a\nb\x1b[31m\x7f\xC2\x9B\xFFz\u00E9") == "a\\x0ab\\x1b[31m\\x7f\\xc2\\x9b\\xffz\u00E9");
  CHECK(escape_control("a\u202Eb\u2028") == "a\\xe2\\x80\\xaeb\\xe2\\x80\\xa8");
}

TEST_CASE("encodings go there and back") {
  CHECK(percent_encode("a/b \u00E9", "/") == "a/b%20%C3%A9");
  CHECK(percent_encode(std::string_view("\0", 1), "") == "%00");
  CHECK(percent_decode("a%2Fb%20%C3%A9%zz%4") == "a/b \u00E9%zz%4");
  CHECK(to_hex("\x01\xAB") == "01ab");
  CHECK(from_hex("01aB") == "\x01\xAB");
  CHECK_FALSE(from_hex("01a"));
  CHECK_FALSE(from_hex("0g"));
  CHECK(to_base64("") == "");
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("fo") == "Zm8=");
  CHECK(to_base64("foo") == "Zm9v");
  CHECK(to_base64("\xFF\xFE") == "//4=");
}

TEST_CASE("sizes have a unit, and no overflow") {
  CHECK(*parse_size("512KiB") == 512 << 10);
  CHECK(*parse_size("8MiB") == 8 << 20);
  CHECK(*parse_size("1GiB") == 1 << 30);
  CHECK(*parse_size("100B") == 100);
  CHECK(*parse_size("0") == 0);
  for (const char* text : {"", "5", "5MB", "-1B", "1 KiB", "1.5MiB", "9999999999999GiB", "KiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
}

TEST_CASE("a slip of the hand finds its word, another word does not") {
  const std::vector<std::string> names = {"start", "sitemap", "robots", "revisit", "pace", "to"};
  CHECK(did_you_mean("robost", names) == "robots");
  CHECK(did_you_mean("Sitemaps", names) == "sitemap");
  CHECK(did_you_mean("strat", names) == "start");
  CHECK_FALSE(did_you_mean("colour", names));
  CHECK_FALSE(did_you_mean("xy", names));
  CHECK_FALSE(did_you_mean("", names));
  CHECK_FALSE(did_you_mean(std::string(1000, 'a'), names));
}

TEST_CASE("hashes are those of the standards") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("").size() == 32);
  CHECK(short_id("abc") == "ba7816bf8f01cfea");
  CHECK(hash64("") == 0x2d06800538d394c2ULL);  // XXH3, empty input, seed 0
  CHECK(hash64("a", 1) != hash64("a", 2));
  CHECK(shard_of("annonces.example") < 4096);
}

TEST_CASE("a queue holds no more than its capacity, and gives out what it has after it is closed") {
  Queue<int> queue(2);
  int three = 3;
  CHECK(queue.push(1));
  CHECK(queue.push(2));
  CHECK_FALSE(queue.try_push(three));
  queue.close();
  CHECK_FALSE(queue.push(4));
  CHECK(queue.pop() == 1);
  CHECK(queue.try_pop() == 2);
  CHECK_FALSE(queue.pop());
}
