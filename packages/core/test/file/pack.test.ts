import fc from "fast-check";
import { expect, test } from "vitest";
import { readContainer, writeContainer } from "../../src/file/container.ts";
import { type Packable, pack, unpack } from "../../src/file/pack.ts";

type Tree = { readonly [key: string]: Packable };
const there = (tree: Tree): Tree => unpack(readContainer(writeContainer(pack(tree))));

const model: Tree = {
  schema: { target: "species", classes: ["b", "10", "2", "__proto__", "ü\ud800"] },
  encoder: {
    columns: [
      { kind: "numeric", median: 44.45, centred: true, knots: Float64Array.of(1, 2.5, Number.NaN) },
      { kind: "categorical", levels: [], other: null, codes: Int32Array.of(3, -1) },
    ],
  },
  weights: Float64Array.of(0.1, -0, 5e-324),
  numbers: [1, 2.5, Number.NEGATIVE_INFINITY, -0],
  counts: [1, 2, 3],
  seed: -9007199254740991,
  huge: 2 ** 60,
  zero: -0,
  nothing: {},
};

test("gives back a model's tree, bit for bit", () => {
  expect(there(model)).toStrictEqual(model);
});

test("names tensors by their path, and puts scalars and lists of numbers in float64 tensors", () => {
  const { tensors, words } = pack(model);
  expect(tensors.map(({ name, dtype, shape }) => [name, dtype, ...shape])).toStrictEqual([
    ["encoder/columns/0/knots", "F64", 3],
    ["encoder/columns/0/median", "F64"],
    ["encoder/columns/1/codes", "I32", 2],
    ["huge", "F64"],
    ["numbers", "F64", 4],
    ["weights", "F64", 3],
    ["zero", "F64"],
  ]);
  expect(words).toContain('"median":{"$":"number"}');
  expect(words).not.toContain("44.45");
});

test("keeps a given shape for other readers", () => {
  const { tensors } = pack({ W: new Float64Array(6) }, new Map([["W", [2, 3]]]));
  expect(tensors[0].shape).toStrictEqual([2, 3]);
  expect(unpack({ tensors, words: '{"W":{"$":"array"}}' })).toStrictEqual({
    W: new Float64Array(6),
  });
});

test("keeps long lists of strings as bytes, any characters in them", () => {
  const words = Array.from({ length: 5000 }, (_, i) => `wörd "${i}" \n \ud800`);
  const packed = pack({ words });
  expect(packed.tensors[0].dtype).toBe("U8");
  expect(packed.words).toBe('{"words":{"$":"strings"}}');
  expect(there({ words })).toStrictEqual({ words });
});

test("gives equal bytes for trees whose keys were set in another order", () => {
  const one = writeContainer(pack({ b: 0.5, a: { y: 1, x: Float32Array.of(1) } }));
  const other = writeContainer(pack({ a: { x: Float32Array.of(1), y: 1 }, b: 0.5 }));
  expect(one).toStrictEqual(other);
});

test.each<[string, unknown]>([
  ["undefined", { a: undefined }],
  ["a function", { a: () => 1 }],
  ["a bigint", { a: 1n }],
  ["a Map", { a: new Map() }],
  ["a hole in a list", { a: new Array(2) }],
  ["an array of 16-bit numbers", { a: new Uint16Array(2) }],
  ["a DataView", { a: new DataView(new ArrayBuffer(8)) }],
  ["a key that engines reorder", { a: { 10: 1 } }],
  ["a key that objects inherit", { a: { constructor: 1 } }],
  ["the key __proto__", JSON.parse('{"__proto__":1}')],
  ["a key with a slash", { "a/b": 1 }],
  ["a key that marks tensors", { $: "array" }],
])("refuses to pack %s", (_, tree) => {
  expect(() => pack(tree as Tree)).toThrow(/internal:/);
});

test("refuses to pack a tree without end", () => {
  const tree: { self?: unknown } = {};
  tree.self = tree;
  expect(() => pack(tree as Tree)).toThrow(/too deep/);
});

test.each<[string, string]>([
  ["a tensor without a place", "{}"],
  ["a place without a tensor", '{"x":{"$":"array"},"y":{"$":"array"}}'],
  ["one tensor in two kinds", '{"x":{"$":"number"}}'],
  ["an unknown kind", '{"x":{"$":"matrix"}}'],
  ["a marker with company", '{"x":{"$":"array","a":1}}'],
  ["bytes that are no strings", '{"x":{"$":"strings"}}'],
  ["the key __proto__", '{"x":{"$":"array"},"a":{"__proto__":{"b":1}}}'],
  ["the key constructor", '{"x":{"$":"array"},"constructor":1}'],
  ["a number as a key", '{"x":{"$":"array"},"1":1}'],
  ["a list at the top", "[1]"],
])("refuses to unpack %s", (_, words) => {
  const tensors = pack({ x: Uint8Array.of(1, 2, 3) }).tensors;
  expect(() => unpack({ tensors, words })).toThrow(/the model file is damaged/);
});

test("gives back any tree", () => {
  const key = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,8}$/).filter((k) => !(k in {}));
  const { tree } = fc.letrec<{ tree: Tree; node: Packable }>((tie) => ({
    tree: fc.dictionary(key, tie("node"), { maxKeys: 5, noNullPrototype: true }),
    node: fc.oneof(
      { maxDepth: 5, depthSize: "small" },
      fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null)),
      fc.oneof(fc.float64Array(), fc.int32Array(), fc.uint8Array(), fc.float32Array()),
      fc.array(tie("node"), { maxLength: 4 }),
      tie("tree"),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      expect(there(value)).toStrictEqual(value);
    }),
    { numRuns: 300 },
  );
});
