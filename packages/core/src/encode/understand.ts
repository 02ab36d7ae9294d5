import { checkKeys, counted, dataError } from "../base/checks.ts";
import type { Table, TableColumn } from "../base/table.ts";
import { byCodePoint } from "../base/text.ts";
import { MISSING_TEXTS, parseNumber, readingOf } from "./cells.ts";
import { type ColumnReport, describe, describeImages } from "./describe.ts";
import { type Decision, decide } from "./kinds.ts";
import { textsOf } from "./labels.ts";
import { isLeak } from "./leaks.ts";
import { type Profile, profileOf } from "./profile.ts";
import { type ColumnKind, type ColumnSchema, namedColumn, type Schema } from "./schema.ts";

export interface UnderstandOptions {
  /** A column name, or a number from 1, negative from the end. */
  readonly target: string | number;
  /** Columns to read as numbers, whatever they look like. */
  readonly numeric?: readonly string[];
  /** Columns to read as levels; the target here may be a number with many values. */
  readonly categorical?: readonly string[];
  /** Columns to read as texts, by their words and characters. */
  readonly text?: readonly string[];
  /** Columns to leave out. */
  readonly ignore?: readonly string[];
  /** Columns with a role of their own (weight, group, time), which are no inputs. */
  readonly setAside?: readonly string[];
  /** Texts that mean missing, besides the empty one. Default: MISSING_TEXTS. */
  readonly missing?: readonly string[];
}

export interface Understanding {
  readonly schema: Schema;
  /** Every column but the target, in the table's order. */
  readonly columns: readonly ColumnReport[];
  /** What a person should know, as sentences. */
  readonly remarks: readonly string[];
  /** Class of each row of the table, −1 for none. */
  readonly y: Int32Array;
  /** Rows with a label, ascending. */
  readonly rows: Int32Array;
  readonly unlabelled: number;
}

/**
 * What the columns of a table are, decided from counts over all rows with a label.
 *
 * Throws a SoftmaxError ("data") where a named column does not exist, two columns have one name, or the target cannot be
 * classified: fewer than two labels, nearly as many labels as rows, or a number with many values.
 */
export function understand(table: Table, options: UnderstandOptions): Understanding {
  checkKeys("understand", options, OPTIONS);
  checkNames(table);
  const missing = [...(options.missing ?? MISSING_TEXTS)];
  const target = namedColumn(table, "target", options.target);
  const asked = askedOf(table, options);
  const labels = readTarget(table, target, missing, asked.get(target.name));
  const { inputs, columns, remarks } = understandInputs(table, {
    targets: [target],
    asked,
    missing,
    rows: labels.rows,
    leaksOf: [{ name: target.name, ...labels }],
  });
  return {
    schema: { target: target.name, classes: labels.classes, missing, columns: inputs },
    columns,
    remarks,
    y: labels.y,
    rows: labels.rows,
    unlabelled: table.rows - labels.rows.length,
  };
}

interface Around {
  readonly targets: readonly TableColumn[];
  readonly asked: ReadonlyMap<string, Asked>;
  readonly missing: readonly string[];
  /** Rows with a label. */
  readonly rows: Int32Array;
  /** What no column is to give away. */
  readonly leaksOf: readonly (Target & { readonly name: string })[];
}

/** What the columns beside the targets are. */
export function understandInputs(
  table: Table,
  { targets, asked, missing, rows, leaksOf }: Around,
): {
  readonly inputs: readonly ColumnSchema[];
  readonly columns: readonly ColumnReport[];
  readonly remarks: readonly string[];
} {
  const reading = readingOf(table, missing);
  const found = table.columns
    .filter((column) => !targets.includes(column))
    .map((column) => {
      const profile = profileOf(column, reading, rows);
      const decision = decisionOf(asked.get(column.name), profile);
      return { column, remark: decision.remark, report: describe(profile, decision.kind) };
    });
  const used = found.filter(({ report }) => report.used);
  const leaks = used.flatMap(({ column, report }) => {
    if (report.kind === "text") return [];
    const given = leaksOf.find((target) => isLeak(column, report, reading, target));
    return given === undefined ? [] : [leakRemark(column.name, given.name)];
  });
  const images = (table.images ?? []).map((column) =>
    describeImages(column, rows, asked.get(column.name) === "ignored" ? "ignored" : "image"),
  );
  const reports = [...found.map(({ report }) => report), ...images];
  return {
    inputs: reports.flatMap(({ name, kind, used }) =>
      used ? [{ name, kind: kind as ColumnKind }] : [],
    ),
    columns: reports,
    remarks: [...found.flatMap(({ remark }) => remark ?? []), ...leaks],
  };
}

