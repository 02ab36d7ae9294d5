import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import {
  ABOVE_ALL,
  chooseRegularisation,
  conformalQuantile,
  countBelow,
  fitSets,
  isInCrossSet,
  type SetMethod,
  setScores,
  setsOf,
} from "../../src/decide/sets.ts";
import { checkSplitSets } from "../../src/decide/stored.ts";

interface GoldenSets {
  readonly method: SetMethod;
  readonly alpha: number;
  readonly quantile: number;
  readonly sets: readonly string[];
}

interface Golden {
  readonly k: number;
  readonly P: number[];
  readonly y: number[];
  readonly sets: readonly GoldenSets[];
}

const { cases } = JSON.parse(
  readFileSync(new URL("decisions.golden.json", import.meta.url), "utf8"),
) as { cases: Golden[] };

const goldenSets = cases.flatMap((golden) =>
  golden.sets.map((sets) => [sets.method, golden.k, 1 - sets.alpha, golden, sets] as const),
);

describe("sets agree with those of numpy", () => {
  it.each(goldenSets)("%s of %i classes for %d", (method, k, coverage, { P, y }, expected) => {
    const half = Math.floor(y.length / 2);
    const all = Float64Array.from(P);
    const score = method === "raps" ? { method, penalty: 0.1, rank: 2 } : { method };
    const own = Int32Array.from(y.slice(0, half));
    const sets = fitSets(score, all.subarray(0, half * k), own, k, coverage, false);
    expect(sets.quantiles[0]).toBeCloseTo(expected.quantile, 12);
    const inside = setsOf(sets, all.subarray(half * k), k);
    const rows = Array.from({ length: y.length - half }, (_, i) =>
      [...inside.subarray(i * k, (i + 1) * k)].join(""),
    );
    expect(rows).toEqual(expected.sets);
  });
});

describe("scores", () => {
  const P = Float64Array.of(0.1, 0.6, 0.3);

  it("are what is left of a class, or the mass before it, with a penalty for late places", () => {
    const rounded = (scores: Float64Array): number[] =>
      [...scores].map((s) => Math.round(100 * s) / 100);
    expect(rounded(setScores({ method: "lac" }, P, 3))).toEqual([0.9, 0.4, 0.7]);
    expect(rounded(setScores({ method: "aps" }, P, 3))).toEqual([0.9, 0, 0.6]);
    const raps = { method: "raps", penalty: 0.05, rank: 1 } as const;
    expect(rounded(setScores(raps, P, 3))).toEqual([1, 0, 0.65]);
  });

  it("of equal classes stand in their order", () => {
    expect([...setScores({ method: "aps" }, Float64Array.of(0.25, 0.5, 0.25), 3)]).toEqual([
      0.5, 0, 0.75,
    ]);
  });
});

describe("the quantile", () => {
  it("is the ⌈(n + 1)(1 − α)⌉-th smallest, whatever rounding does to the product", () => {
    const scores = Float64Array.from({ length: 109 }, (_, i) => 109 - i);
    expect(conformalQuantile(scores, 0.9)).toBe(99);
    expect(conformalQuantile(scores, 0.99)).toBe(109);
    expect(conformalQuantile(scores, 0.995)).toBe(ABOVE_ALL);
    expect(conformalQuantile(new Float64Array(), 0.5)).toBe(ABOVE_ALL);
  });

  it("lets every label in where rows are too few", () => {
    const sets = fitSets(
      { method: "aps" },
      Float64Array.of(0.9, 0.1),
      Int32Array.of(0),
      2,
      0.9,
      false,
    );
    expect([...setsOf(sets, Float64Array.of(0.99, 0.01), 2)]).toEqual([1, 1]);
  });
});

/** Rows of k classes whose probabilities have nothing to do with their truth: coverage must not need them to. */
function wrongModel(n: number, k: number, seed: number): { P: Float64Array; y: Int32Array } {
  const random = createRandom(seed);
  const P = new Float64Array(n * k);
  const y = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    y[i] = random.below(random.below(k) + 1);
    const e = Array.from({ length: k }, (_, c) => random.uniform() ** 3 + (c === y[i] ? 0.4 : 0));
    const total = e.reduce((a, b) => a + b, 0);
    e.forEach((value, c) => {
      P[i * k + c] = value / total;
    });
  }
  return { P, y };
}

