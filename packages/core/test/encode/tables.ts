import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Cell, Table, TableColumn, TextColumn } from "../../src/base/table.ts";

/** A text column of these cells; null is a typed source's null. */
export function textColumn(name: string, cells: readonly (string | null)[]): TextColumn {
  const position = new Map<string, number>();
  const codes = Int32Array.from(cells, (cell) => {
    if (cell === null) return -1;
    if (!position.has(cell)) position.set(cell, position.size);
    return position.get(cell)!;
  });
  return { kind: "text", name, codes, dictionary: [...position.keys()] };
}

export const numberColumn = (name: string, cells: readonly (number | null)[]): TableColumn => ({
  kind: "number",
  name,
  values: Float64Array.from(cells, (cell) => cell ?? Number.NaN),
});

/** A table whose columns hold numbers where every cell is one, else texts. */
export function tableOf(
  columns: Readonly<Record<string, readonly Cell[]>>,
  decimal: "." | "," = ".",
): Table {
  const list = Object.entries(columns).map(([name, cells]) =>
    cells.every((cell) => typeof cell === "number" || cell === null)
      ? numberColumn(name, cells as (number | null)[])
      : textColumn(
          name,
          cells.map((cell) => (cell === null || cell === undefined ? null : String(cell))),
        ),
  );
  const rows = Object.values(columns)[0].length;
  return { rows, columns: list, decimal };
}

const shared = new URL("../../../../../shared/data/", import.meta.url);
const bundled = new URL("../../../softmax/data/", import.meta.url);

export const haveShared = existsSync(shared);

/** A file whose quotes protect nothing, as texts. Without a header the columns are column1… */
export function plainTable(
  file: string,
  { delimiter = ",", header = true, from = bundled as URL } = {},
): Table {
  const bytes = readFileSync(new URL(file, from));
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "");
  const records = lines.map((line) => line.replaceAll('"', "").split(delimiter));
  const names = header ? records.shift()! : records[0].map((_, j) => `column${j + 1}`);
  const columns = names.map((name, j) =>
    textColumn(
      name.trim(),
      records.map((record) => record[j]),
    ),
  );
  return { rows: records.length, columns, decimal: "." };
}

export const sharedTable = (
  file: string,
  options: { delimiter?: string; header?: boolean } = {},
): Table => plainTable(file, { ...options, from: shared });
