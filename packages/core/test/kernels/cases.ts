import type { Floats, Matrix, RowRange } from "../../src/base/matrix.ts";
import { matrixWidth } from "../../src/base/matrix.ts";
import { createRandom, type Random } from "../../src/base/random.ts";
import { type Allocator, heap } from "../../src/kernels/kernels.ts";

/** One problem for the kernels, with arrays from an allocator. */
export interface Case {
  readonly name: string;
  readonly X: Matrix;
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  readonly range: RowRange;
  readonly k: number;
  readonly W: Float64Array;
  readonly V: Float64Array;
}

export interface Shape {
  readonly n: number;
  readonly k: number;
  readonly dense?: number;
  readonly codes?: { readonly width: number; readonly perRow: number };
  readonly csr?: { readonly width: number; readonly perRow: number };
  /** Row weights: none, or random ones of which this share is 0 (the X of such rows is NaN). */
  readonly zeros?: number;
  readonly range?: RowRange;
  /** Puts ±1e30, ±0 and subnormals among the entries. */
  readonly outliers?: boolean;
  /** All logits of a row equal. */
  readonly ties?: boolean;
}

const normal = (random: Random): number => {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uniform();
  return sum;
};

const STRANGE = [1e30, -1e30, -0, 1e-42, 3, -1e30];

/** A seeded case; the numbers are float32 numbers, so that both precisions hold the same. */
export function makeCase(shape: Shape, bits: 32 | 64, allocate: Allocator = heap): Case {
  const { n, k } = shape;
  const random = createRandom(n * 1009 + k * 31 + (shape.dense ?? 0));
  const floats = (length: number): Floats =>
    bits === 32 ? allocate.f32(length) : allocate.f64(length);
  const fill = <T extends { [i: number]: number; length: number }>(
    array: T,
    f: () => number,
  ): T => {
    for (let i = 0; i < array.length; i++) array[i] = f();
    return array;
  };
  const number = (): number =>
    shape.outliers && random.below(37) === 0
      ? STRANGE[random.below(STRANGE.length)]
      : Math.fround(normal(random));

  const dense =
    shape.dense === undefined
      ? null
      : { width: shape.dense, data: fill(floats(n * shape.dense), number) };
  const codes =
    shape.codes === undefined
      ? null
      : {
          ...shape.codes,
          data: fill(
            allocate.i32(n * shape.codes.perRow),
            () => random.below((shape.codes?.width ?? 0) + 1) - 1,
          ),
        };
  const X: Matrix = {
    rows: n,
    dense,
    codes,
    csr: makeCsr(shape, random, floats, allocate, number),
  };
  const weights = (matrixWidth(X) + 1) * k;
  const weight = (): number => (shape.ties ? 1 : Math.fround(0.3 * normal(random)));
  const W = fill(allocate.f64(weights), weight);
  const V = fill(allocate.f64(weights), () => Math.fround(normal(random)));
  const y = fill(allocate.i32(n), () => random.below(Math.max(k, 2)));
  const s = shape.zeros === undefined ? null : fill(allocate.f64(n), () => 0.1 + random.uniform());
  if (s !== null) spoil(X, y, s, shape.zeros ?? 0, random);
  const range = shape.range ?? { start: 0, end: n };
  return { name: nameOf(shape), X, y, s, range, k, W, V };
}

function makeCsr(
  { n, csr }: Shape,
  random: Random,
  floats: (length: number) => Floats,
  allocate: Allocator,
  number: () => number,
): Matrix["csr"] {
  if (csr === undefined) return null;
  const starts = allocate.i32(n + 1);
  for (let i = 0; i < n; i++) {
    const empty = random.below(4) === 0;
    starts[i + 1] = starts[i] + (empty ? 0 : random.below(Math.min(csr.width, 2 * csr.perRow) + 1));
  }
  const columns = allocate.i32(starts[n]);
  const values = floats(starts[n]);
  for (let e = 0; e < starts[n]; e++) {
    columns[e] = random.below(csr.width);
    values[e] = number();
  }
  return { width: csr.width, starts, columns, values };
}

