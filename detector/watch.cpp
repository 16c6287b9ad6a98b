#include "detector/watch.h"

#include <algorithm>
#include <cctype>

#include "core/text.h"
#include "detector/quote.h"

namespace vigie::detector {
namespace {

constexpr std::size_t kFewestDigits = 8;  // a shorter number would match by chance

std::string digits_of(std::string_view s) {
  std::string out;
  for (const char c : s) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

/// Only digits and what people write between them.
bool looks_like_number(std::string_view s) {
  return digits_of(s).size() >= kFewestDigits && s.find_first_not_of("0123456789+ ()-./") == std::string_view::npos;
}

std::string label(const WatchEntry& entry) {
  return "watch:" + entry.list;
}

}  // namespace

std::string contact_key(std::string_view kind, std::string_view value) {
  if (value.starts_with('+')) return std::string(value);
  return std::string(kind) + ":" + std::string(value);
}

Result<Instant> end_of_day(std::string_view date) {
  auto start = parse_rfc3339(std::string(date) + "T00:00:00Z");
  if (!start) return fail(Errc::misconfigured, "\"" + std::string(date) + "\" is no date like 2027-01-31");
  return *start + std::chrono::hours(24);
}

Result<WatchList::Entry> WatchList::read(WatchEntry spec) {
  Entry entry;
  const std::string value(text::trim(spec.value));
  const auto wrong = [&](const std::string& what) {
    return fail(Errc::misconfigured, "watch list " + spec.list + ": \"" + text::escape_control(value) + "\": " + what);
  };
  if (!spec.severity.empty() && spec.severity != "low" && spec.severity != "medium" && spec.severity != "high") {
    return wrong("severity is low, medium or high");
  }
  if (!spec.expires.empty()) {
    auto expires = end_of_day(spec.expires);
    if (!expires) return wrong(expires.error().text);
    entry.expires = *expires;
  }
  if (looks_like_number(value)) {
    entry.digits = digits_of(value);
    entry.with_country = value.starts_with('+') || entry.digits.starts_with("00");
    entry.digits.erase(0, entry.digits.find_first_not_of('0'));
    if (entry.digits.size() < kFewestDigits - 1) return wrong("too few digits");
  } else if (value.find('@') != std::string::npos && value.find(' ') == std::string::npos) {
    entry.exact = text::fold_case(value.starts_with('@') ? std::string_view(value).substr(1) : std::string_view(value));
  } else {
    entry.phrase = Phrase::parse(value, ViewKind::folded);
    if (!entry.phrase) return wrong("nothing to look for");
    entry.exact = text::fold_case(value);
  }
  entry.spec = std::move(spec);
  return entry;
}

Result<WatchList> WatchList::make(std::vector<WatchEntry> entries) {
  WatchList made;
  for (auto& spec : entries) {
    auto entry = read(std::move(spec));
    if (!entry) return std::move(entry).error();
    if (!entry->spec.severity.empty()) made.severities_[label(entry->spec)] = entry->spec.severity;
    made.entries_.push_back(*std::move(entry));
  }
  return made;
}

bool WatchList::names(const Entry& entry, const Contact& contact) {
  if (!entry.digits.empty()) {
    if (!contact.value().starts_with('+')) return false;
    const auto digits = digits_of(contact.value());
    return entry.with_country ? digits == entry.digits : digits.ends_with(entry.digits);
  }
  return !entry.exact.empty() && text::fold_case(contact.value()) == entry.exact;
}

std::vector<Reason> WatchList::match(const Ad& ad, Instant now) const {
  std::vector<Reason> found;
  if (entries_.empty()) return found;
  const auto fields = texts_of(ad);
  std::vector<View> views;
  const bool phrases =
      std::any_of(entries_.begin(), entries_.end(), [](const Entry& e) { return e.phrase.has_value(); });
  if (phrases) {
    views.reserve(fields.size());
    for (const auto& field : fields) views.emplace_back(field.text, ViewKind::folded);
  }
  for (const auto& entry : entries_) {
    if (entry.expires && now >= *entry.expires) continue;
    Reason reason;
    reason.set_indicator(label(entry.spec));
    reason.set_tier("T0");
    reason.set_weight(0);
    reason.set_family("watch");
    reason.set_ad(ad.ad());
    reason.set_text("matches watch list " + entry.spec.list +
                    (entry.spec.owner.empty() ? "" : ", kept by " + entry.spec.owner) +
                    (entry.spec.reason.empty() ? "" : ": " + entry.spec.reason));
    bool hit = false;
    for (const auto& contact : ad.contacts()) {
      if (hit || !names(entry, contact)) continue;
      quote_contact(reason, ad, contact);
      hit = true;
    }
    for (std::size_t i = 0; i < views.size() && !hit && entry.phrase; ++i) {
      if (const auto span = entry.phrase->find(views[i])) {
        quote(reason, fields[i], views[i].to_source(*span));
        hit = true;
      }
    }
    if (hit) found.push_back(std::move(reason));
  }
  return found;
}

std::string WatchList::severity(const std::string& indicator) const {
  const auto at = severities_.find(indicator);
  return at == severities_.end() ? "high" : at->second;
}

}  // namespace vigie::detector
