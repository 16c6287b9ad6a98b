#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Towns, states and countries by name, from conf/lexicon/places.bin (tools/places.mjs says its format).
namespace vigie::parser {

struct City {
  char country[2];
  std::uint16_t admin;       // index of the gazetteer's own list of states
  std::uint32_t population;  // hundreds
  std::int16_t lat, lon;     // hundredths of a degree
};

/// "Saint-Denis", "L'Aquila" and "saint denis", "l aquila" have one key: folded words, one blank between them.
std::string name_key(std::string_view name);

/// Immutable after construction, thread-safe. Names are kept by hash: two names with one 64-bit hash would be one place
/// in 10^9 look-ups.
class Gazetteer {
 public:
  explicit Gazetteer(std::string_view text);
  static const Gazetteer& standard();

  /// What a name stands for: a city, or a country or a state of one.
  struct Entry {
    std::uint64_t hash;
    std::int32_t id;
    friend bool operator<(const Entry& a, const Entry& b) { return a.hash != b.hash ? a.hash < b.hash : a.id < b.id; }
  };
  struct Range {
    const Entry *begin_, *end_;
    const Entry* begin() const { return begin_; }
    const Entry* end() const { return end_; }
    bool empty() const { return begin_ == end_; }
  };
  Range find(std::string_view key) const;
  /// Does a longer name start with these words?
  bool may_start(std::string_view key) const;

  static bool is_city(std::int32_t id) { return id >= 0; }
  const City& city(std::int32_t id) const { return cities_[static_cast<std::size_t>(id)]; }
  /// ISO country of an entry of any kind.
  std::string_view country(std::int32_t id) const;
  /// States and provinces: Ohio as a part of US.
  bool is_state(std::int32_t id) const { return id < 0 && areas_[static_cast<std::size_t>(-1 - id)].admin != 0; }
  std::uint16_t admin(std::int32_t id) const { return id < 0 ? areas_[static_cast<std::size_t>(-1 - id)].admin : city(id).admin; }
  struct State {
    std::string key;  // "new york", "ny"
    char country[2];
    std::uint16_t admin;
  };
  /// A state by name or by its two letters.
  const State* state(std::string_view key) const;

 private:
  struct Area {
    char country[2];
    std::uint16_t admin;  // 0: the whole country
  };
  void read_area(const std::vector<std::string_view>& columns);
  void read_city(const std::vector<std::string_view>& columns, std::string_view country, std::uint16_t admin);
  void add(std::string_view name, std::int32_t id, bool joined);
  std::uint16_t admin_index(std::string_view country, std::string_view admin);
  void index();

  std::vector<Entry> names_;               // sorted
  std::vector<std::uint32_t> buckets_;     // first entry by the highest bits of the hash
  std::vector<std::uint64_t> starts_;      // hashes of beginnings of longer names: a set, open addressing
  std::vector<City> cities_;
  std::vector<Area> areas_;
  std::vector<std::string> admins_;        // "US\tOH"; the first is nobody's
  std::vector<State> states_;              // sorted by key
};

}  // namespace vigie::parser