describe("coverage", () => {
  it.each(["lac", "aps", "raps"] as const)(
    "of %s is at least what was asked for, over many samples of a model that is wrong",
    (method) => {
      const [k, n, samples] = [4, 60, 300];
      let hits = 0;
      for (let seed = 0; seed < samples; seed++) {
        const { P, y } = wrongModel(n + 20, k, seed);
        const score = { method, ...(method === "raps" ? { penalty: 0.1, rank: 2 } : {}) };
        const sets = fitSets(score, P.subarray(0, n * k), y.subarray(0, n), k, 0.8, false);
        const inside = setsOf(sets, P.subarray(n * k), k);
        for (let i = 0; i < 20; i++) hits += inside[i * k + y[n + i]];
      }
      // (n + 1)(1 − α) = 48.8: the 49th of 60 covers 49/61 = 0.803 of new rows.
      const error = Math.sqrt((0.8 * 0.2 * (1 / n + 1 / 20)) / samples);
      expect(hits / (20 * samples)).toBeGreaterThan(0.803 - 4 * error);
      expect(hits / (20 * samples)).toBeLessThan(0.803 + 4 * error + (method === "lac" ? 0 : 0.02));
    },
  );

  it("holds in each class where that was asked for, also where the classes differ in difficulty", () => {
    const [k, n, samples] = [3, 120, 200];
    const hits = new Float64Array(k);
    const rows = new Float64Array(k);
    for (let seed = 0; seed < samples; seed++) {
      const { P, y } = wrongModel(n + 30, k, seed);
      const sets = fitSets({ method: "lac" }, P.subarray(0, n * k), y.subarray(0, n), k, 0.8, true);
      const inside = setsOf(sets, P.subarray(n * k), k);
      for (let i = 0; i < 30; i++) {
        rows[y[n + i]]++;
        hits[y[n + i]] += inside[i * k + y[n + i]];
      }
    }
    hits.forEach((own, c) => {
      expect(own / rows[c]).toBeGreaterThan(0.8 - 0.03);
    });
  });
});

describe("a set", () => {
  it("always holds the most probable label, and grows with the coverage", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.constantFrom("lac", "aps"),
        (seed, method) => {
          const { P, y } = wrongModel(40, 5, seed);
          const sets = [0.2, 0.5, 0.9].map((coverage) =>
            setsOf(fitSets({ method: method as SetMethod }, P, y, 5, coverage, false), P, 5),
          );
          for (let i = 0; i < 40; i++) {
            const p = P.subarray(5 * i, 5 * i + 5);
            expect(sets[0][5 * i + p.indexOf(Math.max(...p))]).toBe(1);
          }
          sets[0].forEach((inside, e) => {
            expect(inside).toBeLessThanOrEqual(sets[1][e]);
            expect(sets[1][e]).toBeLessThanOrEqual(sets[2][e]);
          });
        },
      ),
    );
  });

  it("of a label that the model does not know is counted as a miss", () => {
    const { P } = wrongModel(9, 3, 1);
    const sets = fitSets({ method: "lac" }, P, new Int32Array(9).fill(-1), 3, 0.5, false);
    expect(sets.quantiles[0]).toBe(ABOVE_ALL);
  });
});

describe("a quantile that lets all in", () => {
  const { P, y } = wrongModel(2, 3, 1);
  const sets = fitSets({ method: "lac" }, P, y, 3, 0.9, false);

  it("is a finite number, and lets all in", () => {
    expect([...sets.quantiles]).toEqual([ABOVE_ALL]);
    expect(setsOf(sets, P, 3).every((inside) => inside === 1)).toBe(true);
  });

  it("is read where a file of old has an infinite one", () => {
    const old = { ...sets, quantiles: Float64Array.of(Number.POSITIVE_INFINITY) };
    expect(checkSplitSets(old, 3)).toEqual(sets);
  });
});

describe("CV+", () => {
  it("counts scores below, and lets a label in while they are few", () => {
    const sorted = Float64Array.of(0.1, 0.2, 0.2, 0.7);
    expect([0, 0.1, 0.2, 0.5, 9].map((value) => countBelow(sorted, value))).toEqual([
      0, 0, 1, 3, 4,
    ]);
    expect(isInCrossSet(8, 9, 0.9)).toBe(true);
    expect(isInCrossSet(10, 10, 0.9)).toBe(false);
  });
});

describe("the penalty of RAPS", () => {
  it("is one of those tried, for ranks within which the labels lie", () => {
    const { P, y } = wrongModel(300, 8, 2);
    const { penalty, rank } = chooseRegularisation(P, y, 8, 0.9);
    expect([0.001, 0.01, 0.1, 0.2, 0.5]).toContain(penalty);
    expect(rank).toBeGreaterThan(1);
    expect(rank).toBeLessThanOrEqual(8);
  });
});
