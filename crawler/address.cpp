#include "crawler/address.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace vigie::crawler {

namespace {

struct Special {
  std::string_view range;
  std::string_view name;
};

// IANA IPv4 and IPv6 special-purpose registries, rows that are not globally reachable, and multicast. The few
// reachable islands inside (192.0.0.9, 192.0.0.10, 2001:1::1 …) are anycast services, never web sites.
constexpr Special kSpecial[] = {
    {"0.0.0.0/8", "this network"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "carrier NAT"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "protocol assignments"},
    {"192.0.2.0/24", "documentation"},
    {"192.31.196.0/24", "AS112"},
    {"192.52.193.0/24", "AMT"},
    {"192.88.99.0/24", "6to4 relay"},
    {"192.168.0.0/16", "private"},
    {"192.175.48.0/24", "AS112"},
    {"198.18.0.0/15", "benchmarks"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved, broadcast"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"::/96", "IPv4-compatible"},
    {"64:ff9b:1::/48", "local NAT64"},
    {"100::/64", "discard"},
    {"100:0:0:1::/64", "dummy prefix"},
    {"2001::/23", "protocol assignments"},
    {"2001:db8::/32", "documentation"},
    {"2620:4f:8000::/48", "AS112"},
    {"3fff::/20", "documentation"},
    {"5f00::/16", "segment routing"},
    {"fc00::/7", "unique local"},
    {"fe80::/10", "link local"},
    {"fec0::/10", "site local, withdrawn"},
    {"ff00::/8", "multicast"},
};

const std::vector<AddressRange>& special_ranges() {
  static const auto ranges = [] {
    std::vector<AddressRange> parsed;
    for (const auto& row : kSpecial) {
      auto range = AddressRange::parse(row.range);
      assert(range);
      parsed.push_back(*range);
    }
    return parsed;
  }();
  return ranges;
}

std::optional<std::uint16_t> read_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

AddressRange fixed(std::string_view text) { return *AddressRange::parse(text); }

Address v4_from(const Address& v6, std::size_t at, std::uint8_t mask = 0) {
  Address inner;
  for (std::size_t i = 0; i < 4; ++i) inner.bytes[i] = static_cast<std::uint8_t>(v6.bytes[at + i] ^ mask);
  return inner;
}

}  // namespace

std::optional<Address> Address::of(const sockaddr& socket) {
  Address address;
  if (socket.sa_family == AF_INET) {
    std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in&>(socket).sin_addr, 4);
    return address;
  }
  if (socket.sa_family != AF_INET6) return std::nullopt;
  address.v6 = true;
  std::memcpy(address.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(socket).sin6_addr, 16);
  return address;
}

std::optional<Address> Address::parse(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would read what stands before it
  const std::string spelled(text);
  Address address;
  if (inet_pton(AF_INET, spelled.c_str(), address.bytes.data()) == 1) return address;
  address.bytes = {};
  address.v6 = true;
  if (inet_pton(AF_INET6, spelled.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto base = Address::parse(text.substr(0, slash));
  if (!base) return fail(Errc::misconfigured, "not an address range: " + std::string(text));
  const int widest = base->v6 ? 128 : 32;
  AddressRange range{*base, widest};
  if (slash == std::string_view::npos) return range;
  const auto digits = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), range.bits);
  if (error != std::errc{} || end != digits.data() + digits.size() || range.bits < 0 || range.bits > widest)
    return fail(Errc::misconfigured, "not an address range: " + std::string(text));
  return range;
}

bool AddressRange::holds(const Address& address) const {
  if (address.v6 != base.v6) return false;
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + bits / 8, address.bytes.begin())) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff << (8 - bits % 8));
  return (base.bytes[whole] & mask) == (address.bytes[whole] & mask);
}

std::optional<Address> carried(const Address& address) {
  static const AddressRange mapped = fixed("::ffff:0:0/96"), nat64 = fixed("64:ff9b::/96"),
                            six_to_four = fixed("2002::/16"), teredo = fixed("2001::/32");
  if (mapped.holds(address) || nat64.holds(address)) return v4_from(address, 12);
  if (six_to_four.holds(address)) return v4_from(address, 2);
  if (teredo.holds(address)) return v4_from(address, 12, 0xff);
  return std::nullopt;
}

bool is_public(const Address& address) {
  // Mapped is IPv4 spelled otherwise; what goes through a translator or tunnel is what comes out of it.
  if (const auto inner = carried(address)) return is_public(*inner);
  if (address.v6 && (address.bytes[0] & 0xe0) != 0x20) return false;  // only 2000::/3 is given out
  return std::none_of(special_ranges().begin(), special_ranges().end(),
                      [&](const AddressRange& range) { return range.holds(address); });
}

std::optional<Endpoint> read_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto address = Address::parse(text.substr(0, colon));
  const auto port = read_port(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, *port};
}

Result<ProxyPlace> read_proxy(std::string_view text) {
  const auto wrong = [&] { return fail(Errc::misconfigured, "not a proxy (http, https or socks5h): " + std::string(text)); };
  const auto mark = text.find("://");
  if (mark == std::string_view::npos) return wrong();
  const auto scheme = text.substr(0, mark);
  // socks5 without h looks names up here, past our resolver and its checks.
  if (scheme != "http" && scheme != "https" && scheme != "socks5h") return wrong();
  auto rest = text.substr(mark + 3);
  rest = rest.substr(0, rest.find('/'));
  rest = rest.substr(rest.rfind('@') + 1);
  const auto bracket = rest.rfind(']');
  const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  ProxyPlace place{std::string(rest.substr(0, colon)), 1080};
  if (colon != std::string_view::npos) {
    const auto port = read_port(rest.substr(colon + 1));
    if (!port) return wrong();
    place.port = *port;
  }
  if (place.host.empty()) return wrong();
  return place;
}

Result<AddressPolicy> AddressPolicy::make(const std::vector<std::string>& allow_private) {
  AddressPolicy policy;
  for (const auto& text : allow_private) {
    auto range = AddressRange::parse(text);
    if (!range) return std::move(range).error().in("network.allow_private");
    policy.allowed_.push_back(*range);
  }
  return policy;
}

bool AddressPolicy::allows(const Address& address) const {
  if (is_public(address)) return true;
  const auto inner = carried(address);
  return std::any_of(allowed_.begin(), allowed_.end(), [&](const AddressRange& range) {
    return range.holds(address) || (inner && range.holds(*inner));
  });
}

}  // namespace vigie::crawler
