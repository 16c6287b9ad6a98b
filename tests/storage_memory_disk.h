#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

/// A disk in memory that knows what a power cut would leave of it (reference/reliability.md, test 1), and that fails on demand.
///
/// Every file knows how much of it was synced; a name that was made, moved or taken away stands on the disk only once its
/// folder was synced. A cut leaves each file's synced part and a random length of what came after it, and of the
/// changes to names since the last sync a random number, in their order, as a journal writes them. A tail is always a
/// prefix: ext4 and XFS write the length of a file after its bytes.
///
/// Each call that changes something is a step. An image of what a cut would leave can be taken at any of them while the
/// work goes on, so that one run gives many cuts, and the store never meets an error on the way to one.
namespace vigie::storage::test {

namespace rdb = rocksdb;

/// What stands on a disk: the bytes of each file by its name.
using Image = std::map<std::string, std::string>;

class MemoryDisk final : public rdb::FileSystemWrapper {
 public:
  /// Asked at every step, before it happens; an error fails the step. Nothing else runs meanwhile.
  using Hook = std::function<rdb::IOStatus(int step, MemoryDisk& disk)>;

  explicit MemoryDisk(const Image& image = {}) : FileSystemWrapper(rdb::FileSystem::Default()) {
    for (const auto& [name, bytes] : image) {
      auto file = std::make_shared<File>();
      file->bytes = bytes;
      file->synced = bytes.size();
      names_[name] = durable_[name] = std::move(file);
    }
  }
  static const char* kClassName() { return "MemoryDisk"; }
  const char* Name() const override { return kClassName(); }

  void set_hook(Hook hook) {
    const std::lock_guard lock(mutex_);
    hook_ = std::move(hook);
  }
  /// An error for every read, too: of opened files, that is.
  void fail_reads(bool fail) { fail_reads_ = fail; }
  int steps() {
    const std::lock_guard lock(mutex_);
    return steps_;
  }
  /// For the hook: what a power cut would leave now.
  Image cut(std::mt19937_64& random) {
    auto names = durable_;
    const auto done = pending_.empty() ? 0 : random() % (pending_.size() + 1);
    for (std::size_t i = 0; i < done; ++i) apply(pending_[i], names);
    Image image;
    for (const auto& [name, file] : names) {
      const auto tail = file->bytes.size() - std::min(file->synced, file->bytes.size());
      // Often all of the tail goes, else some of it.
      const auto keep = random() % 2 ? 0 : random() % (tail + 1);
      image[name] = file->bytes.substr(0, file->bytes.size() - tail + keep);
    }
    return image;
  }
  /// What stands there now, as after a kill of the process.
  Image image() {
    const std::lock_guard lock(mutex_);
    Image image;
    for (const auto& [name, file] : names_) image[name] = file->bytes;
    return image;
  }

 private:
  struct File {
    std::string bytes;
    std::size_t synced = 0;
  };
  using FilePtr = std::shared_ptr<File>;
  using Names = std::map<std::string, FilePtr>;
  struct Move {  // `file` stands under `to` from now on, and nothing under `from`; both may be empty
    std::string from, to;
    FilePtr file;
  };
  class Writer;
  class Reader;
  class Walker;
  class Folder;
  class Lock final : public rdb::FileLock {};

  static void apply(const Move& move, Names& names) {
    if (!move.from.empty()) names.erase(move.from);
    if (!move.to.empty()) names[move.to] = move.file;
  }
  void change(Move move) {
    apply(move, names_);
    pending_.push_back(std::move(move));
  }
  rdb::IOStatus step() {
    ++steps_;
    return hook_ ? hook_(steps_, *this) : rdb::IOStatus::OK();
  }
  FilePtr find(const std::string& name) const {
    const auto known = names_.find(name);
    return known == names_.end() ? nullptr : known->second;
  }
  static rdb::IOStatus none(const std::string& name) { return rdb::IOStatus::PathNotFound(name); }

