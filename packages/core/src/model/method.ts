import { checkInteger, checkKind, checkNumber, unknownName } from "../base/checks.ts";
import { SCHEDULES, type Schedule } from "../optim/schedule.ts";

export type OptimizerName = "lbfgs" | "newton" | "sgd" | "adam";

export const OPTIMIZERS: readonly OptimizerName[] = ["lbfgs", "newton", "sgd", "adam"];

/** How weights are sought (docs/math.md §2.6, §2.9, §2.10). All but "optimizer" are for "sgd" and "adam" only. */
export interface OptimizerOptions {
  /**
   * "lbfgs": the least passes over the rows, to the optimum. "newton": Newton's method with conjugate gradients, to the same
   * optimum. "sgd" and "adam": steps that see some rows each, for a number of epochs; near the optimum, not at it.
   * Default "lbfgs".
   */
  readonly optimizer?: OptimizerName;
  /**
   * Of the first step, in features scaled to unit curvature. Default: for "sgd" what the rows allow, for "adam" 0.02; a tenth
   * of that where the schedule is "constant".
   */
  readonly learningRate?: number;
  /** Share of a step that the next one keeps, from 0 to below 1; "sgd" only. Default 0.9. */
  readonly momentum?: number;
  /** Takes the gradient where the momentum will have led to; "sgd" only. Default false. */
  readonly nesterov?: boolean;
  /** Rows a step. Default 32. */
  readonly batchSize?: number;
  /** Times that every row is seen. Default 30, or as many as make 2,000 steps if that is more. */
  readonly epochs?: number;
  /** How the learning rate falls. Default "cosine": to 0 at the end. */
  readonly schedule?: Schedule;
}

/** Whether steps see some rows each. */
export const isStochastic = ({ optimizer }: OptimizerOptions): boolean =>
  optimizer === "sgd" || optimizer === "adam";

/** The keys of OptimizerOptions. */
export const OPTIMIZER_KEYS = [
  "optimizer",
  "learningRate",
  "momentum",
  "nesterov",
  "batchSize",
  "epochs",
  "schedule",
] as const satisfies readonly (keyof OptimizerOptions)[];

/** Keys that only some optimisers take. */
const ONLY: readonly [keyof OptimizerOptions, readonly OptimizerName[]][] = [
  ["learningRate", ["sgd", "adam"]],
  ["momentum", ["sgd"]],
  ["nesterov", ["sgd"]],
  ["batchSize", ["sgd", "adam"]],
  ["epochs", ["sgd", "adam"]],
  ["schedule", ["sgd", "adam"]],
];

/** The optimiser's options among `options`, checked. */
export function checkedOptimizer(options: OptimizerOptions): OptimizerOptions {
  const { optimizer = "lbfgs", learningRate, momentum, nesterov, schedule } = options;
  checkChoice("optimizer", optimizer, OPTIMIZERS);
  for (const [key, takers] of ONLY) {
    if (options[key] !== undefined && !takers.includes(optimizer)) {
      const names = takers.map((name) => `"${name}"`).join(" or ");
      throw new TypeError(
        `"${key}" expected the option "optimizer" to be ${names}, got "${optimizer}"`,
      );
    }
  }
  if (learningRate !== undefined) checkNumber("learningRate", learningRate, Number.MIN_VALUE, 1e6);
  if (momentum !== undefined) checkNumber("momentum", momentum, 0, 1 - Number.EPSILON);
  if (nesterov !== undefined) {
    checkKind("nesterov", "true or false", nesterov, typeof nesterov === "boolean");
  }
  for (const key of ["batchSize", "epochs"] as const) {
    if (options[key] !== undefined) checkInteger(key, options[key], 1, 1e9);
  }
  if (schedule !== undefined) checkChoice("schedule", schedule, SCHEDULES);
  return Object.fromEntries(
    OPTIMIZER_KEYS.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );
}

function checkChoice(what: string, value: unknown, choices: readonly string[]): void {
  const expected = choices.map((choice) => `"${choice}"`).join(", ");
  checkKind(what, `one of ${expected}`, value, typeof value === "string");
  if (!choices.includes(value as string)) {
    throw new TypeError(unknownName(what, `one of ${expected}`, value as string, choices));
  }
}

/** An L1 penalty has a solver of its own. */
export function checkNoOptimizer(penalty: string, { optimizer }: OptimizerOptions): void {
  if (optimizer === undefined || optimizer === "lbfgs") return;
  throw new TypeError(
    `"optimizer" expected nothing beside "${penalty}", got "${optimizer}": an L1 penalty has a solver of its own`,
  );
}
