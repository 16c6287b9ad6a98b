#include <algorithm>
#include <optional>

#include "core/text.h"
#include "core/url.h"
#include "parser/contacts_lattice.h"
#include "parser/wallet.h"

namespace vigie::parser {

namespace {

constexpr std::size_t kMaxMailBytes = 254, kMaxLinkBytes = 2048;
constexpr std::string_view kLinkEnds = " \t\n\r\"<>'`|\\^{}";

// How an address starts inside running text; without "//" only where a name or number follows.
constexpr std::string_view kStarts[] = {"http://", "https://", "www.", "tel:", "sms:", "smsto:", "callto:", "mailto:", "viber:", "whatsapp:",
                                        "tg:", "sgnl:", "wa.me/", "t.me/", "telegram.me/", "signal.me/", "instagram.com/", "facebook.com/",
                                        "fb.com/", "fb.me/", "m.me/", "snapchat.com/", "tiktok.com/", "api.whatsapp.com/", "chats.viber.com/"};

// Words that name a messenger before a handle.
constexpr std::pair<std::string_view, std::string_view> kMessengers[] = {
    {"телега", "telegram"}, {"телеге", "telegram"}, {"ватсап", "whatsapp"}, {"вотсап", "whatsapp"}, {"вайбер", "viber"}, {"вайбър", "viber"},
    {"telegram", "telegram"}, {"tg", "telegram"}, {"telega", "telegram"}, {"телеграм", "telegram"}, {"телеграмм", "telegram"}, {"тг", "telegram"},
    {"تلغرام", "telegram"}, {"instagram", "instagram"}, {"insta", "instagram"}, {"ig", "instagram"}, {"инстаграм", "instagram"}, {"инста", "instagram"},
    {"انستغرام", "instagram"}, {"snapchat", "snapchat"}, {"snap", "snapchat"}, {"снапчат", "snapchat"}, {"facebook", "facebook"}, {"fb", "facebook"},
    {"фейсбук", "facebook"}, {"messenger", "facebook"}, {"tiktok", "tiktok"}, {"tik tok", "tiktok"}, {"тикток", "tiktok"}, {"signal", "signal"},
    {"viber", "viber"}, {"whatsapp", "whatsapp"}};

// Which two bytes begin an address or a messenger's word, so that most words of a text are passed over at once.
class Beginnings {
 public:
  static const Beginnings& standard() {
    static const Beginnings all;
    return all;
  }
  bool may_start(std::string_view s, std::size_t i) const {
    if (i + 1 >= s.size()) return false;
    return seen_[static_cast<std::size_t>(folded(s[i])) << 8 | folded(s[i + 1])];
  }

