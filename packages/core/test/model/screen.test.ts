import { describe, expect, it } from "vitest";
import type { Matrix } from "../../src/base/matrix.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { elasticVariables, settleClasses } from "../../src/model/elastic.ts";
import { localEngine } from "../../src/model/engine.ts";
import { createRowStore } from "../../src/model/rows.ts";
import { sampleHessian } from "../../src/model/sample-hessian.ts";
import { pickColumns, pickRows, spreadRows, strongColumns } from "../../src/model/screen.ts";
import { noisyRows } from "./rows.ts";

const kernels = createReferenceKernels();

/** 3 dense columns, 10 indicators and 4 sparse columns. */
function blocks(n: number, k: number): { X: Matrix; y: Int32Array } {
  const { X, y } = noisyRows(n, 3, k, 5, 2);
  const starts = Int32Array.from({ length: n + 1 }, (_, i) => 2 * i);
  const columns = Int32Array.from({ length: 2 * n }, (_, at) => (at % 2) * 2 + ((at >> 2) % 2));
  const values = Float64Array.from({ length: 2 * n }, (_, at) => ((at * 7) % 11) / 11 + 0.1);
  return { X: { ...X, csr: { width: 4, starts, columns, values } }, y };
}

describe("columns without the others", () => {
  it.each([
    ["of every block", [0, 2, 3, 7, 12, 13, 16]],
    ["of the sparse block alone", [14, 15]],
    ["of the indicators alone", [4, 5, 9]],
  ])("give the logits that all give where the others weigh nothing: %s", (_, list) => {
    const { X } = blocks(20, 3);
    const keep = Int32Array.from(list);
    const W = Float64Array.from({ length: (keep.length + 1) * 3 }, (_, at) => ((at * 5) % 7) - 3);
    const all = new Float64Array(18 * 3);
    spreadRows(W, keep, 3, all);
    expect(pickRows(all, keep, 3)).toEqual(W);
    const range = { start: 0, end: 20 };
    const [few, whole] = [new Float64Array(60), new Float64Array(60)];
    kernels.logits(pickColumns(X, keep), range, W, 3, few);
    kernels.logits(X, range, all, 3, whole);
    few.forEach((z, at) => expect(z).toBeCloseTo(whole[at], 12));
  });
});

describe("the strong rule", () => {
  const slopes = new Float64Array(301);
  slopes.set([0.9, 0.5, 0.1, 0, 0.05, 0.02, 0, 0]);

  it("keeps columns with a weight, and those whose slope is at least 2 λ1 less the λ1 before", () => {
    const W = new Float64Array(301).with(3, 0.1);
    expect(Array.from(strongColumns(slopes, W, 1, 0.6, 0.8)!.needed)).toEqual([0, 1, 3]);
  });

  it("leaves none out where the step is too large to say, where few would go, or where few are", () => {
    const W = new Float64Array(301);
    expect(strongColumns(slopes, W, 1, 0.3, 0.9)).toBeNull();
    expect(strongColumns(slopes.fill(0.1), W, 1, 0.04, 0.05)).toBeNull();
    expect(strongColumns(slopes.slice(0, 20), W.slice(0, 20), 1, 0.6, 0.8)).toBeNull();
  });
});

describe("settleClasses", () => {
  it.each([
    [[1, 2, 5], { l1: 1, l2: 0 }, [-1, 0, 3]],
    [[0, 2, 0], { l1: 1, l2: 0 }, [0, 2, 0]],
    [[1, 2, 6], { l1: 0, l2: 1 }, [-2, -1, 3]],
    [[3, 3, 3], { l1: 1, l2: 1 }, [0, 0, 0]],
  ])("shifts %j to where the penalty is least", (row, net, expected) => {
    const W = Float64Array.of(...row, 7, 8, 9);
    settleClasses(W, 3, [0, 1, 2], net);
    expect(Array.from(W)).toEqual([...expected, 7, 8, 9]);
  });

  it("finds no better shift on a grid around it", () => {
    const row = [0.3, -0.7, 1.9, 0.2];
    for (const net of [
      { l1: 0.5, l2: 0.2 },
      { l1: 0.1, l2: 1 },
      { l1: 1, l2: 0.01 },
    ]) {
      const W = Float64Array.of(...row, 0, 0, 0, 0);
      settleClasses(W, 4, [0, 1, 2, 3], net);
      const cost = (t: number): number =>
        row.reduce((sum, w) => sum + net.l1 * Math.abs(w - t) + (net.l2 / 2) * (w - t) ** 2, 0);
      const shift = row[0] - W[0];
      for (let t = -2; t <= 2; t += 0.01) expect(cost(shift)).toBeLessThanOrEqual(cost(t) + 1e-12);
    }
  });
});

describe.each([2, 4])("the sampled Hessian of all rows, %i classes", (k) => {
  it("is what differences of the gradient say, for any variables, asked for together or by and by", () => {
    const { X, y } = blocks(40, k);
    const outputs = k === 2 ? 1 : k;
    const logits = Array.from({ length: outputs }, (_, c) => c);
    const ranges = [{ start: 0, end: 40 }];
    const s = Float64Array.from(y, (_, i) => i % 3);
    const { scales } = createRowStore({ X, y, outputs, rowWeights: s }, kernels)(ranges, s, true);
    const rows = { X, rowWeights: s, ranges, scales, outputs, logits, kernels };
    const variables = elasticVariables(rows);
    const engine = localEngine(kernels, X, y, s, ranges, outputs);
    const W = new Float64Array(18 * outputs);
    const gradient = (U: Float64Array): Float64Array => {
      const G = new Float64Array(W.length);
      const g = new Float64Array(U.length);
      variables.toWeights(U, W);
      engine.lossGradient(W, G);
      variables.pullGradient(
        G.map((value) => value / scales.weight),
        g,
      );
      return g;
    };
    const U = Float64Array.from({ length: variables.dimension }, (_, j) => ((j * 3) % 5) / 8 - 0.2);
    const curvature = sampleHessian(rows, (at) => {
      variables.toWeights(at, W);
      return W;
    });
    curvature.moveTo(U);
    const last = variables.dimension - 1;
    const at = Int32Array.of(0, 5, last, 4, 9, last - 2, 13, 2);
    const first = curvature.among(at.slice(0, 4), 0, new Float64Array(0));
    const H = curvature.among(at, 4, first);
    at.forEach((j, i) => {
      const step = 1e-5;
      const ahead = gradient(U.with(j, U[j] + step));
      const behind = gradient(U.with(j, U[j] - step));
      at.forEach((l, m) => {
        expect(H[i * at.length + m]).toBeCloseTo((ahead[l] - behind[l]) / (2 * step), 7);
      });
    });
  });
});
