import { execFileSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { buildSync } from "esbuild";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createReferenceKernels } from "../../src/kernels/reference.ts";
import { createKernels, type WasmKernels } from "../../src/kernels/wasm.ts";
import { placeProblem } from "../../src/model/place.ts";
import { createTrainer, type FitRequest, type TrainerInput } from "../../src/model/trainer.ts";
import { noisyRows } from "./rows.ts";

const everyRow = (n: number): FitRequest => ({
  ranges: [{ start: 0, end: n }],
  l2: 1e-3,
  start: null,
  tolerance: "final",
});

const inputs = (): [string, TrainerInput][] => {
  const wasm = createKernels({ bytes: 1e6 });
  const placed = noisyRows(500, 6, 3, 1, 2, wasm.allocate);
  const heaped = noisyRows(500, 6, 3, 1, 2);
  const rowWeights = Float64Array.from({ length: 500 }, (_, i) => (i % 4) / 2);
  return [
    ["wasm kernels, rows in their memory", { ...placed, outputs: 3, rowWeights, kernels: wasm }],
    ["wasm kernels, rows elsewhere", { ...heaped, outputs: 3, rowWeights, kernels: wasm }],
    ["reference kernels", { ...heaped, outputs: 3, rowWeights, kernels: createReferenceKernels() }],
  ];
};

/** Lets the platform find this class of workers. */
function withWorkers(Class: typeof Worker): void {
  vi.spyOn(process, "getBuiltinModule").mockReturnValue({ Worker: Class } as never);
}

