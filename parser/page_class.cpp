#include "parser/page_class.h"

#include <algorithm>
#include <array>

#include "core/hash.h"
#include "core/text.h"

namespace vigie::parser {
namespace {

/// Words as people write them; kept as text::fold_for_match leaves them, since that is what they are compared with.
class Words {
 public:
  Words(std::initializer_list<std::string_view> words) {
    for (const auto word : words) folded_.push_back(text::fold_for_match(word).text);
  }
  bool any_in(std::string_view folded, std::string* which = nullptr) const {
    for (const auto& word : folded_) {
      if (!stands_in(folded, word)) continue;
      if (which) *which = word;
      return true;
    }
    return false;
  }

 private:
  // From a word's start ("visa expires" is no "a expiré"), and a number whole: "404" inside a telephone number says nothing.
  static bool stands_in(std::string_view folded, std::string_view word) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto plain = [&](char c) { return (c >= 'a' && c <= 'z') || digit(c); };
    for (std::size_t at = folded.find(word); at != std::string_view::npos; at = folded.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      const bool starts = at == 0 || !plain(word.front()) || !plain(folded[at - 1]);
      const bool ends = end == folded.size() || !digit(word.back()) || !plain(folded[end]);
      if (starts && ends) return true;
    }
    return false;
  }

