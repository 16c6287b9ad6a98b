#include "app/common.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>

#include <unistd.h>

#include "app/administer.h"

namespace vigie::app {

int complain(const std::string& text) {
  std::fprintf(stderr, "vigie: %s\n", text.c_str());
  return 1;
}
int complain(const Error& error) { return complain(error.text); }

std::string control_path(const std::string& folder) { return folder + "/control.sock"; }
Instant wall_clock() { return std::chrono::system_clock::now(); }
int worker_count() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1); }

Result<Ready> make_ready(const Arguments& arguments) {
  auto loaded = load_config(arguments.config);
  const bool colour = ::isatty(2) != 0;
  Ready ready;
  for (const auto& fault : loaded.faults) {
    std::fprintf(stderr, "%s\n", format(fault, colour).c_str());
    ready.warnings += fault.warning ? 1 : 0;
  }
  if (!loaded.sound()) return fail(Errc::misconfigured, arguments.config + ": not to be used as it is");
  auto rules = detector::Rules::compile(loaded.config.rules, loaded.config.watch);
  if (!rules) {
    std::fprintf(stderr, "%s\n", rules.error().text.c_str());
    return std::move(rules).error();
  }
  ready.rules = *std::move(rules);
  if (!arguments.data.empty()) loaded.config.storage_path = arguments.data;
  ready.config = std::make_shared<const Config>(std::move(loaded.config));
  return ready;
}

Result<std::string> data_folder(const Arguments& arguments) {
  if (!arguments.data.empty()) return arguments.data;
  auto loaded = load_config(arguments.config);
  if (loaded.config.storage_path.empty()) {
    return fail(Errc::misconfigured, arguments.config + ": names no storage.path; give --data DIR");
  }
  return loaded.config.storage_path;
}

Result<std::unique_ptr<storage::Store>> open_store(const std::string& folder, storage::Access access) {
  std::error_code ignored;
  if (access == storage::Access::read_write) {
    std::filesystem::create_directories(folder, ignored);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ignored);
  }
  storage::OpenOptions options;
  options.path = folder;
  options.access = access;
  auto store = storage::Store::open(options);
  if (!store) return std::move(store).error().in(folder);
  if (access == storage::Access::read_write) {
    if (auto taken = take_consultations(**store, folder); !taken) return std::move(taken).error().in(folder);
  }
  return store;
}

std::unique_ptr<storage::Store> open_to_read(const Arguments& arguments) {
  auto folder = data_folder(arguments);
  if (!folder) {
    complain(folder.error());
    return nullptr;
  }
  auto store = open_store(*folder, storage::Access::read_only);
  if (!store) {
    complain(store.error());
    return nullptr;
  }
  return *std::move(store);
}

}  // namespace vigie::app
