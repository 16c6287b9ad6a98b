#include "app/config.h"

#include <doctest/doctest.h>
#include <google/protobuf/struct.pb.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "app/config_table.h"
#include "app/yaml.h"
#include "core/json.h"
#include "core/text.h"
#include "tests/app_config_cases.h"

using namespace vigie;
using namespace vigie::app;

namespace fs = std::filesystem;

namespace {

const std::string kCases = VIGIE_SOURCE_DIR "/tests/config/";
const std::string kUnit = "unit: {name: \"Unit\", contact: \"crawler@unit.example\"}\n";

/// A folder that is gone when the test is.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "vigie-config-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(path_ + '/' + name).parent_path());
    std::ofstream(path_ + '/' + name, std::ios::binary) << text;
    return path_ + '/' + name;
  }
  std::string operator/(const std::string& name) const { return path_ + '/' + name; }

 private:
  std::string path_;
};

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

std::string listing(const std::vector<Fault>& faults) {
  std::string out;
  for (const auto& fault : faults) out += format(fault, false) + '\n';
  return out;
}

std::vector<Fault> faults_of(const Folder& folder, const std::string& file) {
  if (file.starts_with("main-")) return load_config(kCases + file).faults;
  std::vector<Fault> faults;
  if (file.starts_with("rule-")) {
    load_rules(kCases + file, faults);
    return faults;
  }
  return load_config(folder.write("vigie.yaml", kUnit + "scopes: [" + kCases + file + "]\n")).faults;
}

}  // namespace

TEST_CASE("each broken configuration has one error, at its exact line and column, with a sentence that tells it") {
  const Folder folder;
  for (const auto& broken : kBroken) {
    CAPTURE(broken.file);
    const auto faults = faults_of(folder, broken.file);
    std::vector<Fault> errors;
    for (const auto& fault : faults) {
      if (!fault.warning) errors.push_back(fault);
    }
    CAPTURE(listing(faults));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].file.ends_with(broken.file));
    CHECK(errors[0].line == broken.line);
    CHECK(errors[0].column == broken.column);
    CHECK((errors[0].text + ' ' + errors[0].hint).find(broken.says) != std::string::npos);
  }
}

TEST_CASE("every broken file of the folder stands in the table") {
  std::set<std::string> listed;
  for (const auto& broken : kBroken) listed.insert(broken.file);
  for (const auto& entry : fs::directory_iterator(kCases)) {
    const auto name = entry.path().filename().string();
    if (name.find("-good.") != std::string::npos) continue;
    CAPTURE(name);
    CHECK(listed.contains(name));
  }
  CHECK(listed.size() >= 30);
}

TEST_CASE("all faults of all files are listed, in order of file and line") {
  const Folder folder;
  folder.write("a.yaml", "scope: A\nsites: []\n");
  folder.write("b.yaml", "scope: A b\nlegal: 1\nsites: [{site: x}]\n");
  const auto loaded = load_config(folder.write("vigie.yaml", "crawl: {in_flight: x}\nscopes: [a.yaml, b.yaml]\nmetrics: {listen: y}\n"));
  CHECK_FALSE(loaded.sound());
  std::string places;
  for (const auto& fault : loaded.faults) {
    places += fault.file.substr(fault.file.rfind('/') + 1) + ':' + std::to_string(fault.line) + (fault.warning ? "w " : " ");
  }
  CHECK(places == "vigie.yaml:1 vigie.yaml:1 vigie.yaml:3 a.yaml:1 a.yaml:2w b.yaml:1 b.yaml:2 b.yaml:3 b.yaml:3 ");
}

