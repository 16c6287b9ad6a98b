// vigie store: what ties the store together, its counts, its copies.
#include <cstdio>
#include <filesystem>

#include "app/administer.h"
#include "app/common.h"

namespace vigie::app {
namespace {

int check(const Arguments& arguments) {
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  auto faults = store->check();
  if (!faults) return complain(faults.error());
  for (const auto& fault : *faults) std::printf("%s\n", fault.c_str());
  std::printf("%zu faults\n", faults->size());
  return faults->empty() ? 0 : 1;
}

int stats(const Arguments& arguments) {
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  auto totals = store->totals();
  if (!totals) return complain(totals.error());
  const auto line = [](const char* name, std::int64_t n) { std::printf("%s %lld\n", name, static_cast<long long>(n)); };
  line("visits", totals->visits);
  line("hosts", totals->hosts);
  line("ads", totals->ads);
  line("versions", totals->versions);
  line("raw_bodies", totals->raw_bodies);
  line("alerts", totals->alerts);
  line("outgoing", totals->outgoing);
  auto folder = data_folder(arguments);
  if (!folder) return complain(folder.error());
  std::uintmax_t bytes = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(*folder + "/store", error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // a compaction may take a file away while we look
    if (at->is_regular_file(gone)) bytes += at->file_size(gone);
  }
  line("disk_bytes", static_cast<std::int64_t>(bytes));
  return 0;
}

/// A backup becomes the data folder: only where nothing is yet, so that no history is ever written over.
int restore(const Arguments& arguments, const std::string& from) {
  auto folder = data_folder(arguments);
  if (!folder) return complain(folder.error());
  std::error_code error;
  if (!std::filesystem::exists(from + "/store/CURRENT", error)) return complain(from + ": no backup here");
  if (std::filesystem::exists(*folder, error) && !std::filesystem::is_empty(*folder, error)) {
    return complain(*folder + ": not empty: a restore never writes over anything; move it away first");
  }
  std::filesystem::create_directories(*folder, error);
  const auto unfinished = *folder + "/store.unfinished";
  if (!error) std::filesystem::copy(from + "/store", unfinished, std::filesystem::copy_options::recursive, error);
  if (!error) std::filesystem::rename(unfinished, *folder + "/store", error);
  if (error) return complain(*folder + ": " + error.message());
  auto store = open_store(*folder, storage::Access::read_write);
  if (!store) return complain(store.error());
  auto faults = (*store)->check();
  if (!faults) return complain(faults.error());
  for (const auto& fault : *faults) std::printf("%s\n", fault.c_str());
  auto totals = (*store)->totals();
  std::printf("restored: %lld ads, %zu faults\n", totals ? static_cast<long long>(totals->ads) : 0LL, faults->size());
  return faults->empty() ? 0 : 1;
}

}  // namespace

int run_store(const Arguments& arguments) {
  const auto& words = arguments.words;
  const auto& action = words.front();
  const bool with_folder = action == "backup" || action == "restore";
  if (words.size() == (with_folder ? 2U : 1U)) {
    if (action == "check") return check(arguments);
    if (action == "stats") return stats(arguments);
    if (action == "restore") return restore(arguments, words[1]);
    google::protobuf::Struct request;
    auto& fields = *request.mutable_fields();
    fields["command"].set_string_value(action);
    if (action == "backup") fields["folder"].set_string_value(std::filesystem::absolute(words[1]).string());
    if (action == "backup" || action == "compact" || action == "rebuild") return order(arguments, request);
    if (action == "migrate") {  // opening it for writing is all that it takes
      auto folder = data_folder(arguments);
      if (!folder) return complain(folder.error());
      auto store = open_store(*folder, storage::Access::read_write);
      return store ? 0 : complain(store.error());
    }
  }
  complain("store: check, stats, compact, rebuild, migrate, backup DIR or restore DIR");
  return 2;
}

}  // namespace vigie::app
