import { describe, expect, it } from "vitest";
import { createRandom, type Random } from "../../src/base/random.ts";
import type { Bag, BagSizes } from "../../src/kernels/bag.ts";
import { bagStride } from "../../src/kernels/bag.ts";
import { bagBytes, createBag } from "../../src/kernels/bag-wasm.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";

interface Case extends BagSizes {
  readonly weighted?: boolean;
  readonly wide?: boolean;
  /** Entries of a row; 0 for every fifth. */
  readonly entries: number;
}

const few = { negatives: 0, runs: 0, entries: 6 };
const cases: [string, Case][] = [
  ["two classes", { ...few, dimension: 10, features: 30, classes: 2, steps: 40 }],
  [
    "three classes, float64, weighted",
    {
      ...few,
      ...{ dimension: 16, features: 9 },
      ...{ classes: 3, steps: 25 },
      weighted: true,
      wide: true,
    },
  ],
  ["one feature, one number", { ...few, dimension: 1, features: 1, classes: 5, steps: 12 }],
  ["several panels", { ...few, dimension: 37, features: 50, classes: 8, steps: 30 }],
  ["1,000 classes", { ...few, dimension: 20, features: 40, classes: 1000, steps: 10 }],
  [
    "negatives",
    {
      ...few,
      ...{ dimension: 8, features: 40, classes: 50 },
      ...{ steps: 30, negatives: 7, runs: 9 },
    },
  ],
  [
    "more negatives than classes",
    {
      ...few,
      ...{ dimension: 8, features: 40, classes: 3 },
      ...{ steps: 30, negatives: 5, runs: 4 },
      weighted: true,
    },
  ],
];

/** Rows, factors and order of a case, the same for all kernels. */
function createCase(kernels: Kernels, sizes: Case): Bag {
  const random = createRandom(5);
  const { f32, f64, i32 } = kernels.allocate;
  const rows = sizes.steps;
  const starts = i32(rows + 1);
  for (let i = 0; i < rows; i++) starts[i + 1] = starts[i] + (i % 5 === 4 ? 0 : sizes.entries);
  const columns = i32(starts[rows]);
  const values = (sizes.wide === true ? f64 : f32)(starts[rows]);
  for (let e = 0; e < columns.length; e++) {
    columns[e] = random.below(sizes.features);
    values[e] = random.uniform() - 0.3;
  }
  const y = i32(rows);
  const s = sizes.weighted === true ? f64(rows) : null;
  for (let i = 0; i < rows; i++) y[i] = random.below(sizes.classes);
  s?.forEach((_, i) => (s[i] = 3 * random.uniform()));
  const csr = { width: sizes.features, starts, columns, values };
  const bag = createBag(kernels, { csr, y, s, unit: 0.5 }, sizes);
  fill(bag, sizes, random);
  return bag;
}

function fill(bag: Bag, { dimension, features, classes, steps }: Case, random: Random): void {
  const spread = (array: Float32Array, rows: number): void => {
    for (let r = 0; r < rows; r++) {
      for (let a = 0; a < dimension; a++) array[r * bag.stride + a] = random.uniform() - 0.5;
    }
  };
  spread(bag.E, features);
  spread(bag.V, classes);
  for (let c = 0; c < classes; c++) bag.b[c] = random.uniform() - 0.5;
  for (let i = 0; i < steps; i++) bag.order[i] = (7 * i) % steps;
  bag.proposals.forEach((_, at) => (bag.proposals[at] = random.below(classes)));
  for (let c = 0; c < classes; c++) bag.shifts[c] = 2 * random.uniform() - 1;
}

const bytesOf = (sizes: Case): number => bagBytes(sizes) + 20 * sizes.steps * (sizes.entries + 2);
const onWasm = (sizes: Case): Bag =>
  createCase(createWasmKernels({ bytes: bytesOf(sizes), scratchBytes: 65536 }), sizes);
const onReference = (sizes: Case): Bag => createCase(createReferenceKernels(), sizes);

const farthest = (x: Float32Array, y: Float32Array): number =>
  x.reduce((most, value, at) => Math.max(most, Math.abs(value - y[at])), 0);

