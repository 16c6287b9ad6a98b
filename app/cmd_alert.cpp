// What a person says about alerts: start, dismiss, silence.
#include <pwd.h>
#include <unistd.h>

#include <map>

#include "app/alert_actions.h"
#include "app/arguments.h"
#include "app/common.h"
#include "app/output.h"

namespace vigie::app {
namespace {

std::string author_of(const Arguments& arguments) {
  if (!arguments.author.empty()) return arguments.author;
  const passwd* entry = ::getpwuid(::getuid());
  return entry != nullptr ? entry->pw_name : "uid " + std::to_string(::getuid());
}

int ask(const Arguments& arguments, const char* command, const std::map<std::string, std::string>& more) {
  auto folder = data_folder(arguments);
  if (!folder) return complain(folder.error());
  google::protobuf::Struct request;
  auto& fields = *request.mutable_fields();
  fields["command"].set_string_value(command);
  fields["author"].set_string_value(author_of(arguments));
  fields["reason"].set_string_value(arguments.reason);
  for (const auto& [key, value] : more) fields[key].set_string_value(value);
  return change_alerts(*folder, request);
}

int list_silences(const Arguments& arguments) {
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  auto silences = store->silences(wall_clock());
  if (!silences) return complain(silences.error());
  std::map<std::string, int> hidden;
  const auto walked = store->each_alert({}, [&](const Alert& alert) {
    if (!alert.silenced_by().empty()) ++hidden[alert.silenced_by()];
    return true;
  });
  if (!walked) return complain(walked.error());
  Output output(arguments.output, {"id", "expires", "author", "reason", "scope", "site", "kind", "key", "up_to", "hidden"});
  for (auto& silence : *silences) {
    silence.set_hidden(hidden[silence.id()]);
    output.row(silence);
  }
  return 0;
}

int for_each_alert(const Arguments& arguments, const char* command) {
  int code = 0;
  for (const auto& label : arguments.words) {
    if (const int one = ask(arguments, command, {{"alert", label}}); one != 0) code = one;
  }
  return code;
}

}  // namespace

int run_start(const Arguments& arguments) { return for_each_alert(arguments, "start"); }
int run_dismiss(const Arguments& arguments) { return for_each_alert(arguments, "dismiss"); }

int run_silence(const Arguments& arguments) {
  const auto& action = arguments.words.front();
  if (action == "list" && arguments.words.size() == 1) return list_silences(arguments);
  if (action == "add" && arguments.words.size() == 1) {
    return ask(arguments, "silence.add", {{"scope", arguments.scope}, {"site", arguments.site}, {"kind", arguments.kind},
                                          {"alert", arguments.alert}, {"lasts", arguments.lasts}, {"up_to", arguments.up_to}});
  }
  if (action == "expire" && arguments.words.size() == 2) return ask(arguments, "silence.expire", {{"id", arguments.words[1]}});
  complain("silence: add, list, or expire ID");
  return 2;
}

}  // namespace vigie::app
