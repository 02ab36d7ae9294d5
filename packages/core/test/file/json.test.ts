import fc from "fast-check";
import { expect, test } from "vitest";
import { type Json, parseJson } from "../../src/file/json.ts";

/** Objects in place of Maps, to compare with JSON.parse. */
function plain(value: Json): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
}

test.each([
  "",
  " ",
  "nul",
  "nullx",
  "[1,]",
  "[,1]",
  "[1 2]",
  "[1",
  '{"a":1,}',
  '{"a" 1}',
  "{a:1}",
  "{'a':1}",
  '{"a":1',
  "01",
  "-",
  "+1",
  "1.5",
  "1e3",
  "-0",
  "NaN",
  "9007199254740992",
  '"a',
  '"\\x"',
  '"\\u12g4"',
  '"\\u12"',
  '"a\nb"',
  "1 2",
  "\ufeff1",
  "\u00a01",
  "// a\n1",
])("refuses %j", (text) => {
  expect(() => parseJson(text)).toThrow(/the model file is damaged: expected/);
});

test("refuses a key that comes twice, however it is escaped", () => {
  expect(() => parseJson('{"a":1,"a":1}')).toThrow(/one key "a", not two/);
  expect(() => parseJson('{"a":1,"\\u0061":2}')).toThrow(/one key "a", not two/);
  expect(() => parseJson('[{"b":{"__proto__":1,"__proto__":2}}]')).toThrow(/not two/);
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
