import type { TableColumn } from "@softmax/core";

const POINT = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;
const COMMA = /^\s*[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?\s*$/;

/** Whether the text is a number with a decimal point, or none; or, if so told, with a decimal comma. */
export const looksNumeric = (text: string, decimal: "." | "," | "either" = "either"): boolean =>
  (decimal !== "," && POINT.test(text)) ||
  (decimal !== "." && (COMMA.test(text) || /^\s*[+-]?\d+\s*$/.test(text)));

/**
 * The decimal separator of a table of texts: "," where some column's cells with a digit are all numbers if read so, at least
 * one of them with a comma, and no column is so for the point; "." where one is. Null where no column tells.
 */
export function shownDecimal(columns: readonly TableColumn[]): "." | "," | null {
  let comma = false;
  for (const column of columns) {
    if (column.kind !== "text") continue;
    const kind = separatorOf(column.dictionary);
    if (kind === ".") return ".";
    if (kind === ",") comma = true;
  }
  return comma ? "," : null;
}

/** The same; "." where no column tells. */
export const decimalOf = (columns: readonly TableColumn[]): "." | "," =>
  shownDecimal(columns) ?? ".";

/** The separator that the texts with digits share; null for integers, mixtures and what is no number. */
function separatorOf(texts: readonly string[]): "." | "," | null {
  let point = 0;
  let comma = 0;
  for (const text of texts) {
    if (!/\d/.test(text)) continue;
    if (COMMA.test(text)) comma++;
    else if (!POINT.test(text)) return null;
    else if (text.includes(".")) point++;
  }
  if (point > 0 && comma > 0) return null;
  return point > 0 ? "." : comma > 0 ? "," : null;
}
