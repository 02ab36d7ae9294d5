import { checkInteger, checkKeys, checkLength, checkNumber, checkValues } from "../base/checks.ts";

/** Numbers as the family takes them; what comes out is of the kind that came in. */
export type Values = Float32Array | Float64Array | readonly number[];

/** The kind of array that a function gives back for a T. */
export type Like<T extends Values> = T extends Float32Array
  ? Float32Array
  : T extends Float64Array
    ? Float64Array
    : number[];

/** What every function of the family understands. */
export interface RowOptions {
  /** k, the entries of a row, for an n×k matrix in row-major order. Default: the whole array is one row. */
  columns?: number;
}

export interface MaskOptions extends RowOptions {
  /** Entries that are false or 0 take no part, as if they were −∞. One flag an entry, or k flags for all rows. */
  mask?: ArrayLike<boolean | number>;
}

export interface TemperatureOptions extends MaskOptions {
  /** T in [0, Infinity], default 1: logits are divided by it. The ends are limits: see docs/math.md §1. */
  temperature?: number;
}

/** With `columns`, a function that makes one number of a row gives an array of n. */
export type Matrices<O extends RowOptions> = O & { columns: number };

/** Where the result goes: an array as long as the result. It may be the input itself. */
export type Into<O, T extends Values> = O & { out?: Like<T> };

/** The names of the options beside `columns`, for checks. */
export const MASKED = ["mask"] as const;
export const TEMPERED = [...MASKED, "temperature"] as const;

export interface Shape {
  readonly n: number;
  readonly k: number;
}

/** Checks the options' names, the values and their shape. */
export function shapeOf(
  what: string,
  values: Values,
  options: RowOptions,
  known: readonly string[],
): Shape {
  checkKeys("options", options, [...known, "columns"]);
  checkValues(what, values);
  if (options.columns === undefined) return { n: 1, k: values.length };
  const k = checkInteger("columns", options.columns, 1, Number.MAX_SAFE_INTEGER);
  const n = Math.ceil(values.length / k);
  checkLength(what, values.length, n * k);
  return { n, k };
}

/** `out` if it is given and long enough, else a new array of the kind of `like`. */
export function resultFor<T extends Values>(
  like: T,
  length: number,
  out: Like<T> | undefined,
): Like<T> {
  if (out !== undefined) {
    checkLength("out", out.length, length);
    return out;
  }
  if (like instanceof Float64Array) return new Float64Array(length) as Like<T>;
  if (like instanceof Float32Array) return new Float32Array(length) as Like<T>;
  return new Array<number>(length).fill(0) as Like<T>;
}

export function temperatureOf(options: TemperatureOptions): number {
  return checkNumber("temperature", options.temperature ?? 1, 0, Number.POSITIVE_INFINITY);
}

export type Mask = ArrayLike<boolean | number> | undefined;

export function maskOf(options: MaskOptions, { n, k }: Shape): Mask {
  const { mask } = options;
  if (mask !== undefined && mask.length !== k) checkLength("mask", mask.length, n * k);
  return mask;
}

/** Copies row i into `row` as float64, with −∞ for what is masked: from here on masked and −∞ are one case. */
export function gather(values: Values, i: number, mask: Mask, row: Float64Array): void {
  const k = row.length;
  for (let c = 0; c < k; c++) row[c] = values[i * k + c];
  if (mask !== undefined) maskRow(row, i, mask);
}

/** Puts −∞ where row i is masked. */
export function maskRow(
  row: Float32Array | Float64Array,
  i: number,
  mask: ArrayLike<boolean | number>,
): void {
  const k = row.length;
  const start = mask.length === k ? 0 : i * k;
  for (let c = 0; c < k; c++) if (!mask[start + c]) row[c] = Number.NEGATIVE_INFINITY;
}

/** Calls `change` on each row, which overwrites the row with its result. The result has the shape of `values`. */
export function mapRows<T extends Values>(
  what: string,
  values: T,
  options: Into<MaskOptions, T>,
  known: readonly string[],
  change: (row: Float64Array) => void,
): Like<T> {
  const shape = shapeOf(what, values, options, [...known, "out"]);
  const mask = maskOf(options, shape);
  const out = resultFor(values, values.length, options.out);
  const row = new Float64Array(shape.k);
  for (let i = 0; i < shape.n; i++) {
    gather(values, i, mask, row);
    change(row);
    for (let c = 0; c < shape.k; c++) out[i * shape.k + c] = row[c];
  }
  return out;
}

/** The number that `measure` makes of the one row, or with `columns` an array with one entry a row. */
export function reduceRows<T extends Values, R extends Like<T> | Int32Array>(
  what: string,
  values: T,
  options: MaskOptions,
  known: readonly string[],
  create: (n: number) => R,
  measure: (row: Float64Array, i: number) => number,
): number | R {
  const shape = shapeOf(what, values, options, known);
  const mask = maskOf(options, shape);
  const row = new Float64Array(shape.k);
  const single = options.columns === undefined;
  const out = single ? null : create(shape.n);
  for (let i = 0; i < shape.n; i++) {
    gather(values, i, mask, row);
    const value = measure(row, i);
    if (out === null) return value;
    out[i] = value;
  }
  return out as R;
}
