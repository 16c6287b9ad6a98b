#include "parser/gazetteer.h"

#include <algorithm>
#include <charconv>

#include "core/hash.h"
#include "core/text.h"
#include "parser/embedded.h"
#include "parser/lexicon.h"

namespace vigie::parser {

namespace {

constexpr unsigned kBucketBits = 17;
constexpr std::size_t kStartSlots = std::size_t{1} << 19;  // some 120,000 beginnings
constexpr std::size_t kMostStates = 100;
constexpr std::uint32_t kKnownJoined = 10;                 // hundreds: towns whose names people also write in one word

int number_of(std::string_view s) {
  int n = 0;
  std::from_chars(s.data(), s.data() + s.size(), n);
  return n;
}

}  // namespace

std::string name_key(std::string_view name) {
  std::string key;
  fold_word(name, key);
  std::size_t n = 0;
  for (const char c : key) {
    const bool gap = c == ' ' || c == '-' || c == '\'' || c == '.' || c == '/' || c == ',' || c == '(' || c == ')';
    if (!gap) key[n++] = c;
    else if (n > 0 && key[n - 1] != ' ') key[n++] = ' ';
  }
  while (n > 0 && key[n - 1] == ' ') --n;
  key.resize(n);
  return key;
}

const Gazetteer& Gazetteer::standard() {
  static const Gazetteer g(embedded_places());
  return g;
}

Gazetteer::Gazetteer(std::string_view text) : starts_(kStartSlots), admins_(1) {
  names_.reserve(480'000), cities_.reserve(230'000);
  std::string_view country;
  std::uint16_t admin = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto columns = text::split(text.substr(0, end), '\t');
    text.remove_prefix(std::min(end + 1, text.size()));
    if (columns[0] == "C" || columns[0] == "A") {
      read_area(columns);
    } else if (columns.size() == 2) {
      country = columns[0];
      admin = admin_index(country, columns[1]);
    } else if (columns.size() >= 4) {
      read_city(columns, country, admin);
    }
  }
  index();
}

void Gazetteer::read_area(const std::vector<std::string_view>& columns) {
  const bool state = columns[0] == "A";
  if (columns.size() != (state ? 4U : 3U) || columns[1].size() != 2) return;
  Area area{{columns[1][0], columns[1][1]}, state ? admin_index(columns[1], columns[2]) : std::uint16_t{0}};
  areas_.push_back(area);
  for (const auto name : text::split(columns.back(), '|')) {
    add(name, -static_cast<std::int32_t>(areas_.size()), true);
    if (state) states_.push_back({name_key(name), {area.country[0], area.country[1]}, area.admin});
  }
  const bool letters = state && columns[2].size() == 2 && columns[2][0] >= 'A';
  if (letters) states_.push_back({name_key(columns[2]), {area.country[0], area.country[1]}, area.admin});
}

void Gazetteer::read_city(const std::vector<std::string_view>& columns, std::string_view country, std::uint16_t admin) {
  if (country.size() != 2) return;
  const City city{{country[0], country[1]}, admin, static_cast<std::uint32_t>(number_of(columns[1])),
                  static_cast<std::int16_t>(number_of(columns[2])), static_cast<std::int16_t>(number_of(columns[3]))};
  cities_.push_back(city);
  const auto id = static_cast<std::int32_t>(cities_.size() - 1);
  add(columns[0], id, city.population >= kKnownJoined);
  if (columns.size() < 5) return;
  for (const auto name : text::split(columns[4], '|')) add(name, id, city.population >= kKnownJoined);
}

void Gazetteer::add(std::string_view name, std::int32_t id, bool joined) {
  const auto key = name_key(name);
  if (key.empty()) return;
  names_.push_back({hash64(key), id});
  for (std::size_t blank = key.find(' '); blank != std::string::npos; blank = key.find(' ', blank + 1)) {
    const auto hash = hash64(std::string_view(key).substr(0, blank)) | 1;
    auto slot = hash % kStartSlots;
    while (starts_[slot] != 0 && starts_[slot] != hash) slot = (slot + 1) % kStartSlots;
    starts_[slot] = hash;
  }
  if (!joined || key.size() < 8 || key.find(' ') == std::string::npos) return;
  std::string one;  // "lasvegas", "northeast"
  std::copy_if(key.begin(), key.end(), std::back_inserter(one), [](char c) { return c != ' '; });
  names_.push_back({hash64(one), id});
}

void Gazetteer::index() {
  // Into buckets by the highest bits, then each bucket by itself: a third of the work of sorting them all.
  buckets_.resize((std::size_t{1} << kBucketBits) + 1);
  const auto bucket = [](const Entry& e) { return static_cast<std::size_t>(e.hash >> (64 - kBucketBits)); };
  for (const auto& e : names_) ++buckets_[bucket(e) + 1];
  for (std::size_t b = 1; b < buckets_.size(); ++b) buckets_[b] += buckets_[b - 1];
  std::vector<Entry> sorted(names_.size());
  auto next = buckets_;
  for (const auto& e : names_) sorted[next[bucket(e)]++] = e;
  for (std::size_t b = 0; b + 1 < buckets_.size(); ++b) {
    std::sort(sorted.begin() + static_cast<std::ptrdiff_t>(buckets_[b]), sorted.begin() + static_cast<std::ptrdiff_t>(buckets_[b + 1]));
  }
  names_ = std::move(sorted);
  std::sort(states_.begin(), states_.end(), [](const State& a, const State& b) { return a.key < b.key; });
}

Gazetteer::Range Gazetteer::find(std::string_view key) const {
  const auto hash = hash64(key);
  const auto bucket = hash >> (64 - kBucketBits);
  const auto* first = names_.data() + buckets_[bucket];
  const auto* end = names_.data() + buckets_[bucket + 1];
  while (first != end && first->hash < hash) ++first;
  const auto* last = first;
  while (last != end && last->hash == hash) ++last;
  return {first, last};
}

bool Gazetteer::may_start(std::string_view key) const {
  const auto hash = hash64(key) | 1;
  for (auto slot = hash % kStartSlots; starts_[slot] != 0; slot = (slot + 1) % kStartSlots) {
    if (starts_[slot] == hash) return true;
  }
  return false;
}

std::string_view Gazetteer::country(std::int32_t id) const {
  return id < 0 ? std::string_view(areas_[static_cast<std::size_t>(-1 - id)].country, 2) : std::string_view(city(id).country, 2);
}

const Gazetteer::State* Gazetteer::state(std::string_view key) const {
  const auto at = std::lower_bound(states_.begin(), states_.end(), key, [](const State& s, std::string_view k) { return s.key < k; });
  return at == states_.end() || at->key != key ? nullptr : &*at;
}

// Each group opens once; only the states, which came before, may have its code already.
std::uint16_t Gazetteer::admin_index(std::string_view country, std::string_view admin) {
  auto code = std::string(country) + '\t' + std::string(admin);
  const auto known = admins_.begin() + static_cast<std::ptrdiff_t>(std::min(admins_.size(), kMostStates));
  if (const auto at = std::find(admins_.begin(), known, code); at != known) return static_cast<std::uint16_t>(at - admins_.begin());
  admins_.push_back(std::move(code));
  return static_cast<std::uint16_t>(admins_.size() - 1);
}

}  // namespace vigie::parser
