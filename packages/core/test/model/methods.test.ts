import { beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createGatherer } from "../../src/model/batches.ts";
import { type Fit, type FitOptions, fit } from "../../src/model/fit.ts";
import { noisyRows } from "./rows.ts";
import { isThere, readNumbers, readSet } from "./sets.ts";

const here = (X: Parameters<typeof fit>[0], y: ArrayLike<number>, options: FitOptions = {}) =>
  fit(X, y, { worker: false, ...options });

/** Numbers of a set, in the units of the file, of at most 4,000 rows; german's categories as indicators. */
function rowsOf(name: string): { X: Parameters<typeof fit>[0]; y: number[] } {
  if (name !== "german") {
    const { X, y } = readNumbers(name);
    return { X: X.slice(0, 4000), y: y.slice(0, 4000) };
  }
  const { rows, y } = readSet(name);
  const numeric = rows[0].map((_, j) => rows.every((row) => Number.isFinite(Number(row[j]))));
  const dense = rows.map((row) => row.filter((_, j) => numeric[j]).map(Number));
  const levels = new Map<string, number>();
  const codes = rows.flatMap((row) =>
    row.flatMap((cell, j) => {
      if (numeric[j]) return [];
      const key = `${j} ${cell}`;
      if (!levels.has(key)) levels.set(key, levels.size);
      return [levels.get(key)!];
    }),
  );
  const width = dense[0].length;
  return {
    X: {
      rows: rows.length,
      dense: { width, data: Float64Array.from(dense.flat()) },
      codes: {
        width: levels.size,
        perRow: rows[0].length - width,
        data: Int32Array.from(codes),
      },
      csr: null,
    },
    y,
  };
}

/** How near, in nats, the stochastic methods come at their defaults; digits is all but separable. */
const distances: [string, number][] = [
  ["iris", 0.01],
  ["digits", 0.025],
  ["german", 0.002],
  ["letter", 0.02],
];

describe.each(distances)("on %s, in the units of the file", (name, distance) => {
  const there = isThere(name);
  let data: ReturnType<typeof rowsOf>;
  let best: Fit;
  beforeAll(async () => {
    if (!there) return;
    data = rowsOf(name);
    best = await here(data.X, data.y);
  });

  it.skipIf(!there)("Newton's method finds L-BFGS's optimum within 1e-9", async () => {
    const newton = await here(data.X, data.y, { optimizer: "newton" });
    expect(newton.converged).toBe(true);
    expect(Math.abs(newton.objective - best.objective)).toBeLessThan(1e-9);
    const scale = Math.max(...best.weights.map(Math.abs));
    newton.weights.forEach((w, at) =>
      expect(Math.abs(w - best.weights[at])).toBeLessThan(1e-6 * scale),
    );
  });

  const cases: [string, FitOptions][] = [
    ["sgd", {}],
    ["sgd with Nesterov's momentum", { nesterov: true }],
    ["sgd without momentum, longer", { momentum: 0, epochs: name === "letter" ? 60 : 400 }],
    ["adam", { optimizer: "adam" }],
  ];
  it.skipIf(!there).each(cases)(
    "%s ends near the optimum, and says that it is not there",
    async (_, options) => {
      const model = await here(data.X, data.y, { optimizer: "sgd", ...options });
      expect(model).toMatchObject({ converged: false, reason: "epochs" });
      expect(model.objective).toBeGreaterThanOrEqual(best.objective);
      expect(model.objective).toBeLessThan(best.objective + distance);
      expect(model.remarks.join()).toMatch(/stopped after \d+ epochs, near the optimum at best/);
    },
  );
});

describe("stochastic fits", () => {
  const { X, y } = noisyRows(300, 3, 3, 21, 2);

  it("have the bits of their seed, in a worker too", async () => {
    const options = { optimizer: "adam", epochs: 3, seed: 5 } as const;
    const once = await here(X, y, options);
    expect(await fit(X, y, options)).toStrictEqual(once);
    expect(await here(X, y, { ...options, seed: 6 })).not.toStrictEqual(once);
  });

  it("do not mind rows that are sorted by class", async () => {
    const order = [...y.keys()].sort((a, b) => y[a] - y[b]);
    const rows = order.map((i) => [...X.dense!.data.subarray(3 * i, 3 * i + 3)]);
    const labels = order.map((i) => y[i]);
    const best = await here(rows, labels);
    const model = await here(rows, labels, { optimizer: "sgd" });
    expect(model.objective).toBeLessThan(1.002 * best.objective);
  });

  it("count a row's weight, and never look at rows of weight 0", async () => {
    const s = Array.from(y, (_, i) => i % 3);
    const rows = Array.from(y, (_, i) =>
      s[i] === 0 ? [1e9, 1e9] : [...X.dense!.data.subarray(3 * i, 3 * i + 2)],
    );
    const best = await here(rows, y, { rowWeights: s });
    const model = await here(rows, y, { rowWeights: s, optimizer: "sgd", epochs: 60 });
    expect(model.objective).toBeLessThan(1.005 * best.objective);
  });

  it("reach gradient 0 and say so where every row is in the batch", async () => {
    const options = { optimizer: "sgd", batchSize: 300, epochs: 2000, tolerance: 1e-6 } as const;
    const model = await here(X, y, { ...options, l2: 0.01, schedule: "constant" });
    expect(model).toMatchObject({ converged: true, reason: "gradient" });
    const best = await here(X, y, { l2: 0.01 });
    expect(Math.abs(model.objective - best.objective)).toBeLessThan(1e-10);
  });

  it("leave out classes without rows, and stay finite where classes are separated", async () => {
    const model = await here([[0], [1], [2], [3]], [0, 0, 3, 3], {
      ...{ classes: 5, optimizer: "sgd", l2: 0 },
    });
    expect(model.reason).toBe("separated");
    expect([...model.weights].every(Number.isFinite)).toBe(true);
    expect(model.remarks[0]).toMatch(/no row of classes "1", "2", "4"/);
  });
});

