import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import type { Executor } from "../../src/kernels/executor.ts";
import { createRowwise } from "../../src/kernels/rowwise.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";
import { softmax } from "../../src/softmax/softmax.ts";

const wasm = createWasmKernels({ bytes: 2 ** 26 });
const U = 2 ** -24;

const classes = fc.oneof(
  fc.integer({ min: 1, max: 70 }),
  fc.constantFrom(127, 128, 129, 1000, 2049, 4100),
);
const temperatures = fc.constantFrom(1, 0.3, 2.5);

function logits(n: number, k: number, seed: number, spread: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: n * k }, () => spread * (random.uniform() - 0.5));
}

const same = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => Object.is(value, b[i]));

/** The largest error of a row's probabilities in units of its bound, (4 + 2|x|)·u and a subnormal step. */
function worst(z: Float32Array, p: Float32Array, temperature: number): number {
  const m = z.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const terms = Float64Array.from(z, (value) => Math.exp((value - m) / temperature));
  const sum = terms
    .slice()
    .sort()
    .reduce((a, b) => a + b, 0);
  return terms.reduce((most, term, c) => {
    const x = (m - z[c]) / temperature;
    const exact = term / sum;
    const bound = (4 + 2 * x) * U * exact + 2 ** -149;
    return Math.max(most, exact === 0 ? p[c] / bound : Math.abs(p[c] - exact) / bound);
  }, 0);
}

