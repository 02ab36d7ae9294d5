import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  createRandom,
  entmax15,
  entropy,
  klDivergence,
  logSoftmax,
  logSumExp,
  softmax,
  sparsemax,
} from "../../src/index.ts";
import { relativeErrors } from "./exact.ts";

/** nearest + rest·ulp(nearest) is the exact value. Made by scripts/golden/family.py. */
type Exact = readonly [nearest: number, rest: number];
interface Row {
  float32: boolean;
  T: number;
  z: number[];
  softmax: Exact[];
  logSoftmax: Exact[];
  logSumExp: Exact;
  sparsemax: Exact[];
  entmax15: Exact[];
  entropy: Exact;
}
interface Large {
  k: number;
  scale: number;
  T: number;
  at: number[];
  softmax: Exact[];
}
const golden: { rows: Row[]; large: Large[] } = JSON.parse(
  readFileSync(new URL("./family.golden.json", import.meta.url), "utf8"),
);
const singles = golden.rows.filter((row) => row.float32);

const U64 = 2 ** -53;
const U32 = 2 ** -24;
const STEP64 = 5e-324;
const STEP32 = 2 ** -149;

function ulp(x: number): number {
  let exponent = -1074;
  while (exponent < 971 && 2 ** (exponent + 53) <= Math.abs(x)) exponent++;
  return 2 ** exponent;
}

const errorOf = (got: number, [nearest, rest]: Exact): number =>
  Math.abs(got - nearest - rest * ulp(nearest));

/** The largest of error/bound over a row's entries. */
function worst(got: ArrayLike<number>, exact: Exact[], bound: (c: number) => number): number {
  return Math.max(...exact.map((value, c) => errorOf(got[c], value) / bound(c)));
}

function softmaxBound({ z, T, softmax: p }: Row, u: number, step: number) {
  const m = Math.max(...z);
  return (c: number): number => (4 + (2 * (m - z[c])) / T) * u * p[c][0] + step;
}

const show = (what: string, values: number[]): number => {
  const most = Math.max(...values);
  if (process.env.SHOW_BOUNDS) console.log(`${what}: ${most.toFixed(3)} of the bound`);
  return most;
};

test("softmax has a relative error of at most (4 + 2|x|)u in float64", () => {
  const errors = golden.rows.map((row) =>
    worst(
      softmax(Float64Array.from(row.z), { temperature: row.T }),
      row.softmax,
      softmaxBound(row, U64, STEP64),
    ),
  );
  expect(show("softmax f64", errors)).toBeLessThanOrEqual(1);
});

test("softmax has a relative error of at most (4 + 2|x|)u in float32", () => {
  const errors = singles.map((row) =>
    worst(
      softmax(Float32Array.from(row.z), { temperature: row.T }),
      row.softmax,
      softmaxBound(row, U32, STEP32),
    ),
  );
  expect(show("softmax f32", errors)).toBeLessThanOrEqual(1);
});

test("softmax keeps its bound for up to 4096 classes", () => {
  const errors = golden.large.map(({ k, scale, T, at, softmax: exact }) => {
    const z = Float64Array.from({ length: k }, (_, c) => {
      return (scale * Number((2654435761n * BigInt(c)) % 2n ** 32n)) / 2 ** 32;
    });
    const m = Math.max(...z);
    const p = softmax(z, { temperature: T });
    return worst(
      at.map((c) => p[c]),
      exact,
      (j) => (4 + (2 * (m - z[at[j]])) / T) * U64 * exact[j][0] + STEP64,
    );
  });
  expect(show("softmax, large k", errors)).toBeLessThanOrEqual(1);
});

test("softmax keeps its bound in 10,000 generated rows against integer arithmetic", () => {
  const random = createRandom(11);
  let most = 0;
  for (let run = 0; run < 10_000; run++) {
    const k = 1 + random.below(6);
    const scale = [0.001, 1, 10, 300][random.below(4)];
    const T = [1, 1, 0.37, 3, 12.1][random.below(5)];
    const z = Array.from({ length: k }, () => (random.uniform() - 0.5) * scale);
    most = Math.max(most, ...relativeErrors(z, T, softmax(z, { temperature: T }), U64));
  }
  expect(show("softmax, generated", [most])).toBeLessThanOrEqual(1);
});

