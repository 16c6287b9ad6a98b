#include "storage/engine.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include "storage/floors.h"
#include "storage/group_commit.h"

namespace vigie::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSketchPrefix = 5;  // bytes: a letter and an anchor
constexpr std::uint64_t kRoomToWrite = 32 << 20;  // what it takes to write out what is in memory, mostly
constexpr auto kPatienceWithRoom = std::chrono::seconds(2);

Error error_of(const rocksdb::Status& status, std::string_view doing) {
  auto code = Errc::storage;
  if (status.IsNoSpace()) code = Errc::full;
  if (status.IsCorruption()) code = Errc::corrupt;
  return fail(code, std::string(doing) + ": " + status.ToString());
}

Status status_of(const rocksdb::Status& status, std::string_view doing) {
  return status.ok() ? Status{} : Status(error_of(status, doing));
}

rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }
std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

rocksdb::DBOptions database_options(const EngineOptions& options) {
  rocksdb::DBOptions db;
  if (options.env) db.env = options.env;
  db.create_if_missing = !options.read_only;
  db.create_missing_column_families = !options.read_only;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.max_total_wal_size = 64 << 20;  // bounds the replay at the next start
  db.db_write_buffer_size = 64 << 20;
  // A second process reads from files that the writer deletes; open handles keep them readable.
  db.max_open_files = -1;
  db.max_background_jobs = 2;
  db.keep_log_file_num = 4;
  db.max_log_file_size = 4 << 20;
  db.max_manifest_file_size = 16 << 20;
  db.avoid_flush_during_shutdown = true;  // the log has it already; stopping stays quick
  db.paranoid_checks = true;
  return db;
}

rocksdb::ColumnFamilyOptions family_options(Family family, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions cf;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  // In parts: the whole filter of a large file is larger than a shard of the cache, and would be read for every question.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = 4096;
  table.pin_top_level_index_and_filter = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  cf.write_buffer_size = 16 << 20;
  // Most keys that are asked for are not among what was written last.
  cf.memtable_whole_key_filtering = true;
  cf.memtable_prefix_bloom_size_ratio = 0.02;
  cf.compression = rocksdb::kLZ4Compression;
  cf.bottommost_compression = rocksdb::kZSTD;
  cf.level_compaction_dynamic_level_bytes = true;
  if (family == Family::raw) {
    cf.enable_blob_files = true;
    cf.min_blob_size = 1024;
    cf.compression = rocksdb::kNoCompression;  // bodies come compressed
    cf.bottommost_compression = rocksdb::kNoCompression;
    cf.enable_blob_garbage_collection = true;
  }
  if (family == Family::sketch) {
    // A dozen anchors are looked up for every ad, and most of them nobody else has.
    cf.prefix_extractor.reset(rocksdb::NewCappedPrefixTransform(kSketchPrefix));
    cf.memtable_prefix_bloom_size_ratio = 0.05;
  }
  if (family == Family::log) cf.optimize_filters_for_hits = true;
  cf.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return cf;
}

/// All families over one cache. RocksDB wants a family "default" first; we keep nothing in it.
std::vector<rocksdb::ColumnFamilyDescriptor> families_of(std::size_t cache_bytes) {
  const auto cache = rocksdb::NewLRUCache(cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, family_options(Family::meta, cache));
  for (std::size_t i = 0; i < kFamilies; ++i) {
    const auto family = static_cast<Family>(i);
    families.emplace_back(std::string(name_of(family)), family_options(family, cache));
  }
  return families;
}

Status scan_with(rocksdb::Iterator& it, std::string_view from, std::string_view to, const View::Each& each) {
  for (it.Seek(slice(from)); it.Valid(); it.Next()) {
    if (!to.empty() && view(it.key()) >= to) break;
    if (!each(view(it.key()), view(it.value()))) break;
  }
  return status_of(it.status(), "scan");
}

std::string encode(const Counters& counters) {
  Key key;
  for (const auto n : counters) key.u64(static_cast<std::uint64_t>(n));
  return std::move(key).str();
}

