#include "app/warc.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>

#include <openssl/evp.h>
#include <zlib.h>

#include "core/text.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostHead = 64 << 10;

// Bytes of the file, decompressed when it is gzipped. `error` is set when the compressed stream is damaged.
class Source {
 public:
  explicit Source(const std::string& path) : in_(path, std::ios::binary) {
    if (!in_) return;
    const int first = in_.get(), second = in_.get();
    gzip_ = first == 0x1f && second == 0x8b;
    in_.clear();
    in_.seekg(0);
    if (gzip_) inflateInit2(&stream_, 15 + 16);
  }
  ~Source() {
    if (gzip_) inflateEnd(&stream_);
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  bool opened() const { return static_cast<bool>(in_) || eof_; }
  const std::string& error() const { return error_; }
  std::uint64_t offset() const { return offset_; }

  /// Bytes that can be looked at; grows the view to `want` if the file has as much.
  std::string_view peek(std::size_t want) {
    while (buffer_.size() - at_ < want && fill()) {
    }
    return std::string_view(buffer_).substr(at_);
  }
  void skip(std::size_t count) {
    at_ += count;
    offset_ += count;
    if (at_ > (1 << 20)) {
      buffer_.erase(0, at_);
      at_ = 0;
    }
  }

 private:
  bool fill() {
    if (!error_.empty()) return false;
    char raw[32 << 10];
    if (!gzip_) {
      in_.read(raw, sizeof raw);
      const auto got = in_.gcount();
      if (got <= 0) return eof_ = true, false;
      buffer_.append(raw, static_cast<std::size_t>(got));
      return true;
    }
    return inflate_some();
  }

  bool inflate_some() {
    if (stream_.avail_in == 0) {
      in_.read(reinterpret_cast<char*>(compressed_), sizeof compressed_);
      stream_.avail_in = static_cast<uInt>(in_.gcount());
      stream_.next_in = compressed_;
      if (stream_.avail_in == 0) {
        if (in_member_) error_ = "gzip: the last member is cut off";
        return eof_ = true, false;
      }
    }
    char out[64 << 10];
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = sizeof out;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    in_member_ = code != Z_STREAM_END;
    buffer_.append(out, sizeof out - stream_.avail_out);
    if (code == Z_STREAM_END) inflateReset(&stream_);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      error_ = std::string("gzip: ") + (stream_.msg ? stream_.msg : "damaged");
      return false;
    }
    return true;
  }

  std::ifstream in_;
  bool gzip_ = false, eof_ = false, in_member_ = false;
  z_stream stream_{};
  Bytef compressed_[32 << 10];
  std::string buffer_, error_;
  std::size_t at_ = 0;
  std::uint64_t offset_ = 0;
};

class Reader {
 public:
  Reader(Source& source, const std::function<bool(WarcRecord&&)>& each, const std::function<void(const WarcFault&)>& fault)
      : source_(source), each_(each), fault_(fault) {}

  void run() {
    while (next()) {
    }
    if (!source_.error().empty()) say(source_.offset(), false, source_.error());
    if (records_ == 0 && source_.error().empty() && !said_) say(0, false, "not a WARC file: no record in it");
  }

 private:
  void say(std::uint64_t offset, bool warning, std::string text) {
    said_ = true;
    fault_({offset, warning, std::move(text)});
  }

