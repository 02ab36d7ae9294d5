import { describe, expect, it } from "vitest";
import type { Row } from "../../src/base/table.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { evaluate } from "../../src/classifier/evaluate.ts";
import { checkHiddenLayers } from "../../src/classifier/hidden-model.ts";
import { importance } from "../../src/classifier/importance.ts";
import { readTree, unpackModel } from "../../src/classifier/model.ts";
import type { TrainOptions } from "../../src/classifier/options.ts";
import { partialDependence } from "../../src/classifier/partial.ts";
import { shrink } from "../../src/classifier/shrink.ts";
import { train } from "../../src/classifier/train.ts";
import { rowsToTable } from "../../src/encode/rows.ts";
import { noiseTable, signRows, softmaxTable } from "./data.ts";

const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  target: "label",
  hidden: [16, 8],
  epochs: 30,
  learningRate: 0.01,
  batchSize: 32,
  linear: true,
  worker: false,
  ...more,
});

const lossOf = (classifier: Classifier, rows: readonly Row[]): number =>
  evaluate(classifier, rows).metrics.logLoss.value;

describe("a classifier with hidden layers", () => {
  it.each([2, 3])("learns, is judged, saved and loaded, with %i classes", async (k) => {
    const fresh = signRows(500, 2, k);
    const { classifier, report } = await train(signRows(600, 1, k), options());
    expect(lossOf(classifier, fresh)).toBeLessThan(0.35);
    const judged = report.evaluation.metrics.logLoss;
    expect(Math.abs(judged.value - lossOf(classifier, fresh))).toBeLessThan(0.12);
    const { choice, fit } = report;
    expect(choice.tried.map(({ epochs }) => epochs)).toEqual([9, 15, 21, 26, 30]);
    expect(fit).toMatchObject({ reason: "epochs", iterations: choice.epochs });
    expect(report.effects).toEqual([]);
    expect(report.provenance.options).toContainEqual(["hidden", "[16,8]"]);

    const bytes = classifier.save();
    const loaded = await Classifier.load(bytes);
    expect(loaded.probabilities(fresh)).toEqual(classifier.probabilities(fresh));
    expect(loaded.save()).toEqual(bytes);
    expect(loaded.probabilities([fresh[7]])[0]).toEqual(classifier.probabilities(fresh)[7]);
  });

  it("is the same to the byte for any number of threads, and for a seed", async () => {
    const rows = signRows(300, 3);
    const bytesOf = async (more: Partial<TrainOptions>): Promise<Uint8Array> =>
      (await train(rows, options({ epochs: 5, dropout: 0.2, ...more }))).classifier.save();
    const one = await bytesOf({});
    expect(await bytesOf({ worker: true, threads: 1 })).toEqual(one);
    expect(await bytesOf({ worker: true, threads: 3 })).toEqual(one);
    expect(await bytesOf({ seed: 2 })).not.toEqual(one);
  });

  it("says no better than the shares of the classes where there is nothing to learn", async () => {
    const { report } = await train(noiseTable(400, 4, [0.5, 0.5], 5), {
      ...options({ epochs: 40 }),
      target: "y",
    });
    const { logLoss } = report.evaluation.metrics;
    expect(logLoss.high).toBeGreaterThan(0.68);
  });

  it("averages networks of several seeds into one model", async () => {
    const [rows, fresh] = [signRows(200, 6), signRows(400, 7)];
    const losses = [];
    for (const averageSeeds of [1, 4]) {
      const { classifier } = await train(rows, options({ averageSeeds }));
      expect(classifier.model.hidden?.networks).toHaveLength(averageSeeds);
      expect(classifier.model.weights).toHaveLength(8 * averageSeeds + 1);
      const loaded = await Classifier.load(classifier.save());
      expect(loaded.probabilities(fresh)).toEqual(classifier.probabilities(fresh));
      losses.push(lossOf(classifier, fresh));
    }
    expect(losses[1]).toBeLessThan(losses[0]);
  });

  it("explains rows by integrated gradients that add up to the log-odds", async () => {
    for (const [k, activation] of [
      [2, "relu"],
      [3, "gelu"],
      [3, "tanh"],
    ] as const) {
      const { classifier } = await train(signRows(400, 8, k), options({ activation }));
      const rows = [...signRows(20, 9, k), { x: 400, y: -0.5, way: "straight" }];
      const logits = classifier.logits(rows);
      classifier.explain(rows).forEach(({ columns, intercept, logOdds, explained, classes }, i) => {
        const c = classifier.classes.indexOf(explained);
        const others = logits[i].reduce((sum, z, o) => (o === c ? sum : sum + z), 0) / (k - 1);
        expect(logOdds).toBeCloseTo(logits[i][c] - others, 9);
        const sum = columns.reduce((all, { contribution }) => all + contribution, intercept);
        expect(sum).toBeCloseTo(logOdds, 9);
        expect(classes.map(({ logit }) => logit - classes[0].logit)).toEqual(
          Array.from(logits[i], (z) => expect.closeTo(z - logits[i][0], 9)),
        );
      });
    }
  });

  it("has an intercept near the logits of a row of zeros, as integrated gradients promise", async () => {
    const { classifier } = await train(signRows(400, 8), options({ activation: "gelu" }));
    const way = { x: 0.9, y: -0.8, way: "straight" };
    const intercepts = classifier
      .explain([way, { ...way, y: 0.7 }])
      .map(({ classes }) => classes[1].intercept);
    expect(Math.abs(intercepts[0] - intercepts[1])).toBeLessThan(0.05);
  });

  it("takes class weights, row weights, a prior and sets as linear models do", async () => {
    const rows = signRows(400, 10).map((row, i) => ({ ...row, w: 1 + (i % 3) }));
    const weighted = await train(rows, {
      ...options({ epochs: 10, seed: 4 }),
      ...{ weight: "w", classWeights: "balanced", prior: "uniform" },
    });
    expect(weighted.report.evaluation.atPrior?.metrics.logLoss.value).toBeLessThan(0.69);
    const { classifier, report } = await train(rows, {
      ...options({ epochs: 10, ignore: ["w"] }),
      sets: { coverage: 0.8, cvPlus: true },
    });
    expect(report.sets?.coverage).toBe(0.8);
    expect(classifier.predict(rows[0]).set).toBeDefined();
    for (const one of [weighted.classifier, classifier]) {
      const loaded = await Classifier.load(one.save());
      expect(loaded.predict(rows)).toEqual(one.predict(rows));
    }
  });

  it("scores a class that some fold has not, and says so", async () => {
    const rows = [...signRows(120, 11), { x: 0, y: 0, way: "straight", label: "once" }];
    const { report } = await train(rows, options({ epochs: 3 }));
    expect(report.remarks.join()).toContain('class "once" was absent');
    expect(report.evaluation.metrics.logLoss.value).toBeLessThan(1.2);
  });
});

