#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/hash.h"
#include "core/time.h"
#include "detector/detector.h"
#include "tests/detector_town_words.h"

/// An invented town of ads over 30 days: 40 planted networks of 8 kinds, 400 look-alikes, and people who just advertise.
/// The truth stands beside each ad; the evidence is collected by a simple model of its own, not by the store.
namespace town {

using namespace vigie;

constexpr int kDays = 30, kKinds = 8, kNetworksOfKind = 5, kLookAlikes = 400;
constexpr std::int64_t kDayMs = 24LL * 3600 * 1000, kStart = 1'790'000'000'000;

struct Posted {
  Ad ad;
  int network = -1;     // planted, by number
  int look_alike = -1;  // by number
  int day = 0;
  bool completes = false;  // with this ad the evidence of its network is complete
};

/// Writes ads; every choice comes from one seed.
class Builder {
 public:
  /// `shift`: turns the languages round, so that each kind comes in each of them.
  Builder(unsigned seed, bool with_grounds, std::size_t shift = 0) : random_(seed), with_grounds_(with_grounds), shift_(shift) {}

  std::vector<Posted> build(int ads) {
    for (int kind = 0; kind < kKinds; ++kind) {
      for (int i = 0; i < kNetworksOfKind; ++i) plant(kind, kind * kNetworksOfKind + i);
    }
    for (int i = 0; i < kLookAlikes; ++i) look_alike(i);
    while (static_cast<int>(town_.size()) < ads) ordinary();
    std::stable_sort(town_.begin(), town_.end(), [](const Posted& a, const Posted& b) { return a.ad.first_seen().seconds() < b.ad.first_seen().seconds(); });
    complete();
    return std::move(town_);
  }