describe.each(cases)("steps of a bag: %s", (_, sizes) => {
  const pace = { rate: 0.3, before: 20, total: 200 };

  it("wasm's are the reference's, to 2e-6 in every number and 2e-6 of the loss", () => {
    const [fast, exact] = [onWasm(sizes), onReference(sizes)];
    const losses = [fast, exact].map((bag) => bag.descend(0, sizes.steps, pace));
    expect(losses[1]).toBeGreaterThan(0);
    expect(Math.abs(losses[0] - losses[1])).toBeLessThan(2e-6 * losses[1]);
    for (const part of ["E", "V", "b"] as const) {
      expect(farthest(fast[part], exact[part])).toBeLessThan(2e-6);
    }
  });

  it("have the same bits in one call and in many", () => {
    const [whole, cut] = [onWasm(sizes), onWasm(sizes)];
    whole.descend(0, sizes.steps, pace);
    for (let first = 0, length = 1; first < sizes.steps; first += length++) {
      cut.descend(first, Math.min(sizes.steps, first + length), pace);
    }
    for (const part of ["E", "V", "b"] as const) expect(cut[part]).toEqual(whole[part]);
  });

  it("leave the padding 0", () => {
    const bag = onWasm(sizes);
    bag.descend(0, sizes.steps, pace);
    for (const array of [bag.E, bag.V]) {
      const behind = array.filter((_, at) => at % bag.stride >= sizes.dimension);
      expect(behind.every((value) => value === 0)).toBe(true);
    }
  });
});

/** The loss of step 0 at the factors of `bag`, which it leaves as they are. */
function lossOf(bag: Bag): number {
  const kept = [bag.E, bag.V, bag.b].map((array) => array.slice());
  const loss = bag.descend(0, 1, { rate: 0, before: 0, total: 1 });
  [bag.E, bag.V, bag.b].forEach((array, part) => array.set(kept[part]));
  return loss;
}

it.each([
  ["all classes", { ...few, dimension: 5, features: 8, classes: 4, steps: 1 }],
  [
    "negatives",
    {
      ...few,
      ...{ dimension: 5, features: 8, classes: 9 },
      ...{ steps: 1, negatives: 3, runs: 1 },
    },
  ],
])("a step follows the differences of the loss, with %s", (_, sizes: Case) => {
  const bag = onReference(sizes);
  bag.proposals.set([1, 4, 6].slice(0, bag.proposals.length));
  const arrays = [bag.E, bag.V, bag.b];
  const before = arrays.map((array) => array.slice());
  const h = 2 ** -10;
  const slopes = arrays.map((array) =>
    array.map((value, at) => {
      array[at] = value + h;
      const above = lossOf(bag);
      array[at] = value - h;
      const below = lossOf(bag);
      array[at] = value;
      return (above - below) / (2 * h);
    }),
  );
  bag.descend(0, 1, { rate: 1, before: 0, total: 1 });
  for (const [part, array] of arrays.entries()) {
    const real = (at: number): boolean => part === 2 || at % bag.stride < sizes.dimension;
    const moved = array.map((value, at) => before[part][at] - value);
    const wrong = [...moved.keys()].filter(
      (at) => real(at) && Math.abs(moved[at] - slopes[part][at]) > 2e-5,
    );
    expect(wrong).toEqual([]);
    expect(moved.some((value) => Math.abs(value) > 1e-3)).toBe(true);
  }
});

it("a row without entries moves the intercepts alone", () => {
  const bag = onWasm({ ...few, dimension: 4, features: 3, classes: 3, steps: 4, entries: 0 });
  const [E, V, b] = [bag.E.slice(), bag.V.slice(), bag.b.slice()];
  bag.descend(0, 4, { rate: 1, before: 0, total: 4 });
  expect(bag.E).toEqual(E);
  expect(bag.V).toEqual(V);
  expect(farthest(bag.b, b)).toBeGreaterThan(0.01);
});

it("rows of the factors are whole panels of 16 numbers", () => {
  expect([1, 16, 17, 100].map(bagStride)).toEqual([16, 16, 32, 112]);
});
