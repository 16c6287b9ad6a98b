// Writes conf/lexicon/ngrams.bin from the `large` profiles of npm `eld` 2.1.0 (Apache-2.0, Nito T.M.).
// Run by hand:  npm i eld@2.1.0 && node tools/ngrams.mjs node_modules/eld conf/lexicon/ngrams.bin
// Format, little-endian: u32 languages, 2 bytes each (ISO 639-1); u32 grams; per gram, sorted by bytes:
// u8 bytes shared with the gram before, u8 bytes that follow, those bytes, u8 pairs, then per pair u8 language, u8 weight.
import {writeFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
import {resolve} from 'node:path';

const [root, out] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(resolve(root, 'src', file)).href);
const {ngramsData} = await load('ngrams/large.js');
const {dictionary} = await load('dictionary.js');
const byteOf = new Map();
dictionary.forEach((letter, byte) => { if (letter !== ' ') byteOf.set(letter, byte); });

const grams = [];
for (const [key, weights] of Object.entries(ngramsData.ngrams)) {
  const bytes = [...key].map((letter) => letter === ' ' ? 0x20 : byteOf.get(letter));
  if (bytes.includes(undefined) || !/[^0-9]/.test(key)) continue;  // the profiles hold a few digit strings; our words do not
  grams.push([Buffer.from(bytes), Object.entries(weights)]);
}
grams.sort((a, b) => Buffer.compare(a[0], b[0]));
const codes = Object.values(ngramsData.languages);
const parts = [];
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32LE(n); parts.push(b); };
u32(codes.length);
parts.push(Buffer.from(codes.join(''), 'latin1'));
u32(grams.length);
let before = Buffer.alloc(0);
for (const [bytes, weights] of grams) {
  let shared = 0;
  while (shared < before.length && shared < bytes.length && before[shared] === bytes[shared]) shared++;
  parts.push(Buffer.from([shared, bytes.length - shared]), bytes.subarray(shared), Buffer.from([weights.length, ...weights.flat().map(Number)]));
  before = bytes;
}
writeFileSync(out, Buffer.concat(parts));
