#include "app/warc.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "app/warc_judge.h"
#include "app/warc_source.h"
#include "core/text.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostHead = 64 << 10;
constexpr int kMostFaults = 1000;  // of one file; the rest is counted

bool is_version_line(std::string_view line) { return text::starts_with_ci(line, "WARC/"); }

class Reader {
 public:
  Reader(WarcSource& source, const std::function<bool(WarcRecord&&)>& each, const std::function<void(const WarcFault&)>& fault)
      : source_(source), each_(each), fault_(fault) {}

  void run() {
    while (next()) {
    }
    if (source_.members() == 1 && records_ > 1) say(0, true, "gzip: all records share one member; none can be reached alone");
    if (records_ == 0 && faults_ == 0) say(0, false, "not a WARC file: no record in it");
    if (faults_ > kMostFaults) fault_({source_.offset(), true, std::to_string(faults_ - kMostFaults) + " further faults are not listed"});
  }

 private:
  void say(std::uint64_t offset, bool warning, std::string text) {
    if (++faults_ <= kMostFaults) fault_({offset, warning, std::move(text)});
  }

  // One line without its end; `bare`: it ended without CR. Empty optional: the line is cut off or too long.
  std::optional<std::string> line(bool& bare) {
    for (std::size_t want = 512;; want *= 2) {
      const auto seen = source_.peek(want);
      const auto end = seen.substr(0, kMostHead + 1).find('\n');
      if (end != std::string_view::npos) {
        std::string text(seen.substr(0, end));
        source_.skip(end + 1);
        bare = text.empty() || text.back() != '\r';
        if (!bare) text.pop_back();
        return text;
      }
      if (seen.size() < want || want > kMostHead) return std::nullopt;
    }
  }

  bool next() {
    const auto start = source_.offset();
    if (source_.peek(1).empty()) return damaged_but_goes_on();
    bool bare = false;
    auto version = line(bare);
    if (!version || !is_version_line(*version)) {
      if (start == 0) {
        const bool arc = version && version->starts_with("filedesc://");
        say(start, false, arc ? "not a WARC file but an ARC file" : "not a WARC file: no version line");
        return false;
      }
      say(start, false, "garbage after a record: no version line");
      if (!version) source_.skip(1);  // a line without end, which may well begin like a record
      return find_record(version.has_value());
    }
    WarcRecord record;
    record.offset = start;
    record.version = version->substr(5);
    if (bare) say(start, false, "version line ends without a carriage return");
    static const std::set<std::string> kVersions{"0.17", "0.18", "1.0", "1.1"};
    if (!kVersions.contains(record.version)) say(start, true, "unknown version " + text::escape_control(record.version.substr(0, 40)));
    places_.clear();
    if (!fields(record)) return find_record();
    return block(record);
  }

  // At the end of what can be read: a damaged gzip member costs what it holds, and the next one is looked for.
  bool damaged_but_goes_on() {
    if (source_.error().empty()) return false;
    say(source_.offset(), false, source_.error());
    return source_.recover();
  }

  // Goes on to the next line that can begin a record; what lies between is lost. False: there is none.
  bool find_record(bool line_begins = true) {
    for (;;) {
      const auto seen = source_.peek(5);
      if (seen.empty()) {
        if (!damaged_but_goes_on()) return false;
        line_begins = true;
        continue;
      }
      if (line_begins && is_version_line(seen)) return true;
      const auto end = seen.find('\n');
      line_begins = end != std::string_view::npos;
      source_.skip(line_begins ? end + 1 : seen.size());
    }
  }

  bool fields(WarcRecord& record) {
    bool bare = false, told_bare = false, told_line = false;
    std::size_t total = 0;
    for (;;) {
      const auto at = source_.offset();
      auto text = line(bare);
      total += text ? text->size() + 2 : 0;
      if (!text || total > kMostHead) {
        say(at, false, "header of the record is cut off or over 64 KiB");
        return false;
      }
      if (bare && !told_bare && !text->empty()) say(at, false, "header line ends without a carriage return");
      told_bare = told_bare || bare;
      if (text->empty()) return true;
      if (!text::valid_utf8(*text)) say(at, true, "header line is not UTF-8");
      if ((text->front() == ' ' || text->front() == '\t') && !record.fields.empty()) {
        auto& value = record.fields.back().second;  // folded line
        value.append(value.empty() ? "" : " ").append(text::trim(*text));
        continue;
      }
      const auto colon = text->find(':');
      if (colon == std::string::npos || colon == 0) {
        if (!told_line) say(at, false, "header line is no field: " + text::escape_control(text->substr(0, 40)));
        told_line = true;
        continue;
      }
      record.fields.emplace_back(text::lower_ascii(text::trim(text->substr(0, colon))), std::string(text::trim(text->substr(colon + 1))));
      places_.emplace(record.fields.back().first, at);
    }
  }

