import { log } from "../../base/math.ts";
import { type Cut, type Cutter, createCutter, segmenterFingerprint } from "./cutter.ts";
import { createFinder, type Finder } from "./finder.ts";
import { type GramEncoder, type GramRange, gramWidth } from "./grams.ts";
import type { WordChanges } from "./symbols.ts";
import { createVocabulary, type Selection } from "./vocabulary.ts";
import { textOf } from "./words.ts";

/**
 * A column of texts (docs/text.md): its words and characters in n-grams, each a feature.
 *
 * The value of a term t in a text is f(n_t) w_t, n_t its number there, w_t its weight; the values of words, and those of
 * characters, are divided by their norm, or all of a text by the sum of their absolute values.
 */
export interface TextEncoder extends WordChanges {
  readonly kind: "text";
  readonly name: string;
  readonly foldAccents: boolean;
  /** f: 1 + log n, or 1. */
  readonly counts: "log" | "binary";
  readonly normalise: Normalisation;
  readonly grams: readonly GramEncoder[];
  /** How the training texts of scripts without spaces were cut (`segmenterFingerprint`); empty where there were none. */
  readonly segmenter: string;
}

/** By what values are divided: true: those of words, and of characters, by their norm; "mean": all by their sum. */
export type Normalisation = boolean | "mean";

/** How texts become features. */
export interface TextShape {
  readonly name: string;
  readonly grams: readonly GramRange[];
  readonly counts: TextEncoder["counts"];
  /** Whether w is the inverse document frequency, or 1. */
  readonly idf: boolean;
  /** Whether each weight is penalised by what naive Bayes would give it (docs/math.md §2.17). */
  readonly bayes: boolean;
}

export interface TextOptions extends WordChanges {
  readonly foldAccents: boolean;
  readonly normalise: Normalisation;
  /** Texts that must hold a term, at least. */
  readonly leastTexts: number;
  /** Share of the texts that may hold it, at most. */
  readonly mostShare: number;
  /** Terms of words, and of characters, at most. */
  readonly mostTerms: number;
  /** Terms are hashed to 2^hashBits features; 0: they are listed. */
  readonly hashBits: number;
}

/** Learns the encoder of a column from its texts, null where one is missing. */
export function fitText(
  name: string,
  texts: Iterable<string | null>,
  { counts, idf, grams: ranges }: TextShape,
  options: TextOptions,
): TextEncoder {
  const { foldAccents, normalise, stemmer, hashBits } = options;
  const cutter = createCutter({ foldCase: true, foldAccents });
  const stopWords = tokensOf(options.stopWords, cutter);
  const learners = ranges.map((range) => createVocabulary(range, { stopWords, stemmer }));
  let n = 0;
  let segmented = false;
  for (const text of texts) {
    if (text === null) continue;
    n++;
    const cut = cutter(text);
    segmented ||= cut.segmented;
    if (hashBits === 0) for (const learner of learners) learner.add(cut);
  }
  const selection: Selection = {
    least: Math.min(options.leastTexts, n),
    most: Math.max(1, Math.floor(options.mostShare * n)),
    size: options.mostTerms,
  };
  const grams = ranges.map((range, at): GramEncoder => {
    const { terms, counts: held } = learners[at].finish(selection);
    const weights = idf ? inverseFrequencies(held, n) : new Float64Array(0);
    return { ...range, terms, weights, bits: hashBits };
  });
  return {
    ...{ kind: "text", name, foldAccents, counts, normalise, grams },
    ...{ stopWords, stemmer, segmenter: segmented ? segmenterFingerprint() : "" },
  };
}

/** Stop words of a column, at most. */
export const MOST_STOP_WORDS = 2 ** 16;

/** The different tokens of the words, as texts have them. */
function tokensOf(words: readonly string[], cutter: Cutter): string[] {
  const all = words.flatMap((word) => {
    const { codes, starts, ends, tokens: length } = cutter(word);
    return Array.from({ length }, (_, at) => textOf(codes.subarray(starts[at], ends[at])));
  });
  const tokens = [...new Set(all)];
  if (tokens.length <= MOST_STOP_WORDS) return tokens;
  throw new RangeError(
    `"texts.stopWords" expected at most ${MOST_STOP_WORDS} different words, got ${tokens.length}`,
  );
}

/** w_t = log((1 + n) / (1 + n_t)) + 1: as if one more text held every term. */
const inverseFrequencies = (held: Int32Array, n: number): Float64Array =>
  Float64Array.from(held, (count) => log((1 + n) / (1 + count)) + 1);

/** Features of a column of texts. */
export const textWidth = ({ grams }: TextEncoder): number =>
  grams.reduce((width, encoder) => width + gramWidth(encoder), 0);

/** Entries of a sparse row. The object and its arrays are reused by the next row. */
export interface SparseRow {
  columns: Int32Array;
  values: Float64Array;
  count: number;
}

/** A part of a text and the feature that it is an occurrence of. */
export interface Occurrence {
  readonly feature: number;
  /** Its value is divided among its occurrences. */
  readonly value: number;
  /** In UTF-16 units of the text. */
  readonly start: number;
  readonly end: number;
}

