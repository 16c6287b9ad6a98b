#pragma once

#include <array>
#include <string_view>

/// What the advertisers of the invented town write, in 14 languages. Written from domain.md (sections 3 and 4) as people
/// write, without a look at the rules. {n} name, {a} age, {p} place, {c} contact, {k} the site's own words of chance.
namespace town {

struct Tongue {
  std::string_view lang;
  std::string_view service;   // one adult's own ad
  std::string_view hostess;   // an ordinary offer of work at fairs
  std::string_view labour;    // work under control: papers kept, costs taken from pay, no contract
  std::string_view smuggling;  // a way over borders, per head, sure to arrive, without papers
  std::string_view papers;    // visa and documents as goods
  std::string_view models;    // models, far too much pay, everything paid, at once, messenger only
  std::string_view season;    // honest seasonal work with lodging, registered
  std::string_view coach;     // a bus line
  std::string_view visa;      // an honest visa agency
  std::string_view aid;       // legal aid
  std::string_view news;      // a report
  std::string_view flat;      // a flat
  std::array<std::string_view, 8> chance;
};

inline constexpr std::array<Tongue, 14> kTongues = {{
    {"fr", "Bonjour, je suis {n}, {a} ans. Je reçois à {p} au calme, sur rendez-vous. {k} Appelez le {c}.",
     "Nous cherchons une hôtesse d'accueil pour un salon à {p}, 13 euros de l'heure, contrat. {k} Tél. {c}.",
     "Travail à l'abattoir de {p}. Aucune expérience demandée, pas besoin de parler la langue, logement fourni chez l'employeur. Pas de contrat, paie en liquide. "
     "Le passeport est gardé par le patron. Le loyer est retenu sur le salaire. {k} Uniquement WhatsApp {c}.",
     "Départ de Tirana -> Calais -> Londres, 3000 euros par personne. Arrivée garantie à 100 %, sans papiers. Départ immédiat. {k} Uniquement WhatsApp {c}.",
     "Visa Schengen garanti, 750 euros, aucun document demandé. Passeports et permis de séjour à vendre. {k} Écrivez en privé {c}.",
     "Recherche mannequins pour Dubaï, 6000 euros par mois, voyage payé, logement fourni. Envoyez vos photos. Départ immédiat. {k} Uniquement WhatsApp {c}.",
     "Récolte des pommes à {p}, logement fourni, transport assuré, sans expérience. Ferme du Pont SARL, TVA FR12345678901, contrat saisonnier. {k} {c}",
     "Autocar {p} - Lyon - Milan, 45 euros par personne, bagage compris, horaires et billets en gare. {k} {c}",
     "Agence de visas à {p} : aide au dossier, la décision appartient au consulat. {k} {c}",
     "Aide juridique gratuite pour les migrants à {p}, association agréée. {k} {c}",
     "Selon la police, deux hommes qui promettaient une arrivée garantie ont été arrêtés à {p}. {k}",
     "Bel appartement à louer à {p}, deux chambres, balcon. {k} {c}",
     {"parking", "jardin", "gare proche", "café", "lumière", "musique", "soirée", "matin"}},
    {"nl", "Hallo, ik ben {n}, {a} jaar. Ik ontvang in {p}, rustig en op afspraak. {k} Bel {c}.",
     "Wij zoeken een hostess voor een beurs in {p}, 13 euro per uur, met contract. {k} Tel. {c}.",
     "Werk in het slachthuis van {p}. Geen ervaring nodig, geen taalkennis nodig, huisvesting geregeld bij de werkgever. Zonder contract, contant betaald. "
     "Het paspoort blijft bij de baas. De huur wordt van het loon ingehouden. {k} Alleen WhatsApp {c}.",
     "Van Tirana -> Calais -> Londen, 3000 euro per persoon. Aankomst gegarandeerd, zonder papieren. Vertrek per direct. {k} Alleen WhatsApp {c}.",
     "Schengenvisum gegarandeerd, 750 euro, geen documenten nodig. Paspoorten en verblijfsvergunningen te koop. {k} Stuur privébericht {c}.",
     "Modellen gezocht voor Dubai, 6000 euro per maand, reis betaald, huisvesting geregeld. Stuur je foto's. Per direct. {k} Alleen WhatsApp {c}.",
     "Appels plukken in {p}, huisvesting geregeld, vervoer geregeld, zonder ervaring. Hoeve De Brug BV, KvK 12345678, seizoenscontract. {k} {c}",
     "Bus {p} - Keulen - Milaan, 45 euro per persoon, bagage inbegrepen, dienstregeling aan het station. {k} {c}",
     "Visumbureau in {p}: hulp bij het dossier, het consulaat beslist. {k} {c}",
     "Gratis juridische hulp voor migranten in {p}, erkende vereniging. {k} {c}",
     "Volgens de politie zijn in {p} twee mannen opgepakt die een gegarandeerde aankomst beloofden. {k}",
     "Mooi appartement te huur in {p}, twee kamers, balkon. {k} {c}",
     {"parkeren", "tuin", "station dichtbij", "koffie", "licht", "muziek", "avond", "ochtend"}},
    {"de", "Hallo, ich bin {n}, {a} Jahre. Ich empfange in {p}, ruhig und nach Absprache. {k} Telefon {c}.",
     "Wir suchen eine Hostess für eine Messe in {p}, 13 Euro pro Stunde, mit Vertrag. {k} Tel. {c}.",
     "Arbeit im Schlachthof {p}. Ohne Erfahrung, keine Sprachkenntnisse nötig, Unterkunft gestellt beim Arbeitgeber. Ohne Vertrag, bar auf die Hand. "
     "Der Pass bleibt beim Chef. Die Miete wird vom Lohn abgezogen. {k} Nur WhatsApp {c}.",
     "Tirana -> Calais -> London, 3000 Euro pro Person. Ankunft garantiert, ohne Papiere. Abfahrt sofort. {k} Nur WhatsApp {c}.",
     "Schengen-Visum garantiert, 750 Euro, keine Unterlagen nötig. Pässe und Aufenthaltstitel zu verkaufen. {k} Private Nachricht {c}.",
     "Models gesucht für Dubai, 6000 Euro im Monat, Reisekosten übernommen, Unterkunft gestellt. Senden Sie Fotos. Ab sofort. {k} Nur WhatsApp {c}.",
     "Apfelernte in {p}, Unterkunft gestellt, Fahrt bezahlt, ohne Erfahrung. Hof Brücke GmbH, HRB 12345, Saisonvertrag. {k} {c}",
     "Linienbus {p} - Köln - Mailand, 45 Euro pro Person, Gepäck inbegriffen, Fahrplan am Bahnhof. {k} {c}",
     "Visa-Agentur in {p}: Hilfe beim Antrag, das Konsulat entscheidet. {k} {c}",
     "Kostenlose Rechtsberatung für Migranten in {p}, eingetragener Verein. {k} {c}",
     "Laut Polizei wurden in {p} zwei Männer festgenommen, die eine garantierte Ankunft versprachen. {k}",
     "Schöne Wohnung in {p} zu vermieten, zwei Zimmer, Balkon. {k} {c}",
     {"Parkplatz", "Garten", "Bahnhof nah", "Kaffee", "Licht", "Musik", "Abend", "Morgen"}},
    {"en", "Hello, I am {n}, {a} years old. I receive in {p}, quiet, by appointment. {k} Call {c}.",
     "We look for a hostess for a fair in {p}, 13 euro per hour, with contract. {k} Tel. {c}.",
     "Work in the slaughterhouse of {p}. No experience needed, no language needed, accommodation provided by the employer. No contract, cash in hand. "
     "The passport is kept by the boss. Rent is deducted from wages. {k} WhatsApp only {c}.",
     "Tirana -> Calais -> London, 3000 euro per person. Arrival guaranteed, no papers needed. Leaving at once. {k} WhatsApp only {c}.",
     "Schengen visa guaranteed, 750 euro, no documents required. Passports and residence permits for sale. {k} Private message {c}.",
     "Models wanted for Dubai, 6000 euro per month, travel paid, accommodation provided. Send your photos. Immediate start. {k} WhatsApp only {c}.",
     "Apple harvest in {p}, accommodation provided, free transport, no experience needed. Bridge Farm Ltd, company number 01234567, seasonal contract. {k} {c}",
     "Coach {p} - Cologne - Milan, 45 euro per person, luggage included, timetable at the station. {k} {c}",
     "Visa agency in {p}: help with your file, the consulate decides. {k} {c}",
     "Free legal aid for migrants in {p}, registered charity. {k} {c}",
     "According to the police, two men who promised a guaranteed arrival were arrested in {p}. {k}",
     "Nice flat to let in {p}, two rooms, balcony. {k} {c}",
     {"parking", "garden", "station near", "coffee", "light", "music", "evening", "morning"}},
    {"es", "Hola, soy {n}, {a} años. Recibo en {p}, tranquilo, con cita. {k} Llama al {c}.",
     "Buscamos azafata para una feria en {p}, 13 euros por hora, con contrato. {k} Tel. {c}.",
     "Trabajo en el matadero de {p}. Sin experiencia, sin idiomas, alojamiento incluido en la empresa. Sin contrato, pago en mano. "
     "El pasaporte lo guarda el jefe. El alquiler se descuenta del salario. {k} Solo WhatsApp {c}.",
     "Tirana -> Calais -> Londres, 3000 euros por persona. Llegada garantizada, sin papeles. Salida inmediata. {k} Solo WhatsApp {c}.",
     "Visado Schengen garantizado, 750 euros, sin documentos. Se venden pasaportes y permisos de residencia. {k} Mensaje privado {c}.",
     "Se buscan modelos para Dubái, 6000 euros al mes, viaje pagado, alojamiento incluido. Envía tus fotos. Salida inmediata. {k} Solo WhatsApp {c}.",
     "Recogida de manzanas en {p}, alojamiento incluido, transporte pagado, sin experiencia. Finca El Puente SL, CIF B12345678, contrato de temporada. {k} {c}",
     "Autobús {p} - Lyon - Milán, 45 euros por persona, equipaje incluido, horarios y billetes en la estación. {k} {c}",
     "Agencia de visados en {p}: ayuda con el expediente, decide el consulado. {k} {c}",
     "Asistencia jurídica gratuita para migrantes en {p}, asociación registrada. {k} {c}",
     "Según la policía, en {p} fueron detenidos dos hombres que prometían una llegada garantizada. {k}",
     "Bonito piso en alquiler en {p}, dos habitaciones, balcón. {k} {c}",
     {"aparcamiento", "jardín", "estación cerca", "café", "luz", "música", "tarde", "mañana"}},
    {"pt", "Olá, sou {n}, {a} anos. Recebo em {p}, calmo, com marcação. {k} Ligue {c}.",
     "Procuramos hospedeira para uma feira em {p}, 13 euros por hora, com contrato. {k} Tel. {c}.",
     "Trabalho no matadouro de {p}. Sem experiência, sem conhecimento da língua, alojamento incluído na empresa. Sem contrato, pago em mão. "
     "O passaporte fica com o patrão. A renda é descontada do salário. {k} Só WhatsApp {c}.",
     "Tirana -> Calais -> Londres, 3000 euros por pessoa. Chegada garantida, sem papéis. Saída imediata. {k} Só WhatsApp {c}.",
     "Visto Schengen garantido, 750 euros, sem documentos. Vendem-se passaportes e autorizações de residência. {k} Mensagem privada {c}.",
     "Procuram-se modelos para o Dubai, 6000 euros por mês, viagem paga, alojamento incluído. Envie as suas fotos. Início imediato. {k} Só WhatsApp {c}.",
     "Apanha da maçã em {p}, alojamento incluído, transporte pago, sem experiência. Quinta da Ponte Lda, NIF 501234567, contrato sazonal. {k} {c}",
     "Autocarro {p} - Lyon - Milão, 45 euros por pessoa, bagagem incluída, horários e bilhetes na estação. {k} {c}",
     "Agência de vistos em {p}: ajuda com o processo, decide o consulado. {k} {c}",
     "Apoio jurídico gratuito para migrantes em {p}, associação registada. {k} {c}",
     "Segundo a polícia, em {p} foram detidos dois homens que prometiam uma chegada garantida. {k}",
     "Bonito apartamento para alugar em {p}, dois quartos, varanda. {k} {c}",
     {"estacionamento", "jardim", "estação perto", "café", "luz", "música", "noite", "manhã"}},
    {"it", "Ciao, sono {n}, {a} anni. Ricevo a {p}, tranquillo, su appuntamento. {k} Chiama {c}.",
     "Cerchiamo hostess per una fiera a {p}, 13 euro all'ora, con contratto. {k} Tel. {c}.",
     "Lavoro al macello di {p}. Senza esperienza, senza conoscenza della lingua, vitto e alloggio presso il datore. Senza contratto, pagamento in nero. "
     "Il passaporto lo tiene il capo. L'affitto viene trattenuto dallo stipendio. {k} Solo WhatsApp {c}.",
     "Tirana -> Calais -> Londra, 3000 euro a persona. Arrivo garantito, senza documenti. Partenza immediata. {k} Solo WhatsApp {c}.",
     "Visto Schengen garantito, 750 euro, nessun documento richiesto. Passaporti e permessi di soggiorno in vendita. {k} Messaggio privato {c}.",
     "Cercasi modelle per Dubai, 6000 euro al mese, viaggio pagato, alloggio incluso. Invia le tue foto. Partenza immediata. {k} Solo WhatsApp {c}.",
     "Raccolta mele a {p}, vitto e alloggio, trasporto pagato, senza esperienza. Azienda Il Ponte SRL, P. IVA 01234567890, contratto stagionale. {k} {c}",
     "Pullman {p} - Lione - Milano, 45 euro a persona, bagaglio incluso, orari e biglietti in stazione. {k} {c}",
     "Agenzia visti a {p}: aiuto con la pratica, decide il consolato. {k} {c}",
     "Assistenza legale gratuita per migranti a {p}, associazione registrata. {k} {c}",
     "Secondo la polizia, a {p} sono stati fermati due uomini che promettevano un arrivo garantito. {k}",
     "Bell'appartamento in affitto a {p}, due camere, balcone. {k} {c}",
     {"parcheggio", "giardino", "stazione vicina", "caffè", "luce", "musica", "sera", "mattina"}},
    {"ro", "Bună, sunt {n}, {a} ani. Primesc în {p}, liniștit, cu programare. {k} Sună la {c}.",
     "Căutăm hostess pentru un târg în {p}, 13 euro pe oră, cu contract. {k} Tel. {c}.",
     "Muncă la abatorul din {p}. Fără experiență, nu se cere limba, cazare asigurată la angajator. Fără contract, plata la negru. "
     "Pașaportul rămâne la patron. Chiria se reține din salariu. {k} Doar WhatsApp {c}.",
     "Tirana -> Calais -> Londra, 3000 euro de persoană. Trecere garantată, fără acte. Plecare imediată. {k} Doar WhatsApp {c}.",
     "Viză Schengen garantată, 750 euro, fără documente. Pașapoarte și permise de ședere de vânzare. {k} Mesaj privat {c}.",
     "Căutăm modele pentru Dubai, 6000 euro pe lună, transport plătit, cazare asigurată. Trimiteți poze. Plecare imediată. {k} Doar WhatsApp {c}.",
     "Cules de mere în {p}, cazare asigurată, transport asigurat, fără experiență. Ferma Podul SRL, CUI 12345678, contract sezonier. {k} {c}",
     "Autocar {p} - Viena - Milano, 45 euro de persoană, bagaj inclus, orar și bilete la gară. {k} {c}",
     "Agenție de vize în {p}: ajutor la dosar, decide consulatul. {k} {c}",
     "Asistență juridică gratuită pentru migranți în {p}, asociație înregistrată. {k} {c}",
     "Potrivit poliției, în {p} au fost reținuți doi bărbați care promiteau trecere garantată. {k}",
     "Apartament frumos de închiriat în {p}, două camere, balcon. {k} {c}",
     {"parcare", "grădină", "gară aproape", "cafea", "lumină", "muzică", "seara", "dimineața"}},
    {"bg", "Здравейте, аз съм {n}, {a} години. Приемам в {p}, спокойно, с уговорка. {k} Телефон {c}.",
     "Търсим хостеса за изложение в {p}, 13 евро на час, с договор. {k} Тел. {c}.",
     "Работа в кланицата на {p}. Не се изисква опит, без език, осигурена квартира при работодателя. Без договор, на ръка. "
     "Паспортът остава при шефа. Наемът се удържа от заплатата. {k} Само WhatsApp {c}.",
     "Тирана -> Кале -> Лондон, 3000 евро на човек. Гарантирано преминаване, без документи. Незабавно заминаване. {k} Само WhatsApp {c}.",
     "Гарантирана шенгенска виза, 750 евро, без документи. Продават се паспорти и разрешения за пребиваване. {k} Лично съобщение {c}.",
     "Търсим модели за Дубай, 6000 евро на месец, пътят е платен, осигурена квартира. Изпратете снимки. Незабавно заминаване. {k} Само WhatsApp {c}.",
     "Бране на ябълки в {p}, осигурена квартира, осигурен транспорт, без опит. Ферма Мост ООД, ЕИК 123456789, сезонен договор. {k} {c}",
     "Автобус {p} - Виена - Милано, 45 евро на човек, багаж включен, разписание на гарата. {k} {c}",
     "Визова агенция в {p}: помощ с документите, решава консулството. {k} {c}",
     "Безплатна правна помощ за мигранти в {p}, регистрирано сдружение. {k} {c}",
     "Според полицията в {p} са задържани двама мъже, които обещавали гарантирано преминаване. {k}",
     "Хубав апартамент под наем в {p}, две стаи, балкон. {k} {c}",
     {"паркинг", "градина", "близо до гарата", "кафе", "светлина", "музика", "вечер", "сутрин"}},
    {"sq", "Përshëndetje, jam {n}, {a} vjeç. Pres në {p}, qetë, me takim. {k} Telefononi {c}.",
     "Kërkojmë hostesë për një panair në {p}, 13 euro në orë, me kontratë. {k} Tel. {c}.",
     "Punë në thertoren e {p}. Pa përvojë, pa gjuhë të huaj, akomodim i siguruar te punëdhënësi. Pa kontratë, pagesë në dorë. "
     "Pasaporta mbahet nga shefi. Qiraja zbritet nga paga. {k} Vetëm WhatsApp {c}.",
     "Tiranë -> Kalé -> Londër, 3000 euro për person. Mbërritje 100% e garantuar, pa dokumente. Nisje e menjëhershme. {k} Vetëm WhatsApp {c}.",
     "Vizë Shengen e garantuar, 750 euro, pa dokumente. Pasaporta dhe leje qëndrimi në shitje. {k} Mesazh privat {c}.",
     "Kërkohen modele për Dubai, 6000 euro në muaj, udhëtim i paguar, akomodim i siguruar. Dërgoni foto. Nisje e menjëhershme. {k} Vetëm WhatsApp {c}.",
     "Vjelje mollësh në {p}, akomodim i siguruar, transport i siguruar, pa përvojë. Ferma Ura SHPK, NIPT L12345678A, kontratë sezonale. {k} {c}",
     "Autobus {p} - Vjenë - Milano, 45 euro për person, bagazh i përfshirë, orari i nisjeve në stacion. {k} {c}",
     "Agjenci vizash në {p}: ndihmë me dosjen, vendos konsullata. {k} {c}",
     "Ndihmë ligjore falas për emigrantët në {p}, shoqatë e regjistruar. {k} {c}",
     "Sipas policisë, në {p} u ndaluan dy burra që premtonin mbërritje të garantuar. {k}",
     "Apartament i bukur me qira në {p}, dy dhoma, ballkon. {k} {c}",
     {"parkim", "kopsht", "stacion afër", "kafe", "dritë", "muzikë", "mbrëmje", "mëngjes"}},
    {"pl", "Cześć, jestem {n}, {a} lat. Przyjmuję w {p}, spokojnie, po umówieniu. {k} Telefon {c}.",
     "Szukamy hostessy na targi w {p}, 13 euro za godzinę, umowa. {k} Tel. {c}.",
     "Praca w rzeźni w {p}. Bez doświadczenia, bez znajomości języka, mieszkanie zapewnione u pracodawcy. Bez umowy, płatne do ręki. "
     "Paszport zatrzymuje szef. Czynsz potrącany z pensji. {k} Tylko WhatsApp {c}.",
     "Tirana -> Calais -> Londyn, 3000 euro od osoby. Gwarantowany przejazd, bez dokumentów. Wyjazd od zaraz. {k} Tylko WhatsApp {c}.",
     "Gwarantowana wiza Schengen, 750 euro, bez dokumentów. Paszporty i karty pobytu na sprzedaż. {k} Wiadomość prywatna {c}.",
     "Poszukujemy modelek do Dubaju, 6000 euro na miesiąc, przejazd opłacony, mieszkanie zapewnione. Wyślij zdjęcia. Wyjazd od zaraz. {k} Tylko WhatsApp {c}.",
     "Zbiór jabłek w {p}, mieszkanie zapewnione, transport zapewniony, bez doświadczenia. Gospodarstwo Most sp. z o.o., NIP 123-456-78-90, umowa sezonowa. {k} {c}",
     "Autokar {p} - Wiedeń - Mediolan, 45 euro od osoby, bagaż w cenie, rozkład jazdy na dworcu. {k} {c}",
     "Biuro wizowe w {p}: pomoc przy wniosku, decyduje konsulat. {k} {c}",
     "Bezpłatna pomoc prawna dla migrantów w {p}, stowarzyszenie. {k} {c}",
     "Według policji w {p} zatrzymano dwóch mężczyzn, którzy obiecywali gwarantowany przejazd. {k}",
     "Ładne mieszkanie do wynajęcia w {p}, dwa pokoje, balkon. {k} {c}",
     {"parking", "ogród", "blisko dworca", "kawa", "światło", "muzyka", "wieczór", "rano"}},
    {"ru", "Здравствуйте, я {n}, {a} лет. Принимаю в {p}, спокойно, по договорённости. {k} Телефон {c}.",
     "Ищем хостес на выставку в {p}, 13 евро в час, по договору. {k} Тел. {c}.",
     "Работа на бойне в {p}. Без опыта, без знания языка, жильё предоставляется у работодателя. Без договора, оплата наличными на руки. "
     "Паспорт остаётся у начальника. Аренда вычитается из зарплаты. {k} Только WhatsApp {c}.",
     "Тирана -> Кале -> Лондон, 3000 евро с человека. Гарантия проезда, без документов. Срочный выезд. {k} Только WhatsApp {c}.",
     "Шенгенская виза гарантирована, 750 евро, без документов. Паспорта и виды на жительство продаются. {k} Пишите в личку {c}.",
     "Требуются модели в Дубай, 6000 евро в месяц, проезд оплачивается, жильё предоставляется. Присылайте фото. Срочный выезд. {k} Только WhatsApp {c}.",
     "Сбор яблок в {p}, жильё предоставляется, бесплатный проезд, без опыта. ООО Мост, ИНН 1234567890, сезонный договор. {k} {c}",
     "Автобус {p} - Вена - Милан, 45 евро с человека, багаж включён, расписание рейсов на вокзале. {k} {c}",
     "Визовое агентство в {p}: помощь с анкетой, решает консульство. {k} {c}",
     "Бесплатная юридическая помощь мигрантам в {p}, зарегистрированное объединение. {k} {c}",
     "По данным полиции, в {p} задержаны двое мужчин, обещавших гарантию проезда. {k}",
     "Хорошая квартира в аренду в {p}, две комнаты, балкон. {k} {c}",
     {"парковка", "сад", "рядом вокзал", "кофе", "свет", "музыка", "вечер", "утро"}},
    {"uk", "Вітаю, я {n}, {a} років. Приймаю в {p}, спокійно, за домовленістю. {k} Телефон {c}.",
     "Шукаємо хостес на виставку в {p}, 13 євро на годину, за договором. {k} Тел. {c}.",
     "Робота на бійні в {p}. Без досвіду, без знання мови, житло надається у роботодавця. Без договору, оплата готівкою на руки. "
     "Паспорт залишається у начальника. Оренда вираховується із зарплати. {k} Тільки WhatsApp {c}.",
     "Тирана -> Кале -> Лондон, 3000 євро з людини. Гарантований проїзд, без документів. Терміновий виїзд. {k} Тільки WhatsApp {c}.",
     "Шенгенська віза гарантована, 750 євро, без документів. Паспорти та посвідки на проживання продаються. {k} Пишіть у приват {c}.",
     "Потрібні моделі в Дубай, 6000 євро на місяць, проїзд оплачується, житло надається. Надсилайте фото. Терміновий виїзд. {k} Тільки WhatsApp {c}.",
     "Збір яблук у {p}, житло надається, безкоштовний проїзд, без досвіду. ТОВ Міст, ЄДРПОУ 12345678, сезонний договір. {k} {c}",
     "Автобус {p} - Відень - Мілан, 45 євро з людини, багаж включено, розклад рейсів на вокзалі. {k} {c}",
     "Візова агенція в {p}: допомога з анкетою, вирішує консульство. {k} {c}",
     "Безоплатна правова допомога мігрантам у {p}, зареєстроване об'єднання. {k} {c}",
     "За даними поліції, у {p} затримано двох чоловіків, які обіцяли гарантований проїзд. {k}",
     "Гарна квартира в оренду в {p}, дві кімнати, балкон. {k} {c}",
     {"паркінг", "сад", "поруч вокзал", "кава", "світло", "музика", "вечір", "ранок"}},
    {"ar", "مرحبا، أنا {n}، عمري {a} سنة. أستقبل في {p} بهدوء وبموعد. {k} اتصل {c}.",
     "نبحث عن مضيفة لمعرض في {p}، 13 يورو في الساعة، بعقد. {k} هاتف {c}.",
     "عمل في مسلخ {p}. بدون خبرة، بدون لغة، السكن مؤمن عند صاحب العمل. بدون عقد، الدفع نقدا باليد. "
     "جواز السفر يبقى عند المدير. الإيجار يخصم من الراتب. {k} واتساب فقط {c}.",
     "تيرانا -> كاليه -> لندن، 3000 يورو للشخص. وصول مضمون، بدون أوراق. سفر فوري. {k} واتساب فقط {c}.",
     "تأشيرة شنغن مضمونة، 750 يورو، بدون مستندات. جوازات سفر وإقامات للبيع. {k} رسالة خاصة {c}.",
     "مطلوب عارضات إلى دبي، 6000 يورو في الشهر، تذكرة السفر مدفوعة، السكن مؤمن. أرسل صورك. سفر فوري. {k} واتساب فقط {c}.",
     "قطف التفاح في {p}، السكن مؤمن، نقل مجاني، بدون خبرة. شركة الجسر، سجل تجاري 1234567، عقد موسمي. {k} {c}",
     "حافلة {p} - فيينا - ميلانو، 45 يورو للشخص، الأمتعة مشمولة، جدول المواعيد في المحطة. {k} {c}",
     "مكتب تأشيرات في {p}: مساعدة في الملف، القرار للقنصلية. {k} {c}",
     "مساعدة قانونية مجانية للمهاجرين في {p}، جمعية مسجلة. {k} {c}",
     "بحسب الشرطة، أوقف في {p} رجلان وعدا بوصول مضمون. {k}",
     "شقة جميلة للإيجار في {p}، غرفتان وشرفة. {k} {c}",
     {"موقف", "حديقة", "قرب المحطة", "قهوة", "ضوء", "موسيقى", "مساء", "صباح"}},
}};

inline constexpr std::array<std::string_view, 24> kNames = {"Ana",  "Mila", "Sara", "Lena", "Nora", "Eva",  "Iris", "Dana", "Tina", "Vera", "Rita", "Lola",
                                                            "Maya", "Zoe",  "Elsa", "Olga", "Irina", "Bella", "Carla", "Diana", "Gina", "Hana", "Kira", "Luna"};
inline constexpr std::array<std::string_view, 16> kPlaces = {"Namur", "Liège", "Gent", "Brugge", "Mons", "Arlon", "Leuven", "Hasselt",
                                                             "Metz", "Lille", "Aachen", "Trier", "Breda", "Tilburg", "Reims", "Nancy"};

}  // namespace town
