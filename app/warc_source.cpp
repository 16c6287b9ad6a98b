#include "app/warc_source.h"

#include <algorithm>

#include <zlib.h>

namespace vigie::app {

struct GzipStream {
  z_stream z{};
  bool usable = false, in_member = false;
  Bytef compressed[32 << 10];

  GzipStream() { usable = inflateInit2(&z, 15 + 16) == Z_OK; }
  ~GzipStream() {
    if (usable) inflateEnd(&z);
  }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
};

WarcSource::WarcSource(std::istream& in) : in_(in) {
  char head[2] = {};
  in_.read(head, 2);
  const bool gzipped = in_.gcount() == 2 && head[0] == '\x1f' && head[1] == '\x8b';
  in_.clear();
  in_.seekg(0);
  if (!gzipped) return;
  gzip_ = std::make_unique<GzipStream>();
  if (!gzip_->usable) error_ = "gzip: cannot start";
}

WarcSource::~WarcSource() = default;

std::string_view WarcSource::peek(std::uint64_t want) {
  while (buffer_.size() - at_ < want && fill()) {
  }
  return std::string_view(buffer_).substr(at_);
}

void WarcSource::skip(std::size_t count) {
  at_ += count;
  offset_ += count;
  if (at_ > (1 << 20)) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
}

bool WarcSource::fill() {
  if (!error_.empty()) return false;
  if (gzip_) return inflate_some();
  char raw[32 << 10];
  in_.read(raw, sizeof raw);
  buffer_.append(raw, static_cast<std::size_t>(in_.gcount()));
  return in_.gcount() > 0;
}

bool WarcSource::refill() {
  auto& g = *gzip_;
  in_.read(reinterpret_cast<char*>(g.compressed), sizeof g.compressed);
  g.z.avail_in = static_cast<uInt>(in_.gcount());
  g.z.next_in = g.compressed;
  return g.z.avail_in > 0;
}

void WarcSource::damage(std::string text) {
  error_ = std::move(text);
  gzip_->in_member = false;
  inflateReset(&gzip_->z);
}

bool WarcSource::inflate_some() {
  auto& g = *gzip_;
  if (g.z.avail_in == 0 && !refill()) {
    if (g.in_member) damage("gzip: the last member is cut off");
    return false;
  }
  char out[64 << 10];
  g.z.next_out = reinterpret_cast<Bytef*>(out);
  g.z.avail_out = sizeof out;
  const int code = inflate(&g.z, Z_NO_FLUSH);
  buffer_.append(out, sizeof out - g.z.avail_out);
  if (code == Z_STREAM_END) {
    ++members_;
    inflateReset(&g.z);
  } else if (code != Z_OK && code != Z_BUF_ERROR) {
    damage(std::string("gzip: ") + (g.z.msg ? g.z.msg : "damaged"));
    return false;
  }
  g.in_member = code != Z_STREAM_END;
  return true;
}

bool WarcSource::recover() {
  buffer_.clear();
  at_ = 0;
  error_.clear();
  if (!gzip_ || !gzip_->usable) return false;
  // Members begin with ID1, ID2, and the one method there is; the search goes on where inflate stopped, so that damaged
  // input is read once, whatever it holds.
  static constexpr Bytef kMagic[] = {0x1f, 0x8b, 0x08};
  auto& z = gzip_->z;
  for (std::size_t seen = 0;;) {
    if (z.avail_in == 0 && !refill()) return false;
    const Bytef byte = *z.next_in;
    ++z.next_in;
    --z.avail_in;
    seen = byte == kMagic[seen] ? seen + 1 : byte == kMagic[0] ? 1 : 0;
    if (seen < 3) continue;
    // The three bytes may have come from the block before: they are fed again from here.
    Bytef magic[] = {0x1f, 0x8b, 0x08};
    const auto next = z.next_in;
    const auto left = z.avail_in;
    z.next_in = magic;
    z.avail_in = 3;
    Bytef nothing = 0;
    z.next_out = &nothing;
    z.avail_out = 1;
    inflate(&z, Z_NO_FLUSH);
    z.next_in = next;
    z.avail_in = left;
    gzip_->in_member = true;
    return true;
  }
}

}  // namespace vigie::app
