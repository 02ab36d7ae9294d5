import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { describeArray, describeMatrix, restoreMatrix } from "../../src/kernels/describe.ts";
import { heap } from "../../src/kernels/kernels.ts";
import { wasmAvailable } from "../../src/kernels/module.ts";
import { sharedKernels } from "../../src/kernels/shared.ts";
import {
  attachWasmKernels,
  createKernels,
  createWasmKernels,
  type KernelShare,
  scratchBytes,
} from "../../src/kernels/wasm.ts";
import { makeCase } from "./cases.ts";

const shape = {
  n: 500,
  k: 3,
  dense: 7,
  codes: { width: 5, perRow: 2 },
  csr: { width: 9, perRow: 3 },
};

describe("the kernels' memory", () => {
  it("holds arrays that are zero-filled, also where scratch was before", () => {
    const kernels = createWasmKernels({ bytes: 2 ** 22 });
    const { X, y, W, k, range } = makeCase(shape, 64);
    kernels.lossGradient(X, y, null, range, W, k, new Float64Array(W.length));
    const array = kernels.allocate.f64(10_000);
    expect(array.every((value) => value === 0)).toBe(true);
    expect(kernels.arena.owns(array)).toBe(true);
    expect(kernels.arena.owns(new Float64Array(3))).toBe(false);
  });

  it("still knows its arrays after it has grown", () => {
    const kernels = createWasmKernels({ bytes: 2 ** 24 });
    const before = kernels.allocate.f64(5);
    before.fill(7);
    kernels.allocate.f64(2 ** 20);
    expect(kernels.arena.owns(before)).toBe(true);
    expect(before[4]).toBe(7);
  });

  it("returns the scratch of every call, also of one that throws", () => {
    const kernels = createWasmKernels({ bytes: 0, scratchBytes: 2 ** 21 });
    const { X, y, W, k, range } = makeCase(shape, 64);
    const G = new Float64Array(W.length);
    for (let i = 0; i < 200; i++) kernels.lossGradient(X, y, null, range, W, k, G);
    expect(() => kernels.logits(X, range, W, k, new Float64Array(1))).toThrow(RangeError);
    const at = kernels.allocate.i32(1).byteOffset;
    expect(at).toBeLessThan(1000);
  });

  it("counts when the engine decides to collect what is dead", () => {
    const counted = () => process.memoryUsage().arrayBuffers;
    const before = counted();
    const kernels = createWasmKernels({ bytes: 2 ** 28 });
    expect(counted() - before).toBeGreaterThan(2 ** 27);
    expect(kernels.arena.owns(kernels.allocate.f64(1))).toBe(true);
  });

  it("frees stretches in any order, each as soon as nothing stands above it", () => {
    const { arena } = createWasmKernels({ bytes: 2 ** 20 });
    const marks = Array.from({ length: 4 }, () => {
      const mark = arena.mark();
      arena.take(1000);
      return { mark, until: arena.mark() };
    });
    const free = (which: number): void => arena.rewind(marks[which].mark, marks[which].until);
    free(1);
    free(2);
    expect(arena.mark()).toBe(marks[3].until);
    free(3);
    expect(arena.mark()).toBe(marks[1].mark);
    const more = arena.take(5000);
    free(0);
    expect(arena.mark()).toBeGreaterThan(more);
    arena.rewind(more);
    expect(arena.mark()).toBe(marks[0].mark);
    // A stretch given back that then went with what it stood in is forgotten: others end where it ended.
    arena.take(1000);
    arena.take(1000);
    arena.rewind(marks[0].mark, marks[0].until);
    arena.rewind(marks[0].mark);
    arena.take(1000);
    const next = arena.take(64);
    arena.rewind(next);
    expect(arena.mark()).toBe(next);
  });

  it("refuses more than 3.5 GiB in a sentence with the size, and says when it is full", () => {
    expect(() => createKernels({ bytes: 5 * 2 ** 30 })).toThrow(/5\.0 GiB.*at most 3\.5 GiB/);
    expect(() => createWasmKernels({ bytes: 3.6 * 2 ** 30 })).toThrow(RangeError);
    const small = createWasmKernels({ bytes: 2 ** 16, scratchBytes: 2 ** 16 });
    expect(() => small.allocate.f64(2 ** 20)).toThrow(/is full/);
  });

  it("is not used by the shared kernels' arrays", () => {
    expect(sharedKernels()).toBe(sharedKernels());
    expect(sharedKernels().allocate).toBe(heap);
    expect(sharedKernels().name).toBe(wasmAvailable() ? "wasm" : "reference");
  });
});

