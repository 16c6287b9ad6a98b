#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "app/config.h"
#include "app/yaml.h"
#include "core/text.h"
#include "fuzz.h"
#include "parser/extract.h"

using namespace vigie;
using namespace vigie::app;

namespace {

struct Folder {
  std::string path = (std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp") + std::string("/vigie-fuzz-XXXXXX");
  Folder() { require(::mkdtemp(path.data()) != nullptr, "a folder can be made"); }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};
const std::string& folder() {
  static const Folder made;
  return made.path;
}

void put(const char* name, std::string_view bytes) {
  std::ofstream(folder() + "/" + name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void judge(const std::vector<Fault>& faults) {
  for (const auto& fault : faults) {
    require(!fault.file.empty() && !fault.text.empty() && fault.line >= 0 && fault.column >= 0, "a fault names its place");
    require(text::valid_utf8(format(fault, false)), "a fault is UTF-8");
  }
}

void judge_yaml(std::string_view bytes) {
  const auto parsed = yaml::parse(bytes);
  for (const auto& problem : parsed.problems) {
    const auto at = yaml::position(bytes, problem.at);
    require(problem.at <= bytes.size() && at.line >= 1 && at.column >= 1, "a problem lies inside the text");
  }
}

constexpr std::string_view kMain =
    "unit: {name: \"Unit\", contact: \"crawler@unit.example\"}\nstorage: {path: data}\nscopes: [scope.yaml]\nrules: [rules.yaml]\n"
    "alerts: {from: \"Vigie <v@unit.example>\", maildir: mail, receivers: [{name: desk, mail: d@unit.example}]}\n";
constexpr std::string_view kScope =
    "scope: NORTH-01\nlegal: {basis: b, reference: r, authorised_by: a, valid_from: 2026-01-01, valid_to: 2036-01-01}\nregion: BE\n"
    "languages: [fr]\nretention: {unflagged: 30d, flagged: 400d, raw: 90d}\nsites:\n"
    "  - {site: s, family: service, start: [\"https://a.example/l\"], pace: 2s, revisit: {index: 15m, ad: 6h}, robots: obey, extract: auto}\n";

}  // namespace

// First byte: which file the rest is (vigie.yaml, a scope, rules); the others are sound.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = view(data + 1, size - 1);
  judge_yaml(bytes);
  if (bytes.find("/dev/") != std::string_view::npos || bytes.find("/proc") != std::string_view::npos) return 0;
  const unsigned which = data[0] % 3;
  put("vigie.yaml", which == 0 ? bytes : kMain);
  put("scope.yaml", which == 1 ? bytes : kScope);
  put("rules.yaml", which == 2 ? bytes : std::string_view());
  const auto loaded = load_config(folder() + "/vigie.yaml");
  judge(loaded.faults);
  if (!loaded.sound()) {
    require(!loaded.faults.empty(), "what is not sound is said");
    return 0;
  }
  require(static_cast<bool>(detector::Rules::compile(loaded.config.rules, loaded.config.watch)), "rules that were found sound compile");
  for (const auto& site : loaded.config.sites) require(static_cast<bool>(parser::SiteReader::compile(site)), "sites that were found sound compile");
  return 0;
}
