#include "app/disk_guard.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/log.h"

namespace vigie::app {
namespace {

/// Bytes, not a hole: those that a file of that length needs are taken from the disk.
int set_aside(const std::string& path, std::int64_t bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return errno;
  const int failed = ::posix_fallocate(file, 0, bytes);
  ::close(file);
  if (failed != 0) ::unlink(path.c_str());
  return failed;
}

std::int64_t held(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_size : 0;
}

}  // namespace

// Resumes only at half as much again, so that it does not flap.
DiskGuard::Change DiskGuard::look(const Config& config, bool full) {
  struct statvfs space {};
  if (::statvfs(config.storage_path.c_str(), &space) != 0) return Change::none;
  const auto free = static_cast<std::int64_t>(space.f_bavail) * static_cast<std::int64_t>(space.f_frsize);
  const auto least = config.storage_pause_below;
  keep_reserve(config.storage_path + "/reserve", config.storage_reserve, free, least, full);
  const bool pause = full || (paused_ ? free < least + least / 2 : free < least);
  if (pause == paused_) return Change::none;
  paused_ = pause;
  const auto bytes = std::to_string(free);
  if (pause) log::error("disk.crawl_paused", {{"free_bytes", bytes}, {"what", "nothing new is fetched until there is room"}});
  else log::info("disk.crawl_resumed", {{"free_bytes", bytes}});
  return pause ? Change::paused : Change::resumed;
}

void DiskGuard::keep_reserve(const std::string& path, std::int64_t bytes, std::int64_t free, std::int64_t pause_below, bool full) {
  const auto there = held(path);
  const bool needed = full || free < bytes / 4;
  if (there > 0 && (needed || bytes == 0)) {
    ::unlink(path.c_str());
    if (bytes > 0) log::error("disk.reserve_freed", {{"bytes", std::to_string(there)}, {"free_bytes", std::to_string(free)}});
    return;
  }
  if (needed || there >= bytes || free < bytes + pause_below + pause_below / 2) return;
  const int failed = set_aside(path, bytes);
  if (failed == 0) log::info("disk.reserve_kept", {{"bytes", std::to_string(bytes)}});
  else if (!told_) log::warn("disk.no_reserve", {{"why", std::strerror(failed)}});
  told_ = failed != 0;
}

}  // namespace vigie::app
