#include "core/site.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>
#include <vector>

#include "core/hash.h"
#include "core/text.h"

namespace vigie {
namespace {

constexpr std::string_view kKeptInIds = "._~-";

struct Pattern {
  std::unique_ptr<RE2> re;
  int id_group = 0;      // of `ad` patterns; 0: none
  bool decoded = false;  // written with letters outside ASCII: matched against the address as a person reads it
};

Result<Pattern> compile_one(const std::string& source, const std::string& place) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(8 << 20);
  Pattern pattern{std::make_unique<RE2>(source, options), 0, false};
  if (!pattern.re->ok()) return fail(Errc::misconfigured, place + ": " + pattern.re->error());
  const auto& groups = pattern.re->NamedCapturingGroups();
  if (const auto found = groups.find("id"); found != groups.end()) pattern.id_group = found->second;
  pattern.decoded =
      std::any_of(source.begin(), source.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return pattern;
}

/// "www.a.example" and "a.example" are one site to everybody but a name server.
std::string_view bare_host(std::string_view host) {
  if (host.starts_with("www.")) host.remove_prefix(4);
  return host;
}

class Compiled final : public SitePatterns {
 public:
  Status add(const SiteOptions& site) {
    for (int i = 0; i < site.follow_size(); ++i) {
      auto pattern = compile_one(site.follow(i), "follow[" + std::to_string(i) + "]");
      if (!pattern) return std::move(pattern).error();
      follow_.push_back(*std::move(pattern));
    }
    for (int i = 0; i < site.ad_size(); ++i) {
      auto pattern = compile_one(site.ad(i), "ad[" + std::to_string(i) + "]");
      if (!pattern) return std::move(pattern).error();
      ad_.push_back(*std::move(pattern));
    }
    for (const auto& host : site.hosts()) hosts_.emplace(bare_host(text::lower_ascii(host)));
    for (const auto& address : site.start()) {
      const auto url = Url::parse(address);
      if (!url) continue;  // the configuration reader has named it
      start_.insert(url->without_fragment());
      if (site.hosts().empty()) hosts_.emplace(bare_host(url->hostname()));
    }
    return {};
  }

  bool own_host(const Url& url) const override { return hosts_.contains(std::string(bare_host(url.hostname()))); }

  std::string_view class_of(const Url& url) const override {
    if (!own_host(url)) return "other";
    if (start_.contains(url.without_fragment())) return "list";
    const Address address(url);
    if (first_match(ad_, address) != nullptr) return "ad";
    return first_match(follow_, address) != nullptr ? "list" : "other";
  }

  std::string number_of(const Url& url) const override {
    const Address address(url);
    const auto* pattern = first_match(ad_, address);
    if (pattern == nullptr || pattern->id_group == 0) return {};
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(pattern->id_group) + 1);
    const auto& text = address.as_matched_by(*pattern);
    if (!pattern->re->Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
      return {};
    }
    const auto& group = groups.back();
    const std::string_view number(group.data(), group.size());
    return pattern->decoded ? std::string(number) : text::percent_decode(number);
  }

  bool open_ended() const override { return follow_.empty() && ad_.empty(); }

 private:
  struct Address {
    explicit Address(const Url& url) : plain(url.path_and_query()), decoded(text::percent_decode(plain)) {}
    const std::string& as_matched_by(const Pattern& pattern) const { return pattern.decoded ? decoded : plain; }
    std::string plain, decoded;
  };

  static const Pattern* first_match(const std::vector<Pattern>& patterns, const Address& address) {
    for (const auto& pattern : patterns) {
      if (RE2::PartialMatch(address.as_matched_by(pattern), *pattern.re)) return &pattern;
    }
    return nullptr;
  }

  std::vector<Pattern> follow_, ad_;
  std::set<std::string> hosts_, start_;
};

}  // namespace

Result<std::shared_ptr<const SitePatterns>> SitePatterns::compile(const SiteOptions& site) {
  auto compiled = std::make_shared<Compiled>();
  if (auto added = compiled->add(site); !added) return std::move(added).error();
  return std::shared_ptr<const SitePatterns>(std::move(compiled));
}

std::string ad_id(std::string_view site, std::string_view number) {
  return std::string(site) + '/' + text::percent_encode(number, kKeptInIds);
}

std::string ad_id_from_key(std::string_view site, std::string_view key) {
  return std::string(site) + '/' + short_id(key);
}

}  // namespace vigie
