#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "core/text.h"
#include "parser/fields.h"
#include "parser/gazetteer.h"
#include "parser/letters.h"
#include "parser/lexicon.h"

namespace vigie::parser {

namespace {

// Words before a place; kPerhaps: before names of people, too.
constexpr std::string_view kAt[] = {"a",    "au",   "aux",  "in",    "te",     "en",       "em",     "pres",   "near",   "bei",   "nahe",   "vers",  "from",  "to",    "din",
                                    "langa", "w",   "we",   "z",     "ne",     "nga",      "в",      "во",     "у",      "край",  "біля",   "около", "близо", "omgeving", "raum", "centre",
                                    "center", "centrum", "aus", "nach", "في",  "من",       "الى",    "i",      "till",   "v",     "ve",     "na",    "ob",    "ad",    "around", "vicino",
                                    "cerca", "perto", "kolo", "koło", "okolice", "lokalitate", "ville", "village", "stad", "stadt", "gemeente", "gemeinde", "commune", "dorp", "city",
                                    "town",  "ciudad", "citta", "cidade", "oras", "orasul", "miasto", "miasta", "qytet", "qyteti", "град",  "гр",    "город", "городе", "місто", "місті",
                                    "مدينه", "region", "regio", "zona",  "area",  "greater", "metro", "downtown", "plz",   "depuis", "op"};
constexpr std::string_view kPerhaps[] = {"de", "di", "da", "do", "of", "la", "du", "des", "von", "van", "от", "з", "із", "до", "из", "с", "и", "та", "den"};

constexpr std::size_t kMaxNameWords = 6;
constexpr std::size_t kShortText = 8;  // words of a line that names things rather than tells them
// What speaks for a place, in powers of ten of inhabitants: a town of a million stands alone, a village needs two helpers.
constexpr double kAccepted = 6, kCountry = 6.2, kState = 5.4, kField = 1.5;

struct Word {
  std::uint32_t begin = 0, end = 0;
  bool capital = false, number = false;
  bool sentence = false;   // first of a sentence
  std::string_view gap;    // before it
};

std::vector<Word> words_of(std::string_view s) {
  std::vector<Word> out;
  out.reserve(s.size() / 6 + 1);
  std::size_t gap = 0;
  const auto part = [](char32_t c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= 0xC0 && c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c < 0x2C00) && c < 0x1F000 && !(c >= 0x3000 && c < 0x3040)); };
  for (std::size_t i = 0; i < s.size();) {
    auto j = i;
    const auto c = next_letter(s, j);
    if (!part(c)) {
      i = j;
      continue;
    }
    Word w;
    w.begin = static_cast<std::uint32_t>(i);
    w.capital = c < 0x80 ? c >= 'A' && c <= 'Z' : c >= 0xC0 && fold_letter(c) != c;
    const bool caseless = c >= 0x5D0 && c < 0x10A0;  // scripts without capitals
    w.capital |= caseless;
    w.number = c >= '0' && c <= '9';
    while (j < s.size()) {
      const auto byte = static_cast<unsigned char>(s[j]);
      if ((byte | 32) >= 'a' && (byte | 32) <= 'z') {
        ++j;
        continue;
      }
      auto k = j;
      if (!part(next_letter(s, k))) break;
      j = k;
    }
    w.end = static_cast<std::uint32_t>(j);
    w.gap = s.substr(gap, i - gap);
    w.sentence = out.empty() || w.gap.find_first_of(".!?\n:") != std::string_view::npos;
    out.push_back(w);
    gap = i = j;
  }
  return out;
}

struct Candidate {
  std::size_t first = 0, next = 0;  // words
  std::int32_t best = 0;
  double score = 0;
  std::string key;
  bool county = false;
};

class Reader {
 public:
  Reader(std::string_view s, const TextContext& context) : s_(s), context_(context), g_(Gazetteer::standard()), w_(words_of(s)) {
    // A short text without capitals is what somebody typed into a box.
    typed_ = w_.size() <= kShortText && std::none_of(w_.begin(), w_.end(), [](const Word& w) { return w.capital; });
    brief_ = w_.size() <= kShortText;
    nouns_ = context.lang == "de";
  }

