import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { applyToTable } from "../../src/classifier/calibrate-table.ts";
import {
  CALIBRATION_METHODS,
  type CalibrationChoice,
  Classifier,
  calibrate,
  calibrateTable,
  evaluate,
  packCalibrator,
  type Row,
  readScores,
  recalibrate,
  rowsToTable,
  shrink,
  softmax,
  type Table,
  type TextColumn,
  train,
  unpackCalibrator,
} from "../../src/index.ts";
import { draw, noiseTable, normal, rareTable, softmaxTable } from "./data.ts";

const MAPPED = CALIBRATION_METHODS.filter(
  (method) => method !== "none" && method !== "temperature",
);

interface Network {
  readonly logits: Float64Array[];
  readonly y: number[];
  readonly P: number[][];
}

/** A network that is right on the whole and three times too sure, as Guo et al. 2017 found them. */
function overconfident(n: number, k: number, seed: number, factor = 3): Network {
  const random = createRandom(seed);
  const truth = Array.from({ length: n }, () =>
    Float64Array.from({ length: k }, () => 1.5 * normal(random)),
  );
  const P = truth.map((z) => Array.from(softmax(z)));
  return {
    logits: truth.map((z) => z.map((v) => factor * v)),
    P,
    y: P.map((p) => draw(p, random)),
  };
}

