#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <new>
#include <string>

#include <CLI/CLI.hpp>

#include "app/arguments.h"
#include "app/parse_worker.h"
#include "core/log.h"

namespace {

using vigie::app::Arguments;

struct Command {
  const char* name;
  const char* help;
  std::function<void(CLI::App&, Arguments&)> options;
  int (*run)(const Arguments&);
};

void listing(CLI::App& app, Arguments& a) {
  app.add_option("-o,--output", a.output, "table, json, jsonl or csv (default: table on a terminal, else jsonl)")
      ->check(CLI::IsMember({"table", "json", "jsonl", "csv"}));
}
void words(CLI::App& app, Arguments& a, const char* name, const char* help) {
  app.add_option(name, a.words, help)->required();
}
void word_files(CLI::App& app, Arguments& a) { app.add_option("--words", a.word_files, "word files (.tsv) beside the built-in words"); }
void nothing(CLI::App&, Arguments&) {}
void author(CLI::App& app, Arguments& a) { app.add_option("--author", a.author, "who says so (default: your login name)"); }
void reason(CLI::App& app, Arguments& a) { app.add_option("--reason", a.reason, "why: kept in the processing log"); }

// One row per command.
const Command kCommands[] = {
    {"run", "the daemon: crawl, extract, store, detect, alert", nothing, vigie::app::run_daemon},
    {"check", "read the whole configuration and name every fault; nothing is started", nothing, vigie::app::run_check},
    {"crawl", "one pass over everything that is due, then exit",
     [](CLI::App& app, Arguments& a) {
       app.add_flag("--once", a.once, "one pass (required)")->required();
       app.add_option("--max-time", a.max_time, "stop after this time, e.g. 10m");
     },
     vigie::app::run_crawl},
    {"import", "the same journey for responses captured elsewhere (WARC)",
     [](CLI::App& app, Arguments& a) { words(app, a, "FILE", "WARC files, gzipped or not"); }, vigie::app::run_import},
    {"extract", "the parser alone on one stored page: prints one JSON object",
     [](CLI::App& app, Arguments& a) {
       words(app, a, "FILE", "the page; - for standard input");
       app.add_option("--url", a.url, "the page's address")->required();
       app.add_option("--site", a.site, "use this site's options from the configuration");
       app.add_option("--region", a.region, "country where a number without a country code is read, e.g. BE");
       app.add_option("--at", a.at, "time of the fetch (RFC 3339)");
       app.add_flag("--explain", a.explain, "for each value: where it came from, and how sure it is");
       app.add_option("-o,--output", a.output, "of --explain: table json jsonl csv")->check(CLI::IsMember({"table", "json", "jsonl", "csv"}));
       word_files(app, a);
     },
     vigie::app::run_extract},
    {"learn", "a template for a site, proposed from its stored pages, to be pasted into its scope file",
     [](CLI::App& app, Arguments& a) {
       words(app, a, "SITE", "code of the site");
       app.add_option("-o,--output", a.output, "yaml (default) table json jsonl csv")->check(CLI::IsMember({"yaml", "table", "json", "jsonl", "csv"}));
     },
     vigie::app::run_learn},
    {"decode", "the field readers alone: one JSON line per line of standard input",
     [](CLI::App& app, Arguments& a) {
       app.add_option("--region", a.region, "country where a number without a country code is read, e.g. BE");
       app.add_option("--lang", a.lang, "language of the text, e.g. fr");
       app.add_option("--at", a.at, "base of relative dates (RFC 3339)");
       word_files(app, a);
     },
     vigie::app::run_decode},
    {"ads", "every known ad in its last state",
     [](CLI::App& app, Arguments& a) {
       listing(app, a);
       reason(app, a);
       app.add_option("--site", a.site, "of this site");
       app.add_option("--since", a.since, "last change at or after this time, or within e.g. 30d");
       app.add_option("--at", a.at, "as they stood at this time, or so long ago");
       app.add_option("--contact", a.contact, "that use this contact");
       app.add_option("--cluster", a.cluster, "of this group (g-...)");
       app.add_option("--state", a.state, "live or gone")->check(CLI::IsMember({"live", "gone"}));
     },
     vigie::app::run_ads},
    {"history", "every version of an ad, oldest first, with what changed",
     [](CLI::App& app, Arguments& a) {
       listing(app, a);
       reason(app, a);
       words(app, a, "AD", "site/NUMBER");
     },
     vigie::app::run_history},
    {"links", "what ties an ad to others, each with its evidence",
     [](CLI::App& app, Arguments& a) {
       listing(app, a);
       app.add_option("AD", a.words, "site/NUMBER");
       app.add_flag("--all", a.all, "every link of the store, each pair once");
       app.add_option("--join", a.join, "decide: this other ad is by the same hands, for ever");
       app.add_option("--split", a.split, "decide: this other ad is by other hands, for ever");
       app.add_option("--open", a.open, "take the decision about this other ad back");
       reason(app, a);
     },
     vigie::app::run_links},
    {"alerts", "alerts",
     [](CLI::App& app, Arguments& a) {
       listing(app, a);
       reason(app, a);
       app.add_option("--since", a.since, "created at or after this time, or within e.g. 30d");
       app.add_option("--status", a.status, "pending sent digest suppressed dismissed failed");
     },
     vigie::app::run_alerts},
    {"start", "take an alert: no reminder and no escalation any more",
     [](CLI::App& app, Arguments& a) {
       words(app, a, "ALERT", "A-2026-000123");
       author(app, a);
     },
     vigie::app::run_start},
    {"dismiss", "put an alert away for good; it stays in the list, with who and why",
     [](CLI::App& app, Arguments& a) {
       words(app, a, "ALERT", "A-2026-000123");
       app.add_option("--reason", a.reason, "why: no personal data")->required();
       author(app, a);
     },
     vigie::app::run_dismiss},
    {"silence", "silence add|list|expire ID: keep some alerts from mail for a time",
     [](CLI::App& app, Arguments& a) {
       listing(app, a);
       words(app, a, "ACTION", "add, list, or expire ID");
       app.add_option("--scope", a.scope, "of this scope");
       app.add_option("--site", a.site, "about this site alone");
       app.add_option("--kind", a.kind, "of this kind");
       app.add_option("--alert", a.alert, "this alert, whatever it gains");
       app.add_option("--up-to", a.up_to, "graver alerts are mailed all the same (default: medium)")->check(CLI::IsMember({"low", "medium", "high"}));
       app.add_option("--for", a.lasts, "how long, at most 90d (default: 1d)");
       app.add_option("--reason", a.reason, "why: no personal data");
       author(app, a);
     },
     vigie::app::run_silence},
    {"route", "route test: who would get an alert, and why; route timetable: when its mails would leave",
     [](CLI::App& app, Arguments& a) {
       listing(app, a);
       words(app, a, "ACTION", "test or timetable");
       app.add_option("--severity", a.severity, "low, medium or high (default: medium)")->check(CLI::IsMember({"low", "medium", "high"}));
       app.add_option("--kind", a.kind, "kind of the alert (default: new)");
       app.add_option("--scope", a.scope, "its scope");
       app.add_option("--site", a.site, "its site");
       app.add_option("--family", a.family, "family of its ads");
       app.add_option("--at", a.at, "when it is raised: RFC 3339, or \"mon 02:10\" in each receiver's own time (default: now)");
     },
     vigie::app::run_route},
    {"explain", "is an address crawled, by which rule, when last and next, and why",
     [](CLI::App& app, Arguments& a) { words(app, a, "URL", "the address"); }, vigie::app::run_explain},
    {"rules", "rules test FILE...: a rule file's own cases; try FILE: what it would have fired on stored history; report: what came of alerts, by rule; reassess: what the last change of rules did to stored ads",
     [](CLI::App& app, Arguments& a) {
       listing(app, a);
       words(app, a, "ACTION FILE", "test and rule files, try and one rule file, or report");
       app.add_option("--since", a.since, "try: versions seen since (30d); report: alerts since");
       app.add_option("--site", a.site, "try: ads of one site");
     },
     vigie::app::run_rules},
    {"schema", "JSON Schema (draft-07) of the configuration", nothing, vigie::app::run_schema},
    {"store", "store check|stats|compact|rebuild|migrate|backup DIR|restore DIR: the store as a whole",
     [](CLI::App& app, Arguments& a) {
       listing(app, a);
       words(app, a, "ACTION", "check, stats, compact, rebuild, migrate, backup DIR or restore DIR");
     },
     vigie::app::run_store},
    {"erase", "take ads, and all that came of them, out of the store; prints a certificate",
     [](CLI::App& app, Arguments& a) {
       app.add_option("--contact", a.contact, "every ad that shows or ever showed it (kind:value, or a value)");
       app.add_option("--ad", a.ad, "this ad");
       app.add_option("--scope", a.scope, "every ad of this scope");
       app.add_flag("--dry-run", a.dry_run, "say what would go, and change nothing");
       reason(app, a);
     },
     vigie::app::run_erase},
    {"hold", "keep an ad and its pages whatever their time, until the hold is released",
     [](CLI::App& app, Arguments& a) {
       words(app, a, "AD", "site/NUMBER");
       app.add_option("--name", a.hold, "of the hold, e.g. a case number");
       app.add_flag("--release", a.release, "take the hold of this name away");
       reason(app, a);
     },
     vigie::app::run_hold},
    {"retention", "take out what is past its scope's retention; the daemon does it every day",
     [](CLI::App& app, Arguments& a) { app.add_flag("--dry-run", a.dry_run, "say what would go, and change nothing"); },
     vigie::app::run_retention},
    {"log", "the processing log; log verify: its chain is whole",
     [](CLI::App& app, Arguments& a) {
       listing(app, a);
       app.add_option("ACTION", a.words, "verify, or nothing: list");
       app.add_option("--operation", a.status, "collection alteration consultation disclosure combination erasure");
     },
     vigie::app::run_log},
};

int dispatch(int argc, char** argv) {
  CLI::App app{"Vigie: watches the surface web's ads for police units against human trafficking"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "vigie 0.1.0");
  Arguments arguments;
  const char* from_environment = std::getenv("VIGIE_CONFIG");
  arguments.config = from_environment ? from_environment : "/etc/vigie/vigie.yaml";
  arguments.config_given = from_environment != nullptr;
  for (const auto& command : kCommands) {
    auto& sub = *app.add_subcommand(command.name, command.help);
    sub.add_option("--config", arguments.config, "configuration file")->each([&](const std::string&) {
      arguments.config_given = true;
    });
    sub.add_option("--data", arguments.data, "data folder (overrides storage.path)");
    sub.add_flag("--strict", arguments.strict, "warnings end in exit code 3");
    sub.add_flag("--verbose", arguments.verbose, "debug lines on stderr");
    command.options(sub, arguments);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  vigie::log::start(arguments.verbose ? vigie::log::Level::debug : vigie::log::Level::info);
  for (const auto& command : kCommands) {
    if (app.got_subcommand(command.name)) return command.run(arguments);
  }
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  // A worker is our own child, not a user's command: it takes nothing but its pipes.
  if (argc >= 2 && std::string_view(argv[1]) == "parse-worker") return vigie::app::run_parse_worker({}, {argv + 2, argv + argc});
  try {
    return dispatch(argc, argv);
  } catch (const std::bad_alloc&) {
    std::cerr << "vigie: no memory is left\n";
    return 1;
  } catch (const std::exception& e) {
    std::cerr << "vigie: " << e.what() << '\n';
    return 1;
  }
}