 public:
  rdb::IOStatus NewWritableFile(const std::string& name, const rdb::FileOptions&, std::unique_ptr<rdb::FSWritableFile>* file,
                                rdb::IODebugContext*) override;
  rdb::IOStatus ReopenWritableFile(const std::string& name, const rdb::FileOptions& o, std::unique_ptr<rdb::FSWritableFile>* file,
                                   rdb::IODebugContext* d) override;
  rdb::IOStatus NewSequentialFile(const std::string& name, const rdb::FileOptions&, std::unique_ptr<rdb::FSSequentialFile>* file,
                                  rdb::IODebugContext*) override;
  rdb::IOStatus NewRandomAccessFile(const std::string& name, const rdb::FileOptions&, std::unique_ptr<rdb::FSRandomAccessFile>* file,
                                    rdb::IODebugContext*) override;
  rdb::IOStatus NewDirectory(const std::string&, const rdb::IOOptions&, std::unique_ptr<rdb::FSDirectory>* made, rdb::IODebugContext*) override;
  rdb::IOStatus NewLogger(const std::string&, const rdb::IOOptions&, std::shared_ptr<rdb::Logger>* logger, rdb::IODebugContext*) override {
    class Silent final : public rdb::Logger {
     public:
      using Logger::Logv;
      void Logv(const char*, va_list) override {}
      std::size_t GetLogFileSize() const override { return 0; }
    };
    *logger = std::make_shared<Silent>();
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus FileExists(const std::string& name, const rdb::IOOptions&, rdb::IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    return find(name) ? rdb::IOStatus::OK() : rdb::IOStatus::NotFound(name);
  }
  rdb::IOStatus GetChildren(const std::string& folder, const rdb::IOOptions&, std::vector<std::string>* found, rdb::IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    found->clear();
    const auto prefix = folder.back() == '/' ? folder : folder + '/';
    for (auto at = names_.lower_bound(prefix); at != names_.end() && at->first.starts_with(prefix); ++at) {
      found->push_back(at->first.substr(prefix.size()));
    }
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus DeleteFile(const std::string& name, const rdb::IOOptions&, rdb::IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    if (auto bad = step(); !bad.ok()) return bad;
    if (!find(name)) return none(name);
    change({name, {}, nullptr});
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rdb::IOOptions&, rdb::IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    if (auto bad = step(); !bad.ok()) return bad;
    const auto file = find(from);
    if (!file) return none(from);
    change({from, to, file});
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus LinkFile(const std::string& from, const std::string& to, const rdb::IOOptions&, rdb::IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    if (auto bad = step(); !bad.ok()) return bad;
    const auto file = find(from);
    if (!file) return none(from);
    change({{}, to, file});
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus GetFileSize(const std::string& name, const rdb::IOOptions&, std::uint64_t* size, rdb::IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    const auto file = find(name);
    if (file) *size = file->bytes.size();
    return file ? rdb::IOStatus::OK() : none(name);
  }
  rdb::IOStatus GetFileModificationTime(const std::string&, const rdb::IOOptions&, std::uint64_t* when, rdb::IODebugContext*) override {
    *when = 0;
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus CreateDir(const std::string&, const rdb::IOOptions&, rdb::IODebugContext*) override { return rdb::IOStatus::OK(); }
  rdb::IOStatus CreateDirIfMissing(const std::string&, const rdb::IOOptions&, rdb::IODebugContext*) override { return rdb::IOStatus::OK(); }
  rdb::IOStatus DeleteDir(const std::string&, const rdb::IOOptions&, rdb::IODebugContext*) override { return rdb::IOStatus::OK(); }
  rdb::IOStatus LockFile(const std::string&, const rdb::IOOptions&, rdb::FileLock** lock, rdb::IODebugContext*) override {
    *lock = new Lock;  // RocksDB owns it until UnlockFile
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus UnlockFile(rdb::FileLock* lock, const rdb::IOOptions&, rdb::IODebugContext*) override {
    delete lock;
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus GetAbsolutePath(const std::string& path, const rdb::IOOptions&, std::string* out, rdb::IODebugContext*) override {
    *out = path;
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus GetFreeSpace(const std::string&, const rdb::IOOptions&, std::uint64_t* bytes, rdb::IODebugContext*) override {
    *bytes = free_space;
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus IsDirectory(const std::string& path, const rdb::IOOptions&, bool* is, rdb::IODebugContext*) override {
    const std::lock_guard lock(mutex_);
    *is = !find(path);
    return rdb::IOStatus::OK();
  }

  std::atomic<std::uint64_t> free_space{std::uint64_t{1} << 40};

 private:
  std::mutex mutex_;
  Names names_, durable_;
  std::vector<Move> pending_;  // since the folder was synced
  Hook hook_;
  int steps_ = 0;
  std::atomic<bool> fail_reads_{false};
};

class MemoryDisk::Writer final : public rdb::FSWritableFile {
 public:
  Writer(FilePtr file, MemoryDisk& disk) : file_(std::move(file)), disk_(disk) {}
  using FSWritableFile::Append;
  rdb::IOStatus Append(const rdb::Slice& data, const rdb::IOOptions&, rdb::IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto bad = disk_.step(); !bad.ok()) {
      file_->bytes.append(data.data(), data.size() / 2);  // a disk that fills takes what it can
      return bad;
    }
    file_->bytes.append(data.data(), data.size());
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus Truncate(std::uint64_t size, const rdb::IOOptions&, rdb::IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    file_->bytes.resize(size);
    file_->synced = std::min(file_->synced, file_->bytes.size());
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus Close(const rdb::IOOptions&, rdb::IODebugContext*) override { return rdb::IOStatus::OK(); }
  rdb::IOStatus Flush(const rdb::IOOptions&, rdb::IODebugContext*) override { return rdb::IOStatus::OK(); }
  rdb::IOStatus Sync(const rdb::IOOptions&, rdb::IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto bad = disk_.step(); !bad.ok()) return bad;
    file_->synced = file_->bytes.size();
    return rdb::IOStatus::OK();
  }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const rdb::IOOptions&, rdb::IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    return file_->bytes.size();
  }

 private:
  const FilePtr file_;
  MemoryDisk& disk_;
};

class MemoryDisk::Reader final : public rdb::FSRandomAccessFile {
 public:
  Reader(FilePtr file, MemoryDisk& disk) : file_(std::move(file)), disk_(disk) {}
  rdb::IOStatus Read(std::uint64_t offset, std::size_t n, const rdb::IOOptions&, rdb::Slice* result, char* scratch, rdb::IODebugContext*) const override {
    if (disk_.fail_reads_) return rdb::IOStatus::IOError("Input/output error");
    const std::lock_guard lock(disk_.mutex_);
    const auto from = std::min<std::size_t>(offset, file_->bytes.size());
    *result = {scratch, file_->bytes.copy(scratch, n, from)};
    return rdb::IOStatus::OK();
  }

 private:
  const FilePtr file_;
  MemoryDisk& disk_;
};

class MemoryDisk::Walker final : public rdb::FSSequentialFile {
 public:
  Walker(FilePtr file, MemoryDisk& disk) : file_(std::move(file)), disk_(disk) {}
  rdb::IOStatus Read(std::size_t n, const rdb::IOOptions&, rdb::Slice* result, char* scratch, rdb::IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    at_ = std::min(at_, file_->bytes.size());
    *result = {scratch, file_->bytes.copy(scratch, n, at_)};
    at_ += result->size();
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus Skip(std::uint64_t n) override {
    at_ += n;
    return rdb::IOStatus::OK();
  }

 private:
  const FilePtr file_;
  MemoryDisk& disk_;
  std::size_t at_ = 0;
};

class MemoryDisk::Folder final : public rdb::FSDirectory {
 public:
  explicit Folder(MemoryDisk& disk) : disk_(disk) {}
  rdb::IOStatus Fsync(const rdb::IOOptions&, rdb::IODebugContext*) override {
    const std::lock_guard lock(disk_.mutex_);
    if (auto bad = disk_.step(); !bad.ok()) return bad;
    for (const auto& move : disk_.pending_) apply(move, disk_.durable_);
    disk_.pending_.clear();
    return rdb::IOStatus::OK();
  }
  rdb::IOStatus Close(const rdb::IOOptions&, rdb::IODebugContext*) override { return rdb::IOStatus::OK(); }

 private:
  MemoryDisk& disk_;
};

inline rdb::IOStatus MemoryDisk::NewWritableFile(const std::string& name, const rdb::FileOptions&, std::unique_ptr<rdb::FSWritableFile>* file,
                                                 rdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  if (auto bad = step(); !bad.ok()) return bad;
  const auto made = std::make_shared<File>();
  change({{}, name, made});
  *file = std::make_unique<Writer>(made, *this);
  return rdb::IOStatus::OK();
}

inline rdb::IOStatus MemoryDisk::ReopenWritableFile(const std::string& name, const rdb::FileOptions& o, std::unique_ptr<rdb::FSWritableFile>* file,
                                                    rdb::IODebugContext* d) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = find(name)) {
      *file = std::make_unique<Writer>(known, *this);
      return rdb::IOStatus::OK();
    }
  }
  return NewWritableFile(name, o, file, d);
}

inline rdb::IOStatus MemoryDisk::NewSequentialFile(const std::string& name, const rdb::FileOptions&, std::unique_ptr<rdb::FSSequentialFile>* file,
                                                   rdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const auto known = find(name);
  if (known) *file = std::make_unique<Walker>(known, *this);
  return known ? rdb::IOStatus::OK() : none(name);
}

inline rdb::IOStatus MemoryDisk::NewRandomAccessFile(const std::string& name, const rdb::FileOptions&, std::unique_ptr<rdb::FSRandomAccessFile>* file,
                                                     rdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const auto known = find(name);
  if (known) *file = std::make_unique<Reader>(known, *this);
  return known ? rdb::IOStatus::OK() : none(name);
}

inline rdb::IOStatus MemoryDisk::NewDirectory(const std::string&, const rdb::IOOptions&, std::unique_ptr<rdb::FSDirectory>* made, rdb::IODebugContext*) {
  *made = std::make_unique<Folder>(*this);
  return rdb::IOStatus::OK();
}

}  // namespace vigie::storage::test
