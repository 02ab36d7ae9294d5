import { rowLosses } from "../../src/base/losses.ts";
import {
  type Classifier,
  evaluate,
  type Table,
  type TrainOptions,
  train,
} from "../../src/index.ts";
import type { World } from "./data.ts";

/** Mean of differences over samples, with its standard error. */
export interface MeanDifference {
  readonly mean: number;
  readonly standardError: number;
}

export interface Simulation {
  /**
   * Reported − on fresh rows, each less the log loss of the true probabilities on the same rows: that difference is 0 on
   * average, and takes out most of what the draw of the rows adds.
   */
  readonly logLoss: MeanDifference;
  /** Reported − on as many fresh rows, as noise pushes ECE up with 1/√n. */
  readonly ece: MeanDifference;
  readonly accuracy: MeanDifference;
  /** Share of samples whose reported 95 % interval of the log loss holds that of many fresh rows. */
  readonly covered: number;
}

const FRESH_ROWS = 5000;

/** Trains on `samples` tables of n rows drawn from a world, and sets what is reported against fresh rows. */
export async function simulate(
  world: World,
  n: number,
  samples: number,
  options: Partial<TrainOptions> = {},
): Promise<Simulation> {
  const differences = { logLoss: [] as number[], ece: [] as number[], accuracy: [] as number[] };
  let covered = 0;
  for (let seed = 1; seed <= samples; seed++) {
    const table = world.table(n, seed);
    const given = { target: "y", seed, worker: false, ...options };
    const { classifier, report } = await train(table, given);
    const { logLoss, ece, accuracy } = report.evaluation.metrics;
    const many = world.table(FRESH_ROWS, 1e6 + seed);
    const loss = lossOn(classifier, many);
    const alike = evaluate(classifier, world.table(n, 2e6 + seed)).metrics;
    const luck = world.trueLoss(table) - world.trueLoss(many);
    differences.logLoss.push(logLoss.value - loss - luck);
    differences.ece.push(ece.value - alike.ece.value);
    differences.accuracy.push(accuracy.value - alike.accuracy.value);
    if (logLoss.low <= loss && loss <= logLoss.high) covered++;
  }
  return {
    logLoss: summary(differences.logLoss),
    ece: summary(differences.ece),
    accuracy: summary(differences.accuracy),
    covered: covered / samples,
  };
}

/** Mean log loss on the rows of a table. */
function lossOn(classifier: Classifier, table: Table): number {
  const label = table.columns[table.columns.length - 1];
  if (label.kind !== "text") throw new Error("the last column holds the labels");
  const classOf = label.dictionary.map((text) => classifier.classes.indexOf(text));
  const Z = classifier.logitMatrix(table);
  const y = label.codes.map((code) => classOf[code]);
  const losses = rowLosses(Z, y, table.rows, classifier.classes.length);
  return losses.reduce((a, b) => a + b, 0) / table.rows;
}

function summary(values: readonly number[]): MeanDifference {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}
