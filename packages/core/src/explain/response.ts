import type { Table } from "../base/table.ts";
import * as boolean from "../encode/boolean.ts";
import * as categorical from "../encode/categorical.ts";
import { everyRow, readCodes, readingOf, readNumbers } from "../encode/cells.ts";
import * as dates from "../encode/dates.ts";
import { type ColumnEncoder, type Encoder, encode, layoutOf } from "../encode/encoder.ts";
import type { ImageEncoder } from "../encode/image/image.ts";
import * as numeric from "../encode/numeric.ts";
import { requiredColumns } from "../encode/schema.ts";
import type { TextEncoder } from "../encode/text/text.ts";
import { heap } from "../kernels/kernels.ts";
import { sharedKernels } from "../kernels/shared.ts";

/** What a cell means: a number (days since 1970 of a date, NaN where it is missing), or a level (null where it is missing). */
export type Meaning = number | string | null;

/** Columns whose cells have one meaning each: all but texts. */
export type CellColumn = Exclude<ColumnEncoder, TextEncoder | ImageEncoder>;

/** What one column adds to each logit of the model, as a function of its cell (docs/math.md §8.5). */
export interface Response {
  readonly column: CellColumn;
  readonly at: (meaning: Meaning) => number[];
  /** Of numbers and days: the line or curve alone, without indicators and cycles; of levels null. */
  readonly curve: ((x: number) => number[]) | null;
  /** Of a straight line: log-odds a unit. */
  readonly slope: readonly number[] | null;
  /** Of dates: what a cycle adds on a day. */
  readonly cycleAt: ((cycle: dates.Cycle, t: number) => number[]) | null;
}

/** What stands for a level that training never saw: no canonical text is a space. */
const UNSEEN = " ";

/** A value that a column treats on its own: a level, a frequent value of a curve, rare levels together, missing. */
export interface Level {
  /** Its text; null where `role` says what stands for it. */
  readonly level: string | null;
  readonly role: "level" | "other" | "missing";
  readonly meaning: Meaning;
}

/** In the order of the indicators, false first. */
export function levelsOf(column: CellColumn): Level[] {
  const of = (meaning: number | string): Level => ({
    level: String(meaning),
    role: "level",
    meaning,
  });
  const numbers = ({ frequent, missing }: numeric.NumericEncoder): Level[] => [
    ...Array.from(frequent, of),
    ...(missing ? [{ level: null, role: "missing", meaning: Number.NaN } as const] : []),
  ];
  if (column.kind === "numeric") return numbers(column);
  if (column.kind === "date") return numbers(column.days);
  const missing = column.missing ? [{ level: null, role: "missing", meaning: null } as const] : [];
  if (column.kind === "boolean") return [...column.words.map(of), ...missing];
  const other = column.other ? [{ level: null, role: "other", meaning: UNSEEN } as const] : [];
  return [...column.levels.map(of), ...other, ...missing];
}

const LEVELS_ONLY = { curve: null, slope: null, cycleAt: null } as const;

