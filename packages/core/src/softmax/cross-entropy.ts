import { checkInteger, checkLength, checkNumber, checkValues } from "../base/checks.ts";
import { exp } from "../base/math.ts";
import { logSoftmaxRow } from "./kernel.ts";
import {
  gather,
  type Into,
  type Like,
  type Matrices,
  maskOf,
  resultFor,
  type Shape,
  shapeOf,
  TEMPERED,
  type TemperatureOptions,
  temperatureOf,
  type Values,
} from "./rows.ts";

/** Class labels 0…k−1, one a row (one row: a number), or soft targets, which have the shape of the logits. */
export type Targets = number | Int32Array | Uint8Array | Uint16Array | Uint32Array | Values;

export interface CrossEntropyOptions extends TemperatureOptions {
  /** w_c: k factors, by which each class's share of the loss is multiplied. Default 1. */
  classWeights?: ArrayLike<number>;
  /** s_i: n factors ≥ 0. Rows of weight 0 are skipped, so their logits may hold NaN. Default 1. */
  rowWeights?: ArrayLike<number>;
  /** ε in [0, 1]: targets become (1 − ε) t + ε/k, with k counting what is not masked. Default 0. */
  labelSmoothing?: number;
  /** Rows with this label are skipped. Default: none. */
  ignoredLabel?: number;
}

const KNOWN = [...TEMPERED, "classWeights", "rowWeights", "labelSmoothing", "ignoredLabel"];

/**
 * Cross-entropy of each row against its target, in nats: the log loss (docs/math.md §1.4).
 *
 *   l_i = −s_i Σ_c w_c t_ic log p_ic,   p_i = softmax(z_i/T)
 *
 * z: logits. targets: class labels, or soft targets t of the shape of z; n numbers are labels, n·k soft targets.
 * One row gives a number; with `columns` an array of n of the kind of z, and `reduce` its sum or its mean, which is
 * Σ l_i / Σ_i s_i Σ_c w_c t_ic (0 where nothing has weight). Infinity where a target falls on p = 0.
 * Throws RangeError for a label outside 0…k−1 and for shapes that disagree.
 */
export function crossEntropy(
  z: Values,
  targets: Targets,
  options?: CrossEntropyOptions & { columns?: undefined; reduce?: undefined },
): number;
export function crossEntropy(
  z: Values,
  targets: Targets,
  options: Matrices<CrossEntropyOptions> & { reduce: "sum" | "mean" },
): number;
export function crossEntropy<T extends Values>(
  z: T,
  targets: Targets,
  options: Matrices<CrossEntropyOptions> & { reduce?: undefined },
): Like<T>;
export function crossEntropy<T extends Values>(
  z: T,
  targets: Targets,
  options: CrossEntropyOptions & { reduce?: "sum" | "mean" | undefined } = {},
): number | Like<T> {
  const job = createJob(z, targets, options, [...KNOWN, "reduce"]);
  const losses = new Float64Array(job.shape.n);
  eachRow(job, (i, logP, t) => {
    for (let c = 0; c < t.length; c++) if (t[c] !== 0) losses[i] -= t[c] * logP[c];
  });
  if (options.columns === undefined) return losses[0];
  if (options.reduce !== undefined) {
    const sum = losses.reduce((total, loss) => total + loss, 0);
    return options.reduce === "sum" ? sum : job.weight === 0 ? 0 : sum / job.weight;
  }
  const out = resultFor(z, job.shape.n, undefined);
  for (let i = 0; i < losses.length; i++) out[i] = losses[i];
  return out;
}

/**
 * Gradient of cross-entropy with respect to the logits: R = s (P − Y), where nothing weights or smooths the classes
 * (docs/math.md §1.4).
 *
 *   R_ic = s_i (p_ic Σ_j w_j t_ij − w_c t_ic)/T
 *
 * Arguments as crossEntropy; the gradient of the sum of the rows' losses, or with `reduce: "mean"` of their mean.
 * The shape and kind of z; `out` may be z. Skipped rows are 0; so are all at T = 0, where p is constant in steps.
 */
