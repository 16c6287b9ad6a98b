#include <algorithm>
#include <cmath>

#include "parser/contacts_lattice.h"
#include "parser/fields.h"

namespace vigie::parser {

namespace {

constexpr std::pair<Step, const char*> kStepNames[] = {
    {kStepWords, "words"},           {kStepHomoglyph, "homoglyph"}, {kStepSplit, "split"},
    {kStepSeparators, "separators"}, {kStepReversed, "reversed"},   {kStepEmoji, "emoji"},
    {kStepMultiplier, "multiplier"}, {kStepUnicodeDigits, "unicode_digits"}, {kStepInvisible, "invisible"},
    {kStepMarkup, "markup"}};

void kill_taken(Lattice& lattice, const std::vector<Taken>& taken) {
  std::size_t at = 0;
  for (auto& token : lattice.tokens) {
    while (at < taken.size() && taken[at].end <= token.begin) ++at;
    if (at < taken.size() && taken[at].begin < token.end) token.dead = true;
  }
}

bool may_hold_contact(std::string_view s) { return s.size() >= 7; }

}  // namespace

std::vector<std::string> step_names(std::uint32_t steps) {
  std::vector<std::string> names;
  for (const auto& [step, name] : kStepNames) {
    if (steps & step) names.emplace_back(name);
  }
  return names;
}

Contact make_contact(std::string kind, std::string value, std::string_view s, std::size_t begin, std::size_t end,
                     std::uint32_t steps, double confidence) {
  Contact c;
  c.set_kind(std::move(kind));
  c.set_value(std::move(value));
  c.set_raw(std::string(s.substr(begin, end - begin)));
  c.add_span(static_cast<std::int32_t>(begin));
  c.add_span(static_cast<std::int32_t>(end));
  for (auto& name : step_names(steps)) c.add_steps(std::move(name));
  c.set_confidence(std::round(confidence * 1000) / 1000);
  return c;
}

std::vector<Contact> read_contacts(std::string_view s, const TextContext& context) {
  if (!may_hold_contact(s)) return {};
  const auto& lexicon = Lexicon::standard();
  std::vector<Taken> taken;
  auto contacts = find_addresses(s, context, taken);
  auto lattice = read_lattice(s, lexicon);
  kill_taken(lattice, taken);
  mark_other_numbers(lattice);
  for (auto& c : find_spelled_mails(lattice)) contacts.push_back(std::move(c));
  for (auto& c : find_phones(lattice, context, lexicon)) contacts.push_back(std::move(c));
  std::stable_sort(contacts.begin(), contacts.end(), [](const Contact& a, const Contact& b) { return a.span(0) < b.span(0); });
  return contacts;
}

}  // namespace vigie::parser
