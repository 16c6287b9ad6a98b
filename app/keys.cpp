#include "app/keys.h"

#include <sys/stat.h>

namespace vigie::app {
namespace {

std::pair<std::int64_t, std::int64_t> print_of(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {0, -1};
  return {static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec, status.st_size};
}

}  // namespace

const alerts::KeyState& Keys::state(const std::string& file, Instant now) {
  auto& known = known_[file];
  const auto print = print_of(file);
  const bool ended = known.state.usable && known.state.expires && now >= *known.state.expires;
  if (known.looked == Instant{} || known.print != print || ended || now >= known.looked + 1h || now < known.looked) {
    known = {now, print, alerts::look_at_key(file, now)};
  }
  return known.state;
}

void Keys::distrust(const std::string& file, std::string why, Instant now) {
  known_[file] = {now, print_of(file), {false, std::move(why), std::nullopt}};
}

}  // namespace vigie::app
