import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chiSquareTail, fairCoin, normalQuantile, normalTail } from "../../src/base/tails.ts";

/** Made by scripts/golden/tails.py. */
const golden: {
  normalTail: [z: number, tail: number][];
  normalQuantile: [tail: number, z: number][];
  chiSquareTail: [x: number, df: number, tail: number][];
  fairCoin: [m: number, n: number, atMost: number, exactly: number][];
} = JSON.parse(readFileSync(new URL("./tails.golden.json", import.meta.url), "utf8"));

const error = (got: number, exact: number): number =>
  exact === 0 ? Math.abs(got) : Math.abs(got / exact - 1);

const worst = (errors: readonly number[]): number =>
  errors.reduce((most, e) => (e > most || Number.isNaN(e) ? e : most), 0);

describe("tails", () => {
  it("normalTail has relative error < 1e-13", () => {
    expect(worst(golden.normalTail.map(([z, p]) => error(normalTail(z), p)))).toBeLessThan(1e-13);
  });

  it("normalQuantile has relative error < 1e-13", () => {
    const errors = golden.normalQuantile.map(([p, z]) => error(normalQuantile(p), z));
    expect(worst(errors)).toBeLessThan(1e-13);
  });

  it("chiSquareTail has relative error < 1e-12 for 1 to 1,000 degrees of freedom", () => {
    const errors = golden.chiSquareTail.map(([x, df, p]) => error(chiSquareTail(x, df), p));
    expect(errors.length).toBeGreaterThan(200);
    expect(worst(errors)).toBeLessThan(1e-12);
  });

  it("fairCoin has relative error < 1e-12 for 5,000 throws", () => {
    for (const [m, n, atMost, exactly] of golden.fairCoin) {
      const coin = fairCoin(m, n);
      expect(error(coin.atMost, atMost), `P(B <= ${m}) of ${n}`).toBeLessThan(1e-12);
      expect(error(coin.exactly, exactly), `P(B = ${m}) of ${n}`).toBeLessThan(1e-12);
    }
  });

  it("have their limits", () => {
    expect([normalTail(Number.POSITIVE_INFINITY), normalTail(Number.NEGATIVE_INFINITY)]).toEqual([
      0, 1,
    ]);
    expect([normalTail(50), normalTail(Number.NaN)]).toEqual([0, Number.NaN]);
    expect([chiSquareTail(0, 3), chiSquareTail(Number.POSITIVE_INFINITY, 3)]).toEqual([1, 0]);
    expect(chiSquareTail(1e5, 7)).toBe(0);
    expect(() => chiSquareTail(1, 1.5)).toThrow('"df" expected 1, 2, …, got 1.5');
    expect(() => normalQuantile(0.7)).toThrow('"tail" expected a number above 0 and up to 0.5');
  });
});