  // The length of the block; empty: not known, and so neither where the record ends.
  std::optional<std::uint64_t> length_of(const WarcRecord& record) {
    const auto* text = record.field("content-length");
    if (!text) {
      say(record.offset, false, "content-length is missing");
      return std::nullopt;
    }
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length);
    if (error == std::errc{} && end == text->data() + text->size()) return length;
    say(places_.at("content-length"), false, "content-length is not a number");
    return std::nullopt;
  }

  bool block(WarcRecord& record) {
    const auto start = record.offset;
    const auto length = length_of(record);
    ++records_;
    const bool whole = length && *length <= kMostWarcBlock;
    bool cut = false;
    if (whole) {
      const auto bytes = source_.peek(*length);
      cut = bytes.size() < *length;
      if (cut) say(start, false, "block is cut off: " + std::to_string(bytes.size()) + " of " + std::to_string(*length) + " bytes");
      record.block = std::string(bytes.substr(0, *length));
      source_.skip(record.block.size());
    } else if (length) {
      say(places_.at("content-length"), false, "block of " + std::to_string(*length) + " bytes is over the limit of 64 MiB");
      cut = !pass_over(*length);
      if (cut) say(start, false, "block is cut off");
    }
    judge_warc_fields(record, [&](const std::string& field, bool warning, std::string text) { say(place(record, field), warning, std::move(text)); });
    if (cut) return true;  // next() finds the end, or the damage
    if (whole) {
      judge_warc_digests(record, [&](const std::string& field, bool warning, std::string text) { say(place(record, field), warning, std::move(text)); });
      if (!each_(std::move(record))) return false;
    }
    if (!length) return find_record();
    finish(start);
    return true;
  }

  std::uint64_t place(const WarcRecord& record, const std::string& field) const {
    const auto at = places_.find(field);
    return at == places_.end() ? record.offset : at->second;
  }

  bool pass_over(std::uint64_t count) {
    while (count > 0) {
      const auto got = std::min<std::uint64_t>(source_.peek(1).size(), count);
      if (got == 0) return false;
      source_.skip(static_cast<std::size_t>(got));
      count -= got;
    }
    return true;
  }

  // Two line ends close a record. More or fewer are lived with, as long as the next record can be found.
  void finish(std::uint64_t start) {
    std::uint64_t ends = 0;
    for (;; ++ends) {
      const auto seen = source_.peek(2);
      const std::size_t end = seen.starts_with("\r\n") ? 2 : seen.starts_with("\n") ? 1 : 0;
      if (end == 0) break;
      source_.skip(end);
    }
    if (ends != 2) say(start, true, "record is closed by " + std::to_string(ends) + " line ends instead of 2");
  }

  WarcSource& source_;
  const std::function<bool(WarcRecord&&)>& each_;
  const std::function<void(const WarcFault&)>& fault_;
  std::map<std::string, std::uint64_t> places_;  // where the fields of the current record stand, the first of each name
  std::uint64_t records_ = 0;
  int faults_ = 0;
};

}  // namespace

const std::string* WarcRecord::field(std::string_view lower_name) const {
  for (const auto& [name, value] : fields) {
    if (name == lower_name) return &value;
  }
  return nullptr;
}

Status read_warc(const std::string& path, const std::function<bool(WarcRecord&&)>& each,
                 const std::function<void(const WarcFault&)>& fault) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::not_found, path + ": cannot be read");
  return read_warc(file, each, fault);
}

Status read_warc(std::istream& in, const std::function<bool(WarcRecord&&)>& each,
                 const std::function<void(const WarcFault&)>& fault) {
  WarcSource source(in);
  Reader(source, each, fault).run();
  return {};
}

}  // namespace vigie::app
