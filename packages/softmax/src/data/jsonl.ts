import type { TableColumn } from "@softmax/core";
import { type Encode, inBlocks } from "./blocks.ts";

/** JSON lines: an object a row, missing values as null. */
export const jsonLinesEncoder: Encode = (table) => {
  const cells = table.columns.map(cellWriter);
  return inBlocks("", table.rows, (i) => `{${cells.map((cell) => cell(i)).join(",")}}\n`);
};

/** `"name":value` of row i. Texts are quoted once each, not once a row; JSON has no infinite numbers, so they are texts. */
function cellWriter(column: TableColumn): (i: number) => string {
  const key = `${JSON.stringify(column.name)}:`;
  if (column.kind === "text") {
    const written = column.dictionary.map((text) => key + JSON.stringify(text));
    return (i) => (column.codes[i] < 0 ? `${key}null` : written[column.codes[i]]);
  }
  return (i) => {
    const value = column.values[i];
    if (Number.isFinite(value)) return key + String(value);
    return key + (Number.isNaN(value) ? "null" : JSON.stringify(String(value)));
  };
}