describe("a gathered batch", () => {
  it("has the logits of its rows, whatever blocks they have, one batch after another", () => {
    const kernels = createReferenceKernels();
    const random = createRandom(3);
    const { X: left, y } = noisyRows(20, 2, 3, 4, 2);
    const starts = Int32Array.from({ length: 21 }, (_, i) => (i * (i + 1)) / 2);
    const entries = starts[20];
    const csr = {
      width: 30,
      starts,
      columns: Int32Array.from({ length: entries }, () => random.below(30)),
      values: Float64Array.from({ length: entries }, () => random.uniform()),
    };
    const X = { ...left, csr };
    const d = 2 + 10 + 30;
    const W = Float64Array.from({ length: (d + 1) * 3 }, () => random.uniform() - 0.5);
    const whole = new Float64Array(60);
    kernels.logits(X, { start: 0, end: 20 }, W, 3, whole);
    const s = Float64Array.from(y, (_, i) => i);
    const gather = createGatherer({ X, y }, s, 5);
    for (const rows of [[3, 19, 0, 3, 7], [18, 19], [0]]) {
      const batch = gather(Int32Array.from(rows));
      const Z = new Float64Array(rows.length * 3);
      kernels.logits(batch.X, { start: 0, end: rows.length }, W, 3, Z);
      rows.forEach((i, r) => {
        expect([...Z.subarray(3 * r, 3 * r + 3)]).toEqual([...whole.subarray(3 * i, 3 * i + 3)]);
        expect([batch.y[r], batch.s![r]]).toEqual([y[i], i]);
      });
    }
  });

  it("copies rows of many columns whole, and leaves those of a longer batch behind", () => {
    const width = 70;
    const data = Float64Array.from({ length: 6 * width }, (_, at) => at);
    const X = { rows: 6, dense: { width, data }, codes: null, csr: null };
    const gather = createGatherer({ X, y: Int32Array.of(0, 1, 0, 1, 0, 1) }, null, 3);
    for (const rows of [[5, 0, 2], [4]]) {
      const batch = gather(Int32Array.from(rows));
      expect(batch.X.rows).toBe(rows.length);
      rows.forEach((i, r) => {
        const own = batch.X.dense!.data.subarray(r * width, (r + 1) * width);
        expect([...own]).toEqual([...data.subarray(i * width, (i + 1) * width)]);
      });
    }
  });
});

describe("an optimiser's options", () => {
  const X = [[1], [2], [3], [5]];
  const y = [0, 1, 0, 1];
  it.each<[FitOptions, RegExp]>([
    [{ momentum: 0.5 }, /"momentum" expected the option "optimizer" to be "sgd", got "lbfgs"/],
    [
      { optimizer: "adam", momentum: 0.5 },
      /"momentum" expected the option "optimizer" to be "sgd", got "adam"/,
    ],
    [
      { optimizer: "newton", epochs: 3 },
      /"epochs" expected the option "optimizer" to be "sgd" or "adam"/,
    ],
    [{ optimizer: "sdg" as never }, /did you mean "sgd"\?/],
    [{ optimizer: "sgd", schedule: "cosin" as never }, /did you mean "cosine"\?/],
    [{ optimizer: "sgd", learningRate: 0 }, /"learningRate" expected a number from/],
    [{ optimizer: "sgd", momentum: 1 }, /"momentum" expected a number from 0/],
    [{ optimizer: "sgd", batchSize: 0.5 }, /"batchSize" expected/],
    [
      { optimizer: "sgd", maxIterations: 5 },
      /"maxIterations" expected the option "optimizer" to be "lbfgs" or "newton"/,
    ],
    [{ optimizer: "sgd", nesterov: 1 as never }, /"nesterov" expected true or false/],
  ])("that do not fit are named: %j", async (options, message) => {
    await expect(here(X, y, options)).rejects.toThrow(message);
  });
});
