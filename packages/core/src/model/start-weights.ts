import { log } from "../base/math.ts";
import { matrixWidth } from "../base/matrix.ts";
import { centreClasses } from "./classes.ts";
import type { Problem } from "./contracts.ts";
import type { FitRows } from "./rows.ts";

/** Logit of a class without rows: its probability underflows to 0, so that it takes no part in the fit. */
const ABSENT_LOGIT = -1000;

/** The start given or, at zero weights, the intercepts whose probabilities are the shares. */
export function startWeights(
  start: Float64Array | null,
  { X, outputs }: Problem,
  { shares, absent }: FitRows,
): Float64Array {
  const weights = start?.slice() ?? new Float64Array((matrixWidth(X) + 1) * outputs);
  const last = weights.length - outputs;
  if (outputs === 1) {
    if (absent.length > 0) weights.fill(0)[last] = absent[0] === 1 ? ABSENT_LOGIT : -ABSENT_LOGIT;
    else if (start === null) weights[last] = log(shares[1] / shares[0]);
    return weights;
  }
  for (let c = 0; c < outputs; c++) {
    if (shares[c] === 0) {
      for (let at = c; at < last; at += outputs) weights[at] = 0;
      weights[last + c] = ABSENT_LOGIT;
    } else if (start === null) weights[last + c] = log(shares[c]);
  }
  if (start === null) centreClasses(weights, outputs, absent);
  return weights;
}
