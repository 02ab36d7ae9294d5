import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/random.ts";
import { chooseFloor } from "../../src/decide/abstain.ts";
import { chooseDecision, spreadOf } from "../../src/decide/choose.ts";
import { decide } from "../../src/decide/decision.ts";
import { type Wish, wishOf } from "../../src/decide/options.ts";
import {
  type DecisionRows,
  macroThresholds,
  shareThresholds,
  type ThresholdGoal,
  thresholdChooser,
} from "../../src/decide/thresholds.ts";
import type { Golden } from "./decision.test.ts";

const { cases } = JSON.parse(
  readFileSync(new URL("decisions.golden.json", import.meta.url), "utf8"),
) as { cases: Golden[] };

/** Rows with ties in their probabilities and rows without weight. */
const samples = fc
  .record({
    n: fc.integer({ min: 2, max: 25 }),
    k: fc.integer({ min: 2, max: 4 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
    weighted: fc.boolean(),
  })
  .map(({ n, k, seed, weighted }): DecisionRows => {
    const random = createRandom(seed);
    const P = new Float64Array(n * k);
    for (let i = 0; i < n; i++) {
      const parts = Array.from({ length: k }, () => 1 + random.below(5));
      const total = parts.reduce((a, b) => a + b, 0);
      parts.forEach((part, c) => {
        P[i * k + c] = part / total;
      });
    }
    return {
      P,
      k,
      y: Int32Array.from({ length: n }, () => random.below(k)),
      w: Float64Array.from({ length: n }, (_, i) => (weighted && i > 0 ? random.below(3) / 2 : 1)),
    };
  });

interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly macroF1: number;
}

/** Scores of labels, the slow way. */
function scoresOf({ y, w, k }: DecisionRows, labels: Int32Array, c: number): Scores {
  const sum = (holds: (i: number) => boolean): number =>
    w.reduce((total, weight, i) => total + (holds(i) ? weight : 0), 0);
  const of = (a: number) => {
    const right = sum((i) => y[i] === a && labels[i] === a);
    const own = sum((i) => y[i] === a);
    const taken = sum((i) => labels[i] === a);
    return { right, own, taken, f1: own + taken === 0 ? 0 : (2 * right) / (own + taken) };
  };
  const { right, own, taken, f1 } = of(c);
  const present = Array.from({ length: k }, (_, a) => of(a)).filter((one) => one.own > 0);
  return {
    precision: taken === 0 ? 0 : right / taken,
    recall: own === 0 ? 0 : right / own,
    f1,
    macroF1: present.reduce((total, one) => total + one.f1, 0) / present.length,
  };
}

const at = (rows: DecisionRows, c: number, threshold: number): Scores =>
  scoresOf(rows, decide({ rule: "threshold", class: c, threshold }, rows.P, rows.k), c);

/** Every threshold that cuts the rows with weight differently. */
const cuts = ({ P, y, w, k }: DecisionRows, c: number): number[] =>
  Array.from(y.keys()).flatMap((i) => (w[i] > 0 ? [P[i * k + c]] : []));

describe("one threshold", () => {
  it("has the largest F1 of all", () => {
    fc.assert(
      fc.property(samples, (rows) => {
        const { threshold } = thresholdChooser(rows, 1, { by: "f1" })(rows.w);
        const best = Math.max(...cuts(rows, 1).map((cut) => at(rows, 1, cut).f1));
        expect(at(rows, 1, threshold).f1).toBeCloseTo(best, 12);
      }),
    );
  });

  it("of two classes has the largest macro-F1 of all", () => {
    fc.assert(
      fc.property(
        samples.filter(
          ({ k, y, w }) => k === 2 && new Set(y.filter((_, i) => w[i] > 0)).size === 2,
        ),
        (rows) => {
          const { threshold } = thresholdChooser(rows, 1, { by: "macro-f1" })(rows.w);
          const best = Math.max(...cuts(rows, 1).map((cut) => at(rows, 1, cut).macroF1));
          expect(at(rows, 1, threshold).macroF1).toBeCloseTo(best, 12);
        },
      ),
    );
  });

  it.each([
    ["recall-at-precision", "precision", "recall"],
    ["precision-at-recall", "recall", "precision"],
  ] as const)("by %s keeps the one and has the most of the other", (by, kept, most) => {
    fc.assert(
      fc.property(samples, fc.constantFrom(0.3, 0.5, 0.8, 1), (rows, bound) => {
        const goal: ThresholdGoal = { by, at: bound };
        const { threshold, reached } = thresholdChooser(rows, 1, goal)(rows.w);
        const all = cuts(rows, 1).map((cut) => at(rows, 1, cut));
        const own = at(rows, 1, threshold);
        const possible = all.filter((scores) => scores[kept] >= bound - 1e-12);
        expect(reached).toBe(possible.length > 0);
        if (reached) {
          expect(own[kept]).toBeGreaterThanOrEqual(bound - 1e-9);
          expect(own[most]).toBeCloseTo(Math.max(...possible.map((scores) => scores[most])), 12);
        } else expect(own[kept]).toBeCloseTo(Math.max(...all.map((scores) => scores[kept])), 12);
      }),
    );
  });

  it.each(cases.map((golden) => [golden.k, golden] as const))(
    "reaches what scikit-learn finds, of %i classes",
    (k, { P, y, thresholds }) => {
      const rows = {
        P: Float64Array.from(P),
        y: Int32Array.from(y),
        w: new Float64Array(y.length).fill(1),
        k,
      };
      const scores = (goal: ThresholdGoal): Scores =>
        at(rows, 1, thresholdChooser(rows, 1, goal)(rows.w).threshold);
      expect(scores({ by: "f1" }).f1).toBeCloseTo(thresholds.f1, 12);
      const [precision, recall] = thresholds.recallAtPrecision;
      expect(scores({ by: "recall-at-precision", at: precision }).recall).toBeCloseTo(recall, 12);
      const [bound, most] = thresholds.precisionAtRecall;
      expect(scores({ by: "precision-at-recall", at: bound }).precision).toBeCloseTo(most, 12);
    },
  );
});

describe("thresholds for macro-F1 of many classes", () => {
  it("are never worse than argmax, and sum to one", () => {
    fc.assert(
      fc.property(samples, (rows) => {
        const thresholds = macroThresholds(rows);
        const labels = decide({ rule: "thresholds", thresholds }, rows.P, rows.k);
        const plain = decide({ rule: "argmax" }, rows.P, rows.k);
        expect(thresholds.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        expect(scoresOf(rows, labels, 0).macroF1).toBeGreaterThanOrEqual(
          scoresOf(rows, plain, 0).macroF1 - 1e-9,
        );
      }),
    );
  });
});

describe("thresholds by shares", () => {
  it("have the largest expected balanced accuracy where probabilities are true", () => {
    const random = createRandom(3);
    const P = Float64Array.from({ length: 3000 }, () => random.uniform());
    for (let i = 0; i < 1000; i++) {
      const row = P.subarray(3 * i, 3 * i + 3);
      row[2] /= 5;
      const total = row[0] + row[1] + row[2];
      row.forEach((p, c) => {
        row[c] = p / total;
      });
    }
    const shares = new Float64Array(3);
    P.forEach((p, e) => {
      shares[e % 3] += p / 1000;
    });
    // Expected recall of class c: Σ_i P_ic [label i = c] / Σ_i P_ic.
    const recall = (t: Float64Array): number => {
      const labels = decide({ rule: "thresholds", thresholds: t }, P, 3);
      return labels.reduce((sum, c, i) => sum + P[3 * i + c] / (1000 * shares[c]), 0) / 3;
    };
    const best = shareThresholds(shares);
    for (let trial = 0; trial < 200; trial++) {
      const other = best.map((t) => t * (0.5 + random.uniform()));
      expect(recall(other)).toBeLessThanOrEqual(recall(best) + 1e-12);
    }
  });
});

describe("a floor of the confidence", () => {
  it("decides most rows of those that keep the share of errors", () => {
    fc.assert(
      fc.property(samples, fc.constantFrom(0, 0.2, 0.4, 1), (rows, target) => {
        const { P, y, w, k } = rows;
        const labels = decide({ rule: "argmax" }, P, k);
        const confidence = Array.from(labels, (c, i) => P[i * k + c]);
        const curve = (floor: number) => {
          const decided = w.reduce(
            (sum, weight, i) => sum + (confidence[i] >= floor ? weight : 0),
            0,
          );
          const wrong = w.reduce(
            (sum, weight, i) => sum + (confidence[i] >= floor && labels[i] !== y[i] ? weight : 0),
            0,
          );
          return { decided, error: wrong / decided };
        };
        const all = confidence.filter((_, i) => w[i] > 0).map(curve);
        const possible = all.filter(({ error }) => error <= target + 1e-12);
        const { floor, reached } = chooseFloor({ rule: "argmax" }, rows, target);
        expect(reached).toBe(possible.length > 0);
        const own = curve(floor);
        if (reached) expect(own.decided).toBe(Math.max(...possible.map(({ decided }) => decided)));
        else expect(own.error).toBeCloseTo(Math.min(...all.map(({ error }) => error)), 12);
      }),
    );
  });
});

describe("the spread of what is chosen", () => {
  const wish: Wish = wishOf({ by: "f1" }, ["no", "yes"], 1);
  const rowsOf = (n: number): DecisionRows => {
    const random = createRandom(5);
    const P = new Float64Array(2 * n);
    const y = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      P[2 * i + 1] = random.uniform();
      P[2 * i] = 1 - P[2 * i + 1];
      y[i] = random.uniform() < P[2 * i + 1] ? 1 : 0;
    }
    return { P, y, w: new Float64Array(n).fill(1), k: 2 };
  };

  it("becomes smaller with the rows, and is wider where rows come in groups", () => {
    const spread = (n: number, group: Int32Array | null = null): number =>
      spreadOf(wish, rowsOf(n), group, 1)[0].deviation;
    expect(spread(100)).toBeGreaterThan(1.3 * spread(3000));
    const pairs = Int32Array.from({ length: 100 }, (_, i) => i % 10);
    expect(spread(100, pairs)).toBeGreaterThan(0);
    expect(chooseDecision(wish, rowsOf(100)).reached).toBe(true);
  });

  it("is not there where nothing is sought on rows", () => {
    expect(
      spreadOf(wishOf({ by: "threshold", at: 0.2 }, ["no", "yes"], 1), rowsOf(50), null, 1),
    ).toEqual([]);
  });
});