const OPTIONS: readonly (keyof UnderstandOptions)[] = [
  "target",
  "numeric",
  "categorical",
  "text",
  "ignore",
  "setAside",
  "missing",
];

type Asked = "numeric" | "categorical" | "text" | "ignored" | "set aside";

function decisionOf(asked: Asked | undefined, profile: Profile): Decision {
  if (asked === "ignored" || asked === "set aside") return { kind: asked, remark: null };
  return decide(profile, asked ?? null);
}

/** What the caller says of columns, by name; wrong names are errors. */
export function askedOf(
  table: Table,
  options: Omit<UnderstandOptions, "target">,
): Map<string, Asked> {
  const asked = new Map<string, Asked>();
  const lists = [
    ["numeric", "numeric"],
    ["categorical", "categorical"],
    ["text", "text"],
    ["ignore", "ignored"],
    ["setAside", "set aside"],
  ] as const;
  for (const [option, meaning] of lists) {
    for (const name of options[option] ?? []) {
      const isImage = table.images?.some((column) => column.name === name) === true;
      if (!isImage || option !== "ignore") namedColumn(table, option, name);
      asked.set(name, meaning);
    }
  }
  return asked;
}

/** Throws a SoftmaxError ("data") where two columns have one name. */
export function checkNames(table: Table): void {
  const seen = new Set<string>();
  for (const { name } of [...table.columns, ...(table.images ?? [])]) {
    if (seen.has(name)) throw dataError(`two columns are called "${name}"; rename one of them`);
    seen.add(name);
  }
}

const leakRemark = (name: string, target: string): string =>
  `"${name}" alone all but gives "${target}" away. If it is known only once the answer is, the results below are too good: leave it out with the option "ignore"`;

/** Labels, and the rows that have one. */
export interface Target {
  readonly classes: readonly string[];
  readonly y: Int32Array;
  readonly rows: Int32Array;
}

function readTarget(
  table: Table,
  column: TableColumn,
  missing: readonly string[],
  asked: Asked | undefined,
): Target {
  const { texts, codes } = textsOf(table, column, missing);
  const present = codes.filter((code) => code >= 0).length;
  const classes = [...new Set(texts)].sort(byCodePoint);
  checkTarget(column.name, classes, present, asked);
  const position = new Map(classes.map((label, c) => [label, c]));
  const classOf = Int32Array.from(texts, (text) => position.get(text)!);
  const y = codes.map((code) => (code < 0 ? -1 : classOf[code]));
  const rows = new Int32Array(present);
  let at = 0;
  for (let i = 0; i < y.length; i++) if (y[i] >= 0) rows[at++] = i;
  return { classes, y, rows };
}

/** Numbers with more values than this, or this many rows a value, look measured, not named. */
const MANY_VALUES = 50;
const MANY_FRACTIONS = 10;
const FEW_ROWS_A_VALUE = 5;

function checkTarget(
  name: string,
  classes: readonly string[],
  rows: number,
  asked: Asked | undefined,
): void {
  if (rows === 0) throw dataError(`the target "${name}" holds no label`);
  if (classes.length === 1) {
    throw dataError(
      `the target "${name}" holds one label only, "${classes[0]}": there is nothing to tell apart`,
    );
  }
  const values = classes.map((text) => parseNumber(text));
  if (asked !== "categorical" && values.every((v) => !Number.isNaN(v))) {
    const fractions = values.some((v) => !Number.isInteger(v));
    const sparse = classes.length > 20 && rows < FEW_ROWS_A_VALUE * classes.length;
    if (classes.length > (fractions ? MANY_FRACTIONS : MANY_VALUES) || sparse) {
      throw dataError(
        `the target "${name}" is a number with ${classes.length} different values: this looks like regression, which Softmax does not do; cut it into classes, or name it in the option "categorical" if the numbers are names`,
      );
    }
  }
  if (classes.length > Math.max(20, rows / 2)) {
    throw dataError(
      `the target "${name}" holds ${classes.length} different labels in ${counted(rows, "row")}: it looks like an identifier or free text`,
    );
  }
}
