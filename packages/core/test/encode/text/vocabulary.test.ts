import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCutter } from "../../../src/encode/text/cutter.ts";
import type { GramRange } from "../../../src/encode/text/grams.ts";
import { createVocabulary } from "../../../src/encode/text/vocabulary.ts";
import { FOLDED } from "./cut.ts";
import { countsOf, naiveGrams, range, text } from "./naive.ts";

const NO_CHANGES = { stopWords: [], stemmer: "" };
const ALL = { least: 1, most: Number.MAX_SAFE_INTEGER, size: Number.MAX_SAFE_INTEGER };

function learn(texts: readonly string[], of: GramRange, selection = ALL) {
  const cutter = createCutter(FOLDED);
  const learner = createVocabulary(of, NO_CHANGES);
  for (const each of texts) learner.add(cutter(each));
  const { terms, held } = learner.finish(selection);
  return new Map(terms.map((term, at) => [term, held[at]]));
}

/** How many texts hold each term. */
const documentCounts = (texts: readonly string[], of: GramRange): Map<string, number> =>
  countsOf(texts.flatMap((each) => [...new Set(naiveGrams(each, of))]));

describe("a vocabulary", () => {
  test("counts the texts of each n-gram as the plain way does", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), range, (texts, of) => {
        expect(learn(texts, of)).toEqual(documentCounts(texts, of));
      }),
      { numRuns: 300 },
    );
  });

  test("has words with the start of the text, and characters with spaces about them that none crosses", () => {
    const words = [...learn(["to be"], { of: "words", from: 1, to: 3 }).keys()];
    expect(words.sort()).toEqual(["\u0002 to", "\u0002 to be", "be", "to", "to be"]);
    const characters = [...learn(["ab c"], { of: "characters", from: 1, to: 4 }).keys()];
    expect(characters.sort()).toEqual(
      ["a", "b", "c", " a", "ab", "b ", " c", "c ", " ab", "ab ", " c ", " ab "].sort(),
    );
    expect(learn(["ab c"], { of: "characters", from: 4, to: 16 })).toEqual(new Map([[" ab ", 1]]));
  });

  test("keeps terms in least to most texts, of more than fit those in the most texts, the first of equals", () => {
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 8 }),
        range,
        fc.record({ least: fc.nat(3), most: fc.integer({ min: 1, max: 8 }), size: fc.nat(12) }),
        (texts, of, selection) => {
          const all = [...learn(texts, of)];
          const { least, most, size } = selection;
          const fits = all.filter(([, count]) => count >= least && count <= most);
          const order = new Map(fits.map(([term], at) => [term, at]));
          const chosen = [...fits].sort((a, b) => b[1] - a[1]).slice(0, size);
          chosen.sort((a, b) => order.get(a[0])! - order.get(b[0])!);
          expect([...learn(texts, of, selection)]).toEqual(chosen);
        },
      ),
    );
  });

  test("does not depend on the order of the texts but for the order of its terms", () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), range, (texts, of) => {
        expect(learn([...texts].reverse(), of)).toEqual(learn(texts, of));
      }),
    );
  });
});
