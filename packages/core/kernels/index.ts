/** What JavaScript calls: every kernel in both precisions. */
import { Job, layout } from "./job";
import { begin, end, gradientPass, hessianPass, logitsPass } from "./pass";
import { logSoftmaxRows32, logSumExpRows32, softmaxRows32 } from "./rows-f32";
import { RowsJob } from "./rows-job";
import { logSoftmaxRows64, logSumExpRows64, softmaxRows64 } from "./rows-f64";

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

export function softmax32(job: RowsJob): void { softmaxRows32(job); }
export function softmax64(job: RowsJob): void { softmaxRows64(job); }
export function logSoftmax32(job: RowsJob): void { logSoftmaxRows32(job); }
export function logSoftmax64(job: RowsJob): void { logSoftmaxRows64(job); }
export function logSumExp32(job: RowsJob): void { logSumExpRows32(job); }
export function logSumExp64(job: RowsJob): void { logSumExpRows64(job); }
