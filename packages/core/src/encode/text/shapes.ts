import { checkInteger, checkKeys, checkKind, checkNumber } from "../../base/checks.ts";
import { type GramRange, MOST_BITS, MOST_SYMBOLS } from "./grams.ts";
import type { TextOptions, TextShape } from "./text.ts";

/** How to take texts, where the defaults are not wanted. What is not said is chosen by out-of-fold loss. */
export interface TextChoice {
  /** Lengths of word n-grams, such as [1, 2]; null for no words. Said of one kind alone, the other is left out. */
  readonly words?: readonly [from: number, to: number] | null;
  /** Lengths of character n-grams, such as [2, 5]; null for no characters. */
  readonly characters?: readonly [from: number, to: number] | null;
  /**
   * "tf-idf": 1 + log of the count, times the inverse document frequency; "bayes": presence, each weight penalised by
   * what naive Bayes would give it; "binary": presence alone.
   */
  readonly weights?: TextWeights;
  /** Texts that must hold a term, at least. Default 2. */
  readonly leastTexts?: number;
  /** Share of the texts that may hold a term, at most. Default 1. */
  readonly mostShare?: number;
  /** Terms of words, and of characters, at most: those in the most texts. Default 262,144. */
  readonly mostTerms?: number;
  /** Terms are hashed to 2^hashBits features (8 to 22) instead of being listed: without idf, and without words to show. */
  readonly hashBits?: number;
  /** é counts as e. Default false. */
  readonly foldAccents?: boolean;
  /** The values of a text are divided by their norm, so that long texts count like short ones. Default true. */
  readonly normalise?: boolean;
  /** Words that are left out; they are cut and folded as the texts are. Default none. */
  readonly stopWords?: readonly string[];
  /** Name of a stemmer that was registered (registerStemmer). Default none. */
  readonly stemmer?: string;
  /**
   * Numbers of an embedding that each term gets: the weights are those of a bag of embeddings (docs/math.md §3), and epochs
   * are chosen instead of penalties. Default: none. Then words are [1, 2], or what is said, and "weights" are "binary".
   */
  readonly embeddings?: number;
  /** With embeddings: how often every text is visited. */
  readonly epochs?: number;
}

export type TextWeights = "tf-idf" | "bayes" | "binary";

const WEIGHTS: readonly TextWeights[] = ["tf-idf", "bayes", "binary"];
const KEYS: readonly (keyof TextChoice)[] = [
  "words",
  "characters",
  "weights",
  "leastTexts",
  "mostShare",
  "mostTerms",
  "hashBits",
  "foldAccents",
  "normalise",
  "stopWords",
  "stemmer",
  "embeddings",
  "epochs",
];

export const DEFAULT_TEXT: TextOptions = {
  foldAccents: false,
  normalise: true,
  leastTexts: 2,
  mostShare: 1,
  mostTerms: 2 ** 18,
  hashBits: 0,
  stopWords: [],
  stemmer: "",
};

/** Throws a TypeError or RangeError where a choice is none. */
export function checkTextChoice(choice: TextChoice): void {
  checkKeys("texts", choice, KEYS);
  checkEmbeddings(choice);
  for (const name of ["words", "characters"] as const) checkRange(`texts.${name}`, choice[name]);
  const { weights, stopWords, stemmer } = choice;
  const known = weights === undefined || WEIGHTS.includes(weights);
  checkKind("texts.weights", '"tf-idf", "bayes" or "binary"', weights, known);
  if (choice.words === null && choice.characters === null) {
    throw new TypeError('"texts" expected words or characters, got neither');
  }
  const whole = {
    leastTexts: [1, 1e9],
    mostTerms: [1, 2 ** 22],
    hashBits: [8, MOST_BITS],
  } as const;
  for (const [name, [least, most]] of Object.entries(whole)) {
    const value = choice[name as keyof typeof whole];
    if (value !== undefined) checkInteger(`texts.${name}`, value, least, most);
  }
  if (choice.mostShare !== undefined) checkNumber("texts.mostShare", choice.mostShare, 0, 1);
  for (const name of ["foldAccents", "normalise"] as const) {
    const value: unknown = choice[name];
    checkKind(
      `texts.${name}`,
      "true or false",
      value,
      value === undefined || value === true || value === false,
    );
  }
  const words = stopWords === undefined || (Array.isArray(stopWords) && stopWords.every(isText));
  checkKind("texts.stopWords", "a list of texts", stopWords, words);
  checkKind("texts.stemmer", "a name", stemmer, stemmer === undefined || isText(stemmer));
}

