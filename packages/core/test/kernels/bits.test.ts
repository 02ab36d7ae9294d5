import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Matrix, RowRange } from "../../src/base/matrix.ts";
import { heap, type Kernels } from "../../src/kernels/kernels.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { sharedKernels } from "../../src/kernels/shared.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";
import { makeCase, type Shape } from "./cases.ts";

const wasm = createWasmKernels({ bytes: 2 ** 26 });
const kernels: { name: string; kernels: Kernels }[] = [
  { name: "reference", kernels: createReferenceKernels() },
  { name: "wasm", kernels: wasm },
];

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 300 }),
  k: fc.integer({ min: 1, max: 14 }),
  dense: fc.integer({ min: 0, max: 40 }),
  codes: fc.record({
    width: fc.integer({ min: 1, max: 9 }),
    perRow: fc.integer({ min: 0, max: 5 }),
  }),
  csr: fc.record({
    width: fc.integer({ min: 1, max: 20 }),
    perRow: fc.integer({ min: 0, max: 6 }),
  }),
});
const bits = fc.constantFrom<32 | 64>(32, 64);

/** The rows of X in another order, on the heap. */
function reordered(X: Matrix, order: readonly number[]): Matrix {
  const take = <T extends { slice(from: number, to: number): T }>(data: T, width: number): T[] =>
    order.map((i) => data.slice(i * width, (i + 1) * width));
  const join = <T extends Float32Array | Float64Array | Int32Array>(like: T, parts: T[]): T =>
    new (like.constructor as new (x: number[]) => T)(parts.flatMap((part) => [...part]));
  const { dense, codes, csr } = X;
  const rowOf = (i: number): [number, number] =>
    csr ? [csr.starts[i], csr.starts[i + 1]] : [0, 0];
  let end = 0;
  return {
    rows: order.length,
    dense: dense && { ...dense, data: join(dense.data, take(dense.data, dense.width)) },
    codes: codes && { ...codes, data: join(codes.data, take(codes.data, codes.perRow)) },
    csr: csr && {
      width: csr.width,
      starts: Int32Array.from([0, ...order.map((i) => (end += rowOf(i)[1] - rowOf(i)[0]))]),
      columns: join(
        csr.columns,
        order.map((i) => csr.columns.slice(...rowOf(i))),
      ),
      values: join(
        csr.values,
        order.map((i) => csr.values.slice(...rowOf(i))),
      ),
    },
  };
}

function logits(by: Kernels, X: Matrix, range: RowRange, W: Float64Array, k: number): Float64Array {
  const Z = new Float64Array((range.end - range.start) * k);
  by.logits(X, range, W, k, Z);
  return Z;
}

describe.each(kernels)("$name", ({ kernels: by }) => {
  it("gives a row's logits the same bits alone, in any batch and among any other rows", () => {
    fc.assert(
      fc.property(shapes, bits, fc.integer(), (shape, precision, pick) => {
        const { X, W, k } = makeCase(shape, precision);
        const all = logits(by, X, { start: 0, end: X.rows }, W, k);
        const i = Math.abs(pick) % X.rows;
        const row = all.slice(i * k, (i + 1) * k);
        expect(logits(by, X, { start: i, end: i + 1 }, W, k)).toEqual(row);
        const batch = logits(by, X, { start: Math.max(0, i - 6), end: X.rows }, W, k);
        const at = Math.min(i, 6) * k;
        expect(batch.slice(at, at + k)).toEqual(row);
        const others = reordered(X, [i, 0, i, X.rows - 1, i]);
        const among = logits(by, others, { start: 0, end: 5 }, W, k);
        for (const j of [0, 2, 4]) expect(among.slice(j * k, (j + 1) * k)).toEqual(row);
      }),
      { numRuns: 300 },
    );
  });
});

/** Each result of one pass over the rows, as bits. */
function passes(by: Kernels, shape: Shape, precision: 32 | 64, own: boolean): unknown[] {
  const { X, y, s, range, W, V, k } = makeCase(shape, precision, own ? wasm.allocate : heap);
  const G = new Float64Array(W.length).fill(0.25);
  const H = new Float64Array(W.length).fill(0.25);
  const loss = by.lossGradient(X, y, s, range, W, k, G);
  by.hessianVector(X, s, range, W, k, V, H);
  return [loss, G, H, logits(by, X, range, W, k)];
}

describe("wasm", () => {
  const weighted = fc.option(fc.constant(0.4), { nil: undefined });
  it("gives the same bits whether the arrays are in its memory or on the heap", () => {
    fc.assert(
      fc.property(shapes, bits, weighted, (shape, precision, zeros) => {
        const whole: Shape = zeros === undefined ? shape : { ...shape, zeros };
        expect(passes(wasm, whole, precision, true)).toEqual(passes(wasm, whole, precision, false));
      }),
      { numRuns: 200 },
    );
  });

  it.each<32 | 64>([32, 64])(
    "gives the same bits when %i-bit rows are copied in several chunks",
    (precision) => {
      const shape: Shape = {
        n: 9000,
        k: 3,
        dense: 130,
        codes: { width: 5, perRow: 2 },
        csr: { width: 60, perRow: 10 },
        zeros: 0.1,
        range: { start: 5, end: 8991 },
      };
      const own = passes(wasm, shape, precision, true);
      expect(passes(wasm, shape, precision, false)).toEqual(own);
      expect(passes(sharedKernels(), shape, precision, false)).toEqual(own);
    },
  );

  it("gives the reference's logits to the bit where k > 1 has no left-over class, in float64", () => {
    const { X, W, k } = makeCase({ n: 100, k: 4, dense: 30, codes: { width: 8, perRow: 3 } }, 64);
    const all = { start: 0, end: 100 };
    expect(logits(wasm, X, all, W, k)).toEqual(logits(createReferenceKernels(), X, all, W, k));
  });

  it("gives the same bits when row weights of 1 are given or left out", () => {
    const { X, y, W, k } = makeCase({ n: 300, k: 5, dense: 9 }, 64);
    const all = { start: 0, end: 300 };
    const G = new Float64Array(W.length);
    const weighted = new Float64Array(W.length);
    const loss = wasm.lossGradient(X, y, null, all, W, k, G);
    expect(wasm.lossGradient(X, y, new Float64Array(300).fill(1), all, W, k, weighted)).toBe(loss);
    expect(weighted).toEqual(G);
  });
});
