import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rowLosses, weightedMean } from "../../src/base/losses.ts";
import { createRandom } from "../../src/base/random.ts";
import { applyCalibrator, checkCalibrator } from "../../src/calibrate/calibrator.ts";
import { fitShifts } from "../../src/calibrate/shifts.ts";
import { chooseCalibrator, fitTemperature } from "../../src/calibrate/temperature.ts";

interface Sample {
  readonly Z: Float64Array;
  readonly y: Int32Array;
  readonly n: number;
  readonly k: number;
}

/** Labels drawn from softmax(Z); `sharpen` then multiplies the logits. */
function sample(n: number, k: number, seed: number, sharpen = 1, spread = 4): Sample {
  const random = createRandom(seed);
  const Z = Float64Array.from({ length: n * k }, () => spread * (random.uniform() - 0.5));
  const y = Int32Array.from({ length: n }, (_, i) => {
    const e = Array.from(Z.subarray(i * k, (i + 1) * k), Math.exp);
    let u = random.uniform() * e.reduce((a, b) => a + b, 0);
    return Math.max(
      0,
      e.findIndex((p) => (u -= p) < 0),
    );
  });
  return { Z: Z.map((z) => sharpen * z), y, n, k };
}

const scaled = (Z: Float64Array, T: number): Float64Array => Z.map((z) => z / T);

const lossAt = ({ Z, y, n, k }: Sample, T: number, s: Float64Array | null = null): number =>
  weightedMean(rowLosses(scaled(Z, T), y, n, k), s);

/** Mean probability of each class. */
function meanProbability(Z: Float64Array, n: number, k: number, s: Float64Array | null): number[] {
  const mean = new Array<number>(k).fill(0);
  let total = 0;
  for (let i = 0; i < n; i++) {
    const e = Array.from(Z.subarray(i * k, (i + 1) * k), Math.exp);
    const sum = e.reduce((a, b) => a + b, 0);
    e.forEach((value, c) => {
      mean[c] += ((s === null ? 1 : s[i]) * value) / sum;
    });
    total += s === null ? 1 : s[i];
  }
  return mean.map((value) => value / total);
}

function shares(y: Int32Array, k: number, s: Float64Array | null): number[] {
  const share = new Array<number>(k).fill(0);
  y.forEach((label, i) => {
    share[label] += s === null ? 1 : s[i];
  });
  const total = share.reduce((a, b) => a + b, 0);
  return share.map((value) => value / total);
}

