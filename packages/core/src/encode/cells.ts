import type { Table, TableColumn, TextColumn, TypedCell } from "../base/table.ts";

/**
 * What a cell means: a missing value, a number, or a level's canonical text.
 *
 * The work is done once for each distinct text of a column, not once a row.
 */
export interface Reading {
  /** Texts that mean missing, trimmed, and their canonical texts; the empty text always does. */
  readonly missing: ReadonlySet<string>;
  /** Numbers that mean missing, such as −999. */
  readonly missingNumbers: ReadonlySet<number>;
  readonly decimal: "." | ",";
}

/** Texts that mean missing unless the caller names others. */
export const MISSING_TEXTS: readonly string[] = [
  "?",
  "NA",
  "N/A",
  "n/a",
  "#N/A",
  "<NA>",
  "NaN",
  "nan",
  "NULL",
  "null",
  "None",
];

export function readingOf(table: Table, missing: readonly string[]): Reading {
  const tokens = missing.map((text) => text.trim());
  const numbers = tokens.map((text) => parseNumber(text)).filter((v) => !Number.isNaN(v));
  return {
    missing: new Set([...tokens, ...tokens.map((text) => canonicalText(text))]),
    missingNumbers: new Set(numbers),
    decimal: table.decimal,
  };
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const PLAIN = /^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)$/;
const BOOLEAN = /^(?:true|false)$/i;
/** Decimal digits that every float64 keeps. */
const SAFE_DIGITS = 15;

/** The number that a trimmed text writes, NaN where it writes none: no hexadecimal, no separators of thousands. */
export function parseNumber(text: string, decimal: "." | "," = "."): number {
  const point = decimal === "." ? text : withPoint(text);
  if (!NUMBER.test(point)) return Number.NaN;
  return usable(Number(point));
}

/** Beyond ±1e300 differences overflow: such a number counts as missing, and −0 is 0. */
const usable = (value: number): number => (Math.abs(value) <= 1e300 ? value + 0 : Number.NaN);

/** A text with a decimal comma as one with a point; one that has a point already is no number. */
const withPoint = (text: string): string => (text.includes(".") ? "" : text.replace(",", "."));

/**
 * The level that a trimmed text means. A plain decimal number without leading zeros and of at most 15 significant
 * digits is the number, written as JavaScript writes it: "3", "3.0" and 3 are one level; "True" is true. All else is the
 * text itself: "007" and long identifiers keep every character.
 */
export function canonicalText(text: string, decimal: "." | "," = "."): string {
  const first = text.charCodeAt(0);
  if (first > 57 || first < 44) return BOOLEAN.test(text) ? text.toLowerCase() : text;
  const point = decimal === "." ? text : withPoint(text);
  if (!PLAIN.test(point) || significantDigits(point) > SAFE_DIGITS) return text;
  return String(Number(point));
}

function significantDigits(plain: string): number {
  const [whole, fraction = ""] = plain.replace("-", "").split(".");
  return (whole + fraction.replace(/0+$/, "")).replace(/^0+/, "").length;
}

const CODE = /^[+-]?(?:0\d+|\d{16,})$/;

/** Whether a trimmed text is an integer with leading zeros or more than 15 digits: a code, whatever it looks like. */
export const isCode = (text: string): boolean => CODE.test(text);

/** The number that a cell's text is as good as; NaN where it is none, or a code. */
export function plainNumber(text: string, decimal: "." | ","): number {
  const trimmed = text.trim();
  return isCode(trimmed) ? Number.NaN : parseNumber(trimmed, decimal);
}

/** Whether a cell's text means a missing value. */
export const meansMissing = (
  text: string,
  missing: readonly string[],
  decimal: "." | ",",
): boolean =>
  meaningOf(text.trim(), readingOf({ rows: 0, columns: [], decimal }, missing)) === null;

interface Entries {
  readonly reading: Reading;
  texts: readonly (string | null)[] | null;
  numbers: Float64Array | null;
}

/** What the texts of a dictionary mean, kept as long as it lives: columns cut into blocks share theirs. */
const known = new WeakMap<readonly string[], Entries>();

function entriesOf({ dictionary }: TextColumn, reading: Reading): Entries {
  const entries = known.get(dictionary);
  if (entries !== undefined && sameReading(entries.reading, reading)) return entries;
  const fresh = { reading, texts: null, numbers: null };
  known.set(dictionary, fresh);
  return fresh;
}