  /// `field`: the text is known to name a place, so that a village may stand alone.
  std::vector<Candidate> run(bool field = false) {
    std::vector<Candidate> found;
    for (std::size_t i = 0; i < w_.size();) {
      auto c = candidate(i);
      if (!c) {
        ++i;
        continue;
      }
      i = c->next;
      found.push_back(std::move(*c));
    }
    for (std::size_t i = 0; i < found.size(); ++i) weigh(i, found);
    const auto whole = [&](const Candidate& c) { return c.first == 0 && (c.next == w_.size() || w_[c.next].gap.find(',') != std::string_view::npos); };
    found.erase(std::remove_if(found.begin(), found.end(), [&](const Candidate& c) { return c.score < kAccepted - (field && whole(c) ? kField : 0); }), found.end());
    drop_own_states(found);
    return found;
  }

  /// "campus, ohio": whatever stands before a comma and a state or a country, in a field that is known to be a place.
  std::optional<Candidate> named_before_area() const {
    for (std::size_t i = 1; i < w_.size() && i <= kMaxNameWords; ++i) {
      if (w_[i].gap.find(',') == std::string_view::npos) continue;
      const auto* state = state_at(i);
      if (!state || w_[0].number) return std::nullopt;
      const auto range = g_.find(state->key);
      const auto area = std::find_if(range.begin(), range.end(), [&](const auto& e) { return g_.is_state(e.id) && g_.admin(e.id) == state->admin; });
      if (area == range.end()) return std::nullopt;
      return Candidate{0, i, area->id, kAccepted, {}, true};
    }
    return std::nullopt;
  }

  const std::vector<Word>& words() const { return w_; }

  // The folded word; most words of a text are never asked for.
  const std::string& key(std::size_t i) const {
    if (keys_.empty()) keys_.resize(w_.size());
    if (keys_[i].empty()) fold_word(s_.substr(w_[i].begin, w_[i].end - w_[i].begin), keys_[i]);
    return keys_[i];
  }

 private:
  static bool bound(std::string_view gap) { return gap == " " || gap == "-" || gap == "'" || gap == "’" || gap == ". "; }

  // "St. Louis" and "Mt Vernon" are written out in the gazetteer, or the other way round.
  static std::string_view written_out(std::string_view word) {
    static constexpr std::pair<std::string_view, std::string_view> kShort[] = {
        {"st", "saint"}, {"ste", "sainte"}, {"mt", "mount"}, {"ft", "fort"}, {"pt", "port"}, {"n", "north"}, {"s", "south"}, {"e", "east"}, {"w", "west"}, {"saint", "st"}};
    for (const auto& [brief, full] : kShort) {
      if (word == brief) return full;
    }
    return {};
  }

  std::optional<Candidate> candidate(std::size_t i) const {
    if (w_[i].number || (!w_[i].capital && !typed_)) return std::nullopt;
    auto best = w_[i].end - w_[i].begin < 2 ? std::nullopt : longest(i, key(i));
    if (const auto full = key(i).size() <= 5 ? written_out(key(i)) : std::string_view(); !full.empty()) {
      auto other = longest(i, std::string(full));
      if (other && other->next > i + 1 && (!best || other->next > best->next)) best = std::move(other);
    }
    // "Humboldt County" is the county, not the town.
    if (best && best->next < w_.size() && key(best->next) == "county" && w_[best->next].gap == " ") ++best->next, best->county = true;
    return best;
  }

  std::optional<Candidate> longest(std::size_t i, std::string name) const {
    std::optional<Candidate> best;
    for (std::size_t n = 1; n <= kMaxNameWords; ++n) {
      const bool enough = n > 1 || name.size() > 2;
      const bool shaped = typed_ || n > 1 || w_[i].capital;
      if (enough && shaped && !g_.find(name).empty()) best = Candidate{i, i + n, 0, 0, name, false};
      if (i + n >= w_.size() || !g_.may_start(name) || !bound(w_[i + n].gap)) break;
      name.append(" ").append(key(i + n));
    }
    return best;
  }