/** Values of a bag are averages of presences, so that weights and norms have no say. */
function checkEmbeddings({ embeddings, epochs, weights, normalise }: TextChoice): void {
  if (epochs !== undefined) checkInteger("texts.epochs", epochs, 1, 1e6);
  if (embeddings === undefined) {
    if (epochs === undefined) return;
    throw new TypeError('"texts.epochs" expected "texts.embeddings" beside it, got none');
  }
  checkInteger("texts.embeddings", embeddings, 1, 4096);
  if (weights !== undefined && weights !== "binary") {
    throw new TypeError(
      `"texts.weights" expected "binary" beside "texts.embeddings", got "${weights}"`,
    );
  }
  if (normalise !== undefined) {
    throw new TypeError(
      `"texts.normalise" expected nothing beside "texts.embeddings", got ${normalise}: a text is the mean of its terms`,
    );
  }
}

const isText = (value: unknown): boolean => typeof value === "string";

function checkRange(what: string, range: TextChoice["words"]): void {
  if (range == null) return;
  checkKind(what, "two lengths", range, Array.isArray(range) && range.length === 2);
  checkInteger(`${what}[0]`, range[0], 1, MOST_SYMBOLS);
  checkInteger(`${what}[1]`, range[1], range[0], MOST_SYMBOLS);
}

export const textOptionsOf = (choice: TextChoice): TextOptions => {
  const { words: _, characters: __, weights: ___, epochs: ____, embeddings, ...given } = choice;
  const mean = embeddings === undefined ? {} : { normalise: "mean" as const };
  return { ...DEFAULT_TEXT, ...given, ...mean };
};

const WORDS: GramRange = { of: "words", from: 1, to: 2 };
const CHARACTERS: GramRange = { of: "characters", from: 1, to: 5 };

/**
 * Characters of all texts above which runs of characters are tried only when asked for: every character begins five of them,
 * so that they are ten times as many entries as words and pairs. 100,000 texts of 100 words took 129 s and 4 GB with them.
 */
const MOST_CHARACTERS = 2 ** 22;

/**
 * The ways of taking texts that are tried, the simplest first. Where no L2 penalty has factors, presence is for "bayes".
 * length: characters of all texts.
 */
export function textShapes(choice: TextChoice, withFactors = true, length = 0): TextShape[] {
  if (choice.embeddings !== undefined) return [embeddedShape(choice, choice.embeddings)];
  const { words, characters, weights, hashBits = 0 } = choice;
  const presence = withFactors ? "bayes" : "binary";
  const ofWords = rangeOf("words", words, characters === null ? WORDS : null);
  const ofCharacters = rangeOf("characters", characters, words === null ? CHARACTERS : null);
  const isOpen = words === undefined && characters === undefined;
  const hashed = hashBits > 0;
  if (!isOpen) {
    const grams = [ofWords, ofCharacters].filter((range) => range !== null);
    const ways: readonly TextWeights[] = weights === undefined ? ["tf-idf", presence] : [weights];
    return ways.map((way) => shapeOf(grams, way, hashed));
  }
  const kinds = length > MOST_CHARACTERS ? [[WORDS]] : [[WORDS], [WORDS, CHARACTERS]];
  const some = kinds.map((grams) => shapeOf(grams, weights ?? presence, hashed));
  return weights === undefined ? [shapeOf([WORDS], "tf-idf", hashed), ...some] : some;
}

function embeddedShape({ words, characters }: TextChoice, dimension: number): TextShape {
  const ofWords = rangeOf("words", words, characters == null ? WORDS : null);
  const ofCharacters = rangeOf("characters", characters, words === null ? CHARACTERS : null);
  const grams = [ofWords, ofCharacters].filter((range) => range !== null);
  const shape = shapeOf(grams, "binary", false);
  return { ...shape, name: `${nameOf(grams)}, embeddings of ${dimension}` };
}

/** What the caller says of one kind; where only of the other, `otherwise`. */
function rangeOf(
  of: GramRange["of"],
  range: TextChoice["words"],
  otherwise: GramRange | null,
): GramRange | null {
  if (range === undefined) return otherwise;
  return range === null ? null : { of, from: range[0], to: range[1] };
}

const WAYS: ReadonlyMap<TextWeights, string> = new Map([
  ["tf-idf", "tf-idf"],
  ["bayes", "naive Bayes"],
  ["binary", "presence"],
]);

function shapeOf(grams: readonly GramRange[], way: TextWeights, hashed: boolean): TextShape {
  return {
    name: `${nameOf(grams)}, ${WAYS.get(way)}`,
    grams,
    counts: way === "tf-idf" ? "log" : "binary",
    idf: way === "tf-idf" && !hashed,
    bayes: way === "bayes",
  };
}

const nameOf = (grams: readonly GramRange[]): string =>
  grams.map(({ of, from, to }) => `${of} ${from === to ? from : `${from}–${to}`}`).join(" + ");