/** An encoder ready to read texts. */
export interface TextReader {
  /** The features of a text, from 0 to textWidth − 1, in order of first occurrence. */
  read(text: string): SparseRow;
  /** The same with every place in the text. */
  occurrences(text: string): Occurrence[];
  /** Visits the occurrences one by one, of which a long text has many. */
  visit(text: string, occurrence: VisitOccurrence): void;
  /** Where its tokens stand, in UTF-16 units of the text. */
  tokens(text: string): { start: number; end: number }[];
}

/** Takes the fields of an Occurrence. */
type VisitOccurrence = (feature: number, value: number, start: number, end: number) => void;

const readers = new WeakMap<TextEncoder, TextReader>();

/** What to know where this engine cuts scripts without spaces otherwise than the one that trained; null where it does not. */
export function segmenterRemark({ name, segmenter }: TextEncoder): string | null {
  if (segmenter === "" || segmenter === segmenterFingerprint()) return null;
  return `texts of "${name}" in scripts without spaces were cut into words by another version of the engine's dictionaries in training; answers for such texts may differ from those that were judged`;
}

/** The reader of an encoder, made once. */
export function textReader(encoder: TextEncoder): TextReader {
  const known = readers.get(encoder);
  if (known !== undefined) return known;
  const reader = createReader(encoder);
  readers.set(encoder, reader);
  return reader;
}

function createReader(encoder: TextEncoder): TextReader {
  const { grams, counts, normalise, foldAccents } = encoder;
  const cutter = createCutter({ foldCase: true, foldAccents });
  const out: SparseRow = { columns: new Int32Array(256), values: new Float64Array(256), count: 0 };
  let first = 0;
  const groups = grams.map((gram) => {
    const group = { first, finder: createFinder(gram, encoder), weights: gram.weights };
    first += gramWidth(gram);
    return group;
  });
  const addGroup = (
    cut: Cut,
    { first: offset, finder, weights }: (typeof groups)[number],
  ): void => {
    const { features, counts: held, signs, size } = finder.find(cut);
    reserve(out, out.count + size);
    const start = out.count;
    let squares = 0;
    for (let at = 0; at < size; at++) {
      const feature = features[at];
      const scale = weights.length === 0 ? 1 : weights[feature];
      const value = scale * (counts === "binary" ? 1 : logCount(held[at])) * signs[at];
      if (value === 0) continue;
      squares += value * value;
      out.columns[out.count] = offset + feature;
      out.values[out.count++] = value;
    }
    if (normalise !== true || squares === 0) return;
    const norm = Math.sqrt(squares);
    for (let at = start; at < out.count; at++) out.values[at] /= norm;
  };
  const read = (text: string): SparseRow => {
    out.count = 0;
    const cut = cutter(text);
    for (const group of groups) addGroup(cut, group);
    if (normalise === "mean") divideBySum(out);
    return out;
  };
  const visit = (text: string, occurrence: VisitOccurrence): void => {
    const { columns, values, count } = read(text);
    const valueAt = new Map<number, number>();
    for (let at = 0; at < count; at++) valueAt.set(columns[at], values[at]);
    const cut = cutter(text);
    for (const { first: offset, finder } of groups)
      visitPlaces(finder, cut, offset, valueAt, occurrence);
  };
  return {
    read,
    visit,
    occurrences(text) {
      const list: Occurrence[] = [];
      visit(text, (feature, value, start, end) => list.push({ feature, value, start, end }));
      return list;
    },
    tokens(text) {
      const { at, starts, ends, tokens } = cutter(text);
      return Array.from({ length: tokens }, (_, token) => ({
        start: at[starts[token]],
        end: at[ends[token]],
      }));
    },
  };
}

function visitPlaces(
  finder: Finder,
  cut: Cut,
  offset: number,
  valueAt: ReadonlyMap<number, number>,
  occurrence: VisitOccurrence,
): void {
  const times = new Map<number, number>();
  finder.visit(cut, (feature) => times.set(feature, (times.get(feature) ?? 0) + 1));
  finder.visit(cut, (feature, from, to) => {
    const value = valueAt.get(offset + feature);
    if (value === undefined) return;
    occurrence(offset + feature, value / times.get(feature)!, cut.at[from], cut.at[endOf(cut, to)]);
  });
}

/** Behind all codes of the character that code to − 1 is of: ß is two, and its text is not cut in the middle. */
function endOf({ at, length }: Cut, to: number): number {
  let end = to;
  while (end < length && at[end] === at[end - 1]) end++;
  return end;
}

/** Values of 1 become 1/count: an average of what their features stand for. */
function divideBySum({ values, count }: SparseRow): void {
  let sum = 0;
  for (let at = 0; at < count; at++) sum += Math.abs(values[at]);
  for (let at = 0; at < count; at++) values[at] /= sum;
}

const LOGS = Float64Array.from({ length: 256 }, (_, n) => (n === 0 ? 0 : 1 + log(n)));

/** 1 + log n */
const logCount = (n: number): number => (n < LOGS.length ? LOGS[n] : 1 + log(n));

function reserve(row: SparseRow, count: number): void {
  if (row.columns.length >= count) return;
  const columns = new Int32Array(2 * count);
  const values = new Float64Array(2 * count);
  columns.set(row.columns.subarray(0, row.count));
  values.set(row.values.subarray(0, row.count));
  row.columns = columns;
  row.values = values;
}
