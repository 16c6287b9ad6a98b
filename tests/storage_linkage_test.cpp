#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>

#include <google/protobuf/struct.pb.h>

#include "core/json.h"
#include "tests/storage_kit.h"

using namespace vigie;
using namespace vigie::storage;

/// The public figures of ../shared/data/ads-linkage: invented ads with planted traps and exact truth.
namespace {

struct Row {
  Ad ad;
  Instant posted;
  std::string operator_id, template_id;
};

std::string data_file() {
  const char* given = std::getenv("VIGIE_DATA");
  const std::string base = given && *given ? given : std::string(VIGIE_SOURCE_DIR) + "/../shared/data";
  return base + "/ads-linkage/ads.jsonl.gz";
}

std::vector<std::string> lines() {
  std::vector<std::string> found;
  if (!std::filesystem::exists(data_file())) return found;
  FILE* unpacked = ::popen(("gzip -dc '" + data_file() + "'").c_str(), "r");
  char* line = nullptr;
  std::size_t room = 0;
  for (ssize_t n = 0; (n = ::getline(&line, &room, unpacked)) > 0;) found.emplace_back(line, static_cast<std::size_t>(n));
  std::free(line);
  ::pclose(unpacked);
  return found;
}

Row row_of(const std::string& line) {
  google::protobuf::Struct json;
  REQUIRE(from_json(line, json));
  const auto& f = json.fields();
  Row row;
  row.posted = *parse_rfc3339(f.at("posted").string_value() + "Z");
  row.operator_id = f.at("truth").struct_value().fields().at("operator").string_value();
  row.template_id = f.at("truth").struct_value().fields().at("template").string_value();
  auto& a = row.ad;
  a = test::ad(f.at("site").string_value() + "/" + f.at("ad").string_value(), f.at("text").string_value());
  a.set_title(f.at("title").string_value());
  a.mutable_place()->set_text(f.at("city").string_value());
  for (const auto& phone : f.at("phones").list_value().values()) test::add_contact(a, "phone", phone.string_value());
  for (const auto& handle : f.at("handles").list_value().values()) test::add_contact(a, "telegram", handle.string_value());
  return row;
}

struct Score {
  double precision = 0, recall = 0, f1 = 0;
  std::size_t largest = 0;
};

/// Pairwise, from cluster sizes and their overlaps.
Score score(const std::vector<std::string>& found, const std::vector<std::string>& truth) {
  std::map<std::string, double> a, b;
  std::map<std::pair<std::string, std::string>, double> both;
  for (std::size_t i = 0; i < found.size(); ++i) {
    ++a[found[i]];
    ++b[truth[i]];
    ++both[{found[i], truth[i]}];
  }
  const auto pairs = [](const auto& counts) {
    double sum = 0;
    for (const auto& one : counts) sum += one.second * (one.second - 1) / 2;
    return sum;
  };
  Score s;
  s.precision = pairs(a) > 0 ? pairs(both) / pairs(a) : 1;
  s.recall = pairs(both) / pairs(b);
  s.f1 = 2 * s.precision * s.recall / (s.precision + s.recall);
  for (const auto& one : a) s.largest = std::max(s.largest, static_cast<std::size_t>(one.second));
  return s;
}

std::size_t find(std::vector<std::size_t>& parent, std::size_t i) {
  while (parent[i] != i) i = parent[i] = parent[parent[i]];
  return i;
}

}  // namespace

TEST_CASE("ads-linkage: templates and operators against exact truth") {
  const auto all = lines();
  if (all.empty()) {
    MESSAGE("skipped: " << data_file() << " is not there");
    return;
  }
  std::vector<Row> rows;
  for (const auto& line : all) rows.push_back(row_of(line));
  std::sort(rows.begin(), rows.end(), [](const Row& x, const Row& y) { return x.posted < y.posted; });
  test::Folder folder;
  auto store = *test::open(folder);
  std::map<std::string, std::size_t> place;
  std::vector<std::string> truth_operator, truth_template;
  for (std::size_t i = 0; i < rows.size(); i += 200) {
    std::vector<AdWrite> writes;
    for (std::size_t k = i; k < std::min(rows.size(), i + 200); ++k) {
      place[rows[k].ad.ad()] = k;
      truth_operator.push_back(rows[k].operator_id);
      truth_template.push_back(rows[k].template_id);
      writes.push_back(test::first_sight(rows[k].ad, rows[k].posted));
    }
    REQUIRE(store->complete(test::completion(test::visit("http://a.example/" + std::to_string(i), 0), writes)));
  }
  for (const double least : {0.45, 0.50}) {
    std::vector<std::size_t> parent(rows.size());
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto near = store->similar(sketch_of(rows[i].ad), rows[i].ad.ad(), 1000);
      REQUIRE(near);
      for (const auto& n : *near) {
        if (n.jaccard() >= least) parent[find(parent, i)] = find(parent, place.at(n.ad()));
      }
    }
    std::vector<std::string> found;
    for (std::size_t i = 0; i < rows.size(); ++i) found.push_back(std::to_string(find(parent, i)));
    const auto s = score(found, truth_template);
    MESSAGE("templates, Jaccard from " << least << ": P " << s.precision << " R " << s.recall << " F1 " << s.f1 << " largest " << s.largest);
    if (least == 0.45) CHECK(s.f1 >= 0.99);
  }
  std::vector<std::string> found;
  for (const auto& row : rows) {
    auto n = store->network(row.ad.ad(), {}, 5000);
    REQUIRE(n);
    found.push_back(n->ads(0));
  }
  const auto s = score(found, truth_operator);
  MESSAGE("operators by contacts: P " << s.precision << " R " << s.recall << " F1 " << s.f1 << " largest " << s.largest);
  CHECK(s.precision >= 0.98);
  // By phone and handle alone: the data ties the rest by pictures and templates, which do not make groups yet.
  CHECK(s.recall >= 0.25);
}