describe("hidden layers where they help", () => {
  it("are kept where they are clearly better than the linear model", async () => {
    const { classifier, report } = await train(signRows(300, 16), options({ hidden: "auto" }));
    expect(classifier.model.hidden?.networks[0]).toHaveLength(2);
    const { choice } = report;
    expect(choice.encoding).toBe("straight lines; hidden layers");
    expect(choice.hidden?.units).toEqual([128, 64]);
    expect(new Set(choice.tried.map(({ encoding }) => encoding))).toEqual(
      new Set(["straight lines", "straight lines; hidden layers"]),
    );
  });

  it("are left out where the linear model is as good, which then is as ever", async () => {
    const table = softmaxTable(300, 3, 17);
    const short = { ...options({ epochs: 4 }), target: "y" };
    const { classifier, report } = await train(table, { ...short, hidden: "auto" });
    expect(classifier.model.hidden).toBeUndefined();
    expect(report.choice.hidden).toBeUndefined();
    expect(report.effects.length).toBeGreaterThan(0);
    const plain = await train(table, { target: "y", linear: true, worker: false });
    expect(classifier.model.weights).toEqual(plain.classifier.model.weights);
  });

  it("need no texts and no penalty", async () => {
    const rows = signRows(60, 18).map((row) => ({ ...row, note: `a ${row.way as string} way` }));
    const asked = options({ hidden: "auto", epochs: 2, text: ["note"], texts: { words: [1, 1] } });
    const { classifier } = await train(rows, asked);
    expect(classifier.model.hidden).toBeUndefined();
    await expect(train(rows, { ...asked, l2: 0.1 })).rejects.toThrow('"l2" expected units in');
  });
});

