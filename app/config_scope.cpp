// Scope files: what a unit edits from week to week.
#include <algorithm>

#include "app/config_reader.h"
#include "core/text.h"
#include "core/url.h"

namespace vigie::app {
namespace {

constexpr std::string_view kFamilies = "service recruitment job travel housing mixed";

const yaml::Node* value_at(const yaml::Node& map, std::string_view key) {
  const auto* member = map.find(key);
  return member == nullptr || member->value.kind == yaml::Kind::null ? nullptr : &member->value;
}

template <class List>
void copy_list(const std::vector<std::string>& from, List* to) {
  to->Assign(from.begin(), from.end());
}

const Table& legal_table() {
  static const Table table{"legal", {
      {.name = "basis", .why = "the provision that allows it", .required = true, .check = Check::line,
       .put = put<Scope>([](auto& s, const Value& v) { s.basis = v.text; })},
      {.name = "reference", .why = "the file number of the order; alerts show it", .required = true, .check = Check::line,
       .put = put<Scope>([](auto& s, const Value& v) { s.reference = v.text; })},
      {.name = "authorised_by", .why = "who ordered it", .required = true, .check = Check::line,
       .put = put<Scope>([](auto& s, const Value& v) { s.authorised_by = v.text; })},
      {.name = "valid_from", .kind = Kind::date, .why = "nothing is fetched before", .required = true,
       .put = put<Scope>([](auto& s, const Value& v) { s.valid_from = v.when; })},
      {.name = "valid_to", .kind = Kind::date, .why = "nothing is fetched from this day on", .required = true,
       .put = put<Scope>([](auto& s, const Value& v) { s.valid_to = v.when; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t, void* target) {
    const auto& scope = *static_cast<Scope*>(target);
    const auto *from = value_at(map, "valid_from"), *to = value_at(map, "valid_to");
    if (from == nullptr || to == nullptr || !parse_date(from->text) || !parse_date(to->text)) return;
    if (scope.valid_to <= scope.valid_from) {
      reader.error(to->at, "legal.valid_to: ends before it begins (" + from->text + ")");
    } else if (scope.valid_to <= reader.session().now) {
      reader.warning(to->at, "the authority of this scope has expired: nothing of it is fetched");
    }
  }};
  return table;
}

const Table& retention_table() {
  static const Table table{"retention", {
      {.name = "unflagged", .kind = Kind::duration, .fallback = "30d", .why = "ads that nothing was found in, after they were last seen", .least = 3'600'000,
       .put = put<SiteOptions>([](auto& s, const Value& v) { s.set_keep_unflagged_ms(v.duration.count()); })},
      {.name = "flagged", .kind = Kind::duration, .fallback = "400d", .why = "ads of an alert", .least = 3'600'000,
       .put = put<SiteOptions>([](auto& s, const Value& v) { s.set_keep_flagged_ms(v.duration.count()); })},
      {.name = "raw", .kind = Kind::duration, .fallback = "90d", .why = "pages as they came", .least = 3'600'000,
       .put = put<SiteOptions>([](auto& s, const Value& v) { s.set_keep_raw_ms(v.duration.count()); })},
  }};
  return table;
}

const Table& budget_table() {
  static const Table table{"budget", {
      {.name = "pages_a_day", .kind = Kind::integer, .why = "requests of one day at most; no limit when not stated", .least = 1, .most = 1e8,
       .put = put<SiteOptions>([](auto& s, const Value& v) { s.set_pages_a_day(static_cast<int>(v.number)); })},
  }};
  return table;
}

const Table& revisit_table() {
  static const Table table{"revisit", {
      {.name = "index", .kind = Kind::duration, .fallback = "15m", .why = "lists are looked at again after", .least = 1000,
       .put = put<SiteOptions>([](auto& s, const Value& v) { s.set_revisit_index_ms(v.duration.count()); })},
      {.name = "ad", .kind = Kind::duration, .fallback = "6h", .why = "ads are looked at again after", .least = 1000,
       .put = put<SiteOptions>([](auto& s, const Value& v) { s.set_revisit_ad_ms(v.duration.count()); })},
  }};
  return table;
}

const Table& field_table() {
  static const Table table{"fields", {
      {.name = "at", .why = "CSS, inside the listing", .required = true, .check = Check::css,
       .put = put<FieldRule>([](auto& f, const Value& v) { f.set_at(v.text); })},
      {.name = "attribute", .why = "this attribute instead of the text", .check = Check::code,
       .put = put<FieldRule>([](auto& f, const Value& v) { f.set_attribute(v.text); })},
      {.name = "match", .why = "RE2; group 1, if any, is the value", .check = Check::regex,
       .put = put<FieldRule>([](auto& f, const Value& v) { f.set_match(v.text); })},
  }};
  return table;
}

// ---------------------------------------------------------------------------------------------- checks of a site

/// Hosts of all its addresses are the site's own; others are never fetched.
void collect_hosts(SiteOptions& site) {
  for (const auto* list : {&site.start(), &site.sitemap()}) {
    for (const auto& address : *list) {
      const auto url = Url::parse(address);
      if (!url) continue;
      const auto& hosts = site.hosts();
      if (std::find(hosts.begin(), hosts.end(), url->hostname()) == hosts.end()) site.add_hosts(url->hostname());
    }
  }
}

bool is_private_host(const Session& session, const std::string& host) {
  for (const auto& [name, address] : session.config.crawl.resolve) {
    if (name != host) continue;
    const auto colon = address.rfind(':');
    const bool with_port = colon != std::string::npos && (address.find(':') == colon || address.starts_with('['));
    return is_private_address(with_port ? address.substr(0, colon) : address);
  }
  return is_private_address(host);
}

void check_pace(Reader& reader, const yaml::Node& map, const SiteOptions& site) {
  const auto* pace = value_at(map, "pace");
  if (pace == nullptr || !site.has_pace_ms() || site.pace_ms() != 0) return;
  for (const auto& host : site.hosts()) {
    if (is_private_host(reader.session(), host)) continue;
    return reader.error(pace->at, "pace: 0s is only for hosts at private addresses, and " + host + " is none", "2s is a good pace");
  }
}

void check_patterns(Reader& reader, const yaml::Node& map) {
  for (const auto* key : {"follow", "ad"}) {
    const auto* patterns = value_at(map, key);
    if (patterns == nullptr) continue;
    for (const auto& item : patterns->items) {
      if (item.text.find("://") == std::string::npos) continue;
      reader.warning(item.at, std::string(key) + ": patterns look at path and query, never at scheme or host", "begin with '^/'");
    }
  }
}

void check_once(Reader& reader, std::map<std::string, std::string>& seen, const std::string& code, std::size_t at, const std::string& what) {
  const auto place = reader.source().file() + ':' + std::to_string(reader.source().line_of(at));
  const auto [first, added] = seen.emplace(code, place);
  if (!added) reader.error(at, what + " \"" + code + "\" is used twice", "the first is at " + first->second);
}

void finish_site(Reader& reader, const yaml::Node& map, std::size_t, void* target) {
  auto& site = *static_cast<SiteOptions*>(target);
  auto& session = reader.session();
  collect_hosts(site);
  if (const auto* code = value_at(map, "site"); code != nullptr && !site.site().empty()) {
    check_once(reader, session.sites, site.site(), code->at, "site code");
  }
  if (const auto* start = value_at(map, "start"); start != nullptr) {
    if (start->kind == yaml::Kind::list && start->items.empty()) reader.error(start->at, "start: at least one address is needed");
    for (const auto& item : start->items) {
      if (const auto url = Url::parse(item.text)) check_once(reader, session.starts, url->without_fragment(), item.at, "start address");
    }
  }
  const auto* robots = value_at(map, "robots");
  if (robots != nullptr && (robots->text == "record" || robots->text == "ignore") && site.robots_reason().empty()) {
    reader.error(robots->at, "robots: " + robots->text + " needs robots_reason", "say which order allows it: robots_reason: \"...\"");
  }
  check_pace(reader, map, site);
  check_patterns(reader, map);
  const bool template_given = site.has_listing() || site.fields_size() > 0;
  if (!site.has_extract() && !template_given) site.set_extract("auto");
}

const Table& site_table() {
  using S = SiteOptions;
  static const Table table{"sites", {
      {.name = "site", .why = "unique code, over all scopes", .required = true, .check = Check::code, .put = put<S>([](auto& s, const Value& v) { s.set_site(v.text); })},
      {.name = "family", .why = "what kind of ads it shows", .required = true, .check = Check::choice, .choices = kFamilies,
       .put = put<S>([](auto& s, const Value& v) { s.set_family(v.text); })},
      {.name = "start", .kind = Kind::text_or_list, .why = "where crawling begins: pages that lead to ads", .required = true, .check = Check::url,
       .put = put<S>([](auto& s, const Value& v) { copy_list(v.list, s.mutable_start()); })},
      {.name = "sitemap", .kind = Kind::text_or_list, .fallback = "[]", .why = "sitemaps and feeds", .check = Check::url,
       .put = put<S>([](auto& s, const Value& v) { copy_list(v.list, s.mutable_sitemap()); })},
      {.name = "region", .why = "where a number without a country code is read; default: the scope's", .check = Check::region,
       .put = put<S>([](auto& s, const Value& v) { s.set_region(v.text); })},
      {.name = "languages", .kind = Kind::text_or_list, .why = "of its ads; default: the scope's", .check = Check::language,
       .put = put<S>([](auto& s, const Value& v) { copy_list(v.list, s.mutable_languages()); })},
      {.name = "timezone", .why = "how dates on the pages are read", .check = Check::timezone, .put = put<S>([](auto& s, const Value& v) { s.set_timezone(v.text); })},
      {.name = "active", .why = "part of the day in which the site is asked: \"06:00-23:00\", local to `timezone`", .check = Check::hours,
       .put = put<S>([](auto& s, const Value& v) {
         s.set_active_from(v.text.substr(0, 5));
         s.set_active_to(v.text.substr(6));
       })},
      {.name = "proxy", .why = "for this site instead of network.proxy", .check = Check::proxy, .put = put<S>([](auto& s, const Value& v) { s.set_proxy(v.text); })},
      {.name = "budget", .kind = Kind::table, .why = "limits of a day", .inner = budget_table},
      {.name = "pace", .kind = Kind::duration, .fallback = "2s", .why = "rest of a host between two requests; 0s only for private addresses", .most = 86'400'000.0,
       .put = put<S>([](auto& s, const Value& v) { s.set_pace_ms(v.duration.count()); })},
      {.name = "revisit", .kind = Kind::table, .why = "how often pages are looked at again", .inner = revisit_table},
      {.name = "robots", .fallback = "obey", .why = "obey; record: fetch, and note what robots.txt forbids; ignore", .check = Check::choice,
       .choices = "obey record ignore", .put = put<S>([](auto& s, const Value& v) { s.set_robots(v.text); })},
      {.name = "robots_reason", .why = "why robots.txt is not obeyed", .check = Check::line, .put = put<S>([](auto& s, const Value& v) { s.set_robots_reason(v.text); })},
      {.name = "follow", .kind = Kind::text_or_list, .fallback = "[]", .why = "RE2 on path and query: pages that lead to ads", .check = Check::regex,
       .put = put<S>([](auto& s, const Value& v) { copy_list(v.list, s.mutable_follow()); })},
      {.name = "ad", .kind = Kind::text_or_list, .fallback = "[]", .why = "RE2 on path and query: pages that hold one ad; group `id` = the site's own number",
       .check = Check::regex, .put = put<S>([](auto& s, const Value& v) { copy_list(v.list, s.mutable_ad()); })},
      {.name = "drop_parameters", .kind = Kind::text_or_list, .fallback = "[]", .why = "query parameters that never change a page", .check = Check::line,
       .put = put<S>([](auto& s, const Value& v) { copy_list(v.list, s.mutable_drop_parameters()); })},
      {.name = "extract", .why = "auto: the page's own structure decides", .check = Check::choice, .choices = "auto",
       .put = put<S>([](auto& s, const Value& v) { s.set_extract(v.text); })},
      {.name = "listing", .why = "CSS: one match = one listing", .check = Check::css, .put = put<S>([](auto& s, const Value& v) { s.set_listing(v.text); })},
      {.name = "fields", .kind = Kind::table_map, .why = "template: field of the ad -> where it stands", .check = Check::ad_field, .inner = field_table,
       .into = go<S>([](auto& s, const std::string& name) {
         auto* field = s.add_fields();
         field->set_name(name);
         return field;
       })},
  }, finish_site};
  return table;
}

// ---------------------------------------------------------------------------------------------- the file

/// Settings of the scope that its sites inherit, on their way there.
SiteOptions& common_of(Scope& scope) { return scope.sites.front(); }

void finish_scope(Reader& reader, const yaml::Node& map, std::size_t, void* target) {
  auto& scope = *static_cast<Scope*>(target);
  const auto common = common_of(scope);
  scope.sites.erase(scope.sites.begin());
  if (const auto* code = value_at(map, "scope"); code != nullptr && !scope.scope.empty()) {
    check_once(reader, reader.session().scopes, scope.scope, code->at, "scope code");
  }
  if (const auto* sites = value_at(map, "sites"); sites != nullptr && sites->kind == yaml::Kind::list && sites->items.empty()) {
    reader.warning(sites->at, "this scope has no site: nothing is crawled");
  }
  for (auto& site : scope.sites) {
    const auto stated = site;
    site = common;
    const bool own_languages = stated.languages_size() > 0;
    if (own_languages) site.clear_languages();
    site.MergeFrom(stated);
    site.set_scope(scope.scope);
    site.set_legal_reference(scope.reference);
    site.set_valid_from_ms(to_ms(scope.valid_from));
    site.set_valid_to_ms(to_ms(scope.valid_to));
  }
}

}  // namespace

const Table& scope_table() {
  static const Table table{"the scope file", {
      {.name = "scope", .why = "the code that alerts show; unique", .required = true, .check = Check::code, .put = put<Scope>([](auto& s, const Value& v) { s.scope = v.text; })},
      {.name = "legal", .kind = Kind::table, .why = "under which authority; nothing is fetched outside its dates", .required = true, .inner = legal_table},
      {.name = "region", .why = "where a number without a country code is read", .check = Check::region,
       .put = put<Scope>([](auto& s, const Value& v) { common_of(s).set_region(v.text); })},
      {.name = "languages", .kind = Kind::text_or_list, .fallback = "[]", .why = "of the ads", .check = Check::language,
       .put = put<Scope>([](auto& s, const Value& v) { copy_list(v.list, common_of(s).mutable_languages()); })},
      {.name = "retention", .kind = Kind::table, .why = "how long what is kept", .inner = retention_table,
       .into = go<Scope>([](auto& s, const std::string&) { return &common_of(s); })},
      {.name = "sites", .kind = Kind::tables, .why = "what is crawled", .required = true, .inner = site_table,
       .into = go<Scope>([](auto& s, const std::string&) { return &s.sites.emplace_back(); })},
  }, finish_scope};
  return table;
}

}  // namespace vigie::app
