#pragma once

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "alerts/first_pass.h"
#include "alerts/message.h"
#include "alerts/texts.h"
#include "core/text.h"

/// How blocks_of() makes a message; private to content*.cpp: the first screen and the frame (content.cpp), each alert with
/// its ads (content_ads.cpp).
namespace vigie::alerts {

using Kind = Block::Kind;

inline constexpr std::size_t kFactWidth = kWidth - 14;  // the widest label of any language, with its colon and blank

/// Builds the blocks of one message. Everything foreign goes through piece(), so nothing can be forgotten.
class Builder {
 public:
  Builder(const Receiver& receiver, const AlertOptions& options, std::string_view reason)
      : receiver_(receiver), options_(options), reason_(reason) {}

  std::string tr(Text which, std::initializer_list<std::string_view> arguments = {}) const {
    return say(receiver_.language, which, arguments);
  }
  static Piece piece(std::string_view text, std::size_t limit = 300) { return {clip(harmless(text::cut_utf8(text, 4096)), limit), false}; }
  static Piece quoted(std::string_view text) { return {clip(harmless(text::cut_utf8(text, 4096)), 200), true}; }

  void add(Kind kind, std::string_view text) { blocks_.push_back({kind, "", {piece(text)}}); }
  /// A line of the first screen: at most `lines` lines of the plain form.
  void fact(Text label, std::string_view text, std::size_t lines) { put_fact(Kind::fact, tr(label), text, lines); }
  void more_fact(std::string_view text, std::size_t lines) { put_fact(Kind::more_fact, "", text, lines); }

  void first_screen(const Told& told);
  void first_screen_of_many(const std::vector<Told>& told, const std::vector<Told>& singles, const FirstPasses& passes);
  void codes_only(const std::vector<Told>& told);
  void first_screen_of_passes(const std::vector<Told>& told, const FirstPasses& passes);
  void add_all(std::vector<Block> more) { std::move(more.begin(), more.end(), std::back_inserter(blocks_)); }
  void details(const Told& told, bool alone);
  void footer(std::string_view delivery);

  /// Code and headline on one line.
  void name(const Told& told) {
    const Alert& a = *told.alert;
    const std::string line = label_of(a) + " · " + severity_word(receiver_.language, a.severity()) + " · " + headline_of(a);
    blocks_.push_back({Kind::item, "", {piece(line, kWidth - 2)}});
  }

  std::vector<Block> take() { return std::move(blocks_); }
  std::string title_of(const Told& told) const;
  /// "A-2026-000123 · HIGH · linked · 2 ads · scope NORTH-01: headline"
  std::string line_of(const Told& told) const {
    return label_of(*told.alert) + " · " + title_of(told) + ": " + headline_of(*told.alert);
  }

 private:
  std::string headline_of(const Alert& a) const { return a.restricted() ? tr(Text::restricted_why) : a.headline(); }
  std::string title_of_many(const std::vector<Told>& told, const std::string& subject) const;
  std::string what_of_many(const std::vector<Told>& told, std::size_t passes) const;
  Block flood_line(const std::vector<Told>& told) const;
  void put_fact(Kind kind, std::string label, std::string_view text, std::size_t lines) {
    blocks_.push_back({kind, std::move(label), {{fit(harmless(text::cut_utf8(text, 4096)), kFactWidth, lines), false}}});
  }
  void what(const Told& told);
  void todo(const Told& told);
  void first_change(const Alert& alert);
  void reason(const Reason& reason, bool health = false);
  void reasons(const Alert& alert);
  void ads(const Told& told);
  void one_ad(const Alert& alert, const AdBrief& brief, int index);
  void whole_ad(const std::string& ad);
  Block change(const Change& change) const;
  void counter(const Alert& alert);
  void codes(const Alert& alert);

  const Receiver& receiver_;
  const AlertOptions& options_;
  const std::string_view reason_;  // why the message leaves as it does
  std::vector<Block> blocks_;
  std::set<std::string> shown_;  // ads of the current alert that have a paragraph of their own
};

}  // namespace vigie::alerts
