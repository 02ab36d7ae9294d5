import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Row } from "../../src/base/table.ts";
import { applyCalibrator, shiftsOf, temperatureOf } from "../../src/calibrate/calibrator.ts";
import { addShifts } from "../../src/calibrate/prior.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { outputsOf, widen } from "../../src/classifier/splits.ts";
import { encode } from "../../src/encode/encoder.ts";
import { rowsToTable } from "../../src/encode/rows.ts";
import { heap } from "../../src/kernels/kernels.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { sharedKernels } from "../../src/kernels/shared.ts";

/** Made by scripts/golden/models.mjs, a folder a version. */
const folder = new URL("../fixtures/models/", import.meta.url);
const models = readdirSync(folder).flatMap((version) =>
  readdirSync(new URL(`${version}/`, folder))
    .filter((name) => name.endsWith(".safetensors"))
    .map((name) => `${version}/${name.replace(".safetensors", "")}`),
);

interface Expected {
  readonly row: Row;
  /** The bits of each class's probability. */
  readonly probabilities: readonly string[];
  readonly prediction?: object;
}

const read = (name: string): Buffer => readFileSync(new URL(name, folder));
const expectedOf = (name: string): Expected[] => JSON.parse(read(`${name}.json`).toString("utf8"));

function bitsOf(p: Float64Array): string[] {
  const view = new DataView(p.slice().buffer);
  return Array.from(p, (value, c) => {
    view.setFloat64(8 * c, value);
    return view
      .getBigUint64(8 * c)
      .toString(16)
      .padStart(16, "0");
  });
}

function numbersOf(bits: readonly string[]): number[] {
  const view = new DataView(new ArrayBuffer(8));
  return bits.map((hex) => {
    view.setBigUint64(0, BigInt(`0x${hex}`));
    return view.getFloat64(0);
  });
}

/** The probabilities by the reference kernels. */
function byReference({ model }: Classifier, rows: readonly Row[]): Float64Array[] {
  const kernels = createReferenceKernels();
  const X = encode(model.encoder, rowsToTable(rows, model.schema), heap, "f64");
  const k = model.schema.classes.length;
  const raw = new Float64Array(X.rows * outputsOf(k));
  kernels.logits(X, { start: 0, end: X.rows }, model.weights, outputsOf(k), raw);
  const Z = new Float64Array(X.rows * k);
  widen(raw, k, Z);
  applyCalibrator(model.calibrator, Z, X.rows, k, Z);
  if (model.priorShifts !== undefined) addShifts(model.priorShifts, Z, Z);
  kernels.softmax(Z, X.rows, k, 1, Z);
  return rows.map((_, i) => Z.subarray(i * k, (i + 1) * k));
}

describe("models of every released format", () => {
  it("are here", () => {
    expect(models).toContain("0.1.0/two");
    expect(models).toContain("0.1.0/many");
    expect(models).toContain("0.1.0/penguins");
    for (const name of ["small", "deciding", "crossed", "embeddings"]) {
      expect(models).toContain(`0.1.0/${name}`);
    }
  });

  it.each(models)("load and predict the same bits for ever: %s", async (name) => {
    const classifier = await Classifier.load(read(`${name}.safetensors`));
    const expected = expectedOf(name);
    const probabilities = classifier.probabilities(expected.map(({ row }) => row));
    if (sharedKernels().name === "wasm") {
      expect(probabilities.map(bitsOf)).toEqual(expected.map((row) => row.probabilities));
      const predictions = JSON.parse(
        JSON.stringify(classifier.predict(expected.map(({ row }) => row))),
      );
      expected.forEach(({ prediction }, i) => {
        if (prediction !== undefined) expect(predictions[i]).toEqual(prediction);
      });
    }
    for (const found of [
      probabilities,
      byReference(
        classifier,
        expected.map(({ row }) => row),
      ),
    ]) {
      expected.forEach((row, i) => {
        numbersOf(row.probabilities).forEach((p, c) => {
          expect(Math.abs(found[i][c] - p)).toBeLessThanOrEqual(1e-12);
        });
      });
    }
  });

  it.each(models)(
    "are rewritten by this version without a change of their content: %s",
    async (name) => {
      const classifier = await Classifier.load(read(`${name}.safetensors`));
      const again = await Classifier.load(classifier.save());
      expect(again.model).toEqual(classifier.model);
    },
  );

  it("hold every format, small weights, decisions, sets of both kinds and a prior between them", async () => {
    const bytes = models.map((name) => read(`${name}.safetensors`));
    const formats = bytes.map((file) => /"version":"(\d)"/.exec(file.toString("latin1"))![1]);
    expect(new Set(formats)).toEqual(new Set(["1", "2", "3"]));
    const loaded = await Promise.all(
      bytes.map(async (file) => (await Classifier.load(file)).model),
    );
    expect(loaded.some(({ bits }) => bits === 8)).toBe(true);
    expect(loaded.some(({ decision }) => decision?.abstention?.by === "cost")).toBe(true);
    expect(loaded.some(({ decision }) => decision?.rule === "thresholds")).toBe(true);
    expect(loaded.some(({ priorShifts }) => priorShifts !== undefined)).toBe(true);
    expect(loaded.some(({ sets }) => sets !== undefined && "folds" in sets)).toBe(true);
    expect(loaded.some(({ sets }) => sets !== undefined && !("folds" in sets))).toBe(true);
    expect(new Set(loaded.map(({ calibrator }) => calibrator.method))).toEqual(
      new Set([undefined, "dirichlet", "isotonic"]),
    );
  });

  it("hold every kind of column, indicator and calibrator between them", async () => {
    const loaded = await Promise.all(
      models.map(async (name) => (await Classifier.load(read(`${name}.safetensors`))).model),
    );
    const columns = loaded.flatMap(({ encoder }) => encoder.columns);
    expect(new Set(columns.map(({ kind }) => kind))).toEqual(
      new Set(["numeric", "categorical", "boolean", "date", "text"]),
    );
    expect(
      columns.some((c) => c.kind === "numeric" && c.knots.length > 0 && c.frequent.length > 0),
    ).toBe(true);
    expect(columns.some((c) => c.kind === "categorical" && c.other && c.missing)).toBe(true);
    expect(columns.some((c) => c.kind === "date" && c.cycles.length === 3)).toBe(true);
    expect(loaded.some(({ schema }) => schema.classes.length === 2)).toBe(true);
    expect(loaded.some(({ calibrator }) => shiftsOf(calibrator) !== null)).toBe(true);
    expect(loaded.some(({ calibrator }) => temperatureOf(calibrator) !== 1)).toBe(true);
  });
});
