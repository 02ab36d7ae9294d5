import { describe, expect, it } from "vitest";
import type { Floats } from "../../src/base/matrix.ts";
import { addDenseSums } from "../../src/kernels/moments.ts";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createWasmKernels } from "../../src/kernels/wasm.ts";

const N = 9000;
const ranges = [
  { start: 3, end: 4103 },
  { start: 4105, end: 4106 },
  { start: 4110, end: N },
];

/** Values around 1e6, so that squares lose digits unless they are taken around the shift. */
const rows = (width: number, Type: new (length: number) => Floats): Floats =>
  new Type(N * width).map((_, at) => 1e6 + ((at * 7919) % 1013) / 64);

function denseSums(...[kernels, dense, s, ranges, shift]: Asked): Float64Array {
  const sums = new Float64Array(2 * dense.width);
  addDenseSums(kernels, dense, s, ranges, shift, sums);
  return sums;
}

type Asked = Parameters<typeof addDenseSums> extends [...infer First, Float64Array] ? First : never;

describe.each([
  [1, "float64", Float64Array],
  [2, "float32", Float32Array],
  [5, "float64", Float64Array],
  [7, "float32", Float32Array],
] as const)("sums of %i columns in %s", (width, _, Type) => {
  const data = rows(width, Type);
  const shift = new Float64Array(width).fill(1e6 + 7);
  const s = Float64Array.from({ length: N }, (_, i) => (i % 5 === 0 ? 0 : 1 + (i % 3)));

  it.each([
    ["with row weights", s],
    ["without", null],
  ])("are those of the reference to 1e-13, %s", (_, weights) => {
    const wasm = createWasmKernels({ bytes: 2 * data.byteLength });
    const dense = { width, data };
    const expected = denseSums(createReferenceKernels(), dense, weights, ranges, shift);
    for (const [at, value] of denseSums(wasm, dense, weights, ranges, shift).entries()) {
      expect(Math.abs(value - expected[at])).toBeLessThan(1e-13 * (1e5 + Math.abs(expected[at])));
    }
  });

  it("have the same bits wherever the rows lie", () => {
    const wasm = createWasmKernels({ bytes: 2 * data.byteLength });
    const allocate = Type === Float32Array ? wasm.allocate.f32 : wasm.allocate.f64;
    const inside = allocate(data.length);
    inside.set(data);
    const here = denseSums(wasm, { width, data: inside }, null, ranges, shift);
    expect(denseSums(wasm, { width, data }, null, ranges, shift)).toStrictEqual(here);
  });

  it("leave out rows of weight 0, whatever they hold", () => {
    const wasm = createWasmKernels({ bytes: 2 * data.byteLength });
    const odd = data.slice();
    for (let i = 0; i < N; i += 5) odd[i * width] = Number.NaN;
    const sums = denseSums(wasm, { width, data: odd }, s, ranges, shift);
    expect(sums).toStrictEqual(denseSums(wasm, { width, data }, s, ranges, shift));
  });
});
