import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { rowLosses } from "../../src/base/losses.ts";
import type { CsrBlock, Matrix } from "../../src/base/matrix.ts";
import { createRandom } from "../../src/base/random.ts";
import type { Kernels } from "../../src/kernels/kernels.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { sharedKernels } from "../../src/kernels/shared.ts";
import { createKernels, type WasmKernels } from "../../src/kernels/wasm.ts";
import { type BagFit, type BagTask, bagFitBytes, fitBag } from "../../src/model/bag.ts";
import type { Problem } from "../../src/model/contracts.ts";
import { bagLogits, collapseBag, embedRows, factorSizes } from "../../src/model/factors.ts";
import { pairLogits } from "../../src/model/logits.ts";
import { run } from "../../src/optim/contracts.ts";

const ENTRIES = 8;

/** Rows of 8 features, of which about 3 are among the 6 that go with their class; weights 1/8. */
function textLike(n: number, d: number, classes: number, seed = 1): Problem {
  const random = createRandom(seed);
  const own = Int32Array.from({ length: 6 * classes }, (_, at) => (at * 37) % d);
  const y = Int32Array.from({ length: n }, () => random.below(classes));
  const columns = new Int32Array(ENTRIES * n);
  for (let e = 0; e < columns.length; e++) {
    const c = y[Math.floor(e / ENTRIES)];
    columns[e] = random.uniform() < 0.4 ? own[6 * c + random.below(6)] : random.below(d);
  }
  const starts = Int32Array.from({ length: n + 1 }, (_, i) => ENTRIES * i);
  const values = new Float32Array(columns.length).fill(1 / ENTRIES);
  const X = sparse(n, { width: d, starts, columns, values });
  return { X, y, outputs: classes === 2 ? 1 : classes, rowWeights: null };
}

const sparse = (rows: number, csr: CsrBlock): Matrix => ({ rows, dense: null, codes: null, csr });

const bytesOf = (problem: Problem, task: BagTask): number =>
  bagFitBytes(problem, task) +
  16 * (problem.X.csr?.values.length ?? 0) +
  32 * problem.X.rows +
  2 ** 20;

function fitted(problem: Problem, options: Partial<BagTask> = {}, kernels?: Kernels): BagFit {
  const task = { ranges: [{ start: 0, end: problem.X.rows }], ...options };
  return run(fitBag(problem, kernels ?? createKernels({ bytes: bytesOf(problem, task) }), task));
}

