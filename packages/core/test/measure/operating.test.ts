import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { log } from "../../src/base/math.ts";
import { operatingPoints } from "../../src/measure/operating.ts";

const row = fc.record({
  p: fc.integer({ min: 1, max: 19 }).map((tenths) => tenths / 20),
  y: fc.nat(1),
  weight: fc.constantFrom(0, 0.5, 1, 2),
});

const logitsOf = (probabilities: readonly number[]): Float64Array =>
  Float64Array.from(probabilities.flatMap((p) => [log(1 - p), log(p)]));

describe("operating points", () => {
  test("of few rows are all thresholds with the weights that plain counting gives", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const used = rows.filter(({ weight }) => weight > 0);
        fc.pre(used.length > 0);
        const [points] = operatingPoints(
          logitsOf(rows.map(({ p }) => p)),
          Int32Array.from(rows, ({ y }) => y),
          Float64Array.from(rows, ({ weight }) => weight),
          2,
          1,
        );
        const levels = [...new Set(used.map(({ p }) => p))].sort((a, b) => b - a);
        expect(points.thresholds).toHaveLength(levels.length);
        levels.forEach((level, at) => {
          expect(points.thresholds[at]).toBeCloseTo(level, 12);
          const taken = used.filter(({ p }) => p >= level);
          const weightOf = (wanted: number): number =>
            taken.reduce((sum, { y, weight }) => (y === wanted ? sum + weight : sum), 0);
          expect(points.truePositives[at]).toBe(weightOf(1));
          expect(points.falsePositives[at]).toBe(weightOf(0));
        });
      }),
    );
  });

  test("of many rows are few, end with all rows, and leave no gap wider than a two-hundredth", () => {
    const n = 20_000;
    const p = Array.from({ length: n }, (_, i) => (i + 0.5) / n);
    const y = Int32Array.from(p, (_, i) => (i % 50 === 0 ? 1 : 0));
    const [points] = operatingPoints(logitsOf(p), y, null, 2, 1);
    const { thresholds, truePositives, falsePositives, positives, negatives } = points;
    expect(thresholds.length).toBeLessThanOrEqual(402);
    expect(truePositives.at(-1)).toBe(positives);
    expect(falsePositives.at(-1)).toBe(negatives);
    for (let at = 1; at < thresholds.length; at++) {
      expect(thresholds[at]).toBeLessThan(thresholds[at - 1]);
      expect(truePositives[at] - truePositives[at - 1]).toBeLessThanOrEqual(positives / 200 + 1);
      expect(falsePositives[at] - falsePositives[at - 1]).toBeLessThanOrEqual(negatives / 200 + 1);
    }
  });

  test("are of every class where none is of interest, and of no class where there are many", () => {
    const Z = Float64Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3);
    const y = Int32Array.of(0, 1, 1);
    expect(operatingPoints(Z, y, null, 3, null).map(({ label }) => label)).toEqual([0, 1, 2]);
    expect(operatingPoints(new Float64Array(13), Int32Array.of(4), null, 13, null)).toEqual([]);
  });
});
