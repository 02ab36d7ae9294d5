import type { CovarianceKind, WeightKind } from "./covariance.ts";

/** What a model of few columns says of the world it was drawn from (docs/math.md §10). Plain data, ready for JSON. */
export interface Inference {
  /** Null where no table was given. */
  readonly target: string | null;
  /** Labels, the base outcome where it stands among them. */
  readonly classes: readonly string[];
  /** The outcome with which the others are compared. */
  readonly base: string;
  readonly rows: InferenceRows;
  /** "frequency": a row stands for so many equal rows. "probability": for rows that were drawn so much more rarely. */
  readonly weights: WeightKind;
  /** Where standard errors come from. */
  readonly covariance: CovarianceKind;
  /** Of the clustered kind. */
  readonly clusters: number | null;
  /** Of all intervals, such as 0.95. */
  readonly level: number;
  readonly columns: readonly InferenceColumn[];
  /** Class by class, the base left out; in each the intercept, then column by column. */
  readonly coefficients: readonly Coefficient[];
  /** Of all coefficients of a column together, in the order of `columns`. */
  readonly tests: readonly ColumnTest[];
  /** That all coefficients but the intercepts are 0; null where clusters are too few for it. */
  readonly overall: (ChiSquareTest & { readonly kind: "likelihood ratio" | "Wald" }) | null;
  readonly logLikelihood: number;
  /** With intercepts alone. */
  readonly nullLogLikelihood: number;
  /** Number of coefficients. */
  readonly parameters: number;
  /** McFadden's R²: 1 − log-likelihood / that with intercepts alone. */
  readonly mcFadden: number;
  /** Null with probability weights, whose likelihood is none of the sample's. */
  readonly aic: number | null;
  readonly bic: number | null;
  /** How the probability of a class changes on average; empty where they were not asked for. */
  readonly effects: readonly MarginalEffect[];
  /** Of the coefficients in their order. */
  readonly covarianceMatrix: readonly (readonly number[])[];
  readonly iterations: number;
  /** What a person should know, as sentences. */
  readonly remarks: readonly string[];
}

/** Rows read = rows used + incomplete + without a label + of weight 0. */
export interface InferenceRows {
  readonly read: number;
  /** Complete cases with a label and weight. */
  readonly used: number;
  /** With a label, but without a value in some column that enters. */
  readonly incomplete: number;
  readonly unlabelled: number;
  readonly weightless: number;
  /** Σ of the weights of the rows used. */
  readonly weight: number;
  /** Rows with a label that lack a column's value, for each column that lacks some. */
  readonly missing: readonly { readonly column: string; readonly rows: number }[];
  /** Rows used of each class. */
  readonly classes: readonly { readonly label: string; readonly rows: number }[];
}

export interface InferenceColumn {
  readonly name: string;
  readonly kind: "numeric" | "date" | "categorical";
  /** Levels but the reference; of a number none. */
  readonly levels: readonly string[];
  readonly reference: string | null;
}

/** An estimate with the test that it is 0, and its interval. */
export interface Tested {
  readonly estimate: number;
  readonly standardError: number;
  readonly z: number;
  /** Two-sided. */
  readonly p: number;
  readonly low: number;
  readonly high: number;
}

/** β of ln(P_class/P_base) = Σ β x, with its test that it is 0. */
export interface Coefficient extends Tested {
  readonly class: string;
  /** Null: the intercept. */
  readonly column: string | null;
  /** The level that is compared with the reference; null of a number. */
  readonly level: string | null;
  /** e^β, two classes: the odds ratio, more: the relative-risk ratio, with the ends of its interval. */
  readonly ratio: { readonly value: number; readonly low: number; readonly high: number };
}

export interface ChiSquareTest {
  readonly statistic: number;
  readonly df: number;
  readonly p: number;
}

export interface ColumnTest {
  readonly column: string;
  /** Null where clusters are too few for it. */
  readonly wald: ChiSquareTest | null;
  /** Against the fit without the column; null where the standard errors do not rest on the likelihood. */
  readonly likelihoodRatio: ChiSquareTest | null;
}

/** The average over the rows of ∂P_class/∂x of a number, of P_class at the level less P_class at the reference else. */
export interface MarginalEffect extends Tested {
  readonly class: string;
  readonly column: string;
  readonly level: string | null;
}
