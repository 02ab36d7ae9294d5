import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import {
  type Backbone,
  type BackboneInfo,
  Classifier,
  evaluate,
  imageColumn,
  type Picture,
  pickTable,
  type Table,
  type TrainOptions,
  train,
  withFeatures,
} from "../../src/index.ts";
import { networkInfo } from "../encode/image/network.ts";

const INFO = networkInfo();

/** Noise of which neither a pixel nor a patch says the class: whether the sum of its first three bytes is odd. */
function parities(rows: number, seed = 1): Table {
  const random = createRandom(seed);
  const codes = new Int32Array(rows);
  const pictures = Array.from({ length: rows }, (_, row): Picture => {
    const data = Uint8Array.from({ length: 64 }, () => random.below(256));
    codes[row] = (data[0] + data[1] + data[2]) % 2;
    return { width: 8, height: 8, channels: 1, data };
  });
  return {
    ...{ rows, decimal: "." },
    columns: [{ kind: "text", name: "y", codes, dictionary: ["even", "odd"] }],
    images: [imageColumn("pixels", pictures)],
  };
}

/** A network that sees it, beside a feature that is always 0.1 and one that says nothing. */
const backbone = (info: Partial<BackboneInfo> = {}): Backbone => ({
  info: networkInfo(info),
  features: async (pictures) =>
    pictures.map(({ data }) =>
      Float32Array.of(1e4 * ((data[0] + data[1] + data[2]) % 2), 0.1, data[5] / 255),
    ),
});

const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  ...{ target: "y", folds: 3 },
  ...more,
});

describe("training on what a network says of images", () => {
  it("takes its features, standardised, and says so", async () => {
    const table = await withFeatures(parities(120), backbone());
    const { classifier, report } = await train(table, options());
    expect(report.choice.encoding).toBe('3 features of a network\'s output "means"');
    expect(report.evaluation.metrics.accuracy.value).toBe(1);
    const [column] = classifier.model.encoder.columns;
    expect(column).toMatchObject({ kind: "image", backbone: INFO, patches: null, width: 8 });
    if (column.kind !== "image") throw new Error("no image");
    const odd = table.images![0].features!.rows.filter(([first]) => first > 0).length / 120;
    expect(column.means[0]).toBeCloseTo(1e4 * odd, 6);
    expect(column.deviations[0]).toBeCloseTo(1e4 * Math.sqrt(odd * (1 - odd)), 6);
    expect(column.means[1]).toBeCloseTo(0.1, 6);
    expect(column.deviations[1]).toBe(1);
    expect(report.provenance.options).toContainEqual(["chosen images", report.choice.encoding]);
    expect(report.provenance.options).toContainEqual(["network", INFO.sha256]);
    const other = await withFeatures(parities(60, 2), backbone());
    expect(evaluate(classifier, other).metrics.accuracy.value).toBe(1);
  });

  it("gives the same bytes for any threads, and a file that predicts the same, of a row alone too", async () => {
    const table = await withFeatures(parities(90), backbone());
    const { classifier } = await train(table, options({ threads: 1, l2: 0.01 }));
    const bytes = classifier.save();
    const again = await train(table, options({ worker: false, l2: 0.01 }));
    expect(again.classifier.save()).toEqual(bytes);
    const loaded = await Classifier.load(bytes);
    expect(loaded.save()).toEqual(bytes);
    const all = loaded.probabilityMatrix(table);
    expect(all).toEqual(classifier.probabilityMatrix(table));
    const one = loaded.probabilityMatrix(pickTable(table, Int32Array.of(5)));
    expect([...one]).toEqual([...all.subarray(10, 12)]);
  });

  it("has hidden layers on its features where they are asked for", async () => {
    const table = await withFeatures(parities(90), backbone());
    const { report } = await train(table, options({ hidden: [16], epochs: 200 }));
    expect(report.evaluation.metrics.accuracy.value).toBeGreaterThan(0.95);
  });

  it("looks at the images themselves where that is asked for", async () => {
    const table = await withFeatures(parities(60), backbone());
    const { classifier } = await train(table, options({ images: { features: "pixels" } }));
    expect(classifier.model.encoder.columns[0]).not.toHaveProperty("backbone");
  });

  it.each(["shift", "size", "centroids"] as const)(
    "refuses images.%s beside them",
    async (name) => {
      const table = await withFeatures(parities(60), backbone());
      await expect(train(table, options({ images: { [name]: 8 } }))).rejects.toThrow(
        `"images.${name}" expected images without a network's features`,
      );
    },
  );
});

describe("a model that reads images by a network", () => {
  const trained = async () => {
    const table = await withFeatures(parities(60), backbone());
    return (await train(table, options({ l2: 0.01 }))).classifier;
  };

  it("refuses images without features, or with those of another network, output or number", async () => {
    const classifier = await trained();
    const bare = parities(9, 3);
    const wanted = `column "pixels" expected features of the network with SHA-256 ${INFO.sha256}, by which the model reads it, got`;
    const said = async (other: Backbone) => {
      const table = await withFeatures(bare, other);
      return () => classifier.probabilityMatrix(table);
    };
    expect(() => classifier.probabilityMatrix(bare)).toThrow(`${wanted} none`);
    const sha256 = "f".repeat(64);
    expect(await said(backbone({ sha256 }))).toThrow(`${wanted} some of ${sha256}`);
    expect(await said(backbone({ output: "x" }))).toThrow(`${wanted} some by another output`);
    const fewer = {
      info: INFO,
      features: async () => bare.images![0].pictures.map(() => Float32Array.of(1)),
    };
    expect(await said(fewer)).toThrow('"pixels" expected 3 features of its network, got 1');
  });

  it("takes features that something else made, and remarks on it", async () => {
    const classifier = await trained();
    const [same, newer] = await Promise.all(
      [{}, { runtime: "test 2.0.0" }].map((info) => withFeatures(parities(9, 3), backbone(info))),
    );
    expect(classifier.remarks(same)).toEqual([]);
    expect(classifier.remarks(newer)).toEqual([
      'the network of "pixels" is run by test 2.0.0, and was by test 1.0.0 in training: probabilities may differ in their last digits',
    ]);
    expect(classifier.probabilityMatrix(newer)).toEqual(classifier.probabilityMatrix(same));
  });
});
