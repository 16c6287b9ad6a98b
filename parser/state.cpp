#include "parser/state.h"

#include <algorithm>
#include <array>

#include "core/text.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kMaxThings = 40, kMaxLists = 8, kMaxRecords = 500;
constexpr std::uint32_t kMaxRecord = 3000;  // items of one record's object
constexpr int kNear = 4;                    // levels below a record that still speak of it

/// One row a field: the names that programmers give it, lower case, letters and digits only; surest first.
struct Names {
  std::string Facts::*field;
  std::array<std::string_view, 10> names;
};
const Names kNames[] = {
    {&Facts::title, {"title", "headline", "subject", "heading", "adtitle", "displaytitle", "name", "listingtitle"}},
    {&Facts::text, {"description", "descriptiontext", "fulldescription", "detaileddescription", "body", "content", "text", "adtext"}},
    {&Facts::price, {"price", "priceamount", "rawprice", "pricevalue", "amount", "listprice", "rent", "salary", "pricefrom"}},
    {&Facts::currency, {"currency", "pricecurrency", "currencycode", "currencyiso"}},
    {&Facts::locality, {"city", "locality", "town", "cityname", "municipality", "addresslocality", "location", "place"}},
    {&Facts::country, {"countrycode", "addresscountry", "countryiso", "country"}},
    {&Facts::postcode, {"postalcode", "postcode", "zipcode", "zip", "outcode"}},
    {&Facts::lat, {"latitude", "lat"}},
    {&Facts::lon, {"longitude", "lng", "lon", "long"}},
    {&Facts::date, {"dateposted", "publishedat", "publicationdate", "datepublished", "postedat", "createdat", "created", "listedat", "dateadded"}},
    {&Facts::category, {"categoryname", "category", "propertytype", "typology", "hometype"}},
    {&Facts::url, {"url", "detailurl", "permalink", "link", "href", "canonicalurl", "absoluteurl", "seourl", "path"}},
    {&Facts::phone, {"phone", "telephone", "phonenumber", "contactphone", "mobile"}},
    {&Facts::email, {"email", "contactemail"}},
    {&Facts::name, {"agentname", "contactname", "sellername", "advertisername", "username", "author"}},
};

/// Labels of what has no field of its own, and its names.
struct Extra {
  std::string_view label;
  std::array<std::string_view, 8> names;
};
const Extra kExtras[] = {
    {"bedrooms", {"bedrooms", "numberofbedrooms", "bedroomcount", "beds", "bedroomsnumber", "numbedrooms", "bedroomnumber"}},
    {"bathrooms", {"bathrooms", "numberofbathroomstotal", "numberofbathrooms", "bathroomcount", "baths", "bathroomsnumber", "numberoffullbathrooms"}},
    {"rooms", {"numberofrooms", "rooms", "roomscount", "roomcount"}},
    {"floor area", {"floorsize", "livingarea", "livingspace", "surface", "constructedarea", "floorarea", "builtarea", "area"}},
    {"plot area", {"lotsize", "plotarea", "plotsize", "landsurface", "lotareavalue"}},
    {"year built", {"yearbuilt", "constructionyear", "buildingyear", "yearofconstruction"}},
    {"reference", {"reference", "referencenumber", "ref", "listingid", "adid", "propertyid", "zpid", "externalid"}},
    {"street", {"streetaddress", "street", "displayaddress", "fulladdress", "address"}},
    {"region", {"addressregion", "region", "province", "state", "county"}},
    {"property type", {"propertytype", "hometype", "typology", "accommodationcategory"}},
    {"energy class", {"energyclass", "energyefficiencyscale", "energyrating", "epcrating"}},
    {"agency", {"agencyname", "brokername", "agency", "realestateagent", "branchname"}},
    {"agent", {"agentname", "contactname", "listingagent"}},
};

std::string key_of(std::string_view key) {
  std::string out;
  for (const char c : key.substr(0, 40)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c + 32);
  }
  return out;
}

