#include "storage/schema.h"

#include <algorithm>
#include <array>

namespace vigie::storage {

namespace {

void append_number(std::string& out, std::uint64_t n, std::size_t width) {
  for (std::size_t i = width; i-- > 0;) out += static_cast<char>((n >> (8 * i)) & 0xff);
}

}  // namespace

std::string_view name_of(Family family) {
  static constexpr std::array<std::string_view, kFamilies> kNames = {
      "visit",  "sched",    "host", "lease",   "ad",  "version", "raw", "contact",
      "sketch", "template", "link", "finding", "due", "log",     "meta"};
  return kNames[static_cast<std::size_t>(family)];
}

Key& Key::u8(std::uint64_t n) { return append_number(bytes_, std::min<std::uint64_t>(n, 0xff), 1), *this; }
Key& Key::u32(std::uint64_t n) { return append_number(bytes_, n, 4), *this; }
Key& Key::u64(std::uint64_t n) { return append_number(bytes_, n, 8), *this; }

Key& Key::s(std::string_view text) {
  for (const char c : text) {
    bytes_ += c;
    if (c == '\0') bytes_ += '\xff';
  }
  bytes_.append("\0\x01", 2);
  return *this;
}

char KeyReader::kind() {
  const auto one = bytes(1);
  return one.empty() ? '\0' : one.front();
}

std::string_view KeyReader::bytes(std::size_t count) {
  if (rest_.size() < count) {
    ok_ = false;
    return {};
  }
  const auto part = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return part;
}

std::uint64_t KeyReader::number(std::size_t width) {
  std::uint64_t n = 0;
  for (const char c : bytes(width)) n = n << 8 | static_cast<unsigned char>(c);
  return n;
}

std::string KeyReader::s() {
  std::string text;
  for (std::size_t i = 0; i + 1 < rest_.size(); ++i) {
    if (rest_[i] != '\0') {
      text += rest_[i];
      continue;
    }
    if (rest_[i + 1] == '\x01') {
      rest_.remove_prefix(i + 2);
      return text;
    }
    if (rest_[i + 1] != '\xff') break;
    text += '\0';
    ++i;
  }
  ok_ = false;
  return {};
}

std::string visit_key(std::string_view url) { return Key('u').rest(url).str(); }
std::string site_visit_key(std::string_view site, std::string_view url) { return Key('s').s(site).rest(url).str(); }

std::string sched_key(std::string_view host, std::int32_t priority, std::int64_t due_ms, std::string_view url) {
  return Key().s(host).u8(static_cast<std::uint64_t>(std::max(priority, 0))).ms(due_ms).rest(url).str();
}

std::string host_key(std::string_view host) { return Key('h').rest(host).str(); }
std::string robots_key(std::string_view host) { return Key('r').rest(host).str(); }

std::string ad_key(std::string_view ad) { return Key('a').rest(ad).str(); }
std::string sighting_key(std::string_view ad) { return Key('l').rest(ad).str(); }
std::string ad_change_key(std::int64_t changed_ms, std::string_view ad) { return Key('t').ms(changed_ms).rest(ad).str(); }

std::string version_key(std::string_view ad, std::int32_t version) {
  return Key('v').s(ad).u32(static_cast<std::uint32_t>(version)).str();
}
std::string absence_key(std::string_view ad, std::int64_t from_ms) { return Key('x').s(ad).ms(from_ms).str(); }

std::string contact_prefix(std::string_view kind, std::string_view value) { return Key('c').s(kind).s(value).str(); }

std::string contact_key(std::string_view kind, std::string_view value, std::int64_t first_ms, std::string_view ad,
                        std::uint32_t n) {
  return Key('c').s(kind).s(value).ms_down(first_ms).s(ad).u32(n).str();
}
std::string contact_of_ad_key(std::string_view ad, std::uint32_t n) { return Key('a').s(ad).u32(n).str(); }

std::string due_alert_key(std::int64_t due_ms, std::string_view key) { return Key('a').ms(due_ms).rest(key).str(); }
std::string next_outgoing_key(std::int64_t next_ms, std::string_view id) { return Key('n').ms(next_ms).rest(id).str(); }
std::string receiver_key(std::string_view receiver, std::int64_t created_ms, std::string_view id) {
  return Key('r').s(receiver).ms(created_ms).rest(id).str();
}

std::string after_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace vigie::storage
