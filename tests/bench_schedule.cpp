// What the schedule costs: new addresses a second, and 200,000 known ones at a start: time to open, memory each. `make bench`
// prints it. CPU seconds, user and system, of the whole process.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/hash.h"
#include "storage/store.h"

using namespace vigie;
using namespace vigie::storage;

namespace {

constexpr int kHosts = 2000, kKnown = 200'000, kOfPage = 100, kPagesAtOnce = 16;

double cpu_s() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  long all = 0, resident = 0;
  file >> all >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

Visit visit_of(int number, int host, std::int32_t generation) {
  Visit visit;
  const auto name = "h" + std::to_string(host) + ".site" + std::to_string(host) + ".test";
  visit.set_url("http://" + name + "/annonces/ville-" + std::to_string(number % 97) + "/" + std::to_string(number) + ".html");
  visit.set_site("s" + std::to_string(host));
  visit.set_host(name);
  visit.set_shard(shard_of(name));
  visit.set_role(Role::ad_page);
  visit.set_priority(3);
  visit.set_due_ms(1'793'491'200'000 + number);
  visit.set_first_ms(1'793'491'200'000);
  visit.set_interval_ms(86'400'000);
  visit.set_depth(2);
  visit.set_generation(generation);
  visit.set_parent("http://" + name + "/annonces");
  return visit;
}

bool discover(Store& store) {
  const auto cpu = cpu_s();
  const auto began = std::chrono::steady_clock::now();
  std::vector<Completion> pages;
  for (int number = 0, page = 0; number < kKnown; ++page) {
    const int host = page % kHosts;
    auto& completion = pages.emplace_back();
    completion.visit = visit_of(kKnown + page, host, 1);
    completion.host.emplace().set_host(completion.visit.host());
    for (int i = 0; i < kOfPage; ++i) completion.discovered.push_back(visit_of(number++, host, 0));
    if (pages.size() < kPagesAtOnce && number < kKnown) continue;
    for (const auto& done : store.complete_all(pages)) {
      if (!done) return std::fprintf(stderr, "%s\n", done.error().text.c_str()), false;
    }
    pages.clear();
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  std::printf("discovered: %.0f new addresses a CPU second (%.0f by the clock), %d a page, %d pages a batch\n", kKnown / (cpu_s() - cpu),
              kKnown / wall.count(), kOfPage, kPagesAtOnce);
  return true;
}

}  // namespace

int main() {
  const auto folder = std::filesystem::temp_directory_path() / ("vigie-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  OpenOptions options;
  options.path = folder.string();
  bool good = false;
  if (auto store = Store::open(options)) good = discover(**store);
  const auto before = resident_bytes(), cpu = cpu_s();
  const auto began = std::chrono::steady_clock::now();
  if (auto store = Store::open(options); good && store) {
    const auto run = (*store)->begin_run(from_ms(1'793'491'200'000));
    const auto recovered = run ? (*store)->recover_leases(*run, from_ms(1'793'491'200'000)) : Result<int>(0);
    const auto hosts = (*store)->hosts();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
    good = recovered && hosts;
    std::printf("%d known addresses of %zu hosts: open in %.2f s (%.2f CPU s), %.0f bytes of memory each\n", kKnown, hosts ? hosts->size() : 0,
                wall.count(), cpu_s() - cpu, std::max(0.0, resident_bytes() - before) / kKnown);
  }
  std::filesystem::remove_all(folder);
  return good ? 0 : 1;
}
