import { checkLength } from "../base/checks.ts";

/** How probabilities become a label. Plain data. */
export interface Decision {
  /** The most probable class, the first of equals. */
  readonly rule: "argmax";
}

export const ARGMAX: Decision = { rule: "argmax" };

/** The class decided on for each row of n×k probabilities, or of logits: argmax is the same for both. */
export function decide(_decision: Decision, P: Float64Array, n: number, k: number): Int32Array {
  checkLength("P", P.length, n * k);
  const labels = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    let top = 0;
    for (let c = 1; c < k; c++) if (P[i * k + c] > P[i * k + top]) top = c;
    labels[i] = top;
  }
  return labels;
}
