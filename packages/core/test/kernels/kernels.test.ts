import { describe, expect, it } from "vitest";
import { heap, type Kernels } from "../../src/kernels/kernels.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";
import { type Case, eachEntry, magnitudes, makeCase, SHAPES } from "./cases.ts";

const reference = createReferenceKernels();
const wasm = createWasmKernels({ bytes: 2 ** 27 });
const U = { 32: 2 ** -24, 64: 2 ** -53 };

const implementations: { name: string; kernels: Kernels; bits: 32 | 64; own: boolean }[] = [
  { name: "reference", kernels: reference, bits: 64, own: true },
  { name: "wasm f64", kernels: wasm, bits: 64, own: true },
  { name: "wasm f64, arrays on the heap", kernels: wasm, bits: 64, own: false },
  { name: "wasm f32", kernels: wasm, bits: 32, own: true },
  { name: "wasm f32, arrays on the heap", kernels: wasm, bits: 32, own: false },
];

/** Bounds of row i: its logits, a residual, and the curvature for a direction whose logits are at most `most`. */
function bounds(problem: Case, i: number, u: number): { logit: number; residual: number } {
  const { size, terms } = magnitudes(problem, i);
  const logit = terms * u * size;
  return { logit, residual: Math.min(2, 2 * logit + 16 * u) };
}

/** For each weight: Σ_i s_i |x_ij| e_i, the bound of a sum of outer products whose rows err by e_i, plus rounding. */
function outerBounds(problem: Case, error: (i: number) => number): Float64Array {
  const { X, k, s, range, W } = problem;
  const total = new Float64Array(W.length).fill(1e-300);
  for (let i = range.start; i < range.end; i++) {
    const weight = s === null ? 1 : s[i];
    if (weight === 0) continue;
    const e = weight * error(i);
    const add = (j: number, x: number): void => {
      for (let c = 0; c < k; c++) total[j * k + c] += Math.abs(x) * e;
    };
    eachEntry(X, i, add);
    add(W.length / k - 1, 1);
  }
  return total;
}

function expectWithin(got: Float64Array, expected: Float64Array, bound: Float64Array): void {
  for (let at = 0; at < got.length; at++) {
    if (!(Math.abs(got[at] - expected[at]) <= bound[at])) {
      expect.fail(`entry ${at}: ${got[at]} for ${expected[at]}, bound ${bound[at]}`);
    }
  }
}

describe.each(implementations)("$name", ({ kernels, bits, own }) => {
  const u = U[bits];
  const problems = SHAPES.map((shape) => makeCase(shape, bits, own ? kernels.allocate : heap));

  it.each(problems)("logits of $name err by less than (entries + 2)·u·Σ|x w|", (problem) => {
    const { X, range, W, k } = problem;
    const n = range.end - range.start;
    const Z = own ? kernels.allocate.f64(n * k) : new Float64Array(n * k);
    const expected = new Float64Array(n * k);
    kernels.logits(X, range, W, k, Z);
    reference.logits(X, range, W, k, expected);
    for (let i = 0; i < n; i++) {
      if (problem.s?.[range.start + i] === 0) continue;
      const bound = new Float64Array(k).fill(bounds(problem, range.start + i, u).logit);
      expectWithin(Z.subarray(i * k, (i + 1) * k), expected.subarray(i * k, (i + 1) * k), bound);
    }
  });

  it.each(problems)(
    "loss and gradient of $name err by less than the logits' error carried through",
    (problem) => {
      const { X, y, s, range, W, k } = problem;
      const start = Float64Array.from(W, (w) => 0.5 * w);
      const G = own ? kernels.allocate.f64(W.length) : new Float64Array(W.length);
      G.set(start);
      const expected = start.slice();
      const loss = kernels.lossGradient(X, y, s, range, W, k, G);
      const expectedLoss = reference.lossGradient(X, y, s, range, W, k, expected);
      let lossBound = 8 * u * Math.abs(expectedLoss);
      for (let i = range.start; i < range.end; i++) {
        const weight = s === null ? 1 : s[i];
        if (weight > 0) lossBound += weight * (2 * bounds(problem, i, u).logit + 16 * u);
      }
      expect(Math.abs(loss - expectedLoss)).toBeLessThanOrEqual(lossBound);
      const rows = range.end - range.start;
      const bound = outerBounds(
        problem,
        (i) => bounds(problem, i, u).residual + Math.min(rows, 128) * u,
      );
      for (let at = 0; at < bound.length; at++)
        bound[at] += 8 * U[64] * (rows * 2 + Math.abs(G[at]));
      expectWithin(G, expected, bound);
    },
  );

  it.each(problems)(
    "Hessian-vector product of $name errs by less than the logits' error carried through",
    (problem) => {
      const { X, s, range, W, V, k } = problem;
      const H = own ? kernels.allocate.f64(W.length) : new Float64Array(W.length);
      const expected = new Float64Array(W.length);
      kernels.hessianVector(X, s, range, W, k, V, H);
      reference.hessianVector(X, s, range, W, k, V, expected);
      const rows = range.end - range.start;
      const bound = outerBounds(problem, (i) => {
        const along = magnitudes({ ...problem, W: V }, i);
        const { residual } = bounds(problem, i, u);
        return 2 * along.size * (residual + (along.terms + Math.min(rows, 128) + 16) * u);
      });
      expectWithin(H, expected, bound);
    },
  );
});

