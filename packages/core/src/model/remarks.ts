import type { FittedWeights } from "./contracts.ts";

/** Names listed before "and 3 more". */
const LISTED = 5;

/** What a person should know of a fit, one sentence each. Names are those of the features and the classes. */
export function remarksOf(
  fit: FittedWeights,
  columns: (feature: number) => string,
  classes: (c: number) => string,
  outputs: number,
): string[] {
  const remarks = [...absentRemarks(fit, classes)];
  if (fit.findings !== null) remarks.push(...columnRemarks(fit, columns, classes));
  if (fit.reason === "separated" && (fit.findings?.separating.length ?? 0) === 0) {
    const most = columns(largestFeature(fit.weights, outputs));
    remarks.push(
      `the columns together part the classes perfectly, most of all column ${most}: without a penalty their weights have no finite optimum; set "l2" above 0`,
    );
  }
  if (fit.reason === "maxIterations") {
    remarks.push(
      `stopped after ${fit.iterations} iteration${fit.iterations === 1 ? "" : "s"}, before the optimum was reached; raise "maxIterations" or "l2"`,
    );
  }
  if (fit.reason === "epochs") {
    remarks.push(
      `stopped after ${fit.iterations} epoch${fit.iterations === 1 ? "" : "s"}, near the optimum at best; "optimizer" "lbfgs" reaches it`,
    );
  }
  return remarks;
}

function absentRemarks({ absent }: FittedWeights, classes: (c: number) => string): string[] {
  if (absent.length === 0) return [];
  const they = absent.length === 1 ? "it is" : "they are";
  return [`no row of ${listed("class", "classes", absent.map(classes))}: ${they} never predicted`];
}

function columnRemarks(
  { findings }: FittedWeights,
  columns: (feature: number) => string,
  classes: (c: number) => string,
): string[] {
  const { constant, collinear, separating } = findings!;
  const remarks: string[] = [];
  if (constant.length > 0) {
    const names = listed("column", "columns", constant.map(columns));
    const are = constant.length === 1 ? "is constant: it has" : "are constant: they have";
    remarks.push(`${names} ${are} no effect`);
  }
  for (const { column, others } of collinear.slice(0, LISTED)) {
    const sum = listed("column", "columns", others.map(columns));
    const how = others.length === 1 ? "repeats" : "is a linear combination of";
    remarks.push(
      `column ${columns(column)} ${how} ${sum}: only their joint effect can be told, not their weights`,
    );
  }
  if (collinear.length > LISTED) {
    remarks.push(
      `${collinear.length - LISTED} more columns are linear combinations of those before them`,
    );
  }
  for (const { column, class: c } of separating.slice(0, LISTED)) {
    remarks.push(
      `column ${columns(column)} alone parts class ${classes(c)} from the others: without a penalty its weight has no finite optimum; set "l2" above 0`,
    );
  }
  if (separating.length > LISTED) {
    remarks.push(`${separating.length - LISTED} more such pairs of a column and a class`);
  }
  return remarks;
}

function listed(one: string, many: string, names: readonly string[]): string {
  const shown = names.slice(0, LISTED).join(", ");
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : "";
  return `${names.length === 1 ? one : many} ${shown}${more}`;
}

/** The feature with the largest weight in absolute value. */
function largestFeature(weights: Float64Array, outputs: number): number {
  let best = 0;
  for (let at = 0; at < weights.length - outputs; at++) {
    if (Math.abs(weights[at]) > Math.abs(weights[best])) best = at;
  }
  return Math.floor(best / outputs);
}
