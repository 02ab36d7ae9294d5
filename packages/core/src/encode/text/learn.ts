import { log } from "../../base/math.ts";
import { type CountedTexts, createCounted } from "./counted.ts";
import { type Cut, type Cutter, createCutter, segmenterFingerprint } from "./cutter.ts";
import { createFinder } from "./finder.ts";
import type { GramEncoder, GramRange } from "./grams.ts";
import type { WordChanges } from "./symbols.ts";
import { MOST_STOP_WORDS, type TextEncoder, type TextOptions, type TextShape } from "./text.ts";
import { createVocabulary, type Selection, type Terms } from "./vocabulary.ts";
import { textOf } from "./words.ts";

/** Learns the encoder of a column from its texts, null where one is missing. */
export const fitText = (
  name: string,
  texts: Iterable<string | null>,
  shape: TextShape,
  options: TextOptions,
): TextEncoder => new TextLearner(name, () => texts, options).fit(shape);

/** Learns the ways of taking the texts of one column, which are cut once for each kind of n-grams. */
export class TextLearner {
  readonly #name: string;
  readonly #read: () => Iterable<string | null>;
  readonly #options: TextOptions;
  readonly #cutter: Cutter;
  readonly #changes: WordChanges;
  readonly #known = new Map<string, Terms>();
  #texts = 0;
  #segmented = false;

  /** `read` gives the texts, the same each time. */
  constructor(name: string, read: () => Iterable<string | null>, options: TextOptions) {
    this.#name = name;
    this.#read = read;
    this.#options = options;
    this.#cutter = createCutter({ foldCase: true, foldAccents: options.foldAccents });
    const { stemmer } = options;
    this.#changes = { stopWords: tokensOf(options.stopWords, this.#cutter), stemmer };
  }

  fit({ counts, idf, grams: ranges }: TextShape): TextEncoder {
    this.#learn(ranges);
    const { foldAccents, normalise, hashBits } = this.#options;
    const grams = ranges.map((range): GramEncoder => {
      const { terms, held } = this.#known.get(keyOf(range))!;
      const weights = idf ? inverseFrequencies(held, this.#texts) : new Float64Array(0);
      return { ...range, terms, weights, bits: hashBits };
    });
    const segmenter = this.#segmented ? segmenterFingerprint() : "";
    return {
      ...{ kind: "text", name: this.#name, foldAccents, counts, normalise, grams },
      ...this.#changes,
      segmenter,
    };
  }

  /** How often each text has the features of n-grams that were learned. */
  countsOf(range: GramRange): CountedTexts {
    return this.#known.get(keyOf(range))!.texts;
  }

  #learn(ranges: readonly GramRange[]): void {
    const unknown = ranges.filter((range) => !this.#known.has(keyOf(range)));
    if (unknown.length === 0) return;
    const counters = unknown.map((range) => this.#counter(range));
    this.#texts = 0;
    for (const text of this.#read()) {
      if (text === null) for (const counter of counters) counter.skip();
      else {
        const cut = this.#cutter(text);
        this.#segmented ||= cut.segmented;
        this.#texts++;
        for (const counter of counters) counter.add(cut);
      }
    }
    unknown.forEach((range, at) => {
      this.#known.set(keyOf(range), counters[at].finish(this.#selection()));
    });
  }

  #counter(range: GramRange): Counter {
    const { hashBits: bits } = this.#options;
    if (bits === 0) return createVocabulary(range, this.#changes);
    return hashedCounter(
      { ...range, terms: [], weights: new Float64Array(0), bits },
      this.#changes,
    );
  }

  #selection(): Selection {
    const { leastTexts, mostShare, mostTerms } = this.#options;
    return {
      least: Math.min(leastTexts, this.#texts),
      most: Math.max(1, Math.floor(mostShare * this.#texts)),
      size: mostTerms,
    };
  }
}

interface Counter {
  add(cut: Cut): void;
  skip(): void;
  finish(selection: Selection): Terms;
}

/** Terms that are hashed: nothing is learned of them but their counts. */
function hashedCounter(encoder: GramEncoder, changes: WordChanges): Counter {
  const finder = createFinder(encoder, changes);
  const counted = createCounted();
  return {
    add(cut) {
      counted.addFound(finder.find(cut));
      counted.endText();
    },
    skip: () => counted.endText(),
    finish: () => ({ terms: [], held: new Int32Array(0), texts: counted.finish() }),
  };
}

const keyOf = ({ of, from, to }: GramRange): string => `${of} ${from} ${to}`;

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
