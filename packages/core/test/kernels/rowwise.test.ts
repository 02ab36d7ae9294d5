import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Floats } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import { heap, type Kernels } from "../../src/kernels/kernels.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";

const reference = createReferenceKernels();
const wasm = createWasmKernels({ bytes: 2 ** 26 });
const U = { 32: 2 ** -24, 64: 2 ** -53 };
const TINY = { 32: 2 ** -149, 64: 2 ** -1074 };

const implementations: { name: string; kernels: Kernels; bits: 32 | 64; own: boolean }[] = [
  { name: "reference f64", kernels: reference, bits: 64, own: false },
  { name: "reference f32", kernels: reference, bits: 32, own: false },
  { name: "wasm f64", kernels: wasm, bits: 64, own: true },
  { name: "wasm f64, arrays on the heap", kernels: wasm, bits: 64, own: false },
  { name: "wasm f32", kernels: wasm, bits: 32, own: true },
  { name: "wasm f32, arrays on the heap", kernels: wasm, bits: 32, own: false },
];

/** Math.exp with a compensated sum: an independent route, good to about 1e-15 relative. */
function exactRow(
  z: ArrayLike<number>,
  temperature: number,
): { p: number[]; x: number[]; logSum: number } {
  const m = Math.max(...Array.from(z));
  const x = Array.from(z, (value) => (value - m) / temperature);
  const terms = x.map(Math.exp).sort((a, b) => a - b);
  let sum = 0;
  let lost = 0;
  for (const term of terms) {
    const next = sum + term;
    lost += term - (next - sum);
    sum = next;
  }
  const logSum = Math.log(sum + lost);
  return { p: x.map((value) => Math.exp(value) / (sum + lost)), x, logSum };
}

function within(got: number, expected: number, bound: number): void {
  if (!(Math.abs(got - expected) <= bound)) expect.fail(`${got} for ${expected}, bound ${bound}`);
}

/** [nearest float64, rest], from scripts/golden/kernels.py. */
type Exact = [number, number];
interface Golden {
  z: number[];
  temperature: number;
  softmax: Exact[];
  logSoftmax: Exact[];
  logSumExp: Exact;
}
const golden = JSON.parse(
  readFileSync(new URL("rowwise.golden.json", import.meta.url), "utf8"),
) as Golden[];

const hardRows: Record<string, number[]> = {
  "one class": [3],
  ties: [2, 2, 2, 2, 2],
  "large and equal": [1e30, 1e30, 1e30],
  "far apart": [1e30, -1e30, 0],
  "subnormal probabilities": [0, -720, -744, -100, -103],
  "some minus infinity": [Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY, 2],
  "one finite": [Number.NEGATIVE_INFINITY, -5],
  "zeros of both signs": [0, -0, 1e-40],
  "largest numbers": [3.4e38, -3.4e38, 3.4e38],
};

