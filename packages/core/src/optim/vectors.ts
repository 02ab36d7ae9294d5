/**
 * Loops take four entries at once, sums in four parts added as (0 + 1) + (2 + 3): one sum alone waits for every addition.
 * Measured, ns an entry, plain → by four: 8,000 entries, dot 1.35 → 0.69, addScaled 1.05 → 1.03; 2^18 entries, dot 1.9 → 1.3,
 * addScaled 3.7 → 1.2; beyond the caches memory is the limit, 3.6 → 3.3 and 3.8 → 3.3.
 */

/** Σ_i a_i b_i */
export function dot(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  const whole = n - (n % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (let i = whole; i < n; i++) s0 += a[i] * b[i];
  return s0 + s1 + (s2 + s3);
}

/** Euclidean norm; NaN where an entry is. */
export const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));

/** y += factor · x */
export function addScaled(y: Float64Array, factor: number, x: Float64Array): void {
  const n = y.length;
  const whole = n - (n % 4);
  for (let i = 0; i < whole; i += 4) {
    y[i] += factor * x[i];
    y[i + 1] += factor * x[i + 1];
    y[i + 2] += factor * x[i + 2];
    y[i + 3] += factor * x[i + 3];
  }
  for (let i = whole; i < n; i++) y[i] += factor * x[i];
}

/** out = a − b */
export function subtract(a: Float64Array, b: Float64Array, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i] - b[i];
}

export function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] *= factor;
}
