import type { Floats, Matrix, RowRange } from "../base/matrix.ts";
import type { TracePoint } from "../optim/contracts.ts";
import type { FitTask, FittedWeights } from "./solve.ts";

/** What a trainer and its worker say to each other. */
export type ToWorker =
  | { readonly kind: "open"; readonly problem: SentProblem; readonly kernels: SentKernels | null }
  | {
      readonly kind: "fit";
      readonly id: number;
      readonly task: FitTask;
      readonly progress: boolean;
    }
  | {
      readonly kind: "logits";
      readonly id: number;
      readonly weights: Float64Array;
      readonly ranges: readonly RowRange[];
    };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly id: number; readonly point: TracePoint }
  | { readonly kind: "done"; readonly id: number; readonly result: FittedWeights | Float64Array }
  | { readonly kind: "failed"; readonly id: number; readonly error: SentError };

/** Null stands for the reference kernels. */
export interface SentKernels {
  readonly module: WebAssembly.Module;
  /** The memory that the arrays already lie in; null where it cannot be shared, and the worker makes its own. */
  readonly memory: WebAssembly.Memory | null;
  /** The stretch of the memory for the worker, in bytes. */
  readonly start: number;
  readonly end: number;
}

/** An array, or its place in the shared memory. */
export type Sent<T extends Floats | Int32Array> =
  | T
  | { readonly type: "f64" | "f32" | "i32"; readonly address: number; readonly length: number };

/** A Problem whose arrays are sent. */
export interface SentProblem {
  readonly rows: number;
  readonly dense: { readonly width: number; readonly data: Sent<Floats> } | null;
  readonly codes: {
    readonly width: number;
    readonly perRow: number;
    readonly data: Sent<Int32Array>;
  } | null;
  readonly csr: {
    readonly width: number;
    readonly starts: Sent<Int32Array>;
    readonly columns: Sent<Int32Array>;
    readonly values: Sent<Floats>;
  } | null;
  readonly y: Sent<Int32Array>;
  readonly rowWeights: Sent<Float64Array> | null;
  readonly outputs: number;
}

/** A structured clone loses an error's class and code. */
export interface SentError {
  readonly name: string;
  readonly code: string | null;
  readonly message: string;
}

type Visit = <T extends Floats | Int32Array>(array: T) => Sent<T>;
type Revive = <T extends Floats | Int32Array>(sent: Sent<T>) => T;

/** The problem with every array put through `send`. */
export function sendProblem(
  X: Matrix,
  y: Int32Array,
  rowWeights: Float64Array | null,
  outputs: number,
  send: Visit,
): SentProblem {
  const { rows, dense, codes, csr } = X;
  return {
    rows,
    dense: dense === null ? null : { ...dense, data: send(dense.data) },
    codes: codes === null ? null : { ...codes, data: send(codes.data) },
    csr:
      csr === null
        ? null
        : {
            width: csr.width,
            starts: send(csr.starts),
            columns: send(csr.columns),
            values: send(csr.values),
          },
    y: send(y),
    rowWeights: rowWeights === null ? null : send(rowWeights),
    outputs,
  };
}

/** The problem with every array taken through `revive`. */
export function receiveProblem(sent: SentProblem, revive: Revive) {
  const { rows, dense, codes, csr, y, rowWeights, outputs } = sent;
  const X: Matrix = {
    rows,
    dense: dense === null ? null : { ...dense, data: revive(dense.data) },
    codes: codes === null ? null : { ...codes, data: revive(codes.data) },
    csr:
      csr === null
        ? null
        : {
            width: csr.width,
            starts: revive(csr.starts),
            columns: revive(csr.columns),
            values: revive(csr.values),
          },
  };
  return { X, y: revive(y), rowWeights: rowWeights === null ? null : revive(rowWeights), outputs };
}
