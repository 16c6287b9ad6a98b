#include "app/bounces.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "alerts/alerts.h"
#include "alerts/bounce.h"
#include "app/health.h"
#include "core/log.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostAtOnce = 100, kMaxBytes = 256 * 1024;

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* open = ::opendir(folder.c_str());
  if (open == nullptr) return names;
  while (const dirent* entry = ::readdir(open)) {
    if (entry->d_name[0] != '.' && names.size() < kMostAtOnce) names.emplace_back(entry->d_name);
  }
  ::closedir(open);
  std::sort(names.begin(), names.end());
  return names;
}

/// At most so much of a regular file; empty: none, or somebody put a link there.
std::string read_some(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat status {};
  std::string bytes;
  if (file >= 0 && ::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    bytes.resize(std::min(static_cast<std::size_t>(status.st_size), kMaxBytes));
    std::size_t have = 0;
    while (have < bytes.size()) {
      const ssize_t n = ::read(file, bytes.data() + have, bytes.size() - have);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      have += static_cast<std::size_t>(n);
    }
    bytes.resize(have);
  }
  if (file >= 0) ::close(file);
  return bytes;
}

}  // namespace

Result<bool> Bounces::take(const std::string& raw, Instant now) {
  const auto bounce = alerts::read_bounce(raw);
  const std::string id = bounce ? alerts::outgoing_id(bounce->message_id) : "";
  if (id.empty()) return false;
  auto message = store_.outgoing(id);
  if (!message) return std::move(message).error();
  if (!*message || (*message)->message_id() != bounce->message_id) return false;
  const std::string& receiver = (*message)->receiver();
  log::warn("mail.report", {{"receiver", receiver}, {"message", id}, {"action", bounce->action}, {"status", bounce->status}, {"answer", bounce->words}});
  if (bounce->action != "failed" || (*message)->state() == "failed") return true;
  {
    std::lock_guard lock(alerts_lock_);
    Outgoing after = **message;
    after.set_state("failed");
    after.clear_next_ms();
    after.set_answer("came back: " + bounce->status + (bounce->words.empty() ? "" : " " + bounce->words));
    std::vector<Alert> moved;
    for (const auto& key : after.alerts()) {
      auto alert = store_.alert(key);
      if (!alert) return std::move(alert).error();
      if (*alert && alerts::record(after, **alert)) moved.push_back(**std::move(alert));
    }
    if (auto kept = store_.update_outgoing(after, moved); !kept) return std::move(kept).error();
  }
  auto told = tell_fact(store_, alerts_lock_, undeliverable(receiver, true, bounce->status), now);
  if (!told) return std::move(told).error();
  return true;
}

Result<bool> Bounces::look(const std::string& folder, Instant now) {
  bool any = false;
  if (folder.empty()) return any;
  for (const auto& name : names_in(folder + "/new")) {
    const std::string path = folder + "/new/" + name;
    auto taken = take(read_some(path), now);
    if (!taken) return taken;
    any = any || *taken;
    // Seen (":2,S") is what we have read ourselves; the rest waits there for a person. What cannot be moved is read again,
    // which changes nothing.
    const std::string base = name.substr(0, name.find(':'));
    if (::rename(path.c_str(), (folder + "/cur/" + base + (*taken ? ":2,S" : ":2,")).c_str()) != 0) {
      const std::string why = "a report cannot be moved to cur, error " + std::to_string(errno);
      if (!complained_) log::warn("mail.reports", {{"folder", folder}, {"why", why}});
      complained_ = true;
      break;
    }
  }
  return any;
}

}  // namespace vigie::app
