import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byCodePoint } from "../../src/base/text.ts";
import { MISSING_TEXTS } from "../../src/encode/cells.ts";
import { type LabelPlaces, readLabelSets, splitLabels } from "../../src/encode/label-sets.ts";
import { rowsToTable } from "../../src/encode/rows.ts";

const NAUGHTY = [
  "__proto__",
  "constructor",
  "toString",
  "0",
  "10",
  "2",
  "🦆",
  "שלום",
  "a b",
  "NA",
  "é",
];

const cellsPlaces = (separator: string): LabelPlaces => ({
  columns: ["tags"],
  separator,
  present: [],
});

const read = (cells: readonly (string | number | null)[], separator = ";", known?: string[]) => {
  const table = rowsToTable(cells.map((tags) => ({ tags })));
  return readLabelSets(table, cellsPlaces(separator), table.columns, MISSING_TEXTS, known ?? null);
};

const setsOf = ({ labels, rows, truth }: ReturnType<typeof read>): string[][] =>
  Array.from(rows, (_, i) => labels.filter((_, l) => truth[i * labels.length + l] === 1));

describe("labels in cells", () => {
  const set = fc.uniqueArray(fc.constantFrom(...NAUGHTY), { maxLength: 5 });
  const separator = fc.constantFrom(";", ",", "|", "\t", "⁂", " / ", "$&");
  const padding = fc.constantFrom("", " ", "\t ", "\u00a0");

  it("come back whatever their names, order, repeats and spaces are, each row with its own", () => {
    fc.assert(
      fc.property(fc.array(set, { minLength: 1 }), separator, padding, (sets, between, pad) => {
        const cells = sets.map((labels) =>
          [...labels, ...labels.slice(0, 1), ""].map((one) => pad + one + pad).join(between),
        );
        fc.pre(sets.some((labels) => labels.length > 0));
        const found = read(cells, between);
        expect(found.labels).toEqual([...new Set(sets.flat())].sort(byCodePoint));
        expect(setsOf(found)).toEqual(sets.map((labels) => [...labels].sort(byCodePoint)));
      }),
    );
  });

  it("are none where a cell is empty, and unknown where it says missing", () => {
    const found = read(["a", "", null, " ; ;", "NA", "?", "None", "a;NA"]);
    expect(Array.from(found.rows)).toEqual([0, 1, 2, 3, 6, 7]);
    expect(setsOf(found)).toEqual([["a"], [], [], [], ["None"], ["NA", "a"]]);
  });

  it("keep their writing: 1.10 is not 1.1, nor A a; numbers of typed sources are their texts", () => {
    expect(read(["1.10;1.1;A;a"]).labels).toEqual(["1.1", "1.10", "A", "a"]);
    expect(setsOf(read([3, 4.5, null]))).toEqual([["3"], ["4.5"], []]);
  });

  it("that are not among the known are counted by rows and left out", () => {
    const found = read(["a;x", "x;b", "b", "y"], ";", ["b", "a"]);
    expect(setsOf(found)).toEqual([["a"], ["b"], ["b"], []]);
    expect(found.unknown).toEqual([
      { label: "x", rows: 2 },
      { label: "y", rows: 1 },
    ]);
  });

  it("are refused where there are none, or too many for the memory", () => {
    expect(() => read(["", null])).toThrow('no cell of column "tags" holds a label');
    const many = Array.from({ length: 1001 }, (_, i) => `t${i}`).join(";");
    expect(() => read([many])).toThrow(
      'there are 1001 labels in column "tags", of which 1000 are possible',
    );
  });

  it("split at the separator as it stands, not as a pattern", () => {
    expect(splitLabels("a.b.c", ".")).toEqual(["a", "b", "c"]);
    expect(splitLabels("a|b", "|")).toEqual(["a", "b"]);
    expect(splitLabels("a||b", "||")).toEqual(["a", "b"]);
  });
});

describe("labels in columns", () => {
  const readColumns = (
    rows: readonly Record<string, string | number | boolean | null>[],
    present: (string | null)[],
  ) => {
    const table = rowsToTable(rows);
    const columns = table.columns.map(({ name }) => name);
    return readLabelSets(
      table,
      { columns, separator: null, present },
      table.columns,
      MISSING_TEXTS,
    );
  };

  it("are had where a cell says yes, true, t, y or 1 in any case; rows with a gap are left out", () => {
    const rows = [
      { a: "Yes", b: true, c: 1 },
      { a: "no", b: false, c: 0 },
      { a: "", b: true, c: 1 },
      { a: "YES", b: false, c: null },
    ];
    const found = readColumns(rows, [null, null, null]);
    expect(Array.from(found.rows)).toEqual([0, 1]);
    expect(Array.from(found.truth)).toEqual([1, 1, 1, 0, 0, 0]);
  });

  it("are had where a cell holds the value that was stated, whatever the others are", () => {
    const rows = [{ kind: "cat" }, { kind: "dog" }, { kind: "eel" }];
    expect(Array.from(readColumns(rows, ["dog"]).truth)).toEqual([0, 1, 0]);
  });

  it("are errors with the remedy where nothing says which value is which", () => {
    expect(() => readColumns([{ sex: "male" }, { sex: "female" }], [null])).toThrow(
      'which of "male" and "female" means that a row has the label "sex"? Say so in the option "present"',
    );
    expect(() => readColumns([{ a: "yes" }, { a: "maybe" }, { a: "no" }], [null])).toThrow(
      /holds 3 different texts .* row 2 says neither yes nor no/,
    );
    expect(() =>
      readColumns(
        [
          { a: "yes", b: null },
          { a: "", b: "no" },
        ],
        [null, null],
      ),
    ).toThrow("no row has a value in every target column");
  });
});
