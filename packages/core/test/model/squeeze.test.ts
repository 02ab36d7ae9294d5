import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Matrix, matrixWidth } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createKernels } from "../../src/kernels/wasm.ts";
import { fit } from "../../src/model/fit.ts";
import { squeezeColumns } from "../../src/model/squeeze.ts";
import { createTrainer, type FitRequest } from "../../src/model/trainer.ts";
import { noisyRows } from "./rows.ts";

/** Dense columns, codes and CSR of which every second indicator and most sparse columns never occur. */
function holes(n: number, seed: number, dense = 2): { X: Matrix; y: Int32Array } {
  const { X, y } = noisyRows(n, dense, 3, seed, 2);
  const random = createRandom(seed + 1);
  const starts = Int32Array.from({ length: n + 1 }, (_, i) => 2 * i);
  const columns = Int32Array.from(
    { length: 2 * n },
    (_, at) => 7 + 10 * random.below(4) + (at % 2),
  );
  const csr = {
    width: 90,
    starts,
    columns,
    values: Float64Array.from({ length: 2 * n }, () => random.uniform()),
  };
  const codes = { ...X.codes!, width: 21, data: X.codes!.data.map((code) => 2 * code) };
  return { X: { ...X, codes, csr }, y };
}

/** X written out. */
function written(X: Matrix): number[][] {
  const first = X.dense?.width ?? 0;
  return Array.from({ length: X.rows }, (_, i) => {
    const row = new Array<number>(matrixWidth(X)).fill(0);
    for (let j = 0; j < first; j++) row[j] = X.dense!.data[i * first + j];
    for (let at = 0; at < (X.codes?.perRow ?? 0); at++) {
      const code = X.codes!.data[i * X.codes!.perRow + at];
      if (code >= 0) row[first + code]++;
    }
    for (let at = X.csr?.starts[i] ?? 0; at < (X.csr?.starts[i + 1] ?? 0); at++) {
      row[first + (X.codes?.width ?? 0) + X.csr!.columns[at]] += X.csr!.values[at];
    }
    return row;
  });
}

describe("squeezeColumns", () => {
  it("leaves the columns that occur, in their order, with their values, whatever the blocks", () => {
    const given = fc.record({
      n: fc.integer({ min: 1, max: 30 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
      dense: fc.integer({ min: 0, max: 2 }),
      blocks: fc.constantFrom("codes", "csr", "both"),
    });
    fc.assert(
      fc.property(given, ({ n, seed, dense, blocks }) => {
        const { X: all } = holes(n, seed, dense);
        const X = {
          ...all,
          codes: blocks === "csr" ? null : all.codes,
          csr: blocks === "codes" ? null : all.csr,
        };
        const squeezed = squeezeColumns(X)!;
        const whole = written(X);
        const rows = written(squeezed.X);
        expect(rows).toEqual(whole.map((row) => [...squeezed.columns].map((j) => row[j])));
        const kept = new Set(squeezed.columns);
        for (let j = 0; j < matrixWidth(X); j++) {
          expect(kept.has(j)).toBe(j < dense || whole.some((row) => row[j] !== 0));
        }
        const weights = Float64Array.from({ length: (kept.size + 1) * 2 }, (_, at) => at + 1);
        const expanded = squeezed.expand(weights);
        expect(squeezed.shrink(expanded)).toEqual(weights);
        expect(expanded.filter((w) => w !== 0)).toEqual(weights);
      }),
      { numRuns: 60 },
    );
  });

  it("leaves X alone where few columns are absent, and does not touch what it is given", () => {
    const { X } = noisyRows(200, 3, 3, 5, 2);
    expect(squeezeColumns(X)).toBeNull();
    expect(squeezeColumns({ ...X, codes: { ...X.codes!, width: 11 } })).toBeNull();
    expect(squeezeColumns({ rows: 3, dense: null, codes: null, csr: null })).toBeNull();
    const { X: given } = holes(20, 6);
    const before = structuredClone(given);
    squeezeColumns(given);
    expect(given).toEqual(before);
  });
});

describe("a trainer of columns that never occur", () => {
  const request: FitRequest = {
    ranges: [{ start: 0, end: 250 }],
    l2: 0.01,
    start: null,
    tolerance: "final",
  };

  it.each([true, false])(
    "reaches the optimum of all columns, their weights 0 (worker: %s)",
    async (worker) => {
      const { X, y } = holes(300, 7);
      const common = { y, outputs: 3, rowWeights: null, worker };
      const kernels = createKernels({ bytes: 1e6 });
      const trainer = await createTrainer({ X, ...common, kernels });
      const data = Float64Array.from(written(X).flat());
      const dense = { rows: 300, dense: { width: matrixWidth(X), data }, codes: null, csr: null };
      const plain = await createTrainer({ X: dense, ...common, kernels: createReferenceKernels() });
      try {
        const fitted = await trainer.fit(request);
        const expected = await plain.fit(request);
        expect(fitted.converged).toBe(true);
        expect(Math.abs(fitted.objective - expected.objective)).toBeLessThan(1e-12);
        expect(fitted.weights.length).toBe(expected.weights.length);
        fitted.weights.forEach((w, at) =>
          expect(Math.abs(w - expected.weights[at])).toBeLessThan(1e-7),
        );
        const ranges = [{ start: 250, end: 300 }];
        const Z = await trainer.logits(fitted.weights, ranges);
        const expectedZ = await plain.logits(fitted.weights, ranges);
        Z.forEach((z, at) => expect(Math.abs(z - expectedZ[at])).toBeLessThan(1e-12));
        const again = await trainer.fit({ ...request, start: fitted.weights });
        expect(again.iterations).toBeLessThan(2);
      } finally {
        trainer.close();
        plain.close();
      }
    },
  );

  it("names separating columns by their numbers among all", async () => {
    const codes = { width: 40, perRow: 1, data: Int32Array.of(13, 13, 13, 29, 29, 29) };
    const X = { rows: 6, dense: null, codes, csr: null };
    const model = await fit(X, [0, 0, 0, 1, 1, 1], { l2: 0, worker: false });
    expect(model.reason).toBe("separated");
    expect(model.weights.length).toBe(40);
    expect(model.remarks.join()).toMatch(/column 13 alone parts class "1"/);
    expect(model.remarks.join()).toMatch(/column 29 alone parts class "1"/);
  });
});
