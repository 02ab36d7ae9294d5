/**
 * Features of images from patches (docs/images.md): every patch is normalised, whitened, compared with all centroids, and what it is
 * near to is summed over the cells of a grid. Float32 throughout, each sum in one order of its own: kernels/patches-reference.ts
 * gives the same bits.
 */
import { V, multiplyAdd, sumLanes } from "./lanes";

@unmanaged export class PatchJob {
  images: usize; // u8: `count` of height × width × channels
  count: usize;
  width: usize;
  height: usize;
  channels: usize;
  side: usize; // of a patch
  grid: usize; // cells a side
  d: usize; // numbers of a patch: side² · channels
  dp: usize; // d in whole vectors
  contrast: f32; // added to a patch's variance
  mean: usize; // f32 × d: of normalised patches
  white: usize; // f32 × d·dp, row by row
  centroids: usize; // f32: panels of 8 centroids, each d × 8
  norms: usize; // f32 × k: squares' sums of the centroids
  k: usize; // a multiple of 8
  scratch: usize; // f32: 4·(d + dp + k)
  out: usize; // f32: `count` rows of grid²·k
}

/** Patches that are compared at once. */
const AT_ONCE: usize = 4;

export function patchFeatures(job: PatchJob): void {
  const bytes = job.width * job.height * job.channels;
  const line = (job.grid * job.grid * job.k) << 2;
  let image = job.images, out = job.out;
  for (let i: usize = 0; i < job.count; i++, image += bytes, out += line) {
    memory.fill(out, 0, line);
    imageFeatures(job, image, out);
  }
}

function imageFeatures(job: PatchJob, image: usize, out: usize): void {
  const across = job.width - job.side + 1, down = job.height - job.side + 1;
  const whitened = job.scratch + ((AT_ONCE * job.d) << 2);
  const dots = whitened + ((AT_ONCE * job.dp) << 2);
  for (let y: usize = 0; y < down; y++) {
    const cells = (y * job.grid / down) * job.grid;
    for (let x: usize = 0; x < across; x += AT_ONCE) {
      const some = min<usize>(AT_ONCE, across - x);
      for (let p: usize = 0; p < some; p++) {
        const patch = job.scratch + ((p * job.d) << 2);
        normalise(job, image + (y * job.width + x + p) * job.channels, patch);
        whiten(job, patch, whitened + ((p * job.dp) << 2));
      }
      compare(job.centroids, job.d, job.dp, job.k, whitened, dots);
      for (let p: usize = 0; p < some; p++) {
        const cell = cells + (x + p) * job.grid / across;
        activate(job, whitened + ((p * job.dp) << 2), dots + ((p * job.k) << 2), out + ((cell * job.k) << 2));
      }
    }
  }
}

/** (x − mean) / √(variance + contrast) of the patch at `from`, less the mean of such patches. */
function normalise(job: PatchJob, from: usize, to: usize): void {
  const run = job.side * job.channels, line = job.width * job.channels;
  let sum: f32 = 0;
  for (let r: usize = 0, at = to; r < job.side; r++, from += line) {
    for (let j: usize = 0; j < run; j++, at += 4) {
      const x = <f32>load<u8>(from + j);
      store<f32>(at, x);
      sum += x;
    }
  }
  const end = to + (job.d << 2), n = <f32>job.d;
  const mean = sum / n;
  let squares: f32 = 0;
  for (let at = to; at < end; at += 4) {
    const x = load<f32>(at) - mean;
    store<f32>(at, x);
    squares += x * x;
  }
  const scale: f32 = 1 / sqrt<f32>(squares / n + job.contrast);
  for (let at = to, m = job.mean; at < end; at += 4, m += 4) {
    store<f32>(at, load<f32>(at) * scale - load<f32>(m));
  }
}

function whiten(job: PatchJob, patch: usize, to: usize): void {
  const line = job.dp << 2;
  for (let q: usize = 0; q < line; q += V) {
    let sum = f32x4.splat(0);
    let w = job.white + q;
    for (let j: usize = 0; j < job.d; j++, w += line) {
      sum = multiplyAdd<f32>(sum, v128.load32_splat(patch + (j << 2)), v128.load(w));
    }
    v128.store(to + q, sum);
  }
}

