import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matrixWidth, type RowRange } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import { copyColumns } from "../../src/kernels/csc.ts";
import type { Executor } from "../../src/kernels/executor.ts";
import { prepareRows } from "../../src/kernels/lanes.ts";
import { instantiate, kernelModule } from "../../src/kernels/module.ts";
import { laneCount, laneShape, preparedBytes } from "../../src/kernels/plan.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";
import { type Case, makeCase, type Shape } from "./cases.ts";

const HARD: readonly Shape[] = [
  { n: 1, k: 1, dense: 1 },
  { n: 129, k: 1, dense: 3 },
  { n: 2500, k: 3, dense: 7, zeros: 0.2 },
  { n: 2100, k: 1, csr: { width: 300, perRow: 5 } },
  { n: 700, k: 9, csr: { width: 40, perRow: 6 }, zeros: 0 },
  { n: 900, k: 2, dense: 4, codes: { width: 6, perRow: 2 }, csr: { width: 50, perRow: 3 } },
  { n: 300, k: 26, dense: 5, csr: { width: 2000, perRow: 4 } },
  { n: 260, k: 33, dense: 2, codes: { width: 700, perRow: 9 } },
];

/** Several ranges, one of them empty, that leave rows out. */
const rangesOf = (n: number): RowRange[] => [
  { start: 0, end: Math.floor(n / 3) },
  { start: Math.floor(n / 3), end: Math.floor(n / 3) },
  { start: Math.floor(n / 2), end: n },
];

function sums(shape: Shape, bits: 32 | 64, executor?: (plain: Executor) => Executor) {
  const kernels = createWasmKernels({ bytes: 2 ** 24 });
  const made = makeCase(shape, bits, kernels.allocate);
  const ranges = rangesOf(shape.n);
  const by =
    executor === undefined
      ? kernels.prepare(made.X, made.k)
      : prepareRows(
          instantiate(kernelModule()!.module, kernels.arena.memory),
          kernels.arena,
          executor(kernels.executor),
          made.X,
          made.k,
        );
  const rows = by.over(made.y, made.s, ranges);
  const G = new Float64Array(made.W.length);
  const H = new Float64Array(made.W.length);
  const loss = rows.lossGradient(made.W, G);
  const Z = new Float64Array(shape.n * made.k);
  by.logits(made.W, [{ start: 0, end: shape.n }], Z);
  rows.hessianVector(made.W, made.V, H);
  return { loss, G, H, Z, made, ranges, kernels };
}

/** By the specification, and the size of what is added up. */
function expected({ X, y, s, W, V, k }: Case, ranges: readonly RowRange[]) {
  const rows = createReferenceKernels().prepare(X, k).over(y, s, ranges);
  const G = new Float64Array(W.length);
  const H = new Float64Array(W.length);
  rows.hessianVector(W, V, H);
  return { loss: rows.lossGradient(W, G), G, H };
}

const near = (got: Float64Array, wanted: Float64Array, bound: number): void => {
  const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  got.forEach((x, i) => {
    if (!(Math.abs(x - wanted[i]) <= bound * scale)) expect.fail(`${x} for ${wanted[i]} at ${i}`);
  });
};

describe.each<32 | 64>([32, 64])("sums by lanes of %i-bit rows", (bits) => {
  const bound = bits === 32 ? 2e-5 : 1e-12;

  it.each(HARD.map((shape) => [JSON.stringify(shape), shape] as const))(
    "are those of the reference, several ranges together: %s",
    (_, shape) => {
      const { loss, G, H, made, ranges } = sums(shape, bits);
      const wanted = expected(made, ranges);
      expect(Math.abs(loss - wanted.loss)).toBeLessThanOrEqual(
        bound * Math.abs(wanted.loss) + bound,
      );
      near(G, wanted.G, bound);
      near(H, wanted.H, bound);
    },
  );

  it.each(HARD.map((shape) => [JSON.stringify(shape), shape] as const))(
    "have the same bits in whatever order jobs run: %s",
    (_, shape) => {
      const plain = sums(shape, bits);
      const random = createRandom(7);
      const shuffled = sums(shape, bits, (executor) => ({
        threads: 3,
        run(kernel, jobs) {
          const order = jobs.map((job) => ({ job, at: random.uniform() }));
          order.sort((a, b) => a.at - b.at);
          executor.run(
            kernel,
            order.map(({ job }) => job),
          );
        },
      }));
      for (const what of ["loss", "G", "H", "Z"] as const) {
        expect(shuffled[what]).toStrictEqual(plain[what]);
      }
    },
  );

  it("give logits with the bits of a plain pass, however many rows are staged at once", () => {
    const shape = { n: 1700, k: 700, dense: 3, csr: { width: 20, perRow: 2 } };
    const { Z, made, kernels } = sums(shape, bits);
    const plain = new Float64Array(Z.length);
    kernels.logits(made.X, { start: 0, end: shape.n }, made.W, made.k, plain);
    expect(Buffer.from(Z.buffer).equals(Buffer.from(plain.buffer))).toBe(true);
  });
});

