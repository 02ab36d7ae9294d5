import { type CountedTexts, createCounted } from "./counted.ts";
import type { Cut } from "./cutter.ts";
import type { GramRange } from "./grams.ts";
import { countLevels, type Level } from "./levels.ts";
import { BOUNDARY, createStream, type SymbolStream } from "./stream.ts";
import {
  boundaryOf,
  characterSymbols,
  createSymbols,
  SPACE,
  START_TEXT,
  type WordChanges,
  wordSymbols,
} from "./symbols.ts";
import { WordTable } from "./words.ts";

/** Which n-grams become features. */
export interface Selection {
  /** Texts that must hold a term, at least. */
  readonly least: number;
  /** Texts that may hold it, at most. */
  readonly most: number;
  /** Terms, at most: those in the most texts, the first of equals. */
  readonly size: number;
}

/** Terms in the order in which they first appeared, how many texts hold each, and how often each text has them. */
export interface Terms {
  readonly terms: readonly string[];
  readonly held: Int32Array;
  readonly texts: CountedTexts;
}

export interface VocabularyLearner {
  /** Takes the symbols of one more text. */
  add(cut: Cut): void;
  /** One that is missing. */
  skip(): void;
  finish(selection: Selection): Terms;
}

/** Learns which n-grams the texts have. Keeps a number for every word or character of them until it is finished. */
export function createVocabulary(range: GramRange, changes: WordChanges): VocabularyLearner {
  const names = range.of === "words" ? wordNames(changes) : characterNames();
  const stream = createStream(boundaryOf(range), names.numberOf);
  const symbols = createSymbols();
  return {
    add(cut) {
      names.symbolise(cut, symbols);
      stream.add(symbols);
    },
    skip: () => stream.skip(),
    finish(selection) {
      const all = stream.finish();
      const levels = countLevels(all, range.to, Math.max(1, selection.least));
      const { features, places, lengths, held } = select(all, levels, range, selection);
      const terms = Array.from(places, (place, at) =>
        names.termOf(all.symbols.subarray(place, place + lengths[at])),
      );
      return { terms, held, texts: countTexts(all, levels, range, features, terms.length) };
    },
  };
}

/** Symbols of texts, and what n-grams of their numbers are called. */
interface Names {
  readonly symbolise: (cut: Cut, out: ReturnType<typeof createSymbols>) => void;
  readonly numberOf: (symbol: number) => number;
  readonly termOf: (numbers: Int32Array) => string;
}

function wordNames(changes: WordChanges): Names {
  const words = new WordTable();
  const texts: string[] = [];
  texts[BOUNDARY] = START_TEXT;
  const textOf = (number: number): string => (texts[number] ??= words.text(number - BOUNDARY));
  return {
    symbolise: wordSymbols(changes, words.add.bind(words)),
    numberOf: (word) => word + BOUNDARY,
    termOf: (numbers) => Array.from(numbers, textOf).join(" "),
  };
}

function characterNames(): Names {
  const numbers = new Map<number, number>();
  const codes: number[] = [];
  codes[BOUNDARY] = SPACE;
  return {
    symbolise: characterSymbols,
    numberOf(code) {
      let number = numbers.get(code);
      if (number === undefined) {
        number = codes.push(code) - 1;
        numbers.set(code, number);
      }
      return number;
    },
    termOf: (of) => String.fromCodePoint(...Array.from(of, (number) => codes[number])),
  };
}

interface Selected {
  /** Of each level the feature of each n-gram and 1 more; 0 for none. */
  readonly features: readonly Int32Array[];
  /** Of each feature: a place where it stands, its length, and how many texts hold it. */
  readonly places: Int32Array;
  readonly lengths: Uint8Array;
  readonly held: Int32Array;
}

/** Visits the n-grams of the lengths wanted in the order in which they first appear. */
function visitFirsts(
  { symbols, places }: SymbolStream,
  levels: readonly Level[],
  { from, to }: GramRange,
  visit: (length: number, gram: number, place: number) => void,
): void {
  for (let place = 0; place < places; place++) {
    for (let length = 1; length <= to; length++) {
      const { numbers, firsts } = levels[length - 1];
      const gram = numbers[place];
      if (gram === 0) break;
      if (length < from || firsts[gram] !== place) continue;
      if (length > 1 || symbols[place] !== BOUNDARY) visit(length, gram, place);
    }
  }
}

function select(
  stream: SymbolStream,
  levels: readonly Level[],
  range: GramRange,
  { least, most, size: room }: Selection,
): Selected {
  const fits = (count: number): boolean => count >= Math.max(1, least) && count <= most;
  const tallies = new Int32Array(stream.starts.length + 1);
  let fitting = 0;
  visitFirsts(stream, levels, range, (length, gram) => {
    const count = levels[length - 1].held[gram];
    if (!fits(count)) return;
    tallies[count]++;
    fitting++;
  });
  // In how many texts the last ones are that find room, and how many of those do.
  let edge = 0;
  let left = fitting;
  if (fitting > room) {
    edge = tallies.length - 1;
    left = room;
    while (left >= tallies[edge]) left -= tallies[edge--];
  }
  const size = Math.min(fitting, room);
  const features = levels.map((level) => new Int32Array(level.size + 1));
  const [places, lengths, held] = [
    new Int32Array(size),
    new Uint8Array(size),
    new Int32Array(size),
  ];
  let feature = 0;
  visitFirsts(stream, levels, range, (length, gram, place) => {
    const count = levels[length - 1].held[gram];
    if (!fits(count) || count < edge || (count === edge && left-- <= 0)) return;
    places[feature] = place;
    lengths[feature] = length;
    held[feature] = count;
    features[length - 1][gram] = ++feature;
  });
  return { features, places, lengths, held };
}

/** How often each text has each feature, in order of first occurrence. */
function countTexts(
  { starts }: SymbolStream,
  levels: readonly Level[],
  { from, to }: GramRange,
  features: readonly Int32Array[],
  size: number,
): CountedTexts {
  const counted = createCounted();
  const stamps = new Int32Array(size + 1).fill(-1);
  const entries = new Int32Array(size + 1);
  for (let text = 0; text + 1 < starts.length; text++) {
    for (let place = starts[text]; place < starts[text + 1]; place++) {
      for (let length = 1; length <= to; length++) {
        const gram = levels[length - 1].numbers[place];
        if (gram === 0) break;
        const feature = length < from ? 0 : features[length - 1][gram];
        if (feature === 0) continue;
        if (stamps[feature] === text) counted.again(entries[feature]);
        else {
          stamps[feature] = text;
          entries[feature] = counted.add(feature - 1);
        }
      }
    }
    counted.endText();
  }
  return counted.finish();
}
