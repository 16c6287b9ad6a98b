#include "parser/wallet.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/hash.h"

namespace vigie::parser {

namespace {

constexpr std::string_view kBase58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kBech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

bool all_in(std::string_view s, std::string_view alphabet) { return s.find_first_not_of(alphabet) == std::string_view::npos; }

// The 25 bytes of a base58check address; empty when it is none.
std::string base58check(std::string_view s) {
  if (!all_in(s, kBase58)) return {};
  std::array<std::uint8_t, 25> bytes{};
  for (const char c : s) {
    auto carry = static_cast<unsigned>(kBase58.find(c));
    for (std::size_t i = bytes.size(); i-- > 0;) {
      carry += 58U * bytes[i];
      bytes[i] = static_cast<std::uint8_t>(carry & 0xFF);
      carry >>= 8;
    }
    if (carry != 0) return {};
  }
  const std::string raw(bytes.begin(), bytes.end());
  return sha256(sha256(std::string_view(raw).substr(0, 21))).substr(0, 4) == raw.substr(21) ? raw : std::string();
}

// BIP 173 and 350.
bool bech32(std::string_view s) {
  if (!s.starts_with("bc1") || s.size() > 90 || s.size() < 14 || !all_in(s.substr(3), kBech32)) return false;
  constexpr std::array<std::uint32_t, 5> kGenerator{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  std::uint32_t sum = 1;
  const auto feed = [&](unsigned value) {
    const auto top = sum >> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    for (std::size_t i = 0; i < 5; ++i) sum ^= (top >> i) & 1 ? kGenerator[i] : 0;
  };
  for (const char c : std::string_view("bc")) feed(static_cast<unsigned>(c) >> 5);
  feed(0);
  for (const char c : std::string_view("bc")) feed(static_cast<unsigned>(c) & 31);
  for (const char c : s.substr(3)) feed(static_cast<unsigned>(kBech32.find(c)));
  return sum == 1 || sum == 0x2bc830a3;
}

void keccak_permute(std::array<std::uint64_t, 25>& a) {
  constexpr std::array<std::uint64_t, 24> kRound{
      0x1, 0x8082, 0x800000000000808a, 0x8000000080008000, 0x808b, 0x80000001, 0x8000000080008081, 0x8000000000008009,
      0x8a, 0x88, 0x80008009, 0x8000000a, 0x8000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
      0x8000000000008002, 0x8000000000000080, 0x800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x80000001, 0x8000000080008008};
  constexpr std::array<int, 24> kTurn{1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44};
  constexpr std::array<std::size_t, 24> kLane{10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};
  const auto turn = [](std::uint64_t v, int n) { return (v << n) | (v >> (64 - n)); };
  for (const auto constant : kRound) {
    std::array<std::uint64_t, 5> c{};
    for (std::size_t i = 0; i < 5; ++i) c[i] = a[i] ^ a[i + 5] ^ a[i + 10] ^ a[i + 15] ^ a[i + 20];
    for (std::size_t i = 0; i < 25; ++i) a[i] ^= c[(i + 4) % 5] ^ turn(c[(i + 1) % 5], 1);
    auto lane = a[1];
    for (std::size_t i = 0; i < 24; ++i) {
      const auto kept = a[kLane[i]];
      a[kLane[i]] = turn(lane, kTurn[i]);
      lane = kept;
    }
    for (std::size_t row = 0; row < 25; row += 5) {
      for (std::size_t i = 0; i < 5; ++i) c[i] = a[row + i];
      for (std::size_t i = 0; i < 5; ++i) a[row + i] = c[i] ^ (~c[(i + 1) % 5] & c[(i + 2) % 5]);
    }
    a[0] ^= constant;
  }
}

// EIP-55: the case of each letter is a bit of the hash of the lower-case address. `s`: 40 hex digits.
bool mixed_case_holds(std::string_view s) {
  std::string lower(s);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  std::array<std::uint64_t, 25> state{};
  const auto put = [&](std::size_t at, std::uint8_t byte) { state[at / 8] ^= std::uint64_t{byte} << (8 * (at % 8)); };
  for (std::size_t i = 0; i < lower.size(); ++i) put(i, static_cast<std::uint8_t>(lower[i]));
  put(lower.size(), 1);
  put(135, 0x80);
  keccak_permute(state);
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto byte = (state[i / 16] >> (8 * ((i / 2) % 8))) & 0xFF;
    const auto nibble = i % 2 == 0 ? byte >> 4 : byte & 15;
    if (lower[i] >= 'a' && (nibble >= 8) != (s[i] != lower[i])) return false;
  }
  return true;
}

bool ethereum(std::string_view s) {
  if (s.size() != 42 || !s.starts_with("0x") || !all_in(s.substr(2), "0123456789abcdefABCDEF")) return false;
  s.remove_prefix(2);
  const bool one_case = all_in(s, "0123456789abcdef") || all_in(s, "0123456789ABCDEF");
  return one_case ? s.find_first_of("123456789abcdefABCDEF") != std::string_view::npos : mixed_case_holds(s);
}

}  // namespace

std::string_view wallet_kind(std::string_view run) {
  if (ethereum(run)) return "eth";
  if (bech32(run)) return "btc";
  if (run.size() >= 26 && run.size() <= 35 && (run.front() == '1' || run.front() == '3' || run.front() == 'T')) {
    const auto raw = base58check(run);
    if (raw.empty()) return {};
    if (raw[0] == 0 || raw[0] == 5) return "btc";
    return raw[0] == 0x41 ? "tron" : std::string_view();
  }
  const bool monero = (run.size() == 95 && (run.front() == '4' || run.front() == '8')) || (run.size() == 106 && run.front() == '4');
  return monero && all_in(run, kBase58) ? "xmr" : std::string_view();
}

}  // namespace vigie::parser
