import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  argmax,
  createRandom,
  crossEntropy,
  crossEntropyGradient,
  entmax15,
  entropy,
  klDivergence,
  logSigmoid,
  logSoftmax,
  logSumExp,
  sample,
  sampleLogits,
  sigmoid,
  softmax,
  softplus,
  sparsemax,
  type TemperatureOptions,
  topK,
} from "../../src/index.ts";

const { POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minus, NaN: nan } = Number;

/** A number as docs/math.md §1.9 writes it: ∞, NaN, max, tiny, 1/3, log 2, and sums of these. */
function numberOf(text: string): number {
  const terms = text.trim().split(/ (?=[+-] )/);
  return terms.reduce((sum, term) => sum + termOf(term.replace(/^([+-]) /, "$1")), 0);
}

function termOf(term: string): number {
  const negative = term.startsWith("-");
  const body = term.replace(/^[+-]/, "");
  const log = /^log (\d+)$/.exec(body);
  const ratio = /^(\d+)\/(\d+)$/.exec(body);
  const named = new Map([
    ["∞", inf],
    ["max", Number.MAX_VALUE],
    ["tiny", 5e-324],
    ["NaN", nan],
  ]);
  const value =
    named.get(body) ??
    (log ? Math.log(Number(log[1])) : ratio ? Number(ratio[1]) / Number(ratio[2]) : Number(body));
  if (Number.isNaN(value) && body !== "NaN") throw new Error(`unreadable: ${term}`);
  return negative ? -value : value;
}

const listOf = (text: string): number[] => {
  const inner = text.trim().slice(1, -1);
  return inner === "" ? [] : inner.split(",").map((entry) => numberOf(entry));
};

function optionsOf(text: string): TemperatureOptions {
  const value = text.replace(/^\s*(mask|T)?\s*/, "").replaceAll("`", "");
  if (text.startsWith("mask")) return { mask: listOf(value) };
  return text.startsWith("T") ? { temperature: numberOf(value) } : {};
}

const table = readFileSync(new URL("../../../../docs/math.md", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => /^\| [^|]+ \| `\[/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()));

function expectClose(got: ArrayLike<number>, expected: readonly number[], tolerance: number) {
  expect(got.length).toBe(expected.length);
  expected.forEach((value, c) => {
    if (Number.isFinite(value)) {
      expect(Math.abs(got[c] - value)).toBeLessThanOrEqual(tolerance * Math.abs(value));
    } else expect(got[c]).toBe(value);
  });
}

test("the table of edge cases is read in full", () => {
  expect(table.length).toBe(31);
});

describe("the table of docs/math.md §1.9", () => {
  for (const [, name, z, options, p, logP, lse, top] of table) {
    const bare = (text: string): string => text.replaceAll("`", "");
    const row = listOf(bare(z));
    const given = optionsOf(options);
    const masked = given.mask === undefined ? {} : { mask: given.mask };
    test(`${name}: ${z} ${options}`, () => {
      for (const f of [softmax, sparsemax, entmax15]) {
        expectClose(f(row, given), listOf(bare(p)), 2e-16);
        expectClose(f(Float64Array.from(row), given), listOf(bare(p)), 2e-16);
      }
      expectClose(logSoftmax(row, given), listOf(bare(logP)), 4e-16);
      expectClose([logSumExp(row, masked)], [numberOf(bare(lse))], 4e-16);
      expect(argmax(row, masked)).toBe(Number(bare(top)));
    });
    test(`${name}, as the middle row of float32 values`, () => {
      if (row.length === 0 || z.includes("max")) return;
      const around = [...row.map(() => 0), ...row, ...row.map(() => 0)];
      const mask = given.mask === undefined ? {} : { mask: flagsFor(given.mask, row.length) };
      const out = softmax(Float32Array.from(around), { ...given, ...mask, columns: row.length });
      const middle = out.subarray(row.length, 2 * row.length);
      expectClose(middle, listOf(bare(p)), 1e-7);
      expect(out[0]).toBeCloseTo(1 / row.length, 6);
    });
  }
  const flagsFor = (mask: ArrayLike<boolean | number>, k: number): number[] => [
    ...new Array<number>(k).fill(1),
    ...Array.from(mask, Number),
    ...new Array<number>(k).fill(1),
  ];
});

