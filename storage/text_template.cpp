#include "storage/text_template.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "core/text.h"
#include "storage/sketch.h"

namespace vigie::storage {

namespace {

constexpr std::size_t kMostWords = 512;  // of each text: an alignment takes the square of it
constexpr std::size_t kMostShown = 2000;  // bytes of a template's line
constexpr std::size_t kMostQuoted = 200;  // bytes of what filled a slot

/// For each word of `a` the word of `b` that it stands for, in order: a longest common subsequence.
std::vector<std::optional<std::size_t>> align(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto width = b.size() + 1;
  std::vector<std::uint16_t> best((a.size() + 1) * width);  // of what follows
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t k = b.size(); k-- > 0;) {
      const auto here = i * width + k;
      best[here] = a[i] == b[k] ? static_cast<std::uint16_t>(best[here + width + 1] + 1) : std::max(best[here + width], best[here + 1]);
    }
  }
  std::vector<std::optional<std::size_t>> pairs(a.size());
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    if (a[i] == b[k]) pairs[i++] = k++;
    else if (best[(i + 1) * width + k] >= best[i * width + k + 1]) ++i;
    else ++k;
  }
  return pairs;
}

std::vector<std::string> words_of(const std::vector<TextWord>& text) {
  std::vector<std::string> words;
  for (const auto& one : text) words.push_back(one.word);
  return words;
}

/// Bits: a word out of all words of all ads, against the note that an ad has another in its place.
bool constant_pays(double with, double ads, double vocabulary) {
  const double word = std::log2(vocabulary + 2), correction = word / 2;
  return 2 * with > ads && word + (ads - with) * correction < with * word;
}

void add_slot(TextTemplate& text, std::string_view kind) {
  if (text.tokens_size() > 0 && text.tokens(text.tokens_size() - 1).empty()) {
    auto& last = *text.mutable_slots(text.slots_size() - 1);
    if (last != kind) last = "words";
    return;
  }
  text.add_tokens("");
  text.add_slots(std::string(kind));
}

}  // namespace

TextTemplate template_of(const std::vector<Ad>& ads) {
  TextTemplate text;
  if (ads.empty()) return text;
  const auto base = text_words(ads.front(), kMostWords);
  if (base.empty()) return text;
  const auto words = words_of(base);
  std::vector<double> with(base.size(), 1);
  std::vector<bool> more(base.size() + 1);  // words of another ad stand before this one
  double vocabulary = static_cast<double>(base.size());
  const auto count = std::min(ads.size(), kMostRepresentatives);
  for (std::size_t n = 1; n < count; ++n) {
    const auto other = words_of(text_words(ads[n], kMostWords));
    vocabulary += static_cast<double>(other.size());
    const auto pairs = align(words, other);
    std::size_t next = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (!pairs[i]) continue;
      ++with[i];
      // Words that stand for those of the first ad are no more of them.
      more[i] = more[i] || (*pairs[i] > next && (i == 0 || pairs[i - 1]));
      next = *pairs[i] + 1;
    }
    more[base.size()] = more[base.size()] || (next < other.size() && pairs.back());
  }
  for (std::size_t i = 0; i < base.size(); ++i) {
    const bool constant = base[i].slot.empty() && constant_pays(with[i], static_cast<double>(count), vocabulary);
    if (constant && more[i]) add_slot(text, "words");
    if (constant) text.add_tokens(base[i].word);
    else add_slot(text, base[i].slot.empty() ? "words" : base[i].slot);
  }
  if (more[base.size()]) add_slot(text, "words");
  text.set_members(static_cast<int>(count));
  for (std::size_t n = 0; n < count; ++n) text.add_ads(ads[n].ad());
  return text;
}

std::string template_line(const TextTemplate& text) {
  std::string line;
  int slot = 0;
  for (const auto& token : text.tokens()) {
    if (!line.empty()) line += ' ';
    line += token.empty() ? "[" + text.slots(slot++) + "]" : token;
    if (line.size() > kMostShown) return line + " ...";
  }
  return line;
}

std::vector<Evidence> filled_slots(const TextTemplate& text, const Ad& ad) {
  const auto own = text_words(ad, kMostWords);
  std::vector<std::string> constants;
  for (const auto& token : text.tokens()) {
    if (!token.empty()) constants.push_back(token);
  }
  std::vector<bool> constant(own.size());
  for (const auto& place : align(constants, words_of(own))) {
    if (place) constant[*place] = true;
  }
  std::vector<Evidence> filled;
  bool open = false;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const auto& word = own[i];
    open = open && !constant[i] && own[i - 1].field == word.field;
    if (constant[i]) continue;
    if (!open) {
      auto& row = filled.emplace_back();
      row.set_ad(ad.ad());
      row.set_field(std::string(word.field));
      row.add_span(static_cast<int>(word.begin));
      row.add_span(static_cast<int>(word.end));
    }
    filled.back().set_span(1, static_cast<int>(word.end));
    open = true;
  }
  for (auto& row : filled) {
    const std::string_view source = row.field() == "title" ? ad.title() : ad.text();
    const auto begin = static_cast<std::size_t>(row.span(0)), end = static_cast<std::size_t>(row.span(1));
    row.set_quote(std::string(text::cut_utf8(source.substr(begin, end - begin), kMostQuoted)));
  }
  return filled;
}

}  // namespace vigie::storage
