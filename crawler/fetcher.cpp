#include "crawler/fetcher.h"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/url.h"
#include "crawler/cookies.h"
#include "crawler/intake.h"
#include "crawler/socket_watch.h"

namespace vigie::crawler {

using Clock = Intake::Clock;

namespace {
// libcurl's receive buffer, and how far the wire count may lag.
constexpr long kBuffer = 16 << 10;
// libcurl reads up to 100 buffers in one call, and decodes them: a tenth of a second of a large page. What the kernel
// holds bounds it, and after so many decoded bytes a transfer pauses until others have had their turn.
constexpr int kKernelBuffer = 64 << 10;
constexpr std::size_t kDecodedAtOnce = 512 << 10;
constexpr Millis kSweep = 100ms;
// To open or end a connection costs a tenth of a millisecond, more with TLS: a few, then others have their turn.
constexpr int kStartsAtOnce = 4;
constexpr std::size_t kLateAtOnce = 16;

template <auto release>
struct Release {
  template <class Handle>
  void operator()(Handle* handle) const { release(handle); }
};
using Curl = std::unique_ptr<CURL, Release<curl_easy_cleanup>>;
using Multi = std::unique_ptr<CURLM, Release<curl_multi_cleanup>>;
using List = std::unique_ptr<curl_slist, Release<curl_slist_free_all>>;

void append(List& list, const std::string& line) {
  if (curl_slist* grown = curl_slist_append(list.get(), line.c_str())) {
    (void)list.release();
    list.reset(grown);
  }
}

/// A transfer with what libcurl needs for it.
struct Transfer : Intake {
  std::function<void(Response)> done;
  const AddressPolicy* policy = nullptr;
  Curl easy;
  List headers, resolve, connect_to;
  bool address_refused = false;
  bool is_paused = false;
  int sent = 0;  // requests
  std::vector<CURL*>* paused = nullptr;    // the fetcher's list
  const std::uint64_t* turn = nullptr;     // the fetcher's count of calls
  std::uint64_t seen_turn = 0;
  curl_off_t turn_wire = 0;                // at its beginning
  std::size_t turn_decoded = 0;

