import { mailedRows } from "../base/mail.ts";
import { storedMatrix } from "../base/stored.ts";
import type { Arena } from "../kernels/arena.ts";
import { restoreArray, restoreMatrix } from "../kernels/describe.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { serve } from "../kernels/pool.ts";
import { createReferenceKernels } from "../kernels/reference.ts";
import { attachWasmKernels, type WasmKernels } from "../kernels/wasm.ts";
import type { Steps } from "../optim/contracts.ts";
import type { FitTask, FittedWeights, Problem } from "./contracts.ts";
import { createKeeper } from "./keeper.ts";
import { fitNetwork } from "./network.ts";
import type { NetworkFit, NetworkTask } from "./network-task.ts";
import { placeProblem } from "./place.ts";
import type {
  Answer,
  FromWorker,
  Opening,
  PlacedProblem,
  SentError,
  ToWorker,
} from "./protocol.ts";
import { createSolver, type Solver } from "./solve.ts";
import type { FitState } from "./state.ts";

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
let attended: WasmKernels | null = null;

scope.onmessage = ({ data }) => {
  if (data.kind === "open") {
    opened = open(data.opening);
    return;
  }
  if (data.kind === "attend") {
    attended = attachWasmKernels(data.share);
    return;
  }
  if (data.kind === "serve") {
    serve(data.seat);
    return;
  }
  try {
    if (data.kind === "run") {
      if (attended === null) throw new Error("no kernels are attended");
      attended.executor.run(data.kernel, data.jobs);
      scope.postMessage({ kind: "done", id: data.id, result: null }, []);
      return;
    }
    if (opened === null) throw new Error("no problem was opened");
    const { solver } = opened;
    if (data.kind === "fit") reply(data.id, fit(solver, data.id, data.task, data.progress));
    else if (data.kind === "network")
      reply(data.id, network(opened, data.id, data.task, data.progress));
    else reply(data.id, solver.logits(data.weights, data.ranges));
  } catch (error) {
    scope.postMessage({ kind: "failed", id: data.id, error: describe(error) }, []);
  }
};
scope.postMessage({ kind: "ready" }, []);

function open(opening: Opening): Opened {
  const { problem, kernels } = place(opening);
  return { problem, kernels, solver: createSolver(problem, kernels) };
}

function place(opening: Opening): { problem: Problem; kernels: Kernels } {
  if (opening.kernels === "reference") {
    return { problem: opening.problem, kernels: createReferenceKernels() };
  }
  if (opening.kernels === "shared") {
    const kernels = attachWasmKernels(opening.share);
    return { problem: restore(kernels.arena, opening.problem), kernels };
  }
  const size = Math.ceil(opening.bytes / PAGE);
  // Growing an unshared memory detaches the arrays that stay in it.
  const memory = new WebAssembly.Memory({ initial: size, maximum: size });
  const { module, bytes: end, problem } = opening;
  const kernels = attachWasmKernels({ module, memory, start: 0, end, clean: 0 });
  return { problem: placeProblem(kernels.arena, problem), kernels };
}

function restore(arena: Arena, { X, y, rowWeights, outputs }: PlacedProblem): Problem {
  return {
    X: "control" in X ? storedMatrix(mailedRows(X)) : restoreMatrix(arena, X),
    y: restoreArray(arena, y) as Int32Array,
    rowWeights: rowWeights === null ? null : (restoreArray(arena, rowWeights) as Float64Array),
    outputs,
  };
}

function fit(solver: Solver, id: number, task: FitTask, progress: boolean): FittedWeights {
  const { keepMs } = task;
  const keep = (state: FitState): void => scope.postMessage({ kind: "kept", id, state }, []);
  return drive(
    solver.solve(task, keepMs === undefined ? null : createKeeper(keepMs, keep)),
    id,
    progress,
  );
}

const network = (
  { problem, kernels }: Opened,
  id: number,
  task: NetworkTask,
  progress: boolean,
): NetworkFit => drive(fitNetwork(problem, kernels, task), id, progress);

/** Takes all steps, and tells of them now and then. */
function drive<Result>(steps: Steps<Result>, id: number, progress: boolean): Result {
  let due = performance.now() + PROGRESS_MS;
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (!progress || performance.now() < due) continue;
    scope.postMessage({ kind: "progress", id, point: value }, []);
    due = performance.now() + PROGRESS_MS;
  }
}

function reply(id: number, result: Answer): void {
  const { buffer } = "weights" in result ? result.weights : result;
  scope.postMessage({ kind: "done", id, result }, [buffer]);
}

function describe(error: unknown): SentError {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  return { name: name ?? "Error", code: code ?? null, message: message ?? String(error) };
}
