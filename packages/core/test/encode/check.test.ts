import { describe, expect, test } from "vitest";
import { checkEncoder } from "../../src/encode/check.ts";
import { CURVES, fitEncoder } from "../../src/encode/encoder.ts";
import { checkSchema } from "../../src/encode/schema.ts";
import { understand } from "../../src/encode/understand.ts";
import { readContainer, writeContainer } from "../../src/file/container.ts";
import { type Packable, pack, unpack } from "../../src/file/pack.ts";
import { tableOf } from "./tables.ts";

const range = Array.from({ length: 90 }, (_, i) => i);
const table = tableOf({
  amount: range.map((i) => (i % 9 === 0 ? 0 : i / 7)),
  colour: range.map((i) => ["red", "blue", ""][i % 3]),
  good: range.map((i) => (i % 2 ? "yes" : "no")),
  since: range.map((i) => `2026-0${1 + (i % 9)}-1${i % 10}`),
  y: range.map((i) => (i % 2 ? "a" : "b")),
});
const { schema, rows } = understand(table, { target: "y" });
const encoder = fitEncoder(table, schema, rows, CURVES);

type Tree = { [key: string]: Packable };
const clone = (): { schema: Tree; encoder: Tree } =>
  unpack(
    readContainer(writeContainer(pack({ schema, encoder } as unknown as Tree))),
  ) as unknown as { schema: Tree; encoder: Tree };

test("schema and encoder come back from a model file as they were", () => {
  const loaded = clone();
  expect(checkSchema(loaded.schema)).toEqual(schema);
  expect(checkEncoder(loaded.encoder, schema)).toEqual(encoder);
});

/** Sets what stands at a path of keys. */
function mend(tree: unknown, path: string, value: unknown): unknown {
  const keys = path.split(".");
  const last = keys.pop()!;
  const holder = keys.reduce((node, key) => (node as Record<string, unknown>)[key], tree);
  (holder as Record<string, unknown>)[last] = value;
  return tree;
}

describe("a hostile schema is refused", () => {
  test.each([
    ["target", 3],
    ["classes", ["a"]],
    ["classes", ["a", "a"]],
    ["classes", "ab"],
    ["missing", null],
    ["columns", {}],
    ["columns.0", null],
    ["columns.0.name", "colour"],
    ["columns.0.name", "y"],
    ["columns.0.kind", "__proto__"],
  ])("%s = %j", (path, value) => {
    expect(() => checkSchema(mend(clone().schema, path, value))).toThrow(
      "the model file is damaged",
    );
  });

  test.each([[null], [undefined], ["schema"], [[]], [7]])("%j", (value) => {
    expect(() => checkSchema(value)).toThrow("the model file is damaged");
  });
});

describe("a hostile encoder is refused", () => {
  test.each([
    ["missing", ["other"]],
    ["columns", []],
    ["columns.0", null],
    ["columns.0.name", "colour"],
    ["columns.0.kind", "categorical"],
    ["columns.0.line", Float64Array.of(1, 2)],
    ["columns.0.line", Float64Array.of(1, 2, 0)],
    ["columns.0.line", Float64Array.of(Number.NaN, 2, 1)],
    ["columns.0.line", [1, 2, 3]],
    ["columns.0.knots", Float64Array.of(2, 1)],
    ["columns.0.knots", new Float64Array(0)],
    ["columns.0.knots", null],
    ["columns.0.rampMeans", new Float64Array(3)],
    ["columns.0.frequent", Float64Array.of(Number.POSITIVE_INFINITY)],
    ["columns.0.missing", 1],
    ["columns.1.levels", ["a", "a"]],
    ["columns.1.levels", new Array(70_000).fill("x")],
    ["columns.1.other", undefined],
    ["columns.2.words", ["no"]],
    ["columns.3.cycles", ["month"]],
    ["columns.3.days", null],
    ["columns.3.days.line", Float64Array.of(0, 0, -1)],
  ])("%s = %j", (path, value) => {
    expect(() => checkEncoder(mend(clone().encoder, path, value), schema)).toThrow(
      "the model file is damaged",
    );
  });
});