Counters decode_counters(std::string_view bytes) {
  Counters counters{};
  KeyReader reader(bytes);
  for (auto& n : counters) n = static_cast<std::int64_t>(reader.u64());
  return counters;
}

using Handles = std::vector<rocksdb::ColumnFamilyHandle*>;

class GroupTransaction final : public Transaction {
 public:
  GroupTransaction(rocksdb::DB& db, const Handles& handles, Floors& floors)
      : db_(db), handles_(handles), floors_(floors), batch_(rocksdb::BytewiseComparator(), 0, true) {}
  GroupTransaction(const GroupTransaction&) = delete;
  GroupTransaction& operator=(const GroupTransaction&) = delete;
  ~GroupTransaction() override {
    if (!queues_.empty()) floors_.written(queues_);  // after the write, or without one
  }

  Result<std::optional<std::string>> get(Family family, std::string_view key) override {
    std::string value;
    const auto status = batch_.GetFromBatchAndDB(&db_, {}, handle(family), slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>{};
    if (!status.ok()) return error_of(status, name_of(family));
    return std::optional<std::string>(std::move(value));
  }

  Status scan(Family family, std::string_view from, std::string_view to, const Each& each) override {
    rocksdb::ReadOptions read;
    read.total_order_seek = true;
    const auto bound = slice(to);  // keeps the walk off the tombstones behind the range
    if (!to.empty()) read.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> it(
        batch_.NewIteratorWithBase(handle(family), db_.NewIterator(read, handle(family)), &read));
    return scan_with(*it, from, to, each);
  }

  Status put(Family family, std::string_view key, std::string_view value) override {
    // Rows of one queue come in runs, and only one that is lower than those before it tells the floors anything.
    if (const auto queue = Floors::queue_of(family, key); !queue.empty() && (key < lowest_ || !key.starts_with(queue_))) {
      floors_.writing(queue, key);
      queues_.emplace_back(queue);
      queue_ = queue;
      lowest_ = key;
    }
    return status_of(batch_.Put(handle(family), slice(key), slice(value)), name_of(family));
  }
  Status erase(Family family, std::string_view key) override {
    return status_of(batch_.Delete(handle(family), slice(key)), name_of(family));
  }
  bool nothing_queued(std::string_view queue) override { return floors_.look(queue).empty; }
  void count(Tally counter, std::int64_t change) override { change_[static_cast<std::size_t>(counter)] += change; }

  /// Runs one fact; what it wrote stays only when it answers success.
  Status run(const Engine::Fact& fact) {
    const auto before = change_;
    batch_.SetSavePoint();
    auto done = fact(*this);
    if (done) {
      (void)batch_.PopSavePoint();
      return done;
    }
    change_ = before;
    if (const auto back = batch_.RollbackToSavePoint(); !back.ok()) return error_of(back, "roll back");
    return done;
  }

  rocksdb::WriteBatch* batch() { return batch_.GetWriteBatch(); }
  const Counters& change() const { return change_; }

 private:
  rocksdb::ColumnFamilyHandle* handle(Family family) { return handles_[static_cast<std::size_t>(family)]; }

  rocksdb::DB& db_;
  const Handles& handles_;
  Floors& floors_;
  std::vector<std::string> queues_;  // as told to the floors, to be taken back
  std::string queue_ = "\xff", lowest_;  // of the last one
  rocksdb::WriteBatchWithIndex batch_;
  Counters change_{};
};

class RocksEngine final : public Engine {
 public:
  RocksEngine(EngineOptions options, std::string scratch)
      : options_(std::move(options)), scratch_(std::move(scratch)), writers_(options_.group_commit) {}
  ~RocksEngine() override {
    close_blobs();
    for (auto* handle : handles_) (void)db_->DestroyColumnFamilyHandle(handle);
    if (db_) (void)db_->Close();
    db_.reset();
    std::error_code ignored;
    if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
  }