bool is_scalar(const JsonTree::Item& item) {
  return item.kind == JsonTree::Kind::string || item.kind == JsonTree::Kind::number;
}

bool looks_like_image(std::string_view s) {
  if (!s.starts_with("http") && !s.starts_with('/')) return false;
  const std::string lower = text::lower_ascii(s.substr(0, 2048));
  for (const std::string_view end : {".jpg", ".jpeg", ".webp", ".png", ".avif"}) {
    if (lower.find(end) != std::string::npos) return true;
  }
  return false;
}

bool names_images(std::string_view key) {
  for (const std::string_view word : {"image", "photo", "picture", "gallery", "media"}) {
    if (key.find(word) != std::string_view::npos) return true;
  }
  return false;
}

std::size_t fields_of(const Facts& f) {
  std::size_t n = 0;
  for (const std::string* s : {&f.price, &f.locality, &f.lat, &f.date, &f.url, &f.postcode, &f.phone}) n += !s->empty();
  return n + (f.text.size() > 40 ? 2 : 0) + (f.images.empty() ? 0 : 1);
}

bool is_record(const Facts& f) {
  return f.title.size() >= 4 && f.title.size() < 300 && f.title.find(' ') != std::string::npos && fields_of(f) >= 2;
}

}  // namespace

Facts facts_of_state(const JsonTree& tree, std::uint32_t object) {
  Facts f;
  f.source = "state";
  std::array<int, std::size(kNames)> rank;
  rank.fill(1000);
  const std::uint32_t end = std::min(tree[object].end, object + kMaxRecord);
  bool images = false;
  std::uint32_t images_end = 0;
  std::vector<std::uint32_t> open;  // what stands around the item, below the object
  for (std::uint32_t i = object + 1; i < end; ++i) {
    while (!open.empty() && tree[open.back()].end <= i) open.pop_back();
    const auto& item = tree[i];
    const int depth = static_cast<int>(open.size());
    const std::string key = key_of(item.key);
    if (!is_scalar(item)) {
      if (images_end <= i && names_images(key)) images_end = item.end;
      images = images_end > i;
      // Lists hold other things than this one, except its pictures.
      if (!images && (depth >= kNear || (item.kind == JsonTree::Kind::array && item.end - i > 60))) {
        i = item.end - 1;
        continue;
      }
      open.push_back(i);
      continue;
    }
    if ((images_end > i || names_images(key)) && looks_like_image(item.text)) {
      if (f.images.size() < 40 && std::find(f.images.begin(), f.images.end(), item.text) == f.images.end())
        f.images.push_back(item.text);
      continue;
    }
    if (item.text.empty() || item.text.size() > 20'000 || images_end > i) continue;
    // price: {value: 1, currency: "EUR"}: the frame's name says what the value is.
    const bool plain = key == "value" || key == "amount" || key == "raw";
    const std::string& said = plain && !open.empty() ? key_of(tree[open.back()].key) : key;
    for (std::size_t row = 0; row < std::size(kNames); ++row) {
      const auto& names = kNames[row].names;
      const auto hit = std::find(names.begin(), names.end(), std::string_view(said));
      if (hit == names.end() || hit->empty()) continue;
      const int score = depth * 20 + static_cast<int>(hit - names.begin());
      if (score >= rank[row]) continue;
      rank[row] = score;
      f.*kNames[row].field = item.text;
    }
  }
  return f;
}

std::vector<std::pair<std::string, std::string>> extras_of_state(const JsonTree& tree, std::uint32_t object) {
  std::array<int, std::size(kExtras)> rank;
  rank.fill(1000);
  std::array<std::string, std::size(kExtras)> found;
  const std::uint32_t end = std::min(tree[object].end, object + kMaxRecord);
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = object + 1; i < end; ++i) {
    while (!open.empty() && tree[open.back()].end <= i) open.pop_back();
    const auto& item = tree[i];
    if (!is_scalar(item)) {
      if (open.size() >= kNear || (item.kind == JsonTree::Kind::array && item.end - i > 60)) {
        i = item.end - 1;
      } else {
        open.push_back(i);
      }
      continue;
    }
    if (item.text.empty() || item.text.size() > 200) continue;
    std::string key = key_of(item.key);
    if ((key == "value" || key == "name") && !open.empty()) key = key_of(tree[open.back()].key);
    for (std::size_t row = 0; row < std::size(kExtras); ++row) {
      const auto& names = kExtras[row].names;
      const auto hit = std::find(names.begin(), names.end(), std::string_view(key));
      if (key.empty() || hit == names.end()) continue;
      const int score = static_cast<int>(open.size()) * 20 + static_cast<int>(hit - names.begin());
      if (score >= rank[row]) continue;
      rank[row] = score;
      found[row] = item.text;
    }
  }
  std::vector<std::pair<std::string, std::string>> extras;
  for (std::size_t row = 0; row < std::size(kExtras); ++row) {
    if (!found[row].empty()) extras.emplace_back(kExtras[row].label, text::fold_space(found[row]));
  }
  return extras;
}

