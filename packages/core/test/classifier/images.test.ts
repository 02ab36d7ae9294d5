import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import {
  Classifier,
  evaluate,
  type ImageChoice,
  imageColumn,
  loadClassifier,
  type Picture,
  pickTable,
  type Table,
  type TrainOptions,
  train,
} from "../../src/index.ts";

/** Bars that stand or lie, at random places on noise: what a pixel is says little, what a patch is says all. */
function bars(rows: number, channels: 1 | 3 = 1, seed = 1): Table {
  const random = createRandom(seed);
  const codes = new Int32Array(rows);
  const pictures = Array.from({ length: rows }, (_, i): Picture => {
    codes[i] = random.below(2);
    const data = Uint8Array.from({ length: 144 * channels }, () => random.below(40));
    const [x, y] = [1 + random.below(10), random.below(7)];
    for (let t = 0; t < 6; t++) {
      const at = codes[i] === 0 ? (y + t) * 12 + x : x * 12 + y + t;
      data.fill(200, at * channels, (at + 1) * channels);
    }
    return { width: 12, height: 12, channels, data };
  });
  return {
    ...{ rows, decimal: "." },
    columns: [{ kind: "text", name: "bar", codes, dictionary: ["stands", "lies"] }],
    images: [imageColumn("pixels", pictures)],
  };
}

const SMALL: ImageChoice = { patch: 4, centroids: 16 };
const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  ...{ target: "bar", images: SMALL, folds: 3 },
  ...more,
});

describe("training on images", () => {
  it("chooses patches where pixels say little, and predicts other images", async () => {
    const { classifier, report } = await train(bars(240), options());
    expect(report.choice.encoding).toBe("16 kinds of patches, 12 × 12");
    expect(new Set(report.choice.tried.map(({ encoding }) => encoding))).toEqual(
      new Set(["pixels 12 × 12", "16 kinds of patches, 12 × 12"]),
    );
    expect(report.columns.at(-1)).toMatchObject({ kind: "image", summary: "grey, 12 × 12" });
    expect(report.provenance.options).toContainEqual([
      "chosen images",
      "16 kinds of patches, 12 × 12",
    ]);
    const { metrics } = evaluate(classifier, bars(200, 1, 2));
    expect(metrics.accuracy.value).toBeGreaterThan(0.95);
  });

  it("takes pixels alone where they are asked for", async () => {
    const { classifier } = await train(bars(60), options({ images: { features: "pixels" } }));
    const [column] = classifier.model.encoder.columns;
    expect(column).toMatchObject({ kind: "image", width: 12, height: 12, patches: null });
  });

  it("gives the same bytes for any threads and with the reference kernels' features", async () => {
    const table = bars(90, 3);
    const bytes = async (more: Partial<TrainOptions>): Promise<Uint8Array> => {
      const images = { ...SMALL, features: "patches" } as const;
      return (await train(table, options({ images, l2: 0.01, ...more }))).classifier.save();
    };
    const one = await bytes({ threads: 1 });
    expect(await bytes({ threads: 3 })).toEqual(one);
    expect(await bytes({ worker: false })).toEqual(one);
    const slow = await loadClassifier(await bytes({ kernels: "reference" }));
    const fast = await loadClassifier(one);
    expect((slow as Classifier).model.encoder).toEqual((fast as Classifier).model.encoder);
  });

  it("saves a model that predicts the same, of a row alone and among others", async () => {
    const table = bars(80);
    const { classifier } = await train(table, options({ l2: 0.01 }));
    const loaded = await Classifier.load(classifier.save());
    const all = loaded.probabilityMatrix(table);
    expect(all).toEqual(classifier.probabilityMatrix(table));
    const third = loaded.probabilityMatrix(pickTable(table, Int32Array.of(2)));
    expect([...third]).toEqual([...all.subarray(4, 6)]);
  });

  it("takes pictures of other sizes and channels than those of training", async () => {
    const { classifier } = await train(bars(80), options({ l2: 0.01 }));
    const colour = bars(60, 3, 2);
    const wider = colour.images![0].pictures.map((one): Picture => {
      const data = new Uint8Array(24 * 12 * 3);
      for (let at = 0; at < data.length; at++) {
        data[at] = one.data[3 * ((at / 3) >> 1) + (at % 3)];
      }
      return { ...one, width: 24, data };
    });
    const table = { ...colour, images: [imageColumn("pixels", wider)] };
    for (const other of [colour, table]) {
      expect(evaluate(classifier, other).metrics.accuracy.value).toBeGreaterThan(0.9);
    }
  });

  it("uses images beside other columns", async () => {
    const table = bars(120);
    const values = Float64Array.from({ length: 120 }, (_, i) => i % 7);
    const columns = [...table.columns, { kind: "number", name: "n", values } as const];
    const { classifier } = await train({ ...table, columns }, options({ l2: 0.01, linear: true }));
    expect(classifier.model.encoder.columns.map(({ kind }) => kind)).toEqual(["numeric", "image"]);
    expect(classifier.explain({ ...table, columns })[0].columns.length).toBe(2);
  });

  it("leaves a column of images out where it is to be ignored", async () => {
    const table = bars(40);
    const values = Float64Array.from({ length: 40 }, (_, i) => i % 7);
    const columns = [...table.columns, { kind: "number", name: "n", values } as const];
    const { report } = await train(
      { ...table, columns },
      { target: "bar", ignore: ["pixels"], folds: 3 },
    );
    expect(report.columns.find(({ name }) => name === "pixels")).toMatchObject({
      kind: "ignored",
      used: false,
    });
  });
});

describe("images that cannot be used", () => {
  it("are missing, where a table has none for a model that reads some", async () => {
    const { images: _, ...bare } = bars(40);
    const { classifier } = await train(bars(40), options({ l2: 0.01 }));
    expect(() => classifier.probabilityMatrix(bare)).toThrow(
      'the table lacks the column "pixels", which the model reads',
    );
    expect(() => classifier.predict([{ pixels: "a.png" }])).toThrow("lacks the column");
  });

  it("are flat", async () => {
    const table = bars(40);
    const data = new Uint8Array(144).fill(9);
    const flat = { width: 12, height: 12, channels: 1, data } as const;
    const images = [imageColumn("pixels", Array<Picture>(40).fill(flat))];
    await expect(train({ ...table, images }, options())).rejects.toThrow("the images are flat");
  });

  it("have a column's name", async () => {
    const table = bars(40);
    const images = [imageColumn("bar", table.images![0].pictures)];
    await expect(train({ ...table, images }, options())).rejects.toThrow(
      'two columns are called "bar"',
    );
  });

  it.each([
    [{ features: "patch" }, '"images.features" expected "pixels" or "patches", got "patch"'],
    [{ centroids: 12 }, '"images.centroids" expected a multiple of 8, got 12'],
    [{ size: 4 }, '"images.size"'],
    [{ sise: 4 }, "did you mean"],
  ])("are asked for as %j", async (images, sentence) => {
    const wanted = images as ImageChoice;
    await expect(train(bars(40), options({ images: wanted }))).rejects.toThrow(sentence);
  });

  it("end the training where the signal says so", async () => {
    const signal = AbortSignal.abort();
    await expect(train(bars(40), options({ signal }))).rejects.toMatchObject({ code: "aborted" });
  });
});