  // One line without its end; `bare`: it ended without CR. Empty optional: end of file or too long.
  std::optional<std::string> line(bool& bare) {
    for (std::size_t want = 512;; want *= 2) {
      const auto seen = source_.peek(want);
      const auto end = seen.find('\n');
      if (end != std::string_view::npos && end <= kMostHead) {
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
    if (source_.peek(1).empty()) return false;
    bool bare = false;
    auto version = line(bare);
    if (!version || !version->starts_with("WARC/")) {
      const bool arc = start == 0 && version && version->starts_with("filedesc://");
      say(start, false, arc ? "not a WARC file but an ARC file" : records_ == 0 ? "not a WARC file: no version line"
                                                                              : "garbage after a record: no version line");
      return false;
    }
    WarcRecord record;
    record.offset = start;
    record.version = version->substr(5);
    if (bare) say(start, false, "version line ends without a carriage return");
    const std::set<std::string> versions{"0.17", "0.18", "1.0", "1.1"};
    if (!versions.contains(record.version)) say(start, true, "unknown version " + text::escape_control(record.version));
    if (!fields(record)) return false;
    return block(record);
  }

  bool fields(WarcRecord& record) {
    bool bare = false, told_bare = false;
    std::size_t total = 0;
    for (;;) {
      const auto at = source_.offset();
      auto text = line(bare);
      if (!text) {
        say(at, false, "header of the record is cut off or over 64 KiB");
        return false;
      }
      if (bare && !told_bare && !text->empty()) {
        say(at, false, "header line ends without a carriage return");
        told_bare = true;
      }
      if (text->empty()) return true;
      total += text->size();
      if (total > kMostHead) {
        say(at, false, "header of the record is over 64 KiB");
        return false;
      }
      if ((text->front() == ' ' || text->front() == '\t') && !record.fields.empty()) {
        record.fields.back().second += " " + std::string(text::trim(*text));  // folded line
        continue;
      }
      const auto colon = text->find(':');
      if (colon == std::string::npos || colon == 0) {
        say(at, false, "header line is no field: " + text::escape_control(text->substr(0, 40)));
        continue;
      }
      if (!text::valid_utf8(*text)) say(at, true, "header line is not UTF-8");
      record.fields.emplace_back(text::lower_ascii(text::trim(text->substr(0, colon))), std::string(text::trim(text->substr(colon + 1))));
    }
  }

  bool block(WarcRecord& record) {
    const auto start = record.offset;
    const auto* length_text = record.field("content-length");
    std::uint64_t length = 0;
    bool sized = false;
    if (length_text) {
      const auto [end, error] = std::from_chars(length_text->data(), length_text->data() + length_text->size(), length);
      sized = error == std::errc{} && end == length_text->data() + length_text->size() && !length_text->empty();
      if (!sized) say(start, false, "Content-Length is not a number");
    } else {
      say(start, false, "Content-Length is missing");
    }
    ++records_;
    if (length > kMostWarcBlock) {
      say(start, false, "block of " + std::to_string(length) + " bytes is over the limit");
      record.block.clear();
      if (!pass_over(length)) return say(start, false, "block is cut off"), false;
    } else {
      const auto bytes = source_.peek(length);
      if (bytes.size() < length) {
        say(start, false, "block is cut off: " + std::to_string(bytes.size()) + " of " + std::to_string(length) + " bytes");
        source_.skip(bytes.size());
        return false;
      }
      record.block = std::string(bytes.substr(0, length));
      source_.skip(length);
    }
    judge(record);
    const bool go_on = !sized || length > kMostWarcBlock || each_(std::move(record));
    return finish(start) && go_on;
  }

  bool pass_over(std::uint64_t count) {
    while (count > 0) {
      const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(count, 1 << 20));
      const auto got = std::min(source_.peek(step).size(), step);
      if (got == 0) return false;
      source_.skip(got);
      count -= got;
    }
    return true;
  }

  // Two line ends close a record. More or fewer are lived with, as long as the next record can be found.
  bool finish(std::uint64_t start) {
    int ends = 0;
    for (;;) {
      const auto seen = source_.peek(2);
      if (seen.starts_with("\r\n")) {
        source_.skip(2);
      } else if (seen.starts_with("\n")) {
        source_.skip(1);
      } else {
        break;
      }
      ++ends;
    }
    if (ends != 2) say(start, true, "record is closed by " + std::to_string(ends) + " line ends instead of 2");
    return true;
  }

  void judge(const WarcRecord& record);
  void judge_digest(const WarcRecord& record, const char* name, std::string_view bytes);

  Source& source_;
  const std::function<bool(WarcRecord&&)>& each_;
  const std::function<void(const WarcFault&)>& fault_;
  int records_ = 0;
  bool said_ = false;
};

std::string base32(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  unsigned bits = 0, have = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    have += 8;
    while (have >= 5) {
      have -= 5;
      out += kDigits[(bits >> have) & 31];
    }
  }
  if (have > 0) out += kDigits[(bits << (5 - have)) & 31];
  return out;
}

std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &size, algorithm, nullptr) != 1) return "";
  return std::string(reinterpret_cast<char*>(out), size);
}

bool is_uri(std::string_view value) {
  if (value.size() > 2 && value.front() == '<' && value.back() == '>') value = value.substr(1, value.size() - 2);
  const auto colon = value.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == value.size()) return false;
  return std::all_of(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '.' || c == '-'; });
}

