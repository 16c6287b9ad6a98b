#pragma once

#include <memory>
#include <string>

#include "app/arguments.h"
#include "app/config.h"
#include "core/result.h"
#include "detector/detector.h"
#include "storage/store.h"

namespace vigie::app {

/// A configuration that may be used: files read and checked, rules compiled.
struct Ready {
  std::shared_ptr<const Config> config;
  std::shared_ptr<const detector::Rules> rules;
  int warnings = 0;
};
/// Reads and checks; faults go to stderr. `misconfigured` when there is any error (already told).
Result<Ready> make_ready(const Arguments& arguments);

/// The data folder: --data, else storage.path of the configuration. Reading commands need only `storage.path`.
Result<std::string> data_folder(const Arguments& arguments);
Result<std::unique_ptr<storage::Store>> open_store(const std::string& folder, storage::Access access);
/// For commands that list: opens read-only, or says on stderr why not (empty).
std::unique_ptr<storage::Store> open_to_read(const Arguments& arguments);

/// "vigie: TEXT" on stderr; returns 1, so that a command can end with it.
int complain(const std::string& text);
int complain(const Error& error);
std::string control_path(const std::string& folder);
Instant wall_clock();
/// Cores - 1, at least 1.
int worker_count();

}  // namespace vigie::app
