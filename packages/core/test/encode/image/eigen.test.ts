import { describe, expect, it } from "vitest";
import { createRandom } from "../../../src/base/random.ts";
import { symmetricEigen } from "../../../src/encode/image/eigen.ts";

function symmetric(d: number, rank: number): Float64Array {
  const random = createRandom(d);
  const B = Float64Array.from({ length: d * rank }, () => 2 * random.uniform() - 1);
  const A = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      for (let r = 0; r < rank; r++) A[i * d + j] += B[i * rank + r] * B[j * rank + r];
    }
  }
  return A;
}

describe.each([
  [1, 1],
  [2, 2],
  [7, 7],
  [36, 36],
  [12, 3],
])("eigenvectors of a %i × %i matrix of rank %i", (d, rank) => {
  const A = symmetric(d, rank);
  const { values, vectors } = symmetricEigen(A.slice(), d);
  const scale = Math.max(...values);

  it("are orthonormal to 1e-13", () => {
    for (let e = 0; e < d; e++) {
      for (let g = 0; g < d; g++) {
        let dot = 0;
        for (let i = 0; i < d; i++) dot += vectors[e * d + i] * vectors[g * d + i];
        expect(Math.abs(dot - (e === g ? 1 : 0))).toBeLessThan(1e-13);
      }
    }
  });

  it("satisfy A v = λ v to 1e-13 of the largest", () => {
    for (let e = 0; e < d; e++) {
      for (let i = 0; i < d; i++) {
        let sum = 0;
        for (let j = 0; j < d; j++) sum += A[i * d + j] * vectors[e * d + j];
        expect(Math.abs(sum - values[e] * vectors[e * d + i])).toBeLessThan(1e-13 * scale);
      }
    }
  });
});

it("of zeros are the axes, and of a diagonal its entries", () => {
  expect([...symmetricEigen(new Float64Array(4), 2).vectors]).toEqual([1, 0, 0, 1]);
  expect([...symmetricEigen(Float64Array.of(3, 0, 0, 2), 2).values]).toEqual([3, 2]);
});
