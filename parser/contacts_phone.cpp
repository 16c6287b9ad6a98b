#include <algorithm>
#include <cmath>
#include <map>

#include "parser/contacts_lattice.h"
#include "parser/phone.h"

namespace vigie::parser {

namespace {

constexpr std::size_t kMinDigits = 7, kMaxDigits = 15;
constexpr int kMaxPathsPerStart = 400;    // states of the search from one token
constexpr int kMaxJudgedPerStart = 8;
constexpr int kMaxTokensPerNumber = 60;
constexpr std::size_t kContextTokens = 7; // how far a word like "call" is heard
constexpr float kAccepted = 2.0F, kNever = -100.F;
constexpr float kMostGained = 3.F;        // what the numbering plan and a stated country code add to the score of a shape
constexpr float kMostTurned = 2.F;        // what a hint to read backwards adds to that

struct Path {
  std::uint32_t begin = 0, next = 0;  // tokens
  std::string digits;
  float cost = 0;
  std::uint32_t steps = 0;
  std::uint64_t languages = ~std::uint64_t{0};
  std::uint8_t times = 0, fillers = 0, splits = 0;  // fillers: since the last digits; splits: all
  char32_t mark = 0;  // the last sign between groups: the same again is no surprise
  std::uint8_t marks = 0;  // how often it came again
  std::uint16_t groups = 0, singles = 0, words = 0, pairs = 0;
  bool plus = false, closed = false, real_digit = false;  // closed: ends with digits, so it may be a number

  bool international() const { return plus || digits.starts_with("00"); }
  bool hidden() const {
    return words >= 6 || marks >= 3 || splits >= 2 || (plus && words >= 2) ||
           (steps & (kStepHomoglyph | kStepUnicodeDigits | kStepInvisible | kStepMultiplier | kStepEmoji | kStepReversed)) != 0;
  }
};

struct Found {
  Path path;
  std::string e164;
  float score = 0;
};

class Finder {
 public:
  Finder(const Lattice& lattice, const TextContext& context, const Lexicon& lexicon, int& budget)
      : l_(lattice), t_(lattice.tokens), context_(context), page_language_(lexicon.language_bit(context.lang)), english_(lexicon.language_bit("en")), budget_(budget) {
    for (const char* code : {"fr", "nl", "de", "en", "es", "it", "pt"}) mixed_ |= lexicon.language_bit(code);
  }

  std::vector<Contact> run() {
    for (std::uint32_t t = 0; t < t_.size();) {
      const auto before = found_.size();
      if (may_start(t)) search(t);
      const bool sure = found_.size() > before && found_.back().score > 3.2F;
      t = sure ? found_.back().path.next : t + 1;
    }
    return choose();
  }

 private:
  bool carries(std::uint32_t t) const { return t < t_.size() && t_[t].count > 0 && !t_[t].dead; }

  bool may_start(std::uint32_t t) const {
    if (!carries(t)) return false;
    // Not inside a row of digits that one number could hold as a whole: its first token has been tried already.
    return t_[t].gap.plus || t == 0 || !t_[t].gap.empty || t_[t - 1].word;
  }

  bool says_number(std::uint32_t t) const {
    const auto* r = l_.readings.data() + t_[t].first;
    return std::any_of(r, r + t_[t].count, [](const Reading& reading) { return (reading.steps & kStepWords) != 0; });
  }

  // The same word between groups, again and again: "06 enfin 39 enfin 98".
  bool repeated_word(std::uint32_t t) const {
    if (!t_[t].word || t_[t].unit || t_[t].not_phone || t_[t].end - t_[t].begin > 20) return false;
    if (says_number(t)) return false;
    const auto same = [&](std::uint32_t other) { return other < t_.size() && t_[other].word && l_.word(t_[other]) == l_.word(t_[t]); };
    const bool ahead = same(t + 2) && carries(t + 1) && carries(t + 3 < t_.size() ? t + 3 : t + 1);
    const bool behind = t >= 2 && same(t - 2) && carries(t - 1);
    return ahead || behind;
  }

