import { countRows } from "../base/matrix.ts";
import type { NetworkFit, NetworkTask } from "../model/network-task.ts";
import type { FittedWeights, Trainer } from "../model/trainer.ts";
import {
  boundLogits,
  type Candidate,
  isFarBehind,
  keepChoices,
  temperedLosses,
} from "./candidates.ts";
import type { Split } from "./folds.ts";
import type { HiddenLayers } from "./hidden-model.ts";
import type { HiddenPlan } from "./hidden-options.ts";
import { judgeOf } from "./path.ts";
import {
  absentClasses,
  missingLogit,
  outputsOf,
  type PathInput,
  unweight,
  widen,
} from "./splits.ts";

/** Where along the epochs networks are judged: shares of them. */
const STOPS = [0.3, 0.5, 0.7, 0.85, 1];

const stopsOf = (epochs: number): number[] => [
  ...new Set(STOPS.map((share) => Math.max(1, Math.round(share * epochs)))),
];

/** A path's input that asks for hidden layers. */
type HiddenInput = PathInput & { readonly hidden: HiddenPlan };

/** Weights of the softmax, and the hidden layers before it. */
export interface FittedNetworks extends FittedWeights {
  readonly hidden: HiddenLayers;
}

/**
 * Judged logits at some epochs of one run of each split: the early stops that are chosen among, as penalties are along a
 * path (docs/math.md §4.3). Where all of them lie far behind the input's rival after some splits, there are no candidates.
 * `onShare` hears of the share of the runs that is done.
 */
export async function runNetworks(
  input: HiddenInput,
  trainer: Trainer,
  shape: number,
  onShare: (share: number) => void,
): Promise<{ candidates: Candidate[]; absent: Set<number> }> {
  const { plan, k, hidden } = input;
  const stops = stopsOf(hidden.epochs);
  const absent = new Set<number>();
  const all = stops.map(() => new Float64Array(plan.judged * k));
  const judge = judgeOf(input);
  for (const [f, split] of plan.splits.entries()) {
    const missing = absentClasses(input, split.train);
    for (const c of missing) absent.add(c);
    const judged = await judgeSplit(input, trainer, split, stops, missing, (share) =>
      onShare((f + share) / plan.splits.length),
    );
    judged.forEach((Z, at) => all[at].set(Z, split.judge.start * k));
    const isLast = f + 1 === plan.splits.length;
    if (!isLast && isHopeless(all, split.judge.end, input)) return { candidates: [], absent };
  }
  const candidates = stops.map((epochs, at): Candidate => {
    const Z = all[at];
    return { shape, l2: 0, epochs, ...temperedLosses(Z, judge, k), Z, bounded: false };
  });
  boundLogits(candidates);
  keepChoices(candidates, judge);
  return { candidates, absent };
}

/** Whether every stop is far behind the input's rival on the first `rows` judged rows. */
const isHopeless = (
  all: readonly Float64Array[],
  rows: number,
  { k, y, s, group, rival }: HiddenInput,
): boolean =>
  rival != null &&
  all.every((Z) => isFarBehind(Z.subarray(0, rows * k), rival, { y, s, group }, k));

/** Logits of a split's judged rows at each stop, rows × k, averaged over the seeds. */
async function judgeSplit(
  input: HiddenInput,
  trainer: Trainer,
  split: Split,
  stops: readonly number[],
  missing: readonly number[],
  onShare: (share: number) => void,
): Promise<Float64Array[]> {
  const { hidden, seed, k, classWeights } = input;
  const rows = split.judge.end - split.judge.start;
  const sums = stops.map(() => new Float64Array(rows * k));
  if (missing.length === k) return sums;
  const { seeds, ...options } = hidden;
  for (let m = 0; m < seeds; m++) {
    const { judged } = await trainer.fitNetwork({
      ...options,
      ...{ ranges: split.train, seed: memberSeed(seed, m), until: hidden.epochs },
      ...{ judge: split.judge, at: stops, ...versionsIn(input) },
      onProgress: ({ iteration }) => onShare((m + (iteration - 1) / hidden.epochs) / seeds),
    });
    judged.forEach((raw, at) => {
      const Z = new Float64Array(rows * k);
      widen(raw, k, Z);
      Z.forEach((z, i) => (sums[at][i] += z / seeds));
    });
  }
  const constant = 1 / (2 * Math.max(countRows(split.train), missing.length));
  for (const Z of sums) {
    if (classWeights !== null) unweight(Z, classWeights);
    scoreMissing(Z, k, missing, constant);
  }
  return sums;
}

/** Gives classes without training rows the constant probability that they have in linear fits. */
export function scoreMissing(
  Z: Float64Array,
  k: number,
  missing: readonly number[],
  constant: number,
): void {
  if (missing.length === 0) return;
  const present = Array.from({ length: k }, (_, c) => c).filter((c) => !missing.includes(c));
  for (let at = 0; at < Z.length; at += k) {
    const logit = missingLogit(
      Float64Array.from(present, (c) => Z[at + c]),
      missing.length,
      constant,
    );
    for (const c of missing) Z[at + c] = logit;
  }
}

/** The networks of the last fit, on all rows, stopped where the judged ones were best. */
export async function refitNetworks(
  input: HiddenInput,
  trainer: Trainer,
  epochs: number,
): Promise<FittedNetworks> {
  const { hidden, seed, plan, k } = input;
  const { seeds, ...options } = hidden;
  const fits: NetworkFit[] = [];
  const ranges = [{ start: 0, end: plan.order.length }];
  for (let m = 0; m < seeds; m++) {
    const own = {
      ...versionsIn(input),
      ranges,
      seed: memberSeed(seed, m),
      until: epochs,
      judge: null,
      at: [],
    };
    fits.push(await trainer.fitNetwork({ ...options, ...own }));
  }
  const last = fits[0].trace[epochs - 1];
  return {
    weights: joinedWeights(fits, outputsOf(k)),
    hidden: {
      activation: hidden.activation,
      networks: fits.map(({ layers }) => layers.map((W) => Float32Array.from(W))),
    },
    objective: last.objective,
    converged: false,
    reason: "epochs",
    iterations: epochs,
    evaluations: epochs,
    trace: fits[0].trace,
    absent: [],
    findings: null,
  };
}

/** The rows of the plan, and how many versions there are of each. */
const versionsIn = ({ plan, versions = 1 }: HiddenInput): Pick<NetworkTask, "versions"> =>
  versions === 1 ? {} : { versions: { rows: plan.order.length, count: versions } };

/** The mean of the networks' logits as weights of their last hidden units side by side, (Σ h + 1) × outputs. */
function joinedWeights(fits: readonly NetworkFit[], outputs: number): Float64Array {
  const units = fits.map(({ weights }) => weights.length - outputs);
  const joined = new Float64Array(units.reduce((a, b) => a + b, 0) + outputs);
  let at = 0;
  fits.forEach(({ weights }, m) => {
    for (let j = 0; j < units[m]; j++) joined[at++] = weights[j] / fits.length;
    for (let c = 0; c < outputs; c++) {
      joined[joined.length - outputs + c] += weights[units[m] + c] / fits.length;
    }
  });
  return joined;
}

/** Seeds of the networks that are averaged; the first has the training's. */
const memberSeed = (seed: number, m: number): number => (seed + m * 0x9e3779b1) % 2 ** 53;