describe("calibrate", () => {
  it("lowers the ECE of a network that is too sure to what perfect calibration shows, and keeps its labels", () => {
    const { logits, y } = overconfident(1500, 5, 1);
    const options = { method: "temperature" } as const;
    const { calibrator, before, after, apply, gain } = calibrate(logits, y, options);
    expect(calibrator).toEqual({ temperature: expect.closeTo(3, 0), shifts: null });
    expect(before.ece.value).toBeGreaterThan(0.15);
    expect(after.ece.value).toBeLessThan(after.eceExpected.high);
    expect(after.logLoss.value).toBeLessThan(before.logLoss.value - 0.2);
    expect(gain.mean).toBeGreaterThan(10 * gain.standardError);
    expect(after.accuracy.value).toBe(before.accuracy.value);
    const P = apply(logits);
    P.forEach((p, i) => {
      expect(p.indexOf(Math.max(...p))).toBe(logits[i].indexOf(Math.max(...logits[i])));
    });
  });

  it.each(CALIBRATION_METHODS)("by %s gives fresh rows the log loss that it reports", (method) => {
    const { logits, y } = overconfident(4000, 3, 2);
    const { apply, after } = calibrate(logits, y, { method });
    const fresh = overconfident(4000, 3, 3);
    const losses = apply(fresh.logits).map((p, i) => -Math.log(p[fresh.y[i]]));
    const loss = losses.reduce((a, b) => a + b, 0) / losses.length;
    expect(Math.abs(loss - after.logLoss.value)).toBeLessThan(0.06);
  });

  it.each([...CALIBRATION_METHODS, "auto"] as const)(
    "on shuffled labels reports no better than the baseline (%s)",
    (method) => {
      const { logits } = overconfident(400, 3, 4);
      const random = createRandom(5);
      const y = logits.map(() => (random.below(2) === 0 ? 0 : random.below(3)));
      expect(calibrate(logits, y, { method }).after.noBetterThanBaseline).toBe(true);
    },
  );

  it("chooses for each part without its rows: what is reported does not depend on a part's own labels", () => {
    const { logits, y } = overconfident(90, 2, 6);
    // A method that remembers its rows would be far better on them than on others.
    const { after } = calibrate(logits, y, { method: "isotonic" });
    const { apply } = calibrate(logits, y, { method: "isotonic" });
    const onItself = apply(logits).reduce((sum, p, i) => sum - Math.log(p[y[i]]), 0) / 90;
    expect(after.logLoss.value).toBeGreaterThan(onItself + 0.02);
  });

  it("takes flat arrays, probabilities, labels, weights and groups", () => {
    const { logits, y } = overconfident(300, 3, 7);
    const flat = Float64Array.from(logits.flatMap((z) => [...z]));
    const rows = calibrate(logits, y, { method: "vector" });
    const same = calibrate(flat, y, { method: "vector", columns: 3 });
    expect(same.calibrator).toEqual(rows.calibrator);
    expect(same.apply(flat)).toEqual(Float64Array.from(rows.apply(logits).flatMap((p) => [...p])));
    const P = logits.map((z) => softmax(z));
    const fromP = calibrate(P, y, { input: "probabilities", method: "temperature" });
    expect(fromP.calibrator).toEqual({
      temperature: expect.closeTo(
        (calibrate(logits, y, { method: "temperature" }).calibrator as { temperature: number })
          .temperature,
        6,
      ),
      shifts: null,
    });
    const classes = ["cat", "dog", "bird"];
    const named = calibrate(
      logits,
      y.map((c) => classes[c]),
      { classes, method: "vector" },
    );
    expect(named.calibrator).toEqual(rows.calibrator);
    const weights = y.map((_, i) => (i < 150 ? 1 : 0));
    const half = calibrate(logits.slice(0, 150), y.slice(0, 150), { method: "vector" });
    const weighted = calibrate(logits, y, { method: "vector", weights });
    expect(weighted.before.logLoss.value).toBeCloseTo(half.before.logLoss.value, 12);
    expect(weighted.calibrator).toEqual(half.calibrator);
    const groups = y.map((_, i) => Math.floor(i / 10));
    expect(calibrate(logits, y, { method: "vector", groups }).calibrator).toEqual(rows.calibrator);
  });

  it("counts probabilities of 0 as 2^-52, and says how many there are", () => {
    const P = [
      [1, 0],
      [0.5, 0.5],
      [0, 1],
      [0.2, 0.8],
    ];
    const { remarks, after } = calibrate(P, [0, 1, 0, 1], { input: "probabilities", folds: 2 });
    expect(remarks).toEqual(["2 probabilities are 0: they count as 2^-52"]);
    expect(Number.isFinite(after.logLoss.value)).toBe(true);
    expect(
      calibrate(P.slice(1, 2).concat(P.slice(3)), [0, 1], { input: "probabilities" }).remarks,
    ).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    [
      "an unknown method",
      () => calibrate([[1, 2]], [0], { method: "platt" as never }),
      '"method" expected "auto", "none"',
    ],
    ["an unknown option", () => calibrate([[1, 2]], [0], { methods: 1 } as never), "did you mean"],
    [
      "ragged rows",
      () => calibrate([[1, 2], [1]], [0, 1]),
      '"logits[1]" expected 2 entries, got 1',
    ],
    ["text", () => calibrate([["a", 2]] as never, [0]), '"logits[0][0]" expected a number'],
    ["NaN", () => calibrate([[Number.NaN, 1]], [0]), "row 0 has the logit NaN"],
    ["only −∞", () => calibrate([[-Infinity, -Infinity]], [0]), "row 0 has the logit -Infinity"],
    [
      "a flat array without columns",
      () => calibrate(new Float64Array(4), [0, 1]),
      '"columns" expected',
    ],
    [
      "a rest",
      () => calibrate(new Float64Array(5), [0, 1], { columns: 2 }),
      '"logits" expected 6 entries, got 5',
    ],
    ["a class too many", () => calibrate([[1, 2]], [2]), "row 0 has the class 2"],
    [
      "too few labels",
      () =>
        calibrate(
          [
            [1, 2],
            [2, 1],
          ],
          [1],
        ),
      '"y" expected 2 entries, got 1',
    ],
    [
      "a strange label",
      () => calibrate([[1, 2]], ["dig"], { classes: ["dog", "cat"] }),
      'did you mean "dog"?',
    ],
    [
      "a probability above 1",
      () => calibrate([[1.5, 0]], [0], { input: "probabilities" }),
      "row 0 has the probability 1.5",
    ],
    [
      "probabilities of another sum",
      () => calibrate([[0.5, 0.2]], [0], { input: "probabilities" }),
      "row 0 has the sum of probabilities 0.7",
    ],
    [
      "a negative weight",
      () =>
        calibrate(
          [
            [1, 2],
            [2, 1],
          ],
          [0, 1],
          { weights: [1, -1] },
        ),
      "weight",
    ],
    ["one row", () => calibrate([[1, 2]], [0]), "at least 2 rows"],
  ])("refuses %s", (_, call, sentence) => {
    expect(call).toThrow(sentence);
  });
});

