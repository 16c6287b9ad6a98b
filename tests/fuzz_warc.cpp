#include <sstream>
#include <string>

#include "app/http_message.h"
#include "app/warc.h"
#include "fuzz.h"

using namespace vigie;
using namespace vigie::app;

namespace {

constexpr std::size_t kLimit = 1 << 20;

void judge_http(std::string_view bytes) {
  const auto message = read_http_response(bytes, kLimit);
  if (!message) {
    require(message.error().code == Errc::malformed || message.error().code == Errc::too_large, "a refused answer is malformed or too large");
    return;
  }
  require(message->status >= 100 && message->status <= 599, "a status is one");
  require(message->body.size() <= kLimit && message->headers.size() <= 64 << 10, "an answer stays under its limits");
  require(!message->cut_off || !message->faults.empty(), "it is said why a page is not whole");
}

std::string wrapped(std::string_view block) {
  return "WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2026-11-20T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
         "Content-Type: text/plain\r\nContent-Length: " + std::to_string(block.size()) + "\r\n\r\n" + std::string(block) + "\r\n\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = view(data, size);
  judge_http(bytes);
  std::size_t faults = 0;
  std::istringstream in{std::string(bytes)};
  std::uint64_t last = 0;
  const auto fault = [&](const WarcFault& f) { require(!f.text.empty() && ++faults <= 1001, "faults are bounded"); };
  (void)read_warc(in, [&](WarcRecord&& record) {
    require(record.offset >= last && record.block.size() <= kMostWarcBlock, "records come in order, under their limit");
    last = record.offset;
    judge_http(record.block);
    return true;
  }, fault);

  // Whatever a block holds, a sound record around it gives it back, and so does the one behind it.
  std::istringstream sound(wrapped(bytes) + wrapped("end"));
  int records = 0;
  (void)read_warc(sound, [&](WarcRecord&& record) {
    require(record.block == (records++ == 0 ? bytes : std::string_view("end")), "a block comes back as it was");
    return true;
  }, [](const WarcFault& f) { require(f.warning, "a sound record has no error"); });
  require(records == 2, "both records come back");
  return 0;
}