describe("fitTemperature", () => {
  test("recovers the factor by which calibrated logits were sharpened or softened", () => {
    for (const factor of [0.4, 1, 3]) {
      const T = fitTemperature(...fields(sample(50_000, 3, 7, factor)));
      expect(Math.abs(T / factor - 1)).toBeLessThan(0.03);
    }
  });

  test("is a minimum: no other temperature has a lower log loss, weights or not", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(1, 2, 3, 7),
        fc.double({ min: -3, max: 3, noNaN: true }),
        fc.boolean(),
        (seed, k, log, weighted) => {
          const data = sample(40, k, seed, Math.exp(log));
          const random = createRandom(seed);
          const s = weighted ? Float64Array.from({ length: 40 }, () => random.below(3)) : null;
          const T = fitTemperature(data.Z, data.y, s, k);
          expect(T).toBeGreaterThanOrEqual(0.2);
          expect(T).toBeLessThanOrEqual(5);
          if (s?.every((weight) => weight === 0)) return;
          const best = lossAt(data, T, s);
          for (const other of [0.2, 0.9 * T, T - 1e-4, T + 1e-4, 1.1 * T, 1, 5]) {
            const inside = Math.min(5, Math.max(0.2, other));
            expect(lossAt(data, inside, s)).toBeGreaterThanOrEqual(best - 1e-12);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test("the slope of the log loss at T is 0 to 1e-9", () => {
    const data = sample(500, 4, 3, 2);
    const T = fitTemperature(...fields(data));
    const slope = (lossAt(data, T * (1 + 1e-5)) - lossAt(data, T * (1 - 1e-5))) / 2e-5;
    expect(Math.abs(slope)).toBeLessThan(1e-9);
  });

  test("stays at the bounds where rows are separated, or always wrong", () => {
    const Z = Float64Array.of(3, -3, -2, 2);
    expect(fitTemperature(Z, Int32Array.of(0, 1), null, 2)).toBe(0.2);
    expect(fitTemperature(Z, Int32Array.of(1, 0), null, 2)).toBe(5);
    expect(
      fitTemperature(
        Z.map((z) => 1e6 * z),
        Int32Array.of(0, 1),
        null,
        2,
      ),
    ).toBe(1);
    expect(
      fitTemperature(
        Z.map((z) => 1e6 * z),
        Int32Array.of(1, 0),
        null,
        2,
      ),
    ).toBe(5);
  });

  test("is 1 for equal logits, one class and no rows", () => {
    expect(fitTemperature(new Float64Array(6), Int32Array.of(0, 1), null, 3)).toBe(1);
    expect(fitTemperature(Float64Array.of(5, -5), Int32Array.of(0, 0), null, 1)).toBe(1);
    expect(fitTemperature(new Float64Array(), new Int32Array(), null, 3)).toBe(1);
  });

  test("leaves out rows of weight 0 and rows whose own logit is −∞, and bears −∞ elsewhere", () => {
    const { Z, y, k } = sample(200, 3, 5, 2);
    const T = fitTemperature(Z, y, null, k);
    const more = Float64Array.of(...Z, Number.NEGATIVE_INFINITY, 0, 1, Number.NaN, 1, 2);
    const s = new Float64Array(202).fill(1).fill(0, 201);
    expect(fitTemperature(more, Int32Array.of(...y, 0, 0), s, k)).toBe(T);
    const wide = Float64Array.from({ length: 200 * 4 }, (_, at) =>
      at % 4 === 3 ? Number.NEGATIVE_INFINITY : Z[Math.floor(at / 4) * 3 + (at % 4)],
    );
    expect(fitTemperature(wide, y, null, 4)).toBeCloseTo(T, 12);
  });
});

const fields = ({ Z, y, k }: Sample): [Float64Array, Int32Array, null, number] => [Z, y, null, k];

describe("fitShifts", () => {
  const skewed = (n: number, k: number, seed: number): Sample => {
    const data = sample(n, k, seed, 2);
    return { ...data, Z: data.Z.map((z, at) => z + 1.5 * (at % k)) };
  };

  test.each([2, 3, 9])("makes the mean probability of each of %i classes its share", (k) => {
    const { Z, y, n } = skewed(3000, k, k);
    const s = Float64Array.from({ length: n }, (_, i) => 0.5 + (i % 4));
    for (const temperature of [false, true]) {
      const calibrator = fitShifts(Z, y, s, k, temperature);
      const out = new Float64Array(n * k);
      applyCalibrator(calibrator, Z, n, k, out);
      const mean = meanProbability(out, n, k, s);
      for (const [c, share] of shares(y, k, s).entries()) expect(mean[c]).toBeCloseTo(share, 9);
      expect(calibrator.shifts?.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 12);
    }
  });

  test("recovers the shifts and the temperature that were put in", () => {
    const { Z, y, k } = skewed(60_000, 3, 1);
    const { temperature, shifts } = fitShifts(Z, y, null, k, true);
    expect(Math.abs(temperature - 2)).toBeLessThan(0.06);
    for (const [c, shift] of [0.75, 0, -0.75].entries()) {
      expect(Math.abs((shifts?.[c] ?? Number.NaN) - shift)).toBeLessThan(0.04);
    }
  });

  test("its temperature is the best at its shifts", () => {
    const { Z, y, n, k } = skewed(2000, 4, 2);
    const calibrator = fitShifts(Z, y, null, k, true);
    const shifted = Z.map(
      (z, at) => z + calibrator.temperature * (calibrator.shifts?.[at % k] ?? 0),
    );
    const loss = (T: number) =>
      weightedMean(
        rowLosses(
          shifted.map((z) => z / T),
          y,
          n,
          k,
        ),
        null,
      );
    const best = loss(calibrator.temperature);
    expect(loss(calibrator.temperature * 1.001)).toBeGreaterThanOrEqual(best);
    const fixed = fitShifts(Z, y, null, k, false);
    expect(fixed.temperature).toBe(1);
  });

  test("holds the temperature at its bounds on separated rows and still fits the shifts", () => {
    const Z = Float64Array.of(3, -3, -2, 2, 2, -1);
    const y = Int32Array.of(0, 1, 0);
    const right = fitShifts(Z, y, null, 2, true);
    expect(right.temperature).toBeCloseTo(0.2, 12);
    const wrong = fitShifts(Z, Int32Array.of(1, 0, 1), null, 2, true);
    expect(wrong.temperature).toBeCloseTo(5, 12);
    const out = new Float64Array(6);
    applyCalibrator(wrong, Z, 3, 2, out);
    expect(meanProbability(out, 3, 2, null)[1]).toBeCloseTo(2 / 3, 9);
  });

  test("is finite for a class without rows, and for logits of a million", () => {
    const { Z, y, k } = sample(200, 3, 4);
    const labels = y.map((label) => (label === 2 ? 0 : label));
    const { shifts, temperature } = fitShifts(Z, labels, null, k, true);
    expect([...(shifts ?? []), temperature].every(Number.isFinite)).toBe(true);
    expect(Math.max(...(shifts ?? []).map(Math.abs))).toBeLessThan(5);
    const huge = fitShifts(
      Z.map((z) => 1e6 * z),
      y,
      null,
      k,
      true,
    );
    expect([...(huge.shifts ?? []), huge.temperature].every(Number.isFinite)).toBe(true);
  });
});

describe("chooseCalibrator", () => {
  const folds = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i % 5);

  test("keeps T = 1 on calibrated logits in most samples, and finds a clear sharpening in all", () => {
    let kept = 0;
    for (let seed = 0; seed < 40; seed++) {
      const good = sample(300, 3, seed);
      const calibrator = chooseCalibrator(good.Z, good.y, null, 3, folds(300), false);
      if (calibrator.temperature === 1) kept++;
      const sharp = sample(300, 3, seed, 4);
      const mended = chooseCalibrator(sharp.Z, sharp.y, null, 3, folds(300), false);
      expect(mended).toStrictEqual({
        temperature: fitTemperature(...fields(sharp)),
        shifts: null,
      });
    }
    expect(kept).toBeGreaterThanOrEqual(32);
  });

  test("scores no row with a calibrator fitted on it: one fold alone decides nothing", () => {
    const sharp = sample(300, 3, 1, 4);
    const one = new Int32Array(300);
    expect(chooseCalibrator(sharp.Z, sharp.y, null, 3, one, false).temperature).toBe(1);
  });

  test("always shifts where class weights were used, with T only where it helps", () => {
    const { Z, y, n, k } = sample(2000, 3, 6);
    const moved = Z.map((z, at) => z + (at % k));
    const calibrator = chooseCalibrator(moved, y, null, k, folds(n), true);
    expect(calibrator.temperature).toBe(1);
    expect(calibrator).toStrictEqual(fitShifts(moved, y, null, k, false));
    const sharp = chooseCalibrator(
      moved.map((z) => 3 * z),
      y,
      null,
      k,
      folds(n),
      true,
    );
    expect(sharp.temperature).toBeGreaterThan(2.5);
  });

  test("counts groups, not rows, in the standard error: repeated rows decide what the rows once do", () => {
    const times = 50;
    let rowsAlone = 0;
    for (let seed = 0; seed < 20; seed++) {
      const few = sample(12, 2, seed, 3);
      const group = Int32Array.from({ length: 12 * times }, (_, i) => i % 12);
      const Z = Float64Array.from({ length: 24 * times }, (_, at) => few.Z[at % 24]);
      const y = group.map((g) => few.y[g]);
      const part = group.map((g) => g % 4);
      const once = chooseCalibrator(few.Z, few.y, null, 2, part.slice(0, 12), false);
      const grouped = chooseCalibrator(Z, y, null, 2, part, false, group);
      expect(grouped.temperature).toBeCloseTo(once.temperature, 8);
      const repeated = chooseCalibrator(Z, y, null, 2, part, false);
      if (repeated.temperature !== 1 && once.temperature === 1) rowsAlone++;
    }
    expect(rowsAlone).toBeGreaterThan(0);
  });
});

describe("applyCalibrator and checkCalibrator", () => {
  test("divides by T, then shifts, in place", () => {
    const Z = Float64Array.of(2, 4, -6, 0);
    applyCalibrator({ temperature: 2, shifts: Float64Array.of(10, 20) }, Z, 2, 2, Z);
    expect([...Z]).toStrictEqual([11, 22, 7, 20]);
  });

  test("T = 1 without shifts leaves every bit", () => {
    const Z = Float64Array.of(-0, 5e-324, 0.1, 1e308);
    const out = new Float64Array(4);
    applyCalibrator({ temperature: 1, shifts: null }, Z, 2, 2, out);
    expect(out).toStrictEqual(Z);
  });

  test.each([
    null,
    {},
    { temperature: 0, shifts: null },
    { temperature: Number.NaN, shifts: null },
    { temperature: "1", shifts: null },
    { temperature: 1 },
    { temperature: 1, shifts: [0, 0] },
    { temperature: 1, shifts: new Float64Array(3) },
    { temperature: 1, shifts: Float64Array.of(0, Number.POSITIVE_INFINITY) },
  ])("refuses %j from a file", (value) => {
    expect(() => checkCalibrator(value, 2)).toThrow(/the model file is damaged/);
  });

  test("takes what was chosen", () => {
    const calibrator = { temperature: 1.5, shifts: Float64Array.of(1, -1) };
    expect(checkCalibrator(calibrator, 2)).toStrictEqual(calibrator);
  });
});
