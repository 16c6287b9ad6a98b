#include "storage/volatile.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "core/text.h"

namespace vigie::storage {
namespace {

using Words = std::set<std::string, std::less<>>;

// Words that stand beside a counter, case folded; a site counts looks at an ad, and people who keep it.
const Words kCounters = {
    "vue",
    "vues",
    "visite",
    "visites",
    "visiteur",
    "visiteurs",
    "affichage",
    "affichages",
    "consultation",
    "consultations",
    "consultée",
    "consulté",
    "favori",
    "favoris",  // fr
    "bekeken",
    "gezien",
    "weergave",
    "weergaven",
    "bezoeken",
    "bezocht",
    "favoriet",
    "favorieten",  // nl
    "aufruf",
    "aufrufe",
    "aufrufen",
    "angesehen",
    "gesehen",
    "klick",
    "klicks",
    "besucher",
    "merkliste",  // de
    "view",
    "views",
    "viewed",
    "visit",
    "visits",
    "hits",
    "impressions",
    "clicks",
    "watchers",  // en
    "visita",
    "visitas",
    "vista",
    "vistas",
    "visto",
    "vistos",
    "visualización",
    "visualizaciones",
    "favoritos",  // es
    "visualização",
    "visualizações",
    "visualizacoes",
    "visualizações",
    "acessos",  // pt
    "visualizzazione",
    "visualizzazioni",
    "visualizzato",
    "visualizzata",
    "preferiti",  // it
    "vizualizare",
    "vizualizări",
    "vizualizari",
    "afișări",
    "afisari",
    "accesări",
    "accesari",
    "vizite",  // ro
    "преглед",
    "прегледа",
    "прегледи",
    "преглеждания",
    "посещения",
    "видяна",  // bg
    "wyświetleń",
    "wyświetlenia",
    "wyświetlenie",
    "odsłon",
    "odsłony",
    "odwiedzin",
    "obejrzano",  // pl
    "shikime",
    "shikuar",
    "klikime",
    "vizita",  // sq
    "просмотр",
    "просмотра",
    "просмотров",
    "просмотры",
    "просмотрено",
    "посещений",  // ru
    "перегляд",
    "перегляди",
    "переглядів",
    "переглядів",
    "переглянуто",  // uk
    "مشاهدة",
    "مشاهدات",
    "زيارة",
    "زيارات",
    "الزيارات",
    "المشاهدات",  // ar
    "visningar",
    "visninger",
    "görüntülenme",
    "zobrazení",
    "megtekintés",
    "προβολές",
    "näyttökertaa",
};

const Words kUnits = {
    "seconde", "secondes", "minute",   "minutes",  "min",     "mn",      "heure",   "heures",    "h",
    "jour",    "jours",    "semaine",  "semaines", "mois",    "an",      "ans",     "s",         "sec",
    "m",       "d",        "j",        "seconden", "minuut",  "minuten", "uur",     "uren",      "dag",
    "dagen",   "week",     "weken",    "maand",    "maanden", "jaar",    "sekunde", "sekunden",  "stunde",
    "stunden", "std",      "tag",      "tage",     "tagen",   "woche",   "wochen",  "monat",     "monate",
    "monaten", "jahr",     "jahre",    "jahren",   "second",  "seconds", "hour",    "hours",     "hr",
    "hrs",     "mins",     "day",      "days",     "weeks",   "month",   "months",  "year",      "years",
    "segundo", "segundos", "minuto",   "minutos",  "hora",    "horas",   "día",     "días",      "dia",
    "dias",    "semana",   "semanas",  "mes",      "meses",   "mês",     "año",     "años",      "ano",
    "anos",    "minuti",   "secondi",  "ora",      "ore",     "giorno",  "giorni",  "settimana", "settimane",
    "mese",    "mesi",     "anno",     "anni",     "oră",     "zi",      "zile",    "săptămână", "săptămâni",
    "lună",    "luni",     "secunde",  "секунди",  "минута",  "минути",  "час",     "часа",      "часове",
    "ден",     "дни",      "дена",     "седмица",  "седмици", "месец",   "месеца",  "sekund",    "minut",
    "minuty",  "minutę",   "godzin",   "godziny",  "godzinę", "dni",     "dzień",   "tydzień",   "tygodnie",
    "miesiąc", "miesiące", "miesięcy", "minuta",   "orë",     "ditë",    "javë",    "muaj",      "минут",
    "минуты",  "минуту",   "часов",    "день",     "дня",     "дней",    "недель",  "недели",    "неделю",
    "месяц",   "месяца",   "месяцев",  "хвилин",   "хвилини", "хвилину", "годин",   "години",    "годину",
    "днів",    "дні",      "тижнів",   "тижні",    "місяць",  "місяці",  "دقيقة",   "دقائق",     "ساعة",
    "ساعات",   "يوم",      "أيام",     "اسبوع",    "أسبوع",   "شهر",
};

// What makes number and unit an age of the page rather than a length of stay.
const Words kAgo = {
    "il",    "y",    "a",    "ago",   "geleden", "vor", "hace", "há",    "ha",    "atrás", "fa",   "acum", "urmă",
    "преди", "temu", "para", "назад", "тому",    "منذ", "قبل",  "sedan", "siden", "önce",  "před", "πριν", "sitten",
};
// "a", "il" and "y" mean nothing alone.
const Words kWeakAgo = {"il", "y", "a", "ha", "para"};

const Words kToday = {
    "aujourd", "aujourd'hui", "hier",  "vandaag", "gisteren", "heute",    "gestern", "today", "yesterday", "hoy",
    "ayer",    "hoje",        "ontem", "oggi",    "ieri",     "azi",      "astăzi",  "днес",  "вчера",     "dzisiaj",
    "dziś",    "wczoraj",     "sot",   "dje",     "сегодня",  "сьогодні", "вчора",   "اليوم", "أمس",
};

const Words kUpdated = {
    "bijgewerkt", "aktualisiert", "updated",  "actualizado",    "actualizada", "actualisé", "actualisée", "aggiornato",
    "actualizat", "обновена",     "обновено", "zaktualizowano", "обновлено",   "оновлено",  "atualizado", "përditësuar",
};

constexpr std::size_t kMostMoving = 8, kMostMovingBytes = 80;

struct Token {
  std::size_t begin, end;
  bool number;
};

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool wordy(char c) {
  return (static_cast<unsigned char>(c) & 0x80) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'';
}

// Words and numbers; a number keeps its own points, commas and colons ("1.204", "14:05").
std::vector<Token> tokens_of(std::string_view s) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < s.size();) {
    const std::size_t begin = i;
    if (digit(s[i])) {
      while (i < s.size() &&
             (digit(s[i]) || ((s[i] == '.' || s[i] == ',' || s[i] == ':') && i + 1 < s.size() && digit(s[i + 1]))))
        ++i;
      tokens.push_back({begin, i, true});
    } else if (wordy(s[i])) {
      while (i < s.size() && wordy(s[i])) ++i;
      tokens.push_back({begin, i, false});
    } else {
      ++i;
    }
  }
  return tokens;
}

