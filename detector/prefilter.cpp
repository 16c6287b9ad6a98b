#include "detector/prefilter.h"

#include <algorithm>
#include <mutex>
#include <numeric>
#include <optional>
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

/// A pattern that matches at least where `re2` does and costs little to compile: letters and other properties become
/// "a letter of ASCII or anything beyond it". Empty where that would match less: inside a negated class.
std::optional<std::string> loosened(std::string_view re2) {
  std::string out;
  bool in_class = false, negated = false;
  for (std::size_t i = 0; i < re2.size(); ++i) {
    const char c = re2[i];
    if (c == '\\' && i + 1 < re2.size() && (re2[i + 1] == 'p' || re2[i + 1] == 'P')) {
      const auto name = re2.substr(std::min(re2.size(), i + 2)).substr(0, 2);
      const char kind = name.empty() ? '?' : name[name.starts_with('{') ? name.size() - 1 : 0];
      // Letters, digits and marks only: punctuation and the like also stand among the ASCII signs.
      if (re2[i + 1] == 'P' || (in_class && negated) || std::string_view("LNM").find(kind) == std::string_view::npos)
        return std::nullopt;
      i = i + 2 < re2.size() && re2[i + 2] == '{' ? re2.find('}', i) : i + 2;
      if (i >= re2.size()) return std::nullopt;
      constexpr std::string_view kAnyLetter = "0-9A-Za-z\\x{80}-\\x{10ffff}";
      out += in_class ? std::string(kAnyLetter) : "[" + std::string(kAnyLetter) + "]";
      continue;
    }
    if (c == '\\' && i + 1 < re2.size()) {
      out += c;
      out += re2[++i];
      continue;
    }
    if (!in_class && c == '[') {
      in_class = true;
      negated = i + 1 < re2.size() && re2[i + 1] == '^';
    } else if (in_class && c == ']') {
      in_class = false;
    }
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
  VectorscanPrefilter(Database database, std::size_t needles, std::vector<std::uint32_t> always)
      : database_(std::move(database)), needles_(needles), always_(std::move(always)) {}

  void scan(std::string_view text, std::vector<std::uint32_t>& found) const override {
    found = always_;
    if (!database_ || text.empty()) return;
    Scratch scratch = take();
    const bool scanned = scratch && hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0,
                                            scratch.get(), vigie_prefilter_hit, &found) == HS_SUCCESS;
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
  std::vector<std::uint32_t> always_;
  mutable std::mutex mutex_;
  mutable std::vector<Scratch> spare_;
};

}  // namespace

Result<std::unique_ptr<const Prefilter>> Prefilter::compile(const std::vector<Needle>& needles, std::size_t* bad) {
  if (needles.empty()) return std::unique_ptr<const Prefilter>(new VectorscanPrefilter(nullptr, 0, {}));
  // Not UCP: RE2 reads \b, \w and \d as ASCII, and a filter that is narrower than the pattern would lose hits.
  std::vector<std::string> texts;
  std::vector<unsigned> flags, ids;
  std::vector<std::uint32_t> always;
  std::uint32_t number = 0;
  for (const auto& needle : needles) {
    const auto loose = needle.pattern ? loosened(needle.text) : escaped(needle.text);
    if (!loose) {  // cannot be asked for: may always stand there
      always.push_back(number++);
      continue;
    }
    texts.push_back(*loose);
    flags.push_back(needle.pattern ? HS_FLAG_SINGLEMATCH | HS_FLAG_UTF8 | HS_FLAG_PREFILTER : HS_FLAG_SINGLEMATCH);
    ids.push_back(number++);
  }
  if (texts.empty())
    return std::unique_ptr<const Prefilter>(new VectorscanPrefilter(nullptr, needles.size(), std::move(always)));
  std::vector<const char*> expressions;
  for (const auto& text : texts) expressions.push_back(text.c_str());
  hs_database_t* made = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto outcome = hs_compile_multi(expressions.data(), flags.data(), ids.data(), static_cast<unsigned>(ids.size()),
                                        HS_MODE_BLOCK, nullptr, &made, &error);
  if (outcome == HS_SUCCESS)
    return std::unique_ptr<const Prefilter>(new VectorscanPrefilter(Database(made), needles.size(), std::move(always)));
  std::string said = error != nullptr ? error->message : "no reason given";
  if (bad != nullptr)
    *bad = error != nullptr && error->expression >= 0 ? ids[static_cast<std::size_t>(error->expression)] : 0;
  hs_free_compile_error(error);
  return fail(Errc::misconfigured, "pattern cannot be searched for at speed: " + said);
}

}  // namespace vigie::detector
