import { beforeAll, describe, expect, test } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import type { Row } from "../../src/base/table.ts";
import type { Report } from "../../src/classifier/report.ts";
import { train } from "../../src/classifier/train.ts";
import { confidentJoint } from "../../src/explain/confident.ts";
import { labelPairs } from "../../src/explain/rows.ts";
import { normal } from "../classifier/data.ts";

describe("the confident joint", () => {
  // By hand: thresholds are the means of the own labels' probabilities, 2.1/3 (of 0.9, 0.8, 0.4) and 1.75/3 (of 0.7, 0.25, 0.8).
  const P = Float64Array.of(0.9, 0.1, 0.8, 0.2, 0.4, 0.6, 0.3, 0.7, 0.75, 0.25, 0.2, 0.8);
  const y = Int32Array.of(0, 0, 0, 1, 1, 1);

  test("counts rows that are confidently of a class, by hand", () => {
    const { joint, confident } = confidentJoint(P, y, 2);
    expect(joint.thresholds).toEqual([expect.closeTo(0.7, 12), expect.closeTo(1.75 / 3, 12)]);
    expect(joint.counts).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect([...confident]).toEqual([0, 0, 1, 1, 0, 1]);
    expect(joint.joint.flat()).toEqual(
      [2 / 6, 1 / 6, 1 / 6, 2 / 6].map((v) => expect.closeTo(v, 12)),
    );
    expect(joint.errors).toBeCloseTo(1 / 3, 12);
    expect(labelPairs(joint, ["a", "b"])).toEqual([
      { label: "a", likely: "b", rows: 1, share: expect.closeTo(1 / 6, 12) },
      { label: "b", likely: "a", rows: 1, share: expect.closeTo(1 / 6, 12) },
    ]);
  });

  test("scales each label to its share of the rows, and takes the likelier of two that pass", () => {
    // Thresholds 0.5, 0.4 and 0.35; row 1 passes none, row 4 passes b and c.
    const three = Float64Array.of(
      ...[0.6, 0.2, 0.2, 0.45, 0.38, 0.17, 0.45, 0.1, 0.45, 0.2, 0.4, 0.4, 0.1, 0.55, 0.35],
    );
    const { joint, confident } = confidentJoint(three, Int32Array.of(0, 0, 0, 1, 2), 3);
    expect([...confident]).toEqual([0, -1, 2, 1, 1]);
    expect(joint.counts).toEqual([
      [1, 0, 1],
      [0, 1, 0],
      [0, 1, 0],
    ]);
    expect(joint.joint[0]).toEqual([0.3, 0, 0.3].map((v) => expect.closeTo(v, 12)));
    expect(joint.joint.flat().reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  test("of a class without rows or confident ones is harmless", () => {
    const { joint } = confidentJoint(Float64Array.of(0.5, 0.3, 0.2), Int32Array.of(1), 3);
    expect(joint.thresholds).toEqual([0, 0.3, 0]);
    expect(joint.joint.flat().reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });
});

/** Three clouds, and the rows whose label was turned into the next one's. */
function world(n: number, wrong: number, seed: number): { rows: Row[]; turned: Set<number> } {
  const random = createRandom(seed);
  const turned = new Set<number>();
  const rows = Array.from({ length: n }, (_, i) => {
    const c = random.below(3);
    const isTurned = random.uniform() < wrong;
    if (isTurned) turned.add(i + 1);
    return {
      x: [0, 6, 0][c] + normal(random),
      y: [0, 0, 6][c] + normal(random),
      town: ["north", "south"][random.below(2)],
      label: "abc"[isTurned ? (c + 1) % 3 : c],
    };
  });
  return { rows, turned };
}

describe("rows to look at in a table", () => {
  const { rows, turned } = world(600, 0.05, 4);
  let report: Report;
  beforeAll(async () => {
    ({ report } = await train(rows, { target: "label", l2: 0.001, worker: false }));
  });

  test("hold the labels that were turned", () => {
    const { mislabelled, suspects, errors, pairs } = report.looks!;
    expect(mislabelled).toHaveLength(10);
    expect(mislabelled.every(({ row }) => turned.has(row))).toBe(true);
    expect(suspects).toBeGreaterThan(0.8 * turned.size);
    expect(suspects).toBeLessThan(1.4 * turned.size);
    expect(errors).toBeGreaterThan(0.03);
    expect(errors).toBeLessThan(0.09);
    // Turned to the next label: a is likely c, b is likely a, c is likely b.
    const top = pairs.slice(0, 3).map(({ label, likely }) => label + likely);
    expect(top.sort()).toEqual(["ac", "ba", "cb"]);
  });

  test("show the strongest columns, in plain data", () => {
    const { looks } = report;
    expect(JSON.parse(JSON.stringify(looks))).toEqual(looks);
    const { typical, doubtful, mislabelled } = looks!;
    expect(typical.map(({ label }) => label)).toEqual([
      "a",
      "a",
      "a",
      "b",
      "b",
      "b",
      "c",
      "c",
      "c",
    ]);
    expect(typical.every(({ label, predicted }) => label === predicted)).toBe(true);
    expect(doubtful).toHaveLength(5);
    for (const { row, label, predicted, probability, labelProbability, cells } of mislabelled) {
      const given = rows[row - 1];
      expect(given.label).toBe(label);
      expect(predicted).not.toBe(label);
      expect(probability).toBeGreaterThan(labelProbability);
      expect(cells.map(({ name }) => name).sort()).toEqual(["town", "x", "y"]);
      for (const { name, value } of cells) expect(value).toBe(given[name]);
      const sizes = cells.map(({ contribution }) => Math.abs(contribution));
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    }
  });

  test("of a table whose labels are right are few", async () => {
    const clean = world(600, 0, 9);
    const trained = await train(clean.rows, { target: "label", l2: 0.001, worker: false });
    expect(trained.report.looks!.errors).toBeLessThan(0.03);
  });

  test("are those of the texts where every column is text", async () => {
    const texts = Array.from({ length: 40 }, (_, i) => ({
      text: `${i % 2 ? "good" : "bad"} thing ${i}`,
      label: i % 2 ? "yes" : "no",
    }));
    const trained = await train(texts, {
      target: "label",
      text: ["text"],
      l2: 0.01,
      worker: false,
    });
    expect(trained.report.looks).toBeUndefined();
    expect(trained.report.texts).toBeDefined();
  });
});
