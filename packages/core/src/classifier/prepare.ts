import { dataError } from "../base/checks.ts";
import type { Row, Table } from "../base/table.ts";
import { type Wish, wishOf } from "../decide/options.ts";
import { readingOf, readNumbers } from "../encode/cells.ts";
import { readDays } from "../encode/dates.ts";
import type { ColumnReport } from "../encode/describe.ts";
import { candidateShapes, LINES } from "../encode/encoder.ts";
import { imageShapes, imagesByName } from "../encode/image/fit.ts";
import type { ImageChoice } from "../encode/image/options.ts";
import { classNamed } from "../encode/labels.ts";
import { groupsOf, weightsOf } from "../encode/roles.ts";
import { asTable } from "../encode/rows.ts";
import { columnsByName, namedColumn, type Schema } from "../encode/schema.ts";
import { readTexts } from "../encode/text/rows.ts";
import { type TextChoice, textShapes } from "../encode/text/shapes.ts";
import type { TextShape } from "../encode/text/text.ts";
import { type Understanding, type UnderstandOptions, understand } from "../encode/understand.ts";
import { type Plan, planFolds } from "./folds.ts";
import { type TriedShape, withHidden } from "./hidden-bench.ts";
import type { TrainOptions } from "./options.ts";
import { askedShifts, focalGammaOf } from "./prior-options.ts";
import type { RowLedger } from "./report.ts";
import { checkVersions, versionsRemark } from "./versions.ts";

/** A table understood, its labels read and its rows laid out: all that training needs besides the encoding. */
export interface Prepared {
  readonly table: Table;
  readonly schema: Schema;
  readonly columns: readonly ColumnReport[];
  readonly remarks: readonly string[];
  readonly ledger: RowLedger;
  readonly shapes: readonly TriedShape[];
  /** Rows of the table that have a label, in file order. */
  readonly used: Int32Array;
  readonly plan: Plan;
  /** By position in the Matrix: row of the table, class, row weight, group. */
  readonly order: Int32Array;
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  readonly group: Int32Array | null;
  readonly k: number;
  /** Weighted number of rows of each class. */
  readonly shares: Float64Array;
  readonly classWeights: Float64Array | null;
  /** Whether logits are away from the class shares: a temperature then has shifts beside it. */
  readonly shifted: boolean;
  /** What leads to the prior that was asked for; null for the training's. */
  readonly priorShifts: Float64Array | null;
  /** The class that two-class metrics are about; −1 for other numbers of classes. */
  readonly positive: number;
  /** How labels are to be decided on, and by position the factor of each row's cost; null for 1. */
  readonly wish: Wish | null;
  readonly rowCosts: Float64Array | null;
  /** Losses of the judged rows by another way of training, where this one is to be given up if it lies far behind. */
  readonly rival?: Float64Array | null;
}

/** Of a table understood, what does not hang on which labels its rows have. */
export type LaidOut = Omit<Prepared, keyof Labelled | "schema">;

/** What hangs on them. */
type Labelled = Pick<
  Prepared,
  | "y"
  | "k"
  | "shares"
  | "classWeights"
  | "shifted"
  | "priorShifts"
  | "positive"
  | "wish"
  | "rowCosts"
  | "rival"
>;

/** Rows above which a fifth is set aside instead of five folds. */
export const HOLD_OUT_ABOVE = 50_000;

export function prepare(data: Table | readonly Row[], options: TrainOptions): Prepared {
  const table = asTable(data);
  const understood = understand(table, understandOptions(options));
  const { schema } = understood;
  const y = understood.y.filter((c) => c >= 0);
  const laid = layOut(table, understood, { y, k: schema.classes.length }, options);
  return labelled(laid, schema, y, options);
}

