import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as core from "../../src/index.ts";
import { blocksOf, printedBy } from "../docs/program.ts";

const page = readFileSync(new URL("../../../../docs/softmax.md", import.meta.url), "utf8");
const blocks = blocksOf(page);
const printed = await printedBy(blocks, new Map([["@softmax/core", core]]));

test("the page has its blocks, each with an output", () => {
  expect(blocks.length).toBeGreaterThan(15);
  expect(blocks.every(({ output }) => output !== undefined)).toBe(true);
});

for (const [index, { output, heading }] of blocks.entries()) {
  test(`docs/softmax.md prints what it says, block ${index + 1}: ${heading}`, () => {
    expect(printed[index]).toBe(output);
  });
}
