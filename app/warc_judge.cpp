#include "app/warc_judge.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>
#include <vector>

#include <arpa/inet.h>
#include <openssl/evp.h>

#include "app/http_message.h"
#include "core/text.h"

namespace vigie::app {
namespace {

std::string base32(std::string_view bytes) {
  static constexpr char kDigits[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  unsigned bits = 0, have = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    have += 8;
    while (have >= 5) {
      have -= 5;
      out += kDigits[(bits >> have) & 31];
    }
  }
  if (have > 0) out += kDigits[(bits << (5 - have)) & 31];
  return out;
}

const EVP_MD* algorithm_of(std::string_view name) {
  if (name == "sha1" || name == "sha-1") return EVP_sha1();
  if (name == "sha256" || name == "sha-256") return EVP_sha256();
  return name == "md5" ? EVP_md5() : nullptr;
}

std::string digest_of(const EVP_MD* algorithm, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &size, algorithm, nullptr) != 1) return "";
  return std::string(reinterpret_cast<char*>(out), size);
}

bool written_as(std::string_view digest, std::string_view written) {
  auto stripped = text::lower_ascii(written);
  while (!stripped.empty() && stripped.back() == '=') stripped.pop_back();
  return stripped == base32(digest) || stripped == text::to_hex(digest) || written == text::to_base64(digest);
}

// `others`: what the digest may have been taken of as well.
void judge_digest(const std::string* value, const char* name, std::string_view bytes, const std::vector<std::string>& others,
                  const WarcComplaint& say) {
  if (!value || value->empty()) return;  // empty: said elsewhere
  const auto colon = value->find(':');
  if (colon == std::string::npos) return say(name, false, std::string(name) + " names no algorithm");
  const auto* algorithm = algorithm_of(text::lower_ascii(text::trim(value->substr(0, colon))));
  if (!algorithm) return say(name, true, std::string(name) + ": algorithm is not known, so it is not checked");
  const auto written = text::trim(std::string_view(*value).substr(colon + 1));
  if (written_as(digest_of(algorithm, bytes), written)) return;
  for (const auto& other : others) {
    if (written_as(digest_of(algorithm, other), written)) return;
  }
  say(name, false, std::string(name) + " does not match the bytes");
}

bool is_uri(std::string_view value) {
  if (value.size() > 2 && value.front() == '<' && value.back() == '>') value = value.substr(1, value.size() - 2);
  const auto colon = value.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == value.size()) return false;
  return std::all_of(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '.' || c == '-'; });
}

bool is_address(const std::string& value) {
  unsigned char out[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, value.c_str(), out) == 1 || ::inet_pton(AF_INET6, value.c_str(), out) == 1;
}

std::string value_of(const WarcRecord& record, std::string_view name) {
  const auto* found = record.field(name);
  return found ? *found : std::string();
}

void judge_once(const WarcRecord& record, const WarcComplaint& say) {
  std::set<std::string> seen;
  for (const auto& [name, value] : record.fields) {
    const bool ours = name.starts_with("warc-") || name == "content-length" || name == "content-type";
    if (!ours) continue;
    const bool second = !seen.insert(name).second;
    if (second && name != "warc-concurrent-to") say(name, false, name + " stands twice");
    if (!second && value.empty() && name != "content-length") say(name, false, name + " is empty");
  }
}

void judge_segment(const WarcRecord& record, const std::string& type, const WarcComplaint& say) {
  const auto segment = value_of(record, "warc-segment-number");
  if (type == "continuation" && segment.empty()) say("", false, "continuation without warc-segment-number");
  if (segment.empty()) return;
  const char* name = "warc-segment-number";
  int number = 0;
  const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), number);
  if (error != std::errc{} || end != segment.data() + segment.size() || number < 1) return say(name, false, "warc-segment-number is no number from 1");
  if (type == "continuation" && number == 1) say(name, false, "warc-segment-number of a continuation is 1");
  if (type != "continuation" && number > 1) say(name, false, "warc-segment-number of a first segment is not 1");
}

void judge_content_type(const WarcRecord& record, const std::string& type, const WarcComplaint& say) {
  const auto content_type = text::lower_ascii(value_of(record, "content-type"));
  if (type != "continuation" && !record.block.empty() && !record.field("content-type")) say("", true, "content-type is missing");
  if (content_type.empty()) return;
  if (content_type.find('/') == std::string::npos) return say("content-type", false, "content-type is no media type");
  if (type == "warcinfo" && !content_type.starts_with("application/warc-fields")) {
    say("content-type", true, "content-type of warcinfo is not application/warc-fields");
  }
}

}  // namespace

void judge_warc_fields(const WarcRecord& record, const WarcComplaint& say) {
  static const std::set<std::string> kTypes{"warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation"};
  static const std::set<std::string> kNeedTarget{"response", "resource", "request", "revisit", "conversion", "continuation"};
  const auto value = [&](const char* name) { return value_of(record, name); };
  const auto type = text::lower_ascii(value("warc-type"));
  judge_once(record, say);
  for (const char* name : {"warc-type", "warc-record-id", "warc-date"}) {
    if (!record.field(name)) say("", false, std::string(name) + " is missing");
  }
  if (!type.empty() && !kTypes.contains(type)) say("warc-type", true, "unknown type " + text::escape_control(type.substr(0, 40)));
  for (const char* name : {"warc-record-id", "warc-target-uri"}) {
    if (!value(name).empty() && !is_uri(value(name))) say(name, false, std::string(name) + " is no URI");
  }
  if (!value("warc-date").empty() && !parse_rfc3339(value("warc-date"))) say("warc-date", false, "warc-date is no time");
  if (kNeedTarget.contains(type) && !record.field("warc-target-uri")) say("", false, "warc-target-uri is missing");
  if (type == "warcinfo" && record.field("warc-target-uri")) say("warc-target-uri", true, "warcinfo has a warc-target-uri");
  if (!value("warc-ip-address").empty() && !is_address(value("warc-ip-address"))) say("warc-ip-address", false, "warc-ip-address is no address");
  judge_content_type(record, type, say);
  judge_segment(record, type, say);
}

void judge_warc_digests(const WarcRecord& record, const WarcComplaint& say) {
  judge_digest(record.field("warc-block-digest"), "warc-block-digest", record.block, {}, say);
  const auto type = text::lower_ascii(value_of(record, "warc-type"));
  if (type == "revisit" || type == "continuation" || record.field("warc-segment-number")) return;
  const auto* digest = record.field("warc-payload-digest");
  if (!digest) return;
  std::string_view payload = record.block;
  std::vector<std::string> others;
  if (text::starts_with_ci(value_of(record, "content-type"), "application/http") || payload.starts_with("HTTP/")) {
    payload.remove_prefix(std::min(http_body_at(payload), payload.size()));
    if (auto joined = join_chunks(payload)) others.push_back(*std::move(joined));
  }
  judge_digest(digest, "warc-payload-digest", payload, others, say);
}

}  // namespace vigie::app