test("log softmax has a relative error of at most 6u, also where the probability is nearly 1", () => {
  const bound =
    (exact: Exact[], u: number, step: number) =>
    (c: number): number =>
      6 * u * Math.abs(exact[c][0]) + step;
  const double = golden.rows.map((row) =>
    worst(
      logSoftmax(Float64Array.from(row.z), { temperature: row.T }),
      row.logSoftmax,
      bound(row.logSoftmax, U64, STEP64),
    ),
  );
  expect(show("logSoftmax f64", double)).toBeLessThanOrEqual(1);
  const single = singles.map((row) =>
    worst(
      logSoftmax(Float32Array.from(row.z), { temperature: row.T }),
      row.logSoftmax,
      bound(row.logSoftmax, U32, STEP32),
    ),
  );
  expect(show("logSoftmax f32", single)).toBeLessThanOrEqual(1);
});

test("log-sum-exp errs by at most 3u of its larger term", () => {
  const errors = golden.rows.map(
    ({ z, logSumExp: exact }) =>
      errorOf(logSumExp(z), exact) / (3 * U64 * (Math.abs(Math.max(...z)) + Math.log(z.length))),
  );
  expect(show("logSumExp", errors)).toBeLessThanOrEqual(1);
});

test("sparsemax errs by at most 4u and entmax15 by at most 8u, absolutely", () => {
  const errors = (f: typeof sparsemax, name: "sparsemax" | "entmax15", bound: number) =>
    golden.rows.map((row) => worst(f(row.z, { temperature: row.T }), row[name], () => bound));
  expect(show("sparsemax", errors(sparsemax, "sparsemax", 4 * U64))).toBeLessThanOrEqual(1);
  expect(show("entmax15", errors(entmax15, "entmax15", 8 * U64))).toBeLessThanOrEqual(1);
});

test("the entropy of computed probabilities is within 1e-15 of the exact one", () => {
  const errors = golden.rows.map((row) =>
    errorOf(entropy(softmax(row.z, { temperature: row.T })), row.entropy),
  );
  expect(Math.max(...errors)).toBeLessThan(1e-15);
});

test("the divergence of near distributions keeps its digits, and of far ones too", () => {
  const [a, b, e] = [5 / 16, 11 / 16, 2 ** -20];
  // Σ p log(p/q) for p = q ± e: the terms of first order cancel, and what is left is far below the logarithms' last digits.
  const near =
    (e ** 2 / 2) * (1 / a + 1 / b) -
    (e ** 3 / 6) * (1 / a ** 2 - 1 / b ** 2) +
    (e ** 4 / 12) * (1 / a ** 3 + 1 / b ** 3);
  for (const scale of [1, 8]) {
    const p = [scale * (a + e), scale * (b - e)];
    const q = [scale * a, scale * b];
    expect(Math.abs(klDivergence(p, q) / (scale * near) - 1)).toBeLessThan(1e-9);
  }
  expect(klDivergence([1e-20, 1], [1, 1e-20])).toBeCloseTo(20 * Math.LN10, 12);
});

test("logits whose difference overflows are divided by the temperature first", () => {
  const z = [-1.7e308, 1.7e308];
  for (const [temperature, x] of [
    [1e308, -3.4],
    [1.7e308, -2],
  ]) {
    const p = Math.exp(x) / (1 + Math.exp(x));
    expect(softmax(z, { temperature })[0]).toBeCloseTo(p, 14);
    expect(logSoftmax(z, { temperature })[0]).toBeCloseTo(Math.log(p), 13);
  }
});

test("the least and the largest temperatures lose no digits", () => {
  for (const temperature of [1e-307, 1e-250, 1e-200, 1e200, 1e250, 1e307]) {
    const expected = softmax([-3, -0.5, 0]);
    const z = [-3 * temperature, -0.5 * temperature, 0];
    softmax(z, { temperature }).forEach((p, c) => {
      expect(Math.abs(p / expected[c] - 1)).toBeLessThan(4e-15);
    });
  }
});
