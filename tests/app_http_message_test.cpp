#include <doctest/doctest.h>

#include <vector>

#include <zlib.h>

#include "app/http_message.h"

using namespace vigie;
using namespace vigie::app;

namespace {

constexpr std::size_t kLimit = 1 << 20;

// Window bits as zlib counts them: 31 gzip, 15 zlib, -15 bare deflate.
std::string deflated(const std::string& bytes, int window_bits) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&z, bytes.size()) + 32, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::string answer(const std::string& fields, const std::string& body) { return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body; }

const std::string kText = "<html><body><h1>Studio a louer</h1><p>Namur, calme, libre en janvier</p></body></html>";

}  // namespace

TEST_CASE("a plain answer: status, fields in lower case, body") {
  const auto got = read_http_response(answer("Content-TYPE:  text/html \r\nX-Long: a\r\n  b\r\n", kText), kLimit);
  REQUIRE(got);
  CHECK(got->status == 200);
  REQUIRE(got->field("content-type"));
  CHECK(*got->field("content-type") == "text/html");
  CHECK(*got->field("x-long") == "a b");
  CHECK(got->body == kText);
  CHECK(got->faults.empty());
  CHECK_FALSE(got->cut_off);
}

TEST_CASE("line ends without carriage return are read, and interim answers passed over") {
  const auto bare = read_http_response("HTTP/1.0 404 Not Found\nA: b\n\nbody\n\nmore", kLimit);
  REQUIRE(bare);
  CHECK(bare->status == 404);
  CHECK(bare->body == "body\n\nmore");
  const auto interim = read_http_response("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer("A: b\r\n", "x"), kLimit);
  REQUIRE(interim);
  CHECK(interim->status == 200);
  CHECK_FALSE(interim->field("link"));
}

TEST_CASE("what is no answer is malformed, and a header block over 64 KiB too large") {
  for (const std::string bytes : {"", "HTTP/", "HTTP/1.1\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 99999 x\r\n\r\n", "<html>", "ICY 200 OK\r\n\r\n"}) {
    CAPTURE(bytes);
    const auto got = read_http_response(bytes, kLimit);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == Errc::malformed);
  }
  const auto flood = read_http_response(answer("A: " + std::string(70'000, 'x') + "\r\n", "x"), kLimit);
  REQUIRE_FALSE(flood);
  CHECK(flood.error().code == Errc::too_large);
}

TEST_CASE("chunks are joined; framing that is not there is lived with, framing that ends early is a cut-off page") {
  struct Row {
    std::string body, joined;
    bool fault, cut;
  };
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::vector<Row> rows{
      {"4\r\nNamu\r\n1;ext=1\r\nr\r\n0\r\n\r\n", "Namur", false, false},
      {"00000004\r\nNamu\r\nA \r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", "Namu0123456789", false, false},
      {"<p>joined already</p>", "<p>joined already</p>", true, false},
      {"", "", true, false},
      {"5\r\nNam", "Nam", true, true},
      {"5\r\nNamur\r\n", "Namur", true, true},
      {"5\r\nNamur\r\nzz\r\nx", "Namur", true, true},
      {"ffffffffffffffff\r\nx", "x", true, true},
      {"fffffffffffffffff\r\nx", "fffffffffffffffff\r\nx", true, false},  // no number: no framing
  };
  for (const auto& row : rows) {
    const auto got = read_http_response(answer(chunked, row.body), kLimit);
    CAPTURE(row.body);
    REQUIRE(got);
    CHECK(got->body == row.joined);
    CHECK(got->faults.empty() != row.fault);
    CHECK(got->cut_off == row.cut);
  }
}

TEST_CASE("gzip, zlib and bare deflate are taken off") {
  CHECK(read_http_response(answer("Content-Encoding: gzip\r\n", deflated(kText, 31)), kLimit)->body == kText);
  CHECK(read_http_response(answer("Content-Encoding: GZIP\r\n", deflated(kText, 31) + deflated(kText, 31)), kLimit)->body == kText + kText);
  CHECK(read_http_response(answer("Content-Encoding: deflate\r\n", deflated(kText, 15)), kLimit)->body == kText);
  CHECK(read_http_response(answer("Content-Encoding: deflate\r\n", deflated(kText, -15)), kLimit)->body == kText);
  CHECK(read_http_response(answer("Content-Encoding: identity\r\n", kText), kLimit)->body == kText);
  const auto padded = read_http_response(answer("Content-Encoding: gzip\r\n", deflated(kText, 31) + "\r\n\r\n"), kLimit);
  REQUIRE(padded);
  CHECK(padded->body == kText);
}

TEST_CASE("brotli is taken off") {
  // An uncompressed meta-block (RFC 7932, 9.2) of 5 bytes, then the empty last one.
  const std::string stored("\x0f\x02\x80" "Namur" "\x03", 9);
  const auto got = read_http_response(answer("Content-Encoding: br\r\n", stored), kLimit);
  REQUIRE(got);
  CHECK(got->body == "Namur");
}

TEST_CASE("a body stored decoded with its header left on is read as it is") {
  const auto got = read_http_response(answer("Content-Encoding: gzip\r\nContent-Length: 40\r\n", kText), kLimit);
  REQUIRE(got);
  CHECK(got->body == kText);
  CHECK(got->faults.size() == 1);
  CHECK_FALSE(got->cut_off);
}

TEST_CASE("a damaged or cut-off body is never a whole page") {
  auto coded = deflated(kText + std::string(2000, 'y') + kText, 31);
  const auto cut = read_http_response(answer("Content-Encoding: gzip\r\n", coded.substr(0, coded.size() - 12)), kLimit);
  REQUIRE(cut);
  CHECK(cut->cut_off);
  coded[15] = static_cast<char>(~coded[15]);
  coded[16] = static_cast<char>(~coded[16]);
  const auto damaged = read_http_response(answer("Content-Encoding: gzip\r\n", coded), kLimit);
  CHECK((!damaged || damaged->cut_off));
  const auto unknown = read_http_response(answer("Content-Encoding: zstd\r\n", std::string("\x28\xb5\x2f\xfd\x04\x00\x01", 7)), kLimit);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Errc::malformed);
  const auto shorter = read_http_response(answer("Content-Length: 500\r\n", kText), kLimit);
  REQUIRE(shorter);
  CHECK(shorter->cut_off);
}

TEST_CASE("a bomb stops at the limit") {
  const std::string zeros(8 << 20, '\0');
  for (const int bits : {31, 15, -15}) {
    const auto got = read_http_response(answer(bits == 31 ? "Content-Encoding: gzip\r\n" : "Content-Encoding: deflate\r\n", deflated(zeros, bits)), kLimit);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == Errc::too_large);
  }
  std::string members;
  for (int i = 0; i < 64; ++i) members += deflated(std::string(100'000, 'x'), 31);
  CHECK_FALSE(read_http_response(answer("Content-Encoding: gzip\r\n", members), kLimit));
  CHECK_FALSE(read_http_response(answer("", std::string(kLimit + 1, 'x')), kLimit));
  CHECK_FALSE(inflate_gzip(deflated(zeros, 31), kLimit));
}
