import { maximum, Sum, scaleRow } from "./kernel.ts";
import {
  type Into,
  type Like,
  mapRows,
  TEMPERED,
  type TemperatureOptions,
  temperatureOf,
  type Values,
} from "./rows.ts";

/**
 * Sparsemax of each row: the point of the probability simplex nearest to z/T (docs/math.md §1.6).
 *
 *   p = argmin_{p ≥ 0, Σ p = 1} ‖p − z/T‖² = max(z/T − τ, 0)
 *
 * Unlike softmax it gives exact zeros. Shapes, temperature and edge cases as softmax. Error: absolute, at most 4u.
 * Martins & Astudillo 2016, "From Softmax to Sparsemax", algorithm 1.
 */
export function sparsemax<T extends Values>(
  z: T,
  options: Into<TemperatureOptions, T> = {},
): Like<T> {
  return mapSimplex(z, options, (x) => {
    const tau = sparsemaxThreshold(candidates(x, -1));
    for (let c = 0; c < x.length; c++) x[c] = Math.max(x[c] - tau, 0);
  });
}

/**
 * Entmax with α = 1.5 of each row: between softmax (α = 1) and sparsemax (α = 2) (docs/math.md §1.6).
 *
 *   p = max(z/(2T) − τ, 0)²,   τ such that Σ p = 1
 *
 * Exact zeros, and no kink where an entry becomes one. Shapes, temperature and edge cases as softmax.
 * Error: absolute, at most 8u. Peters, Niculae & Martins 2019, "Sparse Sequence-to-Sequence Models", algorithm 2.
 */
export function entmax15<T extends Values>(
  z: T,
  options: Into<TemperatureOptions, T> = {},
): Like<T> {
  return mapSimplex(z, options, (x) => {
    for (let c = 0; c < x.length; c++) x[c] /= 2;
    const tau = entmax15Threshold(candidates(x, -1));
    const sum = new Sum();
    for (let c = 0; c < x.length; c++) {
      const root = Math.max(x[c] - tau, 0);
      x[c] = root * root;
      sum.add(x[c]);
    }
    for (let c = 0; c < x.length; c++) x[c] /= sum.total;
  });
}

/** Calls `project` on x = (z − m)/T of each row that has a maximum above −∞. */
function mapSimplex<T extends Values>(
  z: T,
  options: Into<TemperatureOptions, T>,
  project: (x: Float64Array) => void,
): Like<T> {
  const temperature = temperatureOf(options);
  return mapRows("logits", z, options, TEMPERED, (row) => {
    const m = maximum(row);
    if (m > Number.NEGATIVE_INFINITY) {
      scaleRow(row, m, temperature);
      project(row);
    } else row.fill(Number.isNaN(m) ? m : 0);
  });
}

/** The entries above `floor`, which alone may have probability because the largest is 0; in descending order. */
function candidates(x: Float64Array, floor: number): Float64Array {
  return x
    .filter((value) => value > floor)
    .sort()
    .reverse();
}

/** τ = (Σ_{c ≤ r} x_c − 1)/r for the largest r with 1 + r x_r > Σ_{c ≤ r} x_c; x descending. */
function sparsemaxThreshold(x: Float64Array): number {
  let sum = 0;
  let tau = 0;
  for (let c = 0; c < x.length; c++) {
    sum += x[c];
    if (1 + (c + 1) * x[c] <= sum) break;
    tau = (sum - 1) / (c + 1);
  }
  const { count, first } = excess(x, tau);
  return tau + (first - 1) / count;
}

/**
 * τ = M − √((1 − S)/r) with M the mean and S the sum of squared deviations of the first r entries, for the largest r
 * with τ ≤ x_r; x descending. S is carried along as in Welford 1962.
 */
function entmax15Threshold(x: Float64Array): number {
  let mean = 0;
  let squares = 0;
  let tau = 0;
  for (let c = 0; c < x.length; c++) {
    const deviation = x[c] - mean;
    mean += deviation / (c + 1);
    squares += deviation * (x[c] - mean);
    if (squares > 1) break;
    const next = mean - Math.sqrt((1 - squares) / (c + 1));
    if (next > x[c]) break;
    tau = next;
  }
  const { first, second } = excess(x, tau);
  return tau + (second - 1) / (2 * first);
}

/**
 * The number, sum and sum of squares of x − τ over the entries above τ; x descending. With them each threshold takes
 * one Newton step on Σ p = 1, which removes what rounding gathered in sums of larger terms.
 */
function excess(x: Float64Array, tau: number): { count: number; first: number; second: number } {
  const first = new Sum();
  const second = new Sum();
  let count = 0;
  for (; count < x.length && x[count] > tau; count++) {
    const above = x[count] - tau;
    first.add(above);
    second.add(above * above);
  }
  return { count, first: first.total, second: second.total };
}
