/** Eigenvalues of a symmetric matrix and, as rows of d numbers, their vectors. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

const MOST_SWEEPS = 60;
/** Off-diagonal entries that are this small beside the diagonal's are 0. */
const NEGLIGIBLE = 1e-15;

/**
 * Jacobi's method by rows: A is symmetric, d×d, and overwritten. Every pair is rotated to 0 in order until what stands off the
 * diagonal is negligible (Golub & Van Loan, "Matrix Computations", §8.5). Square roots, products and sums alone, so that the
 * bits are the same everywhere.
 */
export function symmetricEigen(A: Float64Array, d: number): Eigen {
  const vectors = new Float64Array(d * d);
  for (let i = 0; i < d; i++) vectors[i * d + i] = 1;
  for (let sweep = 0; sweep < MOST_SWEEPS && rotateAll(A, vectors, d); sweep++);
  return { values: Float64Array.from({ length: d }, (_, i) => A[i * d + i]), vectors };
}

/** One sweep over all pairs; whether any was rotated. */
function rotateAll(A: Float64Array, V: Float64Array, d: number): boolean {
  let rotated = false;
  let scale = 0;
  for (let i = 0; i < d; i++) scale = Math.max(scale, Math.abs(A[i * d + i]));
  for (let p = 0; p < d - 1; p++) {
    for (let q = p + 1; q < d; q++) {
      if (Math.abs(A[p * d + q]) <= NEGLIGIBLE * scale) continue;
      rotate(A, V, d, p, q);
      rotated = true;
    }
  }
  return rotated;
}

function rotate(A: Float64Array, V: Float64Array, d: number, p: number, q: number): void {
  const tau = (A[q * d + q] - A[p * d + p]) / (2 * A[p * d + q]);
  const t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  for (let i = 0; i < d; i++) {
    const [a, b] = [A[p * d + i], A[q * d + i]];
    A[p * d + i] = c * a - s * b;
    A[q * d + i] = s * a + c * b;
  }
  for (let i = 0; i < d; i++) {
    const [a, b] = [A[i * d + p], A[i * d + q]];
    A[i * d + p] = c * a - s * b;
    A[i * d + q] = s * a + c * b;
    const [v, w] = [V[p * d + i], V[q * d + i]];
    V[p * d + i] = c * v - s * w;
    V[q * d + i] = s * v + c * w;
  }
}
