import { internalError } from "../base/checks.ts";
import { exp, log, log1p } from "../base/math.ts";
import { countRows, type RowRange } from "../base/matrix.ts";
import type { PreparedRows } from "../kernels/kernels.ts";
import type { Engine } from "../optim/contracts.ts";
import type { Problem } from "./contracts.ts";

/** Of one row: its focal loss, and the factor of its cross-entropy's gradient. */
export interface FocalRow {
  loss: number;
  factor: number;
}

/**
 * Sums of the focal loss (Lin et al. 2017, "Focal Loss for Dense Object Detection", eq. 4) over rows (docs/math.md §2.19):
 *
 *   l_i = (1 − p)^γ (−log p),   p = P_i,y(i),        ∂l_i/∂z_ic = f_i (P_ic − [c = y(i)]),
 *   f_i = (1 − p)^γ + γ p (1 − p)^(γ−1) (−log p) ≥ 0
 *
 * So its gradient is that of the cross-entropy with the row weights s_i f_i: two passes over the rows, of kernels that there
 * are. The loss is not convex in W, and no product with its Hessian is offered.
 */
export function focalEngine(
  { X, y, outputs }: Problem,
  prepared: PreparedRows,
  s: Float64Array | null,
  ranges: readonly RowRange[],
  gamma: number,
): Engine {
  const Z = new Float64Array(countRows(ranges) * outputs);
  const weights = new Float64Array(X.rows);
  const row: FocalRow = { loss: 0, factor: 0 };
  /** Overwrites `weights` and returns the sum of the losses. */
  const weigh = (W: Float64Array): number => {
    prepared.logits(W, ranges, Z);
    let sum = 0;
    let at = 0;
    for (const { start, end } of ranges) {
      for (let i = start; i < end; i++, at += outputs) {
        const weight = s === null ? 1 : s[i];
        weights[i] = 0;
        if (weight === 0) continue;
        focalRow(Z, at, outputs, y[i], gamma, row);
        sum += weight * row.loss;
        weights[i] = weight * row.factor;
      }
    }
    return sum;
  };
  return {
    lossGradient(W, G) {
      const loss = weigh(W);
      prepared.over(y, weights, ranges).lossGradient(W, G);
      return loss;
    },
    hessianVector() {
      throw internalError("focal loss has no product with its Hessian");
    },
  };
}

/** The focal loss of the row of logits at `start` and its factor, into `out`. One logit is that of the second class. */
export function focalRow(
  Z: Float64Array,
  start: number,
  outputs: number,
  label: number,
  gamma: number,
  out: FocalRow,
): void {
  // log p and log(1 − p), each without cancellation.
  let own: number;
  let others: number;
  if (outputs === 1) {
    const z = label === 1 ? Z[start] : -Z[start];
    const tail = log1p(exp(-Math.abs(z)));
    own = Math.min(z, 0) - tail;
    others = Math.min(-z, 0) - tail;
  } else {
    const zy = Z[start + label];
    const rest = logSumOfOthers(Z, start, outputs, label);
    const m = Math.max(zy, rest);
    const whole = m + log1p(exp(Math.min(zy, rest) - m));
    own = zy - whole;
    others = rest - whole;
  }
  const power = exp(gamma * others);
  out.loss = -power * own;
  // As 1 − p falls to 0, −log p / (1 − p) goes to 1.
  const ratio = others < -40 ? 1 : -own * exp(-others);
  out.factor = power * (1 + gamma * exp(own) * ratio);
}

/** log Σ_{c ≠ label} exp(z_c) */
function logSumOfOthers(Z: Float64Array, start: number, outputs: number, label: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < outputs; c++) if (c !== label) top = Math.max(top, Z[start + c]);
  let sum = 0;
  for (let c = 0; c < outputs; c++) if (c !== label) sum += exp(Z[start + c] - top);
  return top + log(sum);
}