  /// Called before each request that leaves. libcurl sends again by itself when a kept connection turns out to be dead;
  /// the server may have read the first one, so the second has to wait for the host's pace like any other.
  int on_send() {
    if (++sent == 1) return CURL_PREREQFUNC_OK;
    give_up(Outcome::cancelled, "stale_connection");
    return CURL_PREREQFUNC_ABORT;
  }
  std::size_t on_body(std::string_view chunk) {
    long status = 0;
    curl_off_t wire = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy.get(), CURLINFO_SIZE_DOWNLOAD_T, &wire);
    if (std::exchange(seen_turn, *turn) != *turn) {
      turn_wire = wire;
      turn_decoded = 0;
    }
    // Not within the first buffer, where a bomb is: the rest of it would be decoded behind our back.
    if (turn_decoded > kDecodedAtOnce && wire - turn_wire > 2 * kBuffer) {
      if (!std::exchange(is_paused, true)) paused->push_back(easy.get());
      return CURL_WRITEFUNC_PAUSE;
    }
    turn_decoded += chunk.size();
    return take_body(chunk, static_cast<int>(status), wire + kBuffer);
  }
};

struct Verdict {
  CURLcode code;
  Outcome::Kind outcome;
  const char* limit;
};
// What is not in the table is `network`.
constexpr Verdict kVerdicts[] = {
    {CURLE_COULDNT_RESOLVE_HOST, Outcome::name_failed, "no_name_answer"},
    {CURLE_COULDNT_RESOLVE_PROXY, Outcome::name_failed, "no_name_answer"},
    {CURLE_COULDNT_CONNECT, Outcome::network, "connect"},
    {CURLE_GOT_NOTHING, Outcome::network, "no_answer"},
    {CURLE_RECV_ERROR, Outcome::network, "reset"},
    {CURLE_SEND_ERROR, Outcome::network, "reset"},
    {CURLE_OPERATION_TIMEDOUT, Outcome::timed_out, "connect"},
    {CURLE_PARTIAL_FILE, Outcome::cut_off, "content_length"},
    {CURLE_BAD_CONTENT_ENCODING, Outcome::bad_coding, "coding"},
    {CURLE_OUT_OF_MEMORY, Outcome::header_flood, "header_line"},  // libcurl's name for a line over 100 KiB
    {CURLE_URL_MALFORMAT, Outcome::out_of_scope, "url"},
    {CURLE_SSL_CONNECT_ERROR, Outcome::tls, "handshake"},
    {CURLE_PEER_FAILED_VERIFICATION, Outcome::tls, "certificate"},
    {CURLE_SSL_CERTPROBLEM, Outcome::tls, "certificate"},
    {CURLE_SSL_CIPHER, Outcome::tls, "handshake"},
    {CURLE_SSL_CACERT_BADFILE, Outcome::tls, "certificate_store"},
    {CURLE_SSL_INVALIDCERTSTATUS, Outcome::tls, "certificate"},
    {CURLE_TOO_MANY_REDIRECTS, Outcome::redirect_loop, "redirects"},
    {CURLE_WEIRD_SERVER_REPLY, Outcome::network, "no_http"},
    {CURLE_UNSUPPORTED_PROTOCOL, Outcome::network, "no_http"},
};

void judge(Transfer& transfer, CURLcode code) {
  auto& response = transfer.response;
  if (transfer.stop != Outcome::unknown) {
    response.outcome = transfer.stop;
  } else if (code == CURLE_OK || transfer.body_enough) {
    response.outcome = Outcome::ok;
  } else if (transfer.address_refused) {
    response.outcome = Outcome::address_refused;
    response.limit = "non_public_address";
  } else {
    const auto row = std::find_if(std::begin(kVerdicts), std::end(kVerdicts), [&](const Verdict& v) { return v.code == code; });
    response.outcome = row == std::end(kVerdicts) ? Outcome::network : row->outcome;
    response.limit = row == std::end(kVerdicts) ? curl_easy_strerror(code) : row->limit;
    // A body that began and broke is cut off, whatever libcurl calls it.
    if (response.outcome == Outcome::network && !response.body.empty()) response.outcome = Outcome::cut_off;
  }
  CURL* easy = transfer.easy.get();
  long status = 0;
  curl_off_t wire = 0;
  char* peer = nullptr;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &wire);
  curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &peer);
  response.status = static_cast<int>(status);
  response.wire = wire;
  if (peer) response.address = peer;
}

class CurlFetcher : public Fetcher {
 public:
  CurlFetcher(Loop& loop, Options options) : loop_(loop), options_(std::move(options)) {}
  CurlFetcher(const CurlFetcher&) = delete;
  CurlFetcher& operator=(const CurlFetcher&) = delete;
  ~CurlFetcher() override {
    *alive_ = false;
    for (auto& [easy, transfer] : running_) curl_multi_remove_handle(multi_.get(), easy);
    running_.clear();
    multi_.reset();  // closes connections, which are taken out of the watch
  }

