#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/engine.h"
#include "core/result.h"

namespace vigie::app {

struct ImportSummary {
  int records = 0, imported = 0, not_responses = 0, no_site = 0, out_of_scope = 0, no_authority = 0, unusable = 0;
  int faults = 0, warnings = 0, failed = 0;
  int new_ads = 0, changed_ads = 0, gone_ads = 0, alerts = 0;
  std::string sentence() const;
};

/// Reads WARC files, orders their responses by WARC-Date over all files, and sends each through the journey as if it
/// had been fetched then. Faults are told as "FILE: byte N: error: what", and the rest goes on.
/// `tell`: one line; `progress`: done, of.
class Importer {
 public:
  Importer(Engine& engine, std::shared_ptr<const Config> config, std::string spool_folder,
           std::function<void(const std::string&)> tell, std::function<bool(int, int)> progress);
  Result<ImportSummary> run(const std::vector<std::string>& files);

 private:
  struct Entry {
    Instant at;
    std::uint64_t offset, size;  // in the spool
    std::string url, source;
  };
  Status gather(const std::string& file, int spool, std::uint64_t& end);
  void import_one(const Entry& entry, std::string bytes);

  Engine& engine_;
  std::shared_ptr<const Config> config_;
  std::string spool_folder_;
  std::function<void(const std::string&)> tell_;
  std::function<bool(int, int)> progress_;
  std::vector<Entry> entries_;
  ImportSummary summary_;
};

}  // namespace vigie::app
