import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowLosses, weightedMean } from "../../src/base/losses.ts";
import { createRandom } from "../../src/base/random.ts";
import { applyCalibrator } from "../../src/calibrate/calibrator.ts";
import { CALIBRATION_METHODS, type CalibrationChoice } from "../../src/calibrate/kinds.ts";
import {
  boundLogits,
  type Candidate,
  chooseCandidate,
  type Judge,
  keepChoices,
  meanLoss,
  meansOf,
} from "../../src/classifier/candidates.ts";
import { choose, crossFitted } from "../../src/classifier/choose.ts";
import { run } from "../../src/optim/contracts.ts";
import { normal } from "./data.ts";

const K = 3;

interface Case {
  readonly n: number;
  readonly parts: number;
  readonly shapes: number;
  readonly weighted: boolean;
  readonly grouped: boolean;
  readonly seed: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  n: fc.integer({ min: 12, max: 60 }),
  parts: fc.integer({ min: 2, max: 6 }),
  shapes: fc.integer({ min: 1, max: 3 }),
  weighted: fc.boolean(),
  grouped: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

const calibrations = fc.constantFrom<CalibrationChoice>("auto", ...CALIBRATION_METHODS);

function judgeOf({ n, parts, weighted, grouped, seed }: Case): Judge {
  const random = createRandom(seed);
  return {
    y: Int32Array.from({ length: n }, () => random.below(K)),
    s: weighted
      ? Float64Array.from({ length: n }, () => random.below(3) + (random.below(2) ? 0.5 : 0))
      : null,
    group: grouped ? Int32Array.from({ length: n }, (_, i) => Math.floor(i / 3)) : null,
    part: Int32Array.from({ length: n }, (_, i) => i % parts),
    parts,
  };
}

/** Six candidates a shape, of growing noise, all judged on the same rows. */
function candidatesOf({ n, shapes, seed }: Case, judge: Judge): Candidate[] {
  const random = createRandom(seed + 1);
  return Array.from({ length: 6 * shapes }, (_, at) => {
    const Z = Float64Array.from({ length: n * K }, (_, e) => {
      const own = e % K === judge.y[Math.floor(e / K)] ? 1 : 0;
      return own + ((at % 6) / 3) * normal(random);
    });
    return candidateOf(Math.floor(at / 6), 1 / (at + 1), Z, judge);
  });
}

function candidateOf(shape: number, l2: number, Z: Float64Array, judge: Judge): Candidate {
  const losses = rowLosses(Z, judge.y, judge.y.length, K);
  return { shape, l2, losses, means: meansOf(losses, judge), Z, bounded: false };
}

describe("what is chosen for a part", () => {
  it("does not change with anything in that part's own rows: labels, logits, weights", () => {
    fc.assert(
      fc.property(cases, fc.boolean(), calibrations, (config, shifted, calibration) => {
        const judge = judgeOf(config);
        const candidates = candidatesOf(config, judge);
        const random = createRandom(config.seed + 2);
        for (let p = 0; p < judge.parts; p++) {
          const mine = (i: number): boolean => judge.part[i] === p;
          const other: Judge = {
            ...judge,
            y: judge.y.map((c, i) => (mine(i) ? random.below(K) : c)),
            s: judge.s?.map((w, i) => (mine(i) ? 9 * random.uniform() : w)) ?? null,
          };
          const perturbed = candidates.map(({ shape, l2, Z }) => {
            const changed = Z!.map((z, e) => (mine(Math.floor(e / K)) ? 50 * normal(random) : z));
            return candidateOf(shape, l2, changed, other);
          });
          const before = run(choose(candidates, judge, p, { k: K, shifted, calibration }));
          const after = run(choose(perturbed, other, p, { k: K, shifted, calibration }));
          expect(after.candidate.l2).toBe(before.candidate.l2);
          expect(after.calibrator).toEqual(before.calibrator);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is scored on that part's rows alone, row by row as chosen without them", () => {
    fc.assert(
      fc.property(cases, calibrations, (config, calibration) => {
        const judge = judgeOf(config);
        const candidates = candidatesOf(config, judge);
        // What was fitted once already must be what would be fitted again, to the bit.
        const anew = { k: K, shifted: false, calibration };
        const again = { ...anew, known: new Map() };
        run(choose(candidates, judge, judge.parts, again));
        const Z = run(crossFitted(candidates, judge, again));
        for (let p = 0; p < judge.parts; p++) {
          const { candidate, calibrator } = run(choose(candidates, judge, p, anew));
          const all = new Float64Array(Z.length);
          applyCalibrator(calibrator, candidate.Z!, judge.y.length, K, all);
          judge.part.forEach((part, i) => {
            if (part !== p) return;
            expect(Z.subarray(i * K, (i + 1) * K)).toEqual(all.subarray(i * K, (i + 1) * K));
          });
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("dropping logits", () => {
  it("at the end of a path leaves every choice as it is, for every part, shape and order of candidates", () => {
    fc.assert(
      fc.property(cases, (config) => {
        const judge = judgeOf(config);
        const all = candidatesOf(config, judge);
        const kept = all.map((candidate) => ({ ...candidate }));
        for (let shape = 0; shape < config.shapes; shape++) {
          const ofShape = kept.filter((c) => c.shape === shape);
          keepChoices(ofShape, judge);
          const held = ofShape.filter(({ Z }) => Z !== null).length;
          expect(held).toBeLessThanOrEqual(judge.parts + 1);
        }
        expect(run(crossFitted(kept, judge, { k: K, shifted: false }))).toEqual(
          run(crossFitted(all, judge, { k: K, shifted: false })),
        );
        expect(chooseCandidate(kept, judge, judge.parts).Z).not.toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it("while a path runs keeps the best within the bytes allowed, and chooses only among them", () => {
    const config = { n: 60, parts: 5, shapes: 1, weighted: false, grouped: false, seed: 7 };
    const judge = judgeOf(config);
    const path: Candidate[] = [];
    for (let at = 0; at < 200; at++) {
      path.push({ ...candidatesOf({ ...config, seed: at }, judge)[at % 6] });
      const size = path[0].losses.length * K * 8;
      boundLogits(path, 3 * size);
      expect(path.filter(({ Z }) => Z !== null).length).toBe(Math.min(3, path.length));
      expect(chooseCandidate(path, judge, judge.parts).Z).not.toBeNull();
    }
  });
});

describe("the mean losses of a candidate", () => {
  it("are weighted means of the rows outside each part, and of all", () => {
    fc.assert(
      fc.property(cases, (config) => {
        const judge = judgeOf(config);
        const [{ losses, means }] = candidatesOf(config, judge);
        for (let p = 0; p <= judge.parts; p++) {
          const outside = (_: number, i: number): boolean => judge.part[i] !== p;
          const expected = weightedMean(losses.filter(outside), judge.s?.filter(outside) ?? null);
          if (Number.isNaN(expected)) expect(means[p]).toBeNaN();
          else expect(means[p]).toBeCloseTo(expected, 12);
        }
      }),
    );
  });
});

describe("the rule of one standard error between encodings", () => {
  const judge: Judge = {
    y: new Int32Array(100),
    s: null,
    group: null,
    part: Int32Array.from({ length: 100 }, (_, i) => i % 5),
    parts: 5,
  };
  const withLosses = (shape: number, l2: number, loss: (i: number) => number): Candidate => {
    const losses = Float64Array.from({ length: 100 }, (_, i) => loss(i));
    return {
      shape,
      l2,
      losses,
      means: meansOf(losses, judge),
      Z: new Float64Array(300),
      bounded: false,
    };
  };
  const wave = (i: number): number => (i % 2 === 0 ? 1 : -1);

  it("keeps the simpler one where the gain is less than a paired standard error", () => {
    const lines = withLosses(0, 1, () => 0.5);
    const curves = withLosses(1, 2, (i) => 0.5 - 0.009 + 0.1 * wave(i));
    expect(chooseCandidate([lines, curves], judge, judge.parts)).toBe(lines);
  });

  it("takes the richer one where the gain is more", () => {
    const lines = withLosses(0, 1, () => 0.5);
    const curves = withLosses(1, 2, (i) => 0.5 - 0.0105 + 0.1 * wave(i));
    expect(chooseCandidate([lines, curves], judge, judge.parts)).toBe(curves);
  });

  it("takes a larger penalty within half a paired standard error of the least loss", () => {
    const least = withLosses(0, 1, () => 0.5);
    const near = withLosses(0, 2, (i) => 0.5 + 0.0045 + 0.1 * wave(i));
    const far = withLosses(0, 3, (i) => 0.5 + 0.0055 + 0.1 * wave(i));
    expect(chooseCandidate([far, near, least], judge, judge.parts)).toBe(near);
    expect(chooseCandidate([far, least], judge, judge.parts)).toBe(least);
  });

  it("takes the penalty of least loss where every row differs alike, the stronger of equals", () => {
    const path = [0.5, 0.4, 0.399999, 0.399999, 0.45].map((loss, at) =>
      withLosses(0, 10 - at, (i) => loss + 0.3 * wave(i)),
    );
    expect(chooseCandidate(path, judge, judge.parts)).toBe(path[2]);
    expect(meanLoss(path[2])).toBeCloseTo(0.399999, 12);
  });
});
