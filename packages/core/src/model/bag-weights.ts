import type { Kernels } from "../kernels/kernels.ts";
import type { Steps, TracePoint } from "../optim/contracts.ts";
import { type BagFit, fitBag } from "./bag.ts";
import type { BagOptions, FitTask, FittedWeights, Problem } from "./contracts.ts";
import { collapseBag } from "./factors.ts";
import { classShares } from "./rows.ts";

/**
 * A bag of embeddings fitted, and multiplied out to the weights of a linear model (docs/math.md §3.1). It stops where the
 * epochs end, so it never says that it converged; `objective` and `trace` are the losses of the epochs.
 */
export function* solveBag(
  problem: Problem,
  kernels: Kernels,
  { ranges, rowWeights = problem.rowWeights, seed }: FitTask,
  options: BagOptions,
): Steps<FittedWeights> {
  const seeded = seed === undefined ? options : { seed, ...options };
  const rows = { ...problem, rowWeights };
  const trace: TracePoint[] = [];
  const fit = yield* tracing(fitBag(rows, kernels, { ...seeded, ranges }), trace);
  const shares = classShares(problem.y, rowWeights, ranges, problem.outputs);
  return {
    weights: collapseBag(fit),
    objective: fit.epochLoss[fit.epochLoss.length - 1],
    converged: false,
    reason: "epochs",
    iterations: fit.epochLoss.length,
    evaluations: fit.epochLoss.length,
    trace,
    absent: Array.from(shares.keys()).filter((c) => shares[c] === 0),
    findings: null,
  };
}

/** The steps, with the last point of each epoch kept in `trace`. */
function* tracing(steps: Steps<BagFit>, trace: TracePoint[]): Steps<BagFit> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (value.iteration > 0) trace[value.iteration - 1] = value;
    yield value;
  }
}
