import { counted, dataError } from "../base/checks.ts";
import { log } from "../base/math.ts";
import { normalQuantile } from "../base/tails.ts";
import { checkDetermined } from "./collinear.ts";
import { type CovarianceKind, covarianceOf, type WeightKind } from "./covariance.ts";
import { type Design, type DesignColumn, designOf } from "./design.ts";
import { averageEffects } from "./effects.ts";
import type {
  ChiSquareTest,
  Coefficient,
  ColumnTest,
  Inference,
  InferenceRows,
  MarginalEffect,
} from "./inference.ts";
import { maximise, sharesStart } from "./newton.ts";
import type { Sample } from "./passes.ts";
import { chiSquare, likelihoodRatio, positionsOf, waldTest } from "./tests.ts";
import { ratioOf, type Scaled, tested, unscaled } from "./units.ts";

/** Rows, columns and what is asked of them, checked. */
export interface Question {
  readonly target: string | null;
  readonly classes: readonly string[];
  /** Position of the base outcome among `classes`. */
  readonly base: number;
  readonly columns: readonly DesignColumn[];
  /** Position among `classes` of each row. */
  readonly y: Int32Array;
  readonly weights: Float64Array | null;
  readonly weightKind: WeightKind;
  readonly covariance: CovarianceKind;
  /** Cluster of each row, any whole numbers. */
  readonly clusters: Int32Array | null;
  readonly level: number;
  readonly effects: boolean;
  readonly rows: InferenceRows;
  readonly remarks: readonly string[];
}

/** Coefficients at most: their covariance is kept whole. */
const MOST_COEFFICIENTS = 1000;
/** Rows of the rarest class a column's coefficient, and clusters, below which approximations are rough. */
const FEW_ROWS = 10;
const FEW_CLUSTERS = 30;
/** Share of incomplete rows worth a remark. */
const MANY_INCOMPLETE = 0.05;

/** Fits and tests. Yields between passes, so that others can run. */
export function* estimate(question: Question): Generator<void, Inference, void> {
  const sample = arrange(question);
  const { design, q } = sample;
  checkDetermined(design, sample.s);
  yield;
  const { theta, curvature, iterations } = yield* maximise(sample, sharesStart(sample));
  const clusters = numbered(question.clusters);
  const V = covarianceOf(sample, theta, curvature, {
    kind: question.covariance,
    weights: question.weightKind,
    clusters: clusters?.of ?? null,
    clusterCount: clusters?.count ?? 0,
  });
  yield;
  const rank = clusters === null ? theta.length : clusters.count - 1;
  const wald = (positions: readonly number[]): ChiSquareTest | null =>
    positions.length > rank ? null : waldTest(theta, V, positions);
  const isLikelihood = question.covariance === "information";
  const tests: ColumnTest[] = [];
  for (const term of design.terms) {
    const lr = isLikelihood ? yield* likelihoodRatio(sample, term, curvature.value) : null;
    const own = positionsOf(term, design.width, q);
    tests.push({ column: term.name, wald: wald(own), likelihoodRatio: lr });
  }
  const reach = normalQuantile((1 - question.level) / 2);
  const effects = question.effects ? yield* averageEffects(sample, theta, V) : [];
  const scaled = unscaled(design, q, { theta, V });
  const slopes = Array.from(theta.keys()).filter((at) => at % design.width > 0);
  const nullLogLikelihood = sharesLikelihood(sample);
  const gain = Math.max(0, 2 * (curvature.value - nullLogLikelihood));
  return {
    target: question.target,
    classes: question.classes,
    base: question.classes[question.base],
    rows: question.rows,
    weights: question.weightKind,
    covariance: question.covariance,
    clusters: clusters?.count ?? null,
    level: question.level,
    columns: design.terms.map(({ name, kind, levels, reference }) => ({
      name,
      kind,
      levels,
      reference,
    })),
    coefficients: coefficientsOf(sample, scaled, reach),
    tests,
    overall: isLikelihood
      ? { kind: "likelihood ratio", ...chiSquare(gain, slopes.length) }
      : withKind(wald(slopes)),
    logLikelihood: curvature.value,
    nullLogLikelihood,
    parameters: theta.length,
    mcFadden: 1 - curvature.value / nullLogLikelihood,
    ...criteria(question, curvature.value, theta.length),
    effects: effects.map(
      ({ class: c, term, level, estimate: value, standardError }): MarginalEffect => ({
        class: sample.classes[c],
        column: term.name,
        level: level < 0 ? null : term.levels[level],
        ...tested(value, standardError, reach),
      }),
    ),
    covarianceMatrix: Array.from(theta, (_, a) => [
      ...scaled.V.subarray(a * theta.length, (a + 1) * theta.length),
    ]),
    iterations,
    remarks: [...question.remarks, ...remarksOf(question, design, clusters?.count ?? null)],
  };
}