TEST_CASE("a fault is shown as editors and people read it, the caret under the exact column") {
  Fault fault{"a.yaml", 7, 11, false, "unknown key \"contakt\"", "did you mean \"contact\"?", "name: \u65E5\u672C e\u0301x, y"};
  CHECK(format(fault, false) ==
        "a.yaml:7:11: error: unknown key \"contakt\"\n"
        " 7 | name: \u65E5\u672C e\u0301x, y\n"
        "   |             ^\n"
        "  hint: did you mean \"contact\"?");
  SUBCASE("colour only when asked for") { CHECK(format(fault, true).find("\x1b[1;31merror:") != std::string::npos); }
  SUBCASE("foreign bytes do not reach the terminal") {
    fault.file = "a\x1b[2J.yaml";
    fault.text = "x\ny";
    fault.source_line = "k: \x1b[31m\x07";
    const auto shown = format(fault, false);
    CHECK(shown.find('\x1b') == std::string::npos);
    CHECK(std::count(shown.begin(), shown.end(), '\n') == 3);
  }
  SUBCASE("a long line is cut around the place") {
    fault.source_line = std::string(5000, 'x') + '@' + std::string(5000, 'y');
    fault.column = 5001;
    const auto shown = format(fault, false);
    CHECK(shown.size() < 500);
    const auto lines = text::split(shown, '\n');
    CHECK(lines[1].find('@') == lines[2].find('^'));
  }
}

