#include "app/importer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "app/http_message.h"
#include "app/warc.h"
#include "core/site.h"
#include "core/text.h"
#include "core/url.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostBody = 16u << 20;

struct Descriptor {
  int fd = -1;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// The responses wait in an unlinked file: they must be read in order of time, and a gzipped file has no other order
// than its own.
Result<int> open_spool(const std::string& folder) {
  std::string path = folder + "/import-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) return fail(Errc::storage, path + ": " + std::strerror(errno));
  ::unlink(path.c_str());
  return fd;
}

Outcome::Kind outcome_of(int status) {
  if (status == 304) return Outcome::unchanged;
  if (status >= 200 && status < 300) return Outcome::ok;
  if (status >= 300 && status < 400) return Outcome::redirect;
  if (status == 404 || status == 410) return Outcome::gone;
  if (status == 401 || status == 403 || status == 451) return Outcome::block;
  if (status == 429 || status == 503) return Outcome::rate_limited;
  return Outcome::server_error;
}

const SiteOptions* site_for(const Config& config, const Url& url) {
  for (const auto& site : config.sites) {
    if (std::find(site.hosts().begin(), site.hosts().end(), url.hostname()) != site.hosts().end()) return &site;
  }
  return nullptr;
}

}  // namespace

std::string ImportSummary::sentence() const {
  return std::to_string(records) + " records, " + std::to_string(imported) + " pages imported (" + std::to_string(new_ads) +
         " new ads, " + std::to_string(changed_ads) + " changed, " + std::to_string(gone_ads) + " gone, " +
         std::to_string(alerts) + " alerts); left out: " + std::to_string(not_responses) + " no responses, " +
         std::to_string(no_site) + " of no site, " + std::to_string(out_of_scope) + " out of scope, " +
         std::to_string(no_authority) + " outside the scope's authority, " + std::to_string(unusable) + " unusable, " +
         std::to_string(failed) + " failed; " + std::to_string(faults) + " errors, " + std::to_string(warnings) +
         " warnings in the files";
}

Importer::Importer(Engine& engine, std::shared_ptr<const Config> config, std::string spool_folder,
                   std::function<void(const std::string&)> tell, std::function<bool(int, int)> progress)
    : engine_(engine), config_(std::move(config)), spool_folder_(std::move(spool_folder)), tell_(std::move(tell)),
      progress_(std::move(progress)) {}

