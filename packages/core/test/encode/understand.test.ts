import { describe, expect, test } from "vitest";
import type { Cell, Table } from "../../src/base/table.ts";
import {
  type Understanding,
  type UnderstandOptions,
  understand,
} from "../../src/encode/understand.ts";
import { haveShared, plainTable, sharedTable, tableOf } from "./tables.ts";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const labels = (n: number): string[] => range(n).map((i) => (i % 2 === 0 ? "no" : "yes"));

/** One column x of n cells beside labels that it says nothing about. */
function found(cells: readonly Cell[], options: Partial<UnderstandOptions> = {}): Understanding {
  return understand(tableOf({ x: cells, y: labels(cells.length) }), { target: "y", ...options });
}
const kind = (cells: readonly Cell[], options: Partial<UnderstandOptions> = {}): string =>
  found(cells, options).columns[0].kind;

describe("kinds", () => {
  test("numbers written as texts, with gaps, are numeric", () => {
    expect(kind(range(100).map((i) => (i % 7 === 0 ? "" : `${i % 13}.5`)))).toBe("numeric");
  });

  test("one stray text among many numbers is a missing value, and named with its row", () => {
    const { columns, remarks } = found(range(200).map((i) => (i === 41 ? "12a" : String(i % 50))));
    expect(columns[0]).toMatchObject({ kind: "numeric", missing: 0 });
    expect(remarks[0]).toContain('"12a" (row 42)');
  });

  test("many stray texts make a column categorical", () => {
    const cells = range(200).map((i) => (i % 10 === 0 ? "none" : String(i % 50)));
    expect(kind(cells)).toBe("categorical");
    expect(kind(cells, { numeric: ["x"] })).toBe("numeric");
  });

  test("leading zeros and more digits than a number keeps are codes", () => {
    expect(kind(range(100).map((i) => `0${i % 9}`))).toBe("categorical");
    expect(kind(range(100).map((i) => `1234567890123456789${i % 9}`))).toBe("categorical");
  });

  test("a decimal comma makes numbers where the table has one", () => {
    const cells = range(100).map((i) => `${i % 30},5`);
    const table = tableOf({ x: cells, y: labels(100) }, ",");
    expect(understand(table, { target: "y" }).columns[0].kind).toBe("numeric");
    expect(kind(cells)).toBe("categorical");
  });

  test.each([
    ["true", "false"],
    ["Yes", "No"],
    ["Y", "N"],
    ["T", "F"],
    ["1", "0"],
    ["1.0", "0"],
  ])("%s and %s are boolean", (yes, no) => {
    expect(kind(range(50).map((i) => (i % 3 === 0 ? yes : no)))).toBe("boolean");
  });

  test("yes, no and unknown are levels", () => {
    expect(kind(range(60).map((i) => ["yes", "no", "unknown"][i % 3]))).toBe("categorical");
  });

  test.each([["2026-01-31"], ["2026-01-31T10:00:00Z"], ["2026/1/31"], ["10:30"]])(
    "texts like %s are dates",
    (text) => {
      expect(
        kind(range(60).map((i) => (i % 2 ? text : text.replace("31", "30").replace("10:", "11:")))),
      ).toBe("date");
    },
  );

  test("different whole numbers or texts in all rows are identifiers; different fractions are not", () => {
    expect(kind(range(100).map((i) => i * 7))).toBe("identifier");
    expect(kind(range(100).map((i) => `customer ${i}`))).toBe("identifier");
    expect(kind(range(100).map((i) => i / 7))).toBe("numeric");
    expect(
      kind(
        range(100).map((i) => i * 7),
        { numeric: ["x"] },
      ),
    ).toBe("numeric");
    expect(
      kind(
        range(100).map((i) => `c${i}`),
        { categorical: ["x"] },
      ),
    ).toBe("categorical");
    expect(kind(range(12).map((i) => i * 7))).toBe("numeric");
  });

  test("long different texts are prose, read by their words", () => {
    const cells = range(100).map((i) => `the order number ${i} came late again`);
    expect(found(cells)).toMatchObject({ schema: { columns: [{ name: "x", kind: "text" }] } });
    expect(kind(cells)).toBe("text");
  });

  test("one value is constant, no value empty, one value with gaps a level", () => {
    expect(kind(range(30).map(() => "a"))).toBe("constant");
    expect(kind(range(30).map(() => " NA "))).toBe("empty");
    expect(kind(range(30).map(() => null))).toBe("empty");
    expect(kind(range(30).map((i) => (i % 2 ? "7" : "")))).toBe("categorical");
  });

  test("columns to ignore or set aside are no inputs, whatever they hold", () => {
    const { schema, columns } = found(
      range(60).map((i) => i % 5),
      { ignore: ["x"] },
    );
    expect([schema.columns, columns[0].kind]).toEqual([[], "ignored"]);
    expect(
      kind(
        range(60).map((i) => i % 5),
        { setAside: ["x"] },
      ),
    ).toBe("set aside");
  });
});

