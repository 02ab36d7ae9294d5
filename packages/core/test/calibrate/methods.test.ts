import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowLosses, weightedMean } from "../../src/base/losses.ts";
import { createRandom } from "../../src/base/random.ts";
import { applyCalibrator, checkCalibrator } from "../../src/calibrate/calibrator.ts";
import { atOnce, crossFittedLogits } from "../../src/calibrate/cross-fit.ts";
import { risingCurve, stepCurve } from "../../src/calibrate/curves.ts";
import {
  type BetaCalibrator,
  CALIBRATION_METHODS,
  type CalibrationMethod,
  type Calibrator,
  type DirichletCalibrator,
  type HistogramCalibrator,
  IDENTITY,
  type TemperatureCalibrator,
  type VectorCalibrator,
} from "../../src/calibrate/kinds.ts";
import { calibratorFor, fitCalibrator } from "../../src/calibrate/methods.ts";
import { logOdds } from "../../src/calibrate/scores.ts";
import { pack, unpack } from "../../src/file/pack.ts";
import { run } from "../../src/optim/contracts.ts";

type Fitted = Exclude<CalibrationMethod, "none">;
const METHODS = CALIBRATION_METHODS.filter((method): method is Fitted => method !== "none");

interface Curve {
  readonly rows: number[];
  readonly grid: number[];
  readonly values: number[];
}

interface Golden {
  readonly k: number;
  readonly Z: number[];
  readonly y: number[];
  readonly s: number[];
  readonly temperature: number;
  readonly vector: { scales: number[]; shifts: number[]; objective: number };
  readonly dirichlet: { weights: number[]; shifts: number[]; objective: number };
  readonly beta: { a: number[]; b: number[]; c: number[] };
  readonly isotonic: Curve[];
  readonly histogram: number[][];
}

const golden = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"))
  .cases as Record<string, Golden>;

interface Sample {
  readonly Z: Float64Array;
  readonly y: Int32Array;
  readonly s: Float64Array | null;
  readonly k: number;
}

/** Labels of softmax(true logits); the logits given are `distort` of them. */
function sample(
  n: number,
  k: number,
  seed: number,
  distort: (z: number, c: number) => number = (z) => z,
): Sample {
  const random = createRandom(seed);
  const Z = Float64Array.from({ length: n * k }, () => 4 * (random.uniform() - 0.5));
  const y = Int32Array.from({ length: n }, (_, i) => {
    const e = Array.from(Z.subarray(i * k, (i + 1) * k), Math.exp);
    let u = random.uniform() * e.reduce((a, b) => a + b, 0);
    const c = e.findIndex((p) => (u -= p) < 0);
    return Math.max(0, c);
  });
  return { Z: Z.map((z, at) => distort(z, at % k)), y, s: null, k };
}

const fitted = (method: Fitted, { Z, y, s, k }: Sample): Calibrator =>
  fitCalibrator(method, Z, y, s, k);

function applied(calibrator: Calibrator, { Z, y, k }: Sample): Float64Array {
  const out = new Float64Array(Z.length);
  applyCalibrator(calibrator, Z, y.length, k, out);
  return out;
}

function probabilities(calibrator: Calibrator, data: Sample): number[][] {
  const U = applied(calibrator, data);
  return Array.from(data.y, (_, i) => {
    const row = U.subarray(i * data.k, (i + 1) * data.k);
    const top = Math.max(...row);
    const e = Array.from(row, (u) => Math.exp(u - top));
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((value) => value / sum);
  });
}

const loss = (calibrator: Calibrator, data: Sample): number =>
  weightedMean(rowLosses(applied(calibrator, data), data.y, data.y.length, data.k), data.s);

const parts = (n: number, p = 5): Int32Array => Int32Array.from({ length: n }, (_, i) => i % p);

const goldenSample = ({ Z, y, s, k }: Golden): Sample => ({
  Z: Float64Array.from(Z),
  y: Int32Array.from(y),
  s: Float64Array.from(s),
  k,
});

function expectClose(got: ArrayLike<number>, wanted: readonly number[], within: number): void {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    expect(Math.abs(got[i] - wanted[i])).toBeLessThan(within * (1 + Math.abs(wanted[i])));
  }
}

