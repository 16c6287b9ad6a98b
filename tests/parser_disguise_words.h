#pragma once

#include <array>
#include <string>
#include <vector>

/// How people of 14 languages say digits, pairs and what stands around a number. Written from the languages, for the
/// generator of parser_disguise.h; it shares nothing with conf/lexicon, which it is there to test.
namespace disguise {

struct Tongue {
  const char* code;
  std::array<const char*, 20> ones;  // 0 to 19
  std::array<const char*, 8> tens;   // 20 to 90
  const char* twice;                 // "double", said before a digit; empty: not usual
  const char *plus, *dash;
  std::vector<const char*> fillers;  // between groups
  std::vector<const char*> calls;    // %: where the number stands
  std::vector<const char*> talk;     // a sentence without a number
  const char* backwards;             // says that the number is to be read from its end
};

inline const std::vector<Tongue>& tongues() {
  static const std::vector<Tongue> all = {
      {"fr", {"zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"},
       {"vingt", "trente", "quarante", "cinquante", "soixante", "septante", "quatre-vingt", "nonante"}, "double", "plus", "tiret", {"puis", "ensuite", "et", "après"},
       {"Appelez-moi au %, merci", "Pour visiter, tél. %", "Mon numéro : %", "Joignable au % jusqu'au soir", "whatsapp % svp"},
       {"Bel appartement lumineux près de la gare.", "Nous cherchons une personne sérieuse.", "Disponible tous les jours.", "Pas de message la nuit."}, "à lire à l'envers"},
      {"nl", {"nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf", "dertien", "veertien", "vijftien", "zestien", "zeventien", "achttien", "negentien"},
       {"twintig", "dertig", "veertig", "vijftig", "zestig", "zeventig", "tachtig", "negentig"}, "dubbel", "plus", "streepje", {"dan", "en", "daarna", "vervolgens"},
       {"Bel mij op %, dank u", "Bereikbaar op % na zes uur", "Mijn nummer is %", "app naar % aub", "Info: tel %"},
       {"Mooi appartement vlak bij het station.", "Wij zoeken een ernstige kandidaat.", "Elke dag beschikbaar.", "Geen berichten in de nacht."}, "achterstevoren lezen"},
      {"de", {"null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"},
       {"zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"}, "doppel", "plus", "strich", {"dann", "und", "danach", "weiter mit"},
       {"Ruf mich an: %, danke", "Erreichbar unter % bis abends", "Meine Nummer: %", "Bitte Anruf an %", "Handy % gern auch SMS"},
       {"Schöne Wohnung nahe am Bahnhof.", "Wir suchen eine zuverlässige Person.", "Jeden Tag verfügbar.", "Nachts bitte keine Nachrichten."}, "rückwärts lesen"},
      {"en", {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"},
       {"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}, "double", "plus", "dash", {"then", "and", "followed by", "next"},
       {"Call me on %, thanks", "You can reach me at % until late", "My number is %", "text % please", "Phone: %"},
       {"Nice flat close to the station.", "We are looking for a serious person.", "Available every day.", "No messages at night."}, "read it backwards"},
      {"es", {"cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve"},
       {"veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"}, "doble", "más", "guion", {"luego", "y", "después", "seguido de"},
       {"Llámame al %, gracias", "Estoy disponible en el % por la tarde", "Mi número es %", "Contacto: %", "escribe al % por favor"},
       {"Piso bonito cerca de la estación.", "Buscamos una persona seria.", "Disponible todos los días.", "No mensajes por la noche."}, "léelo al revés"},
      {"it", {"zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci", "undici", "dodici", "tredici", "quattordici", "quindici", "sedici", "diciassette", "diciotto", "diciannove"},
       {"venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta"}, "doppio", "più", "trattino", {"poi", "e", "quindi", "seguito da"},
       {"Chiamami al %, grazie", "Rispondo al % fino a sera", "Il mio numero: %", "cell. % anche sms", "Per informazioni %"},
       {"Bella casa vicino alla stazione.", "Cerchiamo una persona seria.", "Disponibile tutti i giorni.", "Niente messaggi di notte."}, "da leggere al contrario"},
      {"pt", {"zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove", "dez", "onze", "doze", "treze", "catorze", "quinze", "dezasseis", "dezassete", "dezoito", "dezanove"},
       {"vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta", "noventa"}, "duplo", "mais", "traço", {"depois", "e", "a seguir", "então"},
       {"Liga para o %, obrigada", "Atendo no % até tarde", "O meu número é %", "telemóvel % ou mensagem", "Contacto: %"},
       {"Apartamento bonito perto da estação.", "Procuramos uma pessoa séria.", "Disponível todos os dias.", "Sem mensagens à noite."}, "ler ao contrário"},
      {"ro", {"zero", "unu", "doi", "trei", "patru", "cinci", "șase", "șapte", "opt", "nouă", "zece", "unsprezece", "doisprezece", "treisprezece", "paisprezece", "cincisprezece", "șaisprezece", "șaptesprezece", "optsprezece", "nouăsprezece"},
       {"douăzeci", "treizeci", "patruzeci", "cincizeci", "șaizeci", "șaptezeci", "optzeci", "nouăzeci"}, "dublu", "plus", "linie", {"apoi", "și", "după", "pe urmă"},
       {"Sună-mă la %, mulțumesc", "Răspund la % până seara", "Numărul meu: %", "Tel. % zilnic", "Contact: %"},
       {"Apartament frumos lângă gară.", "Căutăm o persoană serioasă.", "Disponibil în fiecare zi.", "Fără mesaje noaptea."}, "citește invers"},
      {"bg", {"нула", "едно", "две", "три", "четири", "пет", "шест", "седем", "осем", "девет", "десет", "единадесет", "дванадесет", "тринадесет", "четиринадесет", "петнадесет", "шестнадесет", "седемнадесет", "осемнадесет", "деветнадесет"},
       {"двадесет", "тридесет", "четиридесет", "петдесет", "шестдесет", "седемдесет", "осемдесет", "деветдесет"}, "двойно", "плюс", "тире", {"после", "и", "след това", "накрая"},
       {"Обадете се на %, благодаря", "Търсете ме на % до вечерта", "Моят номер е %", "тел. % всеки ден", "За контакт: %"},
       {"Хубав апартамент близо до гарата.", "Търсим сериозен човек.", "На разположение всеки ден.", "Без съобщения през нощта."}, "четете отзад напред"},
      {"pl", {"zero", "jeden", "dwa", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć", "dziesięć", "jedenaście", "dwanaście", "trzynaście", "czternaście", "piętnaście", "szesnaście", "siedemnaście", "osiemnaście", "dziewiętnaście"},
       {"dwadzieścia", "trzydzieści", "czterdzieści", "pięćdziesiąt", "sześćdziesiąt", "siedemdziesiąt", "osiemdziesiąt", "dziewięćdziesiąt"}, "podwójne", "plus", "myślnik", {"potem", "i", "następnie", "dalej"},
       {"Zadzwoń pod %, dziękuję", "Odbieram pod % do wieczora", "Mój numer to %", "tel. % codziennie", "Kontakt: %"},
       {"Ładne mieszkanie blisko dworca.", "Szukamy poważnej osoby.", "Dostępne każdego dnia.", "Bez wiadomości w nocy."}, "czytaj od tyłu"},
      {"sq", {"zero", "një", "dy", "tre", "katër", "pesë", "gjashtë", "shtatë", "tetë", "nëntë", "dhjetë", "njëmbëdhjetë", "dymbëdhjetë", "trembëdhjetë", "katërmbëdhjetë", "pesëmbëdhjetë", "gjashtëmbëdhjetë", "shtatëmbëdhjetë", "tetëmbëdhjetë", "nëntëmbëdhjetë"},
       {"njëzet", "tridhjetë", "dyzet", "pesëdhjetë", "gjashtëdhjetë", "shtatëdhjetë", "tetëdhjetë", "nëntëdhjetë"}, "", "plus", "vizë", {"pastaj", "dhe", "më pas", "në fund"},
       {"Më telefono në %, faleminderit", "Përgjigjem në % deri në mbrëmje", "Numri im: %", "Tel. % çdo ditë", "Kontakt: %"},
       {"Apartament i bukur pranë stacionit.", "Kërkojmë një person serioz.", "I lirë çdo ditë.", "Pa mesazhe natën."}, "lexoje mbrapsht"},
      {"ru", {"ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать", "пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать"},
       {"двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"}, "дважды", "плюс", "тире", {"потом", "и", "затем", "далее"},
       {"Звоните %, спасибо", "Отвечаю по номеру % до вечера", "Мой номер: %", "тел. % каждый день", "Пишите в вайбер %"},
       {"Хорошая квартира рядом с вокзалом.", "Ищем серьёзного человека.", "Свободно каждый день.", "Ночью без сообщений."}, "читать наоборот"},
      {"uk", {"нуль", "один", "два", "три", "чотири", "п'ять", "шість", "сім", "вісім", "дев'ять", "десять", "одинадцять", "дванадцять", "тринадцять", "чотирнадцять", "п'ятнадцять", "шістнадцять", "сімнадцять", "вісімнадцять", "дев'ятнадцять"},
       {"двадцять", "тридцять", "сорок", "п'ятдесят", "шістдесят", "сімдесят", "вісімдесят", "дев'яносто"}, "двічі", "плюс", "тире", {"потім", "і", "далі", "та"},
       {"Телефонуйте %, дякую", "Відповідаю за номером % до вечора", "Мій номер: %", "тел. % щодня", "Пишіть у вайбер %"},
       {"Гарна квартира біля вокзалу.", "Шукаємо серйозну людину.", "Вільно щодня.", "Вночі без повідомлень."}, "читати навпаки"},
      {"ar", {"صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة", "أحد عشر", "اثنا عشر", "ثلاثة عشر", "أربعة عشر", "خمسة عشر", "ستة عشر", "سبعة عشر", "ثمانية عشر", "تسعة عشر"},
       {"عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون"}, "", "زائد", "شرطة", {"ثم", "بعد ذلك", "و"},
       {"اتصل بي على % شكرا", "رقم الهاتف % حتى المساء", "رقمي هو %", "واتساب % كل يوم", "للتواصل: %"},
       {"شقة جميلة قرب المحطة.", "نبحث عن شخص جاد.", "متاح كل يوم.", "بدون رسائل في الليل."}, "اقرأ بالعكس"},
  };
  return all;
}

inline std::string french_pair(int n, bool belgian) {
  const auto& t = tongues()[0];
  const int ten = n / 10, one = n % 10;
  if (!belgian && (ten == 7 || ten == 9)) {
    if (n == 71) return "soixante et onze";
    return std::string(ten == 7 ? "soixante-" : "quatre-vingt-") + t.ones[static_cast<std::size_t>(10 + one)];
  }
  const std::string base = t.tens[static_cast<std::size_t>(ten - 2)];
  if (one == 0) return n == 80 ? "quatre-vingts" : base;
  if (one == 1 && ten != 8) return base + "-et-un";
  return base + "-" + t.ones[static_cast<std::size_t>(one)];
}

/// 10 to 99 as a speaker says them; `style` chooses between usages (Belgian and French; with and without hyphens).
inline std::string pair_word(const Tongue& t, int n, unsigned style) {
  const std::string code = t.code;
  if (n < 20) return t.ones[static_cast<std::size_t>(n)];
  if (code == "fr") return french_pair(n, style % 3 == 0);
  const std::string ten = t.tens[static_cast<std::size_t>(n / 10 - 2)];
  const auto one_index = static_cast<std::size_t>(n % 10);
  if (one_index == 0) return ten;
  std::string one = t.ones[one_index];
  if (code == "nl") return one + (one_index == 2 || one_index == 3 ? "ën" : "en") + ten;
  if (code == "de") return (one_index == 1 ? "ein" : one) + "und" + ten;
  if (code == "en") return ten + (style % 2 == 0 ? "-" : " ") + one;
  if (code == "es" && n < 30) {
    constexpr const char* kTwenties[] = {"", "veintiuno", "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho", "veintinueve"};
    return kTwenties[one_index];
  }
  if (code == "es") return ten + " y " + one;
  if (code == "it") return (one_index == 1 || one_index == 8 ? ten.substr(0, ten.size() - 1) : ten) + (one_index == 3 ? "tré" : one);
  if (code == "pt" || code == "sq") return ten + " e " + one;
  if (code == "ro") return ten + " și " + one;
  if (code == "bg") return ten + " и " + one;
  if (code == "ar") return one + " و" + ten;
  return ten + " " + one;  // pl, ru, uk
}

}  // namespace disguise
