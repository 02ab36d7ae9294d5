import { abortedError, counted } from "../base/checks.ts";
import { type Matrix, matrixWidth } from "../base/matrix.ts";
import type { Row, Table } from "../base/table.ts";
import { VERSION } from "../base/version.ts";
import { type Encoder, encode, encodedBytes, encodedWidth, fitEncoder } from "../encode/encoder.ts";
import { effects } from "../explain/effects.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { createReferenceKernels } from "../kernels/reference.ts";
import { createKernels } from "../kernels/wasm.ts";
import { measure } from "../measure/metrics.ts";
import type { FittedWeights, Trainer } from "../model/trainer.ts";
import { type Candidate, meanLoss } from "./candidates.ts";
import { type Choice, choose, crossFitted } from "./choose.ts";
import { Classifier } from "./classifier.ts";
import { type EvaluateOptions, evaluate } from "./evaluate.ts";
import type { Model } from "./model.ts";
import { checkTrainOptions, type TrainOptions } from "./options.ts";
import { judgeOf, penaltyGrid, runPath } from "./path.ts";
import { asTable, type Prepared, prepare } from "./prepare.ts";
import { fitReport, type Provenance, type Report, shareList } from "./report.ts";
import { openTrainer, outputsOf, type PathInput, withoutClassWeights } from "./splits.ts";

/** Penalties on the path. */
const PENALTIES = 30;
/** Above this many products n·d·k the Matrix is float32: precision follows size alone. */
const F32_ABOVE = 2 ** 28;
/** Of a row's class and weight, which may stand beside X. */
const LABEL_BYTES = 12;

export interface Trained {
  readonly classifier: Classifier;
  readonly report: Report;
  /** Part that judged each used row, in file order; −1 for rows that were only trained on. */
  readonly folds: Int32Array;
}

/**
 * Learns a classifier from a table, or from rows by column name, and says honestly how good it is.
 *
 * Every encoding is fitted along a path of penalties on every split. The rows of each part are then scored with the
 * encoding, penalty and calibrator that the other parts choose; what ships is chosen on all judged rows and fitted once
 * more, on all rows.
 *
 * Throws TypeError and RangeError for wrong options, SoftmaxError "data" for what cannot be learned from and "aborted" where
 * the signal says so.
 */
export async function train(data: Table | readonly Row[], options: TrainOptions): Promise<Trained> {
  checkTrainOptions(options);
  const prepared = prepare(data, options);
  const tester = options.test === undefined ? null : asTable(options.test);
  const bench = new Bench(prepared, options);
  try {
    const candidates: Candidate[] = [];
    for (let shape = 0; shape < prepared.shapes.length; shape++) {
      candidates.push(...(await bench.tryShape(shape)));
    }
    const judge = judgeOf(bench.input());
    const shifted = prepared.classWeights !== null;
    const { k, plan } = prepared;
    const choice = choose(candidates, judge, judge.parts, k, shifted);
    const Z = crossFitted(candidates, judge, k, shifted);
    const fit = await bench.refit(choice);
    options.onProgress?.({ fraction: 0.95, doing: "measuring" });
    const model = assemble(prepared, options, choice, bench, fit.weights);
    const classifier = new Classifier(model);
    const metrics = measure(Z, judge.y, judge.s, k, {
      group: judge.group,
      shares: prepared.shares,
      seed: options.seed ?? 1,
      ...(prepared.positive < 0 ? {} : { positive: prepared.positive }),
    });
    const evaluation = { method: methodOf(prepared), rows: judge.y.length, metrics };
    const test =
      tester === null ? null : evaluate(classifier, tester, testOptions(tester, options));
    const { schema, shares, ledger, columns } = prepared;
    const report: Report = {
      format: 1,
      target: schema.target,
      classes: shareList(schema.classes, shares),
      rows: ledger,
      evaluation,
      test,
      choice: {
        encoding: prepared.shapes[choice.candidate.shape].name,
        l2: choice.candidate.l2,
        temperature: choice.calibrator.temperature,
        tried: candidates.map((c) => ({
          encoding: prepared.shapes[c.shape].name,
          l2: c.l2,
          logLoss: meanLoss(c),
        })),
      },
      fit: fitReport(fit, matrixWidth(bench.X)),
      columns,
      effects: effects(
        model.encoder,
        calibratedWeights(fit.weights, choice),
        schema.classes,
        bench.X,
      ),
      remarks: [...prepared.remarks, ...bench.remarks(), ...fitRemarks(fit)],
      provenance: model.provenance,
    };
    options.onProgress?.({ fraction: 1, doing: "done" });
    return { classifier, report, folds: plan.partOf };
  } finally {
    bench.close();
  }
}

/** The Matrix of one encoding at a time, with its trainer. */
class Bench {
  readonly #prepared: Prepared;
  readonly #options: TrainOptions;
  readonly #absent = new Set<number>();
  #shape = -1;
  #encoder: Encoder | null = null;
  #kernels: Kernels | null = null;
  #X: Matrix | null = null;
  #trainer: Trainer | null = null;

  constructor(prepared: Prepared, options: TrainOptions) {
    this.#prepared = prepared;
    this.#options = options;
  }

  get X(): Matrix {
    return this.#X as Matrix;
  }