const withKind = (test: ChiSquareTest | null): Inference["overall"] =>
  test === null ? null : { kind: "Wald", ...test };

/** The rows laid out, the base outcome last. */
function arrange({ classes, base, columns, y, weights }: Question): Sample {
  const q = classes.length - 1;
  const width = columns.reduce(
    (sum, column) => sum + (column.kind === "categorical" ? column.levels.length : 1),
    1,
  );
  if (width * q > MOST_COEFFICIENTS) throw tooMany(columns, width * q);
  const equation = Int32Array.from(classes, (_, c) => (c === base ? q : c < base ? c : c - 1));
  const s = weights ?? new Float64Array(y.length).fill(1);
  return {
    design: designOf(columns, y.length, s),
    y: y.map((c) => equation[c]),
    s,
    q,
    classes: [...classes.filter((_, c) => c !== base), classes[base]],
  };
}

function tooMany(columns: readonly DesignColumn[], coefficients: number): Error {
  const size = (column: DesignColumn): number =>
    column.kind === "categorical" ? column.levels.length : 1;
  const widest = columns.reduce((most, next) => (size(next) > size(most) ? next : most));
  return dataError(
    `these columns and classes have ${coefficients} coefficients, more than the ${MOST_COEFFICIENTS} that can be told with their covariance; "${widest.name}" alone has ${counted(size(widest), "level")} beside its reference`,
  );
}

/** Clusters numbered in order of appearance. */
function numbered(clusters: Int32Array | null): { of: Int32Array; count: number } | null {
  if (clusters === null) return null;
  const ids = new Map<number, number>();
  const of = clusters.map((cluster) => {
    if (!ids.has(cluster)) ids.set(cluster, ids.size);
    return ids.get(cluster)!;
  });
  if (ids.size < 2)
    throw dataError("every row is in the same cluster: nothing can be said of their spread");
  return { of, count: ids.size };
}

/** Σ_c S_c log(S_c/S) */
function sharesLikelihood({ y, s, q }: Sample): number {
  const totals = new Float64Array(q + 1);
  for (let i = 0; i < y.length; i++) totals[y[i]] += s[i];
  const total = totals.reduce((a, b) => a + b, 0);
  return totals.reduce((sum, own) => sum + own * log(own / total), 0);
}

function criteria(
  { weightKind, rows }: Question,
  value: number,
  parameters: number,
): Pick<Inference, "aic" | "bic"> {
  if (weightKind === "probability") return { aic: null, bic: null };
  return {
    aic: 2 * parameters - 2 * value,
    bic: parameters * log(rows.weight) - 2 * value,
  };
}

function coefficientsOf(
  { design, q, classes }: Sample,
  { theta, V }: Scaled,
  reach: number,
): Coefficient[] {
  const p = design.width;
  const owner = new Map(
    design.terms.flatMap((term) =>
      Array.from({ length: term.width }, (_, l) => [term.first + l, term] as const),
    ),
  );
  return Array.from({ length: q * p }, (_, at) => {
    const term = owner.get(at % p);
    const level = term?.kind === "categorical" ? term.levels[(at % p) - term.first] : null;
    const test = tested(theta[at], Math.sqrt(V[at * theta.length + at]), reach);
    return {
      class: classes[Math.floor(at / p)],
      column: term?.name ?? null,
      level,
      ...test,
      ratio: ratioOf(test),
    };
  });
}

function remarksOf({ rows }: Question, design: Design, clusters: number | null): string[] {
  const remarks: string[] = [];
  const labelled = rows.used + rows.incomplete;
  if (rows.incomplete > MANY_INCOMPLETE * labelled) {
    remarks.push(
      `${counted(rows.incomplete, "row")} of ${labelled} with a label lack a value and are left out: the results hold for all rows only if what is missing has nothing to do with the outcome`,
    );
  }
  const rarest = rows.classes.reduce((least, next) => (next.rows < least.rows ? next : least));
  const slopes = design.width - 1;
  if (rarest.rows < FEW_ROWS * slopes) {
    remarks.push(
      `class "${rarest.label}" has ${counted(rarest.rows, "row")} for ${counted(slopes, "coefficient")}: below ${FEW_ROWS} rows for each, coefficients come out too large and intervals too narrow`,
    );
  }
  if (clusters !== null && clusters < FEW_CLUSTERS) {
    remarks.push(
      `standard errors from ${clusters} clusters are rough, as a rule too small: ${FEW_CLUSTERS} or more are wanted`,
    );
  }
  return remarks;
}