  // "01 chat 99 chien 00 oiseau 12": pairs of digits that begin with 0, a word between each two, four pairs at least.
  bool alternates(std::uint32_t start, std::uint32_t t) const {
    if (!t_[start].plain || l_.word(t_[start]).front() != '0' || (t - start) % 2 == 0) return false;
    std::uint32_t pairs = 0;
    for (auto at = start; at < t_.size() && t_[at].plain && !t_[at].dead && l_.word(t_[at]).size() == 2; at += 2) {
      ++pairs;
      if (at + 1 >= t_.size() || !t_[at + 1].word || t_[at + 1].gap.empty || t_[at + 1].unit || t_[at + 1].gap.breaks) break;
    }
    return pairs >= 4;
  }

  // How many words at `t` may stand between two groups: a connective, a word that comes again and again, and after
  // two of these any word (people who started so go on so). 0: none.
  std::uint32_t filler_words(std::uint32_t start, std::uint32_t t, std::uint8_t splits) const {
    const auto apart = [&](std::uint32_t n) { return !t_[t].gap.empty && t + n < t_.size() && !t_[t + n].gap.empty && carries(t + n); };
    const Token& token = t_[t];
    if (token.filler > 0 && apart(token.filler)) return token.filler;
    if (!token.word || token.unit || token.not_phone) return 0;
    if (repeated_word(t) && apart(1)) return 1;
    if (alternates(start, t) && apart(1)) return 1;
    return splits >= 2 && token.end - token.begin <= 24 && apart(1) && !carries(t) ? 1 : 0;
  }

  static bool again(const Path& path, const Gap& gap) { return path.mark != 0 && path.mark == gap.mark; }

  void search(std::uint32_t start) {
    if (budget_ <= 0 && !t_[start].gap.plus) return;
    paths_.clear();
    stack_.clear();
    Path first;
    first.begin = first.next = start;
    first.plus = t_[start].gap.plus;
    stack_.push_back(first);
    for (int n = 0; n < kMaxPathsPerStart && !stack_.empty(); ++n) {
      const Path path = std::move(stack_.back());
      stack_.pop_back();
      if (path.closed && path.digits.size() >= kMinDigits) paths_.push_back(path);
      extend(path);
    }
    judge();
  }

  void extend(const Path& path) {
    const auto t = path.next;
    if (t >= t_.size() || t_[t].dead || t - path.begin > kMaxTokensPerNumber) return;
    const Token& token = t_[t];
    const bool first = t == path.begin;
    if (!first && (token.gap.breaks || token.gap.plus)) return;
    const float gap_cost = first ? 0 : again(path, token.gap) ? .1F * token.gap.cost : token.gap.cost;
    if (path.cost + gap_cost > 4) return;
    const auto words = first || !path.closed ? 0U : filler_words(path.begin, t, path.splits);
    if (words > 0) {
      Path over = path;
      over.next = t + words;
      over.cost += gap_cost + (path.splits >= 2 && !token.filler ? .3F : path.splits < 2 ? .2F : .05F);
      over.steps |= kStepSplit;
      over.closed = false;
      ++over.fillers;
      ++over.splits;
      stack_.push_back(over);
    }
    // "+33 (0) 1…", and "33(0)1…": who writes the trunk in brackets has written a country code before it.
    const bool bare_code = path.groups == 1 && path.digits.size() < 4 && path.digits.front() != '0' && path.closed;
    if ((path.international() || bare_code) && trunk_in_brackets(t)) {
      Path over = path;
      over.next = t + 1;
      over.plus |= bare_code;
      stack_.push_back(over);
    }
    for (std::uint32_t r = token.count; r-- > 0;) take(path, l_.readings[token.first + r], token, gap_cost, first);
  }

