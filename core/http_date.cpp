// Dates as HTTP servers write them. The rules are those of curl's date reader (lib/parsedate.c), since Last-Modified,
// Expires and Retry-After come from the same servers: up to six parts in any order, separated by anything.
#include <array>
#include <charconv>
#include <string_view>

#include "core/text.h"
#include "core/time.h"

namespace vigie {
namespace {

constexpr std::size_t kLongestName = 12;
constexpr int kUnset = -1;
constexpr std::int64_t kNoZone = INT64_MIN;

struct Zone {
  std::string_view name;
  int minutes;  // to add to get UTC
};
constexpr std::array<Zone, 68> kZones = {{
    {"GMT", 0},    {"UT", 0},     {"UTC", 0},    {"WET", 0},    {"BST", -60},  {"WAT", 60},   {"AST", 240},  {"ADT", 180},
    {"EST", 300},  {"EDT", 240},  {"CST", 360},  {"CDT", 300},  {"MST", 420},  {"MDT", 360},  {"PST", 480},  {"PDT", 420},
    {"YST", 540},  {"YDT", 480},  {"HST", 600},  {"HDT", 540},  {"CAT", 600},  {"AHST", 600}, {"NT", 660},   {"IDLW", 720},
    {"CET", -60},  {"MET", -60},  {"MEWT", -60}, {"MEST", -120}, {"CEST", -120}, {"MESZ", -120}, {"FWT", -60}, {"FST", -120},
    {"EET", -120}, {"WAST", -420}, {"WADT", -480}, {"CCT", -480}, {"JST", -540}, {"EAST", -600}, {"EADT", -660}, {"GST", -600},
    {"NZT", -720}, {"NZST", -720}, {"NZDT", -780}, {"IDLE", -720},
    {"A", -60},    {"B", -120},   {"C", -180},   {"D", -240},   {"E", -300},   {"F", -360},   {"G", -420},   {"H", -480},
    {"I", -540},   {"K", -600},   {"L", -660},   {"M", -720},   {"N", 60},     {"O", 120},    {"P", 180},    {"Q", 240},
    {"R", 300},    {"S", 360},    {"T", 420},    {"U", 480},    {"V", 540},    {"W", 600},    {"X", 660},    {"Y", 720},
}};

constexpr std::array<std::string_view, 7> kWeekdays = {"Monday",   "Tuesday", "Wednesday", "Thursday",
                                                       "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonthNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_weekday(std::string_view name) {
  for (const auto day : kWeekdays) {
    if (text::equals_ci(name, day) || text::equals_ci(name, day.substr(0, 3))) return true;
  }
  return false;
}

int month_of(std::string_view name) {
  for (std::size_t i = 0; i < kMonthNames.size(); ++i) {
    if (text::equals_ci(name, kMonthNames[i])) return static_cast<int>(i) + 1;
  }
  return kUnset;
}

std::int64_t zone_of(std::string_view name) {
  if (name == "Z") return 0;
  for (const auto& zone : kZones) {
    if (name == zone.name) return zone.minutes * 60;  // zones are case-sensitive, names of days and months are not
  }
  return kNoZone;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : all_(text) {}

  std::optional<Instant> read() {
    for (int part = 0; part < 6; ++part) {
      while (at_ < all_.size() && !digit(all_[at_]) && !letter(all_[at_])) ++at_;
      if (at_ == all_.size()) break;
      if (!(letter(all_[at_]) ? name() : clock() || number())) return std::nullopt;
    }
    return result();
  }

 private:
  char peek(std::size_t i) const { return i < all_.size() ? all_[i] : '\0'; }

  bool name() {
    std::size_t end = at_;
    while (letter(peek(end)) && end - at_ < kLongestName) ++end;
    const auto word = all_.substr(at_, end - at_);
    at_ = end;
    if (word.size() == kLongestName) return false;
    if (!weekday_ && is_weekday(word)) return weekday_ = true;
    if (month_ == kUnset && (month_ = month_of(word)) != kUnset) return true;
    return zone_ == kNoZone && (zone_ = zone_of(word)) != kNoZone;
  }

  int two_digits(std::size_t& i) const {
    int value = peek(i++) - '0';
    if (digit(peek(i))) value = value * 10 + (peek(i++) - '0');
    return value;
  }

  bool clock() {
    if (second_ != kUnset) return false;
    std::size_t i = at_;
    const int hour = two_digits(i);
    if (hour > 23 || peek(i) != ':' || !digit(peek(i + 1))) return false;
    const int minute = two_digits(++i);
    if (minute > 59) return false;
    int second = 0;
    if (peek(i) == ':' && digit(peek(i + 1))) {
      second = two_digits(++i);
      if (second > 60) return false;
    }
    hour_ = hour, minute_ = minute, second_ = second, at_ = i;
    return true;
  }

  bool number() {
    int value = 0;
    const char* begin = all_.data() + at_;
    const auto [end, error] = std::from_chars(begin, all_.data() + all_.size(), value);
    if (error != std::errc() || value > 99'999'999) return false;
    const auto digits = end - begin;
    const char before = at_ == 0 ? '\0' : all_[at_ - 1];
    at_ += static_cast<std::size_t>(digits);
    if (zone_ == kNoZone && digits == 4 && value <= 1400 && (before == '+' || before == '-')) {
      zone_ = (value / 100 * 60 + value % 100) * (before == '+' ? -60 : 60);
      return true;
    }
    if (digits == 8 && year_ == kUnset && month_ == kUnset && day_ == kUnset) {
      year_ = value / 10000, month_ = value % 10000 / 100, day_ = value % 100;
      return true;
    }
    return day_or_year(value);
  }

  bool day_or_year(int value) {
    if (day_next_ && day_ == kUnset) {
      day_next_ = false;
      if (value > 0 && value < 32) return day_ = value, true;
    }
    if (day_next_ || year_ != kUnset) return false;
    year_ = value;
    if (year_ < 100) year_ += year_ > 70 ? 1900 : 2000;
    if (day_ == kUnset) day_next_ = true;
    return true;
  }

  std::optional<Instant> result() const {
    if (day_ == kUnset || month_ == kUnset || year_ == kUnset) return std::nullopt;
    if (year_ < 1678 || year_ > 2261 || month_ < 1 || month_ > 12 || day_ < 1 || day_ > 31) return std::nullopt;
    // A 31 April rolls over into May, as curl has it: the server's clock is wrong by a day, not by an age.
    const std::chrono::sys_days first{std::chrono::year(year_) / std::chrono::month(static_cast<unsigned>(month_)) / 1};
    std::int64_t seconds = (first.time_since_epoch().count() + day_ - 1) * std::int64_t{86400};
    if (second_ != kUnset) seconds += hour_ * 3600 + minute_ * 60 + second_;
    if (zone_ != kNoZone) seconds += zone_;
    return from_ms(seconds * 1000);
  }

  std::string_view all_;
  std::size_t at_ = 0;
  bool weekday_ = false, day_next_ = true;
  int year_ = kUnset, month_ = kUnset, day_ = kUnset, hour_ = 0, minute_ = 0, second_ = kUnset;
  std::int64_t zone_ = kNoZone;
};

}  // namespace

std::optional<Instant> parse_http_date(std::string_view text) { return Reader(text).read(); }

}  // namespace vigie