  Status open() {
    static const CURLcode library = curl_global_init(CURL_GLOBAL_ALL);
    multi_.reset(library == CURLE_OK ? curl_multi_init() : nullptr);
    watch_ = SocketWatch::make(loop_, [this](int fd, int events) { ready(fd, events); });
    if (!multi_ || !watch_) return fail(Errc::misconfigured, "libcurl cannot start");
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlFetcher::on_socket);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlFetcher::on_timer);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(2 * options_.in_flight));
    return {};
  }

  void start(Request request, std::function<void(Response)> done) override;
  void cancel_all() override {
    auto unsent = std::exchange(waiting_, {});
    for (auto& transfer : unsent) {
      transfer->response.outcome = Outcome::cancelled;
      transfer->done(std::move(transfer->response));
    }
    std::vector<CURL*> all;
    for (auto& [easy, transfer] : running_) all.push_back(easy);
    for (CURL* easy : all) abort(easy, Outcome::cancelled, "");
  }

 private:
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
    auto& watch = *static_cast<CurlFetcher*>(self)->watch_;
    const int wanted = what == CURL_POLL_REMOVE ? 0 : what;  // libcurl may have it again later, or closes it by itself
    watch.want(fd, (wanted & CURL_POLL_IN ? SocketWatch::kRead : 0) | (wanted & CURL_POLL_OUT ? SocketWatch::kWrite : 0));
    return 0;
  }
  static int on_close(void* self, curl_socket_t fd) {
    static_cast<CurlFetcher*>(self)->watch_->closing(fd);
    return ::close(fd);
  }
  static int on_timer(CURLM*, long timeout_ms, void* self) {
    static_cast<CurlFetcher*>(self)->arm(timeout_ms);
    return 0;
  }
  static curl_socket_t on_open(void* data, curlsocktype, curl_sockaddr* address);
  void launch_soon();
  void launch(std::unique_ptr<Transfer> transfer);
  void set_options(Transfer& transfer);
  void add_cookies(Transfer& transfer);
  void keep_cookies(const Transfer& transfer);
  void set_route(Transfer& transfer);
  void ready(curl_socket_t fd, int events);
  void arm(long timeout_ms);
  void act(curl_socket_t fd, int events);
  void collect();
  void resume_soon();
  void finish(CURL* easy, CURLcode code);
  void abort(CURL* easy, Outcome::Kind why, const char* limit);
  void sweep();

  Loop& loop_;
  Options options_;
  std::unique_ptr<SocketWatch> watch_;  // outlives what closes connections
  Multi multi_;
  std::deque<std::unique_ptr<Transfer>> waiting_;  // accepted, not yet libcurl's
  bool launching_ = false;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> running_;
  std::unordered_map<std::string, CookieJar> jars_;  // by site
  std::shared_ptr<Loop::Timer> timer_, sweeper_;
  std::vector<Curl> spare_;
  std::vector<CURL*> paused_;
  std::uint64_t turn_ = 0, timer_turn_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // handlers that are queued when we go find it false
};

// The one gate that no spelling of an address, redirect or changed name answer gets around: it sees where the socket
// really goes.
curl_socket_t CurlFetcher::on_open(void* data, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(data);
  const auto peer = Address::of(address->addr);
  const auto& proxies = transfer.request.proxy_addresses;
  const bool proxy = peer && std::find(proxies.begin(), proxies.end(), *peer) != proxies.end();
  if (!peer || (!proxy && !transfer.policy->allows(*peer))) {
    transfer.address_refused = true;
    return CURL_SOCKET_BAD;
  }
  const auto opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (opened >= 0) setsockopt(opened, SOL_SOCKET, SO_RCVBUF, &kKernelBuffer, sizeof kKernelBuffer);
  return opened;
}

void CurlFetcher::set_options(Transfer& transfer) {
  CURL* easy = transfer.easy.get();
  const auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_URL, transfer.request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ACCEPT_ENCODING, "");  // all that this libcurl can decode
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  set(CURLOPT_BUFFERSIZE, kBuffer);
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.limits.connect.count()));
  set(CURLOPT_MAXAGE_CONN, 60L);
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_PROXY, transfer.request.proxy.c_str());  // "" also keeps the environment's out
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_PRIVATE, &transfer);
  set(CURLOPT_OPENSOCKETFUNCTION, &CurlFetcher::on_open);
  set(CURLOPT_OPENSOCKETDATA, &transfer);
  set(CURLOPT_CLOSESOCKETFUNCTION, &CurlFetcher::on_close);
  set(CURLOPT_CLOSESOCKETDATA, this);
  set(CURLOPT_HEADERDATA, &transfer);
  set(CURLOPT_WRITEDATA, &transfer);
  using Callback = std::size_t (*)(char*, std::size_t, std::size_t, void*);
  const Callback header = [](char* data, std::size_t size, std::size_t count, void* t) {
    return static_cast<Transfer*>(t)->take_header({data, size * count});
  };
  const Callback body = [](char* data, std::size_t size, std::size_t count, void* t) {
    return static_cast<Transfer*>(t)->on_body({data, size * count});
  };
  set(CURLOPT_HEADERFUNCTION, header);
  set(CURLOPT_WRITEFUNCTION, body);
  const curl_prereq_callback before = [](void* t, char*, char*, int, int) { return static_cast<Transfer*>(t)->on_send(); };
  set(CURLOPT_PREREQFUNCTION, before);
  set(CURLOPT_PREREQDATA, &transfer);
  append(transfer.headers, transfer.request.any_type ? "Accept: */*" : "Accept: text/html,application/xhtml+xml,*/*;q=0.5");
  if (!transfer.request.etag.empty()) append(transfer.headers, "If-None-Match: " + transfer.request.etag);
  if (!transfer.request.last_modified.empty())
    append(transfer.headers, "If-Modified-Since: " + transfer.request.last_modified);
  add_cookies(transfer);
  set(CURLOPT_HTTPHEADER, transfer.headers.get());
}