describe("agrees with scikit-learn and scipy", () => {
  const cases = Object.entries(golden);

  test.each(cases)("temperature, within the bounds: %s", (_, given) => {
    const { temperature } = fitted("temperature", goldenSample(given)) as TemperatureCalibrator;
    const wanted = Math.min(5, Math.max(0.2, given.temperature));
    expect(Math.abs(temperature / wanted - 1)).toBeLessThan(1e-4);
  });

  test.each(cases)("vector, to 1e-8: %s", (_, given) => {
    const { scales, shifts } = fitted("vector", goldenSample(given)) as VectorCalibrator;
    expectClose(scales, given.vector.scales, 1e-8);
    expectClose(shifts, given.vector.shifts, 1e-8);
  });

  test.each(cases)("dirichlet, to 1e-7: %s", (_, given) => {
    const { weights, shifts } = fitted("dirichlet", goldenSample(given)) as DirichletCalibrator;
    expectClose(weights, given.dirichlet.weights, 1e-7);
    expectClose(shifts, given.dirichlet.shifts, 1e-7);
  });

  test.each(cases)("beta, to 1e-5 as L-BFGS-B goes: %s", (_, given) => {
    const { a, b, c } = fitted("beta", goldenSample(given)) as BetaCalibrator;
    expectClose(a, given.beta.a, 1e-5);
    expectClose(b, given.beta.b, 1e-5);
    expectClose(c, given.beta.c, 1e-5);
  });

  test.each(cases)("isotonic, where a block holds both kinds of rows: %s", (_, given) => {
    const data = goldenSample(given);
    const own = fitted("isotonic", data);
    if (own.method !== "isotonic") throw new Error("an isotonic calibrator is expected");
    let compared = 0;
    given.isotonic.forEach(({ rows, grid, values }, m) => {
      const c = data.k === 2 ? 1 : m;
      const scores = logOdds(data.Z, data.y.length, data.k, c);
      const inside = scores.filter((_, i) => rows[i] > 0 && rows[i] < 1 && given.s[i] > 0);
      const [low, high] = [Math.min(...inside), Math.max(...inside)];
      const at = (t: number): number => valueAt(own.curves[m], t);
      const check = (t: number, value: number): void => {
        if (t < low || t > high) return;
        expect(Math.abs(at(t) - value)).toBeLessThan(1e-9);
        compared++;
      };
      scores.forEach((t, i) => check(t, rows[i]));
      grid.forEach((t, i) => check(t, values[i]));
    });
    expect(compared).toBeGreaterThan(100);
  });

  test.each(cases)("histogram: %s", (_, given) => {
    const { curves } = fitted("histogram", goldenSample(given)) as HistogramCalibrator;
    expect(curves.length).toBe(given.histogram.length);
    curves.forEach(({ values }, m) => expectClose(values, given.histogram[m], 1e-12));
  });
});

/** Linear between points, level beyond: read off apart from the code under test. */
function valueAt(
  { scores, values }: { scores: Float64Array; values: Float64Array },
  t: number,
): number {
  const above = scores.findIndex((score) => score >= t);
  if (above === 0 || scores[above] === t) return values[above];
  if (above < 0) return values[values.length - 1];
  const w = (t - scores[above - 1]) / (scores[above] - scores[above - 1]);
  return values[above - 1] + w * (values[above] - values[above - 1]);
}

