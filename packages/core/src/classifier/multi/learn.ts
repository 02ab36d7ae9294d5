import { letOthersRun } from "../../base/breathe.ts";
import { pairedDifference, weightedMean } from "../../base/losses.ts";
import { matrixWidth } from "../../base/matrix.ts";
import { temperatureOf } from "../../calibrate/calibrator.ts";
import type { Encoder } from "../../encode/encoder.ts";
import { TextCorpus } from "../../encode/text/corpus.ts";
import { textOptionsOf } from "../../encode/text/shapes.ts";
import { type ColumnEffect, effects } from "../../explain/effects.ts";
import { passProducts } from "../../model/place.ts";
import type { FittedWeights } from "../../model/trainer.ts";
import { type Bench, benchOn, closeBench, type Encoded, encodeShape } from "../bench.ts";
import {
  type Candidate,
  chooseCandidate,
  type Judge,
  lossesOutside,
  pickJudge,
  rowsWhere,
} from "../candidates.ts";
import type { TrainOptions } from "../options.ts";
import { judgeOf } from "../path.ts";
import type { Prepared } from "../prepare.ts";
import { refineOn, refitOn, runOn } from "../workbench.ts";
import type { MultiLabelTrainOptions } from "./options.ts";
import { type PreparedLabels, preparedLabel } from "./prepare.ts";
import type { EncodingChoice } from "./report.ts";

/** What of a candidate is needed once an encoding has been tried. */
export type Kept = Pick<Candidate, "shape" | "l2" | "epochs" | "Z">;

/** What is chosen for all varying labels together on the rows outside a part. */
export interface ChosenShape {
  readonly shape: number;
  /** One a varying label. */
  readonly candidates: readonly Kept[];
}

/** What was found by trying all encodings. */
export interface Tried {
  /** Entry p: what is chosen outside part p; the last: on all judged rows. */
  readonly chosen: readonly ChosenShape[];
  readonly tried: EncodingChoice["tried"];
  /** Labels that some fold's training rows lacked, or had all of. */
  readonly absent: readonly number[];
}

/** Label after label on one encoding: its options, and its rows as two classes. */
interface Task {
  readonly l: number;
  readonly prepared: Prepared;
  readonly options: TrainOptions;
}

const TARGET = { target: 1 } as const;
/** Products of a pass below which a label is fitted in this thread: a worker a label would take longer to start. */
const INLINE_BELOW = 2 ** 18;

/**
 * All labels on one table: each encoding is made once, and every label fitted along its own path of penalties on it. The encoding
 * is chosen for all labels together, by the sum of their losses, each at the penalty that its own losses choose.
 */
export class LabelBench {
  readonly #prepared: PreparedLabels;
  readonly #options: MultiLabelTrainOptions;
  readonly #corpus: TextCorpus;
  #encoded: Encoded | null = null;
  #shape = -1;

  constructor(prepared: PreparedLabels, options: MultiLabelTrainOptions) {
    this.#prepared = prepared;
    this.#options = options;
    this.#corpus = new TextCorpus(prepared.laid.used, textOptionsOf(options.texts ?? {}));
  }

  get encoder(): Encoder {
    return this.#encoded!.encoder;
  }

  get kernels(): string {
    return this.#encoded!.kernels.name;
  }

