import {
  type Inference,
  type InferTableOptions,
  inferTable as inferInTable,
  type Row,
} from "@softmax/core";
import { readTable } from "./data/read.ts";
import type { ReadOptions, Source, TableSource } from "./data/source.ts";

export interface InferFileOptions extends InferTableOptions {
  /** How to read the file. */
  readonly read?: ReadOptions;
}

/**
 * Logistic regression for inference on a file, a query, bytes or rows: coefficients, standard errors and tests, without a
 * penalty.
 *
 *     const { coefficients } = await inferTable("titanic.csv", { target: "survived" });
 *
 * Throws a SoftmaxError "data" where no estimate exists (separation, collinearity), TypeError and RangeError for wrong options.
 */
export async function inferTable(
  data: Source | readonly Row[],
  options: InferFileOptions,
): Promise<Inference> {
  const source = Array.isArray(data) ? { rows: data as readonly Row[] } : (data as Source);
  return (await inferFrom(source, options)).inference;
}

/** `inferTable`, with what was read. */
export async function inferFrom(
  data: Source,
  { read, ...options }: InferFileOptions,
): Promise<{ inference: Inference; source: TableSource }> {
  const source = await readTable(data, read);
  return { inference: await inferInTable(source.table, options), source };
}
