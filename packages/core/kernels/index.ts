/** What JavaScript calls: every kernel in both precisions. */
import { BagJob, descendBag } from "./bag";
import { Columns, sumColumns } from "./csc";
import { DualJob, ascendDual } from "./dual";
import { Job, layoutLane, layoutWeights } from "./job";
import { MomentsJob, addMoments } from "./moments";
import { clear, cutWeights, end, gradientPass, hessianPass, logitsPass } from "./pass";
import { Reduction, reduceSums } from "./reduce";
import { RowsJob as NetworkRows, UpdateJob, passRows, updateRows } from "./network";
import { logSoftmaxRows32, logSumExpRows32, softmaxRows32 } from "./rows-f32";
import { logSoftmaxRows64, logSumExpRows64, softmaxRows64 } from "./rows-f64";
import { RowsJob } from "./rows-job";
import { FactorJob, factorize, multiplyUpper, solveLower, solveUpper } from "./cholesky";
import { GramJob, gramGroup, packRows } from "./gram";
import { NearestJob, PatchJob, nearestCentroids, patchFeatures } from "./patches";

/** Where a job keeps its loss. */
export function lossOffset(): usize { return offsetof<Job>("loss"); }
/** Where a job keeps the addresses of its sums and of what follows them. */
export function sumsOffset(): usize { return offsetof<Job>("g"); }
export function sumsEndOffset(): usize { return offsetof<Job>("z"); }

export function layoutWeights32(job: Job): usize { return layoutWeights<f32>(job); }
export function layoutWeights64(job: Job): usize { return layoutWeights<f64>(job); }
export function layoutLane32(job: Job): usize { return layoutLane<f32>(job); }
export function layoutLane64(job: Job): usize { return layoutLane<f64>(job); }
export function cutWeights32(job: Job): void { cutWeights<f32>(job); }
export function cutWeights64(job: Job): void { cutWeights<f64>(job); }
export function clearSums(job: Job): void { clear(job); }
export function end32(job: Job): void { end<f32>(job); }
export function end64(job: Job): void { end<f64>(job); }
export function logits32(job: Job): void { logitsPass<f32>(job); }
export function logits64(job: Job): void { logitsPass<f64>(job); }
export function gradient32(job: Job): void { gradientPass<f32>(job); }
export function gradient64(job: Job): void { gradientPass<f64>(job); }
export function laneGradient32(job: Job): void { clear(job); gradientPass<f32>(job); }
export function laneGradient64(job: Job): void { clear(job); gradientPass<f64>(job); }
export function laneHessian32(job: Job): void { clear(job); hessianPass<f32>(job); }
export function laneHessian64(job: Job): void { clear(job); hessianPass<f64>(job); }
export function hessian32(job: Job): void { hessianPass<f32>(job); }
export function hessian64(job: Job): void { hessianPass<f64>(job); }
export function reduce(job: Reduction): void { reduceSums(job); }
export function columns32(job: Columns): void { sumColumns<f32>(job); }
export function columns64(job: Columns): void { sumColumns<f64>(job); }

export function softmax32(job: RowsJob): void { softmaxRows32(job); }
export function softmax64(job: RowsJob): void { softmaxRows64(job); }
export function logSoftmax32(job: RowsJob): void { logSoftmaxRows32(job); }
export function logSoftmax64(job: RowsJob): void { logSoftmaxRows64(job); }
export function logSumExp32(job: RowsJob): void { logSumExpRows32(job); }
export function logSumExp64(job: RowsJob): void { logSumExpRows64(job); }

export function pack(job: GramJob): void { packRows(job); }
export function gram(job: GramJob): void { gramGroup(job); }
export function cholesky(job: FactorJob): void { factorize(job); }
export function lower(job: FactorJob): void { solveLower(job); }
export function upper(job: FactorJob): void { solveUpper(job); }
export function transposed(job: FactorJob): void { multiplyUpper(job); }
export function moments32(job: MomentsJob): void { addMoments<f32>(job); }
export function moments64(job: MomentsJob): void { addMoments<f64>(job); }
export function bag32(job: BagJob): void { descendBag<f32>(job); }
export function bag64(job: BagJob): void { descendBag<f64>(job); }
export function dual32(job: DualJob): void { ascendDual<f32>(job); }
export function dual64(job: DualJob): void { ascendDual<f64>(job); }
export function patches(job: PatchJob): void { patchFeatures(job); }
export function nearest(job: NearestJob): void { nearestCentroids(job); }
export function networkRows(job: NetworkRows): void { passRows(job); }
export function networkUpdate(job: UpdateJob): void { updateRows(job); }
