import { describe, expect, it } from "vitest";
import { type Matrix, matrixWidth } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import { heap } from "../../src/kernels/kernels.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";
import { centreWeighted } from "../../src/model/classes.ts";
import { logCountFactors } from "../../src/model/log-count-ratios.ts";
import { createTrainer, type FitRequest, type TrainerInput } from "../../src/model/trainer.ts";

interface Rows {
  readonly X: Matrix;
  readonly y: Int32Array;
}

/** Texts of 1 to 8 of `width` terms that lean on their class, beside two dense columns. */
function textRows(n: number, k: number, seed: number, width = 40, allocate = heap): Rows {
  const random = createRandom(seed);
  const y = Int32Array.from({ length: n }, (_, i) => (i < k ? i : random.below(k)));
  const rows = Array.from(y, (c) => {
    const own = new Set<number>();
    for (let at = 1 + random.below(8); at > 0; at--) {
      const term = random.below(random.below(width) + 1);
      own.add(random.below(3) > 0 ? term : (term - (term % k) + c) % width);
    }
    return [...own];
  });
  const data = allocate.f64(2 * n);
  data.set(Float64Array.from({ length: 2 * n }, (_, at) => random.uniform() + 0.2 * y[at >> 1]));
  const columns = allocate.i32(rows.flat().length);
  columns.set(rows.flat());
  const starts = allocate.i32(n + 1);
  rows.forEach((row, i) => {
    starts[i + 1] = starts[i] + row.length;
  });
  const values = allocate.f64(columns.length);
  values.set(Float64Array.from(columns, (term) => 0.4 + (term % 5) / 5));
  const X = {
    rows: n,
    dense: { width: 2, data },
    codes: null,
    csr: { width, starts, columns, values },
  };
  return { X, y };
}

const RANGES = [
  { start: 0, end: 90 },
  { start: 120, end: 200 },
];
const EXACT: FitRequest = { ranges: RANGES, l2: 0.01, start: null, tolerance: 1e-9 };

async function fitted(
  rows: Rows,
  outputs: number,
  request: FitRequest,
  more: Partial<TrainerInput> = {},
) {
  const kernels = more.kernels ?? createReferenceKernels();
  const trainer = await createTrainer({
    ...rows,
    outputs,
    rowWeights: null,
    kernels,
    worker: false,
    ...more,
  });
  const fit = await trainer.fit(request);
  trainer.close();
  return fit;
}

/** X with column j times r_j, all dense. */
function scaled({ rows, dense, csr }: Matrix, r: readonly number[]): Matrix {
  const width = 2 + csr!.width;
  const data = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < 2; j++) data[i * width + j] = dense!.data[2 * i + j] * r[j];
    for (let at = csr!.starts[i]; at < csr!.starts[i + 1]; at++) {
      const j = 2 + csr!.columns[at];
      data[i * width + j] += csr!.values[at] * r[j];
    }
  }
  return { rows, dense: { width, data }, codes: null, csr: null };
}

