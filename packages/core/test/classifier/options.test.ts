import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import type { Table } from "../../src/base/table.ts";
import { IDENTITY } from "../../src/calibrate/calibrator.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import type { Progress, TrainOptions } from "../../src/classifier/options.ts";
import { type Trained, train as trainWith } from "../../src/classifier/train.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createTrainer } from "../../src/model/trainer.ts";
import {
  bitsOf,
  mixedRows,
  noiseTable,
  normal,
  numbersTable,
  rareTable,
  softmaxTable,
} from "./data.ts";

/** Worker or not, the arithmetic is the same (saved.test.ts); without one a small fit starts sooner. */
const train = (data: Parameters<typeof trainWith>[0], options: TrainOptions): Promise<Trained> =>
  trainWith(data, { worker: false, ...options });

const sumsOf = (rows: readonly Float64Array[]): Float64Array => {
  const mean = new Float64Array(rows[0].length);
  for (const p of rows) p.forEach((v, c) => (mean[c] += v / rows.length));
  return mean;
};

describe("the mean probability of a class", () => {
  it.each([2, 3, 5])(
    "equals its share of the training rows, with %i classes and any penalty",
    async (k) => {
      for (const l2 of [undefined, 1e-3, 10]) {
        const table = softmaxTable(150, k, k);
        const { classifier, report } = await train(table, {
          target: "y",
          ...(l2 === undefined ? {} : { l2 }),
        });
        const uncalibrated = new Classifier({ ...classifier.model, calibrator: IDENTITY });
        const means = sumsOf(uncalibrated.probabilities(table));
        report.classes.forEach(({ share }, c) => expect(means[c]).toBeCloseTo(share, 7));
      }
    },
  );

  it("is brought back to the share after class weights, at little cost in log loss", async () => {
    const table = rareTable(2000, 5);
    const plain = await train(table, { target: "y" });
    for (const classWeights of ["balanced", [["rare", 30]]] as const) {
      const { classifier, report } = await train(table, { target: "y", classWeights });
      const means = sumsOf(classifier.probabilities(table));
      report.classes.forEach(({ share }, c) =>
        expect(Math.abs(means[c] - share)).toBeLessThan(0.003),
      );
      const loss = report.evaluation.metrics.logLoss.value;
      expect(loss).toBeLessThan(1.02 * plain.report.evaluation.metrics.logLoss.value);
    }
  });

  it("is brought back likewise with five classes and a weight for one of them", async () => {
    const table = softmaxTable(1000, 5, 3);
    const { classifier, report } = await train(table, {
      target: "y",
      classWeights: [["c2", 10]],
      linear: true,
    });
    const means = sumsOf(classifier.probabilities(table));
    report.classes.forEach(({ share }, c) =>
      expect(Math.abs(means[c] - share)).toBeLessThan(0.004),
    );
  });
});

describe("an optimiser", () => {
  const table = softmaxTable(120, 3, 9);

  it("of its own kind reaches the same classifier, or one near it, and is kept in the model", async () => {
    const common = { target: "y", l2: 0.01, linear: true } as const;
    const best = await train(table, common);
    const P = best.classifier.probabilities(table);
    const near = { newton: 1e-6, sgd: 0.02, adam: 0.05 } as const;
    for (const [optimizer, distance] of Object.entries(near) as [keyof typeof near, number][]) {
      const { classifier, report } = await train(table, { ...common, optimizer });
      const Q = classifier.probabilities(table);
      P.forEach((row, i) =>
        row.forEach((p, c) => expect(Math.abs(p - Q[i][c])).toBeLessThan(distance)),
      );
      expect(classifier.model.provenance.options).toContainEqual(["optimizer", `"${optimizer}"`]);
      const remark = /the last fit ended after 500 epochs, near the optimum at best/;
      expect(remark.test(report.remarks.join())).toBe(optimizer !== "newton");
    }
  });

  it("gives the same bytes for the same seed", async () => {
    const options = { target: "y", l2: 0.01, optimizer: "sgd", epochs: 3 } as const;
    const bytes = async (seed: number) =>
      (await train(table, { ...options, seed })).classifier.save();
    expect(await bytes(4)).toEqual(await bytes(4));
    await expect(train(table, { target: "y", momentum: 0.5 })).rejects.toThrow(
      /"momentum" expected the option "optimizer"/,
    );
  });
});

