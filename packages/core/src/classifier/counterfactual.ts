import {
  checkInteger,
  checkKeys,
  checkKind,
  checkNumber,
  dataError,
  unknownName,
} from "../base/checks.ts";
import { log } from "../base/math.ts";
import type { Cell, Row, Table } from "../base/table.ts";
import { temperatureOf } from "../calibrate/calibrator.ts";
import { ARGMAX, decide } from "../decide/decision.ts";
import { everyRow } from "../encode/cells.ts";
import { checkColumns } from "../encode/columns.ts";
import { daysText } from "../encode/dates.ts";
import type { ColumnEncoder } from "../encode/encoder.ts";
import { classNamed } from "../encode/labels.ts";
import { asTable, rowsToTable } from "../encode/rows.ts";
import { requiredColumns } from "../encode/schema.ts";
import { costOf, decimalsOf, type Seen, seenByCurve } from "../explain/change.ts";
import {
  type ChangingColumn,
  type ClassGoal,
  logitGoal,
  pairGoal,
  type Reached,
  reachClass,
} from "../explain/counterfactual.ts";
import {
  type CellColumn,
  type Meaning,
  modelLogits,
  readMeanings,
  responseOf,
} from "../explain/response.ts";
import { sharedKernels } from "../kernels/shared.ts";
import { calibratedLogits } from "./logits.ts";
import type { Model } from "./model.ts";
import { outputsOf } from "./splits.ts";

export interface CounterfactualOptions {
  /** The label to reach. Default: any but the row's. */
  readonly label?: string;
  /** Probability that the label is to have at least, between 0 and 1. Default: that it is decided on. */
  readonly probability?: number;
  /** Columns that may change. Default: all but texts and images. */
  readonly change?: readonly string[];
  /** Columns that stay as they are. */
  readonly keep?: readonly string[];
  /** Columns that change at most. Default 3. */
  readonly most?: number;
  /**
   * The training rows: they say which numbers and dates training saw. Without them only the knots of curves do, and columns
   * of straight lines stay as they are.
   */
  readonly like?: Table | readonly Row[];
}

/** The smallest change of a row that gives it another label: plain data (docs/math.md §8.10). */
export interface Counterfactual {
  /** Whether there is one. If not, `changes` is empty and `after` is as before. */
  readonly reached: boolean;
  readonly before: LabelChance;
  /** The label reached, or wanted, and its probability in the changed row. */
  readonly after: LabelChance;
  readonly changes: readonly CellChange[];
  /** Σ of the changes' costs, in standard deviations of the training rows; a level costs 1. */
  readonly cost: number;
  /** Whether nothing cheaper is possible; costs are exact but for the rounding of values to few digits. */
  readonly exact: boolean;
  /** Columns that were allowed to change, but of which it is not known what training saw. */
  readonly unseen: readonly string[];
  /** The row with its changes. */
  readonly row: Row;
}

export interface CellChange {
  readonly name: string;
  readonly kind: CellColumn["kind"];
  /** As the row has it; null where it is missing. */
  readonly from: string | number | null;
  readonly to: string | number;
  readonly cost: number;
}

const KNOWN = ["label", "probability", "change", "keep", "most", "like"] as const;

interface LabelChance {
  /** Null where the row is left to a person; the probability is then that of the label it would have got. */
  readonly label: string | null;
  readonly probability: number;
}

interface Predicted {
  readonly label: string | null;
  readonly confidence: number;
  readonly probabilities: readonly { readonly label: string; readonly probability: number }[];
}

/**
 * Margins by which the logits of several classes are to win, one after another until the label is decided on: where a rule or a
 * calibrator stands between that is no matter of the largest logit, the first may not do.
 */
const MARGINS = [0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4];

/** The cheapest change of a row that reaches what the options ask for; `predict` is the Classifier's. */
export function counterfactualOf(
  model: Model,
  row: Row,
  predict: (row: Row) => Predicted,
  options: CounterfactualOptions,
): Counterfactual {
  const before = predict(row);
  const columns = changingColumns(model, row, allowedColumns(model, options), options.like);
  const direct = isDirect(model);
  let exact = true;
  for (const margin of direct ? [0] : MARGINS) {
    const goals = goalsOf(model, row, before.label, options, margin);
    const found = reachClass(columns, goals, options.most ?? 3);
    exact = direct && found.exact;
    if (found.reached === null) break;
    const holds = satisfied(model, predict, found.reached, options);
    const done = changedRow(row, columns, found.reached, holds);
    if (done === null) continue;
    const label = model.schema.classes[found.reached.target];
    const after = { label, probability: probabilityIn(predict(done.row), label) };
    const cost = done.changes.reduce((sum, change) => sum + change.cost, 0);
    return { ...sharedOf(before, exact, columns), reached: true, after, cost, ...done };
  }
  const label = options.label ?? before.label;
  const probability = label === null ? before.confidence : probabilityIn(before, label);
  const after = { label, probability };
  return { ...sharedOf(before, exact, columns), reached: false, after, changes: [], cost: 0, row };
}