async function fitWith(input: TrainerInput) {
  const trainer = await createTrainer(input);
  const fit = await trainer.fit(everyRow(input.X.rows));
  trainer.close();
  return fit;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("trainers without workers on one memory", () => {
  it("do not give back what is another's", async () => {
    const kernels = createKernels({ bytes: 1e6 }) as WasmKernels;
    const { X, y } = noisyRows(60, 4, 3, 1, 2, kernels.allocate);
    const input = { X, y, outputs: 3, rowWeights: null, kernels, worker: false };
    const task: FitRequest = { ...everyRow(60), method: { optimizer: "adam", epochs: 2 } };
    const alone = await createTrainer({ ...input, kernels: createKernels({ bytes: 1e6 }) });
    const { weights } = await alone.fit(task);
    const first = await createTrainer(input);
    const second = await createTrainer(input);
    // What the first takes for its first fit it takes after the second has come.
    await first.fit({ ...task, ranges: [{ start: 0, end: 30 }] });
    await second.fit(task);
    second.close();
    const others = kernels.allocate.i32(2 ** 14).fill(-1);
    expect((await first.fit(task)).weights).toStrictEqual(weights);
    expect(others.every((v) => v === -1)).toBe(true);
    first.close();
  });

  it("give back all of it, in whatever order they are closed", async () => {
    const kernels = createKernels({ bytes: 1e6 }) as WasmKernels;
    const { X, y } = noisyRows(60, 4, 3, 1, 2, kernels.allocate);
    const mark = kernels.arena.mark();
    const input = { X, y, outputs: 3, rowWeights: null, kernels, worker: false };
    const trainers = [];
    for (let t = 0; t < 3; t++) trainers.push(await createTrainer(input));
    for (const trainer of trainers) await trainer.fit(everyRow(60));
    for (const t of [1, 0, 2]) trainers[t].close();
    expect(kernels.arena.mark()).toBe(mark);
  });
});

describe("trainer", () => {
  it.each(inputs())("gives the same bits with a worker and without: %s", async (_, input) => {
    const answers = [];
    for (const worker of [true, false]) {
      const trainer = await createTrainer({ ...input, worker });
      const fit = await trainer.fit(everyRow(500));
      const Z = await trainer.logits(fit.weights, [
        { start: 490, end: 500 },
        { start: 0, end: 3 },
      ]);
      trainer.close();
      answers.push({ fit, Z });
    }
    expect(answers[0]).toStrictEqual(answers[1]);
    expect(answers[0].fit).toMatchObject({ converged: true, reason: "gradient" });
    expect(answers[0].Z.length).toBe(39);
  });

  it("fits the rows of its ranges alone, whatever the others hold", async () => {
    const sample = noisyRows(300, 4, 2, 2);
    const broken = { ...sample, X: structuredClone(sample.X) };
    broken.X.dense?.data.fill(Number.NaN, 4 * 100, 4 * 200);
    const ranges = [
      { start: 0, end: 100 },
      { start: 200, end: 300 },
    ];
    const weights = [];
    for (const { X, y } of [sample, broken]) {
      const kernels = createReferenceKernels();
      const trainer = await createTrainer({ X, y, outputs: 1, rowWeights: null, kernels });
      weights.push((await trainer.fit({ ...everyRow(300), ranges })).weights);
      trainer.close();
    }
    expect(weights[0]).toStrictEqual(weights[1]);
    expect(weights[0].every(Number.isFinite)).toBe(true);
  });

  it("takes a warm start to the same optimum in fewer passes", async () => {
    const { X, y } = noisyRows(400, 5, 4, 3);
    const kernels = createReferenceKernels();
    const trainer = await createTrainer({ X, y, outputs: 4, rowWeights: null, kernels });
    const cold = await trainer.fit(everyRow(400));
    const near = await trainer.fit({ ...everyRow(400), l2: 2e-3 });
    const warm = await trainer.fit({ ...everyRow(400), start: near.weights });
    trainer.close();
    expect(Math.abs(warm.objective - cold.objective)).toBeLessThan(1e-14);
    expect(warm.evaluations).toBeLessThan(cold.evaluations);
    for (const [at, w] of warm.weights.entries()) expect(w).toBeCloseTo(cold.weights[at], 6);
  });

  it("gives a class without rows no weight and no probability", async () => {
    const { X, y } = noisyRows(200, 3, 3, 4);
    const kernels = createReferenceKernels();
    const trainer = await createTrainer({ X, y, outputs: 4, rowWeights: null, kernels });
    const fit = await trainer.fit(everyRow(200));
    trainer.close();
    expect(fit).toMatchObject({ absent: [3], converged: true });
    expect([0, 1, 2].map((j) => fit.weights[4 * j + 3])).toEqual([0, 0, 0]);
    expect(fit.weights[4 * 3 + 3]).toBeLessThan(-700);
  });

  it("reports progress while it works", async () => {
    const { X, y } = noisyRows(4000, 20, 30, 5);
    const kernels = createReferenceKernels();
    for (const worker of [true, false]) {
      const trainer = await createTrainer({ X, y, outputs: 30, rowWeights: null, kernels, worker });
      const onProgress = vi.fn();
      await trainer.fit({ ...everyRow(4000), maxIterations: 20, onProgress });
      trainer.close();
      expect(onProgress).toHaveBeenCalledWith(expect.objectContaining({ iteration: 0 }));
    }
  });

  it.each([true, false])("stops at once when the signal says so (worker: %s)", async (worker) => {
    const { X, y } = noisyRows(4000, 20, 30, 6);
    const kernels = createReferenceKernels();
    const stop = new AbortController();
    const trainer = await createTrainer({
      ...{ X, y, outputs: 30, rowWeights: null, kernels, worker },
      signal: stop.signal,
    });
    const fits = [trainer.fit(everyRow(4000)), trainer.fit(everyRow(4000))];
    setTimeout(() => stop.abort(), 50);
    const ends = await Promise.allSettled(fits);
    for (const end of ends) expect(end).toMatchObject({ reason: { code: "aborted" } });
    await expect(trainer.fit(everyRow(4000))).rejects.toMatchObject({ code: "aborted" });
    trainer.close();
    const late = createTrainer({
      ...{ X, y, outputs: 30, rowWeights: null, kernels, worker },
      signal: stop.signal,
    });
    await expect(late).rejects.toMatchObject({ code: "aborted" });
  });

  it("passes on what the kernels refuse, as the same kind of error, and lives on", async () => {
    const { X, y } = noisyRows(50, 2, 3, 7);
    const kernels = createReferenceKernels();
    const trainer = await createTrainer({ X, y, outputs: 3, rowWeights: null, kernels });
    const beyond = trainer.logits(new Float64Array(9), [{ start: 0, end: 51 }]);
    await expect(beyond).rejects.toThrow(RangeError);
    expect((await trainer.fit(everyRow(50))).converged).toBe(true);
    trainer.close();
    await expect(trainer.fit(everyRow(50))).rejects.toThrow("closed");
  });

  it("rejects with a typed error where the worker dies", async () => {
    const { X, y } = noisyRows(4000, 20, 30, 8);
    const kernels = createReferenceKernels();
    const started: Worker[] = [];
    class Watched extends Worker {
      constructor(source: string, options: object) {
        super(source, options);
        started.push(this);
      }
    }
    withWorkers(Watched);
    const trainer = await createTrainer({ X, y, outputs: 30, rowWeights: null, kernels });
    const fit = trainer.fit(everyRow(4000));
    setTimeout(() => started[0].terminate(), 50);
    await expect(fit).rejects.toMatchObject({ name: "SoftmaxError", code: "internal" });
    await expect(trainer.fit(everyRow(4000))).rejects.toThrow("stopped unexpectedly");
  });

  it.each([
    ["can be made", () => Promise.reject(new Error("none"))],
    ["starts", "throw new Error('refused')"],
  ])("works in this thread where no worker %s", async (_, how) => {
    class Broken extends Worker {
      constructor(_source: string, options: object) {
        if (typeof how !== "string") throw new Error("none");
        super(how, options);
      }
    }
    withWorkers(Broken);
    const { X, y } = noisyRows(50, 2, 3, 9);
    const kernels = createReferenceKernels();
    const trainer = await createTrainer({ X, y, outputs: 3, rowWeights: null, kernels });
    expect((await trainer.fit(everyRow(50))).converged).toBe(true);
  });

  it("copies the rows to the worker where memory cannot be shared", async () => {
    const input = { ...noisyRows(300, 4, 3, 10, 2), outputs: 3, rowWeights: null };
    const kernels = createKernels({ bytes: 1e6 });
    const expected = await fitWith({ ...input, kernels, worker: false });
    vi.stubGlobal("SharedArrayBuffer", undefined);
    vi.resetModules();
    const { createKernels: createUnshared } = await import("../../src/kernels/wasm.ts");
    const unshared = createUnshared({ bytes: 1e6 });
    expect(unshared.allocate.f64(1).buffer).toBeInstanceOf(ArrayBuffer);
    const placed = placeProblem((unshared as WasmKernels).arena, input);
    expect(await fitWith({ ...placed, kernels: unshared })).toStrictEqual(expected);
  });

  it("lets the process end, closed or forgotten", () => {
    const entry = new URL("./forgotten-trainer.ts", import.meta.url).pathname;
    const { outputFiles } = buildSync({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
    });
    const said = execFileSync(process.execPath, ["--input-type=module", "-"], {
      input: outputFiles[0].text,
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(said).toBe("done");
  });
});
