#include <algorithm>
#include <string>

#include "core/url.h"
#include "fuzz.h"

using vigie::Url;

namespace {

void judge(const Url& url) {
  const auto href = url.href();
  require(href.size() <= Url::kMaxBytes, "an address stays under its limit");
  require(std::all_of(href.begin(), href.end(), [](char c) { return c > 0x20 && c < 0x7f; }), "an address is printable ASCII");
  require(!url.hostname().empty() && url.path().starts_with('/'), "an address has a host and a path");
  const auto again = Url::parse(href);
  require(again && again->href() == href, "an address parses to itself");
  const auto known = vigie::canonical(url);
  const auto parsed = Url::parse(known);
  require(parsed && vigie::canonical(*parsed) == known, "canonical is idempotent");
  require(parsed->username().empty() && parsed->fragment().empty(), "canonical drops credentials and fragment");
  require(vigie::defang(href).find("http://") == std::string::npos, "a defanged address cannot be clicked");
}

}  // namespace

// First line: the address; second: a link on that page.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = view(data, size);
  const auto first = take_line(bytes);
  const auto url = Url::parse(first);
  if (!url) return 0;
  judge(*url);
  const auto link = Url::parse(bytes, *url);
  if (!link) return 0;
  judge(*link);
  require(Url::parse(link->href(), *url)->href() == link->href(), "a resolved link stays what it is");
  return 0;
}
