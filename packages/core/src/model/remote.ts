import { abortedError, internalError, SoftmaxError, workerError } from "../base/checks.ts";
import { type Floats, matrixWidth } from "../base/matrix.ts";
import { startWorker, type WorkerHandle } from "../base/platform.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { WasmKernels } from "../kernels/wasm.ts";
import type { TracePoint } from "../optim/contracts.ts";
import {
  type FromWorker,
  type Sent,
  type SentError,
  type SentKernels,
  type SentProblem,
  sendProblem,
  type ToWorker,
} from "./protocol.ts";
import type { FittedWeights, Problem } from "./solve.ts";
import type { Trainer, TrainerInput } from "./trainer.ts";
import { workerSource } from "./worker-source.ts";

/** A worker that says nothing for so long when it should start is given up. */
const START_MS = 20_000;

/** A trainer whose arithmetic runs in a worker; null where no worker starts. */
export async function remoteTrainer(input: TrainerInput): Promise<Trainer | null> {
  const link = await openLink();
  if (link === null) return null;
  const { message, transfer } = openMessage(input, input.kernels);
  try {
    link.post(message, transfer);
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

interface Opening {
  readonly message: ToWorker;
  readonly transfer: readonly ArrayBuffer[];
}

const isWasm = (kernels: Kernels): kernels is WasmKernels => kernels.name === "wasm";

function openMessage(problem: Problem, kernels: Kernels): Opening {
  if (!isWasm(kernels)) return copied(problem, null);
  const { buffer } = kernels.arena.memory;
  const shared = typeof SharedArrayBuffer === "function" && buffer instanceof SharedArrayBuffer;
  return shared ? inPlace(problem, kernels) : copied(problem, kernels);
}

/** The arrays stay where they are, in the memory that both threads have; those that lie elsewhere are brought there. */
function inPlace({ X, y, rowWeights, outputs }: Problem, kernels: WasmKernels): Opening {
  const { arena } = kernels;
  const { f64, f32, i32 } = arena.allocate;
  const place = <T extends Floats | Int32Array>(array: T): Sent<T> => {
    const type =
      array instanceof Float64Array ? "f64" : array instanceof Float32Array ? "f32" : "i32";
    let at: Floats | Int32Array = array;
    if (!arena.owns(array)) {
      at = { f64, f32, i32 }[type](array.length);
      at.set(array);
    }
    return { type, address: at.byteOffset, length: at.length };
  };
  const sent = sendProblem(X, y, rowWeights, outputs, place);
  const share = kernels.share(scratchBytes(matrixWidth(X), outputs));
  return { message: { kind: "open", problem: sent, kernels: share }, transfer: [] };
}

/** The arrays are copied for the worker: bytes outside any memory, or shared ones as they are. */
function copied({ X, y, rowWeights, outputs }: Problem, kernels: WasmKernels | null): Opening {
  const transfer: ArrayBuffer[] = [];
  let bytes = 0;
  const copy = <T extends Floats | Int32Array>(array: T): Sent<T> => {
    bytes += array.byteLength + 64;
    const twin = array.slice() as T;
    transfer.push(twin.buffer as ArrayBuffer);
    return twin;
  };
  const problem: SentProblem = sendProblem(X, y, rowWeights, outputs, copy);
  const end = bytes + scratchBytes(matrixWidth(X), outputs);
  const sent: SentKernels | null =
    kernels === null ? null : { module: kernels.share(0).module, memory: null, start: 0, end };
  return { message: { kind: "open", problem, kernels: sent }, transfer };
}

/** What a worker's passes need beside the rows: weights, directions and sums in two layouts, and staged logits. */
const scratchBytes = (width: number, outputs: number): number =>
  64 * (width + 1) * (outputs + 8) + 32 * 2 ** 20;
