#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"
#include "core/result.h"

namespace vigie::detector {

/// A dotted field of an ad as a rule names it: "price.amount", "place.country", "category", "attributes.height".
/// `misconfigured` for a name that no ad can have, with the nearest one that it can.
Status check_field(std::string_view name);

/// One value of a field: a number where the field is one, and its text in any case.
struct FieldValue {
  bool numeric = false;
  double number = 0;
  std::string text;
};
/// What the ad says there; "price.*" answers for every price of the ad. Empty: not known. Call only with checked names.
std::vector<FieldValue> values_of(const Ad& ad, std::string_view name);

}  // namespace vigie::detector