describe("row weights", () => {
  it("that are whole numbers give the fit of rows repeated so often", async () => {
    const [n, d, k] = [60, 3, 3];
    const random = createRandom(2);
    const X = Float64Array.from({ length: n * d }, () => normal(random));
    const y = Int32Array.from({ length: n }, (_, i) => (i < k ? i : random.below(k)));
    const times = Int32Array.from({ length: n }, (_, i) => (i < k ? 1 : random.below(4)));
    const repeated = [...times.keys()].flatMap((i) => new Array<number>(times[i]).fill(i));
    const fit = async (rows: readonly number[], s: Float64Array | null) => {
      const trainer = await createTrainer({
        X: {
          rows: rows.length,
          dense: {
            width: d,
            data: Float64Array.from(rows.flatMap((i) => [...X.subarray(i * d, (i + 1) * d)])),
          },
          codes: null,
          csr: null,
        },
        y: Int32Array.from(rows, (i) => y[i]),
        outputs: k,
        rowWeights: s,
        kernels: createReferenceKernels(),
        worker: false,
      });
      const ranges = [{ start: 0, end: rows.length }];
      return trainer.fit({ ranges, l2: 0.01, start: null, tolerance: "final" });
    };
    const weighted = await fit([...times.keys()], Float64Array.from(times));
    const plain = await fit(repeated, null);
    expect(weighted.objective).toBeCloseTo(plain.objective, 12);
    weighted.weights.forEach((w, at) => expect(w).toBeCloseTo(plain.weights[at], 6));
  });

  it("count in shares, baseline and metrics, and rows of weight 0 count nowhere", async () => {
    const table = softmaxTable(120, 2, 4);
    const w = Float64Array.from({ length: 120 }, (_, i) => i % 4);
    const weighted = {
      ...table,
      columns: [...table.columns, { kind: "number", name: "w", values: w } as const],
    };
    const { report } = await train(weighted, { target: "y", weight: "w", linear: true });
    expect(report.columns.find(({ name }) => name === "w")?.kind).toBe("set aside");
    expect(report.classes.reduce((sum, { rows }) => sum + rows, 0)).toBe(180);
    expect(report.evaluation.metrics.weight).toBe(180);
    expect(report.evaluation.metrics.rows).toBe(90);
  });

  it("count in a test table as well, where it has them", async () => {
    const table = softmaxTable(120, 2, 4);
    const w = Float64Array.from({ length: 120 }, (_, i) => (i < 100 ? 2 : 0));
    const weighted = {
      ...table,
      columns: [...table.columns, { kind: "number", name: "w", values: w } as const],
    };
    const options = { target: "y", weight: "w", linear: true, l2: 0.1 };
    const { report } = await train(weighted, { ...options, test: weighted });
    expect(report.test?.metrics.weight).toBe(200);
    expect((await train(weighted, { ...options, test: table })).report.test?.metrics.weight).toBe(
      120,
    );
  });

  it("that leave nothing of a class, or are no numbers from 0 to 1e100, are refused by name and row", async () => {
    const table = softmaxTable(30, 2, 4);
    const labels = table.columns[2] as { codes: Int32Array };
    const trained = (values: Float64Array) =>
      train(
        { ...table, columns: [...table.columns, { kind: "number", name: "w", values }] },
        { target: "y", weight: "w" },
      );
    await expect(trained(Float64Array.from(labels.codes))).rejects.toThrow(
      /every row of class "c\d" has weight 0/,
    );
    const ones = new Float64Array(30).fill(1);
    for (const bad of [-1, Number.NaN, 1e200, 1e-200]) {
      await expect(trained(ones.with(6, bad))).rejects.toThrow(/weight column "w" .* row 7/);
    }
    await expect(trained(new Float64Array(30))).rejects.toThrow(/every weight in column "w" is 0/);
  });
});

describe("groups", () => {
  it("that tell the label, where rows alone would leak it, leave an honest no better than the baseline", async () => {
    // 40 people of 10 rows each; a person's columns and label are noise of the person.
    const random = createRandom(9);
    const people = Array.from({ length: 40 }, () => ({
      label: random.below(2),
      x: Array.from({ length: 12 }, () => normal(random)),
    }));
    const rows = Array.from({ length: 400 }, (_, i) => {
      const person = i % 40;
      const { label, x } = people[person];
      return {
        ...Object.fromEntries(x.map((v, j) => [`x${j}`, v + 0.05 * normal(random)])),
        person: `p${person}`,
        y: label === 1 ? "yes" : "no",
      };
    });
    const options = { target: "y", linear: true };
    const leaking = await train(rows, { ...options, ignore: ["person"] });
    const kept = await train(rows, { ...options, group: "person" });
    expect(leaking.report.evaluation.metrics.noBetterThanBaseline).toBe(false);
    expect(kept.report.evaluation.metrics.noBetterThanBaseline).toBe(true);
    expect(kept.classifier.columns).not.toContain("person");
    const partOf = new Map<string, number>();
    kept.folds.forEach((part, i) => {
      expect(partOf.get(rows[i].person) ?? part).toBe(part);
      partOf.set(rows[i].person, part);
    });
  });
});

