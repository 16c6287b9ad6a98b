#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"
#include "core/time.h"

namespace vigie::parser {

/// What a reader of plain text may assume about where the text stands.
struct TextContext {
  std::vector<std::string> regions;  // ISO countries, best first: where a number without a country code is read
  std::string lang;                  // ISO 639-1, or empty: not known
  std::string timezone;              // IANA, or empty: UTC
  Instant now{};                     // base of relative dates
};

/// Each reader: `s` is UTF-8 with white space folded; spans are byte offsets in `s`. Pure, bounded time in size of `s`.
std::vector<Contact> read_contacts(std::string_view s, const TextContext& context);
/// Prices in running text: amounts with a currency, or in a list of durations and amounts ("1h 150, 30min 90").
std::vector<DecodedPrice> read_prices(std::string_view s, const TextContext& context);
/// The value of a field that is known to be a price: the first amount, with or without a currency; `hint`: what a field
/// beside it says of the currency ("EUR"), or empty. No `amount`: there is none ("ask me").
Price read_price_field(std::string_view s, std::string_view hint, const TextContext& context);
/// ISO 4217 of a currency as people write it ("€", "zł", "лв."); empty when unknown.
std::string currency_of(std::string_view written, const TextContext& context);
std::vector<DecodedAge> read_ages(std::string_view s, const TextContext& context);
std::vector<DecodedDate> read_dates(std::string_view s, const TextContext& context);
std::vector<DecodedPlace> read_places(std::string_view s, const TextContext& context);
/// A name, and where it stands.
struct PersonName {
  std::string name;
  std::uint32_t begin = 0, end = 0;  // bytes of the text
};
/// Names by which persons offer themselves ("je m'appelle Anna", "Frau Maier", "Anna, 24 ans"). Precision first: a name that
/// nothing announces is left out.
std::vector<PersonName> read_names(std::string_view s, const TextContext& context);
/// The value of a field that is known to be a place ("5000 Namur, Belgique"): the best place in it with country, position
/// and postcode where they are known. No `text`: the gazetteer knows none.
Place read_place_field(std::string_view s, const TextContext& context);
/// A whole number in words ("one thousand two hundred thirty-four", cardinal or ordinal) as decimal digits; empty when the
/// phrase is not exactly one number in the language of `context` (any language when that is not known). Up to 30 digits.
std::string read_number_words(std::string_view phrase, const TextContext& context);
/// ISO 639-1 of the most likely language, or empty when the text is too short or too mixed to say.
std::string identify_language(std::string_view s);

/// Words of a unit's own file for all readers (Lexicon::learn): before anything is read, on one thread.
Status learn_words(std::string_view text);

/// Contact of an address of a page: tel:, sms:, mailto:, wa.me, t.me, viber:, signal.me, and profile pages. Empty kind: none.
Contact contact_of_link(std::string_view href, const TextContext& context);

/// All readers at once: `vigie decode`.
Decoded decode(std::string_view line, const TextContext& context);

}  // namespace vigie::parser
