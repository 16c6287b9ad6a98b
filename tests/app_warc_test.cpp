#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <sys/resource.h>
#include <zlib.h>

#include "app/warc.h"
#include "core/hash.h"
#include "core/text.h"

namespace fs = std::filesystem;
using namespace vigie;
using namespace vigie::app;

namespace {

struct Read {
  std::vector<WarcRecord> records;
  std::vector<WarcFault> errors, warnings;
  bool says(std::string_view part) const {
    for (const auto* list : {&errors, &warnings}) {
      for (const auto& fault : *list) {
        if (fault.text.find(part) != std::string::npos) return true;
      }
    }
    return false;
  }
  std::string all() const {
    std::string out;
    for (const auto* list : {&errors, &warnings}) {
      for (const auto& fault : *list) out += std::to_string(fault.offset) + ": " + fault.text + "\n";
    }
    return out;
  }
};

Read read(std::istream& in) {
  Read out;
  const auto status = read_warc(
      in, [&](WarcRecord&& r) { return out.records.push_back(std::move(r)), true; },
      [&](const WarcFault& f) { (f.warning ? out.warnings : out.errors).push_back(f); });
  CHECK(status);
  return out;
}
Read read(const std::string& bytes) {
  std::istringstream in(bytes);
  return read(in);
}

std::string gzip(const std::string& bytes) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
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

// A sound response record; `extra`: further header lines.
std::string record(const std::string& url, const std::string& block, const std::string& extra = "") {
  return "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: " + url +
         "\r\nWARC-Date: 2026-11-20T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http; msgtype=response\r\n" +
         extra + "Content-Length: " + std::to_string(block.size()) + "\r\n\r\n" + block + "\r\n\r\n";
}
const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Namur</p>";

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// What a public file must say. `records`: that come out whole; `error`: part of the fault, empty: no error at all.
struct Expected {
  int records;
  const char* fault;
  bool warning = false;
};
const std::map<std::string, Expected> kPublic = {
    {"jwat/invalid-compression.gz", {0, "gzip: unknown compression method"}},
    {"jwat/invalid-entries.gz", {0, "not a WARC file"}},    // texts in gzip, not records
    {"jwat/invalid-magic.gz", {0, "not a WARC file"}},
    {"jwat/invalid-truncated.gz", {0, "not a WARC file"}},  // a text in gzip; cut-off records are proved below
    {"jwat/sample.txt.gz", {0, "not a WARC file"}},
    {"jwat/three-files.gz", {0, "not a WARC file"}},
    // Recommended, not required (ISO 28500, 5.6): a warning. The errors are its bodies, changed after they were digested.
    {"jwat/invalid-warcfile-contenttype-recommended.warc", {7, "content-type is missing"}},
    {"jwat/invalid-warcfile-contenttype-warcinfo-recommended.warc", {1, "content-type of warcinfo", true}},
    {"jwat/invalid-warcfile-digest-fields.warc", {4, "does not match"}},
    {"jwat/invalid-warcfile-duplicate-fields.warc", {1, "stands twice"}},
    // Valid for us: its addresses happen to hold "=?o?Q??", which another reader takes for RFC 2047 words. No WARC field
    // is decoded that way here.
    {"jwat/invalid-warcfile-encoding-headers.warc.gz", {4, ""}},
    {"jwat/invalid-warcfile-fields-empty.warc", {0, "warc-date is empty"}},
    {"jwat/invalid-warcfile-fields-invalidformat.warc", {0, "warc-ip-address is no address"}},
    {"jwat/invalid-warcfile-fields-missing.warc", {0, "warc-target-uri is empty"}},
    {"jwat/invalid-warcfile-lonely-continuation.warc", {0, "continuation without warc-segment-number"}},
    {"jwat/invalid-warcfile-lonely-monkeys.warc", {0, "without a carriage return"}},
    {"jwat/invalid-warcfile-lonely-request-response-resource-conversion.warc", {0, "warc-target-uri is missing"}},
    {"jwat/invalid-warcfile-lonely-revisit.warc", {0, "content-length is missing"}},
    {"jwat/invalid-warcfile-lonely-warcinfo-metadata.warc", {0, "warc-record-id is missing"}},
    {"jwat/invalid-warcfile-record-then-garbage.warc", {1, "garbage after a record"}},
    {"jwat/invalid-warcfile-segment-number-continuation.warc", {2, "warc-segment-number of a continuation is 1"}},
    {"jwat/invalid-warcfile-segment-number-response.warc", {2, "warc-segment-number of a first segment is not 1"}},
    {"jwat/valid-warcfile-contenttype-continuation.warc", {1, ""}},
    {"jwat/valid-warcfile-duplicate-concurrentto.warc", {1, ""}},
    {"jwat/valid-warcfile-fields-continuation.warc", {1, ""}},
    {"jwat/valid-warcfile-fields-metainfo.warc", {1, ""}},
    {"jwat/valid-warcfile-fields-warcinfo.warc", {1, ""}},
    {"jwat/valid-warcfile-non-warc-headers.warc", {1, ""}},
    {"jwat/valid-warcfile-upper-lower-case.warc", {5, ""}},
    {"jwat/valid-warcfile-utf8.warc", {1, ""}},
    {"warcio/bad.arc", {0, "not a WARC file but an ARC file"}},
    {"warcio/example-space-in-url.arc", {0, "not a WARC file but an ARC file"}},
    {"warcio/example.arc", {0, "not a WARC file but an ARC file"}},
    {"warcio/example.arc.gz", {0, "not a WARC file but an ARC file"}},
    {"warcio/example-bad-non-chunked.warc.gz", {6, "warc-block-digest does not match"}},
    // Its records are sound; what is bad is that one gzip member holds them all.
    {"warcio/example-bad.warc.gz.bad", {6, "all records share one member", true}},
    {"warcio/example-digest.warc", {4, "warc-payload-digest does not match"}},
    {"warcio/example-iana.org-chunked.warc", {3, ""}},
    {"warcio/example-resource.warc.gz", {3, ""}},
    {"warcio/example-space-in-target-uri.warc.gz", {2, ""}},
    {"warcio/example-trunc.warc", {4, "garbage after a record"}},
    {"warcio/example-wget-bad-target-uri.warc.gz", {6, ""}},
    {"warcio/example-wrong-chunks.warc.gz", {2, "warc-block-digest does not match"}},
    {"warcio/example.warc", {6, ""}},
    {"warcio/example.warc.gz", {6, ""}},
    {"warcio/post-test.warc.gz", {6, ""}},
};

}  // namespace

