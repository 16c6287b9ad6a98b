#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "core/result.h"

namespace vigie::app {

/// DATA/control.sock: how commands that change something reach the running daemon. One request is one line of JSON; the
/// answer is any number of lines, the last one `{"done": CODE}`. Only the daemon's own user and root are heard.
class ControlServer {
 public:
  using Say = std::function<bool(std::string_view line)>;  // false: nobody listens any more
  /// Answers one request of a user (`uid`, as the kernel says); returns the exit code of the command.
  using Handler = std::function<int(const std::string& request, unsigned uid, const Say& say)>;

  static Result<std::unique_ptr<ControlServer>> start(const std::string& path, Handler handler);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  ControlServer(std::string path, int fd, Handler handler);
  void run();
  void serve(int fd);

  std::string path_;
  int fd_;
  Handler handler_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Sends a request to the daemon behind `path` and passes each line of the answer to `line`. Empty: no daemon listens
/// there, so the caller may open the store itself. Else the command's exit code.
Result<std::optional<int>> ask_daemon(const std::string& path, const std::string& request,
                                      const std::function<void(std::string_view line)>& line);

}  // namespace vigie::app