 protected:
  std::size_t any(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  const Tongue& tongue() { return kTongues[any(kTongues.size())]; }

  /// A number from the blocks reserved for fiction, never twice.
  std::string fresh_phone() {
    static constexpr std::string_view kBlocks[] = {"+33199", "+33261", "+33353", "+33465", "+33536"};
    static constexpr std::string_view kMiddle[] = {"00", "91", "01", "71", "49"};
    const int n = phones_++;
    char tail[8];
    std::snprintf(tail, sizeof tail, "%04d", n % 10000);
    return std::string(kBlocks[n / 10000 % 5]) + std::string(kMiddle[n / 10000 % 5]) + tail;
  }
  static std::string as_written(const std::string& phone) {
    std::string out = "0";
    for (std::size_t i = 3; i < phone.size(); ++i) {
      if (i > 3 && i % 2 == 0) out += ' ';
      out += phone[i];
    }
    return out;
  }

  std::string chance(const Tongue& t) {
    auto words = t.chance;
    std::shuffle(words.begin(), words.end(), random_);
    std::string out;
    for (std::size_t i = 0; i < 6; ++i) out += (i > 0 ? ", " : "") + std::string(words[i]);
    return out + ". No. " + std::to_string(any(900) + 100) + ".";
  }

  struct Write {
    std::string family{}, phone{}, mail{}, name{}, place{};
    std::string kept{};  // chance words of a copied text
    int age = 0;
    std::string site{};
    bool whatsapp = false;
  };

  Posted& post(const Tongue& t, std::string_view model, Write w, double day) {
    Posted posted;
    auto& ad = posted.ad;
    posted.day = static_cast<int>(day);
    if (w.name.empty()) w.name = kNames[any(kNames.size())];
    if (w.place.empty()) w.place = kPlaces[any(kPlaces.size())];
    if (w.age == 0) w.age = 22 + static_cast<int>(any(25));
    if (w.site.empty()) w.site = w.family + std::to_string(any(4));
    std::string text(model);
    const auto fill = [&](std::string_view slot, const std::string& with) {
      for (auto at = text.find(slot); at != std::string::npos; at = text.find(slot)) text.replace(at, slot.size(), with);
    };
    fill("{k}", (w.kept.empty() ? chance(t) : w.kept) + (with_grounds_ ? " " + std::string(kGrounds[static_cast<std::size_t>(&t - kTongues.data())]) : ""));
    fill("{n}", w.name);
    fill("{a}", std::to_string(w.age));
    fill("{p}", w.place);
    const auto raw = w.phone.empty() ? w.mail : as_written(w.phone);
    fill("{c}", raw + (w.phone.empty() || w.mail.empty() ? "" : " " + w.mail));
    ad.set_ad(w.site + "/" + std::to_string(1000 + town_.size()));
    ad.set_site(w.site);
    ad.set_family(w.family);
    ad.set_state("live");
    ad.set_lang(std::string(t.lang));
    ad.set_text(text);
    ad.set_title(std::string(text.substr(0, text.find_first_of(",."))));
    ad.mutable_place()->set_text(w.place);
    if (w.family == "service") {
      ad.set_name(w.name);
      ad.set_age(w.age);
    }
    if (!w.phone.empty()) contact(ad, w.whatsapp ? "whatsapp" : "phone", w.phone, as_written(w.phone));
    if (!w.mail.empty()) contact(ad, w.mail.starts_with('@') ? "telegram" : "email", w.mail, w.mail);
    const auto when = from_ms(kStart + static_cast<std::int64_t>(day * static_cast<double>(kDayMs)));
    *ad.mutable_first_seen() = to_timestamp(when);
    *ad.mutable_last_seen() = to_timestamp(when);
    town_.push_back(std::move(posted));
    return town_.back();
  }

  static void contact(Ad& ad, const std::string& kind, const std::string& value, const std::string& raw) {
    const auto at = ad.text().find(raw);
    auto& c = *ad.add_contacts();
    c.set_kind(kind);
    c.set_value(value);
    c.set_raw(raw);
    c.set_field("text");
    if (at == std::string::npos) return;
    c.add_span(static_cast<int>(at));
    c.add_span(static_cast<int>(at + raw.size()));
  }

  double some_day(double room) { return std::uniform_real_distribution<double>(0, kDays - room)(random_); }

  void plant(int kind, int number) {
    const auto& t = kTongues[(static_cast<std::size_t>(number) + shift_) % kTongues.size()];
    const auto phone = fresh_phone();
    double day = some_day(14);
    const auto put = [&](std::string_view model, Write w, bool completes) {
      auto& posted = post(t, model, std::move(w), day);
      posted.network = number;
      posted.completes = completes;
      day += 0.4 + std::uniform_real_distribution<double>(0, 1.5)(random_);
    };
    if (kind == 0) {
      put(t.hostess, {.family = "recruitment", .phone = phone}, false);
      for (int i = 0; i < 3; ++i) put(t.service, {.family = "service", .phone = phone, .name = "Ana"}, i == 0);
    } else if (kind == 1) {
      for (int i = 0; i < 6; ++i) put(t.service, {.family = "service", .phone = phone, .name = std::string(kNames[static_cast<std::size_t>(i * 3 + number) % 24]), .age = 21 + 4 * i}, i == 3);
    } else if (kind == 2) {
      const auto kept = chance(t);
      for (int i = 0; i < 6; ++i) put(t.service, {.family = "service", .phone = fresh_phone(), .kept = kept}, i == 3);
    } else if (kind == 3) {
      const auto mail = "agenda" + std::to_string(number) + "@mail.example";
      for (int i = 0; i < 5; ++i) {
        put(t.service, {.family = "service", .phone = fresh_phone(), .mail = mail, .name = std::string(kNames[static_cast<std::size_t>(i * 5 + number) % 24]), .place = std::string(kPlaces[static_cast<std::size_t>(i * 3) % 16]), .age = 20 + 5 * i}, i == 3);
      }
    } else {
      const std::string_view models[] = {t.labour, t.smuggling, t.papers, t.models};
      const char* families[] = {"job", "travel", "travel", "recruitment"};
      for (int i = 0; i < 4; ++i) put(models[kind - 4], {.family = families[kind - 4], .phone = phone, .whatsapp = true}, i == 1);
    }
  }

  void look_alike(int number) {
    const auto& t = tongue();
    double day = some_day(9);
    const auto put = [&](std::string_view model, Write w) {
      auto& posted = post(t, model, std::move(w), day);
      posted.look_alike = number;
      day += 0.7;
    };
    const auto phone = fresh_phone();
    const auto mail = "office" + std::to_string(number) + "@firm" + std::to_string(number) + ".example";
    switch (number % 20) {
      case 0: case 1: case 2: case 3:  // honest seasonal work, posted a few times
        for (int i = 0; i < 3; ++i) put(t.season, {.family = "job", .phone = phone, .mail = mail});
        break;
      case 4: case 5: case 6:
        for (int i = 0; i < 2; ++i) put(t.coach, {.family = "travel", .phone = phone, .mail = mail});
        break;
      case 7: case 8: case 9:
        put(t.visa, {.family = "travel", .phone = phone, .mail = mail});
        break;
      case 10: case 11:
        put(t.aid, {.family = "travel", .phone = phone});
        break;
      case 12: case 13:
        put(t.news, {.family = "travel"});
        break;
      case 14: case 15:  // two who share a phone
        for (int i = 0; i < 4; ++i) put(t.service, {.family = "service", .phone = phone, .name = i % 2 == 0 ? "Rita" : "Vera", .age = i % 2 == 0 ? 29 : 34});
        break;
      case 16: case 17:  // one who tours
        for (int i = 0; i < 5; ++i) put(t.service, {.family = "service", .phone = phone, .name = "Carla", .place = std::string(kPlaces[static_cast<std::size_t>(i * 2 + number) % 16]), .age = 31});
        break;
      case 18:  // a number given to somebody else: the offer of work is 200 days older
        day -= 200;
        put(t.hostess, {.family = "job", .phone = phone});
        day += 200;
        put(t.service, {.family = "service", .phone = phone});
        break;
      default:  // an agency that looks for hostesses again and again
        for (int i = 0; i < 5; ++i) put(t.hostess, {.family = "recruitment", .phone = phone, .mail = mail});
    }
  }

  void ordinary() {
    const auto& t = tongue();
    const auto roll = any(10);
    const double day = some_day(0.1);
    const int times = any(4) == 0 ? 2 : 1;  // some post twice
    Write w{.phone = fresh_phone()};
    if (roll < 4) w.family = "service", w.name = std::string(kNames[any(24)]), w.age = 22 + static_cast<int>(any(25));
    else if (roll < 6) w.family = "job";
    else if (roll < 9) w.family = "housing";
    else w.family = "travel";
    const auto model = roll < 4 ? t.service : roll < 6 ? t.hostess : roll < 9 ? t.flat : t.coach;
    for (int i = 0; i < times; ++i) post(t, model, w, std::min(day + static_cast<double>(i), kDays - 0.01));
  }

  void complete() {
    for (auto& posted : town_) posted.day = std::max(0, static_cast<int>((posted.ad.first_seen().seconds() * 1000 - kStart) / kDayMs));
  }

  static constexpr std::array<std::string_view, 14> kGrounds = {
      "Femme roumaine, jeune fille africaine.", "Roemeense vrouw, Afrikaans meisje.", "Rumänische Frau, afrikanisches Mädchen.", "Romanian woman, African girl.",
      "Mujer rumana, chica africana.", "Mulher romena, moça africana.", "Donna rumena, ragazza africana.", "Femeie bulgară, fată africană.", "Румънка, африканско момиче.",
      "Grua rumune, vajzë afrikane.", "Rumunka, afrykańska dziewczyna.", "Румынка, африканская девушка.", "Румунка, африканська дівчина.", "امرأة رومانية، فتاة أفريقية."};

  std::mt19937 random_;
  bool with_grounds_;
  std::size_t shift_;
  int phones_ = 0;
  std::vector<Posted> town_;
};

/// What a simple observer knows: who used which contact, who wrote the same, which alert stands. Groups by contact.
class Observer {
 public:
  detector::Evidence look(const Ad& ad) {
    detector::Evidence evidence;
    evidence.ad = ad;
    std::string root = ad.ad();
    for (const auto& c : ad.contacts()) {
      auto& users = uses_[c.value()];
      users.push_back(use_of(ad, c));
      for (const auto& use : users) evidence.uses.push_back(use);
      for (const auto& use : users) join(ad.ad(), use.ad());
    }
    ads_[ad.ad()] = ad;
    root = find(ad.ad());
    evidence.network.set_id("g-" + root);
    for (const auto& member : members_[root]) {
      evidence.network.add_ads(member);
      if (evidence.members.size() < 50) evidence.members.push_back(ads_.at(member));
    }
    if (evidence.members.empty()) evidence.members.push_back(ad);
    if (evidence.network.ads_size() <= 1) evidence.network.clear_id();
    auto& same = texts_[masked(ad)];
    for (const auto& other : same) evidence.similar.push_back(similar_to(ads_.at(other)));
    same.push_back(ad.ad());
    return evidence;
  }
  const Ad* ad(const std::string& id) const {
    const auto at = ads_.find(id);
    return at == ads_.end() ? nullptr : &at->second;
  }

