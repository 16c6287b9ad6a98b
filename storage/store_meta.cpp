#include "storage/log.h"
#include "storage/rocks_store.h"

namespace vigie::storage {

namespace {

/// The next value of a number that only grows, kept under `name`.
Result<std::int64_t> next_number(Engine& engine, const std::string& name) {
  std::uint64_t next = 0;
  const auto written = engine.write(Durability::synced, [&](Transaction& t) -> Status {
    auto row = t.get(Family::meta, name);
    if (!row) return std::move(row).error();
    next = 1;
    if (*row) next = KeyReader(**row).u64() + 1;
    return t.put(Family::meta, name, Key().u64(next).str());
  });
  if (!written) return std::move(written).error();
  return static_cast<std::int64_t>(next);
}

}  // namespace

Status write_log(Transaction& t, const std::vector<LogEntry>& entries) {
  if (entries.empty()) return {};
  auto head = t.get(Family::meta, "log-head");
  if (!head) return std::move(head).error();
  std::uint64_t sequence = 0;
  std::string previous;
  if (*head) {
    KeyReader reader(**head);
    sequence = reader.u64();
    previous = reader.rest();
  }
  for (auto entry : entries) {
    chain(entry, static_cast<std::int64_t>(++sequence), previous);
    previous = entry.hash();
    if (auto put = put_message(t, Family::log, Key().u64(sequence).str(), entry); !put) return put;
  }
  return t.put(Family::meta, "log-head", Key().u64(sequence).rest(previous).str());
}

Status RocksStore::append_log(const std::vector<LogEntry>& entries) {
  return engine_->write(Durability::synced, [&](Transaction& t) { return write_log(t, entries); });
}

Status RocksStore::each_log(const std::function<bool(const LogEntry&)>& each) {
  return scan_messages<LogEntry>(*engine_, Family::log, "", [&](std::string_view, const LogEntry& entry) { return each(entry); });
}

Result<LogCheck> check_log(View& view) {
  LogCheck result;
  std::int64_t sequence = 0;
  std::string previous;
  const auto walked = view.scan_prefix(Family::log, "", [&](std::string_view, std::string_view bytes) {
    ++result.entries;
    LogEntry entry;
    if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      result.faults.push_back("log entry " + std::to_string(++sequence) + ": cannot be read");
      return true;
    }
    if (auto wrong = fault_of(entry, ++sequence, previous); !wrong.empty()) result.faults.push_back(std::move(wrong));
    sequence = entry.sequence();
    previous = entry.hash();
    return true;
  });
  if (!walked) return walked.error();
  const auto head = view.get(Family::meta, "log-head");
  if (!head) return head.error();
  const auto expected = *head ? **head : std::string{};
  const auto found = sequence == 0 ? std::string{} : Key().u64(static_cast<std::uint64_t>(sequence)).rest(previous).str();
  if (expected != found) result.faults.push_back("log: its end is missing");
  return result;
}

Result<LogCheck> RocksStore::verify_log() { return check_log(*engine_); }

Result<std::int64_t> RocksStore::next_alert_number(int year) {
  return next_number(*engine_, "alert-number/" + std::to_string(year));
}

Result<std::int64_t> RocksStore::begin_run(Instant) { return next_number(*engine_, "run"); }

Result<SiteState> RocksStore::site(std::string_view site) {
  auto found = get_message<SiteState>(*engine_, Family::meta, "site/" + std::string(site));
  if (!found) return std::move(found).error();
  if (*found) return **std::move(found);
  SiteState fresh;
  fresh.set_site(std::string(site));
  return fresh;
}

Status RocksStore::put_site(const SiteState& state) {
  return engine_->write(Durability::synced,
                        [&](Transaction& t) { return put_message(t, Family::meta, "site/" + state.site(), state); });
}

Result<Totals> RocksStore::totals() {
  const auto counted = engine_->counters();
  const auto of = [&](Tally counter) { return counted[static_cast<std::size_t>(counter)]; };
  Totals totals;
  totals.visits = of(Tally::visits);
  totals.hosts = of(Tally::hosts);
  totals.ads = of(Tally::ads);
  totals.versions = of(Tally::versions);
  totals.raw_bodies = of(Tally::raw_bodies);
  totals.alerts = of(Tally::alerts);
  totals.outgoing = of(Tally::outgoing);
  return totals;
}

Result<std::vector<std::string>> RocksStore::check() { return check_store(*engine_); }

}  // namespace vigie::storage
