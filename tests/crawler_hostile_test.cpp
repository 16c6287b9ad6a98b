#include "tests/hostile_world.h"

using namespace vigie;
using namespace vigie::crawler;
using test::value;
using test::World;

namespace {

struct Row {
  const char* host;
  Outcome::Kind outcome;
  const char* limit;
};
// What the last attempt at each host's page must be called, and which limit or rule must have set it.
const Row kRows[] = {
    {"ok.test", Outcome::ok, ""},
    {"gz.test", Outcome::ok, ""},
    {"br.test", Outcome::ok, ""},
    {"zstd.test", Outcome::ok, ""},
    {"rate-seconds.test", Outcome::rate_limited, ""},
    {"rate-date.test", Outcome::rate_limited, ""},
    {"rate-none.test", Outcome::rate_limited, ""},
    {"rate-past.test", Outcome::rate_limited, ""},
    {"rate-far.test", Outcome::rate_limited, ""},
    {"rate-words.test", Outcome::rate_limited, ""},
    {"unavailable.test", Outcome::rate_limited, ""},
    {"unavailable-date.test", Outcome::rate_limited, ""},
    {"broken.test", Outcome::server_error, ""},
    {"teapot.test", Outcome::server_error, ""},
    {"double.test", Outcome::bad_coding, "two_codings"},
    {"double-lines.test", Outcome::bad_coding, "two_codings"},
    {"gzip-in-gzip.test", Outcome::ok, ""},  // one layer is taken off, as announced; what is inside is not read
    {"part.test", Outcome::cut_off, ""},
    {"not-gzip.test", Outcome::bad_coding, "coding"},
    {"odd-coding.test", Outcome::bad_coding, "coding"},
    {"loop-self.test", Outcome::redirect_loop, "redirects"},
    {"loop-two.test", Outcome::redirect, ""},
    {"chain.test", Outcome::redirect, ""},
    {"to-private.test", Outcome::address_refused, "redirect_address"},
    {"to-metadata.test", Outcome::address_refused, "redirect_address"},
    {"to-mapped.test", Outcome::address_refused, "redirect_address"},
    {"to-nat64.test", Outcome::address_refused, "redirect_address"},
    {"to-number.test", Outcome::address_refused, "redirect_address"},
    {"to-ftp.test", Outcome::out_of_scope, "redirect_protocol"},
    {"to-file.test", Outcome::out_of_scope, "redirect_protocol"},
    {"to-other.test", Outcome::out_of_scope, "redirect_host"},
    {"to-nowhere.test", Outcome::server_error, "no_location"},
    {"gone404.test", Outcome::gone, ""},
    {"gone410.test", Outcome::gone, ""},
    {"refuse401.test", Outcome::block, ""},
    {"refuse403.test", Outcome::block, ""},
    {"refuse451.test", Outcome::block, ""},
    {"challenge.test", Outcome::block, "challenge"},
    {"picture.test", Outcome::not_html, "content_type"},
    {"cut.test", Outcome::cut_off, "content_length"},
    {"cut-chunked.test", Outcome::cut_off, "content_length"},
    {"two-lengths.test", Outcome::network, "two_lengths"},
    {"bad-length.test", Outcome::network, "no_http"},
    {"garbage.test", Outcome::network, "no_http"},
    {"empty.test", Outcome::network, "no_answer"},
    {"drip.test", Outcome::too_slow, "slow"},
    {"drip-header.test", Outcome::timed_out, "first_byte"},
    {"header-endless.test", Outcome::header_flood, "header_bytes"},
    {"header-line.test", Outcome::header_flood, "header_line"},
    {"interim-endless.test", Outcome::header_flood, "header_bytes"},
    {"body-endless.test", Outcome::too_large, "wire_bytes"},
    {"bomb.test", Outcome::bomb, "ratio"},
    {"bomb-br.test", Outcome::bomb, "ratio"},
    {"bomb-zstd.test", Outcome::bomb, "ratio"},
    {"page16.test", Outcome::ok, ""},
    {"slow-first.test", Outcome::ok, ""},
    {"slow-middle.test", Outcome::ok, ""},
    {"large.test", Outcome::too_large, "wire_bytes"},
    {"silent.test", Outcome::timed_out, "first_byte"},
    {"reset.test", Outcome::network, "reset"},
    {"robots-deny.test", Outcome::robots_denied, "robots"},
    {"robots-record.test", Outcome::ok, ""},
    {"robots-ignore.test", Outcome::ok, ""},
    {"robots-500.test", Outcome::server_error, "robots_unreachable"},
    {"robots-429.test", Outcome::rate_limited, "robots_unreachable"},
    {"robots-403.test", Outcome::ok, ""},
    {"robots-moved.test", Outcome::robots_denied, "robots"},
    {"robots-huge.test", Outcome::robots_denied, "robots"},
    {"robots-bytes.test", Outcome::robots_denied, "robots"},
    {"robots-html.test", Outcome::ok, ""},
    {"robots-stars.test", Outcome::ok, ""},
    {"robots-loop.test", Outcome::ok, ""},
    {"robots-away.test", Outcome::ok, ""},
    {"robots-reset.test", Outcome::network, "robots_unreachable"},
    {"robots-drip.test", Outcome::too_slow, "robots_unreachable"},
    {"robots-bomb.test", Outcome::ok, ""},  // its first 512 KiB are read, and say nothing
    {"nx.test", Outcome::name_failed, "no_such_name"},
    {"dead.test", Outcome::name_failed, "no_name_answer"},
    {"rebind.test", Outcome::address_refused, "non_public_address"},
};

std::vector<std::string> served_names() {
  std::vector<std::string> names;
  for (const auto& row : kRows) {
    const std::string host = row.host;
    if (host != "nx.test" && host != "dead.test" && host != "rebind.test") names.push_back(host);
  }
  return names;
}

}  // namespace

