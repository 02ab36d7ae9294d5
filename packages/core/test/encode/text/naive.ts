import fc from "fast-check";
import type { GramRange } from "../../../src/encode/text/grams.ts";
import { START_TEXT } from "../../../src/encode/text/symbols.ts";
import { cut } from "./cut.ts";

/** Short texts of what is hard to cut, and lengths of n-grams. */
export const text = fc.string({
  unit: fc.constantFrom("a", "b", "B", "é", " ", " ", "  ", "ß", "!", "漢", "\u200b", "👍🏽"),
  maxLength: 25,
});
export const range: fc.Arbitrary<GramRange> = fc
  .tuple(
    fc.constantFrom("words" as const, "characters" as const),
    fc.integer({ min: 1, max: 4 }),
    fc.nat(3),
  )
  .map(([of, from, more]) => ({ of, from, to: from + more }));

/** The n-grams of a text in order, the plain way: terms as an encoder lists them. */
export function naiveGrams(
  text: string,
  { of, from, to }: GramRange,
  changed: (words: readonly string[]) => readonly string[] = (words) => words,
): string[] {
  const { tokens, folded } = cut(text);
  const symbols =
    of === "words" ? [START_TEXT, ...changed(tokens)] : folded === "" ? [] : [" ", ...folded, " "];
  const terms: string[] = [];
  for (let first = 0; first < symbols.length; first++) {
    for (let length = from; length <= to && first + length <= symbols.length; length++) {
      const gram = symbols.slice(first, first + length);
      const alone = gram.length === 1 && (gram[0] === " " || gram[0] === START_TEXT);
      const crosses = of === "characters" && gram.slice(1, -1).includes(" ");
      if (!alone && !crosses) terms.push(gram.join(of === "words" ? " " : ""));
    }
  }
  return terms;
}

export function countsOf(terms: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}