/** Which rows judge and which train, by `strata` of each used row, which folds are to hold alike; and how columns may enter. */
export function layOut(
  table: Table,
  { schema, columns, remarks, unlabelled, rows: used }: Omit<Understanding, "y">,
  strata: { readonly y: Int32Array; readonly k: number },
  options: Omit<TrainOptions, "target">,
): LaidOut {
  if (options.texts?.embeddings !== undefined) checkTextsAlone(schema);
  const own = {
    s: weightsOf(table, schema, options.weight, used),
    group: groupsOf(table, schema, options.group, used),
    time: timesOf(table, schema, options.time, used),
  };
  const plan = planFolds({
    ...strata,
    ...own,
    seed: options.seed ?? 1,
    folds: options.folds ?? 5,
    holdOutAbove: HOLD_OUT_ABOVE,
  });
  const rejected = options.rejected ?? 0;
  const shapes = shapesOf(table, schema, used, options);
  checkVersions(shapes, schema, options.images, used.length);
  const versions = versionsRemark(shapes, options.images);
  return {
    table,
    columns,
    remarks: [
      ...remarks,
      ...idleRemarks(schema, "text", options.texts),
      ...idleRemarks(schema, "image", options.images),
      ...(versions === null ? [] : [versions]),
    ],
    ledger: {
      read: table.rows + rejected,
      used: used.length,
      rejected,
      unlabelled,
    },
    shapes,
    used,
    plan,
    order: plan.order.map((i) => used[i]),
    s: own.s === null ? null : Float64Array.from(plan.order, (i) => own.s![i]),
    group: own.group === null ? null : plan.order.map((i) => own.group![i]),
  };
}

/** The ways of encoding that are tried. */
function shapesOf(
  table: Table,
  schema: Schema,
  used: Int32Array,
  options: Omit<TrainOptions, "target">,
): readonly TriedShape[] {
  const { linear, texts = {}, images = {}, l1Ratio = 0 } = options;
  const cells = linear === true ? [LINES] : candidateShapes(table, schema, used);
  const ways = textShapes(texts, l1Ratio === 0, lengthOfTexts(table, schema, used));
  const all = withImages(withTexts(cells, schema, ways), table, schema, used, images);
  return withHidden(all, schema, options);
}

/** The rows laid out, with the classes `own` of the used rows. */
export function labelled(
  laid: LaidOut,
  schema: Schema,
  own: Int32Array,
  options: Omit<TrainOptions, "target">,
): Prepared {
  const { plan, table, used, s } = laid;
  const k = schema.classes.length;
  const y = plan.order.map((i) => own[i]);
  const shares = sharesOf(own, k, byUsedRow(plan, s));
  checkShares(schema.classes, shares);
  const positive = positiveOf(options.positive, schema.classes, shares);
  const { decide } = options;
  const rowCosts = weightsOf(table, schema, decide?.costColumn, used, "decide.costColumn");
  return {
    ...laid,
    schema,
    y,
    k,
    shares,
    classWeights: classWeightsOf(options.classWeights, schema.classes, shares),
    shifted: options.classWeights !== undefined || focalGammaOf(options) !== null,
    priorShifts: askedShifts(options, schema.classes, shares),
    positive,
    wish: decide === undefined ? null : wishOf(decide, schema.classes, positive),
    rowCosts: rowCosts && Float64Array.from(plan.order, (i) => rowCosts[i]),
  };
}

/** Row weights by used row, of those by position. */
function byUsedRow({ order }: Plan, s: Float64Array | null): Float64Array | null {
  if (s === null) return null;
  const weights = new Float64Array(s.length);
  order.forEach((row, at) => {
    weights[row] = s[at];
  });
  return weights;
}

function sharesOf(own: Int32Array, k: number, s: Float64Array | null): Float64Array {
  const shares = new Float64Array(k);
  own.forEach((c, i) => {
    shares[c] += s === null ? 1 : s[i];
  });
  return shares;
}

/** That a choice of how to take texts or images came to nothing. */
function idleRemarks(
  { columns }: Schema,
  kind: "text" | "image",
  choice: TextChoice | ImageChoice | undefined,
): string[] {
  if (choice === undefined || columns.some((column) => column.kind === kind)) return [];
  const remedy = kind === "text" ? ': name one in the option "text"' : "";
  return [`no column is read as ${kind}s, so what was said of ${kind}s is of no effect${remedy}`];
}

/** Characters (UTF-16 units) of the used rows' texts. */
function lengthOfTexts(table: Table, { columns }: Schema, used: Int32Array): number {
  const byName = columnsByName(table);
  let length = 0;
  for (const { name, kind } of columns) {
    if (kind !== "text") continue;
    for (const text of readTexts(byName.get(name)!, used)) length += text?.length ?? 0;
  }
  return length;
}

/** Each way of taking numeric columns with each way of taking texts, where there are any. */
function withTexts(
  shapes: readonly TriedShape[],
  { columns }: Schema,
  texts: readonly TextShape[],
): readonly TriedShape[] {
  if (!columns.some(({ kind }) => kind === "text")) return shapes;
  const onlyTexts = columns.every(({ kind }) => kind === "text");
  return shapes.flatMap((shape) =>
    texts.map((text) => ({
      ...shape,
      name: onlyTexts ? text.name : `${text.name}; ${shape.name}`,
      text,
    })),
  );
}