 private:
  Beginnings() : seen_(1 << 16) {
    for (const auto start : kStarts) add(start[0], start[1]);
    for (const auto& [word, kind] : kMessengers) {
      add(word[0], word[1]);
      // Letters of other scripts differ from their capitals in bytes that no mask tells.
      if (static_cast<unsigned char>(word[0]) < 0x80) continue;
      for (int lead = 0xD0; lead <= 0xD9; ++lead) {
        for (int next = 0x80; next < 0xC0; ++next) seen_[static_cast<std::size_t>(lead << 8 | next)] = cyrillic_or_arabic(lead, next);
      }
    }
  }
  // First letters of the words above: и т с ф, capital or small, and Arabic ا ت.
  static bool cyrillic_or_arabic(int lead, int next) {
    const int c = (lead & 0x1F) << 6 | (next & 0x3F);
    for (const int letter : {0x438, 0x442, 0x441, 0x444, 0x432, 0x418, 0x422, 0x421, 0x424, 0x412, 0x627, 0x62A, 0x623, 0x625}) {
      if (c == letter) return true;
    }
    return false;
  }
  static unsigned char folded(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte | 32) : byte;
  }
  void add(char first, char second) { seen_[static_cast<std::size_t>(folded(first)) << 8 | folded(second)] = true; }
  std::vector<bool> seen_;
};

bool is_name_byte(char c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '.' || c == '-' || c == '+' || c == '%'; }
bool is_host_byte(char c) { return is_name_byte(c) && c != '_' && c != '+' && c != '%'; }
bool is_handle_byte(char c) { return is_name_byte(c) && c != '+' && c != '%' && c != '-'; }
bool is_plain_byte(char c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'); }
bool is_word_byte(char c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

class Scanner {
 public:
  Scanner(std::string_view s, const TextContext& context, std::vector<Taken>& taken) : s_(s), context_(context), taken_(taken) {}

  std::vector<Contact> run() {
    bool word_start = true;
    for (std::size_t i = 0; i < s_.size();) {
      const char c = s_[i];
      if (c == '@') {
        if (const auto end = mail(i)) {
          i = *end;
          continue;
        }
      }
      if (word_start && is_word_byte(c)) {
        const bool begins = starts_.may_start(s_, i);
        if (const auto end = begins ? address(i) : std::nullopt) {
          i = *end;
          continue;
        }
        wallet(i);
        if (begins) word(i);
        while (i < s_.size() && is_word_byte(s_[i])) ++i;
        word_start = false;
        continue;
      }
      word_start = !is_word_byte(c);
      ++i;
    }
    std::sort(taken_.begin(), taken_.end(), [](const Taken& a, const Taken& b) { return a.begin < b.begin; });
    return std::move(out_);
  }

 private:
  void take(std::size_t begin, std::size_t end) { taken_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)}); }
  void found(Contact c, std::size_t begin, std::size_t end) {
    c.set_raw(std::string(s_.substr(begin, end - begin)));
    c.set_span(0, static_cast<std::int32_t>(begin));
    c.set_span(1, static_cast<std::int32_t>(end));
    out_.push_back(std::move(c));
    take(begin, end);
  }

  std::optional<std::size_t> address(std::size_t begin) {
    const auto here = s_.substr(begin, 20);
    const auto* start = std::find_if(std::begin(kStarts), std::end(kStarts), [&](std::string_view k) { return text::starts_with_ci(here, k); });
    if (start == std::end(kStarts)) return std::nullopt;
    auto end = begin + start->size();
    while (end < s_.size() && end - begin < kMaxLinkBytes && kLinkEnds.find(s_[end]) == std::string_view::npos) ++end;
    while (end > begin && std::string_view(".,;:!?)]}*").find(s_[end - 1]) != std::string_view::npos) --end;
    if (end - begin <= start->size()) return std::nullopt;
    const auto href = s_.substr(begin, end - begin);
    auto contact = contact_of_link(href, context_);
    if (!contact.has_kind() && (start->ends_with("//") || *start == "www.")) contact = plain_link(href);
    if (!contact.has_kind()) return std::nullopt;
    found(std::move(contact), begin, end);
    return end;
  }

  static Contact plain_link(std::string_view href) {
    const auto url = Url::parse(href.starts_with("www.") || href.starts_with("WWW.") ? "http://" + std::string(href) : std::string(href));
    if (!url || url->hostname().find('.') == std::string::npos) return {};
    return make_contact("url", url->href(), href, 0, href.size(), 0, .95);
  }

  // A mail address around the '@' at `at`, or a handle behind it.
  std::optional<std::size_t> mail(std::size_t at) {
    auto begin = at;
    while (begin > 0 && at - begin < 64 && is_name_byte(s_[begin - 1])) --begin;
    while (begin < at && (s_[begin] == '.' || s_[begin] == '-')) ++begin;
    auto end = at + 1;
    while (end < s_.size() && end - at < kMaxMailBytes && is_host_byte(s_[end])) ++end;
    while (end > at + 1 && (s_[end - 1] == '.' || s_[end - 1] == '-')) --end;
    const auto host = s_.substr(at + 1, end - at - 1);
    const auto dot = host.rfind('.');
    const bool top = dot != std::string_view::npos && dot > 0 && host.size() - dot > 2 && host.substr(dot + 1).find_first_of("0123456789-") == std::string_view::npos;
    if (begin < at && top && host.find("..") == std::string_view::npos) {
      const auto address = s_.substr(begin, end - begin);
      found(make_contact("email", text::lower_ascii(address), address, 0, address.size(), 0, .97), begin, end);
      return end;
    }
    return std::nullopt;
  }

