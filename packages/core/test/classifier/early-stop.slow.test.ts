import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { rowLosses } from "../../src/base/losses.ts";
import type { Row } from "../../src/base/table.ts";
import { penaltyGrid } from "../../src/classifier/path.ts";
import { prepare } from "../../src/classifier/prepare.ts";
import { openTrainer, outputsOf, widen } from "../../src/classifier/splits.ts";
import { encode, fitEncoder } from "../../src/encode/encoder.ts";
import { createKernels } from "../../src/kernels/wasm.ts";

const shared = new URL("../../../../../shared/data/", import.meta.url);

/** Rows of a shared file without quotes inside its cells. */
function rowsOf(path: string, delimiter: string, header: boolean): Row[] {
  const bytes = readFileSync(new URL(path, shared));
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  const cells = lines.map((line) => line.replaceAll('"', "").trim().split(delimiter));
  const names = header ? cells[0] : cells[0].map((_, at) => `column${at + 1}`);
  return cells
    .slice(header ? 1 : 0)
    .map((row) => Object.fromEntries(names.map((n, at) => [n, row[at]])));
}

/** Along the path, for every split: the largest relative difference of a fold's loss to the converged one. */
async function worstStop(
  rows: readonly Row[],
  target: string,
  every: number,
  splits: number,
): Promise<number> {
  const { table, schema, used, shapes, order, y, k, plan, s, classWeights, group } = prepare(rows, {
    target,
  });
  let worst = 0;
  for (const shape of shapes) {
    const kernels = createKernels({ bytes: 2 ** 28 });
    const X = encode(fitEncoder(table, schema, used, shape), table, kernels.allocate, "f64", order);
    const trainer = await openTrainer({
      X,
      y,
      k,
      s,
      classWeights,
      plan,
      group,
      kernels,
      worker: false,
      signal: null,
    });
    for (const { train: ranges, judge } of plan.splits.slice(0, splits)) {
      const lossAt = async (weights: Float64Array): Promise<number> => {
        const n = judge.end - judge.start;
        const Z = new Float64Array(n * k);
        widen(await trainer.logits(weights, [judge]), k, Z);
        const losses = rowLosses(Z, y.subarray(judge.start, judge.end), n, k);
        return losses.reduce((a, b) => a + b, 0) / n;
      };
      expect(outputsOf(k)).toBe(k === 2 ? 1 : k);
      let start: Float64Array | null = null;
      for (const [at, l2] of penaltyGrid(X, 30).entries()) {
        const { weights } = await trainer.fit({ ranges, l2, start, tolerance: "fold" });
        start = weights;
        if (at % every !== 0) continue;
        const converged = await trainer.fit({ ranges, l2, start, tolerance: 1e-7 });
        const [stopped, best] = [await lossAt(weights), await lossAt(converged.weights)];
        worst = Math.max(worst, Math.abs(stopped - best) / best);
      }
    }
    trainer.close();
  }
  return worst;
}

describe.skipIf(!existsSync(shared))("a fold's early stop", () => {
  it("leaves the out-of-fold loss of german within 1e-4 of the converged one, at every penalty", async () => {
    const worst = await worstStop(rowsOf("german-credit/german.csv", ",", false), "column21", 1, 5);
    expect(worst).toBeLessThan(1e-4);
  }, 600_000);

  it("leaves that of letter within 1e-4, at every sixth penalty", async () => {
    const worst = await worstStop(
      rowsOf("letter/LetterRecognition.csv.gz", ",", true),
      "lettr",
      6,
      1,
    );
    expect(worst).toBeLessThan(1e-4);
  }, 1_800_000);
});
