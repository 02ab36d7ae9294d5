import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { type DecidedRows, measureDecided } from "../../src/measure/decided.ts";
import { riskCoverage } from "../../src/measure/risk.ts";
import { measureSets } from "../../src/measure/sets.ts";

const { cases } = JSON.parse(
  readFileSync(new URL("../decide/decisions.golden.json", import.meta.url), "utf8"),
) as { cases: { k: number; P: number[]; y: number[]; area: number }[] };

/** Labels that are right in most rows, some left to a person, some rows without weight. */
function rowsOf(n: number, k: number, seed: number, more: Partial<DecidedRows> = {}): DecidedRows {
  const random = createRandom(seed);
  const y = Int32Array.from({ length: n }, () => random.below(k));
  const answers = y.map((c) => (random.below(4) > 0 ? c : random.below(k)));
  return {
    Z: Float64Array.from({ length: n * k }, () => 3 * random.uniform()),
    y,
    s: Float64Array.from({ length: n }, (_, i) => (i === 0 ? 1 : random.below(3))),
    k,
    group: null,
    answers,
    labels: answers.map((c) => (random.below(5) === 0 ? -1 : c)),
    costs: null,
    rowCosts: null,
    abstainCost: null,
    aim: "accuracy",
    positive: -1,
    top: 1,
    shares: new Float64Array(k).fill(1),
    seed: 1,
    ...more,
  };
}

const sum = (n: number, of: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < n; i++) total += of(i);
  return total;
};

describe("scores of labels", () => {
  it("are weighted shares of the rows decided", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e5 }), (seed) => {
        const costs = Float64Array.of(0, 1, 4, 2, 0, 1, 7, 1, 0);
        const rows = rowsOf(40, 3, seed, { costs, abstainCost: 0.5, aim: "cost", positive: 1 });
        const { y, labels } = rows;
        const s = rows.s as Float64Array;
        const { decided, confusion } = measureDecided(rows);
        const all = sum(40, (i) => s[i]);
        const taken = sum(40, (i) => (labels[i] < 0 ? 0 : s[i]));
        const cost = sum(40, (i) => s[i] * (labels[i] < 0 ? 0.5 : costs[3 * y[i] + labels[i]]));
        const right = sum(40, (i) => (labels[i] === y[i] ? s[i] : 0));
        expect(decided.coverage.value).toBeCloseTo(taken / all, 12);
        expect(decided.accuracy.value).toBeCloseTo(taken === 0 ? 0 : right / taken, 12);
        expect(decided.cost?.value).toBeCloseTo(cost / all, 12);
        const found = sum(40, (i) => (labels[i] === 1 ? s[i] : 0));
        const hits = sum(40, (i) => (labels[i] === 1 && y[i] === 1 ? s[i] : 0));
        expect(decided.precision?.value).toBeCloseTo(found === 0 ? 0 : hits / found, 12);
        expect(confusion.flat().reduce((a, b) => a + b, 0)).toBeCloseTo(all, 12);
      }),
      { numRuns: 25 },
    );
  });

  it("count a row's cost by its factor, and without a cost of asking only the rows decided", () => {
    const rows = rowsOf(30, 2, 4, { rowCosts: Float64Array.from({ length: 30 }, (_, i) => i) });
    const s = rows.s as Float64Array;
    const decided = sum(30, (i) => (rows.labels[i] < 0 ? 0 : s[i]));
    const cost = sum(30, (i) =>
      rows.labels[i] < 0 || rows.labels[i] === rows.y[i] ? 0 : i * s[i],
    );
    expect(measureDecided(rows).decided.cost?.value).toBeCloseTo(cost / decided, 12);
  });

  it("set the gain against argmax and the best constant label on the same rows", () => {
    const costs = Float64Array.of(0, 1, 5, 0);
    const shares = Float64Array.of(700, 300);
    const rows = rowsOf(200, 2, 5, { costs, shares, aim: "cost" });
    const { decided, argmax, baseline, baselineLabel, gain, baselineGain } = measureDecided(rows);
    expect(baselineLabel).toBe(1); // 0.7 · 1 for 0.3 · 5
    expect(gain.value).toBeCloseTo(argmax.cost!.value - decided.cost!.value, 12);
    expect(baselineGain.value).toBeCloseTo(baseline.cost!.value - decided.cost!.value, 12);
    expect(gain.low).toBeLessThanOrEqual(gain.value);
  });

  it("count labels among the top", () => {
    const Z = Float64Array.of(3, 2, 1, 1, 2, 3, 1, 3, 2);
    const y = Int32Array.of(1, 0, 2);
    const rows = rowsOf(3, 3, 1, {
      Z,
      y,
      s: null,
      answers: Int32Array.of(0, 2, 1),
      labels: Int32Array.of(0, 2, 1),
      top: 2,
      aim: "topAccuracy",
      shares: Float64Array.of(3, 1, 2),
    });
    const { decided, argmax, baseline } = measureDecided(rows);
    expect(decided.topAccuracy?.value).toBeCloseTo(2 / 3, 12);
    expect(argmax.topAccuracy?.value).toBe(0);
    expect(baseline.topAccuracy?.value).toBeCloseTo(2 / 3, 12);
  });

  it("survive that every row is left to a person", () => {
    const rows = rowsOf(10, 2, 6, { labels: new Int32Array(10).fill(-1) });
    const { decided } = measureDecided(rows);
    expect([decided.coverage.value, decided.accuracy.value, decided.macroF1.value]).toEqual([
      0, 0, 0,
    ]);
  });
});

describe("the risk–coverage curve", () => {
  it.each(cases.map((golden) => [golden.k, golden] as const))(
    "has the area that numpy finds, of %i classes",
    (k, { P, y, area }) => {
      const best = y.map((_, i) => {
        const p = P.slice(i * k, (i + 1) * k);
        return p.indexOf(Math.max(...p));
      });
      const confidence = Float64Array.from(best, (c, i) => P[i * k + c]);
      const losses = Float64Array.from(best, (c, i) => Number(c !== y[i]));
      const found = riskCoverage(confidence, losses, new Float64Array(y.length).fill(1));
      expect(found.area).toBeCloseTo(area, 3);
      expect(found.least).toBeLessThanOrEqual(found.area);
    },
  );

  it("ends where all rows are decided, takes equals together and has at most 50 points", () => {
    const confidence = Float64Array.from({ length: 300 }, (_, i) => Math.floor(i / 3));
    const losses = Float64Array.from({ length: 300 }, (_, i) => Number(i % 2));
    const { points } = riskCoverage(confidence, losses, new Float64Array(300).fill(2));
    expect(points.length).toBeLessThanOrEqual(50);
    expect(points.at(-1)).toEqual({ coverage: 1, confidence: 0, risk: 0.5 });
    const equal = riskCoverage(
      new Float64Array(4),
      Float64Array.of(1, 0, 0, 1),
      new Float64Array(4).fill(1),
    );
    expect(equal.points).toEqual([{ coverage: 1, confidence: 0, risk: 0.5 }]);
    expect(equal.area).toBe(0.5);
  });
});

describe("sets measured", () => {
  it("by the share that holds the label, and by their size", () => {
    const inside = Uint8Array.of(1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0);
    const { coverage, size, sizes, classes } = measureSets(
      inside,
      Int32Array.of(0, 2, 1, -1),
      null,
      3,
      null,
      1,
    );
    expect(coverage.value).toBe(0.5);
    expect(size.value).toBe(1.75);
    expect(sizes).toEqual([0.5, 0.25, 0.25]);
    expect(classes.map((estimate) => estimate?.value)).toEqual([1, 1, 0]);
  });
});