describe("pooling adjacent violators", () => {
  const rows = fc.array(
    fc.record({
      score: fc.integer({ min: -8, max: 8 }),
      hit: fc.boolean(),
      weight: fc.constantFrom(0.5, 1, 2.25),
    }),
    { minLength: 1, maxLength: 60 },
  );

  test("rises, and is the weighted mean of the hits wherever it is level and not pure", () => {
    fc.assert(
      fc.property(rows, (given) => {
        const sorted = [...given].sort((a, b) => a.score - b.score);
        const curve = risingCurve({
          scores: Float64Array.from(sorted, ({ score }) => score),
          hits: Uint8Array.from(sorted, ({ hit }) => (hit ? 1 : 0)),
          weights: Float64Array.from(sorted, ({ weight }) => weight),
        });
        const { scores, values } = curve;
        for (let at = 0; at < values.length; at++) {
          expect(values[at]).toBeGreaterThan(0);
          expect(values[at]).toBeLessThan(1);
          if (at > 0) expect(values[at]).toBeGreaterThanOrEqual(values[at - 1]);
          if (at > 0) expect(scores[at]).toBeGreaterThan(scores[at - 1]);
        }
        const levels = new Map<number, typeof sorted>();
        for (const row of sorted) {
          const value = valueAt(curve, row.score);
          levels.set(value, [...(levels.get(value) ?? []), row]);
        }
        for (const [value, own] of levels) {
          const weight = own.reduce((sum, row) => sum + row.weight, 0);
          const hits = own.reduce((sum, row) => sum + (row.hit ? row.weight : 0), 0);
          const isPure = hits === 0 || hits === weight;
          // At the ends a pure block may stand at its neighbour's value.
          if (value === values[0] || value === values.at(-1) || isPure) continue;
          expect(Math.abs(value - hits / weight)).toBeLessThan(1e-12);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("has no less squared error than any other rising function of these scores", () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 17, maxLength: 17 }),
        (given, raw) => {
          const sorted = [...given].sort((a, b) => a.score - b.score);
          const curve = risingCurve({
            scores: Float64Array.from(sorted, ({ score }) => score),
            hits: Uint8Array.from(sorted, ({ hit }) => (hit ? 1 : 0)),
            weights: Float64Array.from(sorted, ({ weight }) => weight),
          });
          const other = raw.sort((a, b) => a - b);
          const error = (p: (score: number) => number): number =>
            sorted.reduce(
              (sum, { score, hit, weight }) => sum + weight * (p(score) - (hit ? 1 : 0)) ** 2,
              0,
            );
          // A pure block is moved inside by (½/(w + 1))², times w: less than an eighth at each end.
          expect(error((t) => valueAt(curve, t))).toBeLessThanOrEqual(
            error((t) => other[t + 8]) + 0.25,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  test("one score, and one class, give one value inside (0, 1)", () => {
    const one = { scores: Float64Array.of(2, 2, 2, 2), weights: new Float64Array(4).fill(1) };
    expect([...risingCurve({ ...one, hits: Uint8Array.of(0, 1, 0, 0) }).values]).toEqual([0.25]);
    expect([...risingCurve({ ...one, hits: new Uint8Array(4) }).values]).toEqual([0.1]);
    expect([...stepCurve({ ...one, hits: new Uint8Array(4).fill(1) }).values]).toEqual([0.9]);
  });

  test("a first row without a hit does not stand above what follows", () => {
    const scores = Float64Array.from({ length: 12 }, (_, i) => i);
    const hits = Uint8Array.from({ length: 12 }, (_, i) => (i === 3 ? 1 : 0));
    const { values } = risingCurve({ scores, hits, weights: new Float64Array(12).fill(1) });
    expect(values[0]).toBeLessThanOrEqual(values[1]);
    expect(values[1]).toBeCloseTo(1 / 9, 12);
  });
});

describe.each(METHODS)("%s", (method) => {
  test.each([2, 3, 10])("makes probabilities of any finite or −∞ logits of %i classes", (k) => {
    const data = sample(300, k, k);
    const calibrator = fitted(method, data);
    const random = createRandom(9);
    const y = new Int32Array(60);
    const Z = Float64Array.from({ length: 60 * k }, (_, at) => {
      const scale = [1, 50, 2000, 1e300][Math.floor(at / k) % 4];
      const isGone = at % k > 0 && random.below(3) === 0;
      return isGone ? Number.NEGATIVE_INFINITY : scale * (random.uniform() - 0.5);
    });
    for (const row of probabilities(calibrator, { Z, y, s: null, k })) {
      for (const p of row) expect(p >= 0 && p <= 1).toBe(true);
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    }
  });

  test("does not see rows of weight 0, nor the scale of the weights", () => {
    const data = sample(200, 3, 5, (z, c) => 2 * z + c / 2);
    const s = Float64Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 0 : 1 + (i % 3)));
    const other = {
      ...data,
      Z: data.Z.map((z, at) => (s[Math.floor(at / 3)] === 0 ? 99 - z : z)),
      y: data.y.map((c, i) => (s[i] === 0 ? 2 - c : c)),
    };
    const one = fitted(method, { ...data, s });
    expect(numbersOf(fitted(method, { ...other, s }))).toEqual(numbersOf(one));
    const scaled = numbersOf(fitted(method, { ...data, s: s.map((w) => 1e-3 * w) }));
    expectClose(scaled, numbersOf(one), 1e-9);
  });

  test("does not see a number added to all logits of a row", () => {
    const data = sample(200, 4, 6, (z) => 3 * z);
    const moved = { ...data, Z: data.Z.map((z, at) => z + (Math.floor(at / 4) % 7)) };
    const [P, Q] = [data, moved].map((rows) => probabilities(fitted(method, rows), rows));
    P.forEach((row, i) => expectClose(row, Q[i], 1e-8));
  });

  test("bears a class without rows, rows of one class, equal logits, few rows and none", () => {
    const data = sample(60, 3, 7);
    const without = { ...data, y: data.y.map((c) => (c === 2 ? 0 : c)) };
    const alone = { ...data, y: new Int32Array(60).fill(1) };
    const equal = { ...data, Z: new Float64Array(180) };
    const few = { Z: data.Z.slice(0, 6), y: Int32Array.of(0, 2), s: null, k: 3 };
    const none = { Z: new Float64Array(), y: new Int32Array(), s: null, k: 3 };
    for (const rows of [without, alone, equal, few]) {
      const calibrator = fitted(method, rows);
      expect(numbersOf(calibrator).every(Number.isFinite)).toBe(true);
      expect(Number.isFinite(loss(calibrator, data))).toBe(true);
    }
    expect(fitted(method, none)).toEqual(IDENTITY);
    expect(fitted(method, { ...data, s: new Float64Array(60) })).toEqual(IDENTITY);
  });

  test("leaves out rows whose own class is impossible, and bears −∞ elsewhere", () => {
    const data = sample(200, 3, 8);
    const Z = data.Z.map((z, at) => (at % 21 === 0 ? Number.NEGATIVE_INFINITY : z));
    const calibrator = fitted(method, { ...data, Z });
    expect(numbersOf(calibrator).every(Number.isFinite)).toBe(true);
    const s = Float64Array.from(data.y, (c, i) =>
      Z[3 * i + c] === Number.NEGATIVE_INFINITY ? 0 : 1,
    );
    expect(numbersOf(fitted(method, { ...data, Z, s }))).toEqual(numbersOf(calibrator));
  });

  test("stays finite where the logits separate the classes", () => {
    const data = sample(80, 3, 9);
    const Z = data.Z.map((z, at) => z + (data.y[Math.floor(at / 3)] === at % 3 ? 30 : 0));
    const calibrator = fitted(method, { ...data, Z });
    expect(numbersOf(calibrator).every(Number.isFinite)).toBe(true);
    // Four bins of twenty rows cannot keep three classes apart.
    expect(loss(calibrator, { ...data, Z })).toBeLessThan(method === "histogram" ? 0.8 : 0.1);
  });

  test("is the same after a file", () => {
    for (const k of [2, 4]) {
      const calibrator = fitted(
        method,
        sample(150, k, 10, (z) => 2 * z),
      );
      const more =
        calibrator.method === undefined ? {} : { offsets: new Float64Array(k).fill(0.5) };
      const whole = { ...calibrator, ...more } as Calibrator;
      const read = unpack(pack({ calibrator: whole } as never)).calibrator;
      expect(checkCalibrator(read, k)).toEqual(whole);
      if (method === "temperature") continue;
      expect(() => checkCalibrator(read, k + 1)).toThrow("is damaged");
    }
  });

  test("gives the same bits to a row alone and among others", () => {
    const data = sample(50, 3, 11, (z) => 2 * z);
    const calibrator = fitted(method, data);
    const all = applied(calibrator, data);
    for (let i = 0; i < 50; i++) {
      const row = data.Z.slice(3 * i, 3 * i + 3);
      applyCalibrator(calibrator, row, 1, 3, row);
      expect(row).toEqual(all.slice(3 * i, 3 * i + 3));
    }
  });

  test("cross-fitted on labels drawn apart from the logits is no better than the shares", () => {
    const data = sample(400, 3, 12);
    const random = createRandom(13);
    const y = data.y.map(() => (random.below(5) < 3 ? 0 : 1 + random.below(2)));
    const counts = [0, 1, 2].map((c) => y.filter((own) => own === c).length / 400);
    const shares = counts.reduce((sum, q) => sum - q * Math.log(q), 0);
    const U = run(
      crossFittedLogits(
        ...([data.Z, null, 3, parts(400)] as const),
        atOnce((s) => fitted(method, { ...data, y, s })),
      ),
    );
    expect(weightedMean(rowLosses(U, y, 400, 3), null)).toBeGreaterThan(shares - 0.005);
  });
});

function numbersOf(calibrator: Calibrator): number[] {
  return Object.values(calibrator).flatMap((value): number[] => {
    if (typeof value === "number") return [value];
    if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
    return Array.isArray(value) ? value.flatMap((curve) => numbersOf(curve)) : [];
  });
}

describe("mean probability and share of each class", () => {
  const distorted = sample(2000, 3, 14, (z, c) => 1.7 * z + [0.8, 0, -0.8][c]);
  const shares = [0, 1, 2].map((c) => distorted.y.filter((own) => own === c).length / 2000);
  const meanOf = (method: Fitted): number[] => {
    const P = probabilities(fitted(method, distorted), distorted);
    return [0, 1, 2].map((c) => P.reduce((sum, row) => sum + row[c], 0) / 2000);
  };

  test("are equal for vector, nearly so for dirichlet, whose shifts are penalised a little", () => {
    expectClose(meanOf("vector"), shares, 1e-9);
    expectClose(meanOf("dirichlet"), shares, 1e-3);
  });

  test.each(["beta", "isotonic", "histogram"] as const)("agree within 0.03 for %s", (method) => {
    expectClose(meanOf(method), shares, 0.03);
  });

  test("of two classes agree for all", () => {
    const two = sample(1000, 2, 15, (z, c) => 2 * z + c);
    const share = two.y.reduce((sum, c) => sum + c, 0) / 1000;
    for (const method of ["vector", "beta", "isotonic", "histogram"] as const) {
      const P = probabilities(fitted(method, two), two);
      const mean = P.reduce((sum, row) => sum + row[1], 0) / 1000;
      expect(Math.abs(mean - share)).toBeLessThan(0.001);
    }
  });
});

describe("what was done to the logits is found again", () => {
  test("a scale and a shift of two classes, by vector and beta", () => {
    const data = sample(20_000, 2, 17, (z, c) => 2 * z + c);
    const vector = fitted("vector", data) as VectorCalibrator;
    expect(Math.abs((vector.scales[0] + vector.scales[1]) / 2 - 0.5)).toBeLessThan(0.03);
    expect(Math.abs(vector.shifts[1] - vector.shifts[0] + 0.5)).toBeLessThan(0.05);
    const { a, b, c } = fitted("beta", data) as BetaCalibrator;
    expect(Math.abs(a[0] - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(b[0] - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(c[0] + 0.5)).toBeLessThan(0.08);
  });

  test("a mixing of three classes, by dirichlet and by no other", () => {
    const data = sample(6000, 3, 18);
    const mixed = {
      ...data,
      Z: data.Z.map((z, at) => (at % 3 === 0 ? z + 0.8 * (data.Z[at + 1] - data.Z[at + 2]) : z)),
    };
    const truth = loss(IDENTITY, data);
    expect(loss(fitted("dirichlet", mixed), mixed)).toBeLessThan(truth + 0.004);
    for (const method of METHODS.filter((one) => one !== "dirichlet")) {
      expect(loss(fitted(method, mixed), mixed)).toBeGreaterThan(truth + 0.005);
    }
  });
});

describe("auto", () => {
  const rule = { choice: "auto", shifted: false, cautious: false } as const;
  const rowsOf = ({ Z, y, s, k }: Sample) => ({ Z, y, s, k, part: parts(y.length), group: null });

  test("leaves calibrated logits alone", () => {
    const { method, calibrator, tried } = calibratorFor(rowsOf(sample(800, 3, 20)), rule);
    expect([method, calibrator]).toEqual(["none", IDENTITY]);
    expect(tried.map((one) => one.method)).toEqual([...CALIBRATION_METHODS]);
  });

  test("takes the temperature where that is all", () => {
    expect(calibratorFor(rowsOf(sample(1500, 3, 21, (z) => 2.5 * z)), rule).method).toBe(
      "temperature",
    );
  });

  test("takes more where a temperature does not do", () => {
    const shifted = sample(1500, 3, 22, (z, c) => z + [0, 1, 2][c]);
    expect(calibratorFor(rowsOf(shifted), rule).method).toBe("vector");
    const bent = sample(2500, 2, 23);
    const cubes = bent.Z.map((z, at) => (at % 2 === 0 ? 0 : (z - bent.Z[at - 1]) ** 3));
    expect(["histogram", "isotonic"]).toContain(
      calibratorFor(rowsOf({ ...bent, Z: cubes }), rule).method,
    );
  });

  test("is the simplest within one paired standard error of the least", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.double({ min: 0.5, max: 3, noNaN: true }),
        (seed, f) => {
          const { method, tried } = calibratorFor(
            rowsOf(sample(120, 2, seed, (z, c) => f * z + c / 2)),
            rule,
          );
          const at = tried.findIndex((one) => one.method === method);
          const least = Math.min(...tried.map(({ logLoss }) => logLoss));
          tried.forEach(({ logLoss, excess, standardError }, i) => {
            expect(excess).toBeCloseTo(logLoss - least, 9);
            if (i < at) expect(excess).toBeGreaterThan(standardError);
          });
          expect(tried[at].excess).toBeLessThanOrEqual(tried[at].standardError);
        },
      ),
      { numRuns: 15 },
    );
  });
});
