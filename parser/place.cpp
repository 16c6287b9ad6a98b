#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/hash.h"
#include "core/text.h"
#include "parser/embedded.h"
#include "parser/fields.h"
#include "parser/letters.h"
#include "parser/lexicon.h"

namespace vigie::parser {

namespace {

constexpr std::size_t kMaxNameWords = 6;
constexpr double kAccepted = 4.4;

// "Saint-Denis", "L'Aquila" and "saint denis", "l aquila" are one name.
std::string name_key(std::string_view name) {
  std::string folded, key;
  fold_word(name, folded);
  for (const char c : folded) {
    const bool gap = c == ' ' || c == '-' || c == '\'' || c == '.' || c == '/' || c == ',' || c == '(' || c == ')';
    if (!gap) key += c;
    if (gap && !key.empty() && key.back() != ' ') key += ' ';
  }
  while (!key.empty() && key.back() == ' ') key.pop_back();
  return key;
}

struct City {
  char country[2];
  std::uint16_t admin;        // index of `admins`
  std::uint32_t population;   // hundreds
  std::int16_t lat, lon;      // hundredths of a degree
};

// Names by hash: two names with one 64-bit hash would be one place in 10^9 look-ups.
class Gazetteer {
 public:
  static const Gazetteer& standard() {
    static const Gazetteer g(embedded_places());
    return g;
  }
  struct Range {
    const std::pair<std::uint64_t, std::int32_t>*begin, *end;
  };
  Range find(std::string_view key) const {
    const auto hash = hash64(key);
    const auto low = std::lower_bound(names_.begin(), names_.end(), std::pair{hash, INT32_MIN});
    const auto* first = names_.data() + (low - names_.begin());
    const auto* last = first;
    while (last != names_.data() + names_.size() && last->first == hash) ++last;
    return {first, last};
  }
  bool may_start(std::string_view word) const { return std::binary_search(starts_.begin(), starts_.end(), hash64(word)); }
  const City& city(std::int32_t i) const { return cities_[static_cast<std::size_t>(i)]; }
  const std::string& country(std::int32_t i) const { return countries_[static_cast<std::size_t>(-1 - i)]; }
  // States: "new york" as an admin of a country.
  std::optional<std::pair<std::string, std::uint16_t>> state(std::string_view key) const {
    const auto at = std::lower_bound(states_.begin(), states_.end(), key, [](const auto& s, std::string_view k) { return s.key < k; });
    if (at == states_.end() || at->key != key) return std::nullopt;
    return std::pair{at->country, at->admin};
  }

 private:
  struct State {
    std::string key, country;
    std::uint16_t admin;
  };
  explicit Gazetteer(std::string_view text) {
    names_.reserve(150'000), cities_.reserve(140'000);
    std::string country;
    std::uint16_t admin = 0;
    std::vector<std::pair<std::string_view, std::string_view>> others;  // name + country, names
    while (!text.empty()) {
      const auto end = std::min(text.find('\n'), text.size());
      const auto columns = text::split(text.substr(0, end), '\t');
      text.remove_prefix(std::min(end + 1, text.size()));
      if (columns.size() == 3 && columns[0] == "C") {
        countries_.emplace_back(columns[1]);
        for (const auto name : text::split(columns[2], '|')) add(name, -static_cast<std::int32_t>(countries_.size()));
      } else if (columns.size() == 4 && columns[0] == "A") {
        states_.push_back({name_key(columns[3]), std::string(columns[1]), admin_index(std::string(columns[1]) + std::string(columns[2]))});
      } else if (columns.size() == 4 && columns[0] == "X") {
        others.emplace_back(std::string_view(columns[1].data(), columns[1].size() + 1 + columns[2].size()), columns[3]);
      } else if (columns.size() == 2) {
        country = columns[0];
        admin = admin_index(country + std::string(columns[1]));
      } else if (columns.size() == 4) {
        add_city(columns, country, admin, others);
      }
    }
    std::sort(names_.begin(), names_.end());
    std::sort(starts_.begin(), starts_.end());
    starts_.erase(std::unique(starts_.begin(), starts_.end()), starts_.end());
    std::sort(states_.begin(), states_.end(), [](const State& a, const State& b) { return a.key < b.key; });
  }
  void add_city(const std::vector<std::string_view>& columns, const std::string& country, std::uint16_t admin, const std::vector<std::pair<std::string_view, std::string_view>>& others) {
    const auto number = [](std::string_view s) {
      int n = 0;
      std::from_chars(s.data(), s.data() + s.size(), n);
      return n;
    };
    City city{{country[0], country[1]}, admin, static_cast<std::uint32_t>(number(columns[1])), static_cast<std::int16_t>(number(columns[2])), static_cast<std::int16_t>(number(columns[3]))};
    cities_.push_back(city);
    const auto id = static_cast<std::int32_t>(cities_.size() - 1);
    add(columns[0], id);
    const auto tagged = std::string(columns[0]) + '\t' + country;
    const auto other = std::lower_bound(others.begin(), others.end(), tagged, [](const auto& o, const std::string& t) { return o.first < t; });
    if (other == others.end() || other->first != tagged || city.population < 500) return;
    for (const auto name : text::split(other->second, '|')) add(name, id);
  }
  void add(std::string_view name, std::int32_t id) {
    const auto key = name_key(name);
    names_.emplace_back(hash64(key), id);
    for (std::size_t blank = key.find(' '); blank != std::string::npos; blank = key.find(' ', blank + 1)) starts_.push_back(hash64(std::string_view(key).substr(0, blank)));
  }
  std::uint16_t admin_index(const std::string& code) {
    const auto at = std::find(admins_.begin(), admins_.end(), code);
    if (at != admins_.end()) return static_cast<std::uint16_t>(at - admins_.begin());
    admins_.push_back(code);
    return static_cast<std::uint16_t>(admins_.size() - 1);
  }

