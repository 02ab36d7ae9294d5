import { describe, expect, it } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { pickTable } from "../../src/base/table.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { evaluate } from "../../src/classifier/evaluate.ts";
import type { CrossSets } from "../../src/classifier/model.ts";
import type { SetOptions } from "../../src/classifier/set-options.ts";
import { crossGuarantee, setAside } from "../../src/classifier/sets.ts";
import { shrink } from "../../src/classifier/shrink.ts";
import { type Trained, train as trainWith } from "../../src/classifier/train.ts";
import { softmaxTable } from "./data.ts";

const base = { target: "y", worker: false, linear: true, l2: 0.01, folds: 2 } as const;
const train = (n: number, sets: SetOptions, more = {}): Promise<Trained> =>
  trainWith(softmaxTable(n, 3, 7), { ...base, ...more, sets });

describe("sets from rows set aside", () => {
  it("keep every row in the ledger, and train as on the others alone", async () => {
    const { classifier, report, folds } = await train(400, { coverage: 0.9 });
    expect(report.rows).toEqual({ read: 400, used: 400, rejected: 0, unlabelled: 0 });
    expect(folds.filter((part) => part === -2)).toHaveLength(80);
    expect(folds).toHaveLength(400);
    const table = softmaxTable(400, 3, 7);
    const { rest, aside } = setAside(table, { coverage: 0.9 }, 1);
    expect(new Set([...rest, ...aside]).size).toBe(400);
    const alone = await trainWith(pickTable(table, rest), base);
    expect(alone.classifier.model.weights).toEqual(classifier.model.weights);
    expect(report.sets).toMatchObject({ from: "split", guaranteed: 0.9, rows: 80, method: "aps" });
  });

  it.each(["lac", "aps", "raps"] as const)(
    "cover what they promise on fresh rows, by %s",
    async (method) => {
      const { classifier } = await train(2000, { coverage: 0.85, method });
      const { coverage, size } = evaluate(classifier, softmaxTable(2000, 3, 8)).sets!;
      // The quantile of 400 rows moves the coverage by 0.018.
      expect(Math.abs(coverage.value - 0.85)).toBeLessThan(0.055);
      expect(size.value).toBeLessThan(2.2);
    },
  );

  it("are part of predictions and of the model file", async () => {
    const { classifier } = await train(300, { coverage: 0.8, method: "lac", perClass: true });
    const rows = [
      { x0: 3, x1: -3, x2: 0 },
      { x0: 0, x1: 0, x2: 0 },
    ];
    const [clear, doubtful] = classifier.predict(rows);
    expect(clear.set).toEqual(["c0"]);
    expect(doubtful.set!.length).toBeGreaterThan(1);
    expect(doubtful.set![0]).toBe(doubtful.label);
    const loaded = await Classifier.load(classifier.save());
    expect(loaded.predict(rows)).toEqual([clear, doubtful]);
    expect(loaded.predict(rows[1])).toEqual(doubtful);
    expect(loaded.save()).toEqual(classifier.save());
    expect(shrink(classifier).model).not.toHaveProperty("sets");
  });

  it("are measured on a test table too", async () => {
    const { report } = await train(300, { coverage: 0.8 }, { test: softmaxTable(100, 3, 9) });
    expect(report.test?.sets?.rows).toBe(100);
    expect(report.sets?.measured?.coverage.value).toBeGreaterThan(0.6);
  });
});

describe("sets from the models of folds", () => {
  it("set no row aside, keep the models, and promise less", async () => {
    const { classifier, report } = await train(250, { coverage: 0.9, cvPlus: true });
    const { folds } = classifier.model.sets as CrossSets;
    expect(folds.map(({ scores }) => scores.length)).toEqual([50, 50, 50, 50, 50]);
    expect(report.rows.used).toBe(250);
    expect(report.sets).toMatchObject({ from: "cv+", measured: null, rows: 250 });
    expect(report.sets!.guaranteed).toBeCloseTo(crossGuarantee(0.9, 250, 5), 12);
    expect(report.sets!.guaranteed).toBeLessThan(0.8);
    const { coverage } = evaluate(classifier, softmaxTable(2000, 3, 8)).sets!;
    expect(coverage.value).toBeGreaterThan(0.85);
    const loaded = await Classifier.load(classifier.save());
    const row = { x0: 0.2, x1: 0, x2: 0 };
    expect(loaded.predict(row)).toEqual(classifier.predict(row));
    expect(loaded.save()).toEqual(classifier.save());
  });
});

describe("what cannot be", () => {
  it.each([
    [{ coverage: 2 }, {}, '"sets.coverage" expected a number from 0.01 to 0.9999'],
    [{ coverage: 0.9, method: "APS" }, {}, '"sets.method" expected one of lac, aps, raps'],
    [{ coverage: 0.9, cvPlus: true, perClass: true }, {}, "cannot be used together"],
    [{ coverage: 0.9, cvPlus: true, aside: 0.1 }, {}, "nothing is set aside"],
    [{ coverage: 0.9, cvPlus: true, method: "raps" }, {}, 'expected "lac" or "aps"'],
    [{ coverage: 0.9 }, { group: "x0" }, '"sets" and "group" cannot be used together'],
    [{ coverge: 0.9 }, {}, 'did you mean "coverage"?'],
  ])("%j beside %j is said", async (sets, more, sentence) => {
    await expect(train(60, sets as unknown as SetOptions, more)).rejects.toThrow(sentence);
  });

  it("is a set of too few rows: every label is let in, and no row is an error", async () => {
    const { report } = await train(40, { coverage: 0.95 });
    expect(report.sets?.quantiles).toEqual([null]);
    await expect(train(40, { coverage: 0.9, aside: 0.01 })).rejects.toThrow(SoftmaxError);
  });
});
