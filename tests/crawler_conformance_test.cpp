// What browsers and caches agreed on in public test suites, as far as a crawler needs it.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <sstream>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include "core/text.h"
#include "crawler/answer.h"
#include "crawler/cookies.h"

using namespace vigie;
using namespace vigie::crawler;
using google::protobuf::ListValue;
using google::protobuf::Struct;

namespace {

std::string data_file(const std::string& name) {
  const char* root = std::getenv("VIGIE_DATA");
  return std::string(root && *root ? root : VIGIE_SOURCE_DIR "/../shared/data") + "/" + name;
}

std::vector<Struct> json_lines(const std::string& name) {
  std::vector<Struct> rows;
  std::ifstream in(data_file(name));
  for (std::string line; std::getline(in, line);) {
    Struct row;
    REQUIRE(google::protobuf::util::JsonStringToMessage(line, &row).ok());
    rows.push_back(std::move(row));
  }
  return rows;
}
const std::string& text_of(const Struct& row, const char* key) { return row.fields().at(key).string_value(); }

std::string latin1(const std::string& utf8) {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    out += c < 0x80 ? utf8[i] : static_cast<char>(((c & 0x03) << 6) | (static_cast<unsigned char>(utf8[++i]) & 0x3f));
  }
  return out;
}

/// Where our jar differs from the suite of 2010 on purpose, with the reason.
const std::map<std::string, const char*> kCookieDifferences = {
    {"0028", "the file of the suite holds a Set-Cookie line in place of the Cookie line that it expects"},
    {"disabled-chromium0022", "disabled in the suite: a line with a control character is refused whole (RFC 6265bis)"},
    {"disabled-chromium0023", "disabled in the suite: likewise"},
    {"disabled-path0029", "disabled in the suite: the path would have to be decoded before it is compared"},
};

}  // namespace

TEST_CASE("cookies: the cases of the working group behind RFC 6265") {
  const auto rows = json_lines("http-state/parser.jsonl");
  if (rows.empty()) {
    MESSAGE("skipped: " << data_file("http-state") << " is not there");
    return;
  }
  CHECK(rows.size() == 222);
  const auto now = *parse_rfc3339("2011-01-01T00:00:00Z");
  for (const auto& row : rows) {
    const auto& name = text_of(row, "name");
    const auto base = *Url::parse("http://home.example.org:8888/cookie-parser?" + name);
    auto next = *Url::parse("http://home.example.org:8888/cookie-parser-result?" + name);
    CookieJar jar;
    const auto headers = latin1(text_of(row, "response_headers_latin1"));
    jar.set_all(headers, base, now);
    std::istringstream lines(headers);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("Location: ")) next = *Url::parse(line.substr(10), base);
    const auto sent = jar.header(next, now);
    auto expected = latin1(text_of(row, "expected_cookie_latin1"));
    if (expected.starts_with("Cookie: ")) expected.erase(0, 8);
    while (expected.ends_with("\n")) expected.pop_back();
    CAPTURE(name);
    CAPTURE(headers);
    if (!kCookieDifferences.contains(name)) CHECK(sent == expected);
  }
}

TEST_CASE("cookies: dates of every fashion") {
  const auto rows = json_lines("http-state/dates.jsonl");
  if (rows.empty()) {
    MESSAGE("skipped: " << data_file("http-state") << " is not there");
    return;
  }
  for (const auto& row : rows) {
    CAPTURE(text_of(row, "test"));
    const auto got = read_cookie_date(text_of(row, "test"));
    const auto& expected = row.fields().at("expected");
    const bool none = expected.kind_case() != google::protobuf::Value::kStringValue;
    CHECK(got.has_value() == !none);
    if (got && !none) CHECK(to_http_date(*got) == expected.string_value());
  }
}

TEST_CASE("cookies: the jar is bounded, forgets what was used longest ago, and takes no neighbour's cookies") {
  const auto now = *parse_rfc3339("2026-11-24T00:00:00Z");
  const auto url = *Url::parse("https://www.shop.example/a/b");
  CookieJar jar;
  for (int i = 0; i < 200; ++i) jar.set("c" + std::to_string(i) + "=1", url, now);
  CHECK(jar.size() == CookieJar::kMost);
  CHECK(jar.header(url, now).find("c199=1") != std::string::npos);
  CHECK(jar.header(url, now).find("c149=1;") == std::string::npos);
  CookieJar strict;
  strict.set("big=" + std::string(5000, 'x'), url, now);
  strict.set("neighbour=1; Domain=other.example", url, now);
  strict.set("suffix=1; Domain=example", url, now);
  strict.set("part=1; Domain=op.example", url, now);
  strict.set("split=1\r\nX-Injected: 1", url, now);
  CHECK(strict.size() == 0);
  strict.set("safe=1; Secure; Max-Age=60; Path=/a", url, now);
  CHECK(strict.header(*Url::parse("http://www.shop.example/a"), now).empty());
  CHECK(strict.header(*Url::parse("https://www.shop.example/ab"), now).empty());
  CHECK(strict.header(url, now) == "safe=1");
  CHECK(strict.header(url, now + 61s).empty());
}

