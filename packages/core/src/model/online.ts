import { checkInteger, checkKeys, checkKind, checkLength, checkNumber } from "../base/checks.ts";
import { rowLosses } from "../base/losses.ts";
import { type Matrix, matrixWidth } from "../base/matrix.ts";
import { sharedKernels } from "../kernels/shared.ts";
import { argmaxRow } from "../softmax/choose.ts";
import { checkedClasses, checkedMatrix, type MatrixLike } from "./inputs.ts";
import { type LinearModel, predictLogits } from "./predict.ts";
import {
  copyProgressive,
  count,
  createProgressive,
  overall,
  type ProgressiveState,
  recent,
  type Score,
} from "./progressive.ts";
import {
  copyScales,
  createRunningScales,
  type RunningScales,
  sliceRows,
  takeUp,
} from "./running-scales.ts";

export interface OnlineOptions {
  /** Names of all classes that may come, or their number. */
  readonly classes: readonly string[] | number;
  /** λ of the penalty λ/2 · ‖W‖². Default 1/rows so far, as `fit` has it for as many rows. */
  readonly l2?: number;
  /** η, in scaled features. Default 1. */
  readonly learningRate?: number;
  /** Rows a step. Default 8. */
  readonly batchSize?: number;
  /** The last rows that `recent` is about. Default 1,000. */
  readonly window?: number;
}

/** All that an OnlineFit knows, as plain data: JSON keeps every bit of it. */
export interface OnlineState {
  readonly format: 1;
  readonly classes: readonly string[];
  readonly l2: number | null;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly window: number;
  /** W, d × outputs, and b. */
  readonly weights: readonly number[];
  readonly intercepts: readonly number[];
  /** Σ g² of each weight and, behind them, of each intercept. */
  readonly squares: readonly number[];
  readonly scales: RunningScales | null;
  readonly progressive: ProgressiveState;
}

const KEYS = ["classes", "l2", "learningRate", "batchSize", "window"] as const;
const DEFAULTS = { learningRate: 1, batchSize: 8, window: 1000 };

/**
 * A linear softmax model that learns from a stream of blocks and is judged on each block before it learns from it
 * (progressive validation: Dawid 1984; Blum, Kalai & Langford 1999).
 *
 *     const model = createOnlineFit({ classes: ["no", "yes"] });
 *     for await (const { X, y } of blocks) model.partialFit(X, y);
 *     model.overall.logLoss; predictProbabilities(model, X);
 *
 * Steps are adaptive (AdaGrad: Duchi, Hazan & Singer 2011) and do not depend on the features' units (Ross, Mineiro & Langford
 * 2013, algorithm NAG), docs/math.md §2.10. A step costs (d+1)·k operations beside its rows. Results depend on the order of
 * the rows and on where blocks end. Never asks for the rows again, and keeps none.
 */
export class OnlineFit implements LinearModel {
  readonly classes: readonly string[];
  readonly outputs: number;
  readonly #l2: number | null;
  readonly #rate: number;
  readonly #batchSize: number;
  readonly #window: number;
  /** (d+1)×k, the last row the intercepts; empty before the first block. */
  #W: Float64Array;
  #squares: Float64Array;
  #scales: RunningScales | null;
  readonly #progressive: ProgressiveState;

  /** Use `createOnlineFit` or `resumeOnlineFit`. */
  constructor(state: OnlineState) {
    this.classes = state.classes;
    this.outputs = state.classes.length === 2 ? 1 : state.classes.length;
    this.#l2 = state.l2;
    this.#rate = state.learningRate;
    this.#batchSize = state.batchSize;
    this.#window = state.window;
    this.#W = Float64Array.from([...state.weights, ...state.intercepts]);
    this.#squares = Float64Array.from(state.squares);
    this.#scales = state.scales && copyScales(state.scales);
    this.#progressive = copyProgressive(state.progressive);
  }

  /** W, d × outputs row-major. */
  get weights(): Float64Array {
    return this.#W.slice(0, this.#W.length - this.outputs);
  }

  /** b, one a logit. */
  get intercepts(): Float64Array {
    return this.#W.slice(this.#W.length - this.outputs);
  }

