import { describe, expect, it } from "vitest";
import type { Matrix, StoredRows } from "../../src/base/matrix.ts";
import { storedMatrix } from "../../src/base/stored.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createKernels } from "../../src/kernels/wasm.ts";
import { createTrainer, type FitRequest, type TrainerInput } from "../../src/model/trainer.ts";
import { makeCase } from "../kernels/cases.ts";
import { sharedStoreOf, storeOf } from "../kernels/stores.ts";

/** Rows enough for samples, a warm start and several windows. */
const N = 20_000;
const made = makeCase({ n: N, k: 3, dense: 6, codes: { width: 40, perRow: 2 } }, 32);
const { X } = made;
const rowWeights = Float64Array.from({ length: N }, (_, i) => (i % 5 === 0 ? 0 : 1 + (i % 3)));
const rest = [
  { start: 0, end: 7001 },
  { start: 9003, end: N },
];

const request = (tolerance: FitRequest["tolerance"]): FitRequest => ({
  ranges: rest,
  l2: 1e-3,
  start: null,
  tolerance,
});

const inputOf = (rows: Matrix, more: Partial<TrainerInput> = {}): TrainerInput => ({
  X: rows,
  y: made.y,
  outputs: 3,
  rowWeights,
  kernels: createKernels({ bytes: 2 ** 25 }),
  worker: false,
  ...more,
});

/** What a path of two fits and the logits of the rows left out say, to the bit. */
async function bitsOf(input: TrainerInput): Promise<string[]> {
  const trainer = await createTrainer(input);
  try {
    const first = await trainer.fit(request("fold"));
    const next = { ...request("final"), l2: 1e-4, start: first.weights };
    const second = await trainer.fit(next);
    const logits = await trainer.logits(second.weights, [{ start: 7001, end: 9003 }]);
    return [
      ...[first.weights, second.weights, logits].map((part) =>
        Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("base64"),
      ),
      JSON.stringify([second.findings, second.trace]),
    ];
  } finally {
    trainer.close();
  }
}

const stored = (chunkBytes: number): Matrix =>
  storedMatrix({ ...storeOf(X), chunkBytes } satisfies StoredRows);

describe("a fit of rows that stand elsewhere", () => {
  const whole = bitsOf(inputOf(X));

  it.each([1, 300_000, 2 ** 26])(
    "has the bits of one in memory, read in this thread %i bytes at a time",
    async (bytes) => {
      expect(await bitsOf(inputOf(stored(bytes)))).toEqual(await whole);
    },
  );

  it.each([
    [20_000, 1],
    [100_000, 2],
    [2 ** 20, 3],
  ])(
    "has them where another thread reads, %i bytes at a time, for %i threads",
    async (bytes, threads) => {
      const rows = storedMatrix(sharedStoreOf(X, bytes));
      expect(await bitsOf(inputOf(rows, { worker: true, threads }))).toEqual(await whole);
    },
  );

  it("has those of the reference kernels in memory, where these are used", async () => {
    const few = makeCase({ n: 900, k: 2, dense: 3, codes: { width: 9, perRow: 1 } }, 64);
    const input = { ...inputOf(few.X), y: few.y, outputs: 2, rowWeights: null };
    const task = { ...request("final"), ranges: [{ start: 0, end: 900 }] };
    const fits = [few.X, storedMatrix(storeOf(few.X))].map(async (rows) => {
      const trainer = await createTrainer({ ...input, X: rows, kernels: createReferenceKernels() });
      return (await trainer.fit(task)).weights;
    });
    const [inMemory, elsewhere] = await Promise.all(fits);
    expect(elsewhere).toStrictEqual(inMemory);
  });

  it("leaves out indicators that no row has as one in memory does", async () => {
    const width = 4000;
    const codes = {
      width,
      perRow: 2,
      data: X.codes!.data.map((code) => (code < 0 ? code : code * 90)),
    };
    const wide = { ...X, codes };
    const inMemory = await bitsOf(inputOf(wide));
    expect(await bitsOf(inputOf(storedMatrix({ ...storeOf(wide), chunkBytes: 300_000 })))).toEqual(
      inMemory,
    );
    const rows = storedMatrix(sharedStoreOf(wide, 300_000));
    expect(await bitsOf(inputOf(rows, { worker: true }))).toEqual(inMemory);
  });

  it("ends where the thread that reads has died", async () => {
    const store = sharedStoreOf(X, 100_000);
    const dying: StoredRows = {
      ...store,
      share() {
        const shared = store.share!();
        shared.close();
        return shared;
      },
    };
    const trainer = await createTrainer(inputOf(storedMatrix(dying), { worker: true }));
    await expect(trainer.fit(request("fold"))).rejects.toThrow("the thread that reads rows ended");
    trainer.close();
  });

  it("ends with what could not be read", async () => {
    const rows = storedMatrix(sharedStoreOf(X, 100_000, 15_000));
    const trainer = await createTrainer(inputOf(rows, { worker: true }));
    await expect(trainer.fit(request("fold"))).rejects.toThrow("row 15000 cannot be read");
    trainer.close();
  });
});
