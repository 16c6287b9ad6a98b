#include <string>

#include "core/text.h"
#include "detector/condition.h"
#include "detector/detector.h"
#include "fuzz.h"

using namespace vigie;
using namespace vigie::detector;

namespace {

Selection words(std::string name, std::string phrase) {
  Selection selection;
  selection.name = std::move(name);
  selection.phrases = {{"en", {std::move(phrase)}}};
  return selection;
}

void judge(const Ad& ad, const Reason& reason) {
  if (reason.span_size() == 0) return;
  require(reason.span_size() == 2, "a span has two ends");
  const auto& field = reason.field() == "title" ? ad.title() : ad.text();
  const auto begin = reason.span(0), end = reason.span(1);
  require(begin >= 0 && begin <= end && end <= static_cast<int>(field.size()), "a span lies inside its field");
  require(field.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)) == reason.quote(), "a quote is what stands in its place");
}

}  // namespace

// Lines: when, a phrase, a pattern, a watch entry; the rest: the ad's text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = view(data, size);
  RuleSpec spec;
  spec.id = spec.title = spec.says = "x";
  spec.tier = "T0";
  spec.weight = 1;
  spec.when = text::repair_utf8(take_line(bytes));
  spec.select = {words("a", text::repair_utf8(take_line(bytes))), words("b", "hand over")};
  spec.select[1].patterns = {text::repair_utf8(take_line(bytes))};
  if (spec.select[1].patterns[0].empty()) spec.select[1].patterns.clear();
  if (const auto condition = Condition::parse(spec.when, {"a", "b"})) {
    for (const bool a : {false, true}) (void)condition->holds({a, !a});
  } else {
    require(condition.error().text.find("column ") != std::string::npos, "a fault of a condition names its column");
  }
  WatchEntry watch;
  watch.list = "w";
  watch.value = text::repair_utf8(take_line(bytes));
  watch.severity = "high";
  Ad ad;
  ad.set_ad("s/1");
  ad.set_lang("en");
  ad.set_text(text::fold_space(text::repair_utf8(bytes)));
  ad.set_title(std::string(text::cut_utf8(ad.text(), 40)));
  const auto now = from_ms(1'795'000'000'000);
  for (const auto& watched : {std::vector<WatchEntry>{}, std::vector<WatchEntry>{watch}}) {
    const auto rules = Rules::compile({spec}, watched);
    if (!rules) continue;
    for (const auto& reason : (*rules)->match(ad, now)) judge(ad, reason);
    for (const auto& reason : (*rules)->watch(ad, now)) judge(ad, reason);
  }
  return 0;
}
