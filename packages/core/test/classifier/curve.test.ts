import { describe, expect, it } from "vitest";
import { createRandom, learningCurve, type Row, train } from "../../src/index.ts";
import { fitPowerLaw, powerLawAt } from "../../src/measure/power-law.ts";

const random = createRandom(21);
const FAST = { target: "y", linear: true, l2: 0.003, worker: false } as const;

/** Columns of which only the first says something; with many, few rows do not suffice. */
function rowsOf(n: number, columns: number): Row[] {
  return Array.from({ length: n }, () => {
    const x = Array.from({ length: columns }, () => 2 * random.uniform() - 1);
    const z = 3 * x[0]!;
    const y = random.uniform() < 1 / (1 + Math.exp(-z)) ? "yes" : "no";
    return { ...Object.fromEntries(x.map((v, j) => [`x${j}`, v])), y };
  });
}

describe("a learning curve", () => {
  it("falls where columns are many, and says that more rows would help", async () => {
    const curve = await learningCurve(rowsOf(300, 40), FAST);
    expect(curve.judged).toBe(300);
    expect(curve.points.map(({ rows, draws }) => [rows, draws])).toEqual([
      [12, 4],
      [28, 4],
      [60, 4],
      [120, 2],
      [240, 1],
    ]);
    const losses = curve.points.map(({ logLoss }) => logLoss.value);
    expect(losses[4]).toBeLessThan(losses[2]!);
    expect(curve.lastDoubling!.low).toBeGreaterThan(0);
    expect(curve.moreRows).toBe("would help");
    expect(curve.sentence).toMatch(/^Twice as many rows of the same kind would probably lower/);
    expect(JSON.parse(JSON.stringify(curve))).toEqual(curve);
  });

  it("is flat where one column says all there is", async () => {
    const curve = await learningCurve(rowsOf(2000, 1), FAST);
    expect(curve.moreRows).toBe("would hardly help");
    expect(curve.sentence).toMatch(/^More rows of the same kind would hardly help/);
  });

  it("says so where rows are too few", async () => {
    const curve = await learningCurve(rowsOf(40, 2), FAST);
    expect([curve.projection, curve.moreRows]).toEqual([null, "unclear"]);
  });

  it("in a report ends with the report's own log loss, and changes nothing else in it", async () => {
    const rows = rowsOf(200, 5);
    const plain = await train(rows, FAST);
    const asked = await train(rows, { ...FAST, learningCurve: true });
    const { learningCurve: curve, ...rest } = asked.report;
    expect(curve!.points.at(-1)!.logLoss.value).toBeCloseTo(
      plain.report.evaluation.metrics.logLoss.value,
      12,
    );
    expect(rest).toEqual(plain.report);
    expect(asked.classifier.save()).toEqual(plain.classifier.save());
    const alone = await learningCurve(rows, FAST);
    expect(alone).toEqual(curve);
  });

  it("calibrates every point as asked", async () => {
    const rows = rowsOf(200, 5);
    const options = { ...FAST, calibration: "isotonic" } as const;
    const { report } = await train(rows, { ...options, learningCurve: true });
    expect(await learningCurve(rows, options)).toEqual(report.learningCurve);
    expect(await learningCurve(rows, FAST)).not.toEqual(report.learningCurve);
  });

  it("with shuffled labels promises nothing", async () => {
    const rows = rowsOf(400, 10).map((row) => ({ ...row, y: random.below(2) === 1 ? "a" : "b" }));
    const curve = await learningCurve(rows, { ...FAST, l2: 1 });
    expect(curve.moreRows).not.toBe("would help");
    expect(curve.points.at(-1)!.logLoss.value).toBeGreaterThan(0.68);
  });

  it("keeps groups whole, and judges the latest rows by all shares", async () => {
    const rows = rowsOf(240, 5).map((row, i) => ({ ...row, g: `g${i % 40}`, t: i }));
    const grouped = await learningCurve(rows, { ...FAST, group: "g", ignore: ["t"] });
    expect(grouped.judged).toBe(240);
    const timed = await learningCurve(rows, { ...FAST, time: "t", ignore: ["g"] });
    expect(timed.judged).toBe(48);
    expect(timed.points.at(-1)!.rows).toBe(192);
  });
});

describe("a power law", () => {
  it("is found again where losses follow one", () => {
    const sizes = [25, 50, 100, 200, 400];
    const law = { floor: 0.3, factor: 2, exponent: 0.5 };
    const losses = sizes.map((m) => powerLawAt(law, m));
    const found = fitPowerLaw(sizes, losses, [1, 1, 1, 1, 1]);
    expect(found.exponent).toBeCloseTo(0.5, 9);
    expect(found.floor).toBeCloseTo(0.3, 9);
    expect(found.factor).toBeCloseTo(2, 9);
  });

  it("never rises, and never falls below 0", () => {
    const up = fitPowerLaw([10, 20, 40, 80], [0.5, 0.52, 0.51, 0.53], [1, 1, 1, 1]);
    expect(up.factor).toBe(0);
    const down = fitPowerLaw([10, 20, 40, 80], [0.4, 0.15, 0.05, 0.02], [1, 1, 1, 1]);
    expect(down.floor).toBeGreaterThanOrEqual(0);
    expect(powerLawAt(down, 1e9)).toBeGreaterThanOrEqual(0);
  });
});