  bool trunk_in_brackets(std::uint32_t t) const {
    return t_[t].plain && l_.word(t_[t]) == "0" && t_[t].gap.mark == '(' && t + 1 < t_.size() && t_[t + 1].gap.mark == ')';
  }

  // "O 6 1 2", but not "para o 0491": a letter alone begins a number only where single digits follow, and no second 0.
  bool starts_spaced(const Reading& reading, std::uint32_t t) const {
    if (reading.digits != "0" || t + 1 >= t_.size() || t_[t + 1].dead) return false;
    const auto next = l_.word(t_[t + 1]);
    if (next.starts_with('0')) return false;
    return t_[t + 1].gap.empty || (next.size() == 1 && t_[t + 1].plain);
  }

  void take(const Path& path, const Reading& reading, const Token& token, float gap_cost, bool first) {
    const bool letter = reading.letters_only || (token.word && token.end - token.begin == 1 && reading.tokens == 1);  // "o" is an article, too
    if (first && letter && reading.digits.size() < 2 && !starts_spaced(reading, path.next)) return;
    // "TVA" is a tax in French, and two in Swedish.
    if (token.not_phone && (reading.languages & page_language_) == 0) return;
    Path next = path;
    next.languages &= reading.languages;
    if (next.languages == 0) {  // "zéro uno nine": a disguise of its own, among languages that ads mix
      if ((reading.languages & mixed_) == 0 || (path.languages & mixed_) == 0 || reading.times > 0 || reading.plus || path.words < 1) return;
      next.languages = reading.languages;
      next.cost += .15F;
    }
    next.next += reading.tokens;
    if (again(path, token.gap) && next.marks < 200) ++next.marks;
    if (!first && token.gap.mark != 0) next.mark = token.gap.mark;
    next.cost += reading.cost + gap_cost;
    next.steps |= reading.steps | (first ? token.gap.steps & kStepMarkup & 0 : token.gap.steps);
    next.fillers = 0;
    for (std::uint32_t k = 1; k < reading.tokens; ++k) {
      if (t_[path.next + k].dead) return;
    }
    if (reading.plus) {
      if (!first) return;
      next.plus = true;
    } else if (reading.times > 0) {
      if (path.times > 0) return;
      next.times = reading.times;
      next.closed = false;
    } else {
      if (path.times > 0 && reading.digits.size() > 2) return;
      for (int n = 0; n < std::max<int>(1, path.times); ++n) next.digits += reading.digits;
      next.times = 0;
      next.closed = true;
      ++next.groups;
      next.singles = static_cast<std::uint16_t>(next.singles + (reading.digits.size() == 1));
      next.pairs = static_cast<std::uint16_t>(next.pairs + (reading.digits.size() == 2));
      if (reading.steps & kStepWords) next.words = static_cast<std::uint16_t>(next.words + reading.digits.size());
      next.real_digit |= !reading.letters_only;
    }
    const std::size_t most = kMaxDigits + (next.digits.starts_with("00") ? 2 : 0);
    if (next.digits.size() > most) return;
    stack_.push_back(std::move(next));
  }

  // Digits that stand directly beside and were not taken speak against a reading.
  float leftovers(const Path& p) const {
    float cost = 0;
    const auto loose = [&](std::uint32_t t, const Gap& gap) {
      if (!carries(t) || gap.breaks || gap.cost >= .5F || gap.plus) return false;
      if (!t_[t].word) return true;
      const auto* r = &l_.readings[t_[t].first];
      return std::any_of(r, r + t_[t].count, [&](const Reading& other) {
        if (other.letters_only && gap.empty) return (p.steps & kStepHomoglyph) != 0 && other.cost < 1.6F;
        if (other.letters_only) return (p.steps & kStepHomoglyph) != 0 && other.cost < 1 && other.digits.size() > 1;
        return p.words > 0 && !other.digits.empty() && (other.languages & p.languages) != 0;
      });
    };
    if (p.begin > 0 && loose(p.begin - 1, t_[p.begin].gap) && !t_[p.begin].gap.plus) cost += t_[p.begin].gap.empty ? 4.F : 1.4F;
    if (p.next < t_.size() && loose(p.next, t_[p.next].gap)) cost += t_[p.next].gap.empty ? 4.F : 1.4F;
    return cost;
  }

