import type { Floats } from "@softmax/core";

/** Where the rows of a spool stand in its file. */
export interface RowPlaces {
  /** Of a row. */
  readonly denseBytes: number;
  readonly codeBytes: number;
  /** Where the codes begin; dense features stand at the start. */
  readonly codesAt: number;
}

/** Reads rows from `first` on, as many as the arrays hold. `read`: fills an array with what stands at a place of the file. */
export function readRows(
  read: (numbers: Floats | Int32Array, at: number) => void,
  { denseBytes, codeBytes, codesAt }: RowPlaces,
  first: number,
  dense: Floats | null,
  codes: Int32Array | null,
): void {
  if (dense !== null) read(dense, first * denseBytes);
  if (codes !== null) read(codes, codesAt + first * codeBytes);
}
