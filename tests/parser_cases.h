#pragma once

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

/// Public cases that stand beside the project; never part of it.
namespace cases {

using Row = google::protobuf::Struct;

inline std::filesystem::path folder(const char* name) {
  const char* root = std::getenv("VIGIE_DATA");
  return std::filesystem::path(root ? root : VIGIE_SOURCE_DIR "/../shared/data") / name;
}

/// The objects of a .jsonl file; empty when it is absent.
inline std::vector<Row> rows(const std::filesystem::path& file) {
  std::vector<Row> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    Row row;
    if (google::protobuf::util::JsonStringToMessage(line, &row).ok()) out.push_back(std::move(row));
  }
  return out;
}

inline std::string text_of(const Row& row, const std::string& key) {
  const auto at = row.fields().find(key);
  return at == row.fields().end() ? std::string() : at->second.string_value();
}

}  // namespace cases
