#include "core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <vector>

#include "core/text.h"
#include "core/time.h"

namespace vigie::log {
namespace {

constexpr std::size_t kMaxField = 1024;  // bytes of one value; one event must stay one readable line

std::atomic<Level> least_level{Level::warn};
std::atomic<bool> to_journal{false};

/// systemd names the device and inode of the stream it gave us: only if stderr still is that one, journald reads us.
bool stderr_is_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || fstat(2, &status) != 0) return false;
  return std::string(stream) == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

std::string capped(std::string_view value) {
  if (value.size() <= kMaxField) return text::escape_control(value);
  return text::escape_control(text::cut_utf8(value, kMaxField)) + "...";
}

std::string quoted(const std::string& value) {
  if (!value.empty() && value.find_first_of(" \"=\\") == std::string::npos) return value;
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string line_of(std::string_view event, Fields fields) {
  std::string line = capped(event);
  for (const auto& [key, value] : fields) line += ' ' + capped(key) + '=' + quoted(capped(value));
  return line;
}

/// Journal field names: A-Z, 0-9 and '_', not starting with '_'.
std::string journal_name(std::string_view key) {
  std::string name = "VIGIE_";
  for (const char c : key.substr(0, 48)) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    name += (upper >= 'A' && upper <= 'Z') || (upper >= '0' && upper <= '9') ? upper : '_';
  }
  return name;
}

void send_to_journal(Level level, std::string_view event, Fields fields, const std::string& line) {
  constexpr std::array<const char*, 4> kPriority = {"PRIORITY=7", "PRIORITY=6", "PRIORITY=4", "PRIORITY=3"};
  std::vector<std::string> entries = {"MESSAGE=" + line, kPriority[static_cast<std::size_t>(level)],
                                      "VIGIE_EVENT=" + capped(event), "SYSLOG_IDENTIFIER=vigie"};
  for (const auto& [key, value] : fields) entries.push_back(journal_name(key) + '=' + capped(value));
  std::vector<iovec> parts;
  parts.reserve(entries.size());
  for (auto& entry : entries) parts.push_back({entry.data(), entry.size()});
  sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

spdlog::logger& terminal() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("vigie", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

}  // namespace

void start(Level least) {
  least_level = least;
  to_journal = stderr_is_journal();
}

void write(Level level, std::string_view event, Fields fields) {
  if (level < least_level.load(std::memory_order_relaxed)) return;
  constexpr std::array<std::string_view, 4> kNames = {"debug", "info", "warn", "error"};
  const auto line = line_of(event, fields);
  if (to_journal) return send_to_journal(level, event, fields, line);
  // The one clock outside `app`: when a line was written is a matter of this edge alone.
  const auto now = to_rfc3339(std::chrono::system_clock::now());
  terminal().log(spdlog::level::info, spdlog::string_view_t(now + ' ' + std::string(kNames[static_cast<std::size_t>(level)]) + ' ' + line));
}

}  // namespace vigie::log