test("columns are summed up in the units of the data", () => {
  const levels = ["red", "red", "green", "blue", "a level with a name that is much too long"];
  const table = tableOf({
    size: range(100).map((i) => (i % 50) / 3),
    weight: range(100).map((i) => 1484705 - (i % 50)),
    colour: range(100).map((i) => levels[i % 5]),
    good: range(100).map((i) => i % 4 === 0),
    since: range(100).map((i) => `2026-01-${10 + (i % 20)}`),
    y: labels(100),
  });
  expect(
    understand(table, { target: "y", ignore: ["weight"] }).columns.map((c) => c.summary),
  ).toEqual([
    "0 to 16.33, median 8",
    "left out: as asked",
    "red 40 %, green 20 %, blue 20 %, … (4 levels)",
    "false 75 %, true 25 %",
    "2026-01-10 to 2026-01-29",
  ]);
  expect(understand(table, { target: "y" }).columns[1].summary).toBe(
    "1484656 to 1484705, median 1484680",
  );
});

test("a column of 200,000 different levels is no trouble", () => {
  const cells = range(300_000).map((i) => `word ${i % 200_000}`);
  expect(found(cells).columns[0]).toMatchObject({ kind: "identifier", distinct: 200_000 });
});

describe("the target", () => {
  const of = (cells: readonly Cell[], options: Partial<UnderstandOptions> = {}): Understanding =>
    understand(tableOf({ x: cells.map((_, i) => i % 3), y: cells }), { target: "y", ...options });

  test("labels are canonical texts in code-point order; rows without one are counted", () => {
    const { schema, y, rows, unlabelled } = of(["b", "10", "2.0", "", null, "2", "a", "?"]);
    expect(schema.classes).toEqual(["10", "2", "a", "b"]);
    expect([...y]).toEqual([3, 0, 1, -1, -1, 1, 2, -1]);
    expect([...rows]).toEqual([0, 1, 2, 5, 6]);
    expect(unlabelled).toBe(3);
  });

  test("None is a label, unless the caller says that it is missing", () => {
    const cells = ["None", "Minor", "Major", "None", "Minor", "Major"];
    expect(of(cells).schema.classes).toEqual(["Major", "Minor", "None"]);
    expect(of(cells, { missing: ["None"] }).schema.classes).toEqual(["Major", "Minor"]);
  });

  test.each([
    ["1000 prices", range(1000).map((i) => i * 3)],
    ["thirty fractions", range(300).map((i) => (i % 30) / 4)],
    ["ages", range(5000).map((i) => 18 + (i % 70))],
    ["thirty numbers in sixty rows", range(60).map((i) => i % 30)],
  ])("%s look like regression", (_, cells) => {
    expect(() => of(cells)).toThrow("this looks like regression");
    expect(() => of(cells.map(String))).toThrow("this looks like regression");
  });

  test("numbers that are names may be told so; few of them need not", () => {
    const cells = range(5000).map((i) => i % 100);
    expect(of(cells, { categorical: ["y"] }).schema.classes).toHaveLength(100);
    expect(of(range(500).map((i) => i % 26)).schema.classes).toHaveLength(26);
  });

  test("no label, one label and labels that are all different are refused in words", () => {
    expect(() => of(["", null, "NA"])).toThrow("holds no label");
    expect(() => of(["a", "a", ""])).toThrow('holds one label only, "a"');
    expect(() => of(range(100).map((i) => `row ${i}`))).toThrow("looks like an identifier");
  });

  test("it is named, or numbered from 1, or from the end", () => {
    const table = tableOf({ a: [1, 2, 1, 2], b: ["u", "v", "u", "v"], c: [3, 4, 5, 5] });
    const name = (target: string | number): string => understand(table, { target }).schema.target;
    expect([name("b"), name(2), name(-2)]).toEqual(["b", "b", "b"]);
    expect(() => name(0)).toThrow("from 1 to 3");
    expect(() => name(4)).toThrow("got 4");
    expect(() => name("bb")).toThrow('did you mean "b"?');
  });
});