test("k equal logits give 1/k for every k from 1 to 4096", () => {
  for (let k = 1; k <= 4096; k += k < 40 ? 1 : 137) {
    const z = new Float64Array(k).fill(-0.7);
    for (const f of [softmax, sparsemax, entmax15]) {
      const p = f(z, { temperature: 3 });
      expect(p.every((value) => Math.abs(value * k - 1) < 1e-14)).toBe(true);
    }
    expect(Math.abs(logSumExp(z) + 0.7 - Math.log(k))).toBeLessThan(1e-14);
  }
});

test("topK leaves ties in order of position and fills up with −1", () => {
  expect([...topK([1, 5, 5, 2, 5], 4)]).toEqual([1, 2, 4, 3]);
  expect([...topK([minus, 3, minus], 2)]).toEqual([1, -1]);
  expect([...topK([1, nan, 2], 2)]).toEqual([-1, -1]);
  expect([...topK([1, nan, 2], 2, { mask: [1, 0, 1] })]).toEqual([2, 0]);
  expect([...topK([], 0)]).toEqual([]);
  expect([...topK([3, 1, 2, 4, 6, 5], 2, { columns: 3 })]).toEqual([0, 2, 1, 2]);
});

test("cross-entropy is ∞ only where a target falls on probability 0", () => {
  expect(crossEntropy([0, minus], 1)).toBe(inf);
  expect(crossEntropy([0, minus], 0)).toBe(0);
  expect(crossEntropy([0, minus], [1, 0])).toBe(0);
  expect(crossEntropy([minus, minus], 0)).toBe(inf);
  expect(crossEntropy([0, 0], 0, { mask: [0, 1] })).toBe(inf);
  expect(crossEntropy([inf, 0], 0)).toBe(0);
  expect(crossEntropy([nan, 0], 0)).toBe(nan);
  expect(crossEntropyGradient([0, minus], 1)).toEqual([1, -1]);
  expect(crossEntropyGradient([3, 4], 1, { temperature: 0 })).toEqual([0, 0]);
  expect(crossEntropyGradient([3, 4], 1, { temperature: inf }).map(Math.abs)).toEqual([0, 0]);
});

test("rows of weight 0 and ignored labels count nothing, whatever their logits", () => {
  const z = [nan, inf, 1, 2];
  const rowWeights = [0, 1];
  const plain = crossEntropy([1, 2], 0);
  expect(crossEntropy(z, [0, 0], { columns: 2, rowWeights })).toEqual([0, plain]);
  expect(crossEntropyGradient(z, [0, 0], { columns: 2, rowWeights }).slice(0, 2)).toEqual([0, 0]);
  const ignored = { columns: 2, ignoredLabel: -100 };
  expect(crossEntropy(z, [-100, 0], ignored)).toEqual([0, plain]);
  expect(crossEntropy(z, [-100, 0], { ...ignored, reduce: "mean" })).toBe(plain);
  expect(crossEntropy(z, [-100, -100], { ...ignored, reduce: "mean" })).toBe(0);
  expect(crossEntropyGradient(z, [-100, -100], { ...ignored, reduce: "mean" })).toEqual([
    0, 0, 0, 0,
  ]);
});

test("entropy and divergence count 0 log 0 as 0, and an empty row as 0", () => {
  expect(entropy([])).toBe(0);
  expect(entropy([0, 1, 0])).toBe(0);
  expect(klDivergence([], [])).toBe(0);
  expect(klDivergence([0, 1], [0.5, 0.5])).toBeCloseTo(Math.LN2, 15);
  expect(klDivergence([0.5, 0.5], [0, 1])).toBe(inf);
  expect(klDivergence([0.3, 0.7], [0.3, 0.7])).toBe(0);
  expect(klDivergence([0, 1], [nan, 1])).toBe(nan);
});

test("sampling gives −1 where there is nothing to draw from", () => {
  const random = createRandom(1);
  for (const row of [[], [0, 0], [-1, 2], [nan, 1], [inf, 1]]) expect(sample(row, random)).toBe(-1);
  for (const row of [[], [minus, minus], [nan, 1]]) expect(sampleLogits(row, random)).toBe(-1);
  expect(sampleLogits([minus, 0, minus], random)).toBe(1);
  expect(sampleLogits([3, inf], random)).toBe(1);
  expect([...sampleLogits([1, 2, 2, 1], random, { columns: 2, temperature: 0 })]).toEqual([1, 0]);
});

test("the elementwise functions reach their limits", () => {
  expect(sigmoid([minus, 0, inf, nan])).toEqual([0, 0.5, 1, nan]);
  expect(softplus([minus, inf, nan])).toEqual([0, inf, nan]);
  expect(logSigmoid([minus, inf, nan])).toEqual([minus, -0, nan]);
});
