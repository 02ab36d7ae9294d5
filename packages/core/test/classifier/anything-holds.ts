import { expect } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import type { Row, Table } from "../../src/base/table.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { type Trained, train } from "../../src/classifier/train.ts";
import { readContainer } from "../../src/file/container.ts";
import { type Anything, oneOf } from "./anything.ts";
import { bitsOf } from "./data.ts";

/** How the work on a table ended: with a classifier, or with a sentence. */
export type Ending = "learned" | "refused";

/**
 * Trains, saves, loads and predicts. Throws where a number is not finite, probabilities are none, what was saved predicts otherwise, a
 * row alone is scored otherwise than among others, or an error is none that callers are told of.
 */
export async function expectHolds({ data, others, options }: Anything): Promise<Ending> {
  let trained: Trained;
  try {
    trained = await train(data, options);
  } catch (error) {
    expectTold(error);
    return "refused";
  }
  const { classifier } = trained;
  const bytes = classifier.save();
  expectFinite(bytes);
  const loaded = await Classifier.load(bytes);
  expect(loaded.save()).toStrictEqual(bytes);
  for (const rows of [data, others]) expectPredictions(classifier, loaded, rows);
  return "learned";
}

/** Data that cannot be used, or an option that does not fit them, in a sentence of ours. */
function expectTold(error: unknown): void {
  if (error instanceof SoftmaxError && error.code === "data") return;
  const isOption = error instanceof TypeError || error instanceof RangeError;
  if (isOption && error.message.startsWith('"')) return;
  throw error;
}

function expectFinite(bytes: Uint8Array): void {
  for (const { name, data } of readContainer(bytes).tensors) {
    const at = (data as Float64Array).findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new Error(`tensor "${name}" holds ${data[at]} at ${at}`);
  }
}

function expectPredictions(
  classifier: Classifier,
  loaded: Classifier,
  rows: readonly Row[] | Table,
): void {
  let all: Float64Array[];
  try {
    all = classifier.probabilities(rows);
  } catch (error) {
    expectTold(error);
    return;
  }
  for (const p of all) {
    if (!p.every((v) => v >= 0 && v <= 1)) throw new Error(`the probabilities are ${p.join(", ")}`);
    const sum = p.reduce((a, b) => a + b, 0);
    if (!(Math.abs(sum - 1) < 1e-12)) throw new Error(`the probabilities sum to ${sum}`);
  }
  const bits = bitsOf(all);
  expect(bitsOf(loaded.probabilities(rows))).toEqual(bits);
  expect(bitsOf(all.flatMap((_, i) => loaded.probabilities(oneOf(rows, i))))).toEqual(bits);
  const answers = loaded.answer(rows);
  expect(answers.labels.every((label) => label >= -1 && label < loaded.classes.length)).toBe(true);
}
