#include <algorithm>

#include "core/text.h"
#include "parser/lesson.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kMaxRaw = 200, kMaxValue = 200;

std::string number_text(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string price_text(const Price& price) {
  std::string text = price.has_amount() ? number_text(price.amount()) : "";
  for (const auto& part : {price.currency(), price.per()}) {
    if (!part.empty()) text += (text.empty() ? "" : " ") + part;
  }
  return text;
}

std::string value_of(const Ad& ad, const std::string& field) {
  if (field == "title") return ad.title();
  if (field == "text") return ad.text();
  if (field == "name") return ad.name();
  if (field == "age") return ad.has_age() ? std::to_string(ad.age()) : "";
  if (field.starts_with("price")) return price_text(ad.price());
  if (field.starts_with("place")) {
    const Place& place = ad.place();
    std::string text = place.text();
    for (const auto& part : {place.postcode(), place.country()}) {
      if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
    }
    return text;
  }
  if (field == "posted") return ad.posted();
  if (field == "category") return ad.category();
  if (!field.starts_with("attributes.")) return {};
  const auto at = ad.attributes().find(field.substr(11));
  return at == ad.attributes().end() ? std::string() : at->second;
}

/// "main > article.annonce > h1": up to four steps, or from the nearest id on.
std::string path_of(const Dom& dom, NodeId id) {
  while (id != kNone && !dom.is_element(id)) id = dom[id].parent;
  std::string path;
  for (int steps = 0; id != kNone && steps < 4 && dom[id].tag != Tag::html; ++steps, id = dom[id].parent) {
    const auto mark = dom.value(id, "id");
    const bool named = lasting_name(mark);
    path = (named ? "#" + std::string(mark) : css_step(dom, id)) + (path.empty() ? "" : " > ") + path;
    if (named) break;
  }
  return path;
}

std::string raw_of(const Dom& dom, NodeId begin, NodeId end) {
  std::string raw;
  for (NodeId id = begin; id < std::max(end, begin + 1); ++id) {
    if (is_block(dom[id].tag)) raw += ' ';
    if (dom[id].tag == Tag::text && raw.size() < 2 * kMaxRaw) raw += dom.raw_text(id);
    if (raw.empty() && id == begin && dom[id].tag == Tag::meta) raw = dom.value(id, "content");
  }
  return std::string(text::cut_utf8(text::trim(text::fold_space(raw)), kMaxRaw));
}

ValueOrigin made(const std::string& field, std::string_view value, const std::string& source, double sure) {
  ValueOrigin origin;
  origin.set_field(field);
  origin.set_value(std::string(text::cut_utf8(value, kMaxValue)));
  origin.set_source(source);
  origin.set_confidence(sure);
  return origin;
}

void add_contacts(const Ad& ad, std::vector<ValueOrigin>& out) {
  for (const Contact& contact : ad.contacts()) {
    const bool written = contact.span_size() == 2;
    ValueOrigin origin = made("contacts", contact.kind() + ":" + contact.value(), written ? contact.field() : "link",
                              contact.has_confidence() ? contact.confidence() : kFromLink.sure);
    if (!contact.raw().empty()) origin.set_raw(std::string(text::cut_utf8(contact.raw(), kMaxRaw)));
    *origin.mutable_span() = contact.span();
    out.push_back(std::move(origin));
  }
}

}  // namespace

std::vector<ValueOrigin> origins_of(const Page& page, const Ad& ad, const Trace& trace) {
  std::vector<ValueOrigin> out;
  std::vector<std::string> told;
  for (const Note& first : trace.notes) {
    if (std::find(told.begin(), told.end(), first.field) != told.end()) continue;
    told.push_back(first.field);
    const Note& note = *trace.of(first.field);  // the last word
    const std::string value = value_of(ad, note.field);
    if (value.empty()) continue;
    ValueOrigin origin = made(note.field, value, note.source, note.sure);
    if (note.begin != kNone) {
      origin.set_path(path_of(page.dom, note.begin));
      origin.set_raw(raw_of(page.dom, note.begin, note.end > note.begin ? note.end : page.dom[note.begin].end));
    } else if (!note.label.empty()) {
      origin.set_path(note.label);
    }
    if (const auto at = ad.text().find(value); note.field != "text" && at != std::string::npos) {
      origin.add_span(static_cast<std::int32_t>(at));
      origin.add_span(static_cast<std::int32_t>(at + value.size()));
    }
    out.push_back(std::move(origin));
  }
  add_contacts(ad, out);
  if (ad.images_size() > 0) {
    auto origin = made("images", std::to_string(ad.images_size()) + " of them", trace.of("images") ? "template" : "page", kFromPage.sure);
    origin.set_raw(ad.images(0));
    out.push_back(std::move(origin));
  }
  for (ValueOrigin& origin : out) origin.set_ad(ad.ad());
  return out;
}

}  // namespace vigie::parser
