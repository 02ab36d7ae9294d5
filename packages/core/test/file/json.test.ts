import fc from "fast-check";
import { expect, test } from "vitest";
import { type Json, parseJson } from "../../src/file/json.ts";

/** Objects in place of Maps, to compare with JSON.parse. */
function plain(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
}

test.each<[string, string, number]>([
  ["", "a value", 0],
  [" ", "a value", 1],
  ["nul", "a value", 0],
  ["tru", "a value", 0],
  ["nullx", "the end", 4],
  ["[1,]", "a value", 3],
  ["[,1]", "a value", 1],
  ["[1 2]", '"," or "]"', 3],
  ["[1", '"," or "]"', 2],
  ["[1}", '"," or "]"', 2],
  ['{"a":1,}', "a key", 7],
  ['{"a" 1}', '":"', 5],
  ['{"a":}', "a value", 5],
  ["{a:1}", "a key", 1],
  ["{'a':1}", "a key", 1],
  ['{"a":1', '"," or "}"', 6],
  ['{"a":1]', '"," or "}"', 6],
  ["01", "a value", 0],
  ["-", "a value", 0],
  ["--1", "a value", 0],
  ["+1", "a value", 0],
  [".5", "a value", 0],
  ["1.5", "a value", 0],
  ["1e3", "a value", 0],
  ["1E3", "a value", 0],
  ["-0", "a value", 0],
  ["NaN", "a value", 0],
  ["9007199254740992", "a value", 0],
  ['"a', "the end of a string", 2],
  ['"a\\', "an escape", 4],
  ['"\\x"', "an escape", 3],
  ['"\\u12g4"', "an escape", 3],
  ['"\\u12"', "an escape", 3],
  ['"\\x0041"', "an escape", 3],
  ['"a\nb"', "the end of a string", 2],
  ["1 2", "the end", 2],
  ["\ufeff1", "a value", 0],
  ["\u00a01", "a value", 0],
  ["// a\n1", "a value", 0],
])("refuses %j, which should have %s at character %d", (text, expected, at) => {
  expect(() => parseJson(text)).toThrow(
    `the model file is damaged: expected ${expected} at character ${at} of its JSON; copy`,
  );
});

test("refuses a key that comes twice, however it is escaped", () => {
  expect(() => parseJson('{"a":1,"a":1}')).toThrow(/one key "a", not two/);
  expect(() => parseJson('{"a":1,"\\u0061":2}')).toThrow(/one key "a", not two/);
  expect(() => parseJson('[{"b":{"__proto__":1,"__proto__":2}}]')).toThrow(/not two/);
});

test("reads 64 levels and refuses 65, counting those that are open only", () => {
  const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  expect(JSON.stringify(parseJson(nested(64)))).toBe(nested(64));
  expect(() => parseJson(nested(65))).toThrow("expected at most 64 levels at character 65 of");
  expect(() => parseJson(`${'{"a":['.repeat(32)}{`)).toThrow("expected at most 64 levels");
  expect(parseJson(`[${new Array(100).fill("[{}]").join(",")}]`)).toHaveLength(100);
});

test("reads every escape, and white space between all there is", () => {
  const text = '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u00C9\\ud83d\\ude00"';
  expect(parseJson(text)).toBe('"\\/\b\f\n\r\téÉ\u{1f600}');
  expect(parseJson("\t\n\r [ 1 , -2\n] ")).toStrictEqual([1, -2]);
  expect(parseJson(' { "a" : null , "b" : [ ] , "" : { } } ')).toStrictEqual(
    new Map<string, Json>([
      ["a", null],
      ["b", []],
      ["", new Map()],
    ]),
  );
});

test("refuses a hundred thousand open brackets without exhausting the stack", () => {
  expect(() => parseJson("[".repeat(100_000))).toThrow(/at most 64 levels/);
  expect(() => parseJson('{"a":'.repeat(100_000))).toThrow(/at most 64 levels/);
});

test("keeps a key named __proto__ as a key", () => {
  const value = parseJson('{"__proto__":{"polluted":1}}');
  expect(value).toBeInstanceOf(Map);
  expect((value as Map<string, Json>).has("__proto__")).toBe(true);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test("reads what JSON.parse reads, for any nesting of strings, safe integers, booleans and null", () => {
  const tree = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.string({ unit: "binary" }),
      fc.maxSafeInteger().map((value) => value + 0),
      fc.boolean(),
      fc.constant(null),
    ),
    node: fc.oneof(
      { depthSize: "small" },
      tie("leaf"),
      fc.array(tie("node")),
      fc.dictionary(
        fc.string().filter((key) => key !== "__proto__"),
        tie("node"),
      ),
    ),
  })).node;
  fc.assert(
    fc.property(tree, fc.constantFrom(0, 2, "\t"), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(plain(parseJson(text))).toStrictEqual(plainObject(JSON.parse(text)));
    }),
    { numRuns: 300 },
  );
});

const plainObject = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, item) => (Object.is(item, -0) ? 0 : item));

test("keeps lone surrogates", () => {
  expect(parseJson('"\\ud800x\\udc00"')).toBe("\ud800x\udc00");
});
