import { beforeAll, describe, expect, it } from "vitest";
import type { Matrix, RowRange } from "../../src/base/matrix.ts";
import { createKernels } from "../../src/kernels/wasm.ts";
import { createTrainer, type Trainer } from "../../src/model/trainer.ts";
import { isThere, readSet, scaled } from "./sets.ts";

/** Numeric columns centred and scaled, others as codes: as the encoder would have it. */
function encodeSet(name: string): { X: Matrix; y: Int32Array; k: number } {
  const { rows, y } = readSet(name);
  // letter: the first 16,000 rows are its training rows.
  const used = Math.min(rows.length, 16_000);
  const cells = rows.slice(0, used);
  const columns = cells[0].map((_, j) => cells.map((row) => row[j]));
  const numeric = columns.filter((column) => column.every((cell) => Number.isFinite(Number(cell))));
  const texts = columns.filter((column) => !numeric.includes(column));
  const numbers = cells.map((_, i) => numeric.map((column) => Number(column[i])));
  const codes = new Int32Array(used * texts.length);
  let width = 0;
  texts.forEach((column, at) => {
    const levels = [...new Set(column)].sort();
    column.forEach((cell, i) => {
      codes[i * texts.length + at] = width + levels.indexOf(cell);
    });
    width += levels.length;
  });
  const X = {
    rows: used,
    dense: {
      width: numeric.length,
      data: Float64Array.from(scaled(numbers, true).flat()),
    },
    codes: texts.length === 0 ? null : { width, perRow: texts.length, data: codes },
    csr: null,
  };
  return { X, y: Int32Array.from(y.slice(0, used)), k: Math.max(...y) + 1 };
}

describe.each([
  ["german", 24],
  ["letter", 21],
])("a fold's early stop on %s (skipped without ../shared/data)", (name, penalties) => {
  const there = isThere(name);
  const { X, y, k } = there ? encodeSet(name) : { X: null as never, y: new Int32Array(0), k: 2 };
  const outputs = k === 2 ? 1 : k;
  const kernels = createKernels({ bytes: 2 ** 23 });
  let trainer: Trainer;
  beforeAll(async () => {
    if (there) trainer = await createTrainer({ X, y, outputs, rowWeights: null, kernels });
    return () => trainer?.close();
  });

  /** Judged log losses along the path, and the passes that it took. */
  async function path(judge: RowRange, tolerance: "fold" | number) {
    const ranges = [
      { start: 0, end: judge.start },
      { start: judge.end, end: X.rows },
    ].filter(({ start, end }) => end > start);
    const losses: number[] = [];
    let passes = 0;
    let start: Float64Array | null = null;
    for (let i = 0; i < penalties; i++) {
      const fit = await trainer.fit({ ranges, l2: 10 * 10 ** ((-7 * i) / 29), start, tolerance });
      start = fit.weights;
      passes += fit.evaluations;
      const G = new Float64Array(start.length);
      const loss = kernels.lossGradient(X, y, null, judge, start, outputs, G);
      losses.push(loss / (judge.end - judge.start));
    }
    return { losses, passes };
  }

  it.skipIf(!there)(
    "leaves the judged loss within 1e-4 of the converged one, for fewer passes",
    async () => {
      const fifth = Math.floor(X.rows / 5);
      for (const start of name === "letter" ? [fifth] : [0, 3 * fifth]) {
        const judge = { start, end: start + fifth };
        const early = await path(judge, "fold");
        const whole = await path(judge, 1e-7);
        early.losses.forEach((loss, i) => {
          expect(Math.abs(loss / whole.losses[i] - 1)).toBeLessThan(1e-4);
        });
        expect(early.passes).toBeLessThan(0.85 * whole.passes);
      }
    },
  );
});