  Status start() {
    const auto families = families_of(options_.cache_bytes);
    rocksdb::DB* db = nullptr;
    Handles handles;
    const auto db_options = database_options(options_);
    const auto opened =
        options_.read_only
            ? rocksdb::DB::OpenAsSecondary(db_options, options_.folder, scratch_, families, &handles, &db)
            : rocksdb::DB::Open(db_options, options_.folder, families, &handles, &db);
    if (!opened.ok()) return error_of(opened, "open");
    db_.reset(db);
    (void)db_->DestroyColumnFamilyHandle(handles.front());
    handles.erase(handles.begin());
    handles_ = std::move(handles);
    if (auto fresh = refresh(); !fresh) return fresh;
    return load_counters();
  }

  Result<std::optional<std::string>> get(Family family, std::string_view key) override {
    if (options_.read_only && family == Family::raw) return get_blob(key);
    std::string value;
    auto status = db_->Get({}, handle(family), slice(key), &value);
    // Beside a writer a file may have gone since we looked; what took its place is one step on.
    if (options_.read_only && (status.IsIOError() || status.IsCorruption())) {
      if (db_->TryCatchUpWithPrimary().ok()) status = db_->Get({}, handle(family), slice(key), &value);
    }
    if (status.IsNotFound()) return std::optional<std::string>{};
    if (!status.ok()) return error_of(status, name_of(family));
    return std::optional<std::string>(std::move(value));
  }

  Status scan(Family family, std::string_view from, std::string_view to, const Each& each) override {
    rocksdb::ReadOptions read;
    read.total_order_seek = true;
    const auto bound = slice(to);
    if (!to.empty()) read.iterate_upper_bound = &bound;
    if (options_.read_only && family == Family::raw) {
      if (auto opened = open_blobs(); !opened) return opened;
      const std::unique_ptr<rocksdb::Iterator> blobs(blobs_->NewIterator(read, blob_handles_[static_cast<std::size_t>(family)]));
      return scan_with(*blobs, from, to, each);
    }
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(read, handle(family)));
    return scan_with(*it, from, to, each);
  }

