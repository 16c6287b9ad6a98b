#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>
#include <sys/socket.h>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "core/text.h"
#include "core/url.h"
#include "crawler/address.h"
#include "crawler/domain.h"
#include "crawler/feeds.h"
#include "crawler/hours.h"
#include "crawler/retry.h"
#include "crawler/robots.h"

using namespace vigie;
using namespace vigie::crawler;

namespace {

std::string data_file(const std::string& name) {
  const char* root = std::getenv("VIGIE_DATA");
  return std::string(root && *root ? root : VIGIE_SOURCE_DIR "/../shared/data") + "/" + name;
}

/// One JSON object a line; empty where the data is not there (the caller says so).
std::vector<google::protobuf::Struct> json_lines(const std::string& name) {
  std::vector<google::protobuf::Struct> rows;
  std::ifstream in(data_file(name));
  for (std::string line; std::getline(in, line);) {
    google::protobuf::Struct row;
    REQUIRE(google::protobuf::util::JsonStringToMessage(line, &row).ok());
    rows.push_back(std::move(row));
  }
  return rows;
}
const std::string& text_of(const google::protobuf::Struct& row, const char* key) { return row.fields().at(key).string_value(); }

/// The bytes behind a string that holds one code point a byte.
std::string latin1(const std::string& utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c < 0x80) {
      out += utf8[i];
    } else {
      out += static_cast<char>(((c & 0x03) << 6) | (static_cast<unsigned char>(utf8[++i]) & 0x3f));
    }
  }
  return out;
}

/// Path and query as Google's test program takes them from an address, valid or not.
std::string path_of(const std::string& url) {
  std::size_t at = url.starts_with("//") ? 2 : 0;
  const auto early = url.find_first_of("/?;", at), scheme = url.find("://", at);
  if (scheme != std::string::npos && (early == std::string::npos || early >= scheme)) at = scheme + 3;
  const auto path = url.find_first_of("/?;", at);
  if (path == std::string::npos) return "/";
  const auto hash = url.find('#', at);
  if (hash != std::string::npos && hash < path) return "/";
  const auto cut = url.substr(path, hash == std::string::npos ? hash : hash - path);
  return cut[0] == '/' ? cut : "/" + cut;
}

}  // namespace

TEST_CASE("robots.txt: Google's published cases") {
  const auto rows = json_lines("robots-google/cases.jsonl");
  if (rows.empty()) {
    MESSAGE("skipped: " << data_file("robots-google") << " is not there");
    return;
  }
  CHECK(rows.size() == 145);
  for (const auto& row : rows) {
    const auto agent = text_of(row, "agent"), url = latin1(text_of(row, "url_latin1"));
    const auto robots = Robots::parse(latin1(text_of(row, "robots_latin1")), agent);
    CAPTURE(row.fields().at("id").number_value());
    CAPTURE(agent);
    CAPTURE(url);
    CHECK(robots.allowed(path_of(url)) == row.fields().at("allowed").bool_value());
  }
}

TEST_CASE("robots.txt: what Google's cases leave out") {
  const auto robots = Robots::parse("User-agent: *\nDisallow: /all\nCrawl-delay: 9\nUser-agent: Vigie\nCrawl-delay: 2.5\n"
                                    "Disallow: /p*x$\nAllow: /pax\nSitemap: https://a.test/map.xml\n", "vigie");
  CHECK(robots.allowed("/all"));  // a group of our own replaces the one for everybody
  CHECK_FALSE(robots.allowed("/pyx"));
  CHECK(robots.allowed("/pyxy"));
  CHECK(robots.allowed("/paxx") == false);
  CHECK(robots.crawl_delay_s() == 2.5);
  REQUIRE(robots.sitemaps().size() == 1);
  CHECK(robots.sitemaps()[0] == "https://a.test/map.xml");
  const auto again = Robots::parse(robots.reduced(), "anybody");
  CHECK_FALSE(again.allowed("/pyx"));
  CHECK(again.crawl_delay_s() == 2.5);
}

TEST_CASE("robots.txt: a hostile file costs bounded work and reads as no") {
  std::string body = "user-agent: *\n";
  while (body.size() < (500u << 10)) body += "disallow: /" + std::string(1000, 'a') + "*" + std::string(900, 'a') + "b\n";
  const auto robots = Robots::parse(body, "vigie");
  CHECK_FALSE(robots.allowed("/" + std::string(2040, 'a')));
  CHECK(robots.allowed("/b"));
}

