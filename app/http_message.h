#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace vigie::app {

/// One HTTP response as it was captured, body decoded from chunks and content coding.
struct HttpMessage {
  int status = 0;
  std::string headers;  // the raw block, status line included
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
  std::string body;
  bool cut_off = false;  // shorter than its framing announces: the page is not known whole
  std::vector<std::string> faults;  // what was wrong and could be lived with ("chunk size is not a number")
  const std::string* field(std::string_view lower_name) const;
};

/// Reads one captured response. `malformed`: no status line; `too_large`: decoded body over `limit`.
/// Framing or coding that is announced but absent is a fault, not an error: many tools store bodies already joined and
/// decoded, with the header left on. A body that is damaged instead is `malformed`. Interim (1xx) answers are passed over.
Result<HttpMessage> read_http_response(std::string_view bytes, std::size_t limit);

/// Where the body begins: after the first blank line; npos: there is none.
std::size_t http_body_at(std::string_view bytes);
/// The chunks of a chunked body joined; empty when the framing is not there.
std::optional<std::string> join_chunks(std::string_view body);

/// `too_large` over `limit` bytes, `malformed` when the stream is damaged (what was read before is lost).
Result<std::string> inflate_gzip(std::string_view bytes, std::size_t limit);

}  // namespace vigie::app
