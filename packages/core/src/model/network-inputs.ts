import type { CodesBlock, CsrBlock, DenseBlock, Floats, Matrix, RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Network } from "../kernels/network.ts";

/**
 * Dense inputs beyond are cut: a column that hardly ever varies has rare rows at a hundred deviations, which would rule a
 * network's steps.
 */
const FURTHEST = 5;

/** Writes row i of X to `out` from `at` on, every feature a number: what is no entry is 0. */
export function writeRow(X: Matrix, i: number, out: Floats, at: number): void {
  const { dense, codes, csr } = X;
  let to = at;
  if (dense !== null) to = writeDense(dense, i, out, to);
  if (codes !== null) to = writeCodes(codes, i, out, to);
  if (csr !== null) writeTerms(csr, i, out, to);
}

function writeDense({ width, data }: DenseBlock, i: number, out: Floats, at: number): number {
  for (let j = i * width; j < (i + 1) * width; j++) {
    out[at++] = Math.min(FURTHEST, Math.max(-FURTHEST, data[j]));
  }
  return at;
}

function writeCodes(codes: CodesBlock, i: number, out: Floats, at: number): number {
  const { width, perRow, data } = codes;
  out.fill(0, at, at + width);
  for (let e = i * perRow; e < (i + 1) * perRow; e++) if (data[e] >= 0) out[at + data[e]] = 1;
  return at + width;
}

function writeTerms(csr: CsrBlock, i: number, out: Floats, at: number): void {
  const { width, starts, columns, values } = csr;
  out.fill(0, at, at + width);
  for (let e = starts[i]; e < starts[i + 1]; e++) out[at + columns[e]] += values[e];
}

/**
 * Logits of the rows of `range`, from row 0 of Z on: the last hidden layers of networks on the same columns, side by side,
 * then the weights W behind them, (Σ h + 1) × outputs. A row has the same bits alone and in any batch.
 */
export function networkLogits(
  networks: readonly Network[],
  kernels: Kernels,
  X: Matrix,
  range: RowRange,
  W: Float64Array,
  Z: Float64Array,
): void {
  const { batch } = networks[0].sizes;
  const width = networks.reduce((sum, network) => sum + lastWidth(network), 0);
  const outputs = W.length / (width + 1);
  const data = new Float32Array(batch * width);
  for (let start = range.start; start < range.end; start += batch) {
    const block = { start, end: Math.min(start + batch, range.end) };
    const rows = block.end - start;
    hiddenUnits(networks, X, block, data, width);
    const H: Matrix = { rows, dense: { width, data }, codes: null, csr: null };
    const from = (start - range.start) * outputs;
    const to = Z.subarray(from, from + rows * outputs);
    kernels.logits(H, { start: 0, end: rows }, W, outputs, to);
  }
}

const lastWidth = ({ sizes: { widths } }: Network): number => widths[widths.length - 2];

/** The last hidden layers of the rows of a block, side by side, rows × width. */
function hiddenUnits(
  networks: readonly Network[],
  X: Matrix,
  { start, end }: RowRange,
  data: Float32Array,
  width: number,
): void {
  let first = 0;
  for (const network of networks) {
    const { inputs, stride } = network;
    for (let i = start; i < end; i++) writeRow(X, i, inputs, (i - start) * stride);
    const own = lastWidth(network);
    const units = own === width ? data : new Float32Array((end - start) * own);
    network.features(end - start, units);
    for (let i = 0; units !== data && i < end - start; i++) {
      data.set(units.subarray(i * own, (i + 1) * own), i * width + first);
    }
    first += own;
  }
}

/** The last weights in float64; of two classes with one logit those of z₁ − z₀. */
export function logitWeights(W: Float64Array, outputs: number): Float64Array {
  if (outputs > 1) return W;
  return Float64Array.from({ length: W.length / 2 }, (_, j) => W[2 * j + 1] - W[2 * j]);
}
