import { describe, expect, it } from "vitest";
import {
  type Classifier,
  compare,
  createRandom,
  evaluate,
  type Row,
  redecide,
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

  it("takes each model's own decision for accuracy, McNemar's test and cost", async () => {
    const plain = await trained(["noise"]);
    const costs = [["yes", "no", 5]] as const;
    const careful = redecide(plain, { costs }).classifier;
    const found = compare(plain, careful, judge);
    const decided = evaluate(careful, judge).decision!;
    expect(found.accuracy.a).toBeCloseTo(decided.argmax.accuracy.value, 12);
    expect(found.accuracy.b).toBeCloseTo(decided.decided.accuracy.value, 12);
    expect(found.cost!.a).toBeCloseTo(decided.argmax.cost!.value, 12);
    expect(found.cost!.b).toBeCloseTo(decided.decided.cost!.value, 12);
    expect(found.cost!.gain.value).toBeCloseTo(decided.gain.value, 12);
    expect(found.logLoss.gain).toEqual({ value: 0, low: 0, high: 0 });
    const { onlyA, onlyB } = found.mcnemar!;
    const rightBy = (one: Classifier): boolean[] =>
      one.predict(judge).map(({ label }, i) => label === judge[i]!.y);
    const [inA, inB] = [rightBy(plain), rightBy(careful)];
    expect(onlyA).toBe(inA.filter((right, i) => right && !inB[i]).length);
    expect(onlyB).toBe(inB.filter((right, i) => right && !inA[i]).length);
    expect(onlyA + onlyB).toBeGreaterThan(0);
    expect(found.coverage).toBeUndefined();
    expect(found.verdict).toMatch(/; the mean costs are 0\.\d{4} and \d\.\d{4}, /);
  });

  it("counts the rows that are left to a person as documented", async () => {
    const plain = await trained(["noise"]);
    const timid = redecide(plain, { abstain: { confidence: 0.8 } }).classifier;
    const found = compare(plain, timid, judge);
    const { decided } = evaluate(timid, judge).decision!;
    expect(found.coverage).toMatchObject({ a: 1, b: decided.coverage.value });
    expect(found.accuracy.b).toBeCloseTo(decided.accuracy.value, 12);
    expect(found.mcnemar).toMatchObject({ onlyA: 0, onlyB: 0 });
    expect(found.cost).toBeUndefined();
    const priced = redecide(plain, { costs: [["yes", "no", 5]], abstain: { cost: 0.3 } });
    const asked = compare(plain, priced.classifier, judge);
    const { decided: own } = evaluate(priced.classifier, judge).decision!;
    expect(asked.cost!.b).toBeCloseTo(own.cost!.value, 12);
  });

  it("compares no costs where both decide by different ones, and says so", async () => {
    const plain = await trained(["noise"]);
    const [five, nine] = [5, 9].map(
      (cost) => redecide(plain, { costs: [["yes", "no", cost]] }).classifier,
    );
    const found = compare(five!, nine!, judge);
    expect(found.cost).toBeUndefined();
    expect(found.remarks).toEqual([
      "the models decide by different costs, so that no cost is compared",
    ]);
    expect(compare(five!, five!, judge)).toMatchObject({
      remarks: [],
      cost: { gain: { value: 0 } },
    });
    const weighted = compare(
      plain,
      five!,
      judge.map((row, i) => ({ ...row, w: i % 2 })),
      {
        weight: "w",
      },
    );
    const half = judge.filter((_, i) => i % 2 === 1);
    expect(weighted.cost!.b).toBeCloseTo(compare(plain, five!, half).cost!.b, 12);
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
