import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anything } from "./anything.ts";
import { expectHolds } from "./anything-holds.ts";

describe("300 tables of anything train, save, load and predict, or end in a sentence", () => {
  it.each([1, 2, 3, 4, 5, 6])("part %i, 50 of them", async (seed) => {
    let learned = 0;
    await fc.assert(
      fc.asyncProperty(anything, async (table) => {
        if ((await expectHolds(table)) === "learned") learned++;
      }),
      { numRuns: 50, seed },
    );
    expect(learned).toBeGreaterThan(25);
  });
});
