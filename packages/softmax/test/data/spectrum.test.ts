import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTable } from "../../src/data/read.ts";
import { names, texts } from "./tables.ts";

const folder = dirname(createRequire(import.meta.url).resolve("csv-spectrum"));
/** The suite's JSON for location_coordinates.csv tells of another row than the CSV. */
const cases = readdirSync(join(folder, "csvs"))
  .map((file) => file.replace(/\.csv$/, ""))
  .filter((name) => name !== "location_coordinates");

describe("csv-spectrum", () => {
  it.each(cases)("%s reads as its JSON says", async (name) => {
    const { table } = await readTable(join(folder, "csvs", `${name}.csv`), { header: "yes" });
    const expected = JSON.parse(readFileSync(join(folder, "json", `${name}.json`), "utf8"));
    const header = names(table);
    const rows = texts(table).map((row) =>
      Object.fromEntries(row.map((text, j) => [header[j], text])),
    );
    expect(rows).toEqual(expected);
  });
});
