import { sharedKernels } from "../kernels/shared.ts";
import { softmaxRow } from "./kernel.ts";
import { type Mask, maskRow, type Shape } from "./rows.ts";

/** Entries that go through the kernels at once. */
const CHUNK = 2 ** 16;

/**
 * Softmax of each row of float32 logits by the kernels, for a finite T > 0. What the kernels answer with NaN (a row
 * with NaN or +∞, or with nothing above −∞) is done again here, where every row has a result.
 */
export function softmaxFloat32(
  z: Float32Array,
  { n, k }: Shape,
  mask: Mask,
  temperature: number,
  out: Float32Array,
): void {
  if (k === 0) return;
  const most = Math.max(1, Math.floor(CHUNK / k));
  for (let start = 0; start < n; start += most) {
    const end = Math.min(n, start + most);
    const from = logits(z, start, end, k, mask, out);
    const to = out.subarray(start * k, end * k);
    sharedKernels().softmax(from, end - start, k, temperature, to);
    for (let at = 0; at < to.length; at += k) {
      if (Number.isNaN(to[at]))
        redo(from.subarray(at, at + k), temperature, to.subarray(at, at + k));
    }
  }
}

/** The logits of some rows: a copy where they are masked, or where the result would overwrite them. */
function logits(
  z: Float32Array,
  start: number,
  end: number,
  k: number,
  mask: Mask,
  out: Float32Array,
): Float32Array {
  const part = z.subarray(start * k, end * k);
  if (mask === undefined) return z.buffer === out.buffer ? part.slice() : part;
  const copy = part.slice();
  for (let i = start; i < end; i++) {
    maskRow(copy.subarray((i - start) * k, (i - start + 1) * k), i, mask);
  }
  return copy;
}

function redo(z: Float32Array, temperature: number, out: Float32Array): void {
  const row = Float64Array.from(z);
  softmaxRow(row, temperature);
  out.set(row);
}