TEST_CASE("public WARC files: the good give their records, the bad a fault that names what is wrong") {
  const char* data = std::getenv("VIGIE_DATA");
  const fs::path folder = fs::path(data && *data ? data : VIGIE_SOURCE_DIR "/../shared/data") / "warc";
  if (!fs::exists(folder)) {
    MESSAGE("skipped: " << folder.string() << " is not here");
    return;
  }
  std::size_t met = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const auto name = fs::relative(entry.path(), folder).string();
    if (!entry.is_regular_file() || name == "README.md") continue;
    CAPTURE(name);
    REQUIRE(kPublic.contains(name));
    ++met;
    const auto& want = kPublic.at(name);
    std::ifstream in(entry.path(), std::ios::binary);
    const auto got = read(in);
    CAPTURE(got.all());
    CHECK(static_cast<int>(got.records.size()) == want.records);
    CHECK(got.errors.empty() == (want.warning || !*want.fault));
    if (*want.fault) CHECK(got.says(want.fault));
    for (const auto& fault : got.errors) CHECK(fault.offset <= 20'000);
  }
  CHECK(met == kPublic.size());
}

TEST_CASE("a fault names the byte of the header line that is meant") {
  const auto first = record("http://a.example/1", kAnswer), second = record("http://a.example/2", kAnswer, "WARC-IP-Address: a.b.c.d\r\n");
  const auto got = read(first + second);
  CHECK(got.records.size() == 2);
  REQUIRE(got.errors.size() == 1);
  CHECK(got.errors[0].text == "warc-ip-address is no address");
  CHECK(got.errors[0].offset == first.size() + second.find("WARC-IP"));
}

TEST_CASE("digests hold over the block, and over the payload as sent or with its chunks joined") {
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string sent = "4\r\nNamu\r\n1\r\nr\r\n0\r\n\r\n";
  const auto digest = [](const std::string& name, const std::string& of) { return name + ": sha256:" + sha256_hex(of) + "\r\n"; };
  SUBCASE("block") { CHECK(read(record("http://a.example/", head + sent, digest("WARC-Block-Digest", head + sent))).errors.empty()); }
  SUBCASE("payload as sent") { CHECK(read(record("http://a.example/", head + sent, digest("WARC-Payload-Digest", sent))).errors.empty()); }
  SUBCASE("payload joined") { CHECK(read(record("http://a.example/", head + sent, digest("WARC-Payload-Digest", "Namur"))).errors.empty()); }
  SUBCASE("base64") {
    CHECK(read(record("http://a.example/", head + sent, "WARC-Payload-Digest: sha256:" + text::to_base64(sha256("Namur")) + "\r\n")).errors.empty());
  }
  SUBCASE("base32 of SHA-1") {  // RFC 4648 form of sha1("")
    CHECK(read(record("http://a.example/", "HTTP/1.1 204 No\r\n\r\n", "WARC-Payload-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ\r\n")).errors.empty());
  }
  SUBCASE("anything else is an error") {
    CHECK(read(record("http://a.example/", head + sent, digest("WARC-Payload-Digest", "Liege"))).says("warc-payload-digest does not match"));
    CHECK(read(record("http://a.example/", head + sent, digest("WARC-Block-Digest", "Namur"))).says("warc-block-digest does not match"));
  }
  SUBCASE("an unknown algorithm is a warning") {
    const auto got = read(record("http://a.example/", head + sent, "WARC-Block-Digest: blake9:00\r\n"));
    CHECK(got.errors.empty());
    CHECK(got.says("algorithm is not known"));
  }
}