class Reader {
 public:
  explicit Reader(std::string_view s) : text_(s), tokens_(tokens_of(s)), drop_(tokens_.size(), false) {}

  std::string run() {
    mark();
    std::string out;
    std::size_t at = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!drop_[i]) continue;
      out.append(text_.substr(at, tokens_[i].begin - at));
      at = tokens_[i].end;
    }
    out.append(text_.substr(at));
    return text::fold_space(out);
  }

  std::vector<std::string> dropped() {
    mark();
    std::vector<std::string> found;
    for (std::size_t i = 0; i < tokens_.size() && found.size() < kMostMoving; ++i) {
      if (!drop_[i]) continue;
      std::size_t last = i;
      while (last + 1 < tokens_.size() && drop_[last + 1]) ++last;
      const auto begin = tokens_[i > 0 && !tokens_[i - 1].number ? i - 1 : i].begin;
      const auto end = tokens_[last + 1 < tokens_.size() && !tokens_[last + 1].number ? last + 1 : last].end;
      if (end - begin <= kMostMovingBytes) found.push_back(text::fold_space(text_.substr(begin, end - begin)));
      else found.push_back(text::fold_space(text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin)));
      i = last;
    }
    return found;
  }

 private:
  void mark() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (!tokens_[i].number) continue;
      if (i + 1 < tokens_.size() && is(i + 1, kUnits) && ago(i)) {
        drop_[i] = drop_[i + 1] = true;
      } else if (beside(i, kCounters, 2)) {
        drop_[i] = true;
        drop_group(i);
      } else if (text_.substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin).find(':') !=
                     std::string_view::npos &&
                 beside(i, kToday, 3)) {
        drop_[i] = true;
      }
    }
  }

  bool is(std::size_t i, const Words& words) const {
    const auto& t = tokens_[i];
    if (t.number || t.end - t.begin > 40) return false;
    return words.contains(text::fold_case(text_.substr(t.begin, t.end - t.begin)));
  }
  // Within `reach` words on either side, no other number between.
  bool beside(std::size_t i, const Words& words, std::size_t reach) const {
    for (std::size_t k = 1; k <= reach && i + k < tokens_.size() && !tokens_[i + k].number; ++k) {
      if (is(i + k, words)) return true;
    }
    for (std::size_t k = 1; k <= reach && k <= i && !tokens_[i - k].number; ++k) {
      if (is(i - k, words)) return true;
    }
    return false;
  }
  // "1 204": a number of up to three digits, one blank (of any kind), three digits.
  bool grouped(std::size_t i) const {
    if (i + 1 >= tokens_.size() || !tokens_[i].number || !tokens_[i + 1].number) return false;
    const auto gap = text_.substr(tokens_[i].end, tokens_[i + 1].begin - tokens_[i].end);
    const bool blank = gap == " " || gap == "\u00a0" || gap == "\u202f";
    return blank && tokens_[i].end - tokens_[i].begin <= 3 && tokens_[i + 1].end - tokens_[i + 1].begin == 3;
  }
  // The rest of "1 204 567 views"; a telephone number that stands in front ("01 99 00 707 views") stays.
  void drop_group(std::size_t i) {
    std::size_t first = i;
    while (first > 0 && grouped(first - 1)) --first;
    const bool longer = first > 0 && tokens_[first - 1].number &&
                        tokens_[first].begin - tokens_[first - 1].end <= 1;
    for (std::size_t k = first; k < i && !longer; ++k) drop_[k] = true;
    for (std::size_t k = i; grouped(k); ++k) drop_[k + 1] = true;
  }
  bool ago(std::size_t i) const {
    const auto strong = [&](std::size_t k) { return is(k, kAgo) && !is(k, kWeakAgo); };
    if (i + 2 < tokens_.size() && strong(i + 2)) return true;
    if (i + 3 < tokens_.size() && strong(i + 3)) return true;
    if (i >= 1 && strong(i - 1)) return true;
    if (i >= 3 && is(i - 1, kWeakAgo) && is(i - 2, kWeakAgo) && is(i - 3, kWeakAgo)) return true;  // "il y a"
    return i >= 1 && is(i - 1, Words{"para", "ha"}) && beside(i, kUpdated, 4);
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::vector<bool> drop_;
};

}  // namespace

