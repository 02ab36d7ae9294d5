import { expect, it, vi } from "vitest";
import { Classifier } from "../../src/classifier/classifier.ts";
import { train } from "../../src/classifier/train.ts";
import { fit, predictProbabilities } from "../../src/index.ts";
import { mixedRows } from "./data.ts";

it("a thousand classifiers, loaded, asked and dropped, share one memory of the kernels", async () => {
  const rows = mixedRows(40, 3, 1);
  const { classifier } = await train(rows, { target: "kind", worker: false });
  const bytes = classifier.save();
  const expected = classifier.predict(rows[0]);
  const memories = vi.spyOn(WebAssembly, "Memory");
  for (let i = 0; i < 1000; i++) {
    expect((await Classifier.load(bytes)).predict(rows[0])).toEqual(expected);
  }
  expect(memories.mock.calls.length).toBeLessThanOrEqual(1);
  vi.restoreAllMocks();
});

it("a thousand fits, one after the other, find room", async () => {
  const X = [
    [0.2, 1],
    [1.1, 0],
    [1.4, 1],
    [1.9, 1],
    [3.2, 0],
    [2.8, 1],
  ];
  const y = [0, 0, 1, 0, 1, 1];
  const probabilities = new Set<number>();
  for (let i = 0; i < 1000; i++) {
    const fitted = await fit(X, y, { l2: 0.01, worker: false });
    probabilities.add(predictProbabilities(fitted, [[1, 1]])[1]);
  }
  expect(probabilities.size).toBe(1);
});