describe("train with a calibration", () => {
  const table = softmaxTable(400, 3, 1);
  const options = { target: "y", linear: true, l2: 0.01, worker: false } as const;

  it.each([...MAPPED, "none"] as const)(
    "by %s saves, loads and predicts the same, in format 3 where it must",
    async (calibration) => {
      const { classifier, report } = await train(table, { ...options, calibration });
      expect(report.calibration).toMatchObject({ asked: calibration, method: calibration });
      expect(JSON.parse(JSON.stringify(report)).calibration).toEqual(report.calibration);
      const bytes = classifier.save();
      expect(new TextDecoder().decode(bytes.subarray(8, 80))).toContain(
        `"version":"${calibration === "none" ? 1 : 3}"`,
      );
      const loaded = await Classifier.load(bytes);
      expect(loaded.model).toEqual(classifier.model);
      expect(loaded.save()).toEqual(bytes);
      const row = { x0: 0.5, x1: -1, x2: 0 };
      const [alone] = loaded.probabilities([row]);
      const [first] = loaded.probabilities([row, { x0: 1, x1: 1, x2: 1 }]);
      expect(alone).toEqual(first);
      const { logOdds, columns, intercept } = loaded.explain(row);
      expect(columns.reduce((sum, c) => sum + c.contribution, intercept)).toBeCloseTo(logOdds, 10);
    },
  );

  it("gives the same bytes as ever where nothing is said", async () => {
    const { classifier } = await train(table, options);
    const said = await train(table, { ...options, calibration: "temperature" });
    expect(said.classifier.model.calibrator).toEqual(classifier.model.calibrator);
    expect(classifier.model.provenance.options.map(([name]) => name)).not.toContain("calibration");
    expect(said.report.calibration?.method).toBe("temperature");
    expect(said.report.evaluation).toEqual((await train(table, options)).report.evaluation);
  });

  it("by auto names what it tried and what it chose, in report and model", async () => {
    const { classifier, report } = await train(table, { ...options, calibration: "auto" });
    const { tried = [], method } = report.calibration!;
    expect(tried.map((one) => one.method)).toEqual([...CALIBRATION_METHODS]);
    expect(classifier.model.provenance.options).toContainEqual(["chosen calibration", method]);
    expect(classifier.model.provenance.options).toContainEqual(["calibration", '"auto"']);
  });

  it.each(["auto", ...CALIBRATION_METHODS] as const)(
    "of noise says no better than the baseline (%s)",
    async (calibration) => {
      const noise = noiseTable(150, 4, [0.4, 0.6], 3);
      const { report } = await train(noise, { ...options, calibration });
      expect(report.evaluation.metrics.noBetterThanBaseline).toBe(true);
    },
  );

  it.each(MAPPED)("by %s brings class weights back to the shares", async (calibration) => {
    const rare = rareTable(2000, 2);
    const { classifier } = await train(rare, { ...options, classWeights: "balanced", calibration });
    const fresh = rareTable(4000, 3);
    const at = classifier.classes.indexOf("rare");
    const P = classifier.probabilities(fresh);
    const mean = P.reduce((sum, p) => sum + p[at], 0) / 4000;
    const labels = fresh.columns.at(-1) as TextColumn;
    const share = labels.codes.filter((code) => labels.dictionary[code] === "rare").length / 4000;
    expect(Math.abs(mean - share)).toBeLessThan(0.02);
    const offsets = (classifier.model.calibrator as { offsets: Float64Array }).offsets;
    expect(offsets).not.toBeNull();
    expect((await Classifier.load(classifier.save())).model).toEqual(classifier.model);
  });

  it("refuses a method that it does not know", async () => {
    await expect(train(table, { ...options, calibration: "betta" as never })).rejects.toThrow(
      'did you mean "beta"?',
    );
  });

  it("shrink and evaluate take other calibrators than a temperature", async () => {
    const { classifier } = await train(table, { ...options, calibration: "beta" });
    const small = shrink(classifier, { bits: 8, calibrate: softmaxTable(300, 3, 9) });
    expect(small.model.calibrator.method).toBe("beta");
    expect((await Classifier.load(small.save())).model).toEqual(small.model);
    expect(evaluate(small, softmaxTable(300, 3, 10)).metrics.logLoss.value).toBeLessThan(1);
  });
});

