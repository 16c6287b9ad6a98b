#include <doctest/doctest.h>

#include <string>

#include "core/json.h"
#include "parser/microdata.h"
#include "parser/structured.h"
#include "parser_data.h"

using namespace vigie;

namespace {

parser::StructuredData read(const std::string& html) {
  const auto dom = test::dom_of(html);
  REQUIRE(dom);
  return parser::read_structured(*dom);
}

void check_studio(const parser::StructuredData& data, const char* source) {
  CAPTURE(source);
  REQUIRE(data.things.size() == 1);
  const parser::Facts& f = data.things[0];
  CHECK(f.source == source);
  CHECK(f.type == "product");
  CHECK(f.title == "Studio meublé");
  CHECK(f.text == "Calme, près de la gare.");
  CHECK(f.price == "450");
  CHECK(f.locality == "Lille");
  CHECK(f.phone == "01 99 00 00 42");
  CHECK(f.images == std::vector<std::string>{"/photos/1.jpg"});
}

}  // namespace

TEST_CASE("one thing gives one record, whatever notation describes it") {
  check_studio(read("<div itemscope itemtype='https://schema.org/Product'><h1 itemprop=name>Studio meublé</h1>"
                    "<img itemprop=image src=/photos/1.jpg><p itemprop=description>Calme, près de la gare.</p>"
                    "<div itemprop=offers itemscope><span itemprop=price content=450>450 €</span></div>"
                    "<span itemprop=telephone>01 99 00 00 42</span><span itemprop=addressLocality>Lille</span></div>"),
               "microdata");
  check_studio(read("<div vocab='https://schema.org/' typeof=Product><h1 property=name>Studio meublé</h1>"
                    "<img property=image src=/photos/1.jpg><p property=description>Calme, près de la gare.</p>"
                    "<div property=offers typeof=Offer><span property=price content=450>450 €</span></div>"
                    "<span property=telephone>01 99 00 00 42</span><span property=addressLocality>Lille</span></div>"),
               "rdfa");
  check_studio(read("<div class=h-product><h1 class=p-name>Studio meublé</h1><img class=u-photo src=/photos/1.jpg>"
                    "<p class=e-description>Calme, près de la gare.</p><data class=p-price value=450>450 €</data>"
                    "<div class='p-lister h-card'><span class=p-tel>01 99 00 00 42</span>"
                    "<span class=p-locality>Lille</span></div></div>"),
               "microformats");
  check_studio(read("<div class=hproduct><h1 class=fn>Studio meublé</h1><img class=photo src=/photos/1.jpg>"
                    "<p class=description>Calme, près de la gare.</p><abbr class=price title=450>450 €</abbr>"
                    "<div class='lister vcard'><span class=tel>01 99 00 00 42</span>"
                    "<span class=locality>Lille</span></div></div>"),
               "microformats");
}

TEST_CASE("RDFa Lite: prefixes and full names, properties of nothing, content before text") {
  const auto data = read("<html prefix='s: http://schema.org/'><body><meta property='og:title' content=Seite>"
                         "<div typeof='s:JobPosting' property='s:mainEntity'><b property='http://schema.org/title'>Koch</b>"
                         "<time property='s:datePosted' datetime='2026-11-20'>vorgestern</time>"
                         "<span property='s:baseSalary' typeof='s:MonetaryAmount'><i property='s:value' "
                         "content=2100>2.100 €</i><i property='s:currency'>EUR</i></span></div>");
  REQUIRE(data.things.size() == 1);
  CHECK(data.things[0].type == "jobposting");
  CHECK(data.things[0].title == "Koch");
  CHECK(data.things[0].date == "2026-11-20");
  CHECK(data.things[0].price == "2100");
  CHECK(data.things[0].currency == "EUR");
  CHECK(data.meta.title == "Seite");
}

TEST_CASE("classic microformats: a listing with its date, its poster and its mail") {
  const auto data = read("<div class=hlisting><span class=summary>Room to let</span>"
                         "<abbr class=dtlisted title=2026-11-21>yesterday</abbr>"
                         "<p class=description>A quiet room.</p><p class=lister><span class=vcard>"
                         "<a class=email href='mailto:host@ads.example'>mail</a></span></p></div>");
  REQUIRE(data.things.size() == 1);
  CHECK(data.things[0].type == "listing");
  CHECK(data.things[0].title == "Room to let");
  CHECK(data.things[0].date == "2026-11-21");
  CHECK(data.things[0].email == "host@ads.example");
}

TEST_CASE("class names that only look like microformats describe nothing") {
  const auto dom = test::dom_of("<div class='h-hidden-phone p-3'><p class='description price'>Text</p><i class=p-name>x</i></div>");
  REQUIRE(dom);
  CHECK(parser::microformats_json(*dom).empty());
  CHECK(parser::rdfa_json(*dom).empty());
}

TEST_CASE("things nested without end stay within bounds") {
  for (const char* tag : {"<div typeof=Product property=offers>", "<div class='h-product p-item'>", "<div itemscope itemprop=offers>"}) {
    std::string deep;
    for (int i = 0; i < 450; ++i) deep += tag;
    const auto dom = test::dom_of(deep + "x");
    REQUIRE(dom);
    CHECK(parser::rdfa_json(*dom).size() < 100'000);
    CHECK(parser::microformats_json(*dom).size() < 100'000);
    CHECK(parser::microdata_json(*dom).size() < 100'000);
  }
}
