#include "detector/quote.h"

#include "core/text.h"

namespace vigie::detector {

void quote(Reason& reason, const FieldText& field, Span span) {
  reason.set_field(field.name);
  reason.add_span(static_cast<std::int32_t>(span.begin));
  reason.add_span(static_cast<std::int32_t>(span.end));
  reason.set_quote(std::string(field.text.substr(span.begin, span.end - span.begin)));
}

std::string_view stored_text(const Ad& ad, std::string_view field) {
  if (field == "title") return ad.title();
  if (field == "text") return ad.text();
  if (field == "name") return ad.name();
  if (field == "category") return ad.category();
  if (field == "place.text") return ad.place().text();
  constexpr std::string_view kAttributes = "attributes.";
  if (field.starts_with(kAttributes)) {
    const auto at = ad.attributes().find(std::string(field.substr(kAttributes.size())));
    if (at != ad.attributes().end()) return at->second;
  }
  return {};
}

void quote_contact(Reason& reason, const Ad& ad, const Contact& contact) {
  if (contact.span_size() != 2) return;
  const auto stored = stored_text(ad, contact.field());
  const auto begin = contact.span(0), end = contact.span(1);
  if (begin < 0 || end <= begin || static_cast<std::size_t>(end) > stored.size()) return;
  const auto from = static_cast<std::size_t>(begin), to = static_cast<std::size_t>(end);
  if (!text::valid_utf8(stored.substr(from, to - from))) return;
  quote(reason, {contact.field(), stored}, {from, to});
}

}  // namespace vigie::detector