namespace {

std::string header_value(const google::protobuf::Value& value, Instant base) {
  if (value.kind_case() == google::protobuf::Value::kStringValue) return value.string_value();
  // A number is a date, so many seconds from when the case runs.
  return to_http_date(base + std::chrono::seconds(static_cast<std::int64_t>(value.number_value())));
}

Response answer_of(const Struct& request, Instant base) {
  Response response;
  response.outcome = Outcome::ok;
  response.status = 200;
  const auto status = request.fields().find("response_status");
  if (status != request.fields().end())
    response.status = static_cast<int>(status->second.list_value().values(0).number_value());
  const auto headers = request.fields().find("response_headers");
  if (headers == request.fields().end()) return response;
  for (const auto& row : headers->second.list_value().values()) {
    const auto& pair = row.list_value();
    if (text::equals_ci(pair.values(0).string_value(), "etag")) response.etag = header_value(pair.values(1), base);
    if (text::equals_ci(pair.values(0).string_value(), "last-modified")) response.last_modified = header_value(pair.values(1), base);
  }
  return response;
}

}  // namespace

// We are a revisiting reader, not a cache: we never answer from memory, so freshness (Cache-Control, Expires, Age, Vary,
// heuristics, 20 of the 25 groups) decides nothing here; our own schedule does. What binds us is revalidation: a second
// look must carry the first one's validators exactly, and a 304 must leave or renew them.
TEST_CASE("conditional requests: every published case that expects a revalidation gets one") {
  std::ifstream in(data_file("http-cache-tests/tests.json"));
  if (!in) {
    MESSAGE("skipped: " << data_file("http-cache-tests") << " is not there");
    return;
  }
  std::stringstream text;
  text << in.rdbuf();
  google::protobuf::ListValue groups;
  REQUIRE(google::protobuf::util::JsonStringToMessage(text.str(), &groups).ok());
  const auto url = *Url::parse("http://cache.test/x");
  SiteOptions site;
  site.set_site("cache");
  site.add_hosts("cache.test");
  site.add_start("http://cache.test/x");
  const auto patterns = *SitePatterns::compile(site);
  const AddressPolicy policy;
  const auto base = *parse_rfc3339("2026-11-24T10:00:00Z");
  int cases = 0, conditional = 0;
  for (const auto& group : groups.values()) {
    for (const auto& test : group.struct_value().fields().at("tests").list_value().values()) {
      ++cases;
      CAPTURE(test.struct_value().fields().at("id").string_value());
      Visit visit;
      visit.set_url("http://cache.test/x");
      visit.set_site("cache");
      for (const auto& each : test.struct_value().fields().at("requests").list_value().values()) {
        const auto& request = each.struct_value();
        const auto sent = make_request(visit, url, "", Limits{});
        const auto expected = request.fields().find("expected_type");
        const auto kind = expected == request.fields().end() ? "" : expected->second.string_value();
        if (kind == "etag_validated" || kind == "lm_validated") {
          ++conditional;
          CHECK_FALSE((kind == "etag_validated" ? sent.etag : sent.last_modified).empty());
        }
        auto answer = answer_of(request, base);
        if (kind.ends_with("_validated")) answer.status = 304;  // what the suite's server says to a matching validator
        const auto known = visit.etag();
        read_answer(answer, url, *patterns, policy, 5, visit);
        if (answer.status == 304) CHECK(visit.etag() == (answer.etag.empty() ? known : answer.etag));
        if (answer.status == 206) CHECK(visit.outcome() == Outcome::cut_off);  // never a page
        if (answer.status == 200) CHECK(visit.etag() == answer.etag);
      }
    }
  }
  CHECK(cases == 370);
  CHECK(conditional >= 30);
  MESSAGE("http-cache-tests: " << cases << " cases walked, " << conditional << " revalidations");
}