describe("recalibrate", () => {
  const options = { target: "y", linear: true, l2: 0.01, worker: false } as const;
  /** A world in which the classes of the training are three times as likely to be told apart. */
  const old = softmaxTable(1000, 3, 1, 3);
  const changed = softmaxTable(1500, 3, 2, 1);

  it.each(["auto", ...MAPPED, "temperature"] as CalibrationChoice[])(
    "by %s suits new rows",
    async (method) => {
      const { classifier } = await train(old, options);
      const found = recalibrate(classifier, changed, { method });
      expect(found.gain.mean).toBeGreaterThan(5 * found.gain.standardError);
      expect(found.before.logLoss.value).toBeCloseTo(
        evaluate(classifier, changed).metrics.logLoss.value,
        12,
      );
      const fresh = evaluate(found.classifier, softmaxTable(3000, 3, 4, 1)).metrics.logLoss.value;
      expect(Math.abs(fresh - found.after.logLoss.value)).toBeLessThan(0.06);
      expect(found.classifier.model.weights).toBe(classifier.model.weights);
      expect(found.classifier.model.provenance.options.at(-1)?.[0]).toBe("calibrated");
    },
  );

  it("keeps the calibrator where nothing is clearly better", async () => {
    const { classifier } = await train(old, options);
    const found = recalibrate(classifier, softmaxTable(800, 3, 5, 3));
    expect(found.calibration.method).toBe("none");
    expect(found.classifier.model.calibrator).toBe(classifier.model.calibrator);
    expect(found.gain.mean).toBe(0);
  });

  it("of a model with class weights fits shifts beside the temperature", async () => {
    const { classifier } = await train(rareTable(800, 1), { ...options, classWeights: "balanced" });
    const found = recalibrate(classifier, rareTable(800, 2), { method: "temperature" });
    const mean = found.classifier
      .probabilities(rareTable(800, 2))
      .reduce((sum, p) => sum + p[0] / 800, 0);
    const labels = rareTable(800, 2).columns.at(-1) as TextColumn;
    const share =
      labels.codes.filter((c) => labels.dictionary[c] === found.classifier.classes[0]).length / 800;
    expect(mean).toBeCloseTo(share, 8);
  });

  it("needs labels", async () => {
    const { classifier } = await train(old, options);
    const rows: Row[] = [{ x0: 1, x1: 2, x2: 3, y: null }];
    expect(() => recalibrate(classifier, rows)).toThrow('no row has a label in column "y"');
  });
});

