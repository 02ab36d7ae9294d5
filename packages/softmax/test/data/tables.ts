import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Table, TableColumn } from "@softmax/core";
import { afterAll } from "vitest";
import { cellText, textBuilder } from "../../src/data/columns.ts";
import { readTable } from "../../src/data/read.ts";
import type { ReadOptions, TableSource } from "../../src/data/source.ts";

export const shape = (table: Table): [number, number] => [table.rows, table.columns.length];

export const cell = (table: Table, row: number, column: number): string | null =>
  cellText(table.columns[column], row);

export const names = (table: Table): string[] => table.columns.map((column) => column.name);

/** The rows of a table as texts. */
export const texts = (table: Table): (string | null)[][] =>
  Array.from({ length: table.rows }, (_, i) => table.columns.map((column) => cellText(column, i)));

/** A table of texts from its rows. */
export function textTable(header: readonly string[], rows: readonly (string | null)[][]): Table {
  const columns: TableColumn[] = header.map((name, j) => {
    const builder = textBuilder();
    for (const row of rows) builder.add(row[j]);
    return builder.finish(name);
  });
  return { rows: rows.length, columns, decimal: "." };
}

export const readText = (text: string, options: ReadOptions = {}): Promise<TableSource> =>
  readBytes(Buffer.from(text, "utf8"), options);

export const readBytes = (
  bytes: Uint8Array,
  options: ReadOptions = {},
  name = "t.csv",
): Promise<TableSource> => readTable({ bytes, name }, options);

/** A folder for the files of one test file; it goes when they are done. */
export function temporaryFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), "softmax-test-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  return (name) => join(folder, name);
}
