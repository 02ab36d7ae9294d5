import { expect, test } from "vitest";
import {
  argmax,
  createRandom,
  crossEntropy,
  entropy,
  gumbelSoftmax,
  klDivergence,
  logSigmoid,
  logSoftmax,
  logSumExp,
  type RowOptions,
  sample,
  sampleLogits,
  sigmoid,
  softmax,
  softmaxVjp,
  softplus,
  sparsemax,
  topK,
} from "../../src/index.ts";

test("the kind that goes in comes out: arrays, Float32Array, Float64Array", () => {
  for (const f of [softmax, sparsemax, sigmoid, softplus, logSigmoid]) {
    expect(Array.isArray(f([1, 2]))).toBe(true);
    expect(f(Float32Array.of(1, 2))).toBeInstanceOf(Float32Array);
    expect(f(Float64Array.of(1, 2))).toBeInstanceOf(Float64Array);
  }
  expect(logSumExp(Float32Array.of(1, 2), { columns: 1 })).toEqual(Float32Array.of(1, 2));
  expect(argmax([1, 2, 3, 0], { columns: 2 })).toEqual(Int32Array.of(1, 0));
});

test("one row is a row, and columns make it a matrix", () => {
  const z = [1, 2, 3, 4, 5, 7];
  expect(softmax(z, { columns: 2 }).slice(4)).toEqual(softmax([5, 7]));
  expect(logSumExp(z, { columns: 3 })).toEqual([logSumExp([1, 2, 3]), logSumExp([4, 5, 7])]);
  expect(entropy([0.5, 0.5, 1, 0], { columns: 2 })).toEqual([Math.LN2, 0]);
  expect(klDivergence([1, 0, 0, 1], [0.5, 0.5, 0.5, 0.5], { columns: 2 })).toEqual([
    Math.LN2,
    Math.LN2,
  ]);
  expect(softmax([], { columns: 4 })).toEqual([]);
  expect(argmax([], { columns: 4 })).toEqual(new Int32Array(0));
});

test("out takes the result, in place if it is the input", () => {
  const z = Float64Array.of(1, 2, 3, 4);
  const expected = softmax(z, { columns: 2 });
  const out = new Float64Array(4);
  expect(softmax(z, { columns: 2, out })).toBe(out);
  expect(out).toEqual(expected);
  expect(softmax(z, { columns: 2, out: z })).toBe(z);
  expect(z).toEqual(expected);
  expect(sigmoid(z, { out: z })).toBe(z);
});

test("a mask has one flag an entry, or one a column for all rows", () => {
  const z = [1, 2, 3, 4];
  const byColumn = softmax(z, { columns: 2, mask: [true, false] });
  expect(byColumn).toEqual([1, 0, 1, 0]);
  expect(softmax(z, { columns: 2, mask: [1, 0, 1, 0] })).toEqual(byColumn);
  expect(argmax(z, { mask: [1, 1, 1, 0] })).toBe(2);
});

test("what cannot be is refused with a sentence", () => {
  expect(() => softmax([1, 2, 3], { columns: 2 })).toThrow('"logits" expected 4 entries, got 3');
  expect(() => softmax([1, 2], { columns: 0 })).toThrow(RangeError);
  expect(() => softmax([1, 2], { columns: 1.5 })).toThrow('"columns" expected an integer, got 1.5');
  expect(() => softmax([1, 2], { temperature: -1 })).toThrow(
    '"temperature" expected a number from 0 to Infinity, got -1',
  );
  expect(() => softmax([1, 2], { temperature: Number.NaN })).toThrow(RangeError);
  expect(() => softmax([1, 2], { mask: [1] })).toThrow('"mask" expected 2 entries, got 1');
  expect(() => softmax([1, 2], { out: [] })).toThrow('"out" expected 2 entries, got 0');
  expect(() => softmax([1, 2], { temprature: 2 } as RowOptions)).toThrow(
    '"options" expected a known option, got "temprature"; did you mean "temperature"?',
  );
  expect(() => topK([1, 2], 3)).toThrow('"count" expected a number from 0 to 2, got 3');
  expect(() => softmaxVjp([0.5, 0.5], [1])).toThrow('"g" expected 2 entries, got 1');
});