const sharedOf = (before: Predicted, exact: boolean, columns: readonly ChangingColumn[]) => ({
  before: { label: before.label, probability: before.confidence },
  exact,
  unseen: columns
    .filter(({ response: { column }, seen }) => seen === null && isNumbers(column))
    .map(({ response: { column } }) => column.name),
});

/**
 * Whether what is decided follows from the logits of the model by comparing them, shifted: always with two classes, where it
 * follows from the one there is.
 */
function isDirect({ schema, calibrator, decision = ARGMAX }: Model): boolean {
  if (schema.classes.length === 2) return true;
  if (calibrator.method !== undefined || decision.abstention !== undefined) return false;
  return decision.rule !== "costs" && decision.rule !== "threshold";
}

const probabilityIn = ({ probabilities }: Predicted, label: string): number =>
  probabilities.find((one) => one.label === label)!.probability;

/** Whether a changed row is what was asked for. */
const satisfied =
  (
    { schema }: Model,
    predict: (row: Row) => Predicted,
    { target }: Reached,
    { probability }: CounterfactualOptions,
  ) =>
  (changed: Row): boolean => {
    const after = predict(changed);
    const label = schema.classes[target];
    return probability === undefined
      ? after.label === label
      : probabilityIn(after, label) >= probability;
  };

/** What has to be reached, one goal a class that will do. */
function goalsOf(
  model: Model,
  row: Row,
  before: string | null,
  { label, probability }: CounterfactualOptions,
  margin: number,
): ClassGoal[] {
  const { schema, encoder, weights, calibrator } = model;
  const { classes } = schema;
  const k = classes.length;
  const raw = modelLogits(encoder, weights, outputsOf(k), rowsToTable([row], schema));
  const targets =
    label === undefined
      ? Array.from(classes.keys()).filter((c) => classes[c] !== before)
      : [classNamed("label", label, classes)];
  if (k === 2) {
    return targets.flatMap((target) => {
      const holds = (z: number): boolean => decidesPair(model, z, target, probability);
      return pairGoal(raw[0], target, holds) ?? [];
    });
  }
  const level = probability === undefined ? null : log(probability / (1 - probability));
  const u = comparedLogits(model, raw, level === null);
  const temperature = temperatureOf(calibrator);
  return targets.map((target) => logitGoal(u, target, level, temperature, margin));
}

/** Whether a logit of two classes leads to the target, or to the probability of it. */
function decidesPair(
  model: Model,
  z: number,
  target: number,
  probability: number | undefined,
): boolean {
  const P = new Float64Array(2);
  sharedKernels().softmax(calibratedLogits(model, Float64Array.of(z)), 1, 2, 1, P);
  if (probability !== undefined) return P[target] >= probability;
  return decide(model.decision ?? ARGMAX, P, 2)[0] === target;
}

/** Of several classes: calibrated logits, less the logarithms of thresholds; of calibrators that are no temperature the model's own. */
function comparedLogits(model: Model, raw: Float64Array, decided: boolean): Float64Array {
  const { calibrator, decision } = model;
  const u = calibrator.method === undefined ? calibratedLogits(model, raw) : raw.slice();
  if (!decided || decision?.rule !== "thresholds") return u;
  return u.map((z, c) => z - log(decision.thresholds[c]));
}

export function checkCounterfactualOptions(options: CounterfactualOptions): void {
  checkKeys("counterfactual", options, KNOWN);
  const { label, probability, most } = options;
  checkKind("label", "a text", label, label === undefined || typeof label === "string");
  for (const name of ["change", "keep"] as const) {
    const list: unknown = options[name];
    const fits =
      list === undefined || (Array.isArray(list) && list.every((one) => typeof one === "string"));
    checkKind(name, "a list of column names", list, fits);
  }
  if (probability !== undefined) checkNumber("probability", probability, 1e-9, 1 - 1e-9);
  if (most !== undefined) checkInteger("most", most, 1, 100);
}

