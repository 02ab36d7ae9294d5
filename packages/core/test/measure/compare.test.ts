import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compareLogits, createRandom, mcnemar, measure } from "../../src/index.ts";

/** Made by scripts/golden/compare.py. */
const golden: {
  mcnemar: { onlyA: number; onlyB: number; exact: number; midP: number; asymptotic: number }[];
  delong: {
    a: number[];
    b: number[];
    y: number[];
    difference: number;
    standardError: number;
    p: number;
  }[];
} = JSON.parse(readFileSync(new URL("./compare.golden.json", import.meta.url), "utf8"));

const pairs = (z: readonly number[]): Float64Array => Float64Array.from(z.flatMap((v) => [0, v]));

describe("two models on the same rows", () => {
  it.each(golden.mcnemar)("McNemar's test of $onlyA and $onlyB", (exact) => {
    const found = mcnemar(exact.onlyA, exact.onlyB);
    for (const key of ["exact", "midP", "asymptotic"] as const) {
      expect(Math.abs(found[key] / exact[key] - 1), key).toBeLessThan(1e-9);
    }
  });

  it.each(golden.delong)("DeLong's test agrees with the one from all pairs", (exact) => {
    const y = Int32Array.from(exact.y);
    const { delong, auc } = compareLogits(pairs(exact.a), pairs(exact.b), y, null, 2, {
      replicates: 2,
    });
    expect(delong!.difference).toBeCloseTo(exact.difference, 12);
    expect(delong!.standardError).toBeCloseTo(exact.standardError, 12);
    expect(delong!.p).toBeCloseTo(exact.p, 10);
    expect(auc!.b - auc!.a).toBeCloseTo(exact.difference, 12);
  });

  const random = createRandom(3);
  const n = 400;
  const y = Int32Array.from({ length: n }, () => random.below(3));
  const noisy = (signal: number): Float64Array =>
    Float64Array.from(
      { length: 3 * n },
      (_, at) => (y[Math.floor(at / 3)] === at % 3 ? signal : 0) + 2 * random.uniform(),
    );
  const [weak, strong] = [noisy(0.5), noisy(2)];

  it("each model's numbers are those of measure, and gains their differences", () => {
    const found = compareLogits(weak, strong, y, null, 3, { seed: 1 });
    const [a, b] = [weak, strong].map((Z) => measure(Z, y, null, 3, { replicates: 2 }));
    for (const key of ["logLoss", "accuracy", "brier", "auc"] as const) {
      const { a: ofA, b: ofB, gain } = found[key]!;
      expect(ofA).toBeCloseTo(a![key]!.value, 12);
      expect(ofB).toBeCloseTo(b![key]!.value, 12);
      const isLoss = key === "logLoss" || key === "brier";
      expect(gain.value).toBeCloseTo(isLoss ? ofA - ofB : ofB - ofA, 12);
      expect(gain.low).toBeGreaterThan(0);
    }
    expect(found.mcnemar!.exact).toBeLessThan(1e-6);
    expect(found.delong).toBeNull();
  });

  it("changing places changes signs; the same model differs by nothing", () => {
    const there = compareLogits(weak, strong, y, null, 3, { seed: 1 });
    const back = compareLogits(strong, weak, y, null, 3, { seed: 1 });
    expect(back.logLoss.gain.value).toBeCloseTo(-there.logLoss.gain.value, 12);
    expect(back.logLoss.gain.low).toBeCloseTo(-there.logLoss.gain.high, 2);
    const same = compareLogits(weak, weak, y, null, 3);
    expect(same.logLoss.gain).toEqual({ value: 0, low: 0, high: 0 });
    expect(same.mcnemar!.exact).toBe(1);
  });

  it("one row drawn ten times is one group: the interval stays as wide", () => {
    const few = { Z: strong.subarray(0, 120), W: weak.subarray(0, 120), y: y.subarray(0, 40) };
    const plain = compareLogits(few.W, few.Z, few.y, null, 3, { seed: 2 });
    const copies = Array.from({ length: 400 }, (_, at) => at % 40);
    const repeat = (Z: Float64Array) =>
      Float64Array.from(copies.flatMap((i) => [...Z.subarray(3 * i, 3 * i + 3)]));
    const group = Int32Array.from(copies);
    const ten = compareLogits(
      repeat(few.W),
      repeat(few.Z),
      Int32Array.from(copies, (i) => few.y[i]!),
      null,
      3,
      { group, seed: 2 },
    );
    const width = ({ logLoss }: typeof ten): number => logLoss.gain.high - logLoss.gain.low;
    expect(width(ten) / width(plain)).toBeCloseTo(1, 1);
    expect([ten.mcnemar, ten.delong]).toEqual([null, null]);
  });
});
