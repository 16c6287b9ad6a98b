// vigie.yaml: every setting, its default, and why it is there.
#include <sys/stat.h>

#include <cstdlib>

#include "app/config_reader.h"
#include "core/text.h"

namespace vigie::app {
namespace {

using detector::WatchEntry;

void replace_all(std::string& in, std::string_view what, std::string_view with) {
  for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + with.size())) in.replace(at, what.size(), with);
}

// ---------------------------------------------------------------------------------------------- sections

const Table& unit_table() {
  static const Table table{"unit", {
      {.name = "name", .why = "your unit's name: goes into the User-Agent, so that a site knows who asks", .required = true,
       .check = Check::line, .put = put<Config>([](auto& c, const Value& v) { c.unit_name = v.text; })},
      {.name = "contact", .why = "a mail address that a site's operator can write to: goes into the User-Agent", .required = true,
       .check = Check::line, .put = put<Config>([](auto& c, const Value& v) { c.unit_contact = v.text; })},
  }};
  return table;
}

const Table& storage_table() {
  static const Table table{"storage", {
      {.name = "path", .fallback = "/var/lib/vigie", .why = "the data folder: one, on a local disk", .check = Check::path,
       .put = put<Config>([](auto& c, const Value& v) { c.storage_path = v.text; })},
      {.name = "retention_every", .kind = Kind::duration, .fallback = "24h", .why = "how often the daemon takes out what is past its scope's retention", .least = 1000,
       .put = put<Config>([](auto& c, const Value& v) { c.retention_every = v.duration; })},
      {.name = "pause_below", .kind = Kind::size, .fallback = "512MiB", .why = "with less free space nothing new is fetched; resumed at half as much again; 0: never paused", .most = 1 << 30,
       .put = put<Config>([](auto& c, const Value& v) { c.storage_pause_below = v.number; })},
      {.name = "reserve", .kind = Kind::size, .fallback = "64MiB", .why = "a file set aside, given up when the disk is full, so that mail, alerts and erasures can still be written; 0: none", .most = 1 << 30,
       .put = put<Config>([](auto& c, const Value& v) { c.storage_reserve = v.number; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t, void* target) {
    auto& config = *static_cast<Config*>(target);
    config.storage_path = reader.resolved(config.storage_path);
    const auto* path = value_at(map, "path");
    if (path != nullptr && path->text.empty()) reader.error(path->at, "storage.path: no folder is named");
  }};
  return table;
}

const Table& limits_table() {
  using crawler::Limits;
  static const Table table{"crawl.limits", {
      {.name = "header_bytes", .kind = Kind::size, .fallback = "64KiB", .why = "a response's header block", .least = 1024, .most = 16 << 20,
       .put = put<Limits>([](auto& l, const Value& v) { l.header_bytes = v.number; })},
      {.name = "wire_bytes", .kind = Kind::size, .fallback = "8MiB", .why = "a body as it comes over the wire", .least = 1024, .most = 1 << 30,
       .put = put<Limits>([](auto& l, const Value& v) { l.wire_bytes = v.number; })},
      {.name = "decoded_bytes", .kind = Kind::size, .fallback = "16MiB", .why = "a body after decompression", .least = 1024, .most = 1 << 30,
       .put = put<Limits>([](auto& l, const Value& v) { l.decoded_bytes = v.number; })},
      {.name = "ratio", .kind = Kind::real, .fallback = "100", .why = "decoded to wire bytes: more is a bomb", .least = 2, .most = 10000,
       .put = put<Limits>([](auto& l, const Value& v) { l.ratio = v.real; })},
      {.name = "ratio_after", .kind = Kind::size, .fallback = "256KiB", .why = "the ratio is judged from this many decoded bytes on",
       .put = put<Limits>([](auto& l, const Value& v) { l.ratio_after = v.number; })},
      {.name = "redirects", .kind = Kind::integer, .fallback = "5", .why = "hops from an address to its page", .least = 0, .most = 20,
       .put = put<Limits>([](auto& l, const Value& v) { l.redirects = static_cast<int>(v.number); })},
      {.name = "connect", .kind = Kind::duration, .fallback = "10s", .why = "time to connect, TLS included", .least = 100,
       .put = put<Limits>([](auto& l, const Value& v) { l.connect = v.duration; })},
      {.name = "first_byte", .kind = Kind::duration, .fallback = "20s", .why = "time to the first byte of an answer", .least = 100,
       .put = put<Limits>([](auto& l, const Value& v) { l.first_byte = v.duration; })},
      {.name = "total", .kind = Kind::duration, .fallback = "60s", .why = "time for one whole transfer", .least = 100,
       .put = put<Limits>([](auto& l, const Value& v) { l.total = v.duration; })},
      {.name = "slow_bytes_per_s", .kind = Kind::integer, .fallback = "100", .why = "slower than this is a drip", .least = 0, .most = 1e9,
       .put = put<Limits>([](auto& l, const Value& v) { l.slow_bytes_per_s = v.number; })},
      {.name = "slow_for", .kind = Kind::duration, .fallback = "10s", .why = "a drip is borne this long", .least = 1000,
       .put = put<Limits>([](auto& l, const Value& v) { l.slow_for = v.duration; })},
      {.name = "robots_bytes", .kind = Kind::size, .fallback = "512KiB", .why = "of robots.txt, the rest is not read (RFC 9309)", .least = 512000,
       .put = put<Limits>([](auto& l, const Value& v) { l.robots_bytes = v.number; })},
      {.name = "sitemap_bytes", .kind = Kind::size, .fallback = "50MiB", .why = "a sitemap or feed, decoded", .least = 1024,
       .put = put<Limits>([](auto& l, const Value& v) { l.sitemap_bytes = v.number; })},
  }};
  return table;
}

const Table& crawl_table() {
  static const Table table{"crawl", {
      {.name = "in_flight", .kind = Kind::integer, .fallback = "64", .why = "transfers at one time, over all hosts", .least = 1, .most = 4096,
       .put = put<Config>([](auto& c, const Value& v) { c.crawl.in_flight = static_cast<int>(v.number); })},
      {.name = "user_agent", .fallback = "\"vigie/1.0 ({name}; +{contact})\"", .why = "what sites see; {name} and {contact} are those of the unit",
       .check = Check::line, .put = put<Config>([](auto& c, const Value& v) { c.crawl.user_agent = v.text; })},
      {.name = "robots_agent", .fallback = "vigie", .why = "the name that is looked for in robots.txt", .check = Check::code,
       .put = put<Config>([](auto& c, const Value& v) { c.crawl.robots_agent = v.text; })},
      {.name = "confirm_gone", .kind = Kind::durations, .fallback = "[1h, 24h]",
       .why = "waits after a first 404 before an ad counts as gone; [] = at once",
       .put = put<Config>([](auto& c, const Value& v) { c.confirm_gone = v.durations; })},
      {.name = "limits", .kind = Kind::table, .why = "where a transfer is cut off; each has a counter of its own name", .inner = limits_table,
       .into = go<Config>([](auto& c, const std::string&) { return &c.crawl.limits; })},
  }};
  return table;
}

const Table& network_table() {
  static const Table table{"network", {
      {.name = "allow_private", .kind = Kind::list, .fallback = "[]", .why = "ranges like 127.0.0.0/8 that are refused otherwise",
       .check = Check::cidr, .put = put<Config>([](auto& c, const Value& v) { c.crawl.allow_private = v.list; })},
      {.name = "resolve", .kind = Kind::pairs, .fallback = "{}", .why = "host: \"address:port\", instead of asking a name server: for labs and demos",
       .check = Check::address, .put = put<Config>([](auto& c, const Value& v) { c.crawl.resolve = v.pairs; })},
      {.name = "proxy", .fallback = "\"\"", .why = "http://, https:// or socks5h://HOST:PORT; empty: none", .check = Check::proxy,
       .put = put<Config>([](auto& c, const Value& v) { c.crawl.proxy = v.text; })},
      {.name = "ca_file", .fallback = "\"\"", .why = "PEM of the authorities that servers are judged by; empty: the system's", .check = Check::path,
       .put = put<Config>([](auto& c, const Value& v) { c.crawl.ca_file = v.text; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t, void* into) {
    auto& ca_file = static_cast<Config*>(into)->crawl.ca_file;
    if (!ca_file.empty()) ca_file = reader.resolved(ca_file);
    struct stat status {};
    if (!ca_file.empty() && (stat(ca_file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)))
      reader.error(value_at(map, "ca_file")->at, "network.ca_file: no such file: " + text::escape_control(ca_file));
    const auto* resolve = value_at(map, "resolve");
    if (resolve == nullptr || resolve->kind != yaml::Kind::map) return;
    for (const auto& member : resolve->members) {
      if (const auto wrong = complaint_about(Check::host, member.key)) {
        reader.error(member.key_at, "network.resolve: " + wrong->text, wrong->hint);
      }
    }
  }};
  return table;
}

// ---------------------------------------------------------------------------------------------- watch lists

struct WatchList {
  WatchEntry entry;
  std::string file;
};

/// One entry a line; a line that begins with '#', and what follows a blank and '#', is a comment.
void read_watch_file(Reader& outer, const WatchList& list, std::size_t at) {
  constexpr std::size_t kMaxList = 16 << 20, kMaxEntry = 1024;
  auto bytes = read_small_file(list.file, kMaxList);
  if (!bytes) return outer.error(at, "watch: " + bytes.error().text);
  auto& session = outer.session();
  session.config.files.push_back(list.file);
  const Source source(list.file, *std::move(bytes));
  Reader reader(session, source);
  const std::string_view whole = source.text();
  std::size_t entries = 0, faults = 0;
  for (auto line : text::split(whole, '\n')) {
    if (const auto comment = line.find(" #"); comment != std::string_view::npos) line = line.substr(0, comment);
    const auto value = text::trim(line);
    if (value.empty() || value.starts_with('#')) continue;
    const auto place = value.data() - whole.data();
    if (!text::valid_utf8(value) || complaint_about(Check::line, std::string(value)) || value.size() > kMaxEntry) {
      if (++faults > 20) break;
      reader.error(static_cast<std::size_t>(place), !text::valid_utf8(value) ? "not UTF-8" : value.size() > kMaxEntry ? "an entry over 1 KiB" : "a control character");
      continue;
    }
    auto entry = list.entry;
    entry.value = std::string(value);
    session.config.watch.push_back(std::move(entry));
    ++entries;
  }
  if (entries == 0 && faults == 0) outer.warning(at, "watch: the list is empty: " + text::escape_control(list.file));
}

const Table& watch_table() {
  static const Table table{"watch", {
      {.name = "name", .why = "unique name of the list", .required = true, .check = Check::code,
       .put = put<WatchList>([](auto& w, const Value& v) { w.entry.list = v.text; })},
      {.name = "file", .why = "a number, mail, handle or phrase a line; # begins a comment", .required = true, .check = Check::file,
       .put = put<WatchList>([](auto& w, const Value& v) { w.file = v.text; })},
      {.name = "owner", .why = "who answers for the list", .required = true, .check = Check::line,
       .put = put<WatchList>([](auto& w, const Value& v) { w.entry.owner = v.text; })},
      {.name = "reason", .why = "case or ground on which these are watched", .required = true, .check = Check::line,
       .put = put<WatchList>([](auto& w, const Value& v) { w.entry.reason = v.text; })},
      {.name = "expires", .kind = Kind::date, .why = "from this day on the list is not used", .required = true,
       .put = put<WatchList>([](auto& w, const Value& v) { w.entry.expires = v.text; })},
      {.name = "severity", .fallback = "high", .why = "of a hit", .check = Check::choice, .choices = "low medium high",
       .put = put<WatchList>([](auto& w, const Value& v) { w.entry.severity = v.text; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t, void* target) {
    auto& list = *static_cast<WatchList*>(target);
    const auto* file = value_at(map, "file");
    if (file == nullptr || list.file.empty()) return;
    for (const auto& known : reader.session().config.watch) {
      if (known.list != list.entry.list) continue;
      return reader.error(value_at(map, "name")->at, "a second watch list named \"" + list.entry.list + '"');
    }
    const auto expires = parse_date(list.entry.expires);
    if (expires && *expires <= reader.session().now) {
      reader.warning(value_at(map, "expires")->at, "watch list \"" + list.entry.list + "\" has expired: it is not used");
    }
    list.file = reader.resolved(list.file);
    read_watch_file(reader, list, file->at);
  }};
  return table;
}

void finish_listen(Reader& reader, const yaml::Node& map, const char* name) {
  const auto* listen = value_at(map, "listen");
  if (listen == nullptr || listen->text.empty() || complaint_about(Check::listen, listen->text)) return;
  if (!is_private_address(listen->text.substr(0, listen->text.rfind(':')))) {
    reader.warning(listen->at, std::string(name) + ".listen: open to other machines", "put it on 127.0.0.1 behind a proxy that asks who comes");
  }
}

const Table& metrics_table() {
  static const Table table{"metrics", {
      {.name = "listen", .fallback = "\"127.0.0.1:9470\"", .why = "Prometheus metrics; empty: none", .check = Check::listen,
       .put = put<Config>([](auto& c, const Value& v) { c.metrics_listen = v.text; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t, void*) { finish_listen(reader, map, "metrics"); }};
  return table;
}

const Table& console_table() {
  static const Table table{"console", {
      {.name = "listen", .fallback = "\"127.0.0.1:8470\"", .why = "the analyst's console; empty: none", .check = Check::listen,
       .put = put<Config>([](auto& c, const Value& v) { c.console_listen = v.text; })},
  }, [](Reader& reader, const yaml::Node& map, std::size_t, void*) { finish_listen(reader, map, "console"); }};
  return table;
}

void read_watch(Reader& reader, const yaml::Node& item, void*) {
  WatchList list;
  reader.read(watch_table(), item, item.at, &list, "watch");
}

void finish_main(Reader&, const yaml::Node&, std::size_t, void* target) {
  auto& config = *static_cast<Config*>(target);
  replace_all(config.crawl.user_agent, "{name}", config.unit_name);
  replace_all(config.crawl.user_agent, "{contact}", config.unit_contact);
  config.alerts.unit = config.unit_name;
}

}  // namespace

const Table& main_table() {
  static const Table table{"vigie.yaml", {
      {.name = "unit", .kind = Kind::table, .why = "who asks: both go into the User-Agent", .required = true, .inner = unit_table},
      {.name = "storage", .kind = Kind::table, .why = "where everything is kept", .inner = storage_table},
      {.name = "scopes", .kind = Kind::text_or_list, .fallback = "[seeds/*.yaml]", .why = "what to crawl and under which authority: one file each",
       .check = Check::glob},
      {.name = "rules", .kind = Kind::text_or_list, .fallback = "[rules/*.yaml]", .why = "what to look for in the words of ads", .check = Check::glob},
      {.name = "words", .kind = Kind::text_or_list, .fallback = "[]", .why = "word files (.tsv) that the field readers learn beside their own: a language without a compiler", .check = Check::glob},
      {.name = "crawl", .kind = Kind::table, .why = "how pages are fetched", .inner = crawl_table},
      {.name = "network", .kind = Kind::table, .why = "how addresses are reached", .inner = network_table},
      {.name = "alerts", .kind = Kind::table, .why = "who is told, and how", .inner = alerts_table},
      {.name = "watch", .kind = Kind::tables, .fallback = "[]", .why = "watch lists: a hit is an alert of kind `watch`, mailed at once",
       .inner = watch_table, .read_own = read_watch},
      {.name = "metrics", .kind = Kind::table, .why = "numbers for a monitoring system", .inner = metrics_table},
      {.name = "console", .kind = Kind::table, .why = "the store, shown", .inner = console_table},
  }, finish_main};
  return table;
}

}  // namespace vigie::app
