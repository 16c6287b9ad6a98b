#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"
#include "crawler/address.h"
#include "crawler/crawl.h"
#include "crawler/loop.h"

namespace vigie::crawler {

/// One transfer: where, with what, and how much of it.
struct Request {
  std::string url;
  std::string host;                 // as in the URL
  std::uint16_t url_port = 0;       // effective port of the URL
  std::vector<Address> addresses;   // from our resolver; empty only behind a proxy
  std::uint16_t port = 0;           // other than the URL's, by the configuration's table; 0: the URL's
  std::string etag, last_modified;  // conditional, when set
  std::string site;                 // whose cookies it carries; empty: none
  Instant at{};                     // now, for what expires
  std::string proxy;                // "http://…", "socks5h://…"; empty: none
  std::vector<Address> proxy_addresses;
  std::int64_t wire_bytes = 0, decoded_bytes = 0;
  bool any_type = false;            // robots, feeds: not only pages
};

/// What came. `outcome` is ok whenever a whole answer came, whatever its status; else it names the limit or failure.
struct Response {
  Outcome::Kind outcome = Outcome::unknown;
  std::string limit;   // name of what fired: "decoded_bytes", "first_byte", "two_codings"…
  int status = 0;
  std::string headers, body;
  std::string content_type, etag, last_modified, location, retry_after;
  bool challenge = false;  // the server says that this is a test for people
  bool sets_cookies = false;
  std::string address;     // peer
  std::int64_t wire = 0;
  Millis first_byte{0};
};

/// Bytes over the network, libcurl's multi interface on the loop. Follows no redirect, resolves no name, speaks only
/// http and https, and opens no socket to an address that `policy` refuses. All calls from the loop's thread; `done`
/// is called once, outside of any libcurl callback. Cookies are kept per site, in memory, and never shared between sites.
class Fetcher {
 public:
  struct Options {
    std::string user_agent;
    Limits limits;
    AddressPolicy policy;
    int in_flight = 64;
    std::string ca_file;  // PEM; empty: the system's
  };
  static Result<std::unique_ptr<Fetcher>> make(Loop& loop, Options options);
  virtual ~Fetcher() = default;
  virtual void start(Request request, std::function<void(Response)> done) = 0;
  /// Ends every transfer with outcome `cancelled`.
  virtual void cancel_all() = 0;
};

}  // namespace vigie::crawler
