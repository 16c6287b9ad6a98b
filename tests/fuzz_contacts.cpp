#include <cmath>
#include <string>

#include "core/text.h"
#include "fuzz.h"
#include "parser/fields.h"

using namespace vigie;

namespace {

template <class List>
void judge_spans(const List& items, std::string_view s) {
  for (const auto& item : items) {
    require(item.span_size() == 2, "a span has two ends");
    const auto begin = item.span(0), end = item.span(1);
    require(begin >= 0 && begin < end && end <= static_cast<int>(s.size()), "a span lies inside the text");
    require(text::valid_utf8(s.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))), "a span holds whole characters");
  }
}

}  // namespace

// First byte: where the text stands; the rest: the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr const char* kRegions[] = {"FR", "BE", "GB", "US", "DE", "RO", "TR", ""};
  static constexpr const char* kLanguages[] = {"", "fr", "nl", "en"};
  parser::TextContext context;
  const std::string region = kRegions[data[0] % 8];
  if (!region.empty()) context.regions = {region, "FR"};
  context.lang = kLanguages[(data[0] >> 3) % 4];
  context.timezone = "Europe/Brussels";
  context.now = from_ms(1'795'000'000'000);
  const auto s = text::fold_space(text::repair_utf8(view(data + 1, size - 1)));
  const auto read = parser::decode(s, context);
  judge_spans(read.contacts(), s);
  judge_spans(read.prices(), s);
  judge_spans(read.ages(), s);
  judge_spans(read.dates(), s);
  judge_spans(read.places(), s);
  for (const auto& contact : read.contacts()) {
    require(!contact.kind().empty() && !contact.value().empty(), "a contact has kind and value");
    require(contact.confidence() > 0 && contact.confidence() <= 1, "a confidence lies in (0, 1]");
    require(text::valid_utf8(contact.value()), "a value is UTF-8");
    if (contact.kind() != "phone") continue;
    require(contact.value().size() >= 6 && contact.value().size() <= 18 && contact.value()[0] == '+' &&
                contact.value().find_first_not_of("0123456789", 1) == std::string::npos, "a phone is E.164");
  }
  for (const auto& price : read.prices()) require(std::isfinite(price.amount()) && price.amount() >= 0, "an amount is a number, not negative");
  for (const auto& age : read.ages()) require(age.age() > 0 && age.age() < 130, "an age is one of a person");
  for (const auto& date : read.dates()) require(date.date().size() == 10, "a date is a day");
  require(read.SerializeAsString() == parser::decode(s, context).SerializeAsString(), "the same text reads the same");
  const auto linked = parser::contact_of_link(s, context);
  require(linked.kind().empty() || (!linked.value().empty() && text::valid_utf8(linked.value())), "a link's contact has a value");
  return 0;
}
