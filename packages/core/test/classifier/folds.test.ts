import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Plan, planFolds } from "../../src/classifier/folds.ts";

const options = { group: null, time: null, seed: 1, folds: 5, holdOutAbove: 50_000 };

const trainedAt = (plan: Plan, split: number): Set<number> => {
  const rows = new Set<number>();
  for (const { start, end } of plan.splits[split].train) {
    for (let at = start; at < end; at++) rows.add(plan.order[at]);
  }
  return rows;
};

describe("planFolds", () => {
  it("judges every row once, by a model that did not train on it, with classes spread evenly", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 200 }),
        fc.integer({ min: 0, max: 1000 }),
        (labels, seed) => {
          const y = Int32Array.from(labels);
          const plan = planFolds({ ...options, y, k: 4, seed });
          expect([...plan.order].sort((a, b) => a - b)).toEqual([...y.keys()]);
          const judged = plan.splits.flatMap(({ judge }) =>
            Array.from(plan.order.subarray(judge.start, judge.end)),
          );
          expect(judged.sort((a, b) => a - b)).toEqual([...y.keys()]);
          plan.splits.forEach(({ judge }, f) => {
            const trained = trainedAt(plan, f);
            const own = plan.order.subarray(judge.start, judge.end);
            expect(trained.size + own.length).toBe(y.length);
            for (const row of own) expect(trained.has(row)).toBe(false);
          });
          for (let c = 0; c < 4; c++) {
            const perPart = new Array(5).fill(0);
            y.forEach((label, i) => {
              if (label === c) perPart[plan.partOf[i]]++;
            });
            expect(Math.max(...perPart) - Math.min(...perPart)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  it("keeps every group whole", () => {
    const y = Int32Array.from({ length: 300 }, (_, i) => i % 3);
    const group = Int32Array.from({ length: 300 }, (_, i) => Math.floor(i / 7));
    const plan = planFolds({ ...options, y, k: 3, group });
    const partOfGroup = new Map<number, number>();
    plan.partOf.forEach((part, i) => {
      expect(partOfGroup.get(group[i]) ?? part).toBe(part);
      partOfGroup.set(group[i], part);
    });
    expect(plan.splits).toHaveLength(5);
  });

  it("leaves no part without groups while there are enough, also where each class is one group", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 6, maxLength: 80 }),
        fc.boolean(),
        (ids, alike) => {
          const group = Int32Array.from(ids);
          const groups = new Set(ids).size;
          fc.pre(groups >= 2);
          const y = alike ? group : Int32Array.from(ids, (_, i) => i % 10);
          const plan = planFolds({ ...options, y, k: 10, group });
          expect(plan.splits).toHaveLength(Math.min(5, groups));
          for (const { train } of plan.splits) expect(train.length).toBeGreaterThan(0);
        },
      ),
    );
  });

  it("cross-validates above the limit of rows where a fifth holds too few groups to be cut", () => {
    const y = Int32Array.from({ length: 200 }, (_, i) => i % 2);
    const group = Int32Array.from({ length: 200 }, (_, i) => i % 8);
    expect(planFolds({ ...options, y, k: 2, group, holdOutAbove: 100 }).method).toBe(
      "cross-validation",
    );
    const many = Int32Array.from({ length: 200 }, (_, i) => i % 60);
    expect(planFolds({ ...options, y, k: 2, group: many, holdOutAbove: 100 }).method).toBe(
      "hold-out",
    );
  });

  it("judges the latest fifth by time, rows of one instant together", () => {
    const y = Int32Array.from({ length: 100 }, (_, i) => i % 2);
    const time = Float64Array.from({ length: 100 }, (_, i) => Math.floor((99 - i) / 3));
    const plan = planFolds({ ...options, y, k: 2, time });
    expect(plan.method).toBe("latest rows");
    const judged = [...y.keys()].filter((i) => plan.partOf[i] >= 0);
    const trained = [...y.keys()].filter((i) => plan.partOf[i] < 0);
    const earliest = Math.min(...judged.map((i) => time[i]));
    expect(Math.max(...trained.map((i) => time[i]))).toBeLessThan(earliest);
    expect(judged.length).toBeGreaterThanOrEqual(20);
  });

  it("sets one fifth aside, in five parts, above the limit of rows", () => {
    const y = Int32Array.from({ length: 1000 }, (_, i) => i % 2);
    const plan = planFolds({ ...options, y, k: 2, holdOutAbove: 999 });
    expect(plan.splits).toHaveLength(1);
    expect(plan.judged).toBe(200);
    expect(new Set(plan.partOf)).toEqual(new Set([-1, 0, 1, 2, 3, 4]));
  });

  it("gives the same plan for the same seed and another for another", () => {
    const y = Int32Array.from({ length: 60 }, (_, i) => i % 2);
    const order = (seed: number) => [...planFolds({ ...options, y, k: 2, seed }).order];
    expect(order(3)).toEqual(order(3));
    expect(order(3)).not.toEqual(order(4));
  });

  it("refuses a single row, a single group and a single instant", () => {
    const y = Int32Array.from([0, 1, 0, 1]);
    expect(() => planFolds({ ...options, y: y.subarray(0, 1), k: 2 })).toThrow(/at least 2 rows/);
    expect(() => planFolds({ ...options, y, k: 2, group: new Int32Array(4) })).toThrow(
      /same group/,
    );
    expect(() => planFolds({ ...options, y, k: 2, time: new Float64Array(4) })).toThrow(
      /no rows are left to train on/,
    );
  });
});
