#include "app/config.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "app/config_reader.h"
#include "core/text.h"

namespace vigie::app {
namespace {

std::string shown(const std::string& s) { return text::escape_control(text::cut_utf8(s, 200)); }

/// Files that a pattern names, sorted; a name without wildcards names itself.
std::vector<std::string> expand(const std::string& pattern) {
  std::vector<std::string> files;
  glob_t found{};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc && i < 10'000; ++i) files.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
  return files;
}

bool has_wildcard(const std::string& pattern) { return pattern.find_first_of("*?[") != std::string::npos; }

/// The files of `scopes` or `rules`, each once, with faults where one is named that is not there.
std::vector<std::string> files_of(Reader& reader, const yaml::Node& root, const char* key, const std::string& fallback) {
  std::vector<std::pair<std::string, std::size_t>> patterns;
  const auto* member = root.find(key);
  const bool stated = member != nullptr && member->value.kind != yaml::Kind::null;
  if (!stated) {
    patterns.emplace_back(fallback, root.at);
  } else if (member->value.kind == yaml::Kind::scalar) {
    patterns.emplace_back(member->value.text, member->value.at);
  } else {
    for (const auto& item : member->value.items) {
      if (item.kind == yaml::Kind::scalar) patterns.emplace_back(item.text, item.at);
    }
  }
  std::vector<std::string> files;
  for (const auto& [pattern, at] : patterns) {
    if (pattern.empty()) continue;
    const auto found = expand(reader.resolved(pattern));
    if (found.empty() && !has_wildcard(pattern)) {
      reader.error(at, std::string(key) + ": no such file: " + shown(reader.resolved(pattern)));
    } else if (found.empty() && stated) {
      reader.warning(at, std::string(key) + ": no file matches " + shown(reader.resolved(pattern)));
    }
    for (const auto& file : found) {
      if (std::find(files.begin(), files.end(), file) == files.end()) files.push_back(file);
    }
  }
  return files;
}

/// One file that another names; a fault without a place when it cannot be read.
std::optional<Source> open_source(Session& session, const std::string& file) {
  session.config.files.push_back(file);
  auto bytes = read_small_file(file, yaml::kMaxBytes);
  if (bytes) return Source(file, *std::move(bytes));
  session.faults.push_back({file, 1, 1, false, bytes.error().text, "", ""});
  return std::nullopt;
}

void read_scope_file(Session& session, const std::string& file) {
  const auto source = open_source(session, file);
  session.scopes_complete = session.scopes_complete && source.has_value();
  if (!source) return;
  Reader reader(session, *source);
  const auto parsed = yaml::parse(source->text());
  for (const auto& problem : parsed.problems) reader.error(problem.at, problem.text, problem.hint);
  if (!parsed.problems.empty()) {
    session.scopes_complete = false;
    return;
  }
  if (parsed.documents.empty()) return reader.warning(0, "the file holds no scope");
  if (parsed.documents.size() > 1) reader.error(parsed.documents[1].at, "a second document: a scope file holds one scope", "make it a file of its own");
  Scope scope;
  scope.file = file;
  scope.sites.emplace_back();  // carries what the sites inherit; taken out when the scope has been read
  reader.read(scope_table(), parsed.documents[0].root, parsed.documents[0].root.at, &scope);
  session.config.sites.insert(session.config.sites.end(), scope.sites.begin(), scope.sites.end());
  session.config.scopes.push_back(std::move(scope));
}

/// What receivers name must exist; `codes`: code -> its first use.
void judge_asked(Session& session, std::vector<Session::Asked>& all, const std::map<std::string, std::string>& codes) {
  if (!session.scopes_complete) return;
  std::vector<std::string> known;
  for (const auto& one : codes) known.push_back(one.first);
  for (auto& asked : all) {
    if (codes.contains(asked.code)) continue;
    const auto near = text::did_you_mean(asked.code, known);
    asked.fault.hint = near ? "did you mean \"" + *near + "\"?" : known.empty() ? "no scope file was read" : "known: " + text::join(known, ", ");
    session.faults.push_back(asked.fault);
  }
}

void read_main(Session& session, const Source& source) {
  Reader reader(session, source);
  const auto parsed = yaml::parse(source.text());
  for (const auto& problem : parsed.problems) reader.error(problem.at, problem.text, problem.hint);
  if (!parsed.problems.empty()) return;
  if (parsed.documents.size() > 1) reader.error(parsed.documents[1].at, "a second document: vigie.yaml holds one");
  const yaml::Node nothing{};
  const auto& root = parsed.documents.empty() ? nothing : parsed.documents[0].root;
  if (root.kind != yaml::Kind::map && root.kind != yaml::Kind::null) return reader.error(root.at, "vigie.yaml: keys with values are expected here");
  reader.read(main_table(), root, root.at, &session.config);
  for (const auto& file : files_of(reader, root, "scopes", "seeds/*.yaml")) read_scope_file(session, file);
  if (session.config.scopes.empty() && root.find("scopes") == nullptr) reader.warning(root.at, "no scope file: nothing is crawled", "scopes: [seeds/*.yaml]");
  for (const auto& file : files_of(reader, root, "rules", "rules/*.yaml")) {
    if (const auto rules = open_source(session, file)) read_rule_file(session, *rules, session.config.rules);
  }
  session.config.words = files_of(reader, root, "words", "");
  for (const auto& file : session.config.words) session.config.files.push_back(file);
  judge_asked(session, session.asked_scopes, session.scopes);
  judge_asked(session, session.asked_sites, session.sites);
}

/// In order of file (as read), line and column.
void sort_faults(Session& session) {
  const auto rank = [&](const std::string& file) {
    return std::find(session.config.files.begin(), session.config.files.end(), file) - session.config.files.begin();
  };
  std::stable_sort(session.faults.begin(), session.faults.end(), [&](const Fault& a, const Fault& b) {
    const auto left = rank(a.file), right = rank(b.file);
    return std::tie(left, a.line, a.column) < std::tie(right, b.line, b.column);
  });
}

Instant wall_clock_now() { return std::chrono::system_clock::now(); }

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t limit) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return fail(errno == ENOENT ? Errc::not_found : Errc::unreachable, "cannot read " + shown(path) + ": " + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) return fail(Errc::unreachable, "cannot read " + shown(path) + ": not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::unreachable, "cannot read " + shown(path) + ": " + std::strerror(errno));
  std::string bytes(limit + 4, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  if (bytes.size() > limit) return fail(Errc::too_large, shown(path) + " is over " + std::to_string(limit >> 20) + " MiB");
  return bytes;
}

Loaded load_config(const std::string& file) {
  Session session;
  session.now = wall_clock_now();
  session.config.file = file;
  if (const auto source = open_source(session, file)) read_main(session, *source);
  sort_faults(session);
  return {std::move(session.config), std::move(session.faults)};
}

std::vector<detector::RuleSpec> load_rules(const std::string& file, std::vector<Fault>& faults) {
  Session session;
  session.now = wall_clock_now();
  std::vector<detector::RuleSpec> rules;
  if (const auto source = open_source(session, file)) read_rule_file(session, *source, rules);
  faults.insert(faults.end(), session.faults.begin(), session.faults.end());
  return rules;
}

}  // namespace vigie::app