describe("wrong input", () => {
  test("unknown columns and options get a suggestion", () => {
    const table = tableOf({ petal_length: [1, 2], y: ["a", "b"] });
    const wrong = { target: "y", ignore: ["petal_lenght"] };
    expect(() => understand(table, wrong)).toThrow('did you mean "petal_length"?');
    expect(() => understand(table, { target: "y", ignores: [] } as never)).toThrow('"ignore"');
  });

  test("two columns of one name are an error", () => {
    const table: Table = tableOf({ a: [1, 2], y: ["u", "v"] });
    const twice = { ...table, columns: [...table.columns, table.columns[0]] };
    expect(() => understand(twice, { target: "y" })).toThrow('two columns are called "a"');
  });
});

describe("leaks", () => {
  const told = (x: readonly Cell[], y: readonly Cell[]): boolean =>
    understand(tableOf({ x, y }), { target: "y" }).remarks.some((r) => r.includes("gives"));
  const y = range(400).map((i) => (i % 2 ? "yes" : "no"));

  test("a column that renames the labels is one, with a hundredth of mistakes too", () => {
    expect(
      told(
        y.map((label) => (label === "yes" ? "alive" : "dead")),
        y,
      ),
    ).toBe(true);
    expect(
      told(
        y.map((label, i) => ((label === "yes") !== (i === 7) ? 1 : 2)),
        y,
      ),
    ).toBe(true);
  });

  test("a number that orders two classes perfectly is one", () => {
    expect(
      told(
        y.map((label, i) => (label === "yes" ? 1000.5 : 0.5) + i),
        y,
      ),
    ).toBe(true);
    expect(
      told(
        y.map((label, i) => (label === "yes" ? 150.5 : 0.5) + i),
        y,
      ),
    ).toBe(false);
  });

  test("a strong honest column is none, nor are levels of one row each, nor few rows", () => {
    expect(
      told(
        y.map((label, i) => (label === "yes" || i % 20 === 0 ? "a" : "b")),
        y,
      ),
    ).toBe(false);
    expect(
      told(
        y.map((_, i) => `level ${i >> 1 === 0 ? 0 : i}`),
        y,
      ),
    ).toBe(false);
    expect(told(["a", "b", "a", "b"], ["no", "yes", "no", "yes"])).toBe(false);
  });
});

describe("real tables", () => {
  const leaks = (table: Table, target: string | number): string[] =>
    understand(table, { target })
      .remarks.filter((r) => r.includes("all but gives"))
      .map((r) => r.split('"')[1]);

  test.skipIf(!haveShared)("titanic's alive, and nothing else, is a leak", () => {
    expect(leaks(sharedTable("titanic/titanic.csv"), "survived")).toEqual(["alive"]);
  });

  test("iris and penguins are read as people read them", () => {
    const iris = understand(plainTable("iris.csv"), { target: "species" });
    expect(iris.columns.map((c) => c.kind)).toEqual(new Array(4).fill("numeric"));
    const penguins = understand(plainTable("penguins.csv"), { target: "species" });
    expect(penguins.remarks).toEqual([]);
    expect(penguins.columns.map((c) => [c.name, c.kind, c.missing])).toEqual([
      ["island", "categorical", 0],
      ["bill_length_mm", "numeric", 2],
      ["bill_depth_mm", "numeric", 2],
      ["flipper_length_mm", "numeric", 2],
      ["body_mass_g", "numeric", 2],
      ["sex", "categorical", 11],
    ]);
  });

  test.skipIf(!haveShared)(
    "adult, wdbc and shuttle give no false alarm, credit-default its ID",
    () => {
      const adult = sharedTable("adult/adult.data.gz", { header: false });
      const found = understand(adult, { target: -1 });
      expect([found.rows.length, found.remarks]).toEqual([32561, []]);
      expect(found.columns.filter((c) => c.kind === "numeric")).toHaveLength(6);
      expect(found.schema.classes).toEqual(["<=50K", ">50K"]);
      expect(leaks(sharedTable("breast-cancer-wisconsin/wdbc.csv"), "diagnosis")).toEqual([]);
      expect(leaks(sharedTable("shuttle/shuttle.csv.gz"), "Class")).toEqual([]);
      const credit = understand(sharedTable("credit-default/UCI_Credit_Card.csv.gz"), {
        target: -1,
      });
      expect(credit.columns.filter((c) => !c.used).map((c) => c.name)).toEqual(["ID"]);
    },
  );
});