TEST_CASE("the hostile site: every behaviour gets its own outcome, and nothing is sent that should not be") {
  World world(served_names());
  for (const auto& row : kRows) {
    auto& site = world.add_site(row.host);
    if (std::string(row.host) == "robots-record.test") site.set_robots("record");
    if (std::string(row.host) == "robots-ignore.test") site.set_robots("ignore");
    world.add_visit(row.host, "/x");
  }
  world.run(20s);
  std::map<std::string, const Exchange*> first;
  std::set<std::string> again;
  for (const auto& e : world.exchanges) {
    if (e.visit.limit() != "stale_connection") first.try_emplace(e.visit.url(), &e);
    else again.insert(e.visit.url());
  }
  for (const auto& row : kRows) {
    const std::string host = row.host;
    CAPTURE(host);
    const auto at = first.find("http://" + std::string(row.host) + "/x");
    REQUIRE(at != first.end());
    const auto& visit = at->second->visit;
    CHECK(Outcome::Kind_Name(visit.outcome()) == Outcome::Kind_Name(row.outcome));
    CHECK(visit.limit() == std::string(row.limit));
    CHECK(visit.generation() == (again.contains(visit.url()) ? 2 : 1));
    if (row.outcome != Outcome::ok) CHECK_FALSE(is_gone(visit, {}));
  }
  for (const char* coding : {"gz", "br", "zstd"}) CHECK(first.at("http://" + std::string(coding) + ".test/x")->body.find("hello") != std::string::npos);
  CHECK(first.at("http://gzip-in-gzip.test/x")->body.starts_with("\x1f\x8b"));
  CHECK(first.at("http://page16.test/x")->body.size() > 14u << 20);
  CHECK(first.at("http://gone404.test/x")->body == "no such ad");  // an error print can be learned

  // Redirects: hops are visits of their own, and end.
  CHECK(world.store.at("http://loop-two.test/b").outcome() == Outcome::redirect_loop);
  CHECK(world.store.at("http://chain.test/x5").outcome() == Outcome::redirect_loop);
  CHECK(world.requests_to("chain.test", "/x6") == 0);
  // Robots: asked once, before the page, and obeyed.
  CHECK(world.requests_to("robots-deny.test", "/x") == 0);
  CHECK(world.requests_to("robots-500.test", "/x") == 0);
  CHECK(world.requests_to("robots-moved.test", "/rules.txt") == 1);
  CHECK(world.requests_to("robots-loop.test", "/robots.txt") == 6);
  CHECK(world.requests_to("robots-ignore.test", "/robots.txt") == 0);
  CHECK(world.requests_to("robots-record.test", "/robots.txt") == 1);
  CHECK(world.hosts.at("robots-deny.test").robots().body().find("Disallow: /x") != std::string::npos);
  CHECK(world.hosts.at("robots-huge.test").robots().body().size() < 16 << 10);
  // Waits: as the server asked.
  const auto wait = [&](const char* host) {
    const auto& record = world.hosts.at(host);
    return static_cast<double>(record.blocked_until_ms() - to_ms(first.at(std::string("http://") + host + "/x")->ended)) / 1000;
  };
  CHECK(wait("rate-seconds.test") >= 119.9);
  CHECK(wait("rate-seconds.test") <= 133);
  CHECK(wait("rate-date.test") >= 175);
  CHECK(wait("rate-date.test") <= 199);
  CHECK(wait("rate-none.test") >= 59.9);
  CHECK(wait("rate-none.test") <= 67);
  CHECK(wait("rate-past.test") >= 59.9);  // a date that has gone by says nothing
  CHECK(wait("rate-past.test") <= 67);
  CHECK(wait("rate-words.test") >= 59.9);
  CHECK(wait("rate-words.test") <= 67);
  CHECK(wait("rate-far.test") >= 86'000);  // a day at most
  CHECK(wait("rate-far.test") <= 96'000);
  CHECK(wait("unavailable-date.test") >= 175);
  CHECK(wait("nx.test") >= 899);
  CHECK(wait("challenge.test") >= 1799);
  // Every page request had its lease first, and says who asks.
  std::set<std::string> leased;
  for (const auto& lease : world.leases) leased.insert(lease.url());
  for (const auto& row : world.requests()) {
    const auto path = value(row, "path");
    if (path == "/robots.txt" || path == "/rules.txt") continue;
    CHECK(leased.contains("http://" + value(row, "host") + path));
    CHECK(value(row, "agent") == world.options.user_agent);
  }
  MESSAGE("loop lag at most " << world.lag.count() << " ms");
}

TEST_CASE("a host's pace holds in the server's own log, robots.txt included, and hosts do not wait for each other") {
  World world({"a.test", "b.test"});
  for (const char* host : {"a.test", "b.test"}) {
    world.add_site(host, 150ms);
    for (int i = 0; i < 6; ++i) world.add_visit(host, "/p" + std::to_string(i));
  }
  world.run(10s);
  std::map<std::string, std::vector<double>> times;
  for (const auto& row : world.requests()) times[value(row, "host")].push_back(row.fields().at("t").number_value());
  for (const std::string host : {"a.test", "b.test"}) {
    CAPTURE(host);
    REQUIRE(times[host].size() == 7);
    for (std::size_t i = 1; i < times[host].size(); ++i) CHECK(times[host][i] - times[host][i - 1] >= 0.95 * 0.150);
  }
  CHECK(times["b.test"].front() < times["a.test"].back());
}

TEST_CASE("a page that did not change is asked with its validators and answers 304") {
  World world({"etag.test"});
  world.add_site("etag.test");
  world.add_visit("etag.test", "/x");
  world.run(5s);
  REQUIRE(world.exchanges.size() == 1);
  CHECK(world.exchanges[0].visit.etag() == "\"v1\"");
  auto& visit = world.store.at("http://etag.test/x");
  visit.set_due_ms(to_ms(World::now()));
  world.exchanges.clear();
  world.run(5s);
  REQUIRE(world.exchanges.size() == 1);
  CHECK(world.exchanges[0].visit.outcome() == Outcome::unchanged);
  CHECK(world.exchanges[0].visit.etag() == "\"v1\"");
  CHECK(world.requests_to("etag.test", "/robots.txt") == 1);  // the copy in the host record is still fresh
}

TEST_CASE("nothing leaves without a kept lease, outside of the authority's time, or past a block of before") {
  World world({"ok.test"});
  auto& site = world.add_site("ok.test");
  world.add_visit("ok.test", "/x");
  SUBCASE("the lease was not kept") {
    world.allow_leases = false;
    world.run(1s);
    CHECK(world.requests_to("ok.test", "/x") == 0);
  }
  SUBCASE("the authority has ended") {
    site.set_valid_to_ms(to_ms(World::now()) - 1);
    world.run(500ms);
    CHECK(world.requests().empty());
  }
  SUBCASE("the authority has not begun") {
    site.set_valid_from_ms(to_ms(World::now()) + 3'600'000);
    world.run(500ms);
    CHECK(world.requests().empty());
  }
  SUBCASE("a block outlives the restart") {
    HostRecord host;
    host.set_host("ok.test");
    host.set_blocked_until_ms(to_ms(World::now()) + 3'600'000);
    world.hosts["ok.test"] = host;
    world.run(500ms);
    CHECK(world.requests().empty());
  }
  CHECK(world.exchanges.empty());
}

TEST_CASE("a proxy is asked for names that only it knows, and never for an address that is refused") {
  World world({"ok.test"});
  world.options.proxy = "http://127.0.1.1:" + std::to_string(world.port());
  world.add_site("nx-behind-proxy.test");
  world.add_visit("nx-behind-proxy.test", "/x");
  world.add_site("10.0.0.9");
  world.add_visit("10.0.0.9", "/x");
  world.run(5s);
  REQUIRE(world.exchanges.size() == 2);
  for (const auto& e : world.exchanges)
    CHECK(e.visit.outcome() == (e.visit.host() == "10.0.0.9" ? Outcome::address_refused : Outcome::ok));
  CHECK(world.requests_to("nx-behind-proxy.test", "http://nx-behind-proxy.test/x") == 1);
}

TEST_CASE("draining cancels what still runs at its deadline; a cancelled visit stays as it was") {
  World world({"silent.test"});
  world.add_site("silent.test");
  world.add_visit("silent.test", "/x");
  world.options.limits.first_byte = 30s;
  world.options.limits.total = 30s;
  const auto due = world.store.begin()->second.due_ms();
  world.run(300ms);  // then drains with a second's deadline
  CHECK(world.drained == 1);
  REQUIRE(world.exchanges.size() == 1);
  CHECK(world.exchanges[0].visit.outcome() == Outcome::cancelled);
  CHECK(world.store.begin()->second.due_ms() == due);
  CHECK_FALSE(world.store.begin()->second.tried());
}

TEST_CASE("a configuration that cannot work is refused with its place") {
  Loop loop;
  CrawlPorts ports;
  CrawlOptions options;
  SUBCASE("range") { options.allow_private = {"127.0.0.0/99"}; }
  SUBCASE("table") { options.resolve = {{"a.test", "localhost:80"}}; }
  SUBCASE("proxy") { options.proxy = "socks5://127.0.0.1:9050"; }
  SUBCASE("name server") { options.name_servers = {"not an address"}; }
  const auto made = Crawl::make(loop, options, {}, ports, 1);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Errc::misconfigured);
}

#ifdef __SANITIZE_ADDRESS__
constexpr bool kSanitized = true;
#elif defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

TEST_CASE("all that the hostile site did to us cost no more than 300 MiB of memory") {
  std::ifstream status("/proc/self/status");
  long peak_kib = 0;
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) peak_kib = std::strtol(line.c_str() + 6, nullptr, 10);
  MESSAGE("peak memory of this program so far: " << peak_kib / 1024 << " MiB");
  REQUIRE(peak_kib > 0);
  if (!kSanitized) CHECK(peak_kib < 300 * 1024);
}
