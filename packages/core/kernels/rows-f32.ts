/**
 * Row-wise softmax, log softmax and log-sum-exp of n×k float32 logits. Rows of at most WIDEST classes are worked on
 * eight at a time, one a lane: no lane is padding, and nothing is summed across lanes. Longer ones go alone, through
 * all lanes; what is left of a row is filled up with −∞.
 */
import { gather, scatter } from "./eight-rows";
import { log64 } from "./exp-f64";
import { promoteHigh, sumPair } from "./lanes";
import {
  Lanes, MOST, begin, clear, demote, exponentials, prepareLanes, sums,
} from "./rows-exp-f32";
import { RowsJob } from "./rows-job";

/** Classes of the widest rows that go eight at a time; at most MOST. */
const WIDEST: usize = 64;

// The scratch: lanes, the rest of a row with its terms, columns of eight rows with their terms, the last rows.
const REST: usize = 640;
const REST_TERMS: usize = 672;
const COLUMNS: usize = 704;
const TERMS: usize = COLUMNS + WIDEST * 32;
const LAST: usize = TERMS + WIDEST * 32;
/** Bytes of the scratch. */
export const SCRATCH: usize = LAST + WIDEST * 32;

/** What is wanted of each row. */
const SOFTMAX = 0, LOG_SOFTMAX = 1, LOG_SUM = 2;

export function softmaxRows32(job: RowsJob): void {
  eachRow(job, SOFTMAX);
}

export function logSoftmaxRows32(job: RowsJob): void {
  eachRow(job, LOG_SOFTMAX);
}

export function logSumExpRows32(job: RowsJob): void {
  eachRow(job, LOG_SUM);
}

function eachRow(job: RowsJob, wanted: i32): void {
  const k = job.k, bytes = k << 2, width: usize = wanted == LOG_SUM ? 4 : bytes;
  let z = job.Z, out = job.out, left = job.n;
  prepareLanes(changetype<Lanes>(job.scratch));
  if (k > WIDEST) {
    for (; left > 0; left--, z += bytes, out += width) longRow(job, z, out, wanted);
    return;
  }
  for (; left >= 8; left -= 8, z += bytes << 3, out += width << 3) eightRows(job, z, out, wanted);
  if (left == 0) return;
  const last = job.scratch + LAST, results = job.scratch + TERMS;
  memory.copy(last, z, left * bytes);
  eightRows(job, last, results, wanted);
  memory.copy(out, results, left * width);
}

/** Eight rows of k classes from z on; all of them are read before any is written. */
function eightRows(job: RowsJob, z: usize, out: usize, wanted: i32): void {
  const lanes = changetype<Lanes>(job.scratch), columns = job.scratch + COLUMNS;
  const k = job.k;
  gather(z, k, columns, lanes);
  begin(lanes);
  exponentials(lanes, columns, k << 5, job.temperature, wanted == SOFTMAX ? columns : job.scratch + TERMS);
  const a = sums(lanes.sum0, lanes.lost0, false), b = sums(lanes.sum0, lanes.lost0, true);
  const c = sums(lanes.sum1, lanes.lost1, false), d = sums(lanes.sum1, lanes.lost1, true);
  if (wanted == SOFTMAX) {
    const scale0 = reciprocals(a, b), scale1 = reciprocals(c, d);
    const total = f32x4.add(scale0, scale1);
    if (v128.any_true(f32x4.ne(total, total))) job.spoiled = 1;
    scatter(columns, k, scale0, scale1, out);
    return;
  }
  const log0 = log64(a), log1 = log64(b), log2 = log64(c), log3 = log64(d);
  if (wanted == LOG_SUM) {
    addMaxima(lanes.m0, log0, log1, out);
    addMaxima(lanes.m1, log2, log3, out + 16);
    for (let i: usize = 0; i < 32; i += 4) {
      mendInfinite(z + i * k, k, load<f32>(changetype<usize>(lanes) + i), out + i);
    }
    return;
  }
  for (let o: usize = 0; o < k << 5; o += 32) {
    const at = columns + o;
    v128.store(at, logTerm(job, v128.load(at), lanes.m0, log0, log1));
    v128.store(at, logTerm(job, v128.load(at, 16), lanes.m1, log2, log3), 16);
  }
  scatter(columns, k, f32x4.splat(1), f32x4.splat(1), out);
}

/** 2^-64/sum, for terms that are 2^64 times as large. */
@inline function reciprocals(a: v128, b: v128): v128 {
  const unit = f64x2.splat(5.421010862427522e-20);
  return demote(f64x2.div(unit, a), f64x2.div(unit, b));
}

/** log p = (z − m)/T − log Σ, the logarithms of lanes 0, 1 and of 2, 3. */
@inline function logTerm(job: RowsJob, z: v128, m: v128, low: v128, high: v128): v128 {
  if (job.temperature == 1) return f32x4.sub(f32x4.sub(z, m), demote(low, high));
  const t = f64x2.splat(job.temperature);
  const a = f64x2.sub(f64x2.promote_low_f32x4(z), f64x2.promote_low_f32x4(m));
  const b = f64x2.sub(promoteHigh(z), promoteHigh(m));
  return demote(f64x2.sub(f64x2.div(a, t), low), f64x2.sub(f64x2.div(b, t), high));
}

