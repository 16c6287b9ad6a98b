#include "detector/watch.h"

#include <algorithm>
#include <utility>

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

std::string label(const std::string& list) {
  return "watch:" + list;
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

Result<std::uint32_t> WatchList::head_of(WatchEntry& spec) {
  Head head{std::move(spec.list), std::move(spec.owner), std::move(spec.reason), std::move(spec.severity), std::move(spec.expires), {}};
  // Entries come list by list, so the last head is nearly always the one.
  for (std::size_t i = heads_.size(); i-- > 0 && i + 64 > heads_.size();) {
    if (heads_[i].key() == head.key()) return static_cast<std::uint32_t>(i);
  }
  if (!head.severity.empty() && head.severity != "low" && head.severity != "medium" && head.severity != "high") {
    return fail(Errc::misconfigured, "watch list " + head.list + ": severity is low, medium or high");
  }
  if (!head.expires.empty()) {
    auto until = end_of_day(head.expires);
    if (!until) return std::move(until).error().in("watch list " + head.list);
    head.until = *until;
  }
  if (!head.severity.empty()) severities_[label(head.list)] = head.severity;
  heads_.push_back(std::move(head));
  return static_cast<std::uint32_t>(heads_.size() - 1);
}

Status WatchList::read(WatchEntry spec) {
  const std::string value(text::trim(spec.value));
  auto head = head_of(spec);
  if (!head) return std::move(head).error();
  const auto wrong = [&](const std::string& what) {
    return fail(Errc::misconfigured, "watch list " + heads_[*head].list + ": \"" + text::escape_control(value) + "\": " + what);
  };
  Entry entry{*head, false};
  const auto number = static_cast<std::uint32_t>(entries_.size());
  if (looks_like_number(value)) {
    auto digits = digits_of(value);
    entry.with_country = value.starts_with('+') || digits.starts_with("00");
    digits.erase(0, digits.find_first_not_of('0'));
    if (digits.size() < kFewestDigits - 1) return wrong("too few digits");
    numbers_.emplace(std::move(digits), number);
  } else if (value.find('@') != std::string::npos && value.find(' ') == std::string::npos) {
    exact_.emplace(text::fold_case(value.starts_with('@') ? std::string_view(value).substr(1) : std::string_view(value)), number);
  } else {
    auto phrase = Phrase::parse(value, ViewKind::folded);
    if (!phrase) return wrong("nothing to look for");
    const auto at = phrases_.add(*std::move(phrase), {});
    if (at == phrase_of_.size()) phrase_of_.emplace_back();
    phrase_of_[at].push_back(number);
    exact_.emplace(text::fold_case(value), number);
  }
  entries_.push_back(entry);
  return {};
}

Result<WatchList> WatchList::make(std::vector<WatchEntry> entries) {
  WatchList made;
  made.entries_.reserve(entries.size());
  for (auto& spec : entries) {
    if (auto done = made.read(std::move(spec)); !done) return std::move(done).error();
  }
  made.phrases_.freeze();
  return made;
}

/// Entries that name this contact. A number without its country names each that ends with it.
void WatchList::names(const Contact& contact, std::vector<std::uint32_t>& found) const {
  const auto take = [&](const Index& index, const std::string& key, bool whole) {
    const auto [first, last] = index.equal_range(key);
    for (auto it = first; it != last; ++it) {
      if (whole || !entries_[it->second].with_country) found.push_back(it->second);
    }
  };
  if (!exact_.empty()) take(exact_, text::fold_case(contact.value()), true);
  if (numbers_.empty() || !contact.value().starts_with('+')) return;
  const auto digits = digits_of(contact.value());
  for (std::size_t cut = 0; cut + kFewestDigits - 1 <= digits.size(); ++cut) take(numbers_, digits.substr(cut), cut == 0);
}

std::vector<Reason> WatchList::match(const Ad& ad, Instant now) const {
  std::map<std::uint32_t, Reason> hits;  // by entry, so that the order is the lists'
  const auto hit = [&](std::uint32_t number) -> Reason* {
    const auto& head = heads_[entries_[number].head];
    if (head.until && now >= *head.until) return nullptr;
    const auto [at, fresh] = hits.try_emplace(number);
    if (!fresh) return nullptr;
    auto& reason = at->second;
    reason.set_indicator(label(head.list));
    reason.set_tier("T0");
    reason.set_weight(0);
    reason.set_family("watch");
    reason.set_ad(ad.ad());
    reason.set_text("matches watch list " + head.list + (head.owner.empty() ? "" : ", kept by " + head.owner) +
                    (head.reason.empty() ? "" : ": " + head.reason));
    return &reason;
  };
  std::vector<std::uint32_t> named;
  for (const auto& contact : ad.contacts()) {
    named.clear();
    names(contact, named);
    for (const auto number : named) {
      if (auto* reason = hit(number)) quote_contact(*reason, ad, contact);
    }
  }
  if (!phrases_.empty()) {
    for (const auto& field : texts_of(ad)) {
      const View view(field.text, ViewKind::folded);
      phrases_.scan(view, {}, [](std::uint32_t) { return true; }, [&](std::uint32_t phrase, Span span) {
        for (const auto number : phrase_of_[phrase]) {
          if (auto* reason = hit(number)) quote(*reason, field, view.to_source(span));
        }
      });
    }
  }
  std::vector<Reason> found;
  for (auto& [number, reason] : hits) found.push_back(std::move(reason));
  return found;
}

std::string WatchList::severity(const std::string& indicator) const {
  const auto at = severities_.find(indicator);
  return at == severities_.end() ? "high" : at->second;
}

}  // namespace vigie::detector