/** Columns of the encoder that the options let change, by position. */
function allowedColumns(
  { encoder }: Model,
  { change, keep = [] }: CounterfactualOptions,
): number[] {
  const names = encoder.columns.map(({ name }) => name);
  for (const [what, list] of [
    ["change", change ?? []],
    ["keep", keep],
  ] as const) {
    for (const name of list) {
      const at = names.indexOf(name);
      if (at < 0) throw dataError(unknownName(what, "a column that the model reads", name, names));
      if (what === "change" && isShapeless(encoder.columns[at])) {
        throw dataError(
          `"change" expected columns of numbers, dates or levels, and "${name}" is read as ${encoder.columns[at].kind}`,
        );
      }
    }
  }
  return Array.from(names.keys()).filter((p) => {
    const free = change === undefined || change.includes(names[p]);
    return free && !keep.includes(names[p]) && !isShapeless(encoder.columns[p]);
  });
}

/** Texts and images are no few numbers that could be others. */
const isShapeless = ({ kind }: ColumnEncoder): boolean => kind === "text" || kind === "image";

const isNumbers = ({ kind }: CellColumn): boolean => kind === "numeric" || kind === "date";

function changingColumns(
  model: Model,
  row: Row,
  allowed: readonly number[],
  like: CounterfactualOptions["like"],
): ChangingColumn[] {
  const { encoder, schema, weights } = model;
  const outputs = outputsOf(schema.classes.length);
  const table = rowsToTable([row], schema);
  requiredColumns(table, schema.columns);
  const seenRows = like === undefined ? null : asTable(like);
  if (seenRows !== null) checkColumns(seenRows, schema);
  return allowed.map((p) => {
    const response = responseOf(encoder, weights, outputs, p)!;
    const { column } = response;
    const [now] = readMeanings(encoder, column, table, everyRow(1));
    const seen = isNumbers(column) ? seenOf(model, column, seenRows) : null;
    return { response, now, seen };
  });
}

/** What training saw of a column of numbers or days; null where that is not known. */
function seenOf({ encoder }: Model, column: CellColumn, like: Table | null): Seen | null {
  if (like === null) {
    if (column.kind === "date") return seenByCurve(column.days);
    return column.kind === "numeric" ? seenByCurve(column) : null;
  }
  const meanings = readMeanings(encoder, column, like, everyRow(like.rows)) as number[];
  const values = [...new Set(meanings)].filter((value) => !Number.isNaN(value));
  if (values.length === 0) return null;
  const [low, high] = values.reduce(
    ([least, most], v) => [Math.min(least, v), Math.max(most, v)],
    [values[0], values[0]],
  );
  return { low, high, decimals: decimalsOf(values) };
}

/** The row with its changes: numbers rounded outwards to few digits where that will do. */
function changedRow(
  row: Row,
  columns: readonly ChangingColumn[],
  { changes }: Reached,
  holds: (row: Row) => boolean,
): { row: Row; changes: CellChange[] } | null {
  const chosen = changes.map(({ name, point }) => {
    return {
      changing: columns.find(({ response }) => response.column.name === name)!,
      value: point.value,
    };
  });
  for (const rounds of [true, false]) {
    const list = chosen.map(({ changing, value }): CellChange => {
      const { now } = changing;
      const { column } = changing.response;
      const to = rounds && column.kind === "numeric" ? rounded(changing, value as number) : value;
      return {
        name: column.name,
        kind: column.kind,
        from: isMissing(now) ? null : cellOf(row, column.name),
        to: shownAs(changing, to),
        cost: costOf(column, now, to),
      };
    });
    const cells = list.map(({ name, to }): [string, Cell] => [name, to]);
    const changed = Object.fromEntries([...Object.entries(row), ...cells]);
    if (holds(changed)) return { row: changed, changes: list };
  }
  return null;
}

/** Away from the cell, within what was seen. */
function rounded({ response, now, seen }: ChangingColumn, value: number): number {
  const { line } = response.column as Extract<CellColumn, { kind: "numeric" }>;
  const { low, high, decimals } = seen!;
  const size = Number(line[2].toExponential().split("e")[1]);
  const digits = Math.min(decimals ?? 12, Math.max(0, 3 - size));
  const up = value >= (Number.isNaN(now) ? line[0] : (now as number));
  const scale = Number(`1e${digits}`);
  const steps = up ? Math.ceil(value * scale - 1e-9) : Math.floor(value * scale + 1e-9);
  const near = Number(`${steps}e-${digits}`);
  return Number.isFinite(near) && near >= low && near <= high ? near : value;
}

function shownAs({ response, seen }: ChangingColumn, to: Meaning): string | number {
  if (response.column.kind !== "date") return to!;
  return daysText(to as number, seen!.low >= 0 && seen!.high <= 1);
}

const isMissing = (meaning: Meaning): boolean => meaning === null || Number.isNaN(meaning);

function cellOf(row: Row, name: string): string | number {
  const cell = row[name];
  return typeof cell === "number" || typeof cell === "string" ? cell : String(cell);
}
