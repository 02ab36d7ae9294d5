/**
 * Subtracts from each row of (d+1)×k weights its mean over the classes that are not `frozen`: the same softmax, of
 * smallest norm. One logit stays as it is.
 */
export function centreClasses(W: Float64Array, k: number, frozen: readonly number[]): void {
  const free = k - frozen.length;
  if (k === 1 || free === 0) return;
  const isFrozen = new Uint8Array(k);
  for (const c of frozen) isFrozen[c] = 1;
  for (let row = 0; row < W.length; row += k) {
    let sum = 0;
    for (let c = 0; c < k; c++) if (isFrozen[c] === 0) sum += W[row + c];
    const mean = sum / free;
    for (let c = 0; c < k; c++) if (isFrozen[c] === 0) W[row + c] -= mean;
  }
}

/** The same of the last row alone: the weights' penalty says which of equal softmaxes is wanted. */
export const centreIntercepts = (W: Float64Array, k: number, frozen: readonly number[]): void =>
  centreClasses(W.subarray(W.length - k), k, frozen);
