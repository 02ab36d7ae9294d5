import { expect, test } from "vitest";
import { measure } from "../../src/measure/metrics.ts";
import { calibratedSample } from "./sample.ts";

test("ECE is 0 where each distinct prediction comes true in its share", () => {
  const rows: [number, number][] = [
    [Math.log(3), 0],
    [Math.log(3), 0],
    [Math.log(3), 0],
    [Math.log(3), 1],
    [Math.log(1.5), 0],
    [Math.log(1.5), 0],
    [Math.log(1.5), 0],
    [Math.log(1.5), 1],
    [Math.log(1.5), 1],
  ];
  const Z = Float64Array.from(rows.flatMap(([z]) => [z, 0]));
  const metrics = measure(
    Z,
    Int32Array.from(rows, ([, label]) => label),
    null,
    2,
  );
  expect(metrics.ece.value).toBeCloseTo(0, 14);
  expect(metrics.eceClasswise).toBeCloseTo(0, 14);
  expect(metrics.reliability.map(({ rows: count }) => count)).toStrictEqual([5, 4]);
});

test("ECE of a constant prediction is the distance to what happened", () => {
  const Z = Float64Array.from({ length: 200 }, (_, at) => (at % 2 === 0 ? Math.log(9) : 0));
  const y = Int32Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : 1));
  const { ece, reliability } = measure(Z, y, null, 2);
  expect(ece.value).toBeCloseTo(0.2, 12);
  expect(reliability).toHaveLength(1);
  expect(reliability[0].confidence).toBeCloseTo(0.9, 12);
  expect(reliability[0].accuracy.value).toBeCloseTo(0.7, 12);
});

test("on calibrated samples the measured ECE lies around the expected one", () => {
  for (const [n, k, spread] of [
    [300, 2, 4],
    [1000, 5, 6],
    [200, 3, 20],
  ]) {
    const samples = Array.from({ length: 30 }, (_, seed) => {
      const { Z, y } = calibratedSample(n, k, seed, spread);
      return measure(Z, y, null, k, { replicates: 2, seed });
    });
    const mean = (of: (m: (typeof samples)[number]) => number) =>
      samples.reduce((sum, m) => sum + of(m), 0) / samples.length;
    const ratio = mean((m) => m.ece.value) / mean((m) => m.eceExpected.value);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
    const inside = samples.filter(
      ({ ece, eceExpected }) => ece.value >= eceExpected.low && ece.value <= eceExpected.high,
    );
    expect(inside.length).toBeGreaterThanOrEqual(25);
  }
});

test("on over-confident logits it lies far above", () => {
  const { Z, y } = calibratedSample(1000, 3, 1);
  const { ece, eceExpected } = measure(
    Z.map((z) => 4 * z),
    y,
    null,
    3,
  );
  expect(ece.low).toBeGreaterThan(eceExpected.high);
});

test("the reliability diagram's bins partition the rows, ascending, of nearly equal weight", () => {
  const { Z, y, n } = calibratedSample(1000, 3, 5);
  const s = Float64Array.from({ length: n }, (_, i) => 1 + (i % 3));
  const { reliability, ece } = measure(Z, y, s, 3, { replicates: 2 });
  expect(reliability).toHaveLength(15);
  expect(reliability.reduce((sum, bin) => sum + bin.rows, 0)).toBe(n);
  let error = 0;
  reliability.forEach(({ share, accuracy, confidence, from, to }, b) => {
    expect(Math.abs(share - 1 / 15)).toBeLessThan(0.004);
    expect(confidence).toBeGreaterThanOrEqual(from);
    expect(confidence).toBeLessThanOrEqual(to);
    if (b > 0) expect(from).toBeGreaterThan(reliability[b - 1].to);
    error += share * Math.abs(accuracy.value - confidence);
  });
  expect(error).toBeCloseTo(ece.value, 12);
});