export function crossEntropyGradient<T extends Values>(
  z: T,
  targets: Targets,
  options: Into<CrossEntropyOptions, T> & { reduce?: "sum" | "mean" } = {},
): Like<T> {
  const job = createJob(z, targets, options, [...KNOWN, "reduce", "out"]);
  const { n, k } = job.shape;
  const gradient = new Float64Array(n * k);
  eachRow(job, (i, logP, t) => {
    const total = t.reduce((sum, value) => sum + value, 0);
    if (job.temperature === 0) return;
    for (let c = 0; c < k; c++) {
      gradient[i * k + c] = (total * exp(logP[c]) - t[c]) / job.temperature;
    }
  });
  const divisor = options.reduce === "mean" && job.weight !== 0 ? job.weight : 1;
  const out = resultFor(z, n * k, options.out);
  for (let at = 0; at < out.length; at++) out[at] = gradient[at] / divisor;
  return out;
}

interface Job {
  readonly z: Values;
  readonly shape: Shape;
  readonly mask: ArrayLike<boolean | number> | undefined;
  readonly temperature: number;
  readonly smoothing: number;
  /** The weighted target of row i before smoothing is written into t; false for rows to skip. */
  readonly target: (i: number, t: Float64Array) => boolean;
  readonly classWeights: ArrayLike<number> | undefined;
  readonly rowWeights: ArrayLike<number> | undefined;
  /** Σ_i s_i Σ_c w_c t_ic of the rows seen. */
  weight: number;
}

function createJob(
  z: Values,
  targets: Targets,
  options: CrossEntropyOptions,
  known: readonly string[],
): Job {
  const shape = shapeOf("logits", z, options, known);
  const { classWeights, rowWeights } = options;
  if (classWeights !== undefined) checkWeights("classWeights", classWeights, shape.k);
  if (rowWeights !== undefined) checkWeights("rowWeights", rowWeights, shape.n);
  return {
    z,
    shape,
    mask: maskOf(options, shape),
    temperature: temperatureOf(options),
    smoothing: checkNumber("labelSmoothing", options.labelSmoothing ?? 0, 0, 1),
    target: targetReader(targets, shape, options),
    classWeights,
    rowWeights,
    weight: 0,
  };
}

function checkWeights(what: string, weights: ArrayLike<number>, length: number): void {
  checkLength(what, weights.length, length);
  for (let i = 0; i < length; i++) checkNumber(`${what}[${i}]`, weights[i], 0, Number.MAX_VALUE);
}

function targetReader(targets: Targets, shape: Shape, options: CrossEntropyOptions): Job["target"] {
  const { n, k } = shape;
  const list = typeof targets === "number" ? [targets] : targets;
  if (list.length !== n) {
    checkValues("targets", list);
    checkLength("targets", list.length, n * k);
    return (i, t) => {
      for (let c = 0; c < k; c++) t[c] = list[i * k + c];
      return true;
    };
  }
  return (i, t) => {
    if (options.ignoredLabel !== undefined && list[i] === options.ignoredLabel) return false;
    t.fill(0);
    t[checkInteger(`targets[${i}]`, list[i], 0, k - 1)] = 1;
    return true;
  };
}

/** Calls `visit` with log p and the weighted, smoothed target s w t of each row that counts. */
function eachRow(job: Job, visit: (i: number, logP: Float64Array, t: Float64Array) => void): void {
  const { n, k } = job.shape;
  const row = new Float64Array(k);
  const t = new Float64Array(k);
  for (let i = 0; i < n; i++) {
    const s = job.rowWeights?.[i] ?? 1;
    if (!job.target(i, t) || s === 0) continue;
    gather(job.z, i, job.mask, row);
    job.weight += s * weightOf(t, job.classWeights);
    if (job.smoothing > 0) smooth(t, row, job.smoothing);
    for (let c = 0; c < k; c++) t[c] *= s * (job.classWeights?.[c] ?? 1);
    logSoftmaxRow(row, job.temperature);
    visit(i, row, t);
  }
}

function weightOf(t: Float64Array, classWeights: ArrayLike<number> | undefined): number {
  let sum = 0;
  for (let c = 0; c < t.length; c++) sum += t[c] * (classWeights?.[c] ?? 1);
  return sum;
}

/** t = (1 − ε) t + ε/k over the entries that may have probability. */
function smooth(t: Float64Array, row: Float64Array, amount: number): void {
  let k = 0;
  for (let c = 0; c < t.length; c++) if (row[c] > Number.NEGATIVE_INFINITY) k++;
  for (let c = 0; c < t.length; c++) {
    t[c] = (1 - amount) * t[c] + (row[c] > Number.NEGATIVE_INFINITY ? amount / k : 0);
  }
}
