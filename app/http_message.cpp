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

// What came of taking a coding off. `cut`: the stream ended too early, `text` is its beginning.
struct Plain {
  std::string text;
  bool cut = false;
};

// Window bits: 15 + 32 reads gzip and zlib by their heads; -15 reads a bare deflate stream.
Result<Plain> inflate_with(std::string_view bytes, std::size_t limit, int window_bits) {
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return fail(Errc::malformed, "inflate: cannot start");
  const std::unique_ptr<z_stream, void (*)(z_stream*)> guard(&stream, [](z_stream* s) { inflateEnd(s); });
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  Plain out;
  std::string chunk(kChunk, '\0');
  for (bool one_read = false;;) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    const int code = inflate(&stream, Z_NO_FLUSH);
    out.text.append(chunk.data(), chunk.size() - stream.avail_out);
    if (out.text.size() > limit) return fail(Errc::too_large, "decoded body over limit");
    if (code == Z_STREAM_END) {
      one_read = true;
      if (stream.avail_in == 0) return out;
      if (inflateReset(&stream) != Z_OK) return fail(Errc::malformed, "inflate: cannot go on");  // next gzip member
      continue;
    }
    // What follows a whole member and is none is left alone, as browsers do.
    if (code == Z_DATA_ERROR && one_read && stream.total_out == 0) return out;
    if (code != Z_OK && code != Z_BUF_ERROR) return fail(Errc::malformed, std::string("inflate: ") + (stream.msg ? stream.msg : "stream is damaged"));
    if (stream.avail_in == 0 && stream.avail_out > 0) {
      out.cut = true;
      return out;
    }
  }
}

Result<Plain> unbrotli(std::string_view bytes, std::size_t limit) {
  const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
      BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), BrotliDecoderDestroyInstance);
  const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  Plain out;
  std::string chunk(kChunk, '\0');
  for (;;) {
    auto* to = reinterpret_cast<std::uint8_t*>(chunk.data());
    std::size_t room = chunk.size();
    const auto code = BrotliDecoderDecompressStream(state.get(), &left, &next, &room, &to, nullptr);
    out.text.append(chunk.data(), chunk.size() - room);
    if (out.text.size() > limit) return fail(Errc::too_large, "decoded body over limit");
    out.cut = code == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT;
    if (out.cut || code == BROTLI_DECODER_RESULT_SUCCESS) return out;
    if (code != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) return fail(Errc::malformed, "brotli: stream is damaged");
  }
}

struct Joined {
  std::string text;
  bool framed = true;   // false: the framing is not there
  bool cut = false;     // it ends too early
  const char* fault = nullptr;
};

Joined join(std::string_view bytes) {
  Joined out;
  for (bool first = true;; first = false) {
    const auto end = bytes.substr(0, 256).find("\r\n");
    const auto size_text = text::trim(bytes.substr(0, std::min(end, bytes.find(';'))));
    std::size_t size = 0;
    const auto [last, error] = std::from_chars(size_text.data(), size_text.data() + size_text.size(), size, 16);
    if (end == std::string_view::npos || error != std::errc{} || last != size_text.data() + size_text.size()) {
      out.framed = !first;
      out.cut = !first;
      out.fault = first ? "chunk framing is announced but not there" : bytes.empty() ? "the closing chunk is missing" : "chunk size is not a number";
      return out;
    }
    bytes.remove_prefix(end + 2);
    if (size == 0) return out;
    if (size > bytes.size()) {
      out.text.append(bytes);
      out.cut = true;
      out.fault = "last chunk is cut off";
      return out;
    }
    out.text.append(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  }
}

void read_fields(std::string_view block, HttpMessage& message) {
  for (auto line : text::split(block, '\n')) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty() && (line.front() == ' ' || line.front() == '\t') && !message.fields.empty()) {
      message.fields.back().second.append(" ").append(text::trim(line));  // folded line
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    message.fields.emplace_back(text::lower_ascii(text::trim(line.substr(0, colon))), std::string(text::trim(line.substr(colon + 1))));
  }
}

// Bytes that no coding has touched: a compressed stream cannot do without control characters for long.
bool looks_like_text(std::string_view body) {
  body = body.substr(0, 512);
  return std::none_of(body.begin(), body.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && std::string_view("\t\n\f\r\x1b").find(c) == std::string_view::npos; });
}

