import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TableColumn } from "@softmax/core";
import { describe, expect, it } from "vitest";
import { readTable } from "../src/data/read.ts";

const folder = fileURLToPath(new URL("../data/", import.meta.url));
const readme = readFileSync(`${folder}README.md`, "utf8");

/** Number of rows by text of a column, "" for an empty cell, in order of appearance. */
function counts(column: TableColumn): Record<string, number> {
  if (column.kind !== "text") throw new Error(`${column.name} was not read as text`);
  const found = new Map<string, number>();
  for (const code of column.codes) {
    const text = code < 0 ? "" : column.dictionary[code]!;
    found.set(text, (found.get(text) ?? 0) + 1);
  }
  return Object.fromEntries(found);
}

const ten = Object.fromEntries(
  [178, 182, 177, 183, 181, 182, 181, 179, 174, 180].map((rows, digit) => [digit, rows]),
);

describe("the bundled tables", () => {
  it.each([
    ["iris.csv", 150, 5, 0, "species", { setosa: 50, versicolor: 50, virginica: 50 }],
    ["penguins.csv", 344, 7, 19, "species", { Adelie: 152, Chinstrap: 68, Gentoo: 124 }],
    ["digits.csv.gz", 1797, 65, 0, "digit", ten],
    ["titanic.csv", 1309, 8, 266, "survived", { yes: 500, no: 809 }],
    ["anes96.csv", 944, 10, 0, "PID", { 0: 200, 1: 180, 2: 108, 3: 37, 4: 94, 5: 150, 6: 175 }],
  ])(
    "%s has %i rows, %i columns, %i empty cells and the classes it should",
    async (name, rows, width, empty, target, classes) => {
      const { table } = await readTable(`${folder}${name}`);
      expect([table.rows, table.columns.length]).toEqual([rows, width]);
      const missing = table.columns.map((column) => counts(column)[""] ?? 0);
      expect(missing.reduce((sum, n) => sum + n, 0)).toBe(empty);
      expect(counts(table.columns.find((column) => column.name === target)!)).toEqual(classes);
    },
  );

  it("are all in the README, with their licences, and small", () => {
    const files = readdirSync(folder).filter((name) => name !== "README.md");
    expect(files.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
    const bytes = files.map((name) => statSync(folder + name).size);
    expect(bytes.reduce((sum, n) => sum + n, 0)).toBeLessThan(300_000);
  });
});
