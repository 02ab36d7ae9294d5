import { describe, expect, test } from "vitest";
import { checkEncoder } from "../../src/encode/check.ts";
import { CURVES, encodedWidth, fitEncoder } from "../../src/encode/encoder.ts";
import { checkSchema } from "../../src/encode/schema.ts";
import { TextCorpus } from "../../src/encode/text/corpus.ts";
import { DEFAULT_TEXT } from "../../src/encode/text/shapes.ts";
import type { TextShape } from "../../src/encode/text/text.ts";
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
  note: range.map((i) => `number ${i % 7} of seven`),
  y: range.map((i) => (i % 2 ? "a" : "b")),
});
const { schema, rows } = understand(table, { target: "y", text: ["note"] });
const TEXT: TextShape = {
  ...{ name: "", counts: "log", idf: true, bayes: false },
  grams: [
    { of: "words", from: 1, to: 2 },
    { of: "characters", from: 2, to: 3 },
  ],
};
const encoder = fitEncoder(table, schema, rows, { ...CURVES, text: TEXT });

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
    ["columns.4.counts", "linear"],
    ["columns.4.counts", null],
    ["columns.4.foldAccents", 0],
    ["columns.4.normalise", "true"],
    ["columns.4.stemmer", null],
    ["columns.4.segmenter", 7],
    ["columns.4.stopWords", "the"],
    ["columns.4.stopWords", ["the", "the"]],
    ["columns.4.stopWords", [1]],
    ["columns.4.grams", null],
    ["columns.4.grams", {}],
    ["columns.4.grams", [null]],
    ["columns.4.grams", [{}, {}, {}]],
    ["columns.4.grams.0.of", "sentences"],
    ["columns.4.grams.0.of", "__proto__"],
    ["columns.4.grams.0.from", 0],
    ["columns.4.grams.0.from", 3],
    ["columns.4.grams.0.from", 1.5],
    ["columns.4.grams.0.to", 17],
    ["columns.4.grams.0.to", 1e9],
    ["columns.4.grams.0.to", "2"],
    ["columns.4.grams.0.bits", 23],
    ["columns.4.grams.0.bits", 1e9],
    ["columns.4.grams.0.bits", -1],
    ["columns.4.grams.0.bits", 8],
    ["columns.4.grams.0.terms", null],
    ["columns.4.grams.0.terms", ["number", "number"]],
    ["columns.4.grams.0.terms", ["number"]],
    ["columns.4.grams.0.terms", [["number"]]],
    ["columns.4.grams.0.weights", null],
    ["columns.4.grams.0.weights", Float64Array.of(1)],
    ["columns.4.grams.0.weights", new Int32Array(0)],
    ["columns.4.grams.1.weights", Float64Array.of(Number.NaN)],
    ["columns.4.grams.1.weights", new Array(3).fill(1)],
  ])("%s = %j", (path, value) => {
    expect(() => checkEncoder(mend(clone().encoder, path, value), schema)).toThrow(
      "the model file is damaged",
    );
  });
});

test("an encoder of texts with too many terms, or a weight that is not finite, is refused", () => {
  const grams = (loaded: unknown): { terms: string[]; weights: Float64Array } =>
    (loaded as typeof encoder & { columns: { grams: never[] }[] }).columns[4].grams[0];
  const loaded = clone().encoder;
  grams(loaded).weights[2] = Number.POSITIVE_INFINITY;
  expect(() => checkEncoder(loaded, schema)).toThrow("not 26 finite numbers");
  const endless = clone().encoder;
  grams(endless).terms = new Array(2 ** 22 + 1);
  expect(() => checkEncoder(endless, schema)).toThrow("the model file is damaged");
});

test("an encoder of hashed texts comes back, and asks for no memory before its weights are checked", () => {
  const hashing = new TextCorpus(rows, { ...DEFAULT_TEXT, hashBits: 22 });
  const hashed = fitEncoder(
    table,
    schema,
    rows,
    { ...CURVES, text: { ...TEXT, idf: false } },
    hashing,
  );
  expect(checkEncoder(structuredClone(hashed), schema)).toEqual(hashed);
  expect(encodedWidth(hashed)).toBeGreaterThan(2 ** 23);
});
