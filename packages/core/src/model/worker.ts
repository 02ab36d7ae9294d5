import type { Floats } from "../base/matrix.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { createReferenceKernels } from "../kernels/reference.ts";
import { attachWasmKernels } from "../kernels/wasm.ts";
import { rangeLogits } from "./logits.ts";
import {
  type FromWorker,
  receiveProblem,
  type Sent,
  type SentError,
  type SentKernels,
  type SentProblem,
  type ToWorker,
} from "./protocol.ts";
import {
  createSolver,
  type FitTask,
  type FittedWeights,
  type Problem,
  type Solver,
} from "./solve.ts";

/** The entry of a trainer's worker: one problem, one task after another. Built into worker-source.ts. */

interface WorkerScope {
  onmessage: (event: { data: ToWorker }) => void;
  postMessage(message: FromWorker, transfer: ArrayBufferLike[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const PROGRESS_MS = 100;
const PAGE = 65536;

interface Opened {
  readonly problem: Problem;
  readonly kernels: Kernels;
  readonly solver: Solver;
}

let opened: Opened | null = null;

scope.onmessage = ({ data }) => {
  if (data.kind === "open") {
    opened = open(data.problem, data.kernels);
    return;
  }
  try {
    if (opened === null) throw new Error("no problem was opened");
    const { problem, kernels, solver } = opened;
    if (data.kind === "fit") reply(data.id, fit(solver, data.id, data.task, data.progress));
    else reply(data.id, rangeLogits(problem, kernels, data.weights, data.ranges));
  } catch (error) {
    scope.postMessage({ kind: "failed", id: data.id, error: describe(error) }, []);
  }
};
scope.postMessage({ kind: "ready" }, []);

function open(sent: SentProblem, from: SentKernels | null): Opened {
  const { kernels, revive } = from === null ? referenceKernels() : sharedOrOwnKernels(from);
  const problem = receiveProblem(sent, revive);
  return { problem, kernels, solver: createSolver(problem, kernels) };
}

interface Received {
  readonly kernels: Kernels;
  readonly revive: <T extends Floats | Int32Array>(sent: Sent<T>) => T;
}

const referenceKernels = (): Received => ({
  kernels: createReferenceKernels(),
  revive: (sent) => sent as never,
});

/** Kernels on the sender's memory, or on one of this worker's own, into which the arrays are copied. */
function sharedOrOwnKernels({ module, memory: shared, start, end }: SentKernels): Received {
  const size = Math.ceil(end / PAGE);
  // Growing an unshared memory detaches the arrays that stay in it.
  const memory = shared ?? new WebAssembly.Memory({ initial: size, maximum: size });
  const kernels = attachWasmKernels({ module, memory, start, end });
  const { arena } = kernels;
  return {
    kernels,
    revive(sent) {
      if ("address" in sent) {
        const types = { f64: Float64Array, f32: Float32Array, i32: Int32Array };
        return arena.view<Floats | Int32Array>(
          types[sent.type],
          sent.address,
          sent.length,
        ) as never;
      }
      const array: Floats | Int32Array = sent;
      const { f64, f32, i32 } = arena.allocate;
      const allocate =
        array instanceof Float64Array ? f64 : array instanceof Float32Array ? f32 : i32;
      const copy = allocate(array.length);
      copy.set(array);
      return copy as never;
    },
  };
}

function fit(solver: Solver, id: number, task: FitTask, progress: boolean): FittedWeights {
  const steps = solver.solve(task);
  let due = performance.now() + PROGRESS_MS;
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (!progress || performance.now() < due) continue;
    scope.postMessage({ kind: "progress", id, point: value }, []);
    due = performance.now() + PROGRESS_MS;
  }
}

function reply(id: number, result: FittedWeights | Float64Array): void {
  const { buffer } = "weights" in result ? result.weights : result;
  scope.postMessage({ kind: "done", id, result }, [buffer]);
}

function describe(error: unknown): SentError {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  return { name: name ?? "Error", code: code ?? null, message: message ?? String(error) };
}