namespace {

/// Numbers of five digits or more in an address: an ad's own number is one of them.
std::vector<std::string> numbers_in(std::string_view address) {
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < address.size();) {
    const std::size_t begin = address.find_first_of("0123456789", i);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(address.find_first_not_of("0123456789", begin), address.size());
    if (end - begin >= 5) numbers.emplace_back(address.substr(begin, end - begin));
    i = end;
  }
  return numbers;
}

bool bears(const JsonTree& tree, std::uint32_t object, const std::vector<std::string>& numbers) {
  for (std::uint32_t at = object + 1; at < tree[object].end; at = tree[at].end) {
    if (!is_scalar(tree[at]) || tree[at].text.size() > 20) continue;
    if (std::find(numbers.begin(), numbers.end(), tree[at].text) != numbers.end()) return true;
  }
  return false;
}

}  // namespace

StateData find_state_records(const std::vector<JsonTree>& trees, std::string_view address) {
  StateData data;
  const auto numbers = numbers_in(address);
  for (const JsonTree& tree : trees) {
    std::uint32_t list_end = 0;
    std::size_t looked = 0;
    for (std::uint32_t i = 0; i < tree.size() && looked < 4000; ++i) {
      const auto& item = tree[i];
      if (item.kind == JsonTree::Kind::array && list_end <= i && data.lists.size() < kMaxLists) {
        std::vector<Facts> records;
        std::size_t members = 0;
        for (std::uint32_t at = i + 1; at < item.end && records.size() < kMaxRecords; at = tree[at].end) {
          if (tree[at].kind != JsonTree::Kind::object) break;
          ++members;
          Facts f = facts_of_state(tree, at);
          if (is_record(f)) records.push_back(std::move(f));
          if (++looked > 4000 || (members > 4 && records.empty())) break;
        }
        if (records.size() >= 3 && records.size() * 3 >= members * 2) {
          list_end = item.end;
          data.lists.push_back(std::move(records));
        }
      }
      if (item.kind != JsonTree::Kind::object || list_end > i || item.end - i < 4) continue;
      const bool own = !numbers.empty() && bears(tree, i, numbers);
      if (!own && data.things.size() >= kMaxThings) continue;
      ++looked;
      Facts f = facts_of_state(tree, i);
      f.own = own && fields_of(f) >= 2;
      if (!f.own && !is_record(f)) continue;
      f.extra = extras_of_state(tree, i);
      data.things.push_back(std::move(f));
    }
  }
  std::stable_sort(data.things.begin(), data.things.end(),
                   [](const Facts& a, const Facts& b) {
                     return a.own != b.own ? a.own : fields_of(a) > fields_of(b);
                   });
  if (data.things.size() > kMaxThings) data.things.resize(kMaxThings);
  std::stable_sort(data.lists.begin(), data.lists.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return data;
}

}  // namespace vigie::parser
