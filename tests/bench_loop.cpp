// How long the fetch thread's loop keeps a handler waiting while everything goes wrong at once: 256 transfers in flight
// (drips, silent servers, busy ones), a dead name server, decompression bombs and 15 MiB pages. `make bench` prints it.
#include <sys/resource.h>
#include <time.h>

#include "tests/hostile_world.h"

using namespace vigie;
using namespace vigie::crawler;

namespace {

constexpr auto kProbe = 5ms;
constexpr int kInFlight = 256;

double thread_cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// A timer that is due every few milliseconds. `wall`: how late it came. `cpu`: how much of that was our own work: on a
/// machine that others use, the rest is theirs.
class Probe {
 public:
  void start(Loop& loop) {
    cpu_before_ = thread_cpu_ms();
    due_ = std::chrono::steady_clock::now() + kProbe;
    timer_ = loop.after(kProbe, [this, &loop] {
      const auto late = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - due_).count();
      wall.push_back(std::max(0.0, late));
      cpu.push_back(std::min(std::max(0.0, late), thread_cpu_ms() - cpu_before_));
      start(loop);
    });
  }
  std::vector<double> wall, cpu;

 private:
  std::shared_ptr<Loop::Timer> timer_;
  std::chrono::steady_clock::time_point due_;
  double cpu_before_ = 0;
};

void print(const char* name, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) { return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))]; };
  std::printf("%s: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms, most %.2f ms\n", name, at(0.5), at(0.99), at(0.999), values.back());
}

}  // namespace

TEST_CASE("loop lag with everything at once") {
  std::vector<std::string> names;
  const auto add = [&](const std::string& kind, int count) {
    for (int i = 0; i < count; ++i) names.push_back(kind + "." + kind + std::to_string(i) + ".test");
  };
  add("drip", 110);
  add("silent", 100);
  add("ok", 24);
  add("gz", 8);
  add("bomb", 4);
  add("bomb-zstd", 2);
  add("bomb-br", 2);
  add("page16", 4);
  add("large", 2);
  test::World world(names);
  world.options.in_flight = kInFlight;
  world.options.limits.total = world.options.limits.first_byte = world.options.limits.slow_for = 15s;
  for (int i = 0; i < 8; ++i) names.push_back("dead.dead" + std::to_string(i) + ".test");
  for (const auto& name : names) {
    world.add_site(name).set_robots("ignore");
    world.add_visit(name, "/x");
    // All were quick until now: hosts that are known to be slow would share half of the slots, and 256 were never out.
    world.hosts[name].set_host(name);
    world.hosts[name].set_response_ms(5);
    if (name.starts_with("ok") || name.starts_with("gz"))
      for (int page = 0; page < 150; ++page) world.add_visit(name, "/p" + std::to_string(page));
    if (name.starts_with("page16"))
      for (int page = 0; page < 3; ++page) world.add_visit(name, "/p" + std::to_string(page));
  }
  Probe probe;
  int most = 0;
  world.on_start = [&](Loop& loop, const Crawl&) { probe.start(loop); };
  world.on_check = [&](const Crawl& crawl) { most = std::max(most, crawl.counters().in_flight); };
  world.run(12s);
  std::map<std::string, int> ended;
  for (const auto& e : world.exchanges) ++ended[Outcome::Kind_Name(e.visit.outcome()) + (e.visit.limit().empty() ? "" : "/" + e.visit.limit())];
  std::printf("loop lag: %zu probes, %zu pages, at most %d in flight\n", probe.wall.size(), world.exchanges.size(), most);
  for (const auto& [outcome, count] : ended) std::printf("  %s %d", outcome.c_str(), count);
  std::printf("\n");
  print("wall clock     ", probe.wall);
  print("own CPU of that", probe.cpu);
  CHECK(ended["bomb/ratio"] == 8);
}

namespace {

/// Pages that 8 healthy hosts gave in 6 s, at a pace of 100 ms, beside so many that never answer.
std::size_t healthy_pages(int silent) {
  std::vector<std::string> names;
  for (int i = 0; i < 8; ++i) names.push_back("ok.ok" + std::to_string(i) + ".test");
  for (int i = 0; i < silent; ++i) names.push_back("silent.silent" + std::to_string(i) + ".test");
  test::World world(names);
  world.options.in_flight = 64;
  world.options.limits.total = world.options.limits.first_byte = 15s;
  for (const auto& name : names) {
    world.add_site(name, 100ms).set_robots("ignore");
    for (int page = 0; page < 80; ++page) world.add_visit(name, "/p" + std::to_string(page));
    if (!name.starts_with("ok")) continue;
    world.hosts[name].set_host(name);
    world.hosts[name].set_response_ms(5);
  }
  world.run(6s);
  return static_cast<std::size_t>(std::count_if(world.exchanges.begin(), world.exchanges.end(),
                                                [](const Exchange& e) { return e.visit.outcome() == Outcome::ok; }));
}

}  // namespace

TEST_CASE("200 slow servers leave the others their rate") {
  const auto alone = healthy_pages(0), beside = healthy_pages(200);
  std::printf("healthy hosts: %zu pages alone, %zu beside 200 servers that never answer: %.0f %%\n", alone, beside,
              100.0 * static_cast<double>(beside) / static_cast<double>(std::max<std::size_t>(1, alone)));
  CHECK(beside > 0);
}
