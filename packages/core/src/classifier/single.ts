import type { Row } from "../base/table.ts";
import { createRowEncoder } from "../encode/single.ts";
import { sharedSingleRow } from "../kernels/shared.ts";
import { MOST_SINGLE_WEIGHTS } from "../kernels/single.ts";
import { makeHonest } from "./logits.ts";
import type { Model } from "./model.ts";
import { outputsOf } from "./splits.ts";

/** Calibrated logits of a row, with the bits of a batch; null where the row is not as it should be. Overwritten by the next. */
export type ScoreRow = (row: Row) => Float64Array | null;

/** Null where there are no fast kernels, or too many weights. */
export function rowScorer(given: Model): ScoreRow | null {
  const { schema, encoder, weights } = given;
  const single = sharedSingleRow();
  if (given.hidden !== undefined) return null;
  if (single === null || weights.length > MOST_SINGLE_WEIGHTS) return null;
  // Rows must hold every column of the schema, also one that does not enter.
  if (schema.columns.length !== encoder.columns.length) return null;
  const k = schema.classes.length;
  const outputs = outputsOf(k);
  const encoded = createRowEncoder(encoder);
  if (encoded === null) return null;
  const { codesWidth } = encoded.layout;
  const last = weights.length - outputs;
  const model = {
    weights: weights.subarray(0, last),
    intercepts: weights.subarray(last),
    codesWidth,
  };
  const Z = new Float64Array(k);
  return (row) => {
    if (typeof row !== "object" || row === null || !encoded.encode(row)) return null;
    Z.set(single.logits(model, encoded.x, encoded.codes), k - outputs);
    if (outputs < k) Z[0] = 0;
    makeHonest(given, Z, 1, k);
    return Z;
  };
}
