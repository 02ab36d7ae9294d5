import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { createRandom } from "../../src/base/random.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { train } from "../../src/classifier/train.ts";
import { bitsOf, type MixedRow, mixedRows } from "./data.ts";

const cell = {
  number: fc.oneof(
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -3, max: 3 }),
  ),
  text: fc.constantFrom(null, "", "a", "b", "007", "7", "7.0", "NA", "é", " x "),
  boolean: fc.constantFrom(null, true, false),
  day: fc.constantFrom(null, "2024-02-29", "2023-12-31", "2024-01-01T10:30:00", "1999-07-04"),
  label: fc.constantFrom("yes", "no", "maybe"),
};
const row = fc.record(cell);

/** Small tables of any content that training accepts. */
const tables = fc
  .tuple(fc.array(row, { minLength: 3, maxLength: 25 }), fc.integer({ min: 0, max: 9 }))
  .filter(([rows]) => new Set(rows.map(({ label }) => label)).size >= 2);

describe("a classifier saved and loaded", () => {
  it("predicts the same bits, whatever small table it was trained on", async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.array(row, { maxLength: 8 }), async ([rows, seed], more) => {
        const { classifier } = await train(rows, { target: "label", seed, worker: false });
        const loaded = await Classifier.load(classifier.save());
        const all = [...rows, ...more];
        expect(bitsOf(loaded.probabilities(all))).toEqual(bitsOf(classifier.probabilities(all)));
        expect(loaded.save()).toEqual(classifier.save());
        for (const p of classifier.probabilities(all)) {
          expect(Math.abs(p.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-12);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("is the same file byte by byte when trained again, in a worker or not, and another for another seed's folds", async () => {
    const rows = mixedRows(120, 3, 1);
    const saved = async (seed: number, worker = true) =>
      (await train(rows, { target: "kind", seed, worker })).classifier.save();
    expect(await saved(4)).toEqual(await saved(4, false));
    expect(await saved(4)).not.toEqual(await saved(5));
  });
});

describe("threads", () => {
  it.each([2, 3])(
    "change no byte of the file, whether 1, 2, 3, 4 or 8 work, with %i classes",
    async (k) => {
      const rows = mixedRows(400, k, 5);
      const saved = async (threads: number) =>
        (await train(rows, { target: "kind", threads })).classifier.save();
      const alone = await saved(1);
      for (const threads of [2, 3, 4, 8]) expect(await saved(threads)).toEqual(alone);
    },
  );

  // So many words that workers fit them.
  const texts = (k: number) => {
    const random = createRandom(k);
    return Array.from({ length: 600 }, (_, i) => ({
      label: `c${i % k}`,
      day: i,
      text: Array.from(
        { length: 1100 },
        () => `w${Math.floor(3000 * random.uniform()) + 300 * (i % k)}`,
      ).join(" "),
    }));
  };
  const asked = { target: "label", text: ["text"] } as const;
  const ways = { words: [1, 1] } as const;

  it.each([2, 3])(
    "change none of a classifier of texts either, whose folds are fitted beside each other, with %i classes",
    async (k) => {
      const rows = texts(k).map(({ day: _day, ...row }) => row);
      const saved = async (threads: number) =>
        (
          await train(rows, { ...asked, threads, texts: { ...ways, weights: "bayes" } })
        ).classifier.save();
      const alone = await saved(1);
      for (const threads of [2, 8]) expect(await saved(threads)).toEqual(alone);
    },
  );

  it.each([2, 3])(
    "change nothing where the latest rows judge, and ways of taking texts are tried beside each other, with %i classes",
    async (k) => {
      const trained = async (threads: number) => {
        const shares: number[] = [];
        const { classifier, report } = await train(texts(k), {
          ...{ ...asked, time: "day", threads, texts: ways },
          onProgress: ({ fraction }) => shares.push(fraction),
        });
        expect(shares).toEqual(shares.toSorted((a, b) => a - b));
        return { file: classifier.save(), choice: report.choice };
      };
      const alone = await trained(1);
      expect(alone.choice.tried.length).toBeGreaterThan(1);
      for (const threads of [2, 8]) expect(await trained(threads)).toEqual(alone);
    },
  );

  it.each([0, 1.5, 2000])("are refused where they are %d", async (threads) => {
    await expect(train(mixedRows(30, 2, 1), { target: "kind", threads })).rejects.toThrow(
      /"threads" expected/,
    );
  });
});

describe("a row", () => {
  it("keeps its probabilities when the next one is asked for, at any temperature", async () => {
    const rows = mixedRows(60, 3, 2);
    const { classifier } = await train(rows, { target: "kind", worker: false });
    for (const temperature of [1, 2]) {
      const [first] = classifier.probabilities([rows[0]], { temperature });
      const kept = first.slice();
      classifier.probabilities([rows[1]], { temperature });
      expect(first).toEqual(kept);
      expect(first).toEqual(classifier.probabilities(rows, { temperature })[0]);
    }
  });

  it.each([2, 3, 7])(
    "has the same bits alone, in a batch and in any order, with %i classes",
    async (k) => {
      const rows = mixedRows(60 + k, k, k);
      const { classifier } = await train(rows, { target: "kind", worker: false });
      const together = bitsOf(classifier.probabilities(rows));
      expect(rows.flatMap((one) => bitsOf(classifier.probabilities([one])))).toEqual(together);
      const turned = (items: readonly string[] | readonly MixedRow[]) => [...items].reverse();
      expect(bitsOf(classifier.probabilities(turned(rows) as MixedRow[]))).toEqual(
        turned(together),
      );
      for (let size = 2; size < 12; size++) {
        expect(bitsOf(classifier.probabilities(rows.slice(3, 3 + size)))).toEqual(
          together.slice(3, 3 + size),
        );
      }
    },
  );

  it("beyond a block of 4,096 has the bits that it has alone", async () => {
    const rows = mixedRows(90, 3, 8);
    const { classifier } = await train(rows, { target: "kind", worker: false });
    const many = Array.from({ length: 4200 }, (_, i) => rows[i % rows.length]);
    const bits = bitsOf(classifier.probabilities(many));
    const alone = bitsOf(classifier.probabilities(rows));
    expect(bits.every((b, i) => b === alone[i % rows.length])).toBe(true);
  });

  it("of no rows is no prediction", async () => {
    const { classifier } = await train(mixedRows(40, 2, 3), { target: "kind", worker: false });
    expect(classifier.predict([])).toEqual([]);
    expect(classifier.probabilities([])).toEqual([]);
  });

  it("without a column that the model reads is refused, and every such column named", async () => {
    const { classifier } = await train(mixedRows(60, 2, 3), { target: "kind", worker: false });
    expect(() => classifier.predict({ length: 1, rooms: 2, tiny: 0, code: "001" })).toThrow(
      /lacks the columns "town", "smokes", "seen"/,
    );
    expect(() =>
      classifier.predict({ ...mixedRows(1, 2, 1)[0], rooms: undefined, Rooms: 3 }),
    ).not.toThrow();
  });
});

describe("a trained model of about 10 KiB", () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    const rows = mixedRows(300, 24, 2);
    const { classifier } = await train(rows, { target: "kind", folds: 2 });
    bytes = classifier.save();
  });

  const refused = async (damaged: Uint8Array): Promise<boolean> => {
    try {
      await Classifier.load(damaged);
      return false;
    } catch (error) {
      return error instanceof SoftmaxError && error.code === "model";
    }
  };

  it("is refused with any one bit flipped", async () => {
    expect(bytes.length).toBeGreaterThan(8_000);
    expect(bytes.length).toBeLessThan(16_000);
    const passed: number[] = [];
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 1 << (at % 8);
      if (!(await refused(damaged))) passed.push(at);
    }
    expect(passed).toEqual([]);
  });

  it("is refused cut off anywhere, or with a byte added", async () => {
    const passed: number[] = [];
    for (let length = 0; length < bytes.length; length++) {
      if (!(await refused(bytes.subarray(0, length)))) passed.push(length);
    }
    if (!(await refused(Uint8Array.of(...bytes, 0)))) passed.push(bytes.length + 1);
    expect(passed).toEqual([]);
  });
});