  template <std::size_t N>
  static bool among(const std::string& word, const std::string_view (&list)[N]) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
  }

  static bool is_hint(const std::string& word) { return among(word, kAt) || among(word, kPerhaps); }

  bool postcode(std::size_t i) const { return w_[i].number && w_[i].end - w_[i].begin >= 4 && w_[i].end - w_[i].begin <= 5; }

  // What the word before says: 2 a place follows ("à", "near", "ville", a postcode); .8 perhaps ("of": also names); 0 nothing.
  double introduced(const Candidate& c) const {
    if (c.first == 0) return 0;
    if (postcode(c.first - 1)) return 2;
    const auto& gap = w_[c.first].gap;
    if (gap.find_first_of(".,;:!?()") != std::string_view::npos) return 0;
    const auto& word = key(c.first - 1);
    if (!context_.lang.empty() && word == "a" && context_.lang == "en") return 0;  // an article there
    return among(word, kAt) ? 2 : among(word, kPerhaps) ? .8 : 0;
  }

  bool state_follows(const Candidate& c) const { return c.next < w_.size() && state_at(c.next) != nullptr; }

  // A state by its name, or by two capital letters after a comma or at the end of what was typed.
  const Gazetteer::State* state_at(std::size_t i) const {
    std::string name;
    const Gazetteer::State* found = nullptr;
    for (std::size_t n = 0; n < 4 && i + n < w_.size(); ++n) {
      if (n > 0) name += ' ';
      name += key(i + n);
      const bool letters = n == 0 && w_[i].end - w_[i].begin == 2;
      const bool written = !letters || typed_ || (s_[w_[i].begin + 1] >= 'A' && s_[w_[i].begin + 1] <= 'Z');
      if (const auto* state = g_.state(name); state && written) found = state;
    }
    return found;
  }

  void weigh(std::size_t at, std::vector<Candidate>& all) const {
    Candidate& c = all[at];
    const auto* state = c.next < w_.size() ? state_at(c.next) : nullptr;
    const double helped = help(c, state != nullptr);
    for (const auto& entry : g_.find(c.key)) {
      const double score = entry_score(c, entry.id, state, all) + helped;
      if (score > c.score) c.score = score, c.best = entry.id;
    }
  }

  double entry_score(const Candidate& c, std::int32_t id, const Gazetteer::State* state, const std::vector<Candidate>& all) const {
    const auto country = g_.country(id);
    const auto region = std::find(context_.regions.begin(), context_.regions.end(), country);
    const double home = region == context_.regions.end() ? context_.regions.empty() ? 0 : -.5 : region == context_.regions.begin() ? 1.7 : 1.2;
    if (!Gazetteer::is_city(id)) return g_.is_state(id) ? kState + std::max(home, 0.) : kCountry;
    const auto& city = g_.city(id);
    if (c.county && country != "US" && country != "GB" && country != "IE") return 0;
    double score = std::log10(10.0 + city.population * 100.0) + home;
    if (state && country == std::string_view(state->country, 2)) score += state->admin == city.admin ? 3.5 : -1;
    const bool area_near = std::any_of(all.begin(), all.end(), [&](const Candidate& other) { return other.first != c.first && names_country(other.key, country); });
    return score + (area_near ? 2 : 0) + (listed(c, country, all) ? 1 : 0);
  }

  bool names_country(const std::string& name, std::string_view country) const {
    for (const auto& entry : g_.find(name)) {
      if (!Gazetteer::is_city(entry.id) && g_.country(entry.id) == country) return true;
    }
    return false;
  }

  // "Lyon, Bron, Villeurbanne", "Gent - Aalst", "Geldrop en Lierop": towns of one country in a row.
  bool listed(const Candidate& c, std::string_view country, const std::vector<Candidate>& all) const {
    static constexpr std::string_view kAnd[] = {"et", "en", "und", "and", "y", "e", "i", "si", "и", "і", "та", "و", "dhe", "ou", "of", "oder", "or"};
    const auto row = [&](const Candidate& a, const Candidate& b) {  // b after a
      if (b.first == a.next) return w_[b.first].gap.find_first_of(",/-|+>") != std::string_view::npos && w_[b.first].gap.size() <= 4;
      return b.first == a.next + 1 && among(key(a.next), kAnd);
    };
    return std::any_of(all.begin(), all.end(), [&](const Candidate& other) {
      if (other.first == c.first || !(row(c, other) || row(other, c))) return false;
      const auto range = g_.find(other.key);
      return std::any_of(range.begin(), range.end(), [&](const auto& e) { return Gazetteer::is_city(e.id) && g_.country(e.id) == country && g_.city(e.id).population >= 50; });
    });
  }

  // What the words around say, whichever place of that name is meant.
  double help(const Candidate& c, bool state) const {
    const double before = introduced(c);
    const bool one_word = c.next == c.first + 1;
    // Where a script has no capitals every word could be a name: "مدينه" is a town in Arabia, and every other town.
    if (one_word && caseless(c)) return w_.size() == 1 ? 1 : is_hint(c.key) ? -9 : before - 1;
    double score = before + (state ? 1 : 0) + (typed_ ? 1.6 : 0);
    if (brief_ && !typed_) score += c.next - c.first == w_.size() ? 1.2 : .6;
    if (!one_word) score += .5;
    if (!one_word || before > 0 || typed_) return one_word && c.key.size() <= 3 ? score - 1 : score;
    if (c.key.size() <= 3) score -= 1.5;
    if (w_[c.first].sentence && !brief_) score -= 1.5;
    if (!Lexicon::standard().senses(c.key).empty()) score -= 2.5;
    if (name_of_person(c)) score -= 2;
    if (nouns_ && !brief_) score -= .8;
    if (said_small(c)) score -= 2.5;
    return score;
  }

  bool caseless(const Candidate& c) const {
    auto i = std::size_t{w_[c.first].begin};
    const auto letter = next_letter(s_, i);
    return letter >= 0x5D0 && letter < 0x10A0;
  }

  // "Victoria Dupont", "Maria Santos": a capital word directly before or behind says that a person is meant.
  bool name_of_person(const Candidate& c) const {
    const bool behind = c.next < w_.size() && w_[c.next].capital && w_[c.next].gap == " " && !w_[c.next].sentence && w_[c.next].end - w_[c.next].begin > 2 && g_.find(key(c.next)).empty();
    const bool before = !nouns_ && c.first > 0 && w_[c.first].gap == " " && w_[c.first - 1].capital && !w_[c.first - 1].sentence;
    return (behind && !brief_) || (behind && c.first == 0 && nouns_ == false && w_.size() == 2) || before;
  }

  // The same word in small letters: "Regen", "Sale" is a word of this text.
  bool said_small(const Candidate& c) const {
    for (std::size_t i = 0; i < w_.size(); ++i) {
      if (!w_[i].capital && w_[i].end - w_[i].begin == w_[c.first].end - w_[c.first].begin && key(i) == c.key) return true;
    }
    return false;
  }

  // "Troy, Ohio" is one place: the state is a part of it.
  void drop_own_states(std::vector<Candidate>& found) const {
    for (std::size_t i = 1; i < found.size();) {
      const bool part = Gazetteer::is_city(found[i - 1].best) && found[i - 1].next == found[i].first && state_follows(found[i - 1]) &&
                        g_.country(found[i - 1].best) == g_.country(found[i].best);
      if (part) found.erase(found.begin() + static_cast<std::ptrdiff_t>(i));
      else ++i;
    }
  }

  std::string_view s_;
  const TextContext& context_;
  const Gazetteer& g_;
  std::vector<Word> w_;
  mutable std::vector<std::string> keys_;
  bool typed_ = false, brief_ = false, nouns_ = false;  // nouns_: German writes all of them with a capital
};

}  // namespace