void CurlFetcher::add_cookies(Transfer& transfer) {
  const auto jar = jars_.find(transfer.request.site);
  if (jar == jars_.end() || jar->second.size() == 0) return;
  const auto cookies = jar->second.header(*Url::parse(transfer.request.url), transfer.request.at);
  if (!cookies.empty()) append(transfer.headers, "Cookie: " + cookies);
}

void CurlFetcher::keep_cookies(const Transfer& transfer) {
  const auto& request = transfer.request;
  if (!request.site.empty()) jars_[request.site].set_all(transfer.response.headers, *Url::parse(request.url), request.at);
}

/// Our own addresses, so that libcurl never looks a name up: it would stand still for seconds.
void CurlFetcher::set_route(Transfer& transfer) {
  const auto& request = transfer.request;
  const auto entry = [&](const std::string& host, std::uint16_t port, const std::vector<Address>& addresses) {
    std::string line = "+" + host + ":" + std::to_string(port) + ":";  // '+': it expires like any other answer
    for (std::size_t i = 0; i < addresses.size(); ++i) line += (i ? "," : "") + addresses[i].text();
    append(transfer.resolve, line);
  };
  if (!request.proxy.empty()) {
    if (const auto proxy = read_proxy(request.proxy); proxy && !Address::parse(proxy->host))
      entry(proxy->host, proxy->port, request.proxy_addresses);
  } else {
    const auto port = request.port ? request.port : request.url_port;
    const bool literal = Address::parse(request.host).has_value();
    if (!literal) entry(request.host, port, request.addresses);
    if (request.port) {
      const std::string to = literal && !request.addresses.empty()
                                 ? (request.addresses[0].v6 ? "[" + request.addresses[0].text() + "]" : request.addresses[0].text())
                                 : request.host;
      append(transfer.connect_to, request.host + ":" + std::to_string(request.url_port) + ":" + to + ":" + std::to_string(port));
      curl_easy_setopt(transfer.easy.get(), CURLOPT_CONNECT_TO, transfer.connect_to.get());
    }
  }
  curl_easy_setopt(transfer.easy.get(), CURLOPT_RESOLVE, transfer.resolve.get());
}

void CurlFetcher::start(Request request, std::function<void(Response)> done) {
  auto transfer = std::make_unique<Transfer>();
  transfer->request = std::move(request);
  transfer->done = std::move(done);
  transfer->paused = &paused_;
  transfer->turn = &turn_;
  transfer->policy = &options_.policy;
  transfer->limits = &options_.limits;
  waiting_.push_back(std::move(transfer));
  launch_soon();
}

void CurlFetcher::launch_soon() {
  if (std::exchange(launching_, true)) return;
  loop_.post([this, alive = alive_] {
    if (!*alive) return;
    launching_ = false;
    for (int n = 0; n < kStartsAtOnce && !waiting_.empty(); ++n) {
      auto transfer = std::move(waiting_.front());
      waiting_.pop_front();
      launch(std::move(transfer));
    }
    if (!waiting_.empty()) launch_soon();
  });
}

void CurlFetcher::launch(std::unique_ptr<Transfer> transfer) {
  if (spare_.empty()) {
    transfer->easy.reset(curl_easy_init());
  } else {
    transfer->easy = std::move(spare_.back());
    spare_.pop_back();
  }
  transfer->started = Clock::now();
  set_options(*transfer);
  set_route(*transfer);
  CURL* easy = transfer->easy.get();
  running_.emplace(easy, std::move(transfer));
  if (curl_multi_add_handle(multi_.get(), easy) != CURLM_OK) {
    // Posted, since the caller does not expect its answer from within start().
    loop_.post([this, easy, alive = alive_] {
      if (*alive && running_.contains(easy)) abort(easy, Outcome::network, "libcurl");
    });
  }
  if (!sweeper_) sweep();
}

