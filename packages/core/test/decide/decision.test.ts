import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { ABSTAINED, ARGMAX, answers, type Decision, decide } from "../../src/decide/decision.ts";
import { checkDecision, checkSplitSets } from "../../src/decide/stored.ts";

export interface Golden {
  readonly k: number;
  readonly P: number[];
  readonly y: number[];
  readonly thresholds: {
    readonly f1: number;
    readonly recallAtPrecision: [number, number];
    readonly precisionAtRecall: [number, number];
  };
  readonly costs: number[];
  readonly leastCost: number[];
  readonly area: number;
}

const { cases } = JSON.parse(
  readFileSync(new URL("decisions.golden.json", import.meta.url), "utf8"),
) as { cases: Golden[] };

test("argmax decides on the most probable class, the first of equals, alike from logits with −∞", () => {
  const P = Float64Array.of(0.2, 0.4, 0.4, 0, 0, 1, -Infinity, -Infinity, -9);
  expect([...decide(ARGMAX, P, 3)]).toStrictEqual([1, 2, 2]);
});

test("one class is always decided on, and no rows give no labels", () => {
  expect([...decide(ARGMAX, Float64Array.of(1, 1), 1)]).toStrictEqual([0, 0]);
  expect(decide(ARGMAX, new Float64Array(), 3)).toHaveLength(0);
  expect(() => decide(ARGMAX, new Float64Array(4), 3)).toThrow(RangeError);
});

describe("rules", () => {
  const P = Float64Array.of(0.5, 0.3, 0.2, 0.1, 0.45, 0.45, 0.05, 0.05, 0.9);

  it("a threshold takes its class from it on, and else the most probable of the others", () => {
    const rule: Decision = { rule: "threshold", class: 1, threshold: 0.3 };
    expect([...decide(rule, P, 3)]).toEqual([1, 1, 2]);
    const never: Decision = { rule: "threshold", class: 2, threshold: 0.95 };
    expect([...decide(never, P, 3)]).toEqual([0, 1, 0]);
  });

  it("thresholds take the class with the largest ratio; of two classes they are one threshold", () => {
    const rule: Decision = { rule: "thresholds", thresholds: Float64Array.of(0.6, 0.3, 0.1) };
    expect([...decide(rule, P, 3)]).toEqual([2, 2, 2]);
    const two: Decision = { rule: "thresholds", thresholds: Float64Array.of(0.75, 0.25) };
    expect([...decide(two, Float64Array.of(0.74, 0.26, 0.76, 0.24), 2)]).toEqual([1, 0]);
  });

  it("costs take the class of least expected cost, the first of equals", () => {
    const costs = Float64Array.of(0, 1, 5, 0); // good for bad costs 5
    const rule: Decision = { rule: "costs", costs };
    const rows = Float64Array.of(0.9, 0.1, 0.8, 0.2, 0.82, 0.18, 0.85, 0.15);
    expect([...decide(rule, rows, 2)]).toEqual([0, 1, 1, 0]);
    const equal: Decision = { rule: "costs", costs: new Float64Array(9) };
    expect([...decide(equal, P, 3)]).toEqual([0, 0, 0]);
  });

  it.each(cases.map((golden) => [golden.k, golden] as const))(
    "costs agree with numpy for %i classes",
    (k, { P: all, costs, leastCost }) => {
      const rule: Decision = { rule: "costs", costs: Float64Array.from(costs) };
      expect([...decide(rule, Float64Array.from(all), k)]).toEqual(leastCost);
    },
  );

  it("of another number of classes are an error", () => {
    expect(() => decide({ rule: "costs", costs: new Float64Array(4) }, P, 3)).toThrow(RangeError);
    const rule: Decision = { rule: "thresholds", thresholds: new Float64Array(2) };
    expect(() => decide(rule, P, 3)).toThrow(RangeError);
  });
});

describe("abstention", () => {
  const P = Float64Array.of(0.9, 0.1, 0.7, 0.3, 0.4, 0.6);

  it("by cost leaves rows whose expected cost is above that of asking (Chow 1970)", () => {
    const chow: Decision = { rule: "argmax", abstention: { by: "cost", cost: 0.35 } };
    expect([...decide(chow, P, 2)]).toEqual([0, 0, ABSTAINED]);
    const costs = Float64Array.of(0, 1, 5, 0);
    const dear: Decision = { rule: "costs", costs, abstention: { by: "cost", cost: 0.55 } };
    // Expected costs 0.5 for class 0, 0.7 and 0.4 for class 1.
    expect([...decide(dear, P, 2)]).toEqual([0, ABSTAINED, 1]);
  });

  it("by confidence leaves rows whose label is less probable, and says what it would have been", () => {
    const floor: Decision = { rule: "argmax", abstention: { by: "confidence", floor: 0.7 } };
    expect([...decide(floor, P, 2)]).toEqual([0, 0, ABSTAINED]);
    expect([...answers(floor, P, 2)]).toEqual([0, 0, 1]);
  });
});

describe("what a model file may hold", () => {
  const good: Decision[] = [
    ARGMAX,
    { rule: "threshold", class: 1, threshold: 0.5 },
    { rule: "thresholds", thresholds: Float64Array.of(1, 2, 3) },
    { rule: "costs", costs: new Float64Array(9) },
    { rule: "top", count: 3, abstention: { by: "error", target: 0.1, floor: 0.4 } },
  ];

  it.each(good.map((decision) => [decision.rule, decision] as const))("%s", (_, decision) => {
    expect(checkDecision(decision, 3)).toStrictEqual(decision);
  });

  it.each([
    null,
    {},
    { rule: "constructor" },
    { rule: "threshold", class: 3, threshold: 0.5 },
    { rule: "threshold", class: 1, threshold: Number.NaN },
    { rule: "thresholds", thresholds: Float64Array.of(1, 0, 1) },
    { rule: "thresholds", thresholds: [1, 1, 1] },
    { rule: "costs", costs: Float64Array.of(1, 2, 3) },
    { rule: "costs", costs: new Float64Array(9).fill(Infinity) },
    { rule: "top", count: 4 },
    { rule: "argmax", abstention: {} },
    { rule: "argmax", abstention: { by: "confidence", floor: 2 } },
    { rule: "argmax", abstention: null },
  ])("not %j", (value) => {
    expect(() => checkDecision(value, 3)).toThrow(SoftmaxError);
  });

  it.each([
    null,
    { method: "lac", coverage: 0.9, quantiles: Float64Array.of(1, 2), rows: 3 },
    { method: "lac", coverage: 0.9, quantiles: Float64Array.of(Number.NaN), rows: 3 },
    { method: "raps", coverage: 0.9, quantiles: Float64Array.of(1), rows: 3 },
    { method: "toString", coverage: 0.9, quantiles: Float64Array.of(1), rows: 3 },
  ])("no sets such as %j", (value) => {
    expect(() => checkSplitSets(value, 3)).toThrow(SoftmaxError);
  });
});
