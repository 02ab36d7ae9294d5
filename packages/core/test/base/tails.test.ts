import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  chiSquareTail,
  fairCoin,
  normalDensity,
  normalQuantile,
  normalTail,
} from "../../src/base/tails.ts";

/** Made by scripts/golden/tails.py. */
const golden: {
  normalDensity: [z: number, density: number][];
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
  it("normalDensity has relative error < 5e-16, also where z² is rounded by more than that", () => {
    const errors = golden.normalDensity.map(([z, density]) => error(normalDensity(z), density));
    expect(errors.length).toBeGreaterThan(100);
    expect(worst(errors)).toBeLessThan(5e-16);
  });

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
    for (const df of [1, 2, 3]) {
      expect([chiSquareTail(-1, df), chiSquareTail(Number.NaN, df)]).toEqual([1, Number.NaN]);
    }
    for (const z of [40, -40, 1e200, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      expect(normalDensity(z)).toBe(0);
    }
    expect(normalDensity(Number.NaN)).toBe(Number.NaN);
    expect(normalQuantile(0.5)).toBe(0);
    expect(() => chiSquareTail(1, 1.5)).toThrow('"df" expected 1, 2, …, got 1.5');
    for (const df of [0, -2, Number.NaN]) {
      expect(() => chiSquareTail(1, df)).toThrow(`"df" expected 1, 2, …, got ${df}`);
    }
    for (const tail of [0.7, 0, -0.1, Number.NaN]) {
      expect(() => normalQuantile(tail)).toThrow(
        `"tail" expected a number above 0 and up to 0.5, got ${tail}`,
      );
    }
    expect(fairCoin(0, 2 ** 31)).toEqual({ atMost: 0, exactly: 0 });
    expect(() => fairCoin(0, 2 ** 31 + 1)).toThrow(
      "a count of 2147483649 is too large for an exact test",
    );
    expect(() => fairCoin(0, Number.NaN)).toThrow("a count of NaN is too large");
  });
});
