import { afterEach, describe, expect, it, vi } from "vitest";
import { makeCase } from "./cases.ts";

/** The kernels' modules anew, after the globals were changed. */
async function load(): Promise<
  typeof import("../../src/kernels/wasm.ts") &
    typeof import("../../src/kernels/shared.ts") &
    typeof import("../../src/kernels/module.ts")
> {
  vi.resetModules();
  return {
    ...(await import("../../src/kernels/wasm.ts")),
    ...(await import("../../src/kernels/shared.ts")),
    ...(await import("../../src/kernels/module.ts")),
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe.each([
  ["where WebAssembly is missing", undefined],
  [
    "where WebAssembly may not be compiled",
    {
      Memory: WebAssembly.Memory,
      Module: class {
        constructor() {
          throw new EvalError("refused by the content security policy");
        }
      },
    },
  ],
])("%s", (_, substitute) => {
  it("the reference kernels stand in, and the fast ones say that they are missing", async () => {
    vi.stubGlobal("WebAssembly", substitute);
    const { createKernels, createWasmKernels, sharedKernels, wasmAvailable } = await load();
    expect(wasmAvailable()).toBe(false);
    expect(createKernels({ bytes: 100 }).name).toBe("reference");
    expect(sharedKernels().name).toBe("reference");
    expect(() => createWasmKernels({ bytes: 100 })).toThrow(/WebAssembly with SIMD/);
    expect(() => createKernels({ bytes: 4 * 2 ** 30 })).toThrow(/4\.0 GiB/);
  });
});

describe("where memory cannot be shared", () => {
  it("the fast kernels use their own memory: same bits, and their arrays outlive its growth", async () => {
    const shape = { n: 3000, k: 4, dense: 60, csr: { width: 9, perRow: 3 } };
    const results = async (): Promise<unknown[]> => {
      const { createKernels, sharedKernels } = await load();
      const kernels = createKernels({ bytes: 2 ** 21, scratchBytes: 2 ** 24 });
      return [kernels, sharedKernels()].map((by) => {
        const { X, y, W, k, range } = makeCase(shape, 64, by.allocate);
        by.allocate.f64(20_000);
        const G = new Float64Array(W.length);
        return [by.name, by.lossGradient(X, y, null, range, W, k, G), G];
      });
    };
    const shared = await results();
    vi.stubGlobal("SharedArrayBuffer", undefined);
    expect(await results()).toEqual(shared);
    const { kernelModule } = await load();
    expect(kernelModule()?.shared).toBe(false);
  });
});
