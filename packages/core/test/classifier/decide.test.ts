import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SoftmaxError } from "../../src/base/checks.ts";
import { createRandom } from "../../src/base/random.ts";
import type { Table } from "../../src/base/table.ts";
import { rowsWhere } from "../../src/classifier/candidates.ts";
import { pickRows } from "../../src/classifier/choose.ts";
import { Classifier } from "../../src/classifier/classifier.ts";
import { decideOn, type JudgedRows, probabilitiesOf } from "../../src/classifier/decide.ts";
import { redecide } from "../../src/classifier/redecide.ts";
import { train } from "../../src/classifier/train.ts";
import { decide } from "../../src/decide/decision.ts";
import { type DecideOptions, wishOf } from "../../src/decide/options.ts";
import { bitsOf, noiseTable, normal, rareTable, softmaxTable } from "./data.ts";

/** Two classes, the second in about 2 % of the rows, whose true logits are known. */
function rareRows(n: number, seed: number): { Z: Float64Array; y: Int32Array } {
  const random = createRandom(seed);
  const Z = new Float64Array(2 * n);
  const y = Int32Array.from({ length: n }, (_, i) => {
    Z[2 * i + 1] = -5.1 + 1.6 * normal(random);
    return random.uniform() < 1 / (1 + Math.exp(-Z[2 * i + 1])) ? 1 : 0;
  });
  return { Z, y };
}

function judged(Z: Float64Array, y: Int32Array, k: number, seed: number): JudgedRows {
  const part = Int32Array.from(y, (_, i) => i % 5);
  return {
    judge: { y, s: null, group: null, part, parts: 5 },
    k,
    Z,
    honest: Z,
    outside: (p) =>
      pickRows(
        Z,
        rowsWhere(part, (own) => own !== p),
        k,
      ),
    rowCosts: null,
    shares: new Float64Array(k).fill(1),
    positive: k === 2 ? 1 : -1,
    classes: Array.from({ length: k }, (_, c) => `c${c}`),
    seed,
  };
}

const f1Of = (labels: Int32Array, y: Int32Array): number => {
  const right = labels.filter((c, i) => c === 1 && y[i] === 1).length;
  const both = labels.filter((c) => c === 1).length + y.filter((c) => c === 1).length;
  return both === 0 ? 0 : (2 * right) / both;
};

describe("F1 at 2 % positives and 1,000 rows", () => {
  it("is reported as fresh rows have it, where the rows chosen on flatter it by a quarter", () => {
    const wish = wishOf({ by: "f1" }, ["c0", "c1"], 1);
    const fresh = rareRows(100_000, 999);
    const P = probabilitiesOf(fresh.Z, 2);
    const found = { reported: 0, flattered: 0, truth: 0 };
    const samples = 40;
    for (let seed = 1; seed <= samples; seed++) {
      const { Z, y } = rareRows(1000, seed);
      const { decision, report } = decideOn(wish, judged(Z, y, 2, seed));
      found.reported += report.measured!.decided.f1!.value / samples;
      found.flattered += f1Of(decide(decision, probabilitiesOf(Z, 2), 2), y) / samples;
      found.truth += f1Of(decide(decision, P, 2), fresh.y) / samples;
    }
    expect(found.flattered).toBeGreaterThan(1.25 * found.truth);
    // About 0.09 from sample to sample, so 0.015 in the mean of 40.
    expect(Math.abs(found.reported - found.truth)).toBeLessThan(0.035);
  });
});

describe("what is decided for a part", () => {
  const wishes: DecideOptions[] = [
    { by: "f1" },
    { by: "macro-f1" },
    { by: "balanced-accuracy" },
    { by: "recall-at-precision", at: 0.5 },
    { by: "argmax", abstain: { error: 0.2 } },
  ];

  it("does not change with that part's own labels", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom(...wishes), (seed, options) => {
        const random = createRandom(seed);
        const Z = Float64Array.from({ length: 100 }, () => 2 * normal(random));
        const y = Int32Array.from({ length: 50 }, () => random.below(2));
        const rows = judged(Z, y, 2, 1);
        const wish = wishOf(options, ["c0", "c1"], 1);
        const before = decideOn(wish, rows).report.chosen.map(({ parts }) => parts[2]);
        const changed = y.map((c, i) => (i % 5 === 2 ? 1 - c : c));
        const other = { ...rows, judge: { ...rows.judge, y: changed } };
        const after = decideOn(wish, other).report.chosen.map(({ parts }) => parts[2]);
        expect(after).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });
});

