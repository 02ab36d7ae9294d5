import { countRows, type RowRange } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Triangles } from "../kernels/triangles.ts";
import type { Engine } from "../optim/contracts.ts";
import type { Problem } from "./contracts.ts";
import { type Curvature, curvatureAt, curvatureOfShares } from "./curvature.ts";
import { sampleRows } from "./evenly.ts";
import { type CurvaturePlan, type CurvatureRoom, createCurvatureRoom } from "./room.ts";
import type { FitRows } from "./rows.ts";
import { readSample, type Sample, sampleEngine } from "./sample.ts";

/** What one fit may learn of its rows from a sample of them. */
export interface Survey {
  readonly triangles: Triangles | null;
  /** Whether a fit from nothing should take its first steps on the sample. */
  readonly warm: boolean;
  /** Iterations after which the curvature at the weights reached pays, the first time and when it was taken before. */
  readonly firstStage: number;
  readonly nextStage: number;
  /** Iterations of a fit after which the next one, from where it ended, begins with a new curvature. */
  readonly slow: number;
  atShares(): Curvature;
  at(weights: Float64Array): Curvature;
  /** Sums over the sample, its weight, and its share of the rows. */
  engine(): { engine: Engine; weight: number; share: number };
}

export type Surveyor = (ranges: readonly RowRange[], rows: FitRows) => Survey;

const FIRST_STAGE = 16;
/** Iterations that a stage takes at least for each pass that the next curvature costs: the first saves the most. */
const FIRST_SHARE = 0.25;
const NEXT_SHARE = 4;
const SLOW = 6;
const SLOW_SHARE = 0.25;

export function createSurveyor(
  problem: Problem,
  kernels: Kernels,
  changes: Partial<CurvaturePlan> = {},
): Surveyor {
  const { outputs } = problem;
  let room: CurvatureRoom | null | undefined;
  let read: { readonly rows: FitRows; readonly sample: Sample } | null = null;
  return (ranges, rows) => {
    if (room === undefined) room = createCurvatureRoom(problem, kernels, changes);
    const { scales, rowWeights: s, shares } = rows;
    const here = room;
    const passes = here?.plan.passes ?? Number.POSITIVE_INFINITY;
    const warm = here?.plan.each === true ? here.plan.warm : Number.POSITIVE_INFINITY;
    const sample = (): Sample => {
      if (read?.rows !== rows) {
        const blocks = sampleRows(ranges, here!.plan.sample);
        read = { rows, sample: readSample(problem, s, blocks, scales, here!) };
      }
      return read.sample;
    };
    const atShares = (): Curvature => curvatureOfShares(shares, outputs, here, sample);
    return {
      triangles: here?.triangles ?? null,
      warm: countRows(ranges) >= warm,
      firstStage: Math.max(FIRST_STAGE, Math.round(FIRST_SHARE * passes)),
      slow: Math.max(SLOW, Math.round(SLOW_SHARE * passes)),
      nextStage: Math.max(FIRST_STAGE, Math.round(NEXT_SHARE * passes)),
      atShares,
      at: (weights) =>
        here === null ? atShares() : curvatureAt(kernels, here, sample(), scales, weights, outputs),
      engine() {
        const few = sample();
        const share = few.rows / countRows(ranges);
        return { engine: sampleEngine(here!, few, scales, outputs), weight: few.weight, share };
      },
    };
  };
}
