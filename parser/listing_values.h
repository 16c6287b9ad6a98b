#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/records.pb.h"
#include "parser/dom.h"
#include "parser/fields.h"
#include "parser/structured.h"

namespace vigie::parser {

/// A whole field that is one plain number, 0 to 1e12 ("1250.5"); empty: it is none.
std::optional<double> number_of(std::string_view s);
/// The same with a sign before it.
std::optional<double> signed_number_of(std::string_view s);
/// The number in a record's own mark ("annonce-56313"). Short ones count places in the list, not ads.
std::string marked_number(const Dom& dom, NodeId id);
Price to_price(const DecodedPrice& decoded);
/// Puts all of them into the ad; `price` is the one per hour, else the first.
void set_prices(const std::vector<DecodedPrice>& prices, Ad& ad);
/// The price that a page states for machines; false: it states none that can be read.
bool set_stated_price(const Facts& facts, const TextContext& context, Ad& ad);
/// "2026-11-20T10:00:00+01:00" gives "2026-11-20"; other spellings go through the date reader. Empty: no date.
std::string date_of(std::string_view raw, const TextContext& context);
/// The place in a line that is known to hold one among other things ("Anna, 24 ans, Namur"); `name`: who it is of.
Place place_in_line(std::string_view line, const TextContext& context, std::string_view name);
/// True when a class or itemprop of the element has one of these words as a part.
bool marked(const Dom& dom, NodeId id, std::initializer_list<std::string_view> words);
/// "Ad 48228 | 720 views" is no telephone: a reading that takes in the ad's own number is dropped.
void drop_own_number(const std::string& number, Ad& ad);

}  // namespace vigie::parser
