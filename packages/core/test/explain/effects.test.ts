import { describe, expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { everyRow } from "../../src/encode/cells.ts";
import { CURVES, encode, encodedWidth, fitEncoder, LINES } from "../../src/encode/encoder.ts";
import type { Schema } from "../../src/encode/schema.ts";
import { type ColumnEffect, contributions, effects } from "../../src/explain/effects.ts";
import { heap } from "../../src/kernels/kernels.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { tableOf } from "../encode/tables.ts";

const n = 120;
const range = Array.from({ length: n }, (_, i) => i);
const table = tableOf({
  amount: range.map((i) => (i % 6 === 0 ? 0 : i % 11 === 0 ? null : (i * 37) % 101)),
  colour: range.map((i) => (i === 5 ? "once" : ["red", "blue", "NA"][i % 3])),
  good: range.map((i) => (i % 2 ? "yes" : "no")),
  since: range.map((i) => `20${20 + (i % 6)}-0${1 + (i % 9)}-1${i % 10}`),
});
const schema: Schema = {
  target: "y",
  classes: ["a", "b", "c"],
  missing: ["NA"],
  columns: [
    { name: "amount", kind: "numeric" },
    { name: "colour", kind: "categorical" },
    { name: "good", kind: "boolean" },
    { name: "since", kind: "date" },
  ],
};

function model(shape: typeof LINES, outputs: number) {
  const encoder = fitEncoder(table, schema, everyRow(n), shape);
  const random = createRandom(7);
  const W = Float64Array.from(
    { length: (encodedWidth(encoder) + 1) * outputs },
    () => random.uniform() - 0.5,
  );
  return { encoder, W, X: encode(encoder, table, heap, "f64"), outputs };
}

/** Logits of rows given as cells, by the kernels. */
function logits(
  { encoder, W, outputs }: ReturnType<typeof model>,
  cells: Parameters<typeof tableOf>[0],
): number[] {
  const X = encode(encoder, tableOf(cells), heap, "f64");
  const Z = new Float64Array(X.rows * outputs);
  createReferenceKernels().logits(X, { start: 0, end: X.rows }, W, outputs, Z);
  return [...Z];
}

describe.each([
  ["lines, three classes", LINES, 3],
  ["curves, three classes", CURVES, 3],
  ["curves, two classes", CURVES, 1],
])("%s", (_, shape, outputs) => {
  const fitted = model(shape, outputs);
  const { encoder, W, X } = fitted;
  const classes = outputs === 1 ? ["no", "yes"] : ["a", "b", "c"];
  const list = effects(encoder, W, classes, X);
  const of = (name: string): ColumnEffect => list.find((effect) => effect.name === name)!;

  test("contributions and intercepts sum to the logits", () => {
    const Z = new Float64Array(n * outputs);
    createReferenceKernels().logits(X, { start: 0, end: n }, W, outputs, Z);
    for (let i = 0; i < n; i++) {
      const sums = contributions(encoder, W, outputs, X, i);
      for (let c = 0; c < outputs; c++) {
        let sum = W[W.length - outputs + c];
        for (let p = 0; p < 4; p++) sum += sums[p * outputs + c];
        expect(Math.abs(sum - Z[i * outputs + c])).toBeLessThan(1e-12);
      }
    }
  });

  test("importance is the deviation of the contributions, the largest column first", () => {
    for (const [p, { name }] of encoder.columns.entries()) {
      for (let c = 0; c < outputs; c++) {
        const values = range.map((i) => contributions(encoder, W, outputs, X, i)[p * outputs + c]);
        const mean = values.reduce((a, b) => a + b, 0) / n;
        const variance = values.reduce((a, v) => a + (v - mean) ** 2, 0) / n;
        expect(of(name).deviations[c]).toBeCloseTo(Math.sqrt(variance), 12);
        const distance = values.reduce((a, v) => a + Math.abs(v - mean), 0) / n;
        expect(of(name).meanAbsolute[c]).toBeCloseTo(distance, 12);
      }
      expect(of(name).importance).toBe(Math.max(...of(name).deviations));
    }
    const sorted = list.map((effect) => effect.importance);
    expect(sorted).toEqual([...sorted].sort((a, b) => b - a));
  });

  test("labels are those that log-odds are for", () => {
    expect(of("good").labels).toEqual(outputs === 1 ? ["yes"] : ["a", "b", "c"]);
  });

  const base = {
    amount: [33, 33],
    colour: ["red", "red"],
    good: ["yes", "yes"],
    since: ["2022-01-01", "2022-01-01"],
  };
  /** How far the logits move where a column's cell changes from one to the other. */
  const moved = (
    name: string,
    from: string | number | null,
    to: string | number | null,
  ): number[] => {
    const Z = logits(fitted, { ...base, [name]: [from, to] });
    return Array.from({ length: outputs }, (_, c) => Z[outputs + c] - Z[c]);
  };
  const close = (got: readonly number[], wanted: readonly number[]): void => {
    got.forEach((v, c) => {
      expect(v).toBeCloseTo(wanted[c], 10);
    });
  };
  const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((v, c) => v - b[c]);

  test("levels differ as the logits do, missing, rare and false ones too", () => {
    const level = (name: string, text: string | null, role = "level"): readonly number[] =>
      of(name).levels.find((l) => l.level === text && l.role === role)!.logOdds;
    close(minus(level("colour", "red"), level("colour", "blue")), moved("colour", "blue", "red"));
    close(
      minus(level("colour", null, "missing"), level("colour", "blue")),
      moved("colour", "blue", "NA"),
    );
    close(
      minus(level("colour", null, "other"), level("colour", "blue")),
      moved("colour", "blue", "new"),
    );
    close(minus(level("good", "yes"), level("good", "no")), moved("good", "no", "yes"));
    if (shape === CURVES) {
      close(
        minus(level("amount", null, "missing"), level("amount", "0")),
        moved("amount", 0, null),
      );
    }
  });

  test("lines are log-odds a unit of the data, curves go through the logits", () => {
    const { perUnit, curve } = of("amount");
    if (shape === LINES) {
      expect(curve).toBeNull();
      close(perUnit!, moved("amount", 33, 34));
      return;
    }
    expect(perUnit).toBeNull();
    expect(
      [curve![0].x, curve![curve!.length - 1].x].map((x) => Math.round(x * 1e9) / 1e9),
    ).toEqual([0, 97]);
    for (const a of curve!.slice(1)) {
      close(minus(a.logOdds, curve![1].logOdds), moved("amount", curve![1].x, a.x));
    }
    const [a, b] = [curve![3], curve![4]];
    close(
      minus(b.logOdds, a.logOdds).map((v) => v / 2),
      moved("amount", a.x, (a.x + b.x) / 2),
    );
  });
});

test("weights of another length are refused", () => {
  const { encoder, X } = model(LINES, 1);
  expect(() => effects(encoder, new Float64Array(3), ["a", "b"], X)).toThrow('"weights" expected');
});
