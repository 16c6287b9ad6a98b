#include "crawler/resolver.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include <ares.h>
#include <netinet/in.h>

#include "core/text.h"
#include "crawler/loop_impl.h"

namespace vigie::crawler {

namespace asio = boost::asio;

namespace {

constexpr Millis kLeast = 60s, kMost = 1h, kRefusal = 60s;
constexpr int kTryMs = 2000, kTries = 2;

struct AnswerFree {
  void operator()(ares_addrinfo* answer) const { ares_freeaddrinfo(answer); }
};

Named read_answer(const ares_addrinfo& answer, Millis& ttl) {
  Named named;
  for (const auto* node = answer.nodes; node; node = node->ai_next) {
    Address address;
    if (node->ai_family == AF_INET) {
      std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in*>(node->ai_addr)->sin_addr, 4);
    } else if (node->ai_family == AF_INET6) {
      address.v6 = true;
      std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr, 16);
    } else {
      continue;
    }
    ttl = std::min<Millis>(ttl, std::chrono::seconds(std::max(node->ai_ttl, 0)));
    if (named.addresses.size() < 16) named.addresses.push_back(address);
  }
  if (named.addresses.empty()) named.fault = Named::Fault::no_such_name;
  return named;
}

class CaresResolver : public Resolver {
 public:
  CaresResolver(Loop& loop, Millis patience) : loop_(loop), patience_(patience) {}
  CaresResolver(const CaresResolver&) = delete;
  CaresResolver& operator=(const CaresResolver&) = delete;
  ~CaresResolver() override {
    closing_ = true;
    *alive_ = false;
    if (channel_) ares_destroy(channel_);
    for (auto& [fd, socket] : sockets_) socket->stream.release();
  }

