#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/config_table.h"
#include "app/yaml.h"

namespace vigie::app {

/// A file's text with its lines, so that a byte offset becomes a place quickly.
class Source {
 public:
  Source(std::string file, std::string text);
  const std::string& file() const { return file_; }
  const std::string& text() const { return text_; }
  std::string folder() const;  // with '/' at its end, or empty
  int line_of(std::size_t at) const;
  Fault fault(std::size_t at, bool warning, std::string text, std::string hint) const;

 private:
  std::string file_, text_;
  std::vector<std::size_t> starts_;
};

/// What one load gathers over all its files.
struct Session {
  Config config;
  std::vector<Fault> faults;
  Instant now{};
  std::map<std::string, std::string> scopes, sites, starts, rules;  // code -> "FILE:LINE" of its first use
  bool scopes_complete = true;  // false: some scope file could not be read
  struct Asked {                // a scope or site that a receiver names; judged when all scope files are read
    std::string code;
    Fault fault;
  };
  std::vector<Asked> asked_scopes, asked_sites;
};

/// Reads one map by one table. Every fault is noted and the next setting is read.
class Reader {
 public:
  Reader(Session& session, const Source& source) : session_(session), source_(source) {}

  /// `where`: the place to name when something is missing.
  void read(const Table& table, const yaml::Node& map, std::size_t where, void* target, const std::string& path = "");

  void error(std::size_t at, std::string text, std::string hint = "");
  void warning(std::size_t at, std::string text, std::string hint = "");
  Session& session() { return session_; }
  const Source& source() const { return source_; }
  /// A path as the file means it: relative ones count from the file's folder.
  std::string resolved(const std::string& path) const;
  /// Reads one value of a row; false when it is not of its kind (noted).
  bool value_of(const Row& row, const yaml::Node& node, std::size_t key_at, const std::string& path, Value& value);
  bool is_map(const yaml::Node& node, std::size_t where, const std::string& path);

 private:
  void read_row(const Row& row, const yaml::Member* member, std::size_t where, void* target, const std::string& path);
  void read_inner(const Row& row, const yaml::Member* member, std::size_t where, void* target, const std::string& path);
  void unknown_key(const Table& table, const yaml::Member& member, const std::string& path);
  bool scalar_of(const Row& row, const yaml::Node& node, const std::string& path, Value& value);
  bool check_text(const Row& row, const yaml::Node& node, const std::string& path);
  bool texts_of(const Row& row, const yaml::Node& node, std::size_t key_at, const std::string& path, Value& value);

  Session& session_;
  const Source& source_;
};

/// The value of a key, or null where it does not stand: for checks across settings.
const yaml::Node* value_at(const yaml::Node& map, std::string_view key);

/// What is wrong with a text, and how to mend it; empty when it is what `check` asks for.
struct Complaint {
  std::string text, hint;
};
std::optional<Complaint> complaint_about(Check check, const std::string& text, std::string_view choices = "");

/// Facts about addresses and mailboxes that cross checks need.
bool is_private_address(std::string_view address);  // IP literal, IPv6 with or without brackets, or "localhost"
std::optional<std::string> domain_of_mailbox(std::string_view mailbox);
std::vector<std::string> words_of(std::string_view list);
/// "2026-01-31" or RFC 3339.
Result<Instant> parse_date(const std::string& text);

/// A file's bytes without byte order mark; `not_found`, `unreachable`, `too_large`.
Result<std::string> read_small_file(const std::string& path, std::size_t limit);

void read_rule_file(Session& session, const Source& source, std::vector<detector::RuleSpec>& rules);

}  // namespace vigie::app
