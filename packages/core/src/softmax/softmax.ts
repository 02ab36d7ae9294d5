import { softmaxFloat32 } from "./float32.ts";
import { logSoftmaxRow, logSumOfRow, maximum, softmaxRow } from "./kernel.ts";
import {
  type Into,
  type Like,
  MASKED,
  type MaskOptions,
  type Matrices,
  mapRows,
  maskOf,
  reduceRows,
  resultFor,
  shapeOf,
  TEMPERED,
  type TemperatureOptions,
  temperatureOf,
  type Values,
} from "./rows.ts";

/**
 * Softmax of each row: logits to probabilities (docs/math.md §1.2).
 *
 *   p_c = exp(x_c) / Σ_j exp(x_j),   x_c = (z_c − max_j z_j)/T
 *
 * z: one row, or n×k with `columns`. The same shape and kind comes out; `out` may be z.
 * T = 0 shares 1 equally among the largest entries, T = Infinity among all above −∞. A row with nothing above −∞
 * gives zeros; NaN makes its row NaN. Throws RangeError for a shape or temperature that cannot be.
 * Error: relative, at most (4 + 2|x|)u and one subnormal step, u = 2^-53 or, for float32, 2^-24.
 */
export function softmax<T extends Values>(
  z: T,
  options: Into<TemperatureOptions, T> = {},
): Like<T> {
  const temperature = temperatureOf(options);
  const { out: given } = options;
  const both = z instanceof Float32Array && (given === undefined || given instanceof Float32Array);
  if (both && temperature > 0 && temperature < Number.POSITIVE_INFINITY) {
    const shape = shapeOf("logits", z, options, [...TEMPERED, "out"]);
    const out = resultFor<Float32Array>(z, z.length, given);
    softmaxFloat32(z, shape, maskOf(options, shape), temperature, out);
    return out as Like<T>;
  }
  return mapRows("logits", z, options, TEMPERED, (row) => softmaxRow(row, temperature));
}

/**
 * Logarithm of softmax, in nats, exact also where the probability is too small for a float64 (docs/math.md §1.3).
 *
 *   log p_c = x_c − log Σ_j exp(x_j),   x_c = (z_c − max_j z_j)/T
 *
 * Shapes, temperature and edge cases as softmax; log 0 = −Infinity. Error: relative, at most 6u.
 */
export function logSoftmax<T extends Values>(
  z: T,
  options: Into<TemperatureOptions, T> = {},
): Like<T> {
  const temperature = temperatureOf(options);
  return mapRows("logits", z, options, TEMPERED, (row) => logSoftmaxRow(row, temperature));
}

/**
 * log Σ_c exp(z_c) = m + log Σ_c exp(z_c − m), m = max_c z_c, which cannot overflow (docs/math.md §1.3).
 *
 * One row gives a number; with `columns` an array of n numbers of the kind of z. −Infinity where nothing is above −∞.
 */
export function logSumExp(z: Values, options?: MaskOptions & { columns?: undefined }): number;
export function logSumExp<T extends Values>(z: T, options: Matrices<MaskOptions>): Like<T>;
export function logSumExp<T extends Values>(z: T, options: MaskOptions = {}): number | Like<T> {
  const create = (n: number): Like<T> => resultFor(z, n, undefined);
  return reduceRows("logits", z, options, MASKED, create, (row) => {
    const m = maximum(row);
    return Math.abs(m) < Number.POSITIVE_INFINITY ? m + logSumOfRow(row, m, 1) : m;
  });
}
