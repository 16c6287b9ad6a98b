#include "crawler/answer.h"

#include <algorithm>
#include <iterator>

namespace vigie::crawler {

namespace {

constexpr std::size_t kLongestValidator = 1024;  // an ETag longer than that is no ETag

struct StatusRow {
  int from, to;
  Outcome::Kind outcome;
};
// First row that holds decides. What is not listed (400, 405, 5xx …) is the server's trouble and is tried again later.
constexpr StatusRow kStatuses[] = {
    {206, 206, Outcome::cut_off},  // a part that nobody asked for
    {200, 299, Outcome::ok},         {304, 304, Outcome::unchanged}, {301, 303, Outcome::redirect},
    {307, 308, Outcome::redirect},   {404, 404, Outcome::gone},      {410, 410, Outcome::gone},
    {401, 401, Outcome::block},      {403, 403, Outcome::block},     {407, 407, Outcome::block},
    {451, 451, Outcome::block},      {429, 429, Outcome::rate_limited}, {503, 503, Outcome::rate_limited},
};

void refuse(Visit& visit, Outcome::Kind outcome, const char* limit) {
  visit.set_outcome(outcome);
  visit.set_limit(limit);
}

void read_redirect(const Response& response, const Url& url, const SitePatterns& patterns, const AddressPolicy& policy,
                   int most_redirects, Visit& visit) {
  if (response.location.empty()) return refuse(visit, Outcome::server_error, "no_location");
  const auto target = Url::parse(response.location, url);
  if (!target) {
    visit.set_redirect_to(response.location);
    return refuse(visit, Outcome::out_of_scope,
                  target.error().code == Errc::refused ? "redirect_protocol" : "redirect_url");
  }
  visit.set_redirect_to(target->without_fragment());
  // The address of a literal can be judged at once; a name is judged when it is asked.
  const auto literal = Address::parse(target->hostname());
  if (literal && !policy.allows(*literal)) return refuse(visit, Outcome::address_refused, "redirect_address");
  if (!patterns.own_host(*target)) return refuse(visit, Outcome::out_of_scope, "redirect_host");
  const bool back = visit.redirects() > 0 && target->without_fragment() == visit.parent();
  if (target->without_fragment() == url.without_fragment() || back || visit.redirects() >= most_redirects)
    return refuse(visit, Outcome::redirect_loop, "redirects");
}

}  // namespace

Request make_request(const Visit& visit, const Url& url, const std::string& robots, const Limits& limits) {
  const bool feed = visit.role() == Role::feed;
  Request request;
  request.url = robots.empty() ? url.without_fragment() : robots;
  request.host = url.hostname();
  request.url_port = robots.empty() ? url.effective_port() : Url::parse(robots)->effective_port();
  // What a wall or error page said of itself proves nothing.
  if (robots.empty() && (visit.outcome() == Outcome::ok || visit.outcome() == Outcome::unchanged)) {
    request.etag = visit.etag();
    request.last_modified = visit.last_modified();
  }
  request.site = visit.site();
  request.any_type = feed || !robots.empty();
  request.wire_bytes = !robots.empty() ? limits.robots_bytes : feed ? limits.sitemap_bytes : limits.wire_bytes;
  request.decoded_bytes = !robots.empty() ? limits.robots_bytes : feed ? limits.sitemap_bytes : limits.decoded_bytes;
  return request;
}

Outcome::Kind outcome_of_status(int status) {
  const auto row = std::find_if(std::begin(kStatuses), std::end(kStatuses),
                                [&](const StatusRow& r) { return status >= r.from && status <= r.to; });
  return row == std::end(kStatuses) ? Outcome::server_error : row->outcome;
}

void read_answer(const Response& response, const Url& url, const SitePatterns& patterns, const AddressPolicy& policy,
                 int most_redirects, Visit& visit) {
  visit.clear_limit();
  visit.clear_redirect_to();
  visit.set_status(response.status);
  if (response.outcome != Outcome::ok) {
    visit.set_outcome(response.outcome);
    if (!response.limit.empty()) visit.set_limit(response.limit);
    return;
  }
  visit.set_outcome(outcome_of_status(response.status));
  if (response.challenge) return refuse(visit, Outcome::block, "challenge");
  if (visit.outcome() == Outcome::redirect) read_redirect(response, url, patterns, policy, most_redirects, visit);
  if (visit.outcome() != Outcome::ok && visit.outcome() != Outcome::unchanged) return;
  if (visit.outcome() == Outcome::ok) {  // a 304 brings only what is new
    visit.clear_etag();
    visit.clear_last_modified();
  }
  if (!response.etag.empty() && response.etag.size() <= kLongestValidator) visit.set_etag(response.etag);
  if (!response.last_modified.empty() && response.last_modified.size() <= 64)
    visit.set_last_modified(response.last_modified);
}

}  // namespace vigie::crawler