/** The response of column p. W: weights, (d+1)×outputs. Null where the column is one of texts or images. */
export function responseOf(
  encoder: Encoder,
  W: Float64Array,
  outputs: number,
  p: number,
): Response | null {
  const column = encoder.columns[p];
  if (column.kind === "text" || column.kind === "image") return null;
  const { places, denseWidth } = layoutOf(encoder);
  const { denseStart, codesStart } = places[p];
  const none = new Array<number>(outputs).fill(0);
  const weights = (j: number): number[] => none.map((_, c) => W[j * outputs + c]);
  const indicator = (j: number): number[] => (j < 0 ? none : weights(denseWidth + codesStart + j));
  const dense = (features: Float64Array): number[] =>
    none.map((_, c) =>
      features.reduce((sum, f, j) => sum + f * W[(denseStart + j) * outputs + c], 0),
    );
  const slope = ({ line, knots }: numeric.NumericEncoder): number[] | null =>
    knots.length > 0 ? null : weights(denseStart).map((w) => w / line[2]);
  const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((v, c) => v + b[c]);
  switch (column.kind) {
    case "numeric": {
      const curve = (x: number): number[] => dense(numeric.valueAt(column, x));
      const at = (x: Meaning): number[] =>
        plus(curve(x as number), indicator(numeric.indicatorOf(column, x as number)));
      return { column, curve, at, slope: slope(column), cycleAt: null };
    }
    case "date": {
      const curve = (t: number): number[] => dense(numeric.valueAt(column.days, t));
      const at = (t: Meaning): number[] => {
        const features = new Float64Array(dates.denseWidth(column));
        dates.writeDense(column, t as number, features, 0);
        return plus(dense(features), indicator(numeric.indicatorOf(column.days, t as number)));
      };
      const cycleAt = (cycle: dates.Cycle, t: number): number[] => {
        const features = new Float64Array(dates.denseWidth(column));
        const first = numeric.denseWidth(column.days) + 2 * column.cycles.indexOf(cycle);
        features.set(dates.cyclePair(cycle, t), first);
        return dense(features);
      };
      return { column, curve, at, cycleAt, slope: slope(column.days) };
    }
    case "categorical": {
      const indicatorOf = categorical.indicatorsOf(column);
      const at = (level: Meaning): number[] => indicator(indicatorOf(level as string | null));
      return { column, at, ...LEVELS_ONLY };
    }
    case "boolean": {
      const indicatorOf = boolean.indicatorsOf(column);
      const at = (word: Meaning): number[] => indicator(indicatorOf(word as string | null));
      return { column, at, ...LEVELS_ONLY };
    }
  }
}

/** What the cells of a column mean in `rows` of a table. */
export function readMeanings(
  { missing }: Encoder,
  column: CellColumn,
  table: Table,
  rows: Int32Array,
): Meaning[] {
  const cells = requiredColumns(table, [column]).get(column.name)!;
  const reading = readingOf(table, missing);
  if (column.kind === "numeric") return Array.from(readNumbers(cells, reading, rows));
  if (column.kind === "date") return Array.from(dates.readDays(cells, reading, rows));
  const texts: string[] = [];
  const codes = readCodes(cells, reading, rows, (text) =>
    text === null ? -1 : texts.push(text) - 1,
  );
  return Array.from(codes, (code) => (code < 0 ? null : texts[code]));
}

/** Rows encoded at a time: bounds the memory. */
const BLOCK_ROWS = 4096;

/** Logits of the model in every row of a table, n × outputs, before calibration. W: weights, (d+1)×outputs. */
export function modelLogits(
  encoder: Encoder,
  W: Float64Array,
  outputs: number,
  table: Table,
): Float64Array {
  const Z = new Float64Array(table.rows * outputs);
  const every = everyRow(table.rows);
  for (let start = 0; start < table.rows; start += BLOCK_ROWS) {
    const rows = every.subarray(start, start + BLOCK_ROWS);
    const X = encode(encoder, table, heap, "f64", rows);
    const block = Z.subarray(start * outputs, (start + rows.length) * outputs);
    sharedKernels().logits(X, { start: 0, end: rows.length }, W, outputs, block);
  }
  return Z;
}

/** What column p adds to each of them. */
export function columnLogits(
  encoder: Encoder,
  W: Float64Array,
  outputs: number,
  p: number,
  table: Table,
): Float64Array {
  const alone: Encoder = { missing: encoder.missing, columns: [encoder.columns[p]] };
  return modelLogits(alone, columnWeights(encoder, W, outputs, p), outputs, table);
}

/** The weights of column p alone, as those of a model of that column, with intercepts of 0. */
function columnWeights(
  encoder: Encoder,
  W: Float64Array,
  outputs: number,
  p: number,
): Float64Array {
  const { places, denseWidth, codesWidth } = layoutOf(encoder);
  const place = places[p];
  const parts = [
    [place.denseStart, place.denseWidth],
    [denseWidth + place.codesStart, place.codesWidth],
    [denseWidth + codesWidth + place.csrStart, place.csrWidth],
  ];
  const width = parts.reduce((sum, part) => sum + part[1], 0);
  const own = new Float64Array((width + 1) * outputs);
  let at = 0;
  for (const [first, count] of parts) {
    own.set(W.subarray(first * outputs, (first + count) * outputs), at);
    at += count * outputs;
  }
  return own;
}
