import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Row } from "../../src/base/table.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { importance } from "../../src/classifier/importance.ts";
import { partialDependence } from "../../src/classifier/partial.ts";
import { train } from "../../src/classifier/train.ts";
import { layoutOf } from "../../src/encode/encoder.ts";
import { anyRow, drawnModel, EVERY_KIND, plainRows } from "./models.ts";

interface Drawn {
  readonly mean: number;
  readonly error: number;
}

interface GoldenCase {
  readonly classes: number;
  readonly X: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly coefficients: readonly (readonly number[])[];
  readonly intercepts: readonly number[];
  readonly columns: readonly {
    readonly grid: readonly number[];
    readonly mean: readonly (readonly number[])[];
    readonly low: readonly (readonly number[])[];
    readonly high: readonly (readonly number[])[];
    readonly logLoss: Drawn;
    readonly accuracy: Drawn;
  }[];
}

// scripts/golden/explain.py
const golden = JSON.parse(
  readFileSync(new URL("explain.golden.json", import.meta.url), "utf8"),
) as { cases: readonly GoldenCase[] };

const NAMES = ["a", "b", "c"];

/** The golden model as one of ours: its slopes and intercepts are in the units of the data. */
function goldenModel({ X, y, classes, coefficients, intercepts }: GoldenCase) {
  const rows: Row[] = X.map((x, i) => ({ a: x[0], b: x[1], c: x[2], y: `c${y[i]}` }));
  const { model } = drawnModel(rows, {
    kinds: NAMES.map((name) => [name, "numeric"]),
    classes: Array.from({ length: classes }, (_, c) => `c${c}`),
    ...{ curves: false, seed: 1 },
  });
  const outputs = coefficients.length;
  const weights = new Float64Array(4 * outputs);
  coefficients.forEach((own, c) => {
    weights[3 * outputs + c] = intercepts[c];
    model.encoder.columns.forEach((column, j) => {
      if (column.kind !== "numeric") throw new Error("all columns are numeric");
      const [, mean, deviation] = column.line;
      weights[j * outputs + c] = own[j] * deviation;
      weights[3 * outputs + c] += own[j] * mean;
    });
  });
  return { classifier: new Classifier({ ...model, weights }), rows };
}

describe.each(golden.cases.map((one) => [one.classes, one] as const))(
  "scikit-learn's model of %i classes",
  (_, given) => {
    const { classifier, rows } = goldenModel(given);

    test("has its partial dependence, and the spread of the rows", () => {
      given.columns.forEach(({ grid, mean, low, high }, j) => {
        const { points } = partialDependence(classifier, rows, NAMES[j], { values: grid });
        expect(points.map(({ value }) => value)).toEqual(grid);
        points.forEach((point, at) => {
          point.mean.forEach((p, c) => {
            expect(p).toBeCloseTo(mean[at][c], 10);
            expect(point.low[c]).toBeCloseTo(low[at][c], 10);
            expect(point.high[c]).toBeCloseTo(high[at][c], 10);
          });
        });
      });
    });

    test("has its permutation importance, within what shuffles differ by", () => {
      const { columns } = importance(classifier, rows, { repeats: 1000 });
      given.columns.forEach(({ logLoss, accuracy }, j) => {
        const own = columns.find(({ name }) => name === NAMES[j])!;
        expect(Math.abs(own.logLoss.value - logLoss.mean)).toBeLessThanOrEqual(
          6 * logLoss.error + 1e-12,
        );
        expect(Math.abs(own.accuracy.value - accuracy.mean)).toBeLessThanOrEqual(
          6 * accuracy.error + 1e-12,
        );
      });
      const unused = columns.find(({ name }) => name === "c")!;
      expect([unused.logLoss, unused.accuracy]).toEqual([
        { value: 0, low: 0, high: 0 },
        { value: 0, low: 0, high: 0 },
      ]);
      expect([unused.meanAbsolute, unused.deviations].flat().every((v) => v === 0)).toBe(true);
    });
  },
);

const MANY = ["a", "b", "c"];

