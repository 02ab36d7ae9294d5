import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fit, type FitOptions, fit } from "../../src/model/fit.ts";
import { predictLogits, predictProbabilities } from "../../src/model/predict.ts";
import golden from "./objectives.golden.json" with { type: "json" };
import { noisyRows } from "./rows.ts";
import { bundledFile, isThere, readCells, readNumbers, scaled } from "./sets.ts";

/** Most tests are about the numbers, which a worker does not change. */
const fitHere = (X: Parameters<typeof fit>[0], y: ArrayLike<number>, options: FitOptions = {}) =>
  fit(X, y, { worker: false, ...options });

/** Mean weighted log loss + λ/2 ‖W‖², by the plainest formula. */
function objectiveOf(model: Fit, X: number[][], y: readonly number[], l2: number): number {
  const k = model.classes.length;
  const Z = predictLogits(model, X);
  let loss = 0;
  for (const [i, c] of y.entries()) {
    const z = Z.subarray(i * k, (i + 1) * k);
    const top = Math.max(...z);
    loss += top + Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0)) - z[c];
  }
  return loss / y.length + (l2 / 2) * model.weights.reduce((sum, w) => sum + w * w, 0);
}

function maximum(values: Iterable<number>): number {
  let m = Number.NEGATIVE_INFINITY;
  for (const v of values) if (v > m || Number.isNaN(v)) m = v;
  return m;
}

describe("fit against scikit-learn", () => {
  for (const { set, scaled: unit, C, objective } of golden.optima) {
    it.skipIf(!isThere(set))(
      `reaches its optimum at tol 1e-12 within 1e-8: ${set}${unit ? ", scaled" : ""}, C = ${C} (skipped without ../shared/data)`,
      async () => {
        const { X, y } = readNumbers(set);
        const rows = unit ? scaled(X) : X;
        const l2 = 1 / (C * y.length);
        const model = await fitHere(rows, y, { l2 });
        expect(model.converged).toBe(true);
        expect(objectiveOf(model, rows, y, l2)).toBeLessThan(objective + 1e-8);
        expect(Math.abs(model.objective - objectiveOf(model, rows, y, l2))).toBeLessThan(1e-12);
        if (unit) expect(Math.abs(model.objective - objective)).toBeLessThan(1e-8);
      },
    );
  }
});

describe("fit against Stata", () => {
  it("finds the 36 coefficients of ANES96 within 1e-6, and its log-likelihood", async () => {
    const [header, ...cells] = readCells(bundledFile("anes96.csv"));
    const at = (row: string[], name: string) => Number(row[header.indexOf(name)]);
    const X = cells.map((row) => [
      Math.log(at(row, "popul") + 0.1),
      ...["selfLR", "age", "educ", "income"].map((name) => at(row, name)),
    ]);
    const y = cells.map((row) => at(row, "PID"));
    const model = await fitHere(X, y, { l2: 0 });
    expect(model.converged).toBe(true);
    expect(-model.objective * 944).toBeCloseTo(-1461.922747, 6);
    const file = new URL("./anes96.stata.csv", import.meta.url);
    const stata = readFileSync(file, "utf8").trim().split("\n").slice(1);
    const columns = ["logpopul", "selfLR", "age", "educ", "income"];
    expect(stata.length).toBe(36);
    for (const line of stata) {
      const [c, column, value] = line.split(",");
      const j = columns.indexOf(column);
      const against = (of: Float64Array, from: number) => of[from + Number(c)] - of[from];
      const ours = j < 0 ? against(model.intercepts, 0) : against(model.weights, j * 7);
      expect(Math.abs(ours - Number(value))).toBeLessThan(1e-6);
    }
  });
});

