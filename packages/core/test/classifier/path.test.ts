import { describe, expect, it } from "vitest";
import type { Matrix } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import { meanLoss } from "../../src/classifier/candidates.ts";
import { planFolds } from "../../src/classifier/folds.ts";
import { penaltyGrid, refinePath, runPath } from "../../src/classifier/path.ts";
import type { PathInput } from "../../src/classifier/splits.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createTrainer, type Trainer } from "../../src/model/trainer.ts";

const N = 200;

function inputOf(y: Int32Array, k: number, given: Partial<PathInput> = {}): PathInput {
  const random = createRandom(3);
  const data = Float64Array.from({ length: 2 * y.length }, () => random.uniform() - 0.5);
  const plan = planFolds({
    y,
    k,
    group: null,
    time: null,
    seed: 1,
    folds: 5,
    holdOutAbove: 50_000,
  });
  return {
    X: { rows: y.length, dense: { width: 2, data }, codes: null, csr: null },
    y: plan.order.map((i) => y[i]),
    k,
    s: null,
    classWeights: null,
    plan,
    group: null,
    method: {},
    seed: 1,
    kernels: createReferenceKernels(),
    worker: false,
    signal: null,
    l1Ratio: 0,
    bayes: false,
    bag: null,
    focal: null,
    ...given,
  };
}

/** A trainer whose logit of class 1 is what `z` says of the penalty and the row. */
function scripted(z: (l2: number, row: number) => number): Trainer & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    async fit({ l2 }) {
      asked.push(l2);
      return { weights: Float64Array.of(l2) } as Awaited<ReturnType<Trainer["fit"]>>;
    },
    async logits([l2], ranges) {
      return Float64Array.from(
        ranges.flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => z(l2, start + i)),
        ),
      );
    },
    fitNetwork: () => Promise.reject(new Error("no network was asked for")),
    close() {},
  };
}

const halves = Int32Array.from({ length: N }, (_, i) => i % 2);
const GRID = Array.from({ length: 30 }, (_, i) => 30 - i);

const walked = async (z: (l2: number, row: number) => number): Promise<number[]> => {
  const { candidates } = await runPath(inputOf(halves, 2), [scripted(z)], 0, GRID, () => {});
  return candidates.map(({ l2 }) => l2);
};

describe("the penalty path", () => {
  it("ends after four successive penalties that are clearly worse than the best", async () => {
    const input = inputOf(halves, 2);
    const right = (row: number): number => (input.y[row] === 1 ? 1 : -1);
    // Good down to 24, then ever surer of the wrong class.
    expect(await walked((l2, row) => right(row) * (l2 >= 24 ? 31 - l2 : l2 - 24))).toEqual([
      30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20,
    ]);
  });

  it("goes on through three bad ones and to the end where worse is within a standard error", async () => {
    const input = inputOf(halves, 2);
    const right = (row: number): number => (input.y[row] === 1 ? 1 : -1);
    const bad = new Set([27, 26, 25, 23, 22, 21]);
    expect(await walked((l2, row) => right(row) * (bad.has(l2) ? -3 : 3))).toEqual(GRID);
    const wobble = (l2: number, row: number): number => (l2 % 2 === 0 ? 1 : -1) * ((row % 3) - 1);
    expect(await walked(wobble)).toEqual(GRID);
  });

  it("keeps the logits of the best penalty and drops those that no choice can fall on", async () => {
    const input = inputOf(halves, 2);
    const right = (row: number): number => (input.y[row] === 1 ? 1 : -1);
    const trainer = scripted((l2, row) => right(row) * (31 - l2));
    const { candidates } = await runPath(input, [trainer], 0, GRID, () => {});
    expect(candidates.map(({ Z }) => Z !== null).indexOf(true)).toBe(29);
  });

  it("has 30 penalties from 10 to 1e-6 times the largest mean square, indicators included", () => {
    const X: Matrix = {
      rows: 4,
      dense: { width: 1, data: Float64Array.of(2, -2, 2, -2) },
      codes: { width: 2, perRow: 1, data: Int32Array.of(0, 0, 0, -1) },
      csr: null,
    };
    const grid = penaltyGrid(X, 30);
    expect(grid).toHaveLength(30);
    expect(grid[0]).toBeCloseTo(40, 10);
    expect(grid[29] / 4e-6).toBeCloseTo(1, 10);
    expect(grid[1] / grid[0]).toBeCloseTo(grid[29] / grid[28], 10);
    const codesAlone = { ...X, dense: null };
    expect(penaltyGrid(codesAlone, 30)[0]).toBeCloseTo(7.5, 10);
    expect(penaltyGrid({ ...X, dense: null, codes: null }, 30)[0]).toBe(10);
  });
});

