#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/url.h"

namespace vigie {

/// The address patterns of one site (`follow`, `ad`, hosts), compiled once. Immutable, thread-safe.
class SitePatterns {
 public:
  /// `misconfigured` names the pattern: "ad[1]: missing closing )".
  static Result<std::shared_ptr<const SitePatterns>> compile(const SiteOptions& site);
  virtual ~SitePatterns() = default;

  /// Is this host one of the site's own?
  virtual bool own_host(const Url& url) const = 0;
  /// "ad", "list" (a page that leads to ads), or "other". Start pages are lists whatever the patterns say.
  virtual std::string_view class_of(const Url& url) const = 0;
  /// The site's own number from group `id` of the first matching `ad` pattern; empty: none.
  virtual std::string number_of(const Url& url) const = 0;
  /// True when the site states no pattern at all, so that only the page's structure can tell.
  virtual bool open_ended() const = 0;
};

/// "site/NUMBER": `number` with every byte outside A-Za-z0-9._~- percent-encoded.
std::string ad_id(std::string_view site, std::string_view number);
/// "site/HHHHHHHHHHHHHHHH": for an ad without a number of its own; `key`: canonical URL, or the record's stable key.
std::string ad_id_from_key(std::string_view site, std::string_view key);

}  // namespace vigie
