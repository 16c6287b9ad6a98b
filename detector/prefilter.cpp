#include "detector/prefilter.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <utility>

#include <hs/hs.h>

namespace vigie::detector {
namespace {

struct FreeDatabase {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
struct FreeScratch {
  void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};
using Database = std::unique_ptr<hs_database_t, FreeDatabase>;
using Scratch = std::unique_ptr<hs_scratch_t, FreeScratch>;

std::string escaped(std::string_view plain) {
  std::string out;
  for (const char c : plain) {
    if (std::string_view("\\^$.[]|()?*+{}#-/ ").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

extern "C" int vigie_prefilter_hit(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
  static_cast<std::vector<std::uint32_t>*>(context)->push_back(id);
  return 0;
}

class VectorscanPrefilter : public Prefilter {
 public:
  VectorscanPrefilter(Database database, std::size_t needles) : database_(std::move(database)), needles_(needles) {}

  void scan(std::string_view text, std::vector<std::uint32_t>& found) const override {
    found.clear();
    if (!database_ || text.empty()) return;
    Scratch scratch = take();
    const bool scanned = scratch && hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch.get(),
                                            vigie_prefilter_hit, &found) == HS_SUCCESS;
    if (scratch) give(std::move(scratch));
    if (!scanned) {  // slower, but nothing is missed
      found.resize(needles_);
      std::iota(found.begin(), found.end(), 0U);
      return;
    }
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
  }

 private:
  // A scratch serves one scan at a time; as many exist as threads ever scanned at once.
  Scratch take() const {
    {
      const std::lock_guard lock(mutex_);
      if (!spare_.empty()) {
        Scratch scratch = std::move(spare_.back());
        spare_.pop_back();
        return scratch;
      }
    }
    hs_scratch_t* fresh = nullptr;
    if (hs_alloc_scratch(database_.get(), &fresh) != HS_SUCCESS) return nullptr;
    return Scratch(fresh);
  }

  void give(Scratch scratch) const {
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(scratch));
  }

  Database database_;
  std::size_t needles_;
  mutable std::mutex mutex_;
  mutable std::vector<Scratch> spare_;
};

}  // namespace

Result<std::unique_ptr<const Prefilter>> Prefilter::compile(const std::vector<Needle>& needles, std::size_t* bad) {
  if (needles.empty()) return std::unique_ptr<const Prefilter>(new VectorscanPrefilter(nullptr, 0));
  // Not UCP: RE2 reads \b, \w and \d as ASCII, and a filter that is narrower than the pattern would lose hits.
  std::vector<std::string> texts;
  std::vector<unsigned> flags, ids;
  for (const auto& needle : needles) {
    texts.push_back(needle.pattern ? needle.text : escaped(needle.text));
    flags.push_back(needle.pattern ? HS_FLAG_SINGLEMATCH | HS_FLAG_UTF8 | HS_FLAG_PREFILTER : HS_FLAG_SINGLEMATCH);
    ids.push_back(static_cast<unsigned>(ids.size()));
  }
  std::vector<const char*> expressions;
  for (const auto& text : texts) expressions.push_back(text.c_str());
  hs_database_t* made = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto outcome = hs_compile_multi(expressions.data(), flags.data(), ids.data(), static_cast<unsigned>(ids.size()),
                                        HS_MODE_BLOCK, nullptr, &made, &error);
  if (outcome == HS_SUCCESS) return std::unique_ptr<const Prefilter>(new VectorscanPrefilter(Database(made), needles.size()));
  std::string said = error != nullptr ? error->message : "no reason given";
  if (bad != nullptr) *bad = error != nullptr && error->expression >= 0 ? static_cast<std::size_t>(error->expression) : 0;
  hs_free_compile_error(error);
  return fail(Errc::misconfigured, "pattern cannot be searched for at speed: " + said);
}

}  // namespace vigie::detector
