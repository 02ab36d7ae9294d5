import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { createRandom } from "../../src/base/random.ts";
import type { Row } from "../../src/base/table.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { evaluate } from "../../src/classifier/evaluate.ts";
import { loadClassifier, MultiLabelClassifier } from "../../src/classifier/multi/classifier.ts";
import type { MultiLabelTrainOptions } from "../../src/classifier/multi/options.ts";
import { countsOf, strataOf } from "../../src/classifier/multi/prepare.ts";
import type { TrainedMultiLabel } from "../../src/classifier/multi/train.ts";
import { train } from "../../src/classifier/train.ts";
import { readContainer, writeContainer } from "../../src/file/container.ts";
import { type Packable, pack, unpack } from "../../src/file/pack.ts";

// biome-ignore lint/suspicious/noExplicitAny: the point is to break what the types promise
type Tree = any;

/** n rows of three measures, with labels that depend on them; the third on none. */
function posts(n: number, seed: number): { x: number; y: number; tags: string }[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => {
    const [x, y, z] = [0, 1, 2].map(() => 4 * random.uniform() - 2);
    const tags = [
      ...(x + random.uniform() > 0.8 ? ["__proto__"] : []),
      ...(y - x + random.uniform() > 1 ? ["🦆 pond"] : []),
      ...(z > 1.4 ? ["noise"] : []),
    ];
    return { x, y, tags: tags.join("; ") };
  });
}

const options = {
  target: "tags",
  multiLabel: { separator: ";" },
  folds: 3,
  linear: true,
  worker: false,
} as const satisfies MultiLabelTrainOptions;

const rows = posts(150, 1);
let trained: TrainedMultiLabel;
beforeAll(async () => {
  trained = await train(rows, { ...options, decide: { by: "f1" } });
});

