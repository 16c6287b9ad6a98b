#include "tests/hostile_world.h"

using namespace vigie;
using namespace vigie::crawler;
using test::value;
using test::World;

namespace {

/// An authority and its certificates, made now by the openssl program; the hostile site finds them by VIGIE_TLS.
class Certificates {
 public:
  Certificates() : folder_("/tmp/vigie-tls." + std::to_string(getpid())) {
    const std::string made = "set -e; mkdir -p " + folder_ + "; cd " + folder_ +
                             "; new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';"
                             "openssl req -x509 $new -keyout ca.key -out ca.pem -subj '/CN=test authority' -days 2;"
                             "sign() { openssl req -new $new -keyout $1.key -out $1.csr -subj /CN=$1;"
                             "  printf \"subjectAltName=DNS:$2\" > $1.ext;"
                             "  openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $3 -extfile $1.ext -out $1.pem; };"
                             "sign tls-good tls-good.test 2; sign tls-h2 tls-h2.test 2; sign tls-expired tls-expired.test -1;"
                             "sign tls-wrong other.test 2;"
                             "openssl req -x509 $new -keyout tls-self.key -out tls-self.pem -subj /CN=tls-self.test"
                             "  -addext subjectAltName=DNS:tls-self.test -days 2";
    ready = std::system(("(" + made + ") >/dev/null 2>&1").c_str()) == 0;
    setenv("VIGIE_TLS", folder_.c_str(), 1);
  }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;
  ~Certificates() { (void)!std::system(("rm -rf " + folder_).c_str()); }
  std::string authority() const { return folder_ + "/ca.pem"; }
  bool ready = false;

 private:
  std::string folder_;
};

const Exchange& exchange_of(const World& world, const std::string& host) {
  const auto at = std::find_if(world.exchanges.begin(), world.exchanges.end(), [&](const Exchange& e) { return e.visit.host() == host; });
  REQUIRE(at != world.exchanges.end());
  return *at;
}

}  // namespace

TEST_CASE("TLS: a certificate that is expired, of another host, or signed by nobody ends the visit by name") {
  const Certificates certificates;
  REQUIRE(certificates.ready);
  const std::vector<std::string> hosts = {"tls-good.test", "tls-h2.test", "tls-expired.test", "tls-wrong.test", "tls-self.test"};
  World world(hosts);
  world.options.ca_file = certificates.authority();
  for (const auto& host : hosts) {
    world.add_site(host, 0ms, "https").set_robots("ignore");
    world.add_visit(host, "/x");
  }
  world.run(8s);
  for (const auto& host : hosts) {
    CAPTURE(host);
    const auto& visit = exchange_of(world, host).visit;
    const bool good = host == "tls-good.test" || host == "tls-h2.test";
    CHECK(Outcome::Kind_Name(visit.outcome()) == (good ? "ok" : "tls"));
    CHECK(visit.limit() == (good ? "" : "certificate"));
    if (!good) CHECK_FALSE(is_gone(visit, {}));
  }
  // HTTP/2 where the server offers it; nothing is sent over a connection that is not trusted.
  CHECK(world.requests_to("tls-h2.test", "http2") == 1);
  CHECK(exchange_of(world, "tls-h2.test").body.find("hello") != std::string::npos);
  CHECK(world.requests_to("tls-good.test", "/x") == 1);
  CHECK(world.requests().size() == 2);
}

TEST_CASE("a site's own proxy is used for that site alone, and a SOCKS proxy looks names up itself") {
  World world({"socks.test", "ok.test"});
  auto& hidden = world.add_site("hidden.onion.test");
  hidden.set_proxy("socks5h://127.0.1.1:" + std::to_string(world.port()));
  hidden.set_robots("ignore");
  world.add_visit("hidden.onion.test", "/x");
  world.add_site("ok.test").set_robots("ignore");
  world.add_visit("ok.test", "/x");
  world.run(5s);
  for (const char* host : {"hidden.onion.test", "ok.test"}) {
    CAPTURE(host);
    CHECK(Outcome::Kind_Name(exchange_of(world, host).visit.outcome()) == "ok");
    CHECK(world.requests_to(host, "/x") == 1);
  }
  CHECK(world.requests_to("hidden.onion.test", "socks5") == 1);
  CHECK(world.requests_to("ok.test", "socks5") == 0);
}

