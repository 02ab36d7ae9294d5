import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { createRandom } from "../../src/base/random.ts";
import type { Cell, Row, Table } from "../../src/base/table.ts";
import type { TrainOptions } from "../../src/classifier/options.ts";
import { type Trained, train } from "../../src/classifier/train.ts";
import { mixedRows, noiseTable, normal, numbersTable, softmaxTable, softmaxWorld } from "./data.ts";
import { simulate } from "./simulate.ts";

/** Trains, and checks what holds for every classifier and report. */
async function trained(
  data: Table | readonly Row[],
  target: string,
  options: Partial<TrainOptions> = {},
): Promise<Trained> {
  const result = await train(data, { target, worker: false, ...options });
  const { classifier, report, folds } = result;
  const { read, used, rejected, unlabelled } = report.rows;
  expect(read).toBe(used + rejected + unlabelled);
  expect(folds).toHaveLength(used);
  expect(classifier.model.weights.every(Number.isFinite)).toBe(true);
  for (const p of classifier.probabilities(data)) {
    expect(p.every((v) => v >= 0 && v <= 1)).toBe(true);
    expect(Math.abs(p.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-12);
  }
  const { logLoss, accuracy, ece } = report.evaluation.metrics;
  for (const { value, low, high } of [logLoss, accuracy, ece]) {
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
    expect(Number.isFinite(value)).toBe(true);
  }
  // A cell of a row to look at may be missing; a number may not.
  const { looks: _, ...numbers } = report;
  expect(JSON.stringify(numbers)).not.toContain('"value":null');
  return result;
}

const letters = (n: number, k: number): string[] =>
  Array.from({ length: n }, (_, i) => `c${i % k}`);

describe("tables that are hard to learn from give a finite model and say what is wrong with them", () => {
  it("two rows", async () => {
    await trained(numbersTable([["x", [1, 2]]], ["a", "b"]), "y");
  });

  it("one row a class, for every number of classes up to 20", async () => {
    for (const k of [2, 3, 5, 6, 20]) {
      const { report } = await trained(
        numbersTable([["x", letters(k, k).map((_, i) => i)]], letters(k, k)),
        "y",
        { categorical: ["x"] },
      );
      expect(report.remarks.filter((r) => r.includes("absent from some fold"))).toHaveLength(k);
    }
  });

  it("a label that occurs once among two: it is absent from one fold, and named", async () => {
    const labels = Array.from({ length: 40 }, (_, i) => (i === 17 ? "once" : "always"));
    const { report } = await trained(
      numbersTable([["x", Array.from({ length: 40 }, (_, i) => i / 7)]], labels),
      "y",
    );
    expect(report.remarks.some((r) => r.includes('"once" was absent'))).toBe(true);
    expect(report.evaluation.metrics.noBetterThanBaseline).toBe(true);
  });

  it("no column that can be learned from: the baseline", async () => {
    const rows = letters(30, 3).map((y) => ({ y, constant: 4, empty: null }));
    const { report, classifier } = await trained(rows, "y");
    expect(classifier.columns).toEqual([]);
    expect(report.evaluation.metrics.noBetterThanBaseline).toBe(true);
    expect(report.remarks.join()).toMatch(
      /"constant" holds one value only.*"empty" holds no value/,
    );
    expect(classifier.predict({}).probabilities[0].probability).toBeCloseTo(1 / 3, 12);
  });

  it("the same column five times, and sums of others", async () => {
    const table = softmaxTable(80, 3, 1);
    const [a, b] = table.columns;
    const values = (a as { values: Float64Array }).values;
    const sum = values.map((v, i) => v + (b as { values: Float64Array }).values[i]);
    const copies = [1, 2, 3, 4].map((i) => ({ kind: "number" as const, name: `copy${i}`, values }));
    const all = {
      ...table,
      columns: [...copies, { kind: "number" as const, name: "sum", values: sum }, ...table.columns],
    };
    const { report } = await trained(all, "y");
    const alone = await trained(table, "y");
    const difference =
      report.evaluation.metrics.logLoss.value - alone.report.evaluation.metrics.logLoss.value;
    expect(Math.abs(difference)).toBeLessThan(0.02);
  });

  it("columns of scale 1e-200 beside ones of 1e200", async () => {
    const random = createRandom(1);
    const x = Array.from({ length: 100 }, () => normal(random));
    const labels = x.map((v) => (v > 0 ? "up" : "down"));
    const { report } = await trained(
      numbersTable(
        [
          ["tiny", x.map((v) => v * 1e-200)],
          ["huge", x.map((v) => 3e199 * v + 1e200)],
        ],
        labels,
      ),
      "y",
    );
    expect(report.evaluation.metrics.accuracy.value).toBeGreaterThan(0.95);
  });

  it("weights as far apart as they may be, on rows that alone have some values", async () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({
      x: i % 6 === 0 ? i : 0,
      level: i % 6 === 0 ? `rare ${i % 4}` : "usual",
      w: i % 6 === 0 ? 1e-100 : 1,
      y: i % 4 === 0 ? "a" : "b",
    }));
    for (const l2 of [1e-12, 1e-3, 1e6]) await trained(rows, "y", { weight: "w", l2 });
    await trained(rows, "y", { weight: "w", numeric: ["x"], classWeights: [["a", 1e-30]] });
  });

  it("perfectly separated classes", async () => {
    const x = Array.from({ length: 60 }, (_, i) => (i % 3) * 10 + (i % 7) / 10);
    const { report } = await trained(numbersTable([["x", x]], letters(60, 3)), "y");
    expect(report.evaluation.metrics.accuracy.value).toBe(1);
    expect(report.evaluation.metrics.logLoss.value).toBeLessThan(0.01);
  });

  it("half as many classes as rows", async () => {
    const random = createRandom(2);
    const labels = letters(120, 60);
    const x = labels.map((label) => Number(label.slice(1)) + 0.1 * normal(random));
    await trained(numbersTable([["x", x]], labels), "y", { linear: true });
  });

  it("1,000 classes", async () => {
    const random = createRandom(3);
    const labels = letters(2000, 1000);
    const place = (label: string): number => Number(label.slice(1));
    const x = labels.map((label) => (place(label) % 32) + 0.05 * normal(random));
    const z = labels.map((label) => Math.floor(place(label) / 32) + 0.05 * normal(random));
    const { report } = await trained(
      numbersTable(
        [
          ["x", x],
          ["z", z],
        ],
        labels,
      ),
      "y",
      { linear: true, l2: 1e-3, folds: 2 },
    );
    expect(report.evaluation.metrics.noBetterThanBaseline).toBe(false);
  });

  it("more columns than rows", async () => {
    const { report } = await trained(noiseTable(40, 300, [0.5, 0.5], 3), "y", { linear: true });
    expect(report.evaluation.metrics.noBetterThanBaseline).toBe(true);
  });

  it("as many groups as there are folds, and fewer", async () => {
    for (const groups of [5, 3, 2]) {
      const rows = mixedRows(60, 3, groups).map((row, i) => ({ ...row, g: `g${i % groups}` }));
      const { folds } = await trained(rows, "kind", { group: "g" });
      expect(new Set(folds).size).toBe(groups);
    }
  });

  it("classes that live in one group each: none was ever trained on, and every one is named", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ x: i, g: i % 4, y: `c${i % 4}` }));
    const { report } = await trained(rows, "y", { group: "g", numeric: ["x"] });
    expect(report.evaluation.metrics.accuracy.value).toBe(0);
    expect(report.remarks.filter((r) => r.includes("absent from some fold"))).toHaveLength(4);
  });

  it("small tables of anything", async () => {
    const cell = fc.oneof(
      fc.constantFrom(null, "", "a", "b", "0", "01", "1e3", "2024-02-30", "2024-02-29", true),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const rows = fc.array(
      fc.record({ a: cell, b: cell, c: cell, y: fc.constantFrom("p", "q", "r", null) }),
      { minLength: 2, maxLength: 16 },
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 2, max: 6 }), async (table, folds) => {
        fc.pre(new Set(table.map(({ y }) => y).filter((y) => y !== null)).size >= 2);
        await trained(table, "y", { folds, worker: false });
      }),
      { numRuns: 40 },
    );
  });
});