describe("the penalty path of texts", () => {
  const COARSE = [8, 7, 6, 5, 4, 3, 2, 1].map((power) => 4 ** power);
  /** Right by so much at each power of four. */
  const ofTexts = async (right: (power: number) => number) => {
    const own = inputOf(halves, 2);
    const csr = {
      width: 1,
      starts: Int32Array.from({ length: N + 1 }, (_, i) => i),
      columns: new Int32Array(N),
      values: new Float64Array(N).fill(1),
    };
    const input = { ...own, X: { rows: N, dense: null, codes: null, csr } };
    const trainer = scripted((l2, row) => (own.y[row] === 1 ? 1 : -1) * right(Math.log2(l2) / 2));
    const { candidates } = await runPath(input, [trainer], 0, COARSE, () => {});
    const powers = (of: typeof candidates): number[] => of.map(({ l2 }) => Math.log2(l2) / 2);
    const refined = await refinePath(input, [trainer], COARSE, candidates, () => {});
    return { path: powers(candidates), between: powers(refined.slice(candidates.length)), refined };
  };

  it("begins at the third penalty, ends after one that is clearly worse, and looks beside the best", async () => {
    const { path, between, refined } = await ofTexts((power) => 3 - Math.abs(power - 4));
    expect(path).toEqual([6, 5, 4, 3]);
    expect(between).toEqual([4.5, 3.5]);
    expect(refined.filter(({ Z }) => Z !== null).map(({ l2 }) => l2)).toEqual([4 ** 4]);
  });

  it("goes up as long as the largest penalty tried would be chosen", async () => {
    expect((await ofTexts((power) => 3 - Math.abs(power - 7))).path).toEqual([8, 7, 6, 5]);
    expect((await ofTexts((power) => power / 4)).path).toEqual([8, 7, 6, 5]);
    // No better than the third, by which it is preferred.
    expect((await ofTexts(() => 0)).path).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it("finds the penalty between two where it is the best", async () => {
    const { refined } = await ofTexts((power) => 3 - Math.abs(power - 3.5));
    expect(refined.filter(({ Z }) => Z !== null).map(({ l2 }) => l2)).toEqual([4 ** 3.5]);
  });
});

describe("a class that a split's training rows lack", () => {
  const lossesOf = async (y: Int32Array, k: number, given: Partial<PathInput> = {}) => {
    const input = inputOf(y, k, given);
    const { X, kernels } = input;
    const trainer = await createTrainer({
      X,
      y: input.y,
      outputs: k,
      rowWeights: input.s,
      kernels,
      worker: false,
    });
    const { candidates, absent } = await runPath(input, [trainer], 0, [1], () => {});
    return { candidates, absent, input };
  };

  it("is scored there with the probability 1/(2n), the others sharing the rest", async () => {
    const y = Int32Array.from({ length: 50 }, (_, i) => (i === 0 ? 2 : i % 2));
    const { candidates, absent, input } = await lossesOf(y, 3);
    const own = input.y.indexOf(2);
    const trained =
      50 -
      input.plan.splits[input.plan.partOf[0]].judge.end +
      input.plan.splits[input.plan.partOf[0]].judge.start;
    expect([...absent]).toEqual([2]);
    expect(candidates[0].losses[own]).toBeCloseTo(Math.log(2 * trained), 10);
    const z = candidates[0].Z!.subarray(3 * own, 3 * own + 3);
    const e = z.map((v) => Math.exp(v - z[2]));
    expect(1 / (e[0] + e[1] + 1)).toBeCloseTo(1 / (2 * trained), 12);
  });

  it("is one that has rows but no weight there", async () => {
    const y = Int32Array.from({ length: 60 }, (_, i) => i % 3);
    const input = inputOf(y, 3);
    let seen = 0;
    // Of class 2 only one row has weight: the split that judges it trains without the class.
    const s = Float64Array.from(input.y, (c) => (c === 2 && seen++ > 0 ? 0 : 1));
    const { candidates, absent } = await lossesOf(y, 3, { s });
    expect([...absent]).toEqual([2]);
    expect(meanLoss(candidates[0])).toBeLessThan(2);
  });

  it("never takes more than half of the probability, however few rows are left", async () => {
    const y = Int32Array.of(0, 1, 2, 3);
    const plan = {
      ...inputOf(y, 4).plan,
      splits: [
        { judge: { start: 0, end: 3 }, train: [{ start: 3, end: 4 }] },
        { judge: { start: 3, end: 4 }, train: [{ start: 0, end: 3 }] },
      ],
    };
    const { candidates } = await lossesOf(y, 4, { plan });
    expect([...candidates[0].losses].every(Number.isFinite)).toBe(true);
  });
});
