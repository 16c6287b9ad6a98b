#pragma once

#include <unicode/normlzr.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "tests/detector_second_town_words.h"
#include "tests/detector_town.h"

/// A second invented town: debt on building sites, ways by road, photo shoots, housework without a day off, marriages for
/// papers, a touring ring, a recruiter's handle in service ads, one text under many handles; and other look-alikes. Ads
/// are laid out as people do: as lines with bullets, all in capitals, without accents.
namespace second_town {

using namespace vigie;
using town::Posted;

/// `how`: 0 as written, 1 a line a sentence, 2 capitals, 3 without accents (Latin script only). Slots stay.
inline std::string laid_out(std::string_view model, std::size_t how) {
  auto text = icu::UnicodeString::fromUTF8(icu::StringPiece(model.data(), static_cast<int>(model.size())));
  if (how == 1) text.findAndReplace(". ", ".\n\u2022 ");
  if (how == 2) {
    text.toUpper();
    for (const char* slot : {"{k}", "{n}", "{a}", "{p}", "{c}"}) text.findAndReplace(icu::UnicodeString(slot).toUpper(), slot);
  }
  if (how == 3) {
    UErrorCode error = U_ZERO_ERROR;
    icu::UnicodeString apart, bare;
    icu::Normalizer::normalize(text, UNORM_NFD, 0, apart, error);
    UChar32 before = 0;
    for (std::int32_t i = 0; i < apart.length(); i = apart.moveIndex32(i, 1)) {
      const auto c = apart.char32At(i);
      if (u_charType(c) == U_NON_SPACING_MARK && u_isalpha(before) && before < 0x250) continue;
      bare.append(c == 0x142 ? UChar32{'l'} : c);  // the Polish l has no mark of its own
      before = c;
    }
    icu::Normalizer::normalize(bare, UNORM_NFC, 0, text, error);
  }
  std::string out;
  text.toUTF8String(out);
  return out;
}

class Builder : public town::Builder {
 public:
  explicit Builder(unsigned seed, std::size_t shift = 0) : town::Builder(seed, false, shift) {}

  std::vector<Posted> build(int ads) {
    for (int number = 0; number < 40; ++number) plant(number / 5, number);
    for (int i = 0; i < town::kLookAlikes; ++i) look_alike(i);
    while (static_cast<int>(town_.size()) < ads) ordinary();
    std::stable_sort(town_.begin(), town_.end(), [](const Posted& a, const Posted& b) { return a.ad.first_seen().seconds() < b.ad.first_seen().seconds(); });
    complete();
    return std::move(town_);
  }

 private:
  using Texts = std::string_view Models::*;

  Posted& put(std::size_t language, Texts which, std::size_t how, Write w, double day) {
    auto& posted = post(town::kTongues[language], laid_out(kModels[language].*which, how), std::move(w), day);
    return posted;
  }
  std::string handle() { return "@lab_" + std::to_string(70000 + handles_++); }

  void plant(int kind, int number) {
    const auto language = (static_cast<std::size_t>(number) * 3 + shift_) % kModels.size();
    const auto how = static_cast<std::size_t>(number) % 4;
    const auto phone = fresh_phone();
    const auto own = handle();
    double day = some_day(14);
    const auto add = [&](Texts which, Write w, bool completes) {
      auto& posted = put(language, which, how, std::move(w), day);
      posted.network = number;
      posted.completes = completes;
      day += 0.3 + std::uniform_real_distribution<double>(0, 1.8)(random_);
    };
    const auto place = [&](int i) { return std::string(town::kPlaces[static_cast<std::size_t>(i * 5 + number) % 16]); };
    const auto name = [&](int i) { return std::string(town::kNames[static_cast<std::size_t>(i * 7 + number) % 24]); };
    static constexpr Texts kOffers[] = {&Models::debt, &Models::road, &Models::shoots, &Models::household, &Models::marriage};
    static constexpr const char* kFamilies[] = {"job", "travel", "recruitment", "job", "travel"};
    if (kind < 5) {
      for (int i = 0; i < 3; ++i) add(kOffers[kind], kind == 3 ? Write{.family = kFamilies[kind], .phone = phone, .whatsapp = true} : Write{.family = kFamilies[kind], .mail = own}, i == 1);
    } else if (kind == 5) {
      for (int i = 0; i < 7; ++i) add(&Models::service, {.family = "service", .phone = phone, .name = name(i), .place = place(i), .age = 22 + 3 * i, .whatsapp = i % 2 == 0}, i == 3);
    } else if (kind == 6) {
      add(&Models::bar, {.family = "job", .mail = own}, false);
      for (int i = 0; i < 3; ++i) add(&Models::service, {.family = "service", .mail = own, .name = name(0), .place = place(i)}, i == 0);
    } else {
      const auto kept = chance(town::kTongues[language]);
      for (int i = 0; i < 6; ++i) add(&Models::service, {.family = "service", .mail = handle(), .name = name(i), .place = place(i), .kept = kept, .age = 27}, i == 3);
    }
  }

  void look_alike(int number) {
    const auto language = any(kModels.size());
    const auto how = any(4);
    const auto phone = fresh_phone();
    const auto mail = "kontakt@house" + std::to_string(number) + ".example";
    double day = some_day(9);
    const auto add = [&](Texts which, Write w) {
      put(language, which, how, std::move(w), day).look_alike = number;
      day += 0.9;
    };
    switch (number % 10) {
      case 0: case 1:
        for (int i = 0; i < 3; ++i) add(&Models::hotel, {.family = "job", .phone = phone, .mail = mail});
        break;
      case 2:
        add(&Models::union_aid, {.family = "job", .phone = phone});
        break;
      case 3:
        for (int i = 0; i < 2; ++i) add(&Models::ride, {.family = "travel", .phone = phone});
        break;
      case 4:
        add(&Models::school, {.family = "travel", .phone = phone, .mail = mail});
        break;
      case 5:
        for (int i = 0; i < 2; ++i) add(&Models::extras, {.family = "recruitment", .phone = phone, .mail = mail});
        break;
      case 6:
        add(&Models::court, {.family = "travel"});
        break;
      case 7:  // three friends with one phone, in one town
        for (int i = 0; i < 6; ++i) add(&Models::service, {.family = "service", .phone = phone, .name = std::string(town::kNames[static_cast<std::size_t>(i % 3)]), .place = "Namur", .age = 27 + 4 * (i % 3)});
        break;
      case 8:  // one who tours, with a birthday
        for (int i = 0; i < 6; ++i) add(&Models::service, {.family = "service", .phone = phone, .name = "Delia", .place = std::string(town::kPlaces[static_cast<std::size_t>(i)]), .age = i < 3 ? 33 : 34});
        break;
      default:  // a bar that always looks for people
        for (int i = 0; i < 4; ++i) add(&Models::bar, {.family = "job", .phone = phone});
    }
  }

  void ordinary() {
    const auto language = any(kModels.size());
    const auto how = any(8) < 5 ? 0 : any(4);
    const bool service = any(2) == 0;
    Write w{.phone = fresh_phone()};
    w.family = service ? "service" : "job";
    put(language, service ? &Models::service : &Models::bar, how, w, some_day(0.1));
  }

  int handles_ = 0;
};

}  // namespace second_town
