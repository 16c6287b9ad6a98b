#include "parser/structured.h"

#include <algorithm>
#include <set>

#include "core/text.h"
#include "parser/microdata.h"
#include "parser/state.h"

namespace vigie::parser {
namespace {

/// "http://schema.org/JobPosting" gives "jobposting".
std::string short_type(std::string_view type) {
  const std::size_t cut = type.find_last_of("/#:");
  return text::lower_ascii(text::trim(cut == std::string_view::npos ? type : type.substr(cut + 1)));
}

bool is_furniture(std::string_view type) {
  static const std::set<std::string_view> kFurniture = {"breadcrumblist",
                                                        "listitem",
                                                        "organization",
                                                        "website",
                                                        "webpage",
                                                        "searchaction",
                                                        "imageobject",
                                                        "postaladdress",
                                                        "place",
                                                        "geocoordinates",
                                                        "offer",
                                                        "aggregateoffer",
                                                        "aggregaterating",
                                                        "rating",
                                                        "review",
                                                        "brand",
                                                        "person",
                                                        "contactpoint",
                                                        "sitenavigationelement",
                                                        "itemlist",
                                                        "entrypoint",
                                                        "readaction",
                                                        "wpheader",
                                                        "wpfooter",
                                                        "wpsidebar",
                                                        "collectionpage",
                                                        "searchresultspage",
                                                        "monetaryamount",
                                                        "quantitativevalue",
                                                        "pricespecification",
                                                        "unitpricespecification",
                                                        "country",
                                                        "administrativearea",
                                                        "city",
                                                        "openinghoursspecification",
                                                        "corporation",
                                                        "newsmediaorganization",
                                                        "profilepage",
                                                        "speakablespecification",
                                                        "interactioncounter",
                                                        "howtostep",
                                                        "nutritioninformation",
                                                        "propertyvalue",
                                                        "locationfeaturespecification",
                                                        "question",
                                                        "answer",
                                                        "faqpage",
                                                        "localbusiness",
                                                        "videoobject",
                                                        "realestateagent",
                                                        ""};
  return kFurniture.contains(type);
}

/// First member with this key anywhere inside `object`; 0: none.
std::uint32_t find_key(const JsonTree& tree, std::uint32_t object, std::string_view key) {
  for (std::uint32_t i = object + 1; i < tree[object].end; ++i) {
    if (tree[i].key == key) return i;
  }
  return 0;
}

std::string find_text(const JsonTree& tree, std::uint32_t object, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    if (const auto i = find_key(tree, object, key)) {
      std::string found = tree.text_of(i);
      if (!found.empty()) return found;
    }
  }
  return {};
}

std::string own_text(const JsonTree& tree, std::uint32_t object, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    std::string found = tree.text_of(object, key);
    if (!found.empty()) return found;
  }
  return {};
}

void add_images(const JsonTree& tree, std::uint32_t i, Facts& facts) {
  if (i == 0) return;
  for (std::uint32_t at = i; at < tree[i].end && facts.images.size() < 40; ++at) {
    const auto& item = tree[at];
    if (item.kind != JsonTree::Kind::string || item.text.empty() || item.text.size() > 2048) continue;
    const bool named = item.key == "url" || item.key == "contentUrl";
    const bool plain = at == i || tree[item.parent].kind == JsonTree::Kind::array;
    if ((named || plain) && std::find(facts.images.begin(), facts.images.end(), item.text) == facts.images.end())
      facts.images.push_back(item.text);
  }
}

std::string per_of(std::string_view unit) {
  const std::string u = text::lower_ascii(unit);
  for (const std::string_view known : {"hour", "day", "week", "month"}) {
    if (u.starts_with(known)) return std::string(known);
  }
  return {};
}

Facts facts_of_object(const JsonTree& tree, std::uint32_t i, std::string type) {
  Facts f;
  f.type = std::move(type);
  f.source = "json-ld";
  f.title = own_text(tree, i, {"name", "headline", "title"});
  f.text = own_text(tree, i, {"description", "articleBody", "text"});
  f.url = own_text(tree, i, {"url", "@id", "mainEntityOfPage"});
  f.date = own_text(tree, i, {"datePosted", "datePublished", "dateCreated", "uploadDate"});
  f.category = own_text(tree, i, {"category", "industry", "articleSection"});
  const std::uint32_t pay = tree.member(i, "baseSalary");
  const std::uint32_t offer = tree.member(i, "offers");
  const std::uint32_t money = offer ? offer : pay ? pay : i;
  f.price = find_text(tree, money, {"price", "lowPrice", "minPrice"});
  if (f.price.empty() && pay) f.price = find_text(tree, pay, {"value", "minValue"});
  f.currency = find_text(tree, money, {"priceCurrency", "currency"});
  f.per = per_of(find_text(tree, money, {"unitText"}));
  f.locality = find_text(tree, i, {"addressLocality", "addressRegion"});
  f.country = find_text(tree, i, {"addressCountry"});
  f.postcode = find_text(tree, i, {"postalCode"});
  f.lat = find_text(tree, i, {"latitude"});
  f.lon = find_text(tree, i, {"longitude"});
  f.phone = find_text(tree, i, {"telephone"});
  f.email = find_text(tree, i, {"email"});
  add_images(tree, tree.member(i, "image"), f);
  if (f.images.empty()) add_images(tree, tree.member(i, "photo"), f);
  f.extra = extras_of_state(tree, i);
  return f;
}

