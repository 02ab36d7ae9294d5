import { createRandom, shuffle } from "../base/random.ts";
import { EPSILON, MEAN_DECAY, SQUARE_DECAY } from "../kernels/network.ts";
import type { Steps, StochasticObjective, StopReason, TracePoint } from "./contracts.ts";
import type { RunOptions } from "./runs.ts";
import { type Schedule, scheduled } from "./schedule.ts";
import { finish } from "./stopping.ts";
import { norm } from "./vectors.ts";

export interface StochasticOptions extends RunOptions<StochasticState> {
  readonly rule: UpdateRule;
  /** Of the first step. */
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Terms in a step; the last step of an epoch may have fewer. */
  readonly batchSize: number;
  /** How often every term is visited. */
  readonly epochs: number;
  readonly seed: number;
  /** Stops at the end of an epoch where the Euclidean norm of the whole gradient is at most this. */
  readonly tolerance: number;
}

/** Where a run stands at the beginning of an epoch. */
export interface StochasticState {
  readonly x: Float64Array;
  readonly trace: readonly TracePoint[];
  /** Of the rule. */
  readonly arrays: readonly Float64Array[];
  readonly powers: Float64Array;
}

/** What a step makes of the gradient of some terms. */
export interface UpdateRule {
  /** Where the gradient is taken, given x; overwrites `point`. */
  lookAhead(x: Float64Array, point: Float64Array): void;
  /** Moves x by the gradient g. */
  update(x: Float64Array, g: Float64Array, rate: number): void;
  /** What it remembers, to be written over where a run goes on. */
  readonly arrays: readonly Float64Array[];
  readonly powers: Float64Array;
}

/**
 * min f(x), f a mean over terms, by steps that see some terms each, from the x given, which is overwritten. Every epoch
 * visits all terms once, in a new order drawn from the seed; batches are consecutive in that order (sampling without
 * replacement). After each epoch value and gradient over all terms are taken, for the trace and to stop: so an epoch is
 * two of the `evaluations`. Ends with "gradient", or unconverged with "epochs".
 */
export function* descendStochastically(
  objective: StochasticObjective,
  x: Float64Array,
  options: StochasticOptions,
): Steps {
  const { epochs, batchSize, tolerance, rule, from = null, keeper = null } = options;
  const random = createRandom(options.seed);
  const order = Int32Array.from({ length: objective.terms }, (_, i) => i);
  const g = new Float64Array(objective.dimension);
  const trace: TracePoint[] = [...(from?.trace ?? [])];
  const perEpoch = Math.ceil(objective.terms / batchSize);
  const step = createStep(objective, options, epochs * perEpoch, perEpoch, trace.length * perEpoch);
  if (from !== null) {
    x.set(from.x);
    rule.powers.set(from.powers);
    for (const [at, array] of rule.arrays.entries()) array.set(from.arrays[at]);
    for (let epoch = 0; epoch < trace.length; epoch++) shuffle(order, random);
  }
  let reason: StopReason | null = null;
  while (reason === null) {
    if (keeper?.isDue() === true) {
      const { arrays, powers } = rule;
      keeper.keep({ x, trace, arrays, powers });
    }
    const epoch = trace.length;
    const value = objective.valueGradient(x, g);
    const point = {
      iteration: epoch,
      objective: value,
      gradient: norm(g),
      evaluations: 2 * epoch + 1,
    };
    trace.push(point);
    yield point;
    if (point.gradient <= tolerance) reason = "gradient";
    else if (epoch >= epochs) reason = "epochs";
    else {
      shuffle(order, random);
      for (let first = 0; first < order.length; first += batchSize) {
        step(x, order.subarray(first, first + batchSize));
        yield point;
      }
    }
  }
  const last = trace.at(-1) as TracePoint;
  return finish(reason, last.objective, last.evaluations, trace);
}

type Step = (x: Float64Array, batch: Int32Array) => void;

function createStep(
  objective: StochasticObjective,
  { rule, schedule, learningRate }: StochasticOptions,
  steps: number,
  perEpoch: number,
  done: number,
): Step {
  const point = new Float64Array(objective.dimension);
  const g = new Float64Array(objective.dimension);
  let t = done;
  return (x, batch) => {
    rule.lookAhead(x, point);
    objective.batchGradient(point, batch, g);
    rule.update(x, g, learningRate * scheduled(schedule, t, steps, perEpoch));
    t++;
  };
}

/**
 * Steps with momentum μ (0: plain gradient steps), v = 0 at the start:
 *
 *   v ← μ v − η ∇f(x),         x ← x + v     classical (Polyak 1964)
 *   v ← μ v − η ∇f(x + μ v),   x ← x + v     Nesterov's (Sutskever et al. 2013, eq. 3 and 4)
 */
export function momentumRule(n: number, momentum: number, nesterov: boolean): UpdateRule {
  const v = new Float64Array(n);
  const ahead = nesterov ? momentum : 0;
  return {
    arrays: [v],
    powers: new Float64Array(0),
    lookAhead(x, point) {
      for (let i = 0; i < n; i++) point[i] = x[i] + ahead * v[i];
    },
    update(x, g, rate) {
      for (let i = 0; i < n; i++) {
        v[i] = momentum * v[i] - rate * g[i];
        x[i] += v[i];
      }
    },
  };
}

/**
 * Adam (Kingma & Ba 2015, algorithm 1; β₁ = 0.9, β₂ = 0.999, ε = 1e-8), m = v = 0 at the start, t = 1, 2, …:
 *
 *   m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,   x ← x − η (m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)
 */
export function adamRule(n: number): UpdateRule {
  const m = new Float64Array(n);
  const v = new Float64Array(n);
  /** β₁ᵗ and β₂ᵗ */
  const powers = Float64Array.of(1, 1);
  return {
    arrays: [m, v],
    powers,
    lookAhead: (x, point) => point.set(x),
    update(x, g, rate) {
      powers[0] *= MEAN_DECAY;
      powers[1] *= SQUARE_DECAY;
      const [meanPower, squarePower] = powers;
      for (let i = 0; i < n; i++) {
        m[i] = MEAN_DECAY * m[i] + (1 - MEAN_DECAY) * g[i];
        v[i] = SQUARE_DECAY * v[i] + (1 - SQUARE_DECAY) * g[i] * g[i];
        const mean = m[i] / (1 - meanPower);
        x[i] -= (rate * mean) / (Math.sqrt(v[i] / (1 - squarePower)) + EPSILON);
      }
    },
  };
}
