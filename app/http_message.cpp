#include "app/http_message.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include <brotli/decode.h>
#include <zlib.h>

#include "core/text.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostHeaders = 64 << 10;
constexpr std::size_t kChunk = 64 << 10;

// Window bits: 15 + 32 reads gzip and zlib by their heads; -15 reads a bare deflate stream.
Result<std::string> inflate_with(std::string_view bytes, std::size_t limit, int window_bits) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return fail(Errc::malformed, "inflate: cannot start");
  const std::unique_ptr<z_stream, void (*)(z_stream*)> guard(&stream, [](z_stream* s) { inflateEnd(s); });
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::string chunk(kChunk, '\0');
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
    if (out.size() > limit) return fail(Errc::too_large, "decoded body over limit");
    if (code == Z_STREAM_END) {
      if (stream.avail_in == 0) return out;
      if (inflateReset(&stream) != Z_OK) return fail(Errc::malformed, "inflate: cannot go on");  // next gzip member
      continue;
    }
    if (code != Z_OK) return fail(Errc::malformed, std::string("inflate: ") + (stream.msg ? stream.msg : "stream is cut off"));
    if (stream.avail_in == 0 && stream.avail_out > 0) return fail(Errc::malformed, "inflate: stream is cut off");
  }
}

Result<std::string> unbrotli(std::string_view bytes, std::size_t limit) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  std::string out;
  std::string chunk(kChunk, '\0');
  for (;;) {
    auto* to = reinterpret_cast<std::uint8_t*>(chunk.data());
    std::size_t room = chunk.size();
    const auto code = BrotliDecoderDecompressStream(state.get(), &left, &next, &room, &to, nullptr);
    out.append(chunk.data(), chunk.size() - room);
    if (out.size() > limit) return fail(Errc::too_large, "decoded body over limit");
    if (code == BROTLI_DECODER_RESULT_SUCCESS) return out;
    if (code != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) return fail(Errc::malformed, "brotli: stream is damaged or cut off");
  }
}

// Joins chunks. Empty result with a fault: the framing is not there.
bool join_chunks(std::string_view bytes, std::string& out, std::string& fault) {
  while (true) {
    const auto end = bytes.find("\r\n");
    if (end == std::string_view::npos || end > 64) {
      fault = "chunk framing is announced but not there";
      return false;
    }
    auto size_text = text::trim(bytes.substr(0, std::min(end, bytes.find(';'))));
    std::size_t size = 0;
    const auto [last, error] = std::from_chars(size_text.data(), size_text.data() + size_text.size(), size, 16);
    if (size_text.empty() || error != std::errc{} || last != size_text.data() + size_text.size()) {
      fault = "chunk size is not a number";
      return false;
    }
    bytes.remove_prefix(end + 2);
    if (size == 0) return true;
    if (size > bytes.size()) {
      fault = "last chunk is cut off";
      out.append(bytes);
      return true;
    }
    out.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
    if (bytes.empty()) {
      fault = "the closing chunk is missing";
      return true;
    }
  }
}

void read_fields(std::string_view block, HttpMessage& message) {
  for (auto line : text::split(block, '\n')) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    message.fields.emplace_back(text::lower_ascii(text::trim(line.substr(0, colon))), std::string(text::trim(line.substr(colon + 1))));
  }
}

}  // namespace

const std::string* HttpMessage::field(std::string_view lower_name) const {
  for (const auto& [name, value] : fields) {
    if (name == lower_name) return &value;
  }
  return nullptr;
}

Result<std::string> inflate_gzip(std::string_view bytes, std::size_t limit) { return inflate_with(bytes, limit, 15 + 32); }

Result<HttpMessage> read_http_response(std::string_view bytes, std::size_t limit) {
  HttpMessage message;
  if (!bytes.starts_with("HTTP/")) return fail(Errc::malformed, "no HTTP status line");
  auto split = bytes.find("\r\n\r\n");
  std::size_t gap = 4;
  const auto bare = bytes.find("\n\n");
  if (bare < split) {
    split = bare;
    gap = 2;
  }
  const auto head = bytes.substr(0, split);
  if (head.size() > kMostHeaders) return fail(Errc::too_large, "header block over 64 KiB");
  const auto body = split == std::string_view::npos ? std::string_view() : bytes.substr(split + gap);
  message.headers = std::string(head);
  const auto line_end = std::min(head.find('\n'), head.size());
  const auto blank = head.find(' ');
  if (blank == std::string_view::npos || blank > line_end) return fail(Errc::malformed, "status line has no status");
  std::from_chars(head.data() + blank + 1, head.data() + line_end, message.status);
  if (message.status < 100 || message.status > 599) return fail(Errc::malformed, "status is not a number from 100 to 599");
  read_fields(head.substr(line_end), message);

  if (const auto* coding = message.field("transfer-encoding"); coding && text::lower_ascii(*coding).ends_with("chunked")) {
    std::string joined, fault;
    const bool framed = join_chunks(body, joined, fault);
    if (!fault.empty()) message.faults.push_back(fault);
    message.body = framed ? std::move(joined) : std::string(body);
  } else {
    message.body = std::string(body);
  }
  const auto* coding = message.field("content-encoding");
  if (!coding || message.body.empty()) return message;
  const auto name = text::lower_ascii(*coding);
  Result<std::string> decoded = fail(Errc::refused, "content coding " + text::escape_control(name) + " is not read");
  if (name == "gzip" || name == "x-gzip" || name == "deflate") {
    decoded = inflate_with(message.body, limit, 15 + 32);
    if (!decoded && name == "deflate") decoded = inflate_with(message.body, limit, -15);
  } else if (name == "br") {
    decoded = unbrotli(message.body, limit);
  } else if (name == "identity") {
    return message;
  }
  if (!decoded) {
    if (decoded.error().code == Errc::too_large) return std::move(decoded).error();
    message.faults.push_back(decoded.error().text);  // stored decoded, with the header left on: read it as it is
    return message;
  }
  message.body = *std::move(decoded);
  return message;
}

}  // namespace vigie::app
