#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

// The floor plan of DESIGN section 2: who may include whom. Arrows only down, none sideways.
const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"core", {}},
    {"crawler", {"core"}},
    {"parser", {"core"}},
    {"storage", {"core"}},
    {"detector", {"core"}},
    {"alerts", {"core"}},
    {"console", {"core", "storage"}},
    {"app", {"core", "crawler", "parser", "storage", "detector", "alerts", "console"}},
};

// A library's header is seen by the files that tame it, and by no header of ours.
const std::map<std::string, std::set<std::string>> kTamed = {
    {"gumbo.h", {"parser/dom.cpp"}},
    {"phonenumbers/", {"parser/phone.cpp"}},
    {"yaml-cpp/", {"app/yaml.cpp"}},
    {"curl/", {"crawler/fetcher.cpp", "alerts/transfer.h"}},
    {"ares.h", {"crawler/resolver.cpp"}},
    {"gpgme.h", {"alerts/pgp.cpp"}},
    {"openssl/cms.h", {"alerts/smime.cpp"}},
    {"boost/beast", {"console/server.cpp"}},
    {"prometheus/", {"app/metrics.cpp"}},
    {"CLI/", {"app/main.cpp", "app/commands.cpp"}},
    {"spdlog/", {"core/log.cpp"}},
    {"libpsl.h", {"crawler/domain.cpp"}},
    {"expat.h", {"crawler/feeds.cpp"}},
    {"hs/", {"detector/prefilter.cpp"}},
    {"seccomp.h", {"app/sandbox.cpp"}},
};
const std::set<std::string> kRooms = {"core", "crawler", "parser", "storage", "detector", "alerts", "console", "app"};

struct Include {
  std::string file, room, target;
};

std::vector<Include> includes() {
  std::vector<Include> found;
  const fs::path root = VIGIE_SOURCE_DIR;
  for (const auto& room : kRooms) {
    if (!fs::exists(root / room)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      const auto extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".h") continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("#include ")) continue;
        const auto open = line.find_first_of("<\"");
        const auto close = line.find_first_of(">\"", open + 1);
        if (open == std::string::npos || close == std::string::npos) continue;
        found.push_back({fs::relative(entry.path(), root).string(), room, line.substr(open + 1, close - open - 1)});
      }
    }
  }
  return found;
}

}  // namespace

TEST_CASE("arrows between rooms go only down, as the table lists them") {
  const auto all = includes();
  CHECK(all.size() > 50);  // an empty walk would prove nothing
  for (const auto& i : all) {
    const auto slash = i.target.find('/');
    if (slash == std::string::npos) continue;
    const auto target = i.target.substr(0, slash);
    if (!kRooms.contains(target) || target == i.room) continue;
    CAPTURE(i.file);
    CAPTURE(i.target);
    CHECK(kMayInclude.at(i.room).contains(target));
  }
}

TEST_CASE("a library's header is seen only by the file that tames it") {
  for (const auto& i : includes()) {
    for (const auto& [prefix, files] : kTamed) {
      if (!i.target.starts_with(prefix)) continue;
      CAPTURE(i.file);
      CAPTURE(i.target);
      CHECK(files.contains(i.file));
    }
    if (i.target.starts_with("rocksdb/")) {
      CAPTURE(i.file);
      CHECK(i.file.starts_with("storage/"));
      CHECK(i.file != "storage/store.h");
    }
  }
}

TEST_CASE("std::regex is not used: it crashes on long text and backtracks") {
  for (const auto& i : includes()) {
    CAPTURE(i.file);
    CHECK(i.target != "regex");
  }
}
