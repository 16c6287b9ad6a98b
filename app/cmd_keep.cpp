// Commands about what is kept and what goes: erase, hold, retention, log.
#include <cstdio>

#include <unistd.h>

#include "app/administer.h"
#include "app/common.h"
#include "app/output.h"

namespace vigie::app {
namespace {

google::protobuf::Struct request_of(const char* command, std::initializer_list<std::pair<const char*, std::string>> texts) {
  google::protobuf::Struct request;
  auto& fields = *request.mutable_fields();
  fields["command"].set_string_value(command);
  for (const auto& [name, text] : texts) {
    if (!text.empty()) fields[name].set_string_value(text);
  }
  return request;
}

int usage(const char* text) {
  complain(text);
  return 2;
}

}  // namespace

int run_erase(const Arguments& arguments) {
  const int named = !arguments.contact.empty() + !arguments.ad.empty() + !arguments.scope.empty();
  if (named != 1) return usage("erase: give one of --contact, --ad, --scope");
  if (!arguments.dry_run && arguments.reason.empty()) return usage("erase: give --reason, or --dry-run to see what would go");
  auto request = request_of("erase", {{"contact", arguments.contact}, {"ad", arguments.ad}, {"scope", arguments.scope}, {"reason", arguments.reason}});
  (*request.mutable_fields())["dry_run"].set_bool_value(arguments.dry_run);
  return order(arguments, std::move(request));
}

int run_hold(const Arguments& arguments) {
  if (arguments.words.size() != 1 || arguments.hold.empty()) return usage("hold: give one ad and --name");
  if (arguments.reason.empty()) return usage("hold: give --reason");
  auto request = request_of("hold", {{"ad", arguments.words.front()}, {"hold", arguments.hold}, {"reason", arguments.reason}});
  (*request.mutable_fields())["release"].set_bool_value(arguments.release);
  return order(arguments, std::move(request));
}

int run_retention(const Arguments& arguments) {
  auto request = request_of("retention", {});
  (*request.mutable_fields())["dry_run"].set_bool_value(arguments.dry_run);
  return order(arguments, std::move(request));
}

int run_tie(const Arguments& arguments) {
  const int verdicts = !arguments.join.empty() + !arguments.split.empty() + !arguments.open.empty();
  if (verdicts != 1 || arguments.words.size() != 1) return usage("links: give one ad and one of --join, --split, --open");
  if (arguments.reason.empty()) return usage("links: a decision needs --reason");
  const char* verdict = !arguments.join.empty() ? "same" : !arguments.split.empty() ? "different" : "open";
  return order(arguments, request_of("tie", {{"ad", arguments.words.front()}, {"other", arguments.join + arguments.split + arguments.open},
                                             {"verdict", verdict}, {"reason", arguments.reason}}));
}

int run_log(const Arguments& arguments) {
  const bool verify = arguments.words.size() == 1 && arguments.words.front() == "verify";
  if (!arguments.words.empty() && !verify) return usage("log: nothing, or verify");
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  if (verify) {
    auto checked = store->verify_log();
    if (!checked) return complain(checked.error());
    for (const auto& fault : checked->faults) std::printf("%s\n", fault.c_str());
    std::printf("%lld entries, %zu faults\n", static_cast<long long>(checked->entries), checked->faults.size());
    return checked->faults.empty() ? 0 : 1;
  }
  Output output(arguments.output, {"sequence", "at_ms", "operation", "actor", "object", "reason", "recipient"});
  const auto walked = store->each_log([&](const LogEntry& entry) {
    if (!arguments.status.empty() && entry.operation() != arguments.status) return true;
    output.row(entry);
    return true;
  });
  return walked ? 0 : complain(walked.error());
}

}  // namespace vigie::app
