import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import type { RowBlock } from "../../src/model/blocks.ts";
import { type FitOptions, fit } from "../../src/model/fit.ts";
import { arrayStorage } from "./spools.ts";

const ROWS = 700;
const COLUMNS = 4;

function makeRows(Type: Float32ArrayConstructor | Float64ArrayConstructor) {
  const random = createRandom(11);
  const data = new Type(ROWS * COLUMNS);
  for (let at = 0; at < data.length; at++) data[at] = random.uniform() - 0.5;
  const y = Int32Array.from({ length: ROWS }, (_, i) =>
    data[i * COLUMNS] + 0.3 * random.uniform() > 0.2 ? 2 : i % 2,
  );
  const rowWeights = Float64Array.from({ length: ROWS }, () => random.uniform());
  return { data, y, rowWeights };
}

/** Blocks of `size` rows, in arrays that are filled again. */
async function* blocksOf(
  { data, y, rowWeights }: ReturnType<typeof makeRows>,
  size: number,
  weighted: boolean,
): AsyncGenerator<RowBlock> {
  const again = data.slice(0, size * COLUMNS);
  for (let start = 0; start < ROWS; start += size) {
    const rows = Math.min(size, ROWS - start);
    again.set(data.subarray(start * COLUMNS, (start + rows) * COLUMNS));
    yield {
      X: { data: again.subarray(0, rows * COLUMNS), rows, columns: COLUMNS },
      y: y.subarray(start, start + rows),
      ...(weighted ? { rowWeights: rowWeights.subarray(start, start + rows) } : {}),
    };
    again.fill(Number.NaN);
  }
}

async function* from(...blocks: readonly unknown[]): AsyncGenerator<RowBlock> {
  for (const block of blocks) yield block as RowBlock;
}

const OPTIONS: FitOptions = { worker: false, l2: 0.01 };

describe("fit of a source of blocks", () => {
  it.each([
    ["float64", Float64Array],
    ["float32", Float32Array],
  ] as const)("is the same where its rows go to a spool: %s", async (_, Type) => {
    const made = makeRows(Type);
    const whole = await fit(blocksOf(made, 97, true), OPTIONS);
    for (const bytes of [0, 5000]) {
      const storage = Object.assign(arrayStorage(2000), { bytes });
      expect(await fit(blocksOf(made, 97, true), { ...OPTIONS, storage })).toStrictEqual(whole);
      expect([storage.made, storage.open]).toEqual([1, 0]);
    }
  });

  it("names row and column of a number that is not finite in a spool, and gives the spool back", async () => {
    const storage = arrayStorage(2000);
    const made = makeRows(Float64Array);
    made.data[500 * COLUMNS + 2] = Number.NaN;
    const fitting = fit(blocksOf(made, 97, false), { ...OPTIONS, storage });
    await expect(fitting).rejects.toThrow(
      '"X" expected finite numbers, got NaN in row 500, column 2',
    );
    expect([storage.made, storage.open]).toEqual([1, 0]);
  });

  it.each([
    ["float64", Float64Array, false],
    ["float64 with weights", Float64Array, true],
    ["float32", Float32Array, true],
  ] as const)(
    "is that of the whole matrix, whatever a block holds: %s",
    async (_, Type, weighted) => {
      const made = makeRows(Type);
      const { data, y, rowWeights } = made;
      const X = { data, rows: ROWS, columns: COLUMNS };
      const whole = await fit(X, y, weighted ? { ...OPTIONS, rowWeights } : OPTIONS);
      for (const size of [1, 97, 350, ROWS]) {
        expect(await fit(blocksOf(made, size, weighted), OPTIONS)).toStrictEqual(whole);
      }
    },
  );

  it("takes rows of numbers and blocks without rows", async () => {
    const rows = [[0.1], [0.9], [0.4], [0.3]];
    const y = [0, 1, 1, 0];
    const none = { X: { data: new Float64Array(0), rows: 0, columns: 1 }, y: [] };
    const parts = from(none, { X: rows.slice(0, 3), y: y.slice(0, 3) }, none, {
      X: [[0.3]],
      y: [0],
    });
    expect(await fit(parts, OPTIONS)).toStrictEqual(await fit(rows, y, OPTIONS));
  });

  it.each([
    ["no block", [], /rows of all blocks/],
    [
      "another width",
      [
        { X: [[1, 2]], y: [0] },
        { X: [[1]], y: [1] },
      ],
      /X of row 1/,
    ],
    ["classes missing", [{ X: [[1], [2]], y: [0] }], /"y" expected 2/],
    [
      "weights that end",
      [
        { X: [[1]], y: [0], rowWeights: [1] },
        { X: [[1]], y: [1] },
      ],
      /in all/,
    ],
    ["an unknown key", [{ X: [[1]], y: [0], weights: [1] }], /weights/],
    ["no object", [null], /block/],
    [
      "a number that is none",
      [
        { X: [[1]], y: [0] },
        { X: [[Number.NaN]], y: [1] },
      ],
      /row 1/,
    ],
    [
      "two precisions",
      [
        { X: [[1]], y: [0] },
        { X: { data: new Float32Array(1), rows: 1, columns: 1 }, y: [1] },
      ],
      /Float64Array in every block, got Float32Array from row 1/,
    ],
    [
      "codes",
      [
        {
          X: { rows: 1, dense: null, codes: { width: 2, perRow: 1, data: [0] }, csr: null },
          y: [0],
        },
      ],
      /dense rows/,
    ],
  ])("refuses %s", async (_, blocks, sentence) => {
    await expect(fit(from(...blocks), OPTIONS)).rejects.toThrow(sentence);
  });

  it("refuses row weights among the options, and closes a source that it leaves", async () => {
    const given = { rowWeights: [1] } as object;
    await expect(fit(from(), given)).rejects.toThrow(/rowWeights/);
    const stop = new AbortController();
    let closed = false;
    async function* endless(): AsyncGenerator<RowBlock> {
      try {
        for (;;) {
          yield { X: [[1]], y: [0] };
          stop.abort();
        }
      } finally {
        closed = true;
      }
    }
    await expect(fit(endless(), { signal: stop.signal })).rejects.toThrow(/abort|stopped/);
    expect(closed).toBe(true);
  });
});
