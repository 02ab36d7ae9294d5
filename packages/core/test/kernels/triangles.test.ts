import { describe, expect, it } from "vitest";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import {
  paddedWidth,
  rowStart,
  type Triangles,
  triangleLength,
} from "../../src/kernels/triangles.ts";
import { createTriangles, triangleBytes } from "../../src/kernels/triangles-wasm.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";

const random = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
  return seed / 0x7fffffff - 0.5;
};

/** Both implementations, on the same sample. */
function both(width: number, rows: number, slots: number): Triangles[] {
  const sizes = { width, rows, slots, vectors: slots };
  const next = random(width + rows);
  const sample = Float32Array.from({ length: rows * paddedWidth(width) }, (_, at) =>
    at % paddedWidth(width) < width ? next() : 0,
  );
  const kernels = [createWasmKernels({ bytes: triangleBytes(sizes) }), createReferenceKernels()];
  return kernels.map((own) => {
    const triangles = createTriangles(own, sizes);
    triangles.sample.set(sample);
    return triangles;
  });
}

/** Every third row, with its weight, and 1/10 on the diagonal. */
function fill(triangles: Triangles, rows: number, slots: number): void {
  const { stride } = triangles;
  const next = random(7);
  for (let slot = 0; slot < slots; slot++) {
    const chosen = Int32Array.from({ length: Math.floor(rows / 3) }, (_, i) => 3 * i);
    const roots = Float32Array.from(chosen, () => next() + 0.6);
    triangles.addProducts(chosen, roots, slot);
    const A = triangles.triangles.subarray(slot * triangleLength(stride));
    for (let i = 0; i < stride; i++) A[rowStart(i) + i] += 0.1;
  }
}

const shapes: [number, number, number][] = [
  [1, 3, 1],
  [8, 30, 2],
  [9, 1600, 1],
  [67, 4000, 3],
  [130, 90, 2],
];

describe.each(shapes)("triangles of width %i over %i rows, %i of them", (width, rows, slots) => {
  const [wasm, reference] = both(width, rows, slots);
  for (const triangles of [wasm, reference]) fill(triangles, rows, slots);
  const sums = reference.triangles.slice();

  it("wasm sums products as the reference does, to a relative error of 2e-6", () => {
    for (let slot = 0; slot < slots; slot++) {
      const at = (i: number, j: number): number => slot * triangleLength(width) + rowStart(i) + j;
      for (let i = 0; i < width; i++) {
        for (let j = 0; j <= i; j++) {
          const size = Math.sqrt(sums[at(i, i)] * sums[at(j, j)]);
          expect(Math.abs(wasm.triangles[at(i, j)] - sums[at(i, j)])).toBeLessThan(2e-6 * size);
        }
      }
    }
  });

  it("the factor's square is the matrix, to a relative error of 1e-5", () => {
    for (const triangles of [wasm, reference]) {
      triangles.triangles.set(sums);
      triangles.cholesky(slots);
      const L = triangles.triangles;
      for (let slot = 0, at = 0; slot < slots; slot++, at += triangleLength(width)) {
        for (let i = 0; i < width; i++) {
          for (let j = 0; j <= i; j++) {
            let sum = 0;
            for (let l = 0; l <= j; l++) sum += L[at + rowStart(i) + l] * L[at + rowStart(j) + l];
            const size = Math.sqrt(sums[at + rowStart(i) + i] * sums[at + rowStart(j) + j]);
            expect(Math.abs(sum - sums[at + rowStart(i) + j])).toBeLessThan(1e-5 * size);
          }
        }
      }
    }
  });

  it("every entry above the diagonal stays 0", () => {
    for (let i = 0; i < paddedWidth(width); i++) {
      for (let j = i + 1; j < paddedWidth(i + 1); j++) {
        expect(wasm.triangles[rowStart(i) + j]).toBe(0);
      }
    }
  });

  it("maps with a factor as the reference does, to 1e-12, and back", () => {
    wasm.triangles.set(reference.triangles);
    const next = random(3);
    const start = Float64Array.from({ length: slots * paddedWidth(width) }, () => next());
    const slotOf = Int32Array.from({ length: slots }, (_, c) => slots - 1 - c);
    for (const map of ["lower", "upper", "transposed"] as const) {
      for (const triangles of [wasm, reference]) {
        triangles.vectors.set(start);
        triangles.apply(map, slotOf);
      }
      for (const [at, value] of wasm.vectors.entries()) {
        expect(Math.abs(value - reference.vectors[at])).toBeLessThan(1e-12 * (1 + Math.abs(value)));
      }
    }
    wasm.apply("upper", slotOf);
    for (const [at, value] of wasm.vectors.entries()) {
      expect(Math.abs(value - start[at])).toBeLessThan(1e-12);
    }
  });

  it("lower and upper are transposes of each other", () => {
    const next = random(5);
    const [a, b] = [0, 1].map(() =>
      Float64Array.from({ length: slots * paddedWidth(width) }, () => next()),
    );
    const slotOf = Int32Array.from({ length: slots }, (_, c) => c);
    wasm.vectors.set(a);
    wasm.apply("lower", slotOf);
    const left = wasm.vectors.reduce((sum, value, at) => sum + value * b[at], 0);
    wasm.vectors.set(b);
    wasm.apply("upper", slotOf);
    const right = wasm.vectors.reduce((sum, value, at) => sum + value * a[at], 0);
    expect(Math.abs(left - right)).toBeLessThan(1e-11 * (1 + Math.abs(left)));
  });
});

it("a matrix without full rank gets a factor of finite numbers", () => {
  for (const triangles of both(20, 5, 1)) {
    triangles.addProducts(Int32Array.of(0, 1, 2), Float32Array.of(1, 1, 1), 0);
    triangles.cholesky(1);
    expect(triangles.triangles.every(Number.isFinite)).toBe(true);
    for (let i = 0; i < 20; i++) expect(triangles.triangles[rowStart(i) + i]).toBeGreaterThan(0);
  }
});

it("rows of the triangle follow each other without a gap", () => {
  for (let i = 0; i < 40; i++) expect(rowStart(i + 1) - rowStart(i)).toBe(paddedWidth(i + 1));
  expect(triangleLength(17)).toBe(rowStart(24));
});
