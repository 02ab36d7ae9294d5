import { dataError } from "../../base/checks.ts";
import type { Cut } from "./cutter.ts";
import type { GramRange, Symbols } from "./grams.ts";
import { codesOf, textOf } from "./words.ts";

/** The symbol that stands before a text's first word: no word has this number. */
export const START = -1;
/** What separates runs of characters. */
export const SPACE = 32;
/** How a term of words shows the start of a text: a control character, which no token holds. */
export const START_CODE = 2;
export const START_TEXT = String.fromCodePoint(START_CODE);
/** No word has this number: it is left out. */
export const LEFT_OUT = -2;
/** Words whose stems are remembered: beyond, they are forgotten, so that a stream of new ones does not fill the memory. */
const MOST_ASKED = 1 << 18;

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

/** The number of the word codes[from, to), 0 where it is not known. */
export type NumberOf = (codes: Int32Array, from: number, to: number) => number;

/** Words by their number. */
export function wordSymbols(changes: WordChanges, numberOf: NumberOf): Symbolise {
  const changed = withChanges(changes, numberOf);
  return ({ codes, starts, ends, tokens }, out) => {
    reserve(out, tokens + 1);
    put(out, 0, START, 0, 0);
    let count = 1;
    for (let token = 0; token < tokens; token++) {
      const from = starts[token];
      const to = ends[token];
      const word = changed(codes, from, to);
      if (word !== LEFT_OUT) put(out, count++, word, from, to);
    }
    out.count = count;
  };
}

/** Numbers of words after stop words and stemming. */
function withChanges({ stopWords, stemmer }: WordChanges, numberOf: NumberOf): NumberOf {
  if (stopWords.length === 0 && stemmer === "") return numberOf;
  const stem = stemmer === "" ? (word: string) => word : oneWord(stemmer);
  const stops = new Set(stopWords);
  const asked = new Map<string, number>();
  return (codes, from, to) => {
    const word = textOf(codes.subarray(from, to));
    let number = asked.get(word);
    if (number === undefined) {
      const kept = codesOf(stops.has(word) ? "" : stem(word));
      number = stops.has(word) ? LEFT_OUT : numberOf(kept, 0, kept.length);
      if (asked.size === MOST_ASKED) asked.clear();
      asked.set(word, number);
    }
    return number;
  };
}

/** The stemmer, whose stems must be words as terms are written. */
function oneWord(name: string): Stemmer {
  const stem = stemmerNamed(name);
  return (word) => {
    const result: unknown = stem(word);
    if (typeof result === "string" && isWord(result)) return result;
    throw dataError(`the stemmer "${name}" gave no word for "${word}", but ${shown(result)}`);
  };
}

const isWord = (text: string): boolean =>
  text !== "" && !text.includes(" ") && !text.includes(START_TEXT);

const shown = (value: unknown): string =>
  typeof value === "string" ? `"${value}"` : value === null ? "null" : `a ${typeof value}`;

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
