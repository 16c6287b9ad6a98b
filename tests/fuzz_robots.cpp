#include "crawler/robots.h"
#include "fuzz.h"

using vigie::crawler::Robots;

// First line: a path; the rest: robots.txt.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = view(data, size);
  const std::string path = "/" + std::string(take_line(bytes));
  const auto robots = Robots::parse(bytes, "vigie");
  const auto again = Robots::parse(robots.reduced(), "vigie");
  for (const auto& asked : {path, std::string("/"), std::string("/robots.txt"), std::string("/annonce/1?page=2")}) {
    require(robots.allowed(asked) == again.allowed(asked), "the reduced form decides as the file does");
  }
  require(robots.crawl_delay_s() == again.crawl_delay_s(), "the reduced form keeps the delay");
  require(robots.sitemaps() == again.sitemaps(), "the reduced form keeps the sitemaps");
  require(again.reduced() == robots.reduced(), "reduced is idempotent");
  if (robots.crawl_delay_s()) require(*robots.crawl_delay_s() >= 0, "a delay is not negative");
  return 0;
}