/** The products of 4 patches, rows of dp, with all k centroids. */
function compare(centroids: usize, d: usize, dp: usize, k: usize, patches: usize, dots: usize): void {
  const line = dp << 2, stride = k << 2, bytes = d << 5;
  let w = centroids;
  for (let c: usize = 0; c < stride; c += 2 * V) {
    let a = f32x4.splat(0), b = a, e = a, f = a, a1 = a, b1 = a, e1 = a, f1 = a;
    let x0 = patches, x1 = x0 + line, x2 = x1 + line, x3 = x2 + line;
    for (const end = w + bytes; w < end; w += 2 * V) {
      const u = v128.load(w), v = v128.load(w, 16);
      let t = v128.load32_splat(x0);
      a = multiplyAdd<f32>(a, t, u), a1 = multiplyAdd<f32>(a1, t, v);
      t = v128.load32_splat(x1);
      b = multiplyAdd<f32>(b, t, u), b1 = multiplyAdd<f32>(b1, t, v);
      t = v128.load32_splat(x2);
      e = multiplyAdd<f32>(e, t, u), e1 = multiplyAdd<f32>(e1, t, v);
      t = v128.load32_splat(x3);
      f = multiplyAdd<f32>(f, t, u), f1 = multiplyAdd<f32>(f1, t, v);
      x0 += 4, x1 += 4, x2 += 4, x3 += 4;
    }
    let z = dots + c;
    v128.store(z, a), v128.store(z, a1, 16), z += stride;
    v128.store(z, b), v128.store(z, b1, 16), z += stride;
    v128.store(z, e), v128.store(z, e1, 16), z += stride;
    v128.store(z, f), v128.store(z, f1, 16);
  }
}

/** Adds max(0, mean distance − distance) of a patch to each centroid to the sums of its cell. */
function activate(job: PatchJob, patch: usize, dots: usize, sums: usize): void {
  let squares: f32 = 0;
  for (let j: usize = 0; j < job.d; j++) {
    const x = load<f32>(patch + (j << 2));
    squares += x * x;
  }
  const own = f32x4.splat(squares), none = f32x4.splat(0), two = f32x4.splat(2);
  const bytes = job.k << 2;
  let total = none;
  for (let c: usize = 0; c < bytes; c += V) {
    const apart = f32x4.sub(f32x4.add(own, v128.load(job.norms + c)), f32x4.mul(two, v128.load(dots + c)));
    const distance = f32x4.sqrt(f32x4.max(apart, none));
    v128.store(dots + c, distance);
    total = f32x4.add(total, distance);
  }
  const mean = f32x4.splat(sumLanes<f32>(total) / <f32>job.k);
  for (let c: usize = 0; c < bytes; c += V) {
    const near = f32x4.max(f32x4.sub(mean, v128.load(dots + c)), none);
    v128.store(sums + c, f32x4.add(v128.load(sums + c), near));
  }
}

/** Whitened patches and the centroids they are nearest to. */
@unmanaged export class NearestJob {
  patches: usize; // f32: rows of dp; their number a multiple of 4
  count: usize;
  d: usize;
  dp: usize;
  centroids: usize; // as in PatchJob
  norms: usize;
  k: usize;
  scratch: usize; // f32: 4·k
  out: usize; // i32
}

/** The first centroid of those at the least distance of each patch. */
export function nearestCentroids(job: NearestJob): void {
  const line = job.dp << 2;
  for (let i: usize = 0; i < job.count; i += AT_ONCE) {
    compare(job.centroids, job.d, job.dp, job.k, job.patches + i * line, job.scratch);
    for (let p: usize = 0; p < AT_ONCE; p++) {
      store<i32>(job.out + ((i + p) << 2), nearest(job, job.scratch + ((p * job.k) << 2)));
    }
  }
}

function nearest(job: NearestJob, dots: usize): i32 {
  let best: f32 = f32.MAX_VALUE;
  let at: i32 = 0;
  for (let c: usize = 0; c < job.k; c++) {
    const apart = load<f32>(job.norms + (c << 2)) - 2 * load<f32>(dots + (c << 2));
    if (apart < best) best = apart, at = <i32>c;
  }
  return at;
}