describe("small tables with weights, groups, times and class weights in any combination", () => {
  const rows = fc.array(
    fc.record({
      x: fc.constantFrom<Cell>(null, 0, 1, 2, 5.5, -3),
      c: fc.constantFrom<Cell>("u", "v", null),
      w: fc.constantFrom(0, 0, 1, 2, 0.25),
      g: fc.integer({ min: 0, max: 4 }),
      t: fc.integer({ min: 0, max: 6 }),
      y: fc.constantFrom("p", "q", "r"),
    }),
    { minLength: 2, maxLength: 24 },
  );
  const options = fc.record(
    {
      weight: fc.constant("w"),
      classWeights: fc.constant("balanced" as const),
      folds: fc.integer({ min: 2, max: 6 }),
      l2: fc.constantFrom(1e-6, 0.1),
      role: fc.constantFrom({ group: "g" }, { time: "t" }),
    },
    { requiredKeys: [] },
  );

  it("give a finite model, or a sentence that says why not", async () => {
    let learned = 0;
    await fc.assert(
      fc.asyncProperty(rows, options, async (table, { role, ...rest }) => {
        try {
          await trained(table, "y", { ...rest, ...role });
          learned++;
        } catch (error) {
          if (!(error instanceof SoftmaxError) || error.code !== "data") throw error;
        }
      }),
      { numRuns: 150 },
    );
    expect(learned).toBeGreaterThan(50);
  });
});

