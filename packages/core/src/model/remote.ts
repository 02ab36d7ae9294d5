import { abortedError, internalError, SoftmaxError, workerError } from "../base/checks.ts";
import type { RowMail } from "../base/matrix.ts";
import { mapArrays } from "../base/matrix.ts";
import { availableThreads, startWorker, type WorkerHandle } from "../base/platform.ts";
import type { Arena, Numbers } from "../kernels/arena.ts";
import { describeArray, describeMatrix } from "../kernels/describe.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { createControl, endPool, type PoolSeat } from "../kernels/pool.ts";
import type { WasmKernels } from "../kernels/wasm.ts";
import type { TracePoint } from "../optim/contracts.ts";
import type { FittedWeights, Problem, Trainer, TrainerInput } from "./contracts.ts";
import type { NetworkFit } from "./network-task.ts";
import {
  freeLater,
  isWasm,
  passProducts,
  placeProblem,
  sharesMemory,
  trainerBytes,
} from "./place.ts";
import type { FromWorker, Opening, PlacedProblem, SentError, ToWorker } from "./protocol.ts";
import type { FitState } from "./state.ts";
import { workerSource } from "./worker-source.ts";

/** A worker that says nothing for so long when it should start is given up. */
const START_MS = 20_000;

/** A trainer whose arithmetic runs in a worker; null where no worker starts. */
export async function remoteTrainer(input: TrainerInput): Promise<Trainer | null> {
  const shared = input.X.stored?.share?.();
  if (input.X.stored !== undefined && (shared === undefined || !sharesMemory(input.kernels))) {
    shared?.close();
    return null;
  }
  const link = await openLink();
  if (link === null) {
    shared?.close();
    return null;
  }
  const helpers = new Set<Helper>();
  const freed = freeLater(input.kernels);
  const close = (reason: Error): void => {
    link.close(reason);
    shared?.close();
    for (const helper of helpers) helper.end();
    helpers.clear();
  };
  try {
    const { opening, transfer, seat } = openingOf(input, input.kernels, shared?.mail ?? null);
    freed.took();
    link.post({ kind: "open", opening }, transfer);
    const died = (why: string): void => close(workerError(why));
    for (let t = 1; seat !== null && t < seat.threads; t++) startHelper(seat, helpers, died);
  } catch (error) {
    close(internalError(String(error)));
    return null;
  }
  const { signal } = input;
  const abort = (): void => close(abortedError());
  link.onClosed(close);
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  return {
    fit({ onProgress, onKept, ...task }) {
      const progress = onProgress !== undefined;
      const heard = { onProgress, onKept };
      return link.ask<FittedWeights>((id) => ({ kind: "fit", id, task, progress }), heard);
    },
    logits: (weights, ranges) =>
      link.ask<Float64Array>((id) => ({ kind: "logits", id, weights, ranges })),
    fitNetwork({ onProgress, ...task }) {
      const progress = onProgress !== undefined;
      return link.ask<NetworkFit>((id) => ({ kind: "network", id, task, progress }), {
        onProgress,
      });
    },
    close() {
      signal?.removeEventListener("abort", abort);
      if (!link.isBusy()) freed.free();
      close(internalError("the trainer is closed"));
    },
  };
}

/** A thread that runs jobs for the coordinator. */
export interface Helper {
  end(): void;
}

/** Starts a helper. Where none starts there is one thread less; one that dies later is missed: `died` says so. */
export function startHelper(seat: Seat, helpers: Set<Helper>, died: (why: string) => void): void {
  let serving = false;
  const helper: Helper = {
    end() {
      endPool(seat);
      worker?.terminate();
    },
  };
  const worker = startWorker(workerSource, {
    message() {
      serving = true;
      worker?.post({ kind: "serve", seat }, []);
      worker?.release();
    },
    died(why) {
      helpers.delete(helper);
      if (serving) died(why);
    },
  });
  if (worker !== null) helpers.add(helper);
}

