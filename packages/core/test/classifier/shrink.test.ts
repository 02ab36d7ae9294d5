import { beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import type { Row } from "../../src/base/table.ts";
import { temperatureOf } from "../../src/calibrate/calibrator.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { evaluate } from "../../src/classifier/evaluate.ts";
import { unpackModel } from "../../src/classifier/model.ts";
import { type ShrinkOptions, shrink } from "../../src/classifier/shrink.ts";
import { train } from "../../src/classifier/train.ts";
import type { TextEncoder as TextColumn } from "../../src/encode/text/text.ts";
import { readContainer, writeContainer } from "../../src/file/container.ts";
import { type Packable, pack, unpack } from "../../src/file/pack.ts";
import { bitsOf, mixedRows } from "./data.ts";

/** Texts of three classes: few words tell, many do not; and a number. */
function rowsOf(n: number, seed: number): Row[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, (_, i) => {
    const words = Array.from({ length: 14 }, () =>
      random.uniform() < 0.25 ? `own${i % 3}x${random.below(5)}` : `word${random.below(300)}`,
    );
    return { text: words.join(" "), size: random.below(9), label: `class ${i % 3}` };
  });
}

const training = rowsOf(400, 1);
const fresh = rowsOf(300, 2);
let classifier: Classifier;
beforeAll(async () => {
  const texts = { words: [1, 2] as const, weights: "tf-idf" as const };
  const options = { target: "label", text: ["text"], texts, folds: 2, worker: false };
  ({ classifier } = await train(training, options));
});

const termsOf = ({ model }: Classifier): number =>
  model.encoder.columns.reduce((sum, column) => {
    const grams = column.kind === "text" ? (column as TextColumn).grams : [];
    return sum + grams.reduce((all, gram) => all + gram.terms.length, 0);
  }, 0);

const lossOf = (of: Classifier): number => evaluate(of, fresh).metrics.logLoss.value;
const accuracyOf = (of: Classifier): number => evaluate(of, fresh).metrics.accuracy.value;

describe("a classifier made smaller", () => {
  it.each<ShrinkOptions>([
    {},
    { bits: 32 },
    { keep: 0.1 },
    { keep: 0.3, bits: 64 },
    { keep: 0.2, bits: 32, like: training },
    { keep: 0.2, bits: 8, like: training, calibrate: fresh },
  ])("is the same model when loaded, and the same bytes again: %j", async (options) => {
    const small = shrink(classifier, options);
    const bytes = small.save();
    const loaded = await Classifier.load(bytes);
    expect(loaded.model).toEqual(small.model);
    expect(loaded.save()).toEqual(bytes);
    expect(bitsOf(loaded.probabilities(fresh))).toEqual(bitsOf(small.probabilities(fresh)));
    expect(bytes.length).toBeLessThan(classifier.save().length);
  });

  it("keeps a tenth of the terms, all other columns, the intercepts and most of what it knew", () => {
    const small = shrink(classifier, { keep: 0.1, like: training });
    expect(termsOf(small)).toBe(Math.round(0.1 * termsOf(classifier)));
    expect(small.columns).toEqual(classifier.columns);
    expect(small.model.weights.slice(-3)).toEqual(classifier.model.weights.slice(-3));
    expect(small.model.calibrator).toEqual(classifier.model.calibrator);
    expect(accuracyOf(small)).toBeGreaterThan(accuracyOf(classifier) - 0.05);
    expect(lossOf(small)).toBeLessThan(lossOf(classifier) + 0.05);
    expect(small.model.provenance.options.at(-1)).toEqual(["shrunk", '{"keep":0.1,"bits":8}']);
  });

  it("is as sure of itself as before where texts say by how much values grow, and too sure where none do", () => {
    const blind = shrink(classifier, { keep: 0.1, bits: 64 });
    const told = shrink(classifier, {
      keep: 0.1,
      bits: 64,
      like: training.map(({ text, size }) => ({ text, size })),
    });
    const sureness = (of: Classifier): number =>
      of.predict(fresh).reduce((sum, { confidence }) => sum + confidence, 0) / fresh.length;
    expect(Math.abs(sureness(told) - sureness(classifier))).toBeLessThan(0.03);
    expect(sureness(blind)).toBeGreaterThan(sureness(told) + 0.01);
  });

  it("of 8 bits errs by half a step at most, and of 64 not at all", () => {
    const { weights } = classifier.model;
    expect(shrink(classifier, { bits: 64 }).model.weights).toEqual(weights);
    const largest = weights.slice(0, -3).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    shrink(classifier).model.weights.forEach((w, at) => {
      expect(Math.abs(w - weights[at])).toBeLessThanOrEqual((largest / 254) * 1.000001);
    });
  });

  it("fits its temperature anew where it is given rows with labels, and nothing else", () => {
    const small = shrink(classifier, { keep: 0.05 });
    const cooled = shrink(classifier, { keep: 0.05, calibrate: fresh });
    expect(temperatureOf(cooled.model.calibrator)).not.toBe(temperatureOf(small.model.calibrator));
    expect(lossOf(cooled)).toBeLessThan(lossOf(small));
    expect(cooled.predict(fresh).map(({ label }) => label)).toEqual(
      small.predict(fresh).map(({ label }) => label),
    );
    expect(cooled.model.weights).toEqual(small.model.weights);
  });

  it("can be made smaller again, and back to float64", () => {
    const twice = shrink(shrink(classifier, { keep: 0.5 }), { keep: 0.5, bits: 64 });
    expect(termsOf(twice)).toBe(Math.round(0.5 * Math.round(0.5 * termsOf(classifier))));
    expect(twice.model.bits).toBeUndefined();
  });

  it("works for tables without texts and for embeddings", async () => {
    const rows = mixedRows(120, 2, 3);
    const table = await train(rows, { target: "kind", folds: 2, worker: false });
    const small = shrink(table.classifier);
    expect((await Classifier.load(small.save())).model).toEqual(small.model);
    const options = { target: "label", text: ["text"], ignore: ["size"], folds: 2, worker: false };
    const bag = await train(training, { ...options, texts: { embeddings: 8, words: [1, 1] } });
    const less = shrink(bag.classifier, { keep: 0.2, like: training });
    expect(accuracyOf(less)).toBeGreaterThan(accuracyOf(bag.classifier) - 0.1);
  });
});