  std::vector<std::string> folded_;
};

const Words& challenge() {
  static const Words words = {"captcha",
                              "are you a robot",
                              "you are human",
                              "you are a human",
                              "not a robot",
                              "checking your browser",
                              "just a moment",
                              "unusual traffic",
                              "access denied",
                              "access to this page has been denied",
                              "attention required",
                              "ddos protection",
                              "verify you are",
                              "security check",
                              "request blocked",
                              "pardon our interruption",
                              "enable javascript and cookies to continue",
                              "bot detection",
                              "automated requests",
                              "too many requests",
                              "your ip",
                              "vous n'etes pas un robot",
                              "etes-vous un robot",
                              "verification de securite",
                              "acces refuse",
                              "acces bloque",
                              "kein roboter",
                              "zugriff verweigert",
                              "sicherheitsuberprufung",
                              "geen robot",
                              "toegang geweigerd",
                              "no eres un robot",
                              "no soy un robot",
                              "acceso denegado",
                              "non sei un robot",
                              "non sono un robot",
                              "accesso negato",
                              "nao e um robo",
                              "nao sou um robo",
                              "acesso negado",
                              "nie jestes robotem",
                              "nie jestem robotem",
                              "odmowa dostepu",
                              "dostep zabroniony",
                              "nejste robot",
                              "nejsem robot",
                              "pristup odepren",
                              "nem vagy robot",
                              "nem vagyok robot",
                              "nu esti un robot",
                              "nu sunt robot",
                              "acces interzis",
                              "ar du en robot",
                              "inte en robot",
                              "вы не робот",
                              "не робот",
                              "доступ запрещен",
                              "доступ ограничен",
                              "доступ заборонено",
                              "robot olmadiginizi",
                              "erisim engellendi",
                              "δεν ειστε ρομποτ",
                              "ロボットではありません",
                              "我不是机器人",
                              "访问被拒绝",
                              "请完成验证"};
  return words;
}

constexpr std::string_view kChallengeMarks[] = {
    "cf-chl",      "cf_chl",           "challenge-platform", "/cdn-cgi/challenge", "g-recaptcha",
    "h-captcha",   "hcaptcha.com",     "recaptcha/api",      "px-captcha",         "datadome",
    "_incapsula_", "captcha-delivery", "cf-turnstile",       "turnstile",          "captcha",
    "geetest",     "arkoselabs",       "distil_r_captcha"};
const Words& not_found() {
  static const Words words = {"not found",
                              "no longer available",
                              "no longer exists",
                              "does not exist",
                              "doesn't exist",
                              "has been removed",
                              "has been deleted",
                              "was deleted",
                              "page cannot be found",
                              "couldn't find",
                              "could not be found",
                              "can't be found",
                              "no longer active",
                              "no longer online",
                              "listing ended",
                              "introuvable",
                              "n'existe plus",
                              "n'existe pas",
                              "n'est plus disponible",
                              "n'est plus en ligne",
                              "a ete supprimee",
                              "a ete supprime",
                              "non trouvee",
                              "nicht gefunden",
                              "nicht mehr verfugbar",
                              "existiert nicht",
                              "nicht mehr online",
                              "nicht vorhanden",
                              "wurde geloscht",
                              "nicht mehr aktiv",
                              "niet gevonden",
                              "niet meer beschikbaar",
                              "bestaat niet",
                              "niet langer beschikbaar",
                              "is verwijderd",
                              "niet meer online",
                              "no encontrada",
                              "no encontrado",
                              "no existe",
                              "ya no esta disponible",
                              "ya no existe",
                              "ha sido eliminado",
                              "no se encuentra",
                              "non trovata",
                              "non trovato",
                              "non esiste",
                              "non e piu disponibile",
                              "e stato rimosso",
                              "nao encontrada",
                              "nao encontrado",
                              "nao existe",
                              "nao esta mais disponivel",
                              "ja nao esta disponivel",
                              "foi removido",
                              "nie znaleziono",
                              "nie istnieje",
                              "zostalo usuniete",
                              "nenalezena",
                              "nenalezeno",
                              "neexistuje",
                              "byl smazan",
                              "nenajdena",
                              "nem talalhato",
                              "nem letezik",
                              "torolve",
                              "nu a fost gasita",
                              "nu a fost gasit",
                              "nu exista",
                              "nu mai este disponibil",
                              "hittades inte",
                              "finns inte",
                              "hittar inte",
                              "ikke funnet",
                              "finnes ikke",
                              "ikke fundet",
                              "findes ikke",
                              "ei loydy",
                              "ei loytynyt",
                              "не найдена",
                              "не найдено",
                              "не найден",
                              "не существует",
                              "удалено",
                              "удалена",
                              "снято с публикации",
                              "не знайдено",
                              "не знайдена",
                              "не iснує",
                              "видалено",
                              "не е намерена",
                              "δεν βρεθηκε",
                              "bulunamadi",
                              "yayindan kaldirildi",
                              "nije pronaden",
                              "ne postoji",
                              "ni najden",
                              "见つかりません",
                              "見つかりません",
                              "存在しません",
                              "找不到",
                              "不存在",
                              "찾을 수 없",
                              "غير موجود",
                              "לא נמצא"};
  return words;
}

// What an advertiser may say as well ("passport has expired"): they count only where the page offers nothing of its own.
const Words& perhaps_not_found() {
  static const Words words = {
      "404", "has expired", "been expired", "is gone", "a expire", "est expiree", "abgelaufen",
      "verlopen", "ha caducado", "scaduto", "expirou", "wygaslo", "lejart", "expirat", "plus disponible", "nieaktualne"};
  return words;
}
const Words& login_words() {
  static const Words words = {
      "log in",         "login",        "sign in",        "log-in",          "signin",       "members only",
      "connexion",      "se connecter", "connectez-vous", "identifiez-vous", "anmelden",     "einloggen",
      "inloggen",       "aanmelden",    "iniciar sesion", "inicia sesion",   "accedi",       "entrar",
      "iniciar sessao", "zaloguj",      "prihlasit",      "prihlaseni",      "prihlasenie",  "bejelentkezes",
      "autentificare",  "conecteaza",   "logga in",       "logg inn",        "log ind",      "kirjaudu",
      "войти",          "вход",         "увiйти",         "giris yap",       "συνδεση",      "prijava",
      "prijavi",        "登录",         "ログイン",       "로그인",          "تسجيل الدخول", "password",
      "passwort",       "wachtwoord",   "mot de passe",   "contrasena",      "senha",        "haslo",
      "heslo",          "jelszo",       "пароль"};
  return words;
}

const Words& consent_words() {
  static const Words words = {"cookie",
                              "consent",
                              "gdpr",
                              "privacy",
                              "datenschutz",
                              "kakor",
                              "evaste",
                              "sutik",
                              "piskot",
                              "kolacic",
                              "ciasteczk",
                              "файлы cookie",
                              "куки",
                              "crerez",
                              "çerez",
                              "クッキー",
                              "同意",
                              "18+",
                              "18 years",
                              "over 18",
                              "adults only",
                              "adult content",
                              "age verification",
                              "of legal age",
                              "18 ans",
                              "majeur",
                              "reserve aux adultes",
                              "volljahrig",
                              "18 jahre",
                              "ab 18",
                              "18 jaar",
                              "meerderjarig",
                              "volwassenen",
                              "mayor de edad",
                              "mayores de edad",
                              "18 anos",
                              "maggiorenne",
                              "18 anni",
                              "maior de idade",
                              "maiores de 18",
                              "pelnoletn",
                              "18 lat",
                              "18 let",
                              "plnolet",
                              "18 rokov",
                              "elmult 18",
                              "18 ev",
                              "18 ani",
                              "majorat",
                              "18 ar",
                              "fyllt 18",
                              "tayttanyt 18",
                              "18 лет",
                              "совершеннолет",
                              "18 рокiв",
                              "повнолiт",
                              "навършили 18",
                              "ανω των 18",
                              "18 yas",
                              "punoletn",
                              "18 godina",
                              "18歳",
                              "18岁",
                              "18세"};
  return words;
}

const Words& accept_words() {
  static const Words words = {
      "accept",     "agree",     "allow",         "enter",         "i am",      "yes",         "continue",  "consent",
      "accepter",   "j'accepte", "entrer",        "oui",           "continuer", "akzeptieren", "zustimmen", "ja",
      "eintreten",  "betreten",  "weiter",        "einverstanden", "aanvaard",  "accepteer",   "akkoord",   "toestaan",
      "binnengaan", "doorgaan",  "aceptar",       "acepto",        "entrar",    "si",          "continuar", "accetta",
      "accetto",    "entra",     "aceitar",       "aceito",        "sim",       "akceptuje",   "zgadzam",   "wejdz",
      "tak",        "prijmout",  "souhlas",       "vstoupit",      "ano",       "suhlas",      "elfogad",   "belep",
      "igen",       "accept",    "sunt de acord", "intra",         "da",        "godkann",     "acceptera", "godta",
      "accepter",   "hyvaksy",   "принять",       "соглас",        "войти",     "да",          "прийняти",  "погоджу",
      "приемам",    "αποδοχη",   "αποδεχομαι",    "συμφωνω",       "kabul",     "prihvat",     "slazem",    "同意",
      "受け入れる", "동의",      "موافق",         "מסכים"};
  return words;
}

bool has_any(std::string_view folded, const Words& words, std::string* which = nullptr) {
  return words.any_in(folded, which);
}

struct Signs {
  std::size_t text = 0;         // bytes of visible text
  std::size_t links = 0;        // visible links that lead to another page of the site
  bool password = false;        // a field that asks for one
  bool button = false;          // a button or link with a word of assent
  bool challenge_mark = false;  // markup of a challenge service
  std::string head;             // folded title and headings
  std::string folded;           // folded start of the visible text
};

constexpr std::size_t kMostOfWall = 2500;  // bytes of visible text; a page that says more is no wall

bool marks_challenge(const Dom& dom, NodeId id) {
  const Attribute* first = dom.attributes(id);
  for (unsigned i = 0; i < dom[id].attr_count; ++i) {
    const auto name = first[i].name;
    if (name != "id" && name != "class" && name != "src" && name != "action" && name != "name") continue;
    const std::string value = text::lower_ascii(first[i].value.substr(0, 300));
    for (const auto mark : kChallengeMarks) {
      if (value.find(mark) != std::string::npos) return true;
    }
  }
  return false;
}

/// `Signs::button` and `challenge_mark` are looked for where they can decide something.
Signs read_signs(const Page& page, bool has_content) {
  const Dom& dom = page.dom;
  Signs s;
  s.text = page.weights.all[page.body];
  if (s.text >= kMostOfWall) return s;
  s.head = page.data.title;
  for (const LinkAt& link : page.links)
    s.links += !link.url.empty() && !link.self && dom[link.node].tag == Tag::a && dom[link.node].visible;
  s.button = has_content || s.links >= 15;
  const bool presses = !s.button;
  s.challenge_mark = has_content;
  for (NodeId id = 0; id < dom.size(); ++id) {
    const Node& node = dom[id];
    if (node.tag == Tag::input && text::equals_ci(dom.value(id, "type"), "password")) s.password = true;
    if ((node.tag == Tag::h1 || node.tag == Tag::h2) && node.visible && s.head.size() < 2000)
      s.head += " " + visible_text(dom, id);
    if (dom.is_element(id) && !s.challenge_mark && node.attr_count > 0) s.challenge_mark = marks_challenge(dom, id);
    if (!s.button && node.visible && (node.tag == Tag::button || node.tag == Tag::a) && page.weights.all[id] < 60) {
      s.button = has_any(text::fold_for_match(visible_text(dom, id)).text, accept_words());
    }
    if (!s.button && node.tag == Tag::input &&
        (dom.value(id, "type") == "submit" || dom.value(id, "type") == "button")) {
      s.button = has_any(text::fold_for_match(dom.value(id, "value")).text, accept_words());
    }
  }
  s.button = s.button && presses;
  s.challenge_mark = s.challenge_mark && !has_content;
  s.head = text::fold_for_match(s.head).text;
  s.folded = text::fold_for_match(text::cut_utf8(page_text(dom, page.body, {}, ' ', 6000).text, 6000)).text;
  return s;
}

/// The page's own content holds a number long enough for a telephone, an address or a price: somebody offers something.
bool offers(std::string_view main_text) {
  int digits = 0;
  for (const char c : main_text) {
    if (c >= '0' && c <= '9') {
      if (++digits >= 8) return true;
    } else if (c != ' ' && c != '.' && c != '-' && c != '/' && c != '(' && c != ')') {
      digits = 0;
    }
    if (c == '@' || c == '$') return true;
  }
  return main_text.find("€") != std::string_view::npos || main_text.find("£") != std::string_view::npos;
}

bool says_not_found(std::string_view folded, std::string_view main_text, std::string* word) {
  return has_any(folded, not_found(), word) || (has_any(folded, perhaps_not_found(), word) && !offers(main_text));
}

bool status_in(int status, std::initializer_list<int> list) {
  return std::find(list.begin(), list.end(), status) != list.end();
}

/// The page holds what it was fetched for: a thing that it describes, or links to ads.
bool holds_content(const Page& page) {
  std::size_t ads = 0;
  for (const LinkAt& link : page.links) ads += link.klass == "ad" && !link.self;
  return ads >= 2 || !page.data.things.empty();
}

}  // namespace

