#include "detector/pattern.h"

#include <re2/re2.h>

namespace vigie::detector {
namespace {

constexpr int kMaxProgram = 8000;          // instructions; `\p{L}` alone has about 400, `\p{L}{1,200}` over 20,000
constexpr std::int64_t kMemory = 4 << 20;  // bytes for one pattern's automaton

class Re2Pattern : public Pattern {
 public:
  Re2Pattern(const std::string& written, const re2::RE2::Options& options) : re_(written, options) {}

  std::optional<Span> find(std::string_view text) const override {
    re2::StringPiece found;
    if (!re_.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), re2::RE2::UNANCHORED, &found, 1)) {
      return std::nullopt;
    }
    const auto begin = static_cast<std::size_t>(found.data() - text.data());
    if (found.empty()) return std::nullopt;
    return Span{begin, begin + found.size()};
  }
  const std::string& written() const override { return re_.pattern(); }
  const re2::RE2& re() const { return re_; }

 private:
  re2::RE2 re_;
};

}  // namespace

Result<std::shared_ptr<const Pattern>> Pattern::compile(const std::string& written) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  auto made = std::make_shared<Re2Pattern>(written, options);
  if (!made->re().ok()) return fail(Errc::misconfigured, "pattern does not compile: " + made->re().error());
  if (re2::RE2::PartialMatch("", made->re()))
    return fail(Errc::misconfigured, "pattern matches empty text: it would hit every ad");
  if (made->re().ProgramSize() > kMaxProgram) {
    return fail(Errc::misconfigured, "pattern is too slow: " + std::to_string(made->re().ProgramSize()) +
                                         " steps, at most " + std::to_string(kMaxProgram) +
                                         " (smaller repeat counts help)");
  }
  return std::shared_ptr<const Pattern>(std::move(made));
}

}  // namespace vigie::detector
