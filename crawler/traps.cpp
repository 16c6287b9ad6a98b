#include "crawler/traps.h"

#include <algorithm>
#include <string_view>

#include "core/hash.h"
#include "core/text.h"

namespace vigie::crawler {

namespace {

constexpr std::size_t kSessionValue = 8;  // a shorter value is a page number or a word
constexpr int kMatters = -1000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_masked(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) {
      out += text[i];
    } else if (i == 0 || !is_digit(text[i - 1])) {
      out += 'N';
    }
  }
}

std::vector<std::string_view> parameters_of(const Url& url) {
  if (url.query().size() < 2) return {};
  return text::split(std::string_view(url.query()).substr(1), '&');
}

std::string_view name_of(std::string_view parameter) { return parameter.substr(0, parameter.find('=')); }
std::string_view value_of(std::string_view parameter) {
  const auto equals = parameter.find('=');
  return equals == std::string_view::npos ? std::string_view() : parameter.substr(equals + 1);
}

bool may_be_session(std::string_view value) { return value.size() >= kSessionValue && std::any_of(value.begin(), value.end(), is_digit); }

std::uint64_t hash_without(const Url& url, const std::vector<std::string_view>& parameters, std::size_t left_out) {
  std::string rest = url.origin() + url.path();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (i != left_out) rest.append("&").append(parameters[i]);
  }
  return hash64(rest + "#" + std::string(name_of(parameters[left_out])));
}

}  // namespace

namespace {

/// A path that repeats its own segments, as a rule that leads in circles makes them, is told by which it has, in whatever order;
/// dates may have three numbers.
void append_path(std::string& pattern, std::string_view path) {
  constexpr int kNumbers = 3;
  std::vector<std::string> parts;
  bool circles = false;
  for (const auto segment : text::split(path.substr(path.empty() ? 0 : 1), '/')) {
    std::string masked = "/";
    append_masked(masked, segment);
    const auto times = std::count(parts.begin(), parts.end(), masked);
    circles = circles || (!segment.empty() && times >= (masked == "/N" ? kNumbers : 1));
    parts.push_back(std::move(masked));
  }
  if (circles) {
    std::sort(parts.begin(), parts.end());
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  }
  for (const auto& part : parts) pattern += part;
  if (circles) pattern += "/+";
}

}  // namespace

std::string address_pattern(const Url& url) {
  std::string pattern;
  append_path(pattern, url.path());
  std::vector<std::string> shown;
  for (const auto parameter : parameters_of(url)) {
    if (parameter.empty()) continue;
    const auto value = value_of(parameter);
    const bool number = !value.empty() && std::all_of(value.begin(), value.end(), is_digit);
    shown.push_back(std::string(name_of(parameter)) + (value.empty() ? "" : number ? "=N" : "=*"));
  }
  std::sort(shown.begin(), shown.end());
  char separator = '?';
  for (const auto& each : shown) {
    pattern += separator;
    pattern += each;
    separator = '&';
  }
  return pattern;
}

std::string without_sessions(std::string_view url) {
  const auto query = url.find('?');
  if (query == std::string_view::npos) return std::string(url);
  std::string out(url.substr(0, query));
  for (const auto parameter : text::split(url.substr(query + 1), '&')) {
    if (!may_be_session(value_of(parameter))) out.append("&").append(parameter);
  }
  return out;
}

std::optional<MutedPattern> Traps::looked(const Url& url, bool fresh, std::uint64_t content, Instant now) {
  auto pattern = address_pattern(url);
  if (!patterns_.contains(pattern) && patterns_.size() >= kMostPatterns) return std::nullopt;
  auto& counts = patterns_[pattern];
  ++counts.looks;
  counts.fresh += fresh ? 1 : 0;
  counts.equal = !fresh && content == counts.content ? counts.equal + 1 : 1;
  counts.content = content;
  const bool barren = counts.looks >= kLooks && static_cast<double>(counts.fresh) < kFreshShare * static_cast<double>(counts.looks);
  const bool equal = counts.equal >= kEqualRun;
  if (!barren && !equal) return std::nullopt;
  MutedPattern muted;
  muted.set_pattern(pattern);
  muted.set_since_ms(to_ms(now));
  muted.set_reason(equal ? "different addresses show the same" : "its pages bring nothing new");
  muted.set_pages(counts.looks);
  muted.set_fresh(counts.fresh);
  patterns_.erase(pattern);
  return muted;
}

bool Traps::permuted(const Url& url) {
  auto parameters = parameters_of(url);
  if (parameters.size() < 2) return false;
  // Only the order between names counts as free: "a=1&a=2" is another page than "a=2&a=1".
  std::stable_sort(parameters.begin(), parameters.end(), [](auto a, auto b) { return name_of(a) < name_of(b); });
  std::string sorted = url.origin() + url.path();
  for (const auto parameter : parameters) sorted.append("&").append(parameter);
  if (orders_.size() >= kMostAddresses) orders_.clear();
  const auto written = hash64(url.href());
  return orders_.try_emplace(hash64(sorted), written).first->second != written;
}

std::optional<std::string> Traps::session_parameter(const Url& url, std::uint64_t content) {
  const auto parameters = parameters_of(url);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto value = value_of(parameters[i]);
    if (!may_be_session(value)) continue;
    if (rests_.size() >= kMostAddresses) rests_.clear();
    const auto value_hash = hash64(value);
    const auto [at, first] = rests_.try_emplace(hash_without(url, parameters, i), Seen{content, value_hash});
    if (first || at->second.value == value_hash) continue;
    if (proofs_.size() >= kMostPatterns) proofs_.clear();
    auto& proofs = proofs_[std::string(name_of(parameters[i]))];
    if (at->second.content != content) proofs = kMatters;
    if (++proofs >= kSessionProofs) return std::string(name_of(parameters[i]));
  }
  return std::nullopt;
}

}  // namespace vigie::crawler
