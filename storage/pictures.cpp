#include "storage/pictures.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "core/text.h"
#include "storage/schema.h"

namespace vigie::storage {

namespace {

constexpr std::size_t kDigits = 64, kSlots = 16, kSlotDigits = 4;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint32_t slot_of(std::string_view hash, std::size_t slot) {
  std::uint32_t value = 0;
  for (const char c : hash.substr(slot * kSlotDigits, kSlotDigits)) {
    value = value << 4 | static_cast<std::uint32_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  return value;
}

std::string slot_prefix(std::size_t slot, std::uint32_t value) { return Key('p').u8(slot).u8(value >> 8).u8(value & 0xff).str(); }

}  // namespace

std::string hash_in_address(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  if (const auto slash = url.rfind('/'); slash != std::string_view::npos) url.remove_prefix(slash + 1);
  for (std::size_t i = 0; i < url.size();) {
    if (!is_hex(url[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < url.size() && is_hex(url[end])) ++end;
    const auto run = url.substr(i, end - i);
    i = end;
    if (run.size() != 32 && run.size() != 40 && run.size() != kDigits) continue;
    const auto numbers = static_cast<std::size_t>(std::count_if(run.begin(), run.end(), is_digit));
    if (numbers == 0 || numbers == run.size()) continue;
    std::string hash(run);
    std::transform(hash.begin(), hash.end(), hash.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    return hash;
  }
  return {};
}

bool compares(std::string_view hash) { return hash.size() == kDigits; }

int bits_apart(std::string_view a, std::string_view b) {
  int bits = 0;
  for (std::size_t slot = 0; slot < kSlots; ++slot) bits += std::popcount(slot_of(a, slot) ^ slot_of(b, slot));
  return bits;
}

std::vector<std::string> picture_rows(std::string_view hash) {
  std::vector<std::string> rows;
  for (std::size_t slot = 0; slot < kSlots; ++slot) rows.push_back(slot_prefix(slot, slot_of(hash, slot)).append(hash));
  return rows;
}

std::vector<std::string> picture_prefixes(std::string_view hash) {
  std::vector<std::string> prefixes;
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const auto value = slot_of(hash, slot);
    prefixes.push_back(slot_prefix(slot, value));
    for (std::uint32_t bit = 0; bit < 16; ++bit) prefixes.push_back(slot_prefix(slot, value ^ (1U << bit)));
  }
  std::sort(prefixes.begin(), prefixes.end());
  return prefixes;
}

}  // namespace vigie::storage
