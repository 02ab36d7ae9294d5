import { describe, expect, test } from "vitest";
import { checkColumns } from "../../src/encode/columns.ts";
import { parseDays } from "../../src/encode/dates.ts";
import { checkedLabelsOf, labelsOf } from "../../src/encode/labels.ts";
import { rowsToTable } from "../../src/encode/rows.ts";
import type { Schema } from "../../src/encode/schema.ts";
import { strayRemarks } from "../../src/encode/strays.ts";
import { tableOf } from "./tables.ts";

const schema: Schema = {
  target: "y",
  classes: ["<=50K", ">50K"],
  missing: ["?"],
  columns: [
    { name: "age", kind: "numeric" },
    { name: "job", kind: "categorical" },
    { name: "member", kind: "boolean" },
    { name: "since", kind: "date" },
  ],
};

describe("rows given by a program", () => {
  test("become columns, with gaps where a row lacks a name", () => {
    const day = new Date(Date.UTC(2026, 0, 31));
    const table = rowsToTable([
      { a: 1, b: "x", c: true, d: day },
      { a: null, b: 2, d: undefined },
      { c: false },
    ]);
    expect(table.columns.map((c) => c.name)).toEqual(["a", "b", "c", "d"]);
    expect(table.columns[0]).toMatchObject({
      kind: "number",
      values: Float64Array.of(1, NaN, NaN),
    });
    expect(table.columns[1]).toMatchObject({
      codes: Int32Array.of(0, 1, -1),
      dictionary: ["x", "2"],
    });
    expect(table.columns[2]).toMatchObject({
      codes: Int32Array.of(0, -1, 1),
      dictionary: ["true", "false"],
    });
    expect(table.columns[3]).toMatchObject({ dictionary: ["2026-01-31"] });
  });

  test("with a schema keep its columns and the target alone", () => {
    const table = rowsToTable(
      [{ job: "x", extra: { nested: true } as never, age: 3, y: ">50K" }],
      schema,
    );
    expect(table.columns.map((c) => c.name)).toEqual(["age", "job", "y"]);
  });

  test("big integers keep their digits", () => {
    const table = rowsToTable([{ id: 12345678901234567890n, n: 5n }]);
    expect(table.columns[0]).toMatchObject({ dictionary: ["12345678901234567890"] });
    expect(table.columns[1]).toMatchObject({ values: Float64Array.of(5) });
  });

  test("names of every object's own are columns only where a row has them", () => {
    expect(rowsToTable([{ constructor: "x" } as never]).columns.map((c) => c.name)).toEqual([
      "constructor",
    ]);
    const inherits = { ...schema, columns: [{ name: "toString", kind: "categorical" as const }] };
    expect(rowsToTable([{}], inherits).columns).toEqual([]);
  });

  test.each([
    [
      [{ age: { years: 3 } }],
      'row 1, column "age": expected a text, number, boolean or date, got object',
    ],
    [[{ age: 1 }, { age: [1] }], 'row 2, column "age"'],
    [[{ age: Number.POSITIVE_INFINITY }], "got Infinity"],
    [[{ age: 1 }, null], "row 2 expected an object by column name, got null"],
    [[[1, 2]], "row 1 expected an object by column name, got an array"],
  ])("%j is refused in words", (rows, message) => {
    expect(() => rowsToTable(rows as never)).toThrow(message);
  });
});

describe("columns", () => {
  const good = { age: ["3"], job: ["x"], member: ["yes"], since: ["2026-01-31"] };

  test("may come in any order, with others between and without the target", () => {
    checkColumns(
      tableOf({ z: [1], since: good.since, member: good.member, job: good.job, age: good.age }),
      schema,
    );
  });

  test.each([
    [
      { age: ["abc"] },
      'column "age" is numeric in the model, but holds nothing of the kind: "abc" (row 1)',
    ],
    [{ member: ["perhaps"] }, 'column "member" is boolean'],
    [{ since: ["tomorrow"] }, 'column "since" is date'],
  ])("that hold nothing of their kind are refused: %j", (wrong, message) => {
    expect(() => checkColumns(tableOf({ ...good, ...wrong }), schema)).toThrow(message);
    expect(() =>
      checkColumns(tableOf({ ...good, [Object.keys(wrong)[0]]: ["?"] }), schema),
    ).not.toThrow();
  });

  test("single cells that cannot be read count as missing, and are told", () => {
    const table = tableOf({
      age: ["1", "old", "?", "very old"],
      job: ["x", "x", "x", "x"],
      member: ["yes", "no", "perhaps", ""],
      since: ["2026-01-31", "?", "2026-02-01", "2026-02-30"],
    });
    checkColumns(table, schema);
    expect(strayRemarks(table, schema)).toEqual([
      '"age" is numeric in the model; 2 cells are not and count as missing, first "old" (row 2)',
      '"member" is boolean in the model; 1 cell is not and counts as missing, first "perhaps" (row 3)',
      '"since" is date in the model; 1 cell is not and counts as missing, first "2026-02-30" (row 4)',
    ]);
  });
});

describe("labels", () => {
  test("are read in the model's terms; rows without one have class −1", () => {
    const labels = labelsOf(tableOf({ y: [" >50K", "<=50K", "?", null, ">50K"] }), schema);
    expect([...labels.y]).toEqual([1, 0, -1, -1, 1]);
    expect([labels.unlabelled, labels.unknown]).toEqual([2, []]);
  });

  test("that training never saw are counted, and refused with the query that mends them", () => {
    const table = tableOf({ y: ["<=50K.", ">50K.", "<=50K.", "?"] });
    const { y, unknown } = labelsOf(table, schema);
    expect([...y]).toEqual([-1, -1, -1, -1]);
    expect(unknown).toEqual([
      { label: "<=50K.", rows: 2 },
      { label: ">50K.", rows: 1 },
    ]);
    expect(() => checkedLabelsOf(table, schema)).toThrow(
      /"<=50K\." \(2 rows\), ">50K\." \(1 row\).*full stop.*select \* replace \(rtrim\("y", '\.'\) as "y"\) from data/,
    );
  });

  test("that are numbers are the same however they are written", () => {
    const digits = { ...schema, classes: ["0", "1"] };
    expect([...labelsOf(tableOf({ y: ["1.0", "0"] }), digits).y]).toEqual([1, 0]);
    expect([...labelsOf(tableOf({ y: [1, 0] }), digits).y]).toEqual([1, 0]);
  });

  test("need their column", () => {
    expect(() => labelsOf(tableOf({ Y: ["a"] }), schema)).toThrow('did you mean "Y"?');
  });
});

describe("dates", () => {
  test.each([
    ["1970-01-01", 0],
    ["1970-01-02T12:00:00", 1.5],
    ["1970-01-02 12:00", 1.5],
    ["1970-01-02T12:00:00Z", 1.5],
    ["1970-01-02T12:00:00+06:00", 1.25],
    ["1970-01-02T12:00:00-0600", 1.75],
    ["1969-12-31T23:59:59.5", -0.5 / 86400],
    ["2000/3/1", 11017],
    ["06:00", 0.25],
  ])("%s is day %d", (text, days) => {
    expect(parseDays(text)).toBeCloseTo(days, 12);
  });

  test.each([
    "2026-02-29",
    "2026-13-01",
    "2026-1",
    "20260131",
    "31.1.2026",
    "0000-01-01",
    "10:61",
    "x",
    "",
  ])("%j is none", (text) => {
    expect(parseDays(text)).toBeNaN();
  });
});