describe("shrinking is refused", () => {
  it.each<[string, ShrinkOptions, RegExp]>([
    ["to nothing", { keep: 0 }, /"keep" expected a number from/],
    ["to more than all", { keep: 1.1 }, /"keep" expected a number from .* to 1, got 1.1/],
    ["to odd bits", { bits: 4 as 8 }, /"bits" expected 8, 32 or 64/],
    ["with an unknown option", { kep: 0.1 } as ShrinkOptions, /did you mean "keep"/],
    ["by rows without the columns", { like: [{ label: "a" }] }, /lacks the columns/],
    ["by rows without labels", { calibrate: [{ text: "a", size: 1, label: null }] }, /label/],
  ])("%s", (_, options, sentence) => {
    expect(() => shrink(classifier, options)).toThrow(sentence);
  });

  it("where there are no terms to leave out", async () => {
    const { classifier: table } = await train(mixedRows(60, 2, 3), {
      target: "kind",
      folds: 2,
      worker: false,
    });
    expect(() => shrink(table, { keep: 0.5 })).toThrow(/has none; "bits" makes it smaller/);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: the point is to break what the types promise
type Tree = any;

describe("a small model file that is not as it should be is refused:", () => {
  it.each<[string, (tree: Tree) => void]>([
    ["bits that are none", (t) => (t.bits = 4)],
    ["bits that are words", (t) => (t.bits = "8")],
    ["the bits of other weights", (t) => (t.bits = 32)],
    ["no bits", (t) => delete t.bits],
    ["weights that are nothing", (t) => (t.weights = null)],
    ["a code too few", (t) => (t.weights.numbers = t.weights.numbers.slice(1))],
    ["a row of codes too few", (t) => (t.weights.numbers = t.weights.numbers.slice(3))],
    ["unsigned codes", (t) => (t.weights.numbers = Uint8Array.from(t.weights.numbers))],
    ["a code of −128", (t) => (t.weights.numbers[0] = -128)],
    ["a block without its largest code", (t) => t.weights.numbers.fill(3, 0, 64)],
    ["a scale that is 0", (t) => (t.weights.scales[0] = 0)],
    ["a scale below 0", (t) => (t.weights.scales[0] *= -1)],
    ["a scale that is infinite", (t) => (t.weights.scales[0] = Number.POSITIVE_INFINITY)],
    ["a scale that is NaN", (t) => (t.weights.scales[0] = Number.NaN)],
    ["a scale too many", (t) => (t.weights.scales = new Float32Array(1e4))],
    ["wide scales", (t) => (t.weights.scales = Float64Array.from(t.weights.scales))],
    ["an intercept too few", (t) => (t.weights.intercepts = new Float64Array(2))],
    ["an intercept that is NaN", (t) => (t.weights.intercepts[0] = Number.NaN)],
    ["term weights that are infinite", (t) => (gramOf(t).weights[0] = Number.POSITIVE_INFINITY)],
    ["a term weight too few", (t) => (gramOf(t).weights = gramOf(t).weights.slice(1))],
  ])("%s", (_, change) => {
    const tree: Tree = unpack(readContainer(shrink(classifier).save()));
    change(tree);
    const bytes = writeContainer(pack(tree as { [key: string]: Packable }), 2);
    expect(() => unpackModel(bytes)).toThrow(/damaged/);
  });

  const gramOf = (tree: Tree): Tree =>
    tree.encoder.columns.find((column: Tree) => column.kind === "text").grams[0];
});

describe("the format of a model file", () => {
  const versionOf = (bytes: Uint8Array): string | undefined =>
    /"version":"(\d+)"/.exec(new TextDecoder("latin1").decode(bytes.subarray(0, 200)))?.[1];

  it("is 2 for small models alone, so that older releases refuse them as too new", () => {
    expect(versionOf(classifier.save())).toBe("1");
    expect(versionOf(shrink(classifier, { keep: 0.5, bits: 64 }).save())).toBe("1");
    expect(versionOf(shrink(classifier).save())).toBe("2");
    expect(versionOf(shrink(classifier, { bits: 32 }).save())).toBe("2");
  });

  it("is never written where it would lose something", () => {
    const broken = new Classifier({ ...classifier.model, bits: 8 });
    expect(() => broken.save()).toThrow(/"weights" expected numbers of 8 bits/);
  });
});
