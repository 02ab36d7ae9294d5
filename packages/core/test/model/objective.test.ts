import { describe, expect, it } from "vitest";
import { matrixWidth } from "../../src/base/matrix.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { linearObjective } from "../../src/model/objective.ts";
import { createRowStore } from "../../src/model/rows.ts";
import { createSurveyor } from "../../src/model/survey.ts";
import { createVariables } from "../../src/model/variables.ts";
import { noisyRows } from "./rows.ts";

/** Factors of the penalty from 0.3 to 300. */
const spread = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, at) => 0.3 * 10 ** (at % 4));

const plain: [string, number, number, number][] = [
  ["two classes", 2, 3, 0],
  ["four classes", 4, 3, 0],
  ["codes beside dense columns", 3, 2, 2],
  ["codes alone", 3, 0, 2],
];

const cases = plain.flatMap(([name, ...sizes]) => [
  [name, ...sizes, false] as const,
  [`${name}, penalties with factors`, ...sizes, true] as const,
]);

describe.each(cases)(
  "the objective in the optimiser's variables: %s",
  (_, k, width, perRow, withFactors) => {
    const { X, y } = noisyRows(40, width, k, 21, perRow);
    const outputs = k === 2 ? 1 : k;
    const length = (matrixWidth(X) + 1) * outputs;
    const ranges = [
      { start: 0, end: 15 },
      { start: 20, end: 40 },
    ];
    const s = Float64Array.from(y, (_, i) => 1 + (i % 3));
    const kernels = createReferenceKernels();
    const problem = { X, y, outputs, rowWeights: s };
    const rows = createRowStore(problem, kernels)(ranges, null, false);
    const survey = createSurveyor(problem, kernels)(ranges, rows);
    const curvature = survey.at(new Float64Array(length).fill(0.1));
    const ridge = { l2: 0.3, factors: withFactors ? spread(length - outputs) : null };
    const variables = createVariables(rows.scales, curvature, ridge, survey.triangles);
    const engine = kernels.prepare(X, outputs).over(y, s, ranges);
    const shape = { length, outputs };
    const objective = linearObjective(engine, variables, rows.scales.weight, ridge, shape);
    const U = Float64Array.from({ length }, (_, at) => ((at * 7) % 5) / 5 - 0.4);
    const step = 1e-5;
    const at = (i: number, by: number): Float64Array => U.with(i, U[i] + by);

    it("has the gradient that differences say", () => {
      const g = new Float64Array(length);
      const spare = new Float64Array(length);
      objective.valueGradient(U, g);
      for (let i = 0; i < length; i++) {
        const rise =
          objective.valueGradient(at(i, step), spare) -
          objective.valueGradient(at(i, -step), spare);
        expect(g[i]).toBeCloseTo(rise / (2 * step), 6);
      }
    });

    it("has the Hessian that differences of the gradient say", () => {
      const v = Float64Array.from({ length }, (_, i) => ((i * 3) % 7) / 7);
      const Hv = new Float64Array(length);
      objective.hessianVector?.(U, v, Hv);
      const ahead = new Float64Array(length);
      const behind = new Float64Array(length);
      objective.valueGradient(
        U.map((u, i) => u + step * v[i]),
        ahead,
      );
      objective.valueGradient(
        U.map((u, i) => u - step * v[i]),
        behind,
      );
      for (let i = 0; i < length; i++) {
        expect(Hv[i]).toBeCloseTo((ahead[i] - behind[i]) / (2 * step), 7);
      }
    });

    it("maps weights to variables and back", () => {
      const W = new Float64Array(length);
      const back = new Float64Array(length);
      variables.toWeights(U, W);
      variables.fromWeights(W, back);
      for (let i = 0; i < length; i++) expect(back[i]).toBeCloseTo(U[i], 12);
    });
  },
);