  Status open(const ResolverOptions& options) {
    for (const auto& [host, where] : options.table) {
      const auto endpoint = read_endpoint(where);
      if (!endpoint) return fail(Errc::misconfigured, "network.resolve." + host + ": not address:port: " + where);
      table_[text::lower_ascii(host)] = Named{Named::Fault::none, {endpoint->address}, endpoint->port};
    }
    ares_options set{};
    set.timeout = kTryMs;
    set.tries = kTries;
    set.flags = ARES_FLAG_NOSEARCH;  // a name is meant as it is written
    set.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
      static_cast<CaresResolver*>(self)->watch(fd, readable != 0, writable != 0);
    };
    set.sock_state_cb_data = this;
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    const int flags = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (library != ARES_SUCCESS || ares_init_options(&channel_, &set, flags) != ARES_SUCCESS)
      return fail(Errc::misconfigured, "the name resolver cannot start");
    if (options.name_servers.empty()) return {};
    const auto servers = text::join(options.name_servers, ",");
    if (ares_set_servers_ports_csv(channel_, servers.c_str()) != ARES_SUCCESS)
      return fail(Errc::misconfigured, "not a list of name servers: " + servers);
    return {};
  }

  void resolve(const std::string& host, Instant now, std::function<void(Named)> done) override {
    const auto fixed = table_.find(host);
    const auto known = cache_.find(host);
    if (const auto address = Address::parse(host); fixed == table_.end() && address) {
      later(std::move(done), Named{Named::Fault::none, {*address}, 0});
    } else if (fixed != table_.end()) {
      later(std::move(done), fixed->second);
    } else if (known != cache_.end() && known->second.until > now) {
      later(std::move(done), known->second.named);
    } else {
      ask(host, now, std::move(done));
    }
  }

 private:
  struct Socket {
    explicit Socket(asio::io_context& io) : stream(io) {}
    asio::posix::stream_descriptor stream;
    bool read = false, write = false;        // wanted
    bool reading = false, writing = false;   // an Asio wait is out
  };
  struct Query {
    CaresResolver* self;
    std::string host;
    Instant asked;
    bool answered = false;  // or given up
    std::function<void(Named)> done;
    std::shared_ptr<Loop::Timer> patience;
  };
  struct Kept {
    Named named;
    Instant until;
  };

  void later(std::function<void(Named)> done, Named named) {
    loop_.post([done = std::move(done), named = std::move(named)]() mutable { done(std::move(named)); });
  }

  void ask(const std::string& host, Instant now, std::function<void(Named)> done) {
    auto query = std::make_shared<Query>(Query{this, host, now, false, std::move(done), nullptr});
    query->patience = loop_.after(patience_, [this, weak = std::weak_ptr<Query>(query)] {
      if (const auto late = weak.lock()) finish(*late, Named{Named::Fault::no_answer, {}, 0}, kRefusal);
    });
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;  // sorting opens sockets; we try them in the order given
    auto* held = new std::shared_ptr<Query>(query);  // c-ares owns it until the callback, which always comes
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &CaresResolver::answered, held);
    arm();
  }

  static void answered(void* held, int status, int, ares_addrinfo* raw) {
    const std::unique_ptr<std::shared_ptr<Query>> owner(static_cast<std::shared_ptr<Query>*>(held));
    const std::unique_ptr<ares_addrinfo, AnswerFree> answer(raw);
    Query& query = **owner;
    if (query.self->closing_) return;
    Millis keep = kMost;
    Named named;
    if (status == ARES_SUCCESS && answer) {
      named = read_answer(*answer, keep);
      keep = std::max(keep, kLeast);
    } else {
      const bool no = status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME;
      named.fault = no ? Named::Fault::no_such_name : Named::Fault::no_answer;
      keep = kRefusal;
    }
    query.self->finish(query, std::move(named), keep);
  }

  void finish(Query& query, Named named, Millis keep) {
    if (std::exchange(query.answered, true)) return;
    if (cache_.size() >= kMostNames) cache_.erase(cache_.begin());
    cache_[query.host] = Kept{named, query.asked + keep};
    later(std::move(query.done), std::move(named));
  }

  void watch(ares_socket_t fd, bool read, bool write) {
    auto& slot = sockets_[fd];
    if (!read && !write) {
      // c-ares closes the descriptor itself right after this.
      if (slot) slot->stream.release();
      sockets_.erase(fd);
      return;
    }
    if (!slot) {
      slot = std::make_shared<Socket>(loop_.impl().io);
      boost::system::error_code ignored;
      slot->stream.assign(fd, ignored);
    }
    slot->read = read;
    slot->write = write;
    wait(fd, slot);
  }

  void wait(ares_socket_t fd, const std::shared_ptr<Socket>& socket) {
    if (socket->read && !std::exchange(socket->reading, true))
      socket->stream.async_wait(asio::posix::stream_descriptor::wait_read,
                                [this, fd, socket, alive = alive_](const boost::system::error_code& error) {
                                  socket->reading = false;
                                  if (*alive && !error) ready(fd, socket, true);
                                });
    if (socket->write && !std::exchange(socket->writing, true))
      socket->stream.async_wait(asio::posix::stream_descriptor::wait_write,
                                [this, fd, socket, alive = alive_](const boost::system::error_code& error) {
                                  socket->writing = false;
                                  if (*alive && !error) ready(fd, socket, false);
                                });
  }

  void ready(ares_socket_t fd, const std::shared_ptr<Socket>& socket, bool read) {
    const auto current = sockets_.find(fd);
    if (current == sockets_.end() || current->second != socket) return;  // the descriptor has a new owner
    ares_process_fd(channel_, read ? fd : ARES_SOCKET_BAD, read ? ARES_SOCKET_BAD : fd);
    const auto still = sockets_.find(fd);
    if (still != sockets_.end() && still->second == socket) wait(fd, socket);
    arm();
  }

  void arm() {
    timeval limit{}, *wait = ares_timeout(channel_, nullptr, &limit);
    if (!wait) {
      timer_.reset();
      return;
    }
    const Millis delay(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1);
    timer_ = loop_.after(delay, [this] {
      ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
      arm();
    });
  }

  Loop& loop_;
  Millis patience_;
  ares_channel channel_ = nullptr;
  bool closing_ = false;
  std::unordered_map<std::string, Named> table_;
  std::unordered_map<std::string, Kept> cache_;
  std::unordered_map<ares_socket_t, std::shared_ptr<Socket>> sockets_;
  std::shared_ptr<Loop::Timer> timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // waits that are queued when we go find it false
};

}  // namespace

Result<std::unique_ptr<Resolver>> Resolver::make(Loop& loop, ResolverOptions options) {
  auto resolver = std::make_unique<CaresResolver>(loop, options.patience);
  if (auto opened = resolver->open(options); !opened) return std::move(opened).error();
  return std::unique_ptr<Resolver>(std::move(resolver));
}

}  // namespace vigie::crawler
