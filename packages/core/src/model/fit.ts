import { takeSteps } from "../base/breathe.ts";
import { checkInteger, checkKeys, checkLength, checkNumber } from "../base/checks.ts";
import { type Matrix, mapArrays, matrixWidth } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { createReferenceKernels } from "../kernels/reference.ts";
import { createKernels, type KernelOptions } from "../kernels/wasm.ts";
import type { TracePoint } from "../optim/contracts.ts";
import { gatherBlocks, isBlockSource, type RowBlock } from "./blocks.ts";
import type { FitReason, FitTask, FittedWeights } from "./contracts.ts";
import { copyMatrix, homeOf } from "./home.ts";
import {
  checkedClasses,
  checkedWeights,
  checkMatrix,
  classTotals,
  type MatrixLike,
} from "./inputs.ts";
import {
  checkedOptimizer,
  checkNoOptimizer,
  isStochastic,
  OPTIMIZER_KEYS,
  type OptimizerOptions,
} from "./method.ts";
import { trainerBytes } from "./place.ts";
import { remarksOf } from "./remarks.ts";
import { checkStorage, type RowStorage } from "./row-storage.ts";
import { createTrainer } from "./trainer.ts";

export interface FitOptions extends OptimizerOptions {
  /** Names of the classes, or their number. Default: one more than the largest in y, named "0", "1", …. */
  readonly classes?: readonly string[] | number;
  /** λ: the penalty λ/2 · ‖W‖² beside the mean loss. Default 1/Σs, scikit-learn's C = 1; 0 where "l1" is given. */
  readonly l2?: number;
  /** λ1: the penalty λ1 · Σ|W|, which makes weights exactly 0. With "l2" an elastic net. Default 0. */
  readonly l1?: number;
  /** Multiplied into the rows' weights: Σs/(k Σ_c) for "balanced", or one number above 0 a class. Default 1. */
  readonly classWeights?: "balanced" | readonly number[];
  /** Weight of each row, at least 0. Default 1. */
  readonly rowWeights?: ArrayLike<number>;
  /** Norm of the gradient to stop at, in the optimiser's variables (docs/math.md §2.6). Default 1e-9. */
  readonly tolerance?: number;
  /** Of "lbfgs" and "newton". Default 1,000. */
  readonly maxIterations?: number;
  /** Of the order in which "sgd" and "adam" visit the rows. Default 1. */
  readonly seed?: number;
  /** Where to start from, such as a Fit at another penalty. Default: the class shares. */
  readonly start?: Pick<Fit, "weights" | "intercepts">;
  readonly signal?: AbortSignal;
  /** Called a few times a second. */
  readonly onProgress?: (point: TracePoint) => void;
  /** "reference": the slow, plain ones. Default "auto": the fast ones where they can run. */
  readonly kernels?: "auto" | "reference";
  /** Work in a worker where one can be made. Default true; the results are the same bits. */
  readonly worker?: boolean;
  /** Threads that do the arithmetic. Default: those available, or one for little work. The results are the same bits. */
  readonly threads?: number;
  /** Names of the features, for errors and remarks. Default: their numbers. */
  readonly columnNames?: readonly string[];
}

/** A fitted linear softmax model: logits of a row x are Wᵀx + b. */
export interface Fit {
  /** W, d × outputs row-major. */
  readonly weights: Float64Array;
  /** b, one a logit. */
  readonly intercepts: Float64Array;
  /** Logits of a row: one a class; with two classes one, for the second. */
  readonly outputs: number;
  readonly classes: readonly string[];
  /** False where the optimum was not reached or none exists: `reason` and `remarks` say why. */
  readonly converged: boolean;
  readonly reason: FitReason;
  readonly iterations: number;
  readonly trace: readonly TracePoint[];
  /** Mean weighted log loss + λ/2 · ‖W‖² + λ1 · Σ|W|, nats. */
  readonly objective: number;
  /** What a person should know: columns that are constant, collinear or separating, classes without rows. */
  readonly remarks: readonly string[];
}

const FIT_KEYS = [
  "classes",
  "l1",
  "l2",
  "classWeights",
  "rowWeights",
  "tolerance",
  "maxIterations",
  "start",
  "signal",
  "onProgress",
  "kernels",
  "worker",
  "threads",
  "columnNames",
  "seed",
  ...OPTIMIZER_KEYS,
] as const;

const BLOCK_FIT_KEYS = [...FIT_KEYS.filter((key) => key !== "rowWeights"), "storage"];

/** Above this many products n·d·k, arrays of plain numbers are kept as float32: precision follows size alone. */
const F32_ABOVE = 2 ** 28;

/**
 * The fit of rows that come block by block, with their weights. They are gathered where the kernels read them, or, where they are
 * too many, in a spool, which is read in every pass; the result has the bits of a fit of all rows at once, as numbers by row.
 */
