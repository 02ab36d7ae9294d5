import { type Cut, createCutter, segmenterFingerprint } from "./cutter.ts";
import { createFinder, type Finder } from "./finder.ts";
import { type GramEncoder, type GramRange, gramWidth } from "./grams.ts";
import type { WordChanges } from "./symbols.ts";
import { createRowWriter, type SparseRow } from "./values.ts";

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

/** Stop words of a column, at most. */
export const MOST_STOP_WORDS = 2 ** 16;

/** Features of a column of texts. */
export const textWidth = ({ grams }: TextEncoder): number =>
  grams.reduce((width, encoder) => width + gramWidth(encoder), 0);

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
  const { grams, foldAccents } = encoder;
  const cutter = createCutter({ foldCase: true, foldAccents });
  const writer = createRowWriter(encoder);
  let first = 0;
  const groups = grams.map((gram) => {
    const group = { first, finder: createFinder(gram, encoder) };
    first += gramWidth(gram);
    return group;
  });
  const readCut = (cut: Cut): SparseRow => {
    writer.begin();
    groups.forEach(({ finder }, group) => {
      const found = finder.find(cut);
      writer.add(group, found, 0, found.size);
    });
    writer.end();
    return writer.row;
  };
  const read = (text: string): SparseRow => readCut(cutter(text));
  const visit = (text: string, occurrence: VisitOccurrence): void => {
    const cut = cutter(text);
    const { columns, values, count } = readCut(cut);
    const valueAt = new Map<number, number>();
    for (let at = 0; at < count; at++) valueAt.set(columns[at], values[at]);
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
