import { exp, log, log1p } from "../base/math.ts";
import { type Floats, type Matrix, matrixWidth, type RowRange } from "../base/matrix.ts";
import { windowsOf } from "../base/stored.ts";
import { heap, type Kernels, type PreparedRows } from "./kernels.ts";
import { checkClasses, checkPass, checkRows, checkWeights } from "./shapes.ts";

/**
 * The specification of the kernels: scalar float64, the shortest correct form. Fast kernels are tested against it; it
 * stands in for them where WebAssembly is missing.
 *
 *   z_i = b + Σ_j x_ij W_j                      summed in the order of the features, after the intercept
 *   l_i = (m_i − z_iy) + log Σ_c exp(z_ic − m_i),        m_i = max_c z_ic
 *   G  += Σ_i s_i x̃_i (p_i − y_i)ᵀ               x̃_i = (x_i, 1)
 *   H  += Σ_i s_i x̃_i (p_i ∘ (u_i − p_i·u_i))ᵀ   u_i = x̃_i V
 */
export function createReferenceKernels(): Kernels {
  return {
    name: "reference",
    allocate: heap,
    ...{ logits, lossGradient, hessianVector, prepare },
    ...rowwise,
  };
}

/** Range after range. */
function prepare(X: Matrix, k: number): PreparedRows {
  return {
    over: (y, s, ranges) => ({
      lossGradient(W, G) {
        G.fill(0);
        let loss = 0;
        for (const { here, rows, first } of pieces(X, ranges)) {
          const weights = s?.subarray(first) ?? null;
          loss += lossGradient(here, y.subarray(first), weights, rows, W, k, G);
        }
        return loss;
      },
      hessianVector(W, V, H) {
        H.fill(0);
        for (const { here, rows, first } of pieces(X, ranges)) {
          hessianVector(here, s?.subarray(first) ?? null, rows, W, k, V, H);
        }
      },
    }),
    logits(W, ranges, Z) {
      let at = 0;
      for (const { here, rows } of pieces(X, ranges)) {
        const size = (rows.end - rows.start) * k;
        logits(here, rows, W, k, Z.subarray(at, at + size));
        at += size;
      }
    },
  };
}

/** Windows, with their rows counted in them. */
function* pieces(X: Matrix, ranges: readonly RowRange[]) {
  for (const { X: here, first, range } of windowsOf(X, ranges)) {
    yield { here, first, rows: { start: range.start - first, end: range.end - first } };
  }
}

function logits(X: Matrix, range: RowRange, W: Float64Array, k: number, Z: Float64Array): void {
  checkPass(X, range, W, k);
  checkRows("Z", Z.length, range.end - range.start, k);
  for (let i = range.start; i < range.end; i++) {
    const at = (i - range.start) * k;
    rowLogits(X, i, W, k, Z.subarray(at, at + k));
  }
}

function lossGradient(
  X: Matrix,
  y: Int32Array,
  s: Float64Array | null,
  range: RowRange,
  W: Float64Array,
  k: number,
  G: Float64Array,
): number {
  checkPass(X, range, W, k, s);
  checkWeights("G", G.length, X, k);
  checkClasses(y, s, range, k);
  const r = new Float64Array(k);
  let loss = 0;
  for (let i = range.start; i < range.end; i++) {
    const weight = s === null ? 1 : s[i];
    if (weight === 0) continue;
    rowLogits(X, i, W, k, r);
    loss += weight * rowResidual(r, y[i]);
    addOuter(X, i, weight, r, G);
  }
  return loss;
}

function hessianVector(
  X: Matrix,
  s: Float64Array | null,
  range: RowRange,
  W: Float64Array,
  k: number,
  V: Float64Array,
  H: Float64Array,
): void {
  checkPass(X, range, W, k, s);
  checkWeights("V", V.length, X, k);
  checkWeights("H", H.length, X, k);
  const p = new Float64Array(k);
  const u = new Float64Array(k);
  for (let i = range.start; i < range.end; i++) {
    const weight = s === null ? 1 : s[i];
    if (weight === 0) continue;
    rowLogits(X, i, W, k, p);
    rowLogits(X, i, V, k, u);
    rowCurvature(p, u);
    addOuter(X, i, weight, u, H);
  }
}

/** Replaces the logits of a row by p − y; returns its loss in nats. */
function rowResidual(z: Float64Array, y: number): number {
  if (z.length === 1) {
    const e = exp(-Math.abs(z[0]));
    const loss = Math.max(y === 1 ? -z[0] : z[0], 0) + log1p(e);
    z[0] = (z[0] >= 0 ? 1 : e) / (1 + e) - y;
    return loss;
  }
  const zy = z[y];
  const { max, sum } = exponentiate(z);
  for (let c = 0; c < z.length; c++) z[c] /= sum;
  z[y] -= 1;
  return max - zy + log(sum);
}

