import type { TableColumn, TextColumn } from "../base/table.ts";
import { truth } from "./boolean.ts";
import { entryNumbers, entryTexts, isCode, meaningOf, type Reading, readNumbers } from "./cells.ts";
import { parseDays } from "./dates.ts";
import { distinctOf, sortedNumbers } from "./numeric.ts";

/** Counts over all labelled rows of a column, from which its kind is decided. */
export interface Profile {
  readonly name: string;
  readonly rows: number;
  readonly missing: number;
  /** Canonical texts with their rows, in order of appearance; null where there are more than MOST_TEXTS numbers. */
  readonly texts: ReadonlyMap<string, number> | null;
  /** Distinct values: canonical texts, or numbers. */
  readonly distinct: number;
  /** Rows that hold a number, and those values ascending. */
  readonly numbers: Float64Array;
  /** Rows with integers written with leading zeros or more than 15 digits: codes, whatever they look like. */
  readonly codes: number;
  /** Rows with a date or time. */
  readonly dates: number;
  /** Rows with a word that means true or false. */
  readonly truths: number;
  /** Mean number of words of a present text. */
  readonly words: number;
  /** The first texts that are no number, with their first row in the table from 1. */
  readonly strays: readonly Stray[];
}

/** A text where a number was expected. */
export interface Stray {
  readonly text: string;
  /** The first row that holds it, from 1. */
  readonly row: number;
}

/** Distinct numbers that are written out as texts at most. */
const MOST_TEXTS = 128;

export function profileOf(column: TableColumn, reading: Reading, rows: Int32Array): Profile {
  const numbers = sortedNumbers(readNumbers(column, reading, rows));
  const ofNumbers = numberProfile(column.name, numbers, rows.length);
  return column.kind === "number" ? ofNumbers : textProfile(column, reading, rows, ofNumbers);
}

/** As if all cells were these numbers or missing. */
function numberProfile(name: string, numbers: Float64Array, rows: number): Profile {
  const distinct = distinctOf(numbers);
  const texts = distinct.length > MOST_TEXTS ? null : new Map<string, number>();
  let at = 0;
  for (const v of texts === null ? [] : distinct) {
    const first = at;
    while (at < numbers.length && numbers[at] === v) at++;
    texts!.set(String(v), at - first);
  }
  return {
    name,
    rows,
    missing: rows - numbers.length,
    texts,
    distinct: distinct.length,
    numbers,
    codes: 0,
    dates: 0,
    truths: (texts?.get("0") ?? 0) + (texts?.get("1") ?? 0),
    words: 1,
    strays: [],
  };
}

function textProfile(
  column: TextColumn,
  reading: Reading,
  rows: Int32Array,
  ofNumbers: Profile,
): Profile {
  const { name, dictionary, codes: cells } = column;
  const counts = new Int32Array(dictionary.length);
  for (const row of rows) if (cells[row] >= 0) counts[cells[row]]++;
  const values = entryNumbers(column, reading);
  let codes = 0;
  for (let entry = 0; entry < counts.length; entry++) {
    const isInteger = counts[entry] > 0 && Number.isInteger(values[entry]);
    if (isInteger && isCode(dictionary[entry].trim())) codes += counts[entry];
  }
  if (ofNumbers.texts === null && codes === 0 && isOnlyNumbers(column, reading, counts, values)) {
    return ofNumbers;
  }
  const canonical = entryTexts(column, reading);
  const texts = new Map<string, number>();
  let [present, dates, truths, words] = [0, 0, 0, 0];
  const strays: Stray[] = [];
  counts.forEach((count, entry) => {
    const text = canonical[entry];
    if (count === 0 || text === null) return;
    present += count;
    texts.set(text, (texts.get(text) ?? 0) + count);
    if (truth(text) >= 0) truths += count;
    if (!Number.isNaN(values[entry])) return;
    if (strays.length < 3) {
      strays.push({ text: dictionary[entry].trim(), row: cells.indexOf(entry) + 1 });
    }
    words += count * (text.split(/\s+/u).length - 1);
    if (!Number.isNaN(parseDays(text))) dates += count;
  });
  return {
    name,
    rows: rows.length,
    missing: rows.length - present,
    texts,
    distinct: texts.size,
    numbers: ofNumbers.numbers,
    codes,
    dates,
    truths,
    words: present === 0 ? 0 : 1 + words / present,
    strays,
  };
}

/** Whether every text present is a number or means missing. */
function isOnlyNumbers(
  { dictionary }: TextColumn,
  reading: Reading,
  counts: Int32Array,
  values: Float64Array,
): boolean {
  return counts.every(
    (count, entry) =>
      count === 0 ||
      !Number.isNaN(values[entry]) ||
      meaningOf(dictionary[entry].trim(), reading) === null,
  );
}
