// The parser alone, on stored pages and lines of text: extract, decode.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "app/arguments.h"
#include "app/common.h"
#include "app/http_message.h"
#include "app/output.h"
#include "app/parse_worker.h"
#include "core/json.h"
#include "core/text.h"
#include "core/url.h"
#include "parser/fields.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostPage = 16u << 20, kMostLine = 1u << 20;

Result<std::string> read_all(const std::string& path) {
  std::string bytes;
  if (path == "-") {
    bytes.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Errc::not_found, path + ": cannot be read");
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  if (bytes.starts_with("\x1f\x8b")) return inflate_gzip(bytes, kMostPage);
  if (bytes.size() > kMostPage) return fail(Errc::too_large, path + ": over 16 MiB");
  return bytes;
}

// Lines of standard input, cut at kMostLine; what was answered goes out before the next wait for input. Memory is
// bounded whatever comes. Input that is gzipped is taken as a whole.
template <typename Answer>
Result<void> each_line(Answer&& answer) {
  std::string line, chunk(1 << 16, '\0');
  bool first = true, rest_of_cut = false;
  const auto take = [&](std::string_view bytes) {
    for (const char c : bytes) {
      if (c != '\n') {
        if (line.size() < kMostLine) line += c;
        else rest_of_cut = true;
        continue;
      }
      if (rest_of_cut) line.resize(text::cut_utf8(line, kMostLine - 4).size());
      answer(line);
      line.clear();
      rest_of_cut = false;
    }
  };
  for (;;) {
    const auto n = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    const std::string_view bytes(chunk.data(), static_cast<std::size_t>(n));
    if (first && bytes.starts_with("\x1f\x8b")) {
      std::string all(bytes);
      for (ssize_t more = 0; all.size() <= kMostPage && (more = ::read(STDIN_FILENO, chunk.data(), chunk.size())) > 0;) all.append(chunk.data(), static_cast<std::size_t>(more));
      const auto plain = inflate_gzip(all, kMostPage);
      if (!plain) return plain.error();
      take(*plain);
      break;
    }
    first = false;
    take(bytes);
    std::fflush(stdout);
  }
  if (rest_of_cut) line.resize(text::cut_utf8(line, kMostLine - 4).size());
  if (!line.empty()) answer(line);
  std::fflush(stdout);
  return {};
}

Result<Instant> time_of(const Arguments& arguments) {
  if (arguments.at.empty()) return wall_clock();
  return parse_when(arguments.at, wall_clock());
}

// The named site of the configuration, or a site without a template that is just this page's host.
Result<SiteOptions> site_of(const Arguments& arguments, const Url& url) {
  SiteOptions site;
  if (arguments.config_given) {
    const auto loaded = load_config(arguments.config);
    for (const auto& known : loaded.config.sites) {
      if (arguments.site.empty() ? std::find(known.hosts().begin(), known.hosts().end(), url.hostname()) != known.hosts().end()
                                 : known.site() == arguments.site) {
        site = known;
      }
    }
    if (!arguments.site.empty() && site.site().empty()) {
      return fail(Errc::not_found, arguments.config + ": no site " + arguments.site);
    }
  }
  if (site.site().empty()) {
    site.set_site(arguments.site.empty() ? url.hostname() : arguments.site);
    site.set_family("mixed");
    site.set_extract("auto");
    site.add_hosts(url.hostname());
  }
  if (!arguments.region.empty()) site.set_region(arguments.region);
  return site;
}

}  // namespace

int run_extract(const Arguments& arguments) {
  if (auto learned = learn_words(arguments.word_files); !learned) return complain(learned.error());
  const auto url = Url::parse(arguments.url);
  if (!url) {
    complain("--url: " + url.error().text);
    return 2;
  }
  const auto at = time_of(arguments);
  if (!at) {
    complain("--at: " + at.error().text);
    return 2;
  }
  auto body = read_all(arguments.words.front());
  if (!body) return complain(body.error());
  auto site = site_of(arguments, *url);
  if (!site) return complain(site.error());
  ParseRequest request;
  *request.mutable_site() = *std::move(site);
  request.set_body(*std::move(body));
  request.set_url(url->without_fragment());
  request.set_fetched_ms(to_ms(*at));
  request.set_status(200);
  request.set_explain(arguments.explain);
  if (!arguments.data.empty()) {  // as the daemon would read it, by what the site has taught
    const auto store = open_to_read(arguments);
    if (!store) return 1;
    auto state = store->site(request.site().site());
    if (!state) return complain(state.error());
    *request.mutable_knowledge() = state->knowledge();
  }
  const auto reply = read_page(request);
  if (reply.has_error()) return complain(arguments.words.front() + ": " + reply.error());
  const bool rows = !arguments.output.empty() ? arguments.output != "json" : ::isatty(STDOUT_FILENO) != 0;
  if (arguments.explain && rows) {
    std::fprintf(stderr, "%s: %s\n", reply.page().page_class().c_str(), reply.page().why().c_str());
    Output output(arguments.output, {"ad", "field", "value", "source", "confidence", "path", "raw", "span"});
    for (const auto& origin : reply.page().origins()) output.row(origin);
    return 0;
  }
  std::printf("%s\n", to_json(reply.page()).c_str());
  return 0;
}

int run_decode(const Arguments& arguments) {
  if (auto learned = learn_words(arguments.word_files); !learned) return complain(learned.error());
  const auto at = time_of(arguments);
  if (!at) {
    complain("--at: " + at.error().text);
    return 2;
  }
  parser::TextContext context;
  if (!arguments.region.empty()) context.regions.push_back(arguments.region);
  context.lang = arguments.lang;
  context.now = *at;
  const auto answer = [&](std::string& line) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto decoded = parser::decode(text::valid_utf8(line) ? line : text::repair_utf8(line), context);
    std::printf("%s\n", to_json(decoded).c_str());
  };
  const auto sound = each_line(answer);
  return sound ? 0 : complain(sound.error());
}

}  // namespace vigie::app
