/** A column of the data as it enters: a number, or levels against a reference. */
export interface Term {
  readonly name: string;
  readonly kind: "numeric" | "date" | "categorical";
  /** Its levels without the reference, in order; of a number none. */
  readonly levels: readonly string[];
  /** The level that the others are compared with; null of a number. */
  readonly reference: string | null;
  /** Its first feature; a number has one, a column of levels one a level that is not the reference. */
  readonly first: number;
  readonly width: number;
}

/**
 * The rows as the fit reads them: p features, the first the constant 1, each row a list of at most `perRow` of them that are
 * not 0. Numbers are scaled, x = (v − mean)/deviation, which changes no likelihood; indicators stay 0 and 1.
 */
export interface Design {
  readonly rows: number;
  /** p */
  readonly width: number;
  readonly perRow: number;
  /** n × perRow. A reference level stands as value 0 at feature 0. */
  readonly features: Int32Array;
  readonly values: Float64Array;
  /** Of each feature; 0 and 1 for what is not scaled. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  readonly terms: readonly Term[];
}

/** A column before it is laid out: its numbers, or the level of each row (−1: the reference). */
export type DesignColumn =
  | { readonly name: string; readonly kind: "numeric" | "date"; readonly values: Float64Array }
  | {
      readonly name: string;
      readonly kind: "categorical";
      readonly levels: readonly string[];
      readonly reference: string;
      readonly codes: Int32Array;
    };

/** Lays out n rows of weights s. */
export function designOf(columns: readonly DesignColumn[], rows: number, s: Float64Array): Design {
  const terms: Term[] = [];
  let width = 1;
  for (const column of columns) {
    const { name, kind } = column;
    const levels = column.kind === "categorical" ? column.levels : [];
    const reference = column.kind === "categorical" ? column.reference : null;
    const own = column.kind === "categorical" ? levels.length : 1;
    terms.push({ name, kind, levels, reference, first: width, width: own });
    width += own;
  }
  const perRow = 1 + columns.length;
  const features = new Int32Array(rows * perRow);
  const values = new Float64Array(rows * perRow);
  const mean = new Float64Array(width);
  const deviation = new Float64Array(width).fill(1);
  for (let i = 0; i < rows; i++) values[i * perRow] = 1;
  columns.forEach((column, t) => {
    const { first } = terms[t];
    if (column.kind === "categorical") {
      column.codes.forEach((code, i) => {
        if (code < 0) return;
        features[i * perRow + t + 1] = first + code;
        values[i * perRow + t + 1] = 1;
      });
      return;
    }
    [mean[first], deviation[first]] = momentsOf(column.values, s);
    column.values.forEach((v, i) => {
      features[i * perRow + t + 1] = first;
      values[i * perRow + t + 1] = (v - mean[first]) / deviation[first];
    });
  });
  return { rows, width, perRow, features, values, mean, deviation, terms };
}

/** Weighted mean and deviation; the deviation of what does not vary is 1. */
function momentsOf(v: Float64Array, s: Float64Array): [mean: number, deviation: number] {
  let total = 0;
  let sum = 0;
  const first = v[0] ?? 0;
  for (let i = 0; i < v.length; i++) {
    total += s[i];
    sum += s[i] * (v[i] - first);
  }
  const mean = first + sum / total;
  let squares = 0;
  for (let i = 0; i < v.length; i++) squares += s[i] * (v[i] - mean) * (v[i] - mean);
  const deviation = Math.sqrt(squares / total);
  return deviation > 0 ? [mean, deviation] : [first, 1];
}

/** The design without some terms: their features become 0 at feature 0, those behind move up. */
export function withoutTerm(design: Design, gone: Term): Design {
  const { rows, perRow, width } = design;
  const features = design.features.slice();
  const values = design.values.slice();
  const end = gone.first + gone.width;
  for (let at = 0; at < features.length; at++) {
    if (features[at] >= end) features[at] -= gone.width;
    else if (features[at] >= gone.first) {
      features[at] = 0;
      values[at] = 0;
    }
  }
  const kept = (of: Float64Array): Float64Array =>
    Float64Array.from([...of.subarray(0, gone.first), ...of.subarray(end)]);
  const terms = design.terms
    .filter((term) => term !== gone)
    .map((term) => (term.first < end ? term : { ...term, first: term.first - gone.width }));
  return {
    rows,
    width: width - gone.width,
    perRow,
    features,
    values,
    mean: kept(design.mean),
    deviation: kept(design.deviation),
    terms,
  };
}

/** "sex = male", "age", or "the intercept". */
export function featureName({ terms }: Pick<Design, "terms">, j: number): string {
  const term = terms.find(({ first, width }) => j >= first && j < first + width);
  if (term === undefined) return "the intercept";
  return term.kind === "categorical" ? `${term.name} = ${term.levels[j - term.first]}` : term.name;
}