std::string steady(std::string_view text) {
  return Reader(text).run();
}

bool names_counter(std::string_view label) {
  for (const auto& token : tokens_of(label)) {
    if (token.number) continue;
    const auto word = text::fold_case(label.substr(token.begin, token.end - token.begin));
    if (kCounters.contains(word) || kUpdated.contains(word)) return true;
  }
  return false;
}

std::vector<std::string> ignored_in(const Ad& ad) {
  std::vector<std::string> found;
  const auto note = [&](const std::string& field, const std::string& words) {
    for (const auto& one : Reader(words).dropped()) found.push_back(field + ": " + one);
  };
  note("title", ad.title());
  note("text", ad.text());
  const std::map<std::string, std::string> attributes(ad.attributes().begin(), ad.attributes().end());
  for (const auto& [name, value] : attributes) {
    const auto field = "attributes." + name;
    if (names_counter(field)) found.push_back(field + ": " + value);
    else note(field, value);
  }
  return found;
}

void keep_posted(const Ad& before, Instant last_seen, Instant now, Ad& after) {
  if (!before.has_posted() || !after.has_posted() || before.posted() == after.posted()) return;
  const auto day = [](Instant t) { return to_rfc3339(t).substr(0, 10); };
  // On the very day of the last look it may have been posted anew after it: told so only while that day lasts.
  const bool retold = after.posted() < day(last_seen) || (after.posted() == day(last_seen) && after.posted() < day(now));
  if (retold) after.set_posted(before.posted());
}

}  // namespace vigie::storage
