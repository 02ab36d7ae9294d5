import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  cosTurns,
  exp,
  expm1,
  log,
  log1p,
  log1pExp,
  logistic,
  sinTurns,
} from "../../src/base/math.ts";

const functions = { exp, expm1, log, log1p, logistic, log1pExp, sinTurns, cosTurns };

type Entry = readonly [x: number, nearest: number, rest: number];
type Name = keyof typeof functions;

/** Made by scripts/golden/elementary.py: the exact value at x is nearest + rest·ulp(nearest). */
const golden: Record<Name, Entry[]> = JSON.parse(
  readFileSync(new URL("./elementary.golden.json", import.meta.url), "utf8"),
);

/** The spacing of float64 just above |x|. */
function ulp(x: number): number {
  let exponent = -1074;
  while (exponent < 971 && 2 ** (exponent + 53) <= Math.abs(x)) exponent++;
  return 2 ** exponent;
}

const errorInUlps = ([x, nearest, rest]: Entry, f: (x: number) => number): number =>
  Math.abs((f(x) - nearest) / ulp(nearest) - rest);

function worst(entries: readonly Entry[], f: (x: number) => number): [error: number, x: number] {
  return entries.reduce<[number, number]>(
    (most, entry) => {
      const error = errorInUlps(entry, f);
      return error > most[0] || Number.isNaN(error) ? [error, entry[0]] : most;
    },
    [0, 0],
  );
}

const bounds: Record<Name, number> = {
  exp: 0.7,
  expm1: 1,
  log: 0.8,
  log1p: 0.8,
  logistic: 2,
  log1pExp: 2,
  sinTurns: 2,
  cosTurns: 2,
};

for (const [name, bound] of Object.entries(bounds) as [Name, number][]) {
  const normal = golden[name].filter(
    ([, nearest]) => Math.abs(nearest) > 2 ** -1022 || nearest === 0,
  );
  test(`${name} is within ${bound} ulp of the exact value at ${normal.length} points`, () => {
    const [error, x] = worst(normal, functions[name]);
    if (process.env.SHOW_BOUNDS) console.log(`${name}: ${error.toFixed(3)} ulp at ${x}`);
    expect(error, `worst at ${x}`).toBeLessThan(bound);
  });
}

test("exp and logistic are within one subnormal step where the result is subnormal", () => {
  for (const name of ["exp", "logistic", "log1pExp"] as const) {
    const tiny = golden[name].filter(
      ([, nearest]) => nearest !== 0 && Math.abs(nearest) <= 2 ** -1022,
    );
    expect(tiny.length).toBeGreaterThan(2);
    expect(worst(tiny, functions[name])[0]).toBeLessThanOrEqual(1);
  }
});

describe("the ends of the number line", () => {
  const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minus, MAX_VALUE: max } = Number;
  const cases: [Name, number, number][] = [
    ["exp", inf, inf],
    ["exp", minus, 0],
    ["exp", nan, nan],
    ["exp", 0, 1],
    ["exp", -0, 1],
    ["exp", 5e-324, 1],
    ["exp", 709.7827128933841, inf],
    ["exp", max, inf],
    ["exp", -745.1332191019412, 0],
    ["exp", -max, 0],
    ["expm1", inf, inf],
    ["expm1", minus, -1],
    ["expm1", -max, -1],
    ["expm1", nan, nan],
    ["expm1", -0, -0],
    ["expm1", 5e-324, 5e-324],
    ["log", inf, inf],
    ["log", 0, minus],
    ["log", -0, minus],
    ["log", -5e-324, nan],
    ["log", minus, nan],
    ["log", nan, nan],
    ["log", 1, 0],
    ["log1p", inf, inf],
    ["log1p", -1, minus],
    ["log1p", -1.0000000000000002, nan],
    ["log1p", minus, nan],
    ["log1p", nan, nan],
    ["log1p", -0, -0],
    ["logistic", inf, 1],
    ["logistic", minus, 0],
    ["logistic", max, 1],
    ["logistic", -max, 0],
    ["logistic", nan, nan],
    ["logistic", 0, 0.5],
    ["log1pExp", inf, inf],
    ["log1pExp", minus, 0],
    ["log1pExp", max, max],
    ["log1pExp", -max, 0],
    ["log1pExp", nan, nan],
    ["sinTurns", 0.25, 1],
    ["sinTurns", 0.5, 0],
    ["sinTurns", 0.75, -1],
    ["sinTurns", 1e300, 0],
    ["sinTurns", inf, nan],
    ["sinTurns", nan, nan],
    ["cosTurns", 0, 1],
    ["cosTurns", 0.25, 0],
    ["cosTurns", -0.5, -1],
    ["cosTurns", 0.75, 0],
    ["cosTurns", minus, nan],
  ];
  for (const [name, x, expected] of cases) {
    test(`${name}(${Object.is(x, -0) ? "-0" : x}) = ${expected}`, () => {
      expect(functions[name](x)).toBe(expected);
    });
  }
});

test("exp and log1p do not decrease across the seams of their range reduction", () => {
  for (let n = -50; n <= 50; n++) {
    let x = (n + 0.5) * Math.LN2;
    for (let step = 0; step < 8; step++, x += Math.abs(x) * 2 ** -52) {
      expect(exp(x + Math.abs(x) * 2 ** -52)).toBeGreaterThanOrEqual(exp(x));
    }
  }
  for (const seam of [-0.2928, 0.4142]) {
    expect(log1p(seam + 1e-15)).toBeGreaterThanOrEqual(log1p(seam - 1e-15));
  }
});