describe("prepared rows", () => {
  it("forget the rows of an earlier choice", () => {
    const kernels = createWasmKernels({ bytes: 2 ** 24 });
    const shape = { n: 800, k: 3, dense: 3, csr: { width: 60, perRow: 4 } };
    const { X, y, W, k } = makeCase(shape, 64, kernels.allocate);
    const sum = (by: ReturnType<typeof kernels.prepare>, range: RowRange): Float64Array => {
      const G = new Float64Array(W.length);
      by.over(y, null, [range]).lossGradient(W, G);
      return G;
    };
    const again = kernels.prepare(X, k);
    sum(again, { start: 0, end: 800 });
    const part = { start: 300, end: 420 };
    expect(sum(again, part)).toStrictEqual(sum(kernels.prepare(X, k), part));
  });

  it("refuse rows that are elsewhere, and take classes and weights from anywhere", () => {
    const kernels = createWasmKernels({ bytes: 2 ** 22 });
    const shape = { n: 300, k: 3, dense: 3, zeros: 0.2 };
    const heaped = makeCase(shape, 64);
    expect(() => kernels.prepare(heaped.X, 3)).toThrow(/not in the kernels' memory/);
    const { X, y, s, W, range } = makeCase(shape, 64, kernels.allocate);
    const sum = (classes: Int32Array, weights: Float64Array | null): number =>
      kernels.prepare(X, 3).over(classes, weights, [range]).lossGradient(W, W.slice());
    expect(sum(heaped.y, heaped.s)).toBe(sum(y, s));
  });

  it("refuse a class or a range that does not exist", () => {
    const kernels = createWasmKernels({ bytes: 2 ** 20 });
    const { X, y, W, k } = makeCase({ n: 20, k: 3, dense: 3 }, 64, kernels.allocate);
    const by = kernels.prepare(X, k);
    expect(() => by.over(y, null, [{ start: 0, end: 21 }])).toThrow(RangeError);
    expect(() => by.over(y.fill(3), null, [{ start: 0, end: 20 }])).toThrow(/class/);
    expect(() => by.logits(W.subarray(1), [], new Float64Array(0))).toThrow(RangeError);
  });

  it("take no more memory than preparedBytes says", () => {
    const shape = fc.record({
      n: fc.integer({ min: 0, max: 3000 }),
      k: fc.integer({ min: 1, max: 40 }),
      dense: fc.integer({ min: 0, max: 90 }),
      codes: fc.record({
        width: fc.integer({ min: 1, max: 500 }),
        perRow: fc.integer({ min: 0, max: 3 }),
      }),
      csr: fc.record({
        width: fc.integer({ min: 1, max: 900 }),
        perRow: fc.integer({ min: 0, max: 4 }),
      }),
    });
    fc.assert(
      fc.property(shape, fc.constantFrom<32 | 64>(32, 64), (sizes, bits) => {
        const kernels = createWasmKernels({ bytes: 2 ** 26 });
        const { X, y, W, V, k } = makeCase(sizes, bits, kernels.allocate);
        const heapWeights = new Float64Array(sizes.n).fill(1);
        const before = kernels.arena.take(0);
        const rows = kernels.prepare(X, k).over(y, heapWeights, rangesOf(sizes.n));
        rows.hessianVector(W, V, new Float64Array(W.length));
        expect(kernels.arena.take(0) - before).toBeLessThanOrEqual(preparedBytes(X, k));
      }),
      { numRuns: 60 },
    );
  });

  it("have lanes by size alone: no more than stripes of rows, fewer where sums are large", () => {
    const width = (dense: number) => ({
      rows: 1e6,
      dense: { width: dense, data: new Float64Array(0) },
      codes: null,
      csr: null,
    });
    expect(laneCount(laneShape(width(10), 3), 1e6)).toBe(16);
    expect(laneCount(laneShape(width(10), 3), 128, 129)).toBe(3);
    expect(laneCount(laneShape(width(10), 3), 0)).toBe(1);
    expect(laneCount(laneShape(width(10_000), 1000), 1e6)).toBe(2);
  });
});

describe("the copy by columns", () => {
  it("holds the entries of each column, rows in order", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 12 }), (n, width) => {
        const { arena, allocate } = createWasmKernels({ bytes: 2 ** 20 });
        const { X } = makeCase({ n, k: 1, csr: { width, perRow: 3 } }, 64, allocate);
        const { starts, columns, values } = X.csr!;
        const wanted: number[][] = Array.from({ length: width }, () => []);
        for (let i = 0; i < n; i++) {
          for (let e = starts[i]; e < starts[i + 1]; e++) wanted[columns[e]].push(i, values[e]);
        }
        const copy = copyColumns(X.csr!, arena);
        const got = wanted.map((_, j) =>
          Array.from(
            { length: copy.starts[j + 1] - copy.starts[j] },
            (_, at) => copy.starts[j] + at,
          ).flatMap((e) => [copy.rows[e], copy.values[e]]),
        );
        expect(got).toEqual(wanted);
        expect(matrixWidth(X)).toBe(width);
      }),
    );
  });
});
