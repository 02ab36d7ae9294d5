/** What a call of the row-wise functions works on, written by src/kernels/rows-job.ts (same order). */

@unmanaged export class RowsJob {
  Z: usize;
  n: usize;
  k: usize;
  out: usize;
  scratch: usize; // for float32, as many bytes as SCRATCH in rows-f32.ts
  spoiled: u32; // becomes 1 where softmax in float32 gives a row of NaN
  temperature: f64;
}