describe("a classifier of several labels a row", () => {
  it("predicts each label by itself, in the model's order, in plain data", () => {
    const { classifier } = trained;
    expect(classifier.labels).toEqual(["__proto__", "noise", "🦆 pond"]);
    const likely = classifier.predict({ x: 1.9, y: -1.9 });
    expect(likely.labels).toContain("__proto__");
    expect(likely.labels).not.toContain("🦆 pond");
    expect(likely.probabilities.map(({ label }) => label)).toEqual(classifier.labels);
    expect(likely.probabilities[0].probability).toBeGreaterThan(0.9);
    expect(classifier.predict([])).toEqual([]);
    const P = classifier.probabilities(rows);
    expect(P.length).toBe(3 * rows.length);
    const Z = classifier.logits(rows);
    P.forEach((p, at) => {
      expect(p).toBeCloseTo(1 / (1 + Math.exp(-Z[at])), 12);
    });
  });

  it("gives a label from its own threshold on, and reports what thresholds of other parts give", () => {
    const { classifier, report } = trained;
    const { given, probabilities } = classifier.answer(rows);
    classifier.model.heads.forEach(({ threshold }, l) => {
      expect(threshold).toBeGreaterThan(0);
      for (let i = 0; i < rows.length; i++) {
        expect(given[3 * i + l]).toBe(Number(probabilities[3 * i + l] >= threshold!));
      }
    });
    report.labels.forEach(({ decision }, l) => {
      const { f1, threshold } = report.evaluation.labels[l];
      expect(decision!.measured!.decided.f1!.value).toBeCloseTo(f1.value, 12);
      expect(decision!.chosen[0].value).toBe(threshold);
      expect(decision!.chosen[0].parts.length).toBe(3);
    });
  });

  it("says that noise is noise, and only that", () => {
    const { labels, metrics } = trained.report.evaluation;
    expect(labels.map((one) => one.noBetterThanBaseline)).toEqual([false, true, false]);
    expect(metrics.noBetterThanBaseline).toBe(false);
    expect(metrics.exactMatch.value).toBeGreaterThan(metrics.baseline.exactMatch.value);
  });

  it("explains a label of a row by contributions that sum to its log-odds", () => {
    const { classifier } = trained;
    const [reason] = classifier.explain([rows[0]], { label: "__proto__" });
    const sum = reason.columns.reduce((all, { contribution }) => all + contribution, 0);
    expect(sum + reason.intercept).toBeCloseTo(reason.logOdds, 10);
    expect(reason.probability).toBeCloseTo(1 / (1 + Math.exp(-reason.logOdds)), 10);
    expect(classifier.explain(rows[0], { label: "__proto__" })).toEqual(reason);
    expect(() => classifier.explain(rows[0], { label: "duck" })).toThrow(SoftmaxError);
  });

  it("is the two-class classifier where there is one label: the same probabilities, to the bit", async () => {
    const own = rows.map(({ tags, ...row }) => ({ ...row, a: tags.includes("__proto__") }));
    const settings = { folds: 3, worker: false, decide: { by: "f1" } } as const;
    const several = await train(own, { ...settings, target: ["a"], multiLabel: true });
    const two = await train(own, { ...settings, target: "a", positive: "true" });
    const P = two.classifier.probabilities(own);
    expect(Array.from(several.classifier.probabilities(own))).toEqual(P.map((p) => p[1]));
    const [label] = several.report.evaluation.labels;
    expect(label.logLoss).toEqual(two.report.evaluation.metrics.logLoss);
    expect(label.auc).toEqual(two.report.evaluation.metrics.auc);
    expect(label.f1.value).toBe(two.report.decision!.measured!.decided.f1!.value);
    expect(several.folds).toEqual(two.folds);
  });

  it("is told by columns as by cells, and by a stated value as by yes and no", async () => {
    const wide = rows.map(({ tags, ...row }) => ({
      ...row,
      __proto__x: tags.includes("__proto__") ? "yes" : "no",
      noise: tags.includes("noise") ? 1 : 0,
      pond: tags.includes("pond") ? "in" : "out",
    }));
    const byColumns = await train(wide, {
      ...options,
      decide: { by: "f1" },
      target: ["__proto__x", "noise", "pond"],
      multiLabel: { present: [["pond", "in"]] },
    });
    expect(byColumns.classifier.probabilities(wide)).toEqual(
      trained.classifier.probabilities(rows),
    );
    expect(evaluate(byColumns.classifier, wide).metrics.microF1).toEqual(
      evaluate(trained.classifier, rows).metrics.microF1,
    );
  });

  it("does not hang on the order of labels in cells, nor on rows without known labels", async () => {
    const turned = rows.map(({ tags, ...row }) => ({
      ...row,
      tags: tags.split(";").reverse().join(" ;; "),
    }));
    const more = [...turned, { x: 0, y: 0, tags: "NA" }];
    const again = await train(more, { ...options, decide: { by: "f1" } });
    expect(again.classifier.save()).toEqual(trained.classifier.save());
    expect(again.report.rows).toEqual({ read: 151, used: 150, rejected: 0, unlabelled: 1 });
  });

  it("is the same bytes in a worker, in threads and with the next run", async () => {
    const { worker: _, ...plain } = options;
    const settings = { ...plain, decide: { by: "f1" } } as const;
    const bytes = trained.classifier.save();
    expect((await train(rows, settings)).classifier.save()).toEqual(bytes);
    expect((await train(rows, { ...settings, threads: 2 })).classifier.save()).toEqual(bytes);
  });

  it("takes weights, groups, class weights and focal loss", async () => {
    const grouped = rows.map((row, i) => ({ ...row, w: 1 + (i % 3), g: `g${i >> 2}` }));
    const { report, classifier } = await train(grouped, {
      ...options,
      weight: "w",
      group: "g",
      classWeights: [["noise", 5]],
      test: grouped,
    });
    expect(report.evaluation.metrics.weight).toBe(grouped.reduce((sum, { w }) => sum + w, 0));
    expect(report.test!.rows).toBe(150);
    expect(classifier.columns).toEqual(["x", "y"]);
    const noise = report.evaluation.labels[1];
    expect(noise.rows).toBe(report.labels[1].rows);
    const focal = await train(rows, { ...options, loss: "focal", classWeights: "balanced" });
    // Brought back to the shares: the mean probability is the share.
    const P = focal.classifier.probabilities(rows);
    focal.report.labels.forEach(({ share }, l) => {
      const mean = rows.reduce((sum, _, i) => sum + P[3 * i + l], 0) / rows.length;
      expect(mean).toBeCloseTo(share, 1);
    });
  });
});

