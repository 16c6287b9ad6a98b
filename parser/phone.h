#pragma once

#include <string>
#include <string_view>

/// What the numbering plans say of a string of digits (libphonenumber, tamed here).
namespace vigie::parser {

struct PhoneVerdict {
  enum class Level { none, possible, valid };
  Level level = Level::none;
  std::string e164;     // "+33199000042", when not none
  bool mobile = false;  // a mobile number, or one that may be
  bool service = false; // free, shared cost, premium: dialled as it is, without a trunk prefix
  bool by_plan = false; // only `possible`: length and first digits are those of a subscriber's number of that country
};

/// `digits`: ASCII, 5 to 17 of them, with a leading '+' when a country code is stated. `region`: ISO country, or empty
/// when only a stated country code counts. Takes about 10 microseconds; answers are kept per thread.
PhoneVerdict judge_phone(std::string_view digits, std::string_view region);

/// For tests: do these digits mean the same to us as to libphonenumber's parser?
bool same_as_parser(std::string_view digits, std::string_view region);

/// The digits that `region` puts before a national number ("0" in FR; empty where there are none).
std::string trunk_prefix(std::string_view region);

}  // namespace vigie::parser
