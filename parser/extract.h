#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/records.pb.h"
#include "core/result.h"

namespace vigie::parser {

/// One site's reader: its template and patterns, compiled once. Immutable, thread-safe.
class SiteReader {
 public:
  /// `misconfigured` names the faulty pattern or selector: "fields.title.at: no such pseudo-class ':frist'".
  static Result<std::shared_ptr<const SiteReader>> compile(const SiteOptions& site);
  virtual ~SiteReader() = default;

  /// Page in, listings and links out. Pure: the same request gives the same record.
  /// `too_large`: a limit of the guard fired, named in the text; `malformed`: not a page that can be read.
  virtual Result<PageRecord> read(const ParseRequest& request) const = 0;
};

/// What `page`, fetched from `url`, looks like with everything left out that belongs to its address: 16 hex digits.
/// Made from pages under addresses that cannot exist it is what SiteKnowledge.error_prints holds.
std::string error_print(const PageRecord& page, std::string_view url);

}  // namespace vigie::parser
