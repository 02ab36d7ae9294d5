import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import type { Row, Table } from "../../src/base/table.ts";
import type { TrainOptions } from "../../src/classifier/options.ts";
import { train } from "../../src/classifier/train.ts";
import { softmaxTable } from "./data.ts";
import { memoryJournal } from "./journals.ts";

type Data = Table | readonly Row[];
async function bytesOf(data: Data, options: TrainOptions): Promise<string> {
  const { classifier, report } = await train(data, options);
  const digest = createHash("sha256").update(classifier.save()).update(JSON.stringify(report));
  return digest.digest("hex");
}

/** Notes whose words lean on their class. */
function noteRows(n: number, k: number, seed = 3): Row[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, (_, i) => {
    const c = i % k;
    const word = (): string =>
      `w${random.uniform() < 0.3 ? 20 * (c + 1) + random.below(6) : random.below(20)}`;
    return {
      note: Array.from({ length: 8 }, word).join(" "),
      size: random.uniform() + c / 4,
      y: `c${c}`,
    };
  });
}

const onlyTexts = (rows: readonly Row[]): Row[] => rows.map(({ note, y }) => ({ note, y }));

/** Ten rows of a third class that one fold's training rows may lack, by groups. */
function lackingRows(): Row[] {
  const random = createRandom(5);
  return Array.from({ length: 90 }, (_, i) => {
    const rare = i >= 80;
    const c = rare ? 2 : i % 2;
    return {
      x: random.uniform() + c,
      z: random.uniform(),
      g: rare ? "rare" : `g${i % 9}`,
      y: `c${c}`,
    };
  });
}

const WORDS = { text: ["note"], texts: { words: [1, 1], weights: "tf-idf" } } as const;

const CASES: readonly (readonly [string, Data, Partial<TrainOptions>])[] = [
  ["numbers, two classes", softmaxTable(80, 2, 1), { folds: 3 }],
  [
    "numbers, three classes, class weights",
    softmaxTable(80, 3, 2),
    { classWeights: "balanced", linear: true },
  ],
  [
    "numbers, two threads",
    softmaxTable(200, 3, 2),
    { l2: 1e-4, linear: true, folds: 2, threads: 2, worker: true },
  ],
  ["texts and numbers", noteRows(60, 3), { ...WORDS, linear: true, folds: 3 }],
  ["texts, two classes", onlyTexts(noteRows(60, 2)), { text: ["note"], folds: 3 }],
  [
    "texts, three classes, two threads",
    onlyTexts(noteRows(90, 3)),
    { ...WORDS, folds: 2, threads: 2, worker: true },
  ],
  [
    "texts by Bayes",
    onlyTexts(noteRows(60, 3)),
    { ...WORDS, texts: { words: [1, 1], weights: "bayes" } },
  ],
  ["more folds than a trainer remembers", onlyTexts(noteRows(60, 3)), { ...WORDS, folds: 18 }],
  [
    "embeddings",
    onlyTexts(noteRows(90, 3)),
    { text: ["note"], texts: { embeddings: 4, epochs: 4 } },
  ],
  ["an L1 part", softmaxTable(60, 3, 6), { l1Ratio: 0.5, linear: true, folds: 3 }],
  ["a class that folds lack", lackingRows(), { group: "g", linear: true, folds: 3 }],
  ["Newton's method", softmaxTable(60, 3, 2), { optimizer: "newton", linear: true, folds: 3 }],
  ["sgd", softmaxTable(60, 2, 2), { optimizer: "sgd", epochs: 3, linear: true, l2: 0.01 }],
  ["focal loss", softmaxTable(60, 2, 2), { loss: "focal", focalGamma: 2, linear: true, l2: 0.01 }],
  [
    "sets over folds",
    softmaxTable(60, 2, 2),
    { sets: { coverage: 0.8, cvPlus: true }, linear: true, l2: 0.01 },
  ],
  ["a learning curve", softmaxTable(80, 2, 2), { learningCurve: true, linear: true, l2: 0.01 }],
];

/** `count` numbers from 0 to `most`, the ends among them. */
const spread = (most: number, count: number): number[] => [
  ...new Set(Array.from({ length: count }, (_, i) => Math.round((most * i) / (count - 1)))),
];

