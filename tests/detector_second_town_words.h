#pragma once

#include <array>
#include <string_view>

/// What the advertisers of a second invented town write: other trades, other words, other look-alikes than the first.
/// Written from the paragraphs of domain.md without a look at the rules or at the first town's words. {n} name, {a} age,
/// {p} place, {c} contact, {k} words of chance. The order of the languages is that of town::kTongues.
namespace second_town {

struct Models {
  std::string_view debt;      // building site: the fee is worked off, papers stay with the foreman
  std::string_view road;      // by van over several borders, paid in halves
  std::string_view shoots;    // photo shoots abroad, too well paid, secret
  std::string_view household;  // live-in housework without a day off
  std::string_view marriage;  // residence by arranged marriage, papers ready-made
  std::string_view service;   // one adult's own ad
  std::string_view bar;       // an ordinary bar job
  std::string_view union_aid;  // a union warns and helps
  std::string_view ride;      // a shared ride
  std::string_view hotel;     // an honest hotel with lawful deduction of rent
  std::string_view school;    // a language school that explains student visas
  std::string_view extras;    // an honest casting
  std::string_view court;     // a court report
};

inline constexpr std::array<Models, 14> kModels = {{
    {"Manœuvres pour chantier à {p}. Nous avançons le billet et les frais, vous remboursez chaque mois sur la paie. Vos papiers restent chez le chef d'équipe. Douze heures par jour, six jours "
     "sur sept. On dort sur le chantier. Payé de la main à la main. La langue n'est pas utile. {k} Telegram seulement : {c}",
     "Fourgon chaque semaine Sofia - Belgrade - Vienne - {p}. 4500 € par tête, moitié au départ, moitié à l'arrivée. Passeport pas nécessaire, passage assuré. {k} En privé seulement {c}",
     "Filles pour séances photo à l'étranger, 9000 € par mois, avion et appartement offerts, débutantes bienvenues. Envoyez trois photos aujourd'hui, dernières places, n'en parlez à personne. {k} Telegram {c}",
     "Famille cherche bonne logée sur place à {p}, du matin au soir, sans jour de repos. Un visa de tourisme suffit. Vos documents seront conservés par la famille. Premier salaire après six mois, pas "
     "de contrat écrit, le billet se rembourse. {k} WhatsApp uniquement {c}",
     "Mariage avec citoyen européen pour les papiers, 8000 € tout compris. Titre de séjour et permis de conduire authentiques, sans examen, sans se déplacer. {k} Message privé {c}",
     "Coucou, moi c'est {n}, j'ai {a} ans, je vous accueille dans mon studio de {p}. {k} Tél {c}.",
     "Bar à {p} cherche serveuse le week-end, 14 € de l'heure, contrat étudiant. {k} {c}",
     "Votre patron garde votre passeport ? C'est interdit. Le syndicat de {p} vous aide gratuitement à récupérer salaire et documents. {k} {c}",
     "Je pars vendredi de {p} vers Genève puis Turin, trois places libres, 30 € par personne, petit bagage. {k} {c}",
     "Hôtel du Lac SA à {p} cherche femmes et valets de chambre pour la saison. Chambre possible, 150 € retenus sur le salaire selon la convention. Contrat écrit, débutants acceptés. BCE 0123.456.789. {k} {c}",
     "École de français à {p} : cours intensifs, attestation pour le visa d'études ; seul le consulat décide. {k} {c}",
     "Agence Lumière SPRL, agréée, cherche figurants à {p}, 110 € par jour selon la convention. Présentez votre carte d'identité le jour de l'inscription. {k} {c}",
     "Le tribunal de {p} a condamné un chauffeur qui demandait 4000 euros par personne pour passer en Angleterre sans papiers. {k}"},
    {"Bouwvakkers voor werf in {p}. Wij schieten ticket en kosten voor, je betaalt elke maand terug van je loon. Je papieren blijven bij de ploegbaas. Twaalf uur per dag, zes dagen op zeven. Slapen "
     "op de werf. Zwart betaald. De taal spreken hoeft niet. {k} Enkel Telegram: {c}",
     "Busje elke week Sofia - Belgrado - Wenen - {p}. 4500 € per hoofd, de helft bij vertrek, de helft bij aankomst. Paspoort niet nodig, je komt er zeker. {k} Alleen privébericht {c}",
     "Meisjes voor fotoshoots in het buitenland, 9000 € per maand, vlucht en appartement gratis, beginners welkom. Stuur vandaag drie foto's, laatste plaatsen, vertel het aan niemand. {k} Telegram {c}",
     "Gezin zoekt inwonende huishoudster in {p}, van 's morgens tot 's avonds, zonder vrije dag. Een toeristenvisum volstaat. Je documenten worden door het gezin bewaard. Eerste loon na zes maanden, geen "
     "schriftelijk contract, het ticket betaal je terug. {k} Alleen WhatsApp {c}",
     "Huwelijk met EU-burger voor de papieren, 8000 € alles inbegrepen. Echte verblijfskaart en rijbewijs, zonder examen, zonder langs te komen. {k} Privébericht {c}",
     "Hoi, ik ben {n}, {a} jaar, en ik verwelkom je in mijn studio in {p}. {k} Tel {c}.",
     "Café in {p} zoekt serveerster voor het weekend, 14 € per uur, studentencontract. {k} {c}",
     "Houdt je baas je paspoort bij? Dat is verboden. De vakbond van {p} helpt je gratis om loon en documenten terug te krijgen. {k} {c}",
     "Ik rijd vrijdag van {p} naar Genève en dan Turijn, drie plaatsen vrij, 30 € per persoon, kleine bagage. {k} {c}",
     "Hotel Aan Het Meer NV in {p} zoekt kamermeisjes en -jongens voor het seizoen. Kamer mogelijk, 150 € wordt volgens de cao van het loon ingehouden. Schriftelijk contract, ervaring niet vereist. KBO "
     "0123.456.789. {k} {c}",
     "Taalschool in {p}: intensieve lessen, attest voor het studentenvisum; alleen het consulaat beslist. {k} {c}",
     "Castingbureau Licht BV, erkend, zoekt figuranten in {p}, 110 € per dag volgens cao. Breng op de dag van inschrijving je identiteitskaart mee. {k} {c}",
     "De rechtbank van {p} veroordeelde een chauffeur die 4000 euro per persoon vroeg om zonder papieren naar Engeland te geraken. {k}"},
    {"Bauhelfer für Baustelle in {p}. Wir strecken Ticket und Gebühren vor, ihr zahlt es monatlich vom Lohn zurück. Eure Papiere bleiben beim Vorarbeiter. Zwölf Stunden am Tag, sechs Tage die Woche. "
     "Geschlafen wird auf der Baustelle. Schwarz bezahlt. Deutsch muss niemand können. {k} Nur Telegram: {c}",
     "Transporter jede Woche Sofia - Belgrad - Wien - {p}. 4500 € pro Kopf, Hälfte bei Abfahrt, Hälfte bei Ankunft. Pass nicht nötig, ihr kommt sicher durch. {k} Nur privat schreiben {c}",
     "Mädchen für Fotoshootings im Ausland, 9000 € im Monat, Flug und Wohnung geschenkt, Anfängerinnen willkommen. Schick heute drei Fotos, letzte Plätze, sag es niemandem. {k} Telegram {c}",
     "Familie sucht Haushälterin, die im Haus wohnt, in {p}, von früh bis spät, ohne freien Tag. Touristenvisum genügt. Deine Dokumente verwahrt die Familie. Erster Lohn nach sechs Monaten, kein "
     "schriftlicher Vertrag, das Ticket wird abgearbeitet. {k} Ausschließlich WhatsApp {c}",
     "Heirat mit EU-Bürger wegen der Papiere, 8000 € alles inklusive. Echte Aufenthaltskarte und Führerschein, ohne Prüfung, ohne persönliches Erscheinen. {k} Privatnachricht {c}",
     "Hi, ich heiße {n}, bin {a} und begrüße dich in meinem Studio in {p}. {k} Tel {c}.",
     "Bar in {p} sucht Bedienung fürs Wochenende, 14 € die Stunde, Minijobvertrag. {k} {c}",
     "Behält dein Chef deinen Pass? Das ist verboten. Die Gewerkschaft in {p} hilft kostenlos, Lohn und Dokumente zurückzubekommen. {k} {c}",
     "Fahre Freitag von {p} über Genf nach Turin, drei Plätze frei, 30 € pro Person, kleines Gepäck. {k} {c}",
     "Hotel am See GmbH in {p} sucht Zimmermädchen und Zimmerjungen für die Saison. Zimmer möglich, 150 € werden laut Tarif vom Lohn einbehalten. Schriftlicher Vertrag, Quereinsteiger willkommen. HRB 12345. {k} {c}",
     "Sprachschule in {p}: Intensivkurse, Bescheinigung für das Studentenvisum; allein das Konsulat entscheidet. {k} {c}",
     "Castingagentur Licht GmbH sucht Komparsen in {p}, 110 € am Tag nach Tarif. Bitte am Tag der Anmeldung den Ausweis mitbringen. {k} {c}",
     "Das Landgericht {p} verurteilte einen Fahrer, der 4000 Euro pro Person für die Fahrt nach England ohne Papiere verlangte. {k}"},
    {"Labourers for a building site in {p}. We advance your ticket and fees, you pay it back every month out of your wages. Your papers stay with the foreman. Twelve hours a day, six days a week. You "
     "sleep on site. Paid in hand, no questions. You do not have to speak the language. {k} Telegram only: {c}",
     "Van every week Sofia - Belgrade - Vienna - {p}. 4500 € a head, half when we leave, half when you arrive. No passport required, you will get through. {k} DM only {c}",
     "Girls for photo shoots abroad, 9000 € a month, flight and flat on us, beginners welcome. Send three pictures today, last places, do not tell anyone. {k} Telegram {c}",
     "Family seeks live-in housekeeper in {p}, from morning till night, no day off. A tourist visa is enough. Your documents are kept by the family. First wage after six months, no written contract, you "
     "work off the ticket. {k} WhatsApp only {c}",
     "Marriage with an EU citizen for papers, 8000 € all in. Genuine residence card and driving licence, no exam, no need to appear. {k} Private message {c}",
     "Hi, my name is {n}, I am {a} and I welcome you to my studio in {p}. {k} Tel {c}.",
     "Bar in {p} looks for weekend waiting staff, 14 € an hour, part-time contract. {k} {c}",
     "Is your boss keeping your passport? That is against the law. The union in {p} helps you free of charge to get back wages and documents. {k} {c}",
     "Driving on Friday from {p} to Geneva and Turin, three seats, 30 € per person, small bags. {k} {c}",
     "Lake Hotel Ltd in {p} seeks room attendants for the season. Room available, 150 € is deducted from wages within the legal limit. Written contract, training given. Company number 01234567. {k} {c}",
     "Language school in {p}: intensive courses, letter for the student visa; the consulate alone decides. {k} {c}",
     "Light Casting Ltd, licensed, looks for extras in {p}, 110 € a day by agreement. Please bring your identity card on the day of registration. {k} {c}",
     "The court in {p} sentenced a driver who asked 4000 euros per person for the journey to England without papers. {k}"},
    {"Peones para obra en {p}. Adelantamos el billete y los gastos, lo devuelves cada mes de tu sueldo. Tus papeles se quedan con el capataz. Doce horas al día, seis días a la semana. Se duerme en la obra. "
     "Pago en negro. No hace falta hablar el idioma. {k} Solo Telegram: {c}",
     "Furgoneta cada semana Sofía - Belgrado - Viena - {p}. 4500 € por cabeza, mitad al salir, mitad al llegar. Sin pasaporte, llegas seguro. {k} Solo por privado {c}",
     "Chicas para sesiones de fotos en el extranjero, 9000 € al mes, vuelo y piso gratis, principiantes bienvenidas. Manda hoy tres fotos, últimas plazas, no se lo cuentes a nadie. {k} Telegram {c}",
     "Familia busca interna en {p}, de la mañana a la noche, sin día libre. Basta el visado de turista. Tus documentos los guarda la familia. Primer sueldo a los seis meses, sin contrato escrito, el billete "
     "se paga trabajando. {k} Únicamente WhatsApp {c}",
     "Matrimonio con ciudadano europeo para los papeles, 8000 € todo incluido. Tarjeta de residencia y carné de conducir auténticos, sin examen, sin presentarse. {k} Mensaje privado {c}",
     "Hola, me llamo {n}, tengo {a} años y te recibo en mi estudio de {p}. {k} Tel {c}.",
     "Bar de {p} busca camarera de fin de semana, 14 € la hora, contrato a tiempo parcial. {k} {c}",
     "¿Tu jefe te guarda el pasaporte? Está prohibido. El sindicato de {p} te ayuda gratis a recuperar sueldo y documentos. {k} {c}",
     "Salgo el viernes de {p} a Ginebra y Turín, tres plazas, 30 € por persona, equipaje pequeño. {k} {c}",
     "Hotel del Lago SL en {p} busca camareras y mozos de piso para la temporada. Habitación posible, se descuentan 150 € del sueldo según convenio. Contrato por escrito, formación a cargo. CIF B12345678. {k} {c}",
     "Escuela de idiomas en {p}: cursos intensivos, carta para el visado de estudios; solo decide el consulado. {k} {c}",
     "Agencia Luz SL, registrada, busca figurantes en {p}, 110 € al día según convenio. Traiga su documento de identidad el día de la inscripción. {k} {c}",
     "La audiencia de {p} condenó a un conductor que pedía 4000 euros por persona para llegar a Inglaterra sin papeles. {k}"},
    {"Serventes para obra em {p}. Adiantamos o bilhete e as despesas, devolves todos os meses do teu ordenado. Os teus papéis ficam com o encarregado. Doze horas por dia, seis dias por semana. Dorme-se na "
     "obra. Pago por fora. Não é preciso falar a língua. {k} Só Telegram: {c}",
     "Carrinha todas as semanas Sófia - Belgrado - Viena - {p}. 4500 € por cabeça, metade à saída, metade à chegada. Sem passaporte, chegas de certeza. {k} Só por mensagem privada {c}",
     "Raparigas para sessões fotográficas no estrangeiro, 9000 € por mês, voo e casa oferecidos, principiantes bem-vindas. Manda hoje três fotos, últimas vagas, não contes a ninguém. {k} Telegram {c}",
     "Família procura empregada interna em {p}, de manhã à noite, sem folga. Basta o visto de turista. Os teus documentos ficam guardados pela família. Primeiro ordenado ao fim de seis meses, sem contrato "
     "escrito, o bilhete paga-se com trabalho. {k} Apenas WhatsApp {c}",
     "Casamento com cidadão europeu para os papéis, 8000 € tudo incluído. Cartão de residência e carta de condução verdadeiros, sem exame, sem comparecer. {k} Mensagem privada {c}",
     "Olá, chamo-me {n}, tenho {a} anos e recebo-te no meu estúdio em {p}. {k} Tel {c}.",
     "Bar em {p} procura empregada de mesa ao fim de semana, 14 € à hora, contrato a tempo parcial. {k} {c}",
     "O teu patrão guarda o teu passaporte? É proibido. O sindicato de {p} ajuda-te de graça a recuperar salário e documentos. {k} {c}",
     "Vou sexta-feira de {p} para Genebra e Turim, três lugares, 30 € por pessoa, bagagem pequena. {k} {c}",
     "Hotel do Lago Lda em {p} procura empregados de andares para a época. Quarto possível, são descontados 150 € no salário segundo a lei. Contrato escrito, damos formação. NIPC 501234567. {k} {c}",
     "Escola de línguas em {p}: cursos intensivos, carta para o visto de estudante; só o consulado decide. {k} {c}",
     "Agência Luz Lda, registada, procura figurantes em {p}, 110 € por dia segundo o contrato coletivo. Traga o cartão de cidadão no dia da inscrição. {k} {c}",
     "O tribunal de {p} condenou um motorista que pedia 4000 euros por pessoa para chegar a Inglaterra sem papéis. {k}"},
    {"Manovali per cantiere a {p}. Anticipiamo biglietto e spese, li restituisci ogni mese dalla paga. I tuoi documenti restano al caposquadra. Dodici ore al giorno, sei giorni su sette. Si dorme in cantiere. "
     "Pagamento in nero. Non serve sapere la lingua. {k} Soltanto Telegram: {c}",
     "Furgone ogni settimana Sofia - Belgrado - Vienna - {p}. 4500 € a testa, metà alla partenza, metà all'arrivo. Il passaporto non serve, si passa di sicuro. {k} Solo in privato {c}",
     "Ragazze per servizi fotografici all'estero, 9000 € al mese, volo e appartamento offerti, anche alle prime armi. Manda oggi tre foto, ultimi posti, non dirlo a nessuno. {k} Telegram {c}",
     "Famiglia cerca domestica fissa a {p}, dalla mattina alla sera, senza giorno libero. Basta il visto turistico. I tuoi documenti li tiene la famiglia. Primo stipendio dopo sei mesi, senza contratto scritto, "
     "il biglietto si ripaga lavorando. {k} Esclusivamente WhatsApp {c}",
     "Matrimonio con cittadino europeo per i documenti, 8000 € tutto compreso. Permesso di soggiorno e patente autentici, senza esame, senza presentarsi. {k} Messaggio privato {c}",
     "Ciao, mi chiamo {n}, ho {a} anni e ti accolgo nel mio studio a {p}. {k} Tel {c}.",
     "Bar a {p} cerca cameriera per il fine settimana, 14 € l'ora, contratto part-time. {k} {c}",
     "Il tuo datore trattiene il tuo passaporto? È vietato. Il sindacato di {p} ti aiuta gratis a riavere paga e documenti. {k} {c}",
     "Venerdì parto da {p} per Ginevra e Torino, tre posti, 30 € a persona, bagaglio piccolo. {k} {c}",
     "Hotel del Lago Srl a {p} cerca personale ai piani per la stagione. Camera disponibile, 150 € trattenuti in busta paga come da contratto nazionale. Contratto scritto, si valuta prima esperienza. P. IVA "
     "01234567890. {k} {c}",
     "Scuola di lingue a {p}: corsi intensivi, lettera per il visto di studio; decide solo il consolato. {k} {c}",
     "Agenzia Luce Srl, autorizzata, cerca comparse a {p}, 110 € al giorno da contratto. Portare la carta d'identità il giorno dell'iscrizione. {k} {c}",
     "Il tribunale di {p} ha condannato un autista che chiedeva 4000 euro a persona per arrivare in Inghilterra senza documenti. {k}"},
    {"Muncitori necalificați pentru șantier în {p}. Noi plătim biletul și taxele, le dai înapoi lunar din salariu. Actele tale rămân la șeful de echipă. Douăsprezece ore pe zi, șase zile pe săptămână. Se doarme "
     "pe șantier. Plata la negru. Nu trebuie să știi limba. {k} Numai pe Telegram: {c}",
     "Dubă în fiecare săptămână Sofia - Belgrad - Viena - {p}. 4500 € de cap, jumătate la plecare, jumătate la sosire. Nu-ți trebuie pașaport, treci sigur. {k} Numai în privat {c}",
     "Fete pentru ședințe foto în străinătate, 9000 € pe lună, avion și apartament din partea noastră, fără experiență acceptăm. Trimite azi trei poze, ultimele locuri, nu spune nimănui. {k} Telegram {c}",
     "Familie caută menajeră internă în {p}, de dimineața până seara, fără zi liberă. E destulă viza de turist. Documentele tale le păstrează familia. Primul salariu după șase luni, fără contract scris, biletul "
     "se plătește prin muncă. {k} Exclusiv WhatsApp {c}",
     "Căsătorie cu cetățean UE pentru acte, 8000 € totul inclus. Permis de ședere și permis auto originale, fără examen, fără prezență. {k} Mesaj privat {c}",
     "Bună, mă numesc {n}, am {a} ani și te primesc în studioul meu din {p}. {k} Tel {c}.",
     "Bar din {p} caută ospătăriță în weekend, 14 € pe oră, contract part-time. {k} {c}",
     "Patronul îți ține pașaportul? Este interzis. Sindicatul din {p} te ajută gratuit să îți recuperezi salariul și actele. {k} {c}",
     "Plec vineri din {p} spre Geneva și Torino, trei locuri, 30 € de persoană, bagaj mic. {k} {c}",
     "Hotel Lacul SRL din {p} angajează cameriste pentru sezon. Cameră la cerere, 150 € reținuți din salariu conform legii. Contract scris, oferim instruire. CUI 12345678. {k} {c}",
     "Școală de limbi în {p}: cursuri intensive, adeverință pentru viza de studii; doar consulatul decide. {k} {c}",
     "Agenția Lumina SRL, autorizată, caută figuranți în {p}, 110 € pe zi conform contractului. Aduceți cartea de identitate în ziua înscrierii. {k} {c}",
     "Tribunalul din {p} a condamnat un șofer care cerea 4000 de euro de persoană pentru a ajunge în Anglia fără acte. {k}"},
    {"Общи работници за строеж в {p}. Ние плащаме билета и таксите, връщаш ги всеки месец от заплатата. Документите ти остават при бригадира. Дванадесет часа на ден, шест дни в седмицата. Спи се на обекта. "
     "Плащане на ръка без договор. Не е нужно да знаеш езика. {k} Само Telegram: {c}",
     "Бус всяка седмица София - Белград - Виена - {p}. 4500 € на човек, половината при тръгване, половината при пристигане. Без паспорт, минаваш сигурно. {k} Само на лично {c}",
     "Момичета за фотосесии в чужбина, 9000 € на месец, самолет и квартира от нас, може и без опит. Прати днес три снимки, последни места, не казвай на никого. {k} Telegram {c}",
     "Семейство търси домашна помощница с живеене в {p}, от сутрин до вечер, без почивен ден. Стига туристическа виза. Документите ти се пазят от семейството. Първа заплата след шест месеца, без писмен договор, "
     "билетът се отработва. {k} Единствено WhatsApp {c}",
     "Брак с гражданин на ЕС за документи, 8000 € всичко включено. Истинска карта за пребиваване и шофьорска книжка, без изпит, без явяване. {k} Лично съобщение {c}",
     "Здравей, казвам се {n}, на {a} години съм и те приемам в моето студио в {p}. {k} Тел {c}.",
     "Бар в {p} търси сервитьорка за уикенда, 14 € на час, трудов договор. {k} {c}",
     "Шефът ти държи паспорта? Това е забранено. Синдикатът в {p} помага безплатно да си върнеш заплатата и документите. {k} {c}",
     "Пътувам в петък от {p} за Женева и Торино, три места, 30 € на човек, малък багаж. {k} {c}",
     "Хотел Езеро ЕООД в {p} търси камериерки за сезона. Възможна стая, 150 € се удържат от заплатата по закон. Писмен договор, обучаваме. ЕИК 123456789. {k} {c}",
     "Езикова школа в {p}: интензивни курсове, писмо за студентска виза; решава само консулството. {k} {c}",
     "Агенция Светлина ООД, лицензирана, търси статисти в {p}, 110 € на ден по договор. Носете личната си карта в деня на записването. {k} {c}",
     "Съдът в {p} осъди шофьор, който искал 4000 евро на човек за път до Англия без документи. {k}"},
    {"Punëtorë për kantier në {p}. Ne paguajmë biletën dhe shpenzimet, ti i kthen çdo muaj nga rroga. Dokumentet e tua mbeten te përgjegjësi. Dymbëdhjetë orë në ditë, gjashtë ditë në javë. Flihet në kantier. "
     "Pagesë në dorë, pa kontratë. Nuk ka nevojë të dish gjuhën. {k} Vetëm Telegram: {c}",
     "Furgon çdo javë Sofje - Beograd - Vjenë - {p}. 4500 € për kokë, gjysma në nisje, gjysma në mbërritje. Pa pasaportë, kalon me siguri. {k} Vetëm në privat {c}",
     "Vajza për fotografim jashtë shtetit, 9000 € në muaj, avioni dhe apartamenti nga ne, edhe pa eksperiencë. Dërgo sot tri foto, vendet e fundit, mos i trego askujt. {k} Telegram {c}",
     "Familje kërkon shërbyese që banon në shtëpi në {p}, nga mëngjesi në mbrëmje, pa ditë pushimi. Mjafton viza turistike. Dokumentet e tua i mban familja. Paga e parë pas gjashtë muajsh, pa kontratë me shkrim, "
     "bileta paguhet me punë. {k} Ekskluzivisht WhatsApp {c}",
     "Martesë me shtetas të BE-së për letra, 8000 € gjithçka përfshirë. Leje qëndrimi dhe patentë origjinale, pa provim, pa u paraqitur. {k} Mesazh privat {c}",
     "Përshëndetje, quhem {n}, jam {a} vjeç dhe të pres në studion time në {p}. {k} Tel {c}.",
     "Bar në {p} kërkon kamariere për fundjavë, 14 € në orë, kontratë me kohë të pjesshme. {k} {c}",
     "Shefi ta mban pasaportën? Është e ndaluar. Sindikata në {p} të ndihmon falas të marrësh rrogën dhe dokumentet. {k} {c}",
     "Nisem të premten nga {p} për në Gjenevë dhe Torino, tri vende, 30 € për person, bagazh i vogël. {k} {c}",
     "Hotel Liqeni SHPK në {p} kërkon pastruese dhomash për sezonin. Dhomë e mundshme, 150 € mbahen nga paga sipas ligjit. Kontratë me shkrim, ofrojmë trajnim. NIPT K12345678A. {k} {c}",
     "Shkollë gjuhësh në {p}: kurse intensive, letër për vizën e studimit; vendos vetëm konsullata. {k} {c}",
     "Agjencia Drita SHPK, e licencuar, kërkon statistë në {p}, 110 € në ditë sipas kontratës. Sillni kartën e identitetit ditën e regjistrimit. {k} {c}",
     "Gjykata e {p} dënoi një shofer që kërkonte 4000 euro për person për të shkuar në Angli pa dokumente. {k}"},
    {"Pomocnicy na budowę w {p}. Wykładamy za bilet i opłaty, oddajesz co miesiąc z wypłaty. Twoje dokumenty zostają u brygadzisty. Dwanaście godzin dziennie, sześć dni w tygodniu. Śpi się na budowie. Na czarno, "
     "do ręki. Nie musisz mówić w języku. {k} Wyłącznie Telegram: {c}",
     "Bus co tydzień Sofia - Belgrad - Wiedeń - {p}. 4500 € od głowy, połowa przy wyjeździe, połowa na miejscu. Paszport niepotrzebny, na pewno przejedziesz. {k} Tylko na priv {c}",
     "Dziewczyny do sesji zdjęciowych za granicą, 9000 € miesięcznie, lot i mieszkanie od nas, mogą być początkujące. Przyślij dziś trzy zdjęcia, ostatnie miejsca, nikomu nie mów. {k} Telegram {c}",
     "Rodzina szuka gosposi z zamieszkaniem w {p}, od rana do nocy, bez dnia wolnego. Wystarczy wiza turystyczna. Twoje dokumenty przechowuje rodzina. Pierwsza pensja po pół roku, bez pisemnej umowy, bilet do "
     "odpracowania. {k} Jedynie WhatsApp {c}",
     "Ślub z obywatelem UE dla papierów, 8000 € wszystko w cenie. Autentyczna karta pobytu i prawo jazdy, bez egzaminu, bez stawiania się. {k} Wiadomość prywatna {c}",
     "Hej, mam na imię {n}, mam {a} lat i zapraszam do mojego studia w {p}. {k} Tel {c}.",
     "Bar w {p} szuka kelnerki na weekendy, 14 € za godzinę, umowa o pracę. {k} {c}",
     "Szef zabrał ci paszport? To jest zakazane. Związek zawodowy w {p} pomaga bezpłatnie odzyskać wypłatę i dokumenty. {k} {c}",
     "Jadę w piątek z {p} do Genewy i Turynu, trzy miejsca, 30 € od osoby, mały bagaż. {k} {c}",
     "Hotel nad Jeziorem sp. z o.o. w {p} szuka pokojowych na sezon. Możliwy pokój, 150 € potrącane z wynagrodzenia zgodnie z prawem. Umowa na piśmie, przyuczamy. NIP 1234567890. {k} {c}",
     "Szkoła językowa w {p}: kursy intensywne, zaświadczenie do wizy studenckiej; decyduje wyłącznie konsulat. {k} {c}",
     "Agencja Światło sp. z o.o., zarejestrowana, szuka statystów w {p}, 110 € dziennie według umowy. Prosimy zabrać dowód osobisty w dniu zapisu. {k} {c}",
     "Sąd w {p} skazał kierowcę, który żądał 4000 euro od osoby za przejazd do Anglii bez dokumentów. {k}"},
    {"Разнорабочие на стройку в {p}. Мы платим за билет и оформление, вы отдаёте каждый месяц из зарплаты. Ваши документы остаются у бригадира. Двенадцать часов в день, шесть дней в неделю. Жить на стройке. "
     "Оплата в руки, без оформления. Язык знать не надо. {k} Только Telegram: {c}",
     "Микроавтобус каждую неделю София - Белград - Вена - {p}. 4500 € с человека, половина при выезде, половина по прибытии. Паспорт не нужен, проедете точно. {k} Только в личку {c}",
     "Девушки для фотосъёмок за границей, 9000 € в месяц, перелёт и квартира за наш счёт, можно без опыта. Пришлите сегодня три фото, последние места, никому не говорите. {k} Telegram {c}",
     "Семья ищет домработницу с проживанием в {p}, с утра до ночи, без выходных. Достаточно туристической визы. Ваши документы хранятся у семьи. Первая зарплата через полгода, без письменного договора, билет "
     "нужно отработать. {k} Исключительно WhatsApp {c}",
     "Брак с гражданином ЕС ради документов, 8000 € всё включено. Подлинный вид на жительство и права, без экзамена, без личной явки. {k} Личное сообщение {c}",
     "Привет, меня зовут {n}, мне {a}, жду тебя в своей студии в {p}. {k} Тел {c}.",
     "Бар в {p} ищет официантку на выходные, 14 € в час, трудовой договор. {k} {c}",
     "Начальник забрал ваш паспорт? Это запрещено. Профсоюз в {p} бесплатно помогает вернуть зарплату и документы. {k} {c}",
     "Еду в пятницу из {p} в Женеву и Турин, три места, 30 € с человека, маленький багаж. {k} {c}",
     "Отель Озеро ООО в {p} ищет горничных на сезон. Возможна комната, 150 € удерживаются из зарплаты по закону. Письменный договор, обучаем. ИНН 1234567890. {k} {c}",
     "Языковая школа в {p}: интенсивные курсы, справка для студенческой визы; решает только консульство. {k} {c}",
     "Агентство Свет ООО, зарегистрировано, ищет статистов в {p}, 110 € в день по договору. В день записи возьмите удостоверение личности. {k} {c}",
     "Суд в {p} приговорил водителя, который брал 4000 евро с человека за проезд в Англию без документов. {k}"},
    {"Різноробочі на будову в {p}. Ми платимо за квиток та оформлення, ви віддаєте щомісяця із зарплати. Ваші документи залишаються у бригадира. Дванадцять годин на день, шість днів на тиждень. Жити на будові. "
     "Оплата на руки, без оформлення. Мову знати не треба. {k} Тільки Telegram: {c}",
     "Мікроавтобус щотижня Софія - Белград - Відень - {p}. 4500 € з людини, половина при виїзді, половина після прибуття. Паспорт не потрібен, проїдете точно. {k} Тільки в особисті {c}",
     "Дівчата для фотозйомок за кордоном, 9000 € на місяць, переліт і квартира за наш рахунок, можна без досвіду. Надішліть сьогодні три фото, останні місця, нікому не кажіть. {k} Telegram {c}",
     "Родина шукає хатню робітницю з проживанням у {p}, з ранку до ночі, без вихідних. Достатньо туристичної візи. Ваші документи зберігає родина. Перша зарплата через пів року, без письмової угоди, квиток "
     "треба відпрацювати. {k} Виключно WhatsApp {c}",
     "Шлюб із громадянином ЄС заради документів, 8000 € усе включено. Справжня посвідка на проживання та права, без іспиту, без особистої явки. {k} Особисте повідомлення {c}",
     "Привіт, мене звати {n}, мені {a}, чекаю тебе у своїй студії в {p}. {k} Тел {c}.",
     "Бар у {p} шукає офіціантку на вихідні, 14 € на годину, трудовий договір. {k} {c}",
     "Начальник забрав ваш паспорт? Це заборонено. Профспілка в {p} безкоштовно допомагає повернути зарплату й документи. {k} {c}",
     "Їду в п'ятницю з {p} до Женеви й Турина, три місця, 30 € з людини, малий багаж. {k} {c}",
     "Готель Озеро ТОВ у {p} шукає покоївок на сезон. Можлива кімната, 150 € утримуються із зарплати згідно із законом. Письмовий договір, навчаємо. ЄДРПОУ 12345678. {k} {c}",
     "Мовна школа в {p}: інтенсивні курси, довідка для студентської візи; вирішує лише консульство. {k} {c}",
     "Агенція Світло ТОВ, зареєстрована, шукає статистів у {p}, 110 € на день за угодою. У день запису візьміть посвідчення особи. {k} {c}",
     "Суд у {p} засудив водія, який брав 4000 євро з людини за проїзд до Англії без документів. {k}"},
    {"عمال لورشة بناء في {p}. نحن ندفع ثمن التذكرة والرسوم وأنت ترجعها كل شهر من راتبك. أوراقك تبقى عند رئيس العمال. اثنتا عشرة ساعة في اليوم، ستة أيام في الأسبوع. النوم في الورشة. الدفع نقدا بدون عقد. "
     "لا حاجة لمعرفة اللغة. {k} تلغرام فقط: {c}",
     "حافلة صغيرة كل أسبوع صوفيا - بلغراد - فيينا - {p}. 4500 € للشخص، النصف عند الانطلاق والنصف عند الوصول. بدون جواز سفر، العبور أكيد. {k} على الخاص فقط {c}",
     "بنات لجلسات تصوير في الخارج، 9000 € في الشهر، الطيران والشقة علينا، نقبل المبتدئات. أرسلي اليوم ثلاث صور، آخر الأماكن، لا تخبري أحدا. {k} تلغرام {c}",
     "عائلة تبحث عن عاملة منزل مقيمة في {p}، من الصباح حتى الليل، بدون يوم عطلة. تأشيرة السياحة تكفي. وثائقك تحفظها العائلة. أول راتب بعد ستة أشهر، بدون عقد مكتوب، ثمن التذكرة يخصم من العمل. {k} حصريا واتساب {c}",
     "زواج من مواطن أوروبي من أجل الأوراق، 8000 € شامل كل شيء. بطاقة إقامة ورخصة قيادة أصلية، بدون امتحان، بدون حضور. {k} رسالة خاصة {c}",
     "مرحبا، اسمي {n}، عمري {a}، أستقبلك في شقتي في {p}. {k} هاتف {c}.",
     "مقهى في {p} يبحث عن نادلة لنهاية الأسبوع، 14 € في الساعة، عقد عمل جزئي. {k} {c}",
     "هل يحتجز صاحب العمل جواز سفرك؟ هذا ممنوع. النقابة في {p} تساعدك مجانا على استرجاع راتبك ووثائقك. {k} {c}",
     "مسافر يوم الجمعة من {p} إلى جنيف وتورينو، ثلاثة مقاعد، 30 € للشخص، حقيبة صغيرة. {k} {c}",
     "فندق البحيرة ش.م.م في {p} يبحث عن عاملات غرف للموسم. غرفة متوفرة، يخصم 150 € من الراتب حسب القانون. عقد مكتوب، نوفر التدريب. السجل التجاري 12345. {k} {c}",
     "مدرسة لغات في {p}: دورات مكثفة، رسالة لتأشيرة الدراسة؛ القنصلية وحدها تقرر. {k} {c}",
     "وكالة الضوء ش.م.م المرخصة تبحث عن كومبارس في {p}، 110 € في اليوم حسب العقد. أحضروا بطاقة الهوية يوم التسجيل. {k} {c}",
     "حكمت محكمة {p} على سائق كان يطلب 4000 يورو للشخص للوصول إلى إنجلترا بدون أوراق. {k}"},
}};

}  // namespace second_town