describe.each(implementations)("$name", ({ kernels, bits, own }) => {
  const make = (values: ArrayLike<number>): Floats => {
    const from = own ? kernels.allocate : heap;
    const array = bits === 32 ? from.f32(values.length) : from.f64(values.length);
    array.set(values);
    return array;
  };
  const u = U[bits];

  const check = (rows: number[], n: number, k: number, temperature: number): void => {
    const Z = make(rows);
    const P = make(rows);
    kernels.softmax(Z, n, k, temperature, P);
    const L = make(rows);
    kernels.logSoftmax(L, n, k, temperature, L);
    const S = make(new Float64Array(n));
    kernels.logSumExp(Z, n, k, S);
    for (let i = 0; i < n; i++) {
      const z = Z.subarray(i * k, (i + 1) * k);
      const { p, x, logSum } = exactRow(z, temperature);
      for (let c = 0; c < k; c++) {
        const at = i * k + c;
        const slack = p[c] === 0 ? 0 : ((4 + 2 * Math.abs(x[c])) * u + 2e-15) * p[c];
        within(P[at], p[c], slack + TINY[bits]);
        const log = x[c] - logSum;
        if (Number.isFinite(log) && Math.abs(log) < 3e38) {
          within(L[at], log, (4 * Math.abs(log) + 4) * u + 2e-15);
        } else expect(L[at]).toBe(bits === 32 ? Math.fround(log) : log);
      }
      const whole = Math.max(...z) + exactRow(z, 1).logSum;
      within(S[i], whole, (Math.abs(whole) + 4) * 2 * u + 2e-15);
    }
  };

  it("errs by less than (4 + 2|x|)·u with x = (z − m)/T, against 60 digits", () => {
    for (const { z, temperature, softmax } of golden) {
      const P = make(z);
      kernels.softmax(P, 1, z.length, temperature, P);
      const m = Math.max(...z);
      for (const [c, [nearest, rest]] of softmax.entries()) {
        const x = Math.abs(z[c] - m) / temperature;
        const bound = nearest === 0 ? 0 : (4 + 2 * x) * u * nearest;
        within(P[c] - nearest - rest, 0, bound + TINY[bits]);
      }
    }
  });

  it("gives log softmax within (3|x| + 6)·u and log-sum-exp within 4·u·(|m| + log k), against 60 digits", () => {
    for (const { z, temperature, logSoftmax, logSumExp } of golden) {
      const k = z.length;
      const L = make(z);
      const S = make([0]);
      kernels.logSumExp(L, 1, k, S);
      kernels.logSoftmax(L, 1, k, temperature, L);
      const m = Math.max(...z);
      within(S[0] - logSumExp[0] - logSumExp[1], 0, 4 * u * (Math.abs(m) + 0.7 + Math.log(k)));
      for (const [c, [nearest, rest]] of logSoftmax.entries()) {
        const x = Math.abs(z[c] - m) / temperature + Math.log(k);
        within(L[c] - nearest - rest, 0, (3 * x + 6) * u);
      }
    }
  });

  // Against Math.exp, which itself may err by some units: hence the 2e-15.
  it.each(Object.entries(hardRows))("errs by less than (4 + 2|x|)·u + 2e-15 on %s", (_, row) => {
    check(row, 1, row.length, 1);
    check([...row, ...row, ...row], 3, row.length, 1);
    check(row, 1, row.length, 0.25);
    check(row, 1, row.length, 7);
  });

  it.each([1, 2, 3, 4, 5, 7, 8, 10, 12, 13, 26, 100, 1000, 4096])(
    "errs by less than (4 + 2|x|)·u + 2e-15 with k = %i",
    (k) => {
      const random = createRandom(k);
      const n = k > 100 ? 3 : 17;
      const rows = Array.from({ length: n * k }, () => Math.fround(40 * (random.uniform() - 0.5)));
      check(rows, n, k, 1);
      check(rows, n, k, 0.5);
    },
  );

  it("does nothing with no rows and gives −∞ as the log-sum-exp of no classes", () => {
    kernels.softmax(make([]), 0, 3, 1, make([]));
    const out = make([1, 2]);
    kernels.logSumExp(make([]), 2, 0, out);
    expect([...out]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it.each([
    ["NaN", [1, Number.NaN, 2], Number.NaN],
    ["plus infinity", [1, Number.POSITIVE_INFINITY, 2], Number.POSITIVE_INFINITY],
    [
      "only minus infinity",
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      Number.NEGATIVE_INFINITY,
    ],
  ])("spoils only the row that holds %s", (_, row, sum) => {
    const k = row.length;
    const clean = row.map((__, c) => c);
    const Z = make([...clean, ...row, ...clean]);
    const P = make(Z);
    kernels.softmax(Z, 3, k, 1, P);
    expect([...P.subarray(k, 2 * k)].some(Number.isNaN)).toBe(true);
    expect([...P.subarray(0, k)]).toEqual([...P.subarray(2 * k)]);
    expect(P[0]).toBeGreaterThan(0);
    const S = make([0, 0, 0]);
    kernels.logSumExp(Z, 3, k, S);
    expect(S[1]).toBe(sum);
  });

  it("takes and gives either precision, copying through float64", () => {
    const out = new Float32Array(2);
    kernels.softmax(Float64Array.of(0.03, 1.92), 1, 2, 1, out);
    expect(out[0]).toBeCloseTo(0.1312, 4);
    expect(out[1]).toBeCloseTo(0.8688, 4);
  });

  it("works through more rows than one chunk holds", () => {
    const n = 100_003;
    const Z = make(Float64Array.from({ length: n * 3 }, (_, at) => at % 7));
    const P = make(new Float64Array(n * 3));
    kernels.softmax(Z, n, 3, 1, P);
    const last = make(new Float64Array(3));
    kernels.softmax(Z.slice(-3), 1, 3, 1, last);
    expect([...P.slice(-3)]).toEqual([...last]);
  });
});