describe("time", () => {
  it("judges the latest fifth of dates by what came before, and sees a relation that has turned", async () => {
    const random = createRandom(4);
    const rows = Array.from({ length: 300 }, (_, i) => {
      const x = normal(random);
      const turned = i >= 240 ? -1 : 1;
      return {
        x,
        day: new Date(Date.UTC(2024, 0, 1 + i)),
        y: turned * x + 0.3 * normal(random) > 0 ? "up" : "down",
      };
    });
    const options = { target: "y", ignore: ["day"], linear: true };
    const { report, folds } = await train(rows, { ...options, time: "day" });
    expect(report.evaluation.method).toBe("latest rows");
    expect(report.evaluation.rows).toBe(60);
    expect(folds.findIndex((part) => part >= 0)).toBe(240);
    expect(report.evaluation.metrics.noBetterThanBaseline).toBe(true);
    const shuffled = await train(rows, options);
    expect(shuffled.report.evaluation.metrics.noBetterThanBaseline).toBe(false);
  });

  it("without a time in a row is refused by row, and together with groups by name", async () => {
    const rows = mixedRows(40, 2, 1).map((row, i) => ({
      ...row,
      t: i === 11 ? null : i,
      g: i % 3,
    }));
    await expect(train(rows, { target: "kind", time: "t" })).rejects.toThrow(
      /time column "t" .* row 12/,
    );
    await expect(train(rows, { target: "kind", time: "t", group: "g" })).rejects.toThrow(
      /together/,
    );
  });
});

describe("above 50,000 rows", () => {
  it("one fifth is held out in five parts, and the rest is only trained on", async () => {
    const table = softmaxTable(50_001, 2, 3);
    const { report, folds } = await train(table, { target: "y", linear: true, l2: 1e-4 });
    expect(report.evaluation.method).toBe("hold-out");
    expect(report.evaluation.rows).toBe(10_001);
    const counts = new Map<number, number>();
    for (const part of folds) counts.set(part, (counts.get(part) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2, 3, 4]);
    expect(counts.get(-1)).toBe(40_000);
    for (let p = 0; p < 5; p++) expect(Math.abs(counts.get(p)! - 2000)).toBeLessThanOrEqual(2);
  });
});

describe("the positive class", () => {
  it("is the rarer by default, the one asked for else, and nothing where there are three", async () => {
    const table = rareTable(200, 2);
    const options = { target: "y", l2: 0.1, linear: true };
    const positive = async (given: object) =>
      (await train(table, { ...options, ...given })).report.evaluation.metrics.positive;
    expect(await positive({})).toBe(0);
    expect(await positive({ positive: "usual" })).toBe(1);
    await expect(train(table, { ...options, positive: "usul" })).rejects.toThrow(
      /did you mean "usual"/,
    );
    await expect(train(softmaxTable(60, 3, 1), { ...options, positive: "c1" })).rejects.toThrow(
      /"positive" is for two classes/,
    );
  });

  it("does not change the model: two classes are the logits 0 and z", async () => {
    const table = rareTable(200, 2);
    const options = { target: "y", linear: true };
    const a = await train(table, options);
    const b = await train(table, { ...options, positive: "usual" });
    expect(bitsOf(a.classifier.probabilities(table))).toEqual(
      bitsOf(b.classifier.probabilities(table)),
    );
    for (const [zero] of a.classifier.logits(table)) expect(zero).toBe(0);
  });
});

describe("progress", () => {
  it("only grows, from above 0 to exactly 1", async () => {
    const seen: Progress[] = [];
    await train(mixedRows(80, 3, 1), { target: "kind", onProgress: (p) => seen.push(p) });
    expect(seen.length).toBeGreaterThan(10);
    expect(seen[0].fraction).toBeGreaterThan(0);
    let before = 0;
    for (const { fraction } of seen) {
      expect(fraction).toBeGreaterThanOrEqual(before);
      before = fraction;
    }
    expect(seen.at(-1)?.fraction).toBe(1);
  });
});