test("hostile values are refused, not coerced", () => {
  const hostile = (value: unknown): number[] => value as number[];
  expect(() => softmax(hostile(["3", 4]))).toThrow('"logits[0]" expected a number, got "3"');
  expect(() => softmax(hostile([1, undefined, 2]))).toThrow(
    '"logits[1]" expected a number, got undefined',
  );
  expect(() => softmax(hostile("12"))).toThrow(TypeError);
  expect(() => softmax(hostile(null))).toThrow(TypeError);
  expect(() => softmax(hostile(Int32Array.of(1)))).toThrow(TypeError);
  expect(() => entropy(hostile({ length: 2 }))).toThrow(TypeError);
  expect(() => klDivergence([1], hostile(undefined))).toThrow(TypeError);
});

test("cross-entropy refuses labels and weights that fit nothing", () => {
  expect(() => crossEntropy([1, 2], 2)).toThrow(
    '"targets[0]" expected a number from 0 to 1, got 2',
  );
  expect(() => crossEntropy([1, 2], 0.5)).toThrow('"targets[0]" expected an integer, got 0.5');
  expect(() => crossEntropy([1, 2, 3, 4], [0, 1, 0], { columns: 2 })).toThrow(
    '"targets" expected 4 entries, got 3',
  );
  expect(() => crossEntropy([1, 2], 0, { classWeights: [1] })).toThrow(
    '"classWeights" expected 2 entries, got 1',
  );
  expect(() => crossEntropy([1, 2], 0, { rowWeights: [-1] })).toThrow('"rowWeights[0]"');
  expect(() => crossEntropy([1, 2], 0, { labelSmoothing: 2 })).toThrow('"labelSmoothing"');
});

test("every function calls what it is given by its name", () => {
  const hostile = [Symbol.iterator] as unknown as number[];
  const random = createRandom(1);
  for (const [name, call] of [
    ["logits", () => softmax(hostile)],
    ["logits", () => logSoftmax(hostile)],
    ["logits", () => logSumExp(hostile)],
    ["logits", () => sparsemax(hostile)],
    ["logits", () => sampleLogits(hostile, random)],
    ["logits", () => gumbelSoftmax(hostile, random)],
    ["logits", () => crossEntropy(hostile, 0)],
    ["targets", () => crossEntropy([1], hostile)],
    ["values", () => argmax(hostile)],
    ["values", () => topK(hostile, 1)],
    ["values", () => sigmoid(hostile)],
    ["probabilities", () => entropy(hostile)],
    ["probabilities", () => klDivergence(hostile, [1])],
    ["q", () => klDivergence([1], hostile)],
    ["probabilities", () => sample(hostile, random)],
    ["result", () => softmaxVjp(hostile, [1])],
    ["g", () => softmaxVjp([1], hostile)],
  ] as const) {
    expect(call).toThrow(`"${name}[0]" expected a number`);
  }
  expect(() => klDivergence([1, 0], [1])).toThrow('"q" expected 2 entries, got 1');
});

test("an option that a function does not have is refused by each", () => {
  const given = { columns: 1, mask: [1] };
  const random = createRandom(1);
  for (const call of [
    () => entropy([1], given),
    () => klDivergence([1], [1], given),
    () => sample([1], random, given),
    () => sigmoid([1], { columns: 1 } as { out?: number[] }),
  ]) {
    expect(call).toThrow('"options" expected a known option');
  }
});

test("the functions of one number take one", () => {
  expect(sigmoid(0)).toBe(0.5);
  expect(softplus(0)).toBe(Math.LN2);
  expect(logSigmoid(0)).toBe(-Math.LN2);
  expect([softplus(3), logSigmoid(3)]).toEqual([softplus([3])[0], logSigmoid([3])[0]]);
});