// One answer's head; `rest` begins at its body.
Status read_head(std::string_view& rest, HttpMessage& message) {
  if (!rest.starts_with("HTTP/")) return fail(Errc::malformed, "no HTTP status line");
  const auto body_at = std::min(http_body_at(rest), rest.size());
  auto head = rest.substr(0, body_at);
  if (head.size() > kMostHeaders) return fail(Errc::too_large, "header block over 64 KiB");
  while (!head.empty() && (head.back() == '\n' || head.back() == '\r')) head.remove_suffix(1);
  rest.remove_prefix(body_at);
  message.headers = std::string(head);
  const auto line_end = std::min(head.find('\n'), head.size());
  const auto blank = head.find(' ');
  if (blank == std::string_view::npos || blank > line_end) return fail(Errc::malformed, "status line has no status");
  message.status = 0;
  std::from_chars(head.data() + blank + 1, head.data() + line_end, message.status);
  if (message.status < 100 || message.status > 599) return fail(Errc::malformed, "status is not a number from 100 to 599");
  message.fields.clear();
  read_fields(head.substr(line_end), message);
  return {};
}

void take_off_framing(std::string_view body, HttpMessage& message) {
  if (const auto* coding = message.field("transfer-encoding"); coding && text::lower_ascii(*coding).ends_with("chunked")) {
    auto joined = join(body);
    if (joined.fault) message.faults.push_back(joined.fault);
    message.cut_off = joined.cut;
    message.body = joined.framed ? std::move(joined.text) : std::string(body);
    return;
  }
  message.body = std::string(body);
  const auto* length_text = message.field("content-length");
  std::size_t length = 0;
  if (!length_text || std::from_chars(length_text->data(), length_text->data() + length_text->size(), length).ec != std::errc{}) return;
  if (body.size() >= length) return;  // longer: stored decoded, with the header left on
  message.cut_off = true;
  message.faults.push_back("body is cut off: " + std::to_string(body.size()) + " of " + std::to_string(length) + " bytes");
}

Status take_off_coding(HttpMessage& message, std::size_t limit) {
  const auto* coding = message.field("content-encoding");
  const auto name = coding ? text::lower_ascii(*coding) : std::string();
  if (name.empty() || name == "identity" || message.body.empty()) return {};
  Result<Plain> plain = fail(Errc::malformed, "content coding " + text::escape_control(name.substr(0, 40)) + " is not read");
  if (name == "gzip" || name == "x-gzip" || name == "deflate") {
    plain = inflate_with(message.body, limit, 15 + 32);
    if (!plain && plain.error().code == Errc::malformed && name == "deflate") plain = inflate_with(message.body, limit, -15);
  } else if (name == "br") {
    plain = unbrotli(message.body, limit);
  }
  if (!plain || (plain->cut && plain->text.empty())) {
    if (!plain && plain.error().code == Errc::too_large) return std::move(plain).error();
    auto fault = plain ? std::string("coded body is cut off") : plain.error().text;
    if (!looks_like_text(message.body)) return fail(Errc::malformed, std::move(fault));
    message.faults.push_back(std::move(fault));
    return {};
  }
  if (plain->cut) {
    message.cut_off = true;
    message.faults.push_back("coded body is cut off");
  }
  message.body = std::move(plain->text);
  return {};
}

}  // namespace

const std::string* HttpMessage::field(std::string_view lower_name) const {
  for (const auto& [name, value] : fields) {
    if (name == lower_name) return &value;
  }
  return nullptr;
}

std::size_t http_body_at(std::string_view bytes) {
  // No further than a header block may reach, so that a body without blank lines is not searched through.
  const auto window = bytes.substr(0, kMostHeaders + 4);
  const auto full = window.find("\r\n\r\n");
  const auto bare = window.find("\n\n");
  if (full == std::string_view::npos && bare == std::string_view::npos) return std::string_view::npos;
  return full < bare ? full + 4 : bare + 2;
}

std::optional<std::string> join_chunks(std::string_view body) {
  auto joined = join(body);
  if (!joined.framed) return std::nullopt;
  return std::move(joined.text);
}

Result<std::string> inflate_gzip(std::string_view bytes, std::size_t limit) {
  auto plain = inflate_with(bytes, limit, 15 + 32);
  if (!plain) return std::move(plain).error();
  if (plain->cut) return fail(Errc::malformed, "inflate: stream is cut off");
  return std::move(plain->text);
}

Result<HttpMessage> read_http_response(std::string_view bytes, std::size_t limit) {
  HttpMessage message;
  auto rest = bytes;
  do {
    if (auto head = read_head(rest, message); !head) return std::move(head).error();
  } while (message.status < 200 && message.status != 101 && rest.starts_with("HTTP/"));
  take_off_framing(rest, message);
  if (message.body.size() > limit) return fail(Errc::too_large, "body over limit");
  if (auto plain = take_off_coding(message, limit); !plain) return std::move(plain).error();
  return message;
}

}  // namespace vigie::app