void CurlFetcher::ready(curl_socket_t fd, int events) {
  act(fd, (events & SocketWatch::kRead ? CURL_CSELECT_IN : 0) | (events & SocketWatch::kWrite ? CURL_CSELECT_OUT : 0) |
              (events & SocketWatch::kError ? CURL_CSELECT_ERR : 0));
}

void CurlFetcher::arm(long timeout_ms) {
  timer_.reset();  // a wait that already fired finds its Timer gone
  ++timer_turn_;
  if (timeout_ms < 0) return;
  if (timeout_ms > 0) {
    timer_ = loop_.after(Millis(timeout_ms), [this] { act(CURL_SOCKET_TIMEOUT, 0); });
    return;
  }
  loop_.post([this, turn = timer_turn_, alive = alive_] {  // at once, which a clock is not needed for
    if (*alive && turn == timer_turn_) act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void CurlFetcher::act(curl_socket_t fd, int events) {
  int running = 0;
  ++turn_;
  curl_multi_socket_action(multi_.get(), fd, events, &running);
  collect();
  resume_soon();
}

void CurlFetcher::resume_soon() {
  if (paused_.empty()) return;
  loop_.post([this, alive = alive_] {
    if (!*alive) return;
    for (CURL* easy : std::exchange(paused_, {})) {
      const auto at = running_.find(easy);  // it may have ended, and its handle may serve another
      if (at == running_.end() || !std::exchange(at->second->is_paused, false)) continue;
      ++turn_;
      // What libcurl has kept comes now; an answer that we end here is not ended by it.
      if (curl_easy_pause(easy, CURLPAUSE_CONT) != CURLE_OK) finish(easy, CURLE_WRITE_ERROR);
    }
    resume_soon();
  });
}

void CurlFetcher::collect() {
  std::vector<std::pair<CURL*, CURLcode>> ended;
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE) ended.emplace_back(message->easy_handle, message->data.result);
  // Removing handles invalidates messages: hence the list first.
  for (const auto& [easy, code] : ended) finish(easy, code);
}

void CurlFetcher::finish(CURL* easy, CURLcode code) {
  const auto at = running_.find(easy);
  if (at == running_.end()) return;
  const auto transfer = std::move(at->second);
  running_.erase(at);
  judge(*transfer, code);
  curl_multi_remove_handle(multi_.get(), easy);
  curl_easy_reset(easy);
  if (spare_.size() < 64) spare_.push_back(std::move(transfer->easy));
  if (transfer->response.sets_cookies) keep_cookies(*transfer);
  transfer->done(std::move(transfer->response));
}

void CurlFetcher::abort(CURL* easy, Outcome::Kind why, const char* limit) {
  const auto at = running_.find(easy);
  if (at == running_.end()) return;
  at->second->give_up(why, limit);
  finish(easy, CURLE_ABORTED_BY_CALLBACK);
}

/// The time limits that libcurl does not have, or averages differently: one pass over what runs, ten times a second.
void CurlFetcher::sweep() {
  const auto now = Clock::now();
  std::vector<std::pair<CURL*, Intake::Verdict>> late;
  for (auto& [easy, t] : running_) {
    if (late.size() == kLateAtOnce) break;
    if (const auto why = t->too_late(now)) late.emplace_back(easy, *why);
  }
  for (const auto& [easy, verdict] : late) abort(easy, verdict.outcome, verdict.limit);
  if (running_.empty()) {
    sweeper_.reset();
    return;
  }
  sweeper_ = loop_.after(late.size() == kLateAtOnce ? Millis{0} : kSweep, [this] { sweep(); });
}

}  // namespace

Result<std::unique_ptr<Fetcher>> Fetcher::make(Loop& loop, Options options) {
  auto fetcher = std::make_unique<CurlFetcher>(loop, std::move(options));
  if (auto opened = fetcher->open(); !opened) return std::move(opened).error();
  return std::unique_ptr<Fetcher>(std::move(fetcher));
}

}  // namespace vigie::crawler
