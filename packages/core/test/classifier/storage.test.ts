import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { type Row, train } from "../../src/index.ts";
import { arrayStorage } from "../model/spools.ts";

/** Numbers that bend, levels, a date and holes; two classes or three. */
function rowsOf(n: number, classes: number): Row[] {
  const random = createRandom(5);
  return Array.from({ length: n }, (_, i) => {
    const x = random.uniform() * 10;
    const colour = ["red", "green", "blue"][random.below(3)];
    const z = Math.abs(x - 5) + (colour === "red" ? 2 : 0) + random.uniform() * 3;
    return {
      x: i % 11 === 0 ? null : x,
      colour,
      day: `2026-0${1 + random.below(9)}-1${random.below(10)}`,
      flag: random.below(2) === 0,
      y: `class ${Math.min(classes - 1, Math.floor(z / 3))}`,
    };
  });
}

describe("a training whose rows are spooled", () => {
  it.each([
    [2, 1],
    [3, 20_000],
  ])(
    "of %i classes gives the same model and report, in chunks of %i bytes",
    async (classes, chunkBytes) => {
      const data = rowsOf(700, classes);
      const inMemory = await train(data, { target: "y", worker: false });
      const storage = arrayStorage(chunkBytes);
      const spooled = await train(data, { target: "y", worker: false, storage });
      expect(storage.made).toBeGreaterThan(1);
      expect(spooled.classifier.save()).toStrictEqual(inMemory.classifier.save());
      expect(spooled.report).toStrictEqual(inMemory.report);
      expect(storage.open).toBe(0);
    },
  );

  it("keeps in memory what may stand there", async () => {
    const storage = { ...arrayStorage(1000), bytes: 1e6 };
    await train(rowsOf(100, 2), { target: "y", worker: false, storage });
    expect(storage.made).toBe(0);
  });

  it("gives every spool back where it fails", async () => {
    const storage = arrayStorage(1000);
    const { create } = storage;
    const full = () => {
      throw new Error("the disk is full");
    };
    const failing = {
      ...storage,
      create: (...of: Parameters<typeof create>) => ({ ...create(...of), write: full }),
    };
    const training = train(rowsOf(100, 2), { target: "y", worker: false, storage: failing });
    await expect(training).rejects.toThrow("the disk is full");
    expect(storage.open).toBe(0);
  });

  it.each([
    ["optimizer", { optimizer: "sgd" }],
    ["l1Ratio", { l1Ratio: 0.5 }],
  ] as const)("says that %s needs its rows in memory", async (name, option) => {
    const storage = arrayStorage(1000);
    const training = train(rowsOf(100, 2), { target: "y", worker: false, storage, ...option });
    await expect(training).rejects.toThrow(`"${name}" needs its rows in memory`);
    expect(storage.open).toBe(0);
  });
});