describe("what hidden layers have not", () => {
  it("is refused with a sentence", async () => {
    const rows = signRows(100, 12);
    const refused = (more: Partial<TrainOptions>, message: string) =>
      expect(train(rows, options(more))).rejects.toThrow(message);
    await refused({ hidden: [0] }, '"hidden" expected a number from 1 to 16384, got 0');
    await refused({ hidden: [] }, '"hidden layers" expected a number from 1 to 16, got 0');
    await refused({ optimizer: "adam" }, '"optimizer" expected nothing beside "hidden"');
    await refused({ l1Ratio: 0.5 }, '"l1Ratio" expected nothing beside "hidden"');
    await refused({ loss: "focal" }, '"loss" expected nothing beside "hidden"');
    await refused({ activation: "sine" as never }, '"activation" expected one of "relu"');
    await refused({ dropout: 1 }, '"dropout" expected a number from 0 to 0.95, got 1');
    await refused({ text: ["way"] }, '"hidden" expected columns of numbers, levels and dates');
    const linear = { target: "label", dropout: 0.1 };
    await expect(train(rows, linear)).rejects.toThrow('"dropout" expected hidden layers beside it');
  });

  it("is refused by what reads the weights of columns", async () => {
    const rows = signRows(100, 13);
    const { classifier } = await train(rows, options({ epochs: 2 }));
    const message = "reads the weights of the columns, which a model with hidden layers has not";
    expect(() => classifier.odds()).toThrow(message);
    expect(() => classifier.counterfactual(rows[0])).toThrow(message);
    expect(() => importance(classifier, rows)).toThrow(message);
    expect(() => partialDependence(classifier, rows, "x")).toThrow(message);
    expect(() => shrink(classifier)).toThrow(message);
  });
});

describe("a file with hidden layers", () => {
  it("is refused where they do not fit", async () => {
    const { classifier } = await train(signRows(100, 14), options({ epochs: 2 }));
    const { model } = classifier;
    const hidden = model.hidden!;
    expect(readTree(classifier.save()).hidden).toEqual(hidden);
    const [layers] = hidden.networks;
    const saved = (changes: object): (() => unknown) => {
      const bytes = new Classifier({ ...model, ...changes }).save();
      return () => unpackModel(bytes);
    };
    const short = { ...hidden, networks: [[layers[0], layers[1].slice(8)]] };
    expect(saved({ hidden: { ...hidden, activation: "sine" } })).toThrow("unknown activation");
    expect(saved({ weights: new Float64Array(3) })).toThrow("weights are not 9 finite numbers");
    const d = layers[0].length / 16 - 1;
    expect(() => checkHiddenLayers(short, d)).toThrow(/do not fit each other|finite/);
    expect(() => checkHiddenLayers(hidden, d + 1)).toThrow("do not fit each other");
    expect(() => checkHiddenLayers({ ...hidden, networks: [] }, d)).toThrow("no list of networks");
    expect(() => checkHiddenLayers({ ...hidden, networks: [[]] }, d)).toThrow("no list of weights");
    const spoiled = layers[0].slice().fill(Number.NaN, 0, 1);
    const bad = { ...hidden, networks: [[spoiled, layers[1]]] };
    expect(() => checkHiddenLayers(bad, d)).toThrow("not finite");
  });

  it("reads cells of a table as rows", async () => {
    const rows = signRows(120, 15);
    const { classifier } = await train(rows, options({ epochs: 2 }));
    const table = rowsToTable(rows, classifier.model.schema);
    expect(classifier.probabilities(table)).toEqual(classifier.probabilities(rows));
  });
});
