import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Cell, Table } from "../../src/base/table.ts";
import { everyRow } from "../../src/encode/cells.ts";
import {
  type Encoder,
  encode,
  encodeTexts,
  fitEncoder,
  LINES,
  layoutOf,
} from "../../src/encode/encoder.ts";
import { TextCorpus } from "../../src/encode/text/corpus.ts";
import { DEFAULT_TEXT } from "../../src/encode/text/shapes.ts";
import { type TextShape, textReader } from "../../src/encode/text/text.ts";
import { understand } from "../../src/encode/understand.ts";
import { heap } from "../../src/kernels/kernels.ts";
import { tableOf } from "./tables.ts";

const TEXT: TextShape = {
  ...{ name: "", counts: "log", idf: true, bayes: false },
  grams: [
    { of: "words", from: 1, to: 2 },
    { of: "characters", from: 2, to: 3 },
  ],
};

function learn(table: Table, text: readonly string[], hashBits = 0): Encoder {
  const { schema, rows } = understand(table, { target: "y", text });
  const shape = { ...LINES, text: { ...TEXT, idf: hashBits === 0 } };
  return fitEncoder(
    table,
    schema,
    rows,
    shape,
    new TextCorpus(rows, { ...DEFAULT_TEXT, hashBits }),
  );
}

/** The entries of each row of the CSR block. */
function entriesOf(
  encoder: Encoder,
  table: Table,
  order = everyRow(table.rows),
): [number, number][][] {
  const { starts, columns, values } = encode(encoder, table, heap, "f64", order).csr!;
  return Array.from({ length: order.length }, (_, i) =>
    Array.from({ length: starts[i + 1] - starts[i] }, (_, at) => [
      columns[starts[i] + at],
      values[starts[i] + at],
    ]),
  );
}

const cell: fc.Arbitrary<Cell> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 9,
    arbitrary: fc.string({ unit: fc.constantFrom("a", "b", "Ö", " ", "!", "ß"), maxLength: 12 }),
  },
);
const tables = fc
  .array(fc.record({ note: cell, title: cell }), { minLength: 6, maxLength: 15 })
  .map((rows) => {
    const drawn = [{ note: "a b a", title: "b" }, { note: "b", title: "a b" }, ...rows];
    return tableOf({
      note: drawn.map((row) => row.note),
      amount: drawn.map((_, i) => i * 1.5),
      colour: drawn.map((_, i) => ["red", "blue", "green"][i % 3]),
      title: drawn.map((row) => row.title),
      y: drawn.map((_, i) => (i % 2 ? "a" : "b")),
    });
  });

