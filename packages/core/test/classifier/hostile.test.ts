import { beforeAll, describe, expect, it } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { packModel, unpackModel } from "../../src/classifier/model.ts";
import { train } from "../../src/classifier/train.ts";
import {
  FIRST_VERSION,
  FORMAT_READER,
  FORMAT_VERSION,
  readContainer,
  writeContainer,
} from "../../src/file/container.ts";
import { type Packable, pack, unpack } from "../../src/file/pack.ts";
import { sha256 } from "../../src/file/sha256.ts";
import { mixedRows } from "./data.ts";

// biome-ignore lint/suspicious/noExplicitAny: the point is to break what the types promise
type Tree = any;

let bytes: Uint8Array;
beforeAll(async () => {
  const { classifier } = await train(mixedRows(150, 3, 6), {
    target: "kind",
    folds: 2,
    classWeights: "balanced",
  });
  bytes = classifier.save();
});

/** A valid container around a tree that was changed. */
function changed(change: (tree: Tree) => void): Uint8Array {
  const tree: Tree = unpack(readContainer(bytes));
  change(tree);
  return writeContainer(pack(tree as { [key: string]: Packable }));
}

const column = (tree: Tree, kind: string): Tree =>
  tree.encoder.columns.find((c: Tree) => c.kind === kind);

const HOSTILE: readonly (readonly [string, (tree: Tree) => void])[] = [
  ["one weight too few", (t) => (t.weights = t.weights.slice(1))],
  ["no weights", (t) => (t.weights = new Float64Array(0))],
  ["weights that are words", (t) => (t.weights = "many")],
  ["weights of another precision", (t) => (t.weights = Float32Array.from(t.weights))],
  ["a weight that is NaN", (t) => (t.weights[3] = Number.NaN)],
  ["a weight that is infinite", (t) => (t.weights[0] = Number.POSITIVE_INFINITY)],
  ["another kind of model", (t) => (t.kind = "softmax forest")],
  ["no kind", (t) => delete t.kind],
  ["no schema", (t) => delete t.schema],
  ["a schema that is a list", (t) => (t.schema = [])],
  ["one class", (t) => (t.schema.classes = ["a"])],
  ["a class twice", (t) => (t.schema.classes = ["a", "a", "b"])],
  ["a class that is a number", (t) => (t.schema.classes = ["a", "b", 3])],
  ["more classes than weights", (t) => t.schema.classes.push("d")],
  ["a million classes", (t) => (t.schema.classes = Array.from({ length: 1e6 }, (_, i) => `${i}`))],
  ["a column of unknown kind", (t) => (t.schema.columns[0].kind = "image")],
  ["a column named as the target", (t) => (t.schema.columns[0].name = "kind")],
  ["a column twice", (t) => t.schema.columns.push(t.schema.columns[0])],
  ["a column that is nothing", (t) => (t.schema.columns[0] = null)],
  ["columns that are no list", (t) => (t.schema.columns = { length: 1e9 })],
  ["an encoder of fewer columns", (t) => t.encoder.columns.pop()],
  ["an encoder of other columns", (t) => t.encoder.columns.reverse()],
  ["no encoder", (t) => (t.encoder = null)],
  ["other missing tokens in encoder and schema", (t) => (t.encoder.missing = ["-"])],
  ["a deviation of 0", (t) => (column(t, "numeric").line[2] = 0)],
  ["a mean that is NaN", (t) => (column(t, "numeric").line[1] = Number.NaN)],
  ["a line of two numbers", (t) => (column(t, "numeric").line = new Float64Array(2))],
  ["knots that fall", (t) => (column(t, "numeric").knots = Float64Array.of(2, 1))],
  ["more ramps than knots", (t) => (column(t, "numeric").rampMeans = new Float64Array(9))],
  ["a flag that is a number", (t) => (column(t, "numeric").missing = 1)],
  ["frequent values that are texts", (t) => (column(t, "numeric").frequent = ["1"])],
  ["a level twice", (t) => (column(t, "categorical").levels = ["a", "a"])],
  ["a level that is null", (t) => (column(t, "categorical").levels = [null])],
  [
    "100,000 levels",
    (t) => (column(t, "categorical").levels = Array.from({ length: 1e5 }, (_, i) => `${i}`)),
  ],
  ["three words of a boolean", (t) => (column(t, "boolean").words = ["a", "b", "c"])],
  ["an unknown cycle", (t) => (column(t, "date").cycles = ["month"])],
  ["a cycle twice", (t) => (column(t, "date").cycles = ["week", "week"])],
  ["a date without days", (t) => delete column(t, "date").days],
  ["no calibrator", (t) => delete t.calibrator],
  ["a temperature of 0", (t) => (t.calibrator.temperature = 0)],
  ["a temperature that is NaN", (t) => (t.calibrator.temperature = Number.NaN)],
  ["a shift too many", (t) => (t.calibrator.shifts = new Float64Array(4))],
  ["a shift that is infinite", (t) => (t.calibrator.shifts[1] = Number.NEGATIVE_INFINITY)],
  ["shares below 0", (t) => (t.shares[0] = -1)],
  ["shares of nothing", (t) => t.shares.fill(0)],
  ["a share too few", (t) => (t.shares = t.shares.slice(1))],
  ["a positive class of three", (t) => (t.positive = 1)],
  ["a positive class that is NaN", (t) => (t.positive = Number.NaN)],
  ["no provenance", (t) => (t.provenance = null)],
  ["a seed that is a half", (t) => (t.provenance.seed = 0.5)],
  ["options that are no pairs", (t) => (t.provenance.options = [["a"]])],
];

describe("a whole file with hostile content", () => {
  it.each(HOSTILE)("with %s is refused as a model, never a crash", (_, change) => {
    let thrown: unknown = null;
    try {
      unpackModel(changed(change));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SoftmaxError);
    expect((thrown as SoftmaxError).code).toBe("model");
  });

  it("and the unchanged one is accepted and written again byte by byte", () => {
    expect(packModel(unpackModel(bytes))).toEqual(bytes);
  });
});

describe("a file of another format", () => {
  /** The file with its format version and reader replaced by ones as long, under a checksum of its own. */
  function ofFormat(version: string, reader: string): Uint8Array {
    const copy = bytes.slice();
    const text = new TextDecoder("latin1").decode(copy);
    const put = (old: string, now: string): void => {
      copy.set(new TextEncoder().encode(now), text.indexOf(old));
    };
    put(`"version":"${FIRST_VERSION}"`, `"version":"${version}"`);
    put(`"reader":"${FORMAT_READER}"`, `"reader":"${reader}"`);
    copy.set(sha256(copy.subarray(0, -32)), copy.length - 32);
    return copy;
  }

  it("that is newer is refused with a sentence naming the version needed", async () => {
    const newer = ofFormat(String(FORMAT_VERSION + 1), "7.5.3");
    await expect(Classifier.load(newer)).rejects.toThrow(
      /format 5, which needs Softmax 7\.5\.3 or newer; this version reads formats up to 4/,
    );
    await expect(Classifier.load(newer)).rejects.toMatchObject({ code: "model" });
  });

  it("that is this one is accepted by the same treatment", async () => {
    await expect(
      Classifier.load(ofFormat(String(FIRST_VERSION), FORMAT_READER)),
    ).resolves.toBeDefined();
  });

  it("that is none of ours is called so", async () => {
    await expect(Classifier.load(new Uint8Array(5000))).rejects.toThrow(/not a Softmax model file/);
    await expect(Classifier.load(new Uint8Array(0))).rejects.toMatchObject({ code: "model" });
  });
});