describe("softmax of float32 rows", () => {
  it("has the same bits alone, among any others, at any address, in place and on the heap", () => {
    const property = (k: number, n: number, temperature: number, seed: number, shift: number) => {
      const z = logits(n, k, seed, 30);
      const P = new Float32Array(n * k);
      wasm.softmax(z, n, k, temperature, P);
      const own = wasm.arena.scratch(() => {
        const Z = wasm.allocate.f32(n * k + shift).subarray(shift);
        Z.set(z);
        wasm.softmax(Z, n, k, temperature, Z);
        return Z.slice();
      });
      expect(same(own, P)).toBe(true);
      const i = Math.abs(seed) % n;
      const alone = new Float32Array(k);
      wasm.softmax(z.subarray(i * k, (i + 1) * k), 1, k, temperature, alone);
      expect(same(alone, P.slice(i * k, (i + 1) * k))).toBe(true);
      expect(same(softmax(z.slice(i * k, (i + 1) * k), { temperature }), alone)).toBe(true);
      expect(same(softmax(z, { columns: k, temperature }), P)).toBe(true);
    };
    const rows = fc.integer({ min: 1, max: 20 });
    const shifts = fc.integer({ min: 0, max: 9 });
    fc.assert(fc.property(classes, rows, temperatures, fc.integer(), shifts, property), {
      numRuns: 60,
    });
  });

  it("keeps its bound where every difference to the maximum rounds the same way", () => {
    for (const m of [1 + 2 ** -23, 1.3, 0.1, -3e-5, 77.7, 8191.99, 8192.001, 3e4, -8192.5]) {
      for (const below of [0.3, 1, 2.7, 5, 6.3, 8.1, 20, 87, 100, 103]) {
        for (const k of [2, 10, 64, 65, 1000]) {
          const z = new Float32Array(k).fill(m - below);
          z[k >> 1] = m;
          const p = new Float32Array(k);
          for (const temperature of [1, 0.7]) {
            wasm.softmax(z, 1, k, temperature, p);
            expect(worst(z, p, temperature)).toBeLessThan(1);
          }
        }
      }
    }
  });

  it("keeps its bound on rows of all spreads", () => {
    fc.assert(
      fc.property(
        classes,
        temperatures,
        fc.integer(),
        fc.constantFrom(0.01, 1, 10, 100, 230, 3000, 1e5),
        (k, temperature, seed, spread) => {
          const z = logits(1, k, seed, spread);
          const p = new Float32Array(k);
          wasm.softmax(z, 1, k, temperature, p);
          expect(worst(z, p, temperature)).toBeLessThan(1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("gives one class all of the probability, and never more than 1", () => {
    const p = new Float32Array(1);
    for (const z of logits(1000, 1, 3, 1e4)) {
      wasm.softmax(Float32Array.of(z), 1, 1, 1, p);
      expect(p[0]).toBe(1);
      const log = new Float32Array(1);
      wasm.logSoftmax(Float32Array.of(z), 1, 1, 1, log);
      expect(Math.abs(log[0])).toBe(0);
    }
    const steep = softmax(logits(500, 12, 4, 200), { columns: 12 });
    expect(Math.max(...steep)).toBeLessThanOrEqual(1);
  });

  it("is shared among threads without a change of any bit", () => {
    const calls: number[] = [];
    const threads: Executor = {
      threads: 3,
      run(kernel, jobs) {
        calls.push(jobs.length);
        wasm.executor.run(kernel, [...jobs].reverse());
      },
    };
    const rowwise = createRowwise(threads, wasm.arena);
    for (const k of [3, 65]) {
      const n = Math.ceil(400_003 / k);
      const Z = wasm.allocate.f32(n * k);
      Z.set(logits(n, k, 5, 20));
      const [whole, parts] = [wasm.allocate.f32(n * k), wasm.allocate.f32(n * k)];
      wasm.softmax(Z, n, k, 1, whole);
      rowwise.softmax(Z, n, k, 1, parts);
      expect(same(parts, whole)).toBe(true);
      const [sums, some] = [wasm.allocate.f32(n), wasm.allocate.f32(n)];
      wasm.logSumExp(Z, n, k, sums);
      rowwise.logSumExp(Z, n, k, some);
      expect(same(some, sums)).toBe(true);
    }
    expect(calls).toEqual([3, 3, 3, 3]);
  });

  it("log-sum-exp tells NaN from infinity in rows of any length", () => {
    for (const k of [2, 3, 8, 13, 64, 65, 70, 1000]) {
      for (const at of [0, k >> 1, k - 1]) {
        const rows = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((x) => {
          const row = new Float32Array(k).fill(x === Number.NEGATIVE_INFINITY ? x : 1);
          row[at] = x;
          return row;
        });
        const mixed = new Float32Array(k).fill(Number.NEGATIVE_INFINITY);
        mixed[at] = Number.NaN;
        const both = new Float32Array(k).fill(Number.POSITIVE_INFINITY);
        both[at] = Number.NaN;
        const Z = Float32Array.from([...rows, mixed, both].flatMap((row) => [...row]));
        const out = new Float32Array(5);
        wasm.logSumExp(Z, 5, k, out);
        const { NaN: none, POSITIVE_INFINITY: above, NEGATIVE_INFINITY: below } = Number;
        expect([...out]).toEqual([none, above, below, none, none]);
        const P = new Float32Array(5 * k);
        wasm.softmax(Z, 5, k, 1, P);
        expect(P.every(Number.isNaN)).toBe(true);
      }
    }
  });
});

describe("the public softmax of float32", () => {
  it("gives rows without a kernel's answer the same result as float64 does", () => {
    const { NaN: none, POSITIVE_INFINITY: above, NEGATIVE_INFINITY: below } = Number;
    const rows = [1, 2, 3, 1, none, 2, above, 1, above, below, below, below, 3, 2, 1];
    const expected = softmax(Float64Array.from(rows), { columns: 3 });
    const z = Float32Array.from(rows);
    const masked = { columns: 3, mask: [true, false, true] };
    const p = softmax(z, masked);
    expect(p[1]).toBe(0);
    expect([...p.subarray(9, 12)]).toEqual([0, 0, 0]);
    softmax(z, { columns: 3, out: z });
    const close = (p: number, i: number): boolean =>
      Object.is(p, expected[i]) || Math.abs(p - expected[i]) < 1e-6;
    expect(z.every(close)).toBe(true);
  });
});