/** Mean loss of some rows. */
function lossOn(fit: BagFit, { X, y }: Problem, start = 0): number {
  const Z = new Float64Array(X.rows * fit.classes);
  Z.set(bagLogits(fit, X));
  if (fit.outputs === 1) pairLogits(Z, X.rows);
  const losses = rowLosses(Z, y, X.rows, fit.classes).subarray(start);
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

describe("fitBag", () => {
  it.each([2, 3, 20])("learns %i classes from rows that it is judged on anew", (classes) => {
    const fit = fitted(textLike(3000, 500, classes), { epochs: 20 });
    const loss = lossOn(fit, textLike(1000, 500, classes, 2));
    expect(loss).toBeLessThan(0.5 * Math.log(classes));
    expect(fit.epochLoss).toHaveLength(20);
    expect(fit.epochLoss[19]).toBeLessThan(fit.epochLoss[0]);
  });

  it("gives the same bits again, whatever lies in the memory, and others for another seed", () => {
    const problem = textLike(400, 60, 3);
    const task = { ranges: [{ start: 0, end: 400 }] };
    const kernels = createKernels({ bytes: 2 * bytesOf(problem, task) });
    const first = fitted(problem, {}, kernels);
    expect(fitted(problem, {}, kernels)).toEqual(first);
    expect(fitted(problem)).toEqual(first);
    expect(fitted(problem, { seed: 2 }).embeddings).not.toEqual(first.embeddings);
  });

  it("has the bits that it had on the engine where this was written", () => {
    const fit = fitted(textLike(400, 60, 3));
    const hash = createHash("sha256");
    for (const array of [fit.embeddings, fit.weights, fit.intercepts]) {
      hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    }
    expect(hash.digest("hex").slice(0, 16)).toBe("b8e2dd29513e4bc1");
  });

  it("has the same bits where X is float64", () => {
    const problem = textLike(400, 60, 3);
    const values = Float64Array.from(problem.X.csr!.values);
    const wide = { ...problem, X: sparse(400, { ...problem.X.csr!, values }) };
    expect(fitted(wide)).toEqual(fitted(problem));
  });

  it("gives back the memory that it took, also where it is stopped", () => {
    const problem = textLike(400, 60, 3);
    const task = { ranges: [{ start: 0, end: 400 }] };
    const kernels = createKernels({ bytes: bytesOf(problem, task) }) as WasmKernels;
    const mark = kernels.arena.mark();
    const steps = fitBag(problem, kernels, task);
    expect(steps.next().value).toMatchObject({ iteration: 1, evaluations: 1 });
    expect(kernels.arena.mark()).toBeGreaterThan(mark);
    steps.return(undefined as never);
    expect(kernels.arena.mark()).toBe(mark);
    const weights = new Float64Array(400).fill(1e308);
    expect(() => fitted({ ...problem, rowWeights: weights }, {}, kernels)).toThrow(RangeError);
    expect(kernels.arena.mark()).toBe(mark);
    fitted(problem, {}, kernels);
    expect(kernels.arena.mark()).toBe(mark);
  });

  it("the reference kernels' fit has the same loss, to 1e-4", () => {
    const problem = textLike(500, 60, 3);
    const [fast, exact] = [fitted(problem), fitted(problem, {}, createReferenceKernels())];
    expect(Math.abs(lossOn(fast, problem) - lossOn(exact, problem))).toBeLessThan(1e-4);
  });

  it("pauses in an epoch of much work, with finite numbers", () => {
    const problem = textLike(3000, 2000, 200);
    const task = { ranges: [{ start: 0, end: 3000 }], epochs: 2, dimension: 64 };
    const kernels = createKernels({ bytes: bytesOf(problem, task) });
    const points = [...fitBag(problem, kernels, task)];
    expect(points.filter(({ iteration }) => iteration === 2).length).toBeGreaterThan(3);
    expect(points.every((point) => Object.values(point).every(Number.isFinite))).toBe(true);
  });

  it("rows of weight 0, and those outside the ranges, count nothing", () => {
    const problem = textLike(300, 40, 3);
    const rowWeights = new Float64Array(300).fill(2, 50, 200);
    const spoiled = problem.y.map((c, i) => (i < 50 || i >= 200 ? 2 - c : c));
    const fit = fitted({ ...problem, rowWeights, y: spoiled });
    expect(fit).toEqual(fitted(problem, { ranges: [{ start: 50, end: 200 }] }));
  });

  it("a row of weight 3 counts three times", () => {
    const problem = textLike(900, 40, 2);
    const rowWeights = Float64Array.from(problem.y, (c) => (c === 1 ? 3 : 1));
    const fit = fitted({ ...problem, rowWeights }, { epochs: 40 });
    const Z = bagLogits(fit, problem.X);
    const mean = Z.reduce((sum, z, i) => sum + rowWeights[i] / (1 + Math.exp(-z)), 0);
    const share = problem.y.reduce((sum, c) => sum + 3 * c, 0);
    expect(Math.abs(mean / share - 1)).toBeLessThan(0.03);
  });

  it("rows without entries get the shares of the classes", () => {
    const X = sparse(40, {
      width: 3,
      starts: new Int32Array(41),
      columns: new Int32Array(0),
      values: new Float64Array(0),
    });
    const y = Int32Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 1 : 0));
    const fit = fitted({ X, y, outputs: 1, rowWeights: null }, { learningRate: 0.01 });
    expect(bagLogits(fit, X)[7]).toBeCloseTo(Math.log(1 / 3), 2);
  });

  it("learns from a single feature, with a single number for it", () => {
    const X = sparse(200, {
      width: 1,
      starts: Int32Array.from({ length: 201 }, (_, i) => Math.ceil(i / 2)),
      columns: new Int32Array(100),
      values: new Float32Array(100).fill(1),
    });
    const y = Int32Array.from({ length: 200 }, (_, i) => (i + 1) % 2);
    const fit = fitted({ X, y, outputs: 1, rowWeights: null }, { dimension: 1, epochs: 50 });
    expect(lossOn(fit, { X, y, outputs: 1, rowWeights: null })).toBeLessThan(0.1);
  });

  it("features that no row has stay 0, and a class without rows has the probability 0", () => {
    const problem = textLike(300, 40, 3);
    const X = sparse(300, { ...problem.X.csr!, width: 50 });
    const fit = fitted({ ...problem, X, outputs: 5 });
    expect(fit.embeddings.subarray(40 * 16).every((value) => value === 0)).toBe(true);
    expect(fit.intercepts.subarray(3)).toEqual(Float32Array.of(-1000, -1000));
    expect(bagLogits(fit, X)[3]).toBe(-1000);
  });
});