const sameReading = (a: Reading, b: Reading): boolean =>
  a.decimal === b.decimal &&
  a.missing.size === b.missing.size &&
  [...a.missing].every((text) => b.missing.has(text));

/** The canonical text of each dictionary entry, null for those that mean missing. */
export function entryTexts(column: TextColumn, reading: Reading): readonly (string | null)[] {
  const entries = entriesOf(column, reading);
  entries.texts ??= column.dictionary.map((entry) => meaningOf(entry.trim(), reading));
  return entries.texts;
}

/** The canonical text that a trimmed text means, null for missing. */
export function meaningOf(text: string, { missing, decimal }: Reading): string | null {
  if (text === "" || missing.has(text)) return null;
  const canonical = canonicalText(text, decimal);
  return missing.has(canonical) ? null : canonical;
}

/** The number of each dictionary entry, NaN for those that mean missing or are none. */
export function entryNumbers(column: TextColumn, reading: Reading): Float64Array {
  const entries = entriesOf(column, reading);
  entries.numbers ??= Float64Array.from(column.dictionary, (entry) => textNumber(entry, reading));
  return entries.numbers;
}

function textNumber(entry: string, reading: Reading): number {
  const text = entry.trim();
  return reading.missing.has(text)
    ? Number.NaN
    : meant(parseNumber(text, reading.decimal), reading);
}

/** The number of a cell alone; NaN where it is missing or no number. */
export function cellNumber(cell: TypedCell, reading: Reading): number {
  if (typeof cell === "number") return meant(cell, reading);
  return cell === null ? Number.NaN : textNumber(cell, reading);
}

/** The canonical text of a cell alone, null where it is missing. */
export function cellText(cell: TypedCell, reading: Reading): string | null {
  if (typeof cell === "number") return numberText(cell, reading);
  return cell === null ? null : meaningOf(cell.trim(), reading);
}

/** The number itself, NaN where it means missing or is out of range. */
const meant = (value: number, { missingNumbers }: Reading): number =>
  missingNumbers.size > 0 && missingNumbers.has(value) ? Number.NaN : usable(value);

/** The numbers of `rows` in their order; NaN where a cell is missing or no number. */
export function readNumbers(column: TableColumn, reading: Reading, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length);
  if (column.kind === "number") {
    const { values } = column;
    for (let i = 0; i < rows.length; i++) out[i] = meant(values[rows[i]], reading);
    return out;
  }
  const { codes } = column;
  const numbers = entryNumbers(column, reading);
  for (let i = 0; i < rows.length; i++) {
    const code = codes[rows[i]];
    out[i] = code < 0 ? Number.NaN : numbers[code];
  }
  return out;
}

/** `codeOf` the canonical text (null: missing) of each of `rows`: −1 or more, asked in the order of the rows. */
export function readCodes(
  column: TableColumn,
  reading: Reading,
  rows: Int32Array,
  codeOf: (text: string | null) => number,
): Int32Array {
  const out = new Int32Array(rows.length);
  if (column.kind === "number") {
    const { values } = column;
    const asked = new Map<number, number>();
    for (let i = 0; i < rows.length; i++) {
      const value = values[rows[i]];
      let code = asked.get(value);
      if (code === undefined) {
        code = codeOf(numberText(value, reading));
        asked.set(value, code);
      }
      out[i] = code;
    }
    return out;
  }
  const { codes } = column;
  const texts = entryTexts(column, reading);
  const asked = new Int32Array(texts.length + 1).fill(UNASKED);
  for (let i = 0; i < rows.length; i++) {
    const entry: number = codes[rows[i]];
    const at = entry < 0 ? texts.length : entry;
    if (asked[at] === UNASKED) asked[at] = codeOf(entry < 0 ? null : texts[entry]);
    out[i] = asked[at];
  }
  return out;
}

/** No code: codes are −1 or more. */
const UNASKED = -2;

/** The canonical text of a number, null where it means missing. */
export function numberText(value: number, reading: Reading): string | null {
  if (!Number.isFinite(value) || reading.missingNumbers.has(value)) return null;
  const text = String(value);
  return reading.missing.has(text) ? null : text;
}

/** All rows of a table, in order. */
export const everyRow = (rows: number): Int32Array =>
  Int32Array.from({ length: rows }, (_, i) => i);
