import type { Table } from "@softmax/core";
import { someImages } from "../data/images.ts";

/** Rows start … end−1 of a table; dictionaries are shared. */
export function sliceRows(table: Table, start: number, end: number): Table {
  const columns = table.columns.map((column) =>
    column.kind === "text"
      ? { ...column, codes: column.codes.subarray(start, end) }
      : { ...column, values: column.values.subarray(start, end) },
  );
  const images = table.images?.map((column) => someImages(column, start, end));
  return { ...table, rows: end - start, columns, ...(images === undefined ? {} : { images }) };
}