/** Questions to a worker and their answers. */
export interface Link {
  post(message: ToWorker, transfer: readonly ArrayBuffer[]): void;
  /** Rejects with what the worker threw, or with the reason why it is no more. */
  ask<T>(question: (id: number) => ToWorker, heard?: Heard): Promise<T>;
  /** Ends the worker; open and later questions are rejected with `reason`. */
  close(reason: Error): void;
  isBusy(): boolean;
  /** What to do when the worker has died. */
  onClosed(act: (reason: Error) => void): void;
}

/** What a worker says on the way. */
interface Heard {
  readonly onProgress?: ((point: TracePoint) => void) | undefined;
  readonly onKept?: ((state: FitState) => void) | undefined;
}

interface Pending extends Heard {
  resolve(result: never): void;
  reject(error: Error): void;
}

export function openLink(): Promise<Link | null> {
  return new Promise((resolve) => {
    const pending = new Map<number, Pending>();
    let over: Error | null = null;
    let afterwards = (_reason: Error): void => {};
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
      isBusy: () => pending.size > 0 || over !== null,
      onClosed(act) {
        afterwards = act;
      },
      ask(question, heard = {}) {
        if (over !== null) return Promise.reject(over);
        const id = asked++;
        if (pending.size === 0) worker?.hold();
        return new Promise((resolve, reject) => {
          pending.set(id, { resolve, reject, ...heard });
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
        else if (answer.kind === "kept") pending.get(answer.id)?.onKept?.(answer.state);
        else if (answer.kind === "failed") settle(answer.id, (p) => p.reject(revive(answer.error)));
        else settle(answer.id, (p) => p.resolve(answer.result as never));
      },
      died(why) {
        clearTimeout(timer);
        resolve(null);
        close(workerError(why));
        afterwards(workerError(why));
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

export interface Seat extends PoolSeat {
  readonly threads: number;
}

interface Sending {
  readonly opening: Opening;
  readonly transfer: readonly ArrayBuffer[];
  /** Of a pool's helpers, where there is a pool. */
  readonly seat: Seat | null;
}

/** Products of one pass below which a second thread would cost more than it does. */
const POOL_ABOVE = 2 ** 21;
/** Threads at most. */
export const MOST_THREADS = 64;

function threadsFor({ X, outputs, threads }: TrainerInput): number {
  const wanted = threads ?? (passProducts(X, outputs) < POOL_ABOVE ? 1 : availableThreads());
  return Math.min(wanted, MOST_THREADS);
}

function openingOf(input: TrainerInput, kernels: Kernels, mail: RowMail | null): Sending {
  if (!isWasm(kernels)) {
    const { problem, transfer } = copyProblem(input);
    return { opening: { kernels: "reference", problem }, transfer, seat: null };
  }
  const bytes = trainerBytes(input.X, input.outputs) + (input.moreBytes ?? 0);
  if (sharesMemory(kernels)) return openShared(input, kernels, bytes, mail);
  const { problem, transfer } = copyProblem(input);
  // Arrays start on lines of 64 bytes.
  const all = transfer.reduce((sum, b) => sum + b.byteLength + 64, 64 + bytes);
  const { module } = kernels.share(0);
  return { opening: { kernels: "own", module, bytes: all, problem }, transfer, seat: null };
}

function openShared(
  input: TrainerInput,
  kernels: WasmKernels,
  bytes: number,
  mail: RowMail | null,
): Sending {
  const problem = describe(kernels.arena, placeProblem(kernels.arena, input), mail);
  const threads = threadsFor(input);
  const control = createControl(kernels.arena);
  const share = kernels.share(bytes);
  const opening = {
    kernels: "shared",
    share: threads > 1 ? { ...share, pool: { control, threads } } : share,
    problem,
  } as const;
  const { module, memory } = share;
  return { opening, transfer: [], seat: { module, memory, control, threads } };
}

const describe = (
  arena: Arena,
  { X, y, rowWeights, outputs }: Problem,
  mail: RowMail | null,
): PlacedProblem => ({
  X: mail ?? describeMatrix(arena, X),
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