describe.each(implementations.filter(({ own }) => own))(
  "derivatives of $name",
  ({ kernels, bits }) => {
    const h = 2 ** -12;
    const tolerance = bits === 64 ? 1e-6 : 2e-3;
    it.each([1, 2, 3, 5, 10])(
      `with k = %i: gradient and Hessian-vector agree with differences of loss and gradient within ${tolerance}`,
      (k) => {
        const shape = {
          n: 75,
          k,
          dense: 6,
          codes: { width: 4, perRow: 2 },
          csr: { width: 7, perRow: 2 },
          zeros: 0.2,
        };
        // Differences need a smooth loss, so float32 X is differenced through the float64 reference.
        const { X, y, s, range, W, V } = makeCase(shape, bits, kernels.allocate);
        const by = bits === 64 ? kernels : reference;
        const at = (sign: number): { loss: number; G: Float64Array } => {
          const moved = W.map((w, j) => w + sign * h * V[j]);
          const G = new Float64Array(W.length);
          return { loss: by.lossGradient(X, y, s, range, moved, k, G), G };
        };
        const [above, below] = [at(1), at(-1)];
        const G = new Float64Array(W.length);
        const H = new Float64Array(W.length);
        kernels.lossGradient(X, y, s, range, W, k, G);
        kernels.hessianVector(X, s, range, W, k, V, H);
        const slope = G.reduce((sum, g, j) => sum + g * V[j], 0);
        const scale = 75 * k;
        expect(Math.abs((above.loss - below.loss) / (2 * h) - slope)).toBeLessThan(
          tolerance * scale,
        );
        for (let j = 0; j < H.length; j++) {
          expect(Math.abs((above.G[j] - below.G[j]) / (2 * h) - H[j])).toBeLessThan(
            tolerance * scale,
          );
        }
      },
    );

    it("two logits (0, z) give the loss and residuals of one logit z", () => {
      const shape = {
        n: 100,
        dense: 5,
        codes: { width: 6, perRow: 2 },
        csr: { width: 9, perRow: 3 },
      };
      const one = makeCase({ ...shape, k: 1 }, bits, kernels.allocate);
      const W = new Float64Array(2 * one.W.length).map((_, at) =>
        at % 2 ? one.W[(at - 1) / 2] : 0,
      );
      const G1 = new Float64Array(one.W.length);
      const G2 = new Float64Array(W.length);
      const loss1 = kernels.lossGradient(one.X, one.y, null, one.range, one.W, 1, G1);
      const loss2 = kernels.lossGradient(one.X, one.y, null, one.range, W, 2, G2);
      expect(Math.abs(loss1 - loss2)).toBeLessThan(400 * U[bits] * loss1);
      for (let j = 0; j < G1.length; j++) {
        expect(Math.abs(G2[2 * j + 1] - G1[j])).toBeLessThan(10_000 * U[bits]);
        expect(Math.abs(G2[2 * j] + G1[j])).toBeLessThan(10_000 * U[bits]);
      }
    });
  },
);

describe.each(implementations.filter(({ own }) => own))("$name refuses", ({ kernels }) => {
  const { X, y, range, W, k } = makeCase({ n: 4, k: 3, dense: 2 }, 64);
  const G = new Float64Array(W.length);
  it("a class that does not exist, naming it and its row", () => {
    const wrong = Int32Array.of(0, 1, 3, 0);
    expect(() => kernels.lossGradient(X, wrong, null, range, W, k, G)).toThrow(
      /from 0 to 2, got 3 in row 2/,
    );
    expect(() =>
      kernels.lossGradient(
        X,
        y.map(() => -1),
        null,
        range,
        W,
        k,
        G,
      ),
    ).toThrow(RangeError);
  });
  it("rows outside the matrix and arrays of the wrong length", () => {
    expect(() => kernels.lossGradient(X, y, null, { start: 0, end: 5 }, W, k, G)).toThrow(
      RangeError,
    );
    expect(() => kernels.lossGradient(X, y, null, { start: 3, end: 2 }, W, k, G)).toThrow(
      RangeError,
    );
    expect(() => kernels.logits(X, range, W.subarray(1), k, new Float64Array(12))).toThrow(
      /"W" expected/,
    );
    expect(() => kernels.logits(X, range, W, k, new Float64Array(11))).toThrow(/"Z" expected/);
    expect(() => kernels.hessianVector(X, G.subarray(0, 3), range, W, k, W, G)).toThrow(
      /"s" expected/,
    );
  });
  it("float32 beside float64", () => {
    const csr = {
      width: 1,
      starts: new Int32Array(5),
      columns: new Int32Array(0),
      values: new Float32Array(0),
    };
    const wide = new Float64Array(4 * k);
    expect(() => kernels.logits({ ...X, csr }, range, wide, k, new Float64Array(12))).toThrow(
      /one precision/,
    );
  });
});
