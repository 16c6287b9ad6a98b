#pragma once

#include "core/records.pb.h"
#include "core/site.h"
#include "core/url.h"
#include "crawler/address.h"
#include "crawler/fetcher.h"

namespace vigie::crawler {

/// What to ask for: the visit's page at `url`, conditional when its last look gave validators, or `robots`, an address of
/// the same host, when that is not empty. Where to (addresses, port, proxy) is left to the caller.
Request make_request(const Visit& visit, const Url& url, const std::string& robots, const Limits& limits);

/// The outcome that an HTTP status names: one table.
Outcome::Kind outcome_of_status(int status);

/// What a whole answer, or the failure to get one, means for its visit: sets outcome, status, limit, validators and
/// redirect_to. A redirect is judged here only for what can be known without asking anyone: protocol, host, address,
/// hops. `url` is what was asked.
void read_answer(const Response& response, const Url& url, const SitePatterns& patterns, const AddressPolicy& policy,
                 int most_redirects, Visit& visit);

}  // namespace vigie::crawler