  std::vector<std::pair<std::uint64_t, std::int32_t>> names_;  // city, or -1 - country
  std::vector<std::uint64_t> starts_;                          // beginnings of longer names
  std::vector<City> cities_;
  std::vector<std::string> countries_, admins_;
  std::vector<State> states_;
};

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
  std::int32_t best = -1;
  double score = 0;
  std::string country, key;
  bool is_country = false, county = false;
};

class Reader {
 public:
  Reader(std::string_view s, const TextContext& context) : s_(s), context_(context), g_(Gazetteer::standard()), w_(words_of(s)) {
    // A short text without capitals is what somebody typed into a box.
    shouting_ = w_.size() <= 8 && std::none_of(w_.begin(), w_.end(), [](const Word& w) { return w.capital; });
  }

  std::vector<Candidate> run() {
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
    for (auto& c : found) weigh(c, found);
    found.erase(std::remove_if(found.begin(), found.end(), [](const Candidate& c) { return c.score < kAccepted; }), found.end());
    return found;
  }

  const std::vector<Word>& words() const { return w_; }

  // The folded word; most words of a text are never asked for.
  const std::string& key(std::size_t i) const {
    if (keys_.empty()) keys_.resize(w_.size());
    if (keys_[i].empty()) fold_word(s_.substr(w_[i].begin, w_[i].end - w_[i].begin), keys_[i]);
    return keys_[i];
  }

 private:
  std::optional<Candidate> candidate(std::size_t i) const {
    if (w_[i].number || (!w_[i].capital && !shouting_) || w_[i].end - w_[i].begin < 2) return std::nullopt;
    std::string key = this->key(i);
    std::optional<Candidate> best;
    for (std::size_t n = 1; n <= kMaxNameWords; ++n) {
      const auto range = g_.find(key);
      const bool enough = n > 1 || key.size() > 2;
      if (range.begin != range.end && enough && (shouting_ || w_[i + n - 1].capital || n > 1)) best = Candidate{i, i + n, -1, 0, {}, key, false, false};
      if (i + n >= w_.size() || !g_.may_start(key)) break;
      const auto& gap = w_[i + n].gap;
      if (gap != " " && gap != "-" && gap != "'" && gap != "’" && gap != ". ") break;
      key.append(" ").append(this->key(i + n));
    }
    // "Humboldt County" is the county, not the town; a state alone is a part of a country.
    if (best && best->next < w_.size() && this->key(best->next) == "county" && w_[best->next].gap == " ") ++best->next, best->county = true;
    return best;
  }

  // Is there a word like "à" or "near" before, or a postcode?
  bool introduced(const Candidate& c) const {
    static constexpr std::string_view kIn[] = {"a", "au", "in", "te", "en", "em", "pres", "near", "bei", "nahe", "vers", "from", "to", "di", "la", "din", "lângă", "langa", "w", "we", "do", "z", "ne", "nga", "в", "во", "у", "до", "край", "от", "из", "near", "omgeving", "region", "regio", "raum", "zona", "centre", "center", "centrum", "de", "aus", "nach", "في", "من", "الى", "i", "na", "till", "til", "v"};
    if (c.first == 0) return false;
    const auto& before = w_[c.first - 1];
    if (before.number && before.end - before.begin >= 4 && before.end - before.begin <= 5) return true;
    return std::find(std::begin(kIn), std::end(kIn), key(c.first - 1)) != std::end(kIn);
  }

