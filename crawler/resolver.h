#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "crawler/address.h"
#include "crawler/loop.h"

namespace vigie::crawler {

/// What became of a name. `port` stands only where the configuration's table says where the host is.
struct Named {
  enum class Fault { none, no_such_name, no_answer };
  Fault fault = Fault::none;
  std::vector<Address> addresses;
  std::uint16_t port = 0;
};

struct ResolverOptions {
  std::vector<std::pair<std::string, std::string>> table;  // host -> "address:port", for labs
  std::vector<std::string> name_servers;                   // "address:port"; empty: the system's
  Millis patience = 10s;                                   // for one name, all its servers and tries
};

/// Names to addresses on the loop, through c-ares: libcurl's own look-up stands still for seconds when a name server
/// is dead. Answers are kept by their TTL, 60 s to 1 h, refusals for 60 s, at most kMostNames of them.
/// All calls from the loop's thread; `done` is always called later, never from within resolve().
class Resolver {
 public:
  static constexpr std::size_t kMostNames = 50'000;
  /// `misconfigured` for a table row or name server that is none.
  static Result<std::unique_ptr<Resolver>> make(Loop& loop, ResolverOptions options);
  virtual ~Resolver() = default;
  virtual void resolve(const std::string& host, Instant now, std::function<void(Named)> done) = 0;
};

}  // namespace vigie::crawler