  bool heard(std::uint32_t begin, std::uint32_t end, bool Token::* what) const {
    for (auto t = begin; t < end && t < t_.size(); ++t) {
      if (t_[t].*what) return true;
    }
    return false;
  }

  bool near(const Path& p, bool Token::* what) const {
    const auto from = p.begin > kContextTokens ? p.begin - static_cast<std::uint32_t>(kContextTokens) : 0U;
    return heard(from, p.begin, what) || heard(p.next, p.next + static_cast<std::uint32_t>(kContextTokens), what);
  }

  // A word like "order" speaks of the number that follows in its sentence.
  bool named_otherwise(const Path& p) const {
    for (std::uint32_t n = 1; n <= 4 && n <= p.begin; ++n) {
      const Gap& gap = t_[p.begin - n + 1].gap;
      if (t_[p.begin - n].not_phone) return true;
      const bool sentence = gap.blank && gap.marks == 1 && (gap.mark == '.' || gap.mark == ';' || gap.mark == '!' || gap.mark == '?' || gap.mark == ',');
      if (sentence && t_[p.begin - n].end - t_[p.begin - n].begin > 3) return false;
    }
    return false;
  }

  // A stated plus outweighs a label that may mean something else ("code +33…").
  float context_score(const Path& p) const { return (near(p, &Token::call) ? 1.5F : 0.F) - (named_otherwise(p) ? p.plus ? 1.5F : 3.5F : 0.F); }

  // 1 2 3 4 5 6 7: somebody counts.
  static bool counts_up(std::string_view digits) {
    int row = 0, longest = 0;
    for (std::size_t i = 1; i < digits.size(); ++i) {
      row = digits[i] == digits[i - 1] + 1 ? row + 1 : 0;
      longest = std::max(longest, row);
    }
    return longest >= 6;
  }

  float shape_score(const Path& p) const {
    float score = -p.cost - leftovers(p) + context_score(p);
    if (p.plus) score += 1.3F;
    if (p.digits.front() == '0' && !p.plus) score += .7F;
    if (p.hidden()) score += .8F;
    if (p.singles >= 7 || (p.pairs >= 4 && p.pairs + p.singles == p.groups)) score += .5F;
    if (!p.real_digit) score -= 2.F;
    if (p.words >= 6 && counts_up(p.digits)) score -= 3.F;
    if (std::count(p.digits.begin(), p.digits.end(), p.digits.back()) == static_cast<std::ptrdiff_t>(p.digits.size())) score -= 3.F;
    // "to" is two in Danish, and something else where a text is Polish.
    if (page_language_ != 0 && p.words > 0 && (p.languages & page_language_) == 0) score -= p.words < 4 && (p.languages & english_) == 0 ? 2.F : .4F;
    return score;
  }

  // What is only possible needs two things that speak for it: a word like "call", a stated country code, a disguise, the
  // shape of a national number.
  float level_score(const Path& p, const PhoneVerdict& v) const {
    if (v.level == PhoneVerdict::Level::valid) return 2.5F;
    if (v.level != PhoneVerdict::Level::possible) return kNever;
    const bool national = !p.plus && p.digits.front() == '0' && v.by_plan;
    const int supports = near(p, &Token::call) + (p.international() ? 1 + v.by_plan : 0) + p.hidden() + national;
    if (supports < 2) return kNever;
    return v.by_plan ? .8F : .2F;
  }

