#include "crawler/feeds.h"

#include <memory>
#include <type_traits>
#include <vector>

#include <expat.h>
#include <zlib.h>

#include "core/text.h"

namespace vigie::crawler {

namespace {

constexpr std::size_t kMostItems = 50'000;  // the sitemap protocol's own limit
constexpr std::size_t kMostText = 4096;     // of one address or date
constexpr int kMostDepth = 256;

struct ParserFree {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, ParserFree>;

struct Dialect {
  std::string_view root, kind, item;
};
constexpr Dialect kDialects[] = {
    {"urlset", "sitemap", "url"}, {"sitemapindex", "sitemapindex", "sitemap"},
    {"rss", "rss", "item"},       {"RDF", "rss", "item"},
    {"feed", "atom", "entry"},
};

struct Name {
  std::string_view prefix, local;
};
Name split_name(const char* name) {
  const std::string_view whole(name);
  const auto colon = whole.find(':');
  if (colon == std::string_view::npos) return {{}, whole};
  return {whole.substr(0, colon), whole.substr(colon + 1)};
}

std::string_view attribute(const char** attributes, std::string_view name) {
  for (; attributes && *attributes; attributes += 2)
    if (attributes[0] == name) return attributes[1];
  return {};
}

/// "2026-11-20" (W3C form of a sitemap), RFC 3339, or the mail dates of RSS.
std::optional<Instant> read_date(std::string_view raw) {
  std::string date(text::trim(raw));
  if (date.size() == 10 && date[4] == '-') date += "T00:00:00Z";
  // Sitemaps leave the seconds out: "2026-11-20T08:15+01:00".
  if (date.size() > 16 && date[10] == 'T' && date[13] == ':' && date[16] != ':') date.insert(16, ":00");
  if (auto exact = parse_rfc3339(date)) return *exact;
  return parse_http_date(date);
}

/// What expat calls back into. Only what stands directly in an item counts: an item's picture has links of its own.
struct Reader {
  XML_Parser parser = nullptr;
  const Dialect* dialect = nullptr;
  Feed feed;
  int depth = 0, item_depth = 0;  // item_depth 0: outside
  std::string item_prefix;
  FeedItem item;
  std::string guid;
  enum class Field { none, link, guid, date } field = Field::none;
  std::string text;
  const char* refused = nullptr;

