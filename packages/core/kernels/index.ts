/** What JavaScript calls: every kernel in both precisions. */
import { FactorJob, factorize, multiplyUpper, solveLower, solveUpper } from "./cholesky";
import { GramJob, gramGroup, packRows } from "./gram";
import { Job, layout } from "./job";
import { MomentsJob, addMoments } from "./moments";
import { begin, end, gradientPass, hessianPass, logitsPass } from "./pass";
import { logSoftmaxRows, logSumExpRows, softmaxRows } from "./rowwise";

export function layout32(job: Job): usize { return layout<f32>(job); }
export function layout64(job: Job): usize { return layout<f64>(job); }
export function begin32(job: Job): void { begin<f32>(job); }
export function begin64(job: Job): void { begin<f64>(job); }
export function end32(job: Job): void { end<f32>(job); }
export function end64(job: Job): void { end<f64>(job); }
export function logits32(job: Job): void { logitsPass<f32>(job); }
export function logits64(job: Job): void { logitsPass<f64>(job); }
export function gradient32(job: Job): f64 { return gradientPass<f32>(job); }
export function gradient64(job: Job): f64 { return gradientPass<f64>(job); }
export function hessian32(job: Job): void { hessianPass<f32>(job); }
export function hessian64(job: Job): void { hessianPass<f64>(job); }

export function softmax32(Z: usize, n: usize, k: usize, t: f64, out: usize): void {
  softmaxRows<f32>(Z, n, k, t, out);
}
export function softmax64(Z: usize, n: usize, k: usize, t: f64, out: usize): void {
  softmaxRows<f64>(Z, n, k, t, out);
}
export function logSoftmax32(Z: usize, n: usize, k: usize, t: f64, out: usize): void {
  logSoftmaxRows<f32>(Z, n, k, t, out);
}
export function logSoftmax64(Z: usize, n: usize, k: usize, t: f64, out: usize): void {
  logSoftmaxRows<f64>(Z, n, k, t, out);
}
export function logSumExp32(Z: usize, n: usize, k: usize, out: usize): void {
  logSumExpRows<f32>(Z, n, k, out);
}
export function logSumExp64(Z: usize, n: usize, k: usize, out: usize): void {
  logSumExpRows<f64>(Z, n, k, out);
}

export function pack(job: GramJob): void { packRows(job); }
export function gram(job: GramJob): void { gramGroup(job); }
export function cholesky(job: FactorJob): void { factorize(job); }
export function lower(job: FactorJob): void { solveLower(job); }
export function upper(job: FactorJob): void { solveUpper(job); }
export function transposed(job: FactorJob): void { multiplyUpper(job); }
export function moments32(job: MomentsJob): void { addMoments<f32>(job); }
export function moments64(job: MomentsJob): void { addMoments<f64>(job); }