  Status scan_prefixes(Family family, const std::vector<std::string>& prefixes, std::size_t limit, const EachOf& each) override {
    rocksdb::ReadOptions read;
    const bool whole = std::all_of(prefixes.begin(), prefixes.end(), [](const std::string& prefix) { return prefix.size() >= kSketchPrefix; });
    read.total_order_seek = family != Family::sketch || !whole;  // else files that have nothing of it are passed by
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(read, handle(family)));
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
      std::size_t found = 0;
      for (it->Seek(slice(prefixes[i])); it->Valid() && found < limit && view(it->key()).starts_with(prefixes[i]); it->Next(), ++found) {
        each(i, view(it->key()));
      }
    }
    return status_of(it->status(), "scan");
  }

  Status scan_queue(Family family, std::string_view queue, const Each& each) override {
    if (options_.read_only) return scan_prefix(family, queue, each);  // another process writes
    const auto look = floors_.look(queue);
    if (look.empty) return {};
    std::optional<std::string> first;
    const auto walked = scan(family, look.from.empty() ? queue : look.from, after_prefix(queue), [&](std::string_view key, std::string_view value) {
      if (!first) first = key;
      return each(key, value);
    });
    if (walked) floors_.found(queue, look, first.value_or(std::string{}));
    return walked;
  }

  Result<std::vector<std::string>> first_of(Family family, const std::vector<std::string>& queues) override {
    std::vector<std::string> firsts(queues.size());
    std::vector<Floors::Look> looks(queues.size());
    bool any = false;
    for (std::size_t i = 0; i < queues.size(); ++i) {  // all of them before the one view that answers
      if (!options_.read_only) looks[i] = floors_.look(queues[i]);
      any = any || !looks[i].empty;
    }
    if (!any) return firsts;
    const auto end = after_prefix(queues.back());
    const auto bound = slice(end);
    rocksdb::ReadOptions read;
    read.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(read, handle(family)));
    for (std::size_t i = 0; i < queues.size(); ++i) {
      if (looks[i].empty) continue;
      it->Seek(slice(looks[i].from.empty() ? queues[i] : looks[i].from));
      if (!it->status().ok()) return error_of(it->status(), "scan");
      if (it->Valid() && view(it->key()).starts_with(queues[i])) firsts[i] = view(it->key());
      if (!options_.read_only) floors_.found(queues[i], looks[i], firsts[i]);
    }
    return firsts;
  }

  Status write(Durability durability, const Fact& fact) override {
    auto answers = write_all(durability, {fact});
    return std::move(answers.front());
  }

  std::vector<Status> write_all(Durability durability, const std::vector<Fact>& facts) override {
    if (options_.read_only) return std::vector<Status>(facts.size(), fail(Errc::refused, "the store was opened for reading"));
    return writers_.submit(durability, facts, [this](const auto& group) { commit(group); });
  }

  Counters counters() override {
    if (options_.read_only) (void)load_counters();
    std::lock_guard lock(counters_mutex_);
    return counters_;
  }

  Status refresh() override {
    if (!options_.read_only) return {};
    return status_of(db_->TryCatchUpWithPrimary(), "catch up with the writer");
  }

  Status checkpoint(const std::string& folder) override {
    rocksdb::Checkpoint* made = nullptr;
    if (auto status = rocksdb::Checkpoint::Create(db_.get(), &made); !status.ok()) return error_of(status, "checkpoint");
    const std::unique_ptr<rocksdb::Checkpoint> owned(made);
    return status_of(owned->CreateCheckpoint(folder), "checkpoint");
  }

  Status compact() override {
    rocksdb::CompactRangeOptions how;
    how.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    how.blob_garbage_collection_policy = rocksdb::BlobGarbageCollectionPolicy::kForce;
    how.blob_garbage_collection_age_cutoff = 1.0;
    for (auto* handle : handles_) {
      if (auto status = db_->Flush({}, handle); !status.ok()) return error_of(status, "flush");
      if (auto status = db_->CompactRange(how, handle, nullptr, nullptr); !status.ok()) return error_of(status, "compact");
    }
    return {};
  }

 private:
  // A secondary instance of RocksDB 7.8 reads a blob file through a session id that it never had, and crashes. Raw
  // bodies are read through a read-only view of their own, opened when first needed, and again when the writer has
  // moved a file away under it.
  Status open_blobs() {
    if (blobs_) return {};
    const auto families = families_of(options_.cache_bytes / 4);
    rocksdb::Status opened;
    for (int attempt = 0; attempt < 5; ++attempt) {  // a compaction may take a file away between the list and the look
      rocksdb::DB* db = nullptr;
      Handles handles;
      opened = rocksdb::DB::OpenForReadOnly(database_options(options_), options_.folder, families, &handles, &db);
      if (!opened.ok()) continue;
      blobs_.reset(db);
      (void)blobs_->DestroyColumnFamilyHandle(handles.front());
      handles.erase(handles.begin());
      blob_handles_ = std::move(handles);
      return {};
    }
    return error_of(opened, "open for raw bodies");
  }
  void close_blobs() {
    for (auto* handle : blob_handles_) (void)blobs_->DestroyColumnFamilyHandle(handle);
    blob_handles_.clear();
    blobs_.reset();
  }
  Result<std::optional<std::string>> get_blob(std::string_view key) {
    std::string value;
    rocksdb::Status status;
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (auto opened = open_blobs(); !opened) return std::move(opened).error();
      status = blobs_->Get({}, blob_handles_[static_cast<std::size_t>(Family::raw)], slice(key), &value);
      if (status.ok()) return std::optional<std::string>(std::move(value));
      if (attempt == 0) close_blobs();  // newer than the view, or its file has gone
    }
    if (status.IsNotFound()) return std::optional<std::string>{};
    return error_of(status, name_of(Family::raw));
  }

  /// Only the leader is here: reads, decides and writes for the whole group.
  void commit(const std::vector<GroupCommit::Waiting*>& group) {
    GroupTransaction transaction(*db_, handles_, floors_);
    bool synced = false;
    for (auto* waiting : group) {
      for (std::size_t i = 0; i < waiting->facts.size(); ++i) waiting->answers[i] = transaction.run(waiting->facts[i]);
      synced = synced || waiting->durability == Durability::synced;
    }
    const auto written = flush(transaction, synced);
    if (written) return;
    for (auto* waiting : group) {
      for (auto& answer : waiting->answers) {
        if (answer) answer = written;
      }
    }
  }

  Status flush(GroupTransaction& transaction, bool synced) {
    if (transaction.batch()->Count() == 0) return {};
    auto counters = counters_;
    bool counted = false;
    for (std::size_t i = 0; i < kTallies; ++i) {
      counters[i] += transaction.change()[i];
      counted = counted || transaction.change()[i] != 0;
    }
    if (counted) {
      if (auto put = transaction.put(Family::meta, "totals", encode(counters)); !put) return put;
    }
    rocksdb::WriteOptions how;
    how.sync = synced;
    if (auto awake = wake_up(); !awake) return awake;
    const auto status = db_->Write(how, transaction.batch());
    full_ = status.IsNoSpace() || (full_ && !status.ok());
    if (!status.ok()) return error_of(status, "write");
    room_since_.reset();
    std::lock_guard lock(counters_mutex_);
    counters_ = counters;
    return {};
  }

  /// After a write that met a full disk. RocksDB comes back by itself where that write was the first to meet it, and where a
  /// flush was, when asked to; not where it could begin no new log. Then the store must be opened again, once there is room.
  Status wake_up() {
    if (!full_) return {};
    const auto back = db_->Resume();
    if (back.ok() || back.IsBusy()) return {};
    std::uint64_t room = 0;
    if (!db_->GetFileSystem()->GetFreeSpace(options_.folder, {}, &room, nullptr).ok() || room < kRoomToWrite) room_since_.reset();
    else if (!room_since_) room_since_ = std::chrono::steady_clock::now();
    if (!room_since_ || std::chrono::steady_clock::now() - *room_since_ < kPatienceWithRoom) return error_of(back, "write");
    return fail(Errc::storage, "a full disk stopped the store, and there is room again: it must be opened again");
  }

  Status load_counters() {
    auto row = get(Family::meta, "totals");
    if (!row) return std::move(row).error();
    std::lock_guard lock(counters_mutex_);
    if (*row) counters_ = decode_counters(**row);
    return {};
  }

  rocksdb::ColumnFamilyHandle* handle(Family family) { return handles_[static_cast<std::size_t>(family)]; }

  const EngineOptions options_;
  const std::string scratch_;  // a reader's own folder; removed with it
  std::unique_ptr<rocksdb::DB> db_, blobs_;
  Handles handles_, blob_handles_;

  GroupCommit writers_;
  Floors floors_;

  // Only the leader is here.
  bool full_ = false;
  std::optional<std::chrono::steady_clock::time_point> room_since_;

  std::mutex counters_mutex_;  // counters_, for readers; only the leader writes it
  Counters counters_{};
};

Result<std::string> make_scratch() {
  std::error_code error;
  auto name = (fs::temp_directory_path(error) / "vigie-reader-XXXXXX").string();
  if (error || !::mkdtemp(name.data())) return fail(Errc::storage, "no temporary folder for reading");
  return name;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::open(const EngineOptions& options) {
  std::string scratch;
  if (options.read_only) {
    std::error_code error;
    if (!fs::exists(options.folder + "/CURRENT", error)) return fail(Errc::not_found, "no store here: " + options.folder);
    auto made = make_scratch();
    if (!made) return std::move(made).error();
    scratch = *std::move(made);
  }
  auto engine = std::make_unique<RocksEngine>(options, std::move(scratch));
  if (auto started = engine->start(); !started) return std::move(started).error().in(options.folder);
  return std::unique_ptr<Engine>(std::move(engine));
}

}  // namespace vigie::storage
