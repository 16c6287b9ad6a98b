#include "crawler/intake.h"

#include <utility>

#include "core/text.h"

namespace vigie::crawler {

namespace {

constexpr std::int64_t kSmallBody = 256 << 10;
constexpr std::int64_t kErrorBody = 256 << 10;  // enough of an error page to learn its print

/// Pages, feeds and data that a reader of ours may know; a missing type is left to the parser.
bool readable_type(std::string_view type) {
  if (type.empty()) return true;
  const auto essence = text::lower_ascii(text::trim(type.substr(0, type.find(';'))));
  return essence.starts_with("text/") || essence.ends_with("xml") || essence.ends_with("json") ||
         essence.find('/') == std::string::npos;
}

/// How many codings a Content-Encoding or Transfer-Encoding value stacks; identity and chunked are none.
int codings(std::string_view value) {
  int count = 0;
  for (auto part : text::split(value, ',')) {
    part = text::trim(part);
    if (!part.empty() && !text::equals_ci(part, "identity") && !text::equals_ci(part, "chunked")) ++count;
  }
  return count;
}

}  // namespace

std::size_t Intake::give_up(Outcome::Kind why, const char* limit) {
  stop = why;
  response.limit = limit;
  return 0;
}

void Intake::note_bytes(std::size_t count) {
  if (!std::exchange(answered_, true)) {
    window_start_ = Clock::now();
    response.first_byte = std::chrono::duration_cast<Millis>(window_start_ - started);
  }
  received_ += static_cast<std::int64_t>(count);
}

std::size_t Intake::take_header(std::string_view line) {
  note_bytes(line.size());
  header_bytes_ += static_cast<std::int64_t>(line.size());
  if (header_bytes_ > limits->header_bytes) return give_up(Outcome::header_flood, "header_bytes");
  if (line.starts_with("HTTP/")) {  // a new block: what came before was interim
    response.headers.clear();
    length_.clear();
    codings_ = 0;
  }
  response.headers.append(line);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  const auto name = text::trim(line.substr(0, colon)), value = text::trim(line.substr(colon + 1));
  if (text::equals_ci(name, "content-encoding") || text::equals_ci(name, "transfer-encoding")) {
    codings_ += codings(value);
    if (codings_ > 1) return give_up(Outcome::bad_coding, "two_codings");
  }
  if (text::equals_ci(name, "content-length")) {
    // Two that differ: which bytes are the page is anybody's guess, and guessing is how requests are smuggled.
    if (!length_.empty() && length_ != value) return give_up(Outcome::network, "two_lengths");
    length_ = value;
  }
  const std::pair<const char*, std::string*> kept[] = {{"content-type", &response.content_type},
                                                       {"etag", &response.etag},
                                                       {"last-modified", &response.last_modified},
                                                       {"location", &response.location},
                                                       {"retry-after", &response.retry_after}};
  for (const auto& [key, slot] : kept)
    if (text::equals_ci(name, key)) slot->assign(value.substr(0, 4096));
  if (text::equals_ci(name, "set-cookie")) response.sets_cookies = true;
  if (text::equals_ci(name, "cf-mitigated") && text::equals_ci(value, "challenge")) response.challenge = true;
  return line.size();
}

// Counted while streaming: Content-Length may be absent, or a lie, and it knows nothing of decoding.
std::size_t Intake::take_body(std::string_view chunk, int status, std::int64_t wire) {
  note_bytes(chunk.size());
  auto& body = response.body;
  if (body.empty() && !request.any_type && status / 100 == 2 && !readable_type(response.content_type))
    return give_up(Outcome::not_html, "content_type");
  const auto decoded = static_cast<std::int64_t>(body.size() + chunk.size());
  if (codings_ > 0 && decoded > limits->ratio_after &&
      static_cast<double>(decoded) > limits->ratio * static_cast<double>(wire))
    return give_up(Outcome::bomb, "ratio");
  if (codings_ > 0 ? wire > request.wire_bytes : decoded > request.wire_bytes) return give_up(Outcome::too_large, "wire_bytes");
  if (decoded > request.decoded_bytes) return give_up(Outcome::too_large, "decoded_bytes");
  // From here on in one piece: growing by doubling would copy megabytes in one go. Pages not touched are not memory.
  if (decoded > kSmallBody && body.capacity() < static_cast<std::size_t>(request.decoded_bytes))
    body.reserve(static_cast<std::size_t>(request.decoded_bytes));
  body.append(chunk);
  if (status >= 300 && decoded > kErrorBody) {
    body_enough = true;
    return 0;
  }
  return chunk.size();
}

std::optional<Intake::Verdict> Intake::too_late(Clock::time_point now) {
  if (now - started >= limits->total) return Verdict{Outcome::timed_out, "total"};
  if (!answered_) {
    if (now - started >= limits->first_byte) return Verdict{Outcome::timed_out, "first_byte"};
    return std::nullopt;
  }
  if (now - window_start_ < limits->slow_for) return std::nullopt;
  const auto seconds = std::chrono::duration<double>(now - window_start_).count();
  const bool slow = static_cast<double>(received_ - window_bytes_) < static_cast<double>(limits->slow_bytes_per_s) * seconds;
  window_start_ = now;
  window_bytes_ = received_;
  if (slow) return Verdict{Outcome::too_slow, "slow"};
  return std::nullopt;
}

}  // namespace vigie::crawler
