import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anything } from "./anything.ts";
import { expectHolds } from "./anything-holds.ts";

describe("10,000 tables of anything train, save, load and predict, or end in a sentence", () => {
  it.each(Array.from({ length: 20 }, (_, part) => part))("part %i, 500 of them", async (part) => {
    let learned = 0;
    await fc.assert(
      fc.asyncProperty(anything, async (table) => {
        if ((await expectHolds(table)) === "learned") learned++;
      }),
      { numRuns: 500, seed: 100 + part },
    );
    expect(learned).toBeGreaterThan(300);
  });
});
