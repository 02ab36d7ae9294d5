import { describe, expect, test } from "vitest";
import { createRandom, softmax } from "../../src/index.ts";
import { sharedKernels } from "../../src/kernels/shared.ts";

const K = 3;
/** More entries than go through the kernels at once. */
const N = 50_000;

const drawn = (n: number): Float32Array => {
  const random = createRandom(5);
  return Float32Array.from({ length: n * K }, () => 20 * random.uniform() - 10);
};

/** What the kernels say of rows that have nothing unusual. */
function byKernels(z: Float32Array, temperature = 1): Float32Array {
  const out = new Float32Array(z.length);
  sharedKernels().softmax(z, z.length / K, K, temperature, out);
  return out;
}

/** The same rows with −∞ where `isOpen` says no. */
const masked = (z: Float32Array, isOpen: (at: number) => boolean): Float32Array =>
  z.map((value, at) => (isOpen(at) ? value : Number.NEGATIVE_INFINITY));

describe("softmax of float32 rows", () => {
  const z = drawn(N);

  test("is what the kernels say, to the bit, of however many rows", () => {
    const expected = byKernels(z);
    const given = new Float32Array(z.length);
    expect(softmax(z, { columns: K })).toEqual(expected);
    expect(softmax(z, { columns: K, out: given })).toBe(given);
    expect(given).toEqual(expected);
    const cold = softmax(z, { columns: K, temperature: 0.25 });
    expect(cold).toEqual(byKernels(z, 0.25));
    // In float64 and rounded once, some entries would have other last bits.
    const rounded = Float32Array.from(softmax(Float64Array.from(z), { columns: K }));
    expect(expected.some((p, at) => p !== rounded[at])).toBe(true);
  });

  test("may take the place of its input, whose numbers stay where it does not", () => {
    const kept = z.slice();
    softmax(z, { columns: K });
    expect(z).toEqual(kept);
    const place = z.slice();
    expect(softmax(place, { columns: K, out: place })).toBe(place);
    expect(place).toEqual(byKernels(z));
  });

  test("masks a column of all rows, or entries of each", () => {
    const kept = z.slice();
    expect(softmax(z, { columns: K, mask: [1, 0, 1] })).toEqual(
      byKernels(masked(z, (at) => at % K !== 1)),
    );
    const mask = Array.from(z, (_, at) => (at * 7) % 11 > 3);
    const expected = byKernels(masked(z, (at) => mask[at]));
    expect(softmax(z, { columns: K, mask })).toEqual(
      expected.map((p) => (Number.isNaN(p) ? 0 : p)),
    );
    expect(z).toEqual(kept);
  });

  test("has a result for rows that the kernels give up, among others that they do not", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minus } = Number;
    const rows = [1, 2, 3, minus, minus, minus, inf, 0, inf, 1, nan, 0, 4, 4, minus];
    const got = softmax(Float32Array.from(rows), { columns: K });
    expect(got).toEqual(Float32Array.from(softmax(rows, { columns: K })));
    const place = Float32Array.from(rows);
    expect(softmax(place, { columns: K, out: place })).toEqual(got);
    expect(Array.from(got.subarray(3))).toEqual([0, 0, 0, 0.5, 0, 0.5, nan, nan, nan, 0.5, 0.5, 0]);
  });

  test("is that of float64 at the ends of temperature, and where another kind of array takes it", () => {
    for (const temperature of [0, Number.POSITIVE_INFINITY]) {
      const row = Float32Array.of(1, 3, 3);
      const options = { temperature };
      expect(Array.from(softmax(row, options))).toEqual(
        Array.from(Float32Array.from(softmax([1, 3, 3], options))),
      );
    }
    const wide = new Float64Array(K);
    softmax(z.subarray(0, K), { out: wide as unknown as Float32Array });
    expect(wide).toEqual(softmax(Float64Array.from(z.subarray(0, K))));
  });

  test("has no entries where its input has none, and refuses as other kinds do", () => {
    expect(softmax(new Float32Array(0))).toEqual(new Float32Array(0));
    expect(() => softmax(Float32Array.of(1, 2, 3), { columns: 2 })).toThrow(
      '"logits" expected 4 entries, got 3',
    );
    expect(() => softmax(Float32Array.of(1), { out: new Float32Array(2) })).toThrow('"out"');
  });
});
