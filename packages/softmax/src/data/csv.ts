import type { TableColumn } from "@softmax/core";
import { type Encode, inBlocks } from "./blocks.ts";

/**
 * One line of CSV, its line end included. Cells are quoted where they must be to be read back as they are: with the
 * delimiter, a quote, a line end, a leading "#", quote or blank, or where an empty line would stand for a row.
 */
export function csvLine(cells: readonly (string | null)[], delimiter = ","): string {
  return joined(
    cells.map((cell) => csvCell(cell ?? "", delimiter)),
    delimiter,
  );
}

const joined = (written: readonly string[], delimiter: string): string => {
  const line = written.join(delimiter);
  return written.length === 1 && line.trim() === "" ? `"${line}"\n` : `${line}\n`;
};

function csvCell(text: string, delimiter: string): string {
  const isPlain = !/^[#\s\ufeff']|["\r\n]/.test(text) && !text.includes(delimiter);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}

/** CSV with a header above the first table. */
export function csvEncoder(delimiter: string, decimal: "." | ","): Encode {
  return (table, first) => {
    const names = table.columns.map(({ name }) => name);
    const cells = table.columns.map((column) => cellWriter(column, delimiter, decimal));
    const line = (i: number): string =>
      joined(
        cells.map((cell) => cell(i)),
        delimiter,
      );
    return inBlocks(first ? csvLine(names, delimiter) : "", table.rows, line);
  };
}

/** What stands in row i. Texts are quoted once each, not once a row. */
function cellWriter(
  column: TableColumn,
  delimiter: string,
  decimal: "." | ",",
): (i: number) => string {
  if (column.kind === "text") {
    const written = column.dictionary.map((text) => csvCell(text, delimiter));
    return (i) => (column.codes[i] < 0 ? "" : written[column.codes[i]]);
  }
  return (i) => {
    const value = column.values[i];
    if (Number.isNaN(value)) return "";
    const text = String(value);
    return decimal === "." ? text : csvCell(text.replace(".", ","), delimiter);
  };
}