std::vector<DecodedPlace> read_places(std::string_view s, const TextContext& context) {
  Reader reader(s, context);
  std::vector<DecodedPlace> out;
  for (const auto& c : reader.run()) {
    const auto begin = reader.words()[c.first].begin, end = reader.words()[c.next - 1].end;
    DecodedPlace place;
    place.set_text(std::string(s.substr(begin, end - begin)));
    place.set_country(std::string(Gazetteer::standard().country(c.best)));
    place.add_span(static_cast<std::int32_t>(begin));
    place.add_span(static_cast<std::int32_t>(end));
    out.push_back(std::move(place));
  }
  return out;
}

Place read_place_field(std::string_view s, const TextContext& context) {
  Reader reader(s, context);
  const auto& g = Gazetteer::standard();
  Place place;
  auto found = reader.run(true);
  const Candidate* best = nullptr;
  for (const auto& c : found) {
    if (!best || (!Gazetteer::is_city(best->best) && Gazetteer::is_city(c.best))) best = &c;
  }
  // A small town that nobody knows, in a state that everybody does.
  const auto unknown = !best || !Gazetteer::is_city(best->best) ? reader.named_before_area() : std::nullopt;
  if (unknown) best = &*unknown;
  if (!best) return place;
  const auto& words = reader.words();
  const auto begin = words[best->first].begin, end = words[best->next - 1].end;
  place.set_text(std::string(s.substr(begin, end - begin)));
  place.set_country(std::string(g.country(best->best)));
  if (Gazetteer::is_city(best->best) && !best->county) {
    const auto& city = g.city(best->best);
    place.set_lat(city.lat / 100.0);
    place.set_lon(city.lon / 100.0);
  }
  const auto is_code = [&](std::size_t i) { return words[i].number && words[i].end - words[i].begin >= 4 && words[i].end - words[i].begin <= 5; };
  if (best->first > 0 && is_code(best->first - 1)) place.set_postcode(reader.key(best->first - 1));
  else if (best->next < words.size() && is_code(best->next)) place.set_postcode(reader.key(best->next));
  return place;
}

}  // namespace vigie::parser
