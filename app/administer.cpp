#include "app/administer.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/common.h"
#include "app/control.h"
#include "app/reassess.h"
#include "core/json.h"
#include "core/log.h"
#include "core/text.h"

namespace vigie::app {
namespace {

using Request = google::protobuf::Struct;

constexpr std::string_view kKinds[] = {"phone",    "email",    "whatsapp", "telegram", "signal", "viber",
                                       "instagram", "facebook", "snapchat", "tiktok",   "url",    "wallet"};

std::string text_of(const Request& request, const char* name) {
  const auto found = request.fields().find(name);
  return found == request.fields().end() ? std::string() : found->second.string_value();
}
bool flag_of(const Request& request, const char* name) {
  const auto found = request.fields().find(name);
  return found != request.fields().end() && found->second.bool_value();
}

int fault(const Administration& office, const Error& error) {
  office.say("error: " + error.text);
  return error.code == Errc::malformed ? 2 : 1;
}

/// What reads and then writes runs alone; copies and compaction do not, since they take long.
template <class Work>
auto alone(const Administration& office, const Work& work) {
  std::optional<decltype(work())> result;
  if (office.alone) office.alone([&] { result.emplace(work()); });
  else result.emplace(work());
  return *std::move(result);
}

/// "kind:value" as given, or every kind under which the store knows the value.
Result<std::vector<std::string>> contacts_named(storage::Store& store, const std::string& given) {
  for (const auto kind : kKinds) {
    if (given.starts_with(std::string(kind) + ":")) return std::vector{given};
  }
  std::vector<std::string> names;
  for (const auto kind : kKinds) {
    auto uses = store.uses(kind, given, 1);
    if (!uses) return std::move(uses).error();
    if (!uses->empty()) names.push_back(std::string(kind) + ":" + given);
  }
  if (names.empty() && given.starts_with("+")) names.push_back("phone:" + given);
  if (names.empty() && given.find('@') != std::string::npos) names.push_back("email:" + given);
  if (names.empty()) return fail(Errc::malformed, "no ad uses it now: say which kind it is, as kind:value");
  return names;
}

/// One line of JSON: what went by which rule, and its place in the log, which proves it.
std::string certificate(const std::string& rule, const storage::Erased& erased, bool dry_run, const Administration& office, const std::string& reason) {
  std::string line = dry_run ? "{\"dry_run\":true" : "{\"certificate\":\"E-" + std::to_string(erased.sequence) + "\"";
  const auto text = [&](const char* name, const std::string& value) { line += ",\"" + std::string(name) + "\":" + json_string(value); };
  const auto number = [&](const char* name, std::int64_t value) { line += ",\"" + std::string(name) + "\":" + std::to_string(value); };
  text("at", to_rfc3339(office.now));
  text("rule", rule);
  text("person", office.person);
  if (!reason.empty()) text("reason", reason);
  number("ads", static_cast<std::int64_t>(erased.ads.size()));
  number("held", static_cast<std::int64_t>(erased.held.size()));
  number("versions", erased.versions);
  number("bodies", erased.raw_bodies);
  number("alerts", erased.alerts);
  number("messages", erased.messages);
  number("addresses", erased.visits);
  if (!dry_run) text("log_hash", text::to_hex(erased.hash));
  return line + "}";
}

int erase(const Administration& office, const Request& request) {
  storage::Erasure what;
  what.ad = text_of(request, "ad");
  what.scope = text_of(request, "scope");
  what.actor = office.person;
  what.reason = text_of(request, "reason");
  const bool dry_run = flag_of(request, "dry_run");
  std::vector<std::pair<std::string, storage::Erasure>> orders;
  if (!what.ad.empty()) orders.emplace_back("ad", what);
  if (!what.scope.empty()) orders.emplace_back("scope", what);
  if (const auto contact = text_of(request, "contact"); !contact.empty()) {
    auto names = contacts_named(office.store, contact);
    if (!names) return fault(office, names.error());
    for (const auto& name : *names) {
      auto one = what;
      one.contact = name;
      one.ad.clear();
      one.scope.clear();
      orders.emplace_back("contact", std::move(one));
    }
  }
  if (orders.size() != 1 && (!what.ad.empty() || !what.scope.empty())) return fault(office, fail(Errc::malformed, "erase: name one of a contact, an ad, a scope"));
  for (const auto& [rule, one] : orders) {
    auto erased = alone(office, [&, &one = one] { return office.store.erase(one, dry_run, office.now); });
    if (!erased) return fault(office, erased.error());
    office.say(certificate(rule, *erased, dry_run, office, what.reason));
  }
  if (dry_run) return 0;
  if (auto done = forget_erased(office.store, office.data_folder); !done) return fault(office, done.error());
  // The rows have gone with the batch; their bytes leave the files now.
  if (auto done = office.store.compact(); !done) return fault(office, done.error());
  return 0;
}

int hold(const Administration& office, const Request& request) {
  const storage::Hold what{text_of(request, "ad"), text_of(request, "hold"), flag_of(request, "release"), office.person, text_of(request, "reason")};
  auto done = alone(office, [&] { return office.store.hold(what, office.now); });
  if (!done) return fault(office, done.error());
  office.say(std::string(what.release ? "released" : "held") + ": " + what.ad + " with " + std::to_string(done->raw_bodies) + " pages, " + what.name);
  return 0;
}

int tie(const Administration& office, const Request& request) {
  TieDecision decision;
  decision.set_ad(text_of(request, "ad"));
  decision.set_other(text_of(request, "other"));
  decision.set_verdict(text_of(request, "verdict"));
  decision.set_actor(office.person);
  decision.set_reason(text_of(request, "reason"));
  decision.set_at_ms(to_ms(office.now));
  if (auto done = alone(office, [&] { return office.store.decide(decision); }); !done) return fault(office, done.error());
  office.say(decision.ad() + " and " + decision.other() + ": " + decision.verdict());
  return 0;
}

int retention(const Administration& office, const Request& request) {
  if (!office.config) return fault(office, fail(Errc::misconfigured, "retention: no configuration"));
  const bool dry_run = flag_of(request, "dry_run");
  auto erased = alone(office, [&] { return office.store.expire(keep_of(*office.config), dry_run, office.now); });
  if (!erased) return fault(office, erased.error());
  const bool nothing = erased->ads.empty() && erased->raw_bodies == 0;
  if (nothing && !dry_run) {
    office.say("nothing is past its time");
    return 0;
  }
  office.say(certificate("retention", *erased, dry_run, office, "past its time"));
  if (dry_run) return 0;
  if (auto done = forget_erased(office.store, office.data_folder); !done) return fault(office, done.error());
  if (auto done = office.store.compact(); !done) return fault(office, done.error());
  return 0;
}

int backup(const Administration& office, const Request& request) {
  const auto folder = text_of(request, "folder");
  std::error_code error;
  if (std::filesystem::exists(folder + "/store", error)) return fault(office, fail(Errc::conflict, folder + ": holds a store already"));
  std::filesystem::create_directories(folder, error);
  if (error) return fault(office, fail(Errc::storage, folder + ": " + error.message()));
  if (auto done = office.store.backup(folder + "/store"); !done) return fault(office, done.error());
  office.say("backup: " + folder);
  return 0;
}

int plain(const Administration& office, const Status& done, const char* said) {
  if (!done) return fault(office, done.error());
  office.say(said);
  return 0;
}

}  // namespace

int administer(const Administration& office, const Request& request) {
  const auto command = text_of(request, "command");
  if (command == "erase") return erase(office, request);
  if (command == "hold") return hold(office, request);
  if (command == "tie") return tie(office, request);
  if (command == "retention") return retention(office, request);
  if (command == "backup") return backup(office, request);
  if (command == "compact") return plain(office, office.store.compact(), "compacted");
  if (command == "rebuild") return plain(office, office.store.rebuild_groups(), "groups computed anew");
  return -1;
}

int order(const Arguments& arguments, Request request) {
  auto folder = data_folder(arguments);
  if (!folder) return complain(folder.error());
  const auto print = [](std::string_view line) {
    std::fprintf(line.starts_with("error: ") ? stderr : stdout, "%.*s\n", static_cast<int>(line.size()), line.data());
    return true;
  };
  auto json = to_json(request);
  auto asked = ask_daemon(control_path(*folder), json, [&](std::string_view line) { print(line); });
  if (!asked) return complain(asked.error());
  if (*asked) return **asked;
  std::error_code ignored;
  if (!std::filesystem::exists(*folder + "/store/CURRENT", ignored)) return complain("no store here: " + *folder);
  const auto loaded = load_config(arguments.config);
  auto store = open_store(*folder, storage::Access::read_write);
  if (!store) return complain(store.error());
  const Administration office{**store, loaded.sound() ? &loaded.config : nullptr, person_of(::getuid()), wall_clock(), print, {}, *folder};
  return administer(office, request);
}

std::map<std::string, storage::Keep> keep_of(const Config& config) {
  std::map<std::string, storage::Keep> keep;
  for (const auto& site : config.sites) {
    keep[site.site()] = {Millis(site.keep_unflagged_ms()), Millis(site.keep_flagged_ms()), Millis(site.keep_raw_ms())};
  }
  return keep;
}

std::string person_of(unsigned uid) {
  char buffer[1024];
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found) return found->pw_name;
  return "uid " + std::to_string(uid);
}