TEST_CASE("cookies go back to the site that set them and to no other, and none for a whole public suffix") {
  World world({"cookies.test", "cookies-other.test"});
  world.add_site("cookies.test").set_robots("ignore");
  world.add_site("cookies-other.test").set_robots("ignore");
  world.add_visit("cookies.test", "/x");
  world.run(3s);
  for (const char* host : {"cookies.test", "cookies-other.test"}) world.add_visit(host, "/y");
  world.add_visit("cookies.test", "/z");
  world.exchanges.clear();
  world.run(3s);
  int sent = 0;
  for (const auto& row : world.requests()) {
    const auto cookie = row.fields().at("cookie").kind_case() == google::protobuf::Value::kStringValue ? value(row, "cookie") : "";
    CAPTURE(value(row, "path"));
    if (value(row, "host").starts_with("cookies-other")) CHECK(cookie.empty());
    if (!cookie.empty()) {
      CHECK(cookie == "sid=cookies");
      ++sent;
    }
  }
  CHECK(sent == 1);  // each run is a start: the first request of one carries nothing, the second what the first was given
}

TEST_CASE("the clock that is kept before a request assumes that it leaves as late as it can") {
  World world({"ok.test"});
  world.add_site("ok.test", 700ms).set_robots("ignore");
  world.add_visit("ok.test", "/x");
  const auto before = to_ms(World::now());
  world.run(3s);
  REQUIRE(world.clocks.contains("ok.test"));
  CHECK(world.clocks["ok.test"] >= before + (700ms + world.options.limits.connect).count());
  CHECK(world.hosts["ok.test"].next_allowed_ms() < world.clocks["ok.test"]);  // once the answer is there, its pace alone
}

TEST_CASE("slow and unknown hosts get half of the slots: one that is known to be quick does not wait for them") {
  std::vector<std::string> names = {"ok.test"};
  for (int i = 0; i < 10; ++i) names.push_back("silent.silent" + std::to_string(i) + ".test");
  World world(names);
  world.options.in_flight = 4;
  for (const auto& name : names) {
    world.add_site(name).set_robots("ignore");
    world.add_visit(name, "/a", name == "ok.test" ? Role::ad_page : Role::index);
  }
  for (int page = 0; page < 20; ++page) world.add_visit("ok.test", "/p" + std::to_string(page));
  world.hosts["ok.test"].set_host("ok.test");
  world.hosts["ok.test"].set_response_ms(10);
  world.run(10s);
  REQUIRE(world.exchanges.size() >= 21);
  int before_the_first_failure = 0;
  for (const auto& e : world.exchanges) {
    if (e.visit.outcome() != Outcome::ok) break;
    ++before_the_first_failure;
  }
  CHECK(before_the_first_failure == 21);
}

TEST_CASE("after down time everything is overdue at once, and requests begin few") {
  std::vector<std::string> names;
  for (int i = 0; i < 24; ++i) names.push_back("slow-first.s" + std::to_string(i) + ".test");
  for (const bool was_down : {false, true}) {
    CAPTURE(was_down);
    World world(names);
    world.options.in_flight = 64;
    for (const auto& name : names) {
      world.add_site(name).set_robots("ignore");
      world.add_visit(name, "/x");
      world.hosts[name].set_host(name);
      world.hosts[name].set_response_ms(5);  // quick until now
      if (was_down) world.hosts[name].set_next_allowed_ms(to_ms(World::now()) - 3'600'000);
    }
    int most = 0;
    world.on_check = [&](const Crawl& crawl) { most = std::max(most, crawl.counters().in_flight); };
    world.run(8s);
    CHECK(world.exchanges.size() == names.size());
    CHECK((most <= 8) == was_down);
  }
}

TEST_CASE("what a robots.txt names of sitemaps comes with the first page after it was read, once") {
  World world({"robots-map.test"});
  world.add_site("robots-map.test");
  for (int i = 0; i < 3; ++i) world.add_visit("robots-map.test", "/p" + std::to_string(i));
  world.run(5s);
  REQUIRE(world.exchanges.size() == 3);
  CHECK(world.exchanges[0].sitemaps == std::vector<std::string>{"http://robots-map.test/map.xml"});
  CHECK(world.exchanges[1].sitemaps.empty());
  CHECK(world.exchanges[2].sitemaps.empty());
  CHECK_FALSE(world.exchanges[2].host.robots().has_body());  // the store has it
  CHECK(world.hosts.at("robots-map.test").robots().body().find("Sitemap:") != std::string::npos);
}
