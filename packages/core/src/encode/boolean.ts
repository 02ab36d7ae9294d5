/** A column of two opposite words: one indicator for the true one, then one for missing. */
export interface BooleanEncoder {
  readonly kind: "boolean";
  readonly name: string;
  /** The words as the training table wrote them: false, true. */
  readonly words: readonly string[];
  /** Whether some training row lacked the value. */
  readonly missing: boolean;
}

/** Pairs of words, false first, in lower case. */
const PAIRS: readonly (readonly [string, string])[] = [
  ["false", "true"],
  ["f", "t"],
  ["no", "yes"],
  ["n", "y"],
  ["0", "1"],
];

const meaning = new Map(PAIRS.flatMap(([no, yes]) => [[no, 0] as const, [yes, 1] as const]));

/** 0 or 1 for a word of any pair in any case, −1 for other texts: JSON's true is the "yes" of a text file. */
export const truth = (text: string): number => meaning.get(text.toLowerCase()) ?? -1;

/** The two texts as false and true where they are a pair of opposite words, else null. */
export function booleanWords(texts: readonly string[]): readonly [string, string] | null {
  if (texts.length !== 2) return null;
  for (const pair of PAIRS) {
    const found = pair.map((word) => texts.find((text) => text.toLowerCase() === word));
    if (found.every((text) => text !== undefined)) return found as [string, string];
  }
  return null;
}

export const codesWidth = ({ missing }: BooleanEncoder): number => (missing ? 2 : 1);

/** The indicator of a canonical text (null: missing), −1 for none. */
export function indicatorsOf({ missing }: BooleanEncoder): (text: string | null) => number {
  const lacking = missing ? 1 : -1;
  return (text) => {
    const value = text === null ? -1 : truth(text);
    return value === 1 ? 0 : value === 0 ? -1 : lacking;
  };
}

/** counts: rows of each text present. The words kept are the most frequent spelling of each meaning. */
export function fitBoolean(
  name: string,
  counts: ReadonlyMap<string, number>,
  missing: boolean,
): BooleanEncoder {
  const words = ["false", "true"];
  const most = [0, 0];
  let strays = 0;
  for (const [text, count] of counts) {
    const value = truth(text);
    if (value < 0) strays += count;
    else if (count > most[value]) {
      words[value] = text;
      most[value] = count;
    }
  }
  return { kind: "boolean", name, words, missing: missing || strays > 0 };
}
