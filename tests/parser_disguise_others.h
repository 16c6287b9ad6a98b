#pragma once

#include "tests/parser_disguise.h"

/// Numbers of ads that nobody can call, for the generator.
namespace disguise {

struct Labels {
  const char *views, *order, *reference, *company, *years, *spoken;
};

inline constexpr Labels kLabels[] = {  // in the order of tongues()
    {"vues", "commande", "réf.", "TVA", "ans", "deux chambres, trois lits, une cuisine, quatre chaises, cinq minutes de la gare et six places"},
    {"keer bekeken", "bestelling", "referentie", "btw-nummer", "jaar", "twee kamers, drie bedden, een keuken, vier stoelen, vijf minuten van het station en zes plaatsen"},
    {"Aufrufe", "Bestellung", "Anzeige", "USt-IdNr.", "Jahre", "zwei Zimmer, drei Betten, eine Küche, vier Stühle, fünf Minuten zum Bahnhof und sechs Plätze"},
    {"views", "order", "ref", "company no.", "years", "two rooms, three beds, one kitchen, four chairs, five minutes from the station and six places"},
    {"visitas", "pedido", "ref.", "CIF", "años", "dos habitaciones, tres camas, una cocina, cuatro sillas, cinco minutos de la estación y seis plazas"},
    {"visualizzazioni", "ordine", "rif.", "P.IVA", "anni", "due camere, tre letti, una cucina, quattro sedie, cinque minuti dalla stazione e sei posti"},
    {"visualizações", "encomenda", "ref.", "NIF", "anos", "dois quartos, três camas, uma cozinha, quatro cadeiras, cinco minutos da estação e seis lugares"},
    {"vizualizări", "comanda", "ref.", "CUI", "ani", "două camere, trei paturi, o bucătărie, patru scaune, cinci minute de gară și șase locuri"},
    {"прегледа", "поръчка", "обява", "ЕИК", "години", "две стаи, три легла, една кухня, четири стола, пет минути от гарата и шест места"},
    {"wyświetleń", "zamówienie", "nr ref.", "NIP", "lat", "dwa pokoje, trzy łóżka, jedna kuchnia, cztery krzesła, pięć minut od dworca i sześć miejsc"},
    {"shikime", "porosia", "ref.", "NIPT", "vjeç", "dy dhoma, tre krevate, një kuzhinë, katër karrige, pesë minuta nga stacioni dhe gjashtë vende"},
    {"просмотров", "заказ", "объявление", "ИНН", "лет", "две комнаты, три кровати, одна кухня, четыре стула, пять минут от вокзала и шесть мест"},
    {"переглядів", "замовлення", "оголошення", "ЄДРПОУ", "років", "дві кімнати, три ліжка, одна кухня, чотири стільці, п'ять хвилин від вокзалу і шість місць"},
    {"مشاهدة", "طلب", "مرجع", "الرقم الضريبي", "سنة", "غرفتان وثلاثة أسرة ومطبخ واحد وأربعة كراسي وخمس دقائق من المحطة"},
};

inline std::string Generator::other_number(std::size_t tongue) {
  const auto& l = kLabels[tongue];
  const auto n = [&](int low, int high) { return std::to_string(between(low, high)); };
  const auto two = [&](int low, int high) { return text_of(between(low, high), 2); };
  const std::string year = n(1990, 2029), label_gap = chance(50) ? ": " : " ";
  switch (below(30)) {
    case 0: return "1h " + n(5, 25) + "0€, 2h " + n(20, 40) + "0€, 30min " + n(5, 12) + "0€";
    case 1: return two(1, 28) + "." + two(1, 12) + "." + year + " - " + two(1, 28) + "." + two(1, 12) + "." + year;
    case 2: return year + "-" + two(1, 12) + "-" + two(1, 28) + " " + two(0, 23) + ":" + two(0, 59) + ":" + two(0, 59);
    case 3: return two(6, 11) + ":00-" + two(12, 23) + ":30, " + two(6, 11) + ":00-" + two(12, 23) + ":00";
    case 4: return n(80, 99) + "-" + n(55, 70) + "-" + n(80, 99) + ", " + n(155, 185) + " cm, " + n(45, 80) + " kg";
    case 5: return "IBAN BE" + digits(2) + " " + digits(4) + " " + digits(4) + " " + digits(4);
    case 6: return std::string(l.company) + label_gap + "BE 0" + digits(3) + "." + digits(3) + "." + digits(3);
    case 7: return std::string(l.company) + label_gap + "0" + digits(3) + "." + digits(3) + "." + digits(3);
    case 8: return std::string(l.company) + label_gap + digits(chance(50) ? 9 : 10);
    case 9: return std::string(l.reference) + " " + year + two(1, 12) + two(1, 28) + "-" + digits(6);
    case 10: return "ID: " + digits(9);
    case 11: return "#" + n(10000, 99999) + " | " + n(100, 9999) + " " + l.views;
    case 12: return n(1000, 9999) + " " + n(10, 99) + " " + n(100, 999) + " " + l.views;
    case 13: return "F-75" + two(1, 20) + "0 / B-" + n(1000, 9999) + " / D-" + n(10115, 99998);
    case 14: return n(40, 55) + "." + digits(6) + ", " + n(2, 30) + "." + digits(6);
    case 15: return "AB-" + digits(3) + "-CD, 1-ABC-" + digits(3) + ", WX " + digits(5);
    case 16: return std::string(l.order) + " " + (chance(50) ? "nr. " : "#") + digits(10);
    case 17: return "ISBN 978-2-" + digits(4) + "-" + digits(4) + "-" + digits(1);
    case 18: return n(19, 22) + ", " + n(23, 26) + ", " + n(27, 30) + ", " + n(31, 34) + " " + l.years;
    case 19: return n(1, 9) + " " + digits(3) + " 000 €, " + n(50, 300) + " m², " + n(1950, 2020);
    case 20: return n(100, 350) + " 000 km, " + year + ", " + n(90, 190) + " ch, " + n(1200, 2999) + " cm3";
    case 21: return "192.168." + n(0, 255) + "." + n(0, 255);
    case 22: return "1 2 3 4 5 6 7 8 9 10";
    case 23: return l.spoken;
    case 24: return two(6, 9) + ":05 " + two(10, 12) + ":35 " + two(13, 15) + ":05 " + two(16, 19) + ":35";
    case 25: return "0000.000." + digits(3);
    case 26: return n(1, 9) + ":" + n(0, 9) + ", " + n(1, 9) + ":" + n(0, 9) + ", " + n(1, 9) + ":" + n(0, 9);
    case 27: return "SIRET " + digits(3) + " " + digits(3) + " " + digits(3) + " " + digits(5);
    case 28: return "EAN " + digits(13);
    default: return n(1995, 2004) + "/" + n(2005, 2010) + "/" + n(2011, 2016) + ", " + n(10, 99) + "% " + n(2, 9) + "x" + n(2, 9);
  }
}

}  // namespace disguise