describe("a signal", () => {
  const table = noiseTable(300, 8, [0.5, 0.5], 1);

  it("that comes before the start or in the middle rejects with the code aborted", async () => {
    await expect(train(table, { target: "y", signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "aborted",
    });
    for (const worker of [true, false]) {
      const controller = new AbortController();
      let after = 0;
      const running = train(table, {
        target: "y",
        worker,
        signal: controller.signal,
        onProgress: ({ fraction }) => {
          if (controller.signal.aborted) after++;
          if (fraction > 0.1) controller.abort();
        },
      });
      await expect(running).rejects.toMatchObject({ code: "aborted" });
      expect(after).toBeLessThanOrEqual(2);
    }
  });

  it("from a timer arrives while the arithmetic runs", async () => {
    const running = train(noiseTable(4000, 30, [0.5, 0.5], 1), {
      target: "y",
      signal: AbortSignal.timeout(150),
    });
    const started = performance.now();
    await expect(running).rejects.toMatchObject({ code: "aborted" });
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe("a test table", () => {
  it("that lacks columns or holds unknown labels is refused before any work", async () => {
    const table = softmaxTable(60, 2, 4);
    let worked = false;
    const trained = (test: Table) =>
      train(table, { target: "y", test, onProgress: () => (worked = true) });
    const lacking = { ...table, columns: table.columns.slice(1) };
    await expect(trained(lacking)).rejects.toThrow(/lacks the column "x0"/);
    const other = numbersTable(
      [
        ["x0", [1]],
        ["x1", [1]],
      ],
      ["c7"],
    );
    await expect(trained(other)).rejects.toThrow(/labels that training never saw: "c7"/);
    expect(worked).toBe(false);
  });
});

describe("an L1 share of the penalty", () => {
  it("starts the path where all weights are 0, leaves noise out, and says what is left", async () => {
    const random = createRandom(4);
    const n = 400;
    const signal = Array.from({ length: n }, () => normal(random));
    const labels = signal.map((x) => (x + normal(random) > 0 ? "yes" : "no"));
    const noise = Array.from({ length: 12 }, (_, j): [string, number[]] => [
      `noise ${j}`,
      Array.from({ length: n }, () => normal(random)),
    ]);
    const table = numbersTable([["signal", signal], ...noise], labels);
    for (const l1Ratio of [1, 0.5]) {
      const { report, classifier } = await train(table, { target: "y", l1Ratio, linear: true });
      const { choice, fit, provenance } = report;
      const [first] = choice.tried;
      expect(first.logLoss).toBeCloseTo(report.evaluation.metrics.baseline.logLoss.value, 1);
      expect(fit.used!.columns).toBeGreaterThan(0);
      expect(fit.used!.columns).toBeLessThan(13);
      expect(fit.used!.features).toBe(fit.used!.columns);
      expect(classifier.model.weights.filter((w) => w === 0).length).toBe(13 - fit.used!.columns);
      expect(choice.l1! / l1Ratio).toBeCloseTo(choice.l1! + choice.l2, 12);
      expect(provenance.options.map(([name]) => name)).toContain("chosen l1");
      expect(report.effects[0].name).toBe("signal");
    }
  });

  it("is no option of its own at 0: the same bytes as without it", async () => {
    const table = softmaxTable(120, 3, 2);
    const without = await train(table, { target: "y", l2: 0.01 });
    const zero = await train(table, { target: "y", l2: 0.01, l1Ratio: 0 });
    expect(bitsOf([zero.classifier.model.weights])).toEqual(
      bitsOf([without.classifier.model.weights]),
    );
    expect(zero.report.fit.used).toBeUndefined();
  });
});

describe("options", () => {
  it("that are unknown, misspelt or of the wrong kind are errors before any work", async () => {
    const table = numbersTable([["x", [1, 2, 3, 4]]], ["a", "b", "a", "b"]);
    const trained = (options: object) => train(table, { target: "y", ...options });
    await expect(trained({ clasWeights: "balanced" })).rejects.toThrow(
      /did you mean "classWeights"/,
    );
    await expect(trained({ l2: -1 })).rejects.toThrow(RangeError);
    await expect(trained({ l1Ratio: 1.5 })).rejects.toThrow(/"l1Ratio" expected a number from 0/);
    await expect(trained({ folds: 1.5 })).rejects.toThrow(RangeError);
    await expect(trained({ seed: "1" })).rejects.toThrow(TypeError);
    await expect(trained({ classWeights: [["c", 2]] })).rejects.toThrow(/classWeights/);
    await expect(trained({ classWeights: [["a", 0]] })).rejects.toThrow(RangeError);
    await expect(trained({ classWeights: [["a", 1e-300]] })).rejects.toThrow(
      '"classWeights" expected a weight from 1e-30 to 1e30 for "a", got 1e-300',
    );
    await expect(trained({ classWeights: { a: 2 } })).rejects.toThrow(/"classWeights" expected/);
    await expect(trained({ classWeights: "balance" })).rejects.toThrow(/"classWeights" expected/);
    await expect(trained({ numeric: "x" })).rejects.toThrow(/"numeric" expected/);
    await expect(trained({ kernels: "gpu" })).rejects.toThrow(/"kernels" expected/);
    await expect(train(table, {} as never)).rejects.toThrow(/"target" expected/);
  });
});