void Reader::judge_digest(const WarcRecord& record, const char* name, std::string_view bytes) {
  const auto* value = record.field(name);
  if (!value) return;
  const auto colon = value->find(':');
  const auto algorithm_name = text::lower_ascii(value->substr(0, colon));
  const EVP_MD* algorithm = algorithm_name == "sha1" || algorithm_name == "sha-1" ? EVP_sha1()
                            : algorithm_name == "sha256" || algorithm_name == "sha-256" ? EVP_sha256()
                            : algorithm_name == "md5" ? EVP_md5() : nullptr;
  if (colon == std::string::npos || !algorithm) {
    say(record.offset, colon != std::string::npos, std::string(name) + ": unknown form of digest");
    return;
  }
  const auto want = text::lower_ascii(value->substr(colon + 1));
  const auto have = digest(algorithm, bytes);
  auto stripped = want;
  while (!stripped.empty() && stripped.back() == '=') stripped.pop_back();
  if (stripped != text::lower_ascii(base32(have)) && want != text::to_hex(have)) {
    say(record.offset, false, std::string(name) + " does not match the bytes");
  }
}

void Reader::judge(const WarcRecord& record) {
  static const std::set<std::string> kTypes{"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"};
  static const std::set<std::string> kNeedTarget{"response", "resource", "request", "revisit", "conversion", "continuation"};
  const auto at = record.offset;
  std::set<std::string> seen;
  for (const auto& [name, value] : record.fields) {
    if (value.empty()) say(at, false, name + " is empty");
    const bool ours = name.starts_with("warc-") || name == "content-length" || name == "content-type";
    if (ours && name != "warc-concurrent-to" && !seen.insert(name).second) say(at, false, name + " stands twice");
  }
  const auto value = [&](const char* name) { const auto* f = record.field(name); return f ? *f : std::string(); };
  const auto type = text::lower_ascii(value("warc-type"));
  for (const char* name : {"warc-type", "warc-record-id", "warc-date"}) {
    if (!record.field(name)) say(at, false, std::string(name) + " is missing");
  }
  if (!type.empty() && !kTypes.contains(type)) say(at, true, "unknown type " + text::escape_control(type));
  if (!value("warc-record-id").empty() && !is_uri(value("warc-record-id"))) say(at, false, "warc-record-id is no URI");
  if (!value("warc-date").empty() && !parse_rfc3339(value("warc-date"))) say(at, false, "warc-date is no time");
  if (kNeedTarget.contains(type) && !record.field("warc-target-uri")) say(at, false, "warc-target-uri is missing");
  if (!value("warc-target-uri").empty() && !is_uri(value("warc-target-uri"))) say(at, false, "warc-target-uri is no URI");
  if (type == "warcinfo" && record.field("warc-target-uri")) say(at, true, "warcinfo has a warc-target-uri");
  if (type != "continuation" && !record.block.empty() && !record.field("content-type")) say(at, true, "content-type is missing");
  const auto content_type = value("content-type");
  if (!content_type.empty() && content_type.find('/') == std::string::npos) say(at, false, "content-type is no media type");
  if (type == "warcinfo" && !content_type.empty() && !content_type.starts_with("application/warc-fields")) {
    say(at, true, "content-type of warcinfo is not application/warc-fields");
  }
  const auto segment = value("warc-segment-number");
  if (type == "continuation" && segment.empty()) say(at, false, "continuation without warc-segment-number");
  if (!segment.empty()) {
    const int number = std::atoi(segment.c_str());
    if (number < 1) say(at, false, "warc-segment-number is no number from 1");
    if (type == "continuation" && number == 1) say(at, false, "warc-segment-number of a continuation is 1");
    if (type != "continuation" && number > 1) say(at, false, "warc-segment-number of a first segment is not 1");
  }
  const auto address = value("warc-ip-address");
  if (!address.empty() && address.find_first_not_of("0123456789abcdefABCDEF.:") != std::string::npos) {
    say(at, false, "warc-ip-address is no address");
  }
  judge_digest(record, "warc-block-digest", record.block);
  if (type == "response" && content_type.starts_with("application/http")) {
    const auto split = record.block.find("\r\n\r\n");
    if (split != std::string::npos) judge_digest(record, "warc-payload-digest", std::string_view(record.block).substr(split + 4));
  }
}

}  // namespace

const std::string* WarcRecord::field(std::string_view lower_name) const {
  for (const auto& [name, value] : fields) {
    if (name == lower_name) return &value;
  }
  return nullptr;
}

Status read_warc(const std::string& path, const std::function<bool(WarcRecord&&)>& each,
                 const std::function<void(const WarcFault&)>& fault) {
  Source source(path);
  if (!source.opened()) return fail(Errc::not_found, path + ": cannot be read");
  Reader(source, each, fault).run();
  return {};
}

}  // namespace vigie::app
