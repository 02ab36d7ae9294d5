import type { CodesBlock, CsrBlock, DenseBlock, Matrix, RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Network } from "../kernels/network.ts";

/** Writes row i of X to `out` from `at` on, every feature a number: what is no entry is 0. */
export function writeRow(X: Matrix, i: number, out: Float32Array, at: number): void {
  const { dense, codes, csr } = X;
  let to = at;
  if (dense !== null) to = writeDense(dense, i, out, to);
  if (codes !== null) to = writeCodes(codes, i, out, to);
  if (csr !== null) writeTerms(csr, i, out, to);
}

function writeDense({ width, data }: DenseBlock, i: number, out: Float32Array, at: number): number {
  out.set(data.subarray(i * width, (i + 1) * width), at);
  return at + width;
}

function writeCodes(codes: CodesBlock, i: number, out: Float32Array, at: number): number {
  const { width, perRow, data } = codes;
  out.fill(0, at, at + width);
  for (let e = i * perRow; e < (i + 1) * perRow; e++) if (data[e] >= 0) out[at + data[e]] = 1;
  return at + width;
}

function writeTerms(csr: CsrBlock, i: number, out: Float32Array, at: number): void {
  const { width, starts, columns, values } = csr;
  out.fill(0, at, at + width);
  for (let e = starts[i]; e < starts[i + 1]; e++) out[at + columns[e]] += values[e];
}

/**
 * Logits of the rows of `range`, from row 0 of Z on: the network's last hidden layer, then the last weights W,
 * (h+1) × outputs. A row has the same bits alone and in any batch.
 */
export function networkLogits(
  network: Network,
  kernels: Kernels,
  X: Matrix,
  range: RowRange,
  W: Float64Array,
  Z: Float64Array,
): void {
  const { sizes, inputs, stride } = network;
  const width = sizes.widths[sizes.widths.length - 2];
  const outputs = W.length / (width + 1);
  const data = new Float32Array(sizes.batch * width);
  for (let start = range.start; start < range.end; start += sizes.batch) {
    const rows = Math.min(sizes.batch, range.end - start);
    for (let i = 0; i < rows; i++) writeRow(X, start + i, inputs, i * stride);
    network.features(rows, data);
    const H: Matrix = { rows, dense: { width, data }, codes: null, csr: null };
    const from = (start - range.start) * outputs;
    const to = Z.subarray(from, from + rows * outputs);
    kernels.logits(H, { start: 0, end: rows }, W, outputs, to);
  }
}

/** The last weights in float64; of two classes with one logit those of z₁ − z₀. */
export function logitWeights(W: Float64Array, outputs: number): Float64Array {
  if (outputs > 1) return W;
  return Float64Array.from({ length: W.length / 2 }, (_, j) => W[2 * j + 1] - W[2 * j]);
}