void read_meta(const Dom& dom, NodeId id, StructuredData& data) {
  std::string key = text::lower_ascii(text::trim(dom.value(id, "property")));
  if (key.empty()) key = text::lower_ascii(text::trim(dom.value(id, "name")));
  if (key.empty()) return;
  const std::string content = text::fold_space(dom.value(id, "content"));
  if (content.empty()) return;
  const auto once = [&](std::string& field) {
    if (field.empty()) field = content;
  };
  Facts& m = data.meta;
  if (key == "og:title" || key == "twitter:title") once(m.title);
  if (key == "og:description" || key == "description" || key == "twitter:description") once(m.text);
  if (key == "og:type") once(m.type);
  if (key == "og:url") once(m.url);
  if (key == "product:price:amount" || key == "og:price:amount") once(m.price);
  if (key == "product:price:currency" || key == "og:price:currency") once(m.currency);
  if (key == "og:locality" || key == "og:city") once(m.locality);
  if (key == "og:postal-code") once(m.postcode);
  if (key == "og:country-name") once(m.country);
  if (key == "article:published_time" || key == "date" || key == "dc.date") once(m.date);
  if (key == "article:section") once(m.category);
  if (key == "generator") once(data.generator);
  if (key == "og:image" || key == "og:image:url" || key == "twitter:image") {
    if (std::find(m.images.begin(), m.images.end(), content) == m.images.end()) m.images.push_back(content);
  }
  if (key == "robots" || key == "googlebot") {
    for (const auto part : text::split(content, ',')) data.robots.push_back(text::lower_ascii(text::trim(part)));
  }
}

}  // namespace

std::vector<JsonTree> read_json_ld(const Dom& dom) {
  std::vector<JsonTree> trees;
  for (NodeId id = 0; id < dom.size(); ++id) {
    if (dom[id].tag != Tag::script || !text::starts_with_ci(text::trim(dom.value(id, "type")), "application/ld+json"))
      continue;
    auto tree = JsonTree::parse(dom.raw_text(id));
    if (tree) trees.push_back(std::move(*tree));
    if (trees.size() >= 64) break;
  }
  return trees;
}

void facts_of_json_ld(const JsonTree& tree, std::vector<Facts>& out) {
  for (std::uint32_t i = 0; i < tree.size() && out.size() < 500;) {
    if (tree[i].kind == JsonTree::Kind::object) {
      std::string type = short_type(tree.text_of(i, "@type"));
      if (!is_furniture(type)) {
        out.push_back(facts_of_object(tree, i, std::move(type)));
        i = tree[i].end;  // what it is made of is no thing of its own
        continue;
      }
    }
    ++i;
  }
}

std::vector<std::pair<std::string, std::string>> read_open_graph(const Dom& dom) {
  std::vector<std::pair<std::string, std::string>> found;
  for (NodeId id = 0; id < dom.size() && found.size() < 500; ++id) {
    if (dom[id].tag != Tag::meta) continue;
    const std::string key(text::trim(dom.value(id, "property")));
    const auto colon = key.find(':');
    if (colon == std::string::npos || colon == 0) continue;
    static const std::set<std::string, std::less<>> kPrefixes = {"og",      "music",   "video", "article", "book",
                                                                 "profile", "product", "place", "business"};
    if (!kPrefixes.contains(key.substr(0, colon))) continue;
    if (const auto content = dom.attribute(id, "content")) found.emplace_back(key, text::trim(*content));
  }
  return found;
}

std::string language_code(std::string_view tag) {
  tag = text::trim(tag);
  tag = tag.substr(0, tag.find_first_of("-_"));
  auto code = text::lower_ascii(tag);
  const bool letters = std::all_of(code.begin(), code.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return code.size() == 2 && letters ? code : std::string();
}

StructuredData read_structured(const Dom& dom) {
  StructuredData data;
  data.meta.source = "open-graph";
  data.json_ld = read_json_ld(dom);
  for (const JsonTree& tree : data.json_ld) facts_of_json_ld(tree, data.things);
  const auto add = [&](const std::string& json, const char* source) {
    if (json.empty()) return;
    const std::size_t before = data.things.size();
    if (const auto tree = JsonTree::parse(json)) facts_of_json_ld(*tree, data.things);
    for (std::size_t k = before; k < data.things.size(); ++k) data.things[k].source = source;
  };
  add(microdata_json(dom), "microdata");
  add(rdfa_json(dom), "rdfa");
  add(microformats_json(dom), "microformats");
  data.open_graph = read_open_graph(dom);
  for (NodeId id = 0; id < dom.size(); ++id) {
    const Tag tag = dom[id].tag;
    if (tag == Tag::meta) read_meta(dom, id, data);
    if (tag == Tag::title && data.title.empty() && dom[id].name == "title")
      data.title = text::fold_space(dom.raw_text(id));
    if (tag == Tag::link && data.canonical.empty() && text::equals_ci(text::trim(dom.value(id, "rel")), "canonical")) {
      data.canonical = std::string(text::trim(dom.value(id, "href")));
    }
    if (tag == Tag::html && data.lang.empty())
      data.lang = language_code(dom.value(id, "lang"));
  }
  if (data.canonical.empty()) data.canonical = data.meta.url;
  StateData state = find_state_records(read_state_objects(dom), data.canonical);
  data.state_things = std::move(state.things);
  data.state_lists = std::move(state.lists);
  return data;
}

}  // namespace vigie::parser
