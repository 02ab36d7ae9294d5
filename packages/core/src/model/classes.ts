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

/**
 * The same where weights are penalised by λ/2 Σ_jc p_jc W_jc², p = `factors`: each row less Σ_c p_jc W_jc / Σ_c p_jc is, of
 * equal softmaxes, the one of least penalty.
 */
export function centreWeighted(
  W: Float64Array,
  k: number,
  frozen: readonly number[],
  factors: Float64Array,
): void {
  const free = Array.from({ length: k }, (_, c) => c).filter((c) => !frozen.includes(c));
  if (k === 1 || free.length === 0) return;
  for (let row = 0; row < factors.length; row += k) {
    let sum = 0;
    let total = 0;
    for (const c of free) {
      sum += factors[row + c] * W[row + c];
      total += factors[row + c];
    }
    const mean = sum / total;
    for (const c of free) W[row + c] -= mean;
  }
  centreIntercepts(W, k, frozen);
}

/** The same of the last row alone: the weights' penalty says which of equal softmaxes is wanted. */
export const centreIntercepts = (W: Float64Array, k: number, frozen: readonly number[]): void =>
  centreClasses(W.subarray(W.length - k), k, frozen);
