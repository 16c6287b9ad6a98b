#include "parser/fields.h"
#include "parser/signals.h"

namespace vigie::parser {

Status learn_words(std::string_view text) { return Lexicon::learn(text); }

Decoded decode(std::string_view line, const TextContext& context) {
  Decoded out;
  TextContext known = context;
  if (known.lang.empty()) known.lang = identify_language(line);
  if (!known.lang.empty()) out.set_lang(known.lang);
  const auto signals = scan(line, Lexicon::standard());
  for (auto& c : read_contacts(line, known, signals)) *out.add_contacts() = std::move(c);
  for (auto& p : read_prices(line, known, signals)) *out.add_prices() = std::move(p);
  for (auto& a : read_ages(line, known, signals)) *out.add_ages() = std::move(a);
  for (auto& d : read_dates(line, known, signals)) *out.add_dates() = std::move(d);
  for (auto& p : read_places(line, known)) *out.add_places() = std::move(p);
  return out;
}

}  // namespace vigie::parser
