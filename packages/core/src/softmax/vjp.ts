import { checkLength, checkValues } from "../base/checks.ts";
import { exp } from "../base/math.ts";
import {
  type Into,
  type Like,
  mapRows,
  type RowOptions,
  temperatureOf,
  type Values,
} from "./rows.ts";

/**
 * Vector–Jacobian products: from the gradient g of a loss with respect to a function's result to that with respect to
 * its logits, row by row (docs/math.md §1.7). They take the result, not the logits. The shape and kind of the result
 * comes out; `out` may be the result or g. Where the result is 0 (masked, or outside the support) the gradient is 0,
 * whatever g holds there. At T = 0, where the functions are constant in steps, and at T = Infinity it is 0.
 */
export interface VjpOptions extends RowOptions {
  /** The temperature that the result was computed with. Default 1. */
  temperature?: number;
}

/** J_softmaxᵀ g = p ⊙ (g − Σ_c p_c g_c)/T, for p = softmax(z/T). */
export function softmaxVjp<T extends Values>(
  p: T,
  g: Values,
  options: Into<VjpOptions, T> = {},
): Like<T> {
  return pullBack(p, g, options, (weights) => weights);
}

/** J_logSoftmaxᵀ g = (g − p Σ_c g_c)/T, for logP = log softmax(z/T) and p = e^logP. */
export function logSoftmaxVjp<T extends Values>(
  logP: T,
  g: Values,
  options: Into<VjpOptions, T> = {},
): Like<T> {
  const slope = slopeOf(options);
  return mapPairs(logP, g, options, (row, start) => {
    let sum = 0;
    for (let c = 0; c < row.length; c++) if (row[c] > Number.NEGATIVE_INFINITY) sum += g[start + c];
    for (let c = 0; c < row.length; c++) {
      row[c] = row[c] === Number.NEGATIVE_INFINITY ? 0 : slope(g[start + c] - exp(row[c]) * sum);
    }
  });
}

/** J_sparsemaxᵀ g = (g_c − mean of g over the support)/T on the support {p > 0}, for p = sparsemax(z/T). */
export function sparsemaxVjp<T extends Values>(
  p: T,
  g: Values,
  options: Into<VjpOptions, T> = {},
): Like<T> {
  return pullBack(p, g, options, (value) => (value > 0 ? 1 : value));
}

/** J_entmax15ᵀ g = √p ⊙ (g − Σ_c √p_c g_c / Σ_c √p_c)/T, for p = entmax15(z/T). */
export function entmax15Vjp<T extends Values>(
  p: T,
  g: Values,
  options: Into<VjpOptions, T> = {},
): Like<T> {
  return pullBack(p, g, options, Math.sqrt);
}

/** w ⊙ (g − Σ_c w_c g_c / Σ_c w_c)/T with the weights w_c = weigh(p_c): the form that all members share. */
function pullBack<T extends Values>(
  p: T,
  g: Values,
  options: Into<VjpOptions, T>,
  weigh: (p: number) => number,
): Like<T> {
  const slope = slopeOf(options);
  return mapPairs(p, g, options, (row, start) => {
    let total = 0;
    let sum = 0;
    for (let c = 0; c < row.length; c++) {
      row[c] = weigh(row[c]);
      if (row[c] === 0) continue;
      total += row[c];
      sum += row[c] * g[start + c];
    }
    for (let c = 0; c < row.length; c++) {
      if (row[c] !== 0) row[c] = slope(row[c] * (g[start + c] - sum / total));
    }
  });
}

/** Division by T, but 0 at T = 0. */
function slopeOf(options: VjpOptions): (gradient: number) => number {
  const temperature = temperatureOf(options);
  return (gradient) => (temperature === 0 ? 0 : gradient / temperature);
}

/** Calls `change` on each row of `values`, with the position in g of its first entry. */
function mapPairs<T extends Values>(
  values: T,
  g: Values,
  options: Into<VjpOptions, T>,
  change: (row: Float64Array, start: number) => void,
): Like<T> {
  checkValues("g", g);
  checkLength("g", g.length, values.length);
  let start = 0;
  return mapRows("result", values, options, ["temperature"], (row) => {
    change(row, start);
    start += row.length;
  });
}
