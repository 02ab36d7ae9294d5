import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { planFolds } from "../../src/classifier/folds.ts";
import { checkVersions, rangesWithVersions, withVersions } from "../../src/classifier/versions.ts";
import { LINES } from "../../src/encode/encoder.ts";
import {
  evaluate,
  type ImageChoice,
  imageColumn,
  type Picture,
  type Table,
  type TrainOptions,
  train,
} from "../../src/index.ts";

const SIDE = 8;

/** Images drawn by `draw`, of labels "a" and "b". */
function tableOf(
  labels: readonly number[],
  draw: (label: number, row: number) => (x: number, y: number) => number,
): Table {
  const pictures = labels.map((label, row): Picture => {
    const pixel = draw(label, row);
    const data = Uint8Array.from({ length: SIDE * SIDE }, (_, at) =>
      pixel(at % SIDE, Math.floor(at / SIDE)),
    );
    return { width: SIDE, height: SIDE, channels: 1, data };
  });
  return {
    ...{ rows: labels.length, decimal: "." },
    columns: [{ kind: "text", name: "y", codes: Int32Array.from(labels), dictionary: ["a", "b"] }],
    images: [imageColumn("pixels", pictures)],
  };
}

/** A bright line in one of the columns `places` beside noise; "b" has a second one beside it. */
function lines(rows: number, places: readonly number[], seed: number): Table {
  const random = createRandom(seed);
  const labels = Array.from({ length: rows }, (_, row) => row % 2);
  return tableOf(labels, (label) => {
    const at = places[random.below(places.length)];
    return (x) => (x === at || (label === 1 && x === at + 1) ? 200 : 0) + random.below(50);
  });
}

/** Noise that is the same from left and right, of "b" somewhat brighter. */
function symmetrical(labels: readonly number[], apart = 10): Table {
  const random = createRandom(3);
  return tableOf(labels, (label) => {
    const half = Array.from({ length: SIDE * SIDE }, () => random.below(200) + apart * label);
    return (x, y) => half[y * SIDE + Math.min(x, SIDE - 1 - x)];
  });
}

const optionsWith = (images: ImageChoice, more: Partial<TrainOptions> = {}): TrainOptions => ({
  ...{ target: "y", folds: 3, images: { features: "pixels", ...images } },
  ...more,
});

describe("rows in versions", () => {
  it("stand behind the rows as they are", () => {
    expect([...withVersions(Int32Array.of(4, 5), 3)]).toEqual([4, 5, 4, 4, 5, 5]);
    const plain = Float64Array.of(1);
    expect(withVersions(plain, 1)).toBe(plain);
  });

  it("of one row are never learned from where it is judged, and all are where it is not", () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 6, max: 60 }), fc.integer({ min: 2, max: 7 }), fc.nat(99)),
        ([n, versions, seed]) => {
          const y = Int32Array.from({ length: n }, (_, i) => i % 2);
          const shared = { group: null, time: null, holdOutAbove: 1000 };
          const plan = planFolds({ ...shared, y, k: 2, seed, folds: 4 });
          const owners = withVersions(
            Int32Array.from({ length: n }, (_, at) => at),
            versions,
          );
          for (const { train: ranges, judge } of plan.splits) {
            const counts = new Int32Array(n);
            for (const { start, end } of rangesWithVersions(ranges, n, versions)) {
              for (let at = start; at < end; at++) counts[owners[at]]++;
            }
            counts.forEach((count, at) => {
              expect(count).toBe(at >= judge.start && at < judge.end ? 0 : versions);
            });
          }
        },
      ),
    );
  });

  it("are refused before any work where they would not fit in memory", () => {
    const base = { width: 28, height: 28, channels: 1 } as const;
    const patches = { side: 6, grid: 3, centroids: 400 };
    const shapes = [null, patches].map((own) => ({
      ...LINES,
      name: own === null ? "pixels" : "patches",
      image: { ...base, name: "", patches: own },
    }));
    const schema = {
      ...{ target: "y", classes: ["a", "b"], missing: [] },
      columns: [{ name: "pixels", kind: "image" as const }],
    };
    const choice = { shift: 1, versions: 9 };
    expect(() => checkVersions(shapes.slice(0, 1), schema, choice, 60_000)).not.toThrow();
    expect(() => checkVersions(shapes, schema, { versions: 9 }, 60_000)).not.toThrow();
    expect(() => checkVersions(shapes, schema, choice, 60_000)).toThrow(
      '9 versions of 60000 images take 7.2 GiB as patches, of which 3.0 are possible; lower "images.versions"',
    );
  });
});