  get features(): number {
    return matrixWidth(this.#encoded!.X);
  }

  /** Tries every encoding with every label. */
  async tryAll(): Promise<Tried> {
    const { shapes } = this.#prepared.laid;
    const absent = new Set<number>();
    const tried: { encoding: string; logLoss: number }[] = [];
    let best: readonly Summed[] | null = null;
    for (const [shape, { name }] of shapes.entries()) {
      const sums = await this.#tryShape(shape, absent);
      best = best === null ? sums : best.map((kept, part) => better(kept, sums[part]));
      const { losses, judge } = sums[sums.length - 1];
      const labels = this.#prepared.varying.length;
      tried.push({ encoding: name, logLoss: weightedMean(losses, judge.s) / labels });
    }
    return { chosen: best!, tried, absent: [...absent].sort((a, b) => a - b) };
  }

  /** The chosen encoding and penalties on all rows, label after label; with what moves each label most. */
  async refitAll(
    { shape, candidates }: ChosenShape,
    temperatures: readonly Parameters<typeof temperatureOf>[0][],
    most: number,
  ): Promise<{ fit: FittedWeights; effects: readonly ColumnEffect[] }[]> {
    const found: { fit: FittedWeights; effects: readonly ColumnEffect[] }[] = [];
    for (const [at, l] of this.#prepared.varying.entries()) {
      const task = this.#task(l);
      const bench = await this.#open(shape, task);
      try {
        const fit = await refitOn(bench, candidates[at]);
        const temperature = temperatureOf(temperatures[at]);
        const weights = fit.weights.map((w) => w / temperature);
        const { classes } = task.prepared.schema;
        const all = effects(bench.encoder, weights, classes, bench.input.X);
        found.push({ fit, effects: all.slice(0, most) });
      } finally {
        closeBench(bench);
      }
      this.#tell(0.9 + (0.05 * (at + 1)) / candidates.length, "fitting all rows");
    }
    return found;
  }

  #tell(fraction: number, doing: string): void {
    this.#options.onProgress?.({ fraction, doing });
  }

  #task(l: number): Task {
    const { prepared, own } = preparedLabel(this.#prepared, l, this.#options);
    return { l, prepared, options: { ...own, ...TARGET } };
  }

  async #open(shape: number, task: Task): Promise<Bench> {
    const encoded = await this.#encode(shape, task);
    const isSmall = passProducts(encoded.X, 1) < INLINE_BELOW;
    const options = isSmall ? { ...task.options, worker: false } : task.options;
    return benchOn(encoded, task.prepared, options, shape);
  }

  /** The Matrix of an encoding, made where it is not the last one. */
  async #encode(shape: number, { prepared, options }: Task): Promise<Encoded> {
    if (this.#encoded === null || this.#shape !== shape) {
      this.#encoded = null;
      this.#encoded = await encodeShape(prepared, options, this.#corpus, shape);
      this.#shape = shape;
    }
    return this.#encoded;
  }

  /** Entry p: the summed losses outside part p of every label at its own best penalty for it. */
  async #tryShape(shape: number, absent: Set<number>): Promise<Summed[]> {
    const { varying, laid } = this.#prepared;
    const sums: Summed[] = [];
    for (const [at, l] of varying.entries()) {
      const task = this.#task(l);
      const bench = await this.#open(shape, task);
      try {
        const ran = await runOn(bench, shape, task.options, (share) => {
          const done = (shape + (at + share) / varying.length) / laid.shapes.length;
          this.#tell(
            0.9 * done,
            `${laid.shapes[shape].name}, label ${at + 1} of ${varying.length}`,
          );
        });
        if (ran.absent.size > 0) absent.add(l);
        const candidates = await refineOn(bench, ran.candidates, task.options);
        add(sums, candidates, judgeOf(bench.input));
      } finally {
        closeBench(bench);
      }
      await letOthersRun();
    }
    return sums;
  }
}

interface Summed extends ChosenShape {
  readonly candidates: Kept[];
  /** Of the rows outside the part, summed over labels. */
  readonly losses: Float64Array;
  /** Of those rows. */
  readonly judge: Judge;
}

/** Adds what a label chooses for each part. */
function add(sums: Summed[], candidates: readonly Candidate[], judge: Judge): void {
  for (let part = 0; part <= judge.parts; part++) {
    const chosen = chooseCandidate(candidates, judge, part);
    const own = lossesOutside(chosen, judge, part);
    const { shape, l2, epochs, Z } = chosen;
    const kept = { shape, l2, ...(epochs === undefined ? {} : { epochs }), Z };
    const sum = sums[part];
    if (sum === undefined) {
      const rows = rowsWhere(judge.part, (of) => of !== part);
      sums.push({ shape, candidates: [kept], losses: own, judge: pickJudge(judge, rows) });
      continue;
    }
    sum.candidates.push(kept);
    for (let i = 0; i < own.length; i++) sum.losses[i] += own[i];
  }
}

/** A later encoding replaces an earlier one only where its losses are lower by more than one paired standard error. */
function better(kept: Summed, next: Summed): Summed {
  const { s, group } = kept.judge;
  const gain = pairedDifference(kept.losses, next.losses, s, group);
  return gain.mean > gain.standardError ? next : kept;
}
