#include <algorithm>

#include "core/text.h"
#include "parser/contacts_lattice.h"

// Mail addresses whose signs are words: "anna punkt k (at) mail dot example".
namespace vigie::parser {

namespace {

constexpr std::string_view kTopDomains[] = {"com", "net", "org", "info", "biz", "eu", "fr", "be", "nl", "de", "uk", "es", "it", "pt", "ro", "bg",
                                            "pl", "al", "ru", "ua", "me", "io", "ch", "at", "lu", "ie", "se", "dk", "no", "fi", "cz", "sk", "hu",
                                            "gr", "tr", "hr", "rs", "si", "lt", "lv", "ee", "us", "ca", "online", "site", "live", "email", "example", "test"};

bool is_ascii_name(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_'; });
}

class SpelledMail {
 public:
  explicit SpelledMail(const Lattice& l) : l_(l), t_(l.tokens) {}

  std::vector<Contact> run() {
    std::vector<Contact> out;
    for (std::size_t i = 1; i + 1 < t_.size(); ++i) {
      if (t_[i].at > 0 || sign_before(i) || letter_in_brackets(i)) read(i, out);
    }
    return out;
  }

 private:
  std::string_view word(std::size_t i) const { return l_.word(t_[i]); }
  // "anna @ mail.example": the sign itself with blanks around it.
  bool sign_before(std::size_t i) const { return (t_[i].gap.mark == '@' || t_[i].gap.mark == 0xFF20) && t_[i].gap.marks == 1; }
  bool bracket(char32_t c) const { return c == '(' || c == '[' || c == '{' || c == '<'; }
  // "anna(a)mail.example"
  bool letter_in_brackets(std::size_t i) const {
    if (t_[i].end - t_[i].begin != 1 || (l_.text[t_[i].begin] | 32) != 'a' || !bracket(t_[i].gap.mark) || t_[i].gap.marks != 1) return false;
    const auto close = t_[i + 1].gap.mark;
    return (close == ')' || close == ']' || close == '}' || close == '>') && t_[i + 1].gap.marks == 1;
  }
  bool name(std::size_t i) const { return i < t_.size() && !t_[i].dead && is_ascii_name(word(i)); }
  bool dotted(std::size_t i) const {
    if (i >= t_.size() || t_[i].gap.marks != 1 || (t_[i].gap.mark != '.' && t_[i].gap.mark != 0xFF0E && t_[i].gap.mark != 0x2024 && t_[i].gap.mark != 0x3002)) return false;
    // A blank on either side is a disguise, one behind the dot the end of a sentence.
    return !t_[i].gap.blank || l_.text.substr(t_[i - 1].end, t_[i].begin - t_[i - 1].end) == " . ";
  }
  bool joined(std::size_t i) const {
    const auto mark = t_[i].gap.mark;
    return t_[i].gap.empty || (t_[i].gap.marks == 1 && !t_[i].gap.blank && (mark == '.' || mark == '_' || mark == '-' || mark == '+'));
  }

  void read(std::size_t at, std::vector<Contact>& out) const {
    const bool in_brackets = letter_in_brackets(at);
    const bool sign = t_[at].at == 0 && !in_brackets;
    const auto domain_at = at + (in_brackets ? 1U : t_[at].at);
    const auto local_end = at - 1;
    if (!name(local_end) || !name(domain_at)) return;
    std::string domain(word(domain_at));
    std::size_t end = domain_at + 1;
    bool spelled = false;
    for (int labels = 0; labels < 4 && end < t_.size(); ++labels) {
      if (dotted(end) && name(end)) {
        domain.append(".").append(word(end++));
      } else if (t_[end].dot && name(end + 1) && t_[end].gap.cost < 1 && t_[end + 1].gap.cost < 1) {
        domain.append(".").append(word(end + 1));
        end += 2;
        spelled = true;
      } else if (joined(end) && name(end)) {
        domain.append(l_.text.substr(t_[end - 1].end, t_[end].end - t_[end - 1].end));
        ++end;
      } else {
        break;
      }
    }
    domain = text::lower_ascii(domain);
    const auto dot = domain.rfind('.');
    if (dot == std::string::npos) return;
    const bool known = std::find(std::begin(kTopDomains), std::end(kTopDomains), domain.substr(dot + 1)) != std::end(kTopDomains);
    const bool bracketed = bracket(t_[at].gap.mark) || sign;
    if (!known || (!bracketed && !spelled && !far_from_speech(local_end))) return;
    std::size_t begin = local_end;
    std::string local = local_part(begin);
    const double confidence = bracketed && known ? .95 : spelled ? .92 : .75;
    out.push_back(make_contact("email", text::lower_ascii(local) + "@" + domain, l_.text, t_[begin].begin, t_[end - 1].end, kStepWords, confidence));
  }

  // "see you at hotel.example" is speech; "anna_22 at mail.example" is not.
  bool far_from_speech(std::size_t i) const {
    const auto w = word(i);
    return w.find_first_of("0123456789_") != std::string_view::npos || (i > 0 && joined(i));
  }

  // Words before `begin` that say '_' or '-' behind a name: "anna underscore k"; 0: none.
  std::size_t sign_before_name(std::size_t begin) const {
    for (std::size_t n = 1; n <= 2 && begin > n; ++n) {
      if (t_[begin - n].sign_words == n && name(begin - n - 1) && t_[begin].gap.cost < .5F) return n;
    }
    return 0;
  }

  std::string local_part(std::size_t& begin) const {
    std::string local(word(begin));
    for (int n = 0; n < 8 && begin > 0; ++n) {
      if (joined(begin) && name(begin - 1)) {
        local.insert(0, std::string(word(begin - 1)).append(l_.text.substr(t_[begin - 1].end, t_[begin].begin - t_[begin - 1].end)));
        --begin;
      } else if (const auto words = sign_before_name(begin); words > 0) {
        local.insert(0, std::string(word(begin - words - 1)) + t_[begin - words].sign);
        begin -= words + 1;
      } else if (begin >= 2 && t_[begin - 1].dot && name(begin - 2) && t_[begin].gap.cost < .5F && t_[begin - 1].gap.cost < .5F) {
        local.insert(0, std::string(word(begin - 2)) + ".");
        begin -= 2;
      } else {
        break;
      }
    }
    return local;
  }

  const Lattice& l_;
  const std::vector<Token>& t_;
};

}  // namespace

std::vector<Contact> find_spelled_mails(const Lattice& lattice) { return SpelledMail(lattice).run(); }

}  // namespace vigie::parser
