import type { Matrix } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import type { Allocator } from "../../src/kernels/kernels.ts";

/** A dense Matrix of the given rows. */
export function denseMatrix(rows: readonly (readonly number[])[], allocate?: Allocator): Matrix {
  const width = rows[0].length;
  const data = allocate?.f64(rows.length * width) ?? new Float64Array(rows.length * width);
  data.set(rows.flat());
  return { rows: rows.length, dense: { width, data }, codes: null, csr: null };
}

export interface Sample {
  readonly X: Matrix;
  readonly y: Int32Array;
}

/** Rows of noise with classes that lean on the features: dense columns, and codes of 5 levels each where asked. */
export function noisyRows(
  n: number,
  width: number,
  k: number,
  seed: number,
  perRow = 0,
  allocate?: Allocator,
): Sample {
  const random = createRandom(seed);
  const normal = (): number => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += random.uniform();
    return sum;
  };
  const data = allocate?.f64(n * width) ?? new Float64Array(n * width);
  const codes = allocate?.i32(n * perRow) ?? new Int32Array(n * perRow);
  const y = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < width; j++) data[i * width + j] = normal();
    for (let j = 0; j < perRow; j++) codes[i * perRow + j] = 5 * j + random.below(5);
    const pull = data[i * width] + (perRow > 0 ? (codes[i * perRow] % 5) - 2 : 0);
    const lean = Math.floor(((pull + 2 * normal() + 4) / 8) * k);
    y[i] = Math.max(0, Math.min(k - 1, lean));
  }
  return {
    X: {
      rows: n,
      dense: width === 0 ? null : { width, data },
      codes: perRow === 0 ? null : { width: 5 * perRow, perRow, data: codes },
      csr: null,
    },
    y,
  };
}
