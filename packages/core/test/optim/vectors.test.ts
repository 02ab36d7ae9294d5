import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addScaled, dot, norm } from "../../src/optim/vectors.ts";

const vectors = fc
  .array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 })), {
    maxLength: 23,
  })
  .map((pairs) => [0, 1].map((side) => Float64Array.from(pairs, (pair) => pair[side])));

describe("vectors, whatever their length", () => {
  it("have the dot product and the combination of the plain loops", () => {
    fc.assert(
      fc.property(vectors, ([a, b]) => {
        // Integers, so that no order of the sum rounds.
        expect(dot(a, b) + 0).toBe(a.reduce((sum, x, i) => sum + x * b[i], 0) + 0);
        const y = a.slice();
        addScaled(y, 3, b);
        expect(y).toEqual(a.map((x, i) => x + 3 * b[i]));
      }),
      { numRuns: 200 },
    );
  });

  it("have norm NaN where an entry is, in whichever part of the sum", () => {
    for (let n = 1; n < 10; n++) {
      for (let at = 0; at < n; at++) {
        const a = new Float64Array(n);
        a[at] = Number.NaN;
        expect(norm(a)).toBeNaN();
      }
    }
  });
});
