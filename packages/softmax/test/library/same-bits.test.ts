import { writeFileSync } from "node:fs";
import {
  type Cell,
  type Classifier,
  type Row,
  type Table,
  train as trainOnTable,
} from "@softmax/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { openWriter, readTable, train } from "../../src/index.ts";
import { temporaryFolder } from "../data/tables.ts";

const at = temporaryFolder();
const COLUMNS = ["size", "rooms", "level", "code", "town", "open", "day"] as const;

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** A cell as a text file holds it, without its quotes. */
function written(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  return cell instanceof Date ? cell.toISOString() : String(cell);
}

function csvOf(rows: readonly Row[], names: readonly string[]): Uint8Array {
  const line = (cells: readonly string[]): string => cells.map(quoted).join(",");
  const body = rows.map((row) => line(names.map((name) => written(row[name]))));
  return Buffer.from(`${[line(names), ...body].join("\r\n")}\r\n`);
}

const jsonOf = (rows: readonly Row[]): Uint8Array =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

const CSV = { delimiter: ",", quote: '"', header: "yes", decimal: "." } as const;

const csvTable = async (rows: readonly Row[], names: readonly string[]): Promise<Table> =>
  (await readTable({ bytes: csvOf(rows, names), name: "rows.csv" }, CSV)).table;

const jsonTable = async (rows: readonly Row[]): Promise<Table> =>
  (await readTable({ bytes: jsonOf(rows), name: "rows.jsonl" })).table;

async function parquetTable(table: Table): Promise<Table> {
  const path = at("rows.parquet");
  const writer = await openWriter(path);
  await writer.write(table);
  await writer.close();
  return (await readTable(path)).table;
}

/** The bits of each row's probabilities. */
const bits = (classifier: Classifier, rows: Table | readonly Row[]): string[] =>
  classifier.probabilities(rows).map((p) => Buffer.from(p.slice().buffer).toString("hex"));

const TOWNS = [
  "Uppsala",
  "São Paulo",
  'the "Old" Town',
  "a, b",
  "two\nlines",
  " padded ",
  "NA",
  "none",
];

function trainingRows(): Row[] {
  return Array.from({ length: 160 }, (_, i) => {
    const turn = (i * 37) % 160;
    return {
      size: i % 11 === 0 ? null : (turn - 80) / 7,
      rooms: 1 + (turn % 5),
      level: [3, 7, 30][turn % 3],
      code: ["007", "7", "042", "0"][(turn >> 2) % 4],
      town: TOWNS[(turn >> 1) % TOWNS.length],
      open: turn % 3 === 0,
      day: `2024-0${1 + (turn % 9)}-1${turn % 10}`,
      kind: turn + ((i * 13) % 40) > 100 ? "large" : turn % 4 < 2 ? "small" : "odd",
    };
  });
}

/** What a cell of each column may be, in every type that means the same. */
const anyRow: fc.Arbitrary<Row> = fc.record({
  size: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(
      null,
      0,
      -0,
      1e21,
      1e-7,
      0.1 + 0.2,
      2 ** 60,
      5e-324,
      "2.50",
      "+3",
      "1e3",
      "?",
      "big",
    ),
  ),
  rooms: fc.constantFrom<Cell>(null, 1, 2.5, 99, -1, "4", "5.0"),
  level: fc.constantFrom<Cell>(null, 3, "3", 7, "7", "7.0", 30, 4, "003", "N/A"),
  code: fc.constantFrom(null, "007", "7", "042", "42", "0", "00"),
  town: fc.constantFrom(null, "", ...TOWNS, "Nowhere", "padded"),
  open: fc.constantFrom<Cell>(null, true, false, "true", "FALSE", "yes", "perhaps", 1, 0),
  day: fc.oneof(
    fc.constantFrom<Cell>(null, "2024-02-29", "2024-02-30", "2031-01-01", "2024-05-01T13:45:10"),
    fc.date({ noInvalidDate: true, min: new Date("1700-01-01"), max: new Date("2300-01-01") }),
  ),
});

let fromCsv: Classifier;
let fromJson: Classifier;
let fromParquet: Classifier;

beforeAll(async () => {
  const rows = trainingRows();
  const options = { target: "kind", categorical: ["level", "code"], seed: 2, worker: false };
  const names = [...COLUMNS, "kind"];
  const learned = async (table: Table): Promise<Classifier> =>
    (await trainOnTable(table, options)).classifier;
  fromCsv = await learned(await csvTable(rows, names));
  fromJson = await learned(await jsonTable(rows));
  fromParquet = await learned(await parquetTable(await csvTable(rows, names)));
});

/** The bits, or the sentence where a column holds nothing that the model can read. */
function outcome(rows: Table | readonly Row[]): string[] | string {
  try {
    return bits(fromCsv, rows);
  } catch (error) {
    return (error as Error).message;
  }
}

