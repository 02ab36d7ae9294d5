import { abortedError, internalError, SoftmaxError, workerError } from "../base/checks.ts";
import { mapArrays, matrixWidth } from "../base/matrix.ts";
import { startWorker, type WorkerHandle } from "../base/platform.ts";
import type { Arena, Numbers } from "../kernels/arena.ts";
import { describeArray, describeMatrix } from "../kernels/describe.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { WasmKernels } from "../kernels/wasm.ts";
import type { TracePoint } from "../optim/contracts.ts";
import type { FittedWeights, Problem, Trainer, TrainerInput } from "./contracts.ts";
import { placeProblem } from "./place.ts";
import type { FromWorker, Opening, PlacedProblem, SentError, ToWorker } from "./protocol.ts";
import { curvatureBytes } from "./room.ts";
import { workerSource } from "./worker-source.ts";

/** A worker that says nothing for so long when it should start is given up. */
const START_MS = 20_000;

/** A trainer whose arithmetic runs in a worker; null where no worker starts. */
export async function remoteTrainer(input: TrainerInput): Promise<Trainer | null> {
  const link = await openLink();
  if (link === null) return null;
  try {
    const { opening, transfer } = openingOf(input, input.kernels);
    link.post({ kind: "open", opening }, transfer);
  } catch (error) {
    link.close(internalError(String(error)));
    return null;
  }
  const { signal } = input;
  const abort = (): void => link.close(abortedError());
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  return {
    fit({ onProgress, ...task }) {
      const progress = onProgress !== undefined;
      return link.ask<FittedWeights>((id) => ({ kind: "fit", id, task, progress }), onProgress);
    },
    logits: (weights, ranges) =>
      link.ask<Float64Array>((id) => ({ kind: "logits", id, weights, ranges })),
    close() {
      signal?.removeEventListener("abort", abort);
      link.close(internalError("the trainer is closed"));
    },
  };
}

/** Questions to a worker and their answers. */
interface Link {
  post(message: ToWorker, transfer: readonly ArrayBuffer[]): void;
  /** Rejects with what the worker threw, or with the reason why it is no more. */
  ask<T>(question: (id: number) => ToWorker, onProgress?: (point: TracePoint) => void): Promise<T>;
  /** Ends the worker; open and later questions are rejected with `reason`. */
  close(reason: Error): void;
}

interface Pending {
  resolve(result: never): void;
  reject(error: Error): void;
  onProgress: ((point: TracePoint) => void) | undefined;
}

function openLink(): Promise<Link | null> {
  return new Promise((resolve) => {
    const pending = new Map<number, Pending>();
    let over: Error | null = null;
    let asked = 0;
    const close = (reason: Error): void => {
      over ??= reason;
      worker?.terminate();
      for (const { reject } of pending.values()) reject(over);
      pending.clear();
    };
    const settle = (id: number, act: (p: Pending) => void): void => {
      const waiting = pending.get(id);
      pending.delete(id);
      if (pending.size === 0) worker?.release();
      if (waiting !== undefined) act(waiting);
    };
    const link: Link = {
      post: (message, transfer) => worker?.post(message, transfer),
      close,
      ask(question, onProgress) {
        if (over !== null) return Promise.reject(over);
        const id = asked++;
        if (pending.size === 0) worker?.hold();
        return new Promise((resolve, reject) => {
          pending.set(id, { resolve, reject, onProgress });
          worker?.post(question(id), []);
        });
      },
    };
    const giveUp = (): void => {
      worker?.terminate();
      resolve(null);
    };
    const timer = setTimeout(giveUp, START_MS);
    const worker: WorkerHandle | null = startWorker(workerSource, {
      message(data) {
        const answer = data as FromWorker;
        if (answer.kind === "ready") {
          clearTimeout(timer);
          worker?.release();
          resolve(link);
        } else if (answer.kind === "progress") pending.get(answer.id)?.onProgress?.(answer.point);
        else if (answer.kind === "failed") settle(answer.id, (p) => p.reject(revive(answer.error)));
        else settle(answer.id, (p) => p.resolve(answer.result as never));
      },
      died(why) {
        clearTimeout(timer);
        resolve(null);
        close(workerError(why));
      },
    });
    worker?.hold();
    if (worker === null) {
      clearTimeout(timer);
      resolve(null);
    }
  });
}

const builtIn = new Map([
  ["RangeError", RangeError],
  ["TypeError", TypeError],
]);

function revive({ name, code, message }: SentError): Error {
  if (name === "SoftmaxError") return new SoftmaxError(code as SoftmaxError["code"], message);
  const Type = builtIn.get(name);
  return Type === undefined ? internalError(message) : new Type(message);
}

interface Sending {
  readonly opening: Opening;
  readonly transfer: readonly ArrayBuffer[];
}

const isWasm = (kernels: Kernels): kernels is WasmKernels => kernels.name === "wasm";

function openingOf(problem: Problem, kernels: Kernels): Sending {
  if (!isWasm(kernels)) {
    const { problem: copied, transfer } = copyProblem(problem);
    return { opening: { kernels: "reference", problem: copied }, transfer };
  }
  const { buffer } = kernels.arena.memory;
  const { X, outputs } = problem;
  const scratch = scratchBytes(matrixWidth(X), outputs) + curvatureBytes(X, outputs);
  if (typeof SharedArrayBuffer === "function" && buffer instanceof SharedArrayBuffer) {
    const placed = describe(kernels.arena, placeProblem(kernels.arena, problem));
    const opening = { kernels: "shared", share: kernels.share(scratch), problem: placed } as const;
    return { opening, transfer: [] };
  }
  const { problem: copied, transfer } = copyProblem(problem);
  // Arrays start on lines of 64 bytes.
  const bytes = transfer.reduce((sum, b) => sum + b.byteLength + 64, 64 + scratch);
  const { module } = kernels.share(0);
  return { opening: { kernels: "own", module, bytes, problem: copied }, transfer };
}

const describe = (arena: Arena, { X, y, rowWeights, outputs }: Problem): PlacedProblem => ({
  X: describeMatrix(arena, X),
  y: describeArray(arena, y),
  rowWeights: rowWeights && describeArray(arena, rowWeights),
  outputs,
});

/** Copies that the worker may keep. A clone would take the whole buffer that an array is a part of. */
function copyProblem({ X, y, rowWeights, outputs }: Problem): {
  problem: Problem;
  transfer: ArrayBuffer[];
} {
  const transfer: ArrayBuffer[] = [];
  const copy = <T extends Numbers>(array: T): T => {
    const twin = array.slice();
    transfer.push(twin.buffer);
    return twin as T;
  };
  const problem = {
    X: mapArrays(X, copy),
    y: copy(y),
    rowWeights: rowWeights && copy(rowWeights),
    outputs,
  };
  return { problem, transfer };
}

/** What a worker's passes need beside the rows: weights, directions and sums in two layouts, and staged logits. */
const scratchBytes = (width: number, outputs: number): number =>
  64 * (width + 1) * (outputs + 8) + 32 * 2 ** 20;