describe("labels that hardly vary", () => {
  it("get a constant probability where all rows have one or none has, with a remark", async () => {
    const wide = rows.map(({ tags, ...row }) => ({
      ...row,
      a: tags.includes("__proto__"),
      all: "yes",
      none: "no",
    }));
    const { classifier, report } = await train(wide, {
      ...options,
      target: ["a", "all", "none"],
      multiLabel: true,
    });
    const [, all, none] = classifier.predict(wide[0]).probabilities;
    expect(all.probability).toBeCloseTo(1 - 1 / 300, 12);
    expect(none.probability).toBeCloseTo(1 / 300, 12);
    expect(report.labels.map((label) => label.constant)).toEqual([false, true, true]);
    expect(report.remarks).toContain(
      'the label "none": on no row; the probability is a small constant',
    );
    const numbers: number[] = [];
    JSON.stringify(report, (_, value) => (typeof value === "number" ? numbers.push(value) : value));
    expect(numbers.every(Number.isFinite)).toBe(true);
    const loaded = await MultiLabelClassifier.load(classifier.save());
    expect(loaded.predict(wide)).toEqual(classifier.predict(wide));
    expect(report.evaluation.labels[2].auc).toBeNull();
  });

  it("on fewer rows than there are parts are neither calibrated nor given a threshold", async () => {
    const rare = rows.map((row, i) => (i === 7 ? { ...row, tags: `${row.tags};once` } : row));
    const { classifier, report } = await train(rare, { ...options, decide: { by: "f1" } });
    const at = classifier.labels.indexOf("once");
    expect(classifier.model.heads[at]).toMatchObject({ calibrator: { temperature: 1 } });
    expect(classifier.model.heads[at].threshold).toBeUndefined();
    expect(report.remarks.join("\n")).toContain("on fewer rows than there are parts (3)");
    for (const { logLoss } of report.evaluation.labels) expect(logLoss.value).toBeGreaterThan(0);
  });

  it("are left out below leastRows, and an error where nothing varies", async () => {
    const rare = rows.map((row, i) => (i < 2 ? { ...row, tags: `${row.tags};once${i}` } : row));
    const { classifier, report } = await train(rare, {
      ...options,
      multiLabel: { separator: ";", leastRows: 2 },
    });
    expect(classifier.labels).toEqual(trained.classifier.labels);
    expect(report.remarks[0]).toBe(
      'the labels "once0", "once1": on fewer than 2 rows, and so left out',
    );
    expect(evaluate(classifier, rare).unknown).toEqual([
      { label: "once0", rows: 1 },
      { label: "once1", rows: 1 },
    ]);
    const same = rows.map((row) => ({ ...row, tags: "a;b" }));
    await expect(train(same, options)).rejects.toThrow("every row has the same labels");
  });
});

describe("folds", () => {
  it("hold rows of the rarest labels alike; of one label they are its two classes", () => {
    const truth = Uint8Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0);
    expect(Array.from(strataOf(truth, 3, countsOf(truth, 3)))).toEqual([2, 2, 3, 1]);
    fc.assert(
      fc.property(fc.uint8Array({ max: 1, minLength: 1 }), (one) => {
        const own = Uint8Array.from(one);
        expect(Array.from(strataOf(own, 1, countsOf(own, 1)))).toEqual(Array.from(own));
      }),
    );
  });
});

describe("options beside multiLabel", () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ sets: { coverage: 0.9 } }, /"sets" expected nothing beside "multiLabel": it is not there/],
    [{ prior: "uniform" }, /"prior" expected nothing beside/],
    [{ positive: "a" }, /"positive" expected nothing beside/],
    [{ learningCurve: true }, /"learningCurve" expected nothing beside/],
    [{ decide: { by: "costs", costs: [["a", "b", 1]] } }, /"decide.costs" expected nothing beside/],
    [{ decide: { by: "macro-f1" } }, /f1 of each label is what makes macro-F1 large/],
    [{ decide: { by: "f1", class: "a" } }, /"decide.class" expected nothing beside/],
    [{ multiLabel: { separater: ";" } }, /did you mean "separator"/],
    [{ multiLabel: { separator: "" } }, /expected 1 to 16 characters/],
    [{ multiLabel: 3 }, /"multiLabel" expected an object or true/],
    [{ target: [] }, /"target" expected one or more column names/],
    [{ target: ["tags", "x"] }, /expected one target column, whose cells hold labels/],
    [{ multiLabel: { separator: ";", present: [["tags", "a"]] } }, /"present" expected labels in/],
    [{ multiLabel: { leastRows: 2 } }, /"leastRows" expected labels in cells/],
    [{ multiLabel: { separator: ";", leastRows: 0 } }, /"leastRows" expected a number from 1/],
    [{ folds: 1 }, /"folds" expected a number from 2/],
    [{ foldz: 1 }, /did you mean "folds"/],
    [{ classWeights: [["duck", 2]] }, /"classWeights" expected a class, got "duck"/],
    [{ target: "tagz" }, /did you mean "tags"/],
    [{ target: ["x", "x"], multiLabel: true }, /"target" names the column "x" twice/],
  ];
  it.each(wrong)("are refused where they have no meaning: %o", async (more, sentence) => {
    const given = { ...options, ...more } as MultiLabelTrainOptions;
    await expect(train(rows, given)).rejects.toThrow(sentence);
  });

  it("may carry a signal that ends the work", async () => {
    const signal = AbortSignal.abort();
    await expect(train(rows, { ...options, signal })).rejects.toMatchObject({ code: "aborted" });
  });
});

