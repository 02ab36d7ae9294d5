import { byCodePoint } from "../base/text.ts";

/**
 * A categorical column: one indicator a level, in code-point order; then `other`, learned from the levels too rare for
 * one of their own; then missing.
 */
export interface CategoricalEncoder {
  readonly kind: "categorical";
  readonly name: string;
  readonly levels: readonly string[];
  /** Whether rare levels were seen in training: `other` has an indicator, which unseen levels share. */
  readonly other: boolean;
  /** Whether some training row lacked the value. */
  readonly missing: boolean;
}

/** Levels with an indicator of their own, at most: the most frequent. */
export const MOST_LEVELS = 512;

/** A level of fewer rows than this is rare: 2 for small tables, up to 10 for large ones. */
export const rareBelow = (rows: number): number =>
  Math.min(10, Math.max(2, Math.ceil(rows / 1000)));

/** counts: rows of each level present. */
export function fitCategorical(
  name: string,
  counts: ReadonlyMap<string, number>,
  missing: boolean,
  rows: number,
): CategoricalEncoder {
  const enough = rareBelow(rows);
  const levels = [...counts.keys()]
    .filter((level) => counts.get(level)! >= enough)
    .sort((a, b) => counts.get(b)! - counts.get(a)! || byCodePoint(a, b))
    .slice(0, MOST_LEVELS)
    .sort(byCodePoint);
  return { kind: "categorical", name, levels, other: levels.length < counts.size, missing };
}

export const codesWidth = ({ levels, other, missing }: CategoricalEncoder): number =>
  levels.length + (other ? 1 : 0) + (missing ? 1 : 0);

/** The indicator of a canonical text (null: missing), −1 for none. A missing value never seen before counts as other. */
export function indicatorsOf(encoder: CategoricalEncoder): (text: string | null) => number {
  const { levels, other, missing } = encoder;
  const position = new Map(levels.map((level, at) => [level, at]));
  const unseen = other ? levels.length : -1;
  const lacking = missing ? levels.length + (other ? 1 : 0) : unseen;
  return (text) => (text === null ? lacking : (position.get(text) ?? unseen));
}