describe("a table of scores", () => {
  const { logits, y } = overconfident(300, 3, 11);
  const names = ["a", "b", "c"];
  const P = logits.map((z) => softmax(z));
  const tableOf = (row: (i: number) => Row): Table => rowsToTable(y.map((_, i) => row(i)));
  const columnsNamed = (prefix: string, values: readonly ArrayLike<number>[]) =>
    tableOf((i) => ({
      id: i,
      ...Object.fromEntries(names.map((name, c) => [prefix + name, values[i][c]])),
      label: names[y[i]],
    }));

  it.each([
    ["", "logits", logits],
    ["logit_", "logits", logits],
    ["", "probabilities", P],
    ["probability_", "probabilities", P],
  ] as const)("finds columns named %j + label, of %s", (prefix, input, values) => {
    const table = columnsNamed(prefix, values);
    const read = readScores(table, { target: "label" });
    expect([read.classes, read.input]).toEqual([names, input]);
    expect(read.columns).toEqual(names.map((name) => prefix + name));
    expect([...read.y]).toEqual(y);
    const { saved, before, after, gain } = calibrateTable(table, {
      target: "label",
      method: "vector",
    });
    expect(before.logLoss.value - after.logLoss.value).toBeCloseTo(gain.mean, 9);
    const again = unpackCalibrator(packCalibrator(saved));
    expect(again).toEqual(saved);
    const direct = calibrate(values, y, { input, method: "vector" });
    expect(saved.calibrator).toEqual(direct.calibrator);
    const { probabilities } = applyToTable(again, table);
    probabilities.forEach((p, i) => expect(p).toEqual(direct.apply(values)[i]));
  });

  it("takes the columns that are listed, in their order, and leaves out rows without a label", () => {
    const table = tableOf((i) => ({
      ...{ p1: P[i][0], p2: P[i][1], p3: P[i][2] },
      label: i % 3 === 0 ? null : `p${y[i] + 1}`,
    }));
    const read = readScores(table, { target: -1, columns: ["p3", "p1", "p2"] });
    expect(read.classes).toEqual(["p3", "p1", "p2"]);
    expect(read.rows.length).toBe(200);
    expect([...read.y]).toEqual([...read.rows].map((i) => (y[i] + 1) % 3));
  });

  it("takes one column for two classes", () => {
    const two = overconfident(200, 2, 12);
    const p = two.logits.map((z) => softmax(z)[1]);
    const rows = p.map((value, i) => ({
      score: value,
      spam: value,
      label: ["ham", "spam"][two.y[i]],
    }));
    const table = rowsToTable(rows);
    const one = calibrateTable(table, { target: "label", columns: ["spam"] });
    expect(one.saved.classes).toEqual(["ham", "spam"]);
    const named = calibrateTable(table, { target: "label", columns: ["score"], positive: "spam" });
    expect(named.saved.calibrator).toEqual(one.saved.calibrator);
    expect(() => readScores(table, { target: "label", columns: ["score"] })).toThrow(
      'of which class is column "score"?',
    );
    const { probabilities } = applyToTable(one.saved, table);
    expect(probabilities[0].length).toBe(2);
    expect(() => applyToTable(one.saved, rowsToTable([{ x: 1 }]))).toThrow(
      'lacks the column "spam"',
    );
  });

  it.each<[string, Table, object, string]>([
    [
      "labels without a column",
      tableOf((i) => ({ a: 0.5, b: 0.5, label: names[y[i]] })),
      {},
      'holds labels that no column is of: "c"',
    ],
    [
      "probabilities of another sum",
      tableOf((i) => ({ a: 0.5, b: 0.2, c: 0.1, label: names[y[i]] })),
      {},
      "the probabilities of row 1 sum to 0.8, not to 1",
    ],
    [
      "a text for a number",
      tableOf((i) => ({ a: 0.5, b: i === 4 ? "x" : 0.2, c: 0.3, label: names[y[i]] })),
      {},
      'column "b" holds no number in row 5',
    ],
    [
      "no column of a class",
      tableOf((i) => ({ u: 0.5, v: 0.5, label: names[y[i]] })),
      {},
      "fewer than two columns are named by the labels",
    ],
    [
      "a probability that is none",
      tableOf((i) => ({ a: 1.5, b: -0.5, c: 0, label: names[y[i]] })),
      { input: "probabilities" },
      'column "a" holds 1.5 in row 1, which is no probability',
    ],
    [
      "one column for three classes",
      tableOf((i) => ({ a: 1, label: names[y[i]] })),
      { columns: ["a"] },
      "one column is enough for two classes",
    ],
    [
      "two columns of a class",
      tableOf((i) => ({ a: 0.5, probability_a: 0.5, label: y[i] < 0 ? "b" : "a" })),
      { columns: ["a", "probability_a"] },
      'two columns are of the class "a"',
    ],
    [
      "an unknown column",
      tableOf((i) => ({ a: 1, label: names[y[i]] })),
      { columns: ["a", "bb"] },
      "expected a column name",
    ],
  ])("refuses %s", (_, table, options, sentence) => {
    expect(() => readScores(table, { target: "label", ...options })).toThrow(sentence);
  });

  it("is no classifier, and a classifier is none", async () => {
    const { saved } = calibrateTable(columnsNamed("", P), { target: "label", method: "beta" });
    await expect(Classifier.load(packCalibrator(saved))).rejects.toThrow("holds a calibrator");
    const { classifier } = await train(softmaxTable(60, 2, 1), {
      target: "y",
      linear: true,
      l2: 0.1,
      worker: false,
    });
    expect(() => unpackCalibrator(classifier.save())).toThrow("holds a classifier");
  });
});
