#include "detector/quote.h"

#include <optional>

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

namespace {

constexpr std::size_t kFirstWords = 100;  // bytes of an ad that stand for the whole of it

std::optional<Span> word_in(std::string_view text, std::string_view word) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !digit(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !digit(text[at + word.size()]);
    if (begins && ends) return Span{at, at + word.size()};
  }
  return std::nullopt;
}

}  // namespace

void quote_something(Reason& reason, const Ad& ad, std::string_view number) {
  if (reason.span_size() == 2) return;
  const auto fields = texts_of(ad);
  reason.set_ad(ad.ad());
  for (const auto& field : fields) {
    const auto span = number.empty() ? std::nullopt : word_in(field.text, number);
    if (span) return quote(reason, field, *span);
  }
  for (const auto* name : {"text", "title"}) {
    for (const auto& field : fields) {
      const auto words = text::cut_utf8(field.text, kFirstWords);
      if (field.name == name && !words.empty()) return quote(reason, field, {0, words.size()});
    }
  }
}

}  // namespace vigie::detector
