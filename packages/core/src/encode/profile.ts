import type { NumberColumn, TableColumn, TextColumn } from "../base/table.ts";
import { truth } from "./boolean.ts";
import { entryNumbers, entryTexts, type Reading, readNumbers } from "./cells.ts";
import { parseDays } from "./dates.ts";
import { distinctOf } from "./numeric.ts";

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

/** Distinct numbers of a typed column that are written out as texts at most. */
const MOST_TEXTS = 4096;
const CODE = /^[+-]?(?:0\d+|\d{16,})$/;

export function profileOf(column: TableColumn, reading: Reading, rows: Int32Array): Profile {
  return column.kind === "number"
    ? numberProfile(column, reading, rows)
    : textProfile(column, reading, rows);
}

function numberProfile(column: NumberColumn, reading: Reading, rows: Int32Array): Profile {
  const numbers = readNumbers(column, reading, rows)
    .filter((v) => !Number.isNaN(v))
    .sort();
  const distinct = distinctOf(numbers);
  const texts = distinct.length > MOST_TEXTS ? null : new Map<string, number>();
  if (texts !== null) {
    for (const v of numbers) texts.set(String(v), (texts.get(String(v)) ?? 0) + 1);
  }
  const truths = numbers.filter((v) => v === 0 || v === 1).length;
  return {
    name: column.name,
    rows: rows.length,
    missing: rows.length - numbers.length,
    texts,
    distinct: distinct.length,
    numbers,
    codes: 0,
    dates: 0,
    truths,
    words: 1,
    strays: [],
  };
}

function textProfile(column: TextColumn, reading: Reading, rows: Int32Array): Profile {
  const counts = new Int32Array(column.dictionary.length);
  for (const row of rows) if (column.codes[row] >= 0) counts[column.codes[row]]++;
  const canonical = entryTexts(column, reading);
  const values = entryNumbers(column, reading);
  const texts = new Map<string, number>();
  let [present, codes, dates, truths, words] = [0, 0, 0, 0, 0];
  const strays: number[] = [];
  counts.forEach((count, entry) => {
    const text = canonical[entry];
    if (count === 0 || text === null) return;
    present += count;
    texts.set(text, (texts.get(text) ?? 0) + count);
    if (CODE.test(text)) codes += count;
    if (truth(text) >= 0) truths += count;
    if (!Number.isNaN(values[entry])) return;
    if (strays.length < 3) strays.push(entry);
    words += count * (text.split(/\s+/u).length - 1);
    if (!Number.isNaN(parseDays(text))) dates += count;
  });
  return {
    name: column.name,
    rows: rows.length,
    missing: rows.length - present,
    texts,
    distinct: texts.size,
    numbers: readNumbers(column, reading, rows)
      .filter((v) => !Number.isNaN(v))
      .sort(),
    codes,
    dates,
    truths,
    words: present === 0 ? 0 : 1 + words / present,
    strays: strays.map((entry) => ({
      text: column.dictionary[entry].trim(),
      row: column.codes.indexOf(entry) + 1,
    })),
  };
}