TEST_CASE("a sound configuration arrives as typed values") {
  const Folder folder;
  folder.write("watch/list.txt", "# comment\n+33199000042  # why\n\n  a phrase\r\n#tag\n");
  folder.write("pw", "secret");
  folder.write("seeds/north.yaml", R"(scope: NORTH-01
legal: {basis: "s. 1", reference: "4711/26", authorised_by: "Judge", valid_from: 2026-01-01, valid_to: 2099-01-01}
region: BE
languages: [fr, nl]
retention: {flagged: 500d}
sites:
  - site: annonces
    family: service
    start: ["https://Annonces.example/liste"]
    sitemap: ["https://static.example/sitemap.xml"]
    timezone: Europe/Brussels
    active: "06:00-23:00"
    budget: {pages_a_day: 20000}
    pace: 0s
    revisit: {index: 5m}
    follow: ['^/liste(\?page=\d+)?$']
    ad: ['^/annonce/(?P<id>\d+)']
    listing: article.ad
    fields:
      title: {at: h1}
      id: {at: article, attribute: data-id, match: '(\d+)'}
      attributes.height: {at: .height}
  - site: jobs
    family: job
    start: ["http://127.0.0.1:8081/"]
    languages: [de]
    pace: 0s
    robots: record
    robots_reason: "order 4711/26"
)");
  folder.write("rules/r.yaml", R"(id: kept
tier: T0
group: control
weight: 1.2
family: [job, recruitment]
select:
  documents: {view: folded, fr: ["remettre le passeport"], nl: "paspoort inleveren", re: ['pas+port']}
  cheap: {field: price.amount, below: 5}
when: documents and not cheap
says: "documents are kept"
tests:
  hit: [{lang: fr, text: "x"}]
  miss:
    - {lang: fr, text: "y", family: job}
---
id: other
tier: T-
select: {a: {de: ["ein wort"]}}
when: a
says: b
)");
  const auto loaded = load_config(folder.write("vigie.yaml", R"(
unit: {name: "Cyber unit North", contact: "crawler@unit.example"}
storage: {path: data}
network:
  allow_private: [127.0.0.0/8]
  resolve: {annonces.example: "127.0.0.1:8081", static.example: "10.0.0.1:80"}
crawl: {confirm_gone: [], limits: {wire_bytes: 1MiB}}
alerts:
  from: "Vigie <vigie@Unit.example>"
  receivers: [{name: desk, mail: desk@unit.example, scopes: [NORTH-01], batch_every: 30s, restricted: true}]
  smtp: {user: u, password_file: pw}
watch:
  - {name: case-12, file: watch/list.txt, owner: o, reason: r, expires: 2099-01-31}
)"));
  CAPTURE(listing(loaded.faults));
  REQUIRE(loaded.sound());
  const auto& config = loaded.config;
  CHECK(config.storage_path == folder / "data");
  CHECK(config.crawl.user_agent == "vigie/1.0 (Cyber unit North; +crawler@unit.example)");
  CHECK(config.crawl.in_flight == 64);
  CHECK(config.crawl.limits.wire_bytes == 1 << 20);
  CHECK(config.crawl.limits.decoded_bytes == 16 << 20);
  CHECK(config.crawl.limits.total == 60s);
  CHECK(config.confirm_gone.empty());
  CHECK(config.alerts.host == "unit.example");
  CHECK(config.alerts.smtp_tls == "required");
  CHECK(config.alerts.smtp_password_file == folder / "pw");
  REQUIRE(config.alerts.receivers.size() == 1);
  CHECK(config.alerts.receivers[0].batch_every == 30s);
  CHECK(config.alerts.receivers[0].restricted);
  CHECK(config.console_listen == "127.0.0.1:8470");

  REQUIRE(config.sites.size() == 2);
  const auto& site = config.sites[0];
  CHECK(site.scope() == "NORTH-01");
  CHECK(site.region() == "BE");
  CHECK(site.languages_size() == 2);
  CHECK(site.hosts_size() == 2);
  CHECK(site.hosts(0) == "annonces.example");
  CHECK(site.active_from() == "06:00");
  CHECK(site.active_to() == "23:00");
  CHECK(site.pace_ms() == 0);
  CHECK(site.revisit_index_ms() == 300'000);
  CHECK(site.revisit_ad_ms() == 21'600'000);
  CHECK(site.keep_flagged_ms() == 500LL * 86'400'000);
  CHECK(site.keep_raw_ms() == 90LL * 86'400'000);
  CHECK(site.legal_reference() == "4711/26");
  CHECK(to_rfc3339(from_ms(site.valid_to_ms())) == "2099-01-01T00:00:00Z");
  CHECK(site.fields_size() == 3);
  CHECK(site.extract().empty());
  CHECK(site.robots() == "obey");
  CHECK(site.pages_a_day() == 20000);
  CHECK(config.sites[1].languages_size() == 1);
  CHECK(config.sites[1].extract() == "auto");
  CHECK(config.sites[1].robots() == "record");

  REQUIRE(config.rules.size() == 2);
  const auto& rule = config.rules[0];
  CHECK(rule.line == 1);
  CHECK(rule.when_line == 9);
  CHECK(rule.family.size() == 2);
  REQUIRE(rule.select.size() == 2);
  CHECK(rule.select[0].phrases.size() == 2);
  CHECK(rule.select[0].line == 7);
  CHECK(rule.select[0].pattern_lines == std::vector<int>{7});
  CHECK(rule.select[1].below == 5);
  CHECK(rule.hits[0].line == 12);
  CHECK(rule.misses[0].line == 14);
  CHECK(rule.misses[0].family == "job");
  CHECK(config.rules[1].line == 16);

  REQUIRE(config.watch.size() == 2);
  CHECK(config.watch[0].value == "+33199000042");
  CHECK(config.watch[1].value == "a phrase");
  CHECK(config.watch[1].severity == "high");
  CHECK(config.files.size() == 4);
}

TEST_CASE("what is not wrong but not well either is a warning: the configuration may be used") {
  const Folder folder;
  folder.write("s.yaml", "scope: A\nlegal: {basis: b, reference: r, authorised_by: a, valid_from: 2020-01-01, valid_to: 2021-01-01}\n"
                         "sites: [{site: x, family: job, start: [\"https://x.example/\"], follow: ['https://x.example/']}]\n");
  const auto loaded = load_config(folder.write("vigie.yaml", kUnit + "scopes: [s.yaml, none/*.yaml]\nmetrics: {listen: \"0.0.0.0:9470\"}\n"));
  CHECK(loaded.sound());
  const auto text = listing(loaded.faults);
  CHECK(text.find("s.yaml:2:85: warning: the authority of this scope has expired") != std::string::npos);
  CHECK(text.find("never at scheme or host") != std::string::npos);
  CHECK(text.find("vigie.yaml:2:18: warning: scopes: no file matches") != std::string::npos);
  CHECK(text.find("open to other machines") != std::string::npos);
}

TEST_CASE("a file that cannot be read is one clear error") {
  const Folder folder;
  for (const auto& file : {folder / "none.yaml", folder.write("big.yaml", std::string((1 << 20) + 1, '#')), folder / ""}) {
    const auto loaded = load_config(file);
    CAPTURE(file);
    CHECK_FALSE(loaded.sound());
    CHECK(loaded.faults.size() == 1);
  }
  CHECK(load_config(folder.write("limit.yaml", kUnit + std::string((1 << 20) - kUnit.size(), '#'))).sound());
  CHECK_FALSE(load_config(folder.write("nul.yaml", kUnit + std::string(1, '\0'))).sound());
  SUBCASE("a byte order mark at the start is borne") {
    CHECK(load_config(folder.write("bom.yaml", "\xEF\xBB\xBF" + kUnit)).sound());
  }
}

TEST_CASE("the number of values is limited") {
  std::string many = "a: [";
  for (int i = 0; i < 100'001; ++i) many += "1,";
  const auto parsed = yaml::parse(many + "]");
  REQUIRE(parsed.problems.size() == 1);
  CHECK(parsed.problems[0].text == "more than 100000 values");
}

TEST_CASE("conf/vigie.yaml lists every setting with its default, and loads") {
  const auto loaded = load_config(VIGIE_SOURCE_DIR "/conf/vigie.yaml");
  CAPTURE(listing(loaded.faults));
  CHECK(loaded.sound());
  auto text = slurp(VIGIE_SOURCE_DIR "/conf/vigie.yaml");
  // Examples of lists that are empty by default stand behind "#:".
  const std::string empty = "watch: []";
  REQUIRE(text.find(empty) != std::string::npos);
  text.replace(text.find(empty), empty.size(), "watch:   ");
  for (auto at = text.find("\n#:"); at != std::string::npos; at = text.find("\n#:", at)) text.erase(at + 1, 2);
  const auto parsed = yaml::parse(text);
  REQUIRE(parsed.problems.empty());
  REQUIRE(parsed.documents.size() == 1);

  int rows = 0;
  struct Visit {
    const Table* table;
    const yaml::Node* node;
  };
  std::vector<Visit> open = {{&main_table(), &parsed.documents[0].root}};
  while (!open.empty()) {
    const auto [table, node] = open.back();
    open.pop_back();
    for (const auto& row : table->rows) {
      ++rows;
      const auto table_name = table->name;
      CAPTURE(table_name);
      CAPTURE(row.name);
      CHECK_FALSE(row.why.empty());
      const auto* member = node->find(row.name);
      REQUIRE(member != nullptr);
      if (row.inner != nullptr) {
        const auto& value = member->value;
        REQUIRE((row.kind == Kind::table || value.items.size() == 1));
        open.push_back({&row.inner(), row.kind == Kind::table ? &value : &value.items[0]});
      } else if (!row.fallback.empty()) {
        const auto line = yaml::position(text, member->key_at).source_line;
        const auto wanted = std::string(row.name) + ": " + std::string(row.fallback);
        CHECK(std::string(line).find(wanted) != std::string::npos);
        CHECK(line.find('#') != std::string_view::npos);  // and says why
      }
    }
  }
  CHECK(rows > 40);
}

TEST_CASE("the JSON Schema holds every setting with its description") {
  google::protobuf::Struct schema;
  REQUIRE(from_json(config_schema(), schema));
  CHECK(schema.fields().at("$schema").string_value() == "http://json-schema.org/draft-07/schema#");
  const auto& definitions = schema.fields().at("definitions").struct_value().fields();
  struct Visit {
    const Table* table;
    const google::protobuf::Struct* schema;
  };
  std::vector<Visit> open = {{&main_table(), &definitions.at("main").struct_value()},
                             {&scope_table(), &definitions.at("scope").struct_value()},
                             {&rule_table(), &definitions.at("rule").struct_value()}};
  while (!open.empty()) {
    const auto [table, node] = open.back();
    open.pop_back();
    CHECK_FALSE(node->fields().at("additionalProperties").bool_value());
    const auto& properties = node->fields().at("properties").struct_value().fields();
    CHECK(properties.size() == table->rows.size());
    for (const auto& row : table->rows) {
      CAPTURE(row.name);
      const auto& property = properties.at(std::string(row.name)).struct_value().fields();
      CHECK(property.at("description").string_value() == row.why);
      if (row.kind == Kind::table) open.push_back({&row.inner(), &properties.at(std::string(row.name)).struct_value()});
      if (row.kind == Kind::tables) open.push_back({&row.inner(), &property.at("items").struct_value()});
      if (row.kind == Kind::table_map) open.push_back({&row.inner(), &property.at("additionalProperties").struct_value()});
    }
  }
}

TEST_CASE("no bytes make the reader stumble, and every problem has its place in the text") {
  std::vector<std::string> seeds = {slurp(VIGIE_SOURCE_DIR "/conf/vigie.yaml"), slurp(kCases + "scope-good.yaml"),
                                    "a: [b, {c: d}]\n- x\n? y\n--- |\n  z\n...\n", "a: \"\\x41\\u0041\"\nb: 'x''y'\nc: >-\n  d\n"};
  const std::vector<std::string> tokens = {"[", "]", "{", "}", ": ", "- ", "? ", "\"", "'", "|", ">", "&a ", "*a", "!t ", "<<: ", "#",
                                           "\n", "  ", "\t", "---\n", "...\n", "%YAML 9\n", ",", "~", "\xFF", "\xC3\xA9", "\r\n", "@", "`",
                                           std::string(1, '\0'), "\\", "\xEF\xBB\xBF"};
  std::mt19937 random(42);
  int broken = 0;
  for (int round = 0; round < 2000; ++round) {
    auto text = seeds[random() % seeds.size()];
    if (round % 4 == 0) text.clear();
    for (auto edits = 1 + random() % 12; edits > 0; --edits) {
      const auto at = random() % (text.size() + 1);
      switch (random() % 3) {
        case 0: text.insert(at, tokens[random() % tokens.size()]); break;
        case 1: text.erase(at, random() % 20); break;
        default: text.insert(at, text.substr(random() % (text.size() + 1), random() % 40));
      }
    }
    const auto parsed = yaml::parse(text);
    broken += !parsed.problems.empty();
    for (const auto& problem : parsed.problems) {
      REQUIRE(problem.at <= text.size());
      REQUIRE_FALSE(problem.text.empty());
      const auto place = yaml::position(text, problem.at);
      REQUIRE(place.line >= 1);
      REQUIRE(place.column >= 1);
    }
  }
  CHECK(broken > 600);
  for (const auto* unit : {"[", "{", "- ", "? ", "{a: ", "a: ", "!", "&", "\"", "[a,", "a: |\n", "%a\n", ":", ",", "'"}) {
    std::string text;
    while (text.size() < 200'000) text += unit;
    CAPTURE(unit);
    CHECK(yaml::parse(text).documents.size() < 100'000);
  }
}

TEST_CASE("mutated configurations give faults with places, never a crash") {
  const Folder folder;
  const auto scope = slurp(kCases + "scope-good.yaml");
  const auto rule = slurp(kCases + "rule-bad-tier.yaml");
  std::mt19937 random(3);
  for (int round = 0; round < 150; ++round) {
    const auto mutate = [&](std::string text) {
      for (auto edits = random() % 4; edits > 0; --edits) {
        const auto at = random() % std::max<std::size_t>(1, text.size());
        if (at >= text.size()) break;
        if (random() % 2 == 0) text[at] = static_cast<char>(random() % 256);
        else text.erase(at, random() % 6);
      }
      return text;
    };
    folder.write("s.yaml", mutate(scope));
    folder.write("r.yaml", mutate(rule));
    const auto loaded = load_config(folder.write("vigie.yaml", kUnit + "scopes: [s.yaml]\nrules: [r.yaml]\n"));
    for (const auto& fault : loaded.faults) {
      REQUIRE(fault.line >= 1);
      REQUIRE(fault.column >= 1);
      REQUIRE_FALSE(format(fault, true).empty());
    }
  }
}
