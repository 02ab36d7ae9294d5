import { rowStart, type TriangleRoom, type Triangles } from "./triangles.ts";

/** The specification of Triangles: scalar, sums in float64, rounded where they are kept. */
export function referenceTriangles(room: TriangleRoom): Triangles {
  const { stride, sample, triangles, vectors } = room;
  const length = rowStart(stride);
  const slotAt = (slot: number): Float32Array =>
    triangles.subarray(slot * length, (slot + 1) * length);
  return {
    ...room,
    addProducts(rows, roots, slot) {
      const A = slotAt(slot);
      const z = new Float64Array(stride);
      for (let r = 0; r < rows.length; r++) {
        for (let j = 0; j < stride; j++) z[j] = roots[r] * sample[rows[r] * stride + j];
        for (let i = 0; i < stride; i++) {
          if (z[i] === 0) continue;
          for (let j = 0, at = rowStart(i); j <= i; j++, at++) A[at] += z[i] * z[j];
        }
      }
    },
    cholesky(slots) {
      for (let slot = 0; slot < slots; slot++) factorize(slotAt(slot), stride);
    },
    apply(map, slotOf) {
      for (const [c, slot] of slotOf.entries()) {
        MAPS[map](slotAt(slot), vectors.subarray(c * stride, (c + 1) * stride));
      }
    },
  };
}

/** Share of a diagonal entry that its pivot is not let fall below: what is less is rounding. */
const LEAST_PIVOT = 1e-6;
const TINY = 1e-30;

function factorize(A: Float32Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const row = rowStart(i);
    const least = Math.max(LEAST_PIVOT * A[row + i], TINY);
    for (let j = 0; j <= i; j++) {
      const other = rowStart(j);
      let sum = A[row + j];
      for (let l = 0; l < j; l++) sum -= A[row + l] * A[other + l];
      A[row + j] = i === j ? Math.sqrt(Math.max(sum, least)) : sum / A[other + j];
    }
  }
}

const MAPS = {
  lower(L: Float32Array, x: Float64Array): void {
    for (let i = 0; i < x.length; i++) {
      const row = rowStart(i);
      for (let j = 0; j < i; j++) x[i] -= L[row + j] * x[j];
      x[i] /= L[row + i];
    }
  },
  upper(L: Float32Array, x: Float64Array): void {
    for (let i = x.length - 1; i >= 0; i--) {
      const row = rowStart(i);
      x[i] /= L[row + i];
      for (let j = 0; j < i; j++) x[j] -= L[row + j] * x[i];
    }
  },
  transposed(L: Float32Array, x: Float64Array): void {
    for (let i = 0; i < x.length; i++) {
      const row = rowStart(i);
      const value = x[i];
      for (let j = 0; j < i; j++) x[j] += L[row + j] * value;
      x[i] = L[row + i] * value;
    }
  },
};