  // "Telegram: @name", "insta name_1": a messenger's word, a sign, a handle.
  void word(std::size_t begin) {
    auto end = begin;
    while (end < s_.size() && end - begin < 24 && is_word_byte(s_[end])) ++end;
    fold_word(s_.substr(begin, end - begin), key_);
    const auto* entry = std::find_if(std::begin(kMessengers), std::end(kMessengers), [&](const auto& m) { return m.first == key_ || inflected(key_, m.first); });
    if (entry == std::end(kMessengers)) return;
    auto i = end;
    bool sign = false;
    while (i < s_.size() && i - end < 8 && std::string_view(" :=-@([\n").find(s_[i]) != std::string_view::npos) sign |= s_[i] == ':' || s_[i] == '@' || s_[i] == '=', ++i;
    if (i == end) return;
    if (const auto next = over_at_word(i); next > i) i = next, sign = true;
    auto stop = i;
    bool letter = false, mark = false;
    while (stop < s_.size() && stop - i < 40 && is_handle_byte(s_[stop])) {
      letter |= (s_[stop] | 32) >= 'a' && (s_[stop] | 32) <= 'z';
      mark |= s_[stop] == '_' || (s_[stop] >= '0' && s_[stop] <= '9');
      ++stop;
    }
    while (stop > i && (s_[stop - 1] == '.' || s_[stop - 1] == '-')) --stop;
    const auto size = stop - i;
    if (size < 4 || !letter || (!sign && !mark) || (stop < s_.size() && (static_cast<unsigned char>(s_[stop]) >= 0x80 || s_[stop] == '@'))) return;
    const auto handle = s_.substr(i, size);
    if (may_be_number(handle)) return;
    if (Lexicon::standard().senses(text::lower_ascii(handle)).size() > 0) return;  // "whatsapp: call me"
    found(make_contact(std::string(entry->second), text::lower_ascii(handle), handle, 0, size, 0, sign ? .9 : .75), i, stop);
  }

  // "в телеграме", "вайбера": up to two letters more.
  static bool inflected(const std::string& word, std::string_view base) {
    return base.size() >= 10 && static_cast<unsigned char>(base[0]) >= 0xD0 && word.size() > base.size() && word.size() <= base.size() + 4 && word.starts_with(base);
  }

  // "telegram arobase anna_k22": behind the word for '@' and its blank; else `i`.
  std::size_t over_at_word(std::size_t i) const {
    auto end = i;
    while (end < s_.size() && end - i < 24 && is_word_byte(s_[end])) ++end;
    if (end - i < 4 || end >= s_.size() || s_[end] != ' ') return i;
    std::string key;
    fold_word(s_.substr(i, end - i), key);
    return (Lexicon::standard().heads(key) & kind_bit(WordKind::at)) != 0 && !Lexicon::standard().senses(key).empty() ? end + 1 : i;
  }

  // "whatsapp 02O79460S64": digits and letters that look like them.
  static bool may_be_number(std::string_view handle) {
    std::size_t digits = 0, like = 0;
    for (const char c : handle) {
      const bool digit = c >= '0' && c <= '9';
      digits += digit;
      like += digit || c == '.' || c == '-' || std::string_view("OoIlSsBZzG").find(c) != std::string_view::npos;
    }
    return digits >= 3 && handle.size() >= 7 && like == handle.size();
  }

  void wallet(std::size_t begin) {
    auto end = begin;
    while (end < s_.size() && end - begin < 120 && is_plain_byte(s_[end])) ++end;
    if (end - begin < 26) return;
    const auto run = s_.substr(begin, end - begin);
    if (const auto kind = wallet_kind(run); !kind.empty()) found(make_contact("wallet", std::string(run), run, 0, run.size(), 0, .98), begin, end);
  }

  std::string_view s_;
  const TextContext& context_;
  std::vector<Taken>& taken_;
  const Beginnings& starts_ = Beginnings::standard();
  std::vector<Contact> out_;
  std::string key_;
};

}  // namespace

std::vector<Contact> find_addresses(std::string_view s, const TextContext& context, std::vector<Taken>& taken) {
  return Scanner(s, context, taken).run();
}

}  // namespace vigie::parser