Status Importer::gather(const std::string& file, int spool, std::uint64_t& end) {
  Status written;
  const auto each = [&](WarcRecord&& record) {
    ++summary_.records;
    const auto* type = record.field("warc-type");
    const auto* content_type = record.field("content-type");
    if (!type || text::lower_ascii(*type) != "response" ||
        !(content_type && text::lower_ascii(*content_type).starts_with("application/http"))) {
      ++summary_.not_responses;
      return true;
    }
    const auto* url = record.field("warc-target-uri");
    const auto* date = record.field("warc-date");
    const auto at = date ? parse_rfc3339(*date) : Result<Instant>(fail(Errc::malformed, ""));
    if (!url || !at) {
      ++summary_.unusable;
      return true;
    }
    auto target = *url;
    if (target.size() > 2 && target.front() == '<' && target.back() == '>') target = target.substr(1, target.size() - 2);
    for (std::size_t done = 0; done < record.block.size();) {
      const auto put = ::pwrite(spool, record.block.data() + done, record.block.size() - done, static_cast<off_t>(end + done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) {
        written = fail(errno == ENOSPC ? Errc::full : Errc::storage, std::string("spool: ") + std::strerror(errno));
        return false;
      }
      done += static_cast<std::size_t>(put);
    }
    entries_.push_back({*at, end, record.block.size(), target, file + ": byte " + std::to_string(record.offset)});
    end += record.block.size();
    return true;
  };
  const auto fault = [&](const WarcFault& f) {
    ++(f.warning ? summary_.warnings : summary_.faults);
    tell_(file + ": byte " + std::to_string(f.offset) + (f.warning ? ": warning: " : ": error: ") + f.text);
  };
  if (auto read = read_warc(file, each, fault); !read) return read;
  return written;
}

void Importer::import_one(const Entry& entry, std::string bytes) {
  auto url = Url::parse(entry.url);
  const auto* site = url ? site_for(*config_, *url) : nullptr;
  if (!site) {
    ++summary_.no_site;
    return;
  }
  if (entry.at < from_ms(site->valid_from_ms()) || entry.at >= from_ms(site->valid_to_ms())) {
    ++summary_.no_authority;
    return;
  }
  auto patterns = SitePatterns::compile(*site);
  if (!patterns) {
    ++summary_.failed;
    return;
  }
  const auto page_class = (*patterns)->class_of(*url);
  const bool feed = std::find(site->sitemap().begin(), site->sitemap().end(), url->without_fragment()) != site->sitemap().end();
  const auto role = feed ? Role::feed : page_class == "ad" ? Role::ad_page : Role::index;
  auto visit = crawler::make_visit(url->without_fragment(), *site, role, nullptr, entry.at);
  if (!visit) {
    ++summary_.out_of_scope;
    return;
  }
  auto message = read_http_response(bytes, kMostBody);
  if (!message) {
    ++summary_.unusable;
    ++summary_.faults;
    tell_(entry.source + ": error: " + message.error().text);
    return;
  }
  for (const auto& fault : message->faults) {
    ++summary_.warnings;
    tell_(entry.source + ": warning: " + fault);
  }
  PageItem item;
  auto& exchange = item.exchange;
  exchange.site = *site;
  exchange.visit = *std::move(visit);
  exchange.visit.set_status(message->status);
  exchange.visit.set_outcome(message->cut_off ? Outcome::cut_off : outcome_of(message->status));
  exchange.visit.set_last_ms(to_ms(entry.at));
  exchange.visit.set_tried(true);
  if (const auto* to = message->field("location"); to && exchange.visit.outcome() == Outcome::redirect) {
    if (auto target = Url::parse(*to, *url)) exchange.visit.set_redirect_to(target->without_fragment());
  }
  if (const auto* type = message->field("content-type")) exchange.content_type = *type;
  exchange.host.set_host(exchange.visit.host());
  exchange.headers = message->headers;
  exchange.body = std::move(message->body);
  exchange.started = exchange.ended = entry.at;
  auto committed = engine_.import(std::move(item));
  if (!committed) {
    ++summary_.failed;
    tell_(entry.source + ": error: " + committed.error().text);
    return;
  }
  ++summary_.imported;
  summary_.new_ads += committed->new_ads;
  summary_.changed_ads += committed->changed_ads;
  summary_.gone_ads += committed->gone_ads;
  summary_.alerts += committed->alerts;
}

Result<ImportSummary> Importer::run(const std::vector<std::string>& files) {
  auto spool = open_spool(spool_folder_);
  if (!spool) return std::move(spool).error();
  const Descriptor guard{*spool};
  std::uint64_t end = 0;
  for (const auto& file : files) {
    auto gathered = gather(file, guard.fd, end);
    if (gathered) continue;
    if (gathered.error().code == Errc::full) return std::move(gathered).error();
    ++summary_.faults;
    tell_(gathered.error().text);
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.at < b.at; });
  int done = 0;
  for (const auto& entry : entries_) {
    std::string bytes(entry.size, '\0');
    const auto got = ::pread(guard.fd, bytes.data(), bytes.size(), static_cast<off_t>(entry.offset));
    if (got != static_cast<ssize_t>(bytes.size())) return fail(Errc::storage, "spool: cannot be read back");
    import_one(entry, std::move(bytes));
    if (!progress_(++done, static_cast<int>(entries_.size()))) return fail(Errc::cancelled, "import was cut off");
  }
  return summary_;
}

}  // namespace vigie::app
