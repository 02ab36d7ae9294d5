/** One logit: Z = X w + b and G += Xᵀ r, where w, z, r and G are vectors. */
import { dots1, outer1 } from "./columns";
import { Job, sumRows } from "./job";

export function forwardVector<T>(job: Job, w: usize, z: usize): void {
  dots1<T>(job, w, load<T>(w + job.d * sizeof<T>()), z, sizeof<T>());
  addSparse<T>(job, w + job.denseWidth * sizeof<T>(), z);
}

export function backwardVector<T>(job: Job, r: usize): void {
  outer1<T>(job, r, sizeof<T>(), job.g);
  scatter<T>(job, r);
}

/** Adds the codes' and the CSR block's part; `w` is the weight of the first code. */
function addSparse<T>(job: Job, w: usize, z: usize): void {
  const perRow = job.codesPerRow, codesWidth = job.codesWidth, csrWidth = job.csrWidth;
  if (codesWidth + csrWidth == 0) return;
  const wCsr = w + codesWidth * sizeof<T>();
  for (let i: usize = 0; i < job.count; i++, z += sizeof<T>()) {
    const row = <usize>load<i32>(job.index + (i << 2));
    let sum = load<T>(z);
    if (codesWidth) {
      let at = job.codes + ((row * perRow) << 2);
      for (const end = at + (perRow << 2); at < end; at += 4) {
        const j = <usize>load<u32>(at);
        if (j < codesWidth) sum = <T>(sum + load<T>(w + j * sizeof<T>())); // −1: none
      }
    }
    if (csrWidth) {
      const start = job.starts + (row << 2);
      for (let e = <usize>load<u32>(start), end = <usize>load<u32>(start, 4); e < end; e++) {
        const j = <usize>load<u32>(job.columns + (e << 2));
        sum = <T>(sum + <T>(load<T>(job.values + e * sizeof<T>()) * load<T>(wCsr + j * sizeof<T>())));
      }
    }
    store<T>(z, sum);
  }
}

/** Codes, CSR block and intercept. */
function scatter<T>(job: Job, r: usize): void {
  const perRow = job.codesPerRow, codesWidth = job.codesWidth, csrWidth = job.csrWidth;
  const codesAt = job.g + (job.denseWidth << 3);
  const csrAt = codesAt + (codesWidth << 3);
  let intercept: f64 = 0;
  for (let i: usize = 0; i < job.count; i++, r += sizeof<T>()) {
    const row = <usize>load<i32>(job.index + (i << 2));
    const ri = <f64>load<T>(r);
    if (codesWidth) {
      let at = job.codes + ((row * perRow) << 2);
      for (const end = at + (perRow << 2); at < end; at += 4) {
        const j = <usize>load<u32>(at);
        if (j < codesWidth) add(codesAt + (j << 3), ri);
      }
    }
    if (csrWidth && !job.R) {
      const start = job.starts + (row << 2);
      for (let e = <usize>load<u32>(start), end = <usize>load<u32>(start, 4); e < end; e++) {
        const j = <usize>load<u32>(job.columns + (e << 2));
        add(csrAt + (j << 3), <f64>load<T>(job.values + e * sizeof<T>()) * ri);
      }
    }
    intercept += ri;
  }
  add(job.g + (sumRows(job) << 3), intercept);
}

@inline function add(at: usize, x: f64): void {
  store<f64>(at, load<f64>(at) + x);
}
