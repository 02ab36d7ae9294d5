import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cell, Row, Table } from "../../src/base/table.ts";
import { CURVES, encode, fitEncoder, LINES } from "../../src/encode/encoder.ts";
import { rowsToTable } from "../../src/encode/rows.ts";
import { understand } from "../../src/encode/understand.ts";
import { heap } from "../../src/kernels/kernels.ts";
import { tableOf, textColumn } from "./tables.ts";

/** A value and the ways in which sources write it. */
interface Written {
  readonly typed: Cell;
  readonly texts: readonly string[];
}

const missing: Written = { typed: null, texts: ["", " ", "NA", "?", "null"] };
const numberOf = (n: number, places: number): Written => {
  const value = Number((n / 10 ** places).toFixed(places));
  const text = value.toFixed(places);
  return {
    typed: value,
    texts: [text, ` ${text}`, `${text}${places > 0 ? "0" : ".0"}`, String(value)],
  };
};
const yesNo = (value: boolean): Written => ({
  typed: value,
  texts: value ? ["true", "True", " TRUE"] : ["false", "False", "FALSE "],
});
const dateOf = (day: number): Written => {
  const date = new Date(Date.UTC(2026, 0, 1 + day));
  const text = date.toISOString().slice(0, 10);
  return { typed: date, texts: [text, text.replaceAll("-", "/"), `${text}T00:00:00Z`] };
};
const textOf = (text: string): Written => ({ typed: text, texts: [text, ` ${text} `] });

const kinds = {
  amount: fc
    .tuple(fc.integer({ min: -1e6, max: 1e6 }), fc.constant(2))
    .map(([n, p]) => numberOf(n, p)),
  grade: fc.integer({ min: 1, max: 5 }).map((n) => numberOf(n, 0)),
  happy: fc.boolean().map(yesNo),
  day: fc.integer({ min: 0, max: 900 }).map(dateOf),
  zip: fc.constantFrom("007", "01234", "99", "a b", "ü").map(textOf),
};
type Column = keyof typeof kinds;
const names = Object.keys(kinds) as Column[];

const tables = fc.array(
  fc.record({
    ...(Object.fromEntries(
      names.map((name) => [
        name,
        fc.oneof(
          { weight: 9, arbitrary: kinds[name] as fc.Arbitrary<Written> },
          { weight: 1, arbitrary: fc.constant(missing) },
        ),
      ]),
    ) as Record<Column, fc.Arbitrary<Written>>),
    style: fc.nat(),
  }),
  { minLength: 30, maxLength: 60 },
);

/** Two dates at least: a column of one date and gaps is a level, which stays as it is written. */
const fixed = {
  amount: numberOf(1, 2),
  grade: numberOf(1, 0),
  happy: missing,
  zip: textOf("99"),
  style: 0,
};
const firstDay = { ...fixed, day: dateOf(0) };
const secondDay = { ...fixed, day: dateOf(1) };

/** All numbers of a Matrix, as bits. */
function bits(table: Table, model: ReturnType<typeof learn>, order?: Int32Array): string {
  const X = encode(model.encoder, table, heap, "f64", order);
  const dense = new BigUint64Array(
    (X.dense?.data as Float64Array | undefined)?.slice().buffer ?? new ArrayBuffer(0),
  );
  return `${dense.join()};${X.codes?.data.join() ?? ""}`;
}

function learn(table: Table, shape: typeof LINES) {
  const { schema, rows } = understand(table, { target: "y", categorical: ["zip"] });
  return { schema, encoder: fitEncoder(table, schema, rows, shape) };
}

test("texts, typed columns and rows give identical bits of the Matrix, wherever the model was trained", () => {
  fc.assert(
    fc.property(tables, fc.constantFrom(LINES, CURVES), (drawn, shape) => {
      const rows = [...drawn, firstDay, secondDay];
      const y = rows.map((_, i) => (i % 2 ? "a" : "b"));
      const text = tableOf({ y }).columns.slice();
      for (const name of names) {
        text.push(
          textColumn(
            name,
            rows.map((r) => r[name].texts[r.style % r[name].texts.length]),
          ),
        );
      }
      const csv: Table = { rows: rows.length, columns: text, decimal: "." };
      const given: Row[] = rows.map((r, i) => ({
        ...Object.fromEntries(names.map((name) => [name, r[name].typed])),
        y: y[i],
        unknown: "extra",
      }));
      for (const source of [csv, rowsToTable(given)]) {
        const model = learn(source, shape);
        const expected = bits(source, model);
        expect(bits(csv, model)).toBe(expected);
        expect(bits(rowsToTable(given), model)).toBe(expected);
        expect(bits(rowsToTable(given, model.schema), model)).toBe(expected);
        const reversed = { ...csv, columns: [...csv.columns].reverse() };
        expect(bits(reversed, model)).toBe(expected);
        const one = rowsToTable([given[7]], model.schema);
        expect(bits(one, model)).toBe(bits(csv, model, Int32Array.of(7)));
      }
      expect(learn(rowsToTable(given), shape)).toEqual(learn(csv, shape));
    }),
    { numRuns: 60 },
  );
});

test("a table with a decimal comma gives the bits of one with a point", () => {
  const values = Array.from({ length: 60 }, (_, i) => ((i * 7919) % 1000) / 8);
  const y = values.map((_, i) => (i % 2 ? "a" : "b"));
  const point = tableOf({ x: values.map(String), y });
  const comma = tableOf({ x: values.map((v) => String(v).replace(".", ",")), y }, ",");
  const model = learn({ ...point, columns: [...point.columns, textColumn("zip", y)] }, CURVES);
  const withZip = (table: Table): Table => ({
    ...table,
    columns: [...table.columns, textColumn("zip", y)],
  });
  expect(bits(withZip(comma), model)).toBe(bits(withZip(point), model));
});