  void judge() {
    std::vector<std::pair<float, std::size_t>> order;
    for (std::size_t i = 0; i < paths_.size(); ++i) order.push_back({shape_score(paths_[i]), i});
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : paths_[a.second].digits.size() > paths_[b.second].digits.size();
    });
    Found best;
    best.score = kAccepted;
    int judged = 0;
    for (const auto& [shape, index] : order) {
      if (shape + kMostGained + kMostTurned <= best.score || judged >= kMaxJudgedPerStart) break;
      auto& path = paths_[index];
      const bool turned_too = (near(path, &Token::backwards) || t_[path.begin].backwards) && !path.plus;
      if (!turned_too && shape + kMostGained <= best.score) continue;
      ++judged;
      if (turned_too) {
        Path turned = path;
        std::reverse(turned.digits.begin(), turned.digits.end());
        turned.steps |= kStepReversed;
        const float better = turned.digits.front() == '0' && path.digits.front() != '0' ? 2.F : 1.F;
        try_regions(turned, shape + better, best);
      }
      try_regions(path, shape, best);
    }
    if (!best.e164.empty()) found_.push_back(std::move(best));
  }

  // "6 12 34 56 78" where everybody writes the 0 before it.
  static bool lacks_trunk(const Path& path, std::string_view region) { return !region.empty() && path.digits.front() != '0' && trunk_prefix(region) == "0"; }

  void try_regions(const Path& path, float shape, Found& best) {
    const auto consider = [&](const std::string& digits, std::string_view region, float extra) {
      if (shape + extra + kMostGained - .5F <= best.score) return;
      --budget_;
      const auto verdict = judge_phone(digits, region);
      float score = shape + extra + level_score(path, verdict);
      if (lacks_trunk(path, region) && !verdict.service) score -= .9F;
      if (score > best.score) best = {path, verdict.e164, score};
    };
    if (path.digits.starts_with("000") || path.digits.find_first_not_of('0') > 4) return;
    if (path.plus) return consider("+" + path.digits, {}, 0);
    if (path.digits.starts_with("00")) return consider("+" + path.digits.substr(2), {}, .5F);
    float extra = .2F;
    for (const auto& region : context_.regions) {
      consider(path.digits, region, extra);
      extra = 0;
      if (!best.e164.empty() && best.path.begin == path.begin && best.path.next == path.next) break;
    }
    if (path.digits.size() >= 11 && path.digits.front() != '0') consider("+" + path.digits, {}, -1.2F);
  }

  std::vector<Contact> choose() {
    std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.score > b.score; });
    std::vector<const Found*> kept;
    for (const auto& f : found_) {
      const bool free = std::none_of(kept.begin(), kept.end(), [&](const Found* k) { return f.path.begin < k->path.next && k->path.begin < f.path.next; });
      if (free) kept.push_back(&f);
    }
    std::sort(kept.begin(), kept.end(), [](const Found* a, const Found* b) { return a->path.begin < b->path.begin; });
    std::vector<Contact> out;
    for (const auto* f : kept) {
      auto begin = std::size_t{t_[f->path.begin].begin};
      if (t_[f->path.begin].gap.plus) begin = l_.text.rfind('+', begin) == std::string_view::npos ? begin : l_.text.rfind('+', begin);
      auto steps = f->path.steps;
      if (f->path.singles >= 6 && !(steps & (kStepWords | kStepUnicodeDigits))) steps |= kStepSeparators;
      const double confidence = 1 / (1 + std::exp(-1.7 * (static_cast<double>(f->score) - .9)));
      out.push_back(make_contact("phone", f->e164, l_.text, begin, t_[f->path.next - 1].end, steps, confidence));
    }
    return out;
  }

  const Lattice& l_;
  const std::vector<Token>& t_;
  const TextContext& context_;
  std::uint64_t page_language_, english_, mixed_ = 0;
  int& budget_;
  std::vector<Path> stack_, paths_;
  std::vector<Found> found_;
};

}  // namespace

std::vector<Contact> find_phones(const Lattice& lattice, const TextContext& context, const Lexicon& lexicon, int& budget) {
  return Finder(lattice, context, lexicon, budget).run();
}

}  // namespace vigie::parser