describe("a column of any kind", () => {
  const labelled = (rows: readonly Row[]): Row[] =>
    rows.map((row, i) => ({ ...row, y: MANY[i % 3] }));

  test("without weights is of no importance, and changes no probability", () => {
    const anyCase = fc.record({
      seed: fc.integer({ min: 0, max: 1e6 }),
      curves: fc.boolean(),
      at: fc.integer({ min: 0, max: EVERY_KIND.length - 1 }),
      rows: fc.array(anyRow, { minLength: 2, maxLength: 30 }),
    });
    fc.assert(
      fc.property(anyCase, ({ seed, curves, at, rows }) => {
        const drawn = drawnModel(plainRows(60), { kinds: EVERY_KIND, classes: MANY, curves, seed });
        const { encoder, weights } = drawn.model;
        const { places, denseWidth, codesWidth } = layoutOf(encoder);
        const place = places[at];
        weights.fill(0, 3 * place.denseStart, 3 * (place.denseStart + place.denseWidth));
        const codes = denseWidth + place.codesStart;
        weights.fill(0, 3 * codes, 3 * (codes + place.codesWidth));
        const csr = denseWidth + codesWidth + place.csrStart;
        weights.fill(0, 3 * csr, 3 * (csr + place.csrWidth));
        const [name, kind] = EVERY_KIND[at];
        const { columns } = importance(drawn, labelled([...rows, ...plainRows(12)]), {
          repeats: 2,
        });
        const own = columns.find((column) => column.name === name)!;
        expect([own.logLoss.value, own.accuracy.value]).toEqual([0, 0]);
        expect(columns.some(({ logLoss }) => logLoss.value !== 0)).toBe(true);
        if (kind === "text") return;
        const { points } = partialDependence(drawn, rows.concat(plainRows(12)), name);
        for (const { mean } of points) expect(mean).toEqual(points[0].mean);
      }),
      { numRuns: 40 },
    );
  });

  test("has the partial dependence of rows with its cell put in", () => {
    const rows = plainRows(50);
    const classifier = drawnModel(rows, {
      kinds: EVERY_KIND,
      classes: MANY,
      curves: true,
      seed: 9,
    });
    for (const [name, kind] of EVERY_KIND) {
      if (kind === "text") continue;
      const { points } = partialDependence(classifier, rows, name, { points: 7 });
      expect(points.length).toBeGreaterThan(1);
      for (const { value, role, mean } of points) {
        const cell = role === "other" ? "never seen" : value;
        const P = classifier.probabilities(rows.map((row) => ({ ...row, [name]: cell })));
        mean.forEach((p, c) => {
          expect(p).toBeCloseTo(P.reduce((sum, own) => sum + own[c], 0) / P.length, 10);
        });
      }
    }
  });

  test.each([
    ["note", {}, "is read as text"],
    ["amout", {}, 'did you mean "amount"?'],
    ["amount", { values: [] }, '"values" expected at least one value'],
    ["amount", { points: 1 }, '"points" expected a number from 2'],
  ])("%s %j is refused", (name, options, sentence) => {
    const rows = plainRows(20);
    const classifier = drawnModel(rows, {
      kinds: EVERY_KIND,
      classes: MANY,
      curves: false,
      seed: 9,
    });
    expect(() => partialDependence(classifier, rows, name, options)).toThrow(sentence);
  });
});

test("importance orders columns as the truth does, counts weights and groups, and is the same each time", async () => {
  const rows: Row[] = Array.from({ length: 300 }, (_, i) => {
    const [u, v] = [Math.sin(i * 12.9898) * 3, Math.cos(i * 78.233) * 3];
    return {
      u,
      v,
      noise: Math.sin(i * i),
      w: 1 + (i % 3),
      g: i % 30,
      y: 2 * u + v > 0 ? "b" : "a",
    };
  });
  const settings = { target: "y", linear: true, l2: 0.01, worker: false, ignore: ["w", "g"] };
  const { classifier } = await train(rows, settings);
  const found = importance(classifier, rows, { weight: "w", group: "g" });
  expect(found.columns.map(({ name }) => name)).toEqual(["u", "v", "noise"]);
  const [{ logLoss }, , noise] = found.columns;
  expect(logLoss.low).toBeGreaterThan(0);
  expect(noise.logLoss.value).toBeLessThan(0.05 * logLoss.value);
  expect(importance(classifier, rows, { weight: "w", group: "g" })).toEqual(found);
  expect(importance(classifier, rows).logLoss).not.toBe(found.logLoss);
  const unlabelled = rows.map(({ u, v, noise }) => ({ u, v, noise }));
  expect(() => importance(classifier, unlabelled)).toThrow("y");
});