describe("wrong input of fitBag", () => {
  const problem = textLike(50, 20, 3);
  const { csr } = problem.X;
  const fails = (changes: Partial<Problem>, options: object = {}): unknown => {
    try {
      return fitted({ ...problem, ...changes }, options);
    } catch (error) {
      return error;
    }
  };
  const withCsr = (changes: Partial<CsrBlock>): Partial<Problem> => ({
    X: sparse(50, { ...csr!, ...changes }),
  });
  const dense = { width: 1, data: new Float32Array(50) };

  it.each<[string, unknown, RegExp]>([
    ["no columns", fails(withCsr({ width: 0 })), /"X.csr.width" expected a number from 1/],
    ["no sparse block", fails({ X: { ...problem.X, csr: null } }), /CSR block alone/],
    ["a dense block", fails({ X: { ...problem.X, dense } }), /CSR block alone/],
    ["a column outside", fails(withCsr({ width: 5 })), /"X.csr.columns" expected/],
    ["NaN", fails(withCsr({ values: csr!.values.map(() => Number.NaN) })), /finite/],
    ["falling starts", fails(withCsr({ starts: csr!.starts.toReversed() })), /rising/],
    ["a class outside", fails({ outputs: 2 }), /"y" expected a class from 0 to 1/],
    ["negative weights", fails({ rowWeights: new Float64Array(50).fill(-1) }), /at least 0/],
    ["weights without a sum", fails({ rowWeights: new Float64Array(50).fill(1e308) }), /sum of/],
    ["a range outside", fails({}, { ranges: [{ start: 0, end: 51 }] }), /range.end/],
    ["dimension 0", fails({}, { dimension: 0 }), /"dimension" expected/],
    ["epochs 1.5", fails({}, { epochs: 1.5 }), /"epochs" expected an integer/],
    ["rate 0", fails({}, { learningRate: 0 }), /"learningRate" expected/],
    ["too many negatives", fails({}, { negatives: 4 }), /"negatives" expected/],
    ["an unknown option", fails({}, { epoch: 5 }), /did you mean "epochs"/],
  ])("%s is named", (_, error, sentence) => {
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toMatch(sentence);
  });

  it("no row that counts is an error of the data", () => {
    const error = fails({ rowWeights: new Float64Array(50) });
    expect(error).toBeInstanceOf(SoftmaxError);
    expect(fails({}, { ranges: [] })).toBeInstanceOf(SoftmaxError);
  });

  it("a learning rate that diverges ends in an error that names it, on either kernels", () => {
    for (const kernels of [undefined, createReferenceKernels()]) {
      expect(() => fitted(problem, { learningRate: 1e6, epochs: 50 }, kernels)).toThrow(
        /"learningRate" of 1000000 lets the fit diverge in epoch \d+; try 100000/,
      );
    }
  });
});

describe("the factors", () => {
  it.each([2, 4])("of %i classes give the logits of the weights they collapse to", (classes) => {
    const problem = textLike(300, 40, classes);
    const fit = fitted(problem, { dimension: 5 });
    const W = collapseBag(fit);
    const { outputs } = problem;
    expect(W).toHaveLength(41 * outputs);
    const sizes = { factors: (40 + classes) * 5 + classes, weights: 41 * outputs };
    expect(factorSizes(fit)).toEqual(sizes);
    const Z = new Float64Array(300 * outputs);
    const X = sparse(300, { ...problem.X.csr!, values: new Float64Array(2400).fill(1 / ENTRIES) });
    sharedKernels().logits(X, { start: 0, end: 300 }, W, outputs, Z);
    bagLogits(fit, problem.X).forEach((z, at) => {
      expect(Math.abs(z - Z[at])).toBeLessThan(1e-12);
    });
  });

  it("of two classes with a logit each collapse to both", () => {
    const problem = { ...textLike(300, 40, 2), outputs: 2 };
    const [one, two] = [1, 2].map((outputs) => collapseBag(fitted({ ...problem, outputs })));
    expect(two).toHaveLength(82);
    one.forEach((w, j) => expect(w).toBeCloseTo(two[2 * j + 1] - two[2 * j], 12));
  });

  it("embed a row as the weighted sum of its features' embeddings", () => {
    const problem = textLike(30, 10, 2);
    const fit = fitted(problem, { dimension: 3 });
    const columns = problem.X.csr!.columns.subarray(0, ENTRIES);
    const first = [...columns].reduce((sum, j) => sum + fit.embeddings[3 * j] / ENTRIES, 0);
    expect(embedRows(fit, problem.X)[0]).toBeCloseTo(first, 12);
    expect(() => embedRows(fit, textLike(30, 11, 2).X)).toThrow(/X.columns/);
  });

  it("are kept where the weights would be too many", () => {
    const fit = { features: 2 ** 20, dimension: 1, classes: 200, outputs: 200, epochLoss: [] };
    const embeddings = new Float32Array(2 ** 20);
    const [weights, intercepts] = [new Float32Array(200), new Float32Array(200)];
    expect(() => collapseBag({ ...fit, embeddings, weights, intercepts })).toThrow(
      /1048576 features and 200 classes are 209715400 numbers.*keep the factors/,
    );
  });
});

describe("sampled softmax", () => {
  it("of 64 of 1,000 classes ends within 3 % of the full one's held-out loss, in half its time", () => {
    const problem = textLike(20_000, 3000, 1000);
    const judged = textLike(3000, 3000, 1000, 2);
    const task = { epochs: 5 };
    const [full, sampled] = [0, 64].map((negatives) => {
      const start = performance.now();
      const fit = fitted(problem, { ...task, negatives });
      return { loss: lossOn(fit, judged), timeMs: performance.now() - start };
    });
    expect(full.loss).toBeLessThan(0.6 * Math.log(1000));
    expect(sampled.loss / full.loss).toBeLessThan(1.03);
    expect(sampled.timeMs).toBeLessThan(0.5 * full.timeMs);
  }, 120_000);

  it("gives the same bits again", () => {
    const problem = textLike(500, 100, 300);
    expect(fitted(problem)).toEqual(fitted(problem));
    expect(fitted(problem)).toEqual(fitted(problem, { negatives: 64 }));
  });
});
