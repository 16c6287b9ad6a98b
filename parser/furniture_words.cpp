#include <set>

#include "core/text.h"
#include "parser/own_words.h"

namespace vigie::parser {
namespace {

using Words = std::set<std::string, std::less<>>;

Words words_of(std::initializer_list<std::string_view> lines) {
  Words words;
  for (const auto line : lines) {
    const std::string folded = text::fold_for_match(line).text;
    for (const auto word : text::split(folded, ' ')) {
      if (!word.empty()) words.emplace(word);
    }
  }
  return words;
}

// One language a line. A part whose every word stands in one of the two tables, at least one of them here, is the
// site's own.
const Words& strong() {
  static const Words words = words_of({
      "views viewed visits updated modified edited posted published refreshed share report favourites favorites "
      "bookmark print flag",
      "vues vue visites consultations consultee consulte publiee publie deposee depose modifiee modifie actualisee "
      "signaler partager favoris imprimer remontee",
      "bekeken weergaven geplaatst bijgewerkt gewijzigd vernieuwd delen melden favorieten afdrukken",
      "aufrufe aufruf angesehen besucher eingestellt aktualisiert geandert veroffentlicht teilen melden merken drucken",
      "visitas vistas actualizado actualizada publicado publicada modificado denunciar compartir imprimir favoritos",
      "visualizzazioni visite aggiornato aggiornata pubblicato pubblicata modificato segnala condividi stampa preferiti",
      "visualizacoes visualizações atualizado atualizada publicado publicada denunciar partilhar compartilhar imprimir",
      "wyswietlen wyświetleń odslon odsłon wyswietlenia dodano dodane zaktualizowano odswiezono zglos udostepnij drukuj",
      "zobrazeni zobrazení zobrazene zhlednuti vlozeno aktualizovano pridane upravene nahlasit sdilet tisk",
      "megtekintes megtekintés megtekintve feladva frissitve módosítva megosztas jelentes",
      "vizualizari vizualizări afisari actualizat actualizata publicat publicata raporteaza distribuie tipareste",
      "visningar visats publicerad uppdaterad anmal dela visninger oppdatert vist delt katselukertaa julkaistu",
      "просмотров просмотра просмотры опубликовано обновлено размещено пожаловаться поделиться избранное",
      "прегледа преглеждания прегледи публикувана публикувано обновена обновено докладвай сподели",
      "переглядів перегляди опубліковано оновлено поскаржитися поділитися",
      "προβολές ενημερώθηκε δημοσιεύθηκε αναφορά",
      "goruntulenme goruntuleme guncellendi yayinlandi paylas pregleda objavljeno azurirano prijavi podijeli",
  });
  return words;
}

const Words& weak() {
  static const Words words = words_of({
      "ad ads listing ref id no nr number the this it to on at in from since last ago just now new online add save "
      "minute minutes min mins hour hours h day days week weeks month months second seconds sec yesterday today times "
      "contact advertiser seller poster",
      "annonce annonces le la les l a au aux en ligne depuis il y mise jour derniere fois numero heure heures jour jours "
      "semaine semaines mois seconde secondes hier aujourd hui cette cet ajouter mes retour",
      "advertentie zoekertje keer op uur uren dag dagen weken week maand maanden geleden gisteren vandaag sinds deze dit "
      "aan toevoegen nummer laatst",
      "anzeige nummer seit vor stunde stunden tag tagen tage woche wochen monat monaten minuten gestern heute am um uhr "
      "mal zuletzt diese zu den zur online",
      "anuncio hace horas hora dia dias semana semanas mes meses ayer hoy el en de del hace veces este minutos minuto "
      "ultima vez",
      "annuncio fa ore ora giorno giorni settimana mese mesi ieri oggi il di da questo volte minuti ultimo",
      "anuncio ha horas dias ontem hoje ultima semana mes este vezes",
      "ogloszenie dnia godzin godzine temu wczoraj dzis dni razy numer minut",
      "inzerat pred hodinami dny vcera dnes krat minutami inzerat cislo",
      "hirdetes ora perc perce napja tegnap ma ota",
      "anunt acum ore ora zile zi ieri azi la pe in urma de ori minute",
      "annons for timmar sedan dagar igar idag den annonse siden timer dager",
      "объявление назад минут минуту часа час дня дней вчера сегодня в обява обявата преди минути часа дни днес на от",
      "оголошення тому хвилин годин днів сьогодні вчора αγγελία πριν λεπτά ώρες",
      // parts of an hour, the units of an age
      "demi demie half halbe halve media mezza meia pol pół puol",
      "ans an years year yrs yo old age jahre jahr alt jaar leeftijd anos anni edad lat roku rokov let eves ani ar år vuotta "
      "лет года год години годишна годишен років роки рік ετών yasinda godina",
      "ilan once dakika saat gun oglas prije sati dana",
  });
  return words;
}

}  // namespace

bool is_strong_furniture_word(std::string_view folded) {
  return strong().contains(folded);
}
bool is_furniture_word(std::string_view folded) {
  return strong().contains(folded) || weak().contains(folded);
}

}  // namespace vigie::parser