  /** Of all rows so far, each scored before it was learned from. */
  get overall(): Score {
    return overall(this.#progressive);
  }

  /** Of the last rows, as many as `window` says. */
  get recent(): Score {
    return recent(this.#progressive);
  }

  /**
   * Scores the rows of a block, then learns from them, in their order, and returns their score. X: as for `fit`, of the same
   * columns each time; y: class of each row, 0…k−1. Throws RangeError for what does not fit, before it changes anything.
   */
  partialFit(X: MatrixLike, y: ArrayLike<number>): Score {
    const block = checkedMatrix(X, String);
    const labels = checkedClasses(y, block.rows, this.classes.length);
    this.#open(matrixWidth(block));
    const score = this.#judge(block, labels);
    for (let start = 0; start < block.rows; start += this.#batchSize) {
      const end = Math.min(start + this.#batchSize, block.rows);
      this.#learn(sliceRows(block, start, end), labels.subarray(start, end));
    }
    return score;
  }

  /** A copy of all that it knows; `resumeOnlineFit` goes on from it as if nothing had been in between. */
  state(): OnlineState {
    return {
      format: 1,
      classes: this.classes,
      l2: this.#l2,
      learningRate: this.#rate,
      batchSize: this.#batchSize,
      window: this.#window,
      weights: [...this.weights],
      intercepts: [...this.intercepts],
      squares: [...this.#squares],
      scales: this.#scales && copyScales(this.#scales),
      progressive: copyProgressive(this.#progressive),
    };
  }

  /** The first block says how many columns there are. */
  #open(d: number): void {
    if (this.#scales === null) {
      this.#scales = createRunningScales(d);
      this.#W = new Float64Array((d + 1) * this.outputs);
      this.#squares = new Float64Array((d + 1) * this.outputs);
    }
    checkLength("X.columns", d, this.#scales.mean.length);
  }

  #judge(block: Matrix, labels: Int32Array): Score {
    const k = this.classes.length;
    const Z = predictLogits(this, block);
    const losses = rowLosses(Z, labels, block.rows, k);
    const hits = Uint8Array.from(labels, (label, i) =>
      Number(argmaxRow(Z.subarray(i * k, (i + 1) * k)) === label),
    );
    return count(this.#progressive, losses, hits, this.#window);
  }

  /** One step (§2.10): V_j = s_j W_j and a = b + Σ_j m_j W_j are the variables that it is taken in. */
  #learn(X: Matrix, y: Int32Array): void {
    const k = this.outputs;
    const running = this.#scales as RunningScales;
    const scale = takeUp(running, X);
    const W = this.#W;
    const G = new Float64Array(W.length);
    sharedKernels().lossGradient(X, y, null, { start: 0, end: X.rows }, W, k, G);
    const l2 = this.#l2 ?? 1 / running.rows;
    const rate = this.#rate * Math.sqrt(running.rows / running.squares);
    const squares = this.#squares;
    const last = W.length - k;
    const move = (at: number, g: number): number => {
      squares[at] += g * g;
      return g === 0 ? 0 : (-rate * g) / Math.sqrt(squares[at]);
    };
    for (let c = 0; c < k; c++) {
      const intercept = G[last + c] / X.rows;
      let shift = move(last + c, intercept);
      for (let j = 0, at = c; at < last; j++, at += k) {
        if (scale[j] === 0) continue;
        const g = G[at] / X.rows + l2 * W[at] - running.mean[j] * intercept;
        const step = move(at, g / scale[j]) / scale[j];
        W[at] += step;
        shift -= running.mean[j] * step;
      }
      W[last + c] += shift;
    }
  }
}

/** An OnlineFit that has seen nothing. Throws TypeError and RangeError for wrong options. */
export function createOnlineFit(options: OnlineOptions): OnlineFit {
  checkKeys("createOnlineFit", options, KEYS);
  const { l2 = null } = options;
  const { learningRate, batchSize, window } = { ...DEFAULTS, ...options };
  if (l2 !== null) checkNumber("l2", l2, 0, Number.MAX_VALUE);
  checkNumber("learningRate", learningRate, Number.MIN_VALUE, 1e6);
  checkInteger("batchSize", batchSize, 1, 1e9);
  checkInteger("window", window, 1, 1e9);
  return new OnlineFit({
    ...{ format: 1, classes: namesOf(options.classes), l2, learningRate, batchSize, window },
    ...{ weights: [], intercepts: [], squares: [], scales: null },
    progressive: createProgressive(),
  });
}

function namesOf(classes: OnlineOptions["classes"]): readonly string[] {
  const several = Array.isArray(classes);
  checkKind("classes", "names or a number", classes, several || typeof classes === "number");
  const k = several ? classes.length : (classes as number);
  checkInteger(several ? "classes.length" : "classes", k, 2, 0x7fffffff);
  return several ? [...classes] : Array.from({ length: k }, (_, c) => String(c));
}

/** An OnlineFit that goes on where `state` was taken, to the same bits. Throws a RangeError where its parts do not agree. */
export function resumeOnlineFit(state: OnlineState): OnlineFit {
  if (state.format !== 1) {
    throw new RangeError(`"state.format" expected 1, got ${String(state.format)}`);
  }
  const outputs = state.classes.length === 2 ? 1 : state.classes.length;
  const d = state.scales?.mean.length ?? null;
  const rows = d === null ? 0 : 1;
  checkLength("state.weights", state.weights.length, (d ?? 0) * outputs);
  checkLength("state.intercepts", state.intercepts.length, rows * outputs);
  checkLength("state.squares", state.squares.length, ((d ?? 0) + rows) * outputs);
  return new OnlineFit(state);
}