TEST_CASE("Retry-After: seconds, dates, and what is neither") {
  const auto rows = json_lines("retry-after/cases.jsonl");
  if (rows.empty()) {
    MESSAGE("skipped: " << data_file("retry-after") << " is not there");
    return;
  }
  for (const auto& row : rows) {
    const auto now = from_ms(static_cast<std::int64_t>(row.fields().at("now").number_value()) * 1000);
    const auto& expected = row.fields().at("wait_seconds");
    const auto got = read_retry_after(text_of(row, "header"), now);
    CAPTURE(text_of(row, "header"));
    CHECK(got.has_value() == (expected.kind_case() == google::protobuf::Value::kNumberValue));
    if (got && expected.kind_case() == google::protobuf::Value::kNumberValue)
      CHECK(static_cast<double>(got->count()) / 1000 == expected.number_value());
  }
}

TEST_CASE("registrable domain: the public suffix list's own vectors") {
  std::ifstream in(data_file("publicsuffix/tests.txt"));
  if (!in) {
    MESSAGE("skipped: " << data_file("publicsuffix") << " is not there");
    return;
  }
  // The vectors are of the list of their commit, ours is the distribution's.
  const std::set<std::string> known = {};
  int rows = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with("//")) continue;
    const auto gap = line.find(' ');
    if (gap == std::string::npos) continue;
    const auto host = line.substr(0, gap), expected = line.substr(gap + 1);
    ++rows;
    if (known.contains(host)) continue;
    CAPTURE(host);
    CHECK(registrable_domain(host == "null" ? "" : host).value_or("null") == expected);
  }
  CHECK(rows >= 70);
}

namespace {
struct AddressRow {
  const char* text;
  bool is_public;
};
const AddressRow kAddresses[] = {
    {"0.0.0.0", false},          {"0.255.255.255", false},   {"1.0.0.0", true},           {"9.255.255.255", true},
    {"10.0.0.0", false},         {"10.255.255.255", false},  {"11.0.0.0", true},          {"100.63.255.255", true},
    {"100.64.0.0", false},       {"100.127.255.255", false}, {"100.128.0.0", true},       {"126.255.255.255", true},
    {"127.0.0.1", false},        {"127.255.255.255", false}, {"128.0.0.0", true},         {"169.253.255.255", true},
    {"169.254.169.254", false},  {"169.255.0.0", true},      {"172.15.255.255", true},    {"172.16.0.0", false},
    {"172.31.255.255", false},   {"172.32.0.0", true},       {"192.0.0.1", false},        {"192.0.1.0", true},
    {"192.0.2.1", false},        {"192.0.3.0", true},        {"192.88.99.1", false},      {"192.167.255.255", true},
    {"192.168.0.1", false},      {"192.169.0.0", true},      {"198.17.255.255", true},    {"198.18.0.1", false},
    {"198.19.255.255", false},   {"198.20.0.0", true},       {"198.51.100.7", false},     {"203.0.113.9", false},
    {"223.255.255.255", true},   {"224.0.0.1", false},       {"239.255.255.255", false},  {"240.0.0.1", false},
    {"255.255.255.255", false},  {"8.8.8.8", true},          {"::", false},               {"::1", false},
    {"::ffff:127.0.0.1", false}, {"::ffff:8.8.8.8", true},   {"::ffff:7f00:1", false},    {"::8.8.8.8", false},
    {"64:ff9b::7f00:1", false},  {"64:ff9b::808:808", true}, {"64:ff9b:1::808:808", false}, {"2002:7f00:1::1", false},
    {"2002:808:808::1", true},   {"2001:0:808:808:0:0:80ff:fffe", false},                 {"2001:0:808:808:0:0:f7f7:f7f7", true},
    {"2001:db8::1", false},      {"2606:4700::1", true},     {"fc00::1", false},          {"fdff:ffff::1", false},
    {"fe80::1", false},          {"febf::1", false},         {"fec0::1", false},          {"ff02::1", false},
    {"100::1", false},           {"3fff::1", false},         {"5f00::1", false},          {"2a00::1", true},
    {"[2a00::1]", true},         {"192.31.195.255", true},   {"192.31.196.1", false},     {"192.31.197.0", true},
    {"192.52.192.255", true},    {"192.52.193.1", false},    {"192.52.194.0", true},      {"192.175.47.255", true},
    {"192.175.48.1", false},     {"192.175.49.0", true},     {"2001:1ff::1", false},      {"2001:200::1", true},
    {"2620:4f:7fff::1", true},   {"2620:4f:8000::1", false}, {"2620:4f:8001::1", true},
};
}  // namespace

