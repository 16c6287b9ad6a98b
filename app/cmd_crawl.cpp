// One pass, without a daemon: crawl --once, import.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <vector>

#include <unistd.h>

#include "app/arguments.h"
#include "app/common.h"
#include "app/control.h"
#include "app/engine.h"
#include "app/importer.h"
#include "core/json.h"
#include "core/log.h"
#include "core/text.h"
#include "core/time.h"

namespace vigie::app {
namespace {

std::atomic<bool> interrupted{false};
void on_signal(int) { interrupted = true; }

void listen_for_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGPIPE, SIG_IGN);
}

void show_progress(const EngineCounters& c) {
  if (!::isatty(2)) return;
  std::fprintf(stderr, "\r%lld pages, %lld ads, %lld changed, %lld gone, %lld alerts, %lld queued   ",
               static_cast<long long>(c.pages), static_cast<long long>(c.new_ads), static_cast<long long>(c.changed_ads),
               static_cast<long long>(c.gone_ads), static_cast<long long>(c.alerts), static_cast<long long>(c.queued));
}

struct Opened {
  Ready ready;
  std::unique_ptr<storage::Store> store;
};

Result<Opened> open_all(const Arguments& arguments) {
  auto ready = make_ready(arguments);
  if (!ready) return std::move(ready).error();
  auto store = open_store(ready->config->storage_path, storage::Access::read_write);
  if (!store) return std::move(store).error();
  return Opened{*std::move(ready), *std::move(store)};
}

}  // namespace

namespace {

constexpr std::size_t kMostTold = 20;

/// What a pass has left: hosts that rest, each with why and until when; empty: none.
std::string left_for_later(storage::Store& store) {
  auto hosts = store.hosts();
  if (!hosts) return {};
  const auto now = std::chrono::system_clock::now();
  std::vector<std::string> rest;
  for (const auto& due : *hosts) {
    const auto& host = due.host;
    if (from_ms(host.blocked_until_ms()) <= now || !due.earliest) continue;
    rest.push_back(host.host() + " (" + (host.state().empty() ? "resting" : host.state()) + " until " + to_rfc3339(from_ms(host.blocked_until_ms())) + ")");
  }
  if (rest.empty()) return {};
  std::string text = std::to_string(rest.size()) + (rest.size() == 1 ? " host" : " hosts") + " left for later: ";
  for (std::size_t i = 0; i < std::min(rest.size(), kMostTold); ++i) text += (i ? ", " : "") + rest[i];
  return text + (rest.size() > kMostTold ? ", ..." : "") + "\n";
}

}  // namespace

int run_crawl(const Arguments& arguments) {
  Millis most = 24h * 365;
  if (!arguments.max_time.empty()) {
    auto given = parse_duration(arguments.max_time);
    if (!given) {
      complain("--max-time: " + given.error().text);
      return 2;
    }
    most = *given;
  }
  auto opened = open_all(arguments);
  if (!opened) return complain(opened.error());
  listen_for_signals();
  EngineOptions options;
  options.workers = worker_count();
  options.once = true;
  options.on_fatal = [](const Error&) { interrupted = true; };
  auto engine = Engine::start(*opened->store, opened->ready.config, opened->ready.rules, options);
  if (!engine) return complain(engine.error());
  const auto started = std::chrono::steady_clock::now();
  bool cut = false;
  int quiet = 0;
  while (!interrupted && quiet < 2) {
    std::this_thread::sleep_for(200ms);
    show_progress((*engine)->counters());
    quiet = (*engine)->idle() ? quiet + 1 : 0;  // twice, so that what was just found has had time to show
    cut = std::chrono::steady_clock::now() - started > most;
    if (cut) break;
  }
  const bool clean = (*engine)->stop(30s);
  if (auto flushed = (*engine)->flush(); !flushed) return complain(flushed.error());
  const auto c = (*engine)->counters();
  if (::isatty(2)) std::fprintf(stderr, "\n");
  std::printf("%lld pages (%lld unchanged), %lld new ads, %lld changed, %lld gone, %lld alerts, %lld mails%s\n",
              static_cast<long long>(c.pages), static_cast<long long>(c.unchanged), static_cast<long long>(c.new_ads),
              static_cast<long long>(c.changed_ads), static_cast<long long>(c.gone_ads), static_cast<long long>(c.alerts),
              static_cast<long long>(c.mails), cut ? "; stopped at --max-time" : interrupted ? "; interrupted" : "");
  std::fputs(left_for_later(*opened->store).c_str(), stdout);
  if (!clean || interrupted) return 1;
  return opened->ready.warnings > 0 && arguments.strict ? 3 : 0;
}

int run_import(const Arguments& arguments) {
  std::vector<std::string> files;
  for (const auto& file : arguments.words) files.push_back(std::filesystem::absolute(file).string());
  auto folder = data_folder(arguments);
  if (!folder) return complain(folder.error());
  // A running daemon owns the store: it does the work and we pass on what it says.
  std::string request = "{\"command\":\"import\",\"files\":[";
  for (const auto& file : files) request += (request.back() == '[' ? "" : ",") + json_string(file);
  request += "]}";
  auto asked = ask_daemon(control_path(*folder), request, [](std::string_view line) {
    std::fprintf(line.starts_with("summary: ") ? stdout : stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  });
  if (!asked) return complain(asked.error());
  if (*asked) return **asked == 3 && !arguments.strict ? 0 : **asked;

  auto opened = open_all(arguments);
  if (!opened) return complain(opened.error());
  listen_for_signals();
  EngineOptions options;
  options.fetch = false;
  options.on_fatal = [](const Error&) { interrupted = true; };
  auto engine = Engine::start(*opened->store, opened->ready.config, opened->ready.rules, options);
  if (!engine) return complain(engine.error());
  Importer importer(
      **engine, opened->ready.config, *folder, [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); },
      [](int done, int of) {
        if (::isatty(2)) std::fprintf(stderr, "\r%d of %d pages", done, of);
        return !interrupted.load();
      });
  auto summary = importer.run(files);
  (*engine)->stop(30s);
  if (!summary) return complain(summary.error());
  if (auto flushed = (*engine)->flush(); !flushed) return complain(flushed.error());
  std::printf("summary: %s\n", summary->sentence().c_str());
  if (summary->faults > 0 || summary->failed > 0) return 1;
  return summary->warnings > 0 && arguments.strict ? 3 : 0;
}

}  // namespace vigie::app