describe("the file of a classifier of several labels", () => {
  it("is loaded as what it is, and refused as what it is not, with the right call named", async () => {
    const bytes = trained.classifier.save();
    const loaded = await loadClassifier(bytes);
    expect(loaded).toBeInstanceOf(MultiLabelClassifier);
    expect((loaded as MultiLabelClassifier).probabilities(rows)).toEqual(
      trained.classifier.probabilities(rows),
    );
    expect(loaded.save()).toEqual(bytes);
    await expect(Classifier.load(bytes)).rejects.toThrow(/MultiLabelClassifier.load reads it/);
    const head = trained.classifier.head("noise").save();
    expect(await loadClassifier(head)).toBeInstanceOf(Classifier);
    await expect(MultiLabelClassifier.load(head)).rejects.toThrow(/Classifier.load reads it/);
    await expect(MultiLabelClassifier.load(head)).rejects.toMatchObject({ code: "model" });
  });

  const hostile: readonly (readonly [string, (tree: Tree) => void])[] = [
    ["one weight too few", (t) => (t.weights = t.weights.slice(1))],
    ["a weight that is NaN", (t) => (t.weights[0] = Number.NaN)],
    ["no labels", (t) => (t.labels = [])],
    ["a label twice", (t) => (t.labels = ["a", "a", "b"])],
    ["a label that is a number", (t) => (t.labels = ["a", "b", 3])],
    ["too many labels", (t) => (t.labels = Array.from({ length: 1e5 }, (_, i) => `${i}`))],
    ["a head too few", (t) => t.heads.pop()],
    ["heads that are no list", (t) => (t.heads = { length: 3 })],
    ["a head that is nothing", (t) => (t.heads[0] = null)],
    ["a head without a calibrator", (t) => delete t.heads[0].calibrator],
    ["a threshold above 1", (t) => (t.heads[0].threshold = 1.5)],
    ["a threshold that is a text", (t) => (t.heads[0].threshold = "half")],
    ["shares of three classes", (t) => (t.heads[1].shares = Float64Array.of(1, 2, 3))],
    ["no target", (t) => delete t.target],
    ["an empty separator", (t) => (t.target.separator = "")],
    ["no separator", (t) => (t.target.separator = null)],
    ["a present value beside a separator", (t) => (t.target.present = ["yes"])],
    ["a column twice in the target", (t) => (t.target.columns = ["tags", "tags"])],
    ["a target among the inputs", (t) => (t.columns[0].name = "tags")],
    ["a column of unknown kind", (t) => (t.columns[0].kind = "image")],
    ["an encoder of other columns", (t) => t.encoder.columns.pop()],
    ["no provenance", (t) => delete t.provenance],
    ["another kind", (t) => (t.kind = "softmax forest")],
  ];
  it.each(hostile)("is refused with %s", async (_, change) => {
    const tree: Tree = unpack(readContainer(trained.classifier.save()));
    change(tree);
    const bytes = writeContainer(pack(tree as { [key: string]: Packable }), 3);
    await expect(loadClassifier(bytes)).rejects.toMatchObject({ code: "model" });
  });
});

describe("small tables of several labels", () => {
  const row = fc.record({
    x: fc.oneof(fc.constant(null), fc.integer({ min: -3, max: 3 })),
    town: fc.constantFrom(null, "a", "b", "é"),
    tags: fc.constantFrom("", "a", "a;b", "b", "toString", "a;🦆", "NA", null),
  });
  it("are learned from or refused in words, and never give a number that is none", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 3, maxLength: 20 }), async (table: Row[]) => {
        const outcome = await train(table, options).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          expect(outcome).toMatchObject({ code: "data" });
          return;
        }
        const { classifier, report } = outcome as TrainedMultiLabel;
        expect(classifier.probabilities(table).every((p) => p >= 0 && p <= 1)).toBe(true);
        const loaded = (await loadClassifier(classifier.save())) as MultiLabelClassifier;
        expect(loaded.probabilities(table)).toEqual(classifier.probabilities(table));
        const { metrics } = report.evaluation;
        for (const score of [metrics.logLoss, metrics.hammingLoss, metrics.microF1]) {
          expect(Number.isFinite(score.value)).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe("labels shuffled among the rows", () => {
  it("are reported as no better than the baseline, whatever is chosen on them", async () => {
    const random = createRandom(5);
    const shuffled = posts(120, 3).map((row) => ({
      ...row,
      tags: ["a", "b"].filter(() => random.uniform() < 0.3).join(";"),
    }));
    const { report } = await train(shuffled, {
      ...options,
      decide: { by: "f1" },
      calibration: "auto",
    });
    expect(report.evaluation.metrics.noBetterThanBaseline).toBe(true);
  });
});