  void weigh(Candidate& c, const std::vector<Candidate>& all) const {
    const auto range = g_.find(c.key);
    const auto state = following_state(c);
    for (const auto* name = range.begin; name != range.end; ++name) {
      double score = 0;
      std::string country;
      const bool is_country = name->second < 0;
      if (is_country) {
        country = g_.country(name->second);
        score = 6;
      } else {
        const auto& city = g_.city(name->second);
        country.assign(city.country, 2);
        score = std::log10(10.0 + city.population * 100.0);
        if (c.county && country != "US" && country != "GB" && country != "IE") continue;
        if (state && state->first == country) score += state->second == city.admin ? 3 : -1;
      }
      const auto region = std::find(context_.regions.begin(), context_.regions.end(), country);
      if (region == context_.regions.begin() && !context_.regions.empty()) score += 2;
      else if (region != context_.regions.end()) score += 1.4;
      if (!is_country && named_near(c, country, all)) score += 2.5;
      if (score > c.score) c.score = score, c.best = name->second, c.country = country, c.is_country = is_country;
    }
    if (introduced(c)) c.score += 1.2;
    if (shouting_) c.score += 1;
    if (state) c.score += 1;
    const bool one_word = c.next == c.first + 1;
    if (w_[c.first].sentence && one_word && !c.is_country && w_.size() > 3) c.score -= 1;
    if (one_word && c.key.size() <= 3) c.score -= 1.5;
    if (one_word && !Lexicon::standard().senses(c.key).empty()) c.score -= 2.5;
    if (one_word && !c.is_country && name_of_person(c)) c.score -= 2;
  }

  // "Victoria Dupont" and "je m'appelle Florence" are people; a capital word that follows directly says so.
  bool name_of_person(const Candidate& c) const {
    return c.next < w_.size() && w_[c.next].capital && w_[c.next].gap == " " && !w_[c.next].sentence && !introduced(c) && !shouting_;
  }

  std::optional<std::pair<std::string, std::uint16_t>> following_state(const Candidate& c) const {
    std::string key;
    std::optional<std::pair<std::string, std::uint16_t>> found;
    for (std::size_t n = 0; n < 4 && c.next + n < w_.size(); ++n) {
      if (n > 0) key += ' ';
      key += this->key(c.next + n);
      if (auto state = g_.state(key)) found = state;
    }
    return found;
  }

  bool named_near(const Candidate& c, const std::string& country, const std::vector<Candidate>& all) const {
    return std::any_of(all.begin(), all.end(), [&](const Candidate& other) {
      if (other.first == c.first) return false;
      const auto range = g_.find(other.key);
      return std::any_of(range.begin, range.end, [&](const auto& name) { return name.second < 0 && g_.country(name.second) == country; });
    });
  }

  std::string_view s_;
  const TextContext& context_;
  const Gazetteer& g_;
  std::vector<Word> w_;
  mutable std::vector<std::string> keys_;
  bool shouting_ = false;
};

}  // namespace

std::vector<DecodedPlace> read_places(std::string_view s, const TextContext& context) {
  Reader reader(s, context);
  std::vector<DecodedPlace> out;
  for (const auto& c : reader.run()) {
    const auto begin = reader.words()[c.first].begin, end = reader.words()[c.next - 1].end;
    DecodedPlace place;
    place.set_text(std::string(s.substr(begin, end - begin)));
    place.set_country(c.country);
    place.add_span(static_cast<std::int32_t>(begin));
    place.add_span(static_cast<std::int32_t>(end));
    out.push_back(std::move(place));
  }
  return out;
}

Place read_place_field(std::string_view s, const TextContext& context) {
  Reader reader(s, context);
  Place place;
  const Candidate* best = nullptr;
  const auto found = reader.run();
  for (const auto& c : found) {
    if (!best || (best->is_country && !c.is_country)) best = &c;
  }
  if (!best) return place;
  const auto& words = reader.words();
  const auto begin = words[best->first].begin, end = words[best->next - 1].end;
  place.set_text(std::string(s.substr(begin, end - begin)));
  place.set_country(best->country);
  if (!best->is_country && !best->county) {
    const auto& city = Gazetteer::standard().city(best->best);
    place.set_lat(city.lat / 100.0);
    place.set_lon(city.lon / 100.0);
  }
  const auto is_code = [&](std::size_t i) { return words[i].number && words[i].end - words[i].begin >= 4 && words[i].end - words[i].begin <= 5; };
  if (best->first > 0 && is_code(best->first - 1)) place.set_postcode(reader.key(best->first - 1));
  else if (best->next < words.size() && is_code(best->next)) place.set_postcode(reader.key(best->next));
  return place;
}

}  // namespace vigie::parser