describe("text columns in the Matrix", () => {
  test("have their features one column after the other, behind those of numbers and levels", () => {
    fc.assert(
      fc.property(tables, (table) => {
        const encoder = learn(table, ["note", "title"]);
        const { places, denseWidth, codesWidth, csrWidth } = layoutOf(encoder);
        const texts = encoder.columns.flatMap((column, at) =>
          column.kind === "text" ? [{ column, place: places[at] }] : [],
        );
        expect(texts.map(({ column }) => column.name)).toEqual(["note", "title"]);
        expect(texts[0].place.csrStart).toBe(0);
        expect(texts[1].place.csrStart).toBe(texts[0].place.csrWidth);
        expect(texts[1].place.csrStart + texts[1].place.csrWidth).toBe(csrWidth);
        expect(denseWidth).toBeGreaterThan(0);
        expect(codesWidth).toBeGreaterThan(0);
        const rows = entriesOf(encoder, table);
        rows.forEach((entries, i) => {
          const expected = texts.flatMap(({ column, place }) => {
            const source = table.columns.find(({ name }) => name === column.name)!;
            if (source.kind !== "text" || source.codes[i] < 0) return [];
            const { columns, values, count } = textReader(column).read(
              source.dictionary[source.codes[i]],
            );
            return Array.from({ length: count }, (_, at) => [
              place.csrStart + columns[at],
              values[at],
            ]);
          });
          expect(entries).toEqual(expected);
        });
      }),
      { numRuns: 60 },
    );
  });

  test("counted once for several ways are the same bits as each read for itself, of any of the rows in any order", () => {
    const words: TextShape = {
      ...TEXT,
      grams: [{ of: "words", from: 1, to: 3 }],
      counts: "binary",
    };
    fc.assert(
      fc.property(tables, fc.constantFrom(0, 8), fc.nat(), (table, bits, turn) => {
        const text = ["note", "title"];
        const { schema, rows } = understand(table, { target: "y", text });
        const options = { ...DEFAULT_TEXT, hashBits: bits };
        const corpus = new TextCorpus(rows, options);
        for (const way of [TEXT, words, TEXT]) {
          const shape = { ...LINES, text: { ...way, idf: bits === 0 } };
          const encoder = fitEncoder(table, schema, rows, shape, corpus);
          const alone = fitEncoder(table, schema, rows, shape, new TextCorpus(rows, options));
          expect(encoder).toEqual(alone);
          const columns = encoder.columns.filter((column) => column.kind === "text");
          const order = rows.map((_, at) => rows[(at + turn) % rows.length]).slice(turn % 3);
          const { starts, columns: features, values, width } = corpus.place(columns, order);
          const read = encodeTexts(alone, table, order)!;
          expect({ width, starts, columns: [...features], values: [...values] }).toEqual({
            ...read,
            columns: [...read.columns],
            values: [...read.values],
          });
        }
      }),
      { numRuns: 40 },
    );
  });

  test("of a row are the same bits alone, in a batch, and in any order, listed or hashed", () => {
    fc.assert(
      fc.property(tables, fc.constantFrom(0, 8), fc.nat(), (table, bits, turn) => {
        const encoder = learn(table, ["note", "title"], bits);
        const rows = entriesOf(encoder, table);
        const order = everyRow(table.rows)
          .map((i) => (i + turn) % table.rows)
          .reverse();
        expect(entriesOf(encoder, table, order)).toEqual([...order].map((i) => rows[i]));
        rows.forEach((row, i) =>
          expect(entriesOf(encoder, table, Int32Array.of(i))).toEqual([row]),
        );
        const twice = entriesOf(structuredClone(encoder), table, Int32Array.of(1, 1, 0, 1));
        expect(twice).toEqual([rows[1], rows[1], rows[0], rows[1]]);
      }),
      { numRuns: 60 },
    );
  });

  test("are rounded once in float32", () => {
    const table = tableOf({ note: ["a b", "b c", "a c c"], y: ["u", "v", "u"] });
    const encoder = learn(table, ["note"]);
    const wide = encode(encoder, table, heap, "f64").csr!;
    const narrow = encode(encoder, table, heap, "f32").csr!;
    expect(narrow.values).toEqual(Float32Array.from(wide.values));
    expect(narrow.columns).toEqual(wide.columns);
  });

  test("take the numbers of a number column as texts, and its gaps as none", () => {
    const cells = [12, 7.5, null, 12, -0, 7.5];
    const y = ["u", "v", "u", "v", "u", "v"];
    const numbers = tableOf({ note: cells, y });
    const texts = tableOf({ note: cells.map((v) => (v === null ? null : String(v))), y });
    const encoder = learn(numbers, ["note"]);
    expect(numbers.columns[0].kind).toBe("number");
    expect(learn(texts, ["note"])).toEqual(encoder);
    const rows = entriesOf(encoder, numbers);
    expect(rows).toEqual(entriesOf(encoder, texts));
    expect(rows.map((row) => row.length > 0)).toEqual([true, true, false, true, false, true]);
  });

  test("without any text are an empty block", () => {
    const table = tableOf({
      note: [null, null, "", " "],
      x: [1, 2, 3, 4],
      y: ["u", "v", "u", "v"],
    });
    const encoder = learn(
      tableOf({ note: ["a", "a b", "b", ""], x: [1, 2, 3, 4], y: ["u", "v", "u", "v"] }),
      ["note"],
    );
    expect(entriesOf(encoder, table)).toEqual([[], [], [], []]);
  });
});
