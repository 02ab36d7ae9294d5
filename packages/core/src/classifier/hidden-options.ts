import { checkInteger, checkKind, unknownName } from "../base/checks.ts";
import { ACTIVATIONS, type Activation } from "../kernels/network.ts";
import { OPTIMIZER_KEYS, type OptimizerOptions } from "../model/method.ts";
import { checkNetworkOptions } from "../model/network.ts";
import type { NetworkOptions } from "../model/network-task.ts";

/** Hidden layers between the encoded columns and the softmax (docs/hidden.md). */
export interface HiddenOptions {
  /**
   * Units of each hidden layer, from the columns on; "auto": a layer of 128 and one of 64 where they lower the out-of-fold
   * loss of the linear model by more than one paired standard error. Default: none. All other options here need it.
   */
  readonly hidden?: readonly number[] | "auto";
  /** What a unit makes of its sum. Default "relu". */
  readonly activation?: Activation;
  /** Share of the hidden units that each row drops in a step of the training, 0 to 0.95. Default 0. */
  readonly dropout?: number;
  /** Weights shrink by the learning rate times this in each step. Default 0.01. */
  readonly weightDecay?: number;
  /** So many networks of different seeds, whose logits are averaged. Default 1. */
  readonly averageSeeds?: number;
}

export const HIDDEN_KEYS = [
  "hidden",
  "activation",
  "dropout",
  "weightDecay",
  "averageSeeds",
] as const satisfies readonly (keyof HiddenOptions)[];

/** Networks, and how many of them. */
export interface HiddenPlan extends NetworkOptions {
  readonly seeds: number;
}

const DEFAULTS = {
  activation: "relu",
  dropout: 0,
  learningRate: 0.003,
  batchSize: 128,
  weightDecay: 0.01,
} as const;
/** Units where it is to be found out whether they help. */
const AUTO_UNITS = [128, 64];
const MOST_SEEDS = 100;
/** Epochs where none are said: 20, or as many as make 6,000 steps, but at most 60. */
const FEWEST_EPOCHS = 20;
const MOST_EPOCHS = 60;
const LEAST_STEPS = 6000;

/** Options that a linear model has, and what hidden layers have instead. */
const LINEAR_ONLY = ["optimizer", "momentum", "nesterov", "schedule", "l1Ratio", "checkpoint"];
/** Options of TrainOptions that both have. */
type Shared = HiddenOptions & OptimizerOptions & { readonly l2?: number };

/** Whether the options ask for hidden layers. */
export const isHidden = ({ hidden }: HiddenOptions): boolean => hidden !== undefined;

/** What the options ask for, of so many training rows; null without hidden layers. */
export function hiddenPlan(options: Shared, rows: number): HiddenPlan | null {
  const { hidden, activation, dropout, weightDecay, learningRate, l2 = 0 } = options;
  if (hidden === undefined) return null;
  const batchSize = options.batchSize ?? DEFAULTS.batchSize;
  const steps = Math.ceil(rows / batchSize);
  const usual = Math.max(FEWEST_EPOCHS, Math.min(MOST_EPOCHS, Math.ceil(LEAST_STEPS / steps)));
  return {
    units: hidden === "auto" ? AUTO_UNITS : hidden,
    activation: activation ?? DEFAULTS.activation,
    dropout: dropout ?? DEFAULTS.dropout,
    epochs: options.epochs ?? usual,
    learningRate: learningRate ?? DEFAULTS.learningRate,
    batchSize,
    weightDecay: weightDecay ?? DEFAULTS.weightDecay,
    l2,
    seeds: options.averageSeeds ?? 1,
  };
}

/** Throws TypeError and RangeError for what no network can be, and for options that need hidden layers or exclude them. */
export function checkHidden(options: Shared & object): void {
  const { hidden, activation, averageSeeds } = options;
  if (hidden === undefined) {
    for (const name of HIDDEN_KEYS) {
      if (options[name] === undefined) continue;
      throw new TypeError(`"${name}" expected hidden layers beside it; name them in "hidden"`);
    }
    return;
  }
  const isList = Array.isArray(hidden) && hidden.every((units) => typeof units === "number");
  checkKind("hidden", 'a list of numbers of units or "auto"', hidden, isList || hidden === "auto");
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of LINEAR_ONLY) {
    if (given[name] === undefined) continue;
    throw new TypeError(`"${name}" expected nothing beside "hidden": it is for linear models`);
  }
  if (hidden === "auto" && options.l2 !== undefined) {
    throw new TypeError(
      '"l2" expected units in "hidden", got "auto", whose linear models have a path',
    );
  }
  if (given.loss === "focal") {
    throw new TypeError('"loss" expected nothing beside "hidden", got "focal"');
  }
  if (activation !== undefined) checkActivation(activation);
  if (averageSeeds !== undefined) checkInteger("averageSeeds", averageSeeds, 1, MOST_SEEDS);
  checkNetworkOptions(hiddenPlan(options, 1)!);
}

function checkActivation(activation: unknown): void {
  const expected = ACTIVATIONS.map((name) => `"${name}"`).join(", ");
  checkKind("activation", `one of ${expected}`, activation, typeof activation === "string");
  if ((ACTIVATIONS as readonly unknown[]).includes(activation)) return;
  const name = activation as string;
  throw new RangeError(unknownName("activation", `one of ${expected}`, name, ACTIVATIONS));
}

/** The optimiser's options of a linear model; with hidden layers they are the network's. */
export const linearMethod = (options: Shared): OptimizerOptions =>
  isHidden(options)
    ? {}
    : Object.fromEntries(
        OPTIMIZER_KEYS.filter((key) => options[key] !== undefined).map((key) => [
          key,
          options[key],
        ]),
      );
