#include "parser/phone.h"

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <array>
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

PhoneVerdict judge(std::string_view digits, std::string_view region) {
  const auto& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  PhoneVerdict verdict;
  const auto home = region.empty() ? std::string("ZZ") : std::string(region);
  if (util.Parse(std::string(digits), home, &number) != PhoneNumberUtil::NO_PARSING_ERROR) return verdict;
  if (number.has_extension()) return verdict;
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
