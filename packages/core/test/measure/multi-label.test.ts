import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { type LabelSetMetrics, measureLabelSets } from "../../src/measure/multi-label.ts";

interface Scores {
  readonly hammingLoss: number;
  readonly exactMatch: number;
  readonly microF1: number;
  readonly macroF1: number;
  readonly logLoss: number;
  readonly perLabel: readonly number[];
}

interface Case {
  readonly labels: number;
  readonly truth: readonly number[];
  readonly given: readonly number[];
  readonly logits: readonly number[];
  readonly shares: readonly number[];
  readonly weights: readonly number[];
  readonly plain: Scores;
  readonly weighted: Scores;
  readonly baseline: Scores;
}

const golden: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("multi-label.golden.json", import.meta.url), "utf8"),
);

const inputOf = ({ labels, truth, given, logits, shares }: Case) => ({
  truth: Uint8Array.from(truth),
  given: Uint8Array.from(given),
  logits: Float64Array.from(logits),
  labels,
  s: null,
  group: null,
  shares: Float64Array.from(shares),
  seed: 1,
});

const NAMES = ["hammingLoss", "exactMatch", "microF1", "macroF1", "logLoss"] as const;

function expectScores(
  metrics: Pick<LabelSetMetrics, (typeof NAMES)[number]>,
  expected: Scores,
): void {
  for (const name of NAMES) {
    const { value, low, high } = metrics[name];
    expect(value, name).toBeCloseTo(expected[name], 12);
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
  }
}

describe("metrics of sets of labels", () => {
  it("are those of scikit-learn, with row weights and without, and so is the baseline", () => {
    for (const one of golden.cases) {
      const plain = measureLabelSets(inputOf(one));
      expectScores(plain, one.plain);
      plain.perLabel.forEach(({ f1 }, l) => {
        expect(f1.value).toBeCloseTo(one.plain.perLabel[l], 12);
      });
      const weighted = measureLabelSets({ ...inputOf(one), s: Float64Array.from(one.weights) });
      expectScores(weighted, one.weighted);
      expectScores(weighted.baseline, one.baseline);
    }
  });

  const rows = fc.tuple(
    fc.array(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 3, maxLength: 3 }), {
      minLength: 1,
      maxLength: 12,
    }),
    fc.integer({ min: 1, max: 3 }),
  );
  const valuesOf = (cells: readonly (readonly (readonly [boolean, boolean])[])[], s: number[]) => {
    const flat = cells.flat();
    const metrics = measureLabelSets({
      truth: Uint8Array.from(flat, ([has]) => Number(has)),
      given: Uint8Array.from(flat, ([, gets]) => Number(gets)),
      logits: Float64Array.from(flat, ([, gets]) => (gets ? 1 : -1)),
      labels: 3,
      s: Float64Array.from(s),
      group: null,
      shares: Float64Array.of(0.1, 0.6, 0),
      seed: 1,
    });
    return NAMES.map((name) => metrics[name].value);
  };

  it("do not hang on the order of rows or labels, and count a row of weight w as w rows", () => {
    fc.assert(
      fc.property(rows, ([cells, weight]) => {
        const ones = cells.map(() => 1);
        const plain = valuesOf(cells, ones);
        const close = (other: number[]): void =>
          other.forEach((value, i) => {
            expect(value).toBeCloseTo(plain[i], 10);
          });
        close(valuesOf([...cells].reverse(), ones));
        close(
          valuesOf(
            cells.map((row) => [...row].reverse()),
            ones,
          ),
        );
        const repeated = [...cells, ...Array.from({ length: weight - 1 }, () => cells[0])];
        const weighted = valuesOf(cells, [weight, ...ones.slice(1)]);
        valuesOf(
          repeated,
          repeated.map(() => 1),
        ).forEach((value, i) => {
          expect(value).toBeCloseTo(weighted[i], 10);
        });
      }),
      { numRuns: 20 },
    );
  });

  it("leaves rows of weight 0 out, draws groups together, and refuses what does not fit", () => {
    const [one] = golden.cases;
    const input = inputOf(one);
    const half = Float64Array.from({ length: 60 }, (_, i) => Number(i < 30));
    const first = measureLabelSets({ ...input, s: half });
    expect(first.rows).toBe(30);
    const cut = (list: Uint8Array) => list.slice(0, 30 * 5);
    const alone = measureLabelSets({
      ...input,
      truth: cut(input.truth),
      given: cut(input.given),
      logits: input.logits.slice(0, 150),
    });
    expect(alone.microF1).toEqual(first.microF1);
    const grouped = measureLabelSets({
      ...input,
      group: Int32Array.from({ length: 60 }, (_, i) => i >> 4),
    });
    expect(grouped.hammingLoss.value).toBe(measureLabelSets(input).hammingLoss.value);
    expect(grouped.hammingLoss).not.toEqual(measureLabelSets(input).hammingLoss);
    expect(() => measureLabelSets({ ...input, given: new Uint8Array(3) })).toThrow(RangeError);
    expect(() => measureLabelSets({ ...input, shares: new Float64Array(2) })).toThrow(RangeError);
    expect(() => measureLabelSets({ ...input, s: new Float64Array(60) })).toThrow(SoftmaxError);
  });

  it("stays finite where a share is 0 or 1, and gives an interval to an exact match of 1", () => {
    const metrics = measureLabelSets({
      truth: Uint8Array.of(1, 0, 1, 0),
      given: Uint8Array.of(1, 0, 1, 0),
      logits: Float64Array.of(9, -9, 9, -9),
      labels: 2,
      s: null,
      group: null,
      shares: Float64Array.of(0, 1),
      seed: 1,
    });
    expect(metrics.baseline.logLoss.value).toBeCloseTo(Math.log(4), 12);
    expect(metrics.exactMatch.value).toBe(1);
    expect(metrics.exactMatch.low).toBeLessThan(1);
  });
});