const largest = (values: Iterable<number>): number =>
  [...values].reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe("factors of the penalty", () => {
  it("1/r², for two classes, are columns times r with the plain penalty", async () => {
    const rows = textRows(200, 2, 7);
    const factors = logCountFactors(rows.X, rows.y, null, RANGES, 1);
    const r = Array.from(factors, (p) => 1 / Math.sqrt(p));
    const own = await fitted(rows, 1, { ...EXACT, factors });
    const other = await fitted({ X: scaled(rows.X, r), y: rows.y }, 1, EXACT);
    expect([own.converged, other.converged]).toEqual([true, true]);
    const back = other.weights.map((u, j) => (j < r.length ? u * r[j] : u));
    expect(largest(own.weights.map((w, j) => w - back[j]))).toBeLessThan(1e-6);
    expect(own.objective).toBeCloseTo(other.objective, 10);
    const plain = await fitted(rows, 1, EXACT);
    expect(largest(own.weights.map((w, j) => w - plain.weights[j]))).toBeGreaterThan(0.1);
  });

  it("lead three classes to where the gradient is 0, and no shift of a row of W lowers the penalty", async () => {
    const rows = textRows(200, 3, 8);
    const { X, y } = rows;
    const factors = logCountFactors(X, y, null, RANGES, 3);
    const { weights, converged, objective } = await fitted(rows, 3, { ...EXACT, factors });
    expect(converged).toBe(true);
    const G = new Float64Array(weights.length);
    const engine = createReferenceKernels().prepare(X, 3).over(y, null, RANGES);
    const loss = engine.lossGradient(weights, G) / 170;
    const penalty = factors.reduce((sum, p, at) => sum + p * weights[at] ** 2, 0);
    expect(objective).toBeCloseTo(loss + 0.005 * penalty, 12);
    const gradient = G.map(
      (g, at) => g / 170 + (at < factors.length ? 0.01 * factors[at] * weights[at] : 0),
    );
    expect(largest(gradient)).toBeLessThan(1e-7);
    for (let at = 0; at < factors.length; at += 3) {
      const pull = [0, 1, 2].reduce((sum, c) => sum + factors[at + c] * weights[at + c], 0);
      expect(Math.abs(pull)).toBeLessThan(
        1e-6 * (1 + factors[at] + factors[at + 1] + factors[at + 2]),
      );
    }
  });

  it("of 1 change nothing", async () => {
    const rows = textRows(200, 3, 9);
    const factors = new Float64Array(matrixWidth(rows.X) * 3).fill(1);
    const own = await fitted(rows, 3, { ...EXACT, factors });
    const plain = await fitted(rows, 3, EXACT);
    expect(largest(own.weights.map((w, at) => w - plain.weights[at]))).toBeLessThan(1e-7);
  });

  it("stay with their columns where most columns never occur, and the fit is the same", async () => {
    const few = textRows(200, 3, 10);
    const { csr } = few.X;
    const wide = {
      ...few,
      X: { ...few.X, csr: { ...csr!, width: 200, columns: csr!.columns.map((j) => 5 * j + 3) } },
    };
    const factors = logCountFactors(few.X, few.y, null, RANGES, 3);
    const spread = new Float64Array(202 * 3).fill(50);
    spread.set(factors.subarray(0, 6));
    for (let j = 0; j < 40; j++) {
      spread.set(factors.subarray((2 + j) * 3, (3 + j) * 3), (2 + 5 * j + 3) * 3);
    }
    const one = await fitted(few, 3, { ...EXACT, factors });
    const other = await fitted(wide, 3, { ...EXACT, factors: spread });
    for (let j = 0; j < 40; j++) {
      for (let c = 0; c < 3; c++) {
        expect(other.weights[(5 + 5 * j) * 3 + c]).toBeCloseTo(one.weights[(2 + j) * 3 + c], 9);
      }
    }
    expect(other.objective).toBeCloseTo(one.objective, 12);
  });

  it.each([1, 3])(
    "give the same bits whatever the threads, and the reference kernels agree: %i logits",
    async (outputs) => {
      const on = async (more: Partial<TrainerInput>) => {
        const kernels = createWasmKernels({ bytes: 2 ** 22 });
        const rows = textRows(1200, Math.max(2, outputs), 11, 60, kernels.allocate);
        const ranges = [
          { start: 0, end: 700 },
          { start: 800, end: 1200 },
        ];
        const factors = logCountFactors(rows.X, rows.y, null, ranges, outputs);
        return fitted(rows, outputs, { ...EXACT, ranges, factors }, { kernels, ...more });
      };
      const alone = await on({});
      for (const threads of [1, 2, 3, 4]) {
        expect((await on({ worker: true, threads })).weights).toEqual(alone.weights);
      }
      const reference = await on({ kernels: createReferenceKernels() });
      expect(largest(reference.weights.map((w, at) => w - alone.weights[at]))).toBeLessThan(1e-6);
    },
  );

  it.each(["newton", "sgd", "adam"] as const)(
    "lead %s to the same objective",
    async (optimizer) => {
      const rows = textRows(200, 3, 12);
      const factors = Float64Array.from({ length: 42 * 3 }, (_, at) => 0.5 + (at % 7));
      const best = await fitted(rows, 3, { ...EXACT, factors });
      const other = await fitted(rows, 3, { ...EXACT, factors, method: { optimizer } });
      expect(other.objective - best.objective).toBeLessThan(optimizer === "newton" ? 1e-10 : 2e-3);
      expect(other.objective - best.objective).toBeGreaterThan(-1e-12);
    },
  );
});

describe("centreWeighted", () => {
  it("takes from each row its mean weighted by the factors, of free classes alone, and from intercepts the plain one", () => {
    const W = Float64Array.of(1, 2, 6, 4, 0, 8, 1, 2, 3);
    centreWeighted(W, 3, [], Float64Array.of(1, 1, 2, 3, 1, 1));
    expect([...W]).toEqual([-2.75, -1.75, 2.25, 0, -4, 4, -1, 0, 1]);
    const V = Float64Array.of(1, 2, 6, 1, 2, 3);
    centreWeighted(V, 3, [1], Float64Array.of(1, 9, 4));
    expect([...V]).toEqual([-4, 2, 1, -1, 2, 1]);
    const one = Float64Array.of(5, 6);
    centreWeighted(one, 1, [], Float64Array.of(2));
    expect([...one]).toEqual([5, 6]);
  });
});
