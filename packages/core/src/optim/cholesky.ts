/** Dense symmetric positive definite systems, matrices d×d row-major, lower triangle. */

/**
 * A ← L with L Lᵀ = A, in place of the lower triangle (Golub & Van Loan 2013, algorithm 4.2.1, by rows). The upper
 * triangle is not read. A pivot below `smallest` becomes `smallest`: its unknown hardly moves.
 */
export function cholesky(A: Float64Array, d: number, smallest = 1e-300): void {
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = A[i * d + j] - dotRows(A, i * d, j * d, j);
      A[i * d + j] = i === j ? Math.sqrt(Math.max(sum, smallest)) : sum / A[j * d + j];
    }
  }
}

/** Σ_{m < length} A[a + m] A[b + m], in four sums: one alone waits for every addition. */
function dotRows(A: Float64Array, a: number, b: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let m = 0;
  for (; m + 3 < length; m += 4) {
    s0 += A[a + m] * A[b + m];
    s1 += A[a + m + 1] * A[b + m + 1];
    s2 += A[a + m + 2] * A[b + m + 2];
    s3 += A[a + m + 3] * A[b + m + 3];
  }
  for (; m < length; m++) s0 += A[a + m] * A[b + m];
  return s0 + s1 + (s2 + s3);
}

/** x ← L⁻¹ x */
export function solveLower(L: Float64Array, d: number, x: Float64Array): void {
  for (let i = 0; i < d; i++) {
    let sum = x[i];
    for (let j = 0, at = i * d; j < i; j++, at++) sum -= L[at] * x[j];
    x[i] = sum / L[i * d + i];
  }
}

/** x ← L⁻ᵀ x */
export function solveUpper(L: Float64Array, d: number, x: Float64Array): void {
  for (let i = d - 1; i >= 0; i--) {
    const value = x[i] / L[i * d + i];
    x[i] = value;
    for (let j = 0, at = i * d; j < i; j++, at++) x[j] -= L[at] * value;
  }
}

/** x ← Lᵀ x */
export function multiplyUpper(L: Float64Array, d: number, x: Float64Array): void {
  for (let j = 0; j < d; j++) {
    let sum = 0;
    for (let i = j; i < d; i++) sum += L[i * d + j] * x[i];
    x[j] = sum;
  }
}