/** From the logits z of a row and u = x̃ V: u becomes p ∘ (u − p·u), or σ(z) σ(−z) u where there is one logit. */
function rowCurvature(z: Float64Array, u: Float64Array): void {
  if (z.length === 1) {
    const e = exp(-Math.abs(z[0]));
    u[0] *= e / ((1 + e) * (1 + e));
    return;
  }
  const { sum } = exponentiate(z);
  let mean = 0;
  for (let c = 0; c < z.length; c++) mean += (z[c] /= sum) * u[c];
  for (let c = 0; c < z.length; c++) u[c] = z[c] * (u[c] - mean);
}

/** Replaces z by exp(z − max). */
function exponentiate(z: Float64Array): { max: number; sum: number } {
  let max = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < z.length; c++) max = Math.max(max, z[c]);
  let sum = 0;
  for (let c = 0; c < z.length; c++) sum += z[c] = exp(z[c] - max);
  return { max, sum };
}

/** z = b + Σ_j x_ij W_j. */
function rowLogits(X: Matrix, i: number, W: Float64Array, k: number, z: Float64Array): void {
  z.set(W.subarray(matrixWidth(X) * k));
  eachEntry(X, i, (j, x) => {
    for (let c = 0; c < k; c++) z[c] += x * W[j * k + c];
  });
}

/** G += weight (x_i, 1) rᵀ. */
function addOuter(X: Matrix, i: number, weight: number, r: Float64Array, G: Float64Array): void {
  const k = r.length;
  for (let c = 0; c < k; c++) r[c] *= weight;
  const add = (j: number, x: number): void => {
    for (let c = 0; c < k; c++) G[j * k + c] += x * r[c];
  };
  eachEntry(X, i, add);
  add(matrixWidth(X), 1);
}

/** Calls `visit(j, x_ij)` for the stored entries of row i, in the order of the blocks. */
function eachEntry(X: Matrix, i: number, visit: (j: number, x: number) => void): void {
  let first = 0;
  if (X.dense !== null) {
    const { width, data } = X.dense;
    for (let j = 0; j < width; j++) visit(j, data[i * width + j]);
    first += width;
  }
  if (X.codes !== null) {
    const { width, perRow, data } = X.codes;
    for (let e = i * perRow; e < (i + 1) * perRow; e++) if (data[e] >= 0) visit(first + data[e], 1);
    first += width;
  }
  if (X.csr !== null) {
    const { starts, columns, values } = X.csr;
    for (let e = starts[i]; e < starts[i + 1]; e++) visit(first + columns[e], values[e]);
  }
}

const rowwise = {
  softmax(Z: Floats, n: number, k: number, temperature: number, out: Floats): void {
    eachRow(Z, n, k, out, k, (z, p) => {
      const { max, sum } = shiftedSum(z, temperature);
      for (let c = 0; c < k; c++) p[c] = exp((z[c] - max) / temperature) / sum;
    });
  },
  logSoftmax(Z: Floats, n: number, k: number, temperature: number, out: Floats): void {
    eachRow(Z, n, k, out, k, (z, p) => {
      const { max, sum } = shiftedSum(z, temperature);
      const logSum = log(sum);
      for (let c = 0; c < k; c++) p[c] = (z[c] - max) / temperature - logSum;
    });
  },
  logSumExp(Z: Floats, n: number, k: number, out: Floats): void {
    eachRow(Z, n, k, out, 1, (z, p) => {
      const { max, sum } = shiftedSum(z, 1);
      p[0] = Math.abs(max) === Number.POSITIVE_INFINITY ? max : max + log(sum);
    });
  },
};

function eachRow(
  Z: Floats,
  n: number,
  k: number,
  out: Floats,
  width: number,
  visit: (z: Floats, out: Floats) => void,
): void {
  checkRows("Z", Z.length, n, k);
  checkRows("out", out.length, n, width);
  for (let i = 0; i < n; i++) {
    visit(Z.subarray(i * k, (i + 1) * k), out.subarray(i * width, (i + 1) * width));
  }
}

/** The largest entry of z, and Σ_c exp((z_c − max) / temperature) with compensation (Neumaier 1974). */
function shiftedSum(z: Floats, temperature: number): { max: number; sum: number } {
  let max = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < z.length; c++) max = Math.max(max, z[c]);
  let sum = 0;
  let lost = 0;
  for (let c = 0; c < z.length; c++) {
    const term = exp((z[c] - max) / temperature);
    const next = sum + term;
    lost += Math.abs(sum) >= term ? sum - next + term : term - next + sum;
    sum = next;
  }
  return { max, sum: sum + lost };
}
