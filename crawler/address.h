#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

struct sockaddr;

namespace vigie::crawler {

/// One IP address. IPv4 that hides in IPv6 (mapped, NAT64, 6to4, Teredo) is unwrapped by `carried()`, never here.
struct Address {
  std::array<std::uint8_t, 16> bytes{};  // IPv4: the first four
  bool v6 = false;

  /// Reads the usual spelling only ("192.0.2.1", "2001:db8::1", brackets allowed); decimal, octal, hex: empty.
  static std::optional<Address> parse(std::string_view text);
  static std::optional<Address> of(const sockaddr& socket);
  std::string text() const;
  bool operator==(const Address&) const = default;
};

/// "192.0.2.0/24", or one address.
struct AddressRange {
  Address base;
  int bits = 0;

  static Result<AddressRange> parse(std::string_view text);
  bool holds(const Address& address) const;
};

/// The IPv4 address that an IPv6 one carries for another machine to unwrap; empty: none.
std::optional<Address> carried(const Address& address);

/// Globally reachable by the IANA special-purpose registries (IPv4, IPv6), what is carried inside included.
bool is_public(const Address& address);

struct Endpoint {
  Address address;
  std::uint16_t port = 0;
};
/// "127.0.0.1:8081", "[::1]:8081"; empty: neither.
std::optional<Endpoint> read_endpoint(std::string_view text);

struct ProxyPlace {
  std::string host;
  std::uint16_t port = 1080;  // libcurl's default for every kind
};
/// Where a proxy stands ("socks5h://127.0.0.1:9050"); `misconfigured` for another scheme or no address.
Result<ProxyPlace> read_proxy(std::string_view text);

/// Which addresses we may speak to: public ones, and what the configuration allows on top.
class AddressPolicy {
 public:
  static Result<AddressPolicy> make(const std::vector<std::string>& allow_private);
  bool allows(const Address& address) const;

 private:
  std::vector<AddressRange> allowed_;
};

}  // namespace vigie::crawler
