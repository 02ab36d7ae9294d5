import type { ReadOptions, Source } from "../source.ts";

/** What a reading process is asked. */
export interface Request {
  /** What standard input holds where that is `input`, under the name to call it. */
  readonly source:
    | Exclude<Source, { bytes: unknown } | { rows: unknown }>
    | { readonly input: string };
  readonly options: Omit<ReadOptions, "signal" | "onProgress" | "sandbox">;
  /** Memory of the process at most. */
  readonly limitBytes: number;
  /** The process that asks: without it there is nobody to answer. */
  readonly parent: number;
}

/** An error as it is sent. */
export interface SentError {
  readonly kind: "SoftmaxError" | "TypeError" | "RangeError" | "Error";
  readonly code: string | null;
  readonly message: string;
}

/** What the process says on its standard error before it ends for want of memory. */
export const OUT_OF_MEMORY = "softmax: out of memory\n";