export function fit(source: AsyncIterable<RowBlock>, options?: BlockFitOptions): Promise<Fit>;
/**
 * Fits multinomial logistic regression (softmax of a linear function; docs/math.md §2):
 *
 *   min over W, b of  1/S Σ_i s_i l(W ᵀx_i + b, y_i) + λ/2 Σ_jc W_jc² + λ1 Σ_jc |W_jc|,   S = Σ_i s_i,
 *
 * by L-BFGS where λ1 = 0, else by a proximal Newton method with exact zeros.
 *
 * X: n×d, a Matrix, rows of numbers, or numbers by row. y: class of each row, 0…k−1. The penalty is on the weights of X as
 * it is given: scale columns of different units first, or set "l2" to 0. Columns of any units converge.
 *
 * Throws TypeError for unknown options, RangeError for numbers that are not finite or out of range (it names row and
 * column), SoftmaxError "data" where fewer than two classes have rows, "aborted" where the signal says so.
 */
export function fit(X: MatrixLike, y: ArrayLike<number>, options?: FitOptions): Promise<Fit>;
export async function fit(
  first: MatrixLike | AsyncIterable<RowBlock>,
  second: ArrayLike<number> | BlockFitOptions = {},
  third: FitOptions = {},
): Promise<Fit> {
  if (!isBlockSource(first)) return fitRows(first, second as ArrayLike<number>, third);
  const options = second as BlockFitOptions;
  checkFitOptions("fit", options, BLOCK_FIT_KEYS);
  const { storage, ...rest } = options;
  checkStorage(storage);
  const { X, y, rowWeights, close } = await gatherBlocks(first, {
    narrow: ({ rows, columns, y: labels }) => {
      const k = classNames(options.classes, labels).length;
      return rows * columns * (k === 2 ? 1 : k) > F32_ABOVE;
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(storage === undefined ? {} : { storage }),
  });
  try {
    return await fitRows(X, y, rowWeights === null ? rest : { ...rest, rowWeights });
  } finally {
    close();
  }
}

export interface BlockFitOptions extends Omit<FitOptions, "rowWeights"> {
  /** Where rows go that do not fit in memory. Default: all are held. */
  readonly storage?: RowStorage;
}

async function fitRows(X: MatrixLike, y: ArrayLike<number>, options: FitOptions): Promise<Fit> {
  checkFitOptions("fit", options, FIT_KEYS);
  if ((options.l1 ?? 0) > 0) checkNoOptimizer("l1", options);
  const opened = await openFit(X, y, options);
  const { l1 = 0, l2 = l1 > 0 ? 0 : 1 / opened.weight } = options;
  try {
    return await opened.fit({ l1, l2, start: startOf(options.start, opened.d, opened.outputs) });
  } finally {
    opened.close();
  }
}

/** Rows ready to be fitted at one penalty after another. */
export interface OpenFit {
  /** Features, logits, and Σ_i s_i. */
  readonly d: number;
  readonly outputs: number;
  readonly weight: number;
  fit(task: Pick<FitTask, "l1" | "l2" | "start">): Promise<Fit>;
  /** The largest gradient of the mean loss in W where all weights are 0: from that λ1 on they are. */
  steepest(): Promise<number>;
  close(): void;
}

type OpenOptions = Omit<FitOptions, "l1" | "l2" | "start">;

export async function openFit(
  X: MatrixLike,
  y: ArrayLike<number>,
  options: OpenOptions,
): Promise<OpenFit> {
  const method = checkedOptimizer(options);
  if (options.maxIterations !== undefined && isStochastic(method)) {
    throw new TypeError(
      `"maxIterations" expected the option "optimizer" to be "lbfgs" or "newton", got "${method.optimizer}"; set "epochs"`,
    );
  }
  const column = (j: number): string =>
    options.columnNames === undefined ? String(j) : `"${options.columnNames[j]}"`;
  const given = await takeSteps(checkMatrix(X, column));
  const names = classNames(options.classes, y);
  const className = (c: number): string => `"${names[c]}"`;
  const labels = checkedClasses(y, given.rows, names.length);
  const s = trainingWeights(labels, options, names.length, className);
  const outputs = names.length === 2 ? 1 : names.length;
  const d = matrixWidth(given);
  if (options.columnNames !== undefined) checkLength("columnNames", options.columnNames.length, d);

  const placed = placeMatrix(given, X, outputs, options.kernels ?? "auto");
  const { kernels, matrix } = await takeSteps(placed);
  const { worker = true, threads, signal, onProgress, maxIterations } = options;
  const trainer = await createTrainer({
    ...{ X: matrix, y: labels, outputs, rowWeights: s, kernels, worker },
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  });
  const run = (task: Pick<FitTask, "l1" | "l2" | "start">): Promise<FittedWeights> =>
    trainer.fit({
      ranges: [{ start: 0, end: given.rows }],
      tolerance: options.tolerance ?? "final",
      method,
      seed: options.seed ?? 1,
      ...task,
      ...(maxIterations === undefined ? {} : { maxIterations }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  return {
    ...{ d, outputs, weight: s?.reduce((a, b) => a + b, 0) ?? given.rows },
    async fit(task) {
      const fitted = await run(task);
      const { weights, converged, reason, iterations, trace, objective } = fitted;
      return {
        weights: weights.slice(0, d * outputs),
        intercepts: weights.slice(d * outputs),
        ...{ outputs, classes: names, converged, reason, iterations, trace, objective },
        remarks: remarksOf(fitted, column, className, outputs),
      };
    },
    steepest: async () => (await run({ l1: Number.MAX_VALUE, l2: 0, start: null })).steepest ?? 0,
    close: () => trainer.close(),
  };
}

export function checkFitOptions(what: string, options: FitOptions, known: readonly string[]): void {
  checkKeys(what, options, known);
  if (options.l1 !== undefined) checkNumber("l1", options.l1, 0, Number.MAX_VALUE);
  if (options.l2 !== undefined) checkNumber("l2", options.l2, 0, Number.MAX_VALUE);
  if (options.tolerance !== undefined) checkNumber("tolerance", options.tolerance, 0, 1);
  if (options.maxIterations !== undefined) {
    checkInteger("maxIterations", options.maxIterations, 1, 1e9);
  }
  if (options.threads !== undefined) checkInteger("threads", options.threads, 1, 1024);
  if (options.seed !== undefined) checkInteger("seed", options.seed, 0, Number.MAX_SAFE_INTEGER);
  if (options.kernels !== undefined && !["auto", "reference"].includes(options.kernels)) {
    throw new TypeError(`"kernels" expected "auto" or "reference", got "${options.kernels}"`);
  }
}

function classNames(classes: FitOptions["classes"], y: ArrayLike<number>): readonly string[] {
  if (Array.isArray(classes)) {
    checkInteger("classes.length", classes.length, 2, 0x7fffffff);
    return classes;
  }
  let k = 2;
  if (typeof classes === "number") k = checkInteger("classes", classes, 2, 0x7fffffff);
  else for (let i = 0; i < y.length; i++) if (y[i] >= k) k = Math.floor(y[i]) + 1;
  return Array.from({ length: k }, (_, c) => String(c));
}

/** s_i times the weight of the row's class; null where all are 1. */
function trainingWeights(
  y: Int32Array,
  { rowWeights, classWeights }: FitOptions,
  k: number,
  className: (c: number) => string,
): Float64Array | null {
  const s = rowWeights === undefined ? null : checkedWeights("rowWeights", rowWeights, y.length);
  const totals = classTotals(y, s, k, className);
  if (classWeights === undefined) return s;
  const byClass =
    classWeights === "balanced"
      ? balanced(totals)
      : checkedWeights("classWeights", classWeights, k);
  if (byClass.some((w) => w === 0)) throw new RangeError('"classWeights" expected numbers above 0');
  return Float64Array.from(y, (c, i) => byClass[c] * (s === null ? 1 : s[i]));
}

/** Σs/(k n_c), n_c the weight of the rows of class c; 1 for classes without rows. */
function balanced(totals: Float64Array): Float64Array {
  const sum = totals.reduce((a, b) => a + b, 0);
  return totals.map((n) => (n === 0 ? 1 : sum / (totals.length * n)));
}

/**
 * Kernels with X in their memory: those of `createMatrix`, or new ones that X is copied to. A Matrix keeps its precision.
 * Pauses, so that others can run.
 */
function* placeMatrix(
  given: Matrix,
  X: MatrixLike,
  outputs: number,
  which: "auto" | "reference",
): Generator<void, { kernels: Kernels; matrix: Matrix }, void> {
  if (given.stored !== undefined) {
    const sizes = { bytes: 12 * given.rows + 4096, scratchBytes: trainerBytes(given, outputs) };
    const kernels = which === "reference" ? createReferenceKernels() : createKernels(sizes);
    return { kernels, matrix: given };
  }
  const home = homeOf(given);
  if (home !== null && which === "auto") return { kernels: home, matrix: given };
  const plain = given !== X && given.dense !== null;
  const narrow = plain && given.rows * given.dense!.width * outputs > F32_ABOVE;
  const kernels =
    which === "reference"
      ? createReferenceKernels()
      : createKernels(memoryFor(given, outputs, narrow));
  const inPlace = kernels.name === "reference" && !narrow;
  return { kernels, matrix: inPlace ? given : yield* copyMatrix(given, kernels.allocate, narrow) };
}

function memoryFor(X: Matrix, outputs: number, narrow: boolean): KernelOptions {
  let bytes = 12 * X.rows + 4096;
  mapArrays(X, (array) => {
    const halved = narrow && array instanceof Float64Array;
    bytes += array.byteLength / (halved ? 2 : 1) + 64;
    return array;
  });
  return { bytes, scratchBytes: trainerBytes(X, outputs) };
}

function startOf(start: FitOptions["start"], d: number, outputs: number): Float64Array | null {
  if (start === undefined) return null;
  checkLength("start.weights", start.weights.length, d * outputs);
  checkLength("start.intercepts", start.intercepts.length, outputs);
  const weights = new Float64Array((d + 1) * outputs);
  weights.set(start.weights);
  weights.set(start.intercepts, d * outputs);
  return weights;
}
