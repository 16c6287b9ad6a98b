// What the store costs as it grows, and whether it is still right: a town with planted truth (tests/storage_town.h) arrives as in
// the daemon: sketch, near texts, template, pictures, group, one batch. `bench_store [ads]`; `make bench` prints the curve.
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/storage_town.h"

using namespace vigie;
using namespace vigie::storage;

namespace {

constexpr std::size_t kGroup = 64;      // facts that share a sync, as the commit thread writes them under load
constexpr int kProbe = 2000;            // things that are timed at each size
constexpr int kMostInGroup = 500;

double cpu_s() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);  // with the store's own threads
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

long resident_mib() {
  std::ifstream file("/proc/self/statm");
  long size = 0, resident = 0;
  file >> size >> resident;
  return resident * 4096 / (1 << 20);
}

double folder_bytes(const std::string& path) {
  double bytes = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(path)) {
    std::error_code gone;
    const auto size = std::filesystem::file_size(file.path(), gone);
    if (!gone && file.path().filename() != "LOG") bytes += static_cast<double>(size);
  }
  return bytes;
}

template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "bench_store: %s\n", result.error().text.c_str());
    std::exit(1);
  }
  return *std::move(result);
}

/// Pairs by the sizes of the clusters and of their overlaps.
struct Pairs {
  std::unordered_map<std::string, double> found;
  std::unordered_map<std::uint32_t, double> truth;
  std::unordered_map<std::string, double> both;
  void add(const std::string& group, std::uint32_t planted) {
    ++found[group];
    ++truth[planted];
    ++both[group + "|" + std::to_string(planted)];
  }
  void tell(const char* what) const {
    const auto pairs = [](const auto& counts, double& largest) {
      double sum = 0;
      for (const auto& one : counts) {
        sum += one.second * (one.second - 1) / 2;
        largest = std::max(largest, one.second);
      }
      return sum;
    };
    double largest = 0, planted = 0, ignored = 0;
    const double hit = pairs(both, ignored), p = hit / std::max(pairs(found, largest), 1.0), r = hit / std::max(pairs(truth, planted), 1.0);
    std::printf("%-10s P %.4f R %.4f F1 %.4f, largest %.0f (planted %.0f)\n", what, p, r, 2 * p * r / std::max(p + r, 1e-9), largest, planted);
  }
};

class Bench {
 public:
  explicit Bench(std::int64_t ads) : ads_(ads), town_(ads) {
    OpenOptions options;
    options.path = folder_.path();
    store_ = must(Store::open(options));
  }

  void run() {
    std::puts("  stored  new ads/s  sketches/s  unchanged/s  bytes each  resident MiB   (per CPU second)");
    for (std::int64_t next = 10'000; stored_ < ads_; next = next < 100'000 ? 100'000 : next + 300'000) {
      while (stored_ < std::min(next, ads_) - kProbe) arrive(town_.next());
      curve();
    }
    judge();
  }

 private:
  void arrive(test::Planted planted) {
    auto write = test::first_sight(planted.ad, planted.seen);
    auto& said = *write.ad.mutable_ad();
    auto place = must(store_->place_text(write.ad, {}));
    place.id.empty() ? said.clear_template_() : said.set_template_(place.id);
    if (!planted.copy_of.empty()) count_copy(planted, place.similar);
    text_of_[static_cast<std::size_t>(stored_)] = planted.text_id;
    for (const auto& near : place.similar) (text_of_[number_of(near.ad())] == planted.text_id ? near_right_ : near_wrong_) += 1;
    write.uses = uses_of(write.ad);
    auto merges = must(store_->place_pictures(write.uses, {}));
    auto network = must(store_->network(said.ad(), write.uses, kMostInGroup));
    Completion c = test::completion(test::visit(said.url(), 0), {std::move(write)});
    if (place.joined) merges.push_back(*std::move(place.joined));
    c.merges = std::move(merges);
    c.networks.push_back(std::move(network));
    if (!store_->complete(c)) std::exit(1);
    (void)must(store_->regroup(8));
    operator_of_.push_back(planted.operator_id);
    ++stored_;
  }

  static std::size_t number_of(const std::string& id) { return std::stoul(id.substr(id.find('/') + 1)); }

  void count_copy(const test::Planted& planted, const std::vector<Similar>& similar) {
    auto& [found, all] = copies_[planted.replaced_percent];
    ++all;
    for (const auto& near : similar) {
      if (near.ad() == planted.copy_of) return void(++found);
    }
  }

  void curve() {
    std::vector<test::Planted> some;
    for (int i = 0; i < kProbe; ++i) some.push_back(town_.next());
    auto begun = cpu_s();
    std::size_t values = 0;
    for (const auto& one : some) values += static_cast<std::size_t>(sketch_of(one.ad).sample_size());
    const double sketches = cpu_s() - begun;
    std::vector<std::string> ids;
    begun = cpu_s();
    for (auto& one : some) {
      ids.push_back(one.ad.ad());
      arrive(std::move(one));
    }
    const double fresh = cpu_s() - begun;
    begun = cpu_s();
    std::vector<Completion> batch;
    for (const auto& id : ids) {
      auto stored = must(store_->ad(id));
      AdWrite seen;
      seen.ad = *std::move(stored);
      seen.ad.set_last_ms(seen.ad.last_ms() + 3'600'000);
      auto visit = must(store_->visit(seen.ad.ad().url()));
      batch.push_back(test::completion(*std::move(visit), {std::move(seen)}));
      if (batch.size() == kGroup) {
        for (const auto& done : store_->complete_all(batch)) {
          if (!done) std::exit(1);
        }
        batch.clear();
      }
    }
    const double unchanged = cpu_s() - begun;
    std::printf("%8ld %10.0f %11.0f %12.0f %11.0f %13ld\n", static_cast<long>(stored_), kProbe / fresh, values > 0 ? kProbe / sketches : 0, kProbe / unchanged,
                folder_bytes(folder_.path()) / static_cast<double>(stored_), resident_mib());
    std::fflush(stdout);
  }

  void judge() {
    while (must(store_->regroup(256)) > 0) {
    }
    Pairs operators, texts;
    const auto walked = store_->each_ad({}, [&](const StoredAd& stored) {
      const auto& ad = stored.ad();
      const auto n = number_of(ad.ad());
      operators.add(ad.group().empty() ? ad.ad() : ad.group(), operator_of_[n]);
      texts.add(ad.template_().empty() ? ad.ad() : ad.template_(), text_of_[n]);
      return true;
    });
    if (!walked) std::exit(1);
    operators.tell("operators");
    texts.tell("templates");
    for (const auto& [share, counts] : copies_) {
      std::printf("near-duplicates with %d %% of words replaced: %ld of %ld found as they came\n", share, counts.first, counts.second);
    }
    std::printf("near texts named: %ld of the same text, %ld of another\n", near_right_, near_wrong_);
    if (const auto done = store_->compact(); !done) std::exit(1);
    std::printf("bytes each after compaction: %.0f\n", folder_bytes(folder_.path()) / static_cast<double>(stored_));
  }

  const std::int64_t ads_;
  test::Folder folder_;
  test::PlantedTown town_;
  std::unique_ptr<Store> store_;
  std::int64_t stored_ = 0;
  std::vector<std::uint32_t> operator_of_, text_of_ = std::vector<std::uint32_t>(static_cast<std::size_t>(ads_ + 10 * kProbe));
  std::map<int, std::pair<long, long>> copies_;
  long near_right_ = 0, near_wrong_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Bench(argc > 1 ? std::atoll(argv[1]) : 100'000).run();
  return 0;
}
