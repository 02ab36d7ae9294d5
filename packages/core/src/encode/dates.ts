import { cosTurns, sinTurns } from "../base/math.ts";
import type { Floats } from "../base/matrix.ts";
import type { TableColumn, TypedCell } from "../base/table.ts";
import type { Reading } from "./cells.ts";
import * as numeric from "./numeric.ts";

/**
 * A column of dates or times, as days since 1970-01-01 (UTC): a numeric column, and for each cycle of p days that the
 * training rows show the pair sin 2πt/p, cos 2πt/p. A missing date stands at the centre of every circle.
 */
export interface DateEncoder {
  readonly kind: "date";
  readonly name: string;
  readonly days: numeric.NumericEncoder;
  readonly cycles: readonly Cycle[];
}

export const CYCLES = ["year", "week", "day"] as const;
export type Cycle = (typeof CYCLES)[number];

const DAYS_OF: Readonly<Record<Cycle, number>> = { year: 365.2425, week: 7, day: 1 };
const MS_OF_DAY = 86_400_000;

const DATE =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?\s*(Z|[+-]\d{2}:?\d{2})?)?$/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?$/;

/**
 * Days since 1970-01-01 of a date, date and time (ISO 8601 or with slashes, year first; UTC unless an offset is
 * written), or of a time alone its part of the day; NaN for other texts and impossible dates.
 */
export function parseDays(text: string): number {
  const time = TIME.exec(text);
  if (time !== null) return partOfDay(time[1], time[2], time[3]);
  const date = DATE.exec(text);
  if (date === null) return Number.NaN;
  const [, year, month, day, hour = "0", minute = "0", second = "0", offset = "Z"] = date;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const back = new Date(ms);
  const real = back.getUTCMonth() === Number(month) - 1 && back.getUTCDate() === Number(day);
  if (!real || Number(year) < 1000) return Number.NaN;
  return ms / MS_OF_DAY + partOfDay(hour, minute, second) - offsetDays(offset);
}

function partOfDay(hour: string, minute: string, second = "0"): number {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  return h > 24 || m > 59 || s >= 61 ? Number.NaN : (h * 3600 + m * 60 + s) / 86_400;
}

function offsetDays(offset: string): number {
  if (offset === "Z") return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2));
  return (offset.startsWith("-") ? -minutes : minutes) / 1440;
}

/** The text of a day or moment, to the second; of a part of the first day, as times alone are kept, "10:30". */
export function daysText(days: number, timesOnly: boolean): string {
  const text = new Date(Math.round(days * 86_400) * 1000).toISOString();
  return timesOnly
    ? text.slice(11, 19).replace(/:00$/, "")
    : text.slice(0, 19).replace(/T00:00:00$/, "");
}

/** The days of `rows` in their order, NaN where there is no date. */
export function readDays(column: TableColumn, reading: Reading, rows: Int32Array): Float64Array {
  if (column.kind === "number") return new Float64Array(rows.length).fill(Number.NaN);
  const { codes, dictionary } = column;
  const known = new Float64Array(dictionary.length).fill(Number.POSITIVE_INFINITY);
  return Float64Array.from(rows, (row) => {
    const entry = codes[row];
    if (entry < 0) return Number.NaN;
    if (known[entry] === Number.POSITIVE_INFINITY) {
      known[entry] = cellDays(dictionary[entry], reading);
    }
    return known[entry];
  });
}

/** The days of a cell alone; NaN where it is no date. */
export function cellDays(cell: TypedCell, { missing }: Reading): number {
  if (typeof cell !== "string") return Number.NaN;
  const text = cell.trim();
  return missing.has(text) ? Number.NaN : parseDays(text);
}

export function fitDate(name: string, days: Float64Array, curves: boolean): DateEncoder {
  const present = days.filter((t) => !Number.isNaN(t)).sort();
  const span = present[present.length - 1] - present[0];
  const hours = present.some((t) => t % 1 !== present[0] % 1);
  const cycles = CYCLES.filter((cycle) => (cycle === "day" ? hours : span >= 2 * DAYS_OF[cycle]));
  return { kind: "date", name, days: numeric.fitNumeric(name, days, curves), cycles };
}

export const denseWidth = ({ days, cycles }: DateEncoder): number =>
  numeric.denseWidth(days) + 2 * cycles.length;

/** Writes the dense columns of one date: those of the number of days, then sin and cos of each cycle. */
export function writeDense(encoder: DateEncoder, t: number, out: Floats, at: number): void {
  numeric.writeDense(encoder.days, t, out, at);
  let next = at + numeric.denseWidth(encoder.days);
  for (const cycle of encoder.cycles) {
    const [sine, cosine] = cyclePair(cycle, t);
    out[next++] = sine;
    out[next++] = cosine;
  }
}

/** sin and cos of a cycle on day t; 0 and 0 where the date is missing. */
export function cyclePair(cycle: Cycle, t: number): readonly [sine: number, cosine: number] {
  if (Number.isNaN(t)) return [0, 0];
  const turns = t / DAYS_OF[cycle];
  return [sinTurns(turns), cosTurns(turns)];
}