  void stop(const char* why) {
    if (why) refused = why;
    XML_StopParser(parser, XML_FALSE);
  }
  void begin(const char* name, const char** attributes);
  void begin_field(const Name& name, const char** attributes);
  void end();
  void end_item();
};

void Reader::begin(const char* raw, const char** attributes) {
  if (++depth > kMostDepth) return stop("nested too deeply");
  const auto name = split_name(raw);
  if (depth == 1) {
    for (const auto& row : kDialects)
      if (row.root == name.local) dialect = &row;
    if (!dialect) return stop("neither sitemap nor feed");
    feed.kind = dialect->kind;
    return;
  }
  if (item_depth == 0 && name.local == dialect->item) {
    if (feed.items.size() >= kMostItems) {
      feed.truncated = true;
      return stop(nullptr);
    }
    item_depth = depth;
    item_prefix = name.prefix;
    item = {};
    guid.clear();
  } else if (item_depth > 0 && depth == item_depth + 1) {
    begin_field(name, attributes);
  }
}

void Reader::begin_field(const Name& name, const char** attributes) {
  field = Field::none;
  text.clear();
  const bool own = name.prefix == item_prefix || name.prefix == "atom" || name.prefix == "a10";
  if (name.local == "date" || name.local == "modified") {
    field = Field::date;  // dc:date, dcterms:modified, Atom 0.3
  } else if (!own) {
    return;
  } else if (name.local == "loc" || name.local == "link") {
    const auto href = attribute(attributes, "href"), rel = attribute(attributes, "rel");
    if (href.empty() && dialect->kind != "atom") field = Field::link;
    if (!href.empty() && (rel.empty() || rel == "alternate") && item.url.empty())
      item.url = text::trim(href.substr(0, kMostText));
  } else if (name.local == "guid") {
    // A guid is an address unless it says otherwise.
    if (attribute(attributes, "isPermaLink") != "false" && attribute(attributes, "ispermalink") != "false") field = Field::guid;
  } else if (name.local == "lastmod" || name.local == "pubDate" || name.local == "updated" ||
             name.local == "published" || name.local == "issued") {
    field = Field::date;
  }
}

void Reader::end() {
  if (item_depth > 0 && depth == item_depth + 1) {
    if (field == Field::link && item.url.empty()) item.url = text::trim(text);
    if (field == Field::guid) guid = text::trim(text);
    if (field == Field::date) {
      const auto date = read_date(text);
      if (date && (!item.modified || *date > *item.modified)) item.modified = date;
    }
    field = Field::none;
  } else if (item_depth > 0 && depth == item_depth) {
    end_item();
  }
  --depth;
}

void Reader::end_item() {
  item_depth = 0;
  if (item.url.empty() && (guid.starts_with("http://") || guid.starts_with("https://"))) item.url = guid;
  if (!item.url.empty()) feed.items.push_back(std::move(item));
}

Reader& reader(void* self) { return *static_cast<Reader*>(self); }

void set_handlers(XML_Parser parser, Reader& state) {
  XML_SetUserData(parser, &state);
  XML_SetElementHandler(
      parser, [](void* self, const char* name, const char** attributes) { reader(self).begin(name, attributes); },
      [](void* self, const char*) { reader(self).end(); });
  XML_SetCharacterDataHandler(parser, [](void* self, const char* data, int size) {
    auto& r = reader(self);
    // Only the field's own text: markup inside a link is no address.
    if (r.field == Reader::Field::none || r.depth != r.item_depth + 1) return;
    if (r.text.size() + static_cast<std::size_t>(size) <= kMostText) r.text.append(data, static_cast<std::size_t>(size));
  });
  // Whoever declares entities wants them expanded: billions of laughs, files of ours. No honest feed does.
  XML_SetEntityDeclHandler(parser, [](void* self, const char*, int, const char*, int, const char*, const char*,
                                      const char*, const char*) { reader(self).stop("declares entities"); });
  // Undeclared ones (&nbsp; and friends) are passed over instead of ending the feed.
  XML_UseForeignDTD(parser, XML_TRUE);
  XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_ALWAYS);
  // For that expat must believe to have read an external DTD: it gets an empty one, and nothing is ever opened.
  XML_SetExternalEntityRefHandler(
      parser, [](XML_Parser parent, const char* context, const char*, const char*, const char*) -> int {
        const Parser empty(XML_ExternalEntityParserCreate(parent, context, nullptr));
        return empty ? static_cast<int>(XML_Parse(empty.get(), "", 0, 1)) : XML_STATUS_ERROR;
      });
  // Addresses and dates are ASCII, so any encoding that holds ASCII can be read byte by byte.
  XML_SetUnknownEncodingHandler(
      parser,
      [](void*, const char*, XML_Encoding* encoding) -> int {
        for (int i = 0; i < 256; ++i) encoding->map[i] = i;
        encoding->data = nullptr;
        encoding->convert = nullptr;
        encoding->release = nullptr;
        return XML_STATUS_OK;
      },
      nullptr);
}

/// Sitemaps are often kept as .xml.gz, which no content coding announces. One layer, and no more than a sitemap may be.
Result<std::string> unpack(std::string_view packed) {
  constexpr std::size_t kMostBytes = 50 << 20;
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return fail(Errc::malformed, "feed: gzip reader cannot start");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> owner(&stream, &inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  std::vector<char> piece(64 << 10);
  for (int status = Z_OK; status == Z_OK;) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return fail(Errc::malformed, "feed: not gzip");
    out.append(piece.data(), piece.size() - stream.avail_out);
    if (out.size() > kMostBytes) return fail(Errc::too_large, "feed: over 50 MiB unpacked");
    if (status == Z_BUF_ERROR) break;  // cut off: what came may still hold addresses
  }
  return out;
}

}  // namespace

Result<Feed> read_feed(std::string_view xml) {
  std::string unpacked;
  if (xml.starts_with("\x1f\x8b")) {
    auto inside = unpack(xml.substr(0, 64 << 20));
    if (!inside) return std::move(inside).error();
    unpacked = *std::move(inside);
    xml = unpacked;
  }
  // White space before the declaration is a frequent slip that XML itself forbids.
  const auto start = xml.find_first_not_of(" \t\r\n");
  xml.remove_prefix(start == std::string_view::npos ? xml.size() : start);
  const Parser parser(XML_ParserCreate(nullptr));
  if (!parser) return fail(Errc::malformed, "feed: no memory for the XML reader");
  Reader state;
  state.parser = parser.get();
  set_handlers(parser.get(), state);
  constexpr std::size_t kPiece = 1 << 20;  // expat counts in int
  auto status = XML_STATUS_OK;
  for (std::size_t at = 0; status == XML_STATUS_OK && at <= xml.size(); at += kPiece) {
    const auto piece = xml.substr(at, kPiece);
    status = XML_Parse(parser.get(), piece.data(), static_cast<int>(piece.size()), at + kPiece > xml.size());
  }
  if (state.refused) return fail(Errc::malformed, std::string("feed: ") + state.refused);
  if (!state.dialect)
    return fail(Errc::malformed, std::string("feed: ") + XML_ErrorString(XML_GetErrorCode(parser.get())) + ", line " +
                                     std::to_string(XML_GetCurrentLineNumber(parser.get())));
  // Broken half-way: what stood before the break is still worth a visit, and marked as not the whole.
  if (status != XML_STATUS_OK) state.feed.truncated = true;
  return std::move(state.feed);
}

}  // namespace vigie::crawler