describe("training on versions of images", () => {
  it("knows images that are moved from those of training", async () => {
    const table = lines(60, [2, 5], 1);
    const moved = lines(100, [1, 3, 4, 6], 2);
    const accuracy = async (images: ImageChoice): Promise<number> => {
      const { classifier } = await train(table, optionsWith(images, { hidden: [16], epochs: 40 }));
      return evaluate(classifier, moved).metrics.accuracy.value;
    };
    expect(await accuracy({ shift: 1 })).toBeGreaterThan((await accuracy({})) + 0.1);
  });

  it("is no different where all versions of an image are alike: weights, penalties, judgements and the learning curve", async () => {
    const labels = Array.from({ length: 61 }, (_, row) => (row === 60 ? 1 : row % 2));
    const table = symmetrical(labels);
    const [plain, both] = await Promise.all(
      [{}, { flip: "horizontal" as const }].map((images) =>
        train(table, optionsWith(images, { learningCurve: true })),
      ),
    );
    const [one, two] = [plain, both].map(({ classifier }) => [...classifier.model.weights]);
    two.forEach((weight, at) => expect(weight).toBeCloseTo(one[at], 5));
    expect(both.report.choice.l2).toBeCloseTo(plain.report.choice.l2, 10);
    const [before, after] = [plain, both].map(({ report }) => report.evaluation.metrics.logLoss);
    expect(after.value).toBeCloseTo(before.value, 4);
    const [points, same] = [plain, both].map(({ report }) => report.learningCurve!.points);
    expect(same.map(({ rows }) => rows)).toEqual(points.map(({ rows }) => rows));
    same.forEach(({ logLoss }, at) =>
      expect(logLoss.value).toBeCloseTo(points[at].logLoss.value, 3),
    );
    expect(both.report.rows).toEqual(plain.report.rows);
  });

  it("gives a class that a fold lacks the probability that it has without versions", async () => {
    const labels = Array.from({ length: 30 }, (_, row) => Number(row === 7));
    const table = symmetrical(labels);
    const losses = await Promise.all(
      [{}, { flip: "horizontal" as const }].map(async (images) => {
        const { report } = await train(table, optionsWith(images, { l2: 1 }));
        return report.evaluation.metrics.logLoss.value;
      }),
    );
    expect(losses[1]).toBeCloseTo(losses[0], 4);
  });

  it.each([undefined, [8]])(
    "finds nothing in labels drawn by chance, with hidden layers %j",
    async (hidden) => {
      const random = createRandom(11);
      const labels = Array.from({ length: 90 }, () => random.below(2));
      const more = hidden === undefined ? { l2: 0.01 } : { hidden, epochs: 15 };
      const { report } = await train(
        symmetrical(labels, 0),
        optionsWith({ flip: "horizontal" }, more),
      );
      expect(report.evaluation.metrics.accuracy.value).toBeLessThan(0.65);
    },
  );

  it.each([undefined, [8]])(
    "gives the same bytes for any threads, with hidden layers %j",
    async (hidden) => {
      const table = lines(60, [2, 5], 4);
      const own = hidden === undefined ? { l2: 0.01 } : { hidden, epochs: 4 };
      const bytes = async (more: Partial<TrainOptions>): Promise<Uint8Array> => {
        const options = optionsWith({ shift: 2, flip: "both" }, { ...own, ...more });
        return (await train(table, options)).classifier.save();
      };
      const one = await bytes({ threads: 1 });
      expect(await bytes({ threads: 3 })).toEqual(one);
      expect(await bytes({ worker: false })).toEqual(one);
      expect(await bytes({ seed: 2 })).not.toEqual(one);
    },
  );

  it("is said in the report and in the model's options, and changes no encoder", async () => {
    const table = lines(40, [2, 5], 5);
    const [plain, moved] = await Promise.all(
      [{}, { shift: 1, flip: "vertical" as const, versions: 3 }].map((images) =>
        train(table, optionsWith(images, { l2: 0.01 })),
      ),
    );
    expect(moved.classifier.model.encoder).toEqual(plain.classifier.model.encoder);
    expect(moved.report.remarks).toContain(
      "each image is learned from in 3 versions, itself and others shifted by up to 1 pixel or mirrored; all scores are of images as they are",
    );
    expect(plain.report.remarks.join()).not.toContain("versions");
    expect(moved.report.provenance.options).toContainEqual([
      "images",
      '{"features":"pixels","shift":1,"flip":"vertical","versions":3}',
    ]);
  });

  it("gives several labels a row from versions as it does from images that are alike", async () => {
    const table = symmetrical(Array.from({ length: 60 }, (_, row) => row % 2));
    const codes = Int32Array.from({ length: 60 }, (_, row) => row % 3);
    const dictionary = ["a", "b", "a;b"];
    const tags: Table = { ...table, columns: [{ kind: "text", name: "y", codes, dictionary }] };
    const [plain, both] = await Promise.all(
      [{}, { flip: "horizontal" as const }].map((images) =>
        train(tags, {
          ...{ target: "y", folds: 3, l2: 0.1, multiLabel: { separator: ";" } },
          images: { features: "pixels", ...images },
        }),
      ),
    );
    const [one, two] = [plain, both].map(({ classifier }) => [...classifier.model.weights]);
    two.forEach((weight, at) => expect(weight).toBeCloseTo(one[at], 5));
    expect(both.report.remarks.join()).toContain("learned from in 2 versions");
  });

  it("takes other columns, texts and row weights along", async () => {
    const table = lines(48, [2, 5], 6);
    const values = Float64Array.from({ length: 48 }, (_, row) => row % 5);
    const weights = Float64Array.from({ length: 48 }, (_, row) => 1 + (row % 3));
    const codes = Int32Array.from({ length: 48 }, (_, row) => row % 6);
    const dictionary = ["one", "two", "three", "four", "five", "six"].map(
      (word) => `so ${word} it is`,
    );
    const beside: Table = {
      ...table,
      columns: [
        ...table.columns,
        { kind: "number", name: "n", values },
        { kind: "number", name: "w", values: weights },
        { kind: "text", name: "t", codes, dictionary },
      ],
    };
    const more = { l2: 0.01, text: ["t"], weight: "w", linear: true } as const;
    const { classifier } = await train(beside, optionsWith({ shift: 1 }, more));
    expect(classifier.model.encoder.columns.map(({ kind }) => kind)).toEqual([
      "numeric",
      "text",
      "image",
    ]);
    expect(evaluate(classifier, beside).metrics.accuracy.value).toBeGreaterThan(0.9);
  });

  it.each([
    [{ versions: 3 }, '"images.versions" expected "images.shift" or "images.flip" beside it'],
    [{ shift: 0 }, '"images.shift"'],
    [{ shift: 17 }, '"images.shift"'],
    [{ shift: 1, versions: 1 }, '"images.versions"'],
    [{ flip: "left" }, '"images.flip" expected "horizontal", "vertical" or "both", got "left"'],
  ])("is asked for wrongly as %j", async (images, sentence) => {
    const options = optionsWith(images as ImageChoice);
    await expect(train(lines(20, [2], 1), options)).rejects.toThrow(sentence);
  });
});