describe("fit is statistically right", () => {
  it("predicts repeated rows with their frequencies where each has an indicator", async () => {
    const counts = [
      [5, 3, 2],
      [1, 1, 8],
      [30, 1, 1],
      [7, 0, 7],
    ];
    const data: number[] = [];
    const y: number[] = [];
    counts.forEach((of, level) => {
      of.forEach((count, c) => {
        for (let r = 0; r < count; r++) {
          data.push(level);
          y.push(c);
        }
      });
    });
    const codes = { width: 4, perRow: 1, data: Int32Array.from(data) };
    const X = { rows: y.length, dense: null, codes, csr: null };
    const P = predictProbabilities(await fitHere(X, y, { l2: 0 }), X);
    for (let i = 0; i < y.length; i++) {
      const of = counts[data[i]];
      const total = of.reduce((a, b) => a + b, 0);
      for (let c = 0; c < 3; c++) expect(Math.abs(P[3 * i + c] - of[c] / total)).toBeLessThan(1e-6);
    }
  });

  it("gives a mean probability equal to each class's share, whatever the data and penalty", async () => {
    const problem = fc.record({
      n: fc.integer({ min: 12, max: 60 }),
      width: fc.integer({ min: 1, max: 4 }),
      k: fc.integer({ min: 2, max: 5 }),
      seed: fc.integer({ min: 0, max: 1e6 }),
      perRow: fc.integer({ min: 0, max: 2 }),
      l2: fc.constantFrom(1e-6, 1e-3, 0.1, 10, 1000),
      unit: fc.constantFrom(1e-6, 1, 1e6),
      weighted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(problem, async ({ n, width, k, seed, perRow, l2, unit, weighted }) => {
        const { X, y } = noisyRows(n, width, k, seed, perRow);
        for (let i = 0; i < k; i++) y[i] = i;
        X.dense!.data.set(X.dense!.data.map((x, at) => (at % width === 0 ? unit * x : x)));
        const s = Array.from(y, (_, i) => (weighted ? 1 + (i % 3) : 1));
        const model = await fitHere(X, y, { l2, rowWeights: s });
        expect(model.converged).toBe(true);
        const P = predictProbabilities(model, X);
        const total = s.reduce((a, b) => a + b, 0);
        for (let c = 0; c < k; c++) {
          let predicted = 0;
          let share = 0;
          for (let i = 0; i < n; i++) {
            predicted += (s[i] * P[i * k + c]) / total;
            share += (s[i] * Number(y[i] === c)) / total;
          }
          expect(Math.abs(predicted - share)).toBeLessThan(1e-8);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("counts a row of weight 3 as three rows, and one of weight 0 as none", async () => {
    const X = [[1], [2], [3], [4], [2.5], [99]];
    const y = [0, 0, 1, 1, 0, 1];
    const weighted = await fitHere(X, y, { l2: 0.01, rowWeights: [1, 1, 3, 1, 2, 0] });
    const repeated = await fitHere(
      [[1], [2], [3], [3], [3], [4], [2.5], [2.5]],
      [0, 0, 1, 1, 1, 1, 0, 0],
      { l2: 0.01 },
    );
    expect(weighted.weights[0]).toBeCloseTo(repeated.weights[0], 8);
    expect(weighted.intercepts[0]).toBeCloseTo(repeated.intercepts[0], 8);
  });

  it("balances classes: the weighted shares become equal", async () => {
    const { X, y } = noisyRows(300, 3, 3, 11);
    const model = await fitHere(X, y, { classWeights: "balanced" });
    const P = predictProbabilities(model, X);
    const counts = [0, 1, 2].map((c) => y.filter((label) => label === c).length);
    for (let c = 0; c < 3; c++) {
      let mean = 0;
      for (let i = 0; i < 300; i++) mean += P[3 * i + c] / (3 * counts[y[i]]);
      expect(mean).toBeCloseTo(1 / 3, 8);
    }
  });

  it("gives the same probabilities with one logit at λ and two at 2λ", async () => {
    const { X, y } = noisyRows(200, 4, 2, 12);
    const one = predictProbabilities(await fitHere(X, y, { l2: 0.05 }), X);
    const three = await fitHere(X, y, { l2: 0.1, classes: 3 });
    const P = predictProbabilities(three, X);
    for (let i = 0; i < 200; i++) expect(P[3 * i + 1]).toBeCloseTo(one[2 * i + 1], 8);
  });
});

describe("fit on hard columns", () => {
  it("does not mind units: 1e-6 and 1e6 in one table, and a mean of 1e6 deviations", async () => {
    const { X, y } = noisyRows(300, 3, 3, 13);
    const rows = Array.from({ length: 300 }, (_, i) =>
      Array.from(X.dense!.data.subarray(3 * i, 3 * i + 3)),
    );
    const plain = predictProbabilities(await fitHere(rows, y, { l2: 0 }), rows);
    const odd = rows.map(([a, b, c]) => [a * 1e-6, b * 1e6, c + 1e6]);
    const model = await fitHere(odd, y, { l2: 0 });
    expect(model.converged).toBe(true);
    expect(model.iterations).toBeLessThan(40);
    const P = predictProbabilities(model, odd);
    expect(maximum(P.map((p, at) => Math.abs(p - plain[at])))).toBeLessThan(1e-7);
  });

  it("holds a column whose every effect is below rounding at 0, and learns from the others", async () => {
    const { X, y } = noisyRows(60, 2, 3, 13);
    const rows = Array.from({ length: 60 }, (_, i) =>
      Array.from(X.dense!.data.subarray(2 * i, 2 * i + 2)),
    );
    const tiny = rows.map(([a, b]) => [a, b * 1e-25]);
    const model = await fitHere(tiny, y, { l2: 1 });
    expect(model.converged).toBe(true);
    expect([...model.weights].every(Number.isFinite)).toBe(true);
    const alone = await fitHere(
      rows.map(([a]) => [a]),
      y,
      { l2: 1 },
    );
    const P = predictProbabilities(model, tiny);
    const plain = predictProbabilities(
      alone,
      rows.map(([a]) => [a]),
    );
    expect(maximum(P.map((p, at) => Math.abs(p - plain[at])))).toBeLessThan(1e-7);
  });

  it("stays finite and says which column parts the classes without a penalty", async () => {
    const X = [
      [0, 1],
      [1, 2],
      [2, 1],
      [3, 2],
    ];
    const model = await fitHere(X, [0, 0, 1, 1], { l2: 0, columnNames: ["age", "sex"] });
    expect(model).toMatchObject({ converged: false, reason: "separated" });
    expect([...model.weights, ...model.intercepts].every(Number.isFinite)).toBe(true);
    expect(model.remarks.join()).toMatch(/column "age" alone parts class "1"/);
    const held = await fitHere(X, [0, 0, 1, 1], { l2: 0.1 });
    expect(held).toMatchObject({ converged: true, remarks: [] });
  });

  it("says so where only the columns together part the classes", async () => {
    const X = [
      [0, 0],
      [1, 1.5],
      [2, 2.5],
      [0.5, 0],
      [1.5, 1],
      [2.5, 2],
    ];
    const model = await fitHere(X, [0, 0, 0, 1, 1, 1], { l2: 0 });
    expect(model).toMatchObject({ converged: false, reason: "separated" });
    expect(model.remarks.join()).toMatch(/columns together part the classes perfectly/);
    expect(model.weights.every(Number.isFinite)).toBe(true);
  });

  it.each([0, 0.01])("names constant, duplicate and collinear columns (λ = %f)", async (l2) => {
    const { X, y } = noisyRows(100, 3, 3, 14);
    const { data } = X.dense!;
    const rows = Array.from({ length: 100 }, (_, i) => {
      const [a, b, c] = data.subarray(3 * i, 3 * i + 3);
      return [a, b, 7, a, c, a + 2 * b - c];
    });
    const columnNames = ["a", "b", "constant", "copy", "c", "sum"];
    const model = await fitHere(rows, y, { l2, columnNames });
    expect(model.converged).toBe(true);
    expect(model.remarks).toEqual([
      'column "constant" is constant: it has no effect',
      'column "copy" repeats column "a": only their joint effect can be told, not their weights',
      'column "sum" is a linear combination of columns "a", "b", "c": only their joint effect can be told, not their weights',
    ]);
    const slim = rows.map(([a, b, , , c]) => [a, b, c]);
    const P = predictProbabilities(model, rows);
    const Q = predictProbabilities(await fitHere(slim, y, { l2: 0 }), slim);
    if (l2 === 0) expect(maximum(P.map((p, at) => Math.abs(p - Q[at])))).toBeLessThan(1e-7);
    expect(Array.from(model.weights.slice(6, 9), Math.abs)).toEqual([0, 0, 0]);
  });

  it("calls no column collinear for a rounding of the last rows", async () => {
    const { X, y } = noisyRows(100, 2, 2, 15);
    const rows = Array.from({ length: 100 }, (_, i) => {
      const [a, b] = X.dense!.data.subarray(2 * i, 2 * i + 2);
      return [a, b, i === 99 ? a + 0.01 : a];
    });
    expect((await fitHere(rows, y, { l2: 0.1 })).remarks).toEqual([]);
  });

  it("fits fewer rows than classes, and names the classes without rows", async () => {
    const model = await fitHere([[0], [1], [2]], [0, 3, 4], { classes: 6 });
    expect(model.converged).toBe(true);
    expect(model.remarks).toEqual(['no row of classes "1", "2", "5": they are never predicted']);
    const P = predictProbabilities(model, [[1]]);
    expect(Array.from(P, (p) => p > 0)).toEqual([true, false, false, true, true, false]);
    expect(P.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  it("fits more columns than rows", async () => {
    const { X, y } = noisyRows(20, 50, 3, 16);
    const model = await fitHere(X, y, { l2: 1e-3 });
    expect(model.converged).toBe(true);
    expect(model.remarks.at(-1)).toMatch(/more columns are linear combinations/);
    const free = await fitHere(X, y, { l2: 0 });
    expect(free.reason).toBe("separated");
    expect(free.weights.every(Number.isFinite)).toBe(true);
  });

  it("fits no columns at all: the class shares", async () => {
    const X = { rows: 4, dense: null, codes: null, csr: null };
    const model = await fitHere(X, [0, 1, 1, 1], {});
    expect(Array.from(predictProbabilities(model, X).slice(0, 2))).toEqual([
      expect.closeTo(0.25, 12),
      expect.closeTo(0.75, 12),
    ]);
  });

  it("fits 1,000 classes", async () => {
    const { X, y } = noisyRows(3000, 5, 1000, 17);
    for (let c = 0; c < 1000; c++) y[c] = c;
    const model = await fitHere(X, y, { l2: 1e-3 });
    expect(model.converged).toBe(true);
    expect(model.weights.length).toBe(5000);
    expect(model.weights.every(Number.isFinite)).toBe(true);
  });

  it("fits sparse columns as it fits the same columns written out", async () => {
    const { X, y } = noisyRows(200, 6, 3, 18);
    const rows = Array.from({ length: 200 }, (_, i) =>
      Array.from(X.dense!.data.subarray(6 * i, 6 * i + 6), (x) => (x > 0.3 ? x : 0)),
    );
    const starts = [0];
    const columns: number[] = [];
    const values: number[] = [];
    for (const row of rows) {
      row.forEach((x, j) => {
        if (x !== 0) {
          columns.push(j);
          values.push(x);
        }
      });
      starts.push(columns.length);
    }
    const csr = {
      width: 6,
      starts: Int32Array.from(starts),
      columns: Int32Array.from(columns),
      values: Float64Array.from(values),
    };
    const sparse = await fitHere({ rows: 200, dense: null, codes: null, csr }, y, { l2: 0.01 });
    const written = await fitHere(rows, y, { l2: 0.01 });
    expect(sparse.converged).toBe(true);
    for (const [at, w] of sparse.weights.entries()) expect(w).toBeCloseTo(written.weights[at], 7);
  });
});

describe("fit's interface", () => {
  const X = [
    [1, 2],
    [2, 1],
    [3, 5],
    [4, 4],
  ];
  const y = [0, 1, 0, 1];

  it("takes rows, numbers by row and a Matrix, with the same bits", async () => {
    const data = Float64Array.from(X.flat());
    const matrix = { rows: 4, dense: { width: 2, data }, codes: null, csr: null };
    const fits = await Promise.all([
      fit(X, y),
      fit({ data, rows: 4, columns: 2 }, y),
      fit({ data: [...data], rows: 4, columns: 2 }, Int32Array.from(y)),
      fit(matrix, y, { worker: false }),
    ]);
    for (const other of fits) expect(other).toStrictEqual(fits[0]);
    expect(fits[0]).toMatchObject({ classes: ["0", "1"], outputs: 1, reason: "gradient" });
  });

  it("agrees between the reference kernels and the fast ones", async () => {
    const a = await fitHere(X, y, { kernels: "reference" });
    const b = await fitHere(X, y, { kernels: "auto" });
    for (const [at, w] of a.weights.entries()) expect(w).toBeCloseTo(b.weights[at], 9);
  });

  it("explains each stop, and starts where it is told to", async () => {
    const short = await fitHere(X, y, { maxIterations: 1 });
    expect(short).toMatchObject({ converged: false, reason: "maxIterations", iterations: 1 });
    expect(short.remarks.join()).toMatch(/stopped after 1 iteration/);
    const whole = await fitHere(X, y);
    const again = await fitHere(X, y, { start: whole });
    expect(again.iterations).toBeLessThan(2);
    expect(whole.trace.map((point) => point.iteration)).toEqual([...whole.trace.keys()]);
    expect(whole.trace.at(-1)?.objective).toBe(whole.objective);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ["unknown options", () => fit(X, y, { lambda: 1 } as never), /lambda/],
    ["NaN", () => fit([[1], [Number.NaN]], [0, 1]), /got NaN in row 1, column 0/],
    [
      "infinity, by the column's name",
      () =>
        fit(
          [
            [1, 2],
            [1, Number.POSITIVE_INFINITY],
          ],
          [0, 1],
          { columnNames: ["a", "b"] },
        ),
      /Infinity in row 1, column "b"/,
    ],
    ["ragged rows", () => fit([[1], [1, 2]], [0, 1]), /"X\[1\]" expected 1 entries, got 2/],
    ["classes that are no integers", () => fit(X, [0, 1, 0.5, 1]), /got 0.5 in row 2/],
    ["classes out of range", () => fit(X, [0, 1, 2, 1], { classes: 2 }), /got 2 in row 2/],
    ["too few labels", () => fit(X, [0, 1]), /"y" expected 4 entries, got 2/],
    ["one class only", () => fit(X, [1, 1, 1, 1]), /every row has the class "1"/],
    ["one class that counts", () => fit(X, y, { rowWeights: [1, 0, 1, 0] }), /every row has/],
    ["no rows", () => fit([], []), /X.rows/],
    ["negative weights", () => fit(X, y, { rowWeights: [1, -1, 1, 1] }), /got -1 at 1/],
    ["weights of 0 for a class", () => fit(X, y, { classWeights: [1, 0] }), /classWeights/],
    ["a negative penalty", () => fit(X, y, { l2: -1 }), /l2/],
    [
      "a start of another shape",
      () => fit(X, y, { start: { weights: new Float64Array(3), intercepts: new Float64Array(1) } }),
      /start.weights/,
    ],
    ["something else than rows", () => fit("rows" as never, y), /"X" expected an array of rows/],
  ])("refuses %s", async (_, attempt, message) => {
    await expect(attempt()).rejects.toThrow(message);
  });
});
