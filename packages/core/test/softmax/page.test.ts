import { readFileSync } from "node:fs";
import { format } from "node:util";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";
import * as core from "../../src/index.ts";

/** The ts blocks of docs/softmax.md and the text block after each: one program and what it prints. */
const page = readFileSync(new URL("../../../../docs/softmax.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```ts\n(.*?)^```\n(?:```text\n(.*?)^```\n)?/gms)].map(
  ({ 1: code, 2: output, index: at }, index) => {
    const heading = page.slice(0, at).split(/^#+ /m).at(-1)?.split("\n")[0];
    return { index, code, output, heading };
  },
);

/** Types and imports are taken out; `next(i)` starts the output of block i. */
function compile(): (core: object, console: object, next: (block: number) => void) => unknown {
  const source = blocks.map(({ code, index }) => `next(${index});\n${code}`).join("\n");
  const required = source
    .replace(/^import type .*;$/gm, "")
    .replace(/^import (\{[^}]*\}) from "@softmax\/core";$/gm, "const $1 = core;");
  const { code } = transformSync(required, { loader: "ts", format: "esm", target: "es2023" });
  // oxlint-disable-next-line typescript/no-implied-eval -- the page is our own file
  return new Function("core", "console", "next", code) as ReturnType<typeof compile>;
}

function run(): string[] {
  const outputs = blocks.map(() => "");
  let current = 0;
  const log = (...values: unknown[]): void => {
    outputs[current] += `${format(...values)}\n`;
  };
  compile()(core, { log }, (block) => {
    current = block;
  });
  return outputs;
}

const printed = run();

test("the page has its blocks, each with an output", () => {
  expect(blocks.length).toBeGreaterThan(15);
  expect(blocks.every(({ output }) => output !== undefined)).toBe(true);
});

for (const { index, output, heading } of blocks) {
  test(`docs/softmax.md prints what it says, block ${index + 1}: ${heading}`, () => {
    expect(printed[index]).toBe(output);
  });
}
