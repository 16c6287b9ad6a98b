#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_set>

#include "alerts/channels.h"
#include "core/hash.h"

namespace vigie::alerts {
namespace {

/// A file handle, closed when it goes.
class File {
 public:
  explicit File(int handle) : handle_(handle) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (handle_ >= 0) ::close(handle_);
  }
  int get() const { return handle_; }
  explicit operator bool() const { return handle_ >= 0; }

 private:
  int handle_;
};

Error system_error(const std::string& path) {
  const int code = errno;
  const Errc kind = code == ENOSPC || code == EDQUOT ? Errc::full : Errc::storage;
  return fail(kind, path + ": " + std::strerror(code));
}

Status make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return system_error(path);
}

/// Mail stores keep lines with LF.
std::string with_lf(std::string_view content) {
  std::string out;
  out.reserve(content.size());
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] != '\r' || i + 1 == content.size() || content[i + 1] != '\n') out += content[i];
  }
  return out;
}

Status write_synced(const std::string& path, std::string_view bytes) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return system_error(path);
  while (!bytes.empty()) {
    const ssize_t n = ::write(file.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file.get()) != 0) return system_error(path);
  return {};
}

Status sync_folder(const std::string& path) {
  const File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return system_error(path);
  return {};
}

/// Delivers into one Maildir. The name of a file is computed from its Message-ID, so that a repeat after a crash meets the
/// file that is already there, wherever a reader has moved it (new, cur).
class Maildir : public Channel {
 public:
  explicit Maildir(std::string root) : root_(std::move(root)) {}

  Status open() {
    for (const char* part : {"", "/tmp", "/new", "/cur"}) {
      if (auto made = make_folder(root_ + part); !made) return made;
    }
    if (::access((root_ + "/new").c_str(), W_OK | X_OK) != 0) return system_error(root_ + "/new");
    remember(root_ + "/new");
    remember(root_ + "/cur");
    return {};
  }

  Outgoing deliver(Outgoing message, Instant now) override {
    message.set_attempts(message.attempts() + 1);
    message.set_last_ms(to_ms(now));
    const std::string name = name_of(message);
    const bool there = known_.contains(name);
    const Status put = there ? Status{} : place(name, message.content());
    if (put) {
      known_.insert(name);
      message.set_state("handed_over");
      message.set_answer(there ? "was already in the Maildir" : "written into the Maildir");
      message.clear_next_ms();
    } else {
      const Millis age = Millis(to_ms(now) - message.created_ms());
      message.set_state("deferred");
      message.set_answer(put.error().text);
      message.set_next_ms(to_ms(now + retry_after(message.attempts(), age)));
    }
    return message;
  }

 private:
  static std::string name_of(const Outgoing& message) {
    return std::to_string(message.created_ms() / 1000) + ".V" + short_id(message.message_id()) + ".vigie";
  }

  // Names without the flags that readers append (":2,S").
  void remember(const std::string& path) {
    DIR* folder = ::opendir(path.c_str());
    if (folder == nullptr) return;
    while (const dirent* entry = ::readdir(folder)) {
      const std::string_view name = entry->d_name;
      const auto base = name.substr(0, name.find(':'));
      if (base.ends_with(".vigie")) known_.emplace(base);
    }
    ::closedir(folder);
  }

  Status place(const std::string& name, std::string_view content) {
    const std::string tmp = root_ + "/tmp/" + name, target = root_ + "/new/" + name;
    if (auto written = write_synced(tmp, with_lf(content)); !written) {
      ::unlink(tmp.c_str());
      return written;
    }
    // A link, unlike a rename, never replaces what is there.
    if (::link(tmp.c_str(), target.c_str()) != 0 && errno != EEXIST) {
      auto failed = system_error(target);
      ::unlink(tmp.c_str());
      return failed;
    }
    ::unlink(tmp.c_str());
    return sync_folder(root_ + "/new");
  }

  const std::string root_;
  std::unordered_set<std::string> known_;
};

}  // namespace

Result<std::unique_ptr<Channel>> make_maildir(const AlertOptions& options) {
  auto maildir = std::make_unique<Maildir>(options.maildir);
  if (auto opened = maildir->open(); !opened) {
    return fail(Errc::misconfigured, opened.error().text).in("alerts.maildir");
  }
  return std::unique_ptr<Channel>(std::move(maildir));
}

}  // namespace vigie::alerts
