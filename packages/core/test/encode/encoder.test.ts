import { describe, expect, test } from "vitest";
import { matrixWidth } from "../../src/base/matrix.ts";
import { everyRow } from "../../src/encode/cells.ts";
import {
  CURVES,
  candidateShapes,
  encode,
  encodedBytes,
  encodedWidth,
  fitEncoder,
  LINES,
  layoutOf,
} from "../../src/encode/encoder.ts";
import type { Schema } from "../../src/encode/schema.ts";
import { understand } from "../../src/encode/understand.ts";
import { heap } from "../../src/kernels/kernels.ts";
import { tableOf } from "./tables.ts";

const schemaOf = (columns: Schema["columns"]): Schema => ({
  target: "y",
  classes: ["a", "b"],
  missing: ["NA"],
  columns,
});

const table = tableOf({
  colour: ["red", "blue", "red", "NA", "green", "blue"],
  size: [1, 2, 3, null, 4, 5],
  good: ["yes", "no", "yes", "no", "", "no"],
});
const schema = schemaOf([
  { name: "colour", kind: "categorical" },
  { name: "size", kind: "numeric" },
  { name: "good", kind: "boolean" },
]);
const encoder = fitEncoder(table, schema, everyRow(6), LINES);

describe("a small table", () => {
  test("dense columns come first, each column's indicators stand together, with a slot a column", () => {
    const none = { csrStart: 0, csrWidth: 0 };
    expect(layoutOf(encoder)).toEqual({
      places: [
        { denseStart: 0, denseWidth: 0, codesStart: 0, codesWidth: 4, slot: 0, ...none },
        { denseStart: 0, denseWidth: 1, codesStart: 4, codesWidth: 1, slot: 1, ...none },
        { denseStart: 1, denseWidth: 0, codesStart: 5, codesWidth: 2, slot: 2, ...none },
      ],
      denseWidth: 1,
      codesWidth: 7,
      perRow: 3,
      csrWidth: 0,
    });
    expect([encodedWidth(encoder), encodedBytes(encoder, 10, "f64")]).toEqual([8, 10 * (8 + 12)]);
  });

  test("levels are in code-point order, then other, then missing", () => {
    const X = encode(encoder, table, heap, "f64");
    // colour: blue 0, other (green) 2, red 1, missing 3; size: missing 4; good: yes 5, missing 6
    expect([...X.codes!.data]).toEqual([
      1, -1, 5, 0, -1, -1, 1, -1, 5, 3, 4, -1, 2, -1, 6, 0, -1, -1,
    ]);
    const deviation = Math.sqrt((4 + 1 + 0 + 0 + 1 + 4) / 6);
    expect([...X.dense!.data]).toEqual([-2, -1, 0, 0, 1, 2].map((v) => v / deviation));
    expect([X.rows, matrixWidth(X), X.csr]).toEqual([6, 8, null]);
  });

  test("unseen levels count as other", () => {
    const X = encode(encoder, tableOf({ colour: ["pink"], size: [3], good: ["y"] }), heap, "f64");
    expect([...X.codes!.data]).toEqual([2, -1, 5]);
  });

  test("order picks and permutes rows", () => {
    const all = encode(encoder, table, heap, "f64");
    const some = encode(encoder, table, heap, "f64", Int32Array.of(4, 0, 4));
    expect([...some.codes!.data]).toEqual(
      [4, 0, 4].flatMap((i) => [...all.codes!.data.slice(3 * i, 3 * i + 3)]),
    );
    expect([...some.dense!.data]).toEqual([4, 0, 4].map((i) => all.dense!.data[i]));
  });

  test("float32 is float64 rounded once", () => {
    const X = encode(encoder, table, heap, "f32");
    expect(X.dense!.data).toEqual(
      Float32Array.from(encode(encoder, table, heap, "f64").dense!.data),
    );
  });

  test("memory comes from the allocator", () => {
    const given: unknown[] = [];
    const keep = <T>(data: T): T => {
      given.push(data);
      return data;
    };
    const allocator = {
      f64: (n: number) => keep(heap.f64(n)),
      f32: heap.f32,
      i32: (n: number) => keep(heap.i32(n)),
    };
    const X = encode(encoder, table, allocator, "f64");
    expect(given).toEqual([X.dense!.data, X.codes!.data]);
    expect(given[0]).toBe(X.dense!.data);
  });

  test("no rows give an empty Matrix", () => {
    expect(encode(encoder, table, heap, "f64", new Int32Array(0))).toMatchObject({
      rows: 0,
      dense: { width: 1 },
    });
  });
});

describe("levels", () => {
  const fit = (cells: (string | null)[]) =>
    fitEncoder(
      tableOf({ x: cells }),
      schemaOf([{ name: "x", kind: "categorical" }]),
      everyRow(cells.length),
      LINES,
    ).columns[0];

  test("what is not rare in a small table is in a large one", () => {
    expect(fit(["a", "a", "b", "b", "c"])).toMatchObject({ levels: ["a", "b"], other: true });
    const cells = Array.from({ length: 20_000 }, (_, i) =>
      i < 9 ? "rare" : i < 19 ? "enough" : "most",
    );
    expect(fit(cells)).toMatchObject({ levels: ["enough", "most"], other: true });
  });

  test("a column of very many levels keeps the 512 most frequent", () => {
    const cells = Array.from({ length: 2000 }, (_, i) => `level ${i < 1000 ? i : i % 600}`);
    const column = fit(cells);
    if (column.kind !== "categorical") throw new Error(`read as ${column.kind}`);
    expect([column.levels.length, column.other]).toEqual([512, true]);
    expect(column.levels).toEqual([...column.levels].sort());
  });

  test("names that objects inherit are levels like others", () => {
    const cells = ["constructor", "__proto__", "constructor", "__proto__", "toString", "toString"];
    expect(fit(cells)).toMatchObject({
      levels: ["__proto__", "constructor", "toString"],
      other: false,
    });
  });
});

describe("shapes", () => {
  const shapes = (cells: readonly (number | string)[]): string[] => {
    const source = tableOf({
      x: cells,
      z: cells.map((_, i) => "uvw"[i % 3]),
      y: cells.map((_, i) => "ab"[i % 2]),
    });
    const { schema, rows } = understand(source, { target: "y" });
    return candidateShapes(source, schema, rows).map((shape) => shape.name);
  };

  test("curves are tried only where some number has more than two values", () => {
    expect(shapes([1, 2, 3, 1, 2, 3, 1, 2])).toEqual(["straight lines", "curves"]);
    expect(shapes([1, 2, 1, 2, 1, 2, 2, 1])).toEqual(["straight lines"]);
    expect(shapes(["p", "q", "r", "p", "q", "r"])).toEqual(["straight lines"]);
  });
});

test("columns that the table lacks are all named, with what may be meant", () => {
  const wrong = tableOf({ color: ["red"], good: ["yes"], other: [1] });
  expect(() => encode(encoder, wrong, heap, "f64")).toThrow(
    'the table lacks the columns "colour" (did you mean "color"?), "size", which the model reads',
  );
});

test("curves hold as many features as the recipe says", () => {
  const cells = Array.from({ length: 4000 }, (_, i) => (i % 5 === 0 ? 0 : (i * 7919) % 3571));
  const source = tableOf({ x: cells });
  const curved = fitEncoder(
    source,
    schemaOf([{ name: "x", kind: "numeric" }]),
    everyRow(4000),
    CURVES,
  );
  expect(layoutOf(curved)).toMatchObject({ denseWidth: 17, codesWidth: 1, perRow: 1 });
});