TEST_CASE("addresses: every special range and its neighbours") {
  for (const auto& row : kAddresses) {
    CAPTURE(row.text);
    const auto address = Address::parse(row.text);
    REQUIRE(address);
    CHECK(is_public(*address) == row.is_public);
  }
}

TEST_CASE("addresses: what is none, is none") {
  for (const std::string_view wrong : {std::string_view(""), std::string_view("8.8.8.8\0.example", 16), std::string_view("8.8.8"), std::string_view("[8.8.8.8"),
                                       std::string_view("::1%lo"), std::string_view("[]")}) {
    CHECK_FALSE(Address::parse(wrong));
  }
  for (const char* wrong : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:80x", "host:80", ":80"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read_endpoint(wrong));
  }
  const auto endpoint = read_endpoint("[::1]:8080");
  REQUIRE(endpoint);
  CHECK(endpoint->port == 8080);
  sockaddr other{};
  other.sa_family = AF_UNIX;
  CHECK_FALSE(Address::of(other));
}

TEST_CASE("addresses: however a private one is spelled in a URL, it is refused") {
  for (const char* host : {"127.0.0.1", "2130706433", "0x7f.1", "0x7f000001", "127.1", "127.0.1", "0177.0.0.1", "0", "0x0",
                           "017700000001", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "127.0.0.1.",
                           "%31%32%37.0.0.1", "１２７.0.0.1", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "10.1", "3232235521"}) {
    CAPTURE(host);
    const auto url = Url::parse("http://" + std::string(host) + "/");
    REQUIRE(url);
    const auto address = Address::parse(url->hostname());
    REQUIRE(address);
    CHECK_FALSE(is_public(*address));
  }
}

TEST_CASE("addresses: the configuration opens exactly what it names") {
  auto policy = AddressPolicy::make({"127.0.0.0/9", "fd00:1::/32"});
  REQUIRE(policy);
  CHECK(policy->allows(*Address::parse("127.127.255.255")));
  CHECK_FALSE(policy->allows(*Address::parse("127.128.0.0")));
  CHECK(policy->allows(*Address::parse("::ffff:127.0.0.1")));
  CHECK(policy->allows(*Address::parse("fd00:1::9")));
  CHECK_FALSE(policy->allows(*Address::parse("fd00:2::9")));
  CHECK_FALSE(policy->allows(*Address::parse("10.0.0.1")));
  for (const char* wrong : {"", "127.0.0.0/33", "127.0.0/8", "::/129", "127.0.0.1/", "127.0.0.1/-1", "localhost"}) {
    CAPTURE(wrong);
    CHECK_FALSE(AddressPolicy::make({wrong}));
  }
}

TEST_CASE("feeds: links of the public feed documents") {
  int looked = 0;
  std::map<std::string, std::string> expected;  // document -> literal of entries[0]['link']
  for (const char* name : {"rss", "atom", "atom10", "rdf"}) {
    for (const auto& row : json_lines(std::string("feedparser/wellformed-") + name + ".jsonl")) {
      const auto& expect = text_of(row, "expect");
      const auto at = expect.find("entries[0]['link'] == '");
      if (at == std::string::npos || row.fields().count("body") == 0) continue;
      const auto from = at + 23;
      const auto link = expect.substr(from, expect.find('\'', from) - from);
      CAPTURE(text_of(row, "file"));
      const auto feed = read_feed(text_of(row, "body"));
      REQUIRE(feed);
      REQUIRE_FALSE(feed->items.empty());
      CHECK(feed->items[0].url == link);
      ++looked;
    }
  }
  if (looked == 0) MESSAGE("skipped: " << data_file("feedparser") << " is not there");
}

TEST_CASE("feeds: no public document, well-formed or not, brings the reader down") {
  int read = 0, refused = 0;
  for (const char* name : {"wellformed-rss", "wellformed-atom", "wellformed-atom10", "wellformed-rdf", "wellformed-base",
                           "wellformed-namespace", "wellformed-xml", "illformed"}) {
    for (const auto& row : json_lines(std::string("feedparser/") + name + ".jsonl")) {
      if (row.fields().count("body") == 0) continue;
      if (read_feed(text_of(row, "body"))) ++read; else ++refused;
    }
  }
  MESSAGE("feeds read: " << read << ", refused: " << refused);
  if (read + refused > 0) CHECK(read > 10 * refused);
}

