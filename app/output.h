#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace google::protobuf {
class Message;
}

namespace vigie::app {

/// Records on stdout as the user asked: `table` and `csv` show `columns` (dotted paths into the record), `json` one
/// array, `jsonl` a record a line. Rows leave as they come, but for `table`, which needs the widths first.
class Output {
 public:
  /// `format`: table json jsonl csv, or empty: table on a terminal, else jsonl.
  Output(std::string format, std::vector<std::string> columns);
  ~Output() { finish(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void row(const google::protobuf::Message& record);
  void finish();

 private:
  std::string format_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> table_;
  std::size_t rows_ = 0;
  bool finished_ = false;
};

/// One cell: "place.text" of an ad, repeated fields joined by ", ". For people; not to be parsed.
std::string cell(const google::protobuf::Message& record, const std::string& path);

}  // namespace vigie::app
