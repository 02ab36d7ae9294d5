import type { Composite, Penalty } from "../optim/composite.ts";
import type { Engine } from "../optim/contracts.ts";
import type { HessianRows } from "./entries.ts";
import { sampleHessian } from "./sample-hessian.ts";
import type { Scales } from "./scales.ts";

/** λ1 and λ2 of docs/math.md §2.13. */
export interface ElasticNet {
  readonly l1: number;
  readonly l2: number;
}

/**
 * The variables in which an elastic net is fitted: U, one block of d+1 a logit that moves (docs/math.md §2.13),
 *
 *   U_cj = σ_j W_jc,   U_cd = b_c + Σ_j μ_j W_jc   (μ_j = 0 for sparse columns).
 *
 * Weights are only scaled, so that the penalty stays one on each variable alone; the intercept carries none.
 */
export interface ElasticVariables {
  readonly dimension: number;
  /** Writes the logits that move. */
  toWeights(U: Float64Array, W: Float64Array): void;
  fromWeights(W: Float64Array, U: Float64Array): void;
  /** u ← the gradient in U of a function whose gradient in W is G. */
  pullGradient(G: Float64Array, u: Float64Array): void;
  /** The way back: the gradient in W of one that is u in U; logits that do not move have 0. */
  pushGradient(u: Float64Array, G: Float64Array): void;
  penalty(net: ElasticNet): Penalty;
}

export function elasticVariables({ X, scales, outputs, logits }: HessianRows): ElasticVariables {
  const { deviation, mean, constant }: Scales = scales;
  const dense = X.dense?.width ?? 0;
  const d = deviation.length;
  const size = d + 1;
  const last = d * outputs;
  const dimension = logits.length * size;
  return {
    dimension,
    toWeights(U, W) {
      logits.forEach((c, block) => {
        const first = block * size;
        let intercept = U[first + d];
        for (let j = 0; j < d; j++) {
          const w = U[first + j] / deviation[j];
          W[j * outputs + c] = w;
          if (j < dense) intercept -= mean[j] * w;
        }
        W[last + c] = intercept;
      });
    },
    fromWeights(W, U) {
      logits.forEach((c, block) => {
        const first = block * size;
        let intercept = W[last + c];
        for (let j = 0; j < d; j++) {
          const w = constant[j] === 1 ? 0 : W[j * outputs + c];
          U[first + j] = w * deviation[j];
          if (j < dense) intercept += mean[j] * w;
        }
        U[first + d] = intercept;
      });
    },
    pullGradient(G, u) {
      logits.forEach((c, block) => {
        const first = block * size;
        const intercept = G[last + c];
        for (let j = 0; j < d; j++) {
          const g = G[j * outputs + c];
          u[first + j] = (j < dense ? g - mean[j] * intercept : g) / deviation[j];
        }
        u[first + d] = intercept;
      });
    },
    pushGradient(u, G) {
      G.fill(0);
      logits.forEach((c, block) => {
        const first = block * size;
        const intercept = u[first + d];
        for (let j = 0; j < d; j++) {
          G[j * outputs + c] = u[first + j] * deviation[j] + (j < dense ? mean[j] * intercept : 0);
        }
        G[last + c] = intercept;
      });
    },
    penalty({ l1, l2 }) {
      const of = { l1: new Float64Array(dimension), l2: new Float64Array(dimension) };
      for (let first = 0; first < dimension; first += size) {
        for (let j = 0; j < d; j++) {
          of.l1[first + j] = constant[j] === 1 ? Number.POSITIVE_INFINITY : l1 / deviation[j];
          of.l2[first + j] = l2 / (deviation[j] * deviation[j]);
        }
      }
      return of;
    },
  };
}

/** The mean loss over the engine's rows in these variables, with the penalty. `fixed` holds the logits that do not move. */
export function elasticObjective(
  engine: Engine,
  rows: HessianRows,
  variables: ElasticVariables,
  net: ElasticNet,
  fixed: Float64Array,
): Composite {
  const { outputs, logits } = rows;
  const { weight } = rows.scales;
  const W = fixed.slice();
  const G = new Float64Array(fixed.length);
  return {
    penalty: variables.penalty(net),
    curvature: sampleHessian(rows, (U) => {
      variables.toWeights(U, W);
      return W;
    }),
    valueGradient(U, g) {
      variables.toWeights(U, W);
      const loss = engine.lossGradient(W, G) / weight;
      for (let at = 0; at < G.length; at++) G[at] /= weight;
      variables.pullGradient(G, g);
      return loss;
    },
    settle(U) {
      variables.toWeights(U, W);
      if (settleClasses(W, outputs, logits, net)) variables.fromWeights(W, U);
    },
  };
}

/**
 * Softmax does not see a shift of all logits' weights of a feature alike; of those the penalty is least at
 *
 *   min over t of  Σ_c (λ1 |W_jc − t| + λ2/2 (W_jc − t)²).
 *
 * Moves each row of W there; says whether any moved.
 */
export function settleClasses(
  W: Float64Array,
  k: number,
  logits: readonly number[],
  net: ElasticNet,
): boolean {
  let moved = false;
  if (logits.length < 2) return moved;
  const row = new Float64Array(logits.length);
  for (let first = 0; first < W.length - k; first += k) {
    for (let c = 0; c < row.length; c++) row[c] = W[first + logits[c]];
    const t = bestShift(row, net);
    if (t === 0) continue;
    moved = true;
    for (const c of logits) W[first + c] -= t;
  }
  return moved;
}

/** The t nearest 0 at which Σ_c (λ1 |w_c − t| + λ2/2 (w_c − t)²) is least. */
function bestShift(w: Float64Array, { l1, l2 }: ElasticNet): number {
  let below = 0;
  let above = 0;
  let sum = 0;
  for (const value of w) {
    sum += value;
    if (value < 0) below++;
    else if (value > 0) above++;
  }
  const zero = w.length - below - above;
  // The slope at t = 0 is in [slope − λ1 zero, slope + λ1 zero].
  const slope = l1 * (below - above) - l2 * sum;
  if (Math.abs(slope) <= l1 * zero) return 0;
  const sorted = w.slice().sort();
  for (let at = 0; at < sorted.length; at++) {
    // Between the value before and this one, `at` values lie below t.
    const left = l1 * (2 * at - w.length) + l2 * (w.length * sorted[at] - sum);
    if (left >= 0) return (sum + (l1 * (w.length - 2 * at)) / l2) / w.length;
    if (left + 2 * l1 >= 0) return sorted[at];
  }
  return sorted[sorted.length - 1];
}
