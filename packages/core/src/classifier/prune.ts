import { dataError } from "../base/checks.ts";
import type { CsrBlock } from "../base/matrix.ts";
import type { Table } from "../base/table.ts";
import { everyRow } from "../encode/cells.ts";
import { type Encoder, encodedWidth, encodeTexts, layoutOf } from "../encode/encoder.ts";
import { keepTerms, listedTerms, type NormGroup, normGroups } from "../encode/narrow.ts";
import { pruneFeatures } from "../model/shrink.ts";
import type { Model } from "./model.ts";
import { outputsOf } from "./splits.ts";

/** Rows encoded at a time: bounds the memory. */
const BLOCK_ROWS = 4096;

/**
 * The model without all but the share `keep` of the listed terms of its texts (docs/math.md §3.4). `like`: texts like those
 * to come, or null. They say how often a term occurs, and by how much the values of those that stay grow, since a text is
 * divided by the norm of fewer terms: the weights are made smaller by as much, in the mean.
 */
export function pruneTerms(model: Model, keep: number, like: Table | null): Model {
  const { encoder, weights, schema } = model;
  const outputs = outputsOf(schema.classes.length);
  const kept = keptTerms(model, keep, like);
  const first = encodedWidth(encoder) - kept.length;
  const rows = Array.from({ length: first + kept.length }, (_, j) => j).filter(
    (j) => j < first || kept[j - first] === 1,
  );
  const small = rowsOf(weights, outputs, [...rows, -1]);
  if (like !== null) {
    const scales = scalesOf(encoder, like, kept);
    rows.forEach((j, row) => {
      for (let c = 0; j >= first && c < outputs; c++) small[row * outputs + c] *= scales[j - first];
    });
  }
  return { ...model, encoder: keepTerms(encoder, (j) => kept[j] === 1), weights: small };
}

/** 1 for each feature of the CSR block that stays. */
function keptTerms(
  { encoder, weights, schema }: Model,
  keep: number,
  like: Table | null,
): Uint8Array {
  const listed = listedTerms(encoder);
  if (listed.length === 0) {
    throw dataError(
      '"keep" is for listed terms of texts, of which this model has none; "bits" makes it smaller',
    );
  }
  const outputs = outputsOf(schema.classes.length);
  const { csrWidth } = layoutOf(encoder);
  const first = encodedWidth(encoder) - csrWidth;
  const own = rowsOf(weights, outputs, [...listed.map((j) => first + j), -1]);
  const usage = like && usageOf(encoder, like, csrWidth);
  const wanted = Math.max(1, Math.round(keep * listed.length));
  const used = usage && Float64Array.from(listed, (j) => usage[j]);
  const { features } = pruneFeatures(own, outputs, wanted, used);
  const kept = new Uint8Array(csrWidth).fill(1);
  for (const j of listed) kept[j] = 0;
  for (const at of features) kept[listed[at]] = 1;
  return kept;
}

/** Some rows of the weights, by number; −1 for the intercepts. */
function rowsOf(weights: Float64Array, outputs: number, rows: readonly number[]): Float64Array {
  const out = new Float64Array(rows.length * outputs);
  const last = weights.length - outputs;
  rows.forEach((row, at) => {
    const start = row < 0 ? last : row * outputs;
    out.set(weights.subarray(start, start + outputs), at * outputs);
  });
  return out;
}

/** The texts of a table, some rows at a time. */
function* blocksOf(encoder: Encoder, table: Table): Generator<CsrBlock, void, void> {
  const every = everyRow(table.rows);
  for (let start = 0; start < table.rows; start += BLOCK_ROWS) {
    yield encodeTexts(encoder, table, every.subarray(start, start + BLOCK_ROWS))!;
  }
}

/** Root mean square of each feature over the rows of a table. */
function usageOf(encoder: Encoder, table: Table, width: number): Float64Array {
  const squares = new Float64Array(width);
  for (const { columns, values } of blocksOf(encoder, table)) {
    columns.forEach((j, at) => {
      squares[j] += values[at] * values[at];
    });
  }
  return squares.map((sum) => Math.sqrt(sum / Math.max(1, table.rows)));
}

/** For each feature the mean share of a text's norm that its group keeps, over the texts that keep some. */
function scalesOf(encoder: Encoder, table: Table, kept: Uint8Array): Float64Array {
  const groups = normGroups(encoder);
  const scales = new Float64Array(kept.length).fill(1);
  const sums = groups.map(() => ({ share: 0, texts: 0 }));
  for (const block of blocksOf(encoder, table)) {
    for (let row = 0; row + 1 < block.starts.length; row++) {
      groups.forEach((group, g) => {
        const share = keptShare(block, row, group, kept);
        if (share === 0) return;
        sums[g].share += share;
        sums[g].texts++;
      });
    }
  }
  groups.forEach(({ start, end }, g) => {
    if (sums[g].texts > 0) scales.fill(sums[g].share / sums[g].texts, start, end);
  });
  return scales;
}

/** The norm, or sum, of what a text keeps of a group; that of all of it is 1. */
function keptShare(
  { starts, columns, values }: CsrBlock,
  row: number,
  { start, end, norm }: NormGroup,
  kept: Uint8Array,
): number {
  let sum = 0;
  for (let at = starts[row]; at < starts[row + 1]; at++) {
    const j = columns[at];
    if (j < start || j >= end || kept[j] === 0) continue;
    sum += norm === "mean" ? Math.abs(values[at]) : values[at] * values[at];
  }
  return norm === "mean" ? sum : Math.sqrt(sum);
}
