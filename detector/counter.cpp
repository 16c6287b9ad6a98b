#include "detector/counter.h"

#include <algorithm>
#include <string>
#include <utility>

#include "detector/watch.h"

namespace vigie::detector {
namespace {

constexpr double kUsualShare = 0.3;  // of a site's ads with an obscured contact, from which on it says nothing
constexpr std::int64_t kLongStandingMs = 365LL * 24 * 3600 * 1000;

Counter counter(const Scene& scene, std::string indicator, std::string text, double weight) {
  Counter made;
  made.set_indicator(std::move(indicator));
  made.set_text(std::move(text));
  made.set_weight(weight);
  made.set_ad(scene.evidence.ad.ad());
  return made;
}

bool has(const std::vector<Reason>& fired, std::string_view indicator) {
  return std::any_of(fired.begin(), fired.end(), [&](const Reason& r) { return r.indicator() == indicator; });
}

void own_contacts(const Scene& scene, std::vector<Counter>& found) {
  for (const auto& contact : scene.evidence.ad.contacts()) {
    if (scene.site_own.contains(contact.value())) {
      found.push_back(counter(scene, "site_contact", "a contact of the ad is the site's own; it was not followed", 0));
      break;
    }
  }
  for (const auto& contact : scene.evidence.ad.contacts()) {
    if (scene.hubs.contains(contact_key(contact.kind(), contact.value()))) {
      found.push_back(
          counter(scene, "hub_contact", "a contact of the ad is used by many unrelated ads; it was not followed", 0.3));
      break;
    }
  }
}

/// A number that fell silent for an epoch and came back in another family: probably somebody else's now.
void recycled(const Scene& scene, std::vector<Counter>& found) {
  for (const auto& shared : scene.shared) {
    std::int64_t nearest = -1;
    for (const auto& a : shared.uses) {
      for (const auto& b : shared.uses) {
        if (a.family() != "service" || !offers(b.family())) continue;
        const auto gap = gap_ms(a, b);
        if (nearest < 0 || gap < nearest) nearest = gap;
      }
    }
    if (nearest <= kEpochMs) continue;
    const auto days = nearest / (24LL * 3600 * 1000);
    found.push_back(counter(scene, "long_silence",
                            "the contact stood in ads of another kind, but " + std::to_string(days) +
                                " days lie between the uses; the number may have been given to somebody else",
                            0));
    return;
  }
}

void benign_words(const Scene& scene, std::vector<Counter>& found) {
  for (const auto& reason : scene.words) {
    if (reason.weight() >= 0) continue;
    auto made = counter(scene, reason.indicator(), reason.text(), -reason.weight());
    if (!reason.quote().empty()) made.set_text(made.text() + ": \"" + reason.quote() + "\"");
    found.push_back(std::move(made));
  }
}

void identified(const Scene& scene, std::vector<Counter>& found) {
  const auto identity = identity_of(scene);
  if (!identity.registered && !identity.named) return;
  const bool in_words = has(scene.words, "registered-business");
  if (!in_words) {
    found.push_back(counter(scene, "identified_business", identity.how, identity.registered ? 1.5 : 0.5));
  }
  const auto first = seen_ms(scene.evidence.ad.first_seen());
  if (first != 0 && identity.registered && to_ms(scene.now) - first > kLongStandingMs) {
    found.push_back(
        counter(scene, "long_standing", "the same ad of an identified business has stood for over a year", 0.5));
  }
}

}  // namespace

std::vector<Counter> counters_of(const Scene& scene, const std::vector<Reason>& fired) {
  std::vector<Counter> found;
  own_contacts(scene, found);
  recycled(scene, found);
  identified(scene, found);
  benign_words(scene, found);
  if (scene.evidence.site_obscured && *scene.evidence.site_obscured >= kUsualShare) {
    for (const auto& reason : fired) {
      if (reason.indicator() != "obscured_contact") continue;
      found.push_back(
          counter(scene, "usual_on_site", "on this site contacts are often not written plainly", reason.weight()));
    }
  }
  return found;
}

}  // namespace vigie::detector