describe("tables that cannot be learned from are refused with a sentence", () => {
  it.each([
    ["no rows", [], /no column|at least|"target" expected/],
    [
      "one label",
      [
        { x: 1, y: "a" },
        { x: 2, y: "a" },
      ],
      /one label only, "a"/,
    ],
    [
      "no label",
      [
        { x: 1, y: null },
        { x: 2, y: "" },
      ],
      /holds no label/,
    ],
    [
      "a target of measures",
      Array.from({ length: 90 }, (_, i) => ({ x: i, y: i / 7 })),
      /looks like regression/,
    ],
    [
      "a nested cell",
      [
        { x: [1], y: "a" },
        { x: 2, y: "b" },
      ] as unknown as Row[],
      /row 1, column "x"/,
    ],
  ])("%s", async (_, rows, message) => {
    await expect(train(rows as Row[], { target: "y" })).rejects.toThrow(message);
    await expect(train(rows as Row[], { target: "y" })).rejects.toMatchObject({ code: "data" });
  });
});

describe("noise", () => {
  it("with shuffled labels is reported as no better than the baseline, for twelve tables", async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const shares = seed % 2 === 0 ? [0.8, 0.2] : [0.5, 0.3, 0.2];
      const options = seed % 3 === 0 ? ({ classWeights: "balanced" } as const) : {};
      const table = noiseTable(120, 12, shares, seed);
      const { report } = await trained(table, "y", { seed, linear: seed > 4, ...options });
      const { noBetterThanBaseline, logLoss, baseline, accuracy } = report.evaluation.metrics;
      expect(noBetterThanBaseline).toBe(true);
      expect(logLoss.value).toBeGreaterThan(baseline.logLoss.value - 0.04);
      expect(accuracy.value).toBeLessThan(baseline.accuracy.value + 0.08);
    }
  });

  it("in 1,000 columns beside 150 rows is no better than the baseline", async () => {
    const { report } = await trained(noiseTable(150, 1000, [0.5, 0.5], 5), "y", { linear: true });
    expect(report.evaluation.metrics.noBetterThanBaseline).toBe(true);
  });
});

describe("what is reported", () => {
  it("agrees with fresh rows within the error of ten samples (a hundred in the slow tests)", async () => {
    const { logLoss, ece, accuracy, covered } = await simulate(softmaxWorld(3), 150, 10, {
      linear: true,
    });
    for (const { mean, standardError } of [logLoss, ece, accuracy]) {
      expect(Math.abs(mean)).toBeLessThan(3 * standardError);
    }
    expect(logLoss.standardError).toBeLessThan(0.03);
    expect(covered).toBeGreaterThanOrEqual(0.8);
  });
});
