import { createSlices } from "../base/breathe.ts";
import { abortedError } from "../base/checks.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { Steps, TracePoint } from "../optim/contracts.ts";
import type { FitRequest, FittedWeights, Trainer, TrainerInput } from "./contracts.ts";
import { createKeeper } from "./keeper.ts";
import { fitNetwork } from "./network.ts";
import { freeLater, isWasm, placeInKernels, trainerBytes } from "./place.ts";
import { remoteTrainer } from "./remote.ts";
import { createSolver } from "./solve.ts";
import { type Squeezed, squeezeColumns } from "./squeeze.ts";
import type { FitState } from "./state.ts";

export type {
  BagOptions,
  Findings,
  FitReason,
  FitRequest,
  FitTask,
  FittedWeights,
  NetworkRequest,
  Problem,
  Trainer,
  TrainerInput,
} from "./contracts.ts";

export async function createTrainer(input: TrainerInput): Promise<Trainer> {
  if (input.signal?.aborted === true) throw abortedError();
  const squeezed = squeezeColumns(input.X, input.kernels.allocate);
  const inner = squeezed === null ? input : { ...input, X: squeezed.X };
  const remote = input.worker === false ? null : await remoteTrainer(inner);
  const trainer = remote ?? inlineTrainer(inner);
  return squeezed === null ? trainer : expandingTrainer(trainer, squeezed);
}

/** A trainer of the whole Matrix whose arithmetic runs on fewer columns. */
function expandingTrainer(trainer: Trainer, squeezed: Squeezed): Trainer {
  const { expand, shrink, shrinkFactors, columns } = squeezed;
  return {
    async fit(request) {
      const start = request.start && shrink(request.start);
      const factors = request.factors == null ? null : shrinkFactors(request.factors);
      const fitted = await trainer.fit({ ...request, start, factors });
      const { weights, findings } = fitted;
      const separating = findings?.separating.map((of) => ({
        ...of,
        column: columns[of.column],
      }));
      return {
        ...fitted,
        weights: expand(weights),
        findings: findings && { ...findings, separating: separating! },
      };
    },
    logits: (weights, ranges) => trainer.logits(shrink(weights), ranges),
    async fitNetwork(request) {
      const fitted = await trainer.fitNetwork(request);
      const [first, ...rest] = fitted.layers;
      return { ...fitted, layers: [expand(first), ...rest] };
    },
    close: () => trainer.close(),
  };
}

function inlineTrainer(input: TrainerInput): Trainer {
  const { kernels, signal } = input;
  const freed = freeLater(kernels);
  const placed = placeInKernels(kernels, input);
  const room = roomOf(input);
  const solver = createSolver(placed, room);
  freed.took();
  // One after the other, as in a worker: a fit may build on what the one before it left.
  let queue: Promise<unknown> = Promise.resolve();
  // Across fits: many short ones would else never let a timer or a signal's sender run.
  const slices = createSlices();
  const fit = ({ onProgress, onKept, ...task }: FitRequest): Promise<FittedWeights> => {
    const { keepMs } = task;
    const keep = (state: FitState): void => onKept?.(structuredClone(state));
    const steps = solver.solve(task, keepMs === undefined ? null : createKeeper(keepMs, keep));
    return drive(steps, onProgress);
  };
  const drive = async <Result>(
    steps: Steps<Result>,
    onProgress: ((point: TracePoint) => void) | undefined,
  ): Promise<Result> => {
    for (;;) {
      if (signal?.aborted === true) throw abortedError();
      const { done, value } = steps.next();
      if (done === true) return value;
      if (!slices.isOver()) continue;
      onProgress?.(value);
      await slices.breathe();
    }
  };
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
  };
  return {
    fit: (request) => inTurn(() => fit(request)),
    fitNetwork: ({ onProgress, ...task }) =>
      inTurn(() => drive(fitNetwork(placed, room, task), onProgress)),
    logits: async (weights, ranges) => solver.logits(weights, ranges),
    close: freed.free,
  };
}

/** Kernels with room of their own in the memory, so that what is given back is this trainer's, and all of it. */
const roomOf = ({ kernels, X, outputs, moreBytes = 0 }: TrainerInput): Kernels =>
  isWasm(kernels) ? kernels.within(trainerBytes(X, outputs) + moreBytes) : kernels;