  get encoder(): Encoder {
    return this.#encoder as Encoder;
  }

  get kernels(): Kernels {
    return this.#kernels as Kernels;
  }

  input(): PathInput {
    const { y, k, s, classWeights, plan, group } = this.#prepared;
    const { worker, signal } = this.#options;
    return {
      X: this.X,
      y,
      k,
      s,
      classWeights,
      plan,
      group,
      kernels: this.kernels,
      worker: worker ?? true,
      signal: signal ?? null,
    };
  }

  /** Judged logits along the path of one encoding. */
  async tryShape(shape: number): Promise<readonly Candidate[]> {
    const trainer = await this.#open(shape);
    const { shapes, plan } = this.#prepared;
    const { l2, onProgress } = this.#options;
    const grid = l2 === undefined ? penaltyGrid(this.X, PENALTIES) : [l2];
    const fits = grid.length * plan.splits.length;
    const { candidates, absent } = await runPath(this.input(), trainer, shape, grid, (i, f) => {
      const share = (i * plan.splits.length + f + 1) / fits;
      onProgress?.({
        fraction: (0.9 * (shape + share)) / shapes.length,
        doing: shapes[shape].name,
      });
    });
    for (const c of absent) this.#absent.add(c);
    return candidates;
  }

  /** The chosen encoding and penalty on all rows. */
  async refit({ candidate }: Choice) {
    const trainer = await this.#open(candidate.shape);
    return trainer.fit({
      ranges: [{ start: 0, end: this.X.rows }],
      l2: candidate.l2,
      start: null,
      tolerance: "final",
    });
  }

  remarks(): string[] {
    const { classes } = this.#prepared.schema;
    return [...this.#absent].map(
      (c) =>
        `class "${classes[c]}" was absent from some fold's training rows; it was scored there with a constant small probability`,
    );
  }

  close(): void {
    this.#trainer?.close();
    this.#trainer = null;
    this.#shape = -1;
  }

  async #open(shape: number): Promise<Trainer> {
    if (this.#shape === shape && this.#trainer !== null) return this.#trainer;
    this.close();
    if (this.#options.signal?.aborted === true) throw abortedError();
    const { kernels } = this.#options;
    const { table, schema, used, order, shapes, k } = this.#prepared;
    this.#encoder = fitEncoder(table, schema, used, shapes[shape]);
    const size = order.length * (encodedWidth(this.#encoder) + 1) * outputsOf(k);
    const precision = size > F32_ABOVE ? "f32" : "f64";
    const bytes = encodedBytes(this.#encoder, order.length, precision);
    this.#kernels =
      kernels === "reference"
        ? createReferenceKernels()
        : createKernels({ bytes: bytes + LABEL_BYTES * order.length });
    this.#X = encode(this.#encoder, table, this.#kernels.allocate, precision, order);
    this.#trainer = await openTrainer(this.input());
    this.#shape = shape;
    return this.#trainer;
  }
}

/** The test table counts its rows as training did, where it can. */
function testOptions(tester: Table, { weight, group, seed }: TrainOptions): EvaluateOptions {
  const has = (name: string | undefined): name is string =>
    name !== undefined && tester.columns.some((column) => column.name === name);
  return {
    method: "test table",
    ...(has(weight) ? { weight } : {}),
    ...(has(group) ? { group } : {}),
    ...(seed === undefined ? {} : { seed }),
  };
}

const fitRemarks = ({ converged, reason, iterations }: FittedWeights): string[] =>
  converged
    ? []
    : [`the last fit had not converged after ${counted(iterations, "iteration")} (${reason})`];

/** Effects are those of the calibrated logits. */
const calibratedWeights = (W: Float64Array, { calibrator }: Choice): Float64Array =>
  W.map((w) => w / calibrator.temperature);

function methodOf({ plan }: Prepared): string {
  return plan.method === "cross-validation" ? `${plan.parts}-fold cross-validation` : plan.method;
}

function assemble(
  prepared: Prepared,
  options: TrainOptions,
  { calibrator, candidate }: Choice,
  bench: Bench,
  weights: Float64Array,
): Model {
  const { schema, classWeights, shares, positive, used } = prepared;
  return {
    schema,
    encoder: bench.encoder,
    weights,
    calibrator: classWeights === null ? calibrator : withoutClassWeights(calibrator, classWeights),
    shares,
    positive,
    provenance: provenanceOf(options, bench.kernels.name, used.length, candidate.l2),
  };
}

/** Options that change numbers, in this order. */
const NUMBER_OPTIONS = [
  "target",
  "numeric",
  "categorical",
  "ignore",
  "missing",
  "linear",
  "classWeights",
  "weight",
  "group",
  "time",
  "l2",
  "folds",
] as const;

function provenanceOf(
  options: TrainOptions,
  kernels: string,
  rows: number,
  l2: number,
): Provenance {
  const given = NUMBER_OPTIONS.filter((name) => options[name] !== undefined);
  return {
    version: VERSION,
    kernels,
    seed: options.seed ?? 1,
    rows,
    dataHash: options.dataHash ?? "",
    options: [
      ...given.map((name) => [name, JSON.stringify(options[name])] as const),
      ["chosen l2", String(l2)] as const,
    ],
  };
}