describe("a share of the kernels' memory", () => {
  const kernels = createWasmKernels({ bytes: 2 ** 22 });
  const problem = makeCase(shape, 32, kernels.allocate);
  const { X, y, W, k, range } = problem;
  const G = new Float64Array(W.length);
  const loss = kernels.lossGradient(X, y, null, range, W, k, G);
  const big = createWasmKernels({ bytes: 2 ** 28 });

  it("lets other kernels read the same arrays and write only their own stretch", () => {
    const share = kernels.share(2 ** 18);
    const before = new Uint8Array(share.memory.buffer).slice(0, share.start);
    const other = attachWasmKernels(share);
    const description = structuredClone(describeMatrix(kernels.arena, X));
    const same = restoreMatrix(other.arena, description);
    expect(same).toEqual(X);
    expect(same.dense?.data.buffer).toBe(share.memory.buffer);
    const again = new Float64Array(W.length);
    expect(other.lossGradient(same, y, null, range, W, k, again)).toBe(loss);
    expect(again).toEqual(G);
    expect(new Uint8Array(share.memory.buffer, 0, share.start)).toEqual(before);
  });

  it.each([
    [1, 1],
    [1, 300],
    [4000, 1],
    [2000, 31],
  ])("needs no more than scratchBytes(%i, %i) for any pass", (width, k) => {
    for (const bits of [32, 64] as const) {
      const problem = makeCase({ n: 300, k, dense: width, zeros: 0.2 }, bits, big.allocate);
      const { X, y, s, W, V, range } = problem;
      const own = attachWasmKernels(big.share(scratchBytes(width, k)));
      const G = new Float64Array(W.length);
      own.lossGradient(X, y, s, range, W, k, G);
      own.hessianVector(X, s, range, W, k, V, G);
      own.logits(X, range, W, k, new Float64Array(300 * k));
      expect(G.every(Number.isFinite)).toBe(true);
    }
  });

  it("refuses to describe an array that lives elsewhere", () => {
    expect(() => describeArray(kernels.arena, new Int32Array(2))).toThrow(/internal: /);
  });

  it("works in a worker thread without a copy: same bits", async () => {
    const entry = `
      import { parentPort, workerData } from "node:worker_threads";
      import { attachWasmKernels } from "./wasm.ts";
      import { restoreArray, restoreMatrix } from "./describe.ts";
      const { share, matrix, classes, W, k } = workerData;
      const kernels = attachWasmKernels(share);
      const X = restoreMatrix(kernels.arena, matrix);
      const y = restoreArray(kernels.arena, classes);
      const G = new Float64Array(W.length);
      const loss = kernels.lossGradient(X, y, null, { start: 0, end: X.rows }, W, k, G);
      X.dense.data[0] = 1234;
      parentPort.postMessage({ loss, G, own: kernels.arena.owns(X.dense.data) });`;
    const resolveDir = new URL("../../src/kernels", import.meta.url).pathname;
    const { outputFiles } = await build({
      stdin: { contents: entry, resolveDir, loader: "ts" },
      bundle: true,
      platform: "node",
      format: "cjs",
      write: false,
    });
    const share: KernelShare = kernels.share(2 ** 18);
    const workerData = {
      share,
      matrix: describeMatrix(kernels.arena, X),
      classes: describeArray(kernels.arena, y),
      W,
      k,
    };
    const first = X.dense?.data[0] ?? 0;
    const worker = new Worker(outputFiles[0].text, { eval: true, workerData });
    const answer = await new Promise((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
    });
    await worker.terminate();
    expect(answer).toEqual({ loss, G, own: true });
    expect(X.dense?.data[0]).toBe(1234);
    X.dense?.data.fill(first, 0, 1);
  });

  it("that was used before and given back holds zeros for those who take it next", () => {
    const kernels = createWasmKernels({ bytes: 2 ** 20 });
    const { arena } = kernels;
    const mark = arena.mark();
    arena.allocate.f64(1000).fill(7);
    arena.rewind(mark);
    expect(arena.allocate.f64(10).every((v) => v === 0)).toBe(true);
    for (const next of [kernels.within(2 ** 16), attachWasmKernels(kernels.share(2 ** 16))]) {
      expect(next.allocate.f64(1000).every((v) => v === 0)).toBe(true);
      arena.rewind(mark);
      arena.allocate.f64(1000).fill(7);
      arena.rewind(mark);
    }
  });
});