describe("with labels that the columns say nothing of", () => {
  const ways: DecideOptions[] = [
    { by: "f1" },
    { by: "balanced-accuracy" },
    { by: "recall-at-precision", at: 0.4 },
    { costs: [["c0", "c1", 3]] },
    { by: "argmax", abstain: { error: 0.1 } },
  ];

  it.each(ways)("%j is no better than one label for all", (decide) => {
    const random = createRandom(11);
    const Z = Float64Array.from({ length: 1200 }, () => normal(random));
    const y = Int32Array.from({ length: 600 }, () => (random.below(10) < 3 ? 0 : 1));
    const rows = { ...judged(Z, y, 2, 1), shares: Float64Array.of(3, 7) };
    const { report } = decideOn(wishOf(decide, ["c0", "c1"], 1), rows);
    expect(report.measured!.noBetterThanBaseline).toBe(true);
  });

  it("so says the report of a training", async () => {
    const options = { target: "y", worker: false, linear: true, l2: 0.1 };
    const { report } = await train(noiseTable(300, 5, [0.3, 0.7], 1), {
      ...options,
      decide: { by: "f1" },
    });
    expect(report.decision!.measured!.noBetterThanBaseline).toBe(true);
  });
});

describe("a classifier with a decision", () => {
  const table = rareTable(400, 3);
  const options = { target: "y", worker: false, linear: true, l2: 0.01 } as const;

  it("is trained, reported, saved and loaded with it", async () => {
    const costs = [["rare", "usual", 8]] as const;
    const given = { ...options, decide: { costs } };
    const { classifier, report } = await train(table, given);
    const { decision } = report;
    expect(decision?.costs).toEqual([
      [0, 8],
      [1, 0],
    ]);
    const { decided, argmax, gain } = decision!.measured!;
    expect(decided.cost!.value).toBeLessThan(argmax.cost!.value);
    expect(gain.value).toBeCloseTo(argmax.cost!.value - decided.cost!.value, 12);
    const loaded = await Classifier.load(classifier.save());
    expect(loaded.model.decision).toStrictEqual(classifier.model.decision);
    expect(loaded.save()).toEqual(classifier.save());
    const rows = [
      { a: 1.2, b: 0.7 },
      { a: -2, b: 0 },
    ];
    expect(loaded.predict(rows)).toEqual(classifier.predict(rows));
    expect(loaded.predict(rows).map(({ label }) => label)).toEqual(["rare", "usual"]);
    expect(loaded.predict(rows)[0]).toEqual(loaded.predict(rows[0]));
    expect(loaded.predict(rows[0]).probabilities[0].label).toBe("usual");
  });

  it("has the same probabilities and, without a decision, the same format as ever", async () => {
    const plain = await train(table, options);
    const other = await train(table, { ...options, decide: { by: "f1" } });
    expect(bitsOf(other.classifier.probabilities(table))).toEqual(
      bitsOf(plain.classifier.probabilities(table)),
    );
    expect(plain.report).not.toHaveProperty("decision");
    const back = redecide(other.classifier, { by: "argmax" }).classifier;
    expect(back.model).not.toHaveProperty("decision");
    const version = (bytes: Uint8Array): string | undefined =>
      /"version":"(\d+)"/.exec(new TextDecoder().decode(bytes.subarray(0, 200)))?.[1];
    expect([plain.classifier, other.classifier, back].map((one) => version(one.save()))).toEqual([
      "1",
      "3",
      "1",
    ]);
  });

  it("leaves rows to a person with a label of null, and explains what it would have said", async () => {
    const { classifier } = await train(table, {
      ...options,
      decide: { abstain: { confidence: 0.95 } },
    });
    const { label, confidence, explained } = classifier.explain({ a: 1.5, b: 1.5 });
    expect(label).toBeNull();
    expect(confidence).toBeLessThan(0.95);
    expect(["rare", "usual"]).toContain(explained);
    expect(classifier.predict({ a: -2, b: -2 }).label).toBe("usual");
  });

  it("decides by calibrated probabilities, whatever temperature is shown", async () => {
    const { classifier } = await train(table, { ...options, decide: { by: "threshold", at: 0.2 } });
    const all = classifier.answer(table);
    const soft = classifier.answer(table, { temperature: 9 });
    expect(soft.labels).toEqual(all.labels);
    expect(soft.probabilities[0][0]).not.toBe(all.probabilities[0][0]);
  });

  it("counts row costs from a column, which is no input", async () => {
    const values = Float64Array.from({ length: 400 }, (_, i) => 1 + (i % 7));
    const more: Table = {
      ...table,
      columns: [{ kind: "number", name: "amount", values }, ...table.columns],
    };
    const decide = { costs: [["rare", "usual", 8]], costColumn: "amount" } as const;
    const { classifier, report } = await train(more, { ...options, decide });
    expect(classifier.columns).toEqual(["a", "b"]);
    const plain = await train(table, { ...options, decide: { costs: decide.costs } });
    const cost = (one: typeof report): number => one.decision!.measured!.decided.cost!.value;
    expect(cost(report)).toBeGreaterThan(2 * cost(plain.report));
    const bad = { ...decide, costColumn: "amuont" };
    await expect(train(more, { ...options, decide: bad })).rejects.toThrow(
      'did you mean "amount"?',
    );
  });

  it("names the most probable labels where that was asked for", async () => {
    const many = softmaxTable(200, 4, 1);
    const { classifier, report } = await train(many, {
      ...options,
      decide: { by: "top", at: 2 },
    });
    const [first] = classifier.predict([{ x0: 1, x1: 0, x2: 0, x3: 0 }]);
    expect(first.top).toEqual(first.probabilities.slice(0, 2).map(({ label }) => label));
    const { decided, argmax } = report.decision!.measured!;
    expect(decided.topAccuracy!.value).toBeGreaterThan(argmax.accuracy.value);
  });

  it("says where what was asked for is out of reach", async () => {
    const random = createRandom(1);
    const Z = Float64Array.from({ length: 200 }, () => normal(random));
    const y = Int32Array.from({ length: 100 }, (_, i) => Number(Z[2 * i + 1] - Z[2 * i] < 1.5));
    const wish = wishOf({ by: "recall-at-precision", at: 1 }, ["c0", "c1"], 1);
    expect(decideOn(wish, judged(Z, y, 2, 1)).report.reached).toBe(false);
    const { report } = await train(rareTable(200, 8), {
      ...options,
      decide: { by: "recall-at-precision", at: 1, class: "rare" },
    });
    const says = report.remarks.join().includes("is not reached");
    expect(says).toBe(!report.decision!.reached);
  });
});

describe("redecide", () => {
  it("needs rows only where something is sought on them, and names what is missing", async () => {
    const { classifier } = await train(rareTable(300, 5), {
      target: "y",
      worker: false,
      linear: true,
      l2: 0.01,
    });
    const { report, classifier: chow } = redecide(classifier, { abstain: { cost: 0.1 } });
    expect(report.measured).toBeNull();
    expect(chow.model.decision).toEqual({ rule: "argmax", abstention: { by: "cost", cost: 0.1 } });
    const shares = redecide(classifier, { by: "balanced-accuracy" }).classifier.model.decision;
    expect(shares).toMatchObject({ rule: "threshold", class: 1 });
    expect(() => redecide(classifier, { by: "f1" })).toThrow(SoftmaxError);
    const options = { data: rareTable(300, 6), grup: "a" } as object;
    expect(() => redecide(classifier, { by: "f1" }, options)).toThrow('did you mean "group"?');
    const fresh = redecide(classifier, { by: "f1" }, { data: rareTable(300, 6) });
    expect(fresh.report.measured?.rows).toBe(300);
    expect(fresh.classifier.model.provenance.options.at(-1)).toEqual(["decided", '{"by":"f1"}']);
  });
});