TEST_CASE("gzip: members one by one, one for all, cut off, damaged") {
  const auto one = record("http://a.example/1", kAnswer), two = record("http://a.example/2", kAnswer), three = record("http://a.example/3", kAnswer);
  SUBCASE("a member a record") {
    const auto got = read(gzip(one) + gzip(two) + gzip(three));
    CHECK(got.records.size() == 3);
    CHECK(got.all() == "");
  }
  SUBCASE("one for all is a warning") {
    const auto got = read(gzip(one + two));
    CHECK(got.records.size() == 2);
    CHECK(got.errors.empty());
    CHECK(got.says("share one member"));
  }
  SUBCASE("the last member is cut off: the others stand") {
    const auto last = gzip(three);
    const auto got = read(gzip(one) + gzip(two) + last.substr(0, last.size() / 2));
    CHECK(got.records.size() == 2);
    CHECK(got.says("gzip: the last member is cut off"));
  }
  SUBCASE("a damaged member costs itself only") {
    for (const std::size_t at : {std::size_t{3}, std::size_t{20}, std::size_t{60}}) {
      auto middle = gzip(two);
      REQUIRE(middle.size() > at + 8);
      middle[at] = static_cast<char>(~middle[at]);
      middle[at + 1] = static_cast<char>(~middle[at + 1]);
      const auto got = read(gzip(one) + middle + gzip(three));
      CAPTURE(at);
      CAPTURE(got.all());
      CHECK(got.says("gzip: "));
      REQUIRE(got.records.size() >= 2);
      CHECK(*got.records.front().field("warc-target-uri") == "http://a.example/1");
      CHECK(*got.records.back().field("warc-target-uri") == "http://a.example/3");
    }
  }
  SUBCASE("bytes behind the last member are named") {
    const auto got = read(gzip(one) + std::string(100, 'x'));
    CHECK(got.records.size() == 1);
    CHECK(got.says("gzip: incorrect header check"));
  }
}

TEST_CASE("after a fault the next record is found") {
  const auto good = record("http://a.example/2", kAnswer);
  for (const std::string bad : {"WARC/1.0\r\nWARC-Type: response\r\n\r\nlost block\r\n\r\n",
                                "WARC/1.0\r\nContent-Length: -5\r\n\r\nx\r\n\r\n",
                                "WARC/1.0\r\nContent-Length: 99999999999999999999999\r\n\r\nx\r\n\r\n"}) {
    const auto got = read(bad + good);
    CAPTURE(bad);
    CHECK_FALSE(got.errors.empty());
    REQUIRE(got.records.size() == 1);
    CHECK(got.records[0].offset == bad.size());
  }
}

TEST_CASE("hostile lengths, floods and endless lines cost bounded memory and few faults") {
  const auto good = record("http://a.example/2", kAnswer);
  const auto before = peak_kib();
  Read got;
  SUBCASE("1 GiB that is not there") {
    got = read("WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 1073741824\r\n\r\nshort");
    CHECK(got.says("block of 1073741824 bytes is over the limit"));
    CHECK(got.says("block is cut off"));
  }
  SUBCASE("a block over the limit is passed over") {
    std::string big = "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 70000000\r\n\r\n" + std::string(70'000'000, 'x') + "\r\n\r\n";
    got = read(gzip(big) + gzip(good));
    CHECK(got.says("over the limit"));
    CHECK(got.records.size() == 1);
  }
  SUBCASE("a header block without end") {
    std::string flood = "WARC/1.0\r\n";
    for (int i = 0; i < 200'000; ++i) flood += "a: b\r\n";
    got = read(flood + "\r\n\r\n\r\n" + good);
    CHECK(got.says("over 64 KiB"));
    CHECK(got.records.size() == 1);
  }
  SUBCASE("lines that are no fields are named once") {
    std::string lines = "WARC/1.0\r\n";
    for (int i = 0; i < 5000; ++i) lines += "nonsense\r\n";
    got = read(lines + "Content-Length: 0\r\n\r\n\r\n\r\n" + good);
    CHECK(got.says("header line is no field"));
    CHECK(got.errors.size() < 10);
  }
  SUBCASE("one line without end") {
    got = read(good + "WARC/1.0" + std::string(5'000'000, 'x') + "\r\n" + good);
    CHECK(got.records.size() == 2);
    CHECK(got.says("garbage after a record"));
  }
  SUBCASE("a million faults are a thousand and a number") {
    std::string faults;
    for (int i = 0; i < 2000; ++i) faults += "WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n";
    got = read(faults);
    CHECK(got.errors.size() + got.warnings.size() <= 1001);
    CHECK(got.says("further faults are not listed"));
  }
  CHECK(got.all().size() < 200'000);
#ifndef VIGIE_SANITIZED
  CHECK(peak_kib() - before < 300 << 10);  // the inputs themselves stand in memory here
#else
  (void)before;
#endif
}

TEST_CASE("a file that is not there is an error, an empty one a fault") {
  const auto nothing = [](WarcRecord&&) { return true; };
  const auto status = read_warc("/nonexistent.warc", nothing, [](const WarcFault&) {});
  REQUIRE_FALSE(status);
  CHECK(status.error().code == Errc::not_found);
  CHECK(read(std::string()).says("no record in it"));
}
