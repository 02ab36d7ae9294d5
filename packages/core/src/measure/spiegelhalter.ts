import { normalTail } from "../base/tails.ts";
import { unweighted } from "./consistency.ts";
import type { ScoredRows } from "./rows.ts";

/** How far the Brier score is from what the probabilities promise, in standard deviations. */
export interface BrierTest {
  /** Above 0: worse than promised, the probabilities are too sure of themselves. Below 0: not sure enough. */
  readonly z: number;
  /** Two-sided, of the normal distribution. */
  readonly pValue: number;
}

/**
 * Spiegelhalter's test of calibration (1986, "Probabilistic Prediction in Patient Management and Clinical Trials"), for
 * any number of classes (docs/math.md §6.8):
 *
 *   z = Σ_i s_i d_i,y(i) / √(Σ_i s_i² v_i),   d_ic = Σ_e P_ie² − P_ic,   v_i = Σ_c P_ic d_ic²
 *
 * where Σ_i 2 s_i d_i,y(i) is the summed Brier score less its expectation under P. With `ratios` r the weight of a row is s_i
 * r_y(i), and v_i = Σ_c Q_ic r_c² d_ic² with Q_ic ∝ P_ic/r_c. Rows drawn in groups are not independent: the variance is then
 * the sum of the groups' squared sums. Null where no row's score can vary.
 */
export function brierTest(rows: ScoredRows, ratios: Float64Array | null = null): BrierTest | null {
  const { n, k, y, s, P, unit, units } = rows;
  const r = ratios ?? new Float64Array(k).fill(1);
  const Q = ratios === null ? P : unweighted(P, k, ratios);
  const sums = new Float64Array(units);
  let sum = 0;
  let variance = 0;
  for (let i = 0, start = 0; i < n; i++, start += k) {
    const own = s[i] / r[y[i]];
    let squares = 0;
    for (let c = start; c < start + k; c++) squares += P[c] * P[c];
    for (let c = 0; c < k; c++) {
      const d = own * r[c] * (squares - P[start + c]);
      variance += Q[start + c] * d * d;
    }
    const d = s[i] * (squares - P[start + y[i]]);
    sum += d;
    sums[unit[i]] += d;
  }
  if (units < n) variance = sums.reduce((total, d) => total + d * d, 0);
  if (!(variance > 0)) return null;
  const z = sum / Math.sqrt(variance);
  return { z, pValue: 2 * normalTail(Math.abs(z)) };
}
