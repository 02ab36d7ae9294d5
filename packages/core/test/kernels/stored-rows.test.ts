import { describe, expect, it } from "vitest";
import type { RowRange } from "../../src/base/matrix.ts";
import { storedMatrix } from "../../src/base/stored.ts";
import type { PreparedRows } from "../../src/kernels/kernels.ts";
import { prepareStoredRows } from "../../src/kernels/stored-rows.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";
import { type Case, makeCase, type Shape } from "./cases.ts";
import { storeOf } from "./stores.ts";

const SHAPES: readonly Shape[] = [
  { n: 1, k: 1, dense: 1 },
  { n: 300, k: 2, dense: 5 },
  { n: 9000, k: 1, dense: 3, zeros: 0.1 },
  { n: 9001, k: 3, dense: 7, codes: { width: 12, perRow: 2 } },
  { n: 7777, k: 9, codes: { width: 40, perRow: 3 }, zeros: 0 },
  { n: 5000, k: 26, dense: 5, zeros: 0.3 },
];

const rangesOf = (n: number): RowRange[][] => [
  [{ start: 0, end: n }],
  [
    { start: 0, end: Math.floor(n / 3) },
    { start: Math.floor(n / 3), end: Math.floor(n / 3) },
    { start: Math.floor(n / 2), end: n },
  ],
  [],
];

function sums(by: PreparedRows, { y, s, W, V, k, X }: Case, ranges: readonly RowRange[]) {
  const rows = by.over(y, s, ranges);
  const G = new Float64Array(W.length);
  const H = new Float64Array(W.length);
  const loss = rows.lossGradient(W, G);
  const Z = new Float64Array(X.rows * k);
  by.logits(W, ranges, Z);
  rows.hessianVector(W, V, H);
  return [Float64Array.of(loss), G, H, Z].map((part) => Buffer.from(part.buffer).toString("hex"));
}

describe.each<32 | 64>([32, 64])("rows of %i bits that are read chunk by chunk", (bits) => {
  it.each(SHAPES.map((shape) => [JSON.stringify(shape), shape] as const))(
    "have the sums and logits of rows in memory, bit for bit, whatever a chunk holds: %s",
    (_, shape) => {
      const kernels = createWasmKernels({ bytes: 2 ** 26 });
      const made = makeCase(shape, bits, kernels.allocate);
      const whole = kernels.prepare(made.X, made.k);
      for (const bytes of [1, 100_000, 250_000, 2 ** 24]) {
        const store = { ...storeOf(made.X), chunkBytes: bytes };
        const stored = createWasmKernels({ bytes: 2 ** 26 }).prepare(storedMatrix(store), made.k);
        for (const ranges of rangesOf(shape.n)) {
          expect(sums(stored, made, ranges)).toEqual(sums(whole, made, ranges));
        }
      }
    },
  );
});

describe("stored rows", () => {
  it("have the same bits in whatever order lanes run", () => {
    const shape = { n: 9000, k: 3, dense: 3, zeros: 0.1 };
    const kernels = createWasmKernels({ bytes: 2 ** 24 });
    const some = makeCase(shape, 64, kernels.allocate);
    const backwards = prepareStoredRows(
      kernels.wasm,
      kernels.arena,
      {
        threads: 2,
        run: (kernel, jobs) => kernels.executor.run(kernel, jobs.toReversed()),
      },
      { ...storeOf(some.X), chunkBytes: 1 },
      3,
    );
    const whole = [{ start: 0, end: 9000 }];
    expect(sums(backwards, some, whole)).toEqual(sums(kernels.prepare(some.X, 3), some, whole));
  });

  const made = makeCase({ n: 6000, k: 3, dense: 4 }, 64);
  const all = [{ start: 0, end: 6000 }];
  const G = new Float64Array(made.W.length);

  it("are read once a pass, and once in all where they fit a chunk", () => {
    for (const [bytes, wanted] of [
      [1, 18_000],
      [2 ** 24, 6000],
    ]) {
      const store = storeOf(made.X);
      const kernels = createWasmKernels({ bytes: 2 ** 24 });
      const X = storedMatrix(Object.assign(store, { chunkBytes: bytes }));
      const rows = kernels.prepare(X, 3).over(made.y, null, all);
      for (let pass = 0; pass < 3; pass++) rows.lossGradient(made.W, G);
      expect(store.rowsRead).toBe(wanted);
    }
  });

  it("hand on what the store throws, and are read anew after it", () => {
    const store = storeOf(made.X);
    const read = store.read;
    let broken = true;
    store.read = (...rows) => {
      read(...rows);
      if (broken) throw new Error("the disk is gone");
    };
    const kernels = createWasmKernels({ bytes: 2 ** 24 });
    const rows = kernels.prepare(storedMatrix(store), 3).over(made.y, null, all);
    expect(() => rows.lossGradient(made.W, G)).toThrow("the disk is gone");
    broken = false;
    rows.lossGradient(made.W, G);
    expect(store.rowsRead).toBe(12_000);
  });

  it("refuse a class or a range that does not exist, and room that is too small", () => {
    const kernels = createWasmKernels({ bytes: 2 ** 24 });
    const by = kernels.prepare(storedMatrix(storeOf(made.X)), 3);
    expect(() => by.over(made.y, null, [{ start: 0, end: 6001 }])).toThrow(RangeError);
    expect(() => by.over(new Int32Array(6000).fill(3), null, all)).toThrow(/class/);
    expect(() => by.logits(made.W, all, new Float64Array(17_999))).toThrow(/"Z"/);
  });
});
