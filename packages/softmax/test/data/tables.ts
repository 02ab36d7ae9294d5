import type { Table } from "@softmax/core";
import { cellText } from "../../src/data/columns.ts";
import { readTable } from "../../src/data/read.ts";
import type { ReadOptions } from "../../src/data/source.ts";

export const shape = (table: Table): [number, number] => [table.rows, table.columns.length];

export const cell = (table: Table, row: number, column: number): string | null =>
  cellText(table.columns[column], row);

export const names = (table: Table): string[] => table.columns.map((column) => column.name);

/** The rows of a table as texts. */
export const texts = (table: Table): (string | null)[][] =>
  Array.from({ length: table.rows }, (_, i) => table.columns.map((column) => cellText(column, i)));

export const readText = (text: string, options: ReadOptions = {}) =>
  readTable({ bytes: Buffer.from(text, "utf8"), name: "t.csv" }, options);