 private:
  static ContactUse use_of(const Ad& ad, const Contact& c) {
    ContactUse use;
    use.set_kind(c.kind());
    use.set_value(c.value());
    use.set_ad(ad.ad());
    use.set_site(ad.site());
    use.set_family(ad.family());
    use.set_name(ad.name());
    if (ad.has_age()) use.set_age(ad.age());
    use.set_place(ad.place().text());
    use.set_first_ms(ad.first_seen().seconds() * 1000);
    use.set_last_ms(use.first_ms());
    return use;
  }
  static Similar similar_to(const Ad& ad) {
    Similar similar;
    similar.set_ad(ad.ad());
    similar.set_jaccard(0.9);
    for (const auto& c : ad.contacts()) similar.add_contacts(c.kind() + ":" + c.value());
    similar.set_site(ad.site());
    similar.set_family(ad.family());
    similar.set_first_ms(ad.first_seen().seconds() * 1000);
    return similar;
  }
  /// The text without the words that change from ad to ad: names, places, numbers of two digits, the contact.
  static std::uint64_t masked(const Ad& ad) {
    std::string text = ad.text();
    const auto drop = [&](const std::string& what) {
      for (auto at = text.find(what); !what.empty() && at != std::string::npos; at = text.find(what)) text.erase(at, what.size());
    };
    for (const auto& c : ad.contacts()) drop(c.raw());
    drop(ad.name());
    drop(ad.place().text());
    if (ad.has_age()) drop(" " + std::to_string(ad.age()) + " ");
    return hash64(text);
  }
  std::string find(const std::string& id) {
    auto at = id;
    while (parent_.contains(at) && parent_[at] != at) at = parent_[at];
    return at;
  }
  void join(const std::string& a, const std::string& b) {
    auto x = find(a), y = find(b);
    for (const auto& one : {x, y}) {
      if (parent_.emplace(one, one).second) members_[one] = {one};
    }
    if (x == y) return;
    // The older group keeps its name.
    if (!ads_.contains(y) || (ads_.contains(x) && members_[x].size() >= members_[y].size())) std::swap(x, y);
    parent_[x] = y;
    members_[y].insert(members_[y].end(), members_[x].begin(), members_[x].end());
  }

  std::map<std::string, Ad> ads_;
  std::map<std::string, std::vector<ContactUse>> uses_;
  std::map<std::uint64_t, std::vector<std::string>> texts_;
  std::map<std::string, std::string> parent_;
  std::map<std::string, std::vector<std::string>> members_;
};

}  // namespace town