describe("a training that goes on from a checkpoint", () => {
  it.each(CASES)("ends with the same bytes: %s", async (_, data, given) => {
    const options: TrainOptions = { target: "y", worker: false, ...given };
    const whole = await bytesOf(data, options);
    const first = memoryJournal();
    expect(await bytesOf(data, { ...options, checkpoint: first.journal })).toBe(whole);
    expect(first.history.length).toBeGreaterThan(5);
    for (const n of spread(first.history.length, 6)) {
      const { journal } = memoryJournal(first.history.slice(0, n));
      expect(await bytesOf(data, { ...options, checkpoint: journal }), `after ${n} saves`).toBe(
        whole,
      );
    }
  });

  it("that was stopped saves what it has, and loses none of it", async () => {
    const data = softmaxTable(80, 3, 2);
    const options: TrainOptions = { target: "y", worker: false, linear: true };
    const whole = await bytesOf(data, options);
    for (const after of [1, 20, 77]) {
      const { journal, kept, history } = memoryJournal([], 1e9);
      const controller = new AbortController();
      let told = 0;
      const onProgress = (): void => {
        if (++told === after) controller.abort();
      };
      const { signal } = controller;
      const stopped = train(data, { ...options, checkpoint: journal, signal, onProgress });
      await expect(stopped).rejects.toMatchObject({ code: "aborted" });
      expect(kept.size).toBeGreaterThan(0);
      const saved = history.length;
      expect(await bytesOf(data, { ...options, checkpoint: journal })).toBe(whole);
      expect(history.length).toBeGreaterThan(saved);
    }
  });

  it("says which part is damaged, or of another training", async () => {
    const data = softmaxTable(60, 2, 1);
    const options: TrainOptions = { target: "y", worker: false, linear: true, l2: 0.01 };
    const first = memoryJournal();
    await train(data, { ...options, checkpoint: first.journal });
    const [key, other] = ["encoding-0-split-1", "encoding-0-split-2"];
    const goOn = (change: (bytes: Uint8Array) => Uint8Array | undefined): Promise<unknown> => {
      const bytes = change(first.kept.get(key)!.slice());
      const saves = bytes === undefined ? [] : [[key, bytes] as const];
      return train(data, {
        ...options,
        checkpoint: memoryJournal([...first.kept, ...saves]).journal,
      });
    };
    const flipped = goOn((bytes) => bytes.map((byte, at) => (at === 300 ? byte ^ 1 : byte)));
    await expect(flipped).rejects.toMatchObject({
      code: "data",
      message: `the part "${key}" of the checkpoint is damaged: its bytes are not what was written; remove that part, and its fits are made anew`,
    });
    await expect(goOn((bytes) => bytes.subarray(0, 9))).rejects.toThrow("is damaged: its bytes");
    await expect(goOn(() => new Uint8Array(0))).rejects.toThrow("is damaged: its bytes");
    await expect(goOn(() => first.kept.get(other))).rejects.toThrow("it is another part");
    const { journal } = memoryJournal([...first.kept]);
    await expect(train(data, { ...options, l2: 0.1, checkpoint: journal })).rejects.toThrow(
      "its fits are not those of this training",
    );
  });

  it("fails where a journal cannot save, with its words", async () => {
    const save = (): Promise<void> => Promise.reject(new Error("the disk is full"));
    const checkpoint = { everyMs: 0, load: async () => null, save };
    const options: TrainOptions = { target: "y", worker: false, checkpoint };
    await expect(train(softmaxTable(60, 2, 1), options)).rejects.toThrow("the disk is full");
  });

  it.each([
    [null, '"checkpoint" expected an object that can load and save, got null'],
    [{ save() {} }, '"checkpoint" expected an object that can load and save, got object'],
    [{ load() {}, save() {}, everyMs: -1 }, '"checkpoint.everyMs" expected a number from 0'],
  ])("expects a journal, not %j", async (checkpoint, words) => {
    const options = { target: "y", checkpoint } as unknown as TrainOptions;
    await expect(train(softmaxTable(60, 2, 1), options)).rejects.toThrow(words);
  });
});
