import { describe, expect, it } from "vitest";
import { cholesky, multiplyUpper, solveLower, solveUpper } from "../../src/optim/cholesky.ts";

const A = [
  [4, 2, 1, 0.5, 1],
  [2, 5, 3, 1, 0],
  [1, 3, 6, 2, 1],
  [0.5, 1, 2, 7, 3],
  [1, 0, 1, 3, 8],
];
const d = 5;

const factor = (): Float64Array => {
  const L = Float64Array.from(A.flat());
  cholesky(L, d);
  return L;
};

describe("cholesky", () => {
  it("factors A into L Lᵀ", () => {
    const L = factor();
    for (let i = 0; i < d; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let m = 0; m <= j; m++) sum += L[i * d + m] * L[j * d + m];
        expect(sum).toBeCloseTo(A[i][j], 14);
      }
    }
  });

  it("solves A x = b by its two halves, and undoes the upper one", () => {
    const L = factor();
    const b = Float64Array.of(1, -2, 3, -4, 5);
    const x = b.slice();
    solveLower(L, d, x);
    const half = x.slice();
    solveUpper(L, d, x);
    for (let i = 0; i < d; i++) {
      expect(A[i].reduce((sum, a, j) => sum + a * x[j], 0)).toBeCloseTo(b[i], 13);
    }
    multiplyUpper(L, d, x);
    for (let i = 0; i < d; i++) expect(x[i]).toBeCloseTo(half[i], 13);
  });

  it("stays finite where A is singular", () => {
    const L = Float64Array.of(1, 0, 1, 1);
    cholesky(L, 2, 1e-20);
    expect(L[3]).toBe(1e-10);
  });
});