std::string page_print(std::string_view title, std::string_view main_text, std::string_view url) {
  const std::string address = text::fold_case(text::percent_decode(url));
  std::string print;
  const std::string all = text::fold_case(std::string(title) + " | " + std::string(text::cut_utf8(main_text, 4000)));
  for (std::size_t i = 0; i < all.size();) {
    std::size_t j = all.find_first_of(" \n\t", i);
    if (j == std::string::npos) j = all.size();
    const std::string_view word = std::string_view(all).substr(i, j - i);
    const bool of_address = word.size() > 3 && address.find(word) != std::string::npos;
    if (!word.empty() && !of_address && word.find_first_of("0123456789") == std::string_view::npos)
      print.append(word).append(" ");
    i = j + 1;
  }
  return short_id(print);
}

PageClass find_wall(const Page& page, std::string_view main_text) {
  const bool has_content = holds_content(page);
  const Signs s = read_signs(page, has_content);
  std::string word;
  const bool thin = s.text < 1500;
  if (status_in(page.status, {401, 403, 407, 429, 451, 503})) return {"block", "status " + std::to_string(page.status)};
  if (thin && !has_content &&
      (s.challenge_mark || has_any(s.head, challenge(), &word) ||
       (s.text < 700 && has_any(s.folded, challenge(), &word)))) {
    if (!s.password || !has_any(s.head, login_words())) {
      return {"block", s.challenge_mark && word.empty() ? "markup of a challenge" : "challenge words: " + word};
    }
  }
  if (status_in(page.status, {404, 410})) return {"soft404", "status " + std::to_string(page.status)};
  const auto& prints = page.knowledge.error_prints();
  if (!prints.empty() && std::find(prints.begin(), prints.end(), page_print(page.data.title, main_text, page.url.href())) != prints.end())
    return {"soft404", "looks like this site's error page"};
  if (s.text >= kMostOfWall) return {};
  const bool described = !page.data.things.empty();
  if (!described && says_not_found(s.head, main_text, &word)) return {"soft404", "heading says: " + word};
  if (!described && s.text < 400 && says_not_found(s.folded, main_text, &word)) return {"soft404", "text says: " + word};
  if (s.password && thin && !has_content &&
      (has_any(s.head, login_words(), &word) || (s.text < 800 && has_any(s.folded, login_words(), &word)))) {
    return {"login", "asks for a password: " + word};
  }
  if (s.button && s.links < 15 && !has_content && has_any(s.folded, consent_words(), &word)) {
    const bool in_head = has_any(s.head, consent_words());
    if (in_head || s.text < 900) return {"consent", "asks for consent: " + word};
  }
  return {};
}

}  // namespace vigie::parser
