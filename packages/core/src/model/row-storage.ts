import { checkKind } from "../base/checks.ts";
import type { Floats, StoredRows } from "../base/matrix.ts";
import type { Table } from "../base/table.ts";

/** Where rows that do not fit in memory go. What is learned of them is the same to the bit. */
export interface RowStorage {
  /** Bytes of rows that may stand in memory; more of them go to a spool. */
  readonly bytes: number;
  /** Room for rows of a shape; throws where there is none. */
  create(shape: SpoolShape): RowSpool;
  /** The rows `order` of a table, so many at a time, each part as a table of its own. Default: cut from the columns. */
  parts?(table: Table, order: Int32Array, rows: number): Iterable<Table>;
}

/** Of the rows of a spool. Null rows: as many as come, of dense features alone. */
export interface SpoolShape extends Pick<StoredRows, "dense" | "codes"> {
  readonly rows: number | null;
}

/** Takes rows in their order. */
export interface RowSpool {
  /** The next `count` rows. */
  write(count: number, dense: Floats | null, codes: Int32Array | null): void;
  /** All of them, for reading. */
  finish(): StoredRows;
  /** Gives the room back. */
  close(): void;
}

export function checkStorage(storage: unknown): void {
  const { bytes, create } = (storage ?? {}) as Partial<RowStorage>;
  const holds =
    storage === undefined ||
    (typeof create === "function" && typeof bytes === "number" && bytes >= 0);
  checkKind("storage", "{ bytes, create, parts }", storage, holds);
}