describe("the model's schema governs reading", () => {
  it("so the same table as CSV, JSON lines and Parquet trains the same model byte by byte", () => {
    expect(fromJson.save()).toEqual(fromCsv.save());
    expect(fromParquet.save()).toEqual(fromCsv.save());
    expect(fromCsv.model.schema.columns).toEqual([
      { name: "size", kind: "numeric" },
      { name: "rooms", kind: "numeric" },
      { name: "level", kind: "categorical" },
      { name: "code", kind: "categorical" },
      { name: "town", kind: "categorical" },
      { name: "open", kind: "boolean" },
      { name: "day", kind: "date" },
    ]);
  });

  it("so CSV, JSON lines, Parquet, typed columns and predict(row) give the same bits, columns in any order, others between", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRow, { minLength: 1, maxLength: 12 }),
        fc.shuffledSubarray([...COLUMNS, "extra", "kind"], { minLength: 9 }),
        async (rows, order) => {
          const expected = outcome(rows);
          const alone = rows.map((row) => outcome([row]));
          if (alone.every((one) => typeof one !== "string")) expect(alone.flat()).toEqual(expected);
          const wide = rows.map((row, i) => ({ ...row, extra: `${i}"`, kind: "unheard of" }));
          expect(outcome(await csvTable(wide, order))).toEqual(expected);
          const ordered = wide.map(
            (row): Row => Object.fromEntries(order.map((n) => [n, row[n as keyof typeof row]])),
          );
          expect(outcome(await jsonTable(ordered))).toEqual(expected);
          const { table } = await readTable({ rows: ordered });
          expect(outcome(table)).toEqual(expected);
          expect(outcome(await parquetTable(table))).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  it("so typed columns of a query say the same as their texts", async () => {
    const rows = trainingRows().slice(0, 50);
    const path = at("typed.csv");
    writeFileSync(path, csvOf(rows, [...COLUMNS]));
    const query =
      "select cast(nullif(size, '') as double) as size, cast(rooms as integer) as rooms, cast(level as smallint) as level, code, town, cast(open as boolean) as open, cast(day as date) as day from typed";
    const { table } = await readTable({ query, files: [path] }, CSV);
    expect(table.columns.filter(({ kind }) => kind === "number").map(({ name }) => name)).toEqual([
      "size",
      "rooms",
      "level",
    ]);
    // A query's rows come in the order of their content.
    expect(bits(fromCsv, table).sort()).toEqual(bits(fromCsv, rows).sort());
  });

  it('so "007" is not 7, but "3", "3.0" and 3 are one', () => {
    const row = trainingRows()[3];
    const of = (cells: Row): string => bits(fromCsv, [{ ...row, ...cells }])[0];
    expect(of({ code: "007" })).not.toBe(of({ code: "7" }));
    expect(of({ code: 7 })).toBe(of({ code: "7" }));
    expect(of({ level: "3" })).toBe(of({ level: 3 }));
    expect(of({ level: "3.0" })).toBe(of({ level: 3 }));
    expect(of({ level: "003" })).toBe(of({ level: "never seen" }));
    expect(of({ town: "padded" })).toBe(of({ town: " padded " }));
    expect(of({ open: "yes" })).toBe(of({ open: true }));
  });

  it("so a value missing where training had none stands as neither level nor number", () => {
    const row = trainingRows()[3];
    const of = (cells: Row): string => bits(fromCsv, [{ ...row, ...cells }])[0];
    const rooms = fromCsv.model.encoder.columns.find(({ name }) => name === "rooms");
    const median = rooms?.kind === "numeric" ? rooms.line[0] : Number.NaN;
    expect(of({ rooms: null })).toBe(of({ rooms: median }));
    expect(of({ level: null })).toBe(of({ level: "never seen" }));
    for (const empty of ["", "?", "NA", "null", undefined, Number.NaN]) {
      expect(of({ size: empty })).toBe(of({ size: null }));
    }
    const stray = bits(fromCsv, [row, { ...row, size: "a word" }])[1];
    expect(stray).toBe(of({ size: null }));
    expect(of({ size: "a word" })).toBe(stray);
    expect(fromCsv.remarks([{ ...row, size: "a word" }])).toEqual([
      expect.stringMatching(/"size" is numeric in the model; 1 cell .* "a word" \(row 1\)/),
    ]);
  });

  it("so every missing column is named, and one that is misspelt is found", async () => {
    const rows = trainingRows().slice(0, 4);
    const table = await csvTable(rows, ["size", "romos", "level", "code", "open", "day"]);
    expect(() => fromCsv.probabilities(table)).toThrow(
      /lacks the columns "rooms" \(did you mean "romos"\?\), "town"/,
    );
    expect(() => fromCsv.probabilities(table)).toThrow(expect.objectContaining({ code: "data" }));
  });
});

describe("train on a file", () => {
  it("gives the classifier that the table gives, and counts what was rejected", async () => {
    const rows = trainingRows();
    const bytes = csvOf(rows, [...COLUMNS, "kind"]);
    const options = { target: "kind", categorical: ["level", "code"], seed: 2, worker: false };
    const { classifier, report } = await train({ bytes, name: "t.csv" }, { ...options, read: CSV });
    expect(bits(classifier, rows)).toEqual(bits(fromCsv, rows));
    expect(report.provenance.dataHash).toMatch(/^[0-9a-f]{64}$/);
    const broken = Buffer.concat([bytes, Buffer.from('"too","few"\r\n')]);
    const skipping = await train(
      { bytes: broken, name: "t.csv" },
      { ...options, l2: 0.1, linear: true, read: { ...CSV, skipBadRows: true } },
    );
    expect(skipping.report.rows).toEqual({ read: 161, used: 160, rejected: 1, unlabelled: 0 });
  });
});
