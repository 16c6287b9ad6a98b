#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::alerts {

/// Every fixed text of a message. One row per text in each language's table (texts.cpp); a test holds them to each other.
enum class Text {
  why, what, todo, against, reasons, since_last, codes, ad, ads_heading, kept, about,
  alert, scope, severity_low, severity_medium, severity_high, update, several,
  kind_new, kind_changed, kind_gone, kind_returned, kind_linked, kind_cluster, kind_watch, kind_health,
  legal, first_observed, last_observed, one_ad, many_ads, new_ads, at_sites, on_site, state_live, state_gone, nothing,
  changed_in, matched_in, tier_plus, tier_zero, tier_minus, tier_protected, weight, false_positives, no_counter,
  do_history, do_links, do_list, do_health, do_kept, do_restricted, more, new_here,
  restricted_title, restricted_why, throttled_title, throttled_why, throttled_what,
  code_network, code_score, code_revision, code_delivery, code_version, code_indicators,
  foot_receiver, foot_indicator, foot_links, foot_sender,
  first_pass, first_pass_why, first_pass_what, first_pass_counts, one_site, many_sites, one_page, many_pages,
  no_kept, one_kept, many_kept, one_alert,
  reminder, escalated, digest, reminder_why, escalated_why, flood_why, budget_why, do_start, link_only_why,
  full_title, full_text, full_contacts,
  count_,
};

/// The text in `language` (en fr nl de; English for any other), "{0}" replaced by the first argument and so on.
std::string say(std::string_view language, Text which, std::initializer_list<std::string_view> arguments = {});

/// The word that `n` takes in this language: French counts nothing in the singular. "{0}" of either text is `n`.
std::string counted(std::string_view language, Text one, Text many, std::int64_t n);
/// "HIGH"; what is not a severity counts as low.
std::string severity_word(std::string_view language, std::string_view severity);

/// As it stands in the table; empty when that language has no such row. For tests.
std::string_view raw_text(std::string_view language, Text which);
const std::vector<std::string_view>& languages();

}  // namespace vigie::alerts