/** Each of these ways with each way of taking images, where there are any. */
function withImages(
  shapes: readonly TriedShape[],
  table: Table,
  { columns }: Schema,
  used: Int32Array,
  choice: ImageChoice,
): readonly TriedShape[] {
  const byName = imagesByName(table);
  const named = columns.filter(({ kind }) => kind === "image");
  if (named.length === 0) return shapes;
  const images = named.map(({ name }) => byName.get(name)!);
  const isAlone = named.length === columns.length;
  return imageShapes(images, used, choice).flatMap((image) =>
    shapes.map((shape) => ({
      ...shape,
      name: isAlone ? image.name : `${image.name}; ${shape.name}`,
      image,
    })),
  );
}

/** Embeddings are of terms of texts. */
function checkTextsAlone({ columns }: Schema): void {
  const other = columns.find(({ kind }) => kind !== "text");
  if (other === undefined) return;
  throw dataError(
    `"texts.embeddings" expected columns of texts alone, but "${other.name}" is read as ${other.kind}; list it in "ignore", or in "text" to read it as texts`,
  );
}

/** Weights and groups say how to count rows, not what they are: they are no inputs. */
function understandOptions({ target, ...options }: TrainOptions): UnderstandOptions {
  return { target, ...inputOptions(options) };
}

/** The same without the target. */
export function inputOptions(
  options: Omit<TrainOptions, "target">,
): Omit<UnderstandOptions, "target"> {
  const { numeric, categorical, text, ignore, missing, weight, group, decide } = options;
  return {
    setAside: [weight, group, decide?.costColumn].filter((name) => name !== undefined),
    ...(numeric === undefined ? {} : { numeric }),
    ...(categorical === undefined ? {} : { categorical }),
    ...(text === undefined ? {} : { text }),
    ...(ignore === undefined ? {} : { ignore }),
    ...(missing === undefined ? {} : { missing }),
  };
}

function checkShares(classes: readonly string[], shares: Float64Array): void {
  const empty = shares.indexOf(0);
  if (empty < 0) return;
  throw dataError(
    `every row of class "${classes[empty]}" has weight 0: nothing can be learned of it; leave its rows out`,
  );
}

function timesOf(
  table: Table,
  { missing }: Schema,
  name: string | undefined,
  used: Int32Array,
): Float64Array | null {
  if (name === undefined) return null;
  const column = namedColumn(table, "time", name);
  const reading = readingOf(table, missing);
  const numbers = readNumbers(column, reading, used);
  const times = numbers.some((t) => !Number.isNaN(t)) ? numbers : readDays(column, reading, used);
  const bad = times.findIndex((t) => Number.isNaN(t));
  if (bad >= 0) {
    throw dataError(`time column "${column.name}" has no number or date in row ${used[bad] + 1}`);
  }
  return times;
}

/** With weights of rows at their bounds, sums and squares stay within float64. */
const LEAST_CLASS_WEIGHT = 1e-30;

function classWeightsOf(
  given: TrainOptions["classWeights"],
  classes: readonly string[],
  shares: Float64Array,
): Float64Array | null {
  if (given === undefined) return null;
  if (given === "balanced") {
    const total = shares.reduce((a, b) => a + b, 0);
    return shares.map((share) => total / (classes.length * share));
  }
  const weights = new Float64Array(classes.length).fill(1);
  for (const [label, weight] of given) {
    weights[classNamed("classWeights", label, classes)] = weight;
    if (!(weight >= LEAST_CLASS_WEIGHT && weight <= 1 / LEAST_CLASS_WEIGHT)) {
      throw new RangeError(
        `"classWeights" expected a weight from 1e-30 to 1e30 for "${label}", got ${weight}`,
      );
    }
  }
  return weights;
}

function positiveOf(
  given: string | undefined,
  classes: readonly string[],
  shares: Float64Array,
): number {
  if (given === undefined) return classes.length > 2 ? -1 : shares[0] < shares[1] ? 0 : 1;
  const positive = classNamed("positive", given, classes);
  if (classes.length === 2) return positive;
  throw dataError(`"positive" is for two classes, and the target holds ${classes.length}`);
}