/** Rows of weight 0 get NaN and a class that does not exist: nothing may read them. */
function spoil(X: Matrix, y: Int32Array, s: Float64Array, share: number, random: Random): void {
  for (let i = 0; i < X.rows; i++) {
    if (random.uniform() >= share) continue;
    s[i] = 0;
    y[i] = -1;
    if (X.dense) X.dense.data.fill(Number.NaN, i * X.dense.width, (i + 1) * X.dense.width);
    if (X.csr) X.csr.values.fill(Number.NaN, X.csr.starts[i], X.csr.starts[i + 1]);
  }
}

const nameOf = ({ n, k, dense, codes, csr, zeros, range, outliers, ties }: Shape): string =>
  [
    `n ${n}`,
    `k ${k}`,
    dense === undefined ? "" : `dense ${dense}`,
    codes ? `codes ${codes.perRow} of ${codes.width}` : "",
    csr ? `csr ${csr.width}` : "",
    zeros === undefined ? "" : `weights, ${zeros} zero`,
    range ? `rows ${range.start}…${range.end}` : "",
    outliers ? "outliers" : "",
    ties ? "ties" : "",
  ]
    .filter(Boolean)
    .join(", ");

/** Σ_j |x_ij W_jc| + |b_c|, the largest over c, and the number of terms: what a logit's rounding is measured in. */
export function magnitudes({ X, W, k }: Case, i: number): { size: number; terms: number } {
  const sums = new Float64Array(k);
  const d = matrixWidth(X);
  let terms = 2;
  const add = (j: number, x: number): void => {
    terms++;
    for (let c = 0; c < k; c++) sums[c] += Math.abs(x * W[j * k + c]);
  };
  add(d, 1);
  eachEntry(X, i, add);
  return { size: Math.max(...sums), terms };
}

export function eachEntry(X: Matrix, i: number, visit: (j: number, x: number) => void): void {
  const { dense, codes, csr } = X;
  const codesAt = dense?.width ?? 0;
  const csrAt = codesAt + (codes?.width ?? 0);
  for (let j = 0; j < codesAt; j++) visit(j, dense?.data[i * codesAt + j] ?? 0);
  for (let e = 0; e < (codes?.perRow ?? 0); e++) {
    const code = codes?.data[i * codes.perRow + e] ?? -1;
    if (code >= 0) visit(codesAt + code, 1);
  }
  if (csr)
    for (let e = csr.starts[i]; e < csr.starts[i + 1]; e++)
      visit(csrAt + csr.columns[e], csr.values[e]);
}

/** Shapes made to be hard: every remainder of lanes, tiles, panels and blocks, and every pair of blocks. */
export const SHAPES: readonly Shape[] = [
  { n: 0, k: 1, dense: 3 },
  { n: 0, k: 3, csr: { width: 4, perRow: 2 } },
  { n: 1, k: 1, dense: 1 },
  { n: 1, k: 2, dense: 1 },
  { n: 3, k: 3, dense: 0 },
  { n: 2, k: 1 },
  { n: 5, k: 4 },
  ...[1, 2, 3, 4, 5, 7, 8, 10, 12, 13, 26].flatMap((k) => [
    { n: 67, k, dense: 13 },
    { n: 71, k, codes: { width: 9, perRow: 3 } },
    { n: 66, k, csr: { width: 50, perRow: 6 } },
    {
      n: 131,
      k,
      dense: 21,
      codes: { width: 17, perRow: 4 },
      csr: { width: 30, perRow: 4 },
      zeros: 0.3,
      range: { start: 3, end: 130 },
      outliers: true,
    },
    { n: 40, k, dense: 5, ties: true },
  ]),
  { n: 9, k: 100, dense: 6, codes: { width: 5, perRow: 2 } },
  { n: 6, k: 1000, dense: 3, csr: { width: 20, perRow: 3 } },
  { n: 70, k: 1, dense: 784 },
  { n: 70, k: 10, dense: 784, range: { start: 1, end: 70 } },
  { n: 90, k: 5, dense: 8, zeros: 1 },
  { n: 20, k: 3, dense: 40_000 },
];