@inline function addMaxima(m: v128, low: v128, high: v128, out: usize): void {
  const a = f64x2.add(f64x2.promote_low_f32x4(m), low);
  v128.store(out, demote(a, f64x2.add(promoteHigh(m), high)));
}

/** Where m is infinite the log-sum-exp is m, unless there is a NaN. */
@inline function mendInfinite(z: usize, k: usize, m: f32, out: usize): void {
  if (abs(m) == Infinity || k == 0) store<f32>(out, largest(z, k));
}

function largest(z: usize, k: usize): f32 {
  let m: f32 = -Infinity;
  for (let c: usize = 0; c < k; c++) m = max(m, load<f32>(z + (c << 2)));
  return m;
}

function longRow(job: RowsJob, z: usize, out: usize, wanted: i32): void {
  const lanes = changetype<Lanes>(job.scratch), temperature = job.temperature;
  const rest = job.scratch + REST, restTerms = job.scratch + REST_TERMS;
  const bytes = job.k << 2, whole = bytes & ~31, left = bytes & 31;
  if (left) fillRest(rest, z + whole, left);
  const m = rowMax(z, whole, left, rest);
  lanes.m0 = lanes.m1 = f32x4.splat(m);
  begin(lanes);
  let sum: f64 = 0;
  for (let o: usize = 0; o < whole; o += MOST << 5) {
    const to = wanted == SOFTMAX ? out + o : job.scratch + COLUMNS;
    exponentials(lanes, z + o, min(MOST << 5, whole - o), temperature, to);
    sum += take(lanes);
  }
  if (left) {
    exponentials(lanes, rest, 32, temperature, restTerms);
    sum += take(lanes);
  }
  if (wanted == SOFTMAX) {
    const scale = <f32>(5.421010862427522e-20 / sum);
    if (scale != scale) job.spoiled = 1;
    multiply(out, whole, scale);
    if (left == 0) return;
    multiply(restTerms, 32, scale);
    copyWords(out + whole, restTerms, left);
    return;
  }
  const log = log64(f64x2.splat(sum));
  if (wanted == LOG_SUM) {
    store<f32>(out, <f32>(m + f64x2.extract_lane(log, 0)));
    mendInfinite(z, job.k, m, out);
    return;
  }
  logTerms(job, z, whole, m, log, out);
  if (left == 0) return;
  logTerms(job, rest, 32, m, log, restTerms);
  copyWords(out + whole, restTerms, left);
}

/** What is left of a row after whole pairs of vectors, and −∞. */
function fillRest(rest: usize, z: usize, left: usize): void {
  v128.store(rest, f32x4.splat(-Infinity));
  v128.store(rest, f32x4.splat(-Infinity), 16);
  copyWords(rest, z, left);
}

/** For some bytes only: memory.copy is a call out of WebAssembly. */
@inline function copyWords(to: usize, from: usize, bytes: usize): void {
  for (let o: usize = 0; o < bytes; o += 4) store<u32>(to + o, load<u32>(from + o));
}

@inline function rowMax(z: usize, bytes: usize, left: usize, rest: usize): f32 {
  let m0 = f32x4.splat(-Infinity), m1 = m0;
  if (left) {
    m0 = v128.load(rest);
    m1 = v128.load(rest, 16);
  }
  for (let o: usize = 0; o < bytes; o += 32) {
    m0 = f32x4.pmax(m0, v128.load(z + o));
    m1 = f32x4.pmax(m1, v128.load(z + o, 16));
  }
  m0 = f32x4.max(m0, m1);
  const a = max(f32x4.extract_lane(m0, 0), f32x4.extract_lane(m0, 1));
  return max(a, max(f32x4.extract_lane(m0, 2), f32x4.extract_lane(m0, 3)));
}

/** The sum of all lanes, which start again at 0. */
function take(lanes: Lanes): f64 {
  const a = sums(lanes.sum0, lanes.lost0, false), b = sums(lanes.sum0, lanes.lost0, true);
  const c = sums(lanes.sum1, lanes.lost1, false), d = sums(lanes.sum1, lanes.lost1, true);
  clear(lanes);
  return sumPair(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
}

@inline function multiply(at: usize, bytes: usize, scale: f32): void {
  const s = f32x4.splat(scale);
  for (let o: usize = 0; o < bytes; o += 32) {
    const a = f32x4.mul(v128.load(at + o), s), b = f32x4.mul(v128.load(at + o, 16), s);
    v128.store(at + o, a);
    v128.store(at + o, b, 16);
  }
}

function logTerms(job: RowsJob, z: usize, bytes: usize, m: f32, log: v128, out: usize): void {
  const shift = f32x4.splat(m);
  for (let o: usize = 0; o < bytes; o += 32) {
    const a = logTerm(job, v128.load(z + o), shift, log, log);
    const b = logTerm(job, v128.load(z + o, 16), shift, log, log);
    v128.store(out + o, a);
    v128.store(out + o, b, 16);
  }
}
