#include <doctest/doctest.h>

#include <string>

#include "parser_data.h"
#include "parser/state.h"

using namespace vigie;

namespace {

std::string records(const std::string& quote = "\"") {
  std::string list;
  for (int i = 1; i <= 4; ++i) {
    const std::string n = std::to_string(i);
    list += (i > 1 ? "," : "") + std::string("{\"id\":90") + n + ",\"title\":\"Velo de ville numero " + n +
            "\",\"url\":\"/annonce/90" + n + "\",\"price\":{\"value\":1" + n +
            "0,\"currency\":\"EUR\"},\"city\":\"Lille\",\"description\":\"Un velo solide, revise ce printemps, pneus neufs, numero " + n + "\"}";
  }
  std::string out;
  for (const char c : list) out += c == '"' ? quote : std::string(1, c);
  return "[" + out + "]";
}

PageRecord read(const std::string& script) {
  const auto page = test::read_page("https://annonces.example/liste",
                                    "<html><head><title>Velos</title></head><body><div id=app></div>" + script + "</body></html>");
  REQUIRE(page);
  return *page;
}

}  // namespace

TEST_CASE("records of a script-built page are read from the scripts' objects") {
  const std::string escaped = records("\\\"");
  const std::string nuxt = "<script>window.__NUXT__=(function(a,b){return {data:[{list:" +
                           [] {
                             std::string s = records();
                             for (std::size_t at; (at = s.find("\"Lille\"")) != std::string::npos;) s.replace(at, 7, "a");
                             return s;
                           }() +
                           "}],x:b}}(\"Lille\",2));</script>";
  for (const std::string& script : {
           "<script id=__NEXT_DATA__ type=application/json>{\"props\":{\"pageProps\":{\"ads\":" + records() + "}}}</script>",
           "<script>window.__INITIAL_STATE__ = {\"search\":{\"hits\":" + records() + "}};</script>",
           "<script>window.__INITIAL_DATA__=JSON.parse(\"{\\\"hits\\\":" + escaped + "}\")</script>",
           "<script>self.__next_f.push([1,\"5:{\\\"hits\\\":" + escaped + "}\\n\"])</script>", nuxt}) {
    CAPTURE(script.substr(0, 60));
    const PageRecord page = read(script);
    CHECK(page.page_class() == "list");
    REQUIRE(page.listings_size() == 4);
    const Ad& ad = page.listings(1);
    CHECK(ad.title() == "Velo de ville numero 2");
    CHECK(ad.url() == "https://annonces.example/annonce/902");
    CHECK(ad.price().amount() == 120);
    CHECK(ad.price().currency() == "EUR");
    CHECK(ad.place().text() == "Lille");
    bool followed = false;
    for (const PageLink& link : page.links()) followed = followed || link.url() == ad.url();
    CHECK(followed);
  }
}

TEST_CASE("a state object that is cut off, deep or no object gives nothing and does no harm") {
  for (const std::string& script :
       {std::string("<script>window.__STATE__ = {\"a\":[{\"title\":\"cut</script>"),
        "<script>window.__DATA__=" + std::string(5000, '[') + "</script>",
        std::string("<script>window.__NUXT__=(function(a,b){return {</script>"),
        std::string("<script>window.__DATA__=JSON.parse(\"</script>"),
        std::string("<script>self.__next_f.push([1,</script>")}) {
    CHECK(read(script + "<script type=application/json>" + std::string(100, '{') + "</script>").listings_size() == 0);
  }
}