namespace {

std::string notes_path(const std::string& folder) { return folder + "/consultations.jsonl"; }

/// The notes, opened to write at their end under a shared lock, so that they are not read before the line stands in them;
/// -1: not to be had. Whoever opened the file just before it was moved away opens the new one.
int open_notes(const std::string& path) {
  for (int tries = 0; tries < 10; ++tries) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fd;
    struct stat opened {}, there {};
    if (::flock(fd, LOCK_SH) == 0 && ::fstat(fd, &opened) == 0 && ::stat(path.c_str(), &there) == 0 && opened.st_ino == there.st_ino) return fd;
    ::close(fd);
  }
  return -1;
}

}  // namespace

void note_consultation(const Arguments& arguments, const std::string& what) {
  auto folder = data_folder(arguments);
  if (!folder) return;
  LogEntry entry;
  entry.set_at_ms(to_ms(wall_clock()));
  entry.set_operation("consultation");
  entry.set_actor(person_of(::getuid()));
  entry.set_object(what);
  entry.set_reason(arguments.reason);
  const auto line = to_json(entry) + "\n";
  const int fd = open_notes(notes_path(*folder));
  const bool noted = fd >= 0 && ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (fd >= 0) ::close(fd);
  if (!noted) complain("warning: this look at the store could not be noted in " + notes_path(*folder));
}

Status take_consultations(storage::Store& store, const std::string& folder) {
  const auto path = notes_path(folder), taken = path + ".taken";
  std::error_code error;
  // What a stop left behind comes first; a new file is moved away before it is read, so that no line is lost or read twice.
  if (!std::filesystem::exists(taken, error)) {
    if (::rename(path.c_str(), taken.c_str()) != 0) return {};
  }
  const int fd = ::open(taken.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const bool ours = ::flock(fd, LOCK_EX | LOCK_NB) == 0;  // somebody still writes: next time
  ::close(fd);
  if (!ours) return {};
  std::ifstream file(taken);
  std::vector<LogEntry> entries;
  for (std::string line; std::getline(file, line);) {
    LogEntry entry;
    if (from_json(line, entry) && entry.operation() == "consultation") entries.push_back(std::move(entry));
  }
  if (auto done = store.append_log(entries); !done) return done;
  std::filesystem::remove(taken, error);
  return {};
}

}  // namespace vigie::app
