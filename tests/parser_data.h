#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/url.h"
#include "parser/charset.h"
#include "parser/dom.h"
#include "parser/extract.h"
#include "parser/guard.h"

/// Public pages for tests: read where VIGIE_DATA (or ../shared/data beside the sources) has them.
namespace vigie::test {

inline std::filesystem::path data_dir() {
  if (const char* set = std::getenv("VIGIE_DATA")) return set;
  return std::filesystem::path(VIGIE_SOURCE_DIR) / "../shared/data";
}

inline std::string slurp(const std::filesystem::path& path) {
  if (path.extension() != ".gz") {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  std::string bytes;
  FILE* pipe = popen(("gzip -dc '" + path.string() + "'").c_str(), "r");
  if (!pipe) return bytes;
  char buffer[1 << 16];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) bytes.append(buffer, n);
  pclose(pipe);
  return bytes;
}

/// HTML files below `folder`, gzipped or not, in order of name.
inline std::vector<std::filesystem::path> html_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  if (!std::filesystem::exists(folder)) return found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".html") || name.ends_with(".html.gz")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// A site of which nothing but the address is known.
inline SiteOptions open_site(const std::string& url) {
  SiteOptions site;
  site.set_site("page");
  const auto parsed = Url::parse(url);
  if (parsed) site.add_hosts(parsed->hostname());
  return site;
}

inline Result<PageRecord> read_page(const std::string& url, std::string body) {
  auto reader = parser::SiteReader::compile(open_site(url));
  if (!reader) return std::move(reader).error();
  ParseRequest request;
  request.set_url(url);
  request.set_body(std::move(body));
  request.set_fetched_ms(1'795'000'000'000);
  return (*reader)->read(request);
}

inline Result<parser::Dom> dom_of(const std::string& bytes, const std::string& content_type = "") {
  auto guarded = parser::guard(parser::to_utf8(bytes, content_type).text);
  if (!guarded) return std::move(guarded).error();
  return parser::Dom::parse(*std::move(guarded));
}

}  // namespace vigie::test
