import fc from "fast-check";
import { expect, test } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { readContainer, writeContainer } from "../../src/file/container.ts";
import { type Packable, pack, unpack } from "../../src/file/pack.ts";
import type { Tensor } from "../../src/file/tensor.ts";

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

test("keeps lists of strings as words up to 4096 characters of JSON", () => {
  const list = (length: number): string[] => ["x".repeat(length - 4)];
  expect(pack({ words: list(4096) }).tensors).toHaveLength(0);
  expect(pack({ words: list(4097) }).tensors).toHaveLength(1);
});

test("takes objects without a prototype, and nothing for nothing", () => {
  const bare = Object.assign(Object.create(null) as object, { b: [] }) as Tree;
  expect(pack({ a: bare })).toStrictEqual({ tensors: [], words: '{"a":{"b":[]}}' });
});

test("nests as deep as a model file may, through lists and through objects, and no deeper", () => {
  const lists = (levels: number): Packable => (levels === 0 ? [] : [lists(levels - 1)]);
  const objects = (levels: number): Packable => (levels === 0 ? [] : { a: objects(levels - 1) });
  for (const nested of [lists, objects]) {
    expect(there({ a: nested(62) })).toStrictEqual({ a: nested(62) });
    expect(() => pack({ a: nested(63) })).toThrow(
      /^internal: "a\/.*" is too deep for a model file$/,
    );
  }
});

test("gives equal bytes for trees whose keys were set in another order", () => {
  const one = writeContainer(pack({ b: 0.5, a: { y: 1, x: Float32Array.of(1) } }));
  const other = writeContainer(pack({ a: { x: Float32Array.of(1), y: 1 }, b: 0.5 }));
  expect(one).toStrictEqual(other);
});

const notHeld = 'internal: "a" is nothing that a model file holds';
const noNumbers = "internal: a tensor holds float64, float32, int32, bytes or signed bytes only";

test.each<[string, unknown, string]>([
  ["undefined", { a: undefined }, notHeld],
  ["a function", { a: () => 1 }, notHeld],
  ["a bigint", { a: 1n }, notHeld],
  ["a Map", { a: new Map() }, notHeld],
  ["a hole in a list", { a: new Array(2) }, 'internal: "a/0" is nothing that a model file holds'],
  ["an array of 16-bit numbers", { a: new Uint16Array(2) }, noNumbers],
  ["a DataView", { a: new DataView(new ArrayBuffer(8)) }, noNumbers],
  ["a key that engines reorder", { a: { 10: 1 } }, 'internal: "10" is no key of a model file'],
  [
    "a key that objects inherit",
    { a: { constructor: 1 } },
    'internal: "constructor" is no key of a model file',
  ],
  [
    "the key __proto__",
    JSON.parse('{"__proto__":1}'),
    'internal: "__proto__" is no key of a model file',
  ],
  ["a key with a slash", { "a/b": 1 }, 'internal: "a/b" is no key of a model file'],
  ["a key that marks tensors", { $: "array" }, 'internal: "$" is no key of a model file'],
])("refuses to pack %s", (_, tree, sentence) => {
  expect(() => pack(tree as Tree)).toThrow(new SoftmaxError("internal", sentence));
});

test("refuses to pack a tree without end", () => {
  const tree: { self?: unknown } = {};
  tree.self = tree;
  expect(() => pack(tree as Tree)).toThrow(/too deep/);
});

test.each<[string, string, string]>([
  ["a tensor without a place", "{}", 'tensor "x" is not in its words'],
  ["a place without a tensor", '{"x":{"$":"array"},"y":{"$":"array"}}', 'tensor "y" is missing'],
  ["an unknown kind", '{"x":{"$":"matrix"}}', 'tensor "x" is not what its words say'],
  ["a marker with company", '{"x":{"$":"array","a":1}}', '"$" is no key of a model file'],
  ["bytes that are no strings", '{"x":{"$":"strings"}}', 'tensor "x" is no list of strings'],
  [
    "the key __proto__",
    '{"x":{"$":"array"},"a":{"__proto__":{"b":1}}}',
    '"__proto__" is no key of a model file',
  ],
  [
    "the key constructor",
    '{"x":{"$":"array"},"constructor":1}',
    '"constructor" is no key of a model file',
  ],
  ["a number as a key", '{"x":{"$":"array"},"1":1}', '"1" is no key of a model file'],
  ["a list at the top", "[1]", "its words are no object"],
])("refuses to unpack %s", (_, words, detail) => {
  const tensors = pack({ x: Uint8Array.of(1, 2, 3) }).tensors;
  expect(() => unpack({ tensors, words })).toThrow(
    `the model file is damaged: ${detail}; copy or train it again`,
  );
});

const unpacked = (kind: string, tensor: Omit<Tensor, "name">): unknown =>
  unpack({ tensors: [{ name: "x", ...tensor }], words: `{"x":{"$":"${kind}"}}` }).x;

test.each<[string, Omit<Tensor, "name">]>([
  ["number", { dtype: "U8", shape: [], data: Uint8Array.of(1) }],
  ["number", { dtype: "F64", shape: [1], data: Float64Array.of(1) }],
  ["numbers", { dtype: "F32", shape: [1], data: Float32Array.of(1) }],
  ["numbers", { dtype: "F64", shape: [1, 1], data: Float64Array.of(1) }],
  ["numbers", { dtype: "F64", shape: [], data: Float64Array.of(1) }],
  ["strings", { dtype: "I8", shape: [5], data: Int8Array.from(Buffer.from('["a"]')) }],
  ["strings", { dtype: "U8", shape: [1, 5], data: Uint8Array.from(Buffer.from('["a"]')) }],
  ["text", { dtype: "U8", shape: [5], data: Uint8Array.from(Buffer.from('["a"]')) }],
  ["array", { dtype: "U8", shape: [2], data: Uint8Array.of(1, 2, 3) }],
])("refuses to unpack a %s from %j", (kind, tensor) => {
  expect(() => unpacked(kind, tensor)).toThrow('tensor "x" is not what its words say');
});

test("refuses bytes for strings that are no UTF-8, begin with a mark, or hold other things too", () => {
  const strings = (...bytes: number[]): unknown =>
    unpacked("strings", { dtype: "U8", shape: [bytes.length], data: Uint8Array.from(bytes) });
  const json = [...Buffer.from('["a"]')];
  expect(strings(...json)).toStrictEqual(["a"]);
  for (const bytes of [
    [0xef, 0xbb, 0xbf, ...json],
    [...json.slice(0, 3), 0xff, ...json.slice(3)],
    [...Buffer.from('["a",1]')],
    [...Buffer.from("[1]")],
    [...Buffer.from('"a"')],
    [],
  ]) {
    expect(() => strings(...bytes)).toThrow('tensor "x" is no list of strings');
  }
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
