#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parser/fields.h"
#include "parser/lexicon.h"

/// How numbers that hide are read: a text becomes tokens, each with the digits it may stand for; a bounded search joins
/// them; the numbering plans judge (contacts_tokens.cpp, contacts_context.cpp, contacts_phone.cpp).
namespace vigie::parser {

/// What was needed to read a contact, as bits; names in step_names().
enum Step : std::uint32_t {
  kStepWords = 1, kStepHomoglyph = 2, kStepSplit = 4, kStepSeparators = 8, kStepReversed = 16, kStepEmoji = 32,
  kStepMultiplier = 64, kStepUnicodeDigits = 128, kStepInvisible = 256, kStepMarkup = 512
};
std::vector<std::string> step_names(std::uint32_t steps);

/// One way to read a token, or a run of them: an edge of the lattice.
struct Reading {
  std::string digits;                     // empty for a multiplier or a plus
  float cost = 0;
  std::uint32_t steps = 0;
  std::uint64_t languages = ~std::uint64_t{0};  // in which this word means that
  std::uint16_t tokens = 1;               // how many tokens it spans
  std::uint8_t times = 0;                 // the next digit counts so often
  bool plus = false;
  bool letters_only = false;              // look-alike letters without a digit among them
};

/// What stands between a token and the one before.
struct Gap {
  float cost = 0;
  std::uint32_t steps = 0;
  char32_t mark = 0;    // its first character that is no blank; 0: none
  std::uint8_t marks = 0;
  bool empty = true;
  bool blank = false;
  bool breaks = false;  // no number goes on over it
  bool plus = false;    // a '+' stands directly before the token
};

struct Token {
  std::uint32_t begin = 0, end = 0;     // bytes of the text
  std::uint32_t first = 0, count = 0;   // readings
  Gap gap;                              // before it
  bool word = false;                    // letters
  bool plain = false;                   // ASCII digits only
  bool dead = false;                    // part of a date, price, identifier…: no digit of a number
  std::uint8_t filler = 0;              // how many tokens the filler is long that starts here; 0: none
  bool call = false, backwards = false, not_phone = false, unit = false, dot = false;
  std::uint8_t at = 0;                  // words of a phrase for '@' that starts here
  std::uint8_t sign_words = 0;          // words of a phrase for the sign that starts here
  char sign = 0;                        // '_' or '-', said as a word
};

struct Lattice {
  std::string_view text;
  std::vector<Token> tokens;
  std::vector<Reading> readings;

  std::string_view word(const Token& t) const { return text.substr(t.begin, t.end - t.begin); }
};

/// Time and space linear in the size of `s`.
Lattice read_lattice(std::string_view s, const Lexicon& lexicon);
/// "nullsiebeneins": the fewest number words, `least` of them or more, of one language that make up all of `key` (folded).
void read_joined(std::string_view key, int least, const Lexicon& lexicon, std::vector<Reading>& more);
/// "zééro", "deuxx": a number word whose letters were held down.
void read_stretched(std::string_view key, const Lexicon& lexicon, std::vector<Reading>& more);
/// Marks tokens that belong to dates, prices, sizes, identifiers and lists as dead.
void mark_other_numbers(Lattice& lattice);
/// Phone numbers in `lattice`; spans are bytes of its text. `budget`: questions to the numbering plans that are left, for
/// all lattices of one text.
std::vector<Contact> find_phones(const Lattice& lattice, const TextContext& context, const Lexicon& lexicon, int& budget);

/// E-mail addresses, links, handles and wallets; and the bytes that they take (so that no number is read inside).
struct Taken {
  std::uint32_t begin, end;
};
std::vector<Contact> find_addresses(std::string_view s, const TextContext& context, std::vector<Taken>& taken);
std::vector<Contact> find_spelled_mails(const Lattice& lattice);

Contact make_contact(std::string kind, std::string value, std::string_view s, std::size_t begin, std::size_t end,
                     std::uint32_t steps, double confidence);

}  // namespace vigie::parser
