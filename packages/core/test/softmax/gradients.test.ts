import { expect, test } from "vitest";
import {
  type CrossEntropyOptions,
  createRandom,
  crossEntropy,
  crossEntropyGradient,
  entmax15,
  entmax15Vjp,
  logSoftmax,
  logSoftmaxVjp,
  softmax,
  softmaxVjp,
  sparsemax,
  sparsemaxVjp,
} from "../../src/index.ts";

const random = createRandom(31);
const normals = (count: number, scale: number): number[] =>
  Array.from({ length: count }, () => scale * (random.uniform() + random.uniform() - 1));
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, c) => sum + value * b[c], 0);

/** Central differences of a function of z. */
function differences(f: (z: number[]) => number, z: readonly number[]): number[] {
  const h = 1e-6;
  return z.map((value, c) => (f(z.with(c, value + h)) - f(z.with(c, value - h))) / (2 * h));
}

function expectClose(got: readonly number[], expected: readonly number[], tolerance: number): void {
  got.forEach((value, c) => {
    expect(Math.abs(value - expected[c])).toBeLessThan(tolerance);
  });
}

const products = [
  ["softmax", softmax, softmaxVjp],
  ["logSoftmax", logSoftmax, logSoftmaxVjp],
  ["sparsemax", sparsemax, sparsemaxVjp],
  ["entmax15", entmax15, entmax15Vjp],
] as const;

for (const [name, f, vjp] of products) {
  test(`${name}Vjp agrees with differences on 200 rows`, () => {
    for (let run = 0; run < 200; run++) {
      const k = 1 + random.below(6);
      const z = normals(k, 3);
      const g = normals(k, 1);
      const temperature = [1, 0.5, 4][run % 3];
      const loss = (at: number[]): number => dot(f(at, { temperature }), g);
      expectClose(vjp(f(z, { temperature }), g, { temperature }), differences(loss, z), 1e-7);
    }
  });

  test(`${name}Vjp treats rows alone, in place, and gives 0 at both ends of temperature`, () => {
    const z = new Float64Array(normals(12, 2));
    const g = new Float64Array(normals(12, 1));
    const result = f(z, { columns: 3 });
    const whole = vjp(result, g, { columns: 3 });
    const last = vjp(result.subarray(9), g.subarray(9));
    expect(whole.subarray(9)).toEqual(last);
    expect(vjp(result, g, { columns: 3, out: g })).toBe(g);
    expect(g).toEqual(whole);
    for (const temperature of [0, Number.POSITIVE_INFINITY]) {
      const p = f(z, { columns: 3, temperature });
      expect(vjp(p, whole, { columns: 3, temperature }).every((value) => value === 0)).toBe(true);
    }
  });

  test(`${name}Vjp gives 0 to masked entries, whatever g holds there`, () => {
    const result = f([1, 2, 3], { mask: [1, 0, 1] });
    const gradient = vjp(result, [0.5, Number.NEGATIVE_INFINITY, -0.5]);
    expect(gradient[1]).toBe(0);
    expect(gradient[0] + gradient[2]).toBeCloseTo(0, 15);
    expect(Number.isFinite(gradient[0])).toBe(true);
  });
}

const cases: [string, CrossEntropyOptions][] = [
  ["plain", {}],
  ["with a temperature", { temperature: 2.5 }],
  ["with class weights", { classWeights: [1, 5, 0.2] }],
  ["with row weights", { rowWeights: [2, 0, 1, 0.5] }],
  ["with label smoothing", { labelSmoothing: 0.2 }],
  ["with an ignored label", { ignoredLabel: 1 }],
  [
    "with all of them",
    {
      temperature: 0.7,
      classWeights: [1, 5, 0.2],
      rowWeights: [2, 0, 1, 0.5],
      labelSmoothing: 0.1,
      ignoredLabel: 0,
    },
  ],
];

for (const [name, options] of cases) {
  test(`the gradient of cross-entropy agrees with differences, ${name}`, () => {
    const z = normals(12, 2);
    for (const targets of [[0, 1, 2, 1], softmax(normals(12, 2), { columns: 3 })]) {
      for (const reduce of ["sum", "mean"] as const) {
        const given = { ...options, columns: 3, reduce };
        const loss = (at: number[]): number => crossEntropy(at, targets, given);
        expectClose(crossEntropyGradient(z, targets, given), differences(loss, z), 1e-8);
      }
    }
  });
}

test("the gradient of plain cross-entropy is P − Y, and its rows sum to 0", () => {
  const z = normals(9, 3);
  const p = softmax(z, { columns: 3 });
  const gradient = crossEntropyGradient(z, [2, 0, 1], { columns: 3 });
  const y = [0, 0, 1, 1, 0, 0, 0, 1, 0];
  expectClose(
    gradient,
    p.map((value, at) => value - y[at]),
    1e-15,
  );
  expect(gradient[0] + gradient[1] + gradient[2]).toBeCloseTo(0, 15);
});

test("an indicator as soft target, and smoothing written out, are the same loss", () => {
  const z = normals(6, 3);
  const labels = crossEntropy(z, [2, 0], { columns: 3 });
  expect(crossEntropy(z, [0, 0, 1, 1, 0, 0], { columns: 3 })).toEqual(labels);
  const low = 0.3 / 3;
  const soft = [low, low, 0.7 + low, 0.7 + low, low, low];
  expectClose(
    crossEntropy(z, [2, 0], { columns: 3, labelSmoothing: 0.3 }),
    crossEntropy(z, soft, { columns: 3 }),
    1e-14,
  );
});

test("smoothing shares ε among the classes that are not masked", () => {
  const mask = [1, 1, 0];
  const masked = crossEntropy([1, 2, 9], 0, { mask, labelSmoothing: 0.2 });
  expect(masked).toBe(crossEntropy([1, 2], 0, { labelSmoothing: 0.2 }));
});

test("the mean divides by what has weight", () => {
  const z = normals(6, 1);
  const losses = crossEntropy(z, [0, 1, 1], { columns: 2 });
  const weights = { classWeights: [3, 1], rowWeights: [1, 2, 0] };
  const mean = crossEntropy(z, [0, 1, 1], { ...weights, columns: 2, reduce: "mean" });
  expect(mean).toBeCloseTo((3 * losses[0] + 2 * losses[1]) / 5, 14);
});

test("float32 logits give float32 losses and gradients, in place where asked", () => {
  const z = new Float32Array([1, 2, 3, 4]);
  expect(crossEntropy(z, Int32Array.of(0, 1), { columns: 2 })).toBeInstanceOf(Float32Array);
  expect(crossEntropyGradient(z, [0, 1], { columns: 2, out: z })).toBe(z);
  expect(z[0]).toBeCloseTo(0.26894142 - 1, 7);
});
