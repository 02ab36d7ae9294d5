import { checkInteger, checkKeys, checkKind, dataError, unknownName } from "../base/checks.ts";
import type { Cell, Row, Table } from "../base/table.ts";
import { everyRow } from "../encode/cells.ts";
import { checkColumns } from "../encode/columns.ts";
import { daysText } from "../encode/dates.ts";
import { distinctOf, sortedNumbers } from "../encode/numeric.ts";
import { asTable, rowsToTable } from "../encode/rows.ts";
import {
  type CellColumn,
  columnLogits,
  levelsOf,
  type Meaning,
  modelLogits,
  readMeanings,
  responseOf,
} from "../explain/response.ts";
import { sharedKernels } from "../kernels/shared.ts";
import { quantile } from "../measure/bootstrap.ts";
import type { Classifier } from "./classifier.ts";
import { checkNoHidden } from "./hidden-model.ts";
import { calibratedLogits } from "./logits.ts";
import { outputsOf } from "./splits.ts";

export interface PartialOptions {
  /** Values of a numeric column or date, at most: quantiles of the rows'. Default 21. */
  readonly points?: number;
  /** These values instead. */
  readonly values?: readonly Cell[];
}

/** Probabilities where one column has the same value in every row: plain data (docs/math.md §8.13). */
export interface PartialDependence {
  readonly column: string;
  readonly kind: CellColumn["kind"];
  readonly rows: number;
  readonly classes: readonly string[];
  readonly points: readonly PartialPoint[];
}

export interface PartialPoint {
  /** The value, a date as text; null where `role` says what stands for it. */
  readonly value: string | number | null;
  readonly role: "value" | "other" | "missing";
  /** Mean probability of each class over the rows: the partial dependence. */
  readonly mean: readonly number[];
  /** Below which lie 5 % and 95 % of the rows' own probabilities (individual conditional expectations). */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Partial dependence of a column (Friedman 2001) with the spread of the rows (Goldstein et al. 2015). */
export function partialDependence(
  classifier: Classifier,
  data: Table | readonly Row[],
  column: string,
  options: PartialOptions = {},
): PartialDependence {
  checkKeys("partialDependence", options, ["points", "values"]);
  const points = checkInteger("points", options.points ?? 21, 2, 1000);
  const { values } = options;
  checkKind("values", "a list of values", values, values === undefined || Array.isArray(values));
  checkNoHidden("partialDependence", classifier.model);
  const table = asTable(data);
  const { schema, encoder, weights } = classifier.model;
  checkColumns(table, schema);
  if (table.rows === 0) throw dataError("partial dependence needs at least one row");
  const names = encoder.columns.map(({ name }) => name);
  const p = names.indexOf(column);
  if (p < 0) throw dataError(unknownName("column", "a column that the model reads", column, names));
  const outputs = outputsOf(schema.classes.length);
  const response = responseOf(encoder, weights, outputs, p);
  if (response === null) {
    const { kind } = encoder.columns[p];
    throw dataError(
      `"column" expected numbers, dates or levels, and "${column}" is read as ${kind}`,
    );
  }
  const rest = modelLogits(encoder, weights, outputs, table);
  const own = columnLogits(encoder, weights, outputs, p, table);
  for (let at = 0; at < rest.length; at++) rest[at] -= own[at];
  const asked =
    values === undefined
      ? gridOf(classifier, response.column, table, points)
      : meaningsOf(classifier, response.column, values);
  return {
    ...{ column, kind: response.column.kind, rows: table.rows, classes: schema.classes },
    points: asked.map((point) => ({
      ...shown(response.column, point),
      ...spreadAt(classifier, rest, response.at(point.meaning)),
    })),
  };
}

interface GridPoint {
  readonly meaning: Meaning;
  readonly role: PartialPoint["role"];
}

/** Levels and missing where the model has them; of numbers and days quantiles of the rows, all values where they are few. */
function gridOf(
  { model }: Classifier,
  column: CellColumn,
  table: Table,
  points: number,
): GridPoint[] {
  const levels = levelsOf(column).map(
    ({ role, meaning }): GridPoint => ({ meaning, role: role === "level" ? "value" : role }),
  );
  if (column.kind === "categorical" || column.kind === "boolean") return levels;
  const meanings = readMeanings(model.encoder, column, table, everyRow(table.rows)) as number[];
  const sorted = sortedNumbers(Float64Array.from(meanings));
  const distinct = distinctOf(sorted);
  const grid =
    distinct.length <= points
      ? distinct
      : distinctOf(
          Float64Array.from(
            { length: points },
            (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (points - 1))],
          ),
        );
  const values = Array.from(grid, (meaning): GridPoint => ({ meaning, role: "value" }));
  return [...values, ...levels.filter(({ role }) => role === "missing")];
}

function meaningsOf(
  { model }: Classifier,
  column: CellColumn,
  values: readonly Cell[],
): GridPoint[] {
  if (values.length === 0) throw dataError('"values" expected at least one value');
  const table = rowsToTable(values.map((value) => ({ [column.name]: value })));
  const meanings = readMeanings(model.encoder, column, table, everyRow(values.length));
  return meanings.map((meaning) => ({
    meaning,
    role: meaning === null || Number.isNaN(meaning) ? "missing" : "value",
  }));
}

function shown(
  column: CellColumn,
  { meaning, role }: GridPoint,
): Pick<PartialPoint, "value" | "role"> {
  if (role !== "value") return { value: null, role };
  if (column.kind !== "date") return { value: meaning, role };
  return { value: daysText(meaning as number, isTime(column)), role };
}

/** Times without a date are parts of the first day. */
const isTime = ({ days }: Extract<CellColumn, { kind: "date" }>): boolean =>
  days.line[0] >= 0 && days.line[0] <= 1;

/** Of each class over the rows: mean probability, and its 5 % and 95 % quantiles. */
function spreadAt(
  { model, classes }: Classifier,
  rest: Float64Array,
  added: readonly number[],
): Pick<PartialPoint, "mean" | "low" | "high"> {
  const k = classes.length;
  const P = calibratedLogits(
    model,
    rest.map((z, at) => z + added[at % added.length]),
  );
  const n = P.length / k;
  sharedKernels().softmax(P, n, k, 1, P);
  const columns = classes.map((_, c) => Float64Array.from({ length: n }, (_, i) => P[i * k + c]));
  const sorted = columns.map((own) => own.slice().sort());
  return {
    mean: columns.map((own) => own.reduce((a, b) => a + b, 0) / n),
    low: sorted.map((own) => quantile(own, 0.05)),
    high: sorted.map((own) => quantile(own, 0.95)),
  };
}
