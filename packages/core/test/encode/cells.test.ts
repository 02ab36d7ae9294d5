import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byCodePoint } from "../../src/base/text.ts";
import {
  canonicalText,
  everyRow,
  MISSING_TEXTS,
  parseNumber,
  readCodes,
  readingOf,
  readNumbers,
} from "../../src/encode/cells.ts";
import { numberColumn, tableOf, textColumn } from "./tables.ts";

describe("numbers", () => {
  test.each([
    ["3", 3],
    ["-2.50", -2.5],
    ["+.5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1E-3", 0.001],
    ["007", 7],
    ["-0", 0],
    ["0.1234567890123456789", 0.12345678901234568],
    ["1e300", 1e300],
  ])("%s is %d", (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  test.each([
    "",
    ".",
    "-",
    "0x10",
    "Infinity",
    "NaN",
    "1e999",
    "1e301",
    "1,5",
    "1 000",
    "1_000",
    "1e",
    "--1",
    "٣",
    "12a",
  ])("%j is none", (text) => {
    expect(parseNumber(text)).toBeNaN();
  });

  test("a decimal comma is read where the table has one, and then a point is not", () => {
    expect(parseNumber("3,5", ",")).toBe(3.5);
    expect(parseNumber("1e-1", ",")).toBe(0.1);
    expect(parseNumber("3.5", ",")).toBeNaN();
    expect(parseNumber("1,2,3", ",")).toBeNaN();
  });
});

describe("levels", () => {
  test.each([
    ["3", "3"],
    ["3.0", "3"],
    ["3.", "3"],
    ["-2.50", "-2.5"],
    [".5", "0.5"],
    ["-0", "0"],
    ["0.0000001", "1e-7"],
    ["True", "true"],
    ["FALSE", "false"],
    ["123456789012345", "123456789012345"],
  ])("%s is %s", (text, canonical) => {
    expect(canonicalText(text)).toBe(canonical);
  });

  test.each([
    "007",
    "00",
    "-01",
    "+3",
    "1234567890123456",
    "12345678901234567890",
    "1e3",
    "3 rooms",
    "",
    "-",
    ".",
    "1.2.3",
  ])("%j keeps every character", (text) => {
    expect(canonicalText(text)).toBe(text);
  });

  test("a number is the level that its text is, for every number that texts keep", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: 0, max: 5 }),
        (n, places) => {
          const value = n / 10 ** places;
          expect(canonicalText(value.toFixed(places))).toBe(String(value + 0));
        },
      ),
    );
  });

  test("with a decimal comma, 3,0 is 3 and 3.0 is a text", () => {
    expect(canonicalText("3,0", ",")).toBe("3");
    expect(canonicalText("3.0", ",")).toBe("3.0");
  });
});

describe("missing cells", () => {
  const cells = ["", "  ", "NA", " ? ", "NULL", "None", "x", null];
  const reading = readingOf(tableOf({ x: cells }), MISSING_TEXTS);

  test("empty texts, white space, tokens and nulls are missing", () => {
    const codes = readCodes(textColumn("x", cells), reading, everyRow(8), (t) =>
      t === null ? -1 : 0,
    );
    expect([...codes]).toEqual([-1, -1, -1, -1, -1, -1, 0, -1]);
  });

  test("a number that means missing does so however it is written", () => {
    const only = readingOf(tableOf({ x: [1] }), ["-999"]);
    const text = textColumn("x", ["-999", "-999.0", " -999.00", "1"]);
    const number = numberColumn("x", [-999, -999, -999, 1]);
    for (const column of [text, number]) {
      expect([...readNumbers(column, only, everyRow(4))]).toEqual([NaN, NaN, NaN, 1]);
      const codes = readCodes(column, only, everyRow(4), (t) => (t === null ? -1 : Number(t)));
      expect([...codes]).toEqual([-1, -1, -1, 1]);
    }
  });

  test("what means missing is not remembered from another reading of the same column", () => {
    const column = textColumn("x", ["-", "1"]);
    const plain = readingOf(tableOf({ x: [1] }), []);
    const dash = readingOf(tableOf({ x: [1] }), ["-"]);
    const read = (r: typeof plain): number[] => [
      ...readCodes(column, r, everyRow(2), (t) => (t === null ? -1 : 0)),
    ];
    expect([read(plain), read(dash), read(plain)]).toEqual([
      [0, 0],
      [-1, 0],
      [0, 0],
    ]);
  });
});

test("code-point order puts astral characters after the private use area, whatever UTF-16 says", () => {
  const texts = ["\u{1f600}", "\uffee", "b", "a", "10", "2", "", "B", "\ud800"];
  expect(texts.sort(byCodePoint)).toEqual([
    "",
    "10",
    "2",
    "B",
    "a",
    "b",
    "\uffee",
    "\ud800",
    "\u{1f600}",
  ]);
});