TEST_CASE("feeds: sitemaps, indexes, dates, and what breaks half-way") {
  const auto map = read_feed("\n<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
                             "<url><loc> https://a.test/1?x=1&amp;y=2 </loc><lastmod>2026-11-20</lastmod></url>"
                             "<url><loc>https://a.test/2</loc><lastmod>2026-11-20T08:15+01:00</lastmod></url></urlset>");
  REQUIRE(map);
  CHECK(map->kind == "sitemap");
  REQUIRE(map->items.size() == 2);
  CHECK(map->items[0].url == "https://a.test/1?x=1&y=2");
  REQUIRE(map->items[1].modified);
  CHECK(to_rfc3339(*map->items[1].modified) == "2026-11-20T07:15:00Z");
  const auto rss = read_feed("<rss><channel><link>no</link><item><title>&nbsp;&eacute;</title><guid isPermaLink='false'>7</guid>"
                             "<link>https://a.test/7</link><pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate></item>"
                             "<item><guid>https://a.test/8</guid></item><item><title>broken");
  REQUIRE(rss);
  CHECK(rss->truncated);
  REQUIRE(rss->items.size() == 2);
  CHECK(rss->items[0].url == "https://a.test/7");
  CHECK(rss->items[1].url == "https://a.test/8");
  CHECK_FALSE(read_feed("<html><body>no feed</body></html>"));
  CHECK_FALSE(read_feed("{\"json\": true}"));
  CHECK_FALSE(read_feed(""));
}

TEST_CASE("feeds: a gzipped sitemap is read, what only looks like one is not") {
  // gzip of <urlset><url><loc>http://a.test/1</loc></url></urlset>
  const auto packed = text::from_hex("1f8b0800000000000203b3292dca294e2db1b301d2763639f9c9761925250556fafa89"
                                     "7a25a9c525fa8636fa20411b7db0bc3e5435001f760d1936000000");
  REQUIRE(packed);
  const auto feed = read_feed(*packed);
  REQUIRE(feed);
  REQUIRE(feed->items.size() == 1);
  CHECK(feed->items[0].url == "http://a.test/1");
  CHECK_FALSE(read_feed(std::string("\x1f\x8b not gzip at all")));
}

TEST_CASE("feeds: entities are refused, bombs are cut") {
  CHECK_FALSE(read_feed("<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><rss><channel><item><link>&b;</link></item></channel></rss>"));
  CHECK_FALSE(read_feed("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel><item><link>&x;</link></item></channel></rss>"));
  std::string many = "<urlset>";
  for (int i = 0; i < 50'010; ++i) many += "<url><loc>http://a.test/" + std::to_string(i) + "</loc></url>";
  const auto feed = read_feed(many + "</urlset>");
  REQUIRE(feed);
  CHECK(feed->truncated);
  CHECK(feed->items.size() == 50'000);
  std::string deep = "<rss>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  CHECK_FALSE(read_feed(deep));
}

TEST_CASE("active hours: the next opening, over midnight and clock changes") {
  struct Row {
    const char *zone, *from, *to, *now, *next;
  };
  for (const auto& row : {Row{"UTC", "06:00", "23:00", "2026-11-24T05:59:30Z", "2026-11-24T06:00:00Z"},
                          Row{"UTC", "06:00", "23:00", "2026-11-24T06:00:00Z", "2026-11-24T06:00:00Z"},
                          Row{"UTC", "06:00", "23:00", "2026-11-24T23:00:00Z", "2026-11-25T06:00:00Z"},
                          Row{"UTC", "22:00", "05:00", "2026-11-24T04:59:00Z", "2026-11-24T04:59:00Z"},
                          Row{"UTC", "22:00", "05:00", "2026-11-24T05:00:00Z", "2026-11-24T22:00:00Z"},
                          Row{"Europe/Brussels", "06:00", "23:00", "2026-11-24T04:00:00Z", "2026-11-24T05:00:00Z"},
                          Row{"Europe/Brussels", "06:00", "23:00", "2026-03-28T22:30:00Z", "2026-03-29T04:00:00Z"},
                          Row{"Europe/Brussels", "06:00", "23:00", "2026-10-24T21:30:00Z", "2026-10-25T05:00:00Z"}}) {
    CAPTURE(row.now);
    SiteOptions site;
    site.set_timezone(row.zone);
    site.set_active_from(row.from);
    site.set_active_to(row.to);
    const auto hours = ActiveHours::make(site);
    REQUIRE(hours);
    CHECK(to_rfc3339((*hours)->next(*parse_rfc3339(row.now))) == row.next);
  }
  SiteOptions wrong;
  wrong.set_timezone("Europe/Nowhere");
  CHECK_FALSE(ActiveHours::make(wrong));
  wrong.set_timezone("UTC");
  wrong.set_active_from("25:00");
  CHECK_FALSE(ActiveHours::make(wrong));
}
