import { argmax } from "../softmax/choose.ts";

/** How probabilities become a label. Plain data. */
export interface Decision {
  /** The most probable class, the first of equals. */
  readonly rule: "argmax";
}

export const ARGMAX: Decision = { rule: "argmax" };

/** The class decided on for each row of n×k probabilities, or of logits: argmax is the same for both. */
export function decide(decision: Decision, P: Float64Array, k: number): Int32Array {
  switch (decision.rule) {
    case "argmax":
      return argmax(P, { columns: k });
  }
}
