#include "app/parse_worker.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <new>
#include <string>

#include <sys/prctl.h>
#include <unistd.h>

#include "app/frame.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/text.h"
#include "core/url.h"
#include "crawler/feeds.h"
#include "parser/extract.h"
#include "parser/fields.h"

namespace vigie::app {
namespace {

// Compiling a site's patterns costs more than reading one of its pages: the last few readers are kept.
class Readers {
 public:
  Result<std::shared_ptr<const parser::SiteReader>> get(const SiteOptions& site) {
    const auto key = hash64(site.SerializeAsString());
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
    auto reader = parser::SiteReader::compile(site);
    if (!reader) return std::move(reader).error();
    if (known_.size() >= kMost) known_.clear();
    known_[key] = *reader;
    return *reader;
  }

 private:
  static constexpr std::size_t kMost = 256;
  std::map<std::uint64_t, std::shared_ptr<const parser::SiteReader>> known_;
};

ParseReply refused(const Error& error) {
  ParseReply reply;
  reply.set_error(error.text);
  reply.set_error_kind(std::string(name_of(error.code)));
  return reply;
}

bool looks_like_feed(const ParseRequest& request) {
  const auto head = std::string_view(request.body()).substr(0, 512);
  for (const std::string_view mark : {"<urlset", "<sitemapindex", "<rss", "<feed", "<rdf:RDF"}) {
    if (head.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

ParseReply read_as_feed(const ParseRequest& request) {
  auto feed = crawler::read_feed(request.body());
  if (!feed) return refused(feed.error());
  ParseReply reply;
  auto& page = *reply.mutable_page();
  page.set_page_class("feed");
  page.set_why(feed->kind + (feed->truncated ? ", cut at the limit of addresses" : ""));
  const auto base = Url::parse(request.url());
  for (const auto& item : feed->items) {
    auto url = base ? Url::parse(item.url, *base) : Url::parse(item.url);
    if (!url) continue;
    auto& link = *page.add_links();
    link.set_url(url->without_fragment());
    link.set_class_(feed->kind == "sitemapindex" ? "feed" : "other");
    if (item.modified) link.set_modified_ms(to_ms(*item.modified));
  }
  return reply;
}

ParseReply read_with(Readers& readers, const ParseRequest& request) {
  if (looks_like_feed(request)) return read_as_feed(request);
  auto reader = readers.get(request.site());
  if (!reader) return refused(reader.error());
  auto page = (*reader)->read(request);
  if (!page) return refused(page.error());
  ParseReply reply;
  *reply.mutable_page() = *std::move(page);
  return reply;
}

// Libraries load tables on first use; after the sandbox closes they no longer could.
void warm_up(Readers& readers) {
  ParseRequest request;
  request.mutable_site()->set_site("warm-up");
  request.mutable_site()->set_region("BE");
  request.set_url("http://warm-up.test/annonce/1");
  request.set_content_type("text/html; charset=windows-1252");
  request.set_fetched_ms(1'700'000'000'000);
  request.set_body(
      "<html><body><h1>Warm up</h1><p>Tel +33 1 99 00 00 42, EUR 12,50 par jour, hier, 24 ans, mail a@b.test, Namur, "
      "z\xe9ro un neuf neuf z\xe9ro z\xe9ro</p></body></html>");
  (void)read_with(readers, request);
  request.set_content_type("text/html");
  request.set_body("<html><meta charset=gb18030><body><p>\xc4\xe3\xba\xc3 \xff\xfe 12</p></body></html>");
  (void)read_with(readers, request);
}

// Where memory runs out the kernel takes a worker, which costs a page, and not the daemon. Where it may not be asked the
// worker's own limit still holds.
void be_taken_first() {
  if (FILE* file = std::fopen("/proc/self/oom_score_adj", "we")) {
    std::fputs("800", file);
    std::fclose(file);
  }
}

}  // namespace

ParseReply read_page(const ParseRequest& request) {
  Readers readers;
  return read_with(readers, request);
}

Status learn_words(const std::vector<std::string>& files) {
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(Errc::not_found, file + ": cannot be read");
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (auto learned = parser::learn_words(text); !learned) return std::move(learned).error().in(file);
  }
  return {};
}

int run_parse_worker(const WorkerLimits& limits, const std::vector<std::string>& words) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlives the daemon, however that ends
  ::prctl(PR_SET_NAME, "vigie-parse");
  be_taken_first();
  // A unit's words that do not fit cost these words, not the pages.
  if (auto learned = learn_words(words); !learned) log::error("worker.words_refused", {{"why", learned.error().text}});
  Readers readers;
  warm_up(readers);
  if (auto closed = enter_worker_sandbox(limits); !closed) {
    log::error("worker.sandbox_failed", {{"why", closed.error().text}});
    return 1;
  }
  for (;;) {
    auto bytes = read_frame(0, -1ms);
    if (!bytes) return bytes.error().code == Errc::unreachable ? 0 : 1;
    allow_cpu_for_one_page(limits);
    ParseRequest request;
    ParseReply reply;
    if (!request.ParseFromString(*bytes)) {
      reply = refused(fail(Errc::malformed, "worker: request does not decode"));
    } else {
      reply = read_with(readers, request);
    }
    std::string out;
    if (!reply.SerializeToString(&out) || out.size() > kFrameLimit) {
      out = refused(fail(Errc::too_large, "worker: reply over limit")).SerializeAsString();
    }
    if (auto sent = write_frame(1, out, -1ms); !sent) return 1;
  }
}

}  // namespace vigie::app
