import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fit, predictLogits, predictProbabilities } from "../../src/index.ts";

const number = fc.double({ min: -30, max: 30, noNaN: true });

/** A fit with these weights, d × outputs. */
const fitOf = (weights: number[], intercepts: number[]): Fit => ({
  weights: Float64Array.from(weights),
  intercepts: Float64Array.from(intercepts),
  outputs: intercepts.length,
  classes: Array.from({ length: Math.max(2, intercepts.length) }, (_, c) => String(c)),
  converged: true,
  reason: "gradient",
  iterations: 0,
  trace: [],
  objective: 0,
  remarks: [],
});

const models = fc
  .tuple(fc.integer({ min: 1, max: 33 }), fc.integer({ min: 1, max: 9 }))
  .chain(([d, outputs]) =>
    fc.record({
      weights: fc.array(number, { minLength: d * outputs, maxLength: d * outputs }),
      intercepts: fc.array(number, { minLength: outputs, maxLength: outputs }),
      rows: fc.array(fc.array(number, { minLength: d, maxLength: d }), {
        minLength: 2,
        maxLength: 7,
      }),
    }),
  );

describe("a row alone", () => {
  it("has the bits that it has in a batch, whichever model was asked before", () => {
    fc.assert(
      fc.property(models, ({ weights, intercepts, rows }) => {
        const fit = fitOf(weights, intercepts);
        const k = fit.classes.length;
        for (const predict of [predictLogits, predictProbabilities]) {
          const batch = predict(fit, rows);
          rows.forEach((row, i) => {
            const wanted = batch.slice(i * k, (i + 1) * k);
            const data = Float64Array.from(row);
            const dense = { width: row.length, data };
            expect(predict(fit, [row])).toEqual(wanted);
            expect(predict(fit, { data: row, rows: 1, columns: row.length })).toEqual(wanted);
            expect(predict(fit, { rows: 1, dense, codes: null, csr: null })).toEqual(wanted);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("follows weights that were changed in place", () => {
    const fit = fitOf([1, 2], [0]);
    const before = predictLogits(fit, [[3, 4]]);
    fit.weights[0] = 5;
    expect([before[1], predictLogits(fit, [[3, 4]])[1]]).toEqual([11, 23]);
  });

  it.each([
    [[[1]], /expected 2|length/],
    [[[1, Number.NaN]], /row 0/],
    [[[1, Number.POSITIVE_INFINITY]], /row 0/],
  ])("is refused as in a batch where it is %j", (X, sentence) => {
    expect(() => predictProbabilities(fitOf([1, 2], [0]), X)).toThrow(sentence);
  });
});
