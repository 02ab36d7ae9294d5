import { describe, expect, it } from "vitest";
import {
  type Classifier,
  compare,
  createRandom,
  evaluate,
  type Row,
  train,
} from "../../src/index.ts";

const random = createRandom(11);
const rows: Row[] = Array.from({ length: 600 }, (_, i) => {
  const x = random.uniform() * 4 - 2;
  const y = random.uniform() < 1 / (1 + Math.exp(-2 * x)) ? "yes" : "no";
  return { x, noise: random.uniform(), third: i % 3 === 0 ? "other" : y, y };
});
const [learn, judge] = [rows.slice(0, 300), rows.slice(300)];
const FAST = { linear: true, l2: 0.01, worker: false } as const;

const trained = async (ignore: string[], target = "y"): Promise<Classifier> =>
  (await train(learn, { ...FAST, target, ignore: [...ignore, target === "y" ? "third" : "y"] }))
    .classifier;

describe("compare", () => {
  it("finds the better of two, with the numbers that evaluate gives", async () => {
    const [blind, seeing] = [await trained(["x"]), await trained(["noise"])];
    const found = compare(blind, seeing, judge);
    expect(found.better).toBe("B");
    expect(found.verdict).toMatch(
      /^B is better: on the same 300 rows it has the log loss 0\.\d{4} where A has 0\.\d{4}, lower by/,
    );
    expect(found.logLoss.a).toBeCloseTo(evaluate(blind, judge).metrics.logLoss.value, 12);
    expect(found.accuracy.b).toBeCloseTo(evaluate(seeing, judge).metrics.accuracy.value, 12);
    expect(found.delong!.p).toBeLessThan(1e-6);
    const back = compare(seeing, blind, judge);
    expect(back.better).toBe("A");
    expect(JSON.parse(JSON.stringify(back))).toEqual(back);
  });

  it("does not call a difference by chance a better model", async () => {
    const [one, more] = [await trained(["noise"]), await trained([])];
    const found = compare(one, more, judge);
    expect(found.better).toBeNull();
    expect(found.verdict).toMatch(/^These 300 rows do not show which model is better/);
  });

  it("refuses models of other classes or targets", async () => {
    const two = await trained([]);
    const other = await trained(["noise"], "third");
    expect(() => compare(two, other, judge)).toThrow(
      'the models predict different columns, "y" and "third"',
    );
    const three = (
      await train(
        learn.map((row, i) => ({ ...row, y: i % 3 === 0 ? "perhaps" : row.y! })),
        { ...FAST, target: "y", ignore: ["third"] },
      )
    ).classifier;
    expect(() => compare(two, three, judge)).toThrow(
      'the models have different classes; only B has "perhaps": train both on the same labels',
    );
  });
});
