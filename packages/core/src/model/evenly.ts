import type { RowRange } from "../base/matrix.ts";

/** Rows are taken in evenly spaced blocks of this size, so that it needs no chance. */
const BLOCK = 16;

/** Of the rows of `ranges` as many blocks as `wanted` rows fill, or all. */
export function sampleRows(ranges: readonly RowRange[], wanted: number): RowRange[] {
  const all: RowRange[] = [];
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at += BLOCK) {
      all.push({ start: at, end: Math.min(at + BLOCK, end) });
    }
  }
  const count = Math.ceil(wanted / BLOCK);
  if (all.length <= count) return all;
  return Array.from({ length: count }, (_, b) => all[Math.floor((b * all.length) / count)]);
}

/** The most that `sampleRows` takes of `rows` rows. */
export const mostRows = (rows: number, wanted: number): number => Math.min(rows, wanted + BLOCK);
