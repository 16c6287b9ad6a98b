#include "parser/phone.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <unordered_map>

namespace vigie::parser {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t kKeptAnswers = 4096;  // per thread; the same numbers stand on many pages of a site

bool is_mobile(PhoneNumberUtil::PhoneNumberType type) {
  return type == PhoneNumberUtil::MOBILE || type == PhoneNumberUtil::FIXED_LINE_OR_MOBILE;
}

bool is_service(PhoneNumberUtil::PhoneNumberType type) {
  return type == PhoneNumberUtil::TOLL_FREE || type == PhoneNumberUtil::SHARED_COST || type == PhoneNumberUtil::PREMIUM_RATE || type == PhoneNumberUtil::UAN;
}

// A number reserved for fiction, or of a new block, is only "possible"; it still has the length of a full subscriber number.
bool looks_national(const PhoneNumberUtil& util, const PhoneNumber& number) {
  return util.IsPossibleNumberForTypeWithReason(number, PhoneNumberUtil::MOBILE) == PhoneNumberUtil::IS_POSSIBLE ||
         util.IsPossibleNumberForTypeWithReason(number, PhoneNumberUtil::FIXED_LINE) == PhoneNumberUtil::IS_POSSIBLE;
}

// Countries whose numbers are a plain prefix ("0" or none) and a subscriber number. For them digits are taken apart here: the
// library's parser tries a dozen patterns on every number, and took a third of the time of a text. A test compares the two.
struct PlainPlan {
  const char* region;
  int code;
  bool trunk_zero;
};
constexpr PlainPlan kPlain[] = {{"FR", 33, true},  {"BE", 32, true},  {"NL", 31, true},  {"DE", 49, true},   {"GB", 44, true}, {"AT", 43, true}, {"CH", 41, true},
                                {"BG", 359, true}, {"RO", 40, true},  {"AL", 355, true}, {"UA", 380, true},  {"IE", 353, true}, {"SE", 46, true},
                                {"PL", 48, false}, {"ES", 34, false}, {"PT", 351, false}, {"GR", 30, false}, {"CZ", 420, false}, {"DK", 45, false}, {"NO", 47, false}};

const PlainPlan* plan_of(std::string_view& digits, std::string_view region) {
  const bool plus = digits.starts_with('+');
  for (const auto& plan : kPlain) {
    if (!plus && region == plan.region) return &plan;
    if (!plus) continue;
    const auto code = std::to_string(plan.code);
    if (!digits.substr(1).starts_with(code)) continue;
    digits.remove_prefix(1 + code.size());
    return &plan;
  }
  return nullptr;
}

// True: `number` is what the library's parser would make of it. False: ask the parser.
bool taken_apart(const PhoneNumberUtil& util, std::string_view digits, std::string_view region, PhoneNumber& number) {
  const bool plus = digits.starts_with('+');
  const auto* plan = plan_of(digits, region);
  if (!plan || digits.size() < 5 || digits.size() > 15) return false;
  // An international prefix, or a country code without its plus, is for the parser.
  if (!plus && (digits.starts_with("00") || digits.starts_with(std::to_string(plan->code)))) return false;
  const auto fill = [&](std::string_view national) {
    number.Clear();
    number.set_country_code(plan->code);
    if (national.starts_with('0')) {
      number.set_italian_leading_zero(true);
      const auto zeros = std::min(national.find_first_not_of('0'), national.size() - 1);
      if (zeros > 1) number.set_number_of_leading_zeros(static_cast<int>(zeros));
    }
    std::uint64_t value = 0;
    std::from_chars(national.data(), national.data() + national.size(), value);
    number.set_national_number(value);
  };
  if (plan->trunk_zero && digits.starts_with('0')) {
    fill(digits.substr(1));
    const auto length = util.IsPossibleNumberWithReason(number);
    if (length == PhoneNumberUtil::IS_POSSIBLE || length == PhoneNumberUtil::TOO_LONG) return true;
  }
  fill(digits);
  return true;
}

PhoneVerdict judge(std::string_view digits, std::string_view region) {
  const auto& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  PhoneVerdict verdict;
  if (!taken_apart(util, digits, region, number)) {
    const auto home = region.empty() ? std::string("ZZ") : std::string(region);
    if (util.Parse(std::string(digits), home, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return verdict;
    if (number.has_extension()) return verdict;
  }
  // A look at the length first: it turns most runs of digits away, at a tenth of the cost.
  if (util.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) return verdict;
  // A number has a type exactly when it is valid; one question instead of two.
  const auto type = util.GetNumberType(number);
  const bool valid = type != PhoneNumberUtil::UNKNOWN;
  // "+44 077009004": the digits fell short, and their trunk prefix stayed. Italian numbers do begin with 0.
  if (!valid && number.italian_leading_zero() && number.country_code() != 39) return verdict;
  verdict.level = valid ? PhoneVerdict::Level::valid : PhoneVerdict::Level::possible;
  verdict.by_plan = valid || looks_national(util, number);
  verdict.mobile = is_mobile(type);
  verdict.service = is_service(type);
  util.Format(number, PhoneNumberUtil::E164, &verdict.e164);
  return verdict;
}

}  // namespace

bool same_as_parser(std::string_view digits, std::string_view region) {
  const auto& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber ours, theirs;
  if (!taken_apart(util, digits, region, ours)) return true;
  const bool read = util.Parse(std::string(digits), region.empty() ? std::string("ZZ") : std::string(region), &theirs) == PhoneNumberUtil::NO_PARSING_ERROR;
  if (!read) return !util.IsPossibleNumber(ours);
  return ours.country_code() == theirs.country_code() && ours.national_number() == theirs.national_number() &&
         ours.italian_leading_zero() == theirs.italian_leading_zero() && ours.number_of_leading_zeros() == theirs.number_of_leading_zeros();
}

PhoneVerdict judge_phone(std::string_view digits, std::string_view region) {
  thread_local std::unordered_map<std::string, PhoneVerdict> known;
  std::string key(digits);
  key.append(" ").append(region);
  if (const auto at = known.find(key); at != known.end()) return at->second;
  if (known.size() >= kKeptAnswers) known.clear();
  return known.emplace(std::move(key), judge(digits, region)).first->second;
}

std::string trunk_prefix(std::string_view region) {
  thread_local std::unordered_map<std::string, std::string> known;
  const auto [at, added] = known.try_emplace(std::string(region));
  if (added) PhoneNumberUtil::GetInstance()->GetNddPrefixForRegion(at->first, true, &at->second);
  return at->second;
}

}  // namespace vigie::parser
