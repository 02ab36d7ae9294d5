import { dataError } from "../../base/checks.ts";
import type { Cut } from "./cutter.ts";
import type { GramRange, Symbols } from "./grams.ts";
import { codesOf, type WordTable } from "./words.ts";

/** The symbol that stands before a text's first word: no word has this number. */
export const START = -1;
/** What separates runs of characters. */
export const SPACE = 32;
/** How a term of words shows the start of a text: a control character, which no token holds. */
export const START_TEXT = "\u0002";

const UNKNOWN = 0;
const LEFT_OUT = -2;

/** Reduces a lower-case word to its stem. */
export type Stemmer = (word: string) => string;

const stemmers = new Map<string, Stemmer>();

/** Makes a stemmer known by name, as models name it. It must give the same stems wherever the model runs. */
export function registerStemmer(name: string, stemmer: Stemmer): void {
  stemmers.set(name, stemmer);
}

/** Throws a SoftmaxError "data" for a name that was not registered. */
export function stemmerNamed(name: string): Stemmer {
  const stemmer = stemmers.get(name);
  if (stemmer !== undefined) return stemmer;
  const known = [...stemmers.keys()].sort().join(", ");
  throw dataError(
    `the stemmer "${name}" is not there${known === "" ? "; register it first (registerStemmer)" : `; known are ${known}`}`,
  );
}

/** What is done to words before they are counted. */
export interface WordChanges {
  /** Words that are left out. */
  readonly stopWords: readonly string[];
  /** Name of a registered stemmer; empty for none. */
  readonly stemmer: string;
}

/** Writes the symbols of a text. */
export type Symbolise = (cut: Cut, out: Symbols) => void;

export const createSymbols = (): Symbols => ({
  list: new Int32Array(1 << 10),
  count: 0,
  starts: new Int32Array(1 << 10),
  ends: new Int32Array(1 << 10),
});

export const boundaryOf = ({ of }: GramRange): number => (of === "words" ? START : SPACE);

/** Words by their number in `table`. `grow`: words that are not in it are added; else they are 0. */
export function wordSymbols(
  table: WordTable,
  { stopWords, stemmer }: WordChanges,
  grow: boolean,
): Symbolise {
  const lookUp = (codes: Int32Array, from: number, to: number): number =>
    grow ? table.add(codes, from, to) : table.find(codes, from, to);
  const stem = stemmer === "" ? null : stemmerNamed(stemmer);
  const changed = createChanges(table, stopWords, stem, grow);
  return ({ codes, starts, ends, tokens }, out) => {
    reserve(out, tokens + 1);
    put(out, 0, START, 0, 0);
    let count = 1;
    for (let token = 0; token < tokens; token++) {
      const from = starts[token];
      const to = ends[token];
      const word = changed === null ? lookUp(codes, from, to) : changed(codes, from, to);
      if (word !== LEFT_OUT) put(out, count++, word, from, to);
    }
    out.count = count;
  };
}

/** Numbers of words after stop words and stemming, each different word asked once; null where nothing changes. */
function createChanges(
  table: WordTable,
  stopWords: readonly string[],
  stem: Stemmer | null,
  grow: boolean,
): ((codes: Int32Array, from: number, to: number) => number) | null {
  if (stopWords.length === 0 && stem === null) return null;
  const stops = new Set(stopWords);
  const asked = new Map<string, number>();
  return (codes, from, to) => {
    const word = String.fromCodePoint(...codes.subarray(from, to));
    let number = asked.get(word);
    if (number === undefined) {
      const kept = codesOf(stem === null ? word : stem(word));
      const found = grow ? table.add(kept, 0, kept.length) : table.find(kept, 0, kept.length);
      number = stops.has(word) ? LEFT_OUT : found;
      // Only words of the table are remembered: a stream of others must not fill the memory.
      if (number !== UNKNOWN) asked.set(word, number);
    }
    return number;
  };
}

/** Characters between spaces, a space before the first and after the last. */
export const characterSymbols: Symbolise = ({ codes, length }, out) => {
  reserve(out, length + 2);
  put(out, 0, SPACE, 0, 0);
  for (let at = 0; at < length; at++) put(out, at + 1, codes[at], at, at + 1);
  put(out, length + 1, SPACE, length, length);
  out.count = length === 0 ? 0 : length + 2;
};

function put(out: Symbols, at: number, symbol: number, from: number, to: number): void {
  out.list[at] = symbol;
  out.starts[at] = from;
  out.ends[at] = to;
}

function reserve(out: Symbols, count: number): void {
  if (out.list.length >= count) return;
  out.list = new Int32Array(2 * count);
  out.starts = new Int32Array(2 * count);
  out.ends = new Int32Array(2 * count);
}
