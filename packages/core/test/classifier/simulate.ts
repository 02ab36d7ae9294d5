import {
  type Evaluation,
  evaluate,
  type Table,
  type TrainOptions,
  train,
} from "../../src/index.ts";

/** Mean of differences over samples, with its standard error. */
export interface MeanDifference {
  readonly mean: number;
  readonly standardError: number;
}

export interface Simulation {
  /** Reported − on fresh rows; fresh tables of the training table's size for ECE, as noise pushes it up with 1/√n. */
  readonly logLoss: MeanDifference;
  readonly accuracy: MeanDifference;
  readonly ece: MeanDifference;
  /** Share of samples whose reported 95 % interval of the log loss holds that of many fresh rows. */
  readonly covered: number;
}

const FRESH_ROWS = 5000;

/** Trains on `samples` tables of n rows drawn by `table`, and sets what is reported against fresh rows. */
export async function simulate(
  table: (n: number, seed: number) => Table,
  n: number,
  samples: number,
  options: Partial<TrainOptions> = {},
): Promise<Simulation> {
  const differences = { logLoss: [] as number[], accuracy: [] as number[], ece: [] as number[] };
  let covered = 0;
  for (let seed = 1; seed <= samples; seed++) {
    const { classifier, report } = await train(table(n, seed), { target: "y", seed, ...options });
    const on = (rows: number, other: number): Evaluation["metrics"] =>
      evaluate(classifier, table(rows, other)).metrics;
    const told = report.evaluation.metrics;
    const fresh = on(FRESH_ROWS, 1e6 + seed);
    differences.logLoss.push(told.logLoss.value - fresh.logLoss.value);
    differences.accuracy.push(told.accuracy.value - fresh.accuracy.value);
    differences.ece.push(told.ece.value - on(n, 2e6 + seed).ece.value);
    if (told.logLoss.low <= fresh.logLoss.value && fresh.logLoss.value <= told.logLoss.high) {
      covered++;
    }
  }
  return {
    logLoss: summary(differences.logLoss),
    accuracy: summary(differences.accuracy),
    ece: summary(differences.ece),
    covered: covered / samples,
  };
}

function summary(values: readonly number[]): MeanDifference {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}
