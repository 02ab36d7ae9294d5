import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Matrix, RowRange } from "../../src/base/matrix.ts";
import { logCountFactors } from "../../src/model/log-count-ratios.ts";

/** Rows of terms, each present once, beside a dense column. */
function termsMatrix(rows: readonly (readonly number[])[], width: number): Matrix {
  const starts = Int32Array.from([0, ...rows].map((_, i) => rows.slice(0, i).flat().length));
  const columns = Int32Array.from(rows.flat());
  return {
    rows: rows.length,
    dense: { width: 1, data: Float64Array.from(rows, (_, i) => i) },
    codes: null,
    csr: { width, starts, columns, values: new Float64Array(columns.length).fill(0.3) },
  };
}

const whole = (rows: readonly unknown[]): RowRange[] => [{ start: 0, end: rows.length }];

describe("factors of log-count ratios", () => {
  it("are those of a hand example: 1/r² with r = log (p/‖p‖₁) − log (q/‖q‖₁) (Wang & Manning 2012, §2.1)", () => {
    // Terms good, bad, film; p = 1 + counts in class 1 = (3, 1, 3), q = 1 + counts in class 0 = (1, 3, 2).
    const rows = [[0, 2], [2, 0], [1], [2, 1]];
    const factors = logCountFactors(
      termsMatrix(rows, 3),
      Int32Array.of(1, 1, 0, 0),
      null,
      whole(rows),
      1,
    );
    const r = [Math.log(3 / 7 / (1 / 6)), Math.log(1 / 7 / (3 / 6)), Math.log(3 / 7 / (2 / 6))];
    expect(factors[0]).toBe(1);
    for (const [j, ratio] of r.entries()) expect(factors[1 + j]).toBeCloseTo(1 / ratio ** 2, 10);
  });

  const given = fc.record({
    rows: fc.array(fc.uniqueArray(fc.nat(5), { maxLength: 4 }), { minLength: 4, maxLength: 20 }),
    k: fc.integer({ min: 2, max: 4 }),
    seed: fc.nat(1000),
    weighted: fc.boolean(),
    cut: fc.nat(3),
  });

  it("are the plain computation's, weighted or not, over the ranges alone, one logit or many", () => {
    fc.assert(
      fc.property(given, ({ rows, k, seed, weighted, cut }) => {
        const y = Int32Array.from(rows, (_, i) => (i * (seed + 1) + (seed >> 2)) % k);
        const s = weighted ? Float64Array.from(rows, (_, i) => (i + seed) % 3) : null;
        const ranges = [
          { start: 0, end: cut },
          { start: cut + 1, end: rows.length },
        ];
        const outputs = k === 2 ? 1 : k;
        const factors = logCountFactors(termsMatrix(rows, 6), y, s, ranges, outputs);
        expect(factors.length).toBe(7 * outputs);
        const count = (j: number, isIn: (c: number) => boolean): number =>
          1 +
          rows.reduce(
            (sum, row, i) => sum + (i !== cut && isIn(y[i]) && row.includes(j) ? (s?.[i] ?? 1) : 0),
            0,
          );
        for (let out = 0; out < outputs; out++) {
          expect(factors[out]).toBe(1);
          const c = k === 2 ? 1 : out;
          const p = Array.from({ length: 6 }, (_, j) => count(j, (of) => of === c));
          const q = Array.from({ length: 6 }, (_, j) => count(j, (of) => of !== c));
          const [P, Q] = [p, q].map((list) => list.reduce((a, b) => a + b, 0));
          for (let j = 0; j < 6; j++) {
            const r = Math.log(p[j] / P) - Math.log(q[j] / Q);
            const expected = 1 / Math.max(1e-6, r * r);
            const own = factors[(1 + j) * outputs + out];
            expect(Math.abs(own - expected)).toBeLessThan(1e-6 * expected);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("do not see the rows outside the ranges, nor their labels", () => {
    const rows = [[0, 1], [1, 2], [0], [2], [0, 2], [1]];
    const X = termsMatrix(rows, 3);
    const ranges = [
      { start: 0, end: 2 },
      { start: 4, end: 6 },
    ];
    const factors = logCountFactors(X, Int32Array.of(0, 1, 0, 0, 1, 2), null, ranges, 3);
    const others = termsMatrix([rows[0], rows[1], [1], [0, 1, 2], rows[4], rows[5]], 3);
    expect(logCountFactors(others, Int32Array.of(0, 1, 2, 1, 1, 2), null, ranges, 3)).toEqual(
      factors,
    );
    const swapped = logCountFactors(X, Int32Array.of(1, 0, 0, 0, 1, 2), null, ranges, 3);
    expect(swapped).not.toEqual(factors);
  });

  it("stay finite where a term tells nothing, a class has no row, or no row has a term", () => {
    const same = [[0], [0]];
    const none = logCountFactors(termsMatrix(same, 1), Int32Array.of(0, 1), null, whole(same), 1);
    expect([...none]).toEqual([1, 1e6]);
    const absent = logCountFactors(termsMatrix(same, 2), Int32Array.of(0, 1), null, whole(same), 3);
    expect(absent.every((p) => Number.isFinite(p) && p > 0)).toBe(true);
    const empty = logCountFactors(
      termsMatrix([[], []], 2),
      Int32Array.of(0, 1),
      null,
      whole(same),
      1,
    );
    expect([...empty]).toEqual([1, 1e6, 1e6]);
  });

  it("are all 1 where there are no texts", () => {
    const X = { ...termsMatrix([[], []], 0), csr: null };
    expect([...logCountFactors(X, Int32Array.of(0, 1), null, whole([0, 0]), 1)]).toEqual([1]);
  });
});
