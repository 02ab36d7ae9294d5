import { exp, log, log1p } from "../base/math.ts";
import type { Floats, Matrix } from "../base/matrix.ts";
import { heap, type Kernels } from "./kernels.ts";

/** The specification: every kernel in its shortest correct form, scalar float64. */
export function createReferenceKernels(): Kernels {
  return {
    name: "reference",
    allocate: heap,
    logits(X, range, W, k, Z) {
      for (let i = range.start; i < range.end; i++) {
        const z = Z.subarray((i - range.start) * k, (i - range.start + 1) * k);
        logitsOfRow(X, i, W, k, z);
      }
    },
    lossGradient(X, y, s, range, W, k, G) {
      const r = new Float64Array(k);
      let loss = 0;
      for (let i = range.start; i < range.end; i++) {
        const weight = s === null ? 1 : s[i];
        if (weight === 0) continue;
        logitsOfRow(X, i, W, k, r);
        loss += weight * lossOfRow(r, y[i], k);
        for (let c = 0; c < k; c++) r[c] *= weight;
        addOuter(X, i, r, k, G);
      }
      return loss;
    },
    hessianVector(X, s, range, W, k, V, H) {
      const p = new Float64Array(k);
      const q = new Float64Array(k);
      for (let i = range.start; i < range.end; i++) {
        const weight = s === null ? 1 : s[i];
        if (weight === 0) continue;
        logitsOfRow(X, i, W, k, p);
        logitsOfRow(X, i, V, k, q);
        curvatureOfRow(p, q, k);
        for (let c = 0; c < k; c++) q[c] *= weight;
        addOuter(X, i, q, k, H);
      }
    },
    softmax(Z, n, k, temperature, out) {
      for (let i = 0; i < n; i++) softmaxRow(Z, i * k, k, temperature, out);
    },
    logSoftmax(Z, n, k, temperature, out) {
      for (let i = 0; i < n; i++) {
        const shift = logSumExpRow(Z, i * k, k, temperature);
        for (let at = i * k; at < (i + 1) * k; at++) out[at] = Z[at] / temperature - shift;
      }
    },
    logSumExp(Z, n, k, out) {
      for (let i = 0; i < n; i++) out[i] = logSumExpRow(Z, i * k, k, 1);
    },
  };
}

/** Calls `visit(j, x)` for each feature of row i that is not certain to be 0. */
function eachFeature(X: Matrix, i: number, visit: (j: number, x: number) => void): void {
  let first = 0;
  if (X.dense !== null) {
    const { width, data } = X.dense;
    for (let j = 0; j < width; j++) visit(j, data[i * width + j]);
    first += width;
  }
  if (X.codes !== null) {
    const { width, perRow, data } = X.codes;
    for (let at = i * perRow; at < (i + 1) * perRow; at++) {
      if (data[at] >= 0) visit(first + data[at], 1);
    }
    first += width;
  }
  if (X.csr !== null) {
    const { starts, columns, values } = X.csr;
    for (let at = starts[i]; at < starts[i + 1]; at++) visit(first + columns[at], values[at]);
  }
}

/** z = Wᵀ x_i + b */
function logitsOfRow(X: Matrix, i: number, W: Float64Array, k: number, z: Float64Array): void {
  const intercepts = W.length - k;
  for (let c = 0; c < k; c++) z[c] = W[intercepts + c];
  eachFeature(X, i, (j, x) => {
    for (let c = 0; c < k; c++) z[c] += x * W[j * k + c];
  });
}

/** G += x_i rᵀ, the intercepts' row included. */
function addOuter(X: Matrix, i: number, r: Float64Array, k: number, G: Float64Array): void {
  eachFeature(X, i, (j, x) => {
    for (let c = 0; c < k; c++) G[j * k + c] += x * r[c];
  });
  const intercepts = G.length - k;
  for (let c = 0; c < k; c++) G[intercepts + c] += r[c];
}

/** Returns the row's loss and overwrites its logits with the residual p − y. */
function lossOfRow(z: Float64Array, label: number, k: number): number {
  if (k === 1) {
    const logit = z[0];
    const small = exp(-Math.abs(logit));
    z[0] = (logit >= 0 ? 1 : small) / (1 + small) - label;
    return Math.max(logit, 0) - label * logit + log1p(small);
  }
  const loss = logSumExpRow(z, 0, k, 1) - z[label];
  softmaxRow(z, 0, k, 1, z);
  z[label] -= 1;
  return loss;
}

/** Overwrites p (logits) with probabilities and q with (diag p − p pᵀ) q. */
function curvatureOfRow(p: Float64Array, q: Float64Array, k: number): void {
  if (k === 1) {
    const small = exp(-Math.abs(p[0]));
    q[0] *= small / ((1 + small) * (1 + small));
    return;
  }
  softmaxRow(p, 0, k, 1, p);
  let mean = 0;
  for (let c = 0; c < k; c++) mean += p[c] * q[c];
  for (let c = 0; c < k; c++) q[c] = p[c] * (q[c] - mean);
}

function maximum(Z: Floats, start: number, k: number): number {
  let m = Number.NEGATIVE_INFINITY;
  for (let at = start; at < start + k; at++) if (Z[at] > m) m = Z[at];
  return m;
}

function softmaxRow(Z: Floats, start: number, k: number, temperature: number, out: Floats): void {
  const m = maximum(Z, start, k);
  let sum = 0;
  for (let at = start; at < start + k; at++) sum += exp((Z[at] - m) / temperature);
  for (let at = start; at < start + k; at++) out[at] = exp((Z[at] - m) / temperature) / sum;
}

/** log Σ_c exp(Z_c / T) */
function logSumExpRow(Z: Floats, start: number, k: number, temperature: number): number {
  const m = maximum(Z, start, k);
  let sum = 0;
  for (let at = start; at < start + k; at++) sum += exp((Z[at] - m) / temperature);
  return m / temperature + log(sum);
}
