import type { ColumnEffect } from "@softmax/core";
import { describe, expect, it } from "vitest";
import { contrastOf, shownLabels, slopeOf } from "../../src/report/contrast.ts";
import { factor, fold, short } from "../../src/report/numbers.ts";
import { factorTicks, powerTicks, rangeOf, ticks } from "../../src/report/scales.ts";

const effect = (given: Partial<ColumnEffect>): ColumnEffect => ({
  name: "x",
  kind: "numeric",
  labels: ["yes"],
  importance: 1,
  deviations: [1],
  meanAbsolute: [0.8],
  perUnit: null,
  curve: null,
  levels: [],
  terms: null,
  ...given,
});

const three = effect({ labels: ["a", "b", "c"], deviations: [1, 3, 2] });

describe("the greatest contrast", () => {
  it("of two classes lies between the least and the largest log-odds", () => {
    expect(contrastOf(effect({}), [[0.5], [-1], [2]])).toEqual({
      label: 0,
      against: null,
      low: 1,
      high: 2,
      size: 3,
    });
  });

  it("of several is that of the pair whose odds differ most", () => {
    const contrast = contrastOf(three, [
      [0, 1, -1],
      [0, -2, 3],
    ]);
    expect(contrast).toEqual({ label: 1, against: 2, low: 1, high: 0, size: 7 });
  });

  it("needs two places", () => {
    expect(contrastOf(three, [[1, 2, 3]])).toBeNull();
  });

  it("looks at four classes of many, those that the column moves most", () => {
    const deviations = [1, 9, 2, 8, 3, 7, 4];
    const many = effect({ labels: deviations.map(String), deviations });
    expect(shownLabels(many)).toEqual([1, 3, 5, 6]);
  });
});

describe("a slope", () => {
  it("is told for a round step of about half the column's spread", () => {
    const slope = slopeOf(effect({ perUnit: [0.06], deviations: [0.8] }), true);
    expect(slope).toMatchObject({ label: 0, against: null, step: 10 });
    expect(slope?.logOdds).toBeCloseTo(0.6, 12);
  });

  it("has steps of whole units where the column has", () => {
    const flat = effect({ perUnit: [-2], deviations: [0.8] });
    expect([slopeOf(flat, true)?.step, slopeOf(flat, false)?.step]).toEqual([1, 0.2]);
  });

  it("of several classes sets the steepest rise against the steepest fall", () => {
    const slope = slopeOf({ ...three, perUnit: [0.1, -0.5, 0.2] }, false);
    expect(slope).toMatchObject({ label: 2, against: 1, step: 5 });
    expect(slope?.logOdds).toBeCloseTo(3.5, 12);
  });

  it("of dates has steps of days, weeks, months or years", () => {
    const date = (days: number) => effect({ kind: "date", perUnit: [1], deviations: [days] });
    expect([1, 10, 40, 400, 9000].map((days) => slopeOf(date(days), false)?.step)).toEqual([
      1, 7, 30, 365.25, 3652.5,
    ]);
  });

  it("is none where the line is flat", () => {
    expect(slopeOf(effect({ perUnit: [0], deviations: [0] }), false)).toBeNull();
  });
});

describe("numbers", () => {
  it("tells ratios as people do", () => {
    expect([0, 0.04, Math.log(1.84), Math.log(45.4), Math.log(1234), 50].map(fold)).toEqual([
      "1.00",
      "1.04",
      "1.8",
      "45",
      "1,200",
      "more than 10,000",
    ]);
    expect([0, Math.log(0.0312), Math.log(320), 50, -50].map(factor)).toEqual([
      "×1",
      "×0.031",
      "×320",
      "×10,000+",
      "×0.0001−",
    ]);
    expect([12345.6, 0.00001234, 0.25, -3, 0].map(short)).toEqual([
      "12,350",
      "1.2e-5",
      "0.25",
      "-3",
      "0",
    ]);
  });
});

describe("axes", () => {
  it("name round values inside their range", () => {
    expect(ticks([0, 1])).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([17, 90])).toEqual([20, 40, 60, 80]);
    expect(ticks([3, 3])).toEqual([3]);
    expect(factorTicks([Math.log(0.04), Math.log(3)]).map((t) => t.text)).toEqual([
      "×0.1",
      "×0.3",
      "×1",
      "×3",
    ]);
    expect(powerTicks([Math.log(1e-6), Math.log(10)]).map((t) => t.text)).toEqual([
      "1e-6",
      "1e-4",
      "0.01",
      "1",
    ]);
  });

  it("have a range, whatever the values", () => {
    expect(rangeOf([])).toEqual([0, 1]);
    expect(rangeOf([Number.NaN, 5])).toEqual([4.5, 5.5]);
    expect(rangeOf([0])).toEqual([-1, 1]);
  });

  it("never name more than seven values", () => {
    for (let low = -20; low < 20; low++) {
      for (const span of [0.01, 0.4, 1, 3, 7, 30, 200]) {
        const range = [low, low + span] as const;
        for (const named of [ticks(range), factorTicks(range), powerTicks(range)]) {
          expect(named.length).toBeLessThanOrEqual(8);
        }
      }
    }
  });
});
