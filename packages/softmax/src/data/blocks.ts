import type { Table } from "@softmax/core";

/** Text of a table's rows; `first` for the first of several tables, which carries the header. */
export type Encode = (table: Table, first: boolean) => Iterable<string>;

/** Characters of a block of text, roughly. */
const BLOCK = 1 << 16;

/** `head` and the lines of rows 0…rows−1, a block at a time. */
export function* inBlocks(
  head: string,
  rows: number,
  line: (i: number) => string,
): Generator<string> {
  let block = head;
  for (let i = 0; i < rows; i++) {
    block += line(i);
    if (block.length > BLOCK) {
      yield block;
      block = "";
    }
  }
  if (block !== "") yield block;
}
