import { checkKind, checkNumber } from "../base/checks.ts";
import { exp, log } from "../base/math.ts";
import { priorOf, priorShifts } from "../calibrate/prior.ts";
import { classNamed } from "../encode/labels.ts";

/**
 * The share of each class where a model is to work: "uniform", or some classes with their shares, each above 0; classes
 * that are not named share the rest as they do in training.
 */
export type PriorOption = "uniform" | readonly (readonly [label: string, share: number])[];

export interface ImbalanceOptions {
  /**
   * The class shares where the model is to work: probabilities are for them, and the report says how good they are there.
   * Default: those of the training.
   */
  readonly prior?: PriorOption;
  /**
   * τ of logit adjustment, instead of `prior`: −τ log π_c is added to each logit, π the class shares of the training. 1 is
   * the prior "uniform", 0 changes nothing.
   */
  readonly adjust?: number;
  /**
   * "focal": (1 − p)^γ (−log p) instead of the log loss −log p, which counts rows less the better they are predicted. Its
   * probabilities are brought back by a temperature and one shift a class. Default "log".
   */
  readonly loss?: "log" | "focal";
  /** γ of the focal loss, above 0. Default 2. */
  readonly focalGamma?: number;
}

export const IMBALANCE_KEYS = [
  "prior",
  "adjust",
  "loss",
  "focalGamma",
] as const satisfies readonly (keyof ImbalanceOptions)[];

const DEFAULT_GAMMA = 2;
const LARGEST_TAU = 10;
const LARGEST_GAMMA = 10;

/** γ where focal loss is asked for, else null. */
export const focalGammaOf = ({ loss, focalGamma }: ImbalanceOptions): number | null =>
  loss === "focal" ? (focalGamma ?? DEFAULT_GAMMA) : null;

function checkPriorOption(prior: unknown): void {
  const fits = prior === "uniform" || isPairs(prior);
  checkKind("prior", '"uniform" or pairs of label and share', prior, fits);
}

const isPairs = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((pair: unknown) => {
    const [label, share, more] = Array.isArray(pair) ? (pair as unknown[]) : [];
    return typeof label === "string" && typeof share === "number" && more === undefined;
  });

export function checkImbalance(options: ImbalanceOptions): void {
  const { prior, adjust, loss, focalGamma } = options;
  if (prior !== undefined) checkPriorOption(prior);
  if (adjust !== undefined) checkNumber("adjust", adjust, -LARGEST_TAU, LARGEST_TAU);
  if (prior !== undefined && adjust !== undefined) {
    throw new TypeError(
      '"prior" and "adjust" cannot be used together: both say for which class shares',
    );
  }
  const known = loss === undefined || loss === "log" || loss === "focal";
  checkKind("loss", '"log" or "focal"', loss, known);
  if (focalGamma === undefined) return;
  checkNumber("focalGamma", focalGamma, 0.01, LARGEST_GAMMA);
  if (loss !== "focal") {
    throw new TypeError(
      `"focalGamma" expected the option "loss" to be "focal", got ${JSON.stringify(loss ?? "log")}`,
    );
  }
}

/** Focal loss is fitted by L-BFGS, with an L2 penalty. */
export function checkFocalAlone(
  options: ImbalanceOptions & {
    readonly optimizer?: string;
    readonly l1Ratio?: number;
    readonly texts?: { readonly embeddings?: number };
  },
): void {
  if (options.loss !== "focal") return;
  const { optimizer = "lbfgs", l1Ratio = 0, texts } = options;
  if (optimizer !== "lbfgs") throw besideFocal("optimizer", JSON.stringify(optimizer));
  if (l1Ratio > 0) throw besideFocal("l1Ratio", String(l1Ratio));
  if (texts?.embeddings !== undefined) {
    throw besideFocal("texts.embeddings", String(texts.embeddings));
  }
}

const besideFocal = (name: string, got: string): TypeError =>
  new TypeError(`"${name}" expected nothing beside focal loss, got ${got}`);

/** How far the shares of all classes may be from 1 together. */
const SUM_SLACK = 1e-6;

/**
 * The prior that an option means, one share a class, from the training's. Throws a SoftmaxError "data" for an unknown class
 * and a RangeError for shares that are not above 0 or do not add up.
 */
export function resolvePrior(
  prior: PriorOption,
  classes: readonly string[],
  shares: Float64Array,
): Float64Array {
  checkPriorOption(prior);
  if (prior === "uniform") return new Float64Array(classes.length).fill(1 / classes.length);
  const stated = new Float64Array(classes.length);
  for (const [label, share] of prior) {
    const c = classNamed("prior", label, classes);
    if (!(share > 0 && share < 1)) throw badShare(label, share);
    if (stated[c] > 0) throw new RangeError(`"prior" names the class "${label}" twice`);
    stated[c] = share;
  }
  const sum = stated.reduce((total, share) => total + share, 0);
  const unnamed = shares.map((share, c) => (stated[c] > 0 ? 0 : share));
  if (prior.length === classes.length) {
    if (Math.abs(sum - 1) > SUM_SLACK) throw badSum("1", sum);
    return priorOf(stated);
  }
  if (!(sum < 1))
    throw badSum("less than 1, for the classes that are not named share the rest", sum);
  return stated.map((share, c) => (share > 0 ? share : (1 - sum) * priorOf(unnamed)[c]));
}

const badShare = (label: string, share: number): RangeError =>
  new RangeError(`"prior" expected a share between 0 and 1 for "${label}", got ${share}`);

const badSum = (expected: string, got: number): RangeError =>
  new RangeError(`"prior" expected shares that add up to ${expected}, got ${got}`);

/**
 * The prior whose shifts are those of logit adjustment, −τ log π_c (Menon et al. 2021, eq. 9): π'_c ∝ π_c^(1 − τ). τ = 0 is the
 * training's prior, τ = 1 the uniform one.
 */
export function adjustedPrior(tau: number, shares: Float64Array): Float64Array {
  const logs = priorOf(shares).map((share) => (1 - tau) * log(share));
  const top = logs.reduce((a, b) => Math.max(a, b));
  return priorOf(logs.map((value) => exp(value - top)));
}

/** The shifts that training options ask for; null for none. */
export function askedShifts(
  { prior, adjust }: ImbalanceOptions,
  classes: readonly string[],
  shares: Float64Array,
): Float64Array | null {
  if (prior !== undefined) return priorShifts(resolvePrior(prior, classes, shares), shares);
  return adjust === undefined ? null : priorShifts(adjustedPrior(adjust, shares), shares);
}
